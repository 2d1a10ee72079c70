/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs that set up: what is looked at, shown and asked before anything is sent, and what is sent then. */
#include "base/own.h"
#include "client/run.h"
#include "exit_code.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#define KEY   "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
#define OTHER "arn:aws:kms:us-west-2:111122223333:key/00000000-12ab-34cd-56ef-1234567890ab"

/* ---- replies ---- */

#define CHECK(name, result)                                                                                  \
	"{\"check\":\"" name "\",\"about\":\"" name "\",\"of\":\"region\",\"subject\":\"us-west-2\","        \
	"\"result\":\"" result "\",\"found\":\"found of " name "\",\"remedy\":\"do so\"}"
#define GOOD     CHECK("key_state", "ok") "," CHECK("policy_ebs", "ok") "," CHECK("policy_s3", "ok")
#define NO_S3    CHECK("key_state", "ok") "," CHECK("policy_ebs", "ok") "," CHECK("policy_s3", "problem")
#define UNSURE   CHECK("key_state", "ok") "," CHECK("policy_ebs", "unknown") "," CHECK("policy_s3", "ok")
#define IS(key)  "{\"region\":\"us-west-2\",\"keyArn\":\"" key "\"}"
#define IS_THERE "{\"region\":\"eu-central-1\",\"keyArn\":\"arn:aws:kms:eu-central-1:111122223333:key/1234\"}"
#define PLAN(enabled, configured, checks, more)                                                              \
	"{\"parameters\":{\"region\":\"us-west-2\",\"keyArn\":\"" KEY                                        \
	"\",\"vendorAccount\":\"444455556666\","                                                             \
	"\"cmekEnabled\":" enabled ",\"configured\":[" configured "],\"checks\":[" checks "]" more "}}"
#define DIGEST "\"policyDigest\":\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\""
#define BEFORE "{\\\"Version\\\":\\\"2012-10-17\\\",\\\"Statement\\\":[]}"
#define AFTER                                                                                                \
	"{\\\"Version\\\":\\\"2012-10-17\\\",\\\"Statement\\\":[{\\\"Sid\\\":\\\"S3\\\",\\\"Effect\\\":"     \
	"\\\"Allow\\\",\\\"Principal\\\":{\\\"AWS\\\":\\\"444455556666\\\"},\\\"Action\\\":\\\"kms:"         \
	"Decrypt\\\",\\\"Resource\\\":\\\"*\\\"}]}"
#define CHANGE "," DIGEST ",\"policy\":\"" BEFORE "\",\"newPolicy\":\"" AFTER "\""
#define DONE   "{\"parameters\":{\"text\":\"it is there now\"}}"
#define REFUSED                                                                                              \
	"{\"error\":\"io.cmekd.Refused\",\"parameters\":{\"answer\":\"refused\",\"text\":\"not today\"}}"

#define ASKED_PLAN                                                                                           \
	"{\"method\":\"io.cmekd.PlanKey\",\"parameters\":{\"project\":\"prod\",\"keyArn\":\"" KEY "\"}}\n"

/* Whether it is said, wherever lines are broken. */
static bool says(const char *said, const char *text)
{
	_cleanup_free_ char *flat = strdup(said);
	char *to = flat;

	assert_non_null(flat);
	for (const char *c = said; *c; c++)
		if (*c != '\n' && !(*c == ' ' && to > flat && to[-1] == ' '))
			*to++ = *c;
		else if (*c == '\n' && to > flat && to[-1] != ' ')
			*to++ = ' ';
	*to = '\0';
	return strstr(flat, text) != NULL;
}

/* What was asked, and the exit code; `text` (may be NULL) is said somewhere. */
static void expect(struct run r, int code, const char *calls, const char *text)
{
	assert_int_equal(r.code, code);
	assert_string_equal(r.calls, calls);
	if (text && !says(r.to, text) && !says(r.error, text)) {
		print_error("\"%s\" is not in\n%s%s\n", text, r.to, r.error);
		fail();
	}
	run_fini(&r);
}

/* ---- cmek configure ---- */

#define CONFIGURE "cmek configure prod --key " KEY
#define CONFIGURED(more)                                                                                     \
	ASKED_PLAN "{\"method\":\"io.cmekd.ConfigureCmek\",\"parameters\":{\"project\":\"prod\"," more "}}"  \
		   "\n"

