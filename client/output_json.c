/* SPDX-License-Identifier: Apache-2.0 */
/* The format for scripts: one object, whose members are what the verb has to say. Objects of cmekd are passed on as
 * they are: their shape is that of io.cmekd. Long lists are written as they come. */
#include "output.h"
#include "base/num.h"
#include "json_put.h"
#include "model/record.h"
#include <inttypes.h>
#include <string.h>

/* ---- the one object ---- */

static void close_lists(struct output *o)
{
	FILE *to = o->page.to;

	if (o->in_records) {
		(void)fputs(o->records ? "\n      ]\n    }" : "]\n    }", to);
		o->in_records = false;
	}
	if (o->in_projects || o->in_ledgers) {
		(void)fputs(o->items ? "\n  ]" : "]", to);
		o->in_projects = o->in_ledgers = false;
	}
	o->items = 0;
}

static void member(struct output *o, const char *name)
{
	close_lists(o);
	(void)fputs(o->members++ ? "," : "{", o->page.to);
	json_put_break(o->page.to, 1);
	(void)fprintf(o->page.to, "\"%s\": ", name);
}

static void member_string(struct output *o, const char *name, const char *text)
{
	member(o, name);
	json_put_string(o->page.to, text);
}

static void member_node(struct output *o, const char *name, const struct wire *wire, const char *wire_name)
{
	uint32_t node = json_member(wire->tree, wire->node, wire_name);

	if (node == JSON_NONE)
		return;
	member(o, name);
	json_put_node(o->page.to, wire->tree, node, 1);
}

static void json_status(struct output *o, const struct view_summary *summary, const struct wire *wire)
{
	if (summary)
		member_node(o, "summary", wire, "summary");
	member(o, "projects");
	(void)fputc('[', o->page.to);
	o->in_projects = true;
}

static void json_project(
	struct output *o, const struct view_project *p, const struct wire *wire, enum output_detail detail)
{
	(void)p;
	(void)detail;
	(void)fputs(o->items++ ? "," : "", o->page.to);
	json_put_break(o->page.to, 2);
	json_put_node(o->page.to, wire->tree, wire->node, 2);
}

static void json_status_chosen(struct output *o, int64_t shown, int64_t of)
{
	(void)o;
	(void)shown;
	(void)of;
}

static void json_status_rest(struct output *o, int64_t good_projects)
{
	(void)o;
	(void)good_projects;
}

static void json_explain(
	struct output *o, const char *project, const struct view_explanations *e, const struct wire *wire)
{
	(void)e;
	member_string(o, "project", project);
	member_node(o, "explanations", wire, "explanations");
}

static void json_lanes(struct output *o, const struct view_lanes *l, const struct wire *wire)
{
	(void)l;
	member_node(o, "lanes", wire, "lanes");
}

static void json_hints(struct output *o, const struct view_hints *h, const struct wire *wire)
{
	(void)h;
	member_node(o, "queues", wire, "queues");
	member_node(o, "verdicts", wire, "verdicts");
	member_node(o, "lastVerdictMs", wire, "lastVerdictMs");
	member_node(o, "longestVerdictMs", wire, "longestVerdictMs");
}

static void json_credentials(
	struct output *o, const char *project, const struct view_credentials *c, const struct wire *wire)
{
	(void)c;
	member_string(o, "project", project);
	member_node(o, "credentials", wire, "credentials");
}

/* One item of "projects" for each project that was asked. */
static void json_checks(
	struct output *o, const char *project, const struct view_checks *c, const struct wire *wire)
{
	FILE *to = o->page.to;

	(void)c;
	if (!o->in_projects) {
		member(o, "projects");
		(void)fputc('[', to);
		o->in_projects = true;
	}
	(void)fputs(o->items++ ? "," : "", to);
	json_put_break(to, 2);
	(void)fputc('{', to);
	json_put_break(to, 3);
	(void)fputs("\"name\": ", to);
	json_put_string(to, project);
	(void)fputc(',', to);
	json_put_break(to, 3);
	(void)fputs("\"checks\": ", to);
	json_put_node(to, wire->tree, json_member(wire->tree, wire->node, "checks"), 3);
	json_put_break(to, 2);
	(void)fputc('}', to);
}

