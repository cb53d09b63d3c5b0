/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * Finds the connection that a frame belongs to. No maps and no helpers: the programs in the kernel and user space
 * compile the same text (C and C++), each with its own struct cursor and
 *
 *     int cursor_load(const struct cursor *c, __u32 at, void *to, __u32 size);    0, or not 0: beyond the frame's end
 *
 * parse_plain reads straight from memory, at constant offsets, what nearly every frame is. parse_any knows all the rest
 * and copies each header: the verifier then need not follow where it lay, and headers may lie in an skb's pages.
 *
 * Readable addresses make a packet PARSED, whatever is cut or wrong behind them. Of a tunnel they are the outer ones,
 * unless `decapsulate` asks for the inner ones and those are readable.
 */
#pragma once

#include "../shared/flow.h"

#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif

/* RFC 8200 4.1 names seven kinds of extension header; a chain that is longer is not made by a sane sender. */
#define MAX_EXTENSION_HEADERS 8
/* Ethernet, tags, labels, PPPoE, SNAP: each is one. */
#define MAX_LINK_HEADERS 10
/* One within the other. */
#define MAX_TUNNELS 4

#define be16_(x) __builtin_bswap16(x)
#define be32_(x) __builtin_bswap32(x)
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "be16_ and be32_ swap");

/* parse_plain reads these in place. In the kernel the stack has put them where they are read at once (NET_IP_ALIGN); in
 * user space they may lie at any address. */
#ifdef __bpf__
#define ANYWHERE
#else
#define ANYWHERE __attribute__((packed))
#endif

enum link_type { LINK_ETHERNET, LINK_IP };

enum parsed { PARSED = 0, PARSE_NOT_IP, PARSE_TRUNCATED, PARSE_MALFORMED };

#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_ACK 0x10

struct packet {
	__u8 family;   /* 4, 6, 0: neither */
	__u8 protocol; /* of the upper layer, after extension headers */
	__u8 first_fragment;
	__u8 later_fragment;
	__u8 tcp_flags;            /* 0 unless TCP and readable */
	__u8 icmp_type, icmp_code; /* 0 unless ICMP or ICMPv6 and readable */
	__u8 zero;
	__be16 source_port, destination_port; /* 0: none, or not in this fragment */
	__be16 icmp_id;                       /* of an echo and its reply */
	__be16 inside_length;                 /* of a tunnel's inside, as its IP header says (0: jumbo, or no inside) */
	__u32 fragment_id;  /* in the order of the wire: IPv4's is in the lower half; 0 unless a fragment */
	__u32 header_bytes; /* from the first byte to the payload of TCP, UDP or IP: repeated in each segment */
	__be32 source4, destination4;
	__be64 source6[2], destination6[2];
	__u32 upper_at; /* where the header of TCP, UDP and so on begins */
	__u32 zero2;
};

struct ethernet_header {
	__u8 destination[6], source[6];
	__be16 type;
} ANYWHERE;

struct vlan_header {
	__be16 tci;
	__be16 type;
};

/* RFC 2516 4, then the protocol number of PPP */
struct pppoe_header {
	__u8 version_type;
	__u8 code;
	__be16 session;
	__be16 length;
	__be16 protocol;
};

/* IEEE 802.2, RFC 1042 */
struct snap_header {
	__u8 dsap, ssap, control, organization[3];
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
} ANYWHERE;

struct ipv6_header {
	__u8 version; /* in the upper 4 bits */
	__u8 class_label[3];
	__be16 payload_length;
	__u8 next_header;
	__u8 hop_limit;
	__be32 source[4], destination[4];
} ANYWHERE;

/* As much of a TCP header as is needed. That much of UDP (8 bytes) and SCTP (12) is readable in any frame of theirs but
 * the shortest. */
struct transport_header {
	__be16 source, destination;
	__be16 sequence[2], acknowledgement[2]; /* in halves, or the struct would end with 2 bytes that no frame has */
	__u8 tcp_offset;                        /* upper 4 bits: header length in words */
	__u8 tcp_flags;
} ANYWHERE;
#define PORTS_BYTES 4
static_assert(sizeof(struct transport_header) == 14, "transport_header");

struct extension_header {
	__u8 next_header;
	__u8 length;     /* in 8 bytes, less the first 8 (AH: in 4 bytes, less 2) */
	__be16 fragment; /* of a fragment header: 13 bits of offset, 2 reserved, 1 more */
	__be32 id;
};
#define NEXT_HEADER_BYTES 2

