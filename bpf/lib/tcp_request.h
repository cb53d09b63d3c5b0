/* SPDX-License-Identifier: GPL-2.0 */
/* SYN and ACKs that were sent again: until a connection is there they are in no socket's total. */
#pragma once

#include "tcp.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, DEFAULT_MAX_CONNECTIONS);
	__type(key, struct tcp_ends);
	__type(value, struct tcp_request);
} tcp_requests SEC(".maps");
