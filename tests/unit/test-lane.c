/* SPDX-License-Identifier: Apache-2.0 */
/* The rate lane of a TiDB Cloud API key, in simulated time. */
#include "io/lane.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

static uint32_t used_of(struct lane *l, struct boottime now)
{
	struct lane_state state;

	lane_state(l, now, &state);
	return state.used;
}

#define SECOND 1000

static struct boottime at(int64_t ms)
{
	return (struct boottime){1000000 + ms};
}

static struct lane *lane_at_zero(uint32_t rate)
{
	struct lane *l = malloc(sizeof(*l));

	assert_non_null(l);
	lane_init(l, rate, at(0));
	return l;
}

/* A request ended, of which so many left. */
static void ends(struct lane *l, enum lane_priority p, uint32_t sent, int64_t ms)
{
	struct lane_report report = {
		.priority = p, .sent = sent, .remaining = -1, .reset_s = -1, .retry_after_s = -1};

	lane_report(l, at(ms), &report);
}

/* What may leave now, and is answered at once. */
static struct lane_ticket *pass(struct lane *l, int64_t ms)
{
	struct lane_ticket *ticket = lane_pop(l, at(ms));

	if (ticket)
		ends(l, ticket->priority, 1, ms);
	return ticket;
}

/* An act that tells so much. It counts as not sent, so that nothing else is in the way. */
static void reports(struct lane *l, const struct lane_report *report, int64_t ms)
{
	struct lane_ticket act = {.owner = NULL};

	lane_push(l, &act, LANE_ACT, at(ms));
	assert_ptr_equal(lane_pop(l, at(ms)), &act);
	lane_report(l, at(ms), report);
}

/* Pushes `n` tickets and passes what may go at once. */
static uint32_t burst(
	struct lane *l, struct lane_ticket *tickets, uint32_t n, enum lane_priority p, int64_t ms)
{
	uint32_t sent = 0;

	for (uint32_t i = 0; i < n; i++)
		lane_push(l, &tickets[i], p, at(ms));
	while (pass(l, ms))
		sent++;
	for (uint32_t i = 0; i < n; i++)
		lane_drop(l, &tickets[i]);
	return sent;
}

static void keeps_a_margin_in_any_minute(void **state)
{
	static struct lane_ticket tickets[300];
	struct lane *l = lane_at_zero(100);
	uint32_t sent = 0;

	(void)state;
	for (uint32_t i = 0; i < 300; i++)
		lane_push(l, &tickets[i], LANE_ACT, at(0));
	for (int64_t ms = 0; ms < 60 * SECOND; ms += 50)
		while (pass(l, ms))
			sent++;
	assert_int_equal(sent, 95);
	assert_int_equal(used_of(l, at(59 * SECOND)), 95);
	/* The queue knows when to be asked again: when the first leaves the window. */
	assert_int_equal(lane_deadline(l, at(59 * SECOND)).ms, at(60 * SECOND).ms);
	assert_non_null(lane_pop(l, at(60 * SECOND)));
	free(l);
}

static void acts_go_first_and_routine_gets_its_share(void **state)
{
	static struct lane_ticket routine[100], reads[100], acts[100];
	struct lane *l = lane_at_zero(100);

	(void)state;
	assert_int_equal(burst(l, routine, 100, LANE_ROUTINE, 0), 95 * 40 / 100);
	assert_int_equal(burst(l, reads, 100, LANE_INCIDENT, 0), 95 * 85 / 100 - 95 * 40 / 100);
	assert_int_equal(burst(l, acts, 100, LANE_ACT, 0), 95 - 95 * 85 / 100);
	/* An act overtakes what waits. */
	lane_push(l, &routine[0], LANE_ROUTINE, at(0));
	lane_push(l, &reads[0], LANE_INCIDENT, at(0));
	lane_push(l, &acts[0], LANE_ACT, at(0));
	assert_null(lane_pop(l, at(59 * SECOND)));
	assert_ptr_equal(pass(l, 60 * SECOND), &acts[0]);
	assert_ptr_equal(pass(l, 60 * SECOND), &reads[0]);
	assert_ptr_equal(pass(l, 60 * SECOND), &routine[0]);
	free(l);
}

