/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* What listeners.bpf.c writes and user space reads. Include after the kernel's types. */
#pragma once

#if !defined(__cplusplus) && !defined(static_assert)
#define static_assert _Static_assert
#endif

/* A network namespace. Numbers of namespaces are given again to others, cookies (kernel 5.14; 0: none) are not. */
struct namespace_id {
	__u64 cookie;
	__u32 number;
	__u32 zero;
};

/* A listening TCP socket. Addresses are in the order of the wire, IPv4 as ::ffff:a.b.c.d; all 0: any. */
struct listener {
	struct namespace_id namespace_id;
	__u32 address[4];
	__u16 port;
	__u8 ipv4; /* 1: takes connections of IPv4 */
	__u8 ipv6;
	__u32 zero;
};

/* An address that a connection's socket has as its own. */
struct local_address {
	struct namespace_id namespace_id;
	__u32 address[4];
};

struct listener_news {
	__u32 changes; /* grows with each listener that comes or goes */
	__u32 unknown; /* grows with each that came and could not be kept */
};

static_assert(sizeof(struct listener) == 40, "listener");
static_assert(sizeof(struct local_address) == 32, "local_address");
