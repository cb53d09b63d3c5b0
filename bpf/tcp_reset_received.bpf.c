// SPDX-License-Identifier: GPL-2.0
// Resets that end a connection from the other side.
// Hook: tcp_receive_reset, before the state changes.
#include "lib/tcp.h"

SEC("tp_btf/tcp_receive_reset")
int tcp_reset_received(__u64 *context)
{
	struct tcp_connection *c = connection_of((const struct sock *)context[0]);
	if (c)
		__sync_fetch_and_add(&c->resets_received, 1);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