/* Acts come one after the other as their clusters are read: what is no act does not take the room between them. */
static void the_rest_leaves_room_for_acts(void **state)
{
	static struct lane_ticket routine[100], acts[100];
	struct lane *l = lane_at_zero(100);
	uint32_t spare = 95 * 15 / 100;

	(void)state;
	assert_int_equal(burst(l, routine, 20, LANE_ROUTINE, 0), 20);
	assert_int_equal(burst(l, acts, 95 - 20, LANE_ACT, 12 * SECOND), 95 - 20);
	/* The twenty leave the minute: of their room, routine takes what is not spare. */
	assert_int_equal(burst(l, routine, 20, LANE_ROUTINE, 60 * SECOND), 20 - spare);
	assert_int_equal(burst(l, acts, 40, LANE_ACT, 60 * SECOND), spare);
	free(l);
}

/* What waits as routine becomes as urgent as the incident that opens. */
static void what_waits_is_hastened(void **state)
{
	static struct lane_ticket routine[100], list, act;
	struct lane *l = lane_at_zero(100);

	(void)state;
	assert_int_equal(burst(l, routine, 100, LANE_ROUTINE, 0), 95 * 40 / 100);
	lane_push(l, &routine[0], LANE_ROUTINE, at(0));
	lane_push(l, &list, LANE_ROUTINE, at(1));
	assert_null(lane_pop(l, at(2)));
	lane_hasten(l, &list, LANE_INCIDENT);
	assert_int_equal(list.since.ms, at(1).ms);
	assert_ptr_equal(lane_pop(l, at(2)), &list);
	lane_push(l, &act, LANE_ACT, at(3));
	lane_hasten(l, &act, LANE_ROUTINE); /* never less */
	assert_int_equal(act.priority, LANE_ACT);
	lane_hasten(l, &list, LANE_ACT); /* not in the queue any more: harmless */
	assert_int_equal(l->waiting, 2);
	free(l);
}

static void first_come_first_served(void **state)
{
	char name_a[] = "a", name_c[] = "c";
	struct lane_ticket a = {.owner = name_a}, b = {.owner = NULL}, c = {.owner = name_c};
	struct lane *l = lane_at_zero(100);

	(void)state;
	lane_push(l, &a, LANE_ACT, at(0));
	lane_push(l, &b, LANE_ACT, at(1));
	lane_push(l, &c, LANE_ACT, at(2));
	lane_drop(l, &b);
	lane_drop(l, &b); /* harmless */
	assert_int_equal(l->waiting, 2);
	assert_string_equal(lane_pop(l, at(3))->owner, "a");
	assert_string_equal(lane_pop(l, at(3))->owner, "c");
	assert_null(lane_pop(l, at(3)));
	assert_int_equal(lane_deadline(l, at(3)).ms, BOOTTIME_NEVER.ms);
	free(l);
}

/* The service counts a request at some time between its leaving and its answer, and a slow one late. So whatever the delays are, no
 * minute of the service has more than the rate. */
static void no_minute_of_the_service_has_more(void **state)
{
	static struct lane_ticket tickets[400];
	static int64_t arrived[400];
	struct lane *l = lane_at_zero(100);
	struct {
		int64_t arrives_ms, ends_ms;
	} flight[LANE_FLIGHT_MAX];
	uint32_t chance = 1, flying = 0, count = 0, next = 0;

	(void)state;
	for (int64_t ms = 0; ms < 240 * SECOND; ms += 20) {
		if (next < 400 && l->waiting == 0)
			lane_push(l, &tickets[next++], LANE_ACT, at(ms));
		for (uint32_t i = 0; i < flying; i++) {
			if (flight[i].ends_ms > ms)
				continue;
			arrived[count++] = flight[i].arrives_ms;
			ends(l, LANE_ACT, 1, ms);
			flight[i--] = flight[--flying];
		}
		while (lane_pop(l, at(ms))) {
			chance = chance * 1103515245 + 12345;
			flight[flying].arrives_ms = ms + (chance >> 16) % 1500;
			flight[flying].ends_ms = flight[flying].arrives_ms + (chance >> 8) % 200;
			flying++;
		}
	}
	assert_true(count > 3 * 85);
	for (uint32_t i = 0; i < count; i++) {
		uint32_t most = 0;

		for (uint32_t j = 0; j < count; j++)
			most += arrived[j] >= arrived[i] && arrived[j] < arrived[i] + 60 * SECOND;
		assert_in_range(most, 1, 95);
	}
	free(l);
}

