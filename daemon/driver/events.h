/* SPDX-License-Identifier: Apache-2.0 */
/* events: what was recorded and told, for those who listen: the last ones, in a ring. Each listener has a place in it; who is
 * slower than the ring finds that some are gone, and is told how many. Nothing is kept while nobody listens. */
#pragma once
#include "model/ids.h"
#include "model/notice.h"
#include <stddef.h>
#include <stdint.h>

struct json_object;

#define EVENTS_MAX       512               /* in the ring */
#define EVENTS_BYTES_MAX (4 * 1024 * 1024) /* of their texts */

struct events_item {
	struct json_object *event;   /* owned; NULL: there was no memory for it */
	struct project_name project; /* "": the daemon */
	size_t bytes;
};
struct events {
	struct events_item *items; /* owned; NULL while nobody listens */
	uint64_t first, next;      /* numbers of the oldest one and of the one to come */
	size_t bytes;
	uint32_t listeners;
	void (*wake)(void *arg); /* there is something to send; may be NULL */
	void *arg;
};

/* One more listener. Fails: -ENOMEM. */
int events_listen(struct events *e);
void events_leave(struct events *e);

/* A record that has become durable: its line, without the newline. */
void events_record(struct events *e, const struct project_name *project, const char *line, size_t len);
/* `project` NULL: of the daemon. `what` and `detail` may be "" or NULL. */
void events_notice(struct events *e, const struct project_name *project, enum notice notice, const char *what,
	const char *detail);

/* Event number `number`, which is at least `first` and less than `next`. */
const struct events_item *events_at(const struct events *e, uint64_t number);
