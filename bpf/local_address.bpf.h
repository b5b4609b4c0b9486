/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
/*
 * Whether an address is this host's own, asked inside connect(), where no route is known yet and no helper tells: walk
 * the interfaces of the socket's network namespace as the kernel keeps them. Only connections to the status port of
 * a server on `*` come this far, so the walk may cost some microseconds. Offsets come from the running kernel's BTF.
 */
#ifndef ZDR_LOCAL_ADDRESS_BPF_H
#define ZDR_LOCAL_ADDRESS_BPF_H

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

struct in6_addr_words {
	__be32 words[4];
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct list_head {
	struct list_head *next;
};
struct net {
	struct list_head dev_base_head;
};
struct in_ifaddr {
	struct in_ifaddr *ifa_next;
	__be32 ifa_local;
};
struct in_device {
	struct in_ifaddr *ifa_list;
};
struct inet6_ifaddr {
	struct in6_addr_words addr;
	struct list_head if_list;
};
struct inet6_dev {
	struct list_head addr_list;
};
struct net_device {
	struct list_head dev_list;
	struct in_device *ip_ptr;
	struct inet6_dev *ip6_ptr;
};
typedef struct {
	struct net *net;
} possible_net_t;
struct sock_common {
	possible_net_t skc_net;
};
struct sock {
	struct sock_common __sk_common;
};
#pragma clang attribute pop

#define ZDR_LOCAL_STEPS 65536 /* interfaces and addresses looked at before giving up: then the address is not ours */

/* Where the walk is. Kernel pointers are numbers here: they are only ever read through bpf_core_read. */
struct address_walk {
	__be32 address[4];
	__u64 devices_end; /* the list's head, where the walk ends */
	__u64 device_link; /* the next interface's link in that list */
	__u64 item; /* the address to look at next: IPv4 in_ifaddr, or IPv6 list link; 0: go to the next interface */
	__u64 items_end; /* IPv6: the head of the interface's list of addresses */
	__u32 found;
};

static __always_inline int is_v4_mapped(const __be32 address[4])
{
	return !address[0] && !address[1] && address[2] == bpf_htonl(0xffff);
}

static __always_inline void enter_device(struct address_walk *walk)
{
	struct net_device *device = (void *)(walk->device_link - bpf_core_field_offset(struct net_device, dev_list));

	walk->item = 0;
	if (is_v4_mapped(walk->address)) {
		struct in_device *in_device = BPF_CORE_READ(device, ip_ptr);

		if (in_device)
			walk->item = (__u64)BPF_CORE_READ(in_device, ifa_list);
	} else {
		struct inet6_dev *inet6_dev = BPF_CORE_READ(device, ip6_ptr);

		if (inet6_dev) {
			walk->items_end = (__u64)inet6_dev + bpf_core_field_offset(struct inet6_dev, addr_list);
			walk->item = (__u64)BPF_CORE_READ(inet6_dev, addr_list.next);
		}
	}
	walk->device_link = (__u64)BPF_CORE_READ(device, dev_list.next);
}

static __always_inline void look_at_address(struct address_walk *walk)
{
	if (is_v4_mapped(walk->address)) {
		struct in_ifaddr *ifaddr = (void *)walk->item;

		walk->found = BPF_CORE_READ(ifaddr, ifa_local) == walk->address[3];
		walk->item = (__u64)BPF_CORE_READ(ifaddr, ifa_next);
	} else if (walk->item == walk->items_end) {
		walk->item = 0;
	} else {
		struct inet6_ifaddr *ifaddr =
		    (void *)(walk->item - bpf_core_field_offset(struct inet6_ifaddr, if_list));
		struct in6_addr_words addr = {};

		bpf_core_read(&addr, sizeof(addr), &ifaddr->addr);
		walk->found = addr.words[0] == walk->address[0] && addr.words[1] == walk->address[1] &&
			      addr.words[2] == walk->address[2] && addr.words[3] == walk->address[3];
		walk->item = (__u64)BPF_CORE_READ(ifaddr, if_list.next);
	}
}

static long walk_step(__u32 index, struct address_walk *walk)
{
	(void)index;
	if (walk->item)
		look_at_address(walk);
	else if (!walk->device_link || walk->device_link == walk->devices_end)
		return 1;
	else
		enter_device(walk);
	return walk->found != 0;
}

/* Whether address (IPv4 as ::ffff:a.b.c.d) belongs to an interface of the socket's network namespace, or is loopback.
 */
static __always_inline int is_local_address(struct bpf_sock *sk, const __be32 address[4])
{
	struct address_walk walk;
	struct sock *socket;
	struct net *net;

	if (is_v4_mapped(address) && (address[3] & bpf_htonl(0xff000000)) == bpf_htonl(0x7f000000))
		return 1;
	socket = (void *)bpf_skc_to_tcp_sock(sk);
	if (!socket)
		return 0;
	/*
	 * All zero, in a way that the verifier does not see: verifiers before Linux 6.7 look at one round of a loop
	 * only, and would take the first round's zeros for constants and remove the code for the other rounds.
	 */
	bpf_probe_read_kernel(&walk, sizeof(walk), NULL);
	walk.address[0] = address[0];
	walk.address[1] = address[1];
	walk.address[2] = address[2];
	walk.address[3] = address[3];
	net = BPF_CORE_READ(socket, __sk_common.skc_net.net);
	walk.devices_end = (__u64)net + bpf_core_field_offset(struct net, dev_base_head);
	walk.device_link = (__u64)BPF_CORE_READ(net, dev_base_head.next);
	bpf_loop(ZDR_LOCAL_STEPS, walk_step, &walk, 0);
	return walk.found;
}

#endif
