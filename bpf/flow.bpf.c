// SPDX-License-Identifier: GPL-2.0
// Counts the packets and bytes of each connection, both ways, in one entry.
// Hook: TCX (kernel 6.6), else clsact (4.5); or cgroup_skb (4.10), at sockets. Never changes what a packet says, never
// stops one.
// Needs kernel 5.10: batch look-up of hashes 5.6, gso_size 5.7, clock of boot time 5.8.
// Kept true in every generation: seen = accounted + repeated + overflow + filtered + unparsed.
#include "lib/bpf.h"
#include "shared/flow.h"
#include "lib/generation.h"
#include "lib/dissect.h"
#include "lib/size.h"
#include "lib/socket.h"
#include "lib/count.h"
#include "lib/note.h"
#include "lib/sample.h"
#include "lib/link_address.h"

static __always_inline enum reason reason_of(enum parsed parsed)
{
	return parsed == PARSE_NOT_IP ? NOT_IP : parsed == PARSE_TRUNCATED ? TRUNCATED : MALFORMED;
}

static __always_inline void count_parsed(struct __sk_buff *skb, struct passage *p, struct ledger *ledger,
					 int at_interface)
{
	enum outcome outcome = p->packet.family == 4 ? count4(p) : count6(p);

	if (outcome == UNDECIDED) {
		p->passes = passes_filter(&p->packet, p->ifindex);
		outcome = !p->passes ? FILTERED : p->packet.family == 4 ? count4(p) : count6(p);
	}
	if (outcome == OVERFLOWED)
		count_overflow(p, ledger);
	else if (outcome == FILTERED)
		add_whole(&ledger->filtered, &p->size); /* as above */
	/* Whether the connection found room does not matter: its beginning and end have a table of their own. */
	if (settings.signals && outcome != FILTERED && (p->signals & SIGNAL_TURN || unreachable_of(&p->packet)))
		note_signals(skb, p, ledger);
	if (at_interface && p->packet.icmp_type && outcome == IN_TABLE && is_icmp_error(&p->packet))
		note_error(skb, p, ledger);
	if (!settings.signals || !p->signals || outcome != IN_TABLE || p->packet.tcp_flags & TCP_RST)
		return;
	struct passage *kept = get_passage();
	if (!kept)
		return;
	*kept = *p;
	if (note_round_trip(skb))
		__sync_fetch_and_add(&ledger->signals_lost, 1);
}

static __always_inline int account(struct __sk_buff *skb, enum direction direction, enum link_type link)
{
	struct passage p = { .ifindex = skb->ifindex, .direction = direction, .length = skb->len };
	__u32 generation = running & 1; /* read once: one packet, one generation */
	p.generation = generation;
	struct ledger *ledger = bpf_map_lookup_elem(&ledgers, &generation);
	if (!ledger)
		return PASS_ON; /* cannot be: an array has all its elements */

	enum parsed parsed = dissect(skb, link, &p.packet);
	if (settings.sampling && !is_sampled(skb, &p.packet))
		return PASS_ON;
	p.size = wire_size(skb, direction, link, &p.packet);
	if (settings.sampling)
		ledger->square_bytes += p.size.bytes * p.size.bytes;
	add(&ledger->seen, &p.size); /* before anything is decided */

	if (parsed != PARSED)
		add(&ledger->unparsed[reason_of(parsed)], &p.size);
	else
		count_parsed(skb, &p, ledger, 1);
	if (settings.link_addresses && link == LINK_ETHERNET && p.takes_slot)
		keep_link_addresses(skb, &p.packet);
	return PASS_ON;
}

SEC("tc")
int flow_ingress(struct __sk_buff *skb)
{
	return account(skb, INGRESS, LINK_ETHERNET);
}

SEC("tc")
int flow_egress(struct __sk_buff *skb)
{
	return account(skb, EGRESS, LINK_ETHERNET);
}

/* Links without a link header (tun, wireguard, ppp): the frame begins with IP. */
SEC("tc")
int flow_ingress_ip(struct __sk_buff *skb)
{
	return account(skb, INGRESS, LINK_IP);
}

SEC("tc")
int flow_egress_ip(struct __sk_buff *skb)
{
	return account(skb, EGRESS, LINK_IP);
}

/* In this program's own stack: at a socket programs interrupt each other. */
static __noinline int parse_at_socket(struct __sk_buff *skb, struct packet *packet)
{
	struct cursor cursor = { .skb = skb };
	if (!packet)
		return PARSE_MALFORMED;
	return parse_any(&cursor, LINK_IP, 0, packet);
}

static __always_inline int account_at_socket(struct __sk_buff *skb, enum direction direction)
{
	if (!settings.with_loopback && skb->ifindex == LOOPBACK_IFINDEX)
		return LET_PASS;
	struct passage p = { .ifindex = cgroup_number(skb), .direction = direction };
	__u32 generation = running & 1; /* read once: one packet, one generation */
	p.generation = generation;
	struct ledger *ledger = bpf_map_lookup_elem(&ledgers, &generation);
	if (!ledger)
		return LET_PASS; /* cannot be: an array has all its elements */

	enum parsed parsed = parse_at_socket(skb, &p.packet);
	if (settings.sampling && !is_sampled(skb, &p.packet))
		return LET_PASS;
	p.packet.icmp_id = 0; /* nothing is translated here */
	p.size = ip_size(skb, p.packet.header_bytes);
	if (settings.sampling)
		__sync_fetch_and_add(&ledger->square_bytes, p.size.bytes * p.size.bytes);
	add_whole(&ledger->seen, &p.size); /* before anything is decided */

	if (parsed != PARSED)
		add_whole(&ledger->unparsed[reason_of(parsed)], &p.size);
	else
		count_parsed(skb, &p, ledger, 0);
	return LET_PASS;
}

SEC("cgroup_skb/ingress")
int socket_ingress(struct __sk_buff *skb)
{
	return account_at_socket(skb, INGRESS);
}

SEC("cgroup_skb/egress")
int socket_egress(struct __sk_buff *skb)
{
	return account_at_socket(skb, EGRESS);
}

char LICENSE[] SEC("license") = "GPL";
