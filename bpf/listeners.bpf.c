// SPDX-License-Identifier: GPL-2.0
// TCP sockets that listen, in all network namespaces, and the addresses of those namespaces that connections have.
// Hooks: an iterator over the files of the tasks that this process can see (kernel 5.8), run at the start and again
// where something is not known; and inet_sock_set_state, which tells of those that come and go.
#include "lib/bpf.h"
#include "lib/sock.h"
#include "shared/listener.h"

#define TCP_CLOSED 7
#define TCP_LISTENING 10
#define MAX_LISTENERS 65536
#define MAX_LOCAL_ADDRESSES 65536

/* By socket: several may listen at one address and port (SO_REUSEPORT). */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, MAX_LISTENERS);
	__type(key, __u64);
	__type(value, struct listener);
} listeners SEC(".maps");

/* Emptied before each run of the iterator, so that it tells what is there now. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, MAX_LOCAL_ADDRESSES);
	__type(key, struct local_address);
	__type(value, __u8);
} local_addresses SEC(".maps");

volatile struct listener_news news SEC(".data.news") = {};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct net___cookie {
	__u64 net_cookie; /* 5.14; 5.12 and 5.13 have it as a structure, which is larger */
};

#pragma clang attribute pop

static __always_inline void take_namespace(const struct sock *sk, struct namespace_id *id)
{
	struct net *net = BPF_CORE_READ(sk, __sk_common.skc_net.net);
	const struct net___cookie *with = (const void *)net;
	id->number = BPF_CORE_READ(net, ns.inum);
	if (bpf_core_field_exists(with->net_cookie) && bpf_core_field_size(with->net_cookie) == sizeof(id->cookie))
		id->cookie = BPF_CORE_READ(with, net_cookie);
}

/* A listening socket of IPv4 that takes any address has 0, and not ::ffff:0.0.0.0. */
static __always_inline void take_address(const struct sock *sk, __u32 *address)
{
	if (BPF_CORE_READ(sk, __sk_common.skc_family) == AF_INET6) {
		BPF_CORE_READ_INTO((struct in6_addr *)address, sk, __sk_common.skc_v6_rcv_saddr);
		return;
	}
	address[3] = BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr);
	if (address[3])
		address[2] = bpf_htonl(0xffff);
}

static __always_inline int is_tcp(const struct sock *sk)
{
	__u16 family = BPF_CORE_READ(sk, __sk_common.skc_family);
	return (family == AF_INET || family == AF_INET6) && BPF_CORE_READ(sk, sk_protocol) == IPPROTO_TCP;
}

static __always_inline void remove_listener(const struct sock *sk)
{
	__u64 key = (__u64)sk;
	if (!bpf_map_delete_elem(&listeners, &key))
		__sync_fetch_and_add(&news.changes, 1);
}

static __always_inline void add_listener(const struct sock *sk)
{
	__u64 key = (__u64)sk;
	struct listener new = { .port = BPF_CORE_READ(sk, __sk_common.skc_num) };

	new.ipv6 = BPF_CORE_READ(sk, __sk_common.skc_family) == AF_INET6;
	new.ipv4 = !new.ipv6 || !is_ipv6_only(sk);
	take_namespace(sk, &new.namespace_id);
	take_address(sk, new.address);
	/* listen() without bind(): the port is chosen after the state was told (inet_csk_listen_start). */
	if (!new.port || bpf_map_update_elem(&listeners, &key, &new, BPF_ANY))
		__sync_fetch_and_add(&news.unknown, 1);
	else
		__sync_fetch_and_add(&news.changes, 1);
}

SEC("iter/task_file")
int listeners_open(struct bpf_iter__task_file *context)
{
	const struct file *file = context->file;
	struct local_address own = {};
	__u8 there = 1;

	if (!file || file->f_inode->i_sb->s_magic != SOCKFS_MAGIC)
		return 0;
	const struct socket *socket = file->private_data;
	const struct sock *sk = BPF_CORE_READ(socket, sk);
	if (!sk || !is_tcp(sk))
		return 0;
	__u8 state = BPF_CORE_READ(sk, __sk_common.skc_state);
	if (state == TCP_LISTENING) {
		add_listener(sk);
		if (BPF_CORE_READ(sk, __sk_common.skc_state) != TCP_LISTENING)
			remove_listener(sk); /* it was closed meanwhile, and that may have been told before */
	} else if (state != TCP_CLOSED) {
		take_namespace(sk, &own.namespace_id);
		take_address(sk, own.address);
		bpf_map_update_elem(&local_addresses, &own, &there, BPF_ANY);
	}
	return 0;
}

SEC("tp_btf/inet_sock_set_state")
int listeners_state(__u64 *context)
{
	const struct sock *sk = (const struct sock *)context[0];
	int from = (int)context[1];
	int to = (int)context[2];

	if (to == TCP_LISTENING && is_tcp(sk))
		add_listener(sk);
	else if (from == TCP_LISTENING)
		remove_listener(sk);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
