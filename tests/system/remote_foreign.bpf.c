// SPDX-License-Identifier: (GPL-2.0-only OR MIT)
/* Somebody else's programs. On tc: one counts packets and lets them on, one lets them pass and ends the chain, one puts
 * a VLAN tag on them. At sk_lookup: one gives every connection to port 2000 to one listener.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

char _license[] SEC("license") = "Dual MIT/GPL";

#define NEXT -1 /* TC_ACT_UNSPEC, TCX_NEXT */
#define PASS 0  /* TC_ACT_OK, TCX_PASS */

__u64 packets;
__u64 tagged_v4;
__u32 vlan_tag;

SEC("tc")
int other_count(struct __sk_buff* skb) {
    __sync_fetch_and_add(&packets, 1);
    if (skb->vlan_present && skb->protocol == bpf_htons(ETH_P_IP)) __sync_fetch_and_add(&tagged_v4, 1);
    return NEXT;
}

SEC("tc")
int other_pass(struct __sk_buff* skb) {
    (void)skb;
    __sync_fetch_and_add(&packets, 1);
    return PASS;
}

SEC("tc")
int other_tag(struct __sk_buff* skb) {
    bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021Q), (__u16)vlan_tag);
    return NEXT;
}

struct {
    __uint(type, BPF_MAP_TYPE_SOCKMAP);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, __u64);
} other_listener SEC(".maps");

SEC("sk_lookup")
int other_lookup(struct bpf_sk_lookup* ctx) {
    __u32 zero = 0;
    struct bpf_sock* sk;

    if (ctx->local_port != 2000) return SK_PASS;
    sk = bpf_map_lookup_elem(&other_listener, &zero);
    if (!sk) return SK_PASS;
    bpf_sk_assign(ctx, sk, BPF_SK_LOOKUP_F_REPLACE);
    bpf_sk_release(sk);
    return SK_PASS;
}
