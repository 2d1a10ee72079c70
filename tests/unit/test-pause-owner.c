/* SPDX-License-Identifier: Apache-2.0 */
/* Whose pause it is, where one API tells the scheduled resume and the other does not. */
#include "core/core.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define HOUR_MS (3600 * 1000LL)
#define DAY_MS  (24 * HOUR_MS)

static const struct walltime ours = {1767225600000 + 7 * DAY_MS}, another = {1767225600000 + 8 * DAY_MS};
static struct binding binding;
static struct cluster cluster;
static struct core core;
static struct effect items[512];
static struct moment now;

/* An automatic incident that holds one cluster, whose pause it owes, has taken or has seen, as `duty` says. */
static void hold(enum duty duty, struct walltime our_resume_at)
{
	now = (struct moment){{1000}, {1767225600000}};
	binding = (struct binding){.region = {"us-west-2"},
		.armed = true,
		.incident = {.id = {1}, .phase = PHASE_HELD, .causes = CAUSE_AUTOMATIC}};
	cluster = (struct cluster){.id = {"10"},
		.region = binding.region,
		.state = CLUSTER_STATE_PAUSED,
		.seen_at = now.boot,
		.duty = duty,
		.our_resume_at = our_resume_at,
		.resume_at = our_resume_at,
		.left_paused_at = BOOTTIME_NEVER};
	core = (struct core){.bindings = &binding,
		.binding_count = 1,
		.binding_size = 1,
		.clusters = &cluster,
		.cluster_count = 1,
		.cluster_size = 1,
		.policy = {.poll_ms = 30000, .incident_ms = 20000, .restore_delay_ms = 300000},
		.now = now,
		.clock_offset_ms = now.wall.ms - now.boot.ms};
}

/* `resume_at`: WALLTIME_UNKNOWN by v1beta. Gives how many notices follow of a cluster that people touched. */
static int read_as(enum cluster_state state, struct walltime resume_at, int64_t after_ms)
{
	struct event e = {.type = EV_CLUSTER,
		.cluster = {.seen = {.id = cluster.id,
				    .region = cluster.region,
				    .state = state,
				    .resume_at = resume_at}}};
	struct effects effects = {.items = items, .size = sizeof items / sizeof items[0]};
	int touched = 0;

	now.boot.ms += after_ms;
	now.wall.ms += after_ms;
	e.at = now;
	core_step(&core, &e, &effects);
	for (uint32_t i = 0; i < effects.count; i++)
		touched += items[i].type == FX_NOTICE && items[i].notice == NOTICE_TOUCHED;
	return touched;
}

static void is(enum duty duty, struct walltime our_resume_at)
{
	assert_int_equal(cluster.duty, duty);
	assert_int_equal(cluster.our_resume_at.ms, our_resume_at.ms);
}

static void ours_stays_ours_while_its_schedule_is_not_told(void **state)
{
	static const enum duty duties[] = {DUTY_PAUSED, DUTY_RESUME_OWED};

	(void)state;
	for (int i = 0; i < 2; i++) {
		hold(duties[i], ours);
		if (duties[i] == DUTY_RESUME_OWED)
			binding.incident.phase = PHASE_RESUMING;
		assert_int_equal(read_as(CLUSTER_STATE_PAUSED, ours, 20000), 0);
		for (int n = 0; n < 3; n++) {
			assert_int_equal(read_as(CLUSTER_STATE_PAUSED, WALLTIME_UNKNOWN, 20000), 0);
			is(duties[i], ours);
		}
		assert_int_equal(read_as(CLUSTER_STATE_PAUSED, ours, 20000), 0);
		is(duties[i], ours);
	}
}

