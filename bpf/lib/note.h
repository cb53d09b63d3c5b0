/* SPDX-License-Identifier: GPL-2.0 */
/* What a packet tells beside its size: how connections begin and fail, round trips, ICMP's errors. */
#pragma once

#include "connection.h"
#include "generation.h"
#include "icmp_error.h"
#include "passage.h"
#include "round_trip.h"
#include "signals.h"

static __always_inline struct flow *flow_of(const struct passage *p)
{
	if (p->packet.family == 4) {
		struct flow_key4 key;
		key4_of(&p->packet, &key);
		return bpf_map_lookup_elem(p->generation ? (void *)&flows4_1 : (void *)&flows4_0, &key);
	}
	struct flow_key6 key;
	key6_of(&p->packet, &key);
	return bpf_map_lookup_elem(p->generation ? (void *)&flows6_1 : (void *)&flows6_0, &key);
}

static __always_inline struct connection *connection_of(const struct passage *p)
{
	if (p->packet.family == 4) {
		struct flow_key4 key;
		key4_of(&p->packet, &key);
		return bpf_map_lookup_elem(&connections4, &key);
	}
	struct flow_key6 key;
	key6_of(&p->packet, &key);
	return bpf_map_lookup_elem(&connections6, &key);
}

/* Sockets tell round trips better than their packets do: of a connection of theirs no more are timed. */
static __always_inline void leave_to_socket(const struct passage *p)
{
	struct connection *known = connection_of(p);
	struct flow *flow = flow_of(p);

	if (known)
		known->local = 1;
	if (flow)
		flow->awaited &= AWAIT_ANSWER * EITHER_WAY;
}

/* A passage beside the stack, for note_round_trip. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct passage);
} passages SEC(".maps");

static __always_inline struct passage *get_passage(void)
{
	__u32 first = 0;
	return bpf_map_lookup_elem(&passages, &first);
}

/*
 * Of what is in `passages`. A global function (kernel 5.6): the verifier goes through it once, by itself. Returns
 * whether there was no room for what the packet tells.
 */
__noinline int note_round_trip(struct __sk_buff *skb)
{
	struct passage *p = get_passage();
	struct timestamps stamps = {};
	struct flow *flow;

	if (!p)
		return 0; /* cannot be: an array has all its elements */
	__u32 way = p->way & 1;
	if (is_of_socket(skb)) {
		leave_to_socket(p);
		return 0;
	}
	if (!read_timestamps(skb, &p->packet, &stamps)) {
		flow = flow_of(p);
		if (flow)
			flow->awaited &= AWAIT_ANSWER * EITHER_WAY; /* this connection has none */
		return 0;
	}
	__u32 data = p->signals & SIGNAL_DATA || p->packet.tcp_flags & TCP_SYN;
	struct signals *signals = signals_of(&p->packet, p->generation, data);
	if (!signals)
		return data;
	signals->client = p->client;
	signals->evidence = p->evidence;
	if ((p->packet.tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN)
		begin_round_trips(signals);
	int acknowledged = take_echo(signals, way, &stamps);
	if (data)
		time_segment(signals, way, &stamps,
			     p->packet.tcp_flags & TCP_SYN ? 0 : p->length - p->packet.header_bytes);
	if (!acknowledged || !(p->signals & SIGNAL_ECHO))
		return 0;
	flow = flow_of(p);
	if (!flow)
		return 0;
	flow->awaited &= ~(AWAIT_ECHO << way);
	if (signals->timed[way ? 0 : 1] < MAX_TIMED)
		flow->awaited |= AWAIT_DATA << (way ? 0 : 1);
	return 0;
}

static __noinline int note_signals(struct __sk_buff *skb, const struct passage *p, struct ledger *ledger)
{
	int noted;

	if (!p || !ledger)
		return 0;
	if (p->signals)
		noted = note_tcp(&p->packet, p->client, p->generation, hook_id(p->ifindex, p->direction, p->way));
	else
		noted = note_unreachable(skb, &p->packet, p->generation, hook_id(p->ifindex, p->direction, 0));
	if (!noted)
		__sync_fetch_and_add(&ledger->signals_lost, 1);
	return 0;
}

static __noinline int note_error(struct __sk_buff *skb, const struct passage *p, struct ledger *ledger)
{
	if (!p || !ledger)
		return 0;
	if (!note_icmp_error(skb, &p->packet, &p->size, p->generation, hook_id(p->ifindex, p->direction, 0)))
		ledger->errors_lost++;
	return 0;
}
