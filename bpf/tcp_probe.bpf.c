// SPDX-License-Identifier: GPL-2.0
// Connections that were there before the programs, at the next segment that they receive; and times in which the other
// end had no room.
// Hook: tcp_probe, for each segment (after GRO) of an established connection, before it is processed.
#include "lib/tcp.h"
#include "lib/tcp_late.h"

#define WINDOW_AT 14 /* RFC 9293 3.1 */

static __always_inline __u16 window_of(const struct sk_buff *skb)
{
	__u16 window = 0;
	bpf_probe_read_kernel(&window, sizeof(window), skb->head + skb->transport_header + WINDOW_AT);
	return window;
}

SEC("tp_btf/tcp_probe")
int tcp_probe(__u64 *context)
{
	const struct sock *sk = (const struct sock *)context[0];
	struct tcp_sock *tp = bpf_skc_to_tcp_sock((void *)sk);
	struct tcp_connection *c = connection_of(sk);
	if (!c)
		return meet_late(sk);
	/* So far there was no room; is there some now? Counted at its end, for then no flag has to be kept. */
	if (tp && !tp->snd_wnd && window_of((const struct sk_buff *)context[1]))
		c->zero_windows++;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
