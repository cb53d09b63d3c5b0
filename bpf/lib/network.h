/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* IPv4, IPv6 and its extension headers. For parse.h. */
#pragma once

#include "packet.h"

/* RFC 8200 4.1 names seven kinds of extension header; a chain that is longer is not made by a sane sender. */
#define MAX_EXTENSION_HEADERS 8

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
} ANYWHERE;

struct ipv6_header {
	__u8 version; /* in the upper 4 bits */
	__u8 class_label[3];
	__be16 payload_length;
	__u8 next_header;
	__u8 hop_limit;
	__be32 source[4], destination[4];
} ANYWHERE;

struct extension_header {
	__u8 next_header;
	__u8 length;     /* in 8 bytes, less the first 8 (AH: in 4 bytes, less 2) */
	__be16 fragment; /* of a fragment header: 13 bits of offset, 2 reserved, 1 more */
	__be32 id;
};
#define NEXT_HEADER_BYTES 2

/* AH is one in IPv4, too (RFC 4302 2). Mobility (135) is none: nothing follows it (RFC 6275 6.1.1). */
static __always_inline int is_extension(const struct packet *p)
{
	if (p->protocol == IPPROTO_AH_)
		return 1;
	return p->family == 6 && (p->protocol == IPPROTO_HOPOPTS_ || p->protocol == IPPROTO_ROUTING_ ||
				  p->protocol == IPPROTO_DSTOPTS_ || p->protocol == IPPROTO_FRAGMENT_);
}

static __always_inline void take_ipv4(const struct ipv4_header *ip, struct packet *p)
{
	p->family = 4;
	p->protocol = ip->protocol;
	p->source4 = ip->source;
	p->destination4 = ip->destination;
}

static __always_inline void take_ipv6(const struct ipv6_header *ip, struct packet *p)
{
	p->family = 6;
	p->protocol = ip->next_header;
	__builtin_memcpy(p->source6, ip->source, sizeof(ip->source));
	__builtin_memcpy(p->destination6, ip->destination, sizeof(ip->destination));
}

static __always_inline enum parsed parse_ipv4(const struct cursor *c, __u32 *at, struct packet *p)
{
	struct ipv4_header ip;

	if (cursor_load(c, *at, &ip, sizeof(ip)))
		return PARSE_TRUNCATED;
	__u32 header = (ip.version_ihl & 0xf) * 4;
	if (ip.version_ihl >> 4 != 4 || header < sizeof(ip))
		return PARSE_MALFORMED;
	take_ipv4(&ip, p);
	p->later_fragment = (ip.fragment & be16_(0x1fff)) != 0;
	p->first_fragment = (ip.fragment & be16_(0x3fff)) == be16_(0x2000);
	p->fragment_id = p->later_fragment || p->first_fragment ? ip.id : 0;
	p->inside_length = ip.total_length;
	*at += header;
	return PARSED;
}

static __always_inline enum parsed parse_ipv6(const struct cursor *c, __u32 *at, struct packet *p)
{
	struct ipv6_header ip;

	if (cursor_load(c, *at, &ip, sizeof(ip)))
		return PARSE_TRUNCATED;
	if (ip.version >> 4 != 6)
		return PARSE_MALFORMED;
	take_ipv6(&ip, p);
	p->later_fragment = p->first_fragment = 0;
	p->fragment_id = 0;
	p->inside_length = ip.payload_length;
	*at += sizeof(ip);
	return PARSED;
}

/* Where the chain is cut, its last known number stands for the protocol. */
static __always_inline void skip_extensions(const struct cursor *c, __u32 *at, struct packet *p)
{
	for (int i = 0; i < MAX_EXTENSION_HEADERS; i++) {
		struct extension_header extension = {};
		/* What follows a later fragment's header is the middle of a payload. */
		if (p->later_fragment || !is_extension(p))
			return;
		if (cursor_load(c, *at, &extension, sizeof(extension)) &&
		    cursor_load(c, *at, &extension, NEXT_HEADER_BYTES))
			return;
		if (p->protocol == IPPROTO_FRAGMENT_) {
			*at += 8;
			p->later_fragment = (extension.fragment & be16_(0xfff8)) != 0;
			p->first_fragment = (extension.fragment & be16_(0xfff9)) == be16_(1);
			p->fragment_id = p->later_fragment || p->first_fragment ? extension.id : 0;
		} else if (p->protocol == IPPROTO_AH_) {
			*at += (extension.length + 2) * 4; /* RFC 4302 2.2 */
		} else {
			*at += (extension.length + 1) * 8;
		}
		p->protocol = extension.next_header;
	}
}
