/* SPDX-License-Identifier: GPL-2.0 */
/* Which packets are to be counted at all, by rules of the configuration. */
#pragma once

#include "bpf.h"
#include "parse.h"
#include "settings.h"

/* Constant once loaded. Those that exclude stand first, so that the first one that fits decides. */
const volatile struct filter_rule filter_rules[MAX_FILTER_RULES] SEC(".rodata.filters") = {};

/* The rules whose interfaces one is among, a bit each. User space tells of each interface before it is attached. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, MAX_FILTER_INTERFACES);
	__type(key, __u32);
	__type(value, __u64);
} filter_interfaces SEC(".maps");

static __always_inline int is_in(const volatile struct filter_rule *rule, __be64 high, __be64 low)
{
	return !(((high ^ rule->address[0]) & rule->mask[0]) | ((low ^ rule->address[1]) & rule->mask[1]));
}

static __always_inline int fits(const volatile struct filter_rule *rule, const struct packet *p)
{
	if (rule->protocols && p->protocol != rule->protocol[0] && p->protocol != rule->protocol[1])
		return 0;
	if (rule->port && p->source_port != rule->port && p->destination_port != rule->port)
		return 0;
	if (!rule->family)
		return 1;
	if (rule->family != p->family)
		return 0;
	if (p->family == 4)
		return is_in(rule, 0, p->source4) || is_in(rule, 0, p->destination4);
	return is_in(rule, p->source6[0], p->source6[1]) || is_in(rule, p->destination6[0], p->destination6[1]);
}

/*
 * The answer is the same for all packets of a connection at an interface. So it is asked for only where a hook has no
 * slot in the connection's entry: what has one has passed.
 */
static __noinline int passes_filter(const struct packet *p, __u32 ifindex)
{
	__u64 *known, at_interface;

	if (!p)
		return 1;
	known = bpf_map_lookup_elem(&filter_interfaces, &ifindex);
	at_interface = known ? *known : 0;
	for (__u32 i = 0; i < MAX_FILTER_RULES && i < settings.filter_rules; i++) {
		const volatile struct filter_rule *rule = &filter_rules[i];
		if (rule->of_interfaces && !(at_interface >> i & 1))
			continue;
		if (fits(rule, p))
			return !rule->excludes;
	}
	return !settings.filter_includes;
}
