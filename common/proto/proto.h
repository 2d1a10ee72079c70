/* SPDX-License-Identifier: Apache-2.0 */
/* proto: Varlink's framing, sans-I/O. A frame is a JSON object with a NUL byte after it; there is no length
 * in front, so a frame is too long as soon as more than max_bytes came without a NUL, before memory is taken
 * for it. Source: varlink.org, "Method Call". */
#pragma once
#include "base/buf.h"
#include <stdbool.h>
#include <stddef.h>

#define PROTO_CALL_MAX (1024 * 1024) /* bytes of a call: what the daemon accepts */
#define PROTO_REPLY_MAX                                                                                      \
	(16 * 1024 *                                                                                         \
		1024) /* bytes of a reply: what the daemon makes and a client accepts                   \
			    */

enum proto_refusal {
	PROTO_E_MORE = 1, /* no complete frame is there: feed more */
	PROTO_E_LONG,     /* a frame over max_bytes; the stream is of no more use */
};

#define PROTO_FEED_MAX (64 * 1024) /* bytes of one proto_feed */

/* Takes bytes as they come, gives frames. proto_fini twice is harmless. */
struct proto {
	size_t max_bytes; /* of one frame without its NUL */
	struct buf in;    /* fed, not yet dropped */
	size_t taken;     /* from its front: given out by proto_next */
	size_t open;      /* at its end: of a frame whose NUL has not come */
};
#define PROTO_INIT(max) ((struct proto){.max_bytes = (max), .in = BUF_INIT(2 * (max) + PROTO_FEED_MAX)})

void proto_fini(struct proto *p);
/* At most PROTO_FEED_MAX bytes; frames given out before are invalid afterwards. Take the complete frames out
 * before feeding on. Refuses: PROTO_E_LONG. Fails: -ENOMEM, -EMSGSIZE (too much was fed and not taken out).
 */
int proto_feed(struct proto *p, const void *bytes, size_t len);
/* The next frame, NUL-terminated; valid until the next proto_feed. Refuses: PROTO_E_MORE. */
int proto_next(struct proto *p, const char **ret_frame, size_t *ret_len);
/* Whether a frame was begun and not ended: a stream that ends now was cut. */
bool proto_is_cut(const struct proto *p);
