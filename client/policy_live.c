/* SPDX-License-Identifier: Apache-2.0 */
#include "policy_live.h"
#include "base/own.h"
#include "cmd.h"
#include "policy/policy.h"
#include <errno.h>
#include <json-c/json.h>
#include <string.h>
#include <sys/stat.h>

bool policy_live_is_target(const char *argument)
{
	size_t len = strlen(argument);
	struct stat st;

	return !(strcmp(argument, "-") == 0 || *argument == '/' || *argument == '.' ||
		 (len > 5 && strcmp(argument + len - 5, ".json") == 0) ||
		 (stat(argument, &st) == 0 && !S_ISDIR(st.st_mode)));
}

/* Does `act` with the target in the request, as if it had been the verb's argument: errors of cmekd are told by it. */
static int with_target(
	struct session *s, const char *target, int (*act)(struct session *s, void *arg), void *arg)
{
	const struct request *typed = s->request;
	struct request request = *typed;
	struct why why = {""};
	int r;

	if (grammar_parse_target(&request, target, &why) != 0)
		return output_trouble(s->out, EXIT_USAGE, "usage", "%s", why.text);
	s->request = &request;
	r = act(s, arg);
	s->request = typed;
	return r;
}

static int ask(struct session *s, bool with_text, struct view_explanations *ret_explanations)
{
	const struct request *r = s->request;
	struct json_object *parameters = session_parameters(r->project.text, r->region.text, NULL);

	if (parameters && with_text &&
		json_object_object_add(parameters, "policy", json_object_new_boolean(true)) != 0) {
		json_object_put(parameters);
		parameters = NULL;
	}
	return session_ask(s, VERB_EXPLAIN, parameters, VIEW_EXPLANATIONS, ret_explanations);
}

/* As of a file: 1 if one is none, else 3 if one is not usable. */
static int code_of(const struct view_explanations *e)
{
	int code = EXIT_GOOD;

	for (size_t i = 0; i < e->explanations.count; i++) {
		const struct view_explanation *x = &e->explanations.items[i];

		if (x->policy_trouble)
			return EXIT_ERROR;
		if (!x->policy_summary ||
			strcmp(x->policy_summary, policy_summary_name(POLICY_SUMMARY_USABLE)) != 0)
			code = EXIT_OPEN;
	}
	return code;
}

static int check(struct session *s, void *unused)
{
	struct view_explanations explanations;
	int r = ask(s, false, &explanations);

	(void)unused;
	if (r != 0)
		return r;
	const struct wire wire = session_wire(s);
	s->out->ops->checked(s->out, s->request->project.text, &explanations, &wire);
	return code_of(&explanations);
}

int policy_live_check(struct session *s, const char *target)
{
	return with_target(s, target, check, NULL);
}

static int explain(struct session *s, void *unused)
{
	(void)unused;
	return cmd_explain(s);
}

int policy_live_explain(struct session *s, const char *target)
{
	return with_target(s, target, explain, NULL);
}

struct loading {
	const char *target;
	struct policy **ret_policy;
};

/* The text of the one explanation. */
static int read_policy(struct session *s, const struct loading *l)
{
	const struct wire wire = session_wire(s);
	uint32_t list = json_member(wire.tree, wire.node, "explanations");
	uint32_t node = json_member(wire.tree, json_first(wire.tree, list), "policy");
	_cleanup_free_ char *text = NULL;
	struct why why = {""};
	int r;

	if (node == JSON_NONE)
		return output_trouble(s->out, EXIT_ERROR, "not_ready",
			"cmekd has read no key policy of %s yet: cmekctl explain %s says why", l->target,
			l->target);
	r = json_string_dup(wire.tree, node, POLICY_MAX_BYTES, &text);
	if (r == 0)
		r = policy_parse(text, strlen(text), l->ret_policy, &why);
	else if (r > 0)
		why_set(&why, "no text of at most %d bytes", POLICY_MAX_BYTES);
	if (r > 0)
		return output_trouble(s->out, EXIT_ERROR, "malformed", "%s: %s", l->target, why.text);
	return r == 0 ? 0 : output_trouble(s->out, EXIT_ERROR, "failure", "out of memory");
}

static int load(struct session *s, void *arg)
{
	const struct loading *l = arg;
	struct view_explanations explanations;
	int r = ask(s, true, &explanations);

	if (r != 0)
		return r;
	if (explanations.explanations.count != 1)
		return output_trouble(s->out, EXIT_USAGE, "usage",
			"%s has keys in %zu regions: name one, as in %s/%s", l->target,
			explanations.explanations.count, s->request->project.text,
			explanations.explanations.count > 0 ? explanations.explanations.items[0].region
							    : "REGION");
	return read_policy(s, l);
}

int policy_live_load(struct session *s, const char *target, struct policy **ret_policy)
{
	struct loading l = {target, ret_policy};

	return with_target(s, target, load, &l);
}