static void test_configure(void **state)
{
	const struct canned good[] = {{.method = "PlanKey", .reply = PLAN("true", "", GOOD, "")},
		{.method = "ConfigureCmek", .reply = DONE}, {0}};
	const struct canned second[] = {{.method = "PlanKey", .reply = PLAN("true", IS_THERE, GOOD, "")},
		{.method = "ConfigureCmek", .reply = DONE}, {0}};
	const struct canned gone[] = {{.method = "PlanKey", .reply = PLAN("true", "", GOOD, "")},
		{.method = "ConfigureCmek", .close = true}, {0}};
	const struct canned no[] = {{.method = "PlanKey", .reply = PLAN("true", "", GOOD, "")},
		{.method = "ConfigureCmek", .reply = REFUSED}, {0}};

	(void)state;
	expect(run_cmekctl(good, CONFIGURE, NULL), EXIT_USAGE, ASKED_PLAN, "--yes");
	expect(run_cmekctl(good, CONFIGURE, "yes\n"), EXIT_ERROR, ASKED_PLAN, "nothing was changed");
	expect(run_cmekctl(good, CONFIGURE " --dry-run", "prod\n"), EXIT_GOOD, ASKED_PLAN, "policy_s3");
	expect(run_cmekctl(good, CONFIGURE " --reason first", "prod\n"), EXIT_GOOD,
		CONFIGURED("\"reason\":\"first\",\"keyArn\":\"" KEY "\",\"secondRegion\":false"),
		"it is there now");
	expect(run_cmekctl(second, CONFIGURE, "prod\n"), EXIT_GOOD,
		CONFIGURED("\"keyArn\":\"" KEY "\",\"secondRegion\":true"), "a second region");
	expect(run_cmekctl(gone, CONFIGURE " --yes", NULL), EXIT_UNREACHABLE,
		CONFIGURED("\"keyArn\":\"" KEY "\",\"secondRegion\":false"), "it may have begun");
	expect(run_cmekctl(no, CONFIGURE " --yes", NULL), EXIT_ERROR,
		CONFIGURED("\"keyArn\":\"" KEY "\",\"secondRegion\":false"), "not today");
}

static void test_what_is_not_configured(void **state)
{
	static const struct {
		const char *plan, *text;
		int code;
	} cases[] = {
		{PLAN("false", "", GOOD, ""), "created without CMEK", EXIT_ERROR},
		{PLAN("true", IS(KEY), GOOD, ""), "nothing is to be done", EXIT_ERROR},
		{PLAN("true", IS(OTHER), GOOD, ""), "cannot be changed", EXIT_ERROR},
		{PLAN("true", "", NO_S3, ""), "will not do yet", EXIT_OPEN},
		{PLAN("true", "", UNSURE, ""), "will not do yet", EXIT_OPEN},
		{PLAN("true", IS_THERE, NO_S3, ""), "will not do yet", EXIT_OPEN},
		{"{\"parameters\":{\"region\":\"us-west-2\"}}", "not understood", EXIT_ERROR},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct canned canned[] = {{.method = "PlanKey", .reply = cases[i].plan},
			{.method = "ConfigureCmek", .reply = DONE}, {0}};

		expect(run_cmekctl(canned, CONFIGURE " --yes", NULL), cases[i].code, ASKED_PLAN,
			cases[i].text);
	}
	expect(run_cmekctl(NULL, "cmek configure prod", NULL), EXIT_USAGE, "", "--key ARN");
	expect(run_cmekctl(NULL, "cmek configure prod --key alias/prod", NULL), EXIT_USAGE, "", "no alias");
	expect(run_cmekctl(NULL, CONFIGURE " --yes", NULL), EXIT_UNREACHABLE, "", "not running");
}

/* ---- policy apply ---- */

#define APPLY "policy apply prod --key " KEY
#define APPLIED(loss)                                                                                        \
	ASKED_PLAN "{\"method\":\"io.cmekd.ApplyPolicy\",\"parameters\":{\"project\":\"prod\",\"keyArn\":"   \
		   "\"" KEY "\"," DIGEST ",\"acceptLoss\":" loss "}}\n"

