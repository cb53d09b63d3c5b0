/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * Finds the connection that a frame belongs to. No maps and no helpers: the programs in the kernel and user space
 * compile the same text, each with its own struct cursor and
 *
 *     int cursor_load(const struct cursor *c, __u32 at, void *to, __u32 size);    0, or not 0: beyond the frame's end
 *
 * parse_plain reads straight from memory, at constant offsets, what nearly every frame is. parse_any knows all the rest
 * and copies each header: the verifier then need not follow where it lay, and headers may lie in an skb's pages.
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
	__u8 tcp_flags;                       /* 0 unless TCP and readable */
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
	__u8 version; /* in the upper 4 bits */
	__u8 class_label[3];
	__be16 payload_length;
	__u8 next_header;
	__u8 hop_limit;
	__be32 source[4], destination[4];
};

/* As much of a TCP header as is needed. That much of UDP (8 bytes) and SCTP (12) is readable in any frame of theirs but
 * the shortest. */
struct transport_header {
	__be16 source, destination;
	__be32 sequence, acknowledgement;
	__u8 tcp_offset; /* upper 4 bits: header length in words */
	__u8 tcp_flags;
};
#define PORTS_BYTES 4

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

static __always_inline int has_ports(__u8 protocol)
{
	return protocol == IPPROTO_TCP_ || protocol == IPPROTO_UDP_ || protocol == IPPROTO_SCTP_;
}

