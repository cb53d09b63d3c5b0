/* SPDX-License-Identifier: GPL-2.0 */
/* Reads an skb wherever its bytes lie, and changes nothing of it. For parse.h. */
#pragma once

#include "bpf.h"

struct cursor {
	struct __sk_buff *skb;
};

static __always_inline int cursor_load(const struct cursor *c, __u32 at, void *to, __u32 size)
{
	return bpf_skb_load_bytes(c->skb, at, to, size);
}
