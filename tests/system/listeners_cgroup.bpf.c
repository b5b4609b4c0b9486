// SPDX-License-Identifier: (GPL-2.0-only OR MIT)
/* Somebody else's programs on the hooks of a cgroup: they count their calls and change nothing. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

char _license[] SEC("license") = "Dual MIT/GPL";

__u64 sock_ops_calls;
__u64 connect4_calls;

SEC("sockops")
int other_sock_ops(struct bpf_sock_ops* ctx) {
    (void)ctx;
    __sync_fetch_and_add(&sock_ops_calls, 1);
    return 1;
}

SEC("cgroup/connect4")
int child_connect4(struct bpf_sock_addr* ctx) {
    (void)ctx;
    __sync_fetch_and_add(&connect4_calls, 1);
    return 1;
}
