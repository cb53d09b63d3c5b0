/* SPDX-License-Identifier: GPL-2.0 */
/* The MAC addresses of a connection's frames at an interface, where they are asked for. */
#pragma once

#include "bpf.h"
#include "parse.h"
#include "settings.h"

/* User space makes it as large as there are connections, both ways, where it is used. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 64);
	__type(key, struct link_key);
	__type(value, struct link_addresses);
} link_addresses SEC(".maps");

/* For the packet that gets a hook its slot: once a connection, hook and generation. */
static __noinline int keep_link_addresses(struct __sk_buff *skb, const struct packet *p)
{
	struct link_addresses frame = {};
	struct link_key key = { .ifindex = skb->ifindex };

	if (!p || bpf_skb_load_bytes(skb, 0, &frame, sizeof(frame)))
		return 0;
	if (p->family == 4) {
		key.source[1] = 0xffff0000 | (__u64)p->source4 << 32;
		key.destination[1] = 0xffff0000 | (__u64)p->destination4 << 32;
	} else {
		__builtin_memcpy(key.source, p->source6, sizeof(key.source));
		__builtin_memcpy(key.destination, p->destination6, sizeof(key.destination));
	}
	key.source_port = p->source_port;
	key.destination_port = p->destination_port;
	key.protocol = p->protocol;
	bpf_map_update_elem(&link_addresses, &key, &frame, BPF_ANY);
	return 0;
}
