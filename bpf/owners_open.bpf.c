// SPDX-License-Identifier: GPL-2.0
// Tells which process has which socket of TCP or UDP: each pair once, as often as the process has it as a file.
// Hook: an iterator over the files of the tasks that this process can see (kernel 5.8), run once an interval.
#include "lib/bpf.h"
#include "lib/owner.h"

#define TCP_CLOSED 7

SEC("iter/task_file")
int owners_open(struct bpf_iter__task_file *context)
{
	const struct file *file = context->file;
	struct task_struct *task = context->task;
	struct owned_socket record = {};

	if (!file || !task || file->f_inode->i_sb->s_magic != SOCKFS_MAGIC)
		return 0;
	const struct socket *socket = file->private_data;
	const struct sock *sk = BPF_CORE_READ(socket, sk);
	if (!sk)
		return 0;
	__u16 family = BPF_CORE_READ(sk, __sk_common.skc_family);
	__u16 protocol = BPF_CORE_READ(sk, sk_protocol);
	if ((family != AF_INET && family != AF_INET6) || (protocol != IPPROTO_TCP && protocol != IPPROTO_UDP))
		return 0;
	if (protocol == IPPROTO_TCP && BPF_CORE_READ(sk, __sk_common.skc_state) == TCP_CLOSED)
		return 0; /* of a closed one it would not be known when it was closed */
	take_socket(sk, &record, 0);
	if (!record.local_port)
		return 0;  /* nothing has left by it, and nothing comes to it */
	barrier_var(task); /* else clang adds the place of a field to it before it is known not to be null */
	take_process(task, &record.owner);
	bpf_seq_write(context->meta->seq, &record, sizeof(record));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
