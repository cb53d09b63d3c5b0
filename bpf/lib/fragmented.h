/* SPDX-License-Identifier: GPL-2.0 */
/* Later fragments have no ports: they are counted where the first one was, if that came by before them. */
#pragma once

#include "bpf.h"
#include "fragment.h"

/* The first fragment of each of the newest packets that came in fragments. Only fragments cost anything here. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, MAX_FRAGMENTED);
	__type(key, struct fragment_name);
	__type(value, struct packet);
} first_fragments SEC(".maps");

/* Remembers a first fragment, and gives a later one the connection of its first. */
static __always_inline void join_fragment(struct packet *p)
{
	struct fragment_name name = {};

	name_fragment(p, &name);
	if (p->first_fragment) {
		bpf_map_update_elem(&first_fragments, &name, p, BPF_ANY);
		return;
	}
	const struct packet *first = bpf_map_lookup_elem(&first_fragments, &name);
	if (!first)
		return;
	p->protocol = first->protocol;
	p->source_port = first->source_port;
	p->destination_port = first->destination_port;
	p->later_fragment = 0;
}
