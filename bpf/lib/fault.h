/* SPDX-License-Identifier: GPL-2.0 */
/* Faults that the tests of the identity put in, one build each (make test-programs). The real build has none of them.
 */
#pragma once

#include "bpf.h"

#if defined(FAULT_ADD_LEFT_OUT) || defined(FAULT_ADD_DONE_TWICE)
volatile __u32 adds = 0;

/* Says yes to the thousandth packet. */
static __always_inline int strikes(void)
{
	return adds++ == 1000;
}
#endif

static __always_inline int fault_add_left_out(void)
{
#ifdef FAULT_ADD_LEFT_OUT
	return strikes();
#else
	return 0;
#endif
}

static __always_inline int fault_add_done_twice(void)
{
#ifdef FAULT_ADD_DONE_TWICE
	return strikes();
#else
	return 0;
#endif
}

#ifdef FAULT_ENTRY_DROPPED_AT_THE_TURN
volatile __u32 last_generation = 0;
#endif

/* Says yes to the first entry that a generation would make. */
static __always_inline int fault_entry_dropped(__u32 generation)
{
#ifdef FAULT_ENTRY_DROPPED_AT_THE_TURN
	if (generation == last_generation)
		return 0;
	last_generation = generation;
	return 1;
#else
	(void)generation;
	return 0;
#endif
}

#ifdef FAULT_SLOW
static long read_clock(__u32 index, void *context)
{
	(void)index;
	(void)context;
	bpf_ktime_get_boot_ns();
	return 0;
}
#endif

/* Makes one packet in 256 take about a millisecond between look-up and count. */
static __always_inline void fault_slow(void)
{
#ifdef FAULT_SLOW
	if ((bpf_get_prandom_u32() & 255) == 0)
		bpf_loop(30000, read_clock, NULL, 0);
#endif
}
