/* SPDX-License-Identifier: Apache-2.0 */
/* What status shows has exactly the members that io.cmekd.varlink declares, of the declared types; in quiet, in
 * an incident, in the dark, and for a project that is broken. */
#include "driver/view.h"
#include "driver/explain.h"
#include "driver/headline.h"
#include "driver/turn.h"
#include "fake_daemon.h"
#include "policy/adopt.h"
#include "proto/interface.h"
#include <json-c/json.h>
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define NAME_BYTES 64

static struct fake_daemon d;

/* ---- a small reader of the interface: enough for its types ---- */

static const char *blanks(const char *p)
{
	for (;;) {
		while (isspace((unsigned char)*p))
			p++;
		if (*p != '#')
			return p;
		while (*p && *p != '\n')
			p++;
	}
}

static const char *word(const char *p, char name[NAME_BYTES])
{
	size_t len = 0;

	p = blanks(p);
	while (isalnum((unsigned char)*p) && len < NAME_BYTES - 1)
		name[len++] = *p++;
	name[len] = '\0';
	return p;
}

/* Behind the '(' of "type NAME (". */
static const char *find_type(const char *type)
{
	char name[NAME_BYTES];

	for (const char *p = interface_io_cmekd; (p = strstr(p, "\ntype ")); p++) {
		const char *q = word(p + strlen("\ntype "), name);

		if (strcmp(name, type) == 0)
			return strchr(q, '(') + 1;
	}
	fail_msg("type %s is not declared", type);
	return NULL;
}

static void check_object(struct json_object *o, const char *type);

static void check_value(struct json_object *o, const char *type, const char *where)
{
	if (type[0] == '[') {
		if (!json_object_is_type(o, json_type_array))
			fail_msg("%s is no array", where);
		for (size_t i = 0; i < json_object_array_length(o); i++)
			check_value(json_object_array_get_idx(o, i), type + 2, where);
	} else if (strcmp(type, "string") == 0) {
		if (!json_object_is_type(o, json_type_string))
			fail_msg("%s is no string", where);
	} else if (strcmp(type, "int") == 0) {
		if (!json_object_is_type(o, json_type_int))
			fail_msg("%s is no int", where);
	} else if (strcmp(type, "bool") == 0) {
		if (!json_object_is_type(o, json_type_boolean))
			fail_msg("%s is no bool", where);
	} else {
		check_object(o, type);
	}
}

static void check_object(struct json_object *o, const char *type)
{
	const char *p = blanks(find_type(type));
	int declared = 0, members;

	if (!json_object_is_type(o, json_type_object))
		fail_msg("%s is no object", type);
	members = json_object_object_length(o);
	while (*p != ')') {
		char name[NAME_BYTES], of[NAME_BYTES] = "", where[2 * NAME_BYTES + 2];
		bool optional;
		struct json_object *value;

		p = blanks(word(p, name));
		assert_int_equal(*p, ':');
		p = blanks(p + 1);
		optional = *p == '?';
		p += optional;
		if (*p == '[') {
			memcpy(of, "[]", 3);
			p += 2;
		}
		p = blanks(word(p, of + strlen(of)));
		p = blanks(*p == ',' ? p + 1 : p);
		snprintf(where, sizeof where, "%s.%s", type, name);
		if (!json_object_object_get_ex(o, name, &value)) {
			if (!optional)
				fail_msg("%s is missing", where);
			continue;
		}
		declared++;
		check_value(value, of, where);
	}
	if (members != declared)
		fail_msg("%s has members that are not declared: %s", type, json_object_to_json_string(o));
}

/* ---- */

static struct view now(void)
{
	return (struct view){.now = fake.now};
}

static const char *text_at(struct json_object *o, const char *name)
{
	struct json_object *value = NULL;

	assert_true(json_object_object_get_ex(o, name, &value));
	return json_object_get_string(value);
}

static struct json_object *first_binding(struct json_object *project)
{
	struct json_object *bindings = NULL;

	assert_true(json_object_object_get_ex(project, "bindings", &bindings));
	return json_object_array_get_idx(bindings, 0);
}

/* Looks at everything that can be looked at; the caller owns the project's view. */
static struct json_object *look(void)
{
	struct json_object *o = view_project(d.project, now()), *plan, *explanation, *checks, *lines = NULL;

	check_object(o, "Project");
	checks = view_checks(d.project, fake.now);
	assert_true(json_object_object_get_ex(checks, "checks", &lines));
	check_value(lines, "[]CheckLine", "checks");
	json_object_put(checks);
	for (uint32_t i = 0; i < d.project->core.binding_count; i++)
		for (int restore = 0; restore < 2; restore++) {
			plan = view_plan(d.project, i, restore, 0, now());
			check_object(plan, "PlanBinding");
			json_object_put(plan);
			explanation = explain_binding(d.project, i, true, fake.now);
			check_object(explanation, "Explanation");
			json_object_put(explanation);
		}
	return o;
}

