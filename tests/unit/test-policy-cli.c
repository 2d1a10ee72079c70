/* SPDX-License-Identifier: Apache-2.0 */
/* cmekctl policy, offline: files and standard input in, answers and exit codes out. Policies are written with ' for ". */
#include "base/own.h"
#include "cmd.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#define VENDOR "999900001111"
#define OWN    "111122223333"
#define OTHER  "555566667777"
#define KEY    "arn:aws:kms:us-west-2:" OWN ":key/1234abcd-12ab-34cd-56ef-1234567890ab"
#define HOW    " --account " VENDOR " --region us-west-2"

#define WORDS_MAX 40

struct ran {
	int code;
	char *out, *error; /* owned */
};

static void ran_fini(struct ran *r)
{
	free(r->out);
	free(r->error);
}
#define _cleanup_ran_ _cleanup_(ran_fini)

/* `words` separated by blanks; `typed` is standard input, with ' for ". */
static struct ran run(const char *words, const char *typed)
{
	_cleanup_free_ char *line = strdup(words), *input = strdup(typed ? typed : "");
	char name[] = "cmekctl", *argv[WORDS_MAX + 1] = {name, NULL}, *save = NULL;
	struct ran r = {.code = -1};
	size_t out_len, error_len;
	int argc = 1;

	assert_non_null(line);
	assert_non_null(input);
	for (char *c = input; *c; c++)
		if (*c == '\'')
			*c = '"';
	for (char *w = strtok_r(line, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
		assert_true(argc < WORDS_MAX);
		argv[argc++] = w;
	}
	FILE *in = *input ? fmemopen(input, strlen(input), "r") : NULL;
	FILE *out = open_memstream(&r.out, &out_len), *error = open_memstream(&r.error, &error_len);
	assert_non_null(out);
	assert_non_null(error);
	assert_int_equal(setenv("COLUMNS", "100", 1), 0);
	r.code = cmd_run(argc, argv, in, out, error);
	assert_int_equal(fclose(out), 0);
	assert_int_equal(fclose(error), 0);
	if (in)
		(void)fclose(in);
	return r;
}

static void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("this does not have \"%s\":\n%s", part, text);
}

#define EBS_ACTIONS                                                                                          \
	"['kms:Encrypt','kms:Decrypt','kms:ReEncrypt*','kms:GenerateDataKey*','kms:CreateGrant','kms:"       \
	"DescribeKey']"
#define EBS(actions, cond)                                                                                   \
	"{'Sid':'E','Effect':'Allow','Principal':{'AWS':'*'},'Action':" actions                              \
	",'Resource':'*','Condition':{" cond "}}"
#define S3(account)                                                                                          \
	"{'Sid':'S','Effect':'Allow','Principal':{'AWS':'arn:aws:iam::" account                              \
	":root'},'Action':['kms:Decrypt','kms:GenerateDataKey'],'Resource':'*'}"
#define ADMIN                                                                                                \
	"{'Sid':'A','Effect':'Allow','Principal':{'AWS':'arn:aws:iam::" OWN                                  \
	":root'},'Action':'kms:*','Resource':'*'}"
#define DOC(...) "{'Version':'2012-10-17','Statement':[\n" __VA_ARGS__ "]}"
#define GOOD                                                                                                 \
	"'StringEquals':{'kms:CallerAccount':'" VENDOR "','kms:ViaService':'ec2.us-west-2.amazonaws.com'}"