struct icmp_header {
	__u8 type, code;
	__be16 checksum;
	__be16 id;
};
#define TYPE_AND_CODE_BYTES 2

/* RFC 2784 2.1, RFC 2890 2 */
struct gre_header {
	__be16 flags_version;
	__be16 type;
};
#define GRE_CHECKSUM 0x8000
#define GRE_ROUTING 0x4000 /* RFC 1701; no longer in use */
#define GRE_KEY 0x2000
#define GRE_SEQUENCE 0x1000
#define GRE_VERSION 0x0007

/* RFC 7348 5 */
struct vxlan_header {
	__u8 flags, reserved[3];
	__u8 vni[3], reserved2;
};
#define VXLAN_HAS_VNI 0x08

/* RFC 8926 3.4 */
struct geneve_header {
	__u8 version_length; /* 2 bits of version, 6 of the options' length in words */
	__u8 flags;
	__be16 type;
	__u8 vni[3], reserved;
};

enum {
	IPPROTO_HOPOPTS_ = 0,
	IPPROTO_ICMP_ = 1,
	IPPROTO_IPIP_ = 4,
	IPPROTO_TCP_ = 6,
	IPPROTO_UDP_ = 17,
	IPPROTO_IPV6_ = 41,
	IPPROTO_ROUTING_ = 43,
	IPPROTO_FRAGMENT_ = 44,
	IPPROTO_GRE_ = 47,
	IPPROTO_AH_ = 51,
	IPPROTO_ICMPV6_ = 58,
	IPPROTO_DSTOPTS_ = 60,
	IPPROTO_SCTP_ = 132,
};

#define VXLAN_PORT 4789
#define GENEVE_PORT 6081

/* What a header is: an EtherType, or one of the two that no EtherType says. */
#define ETHERTYPE_IPV4 0x0800
#define ETHERTYPE_ETHERNET 0x6558 /* RFC 1701; in GRE and Geneve: an Ethernet frame */
#define ETHERTYPE_VLAN 0x8100     /* IEEE 802.1Q */
#define ETHERTYPE_IPV6 0x86DD
#define ETHERTYPE_MPLS 0x8847
#define ETHERTYPE_MPLS_MULTICAST 0x8848
#define ETHERTYPE_PPPOE 0x8864
#define ETHERTYPE_QINQ 0x88A8         /* IEEE 802.1ad */
#define ETHERTYPE_OLD_QINQ 0x9100     /* before 802.1ad */
#define ETHERTYPE_LARGEST_LENGTH 1500 /* IEEE 802.3 3.2.6: up to here it is no type */
#define HEADER_IP 0x10000             /* IPv4 or IPv6 by the first 4 bits */
#define HEADER_NOT_IP 0x10001

#define PPP_IPV4 0x0021
#define PPP_IPV6 0x0057
#define PPP_MPLS 0x0281

static __always_inline int has_ports(__u8 protocol)
{
	return protocol == IPPROTO_TCP_ || protocol == IPPROTO_UDP_ || protocol == IPPROTO_SCTP_;
}

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

static __always_inline void take_ports(const struct transport_header *transport, __u32 at, struct packet *p)
{
	p->source_port = transport->source;
	p->destination_port = transport->destination;
	p->upper_at = at;
	p->header_bytes = at + (p->protocol == IPPROTO_UDP_ ? 8 : 12);
	if (p->protocol == IPPROTO_TCP_) {
		p->tcp_flags = transport->tcp_flags;
		p->header_bytes = at + (transport->tcp_offset >> 4) * 4;
	}
}

/*
 * Fills *p, which the caller has zeroed, and returns 1 for a whole frame of Ethernet, IPv4 without options or IPv6
 * without extension headers, no fragment, and TCP, UDP or SCTP. Returns 0 and leaves *p alone for any other.
 */
