// SPDX-License-Identifier: GPL-2.0
// Tells what the programs find in a packet, and lets it go no further. For the table of packets; a program for each
// link and whether it looks into tunnels, because that is fixed when a program is built, and one for what only files
// have.
#include "lib/bpf.h"
#include "lib/dissect.h"
#include "lib/capture_link.h"

#define DROP 2 /* TC_ACT_SHOT */

struct answer {
	__u32 runs;
	__u32 parsed;
	struct packet packet;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct answer);
} answers SEC(".maps");

/* The number of the link type in the list of capture files. */
volatile __u32 capture_link SEC(".data.capture_link") = 0;

static __always_inline int answer(struct __sk_buff *skb, enum link_type link, int decapsulate)
{
	__u32 zero = 0;
	struct parsing *now = get_parsing();
	struct answer *answer = bpf_map_lookup_elem(&answers, &zero);
	if (!answer || !now)
		return DROP;
	__builtin_memset(&answer->packet, 0, sizeof(answer->packet));
	answer->runs++;
	/* The plain way and the general one, as flow.bpf.c has them. */
	if (link == LINK_ETHERNET &&
	    parse_plain((void *)(long)skb->data, (void *)(long)skb->data_end, &answer->packet) &&
	    !(decapsulate && may_be_tunnel(&answer->packet))) {
		answer->parsed = PARSED;
		return DROP;
	}
	answer->parsed = parse_slowly(skb, link, decapsulate, now);
	answer->packet = now->packet;
	return DROP;
}

SEC("tc")
int parse_ethernet(struct __sk_buff *skb)
{
	return answer(skb, LINK_ETHERNET, 0);
}

SEC("tc")
int parse_ethernet_inside(struct __sk_buff *skb)
{
	return answer(skb, LINK_ETHERNET, 1);
}

SEC("tc")
int parse_ip(struct __sk_buff *skb)
{
	return answer(skb, LINK_IP, 0);
}

SEC("tc")
int parse_ip_inside(struct __sk_buff *skb)
{
	return answer(skb, LINK_IP, 1);
}

/* The first headers by the same text as in the addon, though no device has them. */
SEC("tc")
int parse_capture(struct __sk_buff *skb)
{
	__u32 zero = 0, at = 0, type = 0;
	struct cursor cursor = { .skb = skb };
	struct answer *answer = bpf_map_lookup_elem(&answers, &zero);
	if (!answer)
		return DROP;
	__builtin_memset(&answer->packet, 0, sizeof(answer->packet));
	answer->runs++;
	answer->parsed = skip_capture_header(&cursor, capture_link, &at, &type);
	if (answer->parsed == PARSED)
		answer->parsed = parse_from(&cursor, at, type, 0, &answer->packet);
	return DROP;
}

char LICENSE[] SEC("license") = "GPL";
