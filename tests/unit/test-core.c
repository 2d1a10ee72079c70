/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "core/cluster_machine.h"
#include "core/evidence.h"
#include "core/incident_machine.h"
#include "core/live_drill.h"
#include <string.h>

/* ---- every cell of every table is written: "ignore" is not implied ---- */

static void test_every_cell_is_written(void **state)
{
	(void)state;
	for (int d = 0; d < DUTY_COUNT; d++)
		for (int e = 0; e < CE_COUNT; e++)
			if (cluster_machine_cell((enum duty)d, (enum cluster_event)e) == 0)
				fail_msg("cluster machine: %s, %s", duty_name((enum duty)d),
					cluster_event_name((enum cluster_event)e));
	for (int p = 0; p < PHASE_COUNT; p++)
		for (int e = 0; e < IE_COUNT; e++)
			if (incident_machine_cell((enum phase)p, (enum incident_event)e) == 0)
				fail_msg("incident machine: %s, %s", phase_name((enum phase)p),
					incident_event_name((enum incident_event)e));
	for (int c = 0; c < CUT_COUNT; c++)
		for (int e = 0; e < CUT_EV_COUNT; e++)
			if (cut_machine_cell((enum cut)c, (enum cut_event)e) == 0)
				fail_msg("cut machine: %s, %s", cut_name((enum cut)c),
					cut_event_name((enum cut_event)e));
	for (int l = 0; l < LIVE_STEP_COUNT; l++)
		for (int e = 0; e < LIVE_EVENT_COUNT; e++)
			if (live_drill_cell((enum live_step)l, (enum live_event)e) == 0)
				fail_msg("drill: %s, %s", live_step_name((enum live_step)l),
					live_event_name((enum live_event)e));
}

static void test_restart_leaves_nothing_in_flight(void **state)
{
	(void)state;
	for (int d = 0; d < DUTY_COUNT; d++) {
		enum duty after = duty_after_restart((enum duty)d);

		assert_int_not_equal(after, DUTY_PAUSE_SENT);
		assert_int_not_equal(after, DUTY_RESUME_SENT);
		assert_int_equal(duty_after_restart(after), after);
	}
	for (int l = 0; l < LIVE_STEP_COUNT; l++) {
		enum live_step after = live_step_after_restart((enum live_step)l);

		assert_true(after != LIVE_LOOKING && after != LIVE_PAUSE_SENT && after != LIVE_RESUME_SENT);
		assert_int_equal(live_step_after_restart(after), after);
	}
	for (int c = 0; c < CUT_COUNT; c++) {
		enum cut after = cut_after_restart((enum cut)c);

		assert_int_not_equal(after, CUT_SENT);
		assert_int_not_equal(after, CUT_UNDO_SENT);
		assert_int_equal(cut_after_restart(after), after);
	}
}

/* ---- what may leave ---- */

static void test_no_act_before_what_ordered_it(void **state)
{
	struct cluster c = {.duty = DUTY_PAUSE_SENT, .op = {7}, .state = CLUSTER_STATE_RUNNING};
	struct binding b = {.incident = {.phase = PHASE_PAUSING,
				    .causes = CAUSE_OPERATOR | CAUSE_PAUSE_FIRST,
				    .cut_op = {8},
				    .cut = CUT_SENT,
				    .ordered = {10}}};
	struct core core = {
		.bindings = &b, .binding_count = 1, .clusters = &c, .cluster_count = 1, .ledger_ok = true};
	const struct boottime when = {0};

	(void)state;
	/* Ordered, taken back and ordered again while it waited: the last order is not on the disk yet. */
	assert_false(core_may_send(&core, c.op, when, (struct seq){9}));
	assert_true(core_may_send(&core, c.op, when, (struct seq){10}));
	assert_false(core_may_send(&core, b.incident.cut_op, when, (struct seq){9}));
	assert_true(core_may_send(&core, b.incident.cut_op, when, (struct seq){10}));
	/* The last order may want the key as it is, or cut by other means. */
	b.incident.causes = CAUSE_OPERATOR | CAUSE_PAUSE_ONLY;
	assert_false(core_may_send(&core, b.incident.cut_op, when, (struct seq){10}));
	b.incident.causes = CAUSE_OPERATOR | CAUSE_DISABLE_KEY;
	assert_false(core_may_send(&core, b.incident.cut_op, when, (struct seq){10}));
	b.incident.means = CUT_MEANS_DISABLE;
	assert_true(core_may_send(&core, b.incident.cut_op, when, (struct seq){10}));
}