static void test_apply(void **state)
{
	const struct canned change[] = {{.method = "PlanKey", .reply = PLAN("true", "", NO_S3, CHANGE)},
		{.method = "ApplyPolicy", .reply = DONE}, {0}};
	const struct canned losses[] = {
		{.method = "PlanKey",
			.reply = PLAN("true", "", NO_S3, CHANGE ",\"losses\":\"bob: Decrypt\"")},
		{.method = "ApplyPolicy", .reply = DONE}, {0}};

	(void)state;
	expect(run_cmekctl(change, APPLY, NULL), EXIT_USAGE, ASKED_PLAN, "+ Action kms:Decrypt");
	expect(run_cmekctl(change, APPLY, "production\n"), EXIT_ERROR, ASKED_PLAN, "nothing was changed");
	expect(run_cmekctl(change, APPLY " --dry-run", "prod\n"), EXIT_GOOD, ASKED_PLAN,
		"added: statement 1");
	expect(run_cmekctl(change, APPLY, "prod\n"), EXIT_GOOD, APPLIED("false"), "it is there now");
	expect(run_cmekctl(losses, APPLY " --yes", NULL), EXIT_ERROR, ASKED_PLAN, "--accept-loss");
	expect(run_cmekctl(losses, APPLY " --dry-run", NULL), EXIT_GOOD, ASKED_PLAN, "bob: Decrypt");
	expect(run_cmekctl(losses, APPLY " --accept-loss --yes", NULL), EXIT_GOOD, APPLIED("true"),
		"bob: Decrypt");
}

static void test_what_is_not_applied(void **state)
{
	static const struct {
		const char *plan, *text;
		int code;
	} cases[] = {
		{PLAN("true", "", GOOD, "," DIGEST), "nothing is to be done", EXIT_GOOD},
		{PLAN("true", "", NO_S3, "," DIGEST ",\"policyTrouble\":\"a Deny stays\""), "a Deny stays",
			EXIT_ERROR},
		{PLAN("true", "", UNSURE, ""), "could not be read", EXIT_ERROR},
		{PLAN("true", "", "", ""), "could not be read", EXIT_ERROR},
		{PLAN("true", "", NO_S3, "," DIGEST ",\"policy\":\"{}\",\"newPolicy\":\"{\\\"Statement\\\":"),
			NULL, EXIT_ERROR},
		{PLAN("true", "", NO_S3, "," DIGEST ",\"policy\":\"" BEFORE "\",\"newPolicy\":\"no JSON\""),
			"cannot be read", EXIT_ERROR},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct canned canned[] = {{.method = "PlanKey", .reply = cases[i].plan},
			{.method = "ApplyPolicy", .reply = DONE}, {0}};

		expect(run_cmekctl(canned, APPLY " --yes", NULL), cases[i].code, ASKED_PLAN, cases[i].text);
	}
	expect(run_cmekctl(NULL, "policy apply prod/eu-central-1 --key " KEY, NULL), EXIT_USAGE, "",
		"of us-west-2, not of eu-central-1");
}

/* Without --key: the one that the project has. */
static void test_apply_to_its_own_key(void **state)
{
	_cleanup_free_ char *status = run_reply_of("healthy.json");
	const struct canned canned[] = {{.method = "Status", .reply = status},
		{.method = "PlanKey", .reply = PLAN("true", IS(KEY), GOOD, "," DIGEST)}, {0}};

	(void)state;
	expect(run_cmekctl(canned, "policy apply prod", NULL), EXIT_GOOD,
		"{\"method\":\"io.cmekd.Status\",\"parameters\":{\"project\":\"prod\"}}\n" ASKED_PLAN,
		"nothing is to be done");
	expect(run_cmekctl(canned, "policy apply prod/eu-central-1", NULL), EXIT_USAGE,
		"{\"method\":\"io.cmekd.Status\",\"parameters\":{\"project\":\"prod\"}}\n",
		"no key there yet");
}

/* ---- project create ---- */

#define CREATED "{\"method\":\"io.cmekd.CreateProject\",\"parameters\":{\"name\":\"shop\"}}\n"

static void test_project(void **state)
{
	const struct canned made[] = {
		{.method = "CreateProject", .reply = "{\"parameters\":{\"id\":\"77\",\"found\":false}}"},
		{0}};
	const struct canned found[] = {
		{.method = "CreateProject", .reply = "{\"parameters\":{\"id\":\"77\",\"found\":true}}"}, {0}};
	const struct canned lost[] = {{.method = "CreateProject", .close = true}, {0}};

	(void)state;
	expect(run_cmekctl(made, "project create shop", NULL), EXIT_USAGE, "", "--yes");
	expect(run_cmekctl(made, "project create shop", "shopp\n"), EXIT_ERROR, "", "nothing was changed");
	expect(run_cmekctl(made, "project create shop", "shop\n"), EXIT_GOOD, CREATED, "Id=77");
	expect(run_cmekctl(found, "project create shop --yes", NULL), EXIT_GOOD, CREATED, "No answer came");
	expect(run_cmekctl(lost, "project create shop --yes", NULL), EXIT_UNREACHABLE, CREATED,
		"may have been created");
	/* Not asked for: not created. */
	struct run r = run_cmekctl(NULL, "project create shop --yes", NULL);
	assert_int_equal(r.code, EXIT_UNREACHABLE);
	assert_null(strstr(r.error, "may have been created"));
	run_fini(&r);
}