static __always_inline int is_extension(__u8 next_header)
{
	return next_header == IPPROTO_HOPOPTS_ || next_header == IPPROTO_ROUTING_ || next_header == IPPROTO_DSTOPTS_ ||
	       next_header == IPPROTO_FRAGMENT_ || next_header == IPPROTO_AH_ || next_header == IPPROTO_MH_;
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

static __always_inline void take_ports(const struct transport_header *transport, __u32 at, struct packet *p)
{
	p->source_port = transport->source;
	p->destination_port = transport->destination;
	p->header_bytes = at + (p->protocol == IPPROTO_UDP_ ? 8 : 12);
	if (p->protocol == IPPROTO_TCP_) {
		p->tcp_flags = transport->tcp_flags;
		p->header_bytes = at + (transport->tcp_offset >> 4) * 4;
	}
}

/*
 * Fills *p, which the caller has zeroed, and returns 1 for a whole frame of Ethernet, IPv4 without options or IPv6
 * without extension headers, and TCP. Returns 0 and leaves *p alone for any other.
 */
static __always_inline int parse_plain(const void *data, const void *end, struct packet *p)
{
	const struct ethernet_header *ethernet = data;
	const struct ipv4_header *ip4 = (const void *)(ethernet + 1);
	const struct ipv6_header *ip6 = (const void *)(ethernet + 1);

	if ((const void *)(ip4 + 1) > end)
		return 0;
	if (ethernet->type == be16_(ETHERTYPE_IPV4)) {
		const struct transport_header *transport = (const void *)(ip4 + 1);
		if ((const void *)(transport + 1) > end || ip4->version_ihl != 0x45 || !has_ports(ip4->protocol) ||
		    (ip4->fragment & be16_(0x1fff)))
			return 0;
		take_ipv4(ip4, p);
		take_ports(transport, sizeof(*ethernet) + sizeof(*ip4), p);
		return 1;
	}
	if (ethernet->type == be16_(ETHERTYPE_IPV6)) {
		const struct transport_header *transport = (const void *)(ip6 + 1);
		if ((const void *)(transport + 1) > end || ip6->version >> 4 != 6 || !has_ports(ip6->next_header))
			return 0;
		take_ipv6(ip6, p);
		take_ports(transport, sizeof(*ethernet) + sizeof(*ip6), p);
		return 1;
	}
	return 0;
}

/* Ports suffice for the connection, and without them the addresses do: nothing here makes a packet unparsed. */
static __always_inline void parse_transport(const struct cursor *c, __u32 at, struct packet *p)
{
	struct transport_header transport = {};

	p->header_bytes = at;
	if (p->later_fragment || !has_ports(p->protocol))
		return;
	if (cursor_load(c, at, &transport, sizeof(transport)) == 0)
		take_ports(&transport, at, p);
	else if (cursor_load(c, at, &transport, PORTS_BYTES) == 0) {
		p->source_port = transport.source;
		p->destination_port = transport.destination;
	}
}

static __always_inline enum parsed parse_ipv4(const struct cursor *c, __u32 at, struct packet *p)
{
	struct ipv4_header ip;

	p->header_bytes = at;
	if (cursor_load(c, at, &ip, sizeof(ip)))
		return PARSE_TRUNCATED;
	__u32 header = (ip.version_ihl & 0xf) * 4;
	if (ip.version_ihl >> 4 != 4 || header < sizeof(ip))
		return PARSE_MALFORMED;
	take_ipv4(&ip, p);
	p->later_fragment = (be16_(ip.fragment) & 0x1fff) != 0;
	parse_transport(c, at + header, p);
	return PARSED;
}

static __always_inline enum parsed parse_ipv6(const struct cursor *c, __u32 at, struct packet *p)
{
	struct ipv6_header ip;

	p->header_bytes = at;
	if (cursor_load(c, at, &ip, sizeof(ip)))
		return PARSE_TRUNCATED;
	if (ip.version >> 4 != 6)
		return PARSE_MALFORMED;
	take_ipv6(&ip, p);
	at += sizeof(ip);
	for (int i = 0; i < MAX_EXTENSION_HEADERS; i++) {
		struct extension_header extension;
		/* Where the chain is cut, its last known number stands for the protocol. */
		if (!is_extension(p->protocol) || cursor_load(c, at, &extension, sizeof(extension)))
			break;
		if (p->protocol == IPPROTO_FRAGMENT_) {
			at += 8;
			p->later_fragment = (be16_(extension.fragment) >> 3) != 0;
		} else if (p->protocol == IPPROTO_AH_) {
			at += (extension.length + 2) * 4; /* RFC 4302 2.2 */
		} else {
			at += (extension.length + 1) * 8;
		}
		if (p->protocol == IPPROTO_MH_)
			break; /* the upper layer itself: nothing follows it (RFC 6275 6.1.1) */
		p->protocol = extension.next_header;
		if (p->later_fragment)
			break; /* what follows is the middle of a payload */
	}
	parse_transport(c, at, p);
	return PARSED;
}

/* Fills *p, which the caller has zeroed. Anything but PARSED means that the addresses are not known. */
static __always_inline enum parsed parse_any(const struct cursor *c, enum link_type link, struct packet *p)
{
	__be16 type = 0;
	__u32 at = 0;

	if (link == LINK_IP) {
		__u8 version;
		if (cursor_load(c, 0, &version, sizeof(version)))
			return PARSE_TRUNCATED;
		version >>= 4;
		type = version == 4 ? be16_(ETHERTYPE_IPV4) : version == 6 ? be16_(ETHERTYPE_IPV6) : 0;
	} else {
		struct ethernet_header ethernet;
		if (cursor_load(c, 0, &ethernet, sizeof(ethernet)))
			return PARSE_TRUNCATED;
		type = ethernet.type;
		at = sizeof(ethernet);
		for (int i = 0; i < MAX_VLAN_TAGS; i++) {
			struct vlan_header vlan;
			if (type != be16_(ETHERTYPE_VLAN) && type != be16_(ETHERTYPE_QINQ))
				break;
			if (cursor_load(c, at, &vlan, sizeof(vlan)))
				return PARSE_TRUNCATED;
			type = vlan.type;
			at += sizeof(vlan);
		}
	}
	p->header_bytes = at;
	if (type == be16_(ETHERTYPE_IPV4))
		return parse_ipv4(c, at, p);
	if (type == be16_(ETHERTYPE_IPV6))
		return parse_ipv6(c, at, p);
	return PARSE_NOT_IP;
}
