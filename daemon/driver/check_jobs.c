/* SPDX-License-Identifier: Apache-2.0 */
/* Each cluster that would have to be paused: does anything run on it that would make TiDB Cloud refuse (TiDB Cloud, "Pause or
 * Resume a TiDB Cloud Dedicated Cluster": imports, backups, changefeeds)? What was seen to block is a problem until a reading
 * shows that it is gone; that nothing blocks is true only of a reading that is young. */
#include "driver/check_rows.h"
#include "driver/jobs.h"
#include "driver/project.h"
#include "driver/texts.h"
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct sentence {
	char text[CHECKS_FOUND_BYTES];
};

static void add(struct sentence *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(struct sentence *s, const char *format, ...)
{
	size_t len = strlen(s->text);
	va_list ap;

	if (len > 0 && len + 2 < sizeof s->text)
		len += (size_t)snprintf(s->text + len, sizeof s->text - len, "; ");
	va_start(ap, format);
	(void)vsnprintf(s->text + len, sizeof s->text - len, format, ap);
	va_end(ap);
}

/* "2 changefeeds (orders-to-kafka: RUNNING), read 3s ago" */
static void add_jobs(struct sentence *s, enum job job, uint32_t count, const struct jobs *seen,
	const char *what, const char *age)
{
	add(s, "%" PRIu32 " %s%s (%s%s%s), read %s ago", count, job_words(job, count), what, seen->name,
		seen->name[0] && seen->state[0] ? ": " : "", seen->state, age);
}

static enum finding judge(
	const struct checking *c, enum job job, const struct jobs_reading *r, struct sentence *said)
{
	char age[NUM_SPAN_BYTES] = "";
	int64_t age_ms = r && r->at.ms != BOOTTIME_NEVER.ms ? c->now.boot.ms - r->at.ms : INT64_MAX;

	if (age_ms != INT64_MAX)
		checking_age(c, r->at, age);
	if (age_ms < JOBS_BLOCK_MS && r->seen.blocking > 0) {
		add_jobs(said, job, r->seen.blocking, &r->seen, "", age);
		return FINDING_PROBLEM;
	}
	if (r && r->fault != FAULT_NONE)
		add(said, "%s cannot be read (%s%s%s)", job_words(job, 0), fault_name(r->fault),
			r->words && r->words->of.message ? ": " : "",
			r->words && r->words->of.message ? r->words->of.message : "");
	else if (age_ms == INT64_MAX)
		add(said, "%s were not read since cmekd started", job_words(job, 0));
	else if (r->seen.unclear > 0)
		add_jobs(said, job, r->seen.unclear, &r->seen, " in a state that cmekd does not know", age);
	else if (age_ms >= JOBS_CLEAR_MS)
		add(said, "there was no %s %s ago", job_words(job, 1), age);
	else
		return FINDING_OK;
	return FINDING_UNKNOWN;
}

static struct boottime oldest(const struct jobs_cluster *known)
{
	struct boottime at = known->of[0].at;

	for (size_t i = 1; i < JOB_COUNT; i++)
		at = known->of[i].at.ms < at.ms ? known->of[i].at : at;
	return at;
}

static void check_one(struct checking *c, const struct cluster *cluster)
{
	const struct jobs_cluster *known = jobs_of(c->p, &cluster->id);
	struct sentence blocking = {""}, unclear = {""};
	char age[NUM_SPAN_BYTES];

	for (int i = 0; i < JOB_COUNT; i++) {
		struct sentence said = {""};
		enum finding f = judge(c, (enum job)i, known ? &known->of[i] : NULL, &said);

		if (f != FINDING_OK)
			add(f == FINDING_PROBLEM ? &blocking : &unclear, "%s", said.text);
	}
	if (blocking.text[0])
		checking_say(c, CHECK_JOBS, FINDING_PROBLEM, "a pause would be refused: %s%s%s",
			blocking.text, unclear.text[0] ? "; beside that: " : "", unclear.text);
	else if (unclear.text[0])
		checking_say(c, CHECK_JOBS, FINDING_UNKNOWN, "%s", unclear.text);
	else {
		checking_age(c, oldest(known), age);
		checking_say(c, CHECK_JOBS, FINDING_OK, "no import, backup or changefeed, read %s ago", age);
	}
}

void check_jobs(struct checking *c)
{
	for (uint32_t i = 0; i < c->p->core.cluster_count; i++) {
		const struct cluster *cluster = &c->p->core.clusters[i];

		if (!jobs_concern(cluster))
			continue;
		c->binding = cluster->binding;
		c->subject = *cluster->name ? cluster->name : cluster->id.text;
		check_one(c, cluster);
	}
}