/* ---- what one look means ---- */

#define VITAL (NEED_BIT(NEED_EBS_DECRYPT) | NEED_BIT(NEED_EBS_CREATE_GRANT))

static const struct walltime now = {1767225600000};

static struct look policy_look(uint16_t allowed, uint16_t undecided)
{
	struct look l = {.key_state = KEY_STATE_ENABLED, .have_access = true};

	l.access.allowed = allowed;
	l.access.undecided = undecided;
	l.access.denied = (uint16_t)(NEED_ALL & ~(allowed | undecided));
	return l;
}

static enum reason judge(struct look l)
{
	return evidence_judge(&l, CUT_BY_NONE, WALLTIME_UNKNOWN, now);
}

static void test_policy_is_judged(void **state)
{
	struct look l;

	(void)state;
	assert_int_equal(judge(policy_look(NEED_ALL, 0)), REASON_ALLOWED);
	assert_int_equal(judge(policy_look(0, 0)), REASON_POLICY_NO_ALLOW);
	assert_int_equal(judge(policy_look(NEED_ALL & ~VITAL, 0)), REASON_POLICY_NO_ALLOW);
	/* one of the two vital actions is left: degraded, never lost */
	assert_int_equal(judge(policy_look(NEED_BIT(NEED_EBS_DECRYPT), 0)), REASON_ACTION_MISSING);
	assert_int_equal(judge(policy_look(NEED_BIT(NEED_EBS_CREATE_GRANT), 0)), REASON_ACTION_MISSING);
	/* what cannot be decided may be allowed: never lost */
	assert_int_equal(judge(policy_look(0, NEED_BIT(NEED_EBS_DECRYPT))), REASON_UNDECIDABLE);
	assert_int_equal(judge(policy_look(0, NEED_ALL)), REASON_UNDECIDABLE);
	assert_int_equal(judge(policy_look(NEED_ALL & ~NEED_BIT(NEED_S3_DECRYPT), NEED_BIT(NEED_S3_DECRYPT))),
		REASON_UNDECIDABLE);
	l = policy_look(0, 0);
	l.access.by_deny = true;
	assert_int_equal(judge(l), REASON_POLICY_DENIED);
	l.access.other_foreign_allowed = true;
	assert_int_equal(judge(l), REASON_VENDOR_CHANGED);
	l.access.cut_by = CUT_BY_SIBLING;
	assert_int_equal(judge(l), REASON_SHARED_KEY);
	l.access.cut_by = CUT_BY_FOREIGN;
	assert_int_equal(judge(l), REASON_FOREIGN_CUT);
	l.access.cut_by = CUT_BY_OWN;
	assert_int_equal(judge(l), REASON_OWN_CUT);
}

static void test_state_is_judged(void **state)
{
	struct look l = policy_look(NEED_ALL, 0);

	(void)state;
	l.key_state = KEY_STATE_UPDATING;
	assert_int_equal(judge(l), REASON_ALLOWED);
	l.key_state = KEY_STATE_DISABLED;
	assert_int_equal(judge(l), REASON_KEY_DISABLED);
	l.fault = FAULT_TIMEOUT; /* of GetKeyPolicy: Disabled alone proves it */
	assert_int_equal(judge(l), REASON_KEY_DISABLED);
	l.fault = FAULT_NONE;
	l.key_state = KEY_STATE_PENDING_DELETION;
	assert_int_equal(judge(l), REASON_PENDING_DELETION);
	l.key_state = KEY_STATE_PENDING_IMPORT;
	assert_int_equal(judge(l), REASON_PENDING_IMPORT);
	l.key_state = KEY_STATE_UNAVAILABLE;
	assert_int_equal(judge(l), REASON_UNAVAILABLE);
	l.key_state = KEY_STATE_CREATING;
	assert_int_equal(judge(l), REASON_CREATING);
	l.key_state = KEY_STATE_UNKNOWN;
	assert_int_equal(judge(l), REASON_UNKNOWN_STATE);
}

