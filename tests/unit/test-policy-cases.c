/* SPDX-License-Identifier: Apache-2.0 */
/* policy.cases: what policy_simulate() answers, and properties that hold whatever the policy is. */
#include "base/buf.h"
#include "base/own.h"
#include "policy/policy.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#define VENDOR    "999900001111"
#define KEY       "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
#define CASES_MIN 150
#define FIELDS    7
#define KEYS_MAX  8

struct policy_case {
	const char *name, *expected, *principal, *action, *resource, *context, *policy;
};

static char *documented, *documented_any;

static void free_policy(struct policy **p)
{
	*p = policy_free(*p);
}

static FILE *open_cases(void)
{
	const char *src = getenv("CMEKD_SRC");
	char path[512];
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/tests/unit/policy.cases", src ? src : CMEKD_TEST_SRC);
	f = fopen(path, "re");
	if (!f)
		fail_msg("cannot read %s", path);
	return f;
}

static const char *known_name(const char *text)
{
	static const char *const names[][2] = {{"-", "arn:aws:sts::" VENDOR ":assumed-role/app/host"},
		{"BOB", "arn:aws:iam::" VENDOR ":user/Bob"}, {"ROLE", "arn:aws:iam::" VENDOR ":role/app"},
		{"ROOT", "arn:aws:iam::" VENDOR ":root"}, {"VENDOR", VENDOR}};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(names[i][0], text) == 0)
			return names[i][1];
	return text;
}

static void define(char **ret_text, const char *value)
{
	free(*ret_text);
	*ret_text = strdup(value);
	assert_non_null(*ret_text);
}

/* Splits a line in place. False: a comment, a definition or an empty line. */
static bool read_case(char *line, struct policy_case *ret_case)
{
	char *fields[FIELDS], *at = line;

	line[strcspn(line, "\n")] = '\0';
	if (strncmp(line, "DOCUMENTED = ", 13) == 0)
		define(&documented, line + 13);
	if (strncmp(line, "DOCUMENTED_ANY = ", 17) == 0)
		define(&documented_any, line + 17);
	if (*line == '#' || *line == '\0' || strncmp(line, "DOCUMENTED", 10) == 0)
		return false;
	for (size_t i = 0; i < FIELDS; i++) {
		char *bar = i + 1 < FIELDS ? strstr(at, " | ") : at + strlen(at);

		assert_non_null(bar);
		if (!bar)
			return false;
		fields[i] = at;
		at = bar + (i + 1 < FIELDS ? 3 : 0);
		*bar = '\0';
	}
	*ret_case = (struct policy_case){.name = fields[0],
		.expected = fields[1],
		.principal = known_name(fields[2]),
		.action = strcmp(fields[3], "-") == 0 ? "kms:Decrypt" : fields[3],
		.resource = strcmp(fields[4], "-") == 0      ? KEY
			    : strcmp(fields[4], "none") == 0 ? ""
							     : fields[4],
		.context = strcmp(fields[5], "-") == 0 ? "" : fields[5],
		.policy = strcmp(fields[6], "DOCUMENTED") == 0       ? documented
			  : strcmp(fields[6], "DOCUMENTED_ANY") == 0 ? documented_any
								     : fields[6]};
	return true;
}

/* The keys of a case; texts live in `copy`. */
struct keys {
	char copy[512];
	const char *values[KEYS_MAX][KEYS_MAX];
	struct policy_key keys[KEYS_MAX];
	size_t count;
};

static void read_keys(const char *context, struct keys *ret_k)
{
	struct keys *k = ret_k;
	char *save = NULL;

	k->count = 0;
	assert_true(strlen(context) < sizeof k->copy);
	strcpy(k->copy, context);
	for (char *item = strtok_r(k->copy, ";", &save); item; item = strtok_r(NULL, ";", &save)) {
		char *equals = strchr(item, '=');
		struct policy_key *last = k->count > 0 ? &k->keys[k->count - 1] : NULL;

		if (equals)
			*equals = '\0';
		assert_true(k->count < KEYS_MAX);
		if (!last || strcmp(last->name, item) != 0) {
			k->keys[k->count] = (struct policy_key){.name = item + (*item == '!'),
				.values = k->values[k->count],
				.is_unknown = *item == '!'};
			last = &k->keys[k->count++];
		}
		if (equals)
			k->values[last - k->keys][last->count++] = equals + 1;
	}
}