static void json_drill(
	struct output *o, const char *target, const struct view_drill *d, const struct wire *wire)
{
	(void)d;
	member(o, "target");
	json_put_string(o->page.to, target);
	member(o, "drill");
	json_put_node(o->page.to, wire->tree, wire->node, 1);
}

static void json_plan(struct output *o, const struct output_plan *plan)
{
	member_string(o, "verb", plan->verb);
	member_string(o, "project", plan->project);
	member_node(o, "plan", &plan->wire, "bindings");
}

static void json_decision(struct output *o, const struct view_project *p, const struct view_binding *b)
{
	member_string(o, "project", p->name);
	member_string(o, "region", b->region);
	member(o, "incident");
	(void)fprintf(o->page.to, "%" PRId64, b->incident->id);
	member_string(o, "plan", b->incident->plan->digest);
}

static void json_taken(struct output *o, const char *verb, const char *project,
	const struct view_incidents *incidents, bool followed)
{
	(void)project;
	(void)followed;
	member_string(o, "taken", verb);
	if (!incidents)
		return;
	member(o, "incidents");
	for (size_t i = 0; i < incidents->count; i++)
		(void)fprintf(o->page.to, "%s%" PRId64, i ? ", " : "[", incidents->items[i]);
	(void)fputs(incidents->count ? "]" : "[]", o->page.to);
}

/* Of each key what is said of its rotation. */
static void put_rotation(FILE *to, const struct json_tree *tree, uint32_t binding)
{
	static const char *const names[] = {
		"region", "keyArn", "keyState", "deletion", "rotation", "rotationText"};
	unsigned put = 0;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		uint32_t node = json_member(tree, binding, names[i]);

		if (node == JSON_NONE)
			continue;
		(void)fputs(put++ ? "," : "{", to);
		json_put_break(to, 5);
		(void)fprintf(to, "\"%s\": ", names[i]);
		json_put_node(to, tree, node, 5);
	}
	json_put_break(to, 4);
	(void)fputc('}', to);
}

static void json_rotations(struct output *o, const struct view_projects *projects, const struct wire *wire)
{
	FILE *to = o->page.to;

	(void)projects;
	if (!o->in_projects) {
		member(o, "projects");
		(void)fputc('[', to);
		o->in_projects = true;
	}
	json_for_each (wire->tree, json_member(wire->tree, wire->node, "projects"), project) {
		unsigned keys = 0;

		(void)fputs(o->items++ ? "," : "", to);
		json_put_break(to, 2);
		(void)fputc('{', to);
		json_put_break(to, 3);
		(void)fputs("\"name\": ", to);
		json_put_node(to, wire->tree, json_member(wire->tree, project, "name"), 3);
		(void)fputc(',', to);
		json_put_break(to, 3);
		(void)fputs("\"keys\": [", to);
		json_for_each (wire->tree, json_member(wire->tree, project, "bindings"), binding) {
			(void)fputs(keys++ ? "," : "", to);
			json_put_break(to, 4);
			put_rotation(to, wire->tree, binding);
		}
		(void)fputc(']', to);
		json_put_break(to, 2);
		(void)fputc('}', to);
	}
}

/* A member for each, by the name that the ledger gives it. */
static void json_errand(
	struct output *o, enum errand errand, const struct view_errand *end, const struct wire *wire)
{
	(void)end;
	member(o, errand_name(errand));
	json_put_node(o->page.to, wire->tree, wire->node, 1);
}

static void json_progress(struct output *o, const struct view_project *before, const struct view_project *now)
{
	(void)o;
	(void)before;
	(void)now;
}

static void json_followed(struct output *o, const struct view_project *p, const struct wire *wire)
{
	bool dark = p->bindings.count > 0;

	for (size_t i = 0; i < p->bindings.count; i++)
		dark = dark && view_is_dark(&p->bindings.items[i]);
	member(o, "dark");
	(void)fputs(dark ? "true" : "false", o->page.to);
	member_node(o, "status", wire, "project");
}

