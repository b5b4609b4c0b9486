/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
/* A network namespace as the kernel's own records have it; offsets come from the running kernel's BTF. */
#ifndef ZDR_NETNS_BPF_H
#define ZDR_NETNS_BPF_H

#include "maps.bpf.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct net {
	__u64 net_cookie;
};
typedef struct {
	struct net *net;
} possible_net_t;
#pragma clang attribute pop

/* A macro, so that the verifier sees one chain of reads from the record that has the namespace. */
#define is_served_net(of) ((of).net->net_cookie == zdr_netns_cookie)

#endif
