/* SPDX-License-Identifier: GPL-2.0 */
/* Later fragments have no ports: they are counted where the first one was, if that came by before them. */
#pragma once

#include "bpf.h"
#include "fragment.h"

/* What each of the newest first fragments was counted as. Only fragments cost anything here. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, MAX_FRAGMENTED);
	__type(key, struct fragment_name);
	__type(value, struct packet);
} first_fragments SEC(".maps");

static __always_inline void remember_first(const struct fragment_name *name, const struct packet *counted_as)
{
	bpf_map_update_elem(&first_fragments, name, counted_as, BPF_ANY);
}

/* Gives a later fragment the connection of its first. */
static __always_inline void join_first(const struct fragment_name *name, struct packet *later)
{
	const struct packet *first = bpf_map_lookup_elem(&first_fragments, name);
	if (!first)
		return;
	__u32 header_bytes = later->header_bytes;
	__u32 upper_at = later->upper_at;
	*later = *first;
	later->header_bytes = header_bytes;
	later->upper_at = upper_at;
	later->first_fragment = 0;
	later->tcp_flags = later->icmp_type = later->icmp_code = 0; /* what a packet says is told once */
}
