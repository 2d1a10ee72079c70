/* SPDX-License-Identifier: Apache-2.0 */
/* What [Cluster NAME] says reaches the core by names that only the driver knows: now, after a reload, after a rename, and after
 * a restart. */
#include "driver/mark.h"
#include "driver/headline.h"
#include "driver/project.h"
#include "driver/view.h"
#include "fake_daemon.h"
#include <json-c/json.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static struct fake_daemon d;

static int setup(void **state)
{
	(void)state;
	fake_world();
	return 0;
}

static struct cluster_mark *section(const char *label)
{
	struct cluster_settings *s = &fake_sections[fake_section_count++];

	*s = (struct cluster_settings){.mark = {.order = CLUSTER_ORDER_DEFAULT}};
	(void)snprintf(s->label, sizeof s->label, "%s", label);
	return &s->mark;
}

static void start(void)
{
	fake_start(&d);
	fake_turn(&d, 3000);
	assert_true(d.project->core.bindings[0].armed);
}

static void lose(void)
{
	fake_disabled();
	fake_turn(&d, 8000);
}

static void reload(void)
{
	struct project_settings settings = {
		.name = {"prod"}, .id = {"42"}, .vendor = d.project->vendor, .policy = d.project->policy};

	memcpy(settings.clusters, fake_sections, sizeof fake_sections);
	settings.cluster_count = fake_section_count;
	assert_int_equal(project_set(d.project, &settings), 0);
	fake_turn(&d, 3000);
}

static bool has_problem;
static const char *wanted;
static void look_for(const char *sentence, void *arg)
{
	(void)arg;
	has_problem = has_problem || strcmp(sentence, wanted) == 0;
}

static bool says(const char *sentence)
{
	has_problem = false;
	wanted = sentence;
	(void)headline_problems(d.project, look_for, NULL);
	return has_problem;
}

static void test_excluded(void **state)
{
	(void)state;
	section("cluster-2")->excluded = true;
	start();
	lose();
	assert_int_equal(fake.pauses, 2);
	assert_int_equal(fake.clusters[1].state, CLUSTER_STATE_RUNNING);
	assert_int_equal(fake.notices[NOTICE_CLUSTER_EXCLUDED], 1);
	assert_int_equal(fake.notices[NOTICE_DARK], 0);
	assert_int_equal(d.project->core.bindings[0].incident.phase, PHASE_HELD);
	assert_true(says("us-west-2: not dark: cluster cluster-2 (running) is excluded and runs"));

	struct json_object *o = view_project(d.project, (struct view){.still = true}), *b, *c, *x;
	b = json_object_array_get_idx(json_object_object_get(o, "bindings"), 0);
	assert_string_equal(json_object_get_string(json_object_object_get(b, "dark")), "cluster_excluded");
	assert_string_equal(json_object_get_string(json_object_object_get(b, "darkText")),
		"cluster cluster-2 (running) is excluded and runs");
	c = json_object_array_get_idx(json_object_object_get(b, "clusters"), 1);
	assert_true(json_object_get_boolean(json_object_object_get(c, "excluded")));
	assert_string_equal(json_object_get_string(json_object_object_get(c, "duty")), "excluded");
	x = json_object_object_get(json_object_object_get(b, "incident"), "plan");
	assert_int_equal(json_object_get_int(json_object_object_get(x, "excluded")), 1);
	assert_int_equal(json_object_get_int(json_object_object_get(x, "pause")), 0);
	json_object_put(o);
}

/* By its id, and under any name that it ever had. */
static void test_renamed(void **state)
{
	(void)state;
	section("cluster-2")->excluded = true;
	section("3")->excluded = true;
	start();
	(void)snprintf(fake.clusters[1].name, sizeof fake.clusters[1].name, "other");
	(void)snprintf(fake.clusters[2].name, sizeof fake.clusters[2].name, "third");
	fake_turn(&d, 3000);
	reload(); /* the core hears it all anew */
	assert_true(mark_is_found(d.project, &d.project->clusters[0]));
	lose();
	assert_int_equal(fake.pauses, 1);
	fake_stop(&d);
	fake_start(&d);
	fake_turn(&d, 10000);
	assert_true(d.project->core.clusters[1].mark.excluded);
	assert_string_equal(d.project->core.clusters[1].name, "other");
	assert_int_equal(fake.pauses, 1);
	assert_int_equal(fake.clusters[1].state, CLUSTER_STATE_RUNNING);
	assert_int_equal(fake.clusters[2].state, CLUSTER_STATE_RUNNING);
}

/* What is configured anew holds at once, for what waits in a lane too; what is taken back is in no budget. */
static void test_reload(void **state)
{
	(void)state;
	start();
	fake.lane_slow = true;
	lose();
	assert_int_equal(fake_count(RECORD_PAUSE_INTENT), 3);
	section("cluster-1")->excluded = true;
	reload();
	fake.lane_slow = false;
	fake_turn(&d, 3000);
	assert_int_equal(fake.pauses, 2);
	assert_int_equal(fake.clusters[0].state, CLUSTER_STATE_RUNNING);
	assert_int_equal(d.project->core.clusters[0].duty, DUTY_EXCLUDED);
	fake_section_count = 0;
	reload();
	assert_int_equal(d.project->core.clusters[0].duty, DUTY_WAITS);
	assert_int_equal(fake.pauses, 2);
}

static void test_order_and_reaction(void **state)
{
	(void)state;
	section("cluster-3")->order = 1;
	section("cluster-1")->reaction = REACTION_APPROVE;
	start();
	lose();
	assert_int_equal(fake.pauses, 2);
	for (size_t i = 0, n = 0; i < fake.record_count; i++)
		if (fake.records[i].type == RECORD_PAUSE_INTENT)
			assert_string_equal(fake.records[i].name, n++ == 0 ? "cluster-3" : "cluster-2");
	assert_int_equal(fake.notices[NOTICE_CLUSTER_WAITS], 1);
	assert_true(says("us-west-2: cluster cluster-1 (1): not paused by itself (Reaction= of the cluster): "
			 "waits for cmekctl approve"));

	struct json_object *o = view_plan(d.project, 0, false, 0, (struct view){.still = true}), *c;
	c = json_object_array_get_idx(json_object_object_get(o, "clusters"), 0);
	assert_string_equal(json_object_get_string(json_object_object_get(c, "name")), "cluster-3");
	assert_int_equal(json_object_get_int(json_object_object_get(c, "order")), 1);
	c = json_object_array_get_idx(json_object_object_get(o, "clusters"), 1);
	assert_string_equal(json_object_get_string(json_object_object_get(c, "reaction")), "approve");
	json_object_put(o);
}

static void test_former_names_are_bounded(void **state)
{
	struct cluster_id id = {"1"};
	char name[32];

	(void)state;
	start();
	for (int i = 0; i < 2 * MARK_FORMER_MAX; i++) {
		(void)snprintf(name, sizeof name, "n%d", i);
		assert_int_equal(mark_called(d.project, &id, name), 0);
		(void)snprintf(d.project->core.clusters[0].name, CLUSTER_NAME_BYTES, "%s", name);
	}
	assert_int_equal(d.project->former_count, MARK_FORMER_MAX);
	assert_int_equal(mark_called(d.project, &id, ""), 0);
	assert_int_equal(mark_called(d.project, &(struct cluster_id){"9"}, "x"), 0);
	assert_int_equal(d.project->former_count, MARK_FORMER_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_excluded, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_renamed, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_reload, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_order_and_reaction, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_former_names_are_bounded, setup, fake_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
