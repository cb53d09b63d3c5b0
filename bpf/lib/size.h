/* SPDX-License-Identifier: GPL-2.0 */
/* What an skb is on the wire: the kernel carries up to 64 segments and more as one skb (GSO, GRO). */
#pragma once

#include "bpf.h"
#include "dissect.h"
#include "shared/flow.h"

#define VLAN_TAG_BYTES 4

/* Of a super-packet. gso_segs may be 0 where a device received it (virtio, tun with vnet_hdr). */
static __always_inline __u32 segments_of(struct __sk_buff *skb, __u32 header_bytes)
{
	if (skb->gso_segs)
		return skb->gso_segs;
	__u32 payload = skb->len > header_bytes ? skb->len - header_bytes : 0;
	return payload ? (payload + skb->gso_size - 1) / skb->gso_size : 1;
}

/*
 * Whether wire_len, which the queueing layer sets (net/core/dev.c, qdisc_pkt_len_init), has the headers of each
 * segment: at egress it does, but of SCTP without its own, and of a tunnel, on kernels before 7.2, without those
 * inside. At ingress it lacks some on every kernel from 5.10 to 7.2.
 */
static __always_inline int has_wire_len(struct __sk_buff *skb, enum direction direction, const struct packet *packet)
{
	return direction == EGRESS && skb->gso_segs && packet->protocol != IPPROTO_SCTP_ && !settings.decapsulate &&
	       !may_be_tunnel(packet);
}

/* A VLAN tag that the kernel took off the frame is in no length. */
static __always_inline struct size wire_size(struct __sk_buff *skb, enum direction direction, enum link_type link,
					     const struct packet *packet)
{
	struct size size = { .packets = 1, .bytes = skb->len };
	if (skb->gso_size) {
		if (has_wire_len(skb, direction, packet)) {
			size.packets = skb->gso_segs;
			size.bytes = skb->wire_len;
		} else {
			__u32 header_bytes = segment_header_bytes(skb, link, packet);
			size.packets = segments_of(skb, header_bytes);
			size.bytes += (size.packets - 1) * header_bytes;
		}
	}
	if (link == LINK_IP)
		size.bytes -= size.packets * packet->front_bytes;
	if (skb->vlan_present)
		size.bytes += size.packets * VLAN_TAG_BYTES;
	return size;
}

/*
 * At a socket: IP packets as they are on the wire. Both ways the skb begins with IP, and wire_len may not be read
 * (net/core/filter.c, cg_skb_is_valid_access).
 */
static __always_inline struct size ip_size(struct __sk_buff *skb, __u32 header_bytes)
{
	__u32 segments = skb->gso_size ? segments_of(skb, header_bytes) : 1;
	return (struct size){ .packets = segments, .bytes = skb->len + (__u64)(segments - 1) * header_bytes };
}
