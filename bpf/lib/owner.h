/* SPDX-License-Identifier: GPL-2.0 */
/* Of a socket: between whom it is, in which cgroup it was made, and of a task: which process it is. */
#pragma once

#include "sock.h"
#include "shared/owner.h"

#define IPPROTO_UDP 17
#define PF_KTHREAD 0x00200000 /* include/linux/sched.h */
#define ROOT_CGROUP 1

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct task_struct {
	unsigned int flags;
	int tgid;
	struct task_struct *group_leader;
	__u64 start_time;
	char comm[COMMAND_BYTES];
};

struct kernfs_node {
	__u64 id;
};

struct cgroup {
	struct kernfs_node *kn;
};

/* From 5.15 on; before it is a pointer, or a number of cgroup 1 where bit 0 or 1 is set (sock_cgroup_ptr()). */
struct sock_cgroup_data___pointer {
	struct cgroup *cgroup;
};

struct sock___pointer {
	struct sock_cgroup_data___pointer sk_cgrp_data;
};

struct sock_cgroup_data___bits {
	__u64 val;
};

struct sock___bits {
	struct sock_cgroup_data___bits sk_cgrp_data;
};

#pragma clang attribute pop

/*
 * How a field is read: through a pointer that the verifier knows, which costs next to nothing, or by a helper where it
 * is only an address. `directly` is a constant.
 */
#define READ_BY(directly, pointer, field) ((directly) ? (pointer)->field : BPF_CORE_READ(pointer, field))

static __always_inline __u64 cgroup_of(const struct sock *sk, int directly)
{
	const struct sock___pointer *with_pointer = (const void *)sk;
	const struct sock___bits *with_bits = (const void *)sk;
	struct cgroup *cgroup;

	if (bpf_core_field_exists(with_pointer->sk_cgrp_data.cgroup)) {
		cgroup = READ_BY(directly, with_pointer, sk_cgrp_data.cgroup);
	} else if (bpf_core_field_exists(with_bits->sk_cgrp_data.val)) {
		__u64 bits = BPF_CORE_READ(with_bits, sk_cgrp_data.val);
		cgroup = bits & 3 ? NULL : (struct cgroup *)bits;
	} else {
		return 0;
	}
	return cgroup ? BPF_CORE_READ(cgroup, kn, id) : ROOT_CGROUP;
}

/* The name is the process's, and not that of one of its threads. */
static __always_inline void take_process(struct task_struct *task, struct process *to)
{
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);
	to->pid = BPF_CORE_READ(task, tgid);
	to->started_ns = BPF_CORE_READ(leader, start_time);
	bpf_core_read_str(to->command, sizeof(to->command), &leader->comm);
}

/* A port that is given back when the socket closes is still what it sent from (net/ipv4/inet_hashtables.c). */
static __always_inline void take_ports(const struct sock *sk, struct owned_socket *to, int directly)
{
	const struct inet_sock *inet = (const void *)sk;
	to->local_port = READ_BY(directly, sk, __sk_common.skc_num);
	if (!to->local_port)
		to->local_port = bpf_ntohs(BPF_CORE_READ(inet, inet_sport));
	to->remote_port = bpf_ntohs(READ_BY(directly, sk, __sk_common.skc_dport));
}

/* A socket of IPv6 that talks IPv4 has the other end mapped; its own may not be yet. */
static __always_inline void take_addresses(const struct sock *sk, struct owned_socket *to, int directly)
{
	const __u32 mapped = bpf_htonl(0xffff);
	if (to->ipv6) {
		if (directly) {
			__builtin_memcpy(to->remote, sk->__sk_common.skc_v6_daddr.in6_u.u6_addr32, 16);
			__builtin_memcpy(to->local, sk->__sk_common.skc_v6_rcv_saddr.in6_u.u6_addr32, 16);
		} else {
			BPF_CORE_READ_INTO((struct in6_addr *)to->remote, sk, __sk_common.skc_v6_daddr);
			BPF_CORE_READ_INTO((struct in6_addr *)to->local, sk, __sk_common.skc_v6_rcv_saddr);
		}
		if (to->remote[0] || to->remote[1] || to->remote[2] != mapped)
			return;
	}
	to->remote[0] = to->remote[1] = to->local[0] = to->local[1] = to->local[2] = 0;
	to->remote[2] = mapped;
	to->remote[3] = READ_BY(directly, sk, __sk_common.skc_daddr);
	to->local[3] = READ_BY(directly, sk, __sk_common.skc_rcv_saddr);
	if (to->local[3])
		to->local[2] = mapped;
}

/* Takes what a socket of TCP or UDP is; not its owner. */
static __always_inline void take_socket(const struct sock *sk, struct owned_socket *to, int directly)
{
	to->netns =
		directly ? sk->__sk_common.skc_net.net->ns.inum : BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
	to->protocol = READ_BY(directly, sk, sk_protocol);
	to->cgroup = cgroup_of(sk, directly);
	to->ipv6 = READ_BY(directly, sk, __sk_common.skc_family) == AF_INET6;
	take_ports(sk, to, directly);
	take_addresses(sk, to, directly);
	to->connected = to->remote_port != 0;
	to->ipv4 = !to->ipv6 || (!to->connected && !is_ipv6_only(sk));
}
