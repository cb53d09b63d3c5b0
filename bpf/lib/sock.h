/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The fields of the kernel's own structures that the programs of TCP read. Their places differ from kernel to kernel:
 * libbpf finds them by name in the running kernel's BTF (CO-RE). All are there from 5.10 to 7.2.
 */
#pragma once

#include "bpf.h"

#define AF_INET 2
#define AF_INET6 10
#define IPPROTO_TCP 6
#define SOCKFS_MAGIC 0x534f434b /* include/uapi/linux/magic.h */

/* include/net/tcp.h, include/net/inet_connection_sock.h */
#define TCP_CA_RECOVERY 3
#define TCP_CA_LOSS 4
#define ICSK_TIME_LOSS_PROBE 5
#define TCPCB_LOST 0x04

/* include/uapi/linux/errqueue.h */
#define SO_EE_ORIGIN_ICMP 2
#define SO_EE_ORIGIN_ICMP6 3

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct in6_addr {
	union {
		__u32 u6_addr32[4];
	} in6_u;
};

struct ns_common {
	unsigned int inum;
};

struct net {
	struct ns_common ns;
};

typedef struct {
	struct net *net;
} possible_net_t;

struct sock_common___flags {
	unsigned char skc_ipv6only : 1;
};

struct sock___flags {
	struct sock_common___flags __sk_common;
};

struct sock_common {
	__be32 skc_daddr;
	__be32 skc_rcv_saddr;
	__be16 skc_dport;
	__u16 skc_num;
	unsigned short skc_family;
	volatile unsigned char skc_state;
	possible_net_t skc_net;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
};

struct sk_buff {
	__u16 transport_header;
	unsigned char *head;
	char cb[48];
};

struct tcp_skb_cb {
	__u8 sacked;
};

struct sk_buff_head {
	struct sk_buff *prev;
	__u32 qlen;
};

struct sock_extended_err {
	__u32 ee_errno;
	__u8 ee_origin;
};

struct sock_exterr_skb {
	struct sock_extended_err ee;
};

struct sock {
	struct sock_common __sk_common;
	int sk_err;
	int sk_err_soft;
	struct sk_buff_head sk_error_queue;
	__u32 sk_max_ack_backlog;
	__u16 sk_protocol;
};

struct inet_sock {
	struct sock sk;
	__be16 inet_sport;
};

struct inet_bind_bucket {
	signed char fastreuse;
};

struct inet_connection_sock {
	struct inet_sock icsk_inet;
	struct inet_bind_bucket *icsk_bind_hash;
	__u8 icsk_ca_state : 5;
	__u8 icsk_pending;
};

struct minmax_sample {
	__u32 t;
	__u32 v;
};

struct minmax {
	struct minmax_sample s[3];
};

struct tcp_sock {
	struct inet_connection_sock inet_conn;
	__u32 srtt_us; /* << 3 */
	__u32 mdev_us; /* << 2 */
	struct minmax rtt_min;
	__u32 snd_wnd;
	__u32 total_retrans;
	__u32 lost;
	__u32 rcv_ooopack;
	__u32 data_segs_out;
	__u32 dsack_dups;
};

struct super_block {
	unsigned long s_magic;
};

struct inode {
	struct super_block *i_sb;
};

struct file {
	struct inode *f_inode;
	void *private_data;
};

struct socket {
	struct sock *sk;
};

struct bpf_iter_meta {
	struct seq_file *seq;
};

#pragma clang attribute pop

/* Contexts, not structures of the kernel: each field is a place of its own. */
struct bpf_iter__bpf_map_elem {
	struct bpf_iter_meta *meta;
	struct bpf_map *map;
	void *key;
	void *value;
};

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	__u32 fd;
	__u32 zero;
	struct file *file;
};

#include <bpf/bpf_core_read.h>

/* Of a socket of IPv6: it does not take what comes by IPv4. */
static __always_inline int is_ipv6_only(const struct sock *sk)
{
	const struct sock___flags *flags = (const void *)sk;
	return BPF_CORE_READ_BITFIELD_PROBED(flags, __sk_common.skc_ipv6only);
}
