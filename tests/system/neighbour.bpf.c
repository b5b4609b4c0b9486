// SPDX-License-Identifier: (GPL-2.0-only OR MIT)
/* Somebody else's program on a hook that zdr uses: counts IPv4 connects and remembers the port. Lets all of them pass.
 */
#include <linux/bpf.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

char _license[] SEC("license") = "Dual MIT/GPL";

__u64 connects;
__u64 last_port;

SEC("cgroup/connect4")
int other_connect4(struct bpf_sock_addr* ctx) {
    __sync_fetch_and_add(&connects, 1);
    last_port = bpf_ntohs(ctx->user_port);
    return 1;
}
