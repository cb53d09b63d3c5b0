/* SPDX-License-Identifier: GPL-2.0 */
/* A packet into its connection's entry of the running generation, with what outlives that. */
#pragma once

#include "connection.h"
#include "fault.h"
#include "filter.h"
#include "generation.h"
#include "passage.h"
#include "settings.h"
#include "slot.h"

/* A SYN is rare, so what it tells is written to both places at once. */
static __always_inline void learn_client(struct connection *known, enum client client, struct flow *flow)
{
	if (known) {
		known->client = client;
		known->evidence = EVIDENCE_SYN;
	}
	flow->client = client;
	flow->evidence = EVIDENCE_SYN;
}

/* What is known of the connection from earlier generations, or that it begins here. */
static __always_inline void recall(void *connections, const void *key, const struct passage *p, struct flow *flow)
{
	struct connection *known = bpf_map_lookup_elem(connections, key);
	if (known) {
		flow->first_seen_ns = known->first_seen_ns;
		flow->client = known->client;
		flow->evidence = known->evidence;
		if (known->awaited || known->local)
			flow->awaited = known->awaited;
		flow->first = known->untold;
		known->untold = 0;
		if (p->client && p->client != known->client)
			learn_client(known, p->client, flow);
		return;
	}
	struct connection created = {
		.first_seen_ns = bpf_ktime_get_boot_ns(),
		.client = p->client,
		.evidence = p->client ? EVIDENCE_SYN : EVIDENCE_NONE,
	};
	flow->first = !bpf_map_update_elem(connections, key, &created, BPF_NOEXIST);
	flow->first_seen_ns = created.first_seen_ns;
	flow->client = created.client;
	flow->evidence = created.evidence;
}

/* The entry that was to tell that the connection is new was not taken: another CPU's tells it, else a later one. */
static __always_inline void keep_first(void *flows, void *connections, const void *key, __be16 *echo_id)
{
	struct flow *other = bpf_map_lookup_elem(flows, key);
	if (other) {
		other->first = 1;
		return;
	}
	__be16 id = *echo_id;
	*echo_id = 0;
	struct connection *known = bpf_map_lookup_elem(connections, key);
	*echo_id = id;
	if (known)
		known->untold = 1;
}

/* A packet that begins or ends a connection. What outlives the generation has to know whose answer is awaited, too. */
static __always_inline void turn(void *connections, const void *key, struct flow *flow, struct passage *p)
{
	__u8 flags = p->packet.tcp_flags;
	__u8 before = flow->awaited;
	__u8 awaited = AWAIT_DATA * EITHER_WAY;

	if (flags & (TCP_SYN | TCP_RST))
		awaited = (flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK) ? AWAIT_ANSWER << !p->way : 0;
	p->signals = SIGNAL_TURN;
	flow->awaited = awaited;
	if (!((before ^ awaited) & AWAIT_ANSWER * EITHER_WAY))
		return;
	struct connection *known = bpf_map_lookup_elem(connections, key);
	if (known)
		known->awaited = awaited & AWAIT_ANSWER * EITHER_WAY;
}

/*
 * Tells packets that say something of their connection beyond their size. All but SYN and RST look like any other: the
 * connection's entry says what is awaited.
 */
static __always_inline void watch(void *connections, const void *key, struct flow *flow, struct passage *p)
{
	if (!settings.signals)
		return;
	__u8 here = flow->awaited >> p->way & AWAIT_ANY;
	if (!(p->packet.tcp_flags & (TCP_SYN | TCP_RST)) && !here)
		return;
	p->client = flow->client;
	p->evidence = flow->evidence;
	if (p->packet.tcp_flags & (TCP_SYN | TCP_RST) || here & AWAIT_ANSWER) {
		turn(connections, key, flow, p);
		return;
	}
	if (here & AWAIT_ECHO)
		p->signals |= SIGNAL_ECHO;
	if (here & AWAIT_DATA && p->length > p->packet.header_bytes) {
		p->signals |= SIGNAL_DATA;
		flow->awaited = (flow->awaited & ~(AWAIT_DATA << p->way)) | AWAIT_ECHO << !p->way;
	}
}

/*
 * Makes the connection's entry with this packet in it. 0, -EEXIST: another CPU was faster, else full or no memory.
 * echo_id: the key's; beyond a generation two addresses' ICMP is one connection.
 */
