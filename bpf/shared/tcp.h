/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* What the programs of TCP's sockets write and user space reads. Include after shared/flow.h. */
#pragma once

enum tcp_role { TCP_ROLE_UNKNOWN = 0, TCP_ROLE_CLIENT = 1, TCP_ROLE_SERVER = 2 };

/* What became of the attempt to connect. NOT_SEEN: it was over before the socket was met. */
enum tcp_outcome { TCP_PENDING = 0, TCP_SUCCESS = 1, TCP_FAILURE = 2, TCP_NOT_SEEN = 3 };

/* Why an attempt failed. ABORTED: the program gave up before the first SYN was due to be sent again. */
enum tcp_error {
	TCP_NO_ERROR = 0,
	TCP_REFUSED = 1,
	TCP_TIMEOUT = 2,
	TCP_RESET = 3,
	TCP_HOST_UNREACHABLE = 4,
	TCP_NET_UNREACHABLE = 5,
	TCP_ABORTED = 6,
	TCP_OTHER_ERROR = 7,
	TCP_ERRORS = 8,
};

/* Why a segment was sent again. */
enum tcp_retransmit {
	TCP_RETRANSMIT_SYN = 0,
	TCP_RETRANSMIT_TIMEOUT = 1,
	TCP_RETRANSMIT_FAST = 2,
	TCP_RETRANSMIT_TAIL_LOSS_PROBE = 3,
	TCP_RETRANSMITS = 4, /* what no tracepoint explained is the rest of the total */
};

/* include/net/tcp_states.h. 0 is none of the kernel's: the socket is not there any more. */
enum tcp_socket_state {
	TCP_STATE_GONE = 0,
	TCP_STATE_ESTABLISHED = 1,
	TCP_STATE_SYN_SENT = 2,
	TCP_STATE_SYN_RECV = 3,
	TCP_STATE_CLOSE = 7,
	TCP_STATE_LISTEN = 10,
	TCP_STATE_NEW_SYN_RECV = 12,
};

/* The kernel's own totals of a socket's life, in segments (struct tcp_sock). */
struct tcp_totals {
	__u32 retransmits;
	__u32 lost;
	__u32 out_of_order;
	__u32 sent;     /* with data, each time that it was sent */
	__u32 spurious; /* sent again although it had arrived: the peer's duplicate SACKs tell (RFC 2883) */
};

/*
 * One connection as one of its sockets sees it, over its life. Everything that is counted is a total, never a
 * difference: so it does not matter how often a total is read, or by whom last.
 * Addresses are 16 bytes, IPv4 as ::ffff:a.b.c.d (RFC 4291 2.5.5.2), ports in the order of the host.
 */
struct tcp_connection {
	__u64 began_ns;       /* CLOCK_BOOTTIME; when the socket was met */
	__u64 established_ns; /* 0: not yet, or not seen */
	__u64 ended_ns;       /* 0: it lives */
	__u32 local[4];
	__u32 remote[4];
	__u16 local_port;
	__u16 remote_port;
	__u32 netns; /* inode of its network namespace */
	__u8 role;
	__u8 evidence; /* enum evidence, for the role */
	__u8 outcome;
	__u8 error;
	__u8 state;
	__u8 late; /* 1: it was there before the programs, so what came before is not known */
	__u16 zero;
	__u32 handshake_us; /* 0: unknown */
	__u32 srtt_us;      /* 0: no sample yet */
	__u32 rtt_min_us;   /* of the kernel's window of five minutes */
	__u32 rtt_variation_us;
	struct tcp_totals totals;
	struct tcp_totals before; /* what they were when a late one was met */
	__u32 retransmitted[TCP_RETRANSMITS];
	__u32 classified;   /* totals.retransmits as far as `retransmitted` holds it */
	__u32 zero_windows; /* times that the peer had no room */
	__u32 resets_sent;
	__u32 resets_received;
};

/* Who is at which end, as in struct tcp_connection: of a request, which has no socket of its own yet. */
struct tcp_ends {
	__u32 local[4];
	__u32 remote[4];
	__u16 local_port;
	__u16 remote_port;
	__u32 netns;
};

/* What a server sent again before there was a socket: a total, as in struct tcp_connection. */
struct tcp_request {
	__u64 first_ns;  /* CLOCK_BOOTTIME of its first SYN and ACK */
	__u64 newest_ns; /* of the newest */
	__u32 sent_again;
	__u32 before; /* of sent_again: what an earlier request with these ends had */
	__u32 over;   /* 1: it has become a connection */
	__u32 zero;
};

/* A kernel's address of a socket is used again, but not within a nanosecond. */
struct tcp_id {
	__u64 socket;
	__u64 began_ns;
};

struct tcp_record {
	__u64 socket;
	struct tcp_connection connection;
};

/* Of 176 bytes a connection, with the header. More of them end up in a table. */
#define TCP_ENDED_RING_BYTES (2 << 20)

/* Indices of tcp_losses. Below: attempts that found the table full, by role - 1 and error: counted, without their ends.
 */
enum tcp_loss {
	TCP_UNTRACKED = 0,
	TCP_ENDS_LOST = 2 * TCP_ERRORS, /* connections whose last account found its table full */
	TCP_LOSSES = 2 * TCP_ERRORS + 1,
};

static_assert(sizeof(struct tcp_totals) == 20, "tcp_totals");
static_assert(sizeof(struct tcp_connection) == 160, "tcp_connection");
static_assert(sizeof(struct tcp_record) == 168, "tcp_record");
static_assert(sizeof(struct tcp_ends) == 40, "tcp_ends");
static_assert(sizeof(struct tcp_request) == 32, "tcp_request");
