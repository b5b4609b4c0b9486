/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
/* Sessions of servers, as an iterator of the kernel tells them to user space. */
#ifndef ZDR_SESSION_H
#define ZDR_SESSION_H

#include "zdr_abi.h"

/*
 * What a read of the pinned iterator gives: one for each TCP socket that is the app's end of a session on some app
 * port, and for each socket of this host's checkers whose connect() was redirected. Times are in ticks of the kernel,
 * which clock_getres(CLOCK_MONOTONIC_COARSE) tells the length of.
 */
#define ZDR_PIN_SESSIONS "sessions"
#define ZDR_SESSION_CHECKER 1u	  /* the checker's end: the app's is the one with the same ports the other way round */
#define ZDR_SESSION_ASKED_LAST 2u /* the last bytes are the other side's, as far as the kernel can tell */
struct zdr_session {
	__u64 cookie; /* of the socket; one for all that are part of one MPTCP connection */
	__be32 local[4];
	__be32 remote[4];
	__be16 local_port;
	__be16 remote_port;
	__be16 instance_port; /* of the app's end: of the listener that took it */
	__u16 flags;
	__u32 sent_ticks;     /* since data was last sent, or the connection made */
	__u32 received_ticks; /* since data last came, or the connection was made */
	__u32 unread;	      /* bytes that the app has not read yet */
	__u32 undelivered;    /* bytes that the other side has not acknowledged yet, sent or not */
};
ZDR_ASSERT_SIZE(struct zdr_session, 64);

#endif
