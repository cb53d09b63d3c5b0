// SPDX-License-Identifier: GPL-2.0
// The programs as they are, fed with a packet that has other ports at each run: every packet of another connection.
#include "flow.bpf.c"

#define SOURCE_PORT_AT 34 /* Ethernet, IPv4 without options */

/* User space sets it back to let the same connections come again. */
volatile __u32 connection SEC(".data.connection") = 0;

static __always_inline void another_connection(struct __sk_buff *skb)
{
	/* Above 65,535 the source address goes on counting. */
	__u32 now = connection++;
	__u16 low = now;
	__u16 high = now >> 16;
	bpf_skb_store_bytes(skb, SOURCE_PORT_AT, &low, sizeof(low), 0);
	bpf_skb_store_bytes(skb, SOURCE_PORT_AT - 8, &high, sizeof(high), 0);
}

/* What the changing costs: subtracted. */
SEC("tc")
int only_change(struct __sk_buff *skb)
{
	another_connection(skb);
	return PASS_ON;
}

SEC("tc")
int change_and_count(struct __sk_buff *skb)
{
	another_connection(skb);
	return account(skb, INGRESS, LINK_ETHERNET);
}