/* Few are under way at a time, so that who waits is sorted here; an act does not wait for an answer to something else. */
static void few_are_under_way(void **state)
{
	static struct lane_ticket reads[8], acts[8];
	struct lane *l = lane_at_zero(100);
	uint32_t sent = 0;

	(void)state;
	for (uint32_t i = 0; i < 8; i++)
		lane_push(l, &reads[i], LANE_INCIDENT, at(0));
	while (lane_pop(l, at(0)))
		sent++;
	assert_int_equal(sent, LANE_FLIGHT_OTHER_MAX);
	/* Nothing but the end of one, or of its patience, can change that. */
	assert_int_equal(lane_deadline(l, at(1)).ms, at(120 * SECOND).ms);
	for (uint32_t i = 0; i < 2; i++)
		lane_push(l, &acts[i], LANE_ACT, at(1));
	assert_ptr_equal(lane_pop(l, at(1)), &acts[0]);
	assert_null(lane_pop(l, at(1)));
	ends(l, LANE_INCIDENT, 1, 2);
	assert_ptr_equal(lane_pop(l, at(2)), &acts[1]);
	assert_null(lane_pop(l, at(2)));
	ends(l, LANE_ACT, 1, 3);
	assert_ptr_equal(lane_pop(l, at(3)), &reads[sent]);
	assert_int_equal(used_of(l, at(3)), 6);
	free(l);
}

static void a_429_holds_and_slows(void **state)
{
	static struct lane_ticket tickets[100];
	struct lane *l = lane_at_zero(100);
	struct lane_report no = {
		.priority = LANE_ACT, .throttled = true, .remaining = 0, .reset_s = 23, .retry_after_s = -1};

	(void)state;
	for (int i = 0; i < 4; i++)
		lane_push(l, &tickets[i], LANE_ACT, at(0));
	for (int i = 0; i < 4; i++)
		assert_non_null(lane_pop(l, at(0)));
	for (int i = 0; i < 4; i++) /* all in flight together: one lesson */
		lane_report(l, at(100), &no);
	assert_int_equal(l->allowance, 95 / 2);
	lane_push(l, &tickets[0], LANE_ACT, at(200));
	assert_null(lane_pop(l, at(100 + 23 * SECOND - 1)));
	assert_int_equal(lane_deadline(l, at(200)).ms, at(100 + 23 * SECOND).ms);
	assert_ptr_equal(lane_pop(l, at(100 + 23 * SECOND)), &tickets[0]);
	/* A tenth of the rate comes back a minute; never more than the rate. */
	(void)used_of(l, at(100 + 60 * SECOND));
	assert_int_equal(l->allowance, 95 / 2 + 9);
	(void)used_of(l, at(3600 * SECOND));
	assert_int_equal(l->allowance, 95);
	free(l);
}

static void a_429_without_headers_holds_a_minute(void **state)
{
	struct lane_ticket t = {.owner = NULL};
	struct lane *l = lane_at_zero(100);
	struct lane_report no = {.throttled = true, .remaining = -1, .reset_s = -1, .retry_after_s = -1};

	(void)state;
	reports(l, &no, 0);
	lane_push(l, &t, LANE_ACT, at(0));
	assert_null(lane_pop(l, at(60 * SECOND - 1)));
	assert_ptr_equal(lane_pop(l, at(60 * SECOND)), &t);
	free(l);
}

static void waits_are_clamped(void **state)
{
	struct lane_ticket t = {.owner = NULL};
	struct lane *l = lane_at_zero(100);
	struct lane_report no = {
		.throttled = true, .remaining = -1, .reset_s = 1700000000, .retry_after_s = 86400};

	(void)state;
	reports(l, &no, 0);
	lane_push(l, &t, LANE_ACT, at(0));
	assert_ptr_equal(lane_pop(l, at(LANE_HOLD_MAX_S * SECOND)), &t);
	free(l);
}

static void what_others_use_is_obeyed(void **state)
{
	struct lane_ticket act = {.owner = NULL}, routine = {.owner = NULL};
	struct lane *l = lane_at_zero(100);
	struct lane_report low = {.remaining = 10, .reset_s = 30, .retry_after_s = -1};
	struct lane_report none = {.remaining = 0, .reset_s = 5, .retry_after_s = -1};

	(void)state;
	reports(l, &low, 0);
	lane_push(l, &act, LANE_ACT, at(0));
	lane_push(l, &routine, LANE_ROUTINE, at(0));
	assert_ptr_equal(pass(l, 0), &act); /* little is left: for what matters */
	assert_null(lane_pop(l, at(30 * SECOND - 1)));
	assert_ptr_equal(pass(l, 30 * SECOND), &routine);
	reports(l, &none, 31 * SECOND);
	lane_push(l, &act, LANE_ACT, at(31 * SECOND));
	assert_null(lane_pop(l, at(36 * SECOND - 1)));
	assert_ptr_equal(lane_pop(l, at(36 * SECOND)), &act);
	free(l);
}

