/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/notices.h"
#include "base/num.h"
#include "core/pause_owner.h"
#include "driver/deed.h"
#include "driver/errand_order.h"
#include "driver/foresee.h"
#include "driver/grants.h"
#include "driver/hub.h"
#include "driver/project.h"
#include "io/journal.h"
#include "io/store.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define WHAT_BYTES   512
#define DETAIL_BYTES 1024

struct written { /* numbers as text, alive while the line is written */
	char incident[16], seq[24], head[DIGEST_HEX_BYTES];
};

static void fill_ledger(const struct project *p, struct journal_fields *fields, struct written *w)
{
	const struct ledger_head *head;

	if (!p->store)
		return;
	head = store_head(p->store);
	if (head->seq.n == 0)
		return;
	snprintf(w->seq, sizeof w->seq, "%" PRIu64, head->seq.n);
	digest_format(&head->hash, w->head);
	fields->ledger_seq = w->seq;
	fields->ledger_head = w->head;
}

static bool about_the_key(enum notice n)
{
	return n == NOTICE_VERDICT || n == NOTICE_LOST || n == NOTICE_DEGRADED || n == NOTICE_BLIND ||
	       n == NOTICE_SELF_DENIED || n == NOTICE_NOT_ARMED || n == NOTICE_INCIDENT_OPENED ||
	       n == NOTICE_NEEDS_APPROVAL || n == NOTICE_GRACE || n == NOTICE_PAUSING;
}

/* What a look has just shown; everything else would carry the words of a look that has nothing to do with it. */
static bool rests_on_a_look(enum notice n)
{
	return about_the_key(n) || n == NOTICE_ARMED || n == NOTICE_SEES || n == NOTICE_CANCELLED ||
	       n == NOTICE_PROVING || n == NOTICE_REVOKE_UNDONE;
}

static bool about_an_errand(enum notice n)
{
	return n == NOTICE_ERRAND_DONE || n == NOTICE_ERRAND_FAILED || n == NOTICE_ERRAND_UNSURE;
}

/* A service's words, where they are what is told: on the act for a cluster that it refused, on the change of the
 * policy, or on the look. */
static const struct texts *words_for(const struct project *p, const struct deed *deed)
{
	const struct project_key *key = deed->binding < p->key_size ? &p->keys[deed->binding] : NULL;
	enum notice n = deed->notice;

	if (about_an_errand(n)) {
		const struct errand_order *o = errand_order_find(p, deed->ticket);

		return o ? o->texts : NULL;
	}
	if (n == NOTICE_PAUSE_REFUSED || n == NOTICE_RESUME_REFUSED)
		return project_words_of(p, &deed->cluster);
	/* What others undid was not undone by what cmekd could not do. */
	if (key && (n == NOTICE_CUT_BY_HAND || n == NOTICE_CUT_MADE || n == NOTICE_CUT_UNDONE))
		return n == NOTICE_CUT_UNDONE && key->change_failed ? NULL : key->change;
	return key && rests_on_a_look(n) ? key->look : NULL;
}

static bool about_a_count(enum notice n)
{
	return n == NOTICE_BUDGET || n == NOTICE_GRACE || n == NOTICE_PAUSING || n == NOTICE_RESUMING ||
	       n == NOTICE_NEEDS_APPROVAL;
}

static void add(char *text, size_t size, const char *separator, const char *part)
{
	size_t len = strlen(text);

	if (part && *part)
		(void)snprintf(text + len, size - len, "%s%s", len > 0 ? separator : "", part);
}

/* "prod/us-west-2, incident 3, cluster orders (123)" */
static void describe(const struct project *p, const struct deed *deed, char what[WHAT_BYTES])
{
	char part[128];

	add(what, WHAT_BYTES, "", p->name.text);
	add(what, WHAT_BYTES, "/", deed->region.text);
	if (deed->incident.n != 0) {
		snprintf(part, sizeof part, "incident %" PRIu32, deed->incident.n);
		add(what, WHAT_BYTES, ", ", part);
	}
	if (*deed->cluster.text) {
		snprintf(part, sizeof part, "cluster %s (%s)", deed->cluster_name, deed->cluster.text);
		add(what, WHAT_BYTES, ", ", part);
	}
	if (about_a_count(deed->notice) && deed->count > 0) {
		snprintf(
			part, sizeof part, "%" PRIu32 " cluster%s", deed->count, deed->count == 1 ? "" : "s");
		add(what, WHAT_BYTES, ", ", part);
	}
}

