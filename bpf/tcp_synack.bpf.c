// SPDX-License-Identifier: GPL-2.0
// SYN and ACKs that a server sends again.
// Hook: tcp_retransmit_synack (kernel 4.16).
#include "lib/tcp_request.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct tcp_request_sock {
	__u64 snt_synack; /* us of CLOCK_MONOTONIC, of the first */
};

#pragma clang attribute pop

static __always_inline __u64 first_ns(const struct tcp_request_sock *request, __u64 now)
{
	__u64 ago = bpf_ktime_get_ns() - BPF_CORE_READ(request, snt_synack) * 1000;
	return ago < now ? now - ago : now;
}

SEC("tp_btf/tcp_retransmit_synack")
int tcp_synack(__u64 *context)
{
	const struct sock *sk = (const struct sock *)context[0];
	const struct sock *request_sk = (const struct sock *)context[1];
	__u64 now = bpf_ktime_get_boot_ns();
	struct tcp_ends ends = {};

	/* With TCP Fast Open the socket is there, and has it in its total (net/ipv4/tcp_output.c, tcp_rtx_synack()). */
	if (sk->__sk_common.skc_state != TCP_STATE_LISTEN)
		return 0;
	TAKE_ENDS(&ends, PROBED, request_sk);
	ends.netns = BPF_CORE_READ(request_sk, __sk_common.skc_net.net, ns.inum);
	struct tcp_request *known = bpf_map_lookup_elem(&tcp_requests, &ends);
	if (!known) {
		struct tcp_request fresh = {
			.first_ns = first_ns((const void *)request_sk, now),
			.newest_ns = now,
			.sent_again = 1,
		};
		if (bpf_map_update_elem(&tcp_requests, &ends, &fresh, BPF_ANY))
			count_loss(TCP_ENDS_LOST);
		return 0;
	}
	if (known->over) {
		known->before = known->sent_again;
		known->first_ns = first_ns((const void *)request_sk, now);
		known->over = 0;
	}
	known->sent_again++;
	known->newest_ns = now;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
