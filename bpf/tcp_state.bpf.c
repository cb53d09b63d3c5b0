// SPDX-License-Identifier: GPL-2.0
// Attempts to connect and what became of them, handshakes, and when connections end.
// Hook: inet_sock_set_state, which fires with the socket's lock held, before the state changes.
#include "lib/tcp.h"
#include "lib/tcp_request.h"

/* Set before loading. 0: nothing tells when sockets go, so their last account is handed over when they close. */
const volatile __u32 destroy_is_told = 1;

/*
 * What ICMP said while the program held the socket, as when a filter of this node answers within connect(): then the
 * attempt does not fail by itself, but the program reads the error and closes the socket (net/ipv4/tcp_ipv4.c,
 * tcp_v4_err()). The error stays in the queue of errors.
 */
static __always_inline int icmp_error_of(const struct sock *sk)
{
	if (sk->sk_err_soft)
		return sk->sk_err_soft;
	if (!sk->sk_error_queue.qlen)
		return 0;
	const struct sk_buff *newest = sk->sk_error_queue.prev;
	const struct sock_exterr_skb *told = (const void *)newest + bpf_core_field_offset(struct sk_buff, cb);
	__u8 origin = BPF_CORE_READ(told, ee.ee_origin);
	if (origin != SO_EE_ORIGIN_ICMP && origin != SO_EE_ORIGIN_ICMP6)
		return 0;
	return BPF_CORE_READ(told, ee.ee_errno);
}

static __always_inline __u8 error_of(const struct sock *sk, const struct tcp_connection *c)
{
	switch (sk->sk_err ?: icmp_error_of(sk)) {
	case 111: /* ECONNREFUSED */
		return TCP_REFUSED;
	case 110: /* ETIMEDOUT */
		return TCP_TIMEOUT;
	case 104: /* ECONNRESET */
		return TCP_RESET;
	case 113: /* EHOSTUNREACH */
		return TCP_HOST_UNREACHABLE;
	case 101: /* ENETUNREACH */
		return TCP_NET_UNREACHABLE;
	case 0: /* the program gave up: SYNs that went unanswered for so long that they were sent again are a timeout */
		return c->totals.retransmits ? TCP_TIMEOUT : TCP_ABORTED;
	default:
		return TCP_OTHER_ERROR;
	}
}

/* There is no room for the connection: its attempt is counted all the same. */
static __always_inline void count_untracked(const struct tcp_connection *c)
{
	if (c->outcome == TCP_SUCCESS || c->outcome == TCP_FAILURE)
		count_loss((c->role == TCP_ROLE_SERVER ? TCP_ERRORS : 0) + (c->error & (TCP_ERRORS - 1)));
}

static __always_inline void begin(const struct sock *sk, struct tcp_connection *c, __u8 role)
{
	c->began_ns = bpf_ktime_get_boot_ns();
	c->netns = sk->__sk_common.skc_net.net->ns.inum;
	c->role = role;
	c->evidence = EVIDENCE_SYN;
	TAKE_ENDS(c, DIRECTLY, sk);
}

static __always_inline void keep(const struct sock *sk, const struct tcp_connection *c)
{
	__u64 key = (__u64)sk;
	if (bpf_map_update_elem(&tcp_sockets, &key, c, BPF_ANY))
		count_untracked(c);
}

/* connect(): the local port is not chosen yet (net/ipv4/tcp_ipv4.c, tcp_v4_connect). */
static __always_inline void call(const struct sock *sk)
{
	struct tcp_connection *before = connection_of(sk);
	if (before)
		hand_over(sk, before); /* a socket that tries again */
	struct tcp_connection c = { .state = TCP_STATE_SYN_SENT };
	begin(sk, &c, TCP_ROLE_CLIENT);
	keep(sk, &c);
}

/*
 * Of a connection that begins with SYN and ACKs sent again: when the first one went, and how many are told already, for
 * the socket takes them over into its total (net/ipv4/tcp_minisocks.c, tcp_create_openreq_child()).
 */
