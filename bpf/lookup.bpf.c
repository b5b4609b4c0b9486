// SPDX-License-Identifier: (GPL-2.0-only OR MIT)
/*
 * The refusal of a drained status port, where the kernel looks for a listening socket in this network namespace: found
 * to be none, whatever listens there, so the kernel answers as for a closed port. Connections that the ingress program
 * has given a socket do not come here.
 */
#include <linux/bpf.h>
#include <linux/in.h>
#include <bpf/bpf_helpers.h>

#include "redirect.bpf.h"

char _license[] SEC("license") = "Dual MIT/GPL";

#define AF_INET6 10

SEC("sk_lookup")
int zdr_lookup(struct bpf_sk_lookup *ctx)
{
	/* Both kinds are read, then one is taken: the verifier refuses a pointer into the context that is chosen first.
	 */
	__be32 v4[4] = {0, 0, bpf_htonl(0xffff), ctx->local_ip4};
	__be32 v6[4] = {ctx->local_ip6[0], ctx->local_ip6[1], ctx->local_ip6[2], ctx->local_ip6[3]};
	__be16 port = bpf_htons(ctx->local_port);
	struct zdr_target *target;

	if (ctx->protocol != IPPROTO_TCP || !is_status_port(port))
		return SK_PASS;
	target = find_target(ctx->family == AF_INET6 ? v6 : v4, port);
	return target && decide(target) == ZDR_REFUSE ? SK_DROP : SK_PASS;
}
