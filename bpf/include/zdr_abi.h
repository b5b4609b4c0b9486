/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
/*
 * What zdr's kernel programs and user space agree on: map keys and values, names, limits.
 * Every record has the same size and layout on both sides; padding is named and zero. Numbers on the wire's side
 * of a connection (ports, addresses) are in network byte order, everything else in host byte order.
 * Change a record, and ZDR_ABI_VERSION changes with it: programs of another version refuse to touch the maps.
 */
#ifndef ZDR_ABI_H
#define ZDR_ABI_H

#include <linux/bpf.h>
#include <linux/types.h>

#include "zdr_state.h"
#include "zdr_ways.h"

#define ZDR_ABI_VERSION 4
#define ZDR_OLDEST_ABI 1 /* whose servers and states a load carries over */

#define ZDR_MAX_SERVERS 65536
#define ZDR_MAX_REDIRECTS 1048576
#define ZDR_ADDRESS_WORDS 9  /* of 4 bytes for the addresses of one server: IPv4 takes one, IPv6 four */
#define ZDR_NAME_SIZE 64     /* bytes of a server's or backend's name, the final NUL included */
#define ZDR_PATH_SIZE 256    /* bytes of the path of the cgroup the hooks are attached to, NUL included */
#define ZDR_HAPROXY_SIZE 512 /* bytes of the sockets of HAProxy, NUL included */

/* Kernel names of the maps, and of their pins in the state directory. At most 15 characters. */
#define ZDR_MAP_META "zdr_meta"
#define ZDR_MAP_PORTS "zdr_ports"
#define ZDR_MAP_REDIRECTS "zdr_redirects"
#define ZDR_MAP_REDIRECT_TRIE "zdr_redirect"
#define ZDR_MAP_SERVERS "zdr_servers"
#define ZDR_MAP_SETTINGS "zdr_settings"
#define ZDR_MAP_CHECKS "zdr_checks"
#define ZDR_MAP_OVERFLOW "zdr_overflow"
#define ZDR_MAP_FLOWS "zdr_flows"
#define ZDR_MAP_SOCKETS "zdr_sockets"
#define ZDR_MAP_LOCAL_CHECK "zdr_local_check"
#define ZDR_MAP_LISTENERS "zdr_listeners"
#define ZDR_MAP_LISTENING "zdr_listening"
#define ZDR_MAP_ACTIVITY "zdr_activity"

#define ZDR_START_LAST 3u /* zdr_server.start beside the states: the one that the server had when zdr was unloaded */

/* zdr_server.published */
#define ZDR_PUBLISHED_AUTO 0u
#define ZDR_PUBLISHED_YES 1u
#define ZDR_PUBLISHED_NO 2u

/* Which of a server's ports a redirect is (zdr_target.role). */
#define ZDR_STATUS_PORT 0u
#define ZDR_BACKUP_STATUS_PORT 1u
#define ZDR_TRAFFIC_PORT 2u /* its app port: connections go to the instance that is active */

/* zdr_target.flags */
#define ZDR_ANY_ADDRESS 1u /* the server is on every address of this host; others' addresses are not ours */
#define ZDR_PUBLISHED 2u   /* the app port is published from a container: remote checks are rewritten before NAT */
#define ZDR_HAS_WAYS 4u	   /* the server has an entry in zdr_ways */
#define ZDR_DRAINED 8u	   /* of a connection, not of a redirect: it was led to the drain port */

/* zdr_meta, an array of one: what was loaded, where. Written by user space alone. */
struct zdr_meta {
	__u32 abi;
	__u16 may_rewrite;   /* 1: some server is published, or nothing listened on its app port at the latest load */
	__u16 is_changing;   /* 1: who holds the lock replaces the servers; zdr_servers and the redirects may differ */
	__u64 netns_cookie;  /* of the network namespace that is served */
	__u32 side;	     /* which of the maps of states is in force (zdr_state.h) */
	__u32 pid_namespace; /* the inode of the one that processes of checkers are counted in; 0: the first */
	char cgroup[ZDR_PATH_SIZE];
	char haproxy[ZDR_HAPROXY_SIZE]; /* sockets of HAProxy that waits ask, each ended by a newline */
};

/*
 * zdr_ports, an array indexed by port (host byte order) / 64: a bit for each port that is some server's. It is all that
 * everybody else's connections pay for.
 */
#define ZDR_PORT_WORDS 1024
struct zdr_port_bits {
	__u64 connect; /* some redirect is on this port */
	__u64 bind;    /* ... on an address of this host: a new bind to all addresses is refused as well */
	__u64 app;     /* some server's app port, or one of its instances, or its drain port */
};