static __noinline int take_request(struct tcp_connection *c)
{
	struct tcp_ends ends = {};

	if (!c)
		return 0;
	__builtin_memcpy(ends.local, c->local, sizeof(ends.local));
	__builtin_memcpy(ends.remote, c->remote, sizeof(ends.remote));
	ends.local_port = c->local_port;
	ends.remote_port = c->remote_port;
	ends.netns = c->netns;
	struct tcp_request *request = bpf_map_lookup_elem(&tcp_requests, &ends);
	if (!request || request->over)
		return 0;
	__u32 told = request->sent_again - request->before;
	request->over = 1;
	c->handshake_us = (c->established_ns - request->first_ns) / 1000;
	c->before.retransmits = told < c->classified ? told : c->classified;
	c->retransmitted[TCP_RETRANSMIT_SYN] -= c->before.retransmits;
	return 0;
}

static __always_inline void succeed(const struct sock *sk, struct tcp_connection *c)
{
	c->established_ns = bpf_ktime_get_boot_ns();
	c->state = TCP_STATE_ESTABLISHED;
	TAKE_ENDS(c, DIRECTLY, sk); /* the source address may have changed with the route */
	if (c->role == TCP_ROLE_CLIENT) {
		if (!c->late)
			c->handshake_us = (c->established_ns - c->began_ns) / 1000;
	} else {
		/* From its SYN and ACK to the ACK: the kernel's first sample, which it takes only if there was one SYN
		 * and ACK; else by the request. */
		struct tcp_sock *tp = bpf_skc_to_tcp_sock((void *)sk);
		if (tp) {
			c->classified = c->retransmitted[TCP_RETRANSMIT_SYN] = tp->total_retrans;
			if (!tp->total_retrans)
				c->handshake_us = tp->srtt_us >> 3;
			else
				take_request(c);
		}
	}
	c->outcome = TCP_SUCCESS;
}

static __always_inline void establish(const struct sock *sk, int from)
{
	struct tcp_connection *c = connection_of(sk);
	/* SYN_RECV of one who called: both ends called at once (RFC 9293 3.5). */
	if (c && c->outcome == TCP_PENDING && c->role == TCP_ROLE_CLIENT) {
		succeed(sk, c);
		return;
	}
	if (c)
		hand_over(sk, c); /* what went before with this socket was not told to end */
	struct tcp_connection fresh = { .late = from == TCP_STATE_SYN_SENT };
	begin(sk, &fresh, from == TCP_STATE_SYN_SENT ? TCP_ROLE_CLIENT : TCP_ROLE_SERVER);
	succeed(sk, &fresh);
	keep(sk, &fresh);
}

static __always_inline void fail(const struct sock *sk, struct tcp_connection *c)
{
	c->outcome = TCP_FAILURE;
	c->error = error_of(sk, c);
}

static __always_inline void end(const struct sock *sk, int from)
{
	struct tcp_connection *c = connection_of(sk);
	struct tcp_connection fresh = { .state = TCP_STATE_CLOSE, .late = 1 };
	if (!c) {
		if (from != TCP_STATE_SYN_SENT)
			return;
		begin(sk, &fresh, TCP_ROLE_CLIENT);
		account_end(sk, &fresh);
		fail(sk, &fresh);
		fresh.ended_ns = fresh.began_ns;
		keep(sk, &fresh);
		return;
	}
	account_end(sk, c);
	if (c->outcome == TCP_PENDING) {
		struct tcp_sock *tp = bpf_skc_to_tcp_sock((void *)sk);
		if (tp && !c->local_port)
			c->local_port = bpf_ntohs(tp->inet_conn.icsk_inet.inet_sport);
		if (from == TCP_STATE_SYN_SENT || from == TCP_STATE_SYN_RECV)
			fail(sk, c);
		else
			c->outcome = TCP_SUCCESS;
	}
	c->state = TCP_STATE_CLOSE;
	c->ended_ns = bpf_ktime_get_boot_ns();
	if (!destroy_is_told)
		hand_over(sk, c);
}

SEC("tp_btf/inet_sock_set_state")
int tcp_state(__u64 *context)
{
	const struct sock *sk = (const struct sock *)context[0];
	int from = (int)context[1];
	int to = (int)context[2];
	if (sk->sk_protocol != IPPROTO_TCP)
		return 0;
	if (to == TCP_STATE_SYN_SENT)
		call(sk);
	else if (to == TCP_STATE_ESTABLISHED && (from == TCP_STATE_SYN_SENT || from == TCP_STATE_SYN_RECV))
		establish(sk, from);
	else if (to == TCP_STATE_CLOSE && from != TCP_STATE_LISTEN)
		end(sk, from);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