/* Each documented mistake: the statement and the remedy are named. */
static void test_explain_names_the_mistake(void **state)
{
	static const struct {
		const char *policy, *summary, *why, *remedy;
	} mistakes[] = {
		{DOC(EBS(EBS_ACTIONS,
			 "'StringEquals':{'kms:CallerAccount':'" OTHER
			 "','kms:ViaService':'ec2.us-west-2.amazonaws.com'}") ",\n" S3(VENDOR) ",\n" ADMIN),
			"degraded",
			"statement 1 comes closest, but StringEquals kms:CallerAccount is \\\"" OTHER,
			"set kms:CallerAccount to \\\"" VENDOR},
		{DOC(EBS(EBS_ACTIONS, "'StringEquals':{'kms:CallerAccount':'" VENDOR
				      "','kms:ViaService':'ec2.eu-west-1.amazonaws.com'}") ",\n" S3(VENDOR)),
			"degraded", "statement 1 comes closest, but StringEquals kms:ViaService is",
			"set kms:ViaService to \\\"ec2.us-west-2.amazonaws.com\\\" in line 2"},
		{DOC(S3(VENDOR) ",\n" EBS("['kms:Encrypt','kms:Decrypt','kms:ReEncrypt*','kms:"
					  "GenerateDataKey*','kms:DescribeKey']",
			 GOOD)),
			"degraded", "statement 2 comes closest, but the action is not in its list",
			"add \\\"kms:CreateGrant\\\" to the Action of statement 2 (line 3)"},
		{DOC(EBS(EBS_ACTIONS, GOOD) ",\n" ADMIN), "degraded",
			"statement 1 comes closest, but StringEquals kms:ViaService",
			"add TiDB Cloud's S3 statement"},
		{DOC(EBS(EBS_ACTIONS, GOOD) ",\n" S3(OTHER) ",\n" ADMIN), "degraded",
			"statement 2 comes closest, but account " VENDOR " is not in its Principal",
			"arn:aws:iam::" VENDOR ":root"},
		{DOC(EBS(EBS_ACTIONS, "'StringEquals':{'kms:CallerAccount':'" VENDOR
				      "','kms:ViaService':'ec2.*.amazonaws.com'}") "," S3(VENDOR)),
			"degraded", "statement 1 comes closest", "into \\\"StringLike\\\""},
		{DOC(EBS(EBS_ACTIONS, "'StringEquals':{'kms:CallerAccount':'" VENDOR
				      "','kms:ViaService':'EC2.us-west-2.amazonaws.com'}") "," S3(VENDOR)),
			"degraded", "statement 1 comes closest", "case matters in values"},
		{DOC(S3(VENDOR) ",\n" ADMIN), "degraded", "comes closest", "kms:Encrypt"},
		{DOC(ADMIN), "lost", "statement 1 comes closest, but account " VENDOR,
			"cmekctl policy render prints it"},
		{DOC(EBS(EBS_ACTIONS, GOOD) "," S3(VENDOR) ",\n{'Sid':'D','Effect':'Deny','Principal':'*','"
							   "Action':'kms:*','Resource':'*'}"),
			"lost", "statement 3 denies kms:Encrypt",
			"remove the statement, or exempt account " VENDOR},
		{DOC(EBS(EBS_ACTIONS, GOOD) "," S3(
			 VENDOR) ",\n{'Effect':'Deny','Principal':'*','Action':'kms:*','Resource':'*','"
				 "Condition':{"
				 "'StringNotEquals':{'aws:PrincipalOrgID':'o-1'}}}"),
			"undecided",
			"whether statement 3 denies kms:Encrypt rests on StringNotEquals aws:PrincipalOrgID "
			"(line 3)",
			"VendorContext=aws:PrincipalOrgID=VALUE"},
		{DOC(EBS(EBS_ACTIONS, "'StringEquals':{'kms:CalerAccount':'" VENDOR "'}") "," S3(VENDOR)),
			"undecided", "rests on StringEquals kms:CalerAccount (line 2)",
			"is kms:CallerAccount meant?"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
		_cleanup_ran_ struct ran r = run("policy explain - --json" HOW, mistakes[i].policy);
		char summary[64];

		assert_int_equal(r.code, EXIT_OPEN);
		(void)snprintf(summary, sizeof summary, "\"summary\": \"%s\"", mistakes[i].summary);
		assert_has(r.out, summary);
		assert_has(r.out, mistakes[i].why);
		assert_has(r.out, mistakes[i].remedy);
	}
}

static void test_check(void **state)
{
	_cleanup_ran_ struct ran good = run("policy check -" HOW, DOC(EBS(EBS_ACTIONS, GOOD) "," S3(VENDOR)));
	_cleanup_ran_ struct ran lost = run("policy check -" HOW, DOC(ADMIN));
	_cleanup_ran_ struct ran wrapped = run("policy check -" HOW,
		"{'Policy':'{\\'Statement\\':[{\\'Effect\\':\\'Allow\\',\\'Principal\\':\\'*\\',\\'Action\\':"
		"\\'*\\',\\'Resource\\':\\'*\\'}]}','PolicyName':'default'}");
	_cleanup_ran_ struct ran cut =
		run("policy check -" HOW, DOC(ADMIN ",{'Effect':'Deny','Principal':'*','Action':'*','"
						    "Resource':'*','Condition':{'StringEquals':{"
						    "'kms:CallerAccount':'" VENDOR "'}}}"));
	_cleanup_ran_ struct ran key =
		run("policy check - --account " VENDOR " --key arn:aws:kms:us-west-2:" OWN ":key/k",
			DOC("{'Effect':'Allow','Principal':'*','Action':'*','Resource':'arn:aws:kms:*:" OWN
			    ":key/k'}"));

	(void)state;
	assert_int_equal(good.code, EXIT_GOOD);
	assert_has(good.out, "usable");
	assert_null(strstr(good.out, "Grants"));
	assert_int_equal(lost.code, EXIT_OPEN);
	assert_has(lost.out, "lost");
	assert_has(lost.out, "Encrypt, Decrypt, ReEncryptFrom, ReEncryptTo"); /* of one fate: told once */
	assert_has(lost.out, "a missing Allow revokes none");
	assert_int_equal(wrapped.code, EXIT_GOOD);
	assert_int_equal(cut.code, EXIT_OPEN);
	assert_null(strstr(cut.out, "a missing Allow"));
	assert_int_equal(key.code, EXIT_GOOD);
}

/* An account that the policy names is a proposal: it is told, and not taken. */
static void test_proposal(void **state)
{
	_cleanup_ran_ struct ran r = run("policy check - --key arn:aws:kms:us-west-2:" OWN ":key/k",
		DOC(EBS(EBS_ACTIONS, GOOD) "," S3(OTHER) "," ADMIN));
	_cleanup_ran_ struct ran own =
		run("policy check - --account " OWN " --key arn:aws:kms:us-west-2:" OWN ":key/k", DOC(ADMIN));

	(void)state;
	assert_int_equal(r.code, EXIT_USAGE);
	assert_has(r.error, VENDOR);
	assert_has(r.error, OTHER);
	assert_null(strstr(r.error, OWN));
	assert_int_equal(own.code, EXIT_USAGE);
}

static void test_malformed(void **state)
{
	_cleanup_ran_ struct ran r = run("policy check -" HOW, "{'Statement':[\n{'Effect':'allow'}]}");
	_cleanup_ran_ struct ran comment = run("policy explain - --json" HOW, "{\n// EBS-related policy\n}");
	_cleanup_ran_ struct ran none = run("policy check /nonexistent.json" HOW, NULL);

	(void)state;
	assert_int_equal(r.code, EXIT_ERROR);
	assert_has(r.error, "line 2, column 11: expected \"Allow\" or \"Deny\"");
	assert_int_equal(comment.code, EXIT_ERROR);
	assert_has(comment.out, "line 2, column 1");
	assert_has(comment.out, "\"id\": \"malformed\"");
	assert_int_equal(none.code, EXIT_ERROR);
}

static void test_render(void **state)
{
	_cleanup_ran_ struct ran r = run("policy render" HOW " --admin arn:aws:iam::" OWN ":root", NULL);
	_cleanup_ran_ struct ran any =
		run("policy render --account " VENDOR " --any-region --admin " OWN, NULL);
	_cleanup_ran_ struct ran nobody = run("policy render" HOW, NULL);
	_cleanup_ran_ struct ran both = run("policy render --any-region" HOW, NULL);

	(void)state;
	assert_int_equal(r.code, EXIT_GOOD);
	assert_string_equal(r.error, "");
	assert_has(any.out, "\"kms:ViaService\": \"ec2.*.amazonaws.com\"");
	assert_has(any.out, "StringLike");
	for (int i = 0; i < 2; i++) {
		_cleanup_ran_ struct ran checked = run("policy check -" HOW, i ? any.out : r.out);

		assert_int_equal(checked.code, EXIT_GOOD);
	}
	assert_int_equal(nobody.code, EXIT_GOOD);
	assert_has(nobody.error, "--admin");
	assert_int_equal(both.code, EXIT_USAGE);
}

static void test_simulate(void **state)
{
	static const char policy[] = DOC(EBS(EBS_ACTIONS, GOOD) "," S3(VENDOR));
	_cleanup_ran_ struct ran allowed =
		run("policy simulate - --action kms:CreateGrant --principal arn:aws:sts::" VENDOR
		    ":assumed-role/x/y --context kms:CallerAccount=" VENDOR
		    " --context kms:ViaService=ec2.us-west-2.amazonaws.com --json",
			policy);
	_cleanup_ran_ struct ran denied =
		run("policy simulate - --action kms:CreateGrant --principal " VENDOR, policy);
	_cleanup_ran_ struct ran open =
		run("policy simulate - --action kms:CreateGrant --principal " VENDOR
		    " --context kms:CallerAccount=" VENDOR " --unknown kms:ViaService",
			policy);
	_cleanup_ran_ struct ran usage = run("policy simulate - --action kms:CreateGrant", policy);
	_cleanup_ran_ struct ran bad =
		run("policy simulate - --action kms:CreateGrant --principal nobody", policy);

	(void)state;
	assert_int_equal(allowed.code, EXIT_GOOD);
	assert_string_equal(allowed.out, "{\n  \"decision\": \"allowed\",\n  \"reason\": \"allow\",\n  "
					 "\"statement\": 1,\n  \"sid\": \"E\"\n}\n");
	assert_has(denied.out, "denied (no-match)");
	assert_has(open.out, "undecided (undecided-allow)");
	assert_int_equal(usage.code, EXIT_USAGE);
	assert_int_equal(bad.code, EXIT_USAGE);
	assert_has(bad.error, "\"nobody\" is no principal");
}

#define ALL "{'Statement':{'Sid':'x','Effect':'Allow','Principal':'*','Action':'*','Resource':'*'}}"
#define ASK "'principal':'" VENDOR "','action':'kms:Decrypt'"

static void test_batch(void **state)
{
	static const char input[] = "{'policy':" ALL "," ASK "}\n"
				    "{'policy':'{\\'Statement\\':[]}'," ASK ",'id':{'n':1}}\n"
				    "no JSON\n"
				    "\n"
				    "{'policy':" ALL ",'principal':'x','action':'kms:Decrypt'}\n"
				    "{'policy':{'Statement':7}," ASK ",'id':'a'}\n"
				    "{'policy':" ALL "," ASK ",'contxt':{}}\n"
				    "{'policy':" ALL "," ASK ",'context':{'a':{'b':1}}}\n"
				    "{'policy':" ALL "," ASK ",'context':{'a':'1'},'unknown':['A']}\n"
				    "{" ASK "}\n"
				    "{'policy':" ALL "," ASK ",'policy':" ALL "}\n"
				    "{'policy':{'Statement':[{'Effect':'Deny','Principal':'*','Action':'*','"
				    "Resource':'*','Condition':{'ForAnyValue:StringLike':{"
				    "'aws:CalledVia':'ec2.*'}}}]}," ASK
				    ",'context':{'aws:CalledVia':['a','ec2.amazonaws.com'],'b':1,'c':true}}\n"
				    "{'policy':" ALL "," ASK ",'resource':'arn:aws:kms:us-west-2:" OWN
				    ":key/k','context':{},'unknown':['aws:SourceIp']}";
	static const char *const expected[] = {
		"{\"decision\":\"allowed\",\"reason\":\"allow\",\"statement\":1,\"sid\":\"x\"}",
		"{\"decision\":\"denied\",\"reason\":\"no-match\",\"statement\":null,\"sid\":null,\"id\":{"
		"\"n\":1}}",
		"{\"error\":\"line 1, column 1: expected a value\"}",
		"{\"error\":\"line 1, column 1: expected a value\"}",
		"{\"error\":\"\\\"x\\\" is no principal",
		"{\"error\":\"policy: line 1, column 14: expected an array of statements, or "
		"one\",\"id\":\"a\"}",
		"{\"error\":\"\\\"contxt\\\" is no member of a request",
		"{\"error\":\"context: expected",
		"{\"error\":\"the key A is there twice",
		"{\"error\":\"policy: expected",
		"{\"error\":\"line 1, column",
		"{\"decision\":\"denied\",\"reason\":\"explicit-deny\",\"statement\":1,\"sid\":null}",
		"{\"decision\":\"allowed\",\"reason\":\"allow\",\"statement\":1,\"sid\":\"x\"}",
	};
	_cleanup_ran_ struct ran r = run("policy simulate --batch", input);
	char *save = NULL, *line = strtok_r(r.out, "\n", &save);

	(void)state;
	assert_int_equal(r.code, EXIT_GOOD);
	assert_string_equal(r.error, "");
	for (size_t i = 0; i < sizeof expected / sizeof expected[0];
		i++, line = strtok_r(NULL, "\n", &save)) {
		assert_non_null(line);
		if (line && strncmp(line, expected[i], strlen(expected[i])) != 0)
			fail_msg("line %zu: %s\nexpected: %s", i + 1, line, expected[i]);
	}
	assert_null(line);
}

static void test_batch_line_too_long(void **state)
{
	size_t size = 2 * 1024 * 1024;
	_cleanup_free_ char *input = malloc(size + 256);

	(void)state;
	assert_non_null(input);
	memset(input, ' ', size);
	strcpy(input + size, "\n{'policy':" ALL "," ASK "}\n");
	_cleanup_ran_ struct ran r = run("policy simulate --batch", input);
	assert_has(r.out, "{\"error\":\"the line is longer than");
	assert_has(r.out, "\n{\"decision\":\"allowed\"");
}

/* "Thousands of lines a second": with a margin that a slow machine under sanitizers keeps. */
static void test_batch_is_quick(void **state)
{
	static const char line[] = "{'policy':" DOC(EBS(EBS_ACTIONS, GOOD) "," S3(VENDOR)) "," ASK "}\n";
	enum { LINES = 4000 };
	_cleanup_free_ char *input = malloc(LINES * sizeof line + 1);
	struct timespec begin, end;
	size_t len = 0, lines = 0;
	double seconds;

	(void)state;
	assert_non_null(input);
	for (int i = 0; i < LINES; i++)
		for (const char *c = line; *c; c++)
			if (*c != '\n' || !c[1])
				input[len++] = *c;
	input[len] = '\0';
	(void)clock_gettime(CLOCK_MONOTONIC, &begin);
	_cleanup_ran_ struct ran r = run("policy simulate --batch", input);
	(void)clock_gettime(CLOCK_MONOTONIC, &end);
	for (const char *c = r.out; *c; c++)
		lines += *c == '\n';
	assert_int_equal(lines, LINES);
	seconds = (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9;
	print_message("# %.0f lines a second\n", LINES / seconds);
	assert_true(seconds < LINES / 1000.0);
}

static void test_diff(void **state)
{
	char path[] = "/tmp/cmekctl-policy-XXXXXX";
	int fd = mkstemp(path);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
	char words[128];

	(void)state;
	assert_non_null(f);
	(void)fputs("{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"" VENDOR
		    "\"},\"Action\":\"KMS:decrypt\",\"Resource\":\"*\"}}\n",
		f);
	assert_int_equal(fclose(f), 0);
	(void)snprintf(words, sizeof words, "policy diff %s -", path);
	_cleanup_ran_ struct ran same =
		run(words, "{'Version':'2008-10-17','Statement':[{'Effect':'Allow','Principal':{'AWS':['arn:"
			   "aws:iam::" VENDOR ":root']},'Action':['kms:Decrypt'],'Resource':'*'}]}");
	_cleanup_ran_ struct ran other =
		run(words, "{'Statement':[{'Effect':'Allow','Principal':{'AWS':'" OTHER
			   "'},'Action':'kms:Decrypt','Resource':'*'}]}");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(same.code, EXIT_GOOD);
	assert_has(same.out, "the same");
	assert_int_equal(other.code, EXIT_ERROR);
	assert_has(other.out, "- Principal AWS " VENDOR);
	assert_has(other.out, "+ Principal AWS " OTHER);
}

/* What the console gives: perhaps a trust policy, perhaps the documented key policy with or without one's own statement. */
static void test_vendor(void **state)
{
	static const struct {
		const char *words, *file;
		int code;
		const char *out, *error;
	} cases[] = {
		{"vendor -",
			"{'Version':'2012-10-17','Statement':{'Effect':'Allow','Principal':{'AWS':'arn:aws:"
			"iam::" VENDOR ":root'},'Action':'sts:AssumeRole','Condition':{'StringEquals':{'sts:"
			"ExternalId':'1'}}}}",
			EXIT_GOOD, "VendorAccount=" VENDOR "\n", "--key ARN"},
		{"vendor -", DOC(EBS(EBS_ACTIONS, GOOD) "," S3(VENDOR)), EXIT_GOOD,
			"VendorAccount=" VENDOR "\n", ""},
		{"vendor - --key " KEY, DOC(EBS(EBS_ACTIONS, GOOD) "," S3(VENDOR) "," ADMIN), EXIT_GOOD,
			"VendorAccount=" VENDOR "\n", ""},
		{"vendor - --json", DOC(S3(VENDOR)), EXIT_GOOD, "\"vendorAccount\": \"" VENDOR "\"", ""},
		{"vendor -", DOC(EBS(EBS_ACTIONS, GOOD) "," S3(VENDOR) "," ADMIN), EXIT_ERROR, "",
			"more than one account, " VENDOR ", " OWN},
		{"vendor - --key " KEY, DOC(S3(VENDOR) "," S3(OTHER)), EXIT_ERROR, "", VENDOR ", " OTHER},
		{"vendor - --key " KEY, DOC(ADMIN), EXIT_ERROR, "", "but the key's own, " OWN},
		{"vendor -", DOC("{'Effect':'Allow','Principal':'*','Action':'*','Resource':'*'}"),
			EXIT_ERROR, "", "lets in no account"},
		/* Whom it shuts out it does not name. */
		{"vendor -",
			DOC("{'Effect':'Deny','Principal':{'AWS':'" VENDOR "'},'Action':'*','Resource':'*'}"),
			EXIT_ERROR, "", "lets in no account"},
		{"vendor -", "// EBS-related policy\n{}", EXIT_ERROR, "", "line 1, column 1"},
		{"vendor -", "[]", EXIT_ERROR, "", "a policy document"},
		{"vendor /nowhere/ROLE-TRUST-POLICY.JSON", "{}", EXIT_ERROR, "", "No such file"},
		{"vendor - --key arn:aws:kms:us-west-2:" OWN ":alias/x", DOC(S3(VENDOR)), EXIT_USAGE, "",
			"ARN of a key"},
		{"vendor", "{}", EXIT_USAGE, "", "a file is missing"},
		{"vendor a b", "{}", EXIT_USAGE, "", "too many words"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		_cleanup_ran_ struct ran r = run(cases[i].words, cases[i].file);

		if (r.code != cases[i].code)
			fail_msg("%zu: %d, %s%s", i, r.code, r.out, r.error);
		assert_has(r.out, cases[i].out);
		assert_has(r.error, cases[i].error);
	}
}

static void test_usage(void **state)
{
	static const char *const bad[] = {"policy", "policy explode", "policy check", "policy check a b",
		"policy diff a", "policy check - --region us-west-2 --account 1",
		"policy render --region us-west-2", "policy check -" HOW " --context x",
		"policy explain prod/Not_A_Region", "policy simulate --batch x"};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		_cleanup_ran_ struct ran r = run(bad[i], DOC(ADMIN));

		if (r.code != EXIT_USAGE)
			fail_msg("%s: %d, %s", bad[i], r.code, r.error);
		assert_true(strlen(r.error) > 20);
	}
	_cleanup_ran_ struct ran near = run("policy simulat", NULL);
	assert_has(near.error, "simulate");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_explain_names_the_mistake),
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_proposal),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_render),
		cmocka_unit_test(test_simulate),
		cmocka_unit_test(test_batch),
		cmocka_unit_test(test_batch_line_too_long),
		cmocka_unit_test(test_batch_is_quick),
		cmocka_unit_test(test_diff),
		cmocka_unit_test(test_vendor),
		cmocka_unit_test(test_usage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