/* No fault, whatever it is, is ever evidence of a loss - but for the one that product and AWS define. */
static void test_no_fault_is_a_loss(void **state)
{
	(void)state;
	for (int f = FAULT_NONE + 1; f < FAULT_COUNT; f++)
		for (int s = 0; s < 2; s++)
			for (int k = 0; k < 2; k++) {
				struct look l = {.fault = (enum fault)f,
					.self_denied = s,
					.key_state = k ? KEY_STATE_ENABLED : KEY_STATE_UNKNOWN};

				assert_int_equal(reason_outcome(judge(l)), OUTCOME_UNKNOWN);
			}
	/* enabled, but nothing was evaluated */
	assert_int_equal(
		reason_outcome(judge((struct look){.key_state = KEY_STATE_ENABLED})), OUTCOME_UNKNOWN);
}

static void test_deleted_needs_a_recorded_date(void **state)
{
	struct look l = {.fault = FAULT_NOT_FOUND};

	(void)state;
	assert_int_equal(evidence_judge(&l, CUT_BY_NONE, WALLTIME_UNKNOWN, now), REASON_NOT_FOUND);
	assert_int_equal(
		evidence_judge(&l, CUT_BY_NONE, (struct walltime){now.ms + 1}, now), REASON_NOT_FOUND);
	assert_int_equal(evidence_judge(&l, CUT_BY_NONE, (struct walltime){now.ms - 1}, now), REASON_DELETED);
}

/* ---- from looks to a verdict ---- */

static bool add(struct evidence *e, enum reason reason, int64_t at_ms)
{
	struct look l = {.fault = FAULT_NONE};

	return evidence_add(e, &l, reason, (struct moment){{at_ms}, {now.ms + at_ms}});
}

static void believe(struct evidence *e, enum reason reason)
{
	evidence_init(e);
	for (int i = 0; i < CORE_CONFIRM; i++)
		(void)add(e, reason, i);
	assert_int_equal(e->verdict, reason_outcome(reason));
}

static void test_three_of_five(void **state)
{
	struct evidence e;

	(void)state;
	believe(&e, REASON_ALLOWED);
	assert_false(add(&e, REASON_KEY_DISABLED, 10));
	assert_true(evidence_unsettled(&e));
	assert_false(add(&e, REASON_ALLOWED, 11));
	assert_false(add(&e, REASON_KEY_DISABLED, 12));
	assert_false(add(&e, REASON_NETWORK, 13));
	assert_int_equal(e.verdict, OUTCOME_USABLE);
	assert_true(add(&e, REASON_KEY_DISABLED, 14)); /* 3 of 5, the first included */
	assert_int_equal(e.verdict, OUTCOME_LOST);
	assert_int_equal(e.gate, GATE_AUTO);
}

static void test_unknown_counts_for_neither_side(void **state)
{
	struct evidence e;

	(void)state;
	believe(&e, REASON_ALLOWED);
	for (int i = 0; i < 100; i++)
		assert_false(add(&e, i % 2 ? REASON_TIMEOUT : REASON_UNDECIDABLE, 10 + i));
	assert_int_equal(e.verdict, OUTCOME_USABLE);
	(void)add(&e, REASON_KEY_DISABLED, 200);
	for (int i = 0; i < CORE_WINDOW; i++)
		assert_false(add(&e, REASON_NETWORK, 201 + i));
	assert_false(evidence_unsettled(&e)); /* forgotten */
	assert_int_equal(e.verdict, OUTCOME_USABLE);
}

static void test_the_most_careful_gate_wins(void **state)
{
	struct evidence e;

	(void)state;
	believe(&e, REASON_ALLOWED);
	(void)add(&e, REASON_PENDING_DELETION, 10);
	(void)add(&e, REASON_KEY_DISABLED, 11);
	assert_true(add(&e, REASON_KEY_DISABLED, 12));
	assert_int_equal(e.gate, GATE_APPROVE);
	for (int i = 0; i < CORE_WINDOW; i++)
		(void)add(&e, REASON_KEY_DISABLED, 20 + i);
	assert_int_equal(e.gate, GATE_AUTO);
}