/* ---- cluster create ---- */

static void write_file(const char *path, const char *text, mode_t mode)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, mode), 0);
}

#define SPEC                                                                                                 \
	"{\"displayName\":\"shop-1\",\"regionId\":\"aws-us-west-2\",\"tidbNodeSetting\":{\"nodeSpecKey\":"   \
	"\"8C16G\",\"tidbNodeGroups\":[{\"nodeCount\":2},{\"nodeCount\":1}]},\"tikvNodeSetting\":{"          \
	"\"nodeSpecKey\":\"8C32G\",\"nodeCount\":3,\"storageSizeGi\":500}}"

static void test_cluster(void **state)
{
	static const char summary[] = "cluster shop-1 in aws-us-west-2: tidb 3 x 8C16G, tikv 3 x";
	const struct canned canned[] = {{.method = "CreateCluster", .reply = DONE}, {0}};
	char dir[] = "/tmp/cmekd-test-setup-XXXXXX", spec[96], password[96], words[512];
	struct run r;

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(spec, sizeof spec, "%s/spec", dir);
	(void)snprintf(password, sizeof password, "%s/password", dir);
	write_file(spec, SPEC, 0644);
	write_file(password, "s3cret-word\n", 0600);

	(void)snprintf(words, sizeof words, "cluster create prod --spec %s", spec);
	expect(run_cmekctl(canned, words, NULL), EXIT_USAGE, "", "--yes");
	/* What is typed here comes from no terminal: a password is not taken from it. */
	expect(run_cmekctl(canned, words, "no\n"), EXIT_ERROR, "", "nothing was changed");
	r = run_cmekctl(canned, words, "prod\n");
	assert_int_equal(r.code, EXIT_GOOD);
	assert_non_null(strstr(r.error, summary));
	assert_non_null(strstr(r.error, "No root password"));
	assert_non_null(strstr(r.calls, "io.cmekd.CreateCluster"));
	assert_non_null(strstr(r.calls, "\"spec\":\"{\\\"displayName\\\":\\\"shop-1\\\""));
	assert_null(strstr(r.calls, "rootPassword"));
	run_fini(&r);

	(void)snprintf(words, sizeof words, "cluster create prod --spec %s --password-file %s --yes", spec,
		password);
	r = run_cmekctl(canned, words, NULL);
	assert_int_equal(r.code, EXIT_GOOD);
	assert_non_null(strstr(r.calls, "\"rootPassword\":\"s3cret-word\""));
	assert_null(strstr(r.to, "s3cret"));
	assert_null(strstr(r.error, "s3cret"));
	assert_null(strstr(r.error, "No root password"));
	run_fini(&r);
	assert_int_equal(chmod(password, 0644), 0);
	expect(run_cmekctl(canned, words, NULL), EXIT_ERROR, "", "password");

	static const char *const bad[] = {
		"", "no JSON", "[]", "{\"displayName\":\"a\",\"displayName\":\"b\"}"};
	(void)snprintf(words, sizeof words, "cluster create prod --spec %s --yes", spec);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		write_file(spec, bad[i], 0644);
		expect(run_cmekctl(canned, words, NULL), EXIT_ERROR, "", spec + 5);
	}
	write_file(spec, "{\"displayName\":\"\\u001b[31m\",\"tikvNodeSetting\":[]}", 0644);
	r = run_cmekctl(canned, words, NULL);
	assert_int_equal(r.code, EXIT_GOOD); /* what is missing cmekd tells */
	assert_null(strchr(r.error, '\033'));
	run_fini(&r);
	(void)snprintf(words, sizeof words, "cluster create prod --spec %s --yes", dir);
	expect(run_cmekctl(canned, words, NULL), EXIT_ERROR, "", "Is a directory");
	assert_int_equal(unlink(spec), 0);
	assert_int_equal(unlink(password), 0);
	assert_int_equal(rmdir(dir), 0);
	expect(run_cmekctl(canned, "cluster create prod", NULL), EXIT_USAGE, "", "--spec FILE");
}

