/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
/*
 * The kernel's own records of TCP sockets, as far as the programs read them; offsets come from the running kernel's
 * BTF. And what every iterator over sockets asks first.
 */
#ifndef ZDR_TCP_SOCK_BPF_H
#define ZDR_TCP_SOCK_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "maps.bpf.h"
#include "netns.bpf.h"

#define AF_INET 2
#define AF_INET6 10

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct in6_addr {
	union {
		__be32 u6_addr32[4];
	} in6_u;
};
struct sock_common {
	__be32 skc_daddr;
	__be32 skc_rcv_saddr;
	__be16 skc_dport;
	__u16 skc_num; /* the local port, in host byte order */
	unsigned short skc_family;
	volatile unsigned char skc_state;
	possible_net_t skc_net;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
};
struct inet_connection_sock {
	struct {
		__u32 lrcvtime;
	} icsk_ack;
	void *icsk_ulp_data;
};
struct tcp_sock {
	struct inet_connection_sock inet_conn;
	__u64 bytes_received;
	__u64 bytes_sent;
	__u32 rcv_nxt;
	__u32 copied_seq;
	__u32 snd_una;
	__u32 snd_wl1;
	__u32 write_seq;
	__u32 lsndtime;
	_Bool is_mptcp;
};
struct mptcp_subflow_context {
	__u32 token;
};
struct mptcp_sock {
};
struct seq_file {
	__u64 size;
	__u64 count;
	void *private;
};
struct bpf_iter_meta {
	struct seq_file *seq;
};
struct bpf_iter__tcp {
	struct bpf_iter_meta *meta;
	struct sock_common *sk_common;
};
struct sock {
	struct sock_common __sk_common;
};
struct socket {
	struct sock *sk;
};
struct file {
};
struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct file *file;
};
#pragma clang attribute pop

/* Of the network namespace that is served; an iterator may be read in another. */
static __always_inline int is_served(const struct sock_common *skc)
{
	return is_served_net(skc->skc_net);
}

/* The socket's own address, IPv4 as ::ffff:a.b.c.d. */
static __always_inline void write_local_address(__be32 address[4], const struct sock_common *skc)
{
	if (skc->skc_family == AF_INET6 && bpf_core_field_exists(skc->skc_v6_rcv_saddr))
		copy_address(address, skc->skc_v6_rcv_saddr.in6_u.u6_addr32);
	else
		map_v4(address, skc->skc_rcv_saddr);
}

/*
 * The local or remote address that a context has. Both families are read, then one is taken: clang would merge reads in
 * two branches into one through a computed pointer, which the verifier refuses.
 */
#define read_address(address, ctx, side)                                                                               \
	do {                                                                                                           \
		__be32 v4 = *(const volatile __u32 *)&(ctx)->side##_ip4;                                               \
		__be32 v6[4] = {                                                                                       \
		    *(const volatile __u32 *)&(ctx)->side##_ip6[0],                                                    \
		    *(const volatile __u32 *)&(ctx)->side##_ip6[1],                                                    \
		    *(const volatile __u32 *)&(ctx)->side##_ip6[2],                                                    \
		    *(const volatile __u32 *)&(ctx)->side##_ip6[3],                                                    \
		};                                                                                                     \
		if ((ctx)->family == AF_INET6)                                                                         \
			copy_address(address, v6);                                                                     \
		else                                                                                                   \
			map_v4(address, v4);                                                                           \
	} while (0)

#endif
