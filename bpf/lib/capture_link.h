/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * What begins the frames of a capture file, for each link type that is known. As parse.h, for user space and the
 * kernel: no device has such frames, but the tests let the kernel's parser read them, too.
 */
#pragma once

#include "parse.h"

/* https://www.ietf.org/archive/id/draft-ietf-opsawg-pcaplinktype-10.html */
enum capture_link {
	CAPTURE_NULL = 0,
	CAPTURE_ETHERNET = 1,
	CAPTURE_PPP = 9,
	CAPTURE_FDDI = 10,
	CAPTURE_RAW_OF_MOST = 12,    /* DLT_RAW, as tools wrote it that did not translate */
	CAPTURE_RAW_OF_OPENBSD = 14, /* the same there */
	CAPTURE_PPP_SERIAL = 50,
	CAPTURE_PPPOE = 51,
	CAPTURE_RAW = 101,
	CAPTURE_CISCO_HDLC = 104,
	CAPTURE_802_11 = 105,
	CAPTURE_FRAME_RELAY = 107,
	CAPTURE_LOOP = 108,
	CAPTURE_OPENBSD_ENC = 109,
	CAPTURE_LINUX_COOKED = 113,
	CAPTURE_OPENBSD_PFLOG = 117,
	CAPTURE_802_11_PRISM = 119,
	CAPTURE_802_11_RADIOTAP = 127,
	CAPTURE_PPP_PPPD = 166,
	CAPTURE_PPP_WITH_DIRECTION = 204,
	CAPTURE_MPLS = 219,
	CAPTURE_IPNET = 226,
	CAPTURE_IPV4 = 228,
	CAPTURE_IPV6 = 229,
	CAPTURE_NFLOG = 239,
	CAPTURE_IPOIB = 242,
	CAPTURE_PKTAP = 258,
	CAPTURE_LINUX_COOKED2 = 276,
};

#define ARPHRD_NETLINK_ 824 /* linux/if_arp.h: there the protocol field is a netlink family */

struct cooked_header {
	__be16 packet_type, link_kind, address_length;
	__u8 address[8];
	__be16 protocol;
};

struct cooked2_header {
	__be16 protocol, reserved;
	__be16 interface[2];
	__be16 link_kind;
	__u8 packet_type, address_length;
	__u8 address[8];
};
static_assert(sizeof(struct cooked_header) == 16, "cooked_header");
static_assert(sizeof(struct cooked2_header) == 20, "cooked2_header");

/* bsd/net/pktap.h of XNU: macOS tells of each packet where it was seen, and puts that before it. Little-endian. */
struct pktap_header {
	__u32 length;
	__u32 record;
	__u32 link;
};
#define PKTAP_PACKET 1
static_assert(sizeof(struct pktap_header) == 12, "pktap_header");

static __always_inline int is_in_pktap(__u32 link)
{
	return link == CAPTURE_ETHERNET || link == CAPTURE_NULL || link == CAPTURE_LOOP || link == CAPTURE_RAW ||
	       link == CAPTURE_RAW_OF_MOST || link == CAPTURE_RAW_OF_OPENBSD;
}

/*
 * In the byte order of the machine that captured (CAPTURE_LOOP: of the network), which the file may not tell. An
 * address family's number is that of the system: 2 everywhere, and for IPv6 10 on Linux, 24 on NetBSD and OpenBSD, 28
 * on FreeBSD, 30 on macOS.
 */
static __always_inline __u32 type_of_family(__u32 family)
{
	if (family >= 0x10000)
		family = be32_(family);
	switch (family) {
	case 2:
		return ETHERTYPE_IPV4;
	case 10:
	case 24:
	case 28:
	case 30:
		return ETHERTYPE_IPV6;
	default:
		return HEADER_NOT_IP;
	}
}

#define HDLC_UNICAST 0x0f
#define HDLC_BROADCAST 0x8f
#define HDLC_ALL_STATIONS 0xff /* RFC 1662 3.1: PPP */
#define HDLC_UNNUMBERED 0x03
#define NLPID_SNAP 0x80 /* RFC 2427 4 */
#define NLPID_IPV6 0x8e
#define NLPID_IPV4 0xcc

struct hdlc_header {
	__u8 address, control;
	__be16 protocol;
};