static void challenges_count(void **state)
{
	static struct lane_ticket tickets[100];
	struct lane *l = lane_at_zero(100);
	uint32_t sent = 0;

	(void)state;
	for (uint32_t i = 0; i < 100; i++)
		lane_push(l, &tickets[i], LANE_ACT, at(0));
	while (lane_pop(l, at(0))) {
		sent++;
		ends(l, LANE_ACT, 2, 0);
	}
	assert_int_equal(sent, 48); /* 48 * 2 - 95: the last one's challenge was not foreseen */
	free(l);
}

static void what_waits_too_long_is_given_back(void **state)
{
	struct lane_ticket act = {.owner = NULL}, routine = {.owner = NULL};
	struct lane *l = lane_at_zero(100);

	(void)state;
	lane_push(l, &act, LANE_ACT, at(0));
	lane_push(l, &routine, LANE_ROUTINE, at(0));
	assert_int_equal(lane_wait_ms(l, LANE_ROUTINE, at(7)), 7);
	assert_int_equal(lane_wait_ms(l, LANE_INCIDENT, at(7)), 0);
	assert_null(lane_pop_overdue(l, at(60 * SECOND - 1)));
	assert_ptr_equal(lane_pop_overdue(l, at(60 * SECOND)), &act);
	assert_null(lane_pop_overdue(l, at(60 * SECOND)));
	assert_ptr_equal(lane_pop_overdue(l, at(3600 * SECOND)), &routine);
	assert_int_equal(l->waiting, 0);
	free(l);
}

static void what_did_not_leave_does_not_count(void **state)
{
	static struct lane_ticket tickets[3];
	struct lane *l = lane_at_zero(2); /* one a minute */

	(void)state;
	for (int i = 0; i < 3; i++)
		lane_push(l, &tickets[i], LANE_ACT, at(0));
	assert_ptr_equal(lane_pop(l, at(0)), &tickets[0]);
	assert_int_equal(used_of(l, at(0)), 1);
	ends(l, LANE_ACT, 0, 0);
	assert_int_equal(used_of(l, at(0)), 0);
	assert_ptr_equal(lane_pop(l, at(0)), &tickets[1]);
	assert_null(lane_pop(l, at(0)));
	lane_drop(l, &tickets[2]);
	free(l);
}

static void the_smallest_rate_still_moves(void **state)
{
	static struct lane_ticket tickets[2];
	struct lane *l = lane_at_zero(1);
	struct lane_report no = {.priority = LANE_ROUTINE,
		.sent = 1,
		.throttled = true,
		.remaining = -1,
		.reset_s = 1,
		.retry_after_s = -1};

	(void)state;
	lane_push(l, &tickets[0], LANE_ROUTINE, at(0));
	assert_ptr_equal(lane_pop(l, at(0)), &tickets[0]);
	lane_report(l, at(0), &no);
	assert_int_equal(l->allowance, 1);
	assert_int_equal(burst(l, tickets, 2, LANE_ROUTINE, 60 * SECOND), 1);
	free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_a_margin_in_any_minute),
		cmocka_unit_test(acts_go_first_and_routine_gets_its_share),
		cmocka_unit_test(the_rest_leaves_room_for_acts),
		cmocka_unit_test(what_waits_is_hastened),
		cmocka_unit_test(first_come_first_served),
		cmocka_unit_test(no_minute_of_the_service_has_more),
		cmocka_unit_test(few_are_under_way),
		cmocka_unit_test(a_429_holds_and_slows),
		cmocka_unit_test(a_429_without_headers_holds_a_minute),
		cmocka_unit_test(waits_are_clamped),
		cmocka_unit_test(what_others_use_is_obeyed),
		cmocka_unit_test(challenges_count),
		cmocka_unit_test(what_waits_too_long_is_given_back),
		cmocka_unit_test(what_did_not_leave_does_not_count),
		cmocka_unit_test(the_smallest_rate_still_moves),
	};

	return cmocka_run_group_tests_name("lane", tests, NULL, NULL);
}