/*
 * A redirect: longest-prefix match on port and address, so that one look-up prefers the server on that very address to
 * the server on every address. The trie sits in zdr_redirects, an array of one map, and is replaced whole: a change
 * of many servers is one atomic step.
 */
#define ZDR_PREFIX_PORT 32u	/* bits: port and zero; the server on every address */
#define ZDR_PREFIX_ADDRESS 160u /* bits: ... and the address */
struct zdr_redirect_key {
	__u32 prefix_bits;
	__be16 port;
	__u16 zero;
	__be32 address[4]; /* IPv4 as ::ffff:a.b.c.d */
};

struct zdr_target {
	__u32 slot; /* of the server: key of its state, zdr_checks and zdr_overflow */
	__be16 app_port;
	__u8 role;
	__u8 flags;
};

/*
 * zdr_servers, a hash by name (padded with NULs): what user space knows of a server. The programs never read it. Each
 * server has one, so its size is counted: 240 bytes with the kernel's own. The addresses are packed one after the
 * other; no address where the next word is 0 and no IPv6 one begins there (0.0.0.0 is none). If the last three words
 * are free, two tell where its peer's app is: its IPv4 address (0: every), and its port (0: that is not told).
 */
#define ZDR_PEER_ADDRESS_WORD 7
#define ZDR_PEER_PORT_WORD 8

struct zdr_server_key {
	char name[ZDR_NAME_SIZE];
};

struct zdr_server {
	__u16 slot;
	__u16 peer; /* slot of another server of its backend (of several, of the first); its own: there is none */
	__be16 app_port;
	__be16 status_port;
	__be16 backup_status_port; /* 0: none */
	__u16 fall;
	__u16 rise;
	__u16 v6_begins; /* a bit for each of address_words at which an IPv6 address begins */
	__u32 inter_ms;
	__be32 address_words[ZDR_ADDRESS_WORDS]; /* no address: every address of this host */
	__u8 start : 2;
	__u8 published : 2;		 /* ZDR_PUBLISHED_* */
	__u8 is_published : 1;		 /* as it was found, or is said by published */
	__u8 has_settings : 1, zero : 2; /* in zdr_settings */
	char backend[ZDR_NAME_SIZE - 1]; /* padded with NULs, which may be none; "": no backend */
};

/* zdr_settings, a trie by slot: what few servers have beside that, as lines of text, padded with NULs. */
#define ZDR_SETTINGS_SIZE 1024
struct zdr_settings {
	char text[ZDR_SETTINGS_SIZE];
};

/* Where a check was seen (zdr_checker.hook). */
#define ZDR_HOOK_CGROUP 0u /* the checker is a process of this host */
#define ZDR_HOOK_LOOKUP 1u /* ... another host, or one of this host that the cgroup hooks do not see */

/* A process that zdr's own PID namespace does not count: the number is that of the first one. */
#define ZDR_PID_ELSEWHERE 0x80000000u

/* One checker of one status port; asks == 0 marks an unused entry. Counts stop at their largest value. */
struct zdr_checker {
	__u32 from[4]; /* address, IPv4 as ::ffff:a.b.c.d; cgroup: name of the process, padded with NULs */
	__u64 last_boot_ns;
	__u32 interval_ms;    /* between two asks; 0: not known */
	__u32 port_or_pid;    /* other hosts: the latest connection's own port; cgroup: the process */
	__u16 asks;	      /* since it was last silent for ten minutes */
	__u16 refused_streak; /* zdr_checkers.h */
	__u16 redirected_streak;
	__u8 role; /* which status port: ZDR_STATUS_PORT, ZDR_BACKUP_STATUS_PORT */
	__u8 hook;
};

/*
 * zdr_checks, a hash by slot: connections through a server's status ports, and who makes them. No entry: none yet.
 * To be read whole (BPF_F_LOCK). Nearly every server has one, so it is small.
 */
#define ZDR_CHECKERS 2
struct zdr_checks {
	struct bpf_spin_lock lock;
	__u32 overflowed_boot_s; /* the whole second after the last check that found no entry; 0: never */
	__u64 redirected;
	__u64 refused;
	struct zdr_checker checkers[ZDR_CHECKERS];
};

/*
 * zdr_overflow, a hash by slot: entries for the checkers that found none in zdr_checks. Only servers with more than
 * ZDR_CHECKERS have one. When it is full, too, zdr_checks says so (overflowed_boot_s).
 */
#define ZDR_MAX_OVERFLOW 16384
#define ZDR_OVERFLOW_CHECKERS 14
struct zdr_overflow_checks {
	struct bpf_spin_lock lock;
	__u32 zero;
	struct zdr_checker checkers[ZDR_OVERFLOW_CHECKERS];
};

