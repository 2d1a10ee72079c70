/* SPDX-License-Identifier: Apache-2.0 */
/* What a drill found, as lines like those of a check: what the checks say of the things that a revoke needs, and what was read
 * for the drill alone. */
#include "base/buf.h"
#include "base/num.h"
#include "base/own.h"
#include "core/evidence.h"
#include "driver/checks.h"
#include "driver/clients.h"
#include "driver/drill.h"
#include "driver/hub.h"
#include "driver/project.h"
#include "driver/tree.h"
#include "io/lane.h"
#include "io/tidb.h"
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define REPORT_MAX_BYTES (16 * 1024 * 1024) /* that the digest is made of */
#define REQUESTS_AN_ACT  2                  /* the pause, and a reading of its cluster */
#define MINUTE_MS        60000

/* Of the checks, what a revoke needs: the rest concerns cmekd's own acts, or days without one. */
static bool concerns_revoke(enum check c)
{
	switch (c) {
	case CHECK_LEDGER:
	case CHECK_AWS_CREDENTIALS:
	case CHECK_API_KEY:
	case CHECK_HEADROOM:
	case CHECK_BACKUP_SETTINGS:
	case CHECK_MIGRATION:
	case CHECK_PAUSE_RIGHT:
	case CHECK_OTHER_POLICIES:
	case CHECK_REPLICAS:
	case CHECK_KEY_STATE:
	case CHECK_INCIDENT:
	case CHECK_POLICY_EBS:
	case CHECK_OWN_READ:
	case CHECK_OWN_CHANGE:
	case CHECK_REVOKE:
	case CHECK_PUT_BACK:
	case CHECK_JOBS:
		return true;
	case CHECK_CONFIGURATION:
	case CHECK_REACTION:
	case CHECK_CMEK:
	case CHECK_CLUSTER_LIST: /* these two are read anew, */
	case CHECK_PAUSE:
	case CHECK_GRANTS: /* and so is this */
	case CHECK_CLUSTER_REGIONS:
	case CHECK_CLUSTER_SECTIONS:
	case CHECK_PROVIDERS:
	case CHECK_BUDGET:
	case CHECK_HINTS:
	case CHECK_SETTING:
	case CHECK_PIN:
	case CHECK_KEY_REGION:
	case CHECK_KEY_KIND:
	case CHECK_KEY_ORIGIN:
	case CHECK_ROTATION:
	case CHECK_SIGHT:
	case CHECK_ARMED:
	case CHECK_POLICY_S3:
	case CHECK_COUNT:
		break;
	}
	return false;
}

/* ---- lines ---- */

struct report {
	struct drill *d;
	struct project *p;
	struct moment now;
	struct tree tree;
	struct json_object *lines;
	struct buf *signed_text; /* that `report` is the digest of */
	uint32_t problems;
	enum check_of of; /* of the checks that are taken now */
	uint32_t binding; /* of a region */
};

struct line {
	const char *check, *about;
	enum check_of of;
	const char *subject, *remedy;
};

static void put(struct report *r, const struct line *l, enum finding finding, const char *found)
{
	struct json_object *o = tree_object(&r->tree);

	tree_text(&r->tree, o, "check", l->check);
	tree_text(&r->tree, o, "about", l->about);
	tree_text(&r->tree, o, "of", check_of_name(l->of));
	tree_text(&r->tree, o, "subject", l->subject);
	tree_text(&r->tree, o, "result", finding_name(finding));
	tree_text(&r->tree, o, "found", found);
	if (finding != FINDING_OK && *l->remedy)
		tree_text(&r->tree, o, "remedy", l->remedy);
	tree_add(&r->tree, r->lines, o);
	buf_printf(r->signed_text, "%s\t%s\t%s\t%s\n", l->check, l->subject, finding_name(finding), found);
	r->problems += finding == FINDING_PROBLEM;
}