/* RFC 1661 2, in framing like that of HDLC or without; RFC 1547 4.3.1 for what Cisco sends on such a line. */
static __always_inline enum parsed skip_ppp(const struct cursor *c, __u32 *at, __u32 *type)
{
	struct hdlc_header h = {};
	__u8 protocol[2] = {};

	if (cursor_load(c, *at, &h, 2))
		return PARSE_TRUNCATED;
	if (h.address == HDLC_UNICAST || h.address == HDLC_BROADCAST) {
		if (cursor_load(c, *at, &h, sizeof(h)))
			return PARSE_TRUNCATED;
		*type = be16_(h.protocol);
		*at += sizeof(h);
		return PARSED;
	}
	if (h.address == HDLC_ALL_STATIONS) /* and a control field: as a protocol's first byte that is not assigned */
		*at += 2;
	if (cursor_load(c, *at, protocol, 1))
		return PARSE_TRUNCATED;
	if (protocol[0] & 1) { /* its first byte was left out: RFC 1661 6.5 */
		*type = type_of_ppp(be16_(protocol[0]));
		*at += 1;
		return PARSED;
	}
	if (cursor_load(c, *at, protocol, sizeof(protocol)))
		return PARSE_TRUNCATED;
	*type = type_of_ppp(protocol[0] | protocol[1] << 8);
	*at += sizeof(protocol);
	return PARSED;
}

/* ITU-T Q.922 3.3 (an address of 2 to 4 bytes, the last of which is odd), then RFC 2427 3 or, of Cisco, an EtherType.
 */
static __always_inline enum parsed skip_frame_relay(const struct cursor *c, __u32 *at, __u32 *type)
{
	__u8 byte = 0, snap[5] = {};
	__be16 ether_type = 0;

	for (int i = 0; i < 4 && !(byte & 1); i++)
		if (cursor_load(c, (*at)++, &byte, 1))
			return PARSE_TRUNCATED;
	if (cursor_load(c, *at, &byte, 1))
		return PARSE_TRUNCATED;
	if (byte != HDLC_UNNUMBERED) {
		if (cursor_load(c, *at, &ether_type, sizeof(ether_type)))
			return PARSE_TRUNCATED;
		*type = be16_(ether_type);
		*at += sizeof(ether_type);
		return PARSED;
	}
	if (cursor_load(c, ++*at, &byte, 1))
		return PARSE_TRUNCATED;
	if (byte == 0 && cursor_load(c, ++*at, &byte, 1)) /* a pad */
		return PARSE_TRUNCATED;
	*at += 1;
	*type = byte == NLPID_IPV4 ? ETHERTYPE_IPV4 : byte == NLPID_IPV6 ? ETHERTYPE_IPV6 : HEADER_NOT_IP;
	if (byte != NLPID_SNAP)
		return PARSED;
	if (cursor_load(c, *at, snap, sizeof(snap)))
		return PARSE_TRUNCATED;
	*at += sizeof(snap);
	if (snap[0] == 0 && snap[1] == 0 && snap[2] == 0)
		*type = snap[3] << 8 | snap[4];
	else if (snap[0] == 0 && snap[1] == 0x80 && snap[2] == 0xc2 && (snap[4] == 1 || snap[4] == 7))
		*type = ETHERTYPE_ETHERNET; /* with its checksum, or without */
	return PARSED;
}

/* IEEE 802.11 9.2: data that is not encrypted, behind which is what RFC 1042 says. */
static __always_inline enum parsed skip_802_11(const struct cursor *c, __u32 *at, __u32 *type)
{
	__u8 control[2], qos = 0;

	if (cursor_load(c, *at, control, sizeof(control)))
		return PARSE_TRUNCATED;
	if ((control[0] & 0x0f) != 0x08 || control[0] & 0x40 || control[1] & 0x40) /* no data, empty, encrypted */
		return PARSE_NOT_IP;
	*at += (control[1] & 3) == 3 ? 30 : 24; /* from one access point to another: a fourth address */
	if (control[0] & 0x80) {
		if (cursor_load(c, *at, &qos, 1))
			return PARSE_TRUNCATED;
		if (qos & 0x80)
			return PARSE_NOT_IP; /* several in one frame */
		*at += control[1] & 0x80 ? 6 : 2;
	}
	*type = 0; /* as a length of IEEE 802.3: LLC follows */
	return PARSED;
}

/* linux/netfilter/nfnetlink_log.h: attributes, of which NFULA_PAYLOAD has the packet. */
static __always_inline enum parsed skip_nflog(const struct cursor *c, __u32 *at, __u32 *type)
{
	struct {
		__u16 length, kind; /* in the byte order of the machine that captured; there are few kinds */
	} attribute = {};

	*at = 4;
	*type = HEADER_IP;
	for (int i = 0; i < 32; i++) {
		if (cursor_load(c, *at, &attribute, sizeof(attribute)))
			return PARSE_TRUNCATED;
		__u32 swapped = (attribute.kind & 0x7fff) > 0xff;
		__u32 length = swapped ? be16_(attribute.length) : attribute.length;
		if (length < sizeof(attribute))
			return PARSE_MALFORMED;
		if (((swapped ? be16_(attribute.kind) : attribute.kind) & 0x7fff) == 9) {
			*at += sizeof(attribute);
			return PARSED;
		}
		*at += (length + 3) & ~3u;
	}
	return PARSE_NOT_IP;
}

