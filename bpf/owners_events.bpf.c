// SPDX-License-Identifier: GPL-2.0
// Tells who called and who closed a TCP connection, which may have come and gone between two looks at the tasks' files.
// Hooks: inet_sock_set_state and tcp_destroy_sock. Both run with the socket's lock held. Where a process holds it, and
// not the interrupt that a packet came with, that is the one that runs.
#include "lib/bpf.h"
#include "lib/owner.h"

#define TCP_ESTABLISHED 1
#define TCP_SYN_SENT 2
#define TCP_FIN_WAIT1 4
#define TCP_CLOSED 7
#define TCP_LAST_ACK 9
#define ECONNABORTED 103
#define MAX_CALLING 65536
#define MAX_TOLD 262144

/* Who called, by socket, until its local port is known (net/ipv4/tcp_ipv4.c, tcp_v4_connect). */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, MAX_CALLING);
	__type(key, __u64);
	__type(value, struct process);
} owners_calling SEC(".maps");

/* Never written again, so user space takes from it what it finds, at any time. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, MAX_TOLD);
	__type(key, struct owner_event);
	__type(value, struct owned_socket);
} owners_told SEC(".maps");

/* What found no room. */
volatile __u64 owners_lost SEC(".data.lost") = 0;

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct {
	int owned;
} socket_lock_t;

struct socket___file {
	struct file *file;
};

struct sock___held {
	socket_lock_t sk_lock;
	struct socket___file *sk_socket;
};

#pragma clang attribute pop

/* The process that does something with the socket now, if it is one. */
static __always_inline int take_caller(const struct sock *sk, struct process *to)
{
	const struct sock___held *held = (const void *)sk;
	struct task_struct *task = (void *)bpf_get_current_task();
	if (!held->sk_lock.owned || BPF_CORE_READ(task, flags) & PF_KTHREAD)
		return 0;
	take_process(task, to);
	return 1;
}

static __noinline void tell(const struct sock *sk, const struct process *owner)
{
	struct owner_event event = { .socket = (__u64)sk, .at_ns = bpf_ktime_get_boot_ns() };
	struct owned_socket told = {};
	take_socket(sk, &told, 1);
	told.owner = *owner;
	if (told.local_port && told.remote_port && bpf_map_update_elem(&owners_told, &event, &told, BPF_ANY))
		__sync_fetch_and_add(&owners_lost, 1);
}

/* A socket that the kernel made for itself has no file: whoever runs has nothing to do with it. */
static __always_inline void call(const struct sock *sk)
{
	const struct sock___held *held = (const void *)sk;
	__u64 key = (__u64)sk;
	struct process caller = {};
	if (!BPF_CORE_READ(held, sk_socket, file) || !take_caller(sk, &caller))
		return;
	if (bpf_map_update_elem(&owners_calling, &key, &caller, BPF_ANY))
		__sync_fetch_and_add(&owners_lost, 1);
}

static __always_inline void tell_caller(const struct sock *sk)
{
	__u64 key = (__u64)sk;
	struct process *caller = bpf_map_lookup_elem(&owners_calling, &key);
	if (!caller)
		return;
	tell(sk, caller);
	bpf_map_delete_elem(&owners_calling, &key);
}

SEC("tp_btf/inet_sock_set_state")
int owners_state(__u64 *context)
{
	const struct sock *sk = (const struct sock *)context[0];
	int to = (int)context[2];
	struct process closer = {};

	if (sk->sk_protocol != IPPROTO_TCP)
		return 0;
	if (to == TCP_SYN_SENT)
		call(sk);
	else if (to == TCP_ESTABLISHED || to == TCP_CLOSED)
		tell_caller(sk);
	else if ((to == TCP_FIN_WAIT1 || to == TCP_LAST_ACK) && take_caller(sk, &closer))
		tell(sk, &closer); /* close() or shutdown() */
	return 0;
}

/* close() of one that was closed already, or closes it with a reset. ECONNABORTED: somebody else does (ss -K). */
SEC("tp_btf/tcp_destroy_sock")
int owners_destroy(__u64 *context)
{
	const struct sock *sk = (const struct sock *)context[0];
	struct process closer = {};
	__u64 key = (__u64)sk;

	bpf_map_delete_elem(&owners_calling, &key);
	if (sk->sk_err != ECONNABORTED && take_caller(sk, &closer))
		tell(sk, &closer);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
