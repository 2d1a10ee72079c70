/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/daily.h"
#include "base/array.h"
#include "driver/checks.h"
#include "driver/hub.h"
#include "driver/notices.h"
#include "driver/project.h"
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DETAIL_BYTES 1024
#define NAMED_MAX    4 /* problems in a notice */

void daily_fini(struct project_daily *d)
{
	free(d->found);
	*d = (struct project_daily){.found = NULL};
}

/* ---- when ---- */

static void remember_turn(struct project *p, struct walltime now)
{
	p->daily.every_ms = p->hub->settings.check_ms;
	p->daily.turn = project_turn(p, p->hub->settings.check_ms, now);
}

/* What has not been asked yet would be unknown, and its problem then news. */
static bool is_settled(const struct project *p)
{
	const struct core *core = &p->core;

	if (!core->cmek_read || core->listed_at.ms == BOOTTIME_NEVER.ms)
		return false;
	for (uint32_t i = 0; i < core->binding_count; i++)
		if (i >= p->key_size || core->bindings[i].evidence.filled == 0 ||
			(!p->keys[i].rotation_read && p->keys[i].rotation_fault == FAULT_NONE))
			return false;
	return true;
}

static bool is_due(struct project *p, struct moment now)
{
	struct project_daily *d = &p->daily;
	int64_t first_ms = p->hub->settings.check_ms / DAILY_FIRST_PART + 1;

	if (d->based && d->every_ms != p->hub->settings.check_ms)
		remember_turn(
			p, now.wall); /* another setting: its first run comes when its next interval begins */
	if (d->based)
		return project_turn(p, p->hub->settings.check_ms, now.wall) !=
		       d->turn; /* also where the clock was put back */
	if (!d->begun) {
		d->begun = true;
		d->first_at.ms = now.boot.ms + (int64_t)(project_hash(p->name.text) % (uint64_t)first_ms);
	}
	if (!boottime_reached(now.boot, d->first_at))
		return false;
	return is_settled(p) || now.boot.ms - d->first_at.ms >= DAILY_SETTLE_MS;
}

/* ---- a run ---- */

struct list {
	char text[DETAIL_BYTES];
	uint32_t count;
};

struct run {
	const struct project_daily *before;
	uint64_t *found; /* owned */
	uint32_t count, size;
	bool failed; /* no memory */
	uint32_t tally[FINDING_UNKNOWN + 1];
	struct list problems, worse;
};

static void put(struct list *l, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void put(struct list *l, const char *format, ...)
{
	size_t len = strlen(l->text);
	va_list ap;

	if (l->count++ >= NAMED_MAX)
		return;
	if (len > 0 && len + 2 < sizeof l->text)
		len += (size_t)snprintf(l->text + len, sizeof l->text - len, "; ");
	va_start(ap, format);
	(void)vsnprintf(l->text + len, sizeof l->text - len, format, ap);
	va_end(ap);
}

static uint64_t mark_of(const struct checks_line *line)
{
	return project_hash(line->subject) ^ ((uint64_t)line->check + 1) * 0x9e3779b97f4a7c15;
}

static bool was_found(const struct project_daily *d, uint64_t mark)
{
	for (uint32_t i = 0; i < d->count; i++)
		if (d->found[i] == mark)
			return true;
	return false;
}

static void take(const struct checks_line *line, void *arg)
{
	struct run *r = arg;

	r->tally[line->finding]++;
	if (line->finding != FINDING_PROBLEM)
		return;
	put(&r->problems, "%s of %s", check_about(line->check), line->subject);
	if (r->before->based && !was_found(r->before, mark_of(line)))
		put(&r->worse, "%s of %s: %s", check_about(line->check), line->subject, line->found);
	if (r->count >= DAILY_FOUND_MAX)
		return;
	if (array_grow(&r->found, &r->size, r->count + 1, sizeof *r->found) != 0)
		r->failed = true;
	else
		r->found[r->count++] = mark_of(line);
}

static void tell(const struct project *p, const struct run *r)
{
	char detail[DETAIL_BYTES + 128], more[64] = "";

	if (r->worse.count > NAMED_MAX)
		(void)snprintf(more, sizeof more, "; and %" PRIu32 " more", r->worse.count - NAMED_MAX);
	(void)snprintf(detail, sizeof detail, "%s%s", r->worse.text, more);
	if (r->worse.count > 0)
		notices_project(p, NOTICE_CHECK_WORSE, detail);
	more[0] = '\0';
	if (r->problems.count > NAMED_MAX)
		(void)snprintf(more, sizeof more, "; and %" PRIu32 " more", r->problems.count - NAMED_MAX);
	(void)snprintf(detail, sizeof detail,
		"%" PRIu32 " ok, %" PRIu32 " problem%s, %" PRIu32 " cannot be known%s%s%s",
		r->tally[FINDING_OK], r->tally[FINDING_PROBLEM], r->tally[FINDING_PROBLEM] == 1 ? "" : "s",
		r->tally[FINDING_UNKNOWN], r->problems.count > 0 ? ": " : "", r->problems.text, more);
	notices_project(p, NOTICE_CHECKED, detail);
}

static void run(struct project *p, struct moment now)
{
	struct project_daily *d = &p->daily;
	struct run r = {.before = d};

	checks_run(p, now, take, &r);
	remember_turn(p, now.wall);
	if (r.failed) { /* what is not remembered would be told again: the next run compares with the one before */
		free(r.found);
		return;
	}
	tell(p, &r);
	free(d->found);
	d->found = r.found;
	d->count = r.count;
	d->size = r.size;
	d->based = true;
}

void daily_step(struct project *p, struct moment now)
{
	struct project_daily *d = &p->daily;

	if (p->hub->settings.check_ms == 0 || p->broken || p->closing)
		return;
	/* An incident tells its own story; what it does to the world is no news. The run is made when it is closed. */
	if (project_has_incident(p)) {
		d->reading = false;
		return;
	}
	if (!d->reading && !is_due(p, now))
		return;
	if (!d->reading)
		d->reading = jobs_round(p, JOBS_FRESH_MS);
	if (d->reading && p->jobs.asking)
		return;
	d->reading = false;
	run(p, now);
}