static void test_access_is_proven_by_time_and_looks(void **state)
{
	struct evidence e;
	struct boottime at = {1000};

	(void)state;
	believe(&e, REASON_KEY_DISABLED);
	(void)add(&e, REASON_ALLOWED, 100);
	(void)add(&e, REASON_ALLOWED, 200);
	assert_false(evidence_proven(&e, at, 500));
	(void)add(&e, REASON_ALLOWED, 300);
	assert_true(evidence_proven(&e, at, 500));
	assert_false(evidence_proven(&e, at, 901));
	(void)add(&e, REASON_NETWORK, 400); /* the newest look must agree */
	assert_false(evidence_proven(&e, at, 500));
	(void)add(&e, REASON_KEY_DISABLED, 500); /* a lost one starts it anew */
	(void)add(&e, REASON_ALLOWED, 600);
	(void)add(&e, REASON_ALLOWED, 700);
	(void)add(&e, REASON_ALLOWED, 800);
	assert_false(evidence_proven(&e, at, 500));
	assert_true(evidence_proven(&e, at, 400));
}

static void test_self_denied_needs_confirmation(void **state)
{
	struct evidence e;

	(void)state;
	believe(&e, REASON_ALLOWED);
	(void)add(&e, REASON_SELF_DENIED, 10);
	assert_false(evidence_self_denied(&e));
	assert_true(evidence_unsettled(&e));
	(void)add(&e, REASON_SELF_DENIED, 11);
	(void)add(&e, REASON_SELF_DENIED, 12);
	assert_true(evidence_self_denied(&e));
	assert_int_equal(e.verdict, OUTCOME_USABLE);
	(void)add(&e, REASON_ALLOWED, 13);
	assert_false(evidence_self_denied(&e));
}

/* ---- the contract ---- */

/* A ledger that names a drill of a cluster that it does not know, or of a region without a key. */
static void test_a_drill_that_fits_nothing_is_none(void **state)
{
	const struct core_init init = {.policy = {.incident_ms = 20000}};
	struct record setting = {.type = RECORD_SETTING, .seq = {1}, .region = {"us-west-2"}};
	struct record seen = {.type = RECORD_CLUSTER, .seq = {2}, .cluster = {"1"}, .region = {"eu-west-1"}};
	struct record drill = {.type = RECORD_LIVE_DRILL,
		.seq = {3},
		.cluster = {"2"},
		.region = {"us-west-2"},
		.live_step = LIVE_RESUME_OWED};
	struct binding bindings[1];
	struct cluster clusters[2];
	struct core core;

	(void)state;
	core_init(&core, &init);
	core.bindings = bindings;
	core.binding_size = 1;
	core.clusters = clusters;
	core.cluster_size = 2;
	core_restore(&core, &setting);
	core_restore(&core, &seen);
	core_restore(&core, &drill);
	assert_int_equal(core.live.step, LIVE_NONE);
	drill.cluster = seen.cluster;
	core_restore(&core, &drill);
	assert_int_equal(core.live.step, LIVE_NONE);
	seen.cluster = (struct cluster_id){"2"};
	seen.region = setting.region;
	core_restore(&core, &seen);
	drill.cluster = seen.cluster;
	core_restore(&core, &drill);
	assert_int_equal(core.live.step, LIVE_RESUME_OWED);
}

static void test_late_and_foreign_answers_are_dropped(void **state)
{
	struct binding bindings[CORE_BINDINGS_MAX];
	struct cluster clusters[4];
	static struct effect items[4096];
	struct effects effects = {.items = items, .size = 4096};
	struct core core;
	struct core_init init = {.policy = {.poll_ms = 30000,
					 .incident_ms = 20000,
					 .clusters_ms = 300000,
					 .blind_alert_ms = 900000,
					 .rotation_ms = 3600000}};
	struct event settings = {.type = EV_SETTINGS, .settings = {.policy = &init.policy}};
	struct event strays[] = {
		{.type = EV_ACT, .act = {{7}, ACT_RESULT_ACCEPTED}},
		{.type = EV_CUT, .cut = {{7}, ACT_RESULT_ACCEPTED, false, {{0}}}},
		{.type = EV_ERRAND, .errand = {{7}, ACT_RESULT_ACCEPTED}},
		{.type = EV_LOOK, .look = {.binding = 9}},
		{.type = EV_GRANTS, .grants = {.binding = 9}},
		{.type = EV_ROTATION, .rotation = {.binding = 9}},
		{.type = EV_HINT, .hint = {.binding = 9}},
		{.type = EV_CLUSTER, .cluster = {.seen = {.id = {"stray"}}}},
		{.type = EV_BUDGET, .budget = {{3}, true}},
	};
	struct core before;

	(void)state;
	core_init(&core, &init);
	core.bindings = bindings;
	core.binding_size = CORE_BINDINGS_MAX;
	core.clusters = clusters;
	core.cluster_size = 4;
	core_step(&core, &settings, &effects);
	before = core;
	for (size_t i = 0; i < sizeof strays / sizeof strays[0]; i++) {
		core_step(&core, &strays[i], &effects);
		assert_int_equal(effects.count, 0);
		assert_memory_equal(&core, &before, sizeof core);
	}
}

