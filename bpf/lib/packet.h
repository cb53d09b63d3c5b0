/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* What the parser finds of a frame, and what its parts share. As parse.h, for the kernel and for user space. */
#pragma once

#include "../shared/flow.h"

#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif

#define be16_(x) __builtin_bswap16(x)
#define be32_(x) __builtin_bswap32(x)
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "be16_ and be32_ swap");

/* parse_plain reads headers in place. In the kernel the stack has put them where they are read at once (NET_IP_ALIGN);
 * in user space they may lie at any address. */
#ifdef __bpf__
#define ANYWHERE
#else
#define ANYWHERE __attribute__((packed))
#endif

enum link_type { LINK_ETHERNET, LINK_IP };

enum parsed { PARSED = 0, PARSE_NOT_IP, PARSE_TRUNCATED, PARSE_MALFORMED };

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
	__u32 upper_at;    /* where the header of TCP, UDP and so on begins */
	__u32 front_bytes; /* of an outer header that the kernel has not taken off the frame */
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
