// SPDX-License-Identifier: GPL-2.0
// Somebody else's program on the interface or at the sockets that are watched: counts, and passes every packet on.
#include "lib/bpf.h"

volatile __u64 packets = 0;

SEC("tc")
int foreign(struct __sk_buff *skb)
{
	(void)skb;
	__sync_fetch_and_add(&packets, 1);
	return PASS_ON;
}

SEC("cgroup_skb/ingress")
int foreign_cgroup(struct __sk_buff *skb)
{
	(void)skb;
	__sync_fetch_and_add(&packets, 1);
	return 1; /* let it pass */
}

char LICENSE[] SEC("license") = "GPL";
