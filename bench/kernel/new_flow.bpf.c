// SPDX-License-Identifier: GPL-2.0
// The programs as they are, fed with a packet that has another source port at each run: every packet a new connection.
#include "flow.bpf.c"

#define SOURCE_PORT_AT 34 /* Ethernet, IPv4 without options */

static __u32 port = 0;

static __always_inline void another_port(struct __sk_buff *skb)
{
	/* Above 65,535 the source address goes on counting. */
	__u32 now = port++;
	__u16 low = now;
	__u16 high = now >> 16;
	bpf_skb_store_bytes(skb, SOURCE_PORT_AT, &low, sizeof(low), 0);
	bpf_skb_store_bytes(skb, SOURCE_PORT_AT - 8, &high, sizeof(high), 0);
}

/* What the changing costs: subtracted. */
SEC("tc")
int only_change(struct __sk_buff *skb)
{
	another_port(skb);
	return PASS_ON;
}

SEC("tc")
int change_and_count(struct __sk_buff *skb)
{
	another_port(skb);
	return account(skb, INGRESS, LINK_ETHERNET);
}
