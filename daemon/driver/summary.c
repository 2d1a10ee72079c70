/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/summary.h"
#include "driver/headline.h"
#include "driver/notices.h"
#include "driver/project.h"
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define DETAIL_BYTES 1536
#define NAMED_MAX    8 /* bindings */

/* ---- when ---- */

static bool is_due(struct project *p, struct moment now)
{
	struct project_summary *s = &p->summary;
	uint64_t spread = project_hash(p->name.text) % (uint64_t)(SUMMARY_WITHIN_MS - SUMMARY_FIRST_MS);

	if (s->told)
		return project_turn(p, SUMMARY_EVERY_MS, now.wall) !=
		       s->turn; /* also where the clock was put back */
	if (!s->begun)
		s->first_at = boottime_after(now.boot, SUMMARY_FIRST_MS + (int64_t)spread);
	s->begun = true;
	return boottime_reached(now.boot, s->first_at);
}

/* ---- what ---- */

/* Somebody has to see to it: cmekd does not do by itself what it is there for, or what it does has not come to its end. */
static bool needs_somebody(enum headline h)
{
	switch (h) {
	case HEADLINE_USABLE:
	case HEADLINE_SUSPENDED:
	case HEADLINE_STARTING:
	case HEADLINE_DARK:
	case HEADLINE_RESTORING:
		return false;
	case HEADLINE_UNARMED:
	case HEADLINE_DEGRADED:
	case HEADLINE_BLIND:
	case HEADLINE_PAUSING:
	case HEADLINE_LOST:
	case HEADLINE_WAITING:
	case HEADLINE_BROKEN:
	case HEADLINE_COUNT:
		break;
	}
	return true;
}

struct text {
	char of[DETAIL_BYTES];
	size_t len;
};

static void add(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(struct text *t, const char *format, ...)
{
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(t->of + t->len, sizeof t->of - t->len, format, ap);
	va_end(ap);
	if (n > 0)
		t->len += (size_t)n < sizeof t->of - t->len ? (size_t)n : sizeof t->of - t->len - 1;
}

static void add_bindings(struct text *t, const struct project *p)
{
	for (uint32_t i = 0; i < p->core.binding_count && i < NAMED_MAX; i++) {
		const struct binding *b = &p->core.bindings[i];

		add(t, "; %s %s", b->region.text, headline_name(headline_of_binding(p, i)));
		if (b->incident.id.n != 0)
			add(t, " (incident %s#%" PRIu32 ")", p->name.text, b->incident.id.n);
	}
	if (p->core.binding_count > NAMED_MAX)
		add(t, "; %" PRIu32 " more keys", p->core.binding_count - NAMED_MAX);
}

static void add_clusters(struct text *t, const struct project *p)
{
	uint32_t there = 0, paused = 0;

	for (uint32_t i = 0; i < p->core.cluster_count; i++) {
		there += p->core.clusters[i].state != CLUSTER_STATE_GONE;
		paused += p->core.clusters[i].duty == DUTY_PAUSED;
	}
	add(t, "; %" PRIu32 " cluster%s, %" PRIu32 " paused by cmekd", there, there == 1 ? "" : "s", paused);
}

struct first {
	struct text *text;
	uint32_t count;
};

static void take_first(const char *sentence, void *arg)
{
	struct first *f = arg;

	if (f->count++ == 0)
		add(f->text, "; %s", sentence);
}

static void tell(const struct project *p)
{
	enum headline h = headline_of_project(p);
	struct text text = {.len = 0};
	struct first first = {.text = &text};

	add(&text, "%s", headline_name(h));
	add_bindings(&text, p);
	if (!p->broken)
		add_clusters(&text, p);
	(void)headline_problems(p, take_first, &first);
	if (first.count > 1)
		add(&text, "; and %" PRIu32 " more", first.count - 1);
	notices_summary(p, needs_somebody(h) ? NOTICE_SUMMARY_ATTENTION : NOTICE_SUMMARY, text.of);
}

void summary_step(struct project *p, struct moment now)
{
	if (p->closing || !is_due(p, now))
		return;
	tell(p);
	p->summary.told = true;
	p->summary.turn = project_turn(p, SUMMARY_EVERY_MS, now.wall);
}