static __always_inline long create(void *flows, void *connections, const void *key, __be16 *echo_id, struct passage *p)
{
	struct flow fresh = {
		.hook = { hook_id(p->ifindex, p->direction, p->way) },
		.packets = { (__u32)p->size.packets },
		.bytes = { p->size.bytes },
		.awaited = settings.signals && p->packet.protocol == IPPROTO_TCP_ ? AWAIT_DATA * EITHER_WAY : 0,
	};
	__be16 id = *echo_id;
	*echo_id = 0;
	recall(connections, key, p, &fresh);
	watch(connections, key, &fresh, p);
	*echo_id = id;
	long error = bpf_map_update_elem(flows, key, &fresh, BPF_NOEXIST);
	if (error && fresh.first)
		keep_first(flows, connections, key, echo_id);
	return error;
}

static __always_inline enum outcome count(void *flows, void *connections, const void *key, __be16 *echo_id,
					  struct passage *p)
{
	struct flow *flow = bpf_map_lookup_elem(flows, key);
	fault_slow();
	if (!flow) {
		if (settings.filter_rules && !p->passes)
			return UNDECIDED;
		if (fault_entry_dropped(p->generation))
			return IN_TABLE;
		if (settings.link_addresses)
			p->takes_slot = 1;
		long error = create(flows, connections, key, echo_id, p);
		if (!error)
			return IN_TABLE;
		flow = error == -EEXIST ? bpf_map_lookup_elem(flows, key) : NULL;
		if (!flow)
			return OVERFLOWED;
	}
	if (p->client && p->client != flow->client)
		learn_client(bpf_map_lookup_elem(connections, key), p->client, flow);
	__u32 hook = hook_id(p->ifindex, p->direction, p->way);
	if (settings.filter_rules && !p->passes && find_slot(flow, hook) == NO_SLOT)
		return UNDECIDED;
	if (settings.link_addresses && find_slot(flow, hook) == NO_SLOT)
		p->takes_slot = 1;
	if (fault_add_left_out())
		return IN_TABLE;
	if (fault_add_done_twice())
		add_to_slot(flow, hook, &p->size);
	enum outcome outcome = add_to_slot(flow, hook, &p->size) == NO_SLOT ? OVERFLOWED : IN_TABLE;
	watch(connections, key, flow, p); /* last, so that the verifier goes through what is above once */
	return outcome;
}

/* Each generation's table is named at its own call, so that the verifier can inline the look-up. */
static __always_inline enum outcome count4(struct passage *p)
{
	struct flow_key4 key;
	p->way = key4_of(&p->packet, &key);
	key.echo_id = p->packet.icmp_id;
	p->client = client_of(&p->packet, p->way);
	return p->generation ? count(&flows4_1, &connections4, &key, &key.echo_id, p)
			     : count(&flows4_0, &connections4, &key, &key.echo_id, p);
}

/* Apart from the IPv4 way, so that each stays within the verifier's sight and the stack's 512 bytes. */
static __noinline int count6(struct passage *p)
{
	struct flow_key6 key;
	if (!p)
		return OVERFLOWED;
	p->way = key6_of(&p->packet, &key);
	key.echo_id = p->packet.icmp_id;
	p->client = client_of(&p->packet, p->way);
	return p->generation ? count(&flows6_1, &connections6, &key, &key.echo_id, p)
			     : count(&flows6_0, &connections6, &key, &key.echo_id, p);
}

static __noinline int count_overflow(const struct passage *p, struct ledger *ledger)
{
	if (!p || !ledger)
		return 0;
	struct overflow_key key = {
		.ifindex = p->ifindex,
		.generation = p->generation,
		.direction = p->direction,
		.protocol = p->packet.protocol,
		.family = p->packet.family,
	};
	struct size *bucket = bpf_map_lookup_elem(&overflow, &key);
	if (!bucket) {
		struct size empty = {};
		bpf_map_update_elem(&overflow, &key, &empty, BPF_NOEXIST);
		bucket = bpf_map_lookup_elem(&overflow, &key);
	}
	add_whole(bucket ?: &ledger->overflow_unlisted, &p->size); /* programs at sockets come here too */
	return 0;
}
