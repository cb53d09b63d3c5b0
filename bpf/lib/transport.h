/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* TCP, UDP, SCTP and ICMP. For parse.h. */
#pragma once

#include "packet.h"

#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_ACK 0x10

/* As much of a TCP header as is needed. That much of UDP (8 bytes) and SCTP (12) is readable in any frame of theirs but
 * the shortest. */
struct transport_header {
	__be16 source, destination;
	__be16 sequence[2], acknowledgement[2]; /* in halves, or the struct would end with 2 bytes that no frame has */
	__u8 tcp_offset;                        /* upper 4 bits: header length in words */
	__u8 tcp_flags;
} ANYWHERE;
#define PORTS_BYTES 4
#define TCP_LEAST_OFFSET 0x50 /* RFC 9293 3.1: 5 words */
static_assert(sizeof(struct transport_header) == 14, "transport_header");

struct icmp_header {
	__u8 type, code;
	__be16 checksum;
	__be16 id;
};
#define TYPE_AND_CODE_BYTES 2

static __always_inline int has_ports(__u8 protocol)
{
	return protocol == IPPROTO_TCP_ || protocol == IPPROTO_UDP_ || protocol == IPPROTO_SCTP_;
}

static __always_inline void take_ports(const struct transport_header *transport, __u32 at, struct packet *p)
{
	p->source_port = transport->source;
	p->destination_port = transport->destination;
	p->upper_at = at;
	p->header_bytes = at + (p->protocol == IPPROTO_UDP_ ? 8 : 12);
	if (p->protocol == IPPROTO_TCP_) {
		/* A header that is shorter than one can be is no TCP: its flags would tell of a client that is none. */
		p->tcp_flags = transport->tcp_offset >= TCP_LEAST_OFFSET ? transport->tcp_flags : 0;
		p->header_bytes = at + (transport->tcp_offset >> 4) * 4;
	}
}

/* Ports suffice for the connection, and without them the addresses do: nothing here makes a packet unparsed. */
static __always_inline void parse_upper(const struct cursor *c, __u32 at, struct packet *p)
{
	struct transport_header transport = {};
	struct icmp_header icmp = {};

	p->header_bytes = p->upper_at = at;
	p->source_port = p->destination_port = 0;
	p->tcp_flags = p->icmp_type = p->icmp_code = 0;
	p->icmp_id = 0;
	if (p->later_fragment)
		return;
	if (p->protocol == IPPROTO_ICMP_ || p->protocol == IPPROTO_ICMPV6_) {
		if (cursor_load(c, at, &icmp, sizeof(icmp)) && cursor_load(c, at, &icmp, TYPE_AND_CODE_BYTES))
			return;
		p->icmp_type = icmp.type;
		p->icmp_code = icmp.code;
		/* RFC 792, RFC 4443 4 */
		if (p->protocol == IPPROTO_ICMP_ ? icmp.type == 0 || icmp.type == 8
						 : icmp.type == 128 || icmp.type == 129)
			p->icmp_id = icmp.id;
		return;
	}
	if (!has_ports(p->protocol))
		return;
	if (cursor_load(c, at, &transport, sizeof(transport)) == 0) {
		take_ports(&transport, at, p);
	} else if (cursor_load(c, at, &transport, PORTS_BYTES) == 0) {
		p->source_port = transport.source;
		p->destination_port = transport.destination;
	}
}