/*
 * zdr_flows, an LRU hash: remote connections whose ports are rewritten, because no socket here can take them as they
 * are (see docs/decisions). Each has two entries: by the ports that the checker uses, and by those that the app sees;
 * the value is the ports of the other side. Far fewer flows than there are ports to give to a checker, so that one is
 * free. 1024 connections at once are 65,536 servers checked every 2 s where a check takes 30 ms.
 */
#define ZDR_MAX_FLOWS 2048
/*
 * Ports of this host's checkers whose latest check is known (zdr_local_check, by port modulo this) until the app has
 * closed its end, some milliseconds for most. A check that is forgotten too early is taken for a session until then.
 */
#define ZDR_LOCAL_CHECKS 16384
struct zdr_local_checks { /* of two ports: an array's values take eight bytes at least */
	__u32 first_sequence[2];
};
struct zdr_flow_key {
	__be32 checker[4];
	__be32 server[4];
	__be16 checker_port;
	__be16 server_port;
};

struct zdr_flow {
	__be16 checker_port;
	__be16 server_port;
};

/*
 * zdr_sockets, kept with the sockets that are connected through a status port, and gone with them: the one of this host
 * whose connect() was redirected, and the one that the app accepted from another host.
 */
struct zdr_redirected_socket {
	struct zdr_target
	    target;	   /* its flags with those of the connection, and for app_port the port that it was led to */
	__u32 from[4];	   /* as zdr_checker.from */
	__u32 pid;	   /* of this host's checker */
	__be16 asked_port; /* the status port */
	__u16 is_open;	   /* not 0: established, and counted in zdr_activity.open_checks */
};

/*
 * zdr_listeners, a SOCKHASH: the sockets that listen on some server's app port. Up to ZDR_LISTENER_INDEXES of those
 * that listen on the same address and port (SO_REUSEPORT), so that one that closes leaves others; an entry goes when
 * its socket closes. Few have more than the usual, so only then one looks further. The value is the socket's cookie.
 */
#define ZDR_MAX_LISTENERS 65536
#define ZDR_LISTENER_INDEXES 256
#define ZDR_USUAL_LISTENERS 16
struct zdr_listener_key {
	__be32 address[4]; /* all zero, or ::ffff:0.0.0.0: every address */
	__be16 port;
	__u16 index;
};

/* zdr_listening, kept with listeners: that a socket has, or had, the entry of this index. */
#define ZDR_HOLDS_PORT 0xffffffffu /* it has none: it only holds the port for a container */
struct zdr_listening {
	__u32 index;
};

/* zdr_activity, an array of one: what the programs count, and nobody else writes. */
struct zdr_activity {
	__u64 open_checks;   /* connections through status ports that are established */
	__u64 flows_created; /* connections rewritten; while it is 0, nothing has to be written back */
	__u32 unregistered;  /* listeners on app ports that are not in zdr_listeners: MPTCP, and who holds a port */
	__u32 is_crowded;    /* some address and port has, or had, more than ZDR_USUAL_LISTENERS listeners */
};

/*
 * Two pinned iterators, beside that of zdr_session.h, which give nothing: a read does the work, whoever reads. One
 * enters what listens; the other ends the connections through refused status ports, and is missing before Linux 6.5.
 */
#define ZDR_PIN_REGISTER "register"
#define ZDR_PIN_END_REFUSED "end_refused"

ZDR_ASSERT_SIZE(struct zdr_meta, 792);
ZDR_ASSERT_SIZE(struct zdr_port_bits, 24);
ZDR_ASSERT_SIZE(struct zdr_redirect_key, 24);
ZDR_ASSERT_SIZE(struct zdr_target, 8);
ZDR_ASSERT_SIZE(struct zdr_server_key, 64);
ZDR_ASSERT_SIZE(struct zdr_server, 120);
ZDR_ASSERT_SIZE(struct zdr_settings, 1024);
ZDR_ASSERT_SIZE(struct zdr_checker, 40);
ZDR_ASSERT_SIZE(struct zdr_checks, 104);
ZDR_ASSERT_SIZE(struct zdr_overflow_checks, 568);
ZDR_ASSERT_SIZE(struct zdr_local_checks, 8);
ZDR_ASSERT_SIZE(struct zdr_flow_key, 36);
ZDR_ASSERT_SIZE(struct zdr_flow, 4);
ZDR_ASSERT_SIZE(struct zdr_redirected_socket, 32);
ZDR_ASSERT_SIZE(struct zdr_listener_key, 20);
ZDR_ASSERT_SIZE(struct zdr_listening, 4);
ZDR_ASSERT_SIZE(struct zdr_activity, 24);

#endif
