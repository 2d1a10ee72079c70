/* SPDX-License-Identifier: Apache-2.0 */
/* hint_queue: listens to an SQS queue of events about keys (wire/hint.h). What comes is told once and deleted. A queue that cannot be
 * read is told, and tried again; nothing else depends on it.
 *
 * It has a link of its own to AWS: its long poll keeps a connection, and its trouble is nobody else's.
 */
#pragma once
#include "base/err.h"
#include "io/clock.h"
#include "model/ids.h"
#include "model/settings.h"
#include "wire/hint.h"

struct uv_loop_s;
struct http;
struct hint_queue;

#define HINT_QUEUE_GAP_MS   100  /* between two questions, however full the queue is */
#define HINT_QUEUE_EMPTY_MS 1000 /* after an empty answer that did not wait, as a long poll should */
#define HINT_QUEUE_RETRY_MIN_MS                                                                              \
	1000 /* after a failure; doubled by each that follows, less up to half by chance */
#define HINT_QUEUE_RETRY_MAX_MS 60000
#define HINT_QUEUE_TOLD         3 /* failures in a row before people are told */

struct hint_queue_init {
	struct uv_loop_s *loop;
	struct http *http;                      /* borrowed; http_close() ends what is under way */
	const char *credentials_file, *profile; /* see io/credential_chain.h; copied, like all texts */
	const struct aws_urls *urls;
	int64_t timeout_ms; /* RequestTimeout=; the long poll may last so much longer than it waits */
	struct queue_arn arn;
	/* An event that names keys; whether one of them is watched. From the loop. */
	bool (*hint)(void *arg, const struct hint *hint);
	void *arg;
};

/* Listens from now on. Fails: -ENOMEM. */
int hint_queue_new(const struct hint_queue_init *init, struct hint_queue **ret_queue);
/* Reads the credentials again. Refuses: CREDENTIAL_E_*; the old ones stay. Fails: -ENOMEM. */
int hint_queue_reload(struct hint_queue *q, struct why *reterr_why);
/* Nothing is told any more; its memory goes when what is under way has ended. */
void hint_queue_close(struct hint_queue *q);

struct hint_queue_state {
	struct queue_arn arn;
	const char *trouble;     /* why the last question failed; "" if it did not */
	uint64_t messages;       /* received */
	uint64_t hints;          /* of them: about a key that is watched */
	uint64_t others;         /* of them: about other keys, or nothing that happened */
	uint64_t unread;         /* of them: no event */
	struct walltime hint_at; /* when the last hint came; WALLTIME_UNKNOWN */
	int64_t hint_age_ms;     /* how old its event was then, by both clocks; -1: not told */
};
/* Texts are good until the next turn of the loop. */
void hint_queue_state(const struct hint_queue *q, struct hint_queue_state *ret_state);
