/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ICMP errors, by what they quote. NAT gives those about a translated connection other addresses on their way, as it
 * does the connection (net/netfilter/nf_nat_core.c, nf_nat_icmp_reply_translation), but they are no connection of their
 * own.
 */
#pragma once

#include "bpf.h"
#include "signals.h"

struct icmp_errors_table {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, MAX_ICMP_ERRORS);
	__type(key, struct icmp_error);
	__type(value, struct size);
};
struct icmp_errors_table icmp_errors_0 SEC(".maps"), icmp_errors_1 SEC(".maps");

/* RFC 792: unreachable, source quench, time exceeded, parameter problem; RFC 4443 2.1: below 128. */
static __always_inline int is_icmp_error(const struct packet *p)
{
	if (p->protocol == IPPROTO_ICMP_)
		return p->icmp_type == 3 || p->icmp_type == 4 || p->icmp_type == 11 || p->icmp_type == 12;
	return p->protocol == IPPROTO_ICMPV6_ && p->icmp_type > 0 && p->icmp_type < 128;
}

/* What the message quotes of the packet that it is about; behind IPv6's extension headers nothing. 0: not enough. */
static __always_inline int take_quoted(struct __sk_buff *skb, const struct packet *p, struct icmp_error *key)
{
	__u32 at = p->upper_at + ICMP_HEADER_BYTES;

	if (p->family == 4) {
		struct ipv4_header ipv4;
		if (bpf_skb_load_bytes(skb, at, &ipv4, sizeof(ipv4)) || ipv4.fragment & be16_(0x1fff))
			return 0;
		key->quoted_source[1] = 0xffff0000 | (__u64)ipv4.source << 32;
		key->quoted_destination[1] = 0xffff0000 | (__u64)ipv4.destination << 32;
		key->quoted_protocol = ipv4.protocol;
		at += (ipv4.version_ihl & 15) * 4;
	} else {
		if (bpf_skb_load_bytes(skb, at + offsetof(struct ipv6_header, source), key->quoted_source, 32) ||
		    bpf_skb_load_bytes(skb, at + offsetof(struct ipv6_header, next_header), &key->quoted_protocol, 1))
			return 0;
		at += sizeof(struct ipv6_header);
	}
	if (has_ports(key->quoted_protocol))
		return !bpf_skb_load_bytes(skb, at, key->quoted_port, sizeof(key->quoted_port));
	if (key->quoted_protocol == IPPROTO_ICMP_ || key->quoted_protocol == IPPROTO_ICMPV6_)
		return !bpf_skb_load_bytes(skb, at + offsetof(struct icmp_header, id), &key->quoted_echo_id, 2);
	return 0;
}

/* hook: of way 0. 0: there was no room. */
static __always_inline int note_icmp_error(struct __sk_buff *skb, const struct packet *p, const struct size *size,
					   __u32 generation, __u32 hook)
{
	void *table = generation ? (void *)&icmp_errors_1 : (void *)&icmp_errors_0;
	struct icmp_error key = { .hook = hook };

	if (!take_quoted(skb, p, &key))
		return 1;
	if (p->family == 4) {
		key.source[1] = 0xffff0000 | (__u64)p->source4 << 32;
		key.destination[1] = 0xffff0000 | (__u64)p->destination4 << 32;
	} else {
		__builtin_memcpy(key.source, p->source6, 16);
		__builtin_memcpy(key.destination, p->destination6, 16);
	}
	struct size *known = bpf_map_lookup_elem(table, &key);
	if (!known) {
		struct size none = {};
		bpf_map_update_elem(table, &key, &none, BPF_NOEXIST);
		known = bpf_map_lookup_elem(table, &key);
	}
	if (!known)
		return 0;
	add_whole(known, size);
	return 1;
}
