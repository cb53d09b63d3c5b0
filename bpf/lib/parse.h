/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * Finds the connection that a frame belongs to. No maps and no helpers: the programs in the kernel and
 * user space compile the same text. Reads only between data and end.
 */
#pragma once

#include "../shared/flow.h"

#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif

/* RFC 8200 4.1 names seven kinds of extension header; a chain that is longer is not made by a sane sender. */
#define MAX_EXTENSION_HEADERS 8
#define MAX_VLAN_TAGS 2

#define be16_(x) __builtin_bswap16(x)
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "be16_ swaps");

enum link_type { LINK_ETHERNET, LINK_IP };

enum parsed { PARSED = 0, PARSE_NOT_IP, PARSE_TRUNCATED, PARSE_MALFORMED };

#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_ACK 0x10

struct packet {
	__u8 family;   /* 4, 6, 0: neither */
	__u8 protocol; /* of the upper layer, after extension headers */
	__u8 later_fragment;
	__u8 tcp_flags; /* 0 unless TCP and readable */
	__u8 cut;       /* 1: a header ends beyond the readable bytes, so what follows the addresses may be unknown */
	__be16 source_port, destination_port; /* 0: none, or not in this fragment */
	__u32 header_bytes; /* from the first byte to the payload of TCP, UDP or IP: repeated in each segment */
	__be32 source4, destination4;
	__be64 source6[2], destination6[2];
};

struct ethernet_header {
	__u8 destination[6], source[6];
	__be16 type;
};

struct vlan_header {
	__be16 tci;
	__be16 type;
};

struct ipv4_header {
	__u8 version_ihl;
	__u8 tos;
	__be16 total_length;
	__be16 id;
	__be16 fragment; /* 3 bits of flags, 13 of offset */
	__u8 ttl;
	__u8 protocol;
	__be16 checksum;
	__be32 source, destination;
};

struct ipv6_header {
	__be32 version_class_label;
	__be16 payload_length;
	__u8 next_header;
	__u8 hop_limit;
	__be32 source[4], destination[4];
};

struct ports {
	__be16 source, destination;
};

struct tcp_header {
	__be16 source, destination;
	__be32 sequence, acknowledgement;
	__u8 offset; /* upper 4 bits: header length in words */
	__u8 flags;
};

struct extension_header {
	__u8 next_header;
	__u8 length;     /* in 8 bytes, less the first 8 (AH: in 4 bytes, less 2) */
	__be16 fragment; /* of a fragment header: 13 bits of offset, 2 reserved, 1 more */
};

enum {
	IPPROTO_HOPOPTS_ = 0,
	IPPROTO_TCP_ = 6,
	IPPROTO_UDP_ = 17,
	IPPROTO_ROUTING_ = 43,
	IPPROTO_FRAGMENT_ = 44,
	IPPROTO_AH_ = 51,
	IPPROTO_DSTOPTS_ = 60,
	IPPROTO_SCTP_ = 132,
	IPPROTO_MH_ = 135,
};

#define ETHERTYPE_IPV4 0x0800
#define ETHERTYPE_IPV6 0x86DD
#define ETHERTYPE_VLAN 0x8100 /* IEEE 802.1Q */
#define ETHERTYPE_QINQ 0x88A8 /* IEEE 802.1ad */

/* Whether `size` bytes at `at` may be read. */
#define READABLE(at, size, end) ((const void *)((const char *)(at) + (size)) <= (const void *)(end))

/* Ports suffice for the connection, and without them the addresses do: nothing here makes a packet unparsed. */
static __always_inline void parse_transport(const void *at, const void *end, struct packet *p)
{
	const struct ports *ports = at;
	if (p->later_fragment ||
	    (p->protocol != IPPROTO_TCP_ && p->protocol != IPPROTO_UDP_ && p->protocol != IPPROTO_SCTP_))
		return;
	if (!READABLE(ports, sizeof(*ports), end)) {
		p->cut = 1;
		return;
	}
	p->source_port = ports->source;
	p->destination_port = ports->destination;
	if (p->protocol != IPPROTO_TCP_) {
		p->header_bytes += p->protocol == IPPROTO_UDP_ ? 8 : 12;
		return;
	}
	const struct tcp_header *tcp = at;
	if (!READABLE(tcp, 14, end)) {
		p->cut = 1;
		return;
	}
	p->tcp_flags = tcp->flags;
	p->header_bytes += (tcp->offset >> 4) * 4;
}

