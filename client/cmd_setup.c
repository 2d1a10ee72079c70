/* SPDX-License-Identifier: Apache-2.0 */
/* setup: how far a project is set up, step by step, with the command of what is missing. It keeps nothing: where it stands is
 * what is there. On a terminal it offers to do the next step that cmekd can do. */
#include "cmd.h"
#include "key_plan.h"
#include "proto/verbs.h"
#include <stdio.h>
#include <string.h>

struct walk {
	struct session *s;
	struct output_step steps[OUTPUT_STEPS_MAX];
	size_t count;
	cmd_fn *next; /* what cmekd can do now; NULL: nothing */
	const char *key;
};

static void add(struct walk *w, const char *step, const char *state, const char *found, const char *command)
{
	w->steps[w->count++] =
		(struct output_step){.step = step, .state = state, .found = found, .command = command};
}

#define say(w, ...) arena_printf(&(w)->s->out->arena, __VA_ARGS__)

/* ---- a project that cmekd does not know ---- */

static void steps_of_none(struct walk *w, const char *name)
{
	add(w, "project", "missing",
		"create a project with CMEK in TiDB Cloud, or take one that was created with it",
		say(w, "cmekctl project create %s", name));
	add(w, "vendor", "missing",
		"take TiDB Cloud's AWS account from its console: Encryption Access > Create Encryption Key",
		"cmekctl vendor ROLE-TRUST-POLICY.JSON");
	add(w, "file", "missing",
		say(w, "write projects.d/%s.conf: [Project], Id= and VendorAccount=, a line each", name),
		"systemctl reload cmekd");
	add(w, "policy", "missing", "let TiDB Cloud in by the policy of a key in the clusters' region",
		say(w, "cmekctl policy apply %s --key ARN", name));
	add(w, "cmek", "missing", "configure the key in TiDB Cloud",
		say(w, "cmekctl cmek configure %s --key ARN", name));
	add(w, "cluster", "missing", "create a cluster in that region",
		say(w, "cmekctl cluster create %s --spec FILE", name));
}

/* ---- one that it knows ---- */

/* Both purposes were looked at, and each has all that it needs. */
static bool policy_is_enough(const struct view_key_plan *plan)
{
	size_t purposes = 0;

	for (size_t i = 0; i < plan->checks.count; i++) {
		const struct view_check *check = &plan->checks.items[i];

		if (strncmp(check->check, "policy_", strlen("policy_")) != 0)
			continue;
		if (strcmp(check->result, "ok") != 0)
			return false;
		purposes++;
	}
	return purposes >= 2;
}

static void step_policy(struct walk *w, const char *name, const struct view_key_plan *plan)
{
	const char *command = say(w, "cmekctl policy apply %s --key %s", name, w->key);

	if (!plan->policy_digest) {
		add(w, "policy", "problem",
			plan->checks.count > 0 ? plan->checks.items[0].found
					       : "the key policy could not be read",
			say(w, "cmekctl credentials %s", name));
	} else if (plan->policy_trouble) {
		add(w, "policy", "problem", plan->policy_trouble, command);
	} else if (plan->losses || !policy_is_enough(plan)) {
		add(w, "policy", "missing", "the key policy does not give TiDB Cloud all that it needs",
			command);
		w->next = w->next ? w->next : cmd_policy_apply;
	} else {
		add(w, "policy", "done",
			say(w, "the key policy gives account %s all that it needs", plan->vendor_account),
			NULL);
	}
}

static void step_cmek(struct walk *w, const char *name, const struct view_key_plan *plan)
{
	const char *command = say(w, "cmekctl cmek configure %s --key %s", name, w->key);

	for (size_t i = 0; i < plan->configured.count; i++) {
		const struct view_cmek_setting *is = &plan->configured.items[i];

		if (strcmp(is->region, plan->region) != 0)
			continue;
		if (strcmp(is->key_arn, plan->key_arn) == 0)
			add(w, "cmek", "done", say(w, "TiDB Cloud names the key for %s", is->region), NULL);
		else
			add(w, "cmek", "problem",
				say(w, "%s has another key, which cannot be changed: %s", is->region,
					is->key_arn),
				NULL);
		return;
	}
	if (!plan->cmek_enabled) {
		add(w, "cmek", "problem", "the project was created without CMEK, which cannot be added later",
			"cmekctl project create NAME");
		return;
	}
	add(w, "cmek", "missing", say(w, "TiDB Cloud has no key for %s", plan->region), command);
	if (!key_plan_has_problem(plan))
		w->next = w->next ? w->next : cmd_cmek_configure;
}