static __always_inline int parse_plain(const void *data, const void *end, struct packet *p)
{
	const struct ethernet_header *ethernet = (const struct ethernet_header *)data;
	const struct ipv4_header *ip4 = (const struct ipv4_header *)(ethernet + 1);
	const struct ipv6_header *ip6 = (const struct ipv6_header *)(ethernet + 1);

	if ((const void *)(ip4 + 1) > end)
		return 0;
	if (ethernet->type == be16_(ETHERTYPE_IPV4)) {
		const struct transport_header *transport = (const struct transport_header *)(ip4 + 1);
		if ((const void *)(transport + 1) > end || ip4->version_ihl != 0x45 || !has_ports(ip4->protocol) ||
		    (ip4->fragment & be16_(0x3fff)))
			return 0;
		take_ipv4(ip4, p);
		take_ports(transport, sizeof(*ethernet) + sizeof(*ip4), p);
		return 1;
	}
	if (ethernet->type == be16_(ETHERTYPE_IPV6)) {
		const struct transport_header *transport = (const struct transport_header *)(ip6 + 1);
		if ((const void *)(transport + 1) > end || ip6->version >> 4 != 6 || !has_ports(ip6->next_header))
			return 0;
		take_ipv6(ip6, p);
		take_ports(transport, sizeof(*ethernet) + sizeof(*ip6), p);
		return 1;
	}
	return 0;
}

/* Whether a tunnel's inside may be in there, for which parse_any is to be asked. */
static __always_inline int may_be_tunnel(const struct packet *p)
{
	if (p->protocol == IPPROTO_UDP_)
		return p->destination_port == be16_(VXLAN_PORT) || p->destination_port == be16_(GENEVE_PORT);
	return p->protocol == IPPROTO_IPIP_ || p->protocol == IPPROTO_IPV6_ || p->protocol == IPPROTO_GRE_;
}

/*
 * Leaves behind what stands between the frame's first byte and IP. *type is what the header at *at is, as a number of
 * the EtherTypes' list; PARSED: it is ETHERTYPE_IPV4 or ETHERTYPE_IPV6 now.
 */
