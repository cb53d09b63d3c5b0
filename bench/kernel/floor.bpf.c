// SPDX-License-Identifier: GPL-2.0
// The least that any program does which accounts IPv4 connections: Ethernet, IPv4 without options, ports, one look-up
// in a map of the same kind and size as ours, and nothing counted.
#include "lib/bpf.h"
#include "shared/flow.h"
#include "lib/cursor.h"
#include "lib/parse.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 131072);
	__type(key, struct flow_key4);
	__type(value, struct flow);
} flows SEC(".maps");

SEC("tc")
int floor_ipv4(struct __sk_buff *skb)
{
	void *data = (void *)(long)skb->data;
	void *end = (void *)(long)skb->data_end;
	struct ethernet_header *ethernet = data;
	struct ipv4_header *ip = (void *)(ethernet + 1);
	struct transport_header *ports = (void *)(ip + 1);

	if ((void *)ports + PORTS_BYTES > end || ethernet->type != be16_(ETHERTYPE_IPV4))
		return PASS_ON;
	struct flow_key4 key = {
		.address = { ip->source, ip->destination },
		.port = { ports->source, ports->destination },
		.protocol = ip->protocol,
	};
	if (!bpf_map_lookup_elem(&flows, &key)) {
		struct flow fresh = {};
		bpf_map_update_elem(&flows, &key, &fresh, BPF_NOEXIST);
	}
	return PASS_ON;
}

char LICENSE[] SEC("license") = "GPL";
