/* SPDX-License-Identifier: Apache-2.0 */
/* How long the largest policies take. The best of many runs counts, so that a busy machine does not matter; with
 * sanitizers, which make it some times slower, the bounds are wider. */
#include "base/buf.h"
#include "base/own.h"
#include "policy/policy.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#define RUNS 60
#ifdef __SANITIZE_ADDRESS__
#define SLOWER 20
#else
#define SLOWER 1
#endif

static const struct policy_context context = {
	.vendor = {"999900001111"},
	.own = {"111122223333"},
	.region = {"us-west-2"},
	.key = {"arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"},
	.now = {1795492166000},
};

static void free_policy(struct policy **p)
{
	*p = policy_free(*p);
}

static double now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1000 + (double)t.tv_nsec / 1e6;
}

/* Statements, each with its number in it, until a policy is full: its bytes are at least 31 KB. */
static void fill(struct buf *b, const char *statement)
{
	char one[4096];

	buf_add(b, "{\"Version\":\"2012-10-17\",\"Statement\":[");
	for (unsigned i = 0;; i++) {
		int n = snprintf(one, sizeof one, "%s%.*s%u%s", i > 0 ? "," : "",
			(int)strcspn(statement, "#"), statement, i, strchr(statement, '#') + 1);

		assert_true(n > 0 && (size_t)n < sizeof one);
		for (int k = 0; k < n; k++)
			if (one[k] == '\'')
				one[k] = '"';
		if (b->len + (size_t)n + 2 > POLICY_MAX_BYTES)
			break;
		buf_add(b, one);
	}
	buf_add(b, "]}");
	assert_int_equal(b->trouble, 0);
	assert_true(b->len > 28 * 1024);
}

/* Best of RUNS, in milliseconds: evaluation for both purposes. */
static double evaluate_ms(const char *statement)
{
	_cleanup_(buf_fini) struct buf b = BUF_INIT(POLICY_MAX_BYTES);
	_cleanup_(free_policy) struct policy *p = NULL;
	double best = 1e9;

	fill(&b, statement);
	assert_int_equal(policy_parse(b.data, b.len, &p, NULL), 0);
	for (int i = 0; i < RUNS; i++) {
		struct access a;
		double begin = now_ms();

		policy_access(p, &context, &a, NULL);
		assert_int_equal(a.allowed | a.denied | a.undecided, NEED_ALL);
		best = now_ms() - begin < best ? now_ms() - begin : best;
	}
	return best;
}

static void test_a_full_policy_takes_under_a_millisecond(void **state)
{
	double ms = evaluate_ms("{'Sid':'s#','Effect':'Allow','Principal':{'AWS':'*'},'Action':['kms:Encrypt'"
				",'kms:Decrypt','kms:"
				"ReEncrypt*','kms:GenerateDataKey*','kms:CreateGrant','kms:DescribeKey'],'"
				"Resource':'*','Condition':{"
				"'StringEquals':{'kms:CallerAccount':'123456789012','kms:ViaService':'ec2.us-"
				"west-2.amazonaws.com'}}}");

	(void)state;
	print_message("# %.3f ms\n", ms);
	assert_true(ms < 1.0 * SLOWER);
}

/* Whoever writes the policy must not be able to stop the daemon with it. */
static void test_the_worst_is_bounded(void **state)
{
	static const char *const worst[] = {
		"{'Effect':'Allow','Principal':'*','Action':['kms:*a*e*t*y*#','kms:*?*?*?*?*z','kms:*e*e*e*e'"
		"],'Resource':'*'}",
		"{'Effect':'Deny','Principal':'*','Action':'*','Resource':['arn:aws:kms:*:*:key/"
		"*#','arn:*:*:*:*:*4*4*4*x']}",
		"{'Effect':'Allow','Principal':{'AWS':['#','000000000001','000000000002','000000000003','*']}"
		",'Action':'*',"
		"'Resource':'*','Condition':{'StringNotLike':{'aws:PrincipalArn':['*1*x','*2*y','*3*z','*?*?*"
		"?q']}}}",
		"{'Effect':'Allow','Principal':'*','Action':'*','Resource':'*','Condition':{'"
		"StringLikeIfExists':{'a#':'*','b':'*',"
		"'c':'*','d':'*','e':'*','f':'*'}}}",
		"{'Effect':'Allow','Principal':'*','Action':'*','Resource':'*','Condition':{'StringLike':{'"
		"kms:CallerAccount':["
		"'*${aws:PrincipalAccount}#','${aws:PrincipalAccount}*0*0*0*','*${aws:x}*']}}}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof worst / sizeof worst[0]; i++) {
		double ms = evaluate_ms(worst[i]);

		print_message("# %zu: %.3f ms\n", i, ms);
		assert_true(ms < 20.0 * SLOWER);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_full_policy_takes_under_a_millisecond),
		cmocka_unit_test(test_the_worst_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
