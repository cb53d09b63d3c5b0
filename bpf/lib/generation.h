/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The tables of both generations and what is counted beside them.
 *
 * User space writes `running`, then updates `barrier`: an update of a map in a map returns after every program that
 * may have read the old number has ended (kernel/bpf/syscall.c, maybe_wait_bpf_programs). From then on nobody writes to
 * the other generation, and it is read and emptied at leisure.
 *
 * Per-CPU counts need no atomics: programs at TC run with bottom halves off and do not nest on a CPU.
 */
#pragma once

#include "bpf.h"
#include "shared/flow.h"

#define DEFAULT_MAX_FLOWS 131072 /* user space sets the real one before loading */
#define MAX_OVERFLOW_BUCKETS 4096

/* The generation that is written: 0 or 1. In a section, and so a map, of its own, which user space maps into memory. */
volatile __u32 running SEC(".data.running") = 0;

/*
 * IPv4: allocated up front. A new entry then costs a third less, and none fails for want of memory at a bad moment.
 * IPv6 grows as it is used: most nodes have little of it, and up front it would be 28 MB a table.
 */
struct flow_table4 {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, DEFAULT_MAX_FLOWS);
	__type(key, struct flow_key4);
	__type(value, struct flow);
};
struct flow_table4 flows4_0 SEC(".maps"), flows4_1 SEC(".maps");

struct flow_table6 {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, DEFAULT_MAX_FLOWS);
	__type(key, struct flow_key6);
	__type(value, struct flow);
};
struct flow_table6 flows6_0 SEC(".maps"), flows6_1 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, DEFAULT_MAX_FLOWS);
	__type(key, struct flow_key4);
	__type(value, struct connection);
} connections4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, DEFAULT_MAX_FLOWS);
	__type(key, struct flow_key6);
	__type(value, struct connection);
} connections6 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, GENERATIONS);
	__type(key, __u32);
	__type(value, struct ledger);
} ledgers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, MAX_OVERFLOW_BUCKETS);
	__type(key, struct overflow_key);
	__type(value, struct size);
} overflow SEC(".maps");

/* Holds nothing. Updating it is how user space waits for the programs that still run. */
#ifdef FAULT_NO_WAIT
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} barrier SEC(".maps");
#else
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(
		values, struct {
			__uint(type, BPF_MAP_TYPE_ARRAY);
			__uint(max_entries, 1);
			__type(key, __u32);
			__type(value, __u32);
		});
} barrier SEC(".maps");
#endif
