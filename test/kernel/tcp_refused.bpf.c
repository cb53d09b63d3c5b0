// SPDX-License-Identifier: GPL-2.0
// A program that every kernel refuses: it writes to a socket.
#include "lib/tcp.h"

SEC("tp_btf/inet_sock_set_state")
int refused(__u64 *context)
{
	struct tcp_connection *c = connection_of((const struct sock *)context[0]);
	struct sock *sk = (struct sock *)context[0];
	sk->sk_err = !!c;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