static void theirs_is_found_once_it_is_told_again(void **state)
{
	(void)state;
	hold(DUTY_PAUSED, ours);
	/* Resumed and paused again by people, between two readings that tell no schedule: no act follows but by
	 * what is read next. */
	assert_int_equal(read_as(CLUSTER_STATE_PAUSED, WALLTIME_UNKNOWN, 20000), 0);
	assert_int_equal(read_as(CLUSTER_STATE_PAUSED, another, 20000), 1);
	is(DUTY_TOUCHED, ours);
	/* While it is seen running it needs no schedule to be theirs. */
	hold(DUTY_PAUSED, ours);
	assert_int_equal(read_as(CLUSTER_STATE_RUNNING, WALLTIME_UNKNOWN, 20000), 0);
	assert_int_equal(read_as(CLUSTER_STATE_RUNNING, WALLTIME_UNKNOWN, 20000), 1);
	is(DUTY_TOUCHED, ours);
	assert_int_equal(read_as(CLUSTER_STATE_PAUSED, WALLTIME_UNKNOWN, 20000), 0);
	is(DUTY_TOUCHED, ours);
}

static void a_schedule_that_is_told_late_is_taken(void **state)
{
	(void)state;
	hold(DUTY_PAUSE_TAKEN, WALLTIME_UNKNOWN);
	assert_int_equal(read_as(CLUSTER_STATE_PAUSED, WALLTIME_UNKNOWN, 20000), 0);
	is(DUTY_PAUSED, WALLTIME_UNKNOWN);
	assert_int_equal(read_as(CLUSTER_STATE_PAUSED, ours, 20000), 0);
	is(DUTY_PAUSED, ours);
	assert_int_equal(read_as(CLUSTER_STATE_PAUSED, WALLTIME_UNKNOWN, 20000), 0);
	is(DUTY_PAUSED, ours);
	assert_int_equal(read_as(CLUSTER_STATE_PAUSED, another, 20000), 1);
	is(DUTY_TOUCHED, ours);
}

static void a_schedule_told_while_a_resume_is_owed_is_taken(void **state)
{
	(void)state;
	hold(DUTY_RESUME_OWED, WALLTIME_UNKNOWN);
	binding.incident.phase = PHASE_RESUMING;
	assert_int_equal(read_as(CLUSTER_STATE_PAUSED, ours, 20000), 0);
	is(DUTY_RESUME_OWED, ours);
	cluster.duty = DUTY_RESUME_TAKEN;
	assert_int_equal(read_as(CLUSTER_STATE_PAUSED, another, 20000), 1);
	assert_int_equal(binding.incident.phase, PHASE_NONE); /* theirs, and nothing else is owed */
}

/* A pause of people's before ours was sent: never ours, told or not. */
static void a_pause_before_ours_is_peoples(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		hold(DUTY_OWED, WALLTIME_UNKNOWN);
		cluster.state = CLUSTER_STATE_RUNNING;
		assert_int_equal(read_as(CLUSTER_STATE_PAUSED, i ? WALLTIME_UNKNOWN : another, 20000), 0);
		is(DUTY_LEFT, WALLTIME_UNKNOWN);
	}
}

/* TiDB Cloud's own resume is known by the schedule that was told, or else by counting from when the pause was first read. */
static void the_seventh_day(void **state)
{
	(void)state;
	for (int told = 0; told < 2; told++) {
		hold(DUTY_PAUSE_TAKEN, told ? ours : WALLTIME_UNKNOWN);
		assert_int_equal(read_as(CLUSTER_STATE_PAUSED, cluster.our_resume_at, 20000), 0);
		assert_int_equal(read_as(CLUSTER_STATE_PAUSED, WALLTIME_UNKNOWN, 20000), 0);
		assert_int_equal(read_as(CLUSTER_STATE_RUNNING, WALLTIME_UNKNOWN, 7 * DAY_MS), 0);
		assert_int_equal(read_as(CLUSTER_STATE_RUNNING, WALLTIME_UNKNOWN, 1000), 0);
		is(DUTY_OWED, told ? ours : WALLTIME_UNKNOWN);
	}
}

/* Holds one that was first read as PAUSED so long ago, and not since; no API told of its schedule. */
static void hold_counted(int64_t ago_ms)
{
	hold(DUTY_PAUSE_TAKEN, WALLTIME_UNKNOWN);
	assert_int_equal(read_as(CLUSTER_STATE_PAUSED, WALLTIME_UNKNOWN, 0), 0);
	now.boot.ms += ago_ms;
	now.wall.ms += ago_ms;
}

static int found_running(int64_t after_ms)
{
	int touched = read_as(CLUSTER_STATE_RUNNING, WALLTIME_UNKNOWN, after_ms);

	return touched + read_as(CLUSTER_STATE_RUNNING, WALLTIME_UNKNOWN, 1000);
}

