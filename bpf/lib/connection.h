/* SPDX-License-Identifier: GPL-2.0 */
/* The key of a packet's connection, and which end opened it. As parse.h, for the kernel and for user space. */
#pragma once

#include "parse.h"

/* Both return the way: 0 if the packet goes from the lower endpoint to the higher. */
static __always_inline __u32 key4_of(const struct packet *p, struct flow_key4 *key)
{
	__u32 way =
		p->source4 > p->destination4 || (p->source4 == p->destination4 && p->source_port > p->destination_port);
	key->address[0] = way ? p->destination4 : p->source4;
	key->address[1] = way ? p->source4 : p->destination4;
	key->port[0] = way ? p->destination_port : p->source_port;
	key->port[1] = way ? p->source_port : p->destination_port;
	key->protocol = p->protocol;
	key->later_fragment = p->later_fragment;
	key->echo_id = 0;
	return way;
}

static __always_inline __u32 key6_of(const struct packet *p, struct flow_key6 *key)
{
	__u32 way;
	if (p->source6[0] != p->destination6[0])
		way = p->source6[0] > p->destination6[0];
	else if (p->source6[1] != p->destination6[1])
		way = p->source6[1] > p->destination6[1];
	else
		way = p->source_port > p->destination_port;
	/* Chosen by comparison: the verifier refuses a stack address with a computed index. */
	key->address[0][0] = way ? p->destination6[0] : p->source6[0];
	key->address[0][1] = way ? p->destination6[1] : p->source6[1];
	key->address[1][0] = way ? p->source6[0] : p->destination6[0];
	key->address[1][1] = way ? p->source6[1] : p->destination6[1];
	key->port[0] = way ? p->destination_port : p->source_port;
	key->port[1] = way ? p->source_port : p->destination_port;
	key->protocol = p->protocol;
	key->later_fragment = p->later_fragment;
	key->echo_id = 0;
	return way;
}

/* RFC 9293 3.5: who sends a SYN without ACK is the client, who answers with SYN and ACK is the server. */
static __always_inline enum client client_of(const struct packet *p, __u32 way)
{
	if (!(p->tcp_flags & TCP_SYN))
		return CLIENT_UNKNOWN;
	__u32 client_way = p->tcp_flags & TCP_ACK ? !way : way;
	return client_way ? CLIENT_HIGHER : CLIENT_LOWER;
}
