// SPDX-License-Identifier: GPL-2.0
// Somebody else's program on the interface that is watched: counts, and passes every packet on.
#include "lib/bpf.h"

volatile __u64 packets = 0;

SEC("tc")
int foreign(struct __sk_buff *skb)
{
	(void)skb;
	__sync_fetch_and_add(&packets, 1);
	return PASS_ON;
}

char LICENSE[] SEC("license") = "GPL";