static void explain_suspension(const struct project *p, const struct deed *deed, char detail[DETAIL_BYTES])
{
	char until[NUM_TIME_BYTES];

	add(detail, DETAIL_BYTES, "", *deed->who ? deed->who : "its time is over");
	if (!core_is_suspended(&p->core))
		return;
	num_format_time_ms(p->core.suspended_until.ms, until);
	add(detail, DETAIL_BYTES, "; until ", until);
}

static void explain_resume(const struct project *p, const struct deed *deed, char detail[DETAIL_BYTES])
{
	uint32_t index = core_find_cluster(&p->core, &deed->cluster);
	const struct cluster *c = index == CORE_NO_INDEX ? NULL : &p->core.clusters[index];
	char at[NUM_TIME_BYTES];

	if (!c || !walltime_is_known(pause_foreseen(c->our_resume_at, c->paused_at)))
		return;
	num_format_time_ms(pause_foreseen(c->our_resume_at, c->paused_at).ms, at);
	add(detail, DETAIL_BYTES, "", at);
	if (!walltime_is_known(c->our_resume_at))
		add(detail, DETAIL_BYTES, ", ",
			"counted as seven days from when it was first read as PAUSED: no API tells");
}

static void explain_errand(const struct project *p, const struct deed *deed, char detail[DETAIL_BYTES])
{
	const struct errand_order *o = errand_order_find(p, deed->ticket);

	add(detail, DETAIL_BYTES, "", errand_what(deed->errand));
	if (o)
		add(detail, DETAIL_BYTES, ", asked for by ", o->who);
	if (deed->notice == NOTICE_ERRAND_UNSURE) {
		add(detail, DETAIL_BYTES, "; look: ", errand_see(deed->errand));
		add(detail, DETAIL_BYTES, " ", p->name.text);
	}
}

/* The date, and the command that keeps the key. */
static void explain_date(const struct project *p, const struct deed *deed, char detail[DETAIL_BYTES])
{
	const struct binding *b = &p->core.bindings[deed->binding];
	bool deletion = deed->notice == NOTICE_DELETION_AHEAD;
	int64_t left_min = (b->counted.ms - p->core.now.wall.ms) / 60000;
	char date[NUM_TIME_BYTES], part[256];
	const char *unit = left_min >= 2 * 1440 ? "days" : left_min >= 120 ? "hours" : "minutes";
	int64_t left = left_min >= 2 * 1440 ? left_min / 1440 : left_min >= 120 ? left_min / 60 : left_min;

	num_format_time_ms(deletion ? b->counted.ms : b->rotation_next.ms, date);
	add(detail, DETAIL_BYTES, "", date);
	if (!deletion)
		return;
	(void)snprintf(part, sizeof part,
		" (in %" PRId64 " %s); to keep it: cmekctl key cancel-deletion %s/%s", left, unit,
		p->name.text, b->region.text);
	add(detail, DETAIL_BYTES, "", part);
}

