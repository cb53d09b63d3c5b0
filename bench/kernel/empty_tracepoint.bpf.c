// SPDX-License-Identifier: GPL-2.0
// What it costs to be called at a tracepoint and timed: the base that is subtracted.
#include "lib/bpf.h"

SEC("tp_btf/inet_sock_set_state")
int empty_tracepoint(__u64 *context)
{
	(void)context;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