static void simulate(
	const char *policy, const struct policy_case *c, struct policy_result *ret_result, char ret_text[256])
{
	_cleanup_(free_policy) struct policy *p = NULL;
	struct keys k;
	struct policy_request q = {
		.principal = c->principal, .action = c->action, .resource = c->resource, .keys = k.keys};
	struct why why = {""};
	int n;

	read_keys(c->context, &k);
	q.key_count = k.count;
	if (policy_parse(policy, strlen(policy), &p, &why) != 0)
		fail_msg("%s: %s", c->name, why.text);
	if (policy_simulate(p, &q, ret_result, &why) != 0)
		fail_msg("%s: %s", c->name, why.text);
	n = snprintf(ret_text, 256, "%c %s", *policy_answer_name(ret_result->answer),
		policy_reason_name(ret_result->reason));
	if (ret_result->statement > 0)
		n += snprintf(ret_text + n, 256 - (size_t)n, " %u", ret_result->statement);
	if (ret_result->sid)
		(void)snprintf(ret_text + n, 256 - (size_t)n, " %s", ret_result->sid);
	ret_result->sid = NULL; /* it goes with the policy */
}

/* Compares up to the statement; the Sid only if one is expected. */
static bool as_expected(const char *got, const char *expected)
{
	size_t len = strlen(expected);

	return strncmp(got, expected, len) == 0 && (got[len] == '\0' || got[len] == ' ');
}

static void test_cases(void **state)
{
	_cleanup_fclose_ FILE *f = open_cases();
	char line[4096], got[256];
	unsigned count = 0, wrong = 0;

	(void)state;
	while (fgets(line, sizeof line, f)) {
		struct policy_case c;
		struct policy_result result;

		if (!read_case(line, &c))
			continue;
		count++;
		simulate(c.policy, &c, &result, got);
		if (as_expected(got, c.expected))
			continue;
		wrong++;
		print_error("%s: %s; expected %s\n", c.name, got, c.expected);
	}
	assert_int_equal(wrong, 0);
	assert_true(count >= CASES_MIN);
}

/* The policy with one more statement at its end. */
static void with_more(const char *policy, const char *statement, char *ret_text, size_t size)
{
	const char *end = strrchr(policy, ']');

	if (end)
		(void)snprintf(ret_text, size, "%.*s,%s%s", (int)(end - policy), policy, statement, end);
	else /* one statement that is no array */
		(void)snprintf(ret_text, size, "%s", policy);
	if (strstr(ret_text, "[,"))
		memmove(strstr(ret_text, "[,") + 1, strstr(ret_text, "[,") + 2,
			strlen(strstr(ret_text, "[,") + 2) + 1);
}

#define EFFECT_ORDER(a) ((a) == POLICY_DENIED ? 0 : (a) == POLICY_UNDECIDED ? 1 : 2)

/* An Allow more never takes away, a Deny more never gives; and what names another action changes nothing. */
static void test_monotonic(void **state)
{
	static const struct {
		const char *statement;
		int direction;
	} more[] = {
		{"{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"kms:*\",\"Resource\":\"*\"}", 1},
		{"{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"kms:*\",\"Resource\":\"*\","
		 "\"Condition\":{"
		 "\"StringLike\":{\"kms:ViaService\":\"ec2.*\"}}}",
			1},
		{"{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"kms:*\",\"Resource\":\"*\",\"X\":1}",
			1},
		{"{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"kms:*\",\"Resource\":\"*\"}", -1},
		{"{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"kms:D*\",\"Resource\":\"*\",\"X\":1}",
			-1},
		{"{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"kms:Nothing\",\"Resource\":\"*\"}",
			0},
		{"{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"s3:*\",\"Resource\":\"*\"}", 0},
	};
	_cleanup_fclose_ FILE *f = open_cases();
	char line[4096], text[8192], got[256];
	unsigned count = 0;

	(void)state;
	while (fgets(line, sizeof line, f)) {
		struct policy_case c;
		struct policy_result before, after;

		if (!read_case(line, &c))
			continue;
		simulate(c.policy, &c, &before, got);
		for (size_t i = 0; i < sizeof more / sizeof more[0]; i++) {
			int change;

			with_more(c.policy, more[i].statement, text, sizeof text);
			simulate(text, &c, &after, got);
			change = EFFECT_ORDER(after.answer) - EFFECT_ORDER(before.answer);
			if ((more[i].direction >= 0 && change < 0) || (more[i].direction <= 0 && change > 0))
				fail_msg("%s: %s turned %s into %s", c.name, more[i].statement,
					policy_answer_name(before.answer), policy_answer_name(after.answer));
			count++;
		}
	}
	assert_true(count > 1000);
}

