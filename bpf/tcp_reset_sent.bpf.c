// SPDX-License-Identifier: GPL-2.0
// Resets that a connection's own end sends. Those for which there is no socket are for the packets to tell.
// Hook: tcp_send_reset.
#include "lib/tcp.h"

SEC("tp_btf/tcp_send_reset")
int tcp_reset_sent(__u64 *context)
{
	struct tcp_connection *c = connection_of((const struct sock *)context[0]);
	if (c)
		__sync_fetch_and_add(&c->resets_sent, 1);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
