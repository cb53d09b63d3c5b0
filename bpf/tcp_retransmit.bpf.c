// SPDX-License-Identifier: GPL-2.0
// Why segments are sent again. How many is the socket's own total, and what it grew by since the last look goes to the
// reason that holds now: the tracepoint fires once for an skb, which may be several segments.
// Hook: tcp_retransmit_skb, after the total has grown. Kernels from 6.18 on fire it also for what could not be sent.
#include "lib/tcp.h"
#include "lib/tcp_late.h"

static __always_inline int is_lost(const struct sk_buff *skb)
{
	const struct tcp_skb_cb *cb = (const void *)skb + bpf_core_field_offset(struct sk_buff, cb);
	return BPF_CORE_READ(cb, sacked) & TCPCB_LOST;
}

/*
 * The probe's timer is what runs, or waits: it may have been set before a recovery began, and then either sends. What
 * a recovery sends is marked as lost, the last segment that the probe sends is not.
 */
static __always_inline int is_probe(const struct tcp_sock *tp, const struct sk_buff *skb)
{
	return tp->inet_conn.icsk_pending == ICSK_TIME_LOSS_PROBE && !is_lost(skb);
}

static __always_inline int reason_of(const struct sock *sk, const struct tcp_sock *tp, const struct sk_buff *skb,
				     enum tcp_retransmit *reason)
{
	__u8 state = sk->__sk_common.skc_state;
	__u8 congestion = BPF_CORE_READ_BITFIELD(&tp->inet_conn, icsk_ca_state);
	if (state == TCP_STATE_SYN_SENT || state == TCP_STATE_SYN_RECV)
		*reason = TCP_RETRANSMIT_SYN;
	else if (is_probe(tp, skb))
		*reason = TCP_RETRANSMIT_TAIL_LOSS_PROBE;
	else if (congestion == TCP_CA_LOSS)
		*reason = TCP_RETRANSMIT_TIMEOUT; /* and what follows in the recovery from it */
	else if (congestion == TCP_CA_RECOVERY)
		*reason = TCP_RETRANSMIT_FAST;
	else
		return 0;
	return 1;
}

SEC("tp_btf/tcp_retransmit_skb")
int tcp_retransmit(__u64 *context)
{
	const struct sock *sk = (const struct sock *)context[0];
	struct tcp_sock *tp = bpf_skc_to_tcp_sock((void *)sk);
	struct tcp_connection *c = connection_of(sk);
	enum tcp_retransmit reason = 0;
	if (!tp)
		return 0;
	if (!c) {
		meet_late(sk);
		return 0;
	}
	__u32 total = tp->total_retrans;
	if (reason_of(sk, tp, (const struct sk_buff *)context[1], &reason))
		c->retransmitted[reason & (TCP_RETRANSMITS - 1)] += total - c->classified;
	c->classified = total;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