/* What is unknown can only open an answer: of all values that it may have, none gives the opposite of a sure one. */
static void test_unknown_is_never_a_guess(void **state)
{
	static const char *const values[] = {"", "1", "2", "x", "o", VENDOR, "10.1.2.3", "true", "false", "*",
		"Bob", "ec2.us-west-2.amazonaws.com", "arn:aws:iam::" VENDOR ":role/path/app"};
	_cleanup_fclose_ FILE *f = open_cases();
	char line[4096], context[512], got[256];
	unsigned count = 0;

	(void)state;
	while (fgets(line, sizeof line, f)) {
		struct policy_case c;
		struct policy_result open, sure;
		const char *mark;

		if (!read_case(line, &c) || !strchr(c.context, '!'))
			continue;
		simulate(c.policy, &c, &open, got);
		if (open.answer == POLICY_UNDECIDED)
			continue;
		mark = strchr(c.context, '!');
		for (size_t i = 0; i <= sizeof values / sizeof values[0]; i++) {
			struct policy_case d = c;
			bool absent = i == sizeof values / sizeof values[0];

			(void)snprintf(context, sizeof context, "%.*s%s%s%s", (int)(mark - c.context),
				c.context, absent ? "" : mark + 1, absent ? "" : "=",
				absent ? "" : values[i]);
			d.context = context;
			simulate(c.policy, &d, &sure, got);
			if (sure.answer != open.answer)
				fail_msg("%s: %s, but %s with %s", c.name, policy_answer_name(open.answer),
					policy_answer_name(sure.answer), context);
			count++;
		}
	}
	assert_true(count > 50);
}

static void test_refusals(void **state)
{
	static const struct {
		struct policy_request request;
		const char *mentions;
	} bad[] = {
		{{.principal = "", .action = "kms:Decrypt", .resource = ""}, "principal"},
		{{.principal = "*", .action = "kms:Decrypt", .resource = ""}, "principal"},
		{{.principal = "arn:aws:iam::1:root", .action = "kms:Decrypt", .resource = ""}, "principal"},
		{{.principal = "arn:aws:iam::" VENDOR ":group/x", .action = "kms:Decrypt", .resource = ""},
			"principal"},
		{{.principal = "arn:aws:iam::" VENDOR ":role/*", .action = "kms:Decrypt", .resource = ""},
			"principal"},
		{{.principal = "arn:aws:sts::" VENDOR ":assumed-role/x",
			 .action = "kms:Decrypt",
			 .resource = ""},
			"principal"},
		{{.principal = VENDOR, .action = "Decrypt", .resource = ""}, "action"},
		{{.principal = VENDOR, .action = "kms:*", .resource = ""}, "action"},
		{{.principal = VENDOR, .action = "kms:Decrypt", .resource = "key/x"}, "resource"},
	};
	static const char policy[] = "{\"Statement\":[]}";
	_cleanup_(free_policy) struct policy *p = NULL;
	struct policy_result result;

	(void)state;
	assert_int_equal(policy_parse(policy, strlen(policy), &p, NULL), 0);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct why why = {""};

		assert_int_equal(policy_simulate(p, &bad[i].request, &result, &why), POLICY_E_REQUEST);
		if (!strstr(why.text, bad[i].mentions))
			fail_msg("%s does not mention %s", why.text, bad[i].mentions);
	}
}

static void test_value_too_long(void **state)
{
	static char value[POLICY_VALUE_MAX_BYTES + 2];
	static const char policy[] =
		"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"*\",\"Resource\":\"*"
		"\","
		"\"Condition\":{\"StringLike\":{\"a\":\"*a*b*\"}}}],\"Version\":\"2012-10-17\"}";
	_cleanup_(free_policy) struct policy *p = NULL;
	const char *values[] = {value};
	const struct policy_key key = {.name = "a", .values = values, .count = 1};
	struct policy_request q = {
		.principal = VENDOR, .action = "kms:Decrypt", .resource = "", .keys = &key, .key_count = 1};
	struct policy_result result;

	(void)state;
	memset(value, 'a', sizeof value - 1);
	assert_int_equal(policy_parse(policy, strlen(policy), &p, NULL), 0);
	assert_int_equal(policy_simulate(p, &q, &result, NULL), POLICY_E_REQUEST);
	value[POLICY_VALUE_MAX_BYTES] = '\0';
	assert_int_equal(policy_simulate(p, &q, &result, NULL), 0);
	assert_int_equal(result.answer, POLICY_DENIED);
	value[POLICY_VALUE_MAX_BYTES - 1] = 'b';
	assert_int_equal(policy_simulate(p, &q, &result, NULL), 0);
	assert_int_equal(result.answer, POLICY_ALLOWED);
}

static int forget(void **state)
{
	(void)state;
	free(documented);
	free(documented_any);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_monotonic),
		cmocka_unit_test(test_unknown_is_never_a_guess),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_value_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, forget);
}
