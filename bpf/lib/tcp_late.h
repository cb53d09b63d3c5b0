/* SPDX-License-Identifier: GPL-2.0 */
/* Connections that were there before the programs. */
#pragma once

#include "tcp.h"

/*
 * Who called, of a connection that was there before. A socket that a listening one made has the length of its queue
 * (sk_max_ack_backlog, copied by sk_clone()); a local port that nobody asked for was picked by connect()
 * (net/ipv4/inet_hashtables.c, __inet_hash_connect() sets fastreuse to -1). Else nobody knows: the port was bound, and
 * a listening socket with a queue of 0 looks like none.
 */
#define TAKE_ROLE(c, sk)                                                                                               \
	({                                                                                                             \
		const struct inet_connection_sock *icsk = (void *)(sk);                                                \
		struct inet_bind_bucket *bucket = BPF_CORE_READ(icsk, icsk_bind_hash);                                 \
		if (BPF_CORE_READ(sk, sk_max_ack_backlog)) {                                                           \
			(c)->role = TCP_ROLE_SERVER;                                                                   \
			(c)->evidence = EVIDENCE_LISTENER;                                                             \
		} else if (bucket && BPF_CORE_READ(bucket, fastreuse) < 0) {                                           \
			(c)->role = TCP_ROLE_CLIENT;                                                                   \
			(c)->evidence = EVIDENCE_SYN;                                                                  \
		}                                                                                                      \
	})

/* Begins the account of a connection that was there before the programs. */
static __noinline int meet_late(const struct sock *sk)
{
	const struct tcp_sock *tp = (const void *)sk;
	__u64 key = (__u64)sk;
	struct tcp_connection c = {
		.began_ns = bpf_ktime_get_boot_ns(),
		.state = BPF_CORE_READ(sk, __sk_common.skc_state),
		.netns = BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum),
		.late = 1,
	};
	TAKE_ENDS(&c, PROBED, sk);
	TAKE_ROLE(&c, sk);
	TAKE_TOTALS(&c.before, PROBED, tp);
	c.classified = c.before.retransmits;
	c.outcome = TCP_NOT_SEEN;
	if (c.state == TCP_STATE_SYN_SENT) {
		c.outcome = TCP_PENDING;
		c.role = TCP_ROLE_CLIENT;
		c.evidence = EVIDENCE_SYN;
	}
	bpf_map_update_elem(&tcp_sockets, &key, &c, BPF_NOEXIST);
	return 0;
}
