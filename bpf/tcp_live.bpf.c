// SPDX-License-Identifier: GPL-2.0
// Reads the connections that live, when user space asks: what the kernel's sockets hold at that moment, so nothing has
// to be done for it while packets pass.
// Hook: an iterator over the table of connections (kernel 5.9).
#include "lib/tcp.h"

/*
 * A socket's memory stays a socket's while the iterator runs (SLAB_TYPESAFE_BY_RCU), but it may be another
 * connection's if its end was missed: then the ports tell.
 */
static __always_inline void look(struct tcp_connection *c, const struct sock *sk)
{
	const struct tcp_sock *tp = (const void *)sk;
	if (bpf_ntohs(BPF_CORE_READ(sk, __sk_common.skc_dport)) != c->remote_port) {
		c->state = TCP_STATE_GONE;
		return;
	}
	c->state = BPF_CORE_READ(sk, __sk_common.skc_state);
	if (!c->local_port)
		c->local_port = bpf_ntohs(BPF_CORE_READ(tp, inet_conn.icsk_inet.inet_sport));
	TAKE_TOTALS(&c->totals, PROBED, tp);
	TAKE_RTT(c, PROBED, tp);
	if (!BPF_CORE_READ(tp, snd_wnd) && has_window(c))
		c->zero_windows++;
}

SEC("iter/bpf_map_elem")
int tcp_live(struct bpf_iter__bpf_map_elem *context)
{
	const __u64 *socket = context->key;
	const struct tcp_connection *c = context->value;
	if (!socket || !c)
		return 0;
	struct tcp_record record = { .socket = *socket };
	record.connection = *c;
	if (!c->ended_ns)
		look(&record.connection, (const struct sock *)record.socket);
	bpf_seq_write(context->meta->seq, &record, sizeof(record));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
