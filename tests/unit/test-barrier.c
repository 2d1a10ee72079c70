/* SPDX-License-Identifier: Apache-2.0 */
/* The barrier: what rests on a record waits for it, in order; when the ledger fails nothing waits. */
#include "driver/barrier.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static struct deed pause(uint64_t after, uint32_t op)
{
	return (struct deed){.type = FX_PAUSE, .after = {after}, .op = {op}};
}

static bool pass(struct barrier *b, uint64_t after, uint32_t op, bool *perform)
{
	struct deed d = pause(after, op);

	return barrier_pass(b, &d, perform);
}

static void next_is(struct barrier *b, uint32_t op, bool perform)
{
	struct deed d;
	bool p;

	assert_true(barrier_next(b, &d, &p));
	assert_int_equal(d.op.n, op);
	assert_int_equal(p, perform);
}

static void nothing_next(struct barrier *b)
{
	struct deed d;
	bool p;

	assert_false(barrier_next(b, &d, &p));
}

static void test_passes_at_once(void **state)
{
	struct barrier b = BARRIER_INIT;
	bool perform = false;

	(void)state;
	assert_true(pass(&b, 0, 1, &perform));
	assert_true(perform);
	barrier_durable(&b, (struct seq){7});
	perform = false;
	assert_true(pass(&b, 7, 2, &perform));
	assert_true(perform);
	nothing_next(&b);
	barrier_fini(&b);
}

static void test_waits_in_order(void **state)
{
	struct barrier b = BARRIER_INIT;
	bool perform;

	(void)state;
	for (uint32_t op = 1; op <= 20; op++)
		assert_false(pass(&b, op, op, &perform));
	nothing_next(&b);
	barrier_durable(&b, (struct seq){2});
	next_is(&b, 1, true);
	next_is(&b, 2, true);
	nothing_next(&b);
	barrier_durable(&b, (struct seq){1}); /* an old word does not take anything back */
	assert_int_equal(b.durable.n, 2);
	barrier_durable(&b, (struct seq){20});
	for (uint32_t op = 3; op <= 20; op++)
		next_is(&b, op, true);
	nothing_next(&b);
	barrier_fini(&b);
}

static void test_failure_answers_all(void **state)
{
	struct barrier b = BARRIER_INIT;
	bool perform = true;

	(void)state;
	assert_false(pass(&b, 1, 1, &perform));
	assert_false(pass(&b, 2, 2, &perform));
	barrier_durable(&b, (struct seq){1});
	assert_true(barrier_fail(&b));
	assert_false(barrier_fail(&b)); /* no news */
	next_is(&b, 1, true);           /* its record is durable all the same */
	next_is(&b, 2, false);
	nothing_next(&b);
	/* While it fails nothing new is held, but what rests on nothing goes on. */
	assert_true(pass(&b, 3, 3, &perform));
	assert_false(perform);
	assert_true(pass(&b, 0, 4, &perform));
	assert_true(perform);
	assert_true(barrier_mend(&b));
	assert_false(barrier_mend(&b));
	assert_false(pass(&b, 3, 5, &perform)); /* waits again */
	barrier_fini(&b);
}

static struct record record(uint64_t seq)
{
	return (struct record){.type = RECORD_VERDICT, .seq = {seq}};
}

static void test_records_leave_no_gap(void **state)
{
	struct barrier b = BARRIER_INIT;
	struct record_texts said = {.who = "uid=0(root)"};

	(void)state;
	(void)barrier_fail(&b);
	for (uint64_t seq = 5; seq < 15; seq++) {
		struct record r = record(seq);

		barrier_keep(&b, &r, seq == 5 ? texts_new(&said) : NULL);
	}
	assert_false(barrier_mend(&b)); /* not before the records are taken */
	assert_string_equal(barrier_first(&b)->texts->of.who, "uid=0(root)");
	for (uint64_t seq = 5; seq < 15; seq++) {
		assert_int_equal(barrier_first(&b)->record.seq.n, seq);
		barrier_drop_first(&b);
	}
	assert_null(barrier_first(&b));
	assert_true(barrier_mend(&b));
	barrier_fini(&b);
}

