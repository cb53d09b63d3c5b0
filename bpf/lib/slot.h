/* SPDX-License-Identifier: GPL-2.0 */
/* A connection's counts, kept apart by the hook that saw the packet, so that user space can tell repeats. */
#pragma once

#include "bpf.h"
#include "shared/flow.h"

#define NO_SLOT (-1)

static __always_inline __u32 hook_id(__u32 ifindex, enum direction direction, __u32 way)
{
	return ifindex << 2 | direction << 1 | way;
}

/* Takes a free slot for the hook, or the one that another CPU took for it meanwhile. NO_SLOT: all belong to others. */
static __always_inline int claim_slot(struct flow *flow, __u32 hook)
{
	int slot = NO_SLOT;
	bpf_spin_lock(&flow->lock);
#pragma unroll
	for (int i = 0; i < SLOTS; i++) {
		if (slot == NO_SLOT && (flow->hook[i] == hook || !flow->hook[i])) {
			flow->hook[i] = hook;
			slot = i;
		}
	}
	bpf_spin_unlock(&flow->lock);
	return slot;
}

static __always_inline int find_slot(const struct flow *flow, __u32 hook)
{
#pragma unroll
	for (int i = 0; i < SLOTS; i++)
		if (READ_ONCE(flow->hook[i]) == hook)
			return i;
	return NO_SLOT;
}

static __always_inline int add_to_slot(struct flow *flow, __u32 hook, const struct size *size)
{
	int slot = find_slot(flow, hook);
	if (slot == NO_SLOT)
		slot = claim_slot(flow, hook);
	if (slot < 0 || slot >= SLOTS)
		return NO_SLOT;
	__sync_fetch_and_add(&flow->packets[slot], (__u32)size->packets);
	__sync_fetch_and_add(&flow->bytes[slot], size->bytes);
	return slot;
}
