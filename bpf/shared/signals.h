/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* What passing packets tell of how connections begin and fail, which user space reads. Include after shared/flow.h. */
#pragma once

/* Why ICMP says that a packet did not arrive (RFC 792, RFC 1122 3.2.2.1, RFC 1812 5.2.7.1, RFC 4443 3.1). */
enum unreachable {
	UNREACHABLE_NOT = 0,
	UNREACHABLE_NET = 1,
	UNREACHABLE_HOST = 2,
	UNREACHABLE_PORT = 3,
	UNREACHABLE_PROTOCOL = 4,
	UNREACHABLE_PROHIBITED = 5,
	UNREACHABLE_OTHER = 6,
};

/*
 * A segment with data that went one way and is not acknowledged yet. The acknowledgement that echoes its timestamp was
 * sent for it and for no other sending of the same bytes (RFC 7323 4.3).
 */
struct sent_segment {
	__u32 at_us;     /* CLOCK_BOOTTIME, lower half; 0: there is none */
	__u32 end;       /* the sequence number behind it */
	__u32 timestamp; /* TSval */
};

/* Segments whose time is taken in a generation, each way: the least shows what delayed acknowledgements add. */
#define MAX_TIMED 8

/*
 * Of one connection in one generation, whose key is a flow_key6 (IPv4 as ::ffff:a.b.c.d, RFC 4291 2.5.5.2). Times are
 * CLOCK_BOOTTIME, when the packet came to the first hook that saw it; 0: none in this generation.
 */
struct signals {
	__u64 syn_ns;
	__u64 last_syn_ns; /* as syn_ns, or sent again */
	__u64 syn_ack_ns;
	__u64 ack_ns; /* the client's first packet after the SYN and ACK */
	__u64 reset_ns;
	/* A packet that crosses several hooks is counted at the first that saw one of its kind. */
	__u32 reset_hook[2]; /* by way */
	__u32 resets[2];
	__u32 unreachable_hook;
	__u32 unreachables;
	__u8 client;          /* enum client, as a SYN told, of this generation or an earlier one */
	__u8 unreachable;     /* enum unreachable, of the first */
	__u8 unreachable_way; /* of the packet that did not arrive */
	__u8 evidence;        /* enum evidence, for the client */
	__u8 timed[2];        /* by way: segments whose time was taken */
	__u8 zero[2];
	struct sent_segment sent[2]; /* by way */
	__u32 round_trip_us[2];      /* least from a segment of that way to its acknowledgement; 0: unknown */
};

static_assert(sizeof(struct signals) == 104, "signals");
