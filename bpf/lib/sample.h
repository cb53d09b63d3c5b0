/* SPDX-License-Identifier: GPL-2.0 */
/* One packet in N, at random, and the same ones at all hooks of the node. */
#pragma once

#include "bpf.h"
#include "parse.h"
#include "settings.h"

/* Finalizer of splitmix64. */
static __always_inline __u64 mixed(__u64 word)
{
	word = (word ^ word >> 30) * 0xbf58476d1ce4e5b9;
	word = (word ^ word >> 27) * 0x94d049bb133111eb;
	return word ^ word >> 31;
}

/*
 * A packet that crosses two hooks has to be looked at by both or by neither: which of them repeats the other is told by
 * their counts. So the die is thrown by what is in the packet and stays as it is on its way, address translation
 * included: IPv4's id, TCP's sequence and acknowledgement, what is behind the ports and checksums of others. The time
 * in jiffies is in it, so that packets that are all alike do not share one fate, and a seed, so that nobody can choose.
 */
static __noinline int is_sampled(struct __sk_buff *skb, const struct packet *p)
{
	struct {
		__u64 seed;
		__u16 id;
		__u16 upper[7];
	} die = {};

	if (!p)
		return 1;
	/* Of a header with options it is not the id, and does not change either. */
	if (p->family == 4)
		bpf_skb_load_bytes(skb, p->upper_at - 16, &die.id, sizeof(die.id));
	__u32 skipped = 8;
	if (p->protocol == IPPROTO_TCP_)
		skipped = 4;
	else if (p->protocol == IPPROTO_ICMP_ || p->protocol == IPPROTO_ICMPV6_)
		skipped = 6;
	if (bpf_skb_load_bytes(skb, p->upper_at + skipped, die.upper, 12))
		bpf_skb_load_bytes(skb, p->upper_at + skipped, die.upper, 2);
	die.seed = (__u64)settings.sampling_seed << 32 | (__u32)bpf_jiffies64();
	const __u64 *words = (const __u64 *)&die;
	__u64 thrown = mixed(mixed(mixed(words[0]) ^ words[1]) ^ words[2]);
	return (thrown >> 32) * settings.sampling >> 32 == 0;
}
