/* SPDX-License-Identifier: Apache-2.0 */
#include "view.h"
#include "base/buf.h"
#include "base/num.h"
#include "base/own.h"
#include "glyph.h"
#include <errno.h>
#include <stddef.h>
#include <string.h>

/* How one member is read; the row's offset is where. */
enum kind {
	TEXT,    /* const char * */
	LINES,   /* const char *, line feeds kept */
	NUMBER,  /* int64_t */
	BOOLEAN, /* bool */
	TIME,    /* int64_t, Unix milliseconds */
	TEXTS,   /* struct view_strings */
	NUMBERS, /* struct view_incidents */
	OBJECT,  /* const struct *, shape */
	OBJECTS, /* pointer and count, shape */
};

struct shape {
	size_t bytes;
	const struct field *fields;
	size_t count;
};

struct field {
	const char *name;
	enum kind kind;
	bool nullable;
	size_t offset;
	const struct shape *shape;
};

/* The two list layouts are the same: a pointer, then a count. */
struct list {
	void *items;
	size_t count;
};
_Static_assert(
	offsetof(struct view_clusters, count) == offsetof(struct list, count), "lists are laid out alike");
_Static_assert(sizeof(struct view_incidents) == sizeof(struct list), "lists are laid out alike");

#define MUST(view, name, kind, member)                                                                       \
	{                                                                                                    \
		name, kind, false, offsetof(struct view, member), NULL                                       \
	}
#define MAY(view, name, kind, member)                                                                        \
	{                                                                                                    \
		name, kind, true, offsetof(struct view, member), NULL                                        \
	}
#define IN(view, name, kind, member, of)                                                                     \
	{                                                                                                    \
		name, kind, false, offsetof(struct view, member), &of                                        \
	}
#define MAYIN(view, name, kind, member, of)                                                                  \
	{                                                                                                    \
		name, kind, true, offsetof(struct view, member), &of                                         \
	}
