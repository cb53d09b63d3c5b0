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
	CAPTURE_RAW_OF_MOST = 12,    /* DLT_RAW, as tools wrote it that did not translate */
	CAPTURE_RAW_OF_OPENBSD = 14, /* the same there */
	CAPTURE_RAW = 101,
	CAPTURE_LOOP = 108,
	CAPTURE_LINUX_COOKED = 113,
	CAPTURE_IPV4 = 228,
	CAPTURE_IPV6 = 229,
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

/* Sets what parse_from is to begin with: what is behind the file's own header, and what that says it is. */
static __always_inline enum parsed skip_capture_header(const struct cursor *c, __u32 link, __u32 *at, __u32 *type)
{
	union {
		__u32 family;
		struct cooked_header cooked;
		struct cooked2_header cooked2;
	} h = {};

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
	case CAPTURE_NULL:
	case CAPTURE_LOOP:
		if (cursor_load(c, 0, &h, sizeof(h.family)))
			return PARSE_TRUNCATED;
		*at = sizeof(h.family);
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