static void headline_is(const char *headline)
{
	struct json_object *o = look();

	assert_string_equal(text_at(o, "headline"), headline);
	json_object_put(o);
}

static int setup(void **state)
{
	(void)state;
	fake_world();
	fake_start(&d);
	return 0;
}

static void test_the_checker(void **state)
{
	/* The guard itself can fail: a declared member that is missing is seen by its name. */
	char name[NAME_BYTES];

	(void)state;
	word(find_type("Plan"), name);
	assert_string_equal(name, "digest");
	word(find_type("Cluster"), name);
	assert_string_equal(name, "id");
}

static void test_shape_in_every_phase(void **state)
{
	struct json_object *o, *binding, *incident;

	(void)state;
	headline_is("starting");
	fake_turn(&d, 3000);
	headline_is("usable");
	fake_disabled();
	fake_turn(&d, 1500);
	o = look();
	assert_string_equal(text_at(o, "headline"), "lost");
	assert_true(json_object_object_get_ex(first_binding(o), "incident", &incident));
	assert_string_equal(text_at(incident, "phase"), "grace");
	json_object_put(o);
	fake_turn(&d, 8000);
	o = look();
	binding = first_binding(o);
	assert_string_equal(text_at(o, "headline"), "dark");
	assert_string_equal(text_at(binding, "dark"), "dark");
	assert_string_equal(text_at(binding, "grantsAlive"), "0");
	json_object_put(o);
	fake_usable();
	fake_turn(&d, 1500);
	headline_is("restoring");
	fake_turn(&d, 10000);
	headline_is("usable");
}

/* Dark is said only of what was read: a cluster that runs, or a look that sees access, ends it at once. */
static void test_dark_is_not_said_lightly(void **state)
{
	(void)state;
	fake_turn(&d, 3000);
	fake_disabled();
	fake_turn(&d, 10000);
	headline_is("dark");
	fake.clusters[1].state = CLUSTER_STATE_RESUMING;
	fake_turn(&d, 1000);
	headline_is("pausing");
	fake.clusters[1].state = CLUSTER_STATE_PAUSED;
	fake_turn(&d, 3000);
	headline_is("dark");
}

static void test_blind(void **state)
{
	(void)state;
	fake_turn(&d, 3000);
	fake.look = (struct look){.fault = FAULT_NETWORK};
	fake_turn(&d, 15000);
	headline_is("blind");
	assert_int_equal(fake.pauses, 0);
}

/* Routine that has to wait for the rate of its API key is not silently seldom. */
static void test_late_readings(void **state)
{
	struct json_object *o, *wait;

	(void)state;
	fake_turn(&d, 3000);
	o = look();
	assert_false(json_object_object_get_ex(o, "readingsWaitMs", NULL));
	json_object_put(o);
	fake.routine_wait_ms = 250000;
	o = look();
	assert_true(json_object_object_get_ex(o, "readingsWaitMs", &wait));
	assert_int_equal(json_object_get_int64(wait), 250000);
	json_object_put(o);
}

static void test_never_armed(void **state)
{
	(void)state;
	fake_disabled();
	fake_turn(&d, 5000);
	headline_is("waiting"); /* a loss that was never seen usable waits for a person */
	assert_int_equal(fake.pauses, 0);
}

static void test_change_by_hand(void **state)
{
	struct event event = {.type = EV_COMMAND};
	struct json_object *o, *incident, *by_hand;

	(void)state;
	fake_turn(&d, 3000);
	fake.act = ACT_RESULT_DENIED;
	event.command.command = COMMAND_REVOKE;
	assert_int_equal(turn_command(d.project, &event, NULL), 0);
	fake_turn(&d, 2000);
	o = look();
	assert_true(json_object_object_get_ex(first_binding(o), "incident", &incident));
	assert_true(json_object_object_get_ex(incident, "byHand", &by_hand));
	assert_non_null(strstr(text_at(o, "problems"), "not permitted"));
	assert_non_null(strstr(json_object_get_string(by_hand), "add CmekdCut0123456789abcdefI1"));
	json_object_put(o);
}

