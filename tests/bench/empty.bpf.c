// SPDX-License-Identifier: (GPL-2.0-only OR MIT)
/* What a program costs that does nothing: the measure of one that does little. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

char _license[] SEC("license") = "Dual MIT/GPL";

SEC("tc")
int empty(struct __sk_buff* skb) {
    (void)skb;
    return -1;
}
