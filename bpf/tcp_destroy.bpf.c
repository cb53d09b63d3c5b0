// SPDX-License-Identifier: GPL-2.0
// The last account of a connection, when its socket goes.
// Hook: tcp_destroy_sock, after the state's last change and after a reset that close() sends.
#include "lib/tcp.h"

SEC("tp_btf/tcp_destroy_sock")
int tcp_destroy(__u64 *context)
{
	const struct sock *sk = (const struct sock *)context[0];
	struct tcp_connection *c = connection_of(sk);
	if (!c)
		return 0;
	if (!c->ended_ns) {
		c->ended_ns = bpf_ktime_get_boot_ns();
		c->state = TCP_STATE_CLOSE;
		account_end(sk, c);
	}
	hand_over(sk, c);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
