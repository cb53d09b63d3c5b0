// SPDX-License-Identifier: GPL-2.0
// Finds the connections that are there before the programs, in all network namespaces, by the files of the tasks that
// this process can see: with the host's process ids, all.
// Hook: an iterator over the tasks' files (kernel 5.8), run once. It holds the file meanwhile, so that no socket is
// destroyed between the look at it and its entry: what becomes of it later finds the entry.
#include "lib/tcp.h"
#include "lib/tcp_late.h"

SEC("iter/task_file")
int tcp_open(struct bpf_iter__task_file *context)
{
	const struct file *file = context->file;
	if (!file || file->f_inode->i_sb->s_magic != SOCKFS_MAGIC)
		return 0;
	const struct socket *socket = file->private_data;
	const struct sock *sk = BPF_CORE_READ(socket, sk);
	if (!sk)
		return 0;
	__u16 family = BPF_CORE_READ(sk, __sk_common.skc_family);
	if ((family != AF_INET && family != AF_INET6) || BPF_CORE_READ(sk, sk_protocol) != IPPROTO_TCP)
		return 0;
	__u8 state = BPF_CORE_READ(sk, __sk_common.skc_state);
	if (state == TCP_STATE_CLOSE || state == TCP_STATE_LISTEN || connection_of(sk))
		return 0;
	return meet_late(sk);
}

char LICENSE[] SEC("license") = "GPL";