/* What was seen of the key, and the service's words. */
static void explain(const struct project *p, const struct deed *deed, const struct texts *words,
	char detail[DETAIL_BYTES])
{
	/* An operator's revoke opens an incident while the key is usable: that is no reason for it. */
	if (about_the_key(deed->notice) &&
		(deed->notice == NOTICE_VERDICT || reason_outcome(deed->reason) != OUTCOME_USABLE))
		add(detail, DETAIL_BYTES, "", reason_seen(deed->reason));
	if (deed->notice == NOTICE_DARK && deed->binding < p->core.binding_count) {
		char grants[GRANTS_SENTENCE_BYTES];

		grants_sentence(p, deed->binding, grants);
		add(detail, DETAIL_BYTES, "", grants);
	}
	if (deed->notice == NOTICE_REVOKED || deed->notice == NOTICE_RESTORED) {
		struct why why;

		add(detail, DETAIL_BYTES, "", deed->who);
		if (foresee_next(p, deed->binding, &why))
			add(detail, DETAIL_BYTES, "; the key policy: ", why.text);
	}
	if ((deed->notice == NOTICE_DELETION_AHEAD || deed->notice == NOTICE_ROTATION_SOON ||
		    deed->notice == NOTICE_ROTATION_OVERDUE) &&
		deed->binding < p->core.binding_count)
		explain_date(p, deed, detail);
	if (about_an_errand(deed->notice))
		explain_errand(p, deed, detail);
	if (deed->notice == NOTICE_SUSPENDED || deed->notice == NOTICE_UNSUSPENDED)
		explain_suspension(p, deed, detail);
	if (deed->notice == NOTICE_RESUME_AHEAD)
		explain_resume(p, deed, detail);
	if (words)
		add(detail, DETAIL_BYTES, ": ", words->of.message);
	if (deed->notice == NOTICE_LEDGER_FAILED && p->store) {
		struct why why = {""};

		store_why(p->store, &why);
		add(detail, DETAIL_BYTES, ": ", why.text);
	}
}

void notices_tell(const struct project *p, const struct deed *deed)
{
	char what[WHAT_BYTES] = "", detail[DETAIL_BYTES] = "";
	struct written w = {0};
	struct journal_fields fields = {
		.project = p->name.text,
		.region = deed->region.text,
		.cluster = deed->cluster.text,
		.detail = detail,
		.who = deed->who,
	};
	const struct texts *words = words_for(p, deed);
	uint32_t at = deed->binding < p->core.binding_count ? deed->binding
							    : core_find_binding(&p->core, &deed->region);
	const struct binding *b = at < p->core.binding_count ? &p->core.bindings[at] : NULL;

	if (deed->incident.n != 0) {
		snprintf(w.incident, sizeof w.incident, "%" PRIu32, deed->incident.n);
		fields.incident = w.incident;
	}
	if (b) {
		fields.key_arn = b->arn.text;
		/* Of the look that is told of, else of the verdict that holds. */
		fields.reason = reason_name(about_the_key(deed->notice) ? deed->reason : b->evidence.reason);
		fields.outcome = outcome_name(b->evidence.verdict);
	}
	/* Of what is told about, or of the answer that has just come. */
	if (words || p->answered)
		fields.request_id = (words ? words : p->answered)->of.request;
	fill_ledger(p, &fields, &w);
	describe(p, deed, what);
	explain(p, deed, words, detail);
	journal_notice(deed->notice, &fields, "%s", what);
	events_notice(&p->hub->events, &p->name, deed->notice, what, detail);
}

void notices_project(const struct project *p, enum notice notice, const char *detail)
{
	struct written w = {0};
	struct journal_fields fields = {.project = p->name.text, .detail = detail};

	fill_ledger(p, &fields, &w);
	journal_notice(notice, &fields, "%s", p->name.text);
	events_notice(&p->hub->events, &p->name, notice, p->name.text, detail);
}

void notices_summary(const struct project *p, enum notice notice, const char *detail)
{
	struct written w = {0};
	struct journal_fields fields = {.project = p->name.text};
	char text[2 * DETAIL_BYTES];

	fill_ledger(p, &fields, &w);
	/* In the text too: not every shipper of logs keeps the fields. */
	(void)snprintf(text, sizeof text, "%s%s%s%s%s", detail, *w.seq ? "; ledger " : "", w.seq,
		*w.seq ? " " : "", w.head);
	fields.detail = text;
	journal_notice(notice, &fields, "%s", p->name.text);
}

void notices_daemon(struct hub *hub, enum notice notice, const char *detail)
{
	journal_notice(notice, &(struct journal_fields){.detail = detail}, NULL);
	events_notice(&hub->events, NULL, notice, NULL, detail);
}
