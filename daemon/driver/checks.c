/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/checks.h"
#include "driver/check_rows.h"
#include "driver/project.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct check_row {
	const char *name, *about, *problem, *unknown;
	enum check_of of;
} rows[CHECK_COUNT] = {
#define X(e, name, of, about, problem, unknown) {name, about, problem, unknown, CHECK_OF_##of},
	CHECK_TABLE(X)
#undef X
};

const char *check_name(enum check c)
{
	return rows[c].name;
}

const char *check_about(enum check c)
{
	return rows[c].about;
}

enum check_of check_of(enum check c)
{
	return rows[c].of;
}

const char *check_of_name(enum check_of of)
{
	static const char *const names[] = {"project", "region", "cluster"};

	return names[of];
}

const char *finding_name(enum finding f)
{
	static const char *const names[] = {"ok", "problem", "unknown"};

	return names[f];
}

/* ---- one finding ---- */

void checks_fill_in(char text[CHECKS_REMEDY_BYTES], const char *word, const char *name)
{
	char rest[CHECKS_REMEDY_BYTES];

	for (char *at = text; (at = strstr(at, word)); at += strlen(name)) {
		size_t room = CHECKS_REMEDY_BYTES - (size_t)(at - text);

		if (strlen(name) >= room)
			return;
		(void)snprintf(rest, sizeof rest, "%s", at + strlen(word));
		(void)snprintf(at, room, "%s%s", name, rest);
	}
}

static void tell(struct checking *c, enum check check, enum finding finding, const char *remedy,
	const char *format, va_list ap) __attribute__((format(printf, 5, 0)));
static void tell(struct checking *c, enum check check, enum finding finding, const char *remedy,
	const char *format, va_list ap)
{
	char found[CHECKS_FOUND_BYTES];
	const struct checks_line line = {.check = check,
		.finding = finding,
		.binding = c->binding,
		.subject = c->subject ? c->subject : c->p->name.text,
		.found = found,
		.remedy = finding == FINDING_OK ? "" : remedy};

	(void)vsnprintf(found, sizeof found, format, ap);
	c->each(&line, c->arg);
}

static void tell_todo(struct checking *c, enum check check, enum finding finding, const char *todo,
	const char *format, va_list ap) __attribute__((format(printf, 5, 0)));
static void tell_todo(struct checking *c, enum check check, enum finding finding, const char *todo,
	const char *format, va_list ap)
{
	char remedy[CHECKS_REMEDY_BYTES];

	(void)snprintf(remedy, sizeof remedy, "%s", todo);
	checks_fill_in(remedy, "PROJECT", c->p->name.text);
	if (c->key)
		checks_fill_in(remedy, "KEY", c->key);
	tell(c, check, finding, remedy, format, ap);
}

void checking_say(struct checking *c, enum check check, enum finding finding, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	tell_todo(c, check, finding, finding == FINDING_PROBLEM ? rows[check].problem : rows[check].unknown,
		format, ap);
	va_end(ap);
}

void checking_say_todo(
	struct checking *c, enum check check, enum finding finding, const char *todo, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	tell_todo(c, check, finding, todo, format, ap);
	va_end(ap);
}

void checking_say_remedy(struct checking *c, enum check check, enum finding finding, const char *remedy,
	const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	tell(c, check, finding, remedy, format, ap);
	va_end(ap);
}

void checking_age(const struct checking *c, struct boottime then, char ret_text[NUM_SPAN_BYTES])
{
	int64_t age_ms = c->now.boot.ms - then.ms;

	num_format_span_ms(age_ms > 0 ? (age_ms + 999) / 1000 * 1000 : 1000, ret_text);
}

bool checking_is_awake(const struct cluster *c)
{
	return c->state != CLUSTER_STATE_GONE && c->state != CLUSTER_STATE_PAUSED &&
	       c->state != CLUSTER_STATE_PAUSING;
}

/* ---- all of them ---- */

void checks_run(struct project *p, struct moment now, checks_each_fn *each, void *arg)
{
	struct checking c = {.p = p, .now = now, .binding = CORE_NO_INDEX, .each = each, .arg = arg};

	if (p->broken) {
		checking_say(&c, CHECK_CONFIGURATION, FINDING_PROBLEM, "the project is not watched: %s",
			p->trouble);
		return;
	}
	check_project(&c);
	check_api(&c);
	for (uint32_t i = 0; i < p->core.binding_count; i++) {
		c.subject = p->core.bindings[i].region.text;
		c.binding = i;
		c.key = p->core.bindings[i].arn.text;
		check_key(&c, i);
		check_access(&c, i);
	}
	c.key = NULL;
	check_clusters(&c);
	check_jobs(&c);
}