static void test_too_many_records(void **state)
{
	struct barrier b = BARRIER_INIT;

	(void)state;
	(void)barrier_fail(&b);
	for (uint64_t seq = 1; seq <= BARRIER_RECORDS_MAX + 1; seq++) {
		struct record r = record(seq);

		assert_false(b.overflowed);
		barrier_keep(&b, &r, NULL);
	}
	assert_true(b.overflowed);
	while (barrier_first(&b))
		barrier_drop_first(&b);
	assert_false(barrier_mend(&b)); /* there would be a gap */
	barrier_fini(&b);
}

/* Every kind of effect that asks has an answer for "it never left", and the others have none. */
static void test_unsent(void **state)
{
	struct event e;
	struct deed d = {.binding = 3, .op = {9}, .incident = {4}, .cluster = {"17"}};

	(void)state;
	d.type = FX_LOOK;
	assert_true(deed_unsent(&d, &e));
	assert_int_equal(e.type, EV_LOOK);
	assert_int_equal(e.look.binding, 3);
	assert_int_equal(e.look.look.fault, FAULT_CANCELLED);
	d.type = FX_READ_CLUSTER;
	assert_true(deed_unsent(&d, &e));
	assert_string_equal(e.cluster.seen.id.text, "17");
	d.type = FX_RESUME;
	assert_true(deed_unsent(&d, &e));
	assert_int_equal(e.type, EV_ACT);
	assert_int_equal(e.act.op.n, 9);
	assert_int_equal(e.act.result, ACT_RESULT_NOT_SENT);
	d.type = FX_UNCUT;
	assert_true(deed_unsent(&d, &e));
	assert_int_equal(e.type, EV_CUT);
	assert_int_equal(e.cut.result, ACT_RESULT_NOT_SENT);
	d.type = FX_ERRAND;
	assert_true(deed_unsent(&d, &e));
	assert_int_equal(e.type, EV_ERRAND);
	assert_int_equal(e.errand.op.n, 9);
	assert_int_equal(e.errand.result, ACT_RESULT_NOT_SENT);
	d.type = FX_ASK_BUDGET;
	assert_true(deed_unsent(&d, &e));
	assert_false(e.budget.granted);
	assert_true(deed_asks(FX_READ_CMEK) && deed_asks(FX_LIST_CLUSTERS) && deed_asks(FX_LIST_GRANTS) &&
		    deed_asks(FX_READ_ROTATION) && deed_asks(FX_CUT) && deed_asks(FX_PAUSE));
	assert_false(deed_asks(FX_ANSWER) || deed_asks(FX_NOTICE) || deed_asks(FX_RECORD));
}

/* A deed keeps the cluster's id when the indices have moved. */
static void test_names_instead_of_indices(void **state)
{
	struct cluster clusters[2] = {{.id = {"1"}, .name = "one"}, {.id = {"2"}, .name = "two"}};
	struct binding bindings[1] = {{.region = {"us-west-2"}}};
	struct core core = {
		.clusters = clusters, .cluster_count = 2, .bindings = bindings, .binding_count = 1};
	struct effect effect = {.type = FX_PAUSE, .cluster = 1, .binding = 0, .after = {3}};
	struct deed d;

	(void)state;
	deed_of(&core, &effect, &d);
	clusters[1].id = (struct cluster_id){"3"};
	assert_string_equal(d.cluster.text, "2");
	assert_string_equal(d.cluster_name, "two");
	assert_string_equal(d.region.text, "us-west-2");
	effect.cluster = effect.binding = CORE_NO_INDEX;
	deed_of(&core, &effect, &d);
	assert_string_equal(d.cluster.text, "");
	assert_string_equal(d.region.text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_passes_at_once),
		cmocka_unit_test(test_waits_in_order),
		cmocka_unit_test(test_failure_answers_all),
		cmocka_unit_test(test_records_leave_no_gap),
		cmocka_unit_test(test_too_many_records),
		cmocka_unit_test(test_unsent),
		cmocka_unit_test(test_names_instead_of_indices),
	};
	return cmocka_run_group_tests_name("barrier", tests, NULL, NULL);
}
