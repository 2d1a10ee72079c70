/* SPDX-License-Identifier: Apache-2.0 */
/* queue: a standard queue of Amazon SQS and its messages. Knows no HTTP.
 *
 *   visible     may be received
 *   in flight   received, hidden until its time is over, not deleted
 *   handle      proves the latest receive of a message; each receive makes a new one
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QUEUE_MESSAGES_MAX 10000
#define QUEUE_HANDLE_BYTES 96
#define QUEUE_HIDDEN_MS    30000 /* a queue's VisibilityTimeout unless the receiver says otherwise */

struct world;

struct queue_message {
	char id[40];
	char *body;                      /* owned */
	char handle[QUEUE_HANDLE_BYTES]; /* "" = never received */
	int64_t sent_wall_ms;
	int64_t visible_ms; /* monotonic: visible from then on */
	uint32_t receives;
};

struct queue {
	char arn[256], region[32], account[16], name[81];
	struct queue_message *messages; /* oldest first; owned */
	size_t count;
	uint64_t received, deleted; /* receives of a message, and ends of one */
};

/* NULL if `arn` is not "arn:aws:sqs:REGION:ACCOUNT:NAME". */
struct queue *queue_new(const char *arn);
void queue_free(struct queue *q);

/* The new message, borrowed until the queue changes. NULL if the queue is full. */
const struct queue_message *queue_send(struct world *w, struct queue *q, const char *body);
/* Up to `max` visible messages, which are hidden for `hidden_ms`; how many. Borrowed until the queue changes. */
size_t queue_receive(struct world *w, struct queue *q, size_t max, int64_t hidden_ms,
	const struct queue_message **ret_list);
/* False if no receive can have made this handle. */
bool queue_handle_is_good(const char *handle);
/* The message whose latest receive made this handle; NULL if that is past. */
struct queue_message *queue_find(const struct queue *q, const char *handle);
void queue_delete(struct queue *q, struct queue_message *m);
/* Changes how long a message is still hidden; 0 makes it visible. */
void queue_hide(struct world *w, struct queue_message *m, int64_t hidden_ms);
void queue_purge(struct queue *q);

size_t queue_visible(const struct queue *q, int64_t now_ms);
/* When the next hidden message becomes visible by itself; WORLD_NEVER. */
int64_t queue_next_ms(const struct queue *q, int64_t now_ms);
