/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/events.h"
#include "base/err.h"
#include "base/num.h"
#include "driver/tree.h"
#include "io/clock.h"
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HASH_HEX 64 /* the end of each line: ...,"hash":"<64 hex>"} */

static void drop_first(struct events *e)
{
	struct events_item *item = &e->items[e->first % EVENTS_MAX];

	json_object_put(item->event);
	e->bytes -= item->bytes;
	*item = (struct events_item){.event = NULL};
	e->first++;
}

int events_listen(struct events *e)
{
	if (!e->items)
		e->items = calloc(EVENTS_MAX, sizeof *e->items);
	if (!e->items)
		return err_origin(-ENOMEM);
	e->listeners++;
	return 0;
}

void events_leave(struct events *e)
{
	if (--e->listeners > 0)
		return;
	while (e->first < e->next)
		drop_first(e);
	free(e->items);
	e->items = NULL;
}

const struct events_item *events_at(const struct events *e, uint64_t number)
{
	return &e->items[number % EVENTS_MAX];
}

/* Takes `event`. */
static void put(struct events *e, const struct project_name *project, struct json_object *event, size_t bytes)
{
	while (e->next - e->first >= EVENTS_MAX ||
		(e->first < e->next && e->bytes + bytes > EVENTS_BYTES_MAX))
		drop_first(e);
	struct events_item *item = &e->items[e->next++ % EVENTS_MAX];
	*item = (struct events_item){.event = event, .bytes = bytes};
	if (project)
		item->project = *project;
	e->bytes += bytes;
	if (e->wake)
		e->wake(e->arg);
}

static struct json_object *begin(struct tree *t, const struct project_name *project)
{
	struct json_object *o = tree_object(t);
	char at[NUM_TIME_BYTES];

	num_format_time_ms(clock_now().wall.ms, at);
	tree_text(t, o, "at", at);
	if (project)
		tree_text(t, o, "project", project->text);
	return o;
}

void events_record(struct events *e, const struct project_name *project, const char *line, size_t len)
{
	static const char seq_open[] = "{\"seq\":";
	const char *comma = memchr(line, ',', len);
	uint64_t seq = 0;
	struct tree t = {0};
	struct json_object *o;
	char hash[HASH_HEX + 1] = "";

	if (e->listeners == 0 || len < sizeof seq_open + HASH_HEX + 2 || !comma ||
		comma < line + sizeof seq_open ||
		num_parse_u64(line + sizeof seq_open - 1, (size_t)(comma - line) - (sizeof seq_open - 1),
			INT64_MAX, &seq) != 0)
		return;
	o = begin(&t, project);
	tree_int(&t, o, "seq", (int64_t)seq);
	memcpy(hash, line + len - HASH_HEX - 2, HASH_HEX);
	tree_text(&t, o, "hash", hash);
	tree_put(&t, o, "record", json_object_new_string_len(line, (int)len));
	put(e, project, tree_done(&t, o), len);
}

void events_notice(struct events *e, const struct project_name *project, enum notice notice, const char *what,
	const char *detail)
{
	struct tree t = {0};
	struct json_object *o;
	char text[2048];
	bool has_detail = detail && *detail;

	if (e->listeners == 0)
		return;
	(void)snprintf(text, sizeof text, "%s%s%s", notice_happened(notice), has_detail ? ": " : "",
		has_detail ? detail : "");
	o = begin(&t, project);
	tree_text(&t, o, "notice", notice_name(notice));
	tree_int(&t, o, "priority", notice_priority(notice));
	if (what && *what)
		tree_text(&t, o, "what", what);
	tree_text(&t, o, "text", text);
	tree_text(&t, o, "todo", notice_todo(notice));
	put(e, project, tree_done(&t, o), strlen(text));
}
