/* SPDX-License-Identifier: Apache-2.0 */
/* When a request is sent again: the arithmetic of the standard mode of AWS's SDKs. */
#include "io/retry.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define FAR INT64_MAX /* there is all the time of the world */

static void delays_double_up_to_a_limit(void **state)
{
	(void)state;
	assert_int_equal(retry_delay_ms(1, 0), 0);
	assert_int_equal(retry_delay_ms(1, UINT32_MAX / 2 + 1), 500);
	assert_int_equal(retry_delay_ms(1, UINT32_MAX), 999);
	assert_int_equal(retry_delay_ms(2, UINT32_MAX), 1999);
	assert_int_equal(retry_delay_ms(5, UINT32_MAX), 15999);
	assert_int_equal(retry_delay_ms(6, UINT32_MAX), 19999);
	assert_int_equal(retry_delay_ms(100, UINT32_MAX), 19999);
}

static void what_may_pass_is_tried_three_times(void **state)
{
	struct retry r = RETRY_INIT;
	struct retry_request q = {.failed = 0};
	int64_t delay_ms = -1;

	(void)state;
	assert_true(retry_wants(&r, &q, FAULT_SERVER_ERROR, FAR, UINT32_MAX, &delay_ms));
	assert_int_equal(delay_ms, 999);
	assert_true(retry_wants(&r, &q, FAULT_THROTTLED, FAR, UINT32_MAX, &delay_ms));
	assert_int_equal(delay_ms, 1999);
	assert_false(retry_wants(&r, &q, FAULT_SERVER_ERROR, FAR, 0, &delay_ms));
	assert_int_equal(r.tokens, RETRY_TOKENS_MAX - 10);
}

static void a_definite_answer_is_one(void **state)
{
	struct retry r = RETRY_INIT;
	struct retry_request q = {.failed = 0};
	int64_t delay_ms;
	const bool passing[FAULT_COUNT] = {[FAULT_NETWORK] = true,
		[FAULT_DNS] = true,
		[FAULT_TLS] = true,
		[FAULT_TIMEOUT] = true,
		[FAULT_SERVER_ERROR] = true,
		[FAULT_THROTTLED] = true};

	(void)state;
	for (unsigned f = 0; f < FAULT_COUNT; f++) {
		assert_int_equal(retry_may_pass((enum fault)f), passing[f]);
		q.failed = 0;
		assert_int_equal(retry_wants(&r, &q, (enum fault)f, FAR, 0, &delay_ms), passing[f]);
	}
}

static void tokens_are_spent_and_come_back(void **state)
{
	struct retry r = RETRY_INIT;
	struct retry_request q = {.failed = 0}, first = {.failed = 0};
	int64_t delay_ms;

	(void)state;
	retry_succeeded(&r, &first); /* full already */
	assert_int_equal(r.tokens, 500);
	(void)retry_wants(&r, &q, FAULT_NETWORK, FAR, 0, &delay_ms);
	(void)retry_wants(&r, &q, FAULT_TIMEOUT, FAR, 0, &delay_ms);
	assert_int_equal(r.tokens, 485);
	retry_succeeded(&r, &q); /* of the last retry alone */
	assert_int_equal(r.tokens, 495);
	retry_succeeded(&r, &first);
	assert_int_equal(r.tokens, 496);
}

static void an_empty_bucket_permits_none(void **state)
{
	struct retry r = RETRY_INIT;
	struct retry_request ok = {.failed = 0};
	int64_t delay_ms;
	int retries = 0;

	(void)state;
	for (int i = 0; i < 200; i++) {
		struct retry_request q = {.failed = 0};

		while (retry_wants(&r, &q, FAULT_SERVER_ERROR, FAR, 0, &delay_ms))
			retries++;
	}
	assert_int_equal(retries, 100);
	assert_int_equal(r.tokens, 0);
	for (int i = 0; i < 5; i++) {
		struct retry_request q = {.failed = 0};

		assert_false(retry_wants(&r, &q, FAULT_SERVER_ERROR, FAR, 0, &delay_ms));
		retry_succeeded(&r, &ok);
	}
	assert_true(
		retry_wants(&r, &(struct retry_request){.failed = 0}, FAULT_SERVER_ERROR, FAR, 0, &delay_ms));
	r.tokens = 9;
	assert_false(retry_wants(&r, &(struct retry_request){.failed = 0}, FAULT_TIMEOUT, FAR, 0, &delay_ms));
}

static void none_begins_too_late(void **state)
{
	struct retry r = RETRY_INIT;
	struct retry_request q = {.failed = 0};
	int64_t delay_ms;

	(void)state;
	assert_false(retry_wants(&r, &q, FAULT_NETWORK, 500, UINT32_MAX / 2 + 1, &delay_ms));
	assert_false(retry_wants(&r, &q, FAULT_NETWORK, 0, 0, &delay_ms));
	assert_false(retry_wants(&r, &q, FAULT_NETWORK, -1000, 0, &delay_ms));
	assert_int_equal(r.tokens, RETRY_TOKENS_MAX); /* what is not done costs nothing */
	assert_true(retry_wants(&r, &q, FAULT_NETWORK, 501, UINT32_MAX / 2 + 1, &delay_ms));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(delays_double_up_to_a_limit),
		cmocka_unit_test(what_may_pass_is_tried_three_times),
		cmocka_unit_test(a_definite_answer_is_one),
		cmocka_unit_test(tokens_are_spent_and_come_back),
		cmocka_unit_test(an_empty_bucket_permits_none),
		cmocka_unit_test(none_begins_too_late),
	};

	return cmocka_run_group_tests_name("retry", tests, NULL, NULL);
}
