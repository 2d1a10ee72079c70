/* SPDX-License-Identifier: Apache-2.0 */
/* tidb_link: single requests to TiDB Cloud with one API key: Digest, and everything through one rate lane.
 * What the requests mean is io/tidb's. */
#pragma once
#include "io/credential.h"
#include "io/http.h"
#include "io/lane.h"
#include "wire/tidb_api.h"
#include <sys/queue.h>
#include <uv.h>

#define TIDB_SHOWN_BYTES 91 /* of a target, for people */

/* Writes the path and query of a request: where it goes is known by its operation, of which thousands may wait. */
typedef void tidb_target_fn(const void *arg, char ret_target[TIDB_API_TARGET_BYTES]);

/* One request: embedded in its operation, which must not move until `done` was called. */
struct tidb_send {
	struct lane_ticket ticket;
	TAILQ_ENTRY(tidb_send) entry;
	struct tidb_link *link; /* NULL: idle */
	struct http_call *call; /* once it left the lane */
	enum http_method method;
	const char *body; /* set before by the caller; NULL: none. Must stay */
	const char *base;
	tidb_target_fn *target;
	char shown[TIDB_SHOWN_BYTES]; /* the target, cut; "": nothing was asked yet */
	bool (*wanted)(void *arg);    /* asked once, when the lane lets it go; NULL: always wanted */
	http_done_fn *done;
	void *arg;
};
TAILQ_HEAD(tidb_sends, tidb_send);

struct tidb_link {
	struct http *http;
	uv_timer_t timer;
	struct lane lane;
	struct credential key;
	char key_text[WHY_BYTES]; /* where the key comes from, or why there is none */
	char *key_file;
	int64_t timeout_ms;
	struct tidb_sends sends; /* in the lane or on their way */
	bool closing;
	void (*closed)(void *arg);
	void *closed_arg;
};

/* `link` must not move until `closed` was called. Fails: -ENOMEM. A key that cannot be loaded is a fact of
 * the requests. */
int tidb_link_init(struct tidb_link *link, uv_loop_t *loop, struct http *http, const char *key_file,
	uint32_t requests_per_minute, int64_t timeout_ms);
/* Reads the key again. Refuses: CREDENTIAL_E_*; the old one stays. Fails: -ENOMEM. */
int tidb_link_reload(struct tidb_link *link, struct why *reterr_why);
/* Ends every request with FAULT_CANCELLED; `closed` comes when the last has ended. */
void tidb_link_close(struct tidb_link *link, void (*closed)(void *arg), void *arg);

/* One that waits in the lane becomes as important as this, if it was less. */
void tidb_link_hasten(struct tidb_link *link, struct tidb_send *send, enum lane_priority priority);

/* `base`: scheme, host, perhaps a path; it must stay until `done`, and `target`, which is asked now and when the lane lets it go, must then
 * say the same. `done` comes exactly once, later: beside what http says,
 * FAULT_THROTTLED (unsent) if the lane held it for too long, and FAULT_CREDENTIALS (unsent) without a key,
 * FAULT_CANCELLED (unsent) if `send->wanted`, which the caller sets before, says no. */
void tidb_link_send(struct tidb_link *link, struct tidb_send *send, enum lane_priority priority,
	enum http_method method, const char *base, tidb_target_fn *target, http_done_fn *done, void *arg);
