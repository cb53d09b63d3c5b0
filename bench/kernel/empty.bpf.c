// SPDX-License-Identifier: GPL-2.0
// What it costs to call any program: the base that is subtracted.
#include "lib/bpf.h"

SEC("tc")
int empty(struct __sk_buff *skb)
{
	(void)skb;
	return PASS_ON;
}

char LICENSE[] SEC("license") = "GPL";