static void open_ledger(struct output *o)
{
	if (!o->in_ledgers) {
		member(o, "ledgers");
		(void)fputc('[', o->page.to);
		o->in_ledgers = true;
	}
	(void)fputs(o->items++ ? "," : "", o->page.to);
	json_put_break(o->page.to, 2);
	(void)fputc('{', o->page.to);
}

/* Records come before the report of their ledger: the object is opened here and goes on there. */
static void json_record(struct output *o, const struct ledger_entry *entry)
{
	const struct record *r = &entry->record;
	uint32_t fields = record_type_fields(r->type);
	FILE *to = o->page.to;
	char at[NUM_TIME_BYTES];

	if (!o->in_records) {
		open_ledger(o);
		json_put_break(to, 3);
		(void)fputs("\"entries\": [", to);
		o->in_records = true;
		o->records = 0;
	}
	num_format_time_ms(r->at.ms, at);
	(void)fputs(o->records++ ? "," : "", to);
	json_put_break(to, 4);
	(void)fputc('{', to);
	json_put_pair(to, 5, true, "at", at);
	json_put_number(to, 5, "seq", r->seq.n);
	json_put_pair(to, 5, false, "type", record_type_name(r->type));
	if (fields & RECORD_F_REGION)
		json_put_pair(to, 5, false, "region", r->region.text);
	if (fields & RECORD_F_INCIDENT)
		json_put_number(to, 5, "incident", r->incident.n);
	if (fields & RECORD_F_VERDICT)
		json_put_pair(to, 5, false, "outcome", outcome_name(r->outcome));
	if (fields & RECORD_F_VERDICT)
		json_put_pair(to, 5, false, "reason", reason_name(r->reason));
	if (fields & RECORD_F_STATE)
		json_put_pair(to, 5, false, "phase", phase_name(r->phase));
	if (fields & RECORD_F_STATE)
		json_put_pair(to, 5, false, "cut", cut_name(r->cut));
	if (fields & RECORD_F_CLUSTER) {
		json_put_pair(to, 5, false, "cluster", r->cluster.text);
		json_put_pair(to, 5, false, "name", r->name);
		json_put_pair(to, 5, false, "state", cluster_state_name(r->state));
		json_put_pair(to, 5, false, "duty", duty_name(r->duty));
	}
	if (fields & RECORD_F_PLAN)
		json_put_number(to, 5, "count", r->count);
	if (fields & RECORD_F_RESULT)
		json_put_pair(to, 5, false, "result", act_result_name(r->result));
	json_put_pair(to, 5, false, "who", entry->texts.who);
	json_put_pair(to, 5, false, "note", entry->texts.note);
	json_put_pair(to, 5, false, "message", entry->texts.message);
	json_put_pair(to, 5, false, "request", entry->texts.request);
	json_put_pair(to, 5, false, "usable", entry->texts.usable);
	json_put_break(to, 4);
	(void)fputc('}', to);
}

static void json_ledger(struct output *o, const struct output_ledger *l)
{
	FILE *to = o->page.to;
	char head[DIGEST_HEX_BYTES];
	bool listed = o->in_records;

	if (listed)
		(void)fputs("\n      ]", to);
	else
		open_ledger(o);
	o->in_records = false;
	digest_format(&l->report.head.hash, head);
	json_put_pair(to, 3, !listed, "path", l->path);
	(void)fputs(",", to);
	json_put_break(to, 3);
	(void)fprintf(to, "\"good\": %s", l->damage ? "false" : "true");
	json_put_number(to, 3, "records", l->report.head.seq.n);
	if (l->report.head.seq.n > 0)
		json_put_pair(to, 3, false, "head", head);
	json_put_number(to, 3, "goodBytes", l->report.good_bytes);
	json_put_number(to, 3, "tornBytes", l->report.torn_bytes);
	if (l->damage)
		json_put_number(to, 3, "damagedLine", l->report.line);
	json_put_pair(to, 3, false, "damage", l->damage);
	json_put_break(to, 2);
	(void)fputc('}', to);
}

