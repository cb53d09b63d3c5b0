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
#include "lib/connection.h"
#include "lib/slot.h"
#include "lib/socket.h"
#include "lib/signals.h"
#include "lib/icmp_error.h"
#include "lib/round_trip.h"
#include "lib/filter.h"
#include "lib/sample.h"
#include "lib/link_address.h"
#include "lib/fault.h"

/* UNDECIDED: the filter is to be asked whether the packet is to be counted here. */
enum outcome { IN_TABLE, OVERFLOWED, UNDECIDED, FILTERED };

/* What a packet tells of its connection, as bits. */
enum signal {
	SIGNAL_TURN = 1, /* how it begins or fails */
	SIGNAL_DATA = 2, /* its data is to be acknowledged */
	SIGNAL_ECHO = 4, /* it may acknowledge data */
};

/* One packet on its way to its count. */
struct passage {
	struct packet packet;
	struct size size;
	__u32 ifindex; /* at sockets: the cgroup's number */
	__u32 generation;
	enum direction direction;
	__u32 way;
	__u32 length;     /* of the frame, headers and all */
	__u8 client;      /* enum client */
	__u8 evidence;    /* for the client; where it tells something (signals) */
	__u8 passes;      /* 1: the filter said so */
	__u8 signals;     /* enum signal */
	__u32 takes_slot; /* 1: the first of its hook in this generation */
};

static __always_inline void add(struct size *to, const struct size *size)
{
	to->packets += size->packets;
	to->bytes += size->bytes;
}

/* A SYN is rare, so what it tells is written to both places at once. */
static __always_inline void learn_client(struct connection *known, enum client client, struct flow *flow)
{
	if (known) {
		known->client = client;
		known->evidence = EVIDENCE_SYN;
	}
	flow->client = client;
	flow->evidence = EVIDENCE_SYN;
}

/* What is known of the connection from earlier generations, or that it begins here. */
static __always_inline void recall(void *connections, const void *key, const struct passage *p, struct flow *flow)
{
	struct connection *known = bpf_map_lookup_elem(connections, key);
	if (known) {
		flow->first_seen_ns = known->first_seen_ns;
		flow->client = known->client;
		flow->evidence = known->evidence;
		if (known->awaited || known->local)
			flow->awaited = known->awaited;
		flow->first = known->untold;
		known->untold = 0;
		if (p->client && p->client != known->client)
			learn_client(known, p->client, flow);
		return;
	}
	struct connection created = {
		.first_seen_ns = bpf_ktime_get_boot_ns(),
		.client = p->client,
		.evidence = p->client ? EVIDENCE_SYN : EVIDENCE_NONE,
	};
	flow->first = !bpf_map_update_elem(connections, key, &created, BPF_NOEXIST);
	flow->first_seen_ns = created.first_seen_ns;
	flow->client = created.client;
	flow->evidence = created.evidence;
}

/* The entry that was to tell that the connection is new was not taken: another CPU's tells it, else a later one. */
static __always_inline void keep_first(void *flows, void *connections, const void *key, __be16 *echo_id)
{
	struct flow *other = bpf_map_lookup_elem(flows, key);
	if (other) {
		other->first = 1;
		return;
	}
	__be16 id = *echo_id;
	*echo_id = 0;
	struct connection *known = bpf_map_lookup_elem(connections, key);
	*echo_id = id;
	if (known)
		known->untold = 1;
}

/* A packet that begins or ends a connection. What outlives the generation has to know whose answer is awaited, too. */
static __always_inline void turn(void *connections, const void *key, struct flow *flow, struct passage *p)
{
	__u8 flags = p->packet.tcp_flags;
	__u8 before = flow->awaited;
	__u8 awaited = AWAIT_DATA * EITHER_WAY;

	if (flags & (TCP_SYN | TCP_RST))
		awaited = (flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK) ? AWAIT_ANSWER << !p->way : 0;
	p->signals = SIGNAL_TURN;
	flow->awaited = awaited;
	if (!((before ^ awaited) & AWAIT_ANSWER * EITHER_WAY))
		return;
	struct connection *known = bpf_map_lookup_elem(connections, key);
	if (known)
		known->awaited = awaited & AWAIT_ANSWER * EITHER_WAY;
}

/*
 * Tells packets that say something of their connection beyond their size. All but SYN and RST look like any other: the
 * connection's entry says what is awaited.
 */
