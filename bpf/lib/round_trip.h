/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Round-trip times of connections that pass through, from TCP's timestamps (RFC 7323): the time from a segment with
 * data to the packet that acknowledges it is the way from here to the end that it went to and back. Both ways together
 * are what the connection has.
 */
#pragma once

#include "signals.h"

#define AF_INET 2
#define AF_INET6 10

#define TCP_HEADER_BYTES 20
#define NOP_NOP_TIMESTAMPS be32_(0x0101080a) /* RFC 7323 appendix A: as nearly everybody sends them */
#define OPTION_END 0
#define OPTION_NOP 1
#define OPTION_TIMESTAMPS 8
#define TIMESTAMPS_BYTES 10
#define MAX_OPTIONS 10

struct timestamps {
	__u32 sequence, acknowledgement;
	__u32 value, echo; /* TSval, TSecr */
};

/*
 * What a socket of this node sends has it with it until a router or the other end takes it up (net/ipv4/ip_input.c,
 * ip_rcv_core()). So does what a virtual machine sends through a tap device, whose socket is of no address family.
 */
static __always_inline int is_of_socket(struct __sk_buff *skb)
{
#ifdef WITHOUT_SOCKETS /* of the benchmark: BPF_PROG_TEST_RUN gives each packet one */
	(void)skb;
	return 0;
#else
	struct bpf_sock *sk = skb->sk;

	return sk && (sk->family == AF_INET || sk->family == AF_INET6);
#endif
}

/* Those of a SYN, whose options stand in any order. 0: none. */
static __always_inline int find_timestamps(struct __sk_buff *skb, __u32 at, __u32 end, struct timestamps *to)
{
	struct {
		__u8 kind, length;
	} option;
	__be32 stamps[2];

	for (int i = 0; i < MAX_OPTIONS; i++) {
		if (at + TIMESTAMPS_BYTES > end || bpf_skb_load_bytes(skb, at, &option, sizeof(option)))
			return 0;
		if (option.kind == OPTION_TIMESTAMPS) {
			if (bpf_skb_load_bytes(skb, at + sizeof(option), stamps, sizeof(stamps)))
				return 0;
			to->value = be32_(stamps[0]);
			to->echo = be32_(stamps[1]);
			return 1;
		}
		if (option.kind == OPTION_END || (option.kind != OPTION_NOP && option.length < sizeof(option)))
			return 0;
		at += option.kind == OPTION_NOP ? 1 : option.length;
	}
	return 0;
}

/* 0: it has none, or not enough of it is there. */
static __always_inline int read_timestamps(struct __sk_buff *skb, const struct packet *p, struct timestamps *to)
{
	struct {
		__be32 ports, sequence, acknowledgement;
		__u8 offset, flags;
		__be16 window, checksum, urgent;
		__be32 options, value, echo;
	} tcp;

	if (bpf_skb_load_bytes(skb, p->upper_at, &tcp, sizeof(tcp)))
		return 0;
	to->sequence = be32_(tcp.sequence);
	to->acknowledgement = be32_(tcp.acknowledgement);
	__u32 bytes = (tcp.offset >> 4) * 4;
	if (bytes < sizeof(tcp))
		return 0;
	if (tcp.options == NOP_NOP_TIMESTAMPS) {
		to->value = be32_(tcp.value);
		to->echo = be32_(tcp.echo);
		return 1;
	}
	return find_timestamps(skb, p->upper_at + TCP_HEADER_BYTES, p->upper_at + bytes, to);
}

static __always_inline __u32 now_us(void)
{
	return (__u32)(bpf_ktime_get_boot_ns() / 1000) ?: 1;
}

/* What was measured before belongs to another connection with the same ports. */
static __always_inline void begin_round_trips(struct signals *signals)
{
	signals->round_trip_us[0] = signals->round_trip_us[1] = 0;
	WRITE_ONCE(signals->sent[0].at_us, 0);
	WRITE_ONCE(signals->sent[1].at_us, 0);
}

/* A SYN counts as a byte (RFC 9293 3.4). */
static __always_inline void time_segment(struct signals *signals, __u32 way, const struct timestamps *stamps,
					 __u32 bytes)
{
	struct sent_segment *sent = &signals->sent[way & 1];

	WRITE_ONCE(sent->at_us, 0); /* so that nobody reads half of it */
	WRITE_ONCE(sent->end, stamps->sequence + (bytes ?: 1));
	WRITE_ONCE(sent->timestamp, stamps->value);
	WRITE_ONCE(sent->at_us, now_us());
	signals->timed[way & 1]++;
}

/*
 * Of a packet that goes this way, what it says of the segment that went the other way. 1: nothing is left to wait for.
 *
 * The first packet that acknowledges the segment tells, if it echoes the segment's own timestamp. It echoes another if
 * the segment or one before it was sent more than once, or if the receiver acknowledges several at a time and this was
 * not the first of them (RFC 7323 4.3): then nothing is known.
 */
static __always_inline int take_echo(struct signals *signals, __u32 way, const struct timestamps *stamps)
{
	__u32 other = way ? 0 : 1;
	struct sent_segment *sent = &signals->sent[other];
	__u32 at_us = READ_ONCE(sent->at_us);

	if (!at_us)
		return 1;
	if ((__s32)(stamps->acknowledgement - READ_ONCE(sent->end)) < 0)
		return 0;
	if (stamps->echo == READ_ONCE(sent->timestamp) && READ_ONCE(sent->at_us) == at_us) {
		__u32 took_us = (now_us() - at_us) ?: 1;
		if (!signals->round_trip_us[other] || took_us < signals->round_trip_us[other])
			signals->round_trip_us[other] = took_us;
	}
	WRITE_ONCE(sent->at_us, 0);
	return 1;
}