static void pass_on(struct output *o, const struct wire *wire)
{
	json_for_each_member (wire->tree, wire->node, name) {
		char text[64];

		if (json_string(wire->tree, name, text, sizeof text, NULL) == 0)
			member_node(o, text, wire, text);
	}
}

/* As cmekd told it. */
static void json_replay(struct output *o, const struct view_replay *replay, const struct wire *wire)
{
	(void)replay;
	pass_on(o, wire);
}

static void json_story(struct output *o, const struct output_story *story, const struct wire *wire)
{
	json_ledger(o, story->ledger);
	pass_on(o, wire);
}

/* Each record as a text: the bytes that were hashed. */
static void json_exported(struct output *o, const struct output_export *e)
{
	FILE *to = o->page.to;
	char first[DIGEST_HEX_BYTES], last[DIGEST_HEX_BYTES];
	uint64_t seq = 0, count = 0;
	const char *line;
	size_t at = 0, len;

	json_ledger(o, e->ledger);
	member_string(o, "ledger", e->book->ledger.text);
	member_string(o, "project", e->book->project.text);
	member_string(o, "machine", e->book->machine);
	if (e->first <= e->last) {
		digest_format(&e->first_hash, first);
		digest_format(&e->last_hash, last);
		member(o, "firstSeq");
		(void)fprintf(to, "%" PRIu64, e->first);
		member_string(o, "firstHash", first);
		member(o, "lastSeq");
		(void)fprintf(to, "%" PRIu64, e->last);
		member_string(o, "lastHash", last);
	}
	member(o, "lines");
	(void)fputc('[', to);
	while ((line = output_export_next(e, &seq, &at, &len))) {
		(void)fputs(count++ ? "," : "", to);
		json_put_break(to, 2);
		json_put_text(to, line, len - 1);
	}
	json_put_break(to, 1);
	(void)fputc(']', to);
}

static void pair_ms(FILE *to, const char *name, int64_t ms)
{
	(void)fputc(',', to);
	json_put_break(to, 3);
	(void)fprintf(to, ms < 0 ? "\"%s\": null" : "\"%s\": %" PRId64, name, ms);
}

static void json_times(struct output *o, const struct output_times *t)
{
	FILE *to = o->page.to;

	for (size_t i = 0; i < t->ledger_count; i++)
		json_ledger(o, &t->ledgers[i]);
	member(o, "incidents");
	(void)fprintf(to, "%" PRIu64, t->times->incidents);
	member(o, "open");
	(void)fprintf(to, "%" PRIu64, t->times->open);
	member(o, "olderLeftOut");
	(void)fprintf(to, "%" PRIu64, t->times->older);
	member(o, "times");
	for (unsigned i = 0; i < STORY_TIME_COUNT; i++) {
		struct story_samples *s = &t->times->of[i];
		struct story_percentiles p = story_times_percentiles(s);

		(void)fputs(i == 0 ? "[" : ",", to);
		json_put_break(to, 2);
		(void)fputc('{', to);
		json_put_pair(to, 3, true, "time", story_time_name((enum story_time)i));
		json_put_pair(to, 3, false, "from", story_time_from((enum story_time)i));
		json_put_pair(to, 3, false, "to", story_time_to((enum story_time)i));
		json_put_number(to, 3, "count", s->count);
		json_put_number(to, 3, "leftOut", s->left_out);
		pair_ms(to, "p50Ms", p.p50_ms);
		pair_ms(to, "p90Ms", p.p90_ms);
		pair_ms(to, "p99Ms", p.p99_ms);
		pair_ms(to, "maxMs", p.max_ms);
		json_put_break(to, 2);
		(void)fputc('}', to);
	}
	json_put_break(to, 1);
	(void)fputc(']', to);
}

static void pair_phrase(FILE *to, const char *name, const char *text)
{
	json_put_pair(to, 3, false, name, *text ? text : NULL);
}

