/* SPDX-License-Identifier: GPL-2.0 */
/* One packet on its way to its count. */
#pragma once

#include "bpf.h"
#include "shared/flow.h"
#include "packet.h"

/* UNDECIDED: the filter is to be asked whether the packet is to be counted here. */
enum outcome { IN_TABLE, OVERFLOWED, UNDECIDED, FILTERED };

/* What a packet tells of its connection, as bits. */
enum signal {
	SIGNAL_TURN = 1, /* how it begins or fails */
	SIGNAL_DATA = 2, /* its data is to be acknowledged */
	SIGNAL_ECHO = 4, /* it may acknowledge data */
};

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
