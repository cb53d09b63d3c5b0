/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* What stands between a frame's first byte and IP. For parse.h. */
#pragma once

#include "packet.h"

/* Ethernet, tags, labels, PPPoE, SNAP: each is one. */
#define MAX_LINK_HEADERS 10

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
#define ETHERTYPE_PBB 0x88E7          /* IEEE 802.1ah: Ethernet in Ethernet */
#define ETHERTYPE_FABRICPATH 0x8903   /* the same, of Cisco */
#define ETHERTYPE_MACSEC 0x88E5       /* IEEE 802.1AE */
#define ETHERTYPE_NSH 0x894F          /* RFC 8300 */
#define ETHERTYPE_HSR 0x892F          /* IEC 62439-3 5.7: frames that go round a ring twice */
#define ETHERTYPE_R_TAG 0xF1C1        /* IEEE 802.1CB 7.8: frames that go by several paths */
#define ETHERTYPE_LARGEST_LENGTH 1500 /* IEEE 802.3 3.2.6: up to here it is no type */
#define HEADER_IP 0x10000             /* IPv4 or IPv6 by the first 4 bits */
#define HEADER_NOT_IP 0x10001

#define PPP_IPV4 0x0021
#define PPP_IPV6 0x0057
#define PPP_MPLS 0x0281

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

/* IEEE 802.1AE 9.3; with MACSEC_HAS_SCI 8 bytes more. Then an EtherType, if it is not encrypted. */
struct macsec_header {
	__u8 control, length;
	__be16 number[2];
};
#define MACSEC_HAS_SCI 0x20
#define MACSEC_CHANGED 0x0c /* encrypted, or changed in length */

/* Of HSR and of the R-TAG alike. */
struct sequence_header {
	__be16 first, number;
	__be16 type;
};

/* RFC 8300 2.2 */
struct nsh_header {
	__u8 flags, length; /* in words, in the lower 6 bits */
	__u8 metadata, next;
};
#define NSH_IPV4 1
#define NSH_IPV6 2
#define NSH_ETHERNET 3

/* IEEE 802.2, RFC 1042 */
struct snap_header {
	__u8 dsap, ssap, control, organization[3];
	__be16 type;
};

static __always_inline __u32 type_of_ppp(__be16 protocol)
{
	return protocol == be16_(PPP_IPV4)   ? ETHERTYPE_IPV4
	       : protocol == be16_(PPP_IPV6) ? ETHERTYPE_IPV6
	       : protocol == be16_(PPP_MPLS) ? ETHERTYPE_MPLS
					     : HEADER_NOT_IP;
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
			struct macsec_header macsec;
			struct nsh_header nsh;
			struct sequence_header sequence;
			__be16 type;
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
			*type = type_of_ppp(h.pppoe.protocol);
			*at += sizeof(h.pppoe);
			break;
		case ETHERTYPE_PBB:
			*type = ETHERTYPE_ETHERNET;
			*at += 4;
			break;
		case ETHERTYPE_FABRICPATH:
			*type = ETHERTYPE_ETHERNET;
			*at += 2;
			break;
		case ETHERTYPE_HSR:
		case ETHERTYPE_R_TAG:
			if (cursor_load(c, *at, &h, sizeof(h.sequence)))
				return PARSE_TRUNCATED;
			*type = be16_(h.sequence.type);
			*at += sizeof(h.sequence);
			break;
		case ETHERTYPE_MACSEC:
			if (cursor_load(c, *at, &h, sizeof(h.macsec)))
				return PARSE_TRUNCATED;
			if (h.macsec.control & MACSEC_CHANGED)
				return PARSE_NOT_IP;
			*at += sizeof(h.macsec) + (h.macsec.control & MACSEC_HAS_SCI ? 8 : 0);
			if (cursor_load(c, *at, &h, sizeof(h.type)))
				return PARSE_TRUNCATED;
			*type = be16_(h.type);
			*at += sizeof(h.type);
			break;
		case ETHERTYPE_NSH:
			if (cursor_load(c, *at, &h, sizeof(h.nsh)))
				return PARSE_TRUNCATED;
			*type = h.nsh.next == NSH_IPV4       ? ETHERTYPE_IPV4
				: h.nsh.next == NSH_IPV6     ? ETHERTYPE_IPV6
				: h.nsh.next == NSH_ETHERNET ? ETHERTYPE_ETHERNET
							     : HEADER_NOT_IP;
			*at += (h.nsh.length & 0x3f) * 4;
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
