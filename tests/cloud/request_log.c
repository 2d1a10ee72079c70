/* SPDX-License-Identifier: Apache-2.0 */
#include "request_log.h"
#include "alloc.h"
#include "clock.h"
#include "service.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As much as fits. */
static void cut(char *field, size_t size, const char *text)
{
	size_t len = strnlen(text, size - 1);
	memcpy(field, text, len);
	field[len] = '\0';
}

static struct log_entry *find(const struct request_log *l, uint64_t seq)
{
	if (l->count == 0 || seq < l->list[0].seq || seq > l->last_seq)
		return NULL;
	return &l->list[seq - l->list[0].seq];
}

uint64_t request_log_add(struct request_log *l, const struct request *r, int64_t wall_ms, int64_t now_ms)
{
	if (l->count == REQUEST_LOG_MAX) {
		l->count /= 2; /* halves, so that moving is rare */
		memmove(l->list, l->list + (REQUEST_LOG_MAX - l->count), l->count * sizeof *l->list);
	}
	if (l->count == l->size) {
		l->size = l->size ? l->size * 2 : 64;
		l->list = alloc_grow(l->list, l->size, sizeof *l->list);
	}
	struct log_entry *e = &l->list[l->count++];
	*e = (struct log_entry){.seq = ++l->last_seq,
		.arrived_wall_ms = wall_ms,
		.arrived_ms = now_ms,
		.service = r->service};
	const char *target = headers_get(&r->headers, "X-Amz-Target");
	cut(e->op, sizeof e->op, r->op);
	cut(e->method, sizeof e->method, r->method);
	cut(e->path, sizeof e->path, r->target);
	cut(e->target, sizeof e->target, target ? target : "");
	cut(e->subject, sizeof e->subject, r->subject);
	return e->seq;
}

void request_log_end(struct request_log *l, uint64_t seq, const struct request *r, unsigned status,
	const char *fault, int64_t now_ms)
{
	struct log_entry *e = find(l, seq);
	if (!e)
		return;
	cut(e->subject, sizeof e->subject, r->subject);
	cut(e->key, sizeof e->key, r->key);
	cut(e->auth, sizeof e->auth, r->auth ? r->auth : "none");
	cut(e->fault, sizeof e->fault, fault ? fault : "");
	e->status = status;
	e->effect = r->effect;
	e->took_ms = now_ms - e->arrived_ms;
}

void request_log_clear(struct request_log *l)
{
	l->count = 0;
}

void request_log_fini(struct request_log *l)
{
	free(l->list);
	*l = (struct request_log){0};
}

static struct json_object *text_or_null(const char *text)
{
	return *text ? json_object_new_string(text) : NULL;
}

static struct json_object *show(const struct log_entry *e)
{
	struct json_object *o = json_object_new_object();
	char time[CLOCK_TEXT_BYTES];
	clock_rfc3339_ms(e->arrived_wall_ms, time);
	json_object_object_add(o, "seq", json_object_new_int64((int64_t)e->seq));
	json_object_object_add(o, "time", json_object_new_string(time));
	json_object_object_add(o, "ms", json_object_new_int64(e->took_ms));
	json_object_object_add(o, "service", json_object_new_string(service_name(e->service)));
	json_object_object_add(o, "op", text_or_null(e->op));
	json_object_object_add(o, "method", json_object_new_string(e->method));
	json_object_object_add(o, "path", json_object_new_string(e->path));
	json_object_object_add(o, "target", text_or_null(e->target));
	json_object_object_add(o, "status", json_object_new_int64(e->status));
	json_object_object_add(o, "auth", json_object_new_string(e->auth));
	json_object_object_add(o, "key", text_or_null(e->key));
	json_object_object_add(o, "effect", json_object_new_boolean(e->effect));
	json_object_object_add(o, "fault", text_or_null(e->fault));
	json_object_object_add(o, "subject", text_or_null(e->subject));
	return o;
}

static bool passes(const struct log_entry *e, const struct request *filter)
{
	char status[16];
	(void)snprintf(status, sizeof status, "%u", e->status);
	const struct {
		const char *name, *have;
	} rows[] = {{"service", service_name(e->service)}, {"op", e->op}, {"method", e->method},
		{"status", status}, {"effect", e->effect ? "true" : "false"}, {"auth", e->auth},
		{"fault", e->fault}, {"subject", e->subject}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char *want = request_query(filter, rows[i].name, 0);
		bool tidb = want && i == 0 && strcmp(want, "tidb") == 0 &&
			    (e->service == SERVICE_V1BETA || e->service == SERVICE_DEDICATED);
		bool good = !want || tidb || strcmp(want, rows[i].have) == 0;
		free(want);
		if (!good)
			return false;
	}
	return true;
}

struct json_object *request_log_show(const struct request_log *l, const struct request *filter)
{
	struct json_object *out = json_object_new_object(), *entries = json_object_new_array();
	char *since = request_query(filter, "since", 0);
	uint64_t from = since ? strtoull(since, NULL, 10) : 0;
	free(since);
	for (size_t i = 0; i < l->count; i++)
		if (l->list[i].seq > from && passes(&l->list[i], filter))
			json_object_array_add(entries, show(&l->list[i]));
	json_object_object_add(out, "entries", entries);
	json_object_object_add(out, "next", json_object_new_int64((int64_t)l->last_seq));
	return out;
}

void request_log_print(const struct request_log *l, uint64_t seq)
{
	const struct log_entry *e = find(l, seq);
	if (!e)
		return;
	(void)fprintf(stderr, "%llu %s %s %s %s %s -> %u%s%s%s%s\n", (unsigned long long)e->seq,
		service_name(e->service), e->method, e->path, e->op, e->subject, e->status,
		e->effect ? " changed" : "",
		strcmp(e->auth, "ok") == 0 ? "" : " auth=", strcmp(e->auth, "ok") == 0 ? "" : e->auth,
		*e->fault ? " FAULT" : "");
}
