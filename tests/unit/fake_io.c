/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_io.h"
#include "fake_later.h"
#include "io/clock.h"
#include "io/hint_queue.h"
#include "io/http.h"
#include "io/journal.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fake fake;

/* ---- answers that come later ---- */

static struct later *first, **last = &first;

struct later *later_new(void (*answer)(struct later *), void *arg)
{
	struct later *l = calloc(1, sizeof *l);

	if (!l)
		abort();
	l->answer = answer;
	l->arg = arg;
	*last = l;
	last = &l->next;
	return l;
}

static void answer_any(struct later *l)
{
	l->done.closed(l->arg);
}

void fake_later(void (*answer)(void *data), void *data)
{
	later_new(answer_any, data)->done.closed = answer;
}

static void give(struct later *l);

void fake_run(void)
{
	struct later *held = NULL, **held_last = &held;

	while (first) {
		struct later *l = first;

		first = l->next;
		if (!first)
			last = &first;
		l->next = NULL;
		if ((fake.disk_slow && l->done.written && l->store && !fake.disk_full) ||
			(fake.lane_slow && l->act)) {
			*held_last = l;
			held_last = &l->next;
			continue;
		}
		give(l);
	}
	first = held;
	last = held ? held_last : &first;
}

static void give(struct later *l)
{
	l->answer(l);
	free(l);
}

void fake_reset(void)
{
	while (first) {
		struct later *l = first;

		first = l->next;
		free(l);
	}
	last = &first;
	memset(&fake, 0, sizeof fake);
	fake.now.boot.ms = 1000000;
	fake.now.wall.ms = 1795491846000;
	fake.rotation = (struct kms_rotation){.next.ms = fake.now.wall.ms + 86400000,
		.applicable = true,
		.enabled = true,
		.period_days = 365};
	fake.credentials =
		(struct credential_state){.source = "made up", .id = "FAKE", .identity = "", .trouble = ""};
	fake.lane = (struct lane_state){.rate = 95, .allowance = 95};
}

void fake_pass(int64_t ms)
{
	fake.now.boot.ms += ms;
	fake.now.wall.ms += ms;
}

struct moment clock_now(void)
{
	return fake.now;
}

/* ---- the rest ---- */

int http_new(struct uv_loop_s *loop, const char *ca_file, struct http **ret_http)
{
	(void)loop;
	(void)ca_file;
	*ret_http = malloc(1);
	return 0;
}

static void answer_http_closed(struct later *l)
{
	l->done.closed(l->arg);
}

void http_close(struct http *h, void (*closed)(void *arg), void *arg)
{
	free(h);
	later_new(answer_http_closed, arg)->done.closed = closed;
}

void journal_notice(enum notice notice, const struct journal_fields *fields, const char *what, ...)
{
	va_list ap;

	fake.notices[notice]++;
	(void)snprintf(
		fake.detail[notice], sizeof fake.detail[notice], "%s", fields->detail ? fields->detail : "");
	va_start(ap, what);
	if (what)
		(void)vsnprintf(fake.last_what, sizeof fake.last_what, what, ap);
	va_end(ap);
}

void journal_log(int priority, const struct journal_fields *fields, const char *format, ...)
{
	(void)priority;
	(void)fields;
	(void)format;
}

/* ---- hints: no queue gives one ---- */

int hint_queue_new(const struct hint_queue_init *init, struct hint_queue **ret_queue)
{
	(void)init;
	*ret_queue = malloc(1);
	return *ret_queue ? 0 : -ENOMEM;
}

int hint_queue_reload(struct hint_queue *q, struct why *reterr_why)
{
	(void)q;
	(void)reterr_why;
	return 0;
}

void hint_queue_close(struct hint_queue *q)
{
	free(q);
}

void hint_queue_state(const struct hint_queue *q, struct hint_queue_state *ret_state)
{
	(void)q;
	*ret_state = (struct hint_queue_state){.arn = {"arn:aws:sqs:us-west-2:111122223333:q"},
		.trouble = fake.queue_trouble ? fake.queue_trouble : ""};
}
