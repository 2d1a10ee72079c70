/* SPDX-License-Identifier: Apache-2.0 */
/* The agenda (a heap of deadlines), the inbox (a ring with reserved room), texts and capacity. */
#include "driver/agenda.h"
#include "driver/capacity.h"
#include "driver/inbox.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define ENTRIES 300

static void check_heap(const struct agenda *a)
{
	for (uint32_t i = 0; i < a->count; i++) {
		assert_int_equal(a->heap[i]->place, i);
		if (i > 0)
			assert_true(a->heap[(i - 1) / 2]->at.ms <= a->heap[i]->at.ms);
	}
}

static void test_agenda(void **state)
{
	static struct agenda_entry entries[ENTRIES];
	struct agenda a = AGENDA_INIT;
	uint32_t x = 12345, in = 0;
	int64_t last = -1;

	(void)state;
	assert_null(agenda_first(&a));
	for (int i = 0; i < ENTRIES; i++)
		entries[i] = AGENDA_ENTRY_INIT(&entries[i]);
	for (int round = 0; round < 5000; round++) {
		struct agenda_entry *e = &entries[(x = x * 1103515245u + 12345u) >> 8 & 255];

		if ((x >> 20) % 4 == 0)
			agenda_remove(&a, e);
		else if ((x >> 20) % 4 == 1)
			assert_int_equal(agenda_set(&a, e, BOOTTIME_NEVER), 0);
		else
			assert_int_equal(agenda_set(&a, e, (struct boottime){(x >> 4) % 1000}), 0);
		if (round % 50 == 0)
			check_heap(&a);
	}
	check_heap(&a);
	for (int i = 0; i < ENTRIES; i++)
		in += entries[i].place != AGENDA_NOWHERE;
	assert_int_equal(in, a.count);
	for (struct agenda_entry *e; (e = agenda_first(&a)); agenda_remove(&a, e)) {
		assert_true(e->at.ms >= last);
		last = e->at.ms;
	}
	agenda_fini(&a);
}

static struct inbox_entry entry(uint32_t op)
{
	return (struct inbox_entry){.event = {.type = EV_ACT, .act = {.op = {op}}},
		.items = malloc(1),
		.texts = texts_new(&(struct record_texts){.note = "n"})};
}

static void test_inbox_keeps_order(void **state)
{
	struct inbox inbox = INBOX_INIT;
	uint32_t put = 0, taken = 0;

	(void)state;
	assert_null(inbox_peek(&inbox));
	for (int round = 0; round < 40; round++) {
		assert_int_equal(inbox_reserve(&inbox, 5), 0);
		for (int i = 0; i < 5; i++) {
			struct inbox_entry e = entry(put++);

			inbox_put(&inbox, &e);
		}
		for (int i = 0; i < 4; i++) {
			assert_int_equal(inbox_peek(&inbox)->event.act.op.n, taken++);
			inbox_drop(&inbox);
		}
	}
	assert_int_equal(inbox.count, put - taken);
	inbox_fini(&inbox); /* frees what is still in it */
	inbox_fini(&inbox);
}

static void test_inbox_room_from_spare(void **state)
{
	struct inbox inbox = INBOX_INIT, spare = INBOX_INIT;
	struct inbox_entry e = entry(1);

	(void)state;
	assert_int_equal(inbox_reserve(&spare, 64), 0);
	inbox_make_room(&inbox, 3, &spare);
	assert_true(inbox.size >= 3);
	assert_int_equal(spare.size, 64); /* there was memory: the spare one stays */
	inbox_put(&inbox, &e);
	inbox_fini(&inbox);
	inbox_fini(&spare);
}

static void test_texts(void **state)
{
	char longer[RECORD_TEXT_MAX + 100];
	struct texts *t;

	(void)state;
	assert_null(texts_new(NULL));
	assert_null(texts_new(&(struct record_texts){.who = "", .note = NULL}));
	memset(longer, 'x', sizeof longer - 1);
	longer[sizeof longer - 1] = '\0';
	t = texts_new(&(struct record_texts){.who = "uid=0(root)", .message = longer, .request = "r"});
	assert_string_equal(t->of.who, "uid=0(root)");
	assert_null(t->of.note);
	assert_int_equal(strlen(t->of.message), RECORD_TEXT_MAX);
	assert_string_equal(t->of.request, "r");
	assert_null(texts_free(t));
	assert_null(texts_free(NULL));
}

static void test_capacity(void **state)
{
	struct core core = {0};
	struct effects effects = {0};

	(void)state;
	assert_int_equal(capacity_reserve(&core, &effects, &(struct core_need){1, 5, 40}), 0);
	assert_true(core.binding_size >= 1 && core.cluster_size >= 5 && effects.size >= 40);
	core.clusters[4].op.n = 77;
	core.cluster_count = 5;
	assert_int_equal(capacity_reserve(&core, &effects, &(struct core_need){2, 4096, 40}), 0);
	assert_int_equal(core.clusters[4].op.n, 77);
	assert_int_equal(core.clusters[4095].op.n, 0); /* fresh memory is empty */
	uint32_t size = core.cluster_size;
	assert_int_equal(capacity_reserve(&core, NULL, &(struct core_need){1, 1, 1000}), 0);
	assert_int_equal(core.cluster_size, size); /* nothing shrinks */
	capacity_fini(&core);
	capacity_fini_effects(&effects);
	assert_null(core.clusters);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_agenda),
		cmocka_unit_test(test_inbox_keeps_order),
		cmocka_unit_test(test_inbox_room_from_spare),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_capacity),
	};
	return cmocka_run_group_tests_name("agenda", tests, NULL, NULL);
}