static void say(struct report *r, const struct line *l, enum finding finding, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
static void say(struct report *r, const struct line *l, enum finding finding, const char *format, ...)
{
	char found[CHECKS_FOUND_BYTES];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(found, sizeof found, format, ap);
	va_end(ap);
	put(r, l, finding, found);
}

static void take_check(const struct checks_line *line, void *arg)
{
	struct report *r = arg;
	const struct line l = {check_name(line->check), check_about(line->check), check_of(line->check),
		line->subject, line->remedy};

	if (l.of != r->of || !concerns_revoke(line->check))
		return;
	if (line->check == CHECK_PAUSE_RIGHT && r->d->live.tried && r->d->live.end == LIVE_END_PROVEN)
		return; /* that it cannot be known is not true any more */
	if (l.of == CHECK_OF_REGION && line->binding != r->binding)
		return;
	if (l.of == CHECK_OF_CLUSTER &&
		(line->binding >= r->d->key_count || !r->d->keys[line->binding].wanted))
		return;
	put(r, &l, line->finding, line->found);
}

static void take_checks(struct report *r, enum check_of of, uint32_t binding)
{
	r->of = of;
	r->binding = binding;
	checks_run(r->p, r->now, take_check, r);
}

/* ---- the project ---- */

static void say_list(struct report *r)
{
	const struct line l = {"drill_list", "cluster list, now", CHECK_OF_PROJECT, r->p->name.text,
		"without it no revoke can be told to be dark: see the API key and the network, then drill "
		"again"};
	const struct drill *d = r->d;
	uint32_t listed = 0, new = 0, missing = 0;

	for (uint32_t i = 0; i < d->count; i++) {
		listed += d->clusters[i].listed;
		new += !d->clusters[i].known;
		missing += !d->clusters[i].listed;
	}
	if (!d->listed)
		say(r, &l, FINDING_PROBLEM, "it was not answered in time");
	else if (d->list_fault != FAULT_NONE)
		say(r, &l, FINDING_PROBLEM, "it cannot be read (%s%s%s)", fault_name(d->list_fault),
			*d->list_said.text ? ": " : "", d->list_said.text);
	else
		say(r, &l, FINDING_OK,
			"clusters: %" PRIu32 "; cmekd had not seen %" PRIu32 " of them, and knows %" PRIu32
			" that are not listed",
			listed, new, missing);
}

static bool is_awake(const struct drill_cluster *c)
{
	return c->read && c->fault == FAULT_NONE && !c->excluded && c->seen.state != CLUSTER_STATE_PAUSED &&
	       c->seen.state != CLUSTER_STATE_PAUSING && c->seen.state != CLUSTER_STATE_GONE;
}

static void say_time(struct report *r)
{
	const struct line l = {
		"drill_time", "time to dark", CHECK_OF_PROJECT, r->p->name.text, "cmekctl status --lanes"};
	struct tidb *tidb = clients_tidb(r->p->hub->clients, r->p->api_key_file);
	int64_t requests = 0, wait_ms = 0;
	struct lane_state lane;
	char wait[NUM_SPAN_BYTES];

	for (uint32_t i = 0; i < r->d->count; i++)
		requests += is_awake(&r->d->clusters[i]) * REQUESTS_AN_ACT;
	if (!tidb) {
		say(r, &l, FINDING_UNKNOWN, "cmekd is out of memory");
		return;
	}
	tidb_lane(tidb, &lane);
	if (requests + lane.used > lane.allowance && lane.allowance > 0)
		wait_ms = (requests + lane.used - lane.allowance) * MINUTE_MS / lane.allowance;
	num_format_span_ms((wait_ms + lane.hold_ms + 999) / 1000 * 1000, wait);
	say(r, &l, FINDING_OK,
		"clusters to pause: %" PRId64 ", by %" PRId64 " requests, of which a minute permits %" PRIu32
		": they wait about %s for that; how long a pause takes TiDB Cloud does not tell (cmekctl "
		"times "
		"has what it took)",
		requests / REQUESTS_AN_ACT, requests, lane.allowance,
		wait_ms + lane.hold_ms > 0 ? wait : "0s");
}

/* ---- regions ---- */

static void say_look(struct report *r, uint32_t binding)
{
	const struct binding *b = &r->p->core.bindings[binding];
	const struct line l = {"drill_look", "key, now", CHECK_OF_REGION, b->region.text,
		"cmekctl explain says why; what cannot be judged cannot be seen to be cut"};
	struct boottime looked = b->evidence.last_look;
	enum outcome outcome = reason_outcome(b->evidence.last_reason);

	if (looked.ms == BOOTTIME_NEVER.ms || looked.ms < r->d->began.boot.ms)
		say(r, &l, FINDING_PROBLEM, "it was not looked at in time");
	else
		say(r, &l,
			outcome == OUTCOME_USABLE || outcome == OUTCOME_DEGRADED ? FINDING_OK
										 : FINDING_PROBLEM,
			"%s: %s", outcome_name(outcome), reason_seen(b->evidence.last_reason));
}

static void say_grants(struct report *r, uint32_t binding)
{
	const struct drill_key *k = &r->d->keys[binding];
	const struct line l = {"drill_grants", "vendor's grants, now", CHECK_OF_REGION,
		r->p->core.bindings[binding].region.text,
		"give cmekd's role kms:ListGrants on the key: without it nobody sees whether a grant "
		"outlives the "
		"cut"};

	if (!k->listed)
		say(r, &l, FINDING_UNKNOWN, "they were not listed in time");
	else if (k->fault != FAULT_NONE)
		say(r, &l, FINDING_UNKNOWN, "they cannot be listed (%s%s%s)", fault_name(k->fault),
			*k->said.text ? ": " : "", k->said.text);
	else
		say(r, &l, FINDING_OK, "alive: %" PRIu32 "%s%s; a Deny statement stops them too", k->alive,
			*k->said.text ? ", for " : "", k->said.text);
}

/* ---- clusters ---- */

static void say_cluster(struct report *r, const struct drill_cluster *c)
{
	const struct line l = {"drill_cluster", "read by its id", CHECK_OF_CLUSTER,
		*c->seen.name ? c->seen.name : c->seen.id.text,
		c->read && c->fault == FAULT_NONE
			? "wait until the cluster is ACTIVE; in an incident cmekd does so too, and goes on "
			  "trying"
			: "as long as it cannot be read by its id a revoke is not told to be dark"};
	const struct line excluded = {l.check, l.about, l.of, l.subject,
		"take Exclude= out of its [Cluster] section, or be ready to pause it in TiDB Cloud"};
	const char *known = c->known ? "" : "; cmekd had not seen it before";
	bool runs = c->seen.state != CLUSTER_STATE_PAUSED && c->seen.state != CLUSTER_STATE_PAUSING &&
		    c->seen.state != CLUSTER_STATE_GONE;

	if (!c->read)
		say(r, &l, FINDING_PROBLEM, "it was not read in time");
	else if (c->fault == FAULT_NOT_FOUND && !c->listed)
		say(r, &l, FINDING_OK, "gone: neither listed nor found");
	else if (c->fault != FAULT_NONE)
		say(r, &l, FINDING_PROBLEM, "it cannot be read (%s)", fault_name(c->fault));
	else if (c->excluded && runs)
		say(r, &excluded, FINDING_PROBLEM,
			"%s, and excluded by the configuration: a revoke leaves it running, and is never "
			"told "
			"to be dark%s",
			c->seen.wire_state, known);
	else
		switch (c->seen.state) {
		case CLUSTER_STATE_RUNNING:
			say(r, &l, FINDING_OK, "%s: it may be paused%s", c->seen.wire_state, known);
			return;
		case CLUSTER_STATE_PAUSING:
		case CLUSTER_STATE_PAUSED:
		case CLUSTER_STATE_GONE:
			say(r, &l, FINDING_OK, "%s: no pause is needed%s", c->seen.wire_state, known);
			return;
		case CLUSTER_STATE_BUSY:
		case CLUSTER_STATE_RESUMING:
		case CLUSTER_STATE_UNUSABLE:
			say(r, &l, FINDING_PROBLEM, "%s: a pause would have to wait%s", c->seen.wire_state,
				known);
			return;
		case CLUSTER_STATE_UNKNOWN:
		case CLUSTER_STATE_COUNT:
			say(r, &l, FINDING_PROBLEM, "in a state that cmekd does not know: %s%s",
				c->seen.wire_state, known);
			return;
		}
}

static const char *live_remedy(enum live_end end)
{
	switch (end) {
	case LIVE_END_REFUSED:
		return "end what it names in the console of TiDB Cloud, then drill again";
	case LIVE_END_DENIED:
		return "give the API key's role the right to pause: Project Owner or Organization Owner";
	case LIVE_END_THROTTLED:
		return "cmekctl status --lanes; drill again in a minute";
	case LIVE_END_NOT_SENT:
		return "cmekctl status says what came between; then drill again";
	case LIVE_END_NEVER_PAUSED:
		return "look at the cluster in the console of TiDB Cloud, then drill again";
	case LIVE_END_OTHERS_RESUMED:
		return "drill again when nobody else works on the cluster";
	case LIVE_END_OTHERS_PAUSED:
		return "cmekd leaves it paused: resume it in TiDB Cloud if it is to run";
	case LIVE_END_GONE:
		return "drill again with a cluster that is there";
	case LIVE_END_GOING:
	case LIVE_END_PROVEN:
	case LIVE_END_COUNT:
		break;
	}
	return "";
}

static void say_live(struct report *r)
{
	const struct drill *d = r->d;
	const struct line l = {
		"drill_live", "pause and resume", CHECK_OF_CLUSTER, d->live.name, live_remedy(d->live.end)};
	char paused[NUM_SPAN_BYTES], resumed[NUM_SPAN_BYTES];

	num_format_span_ms((d->live.pause_ms + 999) / 1000 * 1000, paused);
	num_format_span_ms((d->live.resume_ms + 999) / 1000 * 1000, resumed);
	if (d->live.end == LIVE_END_PROVEN)
		say(r, &l, FINDING_OK,
			"%s: read as PAUSED %s after it was asked for, and as running %s after its resume "
			"was "
			"taken; so the API key may do both",
			live_end_meaning(d->live.end), d->live.pause_ms > 0 ? paused : "some time", resumed);
	else
		say(r, &l, FINDING_PROBLEM, "%s%s%s", live_end_meaning(d->live.end),
			*d->live.said.text ? ": " : "", d->live.said.text);
}

/* ---- the whole ---- */

static void write_lines(struct report *r)
{
	take_checks(r, CHECK_OF_PROJECT, CORE_NO_INDEX);
	say_list(r);
	say_time(r);
	for (uint32_t i = 0; i < r->d->key_count; i++) {
		if (!r->d->keys[i].wanted)
			continue;
		say_look(r, i);
		take_checks(r, CHECK_OF_REGION, i);
		say_grants(r, i);
	}
	if (r->d->live.tried)
		say_live(r);
	for (uint32_t i = 0; i < r->d->count; i++)
		say_cluster(r, &r->d->clusters[i]);
	take_checks(r, CHECK_OF_CLUSTER, CORE_NO_INDEX);
}

struct json_object *drill_report(
	struct drill *d, struct moment now, uint32_t *ret_problems, struct digest *ret_report)
{
	_cleanup_(buf_fini) struct buf text = BUF_INIT(REPORT_MAX_BYTES);
	struct report r = {.d = d, .p = d->project, .now = now, .tree = {0}, .signed_text = &text};
	struct json_object *o = tree_object(&r.tree);
	struct digest digest;
	char hex[DIGEST_HEX_BYTES];

	d->given_up = true;
	r.lines = tree_array(&r.tree);
	write_lines(&r);
	if (text.trouble != 0 || digest_of(text.data ? text.data : "", text.len, &digest) != 0)
		r.tree.failed = true;
	else
		digest_format(&digest, hex);
	tree_put(&r.tree, o, "checks", r.lines);
	tree_int(&r.tree, o, "problems", r.problems);
	tree_text(&r.tree, o, "report", r.tree.failed ? "" : hex);
	tree_int(&r.tree, o, "tookMs", now.boot.ms - d->began.boot.ms);
	o = tree_done(&r.tree, o);
	if (!o)
		return NULL;
	*ret_problems = r.problems;
	*ret_report = digest;
	return o;
}
