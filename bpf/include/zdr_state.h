/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
/*
 * The state of a server, as group zdr may write it: what decides, and beside it who flipped it and why.
 * No member of the group can stop the others by what it may do to these maps. The states are an array, which can be
 * neither filled nor emptied, of values with a lock, which the kernel does not let anybody freeze. Who and why can be
 * lost, and cost no verdict.
 * There are two maps of each, and zdr_meta.side says which are in force: a load makes the other ones new, copies what
 * is there, and changes sides in one step. So whoever has an old one open, and has left the group, writes in vain.
 */
#ifndef ZDR_STATE_H
#define ZDR_STATE_H

#include <linux/bpf.h>
#include <linux/types.h>

#ifndef __cplusplus
#define static_assert _Static_assert
#endif
#define ZDR_ASSERT_SIZE(type, size) static_assert(sizeof(type) == (size), #type)

/* zdr_meta.side */
#define ZDR_SIDE_A 0u
#define ZDR_SIDE_B 1u
#define ZDR_MAP_STATES_A "zdr_state_a"
#define ZDR_MAP_STATES_B "zdr_state_b"
#define ZDR_MAP_FLIPS_A "zdr_flips_a"
#define ZDR_MAP_FLIPS_B "zdr_flips_b"

#define ZDR_READY 0u
#define ZDR_DRAIN 1u
#define ZDR_MAINT 2u

/* zdr_state.flags */
#define ZDR_UNTIL_LISTENING 1u /* the state ends once a socket has begun to listen where the app is, since the flip */

/* zdr_state_a and _b, arrays by slot: written and read whole (BPF_F_LOCK). All zero: ready, and never flipped. */
struct zdr_state {
	struct bpf_spin_lock lock;
	__u8 state;
	__u8 flags;
	__u16 flip;		    /* number of the flip that made it, of which zdr_flip tells; 0: none */
	__u64 expires_boot_ms : 48; /* CLOCK_BOOTTIME at which the state ends, and it is ready again; 0: never */
	__u64 active_port : 16;	    /* where the app is, one of the server's instances (host byte order); 0: app port */
};

/* The key of what is kept by slot in a trie, of one length, since a trie takes no memory while it is empty. */
struct zdr_slot_key {
	__u32 prefix_bits; /* 32 */
	__u32 slot;
};

#define ZDR_BY_SIZE 32	    /* bytes of the name of the user who flipped a server, NUL included */
#define ZDR_REASON_SIZE 112 /* bytes of a flip's reason, NUL included */

/* zdr_flips_a and _b, tries by slot: who made the flip, and why. */
struct zdr_flip {
	__u64 since_boot_ns; /* CLOCK_BOOTTIME of the flip */
	__u64 since_unix_ns; /* CLOCK_REALTIME of the flip */
	/* The process that restarts the server and holds the state meanwhile; pid 0: nobody. */
	__u64 holder_birth; /* start of that process, in clock ticks since boot: a pid is given again */
	__u32 holder_pid;
	__u32 holder_pid_ns; /* inode of the PID namespace that the pid is of */
	__u32 uid;	     /* who flipped */
	char by[ZDR_BY_SIZE];
	char reason[ZDR_REASON_SIZE];
	__u16 flip; /* its number; what another one has is not told of this flip */
	__u16 zero;
};

ZDR_ASSERT_SIZE(struct zdr_state, 16);
ZDR_ASSERT_SIZE(struct zdr_slot_key, 8);
ZDR_ASSERT_SIZE(struct zdr_flip, 184);

#endif