/* Sets what parse_from is to begin with: what is behind the file's own header, and what that says it is. */
static __always_inline enum parsed skip_capture_header(const struct cursor *c, __u32 link, __u32 *at, __u32 *type)
{
	union {
		__u8 bytes[4];
		__u32 family;
		__be16 type;
		struct cooked_header cooked;
		struct cooked2_header cooked2;
		struct pktap_header pktap;
	} h = {};

	if (link == CAPTURE_PKTAP) {
		if (cursor_load(c, 0, &h, sizeof(h.pktap)))
			return PARSE_TRUNCATED;
		*at = h.pktap.length;
		link = h.pktap.link;
		if (h.pktap.record != PKTAP_PACKET || !is_in_pktap(link))
			return PARSE_NOT_IP;
	}
	switch (link) {
	case CAPTURE_ETHERNET:
		*type = ETHERTYPE_ETHERNET;
		return PARSED;
	case CAPTURE_IPV4:
		*type = ETHERTYPE_IPV4;
		return PARSED;
	case CAPTURE_IPV6:
		*type = ETHERTYPE_IPV6;
		return PARSED;
	case CAPTURE_PPPOE:
		*type = ETHERTYPE_PPPOE;
		return PARSED;
	case CAPTURE_MPLS:
		*type = ETHERTYPE_MPLS;
		return PARSED;
	case CAPTURE_PPP:
	case CAPTURE_PPP_SERIAL:
	case CAPTURE_CISCO_HDLC:
		return skip_ppp(c, at, type);
	case CAPTURE_PPP_WITH_DIRECTION:
		*at = 1;
		return skip_ppp(c, at, type);
	case CAPTURE_PPP_PPPD: /* the direction stands where the address of HDLC would */
		*at = 2;
		return skip_ppp(c, at, type);
	case CAPTURE_FRAME_RELAY:
		return skip_frame_relay(c, at, type);
	case CAPTURE_802_11_RADIOTAP:
		if (cursor_load(c, 0, &h, sizeof(h.bytes)))
			return PARSE_TRUNCATED;
		*at = h.bytes[2] | h.bytes[3] << 8;
		return skip_802_11(c, at, type);
	case CAPTURE_802_11_PRISM: /* its length is behind the message's number */
		if (cursor_load(c, 4, &h, sizeof(h.bytes)))
			return PARSE_TRUNCATED;
		*at = h.bytes[0] | h.bytes[1] << 8;
		return skip_802_11(c, at, type);
	case CAPTURE_802_11:
		return skip_802_11(c, at, type);
	case CAPTURE_FDDI: /* frame control and addresses, then LLC */
		*at = 13;
		*type = 0;
		return PARSED;
	case CAPTURE_IPOIB: /* InfiniBand's global route header, then RFC 4391 6 */
		if (cursor_load(c, 40, &h, sizeof(h.bytes)))
			return PARSE_TRUNCATED;
		*at = 44;
		*type = be16_(h.type);
		return PARSED;
	case CAPTURE_OPENBSD_ENC: /* if_enc.h: family, SPI, flags */
		if (cursor_load(c, 0, &h, sizeof(h.family)))
			return PARSE_TRUNCATED;
		*at = 12;
		*type = type_of_family(h.family);
		return PARSED;
	case CAPTURE_OPENBSD_PFLOG: /* if_pflog.h: length, family */
		if (cursor_load(c, 0, &h, 2))
			return PARSE_TRUNCATED;
		*at = (h.bytes[0] + 3) & ~3u;
		*type = type_of_family(h.bytes[1]);
		return PARSED;
	case CAPTURE_IPNET: /* 24 bytes of Solaris: a version, a family, zones and interfaces */
		*at = 24;
		*type = HEADER_IP;
		return PARSED;
	case CAPTURE_NFLOG:
		return skip_nflog(c, at, type);
	case CAPTURE_NULL:
	case CAPTURE_LOOP:
		if (cursor_load(c, *at, &h, sizeof(h.family)))
			return PARSE_TRUNCATED;
		*at += sizeof(h.family);
		*type = type_of_family(h.family);
		return PARSED;
	case CAPTURE_LINUX_COOKED:
		if (cursor_load(c, 0, &h, sizeof(h.cooked)))
			return PARSE_TRUNCATED;
		*at = sizeof(h.cooked);
		*type = be16_(h.cooked.protocol);
		return h.cooked.link_kind == be16_(ARPHRD_NETLINK_) ? PARSE_NOT_IP : PARSED;
	case CAPTURE_LINUX_COOKED2:
		if (cursor_load(c, 0, &h, sizeof(h.cooked2)))
			return PARSE_TRUNCATED;
		*at = sizeof(h.cooked2);
		*type = be16_(h.cooked2.protocol);
		return h.cooked2.link_kind == be16_(ARPHRD_NETLINK_) ? PARSE_NOT_IP : PARSED;
	default:
		*type = HEADER_IP;
		return PARSED;
	}
}