static __always_inline void watch(void *connections, const void *key, struct flow *flow, struct passage *p)
{
	if (!settings.signals)
		return;
	__u8 here = flow->awaited >> p->way & AWAIT_ANY;
	if (!(p->packet.tcp_flags & (TCP_SYN | TCP_RST)) && !here)
		return;
	p->client = flow->client;
	p->evidence = flow->evidence;
	if (p->packet.tcp_flags & (TCP_SYN | TCP_RST) || here & AWAIT_ANSWER) {
		turn(connections, key, flow, p);
		return;
	}
	if (here & AWAIT_ECHO)
		p->signals |= SIGNAL_ECHO;
	if (here & AWAIT_DATA && p->length > p->packet.header_bytes) {
		p->signals |= SIGNAL_DATA;
		flow->awaited = (flow->awaited & ~(AWAIT_DATA << p->way)) | AWAIT_ECHO << !p->way;
	}
}

/*
 * Makes the connection's entry with this packet in it. 0, -EEXIST: another CPU was faster, else full or no memory.
 * echo_id: the key's; beyond a generation two addresses' ICMP is one connection.
 */
static __always_inline long create(void *flows, void *connections, const void *key, __be16 *echo_id, struct passage *p)
{
	struct flow fresh = {
		.hook = { hook_id(p->ifindex, p->direction, p->way) },
		.packets = { (__u32)p->size.packets },
		.bytes = { p->size.bytes },
		.awaited = settings.signals && p->packet.protocol == IPPROTO_TCP_ ? AWAIT_DATA * EITHER_WAY : 0,
	};
	__be16 id = *echo_id;
	*echo_id = 0;
	recall(connections, key, p, &fresh);
	watch(connections, key, &fresh, p);
	*echo_id = id;
	long error = bpf_map_update_elem(flows, key, &fresh, BPF_NOEXIST);
	if (error && fresh.first)
		keep_first(flows, connections, key, echo_id);
	return error;
}

static __always_inline enum outcome count(void *flows, void *connections, const void *key, __be16 *echo_id,
					  struct passage *p)
{
	struct flow *flow = bpf_map_lookup_elem(flows, key);
	fault_slow();
	if (!flow) {
		if (settings.filter_rules && !p->passes)
			return UNDECIDED;
		if (fault_entry_dropped(p->generation))
			return IN_TABLE;
		if (settings.link_addresses)
			p->takes_slot = 1;
		long error = create(flows, connections, key, echo_id, p);
		if (!error)
			return IN_TABLE;
		flow = error == -EEXIST ? bpf_map_lookup_elem(flows, key) : NULL;
		if (!flow)
			return OVERFLOWED;
	}
	if (p->client && p->client != flow->client)
		learn_client(bpf_map_lookup_elem(connections, key), p->client, flow);
	__u32 hook = hook_id(p->ifindex, p->direction, p->way);
	if (settings.filter_rules && !p->passes && find_slot(flow, hook) == NO_SLOT)
		return UNDECIDED;
	if (settings.link_addresses && find_slot(flow, hook) == NO_SLOT)
		p->takes_slot = 1;
	if (fault_add_left_out())
		return IN_TABLE;
	if (fault_add_done_twice())
		add_to_slot(flow, hook, &p->size);
	enum outcome outcome = add_to_slot(flow, hook, &p->size) == NO_SLOT ? OVERFLOWED : IN_TABLE;
	watch(connections, key, flow, p); /* last, so that the verifier goes through what is above once */
	return outcome;
}

/* Each generation's table is named at its own call, so that the verifier can inline the look-up. */
static __always_inline enum outcome count4(struct passage *p)
{
	struct flow_key4 key;
	p->way = key4_of(&p->packet, &key);
	key.echo_id = p->packet.icmp_id;
	p->client = client_of(&p->packet, p->way);
	return p->generation ? count(&flows4_1, &connections4, &key, &key.echo_id, p)
			     : count(&flows4_0, &connections4, &key, &key.echo_id, p);
}

/* Apart from the IPv4 way, so that each stays within the verifier's sight and the stack's 512 bytes. */
static __noinline int count6(struct passage *p)
{
	struct flow_key6 key;
	if (!p)
		return OVERFLOWED;
	p->way = key6_of(&p->packet, &key);
	key.echo_id = p->packet.icmp_id;
	p->client = client_of(&p->packet, p->way);
	return p->generation ? count(&flows6_1, &connections6, &key, &key.echo_id, p)
			     : count(&flows6_0, &connections6, &key, &key.echo_id, p);
}

static __noinline int count_overflow(const struct passage *p, struct ledger *ledger)
{
	if (!p || !ledger)
		return 0;
	struct overflow_key key = {
		.ifindex = p->ifindex,
		.generation = p->generation,
		.direction = p->direction,
		.protocol = p->packet.protocol,
		.family = p->packet.family,
	};
	struct size *bucket = bpf_map_lookup_elem(&overflow, &key);
	if (!bucket) {
		struct size empty = {};
		bpf_map_update_elem(&overflow, &key, &empty, BPF_NOEXIST);
		bucket = bpf_map_lookup_elem(&overflow, &key);
	}
	add_whole(bucket ?: &ledger->overflow_unlisted, &p->size); /* programs at sockets come here too */
	return 0;
}