static void a_resume_off_the_counted_time_is_a_persons(void **state)
{
	(void)state;
	hold_counted(7 * DAY_MS - HOUR_MS - 60000);
	assert_int_equal(found_running(0), 1);
	is(DUTY_TOUCHED, WALLTIME_UNKNOWN);
	hold_counted(7 * DAY_MS - HOUR_MS);
	assert_int_equal(found_running(0), 0);
	is(DUTY_OWED, WALLTIME_UNKNOWN);
	/* Nobody looked for two days: it may have come in time. */
	hold_counted(9 * DAY_MS);
	assert_int_equal(found_running(0), 0);
	is(DUTY_OWED, WALLTIME_UNKNOWN);
	/* It did not come, as was seen. */
	hold_counted(7 * DAY_MS + HOUR_MS + 60000);
	assert_int_equal(read_as(CLUSTER_STATE_PAUSED, WALLTIME_UNKNOWN, 0), 0);
	assert_int_equal(found_running(20000), 1);
	is(DUTY_TOUCHED, WALLTIME_UNKNOWN);
	/* An operator's revoke asks for no day. */
	hold_counted(2 * DAY_MS);
	binding.incident.causes = CAUSE_OPERATOR;
	assert_int_equal(found_running(0), 0);
	is(DUTY_OWED, WALLTIME_UNKNOWN);
}

/* A stale reading, or one of a passing state, does not begin the count anew; a resume that failed on its day does. */
static void a_failed_resume_is_counted_anew(void **state)
{
	struct walltime first;

	(void)state;
	hold_counted(3 * DAY_MS);
	first = cluster.paused_at;
	assert_int_equal(read_as(CLUSTER_STATE_BUSY, WALLTIME_UNKNOWN, 0), 0);
	assert_int_equal(read_as(CLUSTER_STATE_PAUSED, WALLTIME_UNKNOWN, 20000), 0);
	assert_int_equal(cluster.paused_at.ms, first.ms);
	assert_int_equal(read_as(CLUSTER_STATE_RESUMING, WALLTIME_UNKNOWN, 4 * DAY_MS), 0);
	assert_int_equal(read_as(CLUSTER_STATE_PAUSED, WALLTIME_UNKNOWN, 20000), 0);
	assert_int_equal(cluster.paused_at.ms, now.wall.ms);
	assert_int_equal(found_running(7 * DAY_MS), 0);
	is(DUTY_OWED, WALLTIME_UNKNOWN);
}

/* What hung for an hour in a person's resume is theirs once it runs; in TiDB Cloud's own, it is paused again. */
static void a_stranded_one_that_runs(void **state)
{
	(void)state;
	for (int own = 0; own < 2; own++) {
		hold_counted(own ? 7 * DAY_MS : 3 * DAY_MS);
		assert_int_equal(read_as(CLUSTER_STATE_RESUMING, WALLTIME_UNKNOWN, 0), 0);
		assert_int_equal(read_as(CLUSTER_STATE_RESUMING, WALLTIME_UNKNOWN, HOUR_MS), 0);
		is(DUTY_STRANDED, WALLTIME_UNKNOWN);
		assert_int_equal(read_as(CLUSTER_STATE_RUNNING, WALLTIME_UNKNOWN, 20000), own ? 0 : 1);
		is(own ? DUTY_OWED : DUTY_TOUCHED, WALLTIME_UNKNOWN);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ours_stays_ours_while_its_schedule_is_not_told),
		cmocka_unit_test(theirs_is_found_once_it_is_told_again),
		cmocka_unit_test(a_schedule_that_is_told_late_is_taken),
		cmocka_unit_test(a_schedule_told_while_a_resume_is_owed_is_taken),
		cmocka_unit_test(a_pause_before_ours_is_peoples),
		cmocka_unit_test(the_seventh_day),
		cmocka_unit_test(a_resume_off_the_counted_time_is_a_persons),
		cmocka_unit_test(a_failed_resume_is_counted_anew),
		cmocka_unit_test(a_stranded_one_that_runs),
	};

	return cmocka_run_group_tests_name("pause_owner", tests, NULL, NULL);
}
