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

#include "link.h"
#include "network.h"
#include "transport.h"
#include "tunnel.h"

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