static void put_decision(FILE *to, enum need need, const struct policy_decision *d)
{
	(void)fputc('{', to);
	json_put_pair(to, 3, true, "purpose", need_purpose(need));
	json_put_pair(to, 3, false, "action", need_action(need));
	json_put_pair(to, 3, false, "result", policy_answer_name(d->answer));
	if (d->statement > 0) {
		json_put_number(to, 3, "statement", d->statement);
		json_put_number(to, 3, "line", d->line);
	}
	pair_phrase(to, "sid", d->sid);
	pair_phrase(to, "condition", d->condition);
	pair_phrase(to, "inPolicy", d->in_policy);
	pair_phrase(to, "inRequest", d->in_request);
	pair_phrase(to, "why", d->why);
	pair_phrase(to, "remedy", d->remedy);
	json_put_break(to, 2);
	(void)fputc('}', to);
}

static void json_policy(struct output *o, const struct output_policy *policy)
{
	FILE *to = o->page.to;

	member_string(o, "policy", policy->path);
	member_string(o, "account", policy->account);
	member_string(o, "region", policy->region);
	member_string(o, "summary", policy_summary_name(policy->summary));
	member(o, "grantsSurvive");
	(void)fputs(policy->grants_survive ? "true" : "false", to);
	member(o, "needsVersion");
	(void)fprintf(to, "%d", NEED_TABLE_VERSION);
	member(o, "decisions");
	for (unsigned n = 0; n < NEED_COUNT; n++) {
		(void)fputs(n == 0 ? "[" : ",", to);
		json_put_break(to, 2);
		put_decision(to, (enum need)n, &policy->decisions[n]);
	}
	json_put_break(to, 1);
	(void)fputc(']', to);
}

static void json_key_plan(
	struct output *o, const char *project, const struct view_key_plan *plan, const struct wire *wire)
{
	(void)plan;
	member_string(o, "project", project);
	member(o, "key");
	json_put_node(o->page.to, wire->tree, wire->node, 1);
}

static void json_made(struct output *o, const char *name, const struct view_made *made)
{
	member_string(o, "name", name);
	member_string(o, "id", made->id);
	member(o, "found");
	(void)fputs(made->found ? "true" : "false", o->page.to);
}

static void json_steps(struct output *o, const struct output_step *steps, size_t count)
{
	FILE *to = o->page.to;

	member(o, "steps");
	(void)fputc('[', to);
	for (size_t i = 0; i < count; i++) {
		(void)fputs(i > 0 ? "," : "", to);
		json_put_break(to, 2);
		(void)fputc('{', to);
		json_put_pair(to, 3, true, "step", steps[i].step);
		json_put_pair(to, 3, false, "state", steps[i].state);
		json_put_pair(to, 3, false, "found", steps[i].found);
		if (steps[i].command)
			json_put_pair(to, 3, false, "command", steps[i].command);
		json_put_break(to, 2);
		(void)fputc('}', to);
	}
	json_put_break(to, 1);
	(void)fputc(']', to);
}

static void json_vendor(struct output *o, const char *path, const char *account)
{
	member_string(o, "file", path);
	member_string(o, "vendorAccount", account);
}

static void json_simulated(struct output *o, const struct policy_result *r)
{
	member_string(o, "decision", policy_answer_name(r->answer));
	member_string(o, "reason", policy_reason_name(r->reason));
	member(o, "statement");
	(void)fprintf(o->page.to, r->statement > 0 ? "%" PRIu32 : "null", r->statement);
	member(o, "sid");
	if (r->sid)
		json_put_string(o->page.to, r->sid);
	else
		(void)fputs("null", o->page.to);
}

