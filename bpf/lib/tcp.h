/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The tables of TCP's connections, shared by programs that are each in an object of its own: user space makes the
 * tables once and gives them to every object.
 *
 * tcp_sockets     the connections that live, by their socket. Written by programs under the socket's lock.
 * tcp_ended       the last account of each connection that ended: user space reads the ring's memory, without a call.
 * tcp_ended_more  those that found no room in the ring. Never written again, so user space takes what it finds, at any
 *                 time.
 */
#pragma once

#include "sock.h"
#include "shared/flow.h"
#include "shared/tcp.h"

#define DEFAULT_MAX_CONNECTIONS 131072 /* user space sets the real one before loading */

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, DEFAULT_MAX_CONNECTIONS);
	__type(key, __u64);
	__type(value, struct tcp_connection);
} tcp_sockets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, DEFAULT_MAX_CONNECTIONS);
	__type(key, struct tcp_id);
	__type(value, struct tcp_connection);
} tcp_ended_more SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, TCP_ENDED_RING_BYTES);
} tcp_ended SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, TCP_LOSSES);
	__type(key, __u32);
	__type(value, __u64);
} tcp_losses SEC(".maps");

/* How a field is read: through a pointer that the verifier knows, or by a helper where it is only an address. */
#define DIRECTLY(pointer, field) ((pointer)->field)
#define PROBED(pointer, field) BPF_CORE_READ(pointer, field)

static __always_inline struct tcp_connection *connection_of(const struct sock *sk)
{
	__u64 key = (__u64)sk;
	return bpf_map_lookup_elem(&tcp_sockets, &key);
}

static __always_inline void count_loss(__u32 which)
{
	__u64 *losses = bpf_map_lookup_elem(&tcp_losses, &which);
	if (losses)
		__sync_fetch_and_add(losses, 1);
}

#define IS_MAPPED(address) (!(address)[0] && !(address)[1] && (address)[2] == bpf_htonl(0xffff))

#define COPY_ADDRESS(to, READ, sk, field)                                                                              \
	({                                                                                                             \
		(to)[0] = READ(sk, __sk_common.field.in6_u.u6_addr32[0]);                                              \
		(to)[1] = READ(sk, __sk_common.field.in6_u.u6_addr32[1]);                                              \
		(to)[2] = READ(sk, __sk_common.field.in6_u.u6_addr32[2]);                                              \
		(to)[3] = READ(sk, __sk_common.field.in6_u.u6_addr32[3]);                                              \
	})

/* A socket of IPv6 that talks IPv4 has the other end mapped; its own may not be yet. */
#define TAKE_ENDS(c, READ, sk)                                                                                         \
	({                                                                                                             \
		(c)->local_port = READ(sk, __sk_common.skc_num);                                                       \
		(c)->remote_port = bpf_ntohs(READ(sk, __sk_common.skc_dport));                                         \
		if (READ(sk, __sk_common.skc_family) == AF_INET6) {                                                    \
			COPY_ADDRESS((c)->remote, READ, sk, skc_v6_daddr);                                             \
			COPY_ADDRESS((c)->local, READ, sk, skc_v6_rcv_saddr);                                          \
		}                                                                                                      \
		if (READ(sk, __sk_common.skc_family) != AF_INET6 || IS_MAPPED((c)->remote)) {                          \
			(c)->remote[0] = (c)->remote[1] = (c)->local[0] = (c)->local[1] = 0;                           \
			(c)->remote[2] = (c)->local[2] = bpf_htonl(0xffff);                                            \
			(c)->remote[3] = READ(sk, __sk_common.skc_daddr);                                              \
			(c)->local[3] = READ(sk, __sk_common.skc_rcv_saddr);                                           \
		}                                                                                                      \
	})

#define TAKE_TOTALS(to, READ, tp)                                                                                      \
	({                                                                                                             \
		(to)->retransmits = READ(tp, total_retrans);                                                           \
		(to)->lost = READ(tp, lost);                                                                           \
		(to)->out_of_order = READ(tp, rcv_ooopack);                                                            \
		(to)->sent = READ(tp, data_segs_out);                                                                  \
		(to)->spurious = READ(tp, dsack_dups);                                                                 \
	})

/* The kernel's estimates, scaled as its tcp_get_info() does (net/ipv4/tcp.c). */
#define TAKE_RTT(c, READ, tp)                                                                                          \
	({                                                                                                             \
		__u32 least = READ(tp, rtt_min.s[0].v);                                                                \
		(c)->srtt_us = READ(tp, srtt_us) >> 3;                                                                 \
		(c)->rtt_variation_us = READ(tp, mdev_us) >> 2;                                                        \
		(c)->rtt_min_us = least == ~0U ? 0 : least;                                                            \
	})

/* The last account of a connection goes to user space, and its socket's address is free for another. */
static __always_inline void hand_over(const struct sock *sk, const struct tcp_connection *c)
{
	__u64 key = (__u64)sk;
	struct tcp_record *last = bpf_ringbuf_reserve(&tcp_ended, sizeof(*last), 0);
	if (last) {
		last->socket = key;
		last->connection = *c;
		bpf_ringbuf_submit(last, BPF_RB_NO_WAKEUP); /* it is read once an interval */
	} else {
		struct tcp_id id = { .socket = key, .began_ns = c->began_ns };
		if (bpf_map_update_elem(&tcp_ended_more, &id, c, BPF_ANY))
			count_loss(TCP_ENDS_LOST);
	}
	bpf_map_delete_elem(&tcp_sockets, &key);
}

/* Before the handshake the other end has told no window: that is not one of 0. */
static __always_inline int has_window(const struct tcp_connection *c)
{
	return c->outcome == TCP_SUCCESS || c->outcome == TCP_NOT_SEEN;
}

/* Takes what the socket tells at the end of its connection. */
static __always_inline void account_end(const struct sock *sk, struct tcp_connection *c)
{
	struct tcp_sock *tp = bpf_skc_to_tcp_sock((void *)sk);
	if (!tp)
		return;
	TAKE_TOTALS(&c->totals, DIRECTLY, tp);
	TAKE_RTT(c, DIRECTLY, tp);
	if (!tp->snd_wnd && has_window(c))
		c->zero_windows++;
}
