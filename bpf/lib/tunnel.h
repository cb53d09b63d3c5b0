/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Tunnels: IP in IP, GRE, VXLAN, Geneve. For parse.h. */
#pragma once

#include "link.h"

/* One within the other. */
#define MAX_TUNNELS 4

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

#define VXLAN_PORT 4789
#define GENEVE_PORT 6081

/* Whether a tunnel's inside may be in there, for which parse_any is to be asked. */
static __always_inline int may_be_tunnel(const struct packet *p)
{
	if (p->protocol == IPPROTO_UDP_)
		return p->destination_port == be16_(VXLAN_PORT) || p->destination_port == be16_(GENEVE_PORT);
	return p->protocol == IPPROTO_IPIP_ || p->protocol == IPPROTO_IPV6_ || p->protocol == IPPROTO_GRE_;
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
