/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How connections begin and fail, as passing packets tell it: for those whose sockets are not on this node. Only SYN,
 * RST, the client's first packet after a SYN and ACK, and ICMP's "destination unreachable" cost anything here, and what
 * round_trip.h asks for.
 */
#pragma once

#include "bpf.h"
#include "connection.h"
#include "generation.h"
#include "slot.h"
#include "shared/signals.h"

struct signals_table {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, DEFAULT_MAX_FLOWS);
	__type(key, struct flow_key6);
	__type(value, struct signals);
};
struct signals_table signals_0 SEC(".maps"), signals_1 SEC(".maps");

/* A new entry. Not on the stack, where there is no room for it. */
const struct signals no_signals SEC(".rodata.signals") = {};

/* Returns the way, as key4_of and key6_of, which say the order of the endpoints. */
static __always_inline __u32 signals_key_of(const struct packet *p, struct flow_key6 *key)
{
	struct flow_key4 key4;

	if (p->family == 6)
		return key6_of(p, key);
	__u32 way = key4_of(p, &key4);
	key->address[0][0] = key->address[1][0] = 0;
	key->address[0][1] = (__u64)key4.address[0] << 32 | bpf_htonl(0xffff);
	key->address[1][1] = (__u64)key4.address[1] << 32 | bpf_htonl(0xffff);
	key->port[0] = key4.port[0];
	key->port[1] = key4.port[1];
	key->protocol = key4.protocol;
	key->later_fragment = key4.later_fragment;
	key->echo_id = 0;
	return way;
}

static __always_inline struct signals *find_or_create_signals(__u32 generation, const struct flow_key6 *key)
{
	void *table = generation ? (void *)&signals_1 : (void *)&signals_0;
	struct signals *found = bpf_map_lookup_elem(table, key);

	if (found)
		return found;
	bpf_map_update_elem(table, key, &no_signals, BPF_NOEXIST);
	return bpf_map_lookup_elem(table, key);
}

/* create: 0: only what is there already. */
static __always_inline struct signals *signals_of(const struct packet *p, __u32 generation, __u32 create)
{
	struct flow_key6 key;

	signals_key_of(p, &key);
	if (create)
		return find_or_create_signals(generation, &key);
	return bpf_map_lookup_elem(generation ? (void *)&signals_1 : (void *)&signals_0, &key);
}

static __always_inline void note_reset(struct signals *signals, __u32 hook, __u32 way, __u64 now)
{
	way &= 1;
	if (!signals->reset_ns)
		signals->reset_ns = now;
	if (!signals->reset_hook[way])
		signals->reset_hook[way] = hook;
	if (signals->reset_hook[way] == hook)
		__sync_fetch_and_add(&signals->resets[way], 1);
}

/* 0: there was no room for what the packet tells. */
static __always_inline int note_tcp(const struct packet *p, enum client client, __u32 generation, __u32 hook)
{
	struct flow_key6 key;
	__u32 way = signals_key_of(p, &key);
	struct signals *signals = find_or_create_signals(generation, &key);
	__u64 now = bpf_ktime_get_boot_ns();

	if (!signals)
		return 0;
	signals->client = client;
	if (p->tcp_flags & TCP_SYN) {
		if (p->tcp_flags & TCP_ACK) {
			if (!signals->syn_ack_ns)
				signals->syn_ack_ns = now;
		} else {
			if (!signals->syn_ns)
				signals->syn_ns = now;
			signals->last_syn_ns = now;
		}
	} else if (p->tcp_flags & TCP_RST) {
		note_reset(signals, hook, way, now);
	} else if (!signals->ack_ns) {
		signals->ack_ns = now;
	}
	return 1;
}

/* RFC 792; RFC 1122 3.2.2.1; RFC 1812 5.2.7.1. "Fragmentation needed" is not among them: the packet's size was wrong.
 */
static __always_inline enum unreachable unreachable4(__u8 code)
{
	switch (code) {
	case 0:
	case 6:
	case 11:
		return UNREACHABLE_NET;
	case 1:
	case 7:
	case 12:
		return UNREACHABLE_HOST;
	case 2:
		return UNREACHABLE_PROTOCOL;
	case 3:
		return UNREACHABLE_PORT;
	case 4:
		return UNREACHABLE_NOT;
	case 9:
	case 10:
	case 13:
		return UNREACHABLE_PROHIBITED;
	default:
		return UNREACHABLE_OTHER;
	}
}

/* RFC 4443 3.1 */
static __always_inline enum unreachable unreachable6(__u8 code)
{
	switch (code) {
	case 0:
	case 6:
		return UNREACHABLE_NET;
	case 1:
	case 5:
		return UNREACHABLE_PROHIBITED;
	case 3:
		return UNREACHABLE_HOST;
	case 4:
		return UNREACHABLE_PORT;
	default:
		return UNREACHABLE_OTHER;
	}
}

#define ICMP_HEADER_BYTES 8
#define ICMP_UNREACHABLE 3
#define ICMPV6_UNREACHABLE 1

static __always_inline enum unreachable unreachable_of(const struct packet *p)
{
	if (p->protocol == IPPROTO_ICMP_ && p->icmp_type == ICMP_UNREACHABLE)
		return unreachable4(p->icmp_code);
	if (p->protocol == IPPROTO_ICMPV6_ && p->icmp_type == ICMPV6_UNREACHABLE)
		return unreachable6(p->icmp_code);
	return UNREACHABLE_NOT;
}

/* What an ICMP message quotes at `at` of the packet that it is about. 0: not enough of it. */
static __always_inline int read_quoted(struct __sk_buff *skb, __u32 at, __u8 family, struct packet *quoted)
{
	struct ipv4_header ipv4;
	struct ipv6_header ipv6;
	__be16 ports[2];

	quoted->family = family;
	if (family == 4) {
		if (bpf_skb_load_bytes(skb, at, &ipv4, sizeof(ipv4)))
			return 0;
		if (ipv4.fragment & be16_(0x1fff))
			return 0;
		quoted->protocol = ipv4.protocol;
		quoted->source4 = ipv4.source;
		quoted->destination4 = ipv4.destination;
		at += (ipv4.version_ihl & 15) * 4;
	} else {
		if (bpf_skb_load_bytes(skb, at, &ipv6, sizeof(ipv6)))
			return 0;
		quoted->protocol = ipv6.next_header; /* behind extension headers it is not matched */
		take_ipv6(&ipv6, quoted);
		at += sizeof(ipv6);
	}
	if (!has_ports(quoted->protocol))
		return 0;
	if (bpf_skb_load_bytes(skb, at, ports, sizeof(ports)))
		return 0;
	quoted->source_port = ports[0];
	quoted->destination_port = ports[1];
	return 1;
}

/* 0: there was no room for what the packet tells. */
static __always_inline int note_unreachable(struct __sk_buff *skb, const struct packet *p, __u32 generation, __u32 hook)
{
	struct packet quoted = {};
	struct flow_key6 key;

	if (!read_quoted(skb, p->upper_at + ICMP_HEADER_BYTES, p->family, &quoted))
		return 1;
	__u32 way = signals_key_of(&quoted, &key);
	struct signals *signals = find_or_create_signals(generation, &key);
	if (!signals)
		return 0;
	if (!signals->unreachable_hook) {
		signals->unreachable_hook = hook;
		signals->unreachable = unreachable_of(p);
		signals->unreachable_way = way;
	}
	if (signals->unreachable_hook == hook)
		__sync_fetch_and_add(&signals->unreachables, 1);
	return 1;
}