static __always_inline enum reason reason_of(enum parsed parsed)
{
	return parsed == PARSE_NOT_IP ? NOT_IP : parsed == PARSE_TRUNCATED ? TRUNCATED : MALFORMED;
}

static __always_inline struct flow *flow_of(const struct passage *p)
{
	if (p->packet.family == 4) {
		struct flow_key4 key;
		key4_of(&p->packet, &key);
		return bpf_map_lookup_elem(p->generation ? (void *)&flows4_1 : (void *)&flows4_0, &key);
	}
	struct flow_key6 key;
	key6_of(&p->packet, &key);
	return bpf_map_lookup_elem(p->generation ? (void *)&flows6_1 : (void *)&flows6_0, &key);
}

static __always_inline struct connection *connection_of(const struct passage *p)
{
	if (p->packet.family == 4) {
		struct flow_key4 key;
		key4_of(&p->packet, &key);
		return bpf_map_lookup_elem(&connections4, &key);
	}
	struct flow_key6 key;
	key6_of(&p->packet, &key);
	return bpf_map_lookup_elem(&connections6, &key);
}

/* Sockets tell round trips better than their packets do: of a connection of theirs no more are timed. */
static __always_inline void leave_to_socket(const struct passage *p)
{
	struct connection *known = connection_of(p);
	struct flow *flow = flow_of(p);

	if (known)
		known->local = 1;
	if (flow)
		flow->awaited &= AWAIT_ANSWER * EITHER_WAY;
}

/* A passage beside the stack, for note_round_trip. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct passage);
} passages SEC(".maps");

static __always_inline struct passage *get_passage(void)
{
	__u32 first = 0;
	return bpf_map_lookup_elem(&passages, &first);
}

/*
 * Of what is in `passages`. A global function (kernel 5.6): the verifier goes through it once, by itself. Returns
 * whether there was no room for what the packet tells.
 */
__noinline int note_round_trip(struct __sk_buff *skb)
{
	struct passage *p = get_passage();
	struct timestamps stamps = {};
	struct flow *flow;

	if (!p)
		return 0; /* cannot be: an array has all its elements */
	__u32 way = p->way & 1;
	if (is_of_socket(skb)) {
		leave_to_socket(p);
		return 0;
	}
	if (!read_timestamps(skb, &p->packet, &stamps)) {
		flow = flow_of(p);
		if (flow)
			flow->awaited &= AWAIT_ANSWER * EITHER_WAY; /* this connection has none */
		return 0;
	}
	__u32 data = p->signals & SIGNAL_DATA || p->packet.tcp_flags & TCP_SYN;
	struct signals *signals = signals_of(&p->packet, p->generation, data);
	if (!signals)
		return data;
	signals->client = p->client;
	signals->evidence = p->evidence;
	if ((p->packet.tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN)
		begin_round_trips(signals);
	int acknowledged = take_echo(signals, way, &stamps);
	if (data)
		time_segment(signals, way, &stamps,
			     p->packet.tcp_flags & TCP_SYN ? 0 : p->length - p->packet.header_bytes);
	if (!acknowledged || !(p->signals & SIGNAL_ECHO))
		return 0;
	flow = flow_of(p);
	if (!flow)
		return 0;
	flow->awaited &= ~(AWAIT_ECHO << way);
	if (signals->timed[way ? 0 : 1] < MAX_TIMED)
		flow->awaited |= AWAIT_DATA << (way ? 0 : 1);
	return 0;
}

static __noinline int note_signals(struct __sk_buff *skb, const struct passage *p, struct ledger *ledger)
{
	int noted;

	if (!p || !ledger)
		return 0;
	if (p->signals)
		noted = note_tcp(&p->packet, p->client, p->generation, hook_id(p->ifindex, p->direction, p->way));
	else
		noted = note_unreachable(skb, &p->packet, p->generation, hook_id(p->ifindex, p->direction, 0));
	if (!noted)
		__sync_fetch_and_add(&ledger->signals_lost, 1);
	return 0;
}

static __noinline int note_error(struct __sk_buff *skb, const struct passage *p, struct ledger *ledger)
{
	if (!p || !ledger)
		return 0;
	if (!note_icmp_error(skb, &p->packet, &p->size, p->generation, hook_id(p->ifindex, p->direction, 0)))
		ledger->errors_lost++;
	return 0;
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
