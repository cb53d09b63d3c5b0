/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is other where programs stand at sockets (cgroup_skb) and not at an interface.
 *
 * One that sends runs in its process, with bottom halves on (net/ipv4/ip_output.c, ip_finish_output): one that receives
 * may interrupt it on the same CPU. So counts of a CPU are added to as whole numbers, and nothing of a CPU is scratch.
 */
#pragma once

#include "bpf.h"
#include "shared/flow.h"

#define LET_PASS 1 /* 0 would drop the packet, 2 and 3 would tell TCP of congestion */

/* The kernel registers a namespace's loopback device first (net/core/dev.c). */
#define LOOPBACK_IFINDEX 1

/*
 * The cgroup of the socket, in the bits that a hook's id has for an interface's index. An id is its directory's inode
 * number, which the kernel gives out in turn: two that are alike have 2^30 others between them.
 */
static __always_inline __u32 cgroup_number(struct __sk_buff *skb)
{
	__u32 number = bpf_skb_cgroup_id(skb) & CGROUP_NUMBERS;
	return number ?: CGROUP_NUMBERS; /* 0 would make a free slot's hook */
}

static __always_inline void add_whole(struct size *to, const struct size *size)
{
	__sync_fetch_and_add(&to->packets, size->packets);
	__sync_fetch_and_add(&to->bytes, size->bytes);
}