static size_t clusters_of(const struct view_project *p, const char *region)
{
	for (size_t i = 0; i < p->bindings.count; i++)
		if (strcmp(p->bindings.items[i].region, region) == 0)
			return p->bindings.items[i].clusters.count;
	return 0;
}

static void step_cluster(struct walk *w, const struct view_project *p, const char *region)
{
	if (clusters_of(p, region) > 0)
		add(w, "cluster", "done", say(w, "there are clusters in %s", region), NULL);
	else
		add(w, "cluster", "missing", say(w, "no cluster in %s was seen yet", region),
			say(w, "cmekctl cluster create %s --spec FILE", p->name));
}

static void step_armed(struct walk *w, const struct view_project *p, const char *region)
{
	for (size_t i = 0; i < p->bindings.count; i++) {
		if (strcmp(p->bindings.items[i].region, region) != 0)
			continue;
		if (p->bindings.items[i].armed)
			add(w, "watched", "done", "cmekd saw the key usable, and would react to its loss",
				NULL);
		else
			add(w, "watched", "missing", p->bindings.items[i].last_reason_text,
				say(w, "cmekctl explain %s", p->name));
		return;
	}
	add(w, "watched", "missing",
		"cmekd watches the key once TiDB Cloud names it: it reads that every few minutes",
		say(w, "cmekctl status %s", p->name));
}

static int steps_of_project(struct walk *w, const struct view_project *p)
{
	struct session *s = w->s;
	struct view_key_plan plan;
	struct key_arn key;
	int result;

	add(w, "project", "done", say(w, "%s is the project %s of TiDB Cloud", p->name, p->id), NULL);
	add(w, "vendor", "done", say(w, "VendorAccount=%s", p->vendor_account), NULL);
	if (!REQUEST_VALUE(s->request, KEY) && p->bindings.count == 0) {
		add(w, "policy", "unknown",
			"say which key is meant: AWS KMS has it, or aws kms create-key makes one",
			say(w, "cmekctl setup %s --key ARN", p->name));
		add(w, "cmek", "missing", "TiDB Cloud names no key for the project",
			say(w, "cmekctl cmek configure %s --key ARN", p->name));
		return 0;
	}
	result = key_plan_of_target(s, &key);
	if (result == 0) {
		w->key = arena_copy(&s->out->arena, key.text, strlen(key.text));
		result = key_plan_ask(s, &key, &plan);
	}
	if (result != 0)
		return result;
	step_policy(w, p->name, &plan);
	step_cmek(w, p->name, &plan);
	step_cluster(w, p, plan.region);
	step_armed(w, p, plan.region);
	return 0;
}

static int derive(struct walk *w)
{
	struct session *s = w->s;
	const char *name = s->request->project.text;
	struct view_status status;
	int result;

	w->count = 0;
	w->next = NULL;
	if (!*name) {
		steps_of_none(w, "NAME");
		return 0;
	}
	result = session_ask(s, VERB_STATUS, session_parameters(name, NULL, NULL), VIEW_STATUS, &status);
	if (result != 0) {
		if (session_was_refused(s, "NoSuchProject", NULL))
			s->out->ops->note(s->out,
				arena_printf(&s->out->arena, "If it is to be set up: cmekctl setup, without "
							     "a project, tells how to begin."));
		return result;
	}
	return status.projects.count == 1 ? steps_of_project(w, &status.projects.items[0]) : EXIT_ERROR;
}

static bool is_done(const struct walk *w)
{
	for (size_t i = 0; i < w->count; i++)
		if (strcmp(w->steps[i].state, "done") != 0)
			return false;
	return true;
}

int cmd_setup(struct session *s)
{
	struct walk w = {.s = s};
	int result;

	for (bool first = true;; first = false) {
		if (!first)
			s->out->ops->note(s->out, "");
		result = derive(&w);
		if (result != 0)
			return result;
		s->out->ops->steps(s->out, w.steps, w.count);
		if (!w.next || !s->in || REQUEST_HAS(s->request, JSON))
			return is_done(&w) ? EXIT_GOOD : EXIT_OPEN;
		s->out->ops->note(s->out, "");
		/* It shows and asks by itself; anything but yes leaves the walk, to be taken up again. */
		result = w.next(s);
		if (result != 0)
			return result;
	}
}