#define SHAPE(shape_name, view, ...)                                                                         \
	static const struct field shape_name##_fields[] = {__VA_ARGS__};                                     \
	static const struct shape shape_name = {                                                             \
		sizeof(struct view), shape_name##_fields, sizeof shape_name##_fields / sizeof(struct field)}

/* clang-format off */
SHAPE(cluster, view_cluster,
	MUST(view_cluster, "id", TEXT, id),
	MUST(view_cluster, "name", TEXT, name),
	MUST(view_cluster, "state", TEXT, state),
	MAY(view_cluster, "seenAgeMs", NUMBER, seen_age_ms),
	MUST(view_cluster, "duty", TEXT, duty),
	MUST(view_cluster, "dutyText", TEXT, duty_text),
	MAY(view_cluster, "resumeAt", TIME, resume_at_ms),
	MAY(view_cluster, "resumeCounted", BOOLEAN, resume_counted),
	MAY(view_cluster, "leftOut", BOOLEAN, left_out),
	MAY(view_cluster, "excluded", BOOLEAN, excluded),
	MAY(view_cluster, "reaction", TEXT, reaction),
	MAY(view_cluster, "message", TEXT, message));
SHAPE(plan, view_plan,
	MUST(view_plan, "digest", TEXT, digest),
	MUST(view_plan, "pause", NUMBER, pause),
	MUST(view_plan, "wait", NUMBER, wait),
	MUST(view_plan, "leave", NUMBER, leave),
	MUST(view_plan, "ours", NUMBER, ours),
	MUST(view_plan, "unread", NUMBER, unread),
	MAY(view_plan, "heldBack", NUMBER, held_back),
	MAY(view_plan, "excluded", NUMBER, excluded));
SHAPE(incident, view_incident,
	MUST(view_incident, "id", NUMBER, id),
	MUST(view_incident, "phase", TEXT, phase),
	MUST(view_incident, "phaseText", TEXT, phase_text),
	MAY(view_incident, "phaseAgeMs", NUMBER, phase_age_ms),
	MUST(view_incident, "causes", TEXTS, causes),
	MAY(view_incident, "how", TEXTS, how),
	MUST(view_incident, "cut", TEXT, cut),
	MUST(view_incident, "cutText", TEXT, cut_text),
	MAY(view_incident, "means", TEXT, means),
	MAY(view_incident, "stands", TEXTS, stands),
	MAY(view_incident, "byHand", LINES, by_hand),
	MAY(view_incident, "grantsRevoked", NUMBER, grants_revoked),
	MAY(view_incident, "grantsByHand", LINES, grants_by_hand),
	MUST(view_incident, "reason", TEXT, reason),
	MAY(view_incident, "opened", TIME, opened_ms),
	MAY(view_incident, "graceLeftMs", NUMBER, grace_left_ms),
	MAY(view_incident, "provenLooks", NUMBER, proven_looks),
	MAY(view_incident, "proveLeftMs", NUMBER, prove_left_ms),
	IN(view_incident, "plan", OBJECT, plan, plan));
SHAPE(rotation, view_rotation,
	MUST(view_rotation, "enabled", BOOLEAN, enabled),
	MAY(view_rotation, "periodDays", NUMBER, period_days),
	MAY(view_rotation, "next", TIME, next_ms),
	MAY(view_rotation, "last", TIME, last_ms),
	MAY(view_rotation, "onDemandCount", NUMBER, on_demand_count),
	MAY(view_rotation, "onDemandMax", NUMBER, on_demand_max),
	MAY(view_rotation, "onDemandSince", TIME, on_demand_since_ms),
	MAY(view_rotation, "readAgeMs", NUMBER, read_age_ms));
SHAPE(kept_out, view_kept_out,
	MUST(view_kept_out, "statement", NUMBER, statement),
	MUST(view_kept_out, "line", NUMBER, line),
	MAY(view_kept_out, "sid", TEXT, sid),
	MUST(view_kept_out, "remedy", TEXT, remedy));
SHAPE(binding, view_binding,
	MUST(view_binding, "region", TEXT, region),
	MUST(view_binding, "keyArn", TEXT, key_arn),
	MUST(view_binding, "armed", BOOLEAN, armed),
	MUST(view_binding, "verdict", TEXT, verdict),
	MUST(view_binding, "reason", TEXT, reason),
	MUST(view_binding, "reasonText", TEXT, reason_text),
	MUST(view_binding, "todo", TEXT, todo),
	MAY(view_binding, "verdictAgeMs", NUMBER, verdict_age_ms),
	MAY(view_binding, "lastLookAgeMs", NUMBER, last_look_age_ms),
	MAY(view_binding, "knownAgeMs", NUMBER, known_age_ms),
	MUST(view_binding, "lastOutcome", TEXT, last_outcome),
	MUST(view_binding, "lastReason", TEXT, last_reason),
	MUST(view_binding, "lastReasonText", TEXT, last_reason_text),
	MAYIN(view_binding, "keptOutBy", OBJECT, kept_out_by, kept_out),
	MUST(view_binding, "blind", BOOLEAN, blind),
	MUST(view_binding, "keyState", TEXT, key_state),
	MAY(view_binding, "deletion", TIME, deletion_ms),
	MUST(view_binding, "dark", TEXT, dark),
	MUST(view_binding, "darkText", TEXT, dark_text),
	MAY(view_binding, "grantsAlive", NUMBER, grants_alive),
	MAY(view_binding, "replicasText", TEXT, replicas_text),
	MAYIN(view_binding, "rotation", OBJECT, rotation, rotation),
	MAY(view_binding, "rotationText", TEXT, rotation_text),
	MAYIN(view_binding, "incident", OBJECT, incident, incident),
	IN(view_binding, "clusters", OBJECTS, clusters, cluster));
SHAPE(project, view_project,
	MUST(view_project, "name", TEXT, name),
	MUST(view_project, "id", TEXT, id),
	MUST(view_project, "headline", TEXT, headline),
	MUST(view_project, "problems", TEXTS, problems),
	MUST(view_project, "reaction", TEXT, reaction),
	MUST(view_project, "automation", TEXT, automation),
	MAY(view_project, "suspendedUntil", TIME, suspended_until_ms),
	MUST(view_project, "vendorAccount", TEXT, vendor_account),
	MAY(view_project, "clustersAgeMs", NUMBER, clusters_age_ms),
	MAY(view_project, "readingsWaitMs", NUMBER, readings_wait_ms),
	MUST(view_project, "clustersFault", TEXT, clusters_fault),
	IN(view_project, "bindings", OBJECTS, bindings, binding),
	IN(view_project, "strays", OBJECTS, strays, cluster));
SHAPE(summary, view_summary,
	MUST(view_summary, "version", TEXT, version),
	MUST(view_summary, "uptimeMs", NUMBER, uptime_ms),
	MUST(view_summary, "projects", NUMBER, projects),
	MUST(view_summary, "problems", NUMBER, problems),
	MUST(view_summary, "incidents", NUMBER, incidents),
	MUST(view_summary, "budgetLeft", NUMBER, budget_left),
	MUST(view_summary, "problemProjects", TEXTS, problem_projects));
SHAPE(status, view_status,
	MAYIN(view_status, "summary", OBJECT, summary, summary),
	IN(view_status, "projects", OBJECTS, projects, project));
SHAPE(monitor, view_monitor,
	IN(view_monitor, "project", OBJECT, project, project));
SHAPE(event, view_event,
	MUST(view_event, "at", TIME, at_ms),
	MAY(view_event, "project", TEXT, project),
	MAY(view_event, "seq", NUMBER, seq),
	MAY(view_event, "hash", TEXT, hash),
	MAY(view_event, "record", TEXT, record),
	MAY(view_event, "notice", TEXT, notice),
	MAY(view_event, "priority", NUMBER, priority),
	MAY(view_event, "what", TEXT, what),
	MAY(view_event, "text", TEXT, text),
	MAY(view_event, "todo", TEXT, todo));
SHAPE(events, view_events,
	IN(view_events, "events", OBJECTS, events, event),
	MUST(view_events, "missed", NUMBER, missed));
SHAPE(decision, view_decision,
	MUST(view_decision, "purpose", TEXT, purpose),
	MUST(view_decision, "action", TEXT, action),
	MUST(view_decision, "result", TEXT, result),
	MUST(view_decision, "why", TEXT, why),
	MAY(view_decision, "statement", NUMBER, statement),
	MAY(view_decision, "line", NUMBER, line),
	MAY(view_decision, "sid", TEXT, sid),
	MAY(view_decision, "condition", TEXT, condition),
	MAY(view_decision, "inPolicy", TEXT, in_policy),
	MAY(view_decision, "inRequest", TEXT, in_request),
	MAY(view_decision, "remedy", TEXT, remedy));
SHAPE(explanation, view_explanation,
	MUST(view_explanation, "region", TEXT, region),
	MUST(view_explanation, "keyArn", TEXT, key_arn),
	MUST(view_explanation, "verdict", TEXT, verdict),
	MUST(view_explanation, "reason", TEXT, reason),
	MUST(view_explanation, "text", TEXTS, text),
	MUST(view_explanation, "window", TEXTS, window),
	MAY(view_explanation, "vendorAccount", TEXT, vendor_account),
	MAY(view_explanation, "policyAgeMs", NUMBER, policy_age_ms),
	MAY(view_explanation, "policySummary", TEXT, policy_summary),
	MAY(view_explanation, "policyTrouble", TEXT, policy_trouble),
	MAY(view_explanation, "grantsSurvive", BOOLEAN, grants_survive),
	IN(view_explanation, "decisions", OBJECTS, decisions, decision));
SHAPE(explanations, view_explanations,
	IN(view_explanations, "explanations", OBJECTS, explanations, explanation));
SHAPE(lane_queue, view_lane_queue,
	MUST(view_lane_queue, "priority", TEXT, priority),
	MUST(view_lane_queue, "sharePercent", NUMBER, share_percent),
	MUST(view_lane_queue, "waiting", NUMBER, waiting));
SHAPE(lane, view_lane,
	MUST(view_lane, "service", TEXT, service),
	MAY(view_lane, "keyId", TEXT, key_id),
	MAY(view_lane, "region", TEXT, region),
	MAY(view_lane, "operations", TEXT, operations),
	MAY(view_lane, "clusterApi", TEXT, cluster_api),
	MAY(view_lane, "readsBy", TEXT, reads_by),
	MAY(view_lane, "actsBy", TEXT, acts_by),
	MAY(view_lane, "perMinute", NUMBER, per_minute),
	MAY(view_lane, "perSecond", NUMBER, per_second),
	MUST(view_lane, "allowance", NUMBER, allowance),
	MUST(view_lane, "used", NUMBER, used),
	MUST(view_lane, "holdMs", NUMBER, hold_ms),
	MUST(view_lane, "routineHoldMs", NUMBER, routine_hold_ms),
	IN(view_lane, "queues", OBJECTS, queues, lane_queue));
SHAPE(lanes, view_lanes,
	IN(view_lanes, "lanes", OBJECTS, lanes, lane));
SHAPE(hint_queue, view_hint_queue,
	MUST(view_hint_queue, "queueArn", TEXT, queue_arn),
	MAY(view_hint_queue, "trouble", TEXT, trouble),
	MUST(view_hint_queue, "messages", NUMBER, messages),
	MUST(view_hint_queue, "hints", NUMBER, hints),
	MUST(view_hint_queue, "others", NUMBER, others),
	MUST(view_hint_queue, "unread", NUMBER, unread),
	MAY(view_hint_queue, "lastHint", TIME, last_hint_ms),
	MAY(view_hint_queue, "lastHintAgeMs", NUMBER, last_hint_age_ms));
SHAPE(names, view_names,
	MUST(view_names, "projects", TEXTS, projects));
SHAPE(hints, view_hints,
	IN(view_hints, "queues", OBJECTS, queues, hint_queue),
	MUST(view_hints, "verdicts", NUMBER, verdicts),
	MAY(view_hints, "lastVerdictMs", NUMBER, last_verdict_ms),
	MAY(view_hints, "longestVerdictMs", NUMBER, longest_verdict_ms));
SHAPE(errand, view_errand,
	MAY(view_errand, "text", TEXT, text),
	MAY(view_errand, "requestIds", TEXT, request_ids));
SHAPE(credential, view_credential,
	MUST(view_credential, "service", TEXT, service),
	MAY(view_credential, "source", TEXT, source),
	MAY(view_credential, "keyId", TEXT, key_id),
	MAY(view_credential, "identity", TEXT, identity),
	MAY(view_credential, "expires", TIME, expires_ms),
	MAY(view_credential, "trouble", TEXT, trouble));
SHAPE(credentials, view_credentials,
	IN(view_credentials, "credentials", OBJECTS, credentials, credential));
SHAPE(check, view_check,
	MUST(view_check, "check", TEXT, check),
	MUST(view_check, "about", TEXT, about),
	MUST(view_check, "of", TEXT, of),
	MUST(view_check, "subject", TEXT, subject),
	MUST(view_check, "result", TEXT, result),
	MUST(view_check, "found", TEXT, found),
	MAY(view_check, "remedy", TEXT, remedy));
SHAPE(checks, view_checks,
	IN(view_checks, "checks", OBJECTS, checks, check));
SHAPE(drill, view_drill,
	IN(view_drill, "checks", OBJECTS, lines.checks, check),
	MUST(view_drill, "problems", NUMBER, problems),
	MUST(view_drill, "report", TEXT, report),
	MUST(view_drill, "tookMs", NUMBER, took_ms),
	MAY(view_drill, "trouble", TEXT, trouble));
SHAPE(cmek_setting, view_cmek_setting,
	MUST(view_cmek_setting, "region", TEXT, region),
	MUST(view_cmek_setting, "keyArn", TEXT, key_arn));
SHAPE(key_plan, view_key_plan,
	MUST(view_key_plan, "region", TEXT, region),
	MUST(view_key_plan, "keyArn", TEXT, key_arn),
	MUST(view_key_plan, "vendorAccount", TEXT, vendor_account),
	MUST(view_key_plan, "cmekEnabled", BOOLEAN, cmek_enabled),
	IN(view_key_plan, "configured", OBJECTS, configured, cmek_setting),
	IN(view_key_plan, "checks", OBJECTS, checks, check),
	MAY(view_key_plan, "policyDigest", TEXT, policy_digest),
	MAY(view_key_plan, "losses", TEXT, losses),
	MAY(view_key_plan, "policyTrouble", TEXT, policy_trouble));
SHAPE(made, view_made,
	MUST(view_made, "id", TEXT, id),
	MUST(view_made, "found", BOOLEAN, found));
SHAPE(plan_binding, view_plan_binding,
	MUST(view_plan_binding, "region", TEXT, region),
	MUST(view_plan_binding, "keyArn", TEXT, key_arn),
	MUST(view_plan_binding, "policyChange", LINES, policy_change),
	MAY(view_plan_binding, "policyDiff", LINES, policy_diff),
	MAY(view_plan_binding, "refusals", TEXTS, refusals),
	MAY(view_plan_binding, "requests", NUMBER, requests),
	MAY(view_plan_binding, "policyTrouble", TEXT, policy_trouble),
	MAY(view_plan_binding, "keyChange", TEXT, key_change),
	MAY(view_plan_binding, "keyUsers", TEXTS, key_users),
	MAY(view_plan_binding, "losses", TEXT, losses),
	MAY(view_plan_binding, "statementDigest", TEXT, statement_digest),
	MAY(view_plan_binding, "order", TEXT, order),
	MAY(view_plan_binding, "orderText", TEXT, order_text),
	MAY(view_plan_binding, "grantsText", TEXT, grants_text),
	MAY(view_plan_binding, "replicasText", TEXT, replicas_text),
	MUST(view_plan_binding, "sharedWith", TEXTS, shared_with),
	IN(view_plan_binding, "clusters", OBJECTS, clusters, cluster),
	IN(view_plan_binding, "plan", OBJECT, plan, plan),
	MUST(view_plan_binding, "estimateMs", NUMBER, estimate_ms));
SHAPE(plans, view_plans,
	IN(view_plans, "bindings", OBJECTS, bindings, plan_binding));
static const struct field incidents_fields[] = {{"incidents", NUMBERS, false, 0, NULL}};
static const struct shape incidents = {sizeof(struct view_incidents), incidents_fields, 1};
SHAPE(info, view_info,
	MUST(view_info, "product", TEXT, product),
	MUST(view_info, "version", TEXT, version));
SHAPE(replay_event, view_replay_event,
	MUST(view_replay_event, "event", TEXT, event),
	MUST(view_replay_event, "text", TEXT, text),
	MAY(view_replay_event, "cluster", TEXT, cluster),
	MAY(view_replay_event, "name", TEXT, name),
	MAY(view_replay_event, "recorded", TIME, recorded_ms),
	MAY(view_replay_event, "replayed", TIME, replayed_ms));
SHAPE(replay_configuration, view_replay_configuration,
	MUST(view_replay_configuration, "path", TEXT, path),
	MAY(view_replay_configuration, "project", TEXT, project),
	MUST(view_replay_configuration, "reaction", TEXT, reaction),
	MUST(view_replay_configuration, "graceMs", NUMBER, grace_ms),
	MUST(view_replay_configuration, "restoreDelayMs", NUMBER, restore_delay_ms),
	MUST(view_replay_configuration, "maxPauses", NUMBER, max_pauses));
SHAPE(replay, view_replay,
	MUST(view_replay, "ledger", TEXT, ledger),
	MUST(view_replay, "projectId", TEXT, project_id),
	MUST(view_replay, "region", TEXT, region),
	MUST(view_replay, "reason", TEXT, reason),
	MUST(view_replay, "incident", NUMBER, incident),
	MUST(view_replay, "opened", TIME, opened_ms),
	MAY(view_replay, "ended", TIME, ended_ms),
	IN(view_replay, "configuration", OBJECT, configuration, replay_configuration),
	IN(view_replay, "events", OBJECTS, events, replay_event),
	MUST(view_replay, "conclusions", TEXTS, conclusions),
	MUST(view_replay, "notes", TEXTS, notes));
SHAPE(error, view_error,
	MAY(view_error, "needs", TEXT, needs),
	MAY(view_error, "project", TEXT, project),
	MAY(view_error, "region", TEXT, region),
	MAY(view_error, "text", LINES, text),
	MAY(view_error, "answer", TEXT, answer),
	MAY(view_error, "method", TEXT, method),
	MAY(view_error, "parameter", TEXT, parameter));
/* clang-format on */

struct reader {
	struct arena *arena;
	const struct json_tree *tree;
	struct why *why;
};

static int read_object(const struct reader *r, uint32_t node, const struct shape *shape, void *ret_object);

static int misfit(const struct reader *r, const char *expected)
{
	why_set(r->why, "expected %s", expected);
	return VIEW_E_SHAPE;
}

static int read_text(const struct reader *r, uint32_t node, enum glyph_lines lines, const char **ret_text)
{
	_cleanup_free_ char *raw = NULL;
	_cleanup_(buf_fini) struct buf clean = BUF_INIT(VIEW_TEXT_MAX * 6);
	int result = json_string_dup(r->tree, node, VIEW_TEXT_MAX, &raw);

	if (result > 0)
		return misfit(r, result == 1 ? "a string" : "a shorter string");
	if (result < 0)
		return result;
	glyph_clean(&clean, raw, strlen(raw), lines);
	if (clean.trouble)
		return clean.trouble;
	*ret_text = arena_copy(r->arena, clean.data ? clean.data : "", clean.len);
	return r->arena->failed ? err_origin(-ENOMEM) : 0;
}

static int read_number(const struct reader *r, uint32_t node, int64_t *ret_number)
{
	uint64_t number;

	if (!json_is(r->tree, node, JSON_NUMBER) || json_u64(r->tree, node, VIEW_NUMBER_MAX, &number) != 0)
		return misfit(r, "a whole number of 0 or more");
	*ret_number = (int64_t)number;
	return 0;
}

static int read_time(const struct reader *r, uint32_t node, int64_t *ret_ms)
{
	char text[64];
	size_t len;

	if (json_string(r->tree, node, text, sizeof text, &len) != 0 ||
		num_parse_time_ms(text, len, ret_ms) != 0)
		return misfit(r, "a time as in RFC 3339");
	return 0;
}

static int read_item(const struct reader *r, uint32_t node, const struct field *f, void *items, size_t i)
{
	if (f->kind == TEXTS)
		return read_text(r, node, GLYPH_ONE_LINE, (const char **)items + i);
	if (f->kind == NUMBERS)
		return read_number(r, node, (int64_t *)items + i);
	return read_object(r, node, f->shape, (char *)items + i * f->shape->bytes);
}

static int read_list(const struct reader *r, uint32_t node, const struct field *f, struct list *ret_list)
{
	size_t bytes = f->kind == TEXTS     ? sizeof(char *)
		       : f->kind == NUMBERS ? sizeof(int64_t)
					    : f->shape->bytes;

	if (!json_is(r->tree, node, JSON_ARRAY))
		return misfit(r, "an array");
	size_t count = json_count(r->tree, node), i = 0;
	void *items = arena_alloc(r->arena, count * bytes);
	if (!items)
		return err_origin(-ENOMEM);
	json_for_each (r->tree, node, item) {
		int result = read_item(r, item, f, items, i);
		if (result > 0)
			why_prefix(r->why, "#%zu", i);
		if (result != 0)
			return result;
		i++;
	}
	*ret_list = (struct list){.items = items, .count = count};
	return 0;
}

static int read_child(const struct reader *r, uint32_t node, const struct field *f, void **ret_child)
{
	void *child = arena_alloc(r->arena, f->shape->bytes);

	if (!child)
		return err_origin(-ENOMEM);
	int result = read_object(r, node, f->shape, child);
	if (result == 0)
		*ret_child = child;
	return result;
}

static int read_value(const struct reader *r, uint32_t node, const struct field *f, void *at)
{
	switch (f->kind) {
	case TEXT:
		return read_text(r, node, GLYPH_ONE_LINE, at);
	case LINES:
		return read_text(r, node, GLYPH_LINES, at);
	case NUMBER:
		return read_number(r, node, at);
	case TIME:
		return read_time(r, node, at);
	case BOOLEAN:
		return json_truth(r->tree, node, at) == 0 ? 0 : misfit(r, "true or false");
	case OBJECT:
		return read_child(r, node, f, at);
	case TEXTS:
	case NUMBERS:
	case OBJECTS:
		return read_list(r, node, f, at);
	}
	return misfit(r, "a known kind");
}

static int read_object(const struct reader *r, uint32_t node, const struct shape *shape, void *ret_object)
{
	if (!json_is(r->tree, node, JSON_OBJECT))
		return misfit(r, "an object");
	for (size_t i = 0; i < shape->count; i++) {
		const struct field *f = &shape->fields[i];
		void *at = (char *)ret_object + f->offset;
		uint32_t value = json_member(r->tree, node, f->name);
		bool none = value == JSON_NONE || json_is(r->tree, value, JSON_NULL);
		int result = 0;

		if (!none)
			result = read_value(r, value, f, at);
		else if (!f->nullable)
			result = misfit(r, "it to be there");
		else if (f->kind == NUMBER || f->kind == TIME)
			*(int64_t *)at = VIEW_ABSENT;
		if (result > 0)
			why_prefix(r->why, "%s", f->name);
		if (result != 0)
			return result;
	}
	return 0;
}

int view_read(struct arena *a, const struct json_tree *tree, uint32_t node, enum view_kind kind,
	void *ret_view, struct why *reterr_why)
{
	static const struct shape *const shapes[] = {
		[VIEW_STATUS] = &status,
		[VIEW_MONITOR] = &monitor,
		[VIEW_EVENTS] = &events,
		[VIEW_EXPLANATIONS] = &explanations,
		[VIEW_LANES] = &lanes,
		[VIEW_HINTS] = &hints,
		[VIEW_CREDENTIALS] = &credentials,
		[VIEW_CHECKS] = &checks,
		[VIEW_DRILL] = &drill,
		[VIEW_PLANS] = &plans,
		[VIEW_INCIDENTS] = &incidents,
		[VIEW_ERRAND] = &errand,
		[VIEW_KEY_PLAN] = &key_plan,
		[VIEW_MADE] = &made,
		[VIEW_NAMES] = &names,
		[VIEW_INFO] = &info,
		[VIEW_REPLAY] = &replay,
		[VIEW_ERROR] = &error,
	};
	const struct reader r = {.arena = a, .tree = tree, .why = reterr_why};
	void *view = arena_alloc(a, shapes[kind]->bytes);

	if (!view)
		return err_origin(-ENOMEM);
	int result = read_object(&r, node, shapes[kind], view);
	if (result == 0)
		memcpy(ret_view, view, shapes[kind]->bytes);
	return result;
}

bool view_is_dark(const struct view_binding *b)
{
	return strcmp(b->dark, "dark") == 0;
}