static __always_inline enum parsed parse_ipv4(const void *at, const void *end, struct packet *p)
{
	const struct ipv4_header *ip = at;
	if (!READABLE(ip, sizeof(*ip), end))
		return PARSE_TRUNCATED;
	__u32 header = (ip->version_ihl & 0xf) * 4;
	if (ip->version_ihl >> 4 != 4 || header < sizeof(*ip))
		return PARSE_MALFORMED;
	p->family = 4;
	p->protocol = ip->protocol;
	p->source4 = ip->source;
	p->destination4 = ip->destination;
	p->later_fragment = (be16_(ip->fragment) & 0x1fff) != 0;
	p->header_bytes += header;
	parse_transport((const char *)at + header, end, p);
	return PARSED;
}

static __always_inline enum parsed parse_ipv6(const void *at, const void *end, struct packet *p)
{
	const struct ipv6_header *ip = at;
	if (!READABLE(ip, sizeof(*ip), end))
		return PARSE_TRUNCATED;
	if ((*(const __u8 *)at) >> 4 != 6)
		return PARSE_MALFORMED;
	p->family = 6;
	__builtin_memcpy(p->source6, ip->source, 16);
	__builtin_memcpy(p->destination6, ip->destination, 16);

	__u8 next = ip->next_header;
	at = ip + 1;
	p->header_bytes += sizeof(*ip);
	for (int i = 0; i < MAX_EXTENSION_HEADERS; i++) {
		if (next != IPPROTO_HOPOPTS_ && next != IPPROTO_ROUTING_ && next != IPPROTO_DSTOPTS_ &&
		    next != IPPROTO_FRAGMENT_ && next != IPPROTO_AH_ && next != IPPROTO_MH_)
			break;
		const struct extension_header *extension = at;
		if (!READABLE(extension, sizeof(*extension), end)) {
			p->protocol = next;
			p->cut = 1;
			return PARSED;
		}
		__u32 length = (extension->length + 1) * 8;
		if (next == IPPROTO_FRAGMENT_) {
			length = 8;
			p->later_fragment = (be16_(extension->fragment) >> 3) != 0;
		} else if (next == IPPROTO_AH_) {
			length = (extension->length + 2) * 4; /* RFC 4302 2.2 */
		}
		p->header_bytes += length;
		at = (const char *)at + length;
		if (next == IPPROTO_MH_)
			break; /* it is the upper layer (RFC 6275 6.1.1: nothing follows) */
		next = extension->next_header;
		if (p->later_fragment)
			break; /* what follows is the middle of a payload */
	}
	p->protocol = next;
	parse_transport(at, end, p);
	return PARSED;
}

/* Fills *p, which the caller has zeroed. Anything but PARSED means that the addresses are not known. */
static __always_inline enum parsed parse_frame(const void *data, const void *end, enum link_type link, struct packet *p)
{
	const void *at = data;
	if (link == LINK_IP) {
		if (!READABLE(at, 1, end))
			return PARSE_TRUNCATED;
		__u8 version = *(const __u8 *)at >> 4;
		return version == 4 ? parse_ipv4(at, end, p) : version == 6 ? parse_ipv6(at, end, p) : PARSE_NOT_IP;
	}
	const struct ethernet_header *ethernet = at;
	if (!READABLE(ethernet, sizeof(*ethernet), end))
		return PARSE_TRUNCATED;
	__be16 type = ethernet->type;
	at = ethernet + 1;
	p->header_bytes = sizeof(*ethernet);
	for (int i = 0; i < MAX_VLAN_TAGS; i++) {
		if (type != be16_(ETHERTYPE_VLAN) && type != be16_(ETHERTYPE_QINQ))
			break;
		const struct vlan_header *vlan = at;
		if (!READABLE(vlan, sizeof(*vlan), end))
			return PARSE_TRUNCATED;
		type = vlan->type;
		at = vlan + 1;
		p->header_bytes += sizeof(*vlan);
	}
	if (type == be16_(ETHERTYPE_IPV4))
		return parse_ipv4(at, end, p);
	if (type == be16_(ETHERTYPE_IPV6))
		return parse_ipv6(at, end, p);
	return PARSE_NOT_IP;
}
