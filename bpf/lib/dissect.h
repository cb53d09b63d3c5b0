/* SPDX-License-Identifier: GPL-2.0 */
/* parse.h for packets in the kernel: the plain way in the programs themselves, all else in a function of its own. */
#pragma once

#include "bpf.h"
#include "cursor.h"
#include "fragmented.h"
#include "parse.h"
#include "settings.h"

/* How far a frame is parsed that is not plain. */
struct parsing {
	struct packet packet;
	__u32 at, type;
};

/* Not on the stack, for the verifier would tell apart every state of every byte there: of a map it follows none. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct parsing);
} parsings SEC(".maps");

static __always_inline struct parsing *get_parsing(void)
{
	__u32 first = 0;
	return bpf_map_lookup_elem(&parsings, &first);
}

/*
 * A global function (kernel 5.6): the verifier goes through it once, by itself, and not once more for each tunnel in a
 * tunnel and for all that may be before the call.
 */
__noinline int parse_next_level(struct __sk_buff *skb, __u32 depth)
{
	struct cursor cursor = { .skb = skb };
	struct parsing *now = get_parsing();

	if (!now)
		return PARSE_MALFORMED; /* cannot be: an array has all its elements */
	__u32 at = now->at;
	__u32 type = now->type;
	int parsed = parse_level(&cursor, &at, &type, depth, &now->packet);
	now->at = at;
	now->type = type;
	return parsed;
}

/* Ethernet with an inner tag, IPv6, an option with the limit of tunnels in tunnels (RFC 2473 4.1.1), all GRE can have.
 */
#define FRONT_MOST (14 + 4 + 40 + 8 + 16)

/*
 * What stands before the IP header that the device's packet begins with. Kernel 5.10 hands on what arrives by GRE and
 * 6in4 with the tunnel's own headers still before it, and by IPIP with the Ethernet header, too.
 */
static __noinline __u32 front_bytes(struct __sk_buff *skb)
{
	__u32 ip[5] = {}, found[5] = {};

	if (bpf_skb_load_bytes_relative(skb, 0, ip, sizeof(ip), BPF_HDR_START_NET))
		return 0;
	for (__u32 at = 0; at <= FRONT_MOST; at += 2) {
		if (bpf_skb_load_bytes(skb, at, found, sizeof(found)))
			return 0;
		if (ip[0] == found[0] && ip[1] == found[1] && ip[2] == found[2] && ip[3] == found[3] &&
		    ip[4] == found[4])
			return at;
	}
	return 0;
}

/* As parse_any, into `parsings`. */
static __always_inline int parse_slowly(struct __sk_buff *skb, __u32 link, int inside, struct parsing *now)
{
	__builtin_memset(now, 0, sizeof(*now));
	if (link == LINK_IP)
		now->packet.front_bytes = now->at = front_bytes(skb);
	now->type = type_of_link(link);
	int parsed = parse_next_level(skb, 0);
	if (inside && parsed == PARSED)
		for (__u32 depth = 1; depth <= MAX_TUNNELS; depth++)
			if (parse_next_level(skb, depth) != PARSED)
				break;
	return parsed;
}

static __always_inline void join_fragments(struct packet *packet)
{
	struct fragment_name name = {};

	if (!is_fragment(packet))
		return;
	name_fragment(packet, &name);
	if (packet->first_fragment)
		remember_first(&name, packet);
	else
		join_first(&name, packet);
}

static __noinline int parse_outside(struct __sk_buff *skb, struct packet *packet, __u32 link)
{
	struct parsing *now = get_parsing();

	if (!now || !packet)
		return PARSE_MALFORMED;
	int parsed = parse_slowly(skb, link, 0, now);
	join_fragments(&now->packet);
	*packet = now->packet;
	return parsed;
}

/* header_bytes of what is inside of the tunnel that the frame is, which stays in `parsings`. */
static __noinline __u32 parse_inside(struct __sk_buff *skb, __u32 link, __u32 outer_bytes)
{
	struct parsing *now = get_parsing();

	if (!now)
		return outer_bytes;
	parse_slowly(skb, link, 1, now);
	/* Datagrams that were joined as they passed through (UDP GRO): a whole packet inside in each segment. */
	if (now->packet.inside_length && be16_(now->packet.inside_length) <= skb->gso_size)
		return outer_bytes;
	return now->packet.header_bytes;
}

/* Puts the connection inside of the tunnel into *packet's place. */
static __noinline int decapsulate(struct __sk_buff *skb, struct packet *packet, __u32 link)
{
	struct fragment_name name = {};
	struct parsing *now = get_parsing();

	if (!packet || !now)
		return 0;
	__u32 is_first = packet->first_fragment;
	name_fragment(packet, &name);
	__u32 header_bytes = parse_inside(skb, link, packet->header_bytes);
	join_fragments(&now->packet);
	*packet = now->packet;
	packet->header_bytes = header_bytes;
	if (is_first)
		remember_first(&name, packet); /* the later ones have nothing but their outside */
	return 0;
}

static __always_inline enum parsed dissect(struct __sk_buff *skb, enum link_type link, struct packet *packet)
{
	enum parsed parsed = PARSED;

	if (link != LINK_ETHERNET || !parse_plain((void *)(long)skb->data, (void *)(long)skb->data_end, packet))
		parsed = parse_outside(skb, packet, link);
	if (settings.decapsulate && may_be_tunnel(packet))
		decapsulate(skb, packet, link);
	return parsed;
}

/* What the kernel puts before each segment of a super-packet: of a tunnel, the headers inside, too. */
static __always_inline __u32 segment_header_bytes(struct __sk_buff *skb, __u32 link, const struct packet *packet)
{
	if (settings.decapsulate || !may_be_tunnel(packet))
		return packet->header_bytes;
	return parse_inside(skb, link, packet->header_bytes);
}
