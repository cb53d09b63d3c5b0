/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* What the programs of sockets' owners write and user space reads. Include after the kernel's types. */
#pragma once

#if !defined(__cplusplus) && !defined(static_assert)
#define static_assert _Static_assert
#endif

#define COMMAND_BYTES 16 /* include/linux/sched.h, TASK_COMM_LEN */

/* A number of a process is given again, but not with the same start. */
struct process {
	__u64 started_ns; /* CLOCK_MONOTONIC */
	__u32 pid;        /* in the first pid namespace */
	__u32 zero;
	char command[COMMAND_BYTES];
};

/* Addresses are in the order of the wire, IPv4 as ::ffff:a.b.c.d; a local one of 0: any. Ports are in the host's. */
struct owned_socket {
	__u32 local[4];
	__u32 remote[4];
	__u16 local_port;
	__u16 remote_port;
	__u32 netns;  /* inode of its network namespace */
	__u64 cgroup; /* id of the one that it was made in; 0: the kernel does not tell */
	__u8 protocol;
	__u8 connected; /* 0: it listens (TCP), or takes what comes from anybody (UDP) */
	__u8 ipv4;      /* of one that is not connected: it takes what comes by IPv4 */
	__u8 ipv6;
	__u32 zero;
	struct process owner;
};

/* Who called, or closed, and when (CLOCK_BOOTTIME). A kernel's address of a socket is used again, but not at once. */
struct owner_event {
	__u64 socket;
	__u64 at_ns;
};

static_assert(sizeof(struct process) == 32, "process");
static_assert(sizeof(struct owned_socket) == 88, "owned_socket");