/* ---- hints ---- */

struct looking {
	struct core core;
	struct effects effects;
	uint32_t looks;
};

static void look_step(struct looking *l, struct event *e, int64_t at_ms)
{
	e->at.boot.ms = at_ms;
	e->at.wall.ms = 1790000000000 + at_ms;
	core_step(&l->core, e, &l->effects);
	for (uint32_t i = 0; i < l->effects.count; i++)
		l->looks += l->effects.items[i].type == FX_LOOK;
}

static void look_tick(struct looking *l, int64_t at_ms)
{
	struct event e = {.type = EV_TICK};

	look_step(l, &e, at_ms);
}

static void look_hint(struct looking *l, int64_t at_ms)
{
	struct event e = {.type = EV_HINT};

	look_step(l, &e, at_ms);
}

static void look_answer(struct looking *l, int64_t at_ms, enum key_state state)
{
	struct event e = {.type = EV_LOOK};

	e.look.look = (struct look){.key_state = state, .have_access = true};
	e.look.look.access.allowed = NEED_ALL;
	look_step(l, &e, at_ms);
}

/* At once, and again: the first may see the past. A flood makes no flood, and hastens no verdict. */
static void test_hints_make_look(void **state)
{
	static struct binding bindings[CORE_BINDINGS_MAX];
	static struct cluster clusters[4];
	static struct effect items[4096];
	struct looking l = {.effects = {.items = items, .size = 4096}};
	struct core_init init = {.policy = {.poll_ms = 300000,
					 .confirm_ms = 5000,
					 .incident_ms = 20000,
					 .clusters_ms = 300000,
					 .blind_alert_ms = 900000,
					 .rotation_ms = 3600000}};
	struct cmek_setting pin = {
		.region = {"us-west-2"}, .arn = {"arn:aws:kms:us-west-2:111122223333:key/1"}};
	struct event settings = {
		.type = EV_SETTINGS, .settings = {.policy = &init.policy, .pins = &pin, .pin_count = 1}};

	(void)state;
	core_init(&l.core, &init);
	l.core.bindings = bindings;
	l.core.binding_size = CORE_BINDINGS_MAX;
	l.core.clusters = clusters;
	l.core.cluster_size = 4;
	look_step(&l, &settings, 1000);
	for (int64_t at = 1000; at < 60000; at += 1000) { /* to the first verdict */
		look_tick(&l, at);
		if (bindings[0].look_in_flight)
			look_answer(&l, at + 100, KEY_STATE_ENABLED);
	}
	assert_int_equal(l.core.bindings[0].evidence.verdict, OUTCOME_USABLE);
	l.looks = 0;
	look_tick(&l, 100000);
	assert_int_equal(l.looks, 0);
	look_hint(&l, 100000);
	assert_int_equal(l.looks, 1); /* at once */
	look_hint(&l, 100050);        /* while it is under way */
	look_answer(&l, 100100, KEY_STATE_ENABLED);
	assert_int_equal(l.looks, 1);
	for (int i = 0; i < 100; i++) { /* not before a second after the last look */
		look_hint(&l, 100300 + i);
		look_tick(&l, 100300 + i);
	}
	assert_int_equal(l.looks, 1);
	assert_int_equal(core_deadline(&l.core).ms, 101100);
	look_tick(&l, 101100);
	assert_int_equal(l.looks, 2);
	look_answer(&l, 101200, KEY_STATE_ENABLED);
	for (int64_t at = 101300; at < 160000; at += 100) { /* two more follow, by ConfirmInterval */
		look_tick(&l, at);
		if (bindings[0].look_in_flight)
			look_answer(&l, at + 50, KEY_STATE_ENABLED);
	}
	assert_int_equal(l.looks, 4);
	assert_int_equal(bindings[0].hint_looks, 0);

	/* Three looks that say lost, ConfirmInterval apart, however many hints come. */
	l.looks = 0;
	for (int64_t at = 200000; bindings[0].evidence.verdict == OUTCOME_USABLE; at += 10) {
		look_hint(&l, at);
		if (bindings[0].look_in_flight)
			look_answer(&l, at + 5, KEY_STATE_DISABLED);
		assert_true(at < 220000);
	}
	assert_int_equal(l.looks, 3);
	assert_true(bindings[0].evidence.last_look.ms >= 210000);
}