static __always_inline enum parsed skip_link_headers(const struct cursor *c, __u32 *at, __u32 *type)
{
	for (int i = 0; i < MAX_LINK_HEADERS; i++) {
		union {
			__u8 version;
			__be32 label;
			struct ethernet_header ethernet;
			struct vlan_header vlan;
			struct pppoe_header pppoe;
			struct snap_header snap;
		} h = {};

		switch (*type) {
		case ETHERTYPE_IPV4:
		case ETHERTYPE_IPV6:
			return PARSED;
		case HEADER_IP:
			if (cursor_load(c, *at, &h, sizeof(h.version)))
				return PARSE_TRUNCATED;
			if (h.version >> 4 == 4)
				*type = ETHERTYPE_IPV4;
			else if (h.version >> 4 == 6)
				*type = ETHERTYPE_IPV6;
			else
				return PARSE_NOT_IP;
			return PARSED;
		case ETHERTYPE_ETHERNET:
			if (cursor_load(c, *at, &h, sizeof(h.ethernet)))
				return PARSE_TRUNCATED;
			*type = be16_(h.ethernet.type);
			*at += sizeof(h.ethernet);
			break;
		case ETHERTYPE_VLAN:
		case ETHERTYPE_QINQ:
		case ETHERTYPE_OLD_QINQ:
			if (cursor_load(c, *at, &h, sizeof(h.vlan)))
				return PARSE_TRUNCATED;
			*type = be16_(h.vlan.type);
			*at += sizeof(h.vlan);
			break;
		case ETHERTYPE_MPLS:
		case ETHERTYPE_MPLS_MULTICAST:
			if (cursor_load(c, *at, &h, sizeof(h.label)))
				return PARSE_TRUNCATED;
			if (h.label & be32_(0x100)) /* the bottom of the stack; RFC 3032 2.1 */
				*type = HEADER_IP;
			*at += sizeof(h.label);
			break;
		case ETHERTYPE_PPPOE:
			if (cursor_load(c, *at, &h, sizeof(h.pppoe)))
				return PARSE_TRUNCATED;
			*type = h.pppoe.protocol == be16_(PPP_IPV4)   ? ETHERTYPE_IPV4
				: h.pppoe.protocol == be16_(PPP_IPV6) ? ETHERTYPE_IPV6
				: h.pppoe.protocol == be16_(PPP_MPLS) ? ETHERTYPE_MPLS
								      : HEADER_NOT_IP;
			*at += sizeof(h.pppoe);
			break;
		default:
			if (*type > ETHERTYPE_LARGEST_LENGTH)
				return PARSE_NOT_IP;
			if (cursor_load(c, *at, &h, sizeof(h.snap)))
				return cursor_load(c, *at, &h, sizeof(h.snap.dsap)) || h.snap.dsap == 0xaa
					       ? PARSE_TRUNCATED
					       : PARSE_NOT_IP;
			if (h.snap.dsap != 0xaa || h.snap.ssap != 0xaa || h.snap.control != 3 ||
			    (h.snap.organization[0] | h.snap.organization[1] | h.snap.organization[2]))
				return PARSE_NOT_IP;
			*type = be16_(h.snap.type) > ETHERTYPE_LARGEST_LENGTH ? be16_(h.snap.type) : HEADER_NOT_IP;
			*at += sizeof(h.snap);
		}
	}
	return PARSE_MALFORMED; /* no sane sender puts so many before IP */
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

/* Returns 1 and moves to the header inside if *at is where a tunnel's header begins, and 0 if not. */
static __always_inline int enter_tunnel(const struct cursor *c, __u32 *at, __u32 *type, const struct packet *p)
{
	union {
		struct gre_header gre;
		struct vxlan_header vxlan;
		struct geneve_header geneve;
	} h = {};

	if (p->later_fragment)
		return 0;
	if (p->protocol == IPPROTO_IPIP_) {
		*type = ETHERTYPE_IPV4;
		return 1;
	}
	if (p->protocol == IPPROTO_IPV6_) {
		*type = ETHERTYPE_IPV6;
		return 1;
	}
	if (p->protocol == IPPROTO_GRE_) {
		if (cursor_load(c, *at, &h, sizeof(h.gre)))
			return 0;
		__u32 flags = be16_(h.gre.flags_version);
		if (flags & (GRE_VERSION | GRE_ROUTING))
			return 0;
		*type = be16_(h.gre.type);
		*at += sizeof(h.gre) + (flags & GRE_CHECKSUM ? 4 : 0) + (flags & GRE_KEY ? 4 : 0) +
		       (flags & GRE_SEQUENCE ? 4 : 0);
		return 1;
	}
	if (p->protocol != IPPROTO_UDP_ || !may_be_tunnel(p))
		return 0;
	*at += 8; /* UDP */
	if (cursor_load(c, *at, &h, sizeof(h.vxlan)))
		return 0;
	if (p->destination_port == be16_(VXLAN_PORT)) {
		if (!(h.vxlan.flags & VXLAN_HAS_VNI))
			return 0;
		*type = ETHERTYPE_ETHERNET;
		*at += sizeof(h.vxlan);
		return 1;
	}
	if (h.geneve.version_length >> 6)
		return 0;
	*type = be16_(h.geneve.type);
	*at += sizeof(h.geneve) + (h.geneve.version_length & 0x3f) * 4;
	return 1;
}

/*
 * Fills *p from one IP header and what stands before and behind it: at depth 0 the frame's first one, which begins with
 * the header at *at, of the kind that *type says; deeper the one inside of the tunnel that was found before. Anything
 * but PARSED: there is none, or it is not readable, and *p has what it had.
 */
static __always_inline enum parsed parse_level(const struct cursor *c, __u32 *at, __u32 *type, __u32 depth,
					       struct packet *p)
{
	if (depth && !enter_tunnel(c, at, type, p))
		return PARSE_NOT_IP;
	enum parsed parsed = skip_link_headers(c, at, type);
	if (!depth)
		p->header_bytes = *at;
	if (parsed == PARSED)
		parsed = *type == ETHERTYPE_IPV4 ? parse_ipv4(c, at, p) : parse_ipv6(c, at, p);
	if (parsed != PARSED)
		return parsed;
	if (!depth)
		p->inside_length = 0;
	skip_extensions(c, at, p);
	parse_upper(c, *at, p);
	return PARSED;
}

/*
 * Fills *p, which the caller has zeroed, from the header at `at`, which is what `type` says. Anything but PARSED means
 * that the addresses are not known. decapsulate: 0 or 1. header_bytes then are the tunnel's and those inside.
 */
static __always_inline enum parsed parse_from(const struct cursor *c, __u32 at, __u32 type, int decapsulate,
					      struct packet *p)
{
	enum parsed parsed = parse_level(c, &at, &type, 0, p);
	enum parsed inside = decapsulate ? parsed : PARSE_NOT_IP;

	for (__u32 depth = 1; inside == PARSED && depth <= MAX_TUNNELS; depth++)
		inside = parse_level(c, &at, &type, depth, p);
	return parsed;
}

static __always_inline __u32 type_of_link(enum link_type link)
{
	return link == LINK_IP ? HEADER_IP : ETHERTYPE_ETHERNET;
}

static __always_inline enum parsed parse_any(const struct cursor *c, enum link_type link, int decapsulate,
					     struct packet *p)
{
	return parse_from(c, 0, type_of_link(link), decapsulate, p);
}