/* ---- setup ---- */

#define ASKED_STATUS "{\"method\":\"io.cmekd.Status\",\"parameters\":{\"project\":\"prod\"}}\n"

static void test_setup_from_nothing(void **state)
{
	const struct canned none[] = {{.method = "Status",
					      .reply = "{\"error\":\"io.cmekd.NoSuchProject\",\"parameters\":"
						       "{\"project\":\"prod\"}}"},
		{.method = "Projects", .reply = "{\"parameters\":{\"projects\":[]}}"}, {0}};
	struct run r = run_cmekctl(NULL, "setup", NULL);

	(void)state;
	assert_int_equal(r.code, EXIT_OPEN);
	assert_non_null(strstr(r.to, "-> cmekctl project create NAME"));
	assert_non_null(strstr(r.to, "-> cmekctl cluster create NAME --spec FILE"));
	run_fini(&r);
	r = run_cmekctl(none, "setup prod", NULL);
	assert_int_equal(r.code, EXIT_ERROR);
	assert_non_null(strstr(r.error, "cmekctl setup, without"));
	run_fini(&r);
}

static void test_setup_goes_on(void **state)
{
	_cleanup_free_ char *status = run_reply_of("healthy.json");
	const struct canned canned[] = {{.method = "Status", .reply = status},
		{.method = "PlanKey", .reply = PLAN("true", IS(KEY), NO_S3, CHANGE)}, /* the steps */
		{.method = "PlanKey",
			.reply = PLAN("true", IS(KEY), NO_S3, CHANGE)}, /* what policy apply shows */
		{.method = "PlanKey", .reply = PLAN("true", IS(KEY), GOOD, "," DIGEST)},
		{.method = "ApplyPolicy", .reply = DONE}, {0}};

	(void)state;
	expect(run_cmekctl(canned, "setup prod --key " KEY, NULL), EXIT_OPEN, ASKED_STATUS ASKED_PLAN,
		"missing policy");
	expect(run_cmekctl(canned, "setup prod --key " KEY, "\n"), EXIT_ERROR,
		ASKED_STATUS ASKED_PLAN ASKED_PLAN, "nothing was changed");
	expect(run_cmekctl(canned, "setup prod --key " KEY, "prod\n"), EXIT_GOOD,
		ASKED_STATUS ASKED_PLAN APPLIED("false") ASKED_STATUS ASKED_PLAN, "it is there now");
	struct run r = run_cmekctl(canned, "setup prod --json --key " KEY, "prod\n");
	assert_int_equal(r.code, EXIT_OPEN); /* a script is asked nothing */
	assert_non_null(strstr(r.to, "\"step\": \"policy\""));
	run_fini(&r);
}

/* What stands in the way of the next step is told, and nothing is offered. */
static void test_setup_stops(void **state)
{
	static const struct {
		const char *plan, *text;
	} cases[] = {
		{PLAN("true", "", "", ""), "could not be read"},
		{PLAN("true", "", "", "," DIGEST), "missing policy"},
		{PLAN("true", IS(KEY), CHECK("key_state", "ok"),
			 "," DIGEST ",\"policyTrouble\":\"a Deny stays\""),
			"a Deny stays"},
		{PLAN("false", "", GOOD, "," DIGEST), "created without CMEK"},
		{PLAN("true", IS(OTHER), GOOD, "," DIGEST), "has another key"},
	};
	_cleanup_free_ char *status = run_reply_of("healthy.json");

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct canned canned[] = {{.method = "Status", .reply = status},
			{.method = "PlanKey", .reply = cases[i].plan}, {0}};

		expect(run_cmekctl(canned, "setup prod --key " KEY, NULL), EXIT_OPEN, ASKED_STATUS ASKED_PLAN,
			cases[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_configure),
		cmocka_unit_test(test_what_is_not_configured),
		cmocka_unit_test(test_apply),
		cmocka_unit_test(test_what_is_not_applied),
		cmocka_unit_test(test_apply_to_its_own_key),
		cmocka_unit_test(test_project),
		cmocka_unit_test(test_cluster),
		cmocka_unit_test(test_setup_from_nothing),
		cmocka_unit_test(test_setup_goes_on),
		cmocka_unit_test(test_setup_stops),
	};

	return cmocka_run_group_tests_name("client-setup", tests, NULL, NULL);
}