/* ---- many projects of one daemon ---- */

/* When the n-th list of clusters and the n-th list of settings are asked for; each is answered at once. */
static void lists_of(uint32_t phase_ms, int64_t ret_clusters_ms[3], int64_t ret_cmek_ms[3])
{
	static struct cluster clusters[4];
	static struct effect items[256];
	struct effects effects = {.items = items, .size = 256};
	struct core_init init = {.policy = {.poll_ms = 30000, .incident_ms = 20000, .clusters_ms = 300000},
		.phase_ms = phase_ms};
	struct event settings = {.type = EV_SETTINGS, .settings = {.policy = &init.policy}};
	uint32_t lists = 0, cmeks = 0;
	struct core core;

	core_init(&core, &init);
	core.clusters = clusters;
	core.cluster_size = 4;
	settings.at.boot.ms = 1000;
	core_step(&core, &settings, &effects);
	for (int64_t at = 1000; lists < 3 || cmeks < 3; at += 1000) {
		struct event tick = {.type = EV_TICK, .at.boot.ms = at};
		struct event list = {.type = EV_CLUSTERS, .at.boot.ms = at + 1};
		struct event cmek = {.type = EV_CMEK, .at.boot.ms = at + 1, .cmek.cmek_enabled = true};

		core_step(&core, &tick, &effects);
		assert_true(at < 3600000);
		if (core.list_in_flight && lists < 3) {
			ret_clusters_ms[lists++] = at;
			core_step(&core, &list, &effects);
		}
		if (core.cmek_in_flight && cmeks < 3) {
			ret_cmek_ms[cmeks++] = at;
			core_step(&core, &cmek, &effects);
		}
	}
}

/* They all read when the daemon starts, and not together ever after. */
static void test_lists_are_spread(void **state)
{
	int64_t lists[3], cmeks[3];

	(void)state;
	lists_of(0, lists, cmeks);
	assert_int_equal(lists[1] - lists[0], 300000);
	assert_int_equal(cmeks[1] - cmeks[0], 300000);
	lists_of(20000, lists, cmeks);
	assert_int_equal(lists[0], 1000);
	assert_int_equal(lists[1] - lists[0], 200000);
	assert_int_equal(lists[2] - lists[1], 300000);
	assert_int_equal(cmeks[1] - cmeks[0], 200000);
	assert_int_equal(cmeks[2] - cmeks[1], 300000);
	lists_of(29999, lists, cmeks);
	assert_in_range(lists[1] - lists[0], 150000, 151000); /* never sooner than half of it */
	lists_of(600000, lists, cmeks);                       /* a reload made PollInterval shorter */
	assert_int_equal(lists[1] - lists[0], 150000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_cell_is_written),
		cmocka_unit_test(test_restart_leaves_nothing_in_flight),
		cmocka_unit_test(test_no_act_before_what_ordered_it),
		cmocka_unit_test(test_policy_is_judged),
		cmocka_unit_test(test_state_is_judged),
		cmocka_unit_test(test_no_fault_is_a_loss),
		cmocka_unit_test(test_deleted_needs_a_recorded_date),
		cmocka_unit_test(test_three_of_five),
		cmocka_unit_test(test_unknown_counts_for_neither_side),
		cmocka_unit_test(test_the_most_careful_gate_wins),
		cmocka_unit_test(test_access_is_proven_by_time_and_looks),
		cmocka_unit_test(test_self_denied_needs_confirmation),
		cmocka_unit_test(test_a_drill_that_fits_nothing_is_none),
		cmocka_unit_test(test_late_and_foreign_answers_are_dropped),
		cmocka_unit_test(test_hints_make_look),
		cmocka_unit_test(test_lists_are_spread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
