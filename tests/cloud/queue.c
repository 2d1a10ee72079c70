/* SPDX-License-Identifier: Apache-2.0 */
#include "queue.h"
#include "alloc.h"
#include "world.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HANDLE_FORM "AQEB%.32s+%.32s/%.8s=="
#define HANDLE_LEN  80

static bool name_is_good(const char *name)
{
	static const char good[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";
	return *name && strspn(name, good) == strlen(name);
}

struct queue *queue_new(const char *arn)
{
	struct queue *q = alloc_zero(1, sizeof *q);
	char partition[16] = "";
	bool good = text_set(q->arn, sizeof q->arn, arn) &&
		    sscanf(arn, "arn:%15[a-z-]:sqs:%31[a-z0-9-]:%12[0-9]:%80s", partition, q->region,
			    q->account, q->name) == 4;
	/* Written again, it must be the same: nothing was left over. */
	char *again = alloc_printf("arn:%s:sqs:%s:%s:%s", partition, q->region, q->account, q->name);
	good = good && strcmp(again, arn) == 0 && strlen(q->account) == 12 && name_is_good(q->name) &&
	       strncmp(partition, "aws", 3) == 0;
	free(again);
	if (good)
		return q;
	free(q);
	return NULL;
}

void queue_free(struct queue *q)
{
	if (!q)
		return;
	queue_purge(q);
	free(q->messages);
	free(q);
}

const struct queue_message *queue_send(struct world *w, struct queue *q, const char *body)
{
	char hex[33];
	if (q->count == QUEUE_MESSAGES_MAX)
		return NULL;
	q->messages = alloc_grow(q->messages, q->count + 1, sizeof *q->messages);
	struct queue_message *m = &q->messages[q->count++];
	*m = (struct queue_message){
		.body = alloc_text(body), .sent_wall_ms = world_wall_ms(w), .visible_ms = w->now_ms};
	world_random_hex(w, 32, hex);
	(void)snprintf(
		m->id, sizeof m->id, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
	w->changes++;
	return m;
}

size_t queue_receive(struct world *w, struct queue *q, size_t max, int64_t hidden_ms,
	const struct queue_message **ret_list)
{
	size_t n = 0;
	for (size_t i = 0; i < q->count && n < max; i++) {
		struct queue_message *m = &q->messages[i];
		char hex[73];
		if (m->visible_ms > w->now_ms)
			continue;
		world_random_hex(w, 72, hex);
		(void)snprintf(m->handle, sizeof m->handle, HANDLE_FORM, hex, hex + 32, hex + 64);
		m->visible_ms = w->now_ms + hidden_ms;
		m->receives++;
		q->received++;
		ret_list[n++] = m;
	}
	return n;
}

bool queue_handle_is_good(const char *handle)
{
	return strncmp(handle, "AQEB", 4) == 0 && strlen(handle) == HANDLE_LEN;
}

struct queue_message *queue_find(const struct queue *q, const char *handle)
{
	for (size_t i = 0; i < q->count; i++)
		if (*handle && strcmp(q->messages[i].handle, handle) == 0)
			return &q->messages[i];
	return NULL;
}

void queue_delete(struct queue *q, struct queue_message *m)
{
	size_t at = (size_t)(m - q->messages);
	free(m->body);
	memmove(m, m + 1, (q->count - at - 1) * sizeof *m);
	q->count--;
	q->deleted++;
}

void queue_hide(struct world *w, struct queue_message *m, int64_t hidden_ms)
{
	m->visible_ms = w->now_ms + hidden_ms;
	w->changes++;
}

void queue_purge(struct queue *q)
{
	for (size_t i = 0; i < q->count; i++)
		free(q->messages[i].body);
	q->count = 0;
}

size_t queue_visible(const struct queue *q, int64_t now_ms)
{
	size_t n = 0;
	for (size_t i = 0; i < q->count; i++)
		n += q->messages[i].visible_ms <= now_ms;
	return n;
}

int64_t queue_next_ms(const struct queue *q, int64_t now_ms)
{
	int64_t next = WORLD_NEVER;
	for (size_t i = 0; i < q->count; i++)
		if (q->messages[i].visible_ms > now_ms && q->messages[i].visible_ms < next)
			next = q->messages[i].visible_ms;
	return next;
}