/* What the key policy says is part of the interface too, and so is a text that is none. */
static void test_shape_of_a_policy(void **state)
{
	static const char *const policies[] = {
		"{\"Statement\":[]}",
		"{\"Statement\":{\"Sid\":\"s\",\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"*\","
		"\"Resource\":"
		"\"*\",\"Condition\":{\"StringEquals\":{\"kms:ViaService\":\"ec2.us-west-2.amazonaws.com\"}}}"
		"}",
		"{\n\"Statement\":7}",
	};
	static const struct {
		const char *name, *said[3];
	} wanted[] = {
		{"policySummary", {"lost", "degraded", NULL}},
		{"policyTrouble", {NULL, NULL, "line 2, column 13: expected"}},
		{"decisions", {"no statement allows anything", "StringEquals kms:ViaService", "[ ]"}},
		{"policy", {"Statement", "Statement", "Statement"}},
	};

	(void)state;
	fake_turn(&d, 3000);
	for (int i = 0; i < 3; i++) {
		struct json_object *explanation, *value = NULL;

		fake.policy = policies[i];
		json_object_put(look());
		explanation = explain_binding(d.project, 0, true, fake.now);
		for (size_t w = 0; w < sizeof wanted / sizeof *wanted; w++) {
			bool there = json_object_object_get_ex(explanation, wanted[w].name, &value);

			assert_int_equal(there, wanted[w].said[i] != NULL);
			if (there && !strstr(json_object_to_json_string(value), wanted[w].said[i]))
				fail_msg("%s: %s", wanted[w].name, json_object_to_json_string(value));
		}
		json_object_put(explanation);
	}
}

/* What is in the way of a change is told in the plan, before it is tried. */
static void test_a_change_that_may_fail(void **state)
{
	struct json_object *plan, *value;

	(void)state;
	fake_turn(&d, 3000);
	fake.doubt = "a deleted user";
	plan = view_plan(d.project, 0, false, 0, now());
	assert_string_equal(text_at(plan, "policyTrouble"), "add CmekdCut0123456789abcdefI1: a deleted user");
	json_object_put(plan);
	plan = view_plan(d.project, 0, true, 0, now()); /* nothing to undo */
	assert_false(json_object_object_get_ex(plan, "policyTrouble", &value));
	json_object_put(plan);
}

/* A Deny of others: named with its remedy, but not while an operator's revoke is in force. */
static void test_kept_out(void **state)
{
	struct adopt_found found = {.statement = 4, .line = 40, .sid = "Fence", .may = true};
	struct event event = {.type = EV_COMMAND, .command.ticket = 7};
	struct json_object *o, *kept;

	(void)state;
	fake_turn(&d, 3000);
	fake.keeps_out = &found;
	o = look();
	assert_false(json_object_object_get_ex(first_binding(o), "keptOutBy", &kept)); /* nobody is */
	json_object_put(o);
	fake.look.access = (struct access){.denied = NEED_ALL, .by_deny = true};
	fake_turn(&d, 1000);
	o = look();
	assert_true(json_object_object_get_ex(first_binding(o), "keptOutBy", &kept));
	assert_string_equal(text_at(kept, "sid"), "Fence");
	assert_non_null(strstr(text_at(kept, "remedy"), "--adopt Fence"));
	assert_non_null(strstr(text_at(o, "problems"), "it is statement 4 (line 40)"));
	json_object_put(o);
	found = (struct adopt_found){.statement = 4, .line = 40, .why = {"it has no Sid"}};
	o = look();
	assert_true(json_object_object_get_ex(first_binding(o), "keptOutBy", &kept));
	assert_string_equal(text_at(kept, "remedy"), "it has no Sid");
	json_object_put(o);
	found = (struct adopt_found){.sid = "no more, for now", .may = true};
	o = look();
	assert_non_null(strstr(text_at(o, "problems"), "--adopt 'no more, for now'"));
	json_object_put(o);
	event.command.command = COMMAND_REVOKE;
	assert_int_equal(turn_command(d.project, &event, NULL), 0);
	fake_turn(&d, 1000);
	o = look();
	assert_false(json_object_object_get_ex(first_binding(o), "keptOutBy", &kept));
	json_object_put(o);
}

/* Two views of an unchanged project are equal but for their ages: Monitor rests on it. */
static void test_still_view(void **state)
{
	struct view still = {.now = fake.now, .still = true};
	struct json_object *a, *b;

	(void)state;
	fake_turn(&d, 3000);
	a = view_project(d.project, still);
	fake_turn(&d, 5000);
	still.now = fake.now;
	b = view_project(d.project, still);
	assert_string_equal(json_object_to_json_string(a), json_object_to_json_string(b));
	json_object_put(a);
	json_object_put(b);
}

static void test_broken(void **state)
{
	const struct project_name name = {"bad"};
	struct project *p;
	struct json_object *o;

	(void)state;
	assert_int_equal(project_open_broken(&d.hub, &name, "line 3: no number", &p), 0);
	turn_run(p); /* does nothing */
	o = view_project(p, now());
	check_object(o, "Project");
	assert_string_equal(text_at(o, "headline"), "broken");
	assert_int_equal(fake.notices[NOTICE_PROJECT_BROKEN], 1);
	json_object_put(o);
	project_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_checker),
		cmocka_unit_test_setup_teardown(test_shape_in_every_phase, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_dark_is_not_said_lightly, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_blind, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_late_readings, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_never_armed, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_change_by_hand, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_shape_of_a_policy, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_a_change_that_may_fail, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_kept_out, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_still_view, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_broken, setup, fake_teardown),
	};
	return cmocka_run_group_tests_name("view", tests, NULL, NULL);
}
