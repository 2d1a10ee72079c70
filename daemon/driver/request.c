/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/request.h"
#include "driver/engine.h"
#include "driver/project.h"
#include "driver/tree.h"
#include "io/control.h"
#include "model/errand.h"
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define TEXT_BYTES 1024

static void error_text(struct control_call *call, const char *error, const char *name, const char *text)
{
	struct tree t = {0};
	struct json_object *o = tree_object(&t);

	tree_text(&t, o, name, text);
	control_reply_error(call, error, tree_done(&t, o));
}

bool request_has(struct control_call *call, const char *name)
{
	return control_call_member(call, name) != JSON_NONE;
}

/* False if it is absent, no string, or too long. */
static bool get_text(struct control_call *call, const char *name, char *text, size_t size)
{
	uint32_t parameters;
	const struct json_tree *tree = control_call_tree(call, &parameters);

	return json_string(tree, control_call_member(call, name), text, size, NULL) == 0;
}

bool request_project(struct control_call *call, const struct engine *e, struct project **ret_project)
{
	char name[sizeof(struct project_name)];
	struct project *p;

	if (!get_text(call, "project", name, sizeof name)) {
		control_reply_invalid(call, "project");
		return false;
	}
	p = engine_find(e, name);
	if (!p || p->closing) { /* removed; only its last requests still run */
		error_text(call, "io.cmekd.NoSuchProject", "project", name);
		return false;
	}
	*ret_project = p;
	return true;
}

bool request_region(struct control_call *call, struct region *ret_region)
{
	char text[sizeof(struct region)];
	struct region region = {""};

	if (request_has(call, "region") && (!get_text(call, "region", text, sizeof text) ||
						   region_parse(text, strlen(text), &region) != 0)) {
		control_reply_invalid(call, "region");
		return false;
	}
	*ret_region = region;
	return true;
}

bool request_flag(struct control_call *call, const char *name, bool *ret_flag)
{
	uint32_t parameters;
	const struct json_tree *tree = control_call_tree(call, &parameters);
	bool flag = false;

	if (request_has(call, name) && json_truth(tree, control_call_member(call, name), &flag) != 0) {
		control_reply_invalid(call, name);
		return false;
	}
	*ret_flag = flag;
	return true;
}

bool request_how(struct control_call *call, uint8_t *ret_how)
{
	bool pause_only, pause_first, disable_key, remove_statements;

	if (!request_flag(call, "pauseOnly", &pause_only) ||
		!request_flag(call, "pauseFirst", &pause_first) ||
		!request_flag(call, "disableKey", &disable_key) ||
		!request_flag(call, "removeStatements", &remove_statements))
		return false;
	if (pause_only && (pause_first || disable_key)) {
		control_reply_invalid(call, pause_first ? "pauseFirst" : "disableKey");
		return false;
	}
	if (remove_statements && (pause_only || disable_key)) {
		control_reply_invalid(call, "removeStatements");
		return false;
	}
	*ret_how = (uint8_t)((pause_only ? CAUSE_PAUSE_ONLY : 0) | (pause_first ? CAUSE_PAUSE_FIRST : 0) |
			     (disable_key ? CAUSE_DISABLE_KEY : 0) | (remove_statements ? CAUSE_REMOVE : 0));
	return true;
}

bool request_span(struct control_call *call, int64_t *ret_span_ms)
{
	uint32_t parameters;
	const struct json_tree *tree = control_call_tree(call, &parameters);
	uint32_t node = control_call_member(call, "spanMs");
	uint64_t n;

	if (!json_is(tree, node, JSON_NUMBER) || json_u64(tree, node, SUSPEND_MAX_MS, &n) != 0 ||
		n < SUSPEND_MIN_MS) {
		control_reply_invalid(call, "spanMs");
		return false;
	}
	*ret_span_ms = (int64_t)n;
	return true;
}

bool request_period(struct control_call *call, uint32_t *ret_days)
{
	uint32_t parameters;
	const struct json_tree *tree = control_call_tree(call, &parameters);
	uint32_t node = control_call_member(call, "periodDays");
	uint64_t n = 0;

	if (request_has(call, "periodDays") &&
		(!json_is(tree, node, JSON_NUMBER) || json_u64(tree, node, ERRAND_PERIOD_MAX_DAYS, &n) != 0 ||
			n < ERRAND_PERIOD_MIN_DAYS)) {
		control_reply_invalid(call, "periodDays");
		return false;
	}
	*ret_days = (uint32_t)n;
	return true;
}

bool request_incident(struct control_call *call, struct incident_id *ret_incident)
{
	uint32_t parameters;
	const struct json_tree *tree = control_call_tree(call, &parameters);
	uint32_t node = control_call_member(call, "incident");
	uint64_t n;

	if (!json_is(tree, node, JSON_NUMBER) || json_u64(tree, node, UINT32_MAX, &n) != 0 || n == 0) {
		control_reply_invalid(call, "incident");
		return false;
	}
	ret_incident->n = (uint32_t)n;
	return true;
}

