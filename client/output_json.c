/* SPDX-License-Identifier: Apache-2.0 */
/* The format for scripts: one object, whose members are what the verb has to say. Objects of cmekd are passed on as
 * they are: their shape is that of io.cmekd. Long lists are written as they come. */
#include "output.h"
#include "json_answer.h"
#include "json_put.h"
#include "ledger_json.h"
#include "policy_json.h"
#include <inttypes.h>
#include <string.h>

static void json_status(struct output *o, const struct view_summary *summary, const struct wire *wire)
{
	if (summary)
		json_answer_node(o, "summary", wire, "summary");
	json_answer_member(o, "projects");
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
	json_answer_string(o, "project", project);
	json_answer_node(o, "explanations", wire, "explanations");
}

static void json_lanes(struct output *o, const struct view_lanes *l, const struct wire *wire)
{
	(void)l;
	json_answer_node(o, "lanes", wire, "lanes");
}

static void json_hints(struct output *o, const struct view_hints *h, const struct wire *wire)
{
	(void)h;
	json_answer_node(o, "queues", wire, "queues");
	json_answer_node(o, "verdicts", wire, "verdicts");
	json_answer_node(o, "lastVerdictMs", wire, "lastVerdictMs");
	json_answer_node(o, "longestVerdictMs", wire, "longestVerdictMs");
}

static void json_credentials(
	struct output *o, const char *project, const struct view_credentials *c, const struct wire *wire)
{
	(void)c;
	json_answer_string(o, "project", project);
	json_answer_node(o, "credentials", wire, "credentials");
}

/* One item of "projects" for each project that was asked. */
static void json_checks(
	struct output *o, const char *project, const struct view_checks *c, const struct wire *wire)
{
	FILE *to = o->page.to;

	(void)c;
	if (!o->in_projects) {
		json_answer_member(o, "projects");
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
	json_answer_member(o, "target");
	json_put_string(o->page.to, target);
	json_answer_member(o, "drill");
	json_put_node(o->page.to, wire->tree, wire->node, 1);
}

static void json_plan(struct output *o, const struct output_plan *plan)
{
	json_answer_string(o, "verb", plan->verb);
	json_answer_string(o, "project", plan->project);
	json_answer_node(o, "plan", &plan->wire, "bindings");
}

static void json_decision(struct output *o, const struct view_project *p, const struct view_binding *b)
{
	json_answer_string(o, "project", p->name);
	json_answer_string(o, "region", b->region);
	json_answer_member(o, "incident");
	(void)fprintf(o->page.to, "%" PRId64, b->incident->id);
	json_answer_string(o, "plan", b->incident->plan->digest);
}

static void json_taken(struct output *o, const char *verb, const char *project,
	const struct view_incidents *incidents, bool followed)
{
	(void)project;
	(void)followed;
	json_answer_string(o, "taken", verb);
	if (!incidents)
		return;
	json_answer_member(o, "incidents");
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
		json_answer_member(o, "projects");
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
	json_answer_member(o, errand_name(errand));
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
	json_answer_member(o, "dark");
	(void)fputs(dark ? "true" : "false", o->page.to);
	json_answer_node(o, "status", wire, "project");
}

static void pass_on(struct output *o, const struct wire *wire)
{
	json_for_each_member (wire->tree, wire->node, name) {
		char text[64];

		if (json_string(wire->tree, name, text, sizeof text, NULL) == 0)
			json_answer_node(o, text, wire, text);
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
	ledger_json_report(o, story->ledger);
	pass_on(o, wire);
}

static void json_key_plan(
	struct output *o, const char *project, const struct view_key_plan *plan, const struct wire *wire)
{
	(void)plan;
	json_answer_string(o, "project", project);
	json_answer_member(o, "key");
	json_put_node(o->page.to, wire->tree, wire->node, 1);
}

static void json_made(struct output *o, const char *name, const struct view_made *made)
{
	json_answer_string(o, "name", name);
	json_answer_string(o, "id", made->id);
	json_answer_member(o, "found");
	(void)fputs(made->found ? "true" : "false", o->page.to);
}

static void json_steps(struct output *o, const struct output_step *steps, size_t count)
{
	FILE *to = o->page.to;

	json_answer_member(o, "steps");
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

static void json_names(struct output *o, const struct view_names *names, const struct wire *wire)
{
	(void)names;
	json_answer_node(o, "projects", wire, "projects");
}

static void json_vendor(struct output *o, const char *path, const char *account)
{
	json_answer_string(o, "file", path);
	json_answer_string(o, "vendorAccount", account);
}

/* The one answer that is a document of its own. */
static void json_document(struct output *o, const char *json)
{
	(void)fputs(json, o->page.to);
	o->is_stream = true;
}

static void json_version(struct output *o, const char *client, const char *daemon)
{
	json_answer_string(o, "cmekctl", client);
	if (daemon)
		json_answer_string(o, "cmekd", daemon);
}

static void json_ping(struct output *o, int64_t round_trip_us)
{
	json_answer_member(o, "roundTripUs");
	(void)fprintf(o->page.to, "%" PRId64, round_trip_us);
}

static void json_help(struct output *o, const char *text, bool script)
{
	(void)script;
	json_answer_string(o, "help", text);
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

	json_answer_member(o, "error");
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
	json_answer_close(o);
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
	.record = ledger_json_record,
	.ledger = ledger_json_report,
	.incidents = json_story,
	.story = json_story,
	.exported = ledger_json_exported,
	.times = ledger_json_times,
	.replay = json_replay,
	.policy = policy_json,
	.key_plan = json_key_plan,
	.made = json_made,
	.steps = json_steps,
	.names = json_names,
	.vendor = json_vendor,
	.simulated = policy_json_simulated,
	.compared = policy_json_compared,
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