static void json_compared(struct output *o, const struct compare_list *list, bool equal)
{
	FILE *to = o->page.to;

	member(o, "same");
	(void)fputs(equal ? "true" : "false", to);
	member(o, "statements");
	(void)fputc('[', to);
	for (size_t i = 0; i < list->count; i++) {
		const struct compare_statement *s = &list->statements[i];

		(void)fputs(i > 0 ? "," : "", to);
		json_put_break(to, 2);
		(void)fputc('{', to);
		json_put_pair(to, 3, true, "is", compare_kind_name(s->kind));
		if (s->before > 0)
			json_put_number(to, 3, "before", s->before);
		if (s->after > 0)
			json_put_number(to, 3, "after", s->after);
		pair_phrase(to, "sid", s->sid);
		json_put_strings(to, "minus", s->minus, s->minus_count);
		json_put_strings(to, "plus", s->plus, s->plus_count);
		json_put_break(to, 2);
		(void)fputc('}', to);
	}
	json_put_break(to, 1);
	(void)fputc(']', to);
}

/* The one answer that is a document of its own. */
static void json_document(struct output *o, const char *json)
{
	(void)fputs(json, o->page.to);
	o->is_stream = true;
}

static void json_version(struct output *o, const char *client, const char *daemon)
{
	member_string(o, "cmekctl", client);
	if (daemon)
		member_string(o, "cmekd", daemon);
}

static void json_ping(struct output *o, int64_t round_trip_us)
{
	member(o, "roundTripUs");
	(void)fprintf(o->page.to, "%" PRId64, round_trip_us);
}

static void json_help(struct output *o, const char *text, bool script)
{
	(void)script;
	member_string(o, "help", text);
}

/* A stream: a document a line. */
static void json_event(struct output *o, const struct view_event *e, const struct wire *wire)
{
	(void)e;
	json_put_node(o->page.to, wire->tree, wire->node, JSON_PUT_FLAT);
	(void)fputc('\n', o->page.to);
	o->is_stream = true;
}

static void json_missed(struct output *o, int64_t count)
{
	(void)fprintf(o->page.to, "{\"missed\": %" PRId64 "}\n", count);
	o->is_stream = true;
}

static void json_watched(struct output *o, const struct view_project *p, const struct wire *wire)
{
	(void)p;
	json_put_node(o->page.to, wire->tree, wire->node, JSON_PUT_FLAT);
	(void)fputc('\n', o->page.to);
	(void)fflush(o->page.to);
	o->is_stream = true;
}

/* Notes are for people at a terminal; what a script needs stands in members. */
static void json_note(struct output *o, const char *text)
{
	(void)o;
	(void)text;
}

static void json_trouble(struct output *o, const struct output_trouble *trouble)
{
	FILE *to = o->page.to;

	member(o, "error");
	(void)fputc('{', to);
	json_put_pair(to, 2, true, "id", trouble->id);
	json_put_pair(to, 2, false, "text", trouble->text);
	json_put_number(to, 2, "exit", (uint64_t)trouble->code);
	json_put_break(to, 1);
	(void)fputc('}', to);
}

static void json_end(struct output *o)
{
	if (o->is_stream && o->members == 0)
		return;
	close_lists(o);
	(void)fputs(o->members ? "\n}\n" : "{}\n", o->page.to);
}

const struct output_ops output_json = {
	.status = json_status,
	.project = json_project,
	.status_rest = json_status_rest,
	.status_chosen = json_status_chosen,
	.explain = json_explain,
	.lanes = json_lanes,
	.hints = json_hints,
	.credentials = json_credentials,
	.checks = json_checks,
	.drill = json_drill,
	.checked = json_explain,
	.plan = json_plan,
	.decision = json_decision,
	.taken = json_taken,
	.rotations = json_rotations,
	.errand = json_errand,
	.progress = json_progress,
	.followed = json_followed,
	.record = json_record,
	.ledger = json_ledger,
	.incidents = json_story,
	.story = json_story,
	.exported = json_exported,
	.times = json_times,
	.replay = json_replay,
	.policy = json_policy,
	.key_plan = json_key_plan,
	.made = json_made,
	.steps = json_steps,
	.vendor = json_vendor,
	.simulated = json_simulated,
	.compared = json_compared,
	.document = json_document,
	.version = json_version,
	.ping = json_ping,
	.help = json_help,
	.event = json_event,
	.missed = json_missed,
	.watched = json_watched,
	.note = json_note,
	.trouble = json_trouble,
	.end = json_end,
};
