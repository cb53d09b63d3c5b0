/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * What the programs write and user space reads. Include after the kernel's types (vmlinux.h or linux/types.h).
 * Both sides assert the sizes at the end, so that a change here fails the build of the side that was forgotten.
 */
#pragma once

#if !defined(__cplusplus) && !defined(static_assert)
#define static_assert _Static_assert
#endif

/* A generation is one of two tables: one is written, the other is read and emptied. */
#define GENERATIONS 2

/* Hooks whose counts are kept for a connection: an interface, ingress or egress, and a way each. */
#define SLOTS 6

/* At sockets a hook has the number of the socket's cgroup in place of the ifindex: the lower bits of its id. */
#define CGROUP_NUMBERS 0x3fffffff

enum direction { INGRESS = 0, EGRESS = 1 };

/* Chosen before the programs are loaded, so that the verifier takes out what is not asked for. 0: no, 1: yes. */
struct settings {
	__u32 decapsulate;     /* count what is inside of tunnels */
	__u32 filter_rules;    /* how many there are */
	__u32 filter_includes; /* what no rule fits is not counted */
	__u32 with_loopback;   /* at sockets: count what goes over loopback devices, too */
	__u32 sampling;        /* one packet in so many is looked at; 0: all */
	__u32 sampling_seed;
	__u32 signals;        /* note how connections begin and fail (signals.h) */
	__u32 link_addresses; /* keep the MAC addresses */
};

#define MAX_FILTER_RULES 64
#define MAX_FILTER_INTERFACES 16384

/* All that is set has to fit; address and port: of either end. */
struct filter_rule {
	__be64 address[2], mask[2]; /* IPv4: in the low half of the second, as it stands on the wire */
	__be16 port;                /* 0: any */
	__u8 family;                /* of the address; 0: any address */
	__u8 protocols;             /* 1: one of these two */
	__u8 protocol[2];
	__u8 excludes;
	__u8 of_interfaces; /* 1: of those that filter_interfaces names */
};

/* Addresses and ports stand in the order of the wire. The lower endpoint (address, then port) is first. */
struct flow_key4 {
	__be32 address[2];
	__be16 port[2];
	__u8 protocol;
	__u8 later_fragment; /* 1: no ports, for this is not the first fragment (RFC 791 3.2, RFC 8200 4.5) */
	__be16 echo_id;      /* at interfaces: ICMP's, for NAT tells connections by it; else 0 */
};

struct flow_key6 {
	__be64 address[2][2];
	__be16 port[2];
	__u8 protocol;
	__u8 later_fragment;
	__be16 echo_id;
};

/* Which endpoint of a key opened the connection. */
enum client { CLIENT_UNKNOWN = 0, CLIENT_LOWER = 1, CLIENT_HIGHER = 2 };

enum evidence {
	EVIDENCE_NONE = 0,
	EVIDENCE_SYN = 1,
	EVIDENCE_LISTENER = 2,
	EVIDENCE_PAYLOAD = 3,
	EVIDENCE_KNOWN_PORT = 4,
};

/*
 * What packets of a connection are awaited for, `<< way` of the packet: way 0 goes from the lower endpoint to the
 * higher.
 */
enum awaited {
	AWAIT_ANSWER = 1, /* the client's first packet after a SYN and ACK */
	AWAIT_DATA = 4,   /* a segment with data, whose time is taken */
	AWAIT_ECHO = 16,  /* the acknowledgement of such a segment, which went the other way */
};
#define AWAIT_ANY (AWAIT_ANSWER | AWAIT_DATA | AWAIT_ECHO)
#define EITHER_WAY 3 /* times one of them */

/*
 * A connection in one generation. hook[i] = ifindex << 2 | direction << 1 | way, where way 0 goes from the lower
 * endpoint to the higher; 0 is a free slot. packets and bytes are the wire's, of this generation only.
 */
struct flow {
#ifdef __bpf__
	struct bpf_spin_lock lock; /* held to claim a slot, never to count */
#else
	__u32 lock;
#endif
	__u8 client;
	__u8 evidence;
	__u8 first;          /* 1: this generation is the first to meet the connection */
	__u8 awaited;        /* enum awaited */
	__u64 first_seen_ns; /* CLOCK_BOOTTIME */
	__u32 hook[SLOTS];
	__u32 packets[SLOTS]; /* a generation of 60 s at 71 million packets/s in one connection still fits */
	__u64 bytes[SLOTS];
};

/* What a connection keeps beyond a generation. Losing one loses no count. */
struct connection {
	__u64 first_seen_ns;
	__u8 client;
	__u8 evidence;
	__u8 untold;  /* 1: no generation's entry has said yet that it is new */
	__u8 awaited; /* of enum awaited, AWAIT_ANSWER */
	__u8 local;   /* 1: a socket of this node sends its packets */
	__u8 zero[3];
};

/* Why a packet could not be accounted to a connection. */
enum reason { NOT_IP = 0, TRUNCATED = 1, MALFORMED = 2, REASONS = 3 };

struct size {
	__u64 packets;
	__u64 bytes;
};

/* One of each CPU and generation. `accounted` is not here on purpose: it is the sum of the tables. */
struct ledger {
	struct size seen;
	struct size unparsed[REASONS];
	struct size filtered;
	struct size overflow_unlisted; /* overflow for which there was no bucket either */
	__u64 square_bytes;            /* with sampling: the sum of the squares of each skb's bytes on the wire */
	__u64 signals_lost;            /* packets whose signal found no room: they are accounted all the same */
	__u64 errors_lost;             /* the same of ICMP errors whose quote found no room */
};

/* Where the packets go that found the table full: totals stay exact, only the connection is lost. */
struct overflow_key {
	__u32 ifindex;
	__u8 generation;
	__u8 direction;
	__u8 protocol;
	__u8 family; /* 4 or 6 */
};

/* A way of a connection at an interface. Addresses as ::ffff:a.b.c.d, ports as on the wire. */
struct link_key {
	__be64 source[2], destination[2];
	__be16 source_port, destination_port;
	__u32 ifindex;
	__u8 protocol;
	__u8 zero[7];
};

/* In the order of the frame. */
struct link_addresses {
	__u8 destination[6], source[6];
};

/*
 * ICMP errors that passed a hook, by their own addresses and by what they quote of the packet that they are about:
 * where that is translated (NAT) so are they. Addresses as ::ffff:a.b.c.d, ports as on the wire.
 */
struct icmp_error {
	__be64 source[2], destination[2];
	__be64 quoted_source[2], quoted_destination[2];
	__be16 quoted_port[2];
	__be16 quoted_echo_id;
	__u8 quoted_protocol;
	__u8 zero;
	__u32 hook; /* ifindex << 2 | direction << 1 */
	__u32 zero2;
};

#define MAX_ICMP_ERRORS 4096

static_assert(sizeof(struct icmp_error) == 80, "icmp_error");
static_assert(sizeof(struct link_key) == 48, "link_key");
static_assert(sizeof(struct link_addresses) == 12, "link_addresses");
static_assert(sizeof(struct settings) == 32, "settings");
static_assert(sizeof(struct filter_rule) == 40, "filter_rule");
static_assert(sizeof(struct flow_key4) == 16, "flow_key4");
static_assert(sizeof(struct flow_key6) == 40, "flow_key6");
static_assert(sizeof(struct flow) == 112, "flow");
static_assert(sizeof(struct connection) == 16, "connection");
static_assert(sizeof(struct ledger) == 120, "ledger");
static_assert(sizeof(struct overflow_key) == 8, "overflow_key");
