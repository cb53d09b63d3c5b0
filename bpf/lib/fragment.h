/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* What the fragments of one packet have in common. As parse.h, for the kernel and for user space. */
#pragma once

#include "parse.h"

/* Fragmented packets that are remembered, so that their later fragments, which have no ports, go where the first went.
 */
#define MAX_FRAGMENTED 4096

/* RFC 791 2.3 names a packet by its ends, its protocol and its id; RFC 8200 4.5 by its ends and its id. */
struct fragment_name {
	__be64 source[2], destination[2]; /* IPv4: as its low 32 bits */
	__u32 id;
	__u8 family;
	__u8 protocol; /* of IPv4 */
	__u16 zero;
};
static_assert(sizeof(struct fragment_name) == 40, "no padding: it is hashed and compared as bytes");

static __always_inline int is_fragment(const struct packet *p)
{
	return p->first_fragment || p->later_fragment;
}

/* Fills *name, which the caller has zeroed. */
static __always_inline void name_fragment(const struct packet *p, struct fragment_name *name)
{
	name->id = p->fragment_id;
	name->family = p->family;
	if (p->family == 4) {
		name->source[0] = p->source4;
		name->destination[0] = p->destination4;
		name->protocol = p->protocol;
	} else {
		__builtin_memcpy(name->source, p->source6, sizeof(p->source6));
		__builtin_memcpy(name->destination, p->destination6, sizeof(p->destination6));
	}
}