static bool parse_digest(const char *text, struct plan_digest *ret_plan)
{
	uint64_t v = 0;

	if (strlen(text) != 16)
		return false;
	for (const char *p = text; *p; p++) {
		const char *digits = "0123456789abcdef", *digit = strchr(digits, *p);

		if (!digit)
			return false;
		v = v << 4 | (uint64_t)(digit - digits);
	}
	ret_plan->v = v;
	return true;
}

bool request_plan(struct control_call *call, struct plan_digest *ret_plan)
{
	char text[32];

	if (get_text(call, "plan", text, sizeof text) && parse_digest(text, ret_plan))
		return true;
	control_reply_invalid(call, "plan");
	return false;
}

bool request_note(struct control_call *call, char ret_note[RECORD_TEXT_MAX + 1])
{
	ret_note[0] = '\0';
	if (!request_has(call, "reason") || get_text(call, "reason", ret_note, RECORD_TEXT_MAX + 1))
		return true;
	control_reply_invalid(call, "reason");
	return false;
}

/* By its id, else by its name, which is good only if no other has it. */
static bool find_cluster(
	struct control_call *call, const struct project *p, const char *text, struct cluster_id *ret_id)
{
	const struct cluster *found = NULL;
	uint32_t named = 0;

	for (uint32_t i = 0; i < p->core.cluster_count; i++) {
		const struct cluster *c = &p->core.clusters[i];

		if (strcmp(c->id.text, text) == 0) {
			*ret_id = c->id;
			return true;
		}
		if (c->state == CLUSTER_STATE_GONE || strcmp(c->name, text) != 0)
			continue;
		found = c;
		named++;
	}
	if (named == 1) {
		*ret_id = found->id;
		return true;
	}
	if (named > 1)
		request_refused(call, answer_name(ANSWER_NO_CLUSTER),
			"%" PRIu32 " clusters are named %s: give its id, as cmekctl status --json shows it",
			named, text);
	else
		request_refused(call, answer_name(ANSWER_NO_CLUSTER),
			"project %s has no cluster named %s, and none of that id", p->name.text, text);
	return false;
}

bool request_include(struct control_call *call, const struct project *p,
	struct cluster_id ret_ids[RESTORE_INCLUDE_MAX], uint32_t *ret_count)
{
	uint32_t parameters, list = control_call_member(call, "include");
	const struct json_tree *tree = control_call_tree(call, &parameters);
	char text[CLUSTER_NAME_BYTES];

	*ret_count = 0;
	if (!request_has(call, "include"))
		return true;
	if (!json_is(tree, list, JSON_ARRAY) || json_count(tree, list) > RESTORE_INCLUDE_MAX) {
		control_reply_invalid(call, "include");
		return false;
	}
	json_for_each (tree, list, node) {
		if (json_string(tree, node, text, sizeof text, NULL) != 0) {
			control_reply_invalid(call, "include");
			return false;
		}
		if (!find_cluster(call, p, text, &ret_ids[*ret_count]))
			return false;
		(*ret_count)++;
	}
	return true;
}

bool request_live(
	struct control_call *call, const struct project *p, struct cluster_id *ret_id, bool *ret_has)
{
	char text[CLUSTER_NAME_BYTES];

	*ret_has = request_has(call, "live");
	if (!*ret_has)
		return true;
	if (get_text(call, "live", text, sizeof text))
		return find_cluster(call, p, text, ret_id);
	control_reply_invalid(call, "live");
	return false;
}

bool request_verb(struct control_call *call, bool *ret_restore)
{
	char text[16];

	if (get_text(call, "verb", text, sizeof text)) {
		*ret_restore = strcmp(text, "restore") == 0;
		if (*ret_restore || strcmp(text, "revoke") == 0)
			return true;
	}
	control_reply_invalid(call, "verb");
	return false;
}

bool request_digest(struct control_call *call, const char *name, struct digest *ret_digest, bool *ret_has)
{
	char text[DIGEST_HEX_BYTES];

	*ret_has = request_has(call, name);
	if (!*ret_has)
		return true;
	if (get_text(call, name, text, sizeof text) && digest_parse(text, strlen(text), ret_digest) == 0)
		return true;
	control_reply_invalid(call, name);
	return false;
}

bool request_text(struct control_call *call, const char *name, char *ret_text, size_t size)
{
	if (get_text(call, name, ret_text, size))
		return true;
	control_reply_invalid(call, name);
	return false;
}

void request_not_ready(struct control_call *call, const char *format, ...)
{
	char text[TEXT_BYTES];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	error_text(call, "io.cmekd.NotReady", "text", text);
}

void request_reply(struct control_call *call, struct json_object *o)
{
	if (o)
		control_reply(call, o);
	else
		request_not_ready(call, "cmekd is out of memory: try again");
}

void request_no_such_region(struct control_call *call, const struct region *region)
{
	error_text(call, "io.cmekd.NoSuchRegion", "region", region->text);
}

void request_refused(struct control_call *call, const char *answer, const char *format, ...)
{
	struct tree t = {0};
	struct json_object *o = tree_object(&t);
	char text[TEXT_BYTES];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	tree_text(&t, o, "answer", answer);
	tree_text(&t, o, "text", text);
	control_reply_error(call, "io.cmekd.Refused", tree_done(&t, o));
}
