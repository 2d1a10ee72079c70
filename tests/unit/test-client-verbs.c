/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs that act, and those about errors: what is asked, what is shown, and the exit code. */
#include "base/buf.h"
#include "base/own.h"
#include "client/run.h"
#include "exit_code.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define PLAN_TOP                                                                                             \
	"{\"parameters\":{\"bindings\":[{\"region\":\"us-west-2\",\"keyArn\":\"arn:aws:kms:us-west-2:"       \
	"111122223333:key/1234\","                                                                           \
	"\"policyChange\":\"one statement is added (Sid CmekdCut1): Deny kms:* to every principal where "    \
	"kms:CallerAccount is 123456789012; nothing else changes\",\"sharedWith\":["
#define PLAN_USED "],\"keyUsers\":[\"999988887777\"" PLAN_END
#define PLAN_END                                                                                             \
	"],\"clusters\":[{\"id\":\"1\",\"name\":\"orders\",\"state\":\"running\",\"seenAgeMs\":4000,"        \
	"\"duty\":\"free\",\"dutyText\":\"nothing is "                                                       \
	"owed\"},{\"id\":\"2\",\"name\":\"importing\",\"state\":\"busy\","                                   \
	"\"seenAgeMs\":4000,\"duty\":\"free\",\"dutyText\":\"nothing is "                                    \
	"owed\"},{\"id\":\"3\",\"name\":\"scratch\","                                                        \
	"\"state\":\"paused\",\"seenAgeMs\":4000,\"duty\":\"free\",\"dutyText\":\"nothing is "               \
	"owed\"}],\"plan\":"                                                                                 \
	"{\"digest\":\"0123456789abcdef\",\"pause\":2,\"wait\":1,\"leave\":1,\"ours\":0,\"unread\":0},"      \
	"\"estimateMs\":2400}]}}"
#define PLAN      PLAN_TOP PLAN_END
#define REVOKED   "{\"parameters\":{\"incidents\":[7]}}"
#define CALL_PLAN "{\"method\":\"io.cmekd.Plan\",\"parameters\":{\"project\":\"prod\",\"verb\":\"revoke\"}}\n"

/* A reply of Monitor made of a fixture of Status. */
static char *monitor_of(const char *name, bool more)
{
	_cleanup_free_ char *text = run_load(name);
	char *from = strchr(text, '['), *to = strrchr(text, ']');
	char *reply = malloc(strlen(text) + 128);

	assert_non_null(reply);
	assert_true(from && to);
	(void)sprintf(reply, "{\"parameters\":{\"project\":%.*s},\"continues\":%s}", (int)(to - from - 1),
		from + 1, more ? "true" : "false");
	return reply;
}

static void test_revoke_asks_first(void **state)
{
	const struct canned canned[] = {
		{.method = "Plan", .reply = PLAN}, {.method = "Revoke", .reply = REVOKED}, {0}};

	(void)state;
	struct run r = run_cmekctl(canned, "revoke prod", NULL);
	assert_int_equal(r.code, EXIT_USAGE);
	assert_string_equal(r.calls, CALL_PLAN);
	assert_non_null(strstr(r.error, "add --yes"));
	run_assert_golden("revoke-plan", r.to);
	run_fini(&r);

	static const char *const no[] = {"yes\n", "", "staging\n", "prod2\n", "pro\n"};
	for (size_t i = 0; i < sizeof no / sizeof *no; i++) {
		r = run_cmekctl(canned, "revoke prod", no[i]);
		assert_int_equal(r.code, EXIT_ERROR);
		assert_string_equal(r.calls, CALL_PLAN);
		assert_non_null(strstr(r.error, "nothing was changed"));
		run_fini(&r);
	}
	r = run_cmekctl(canned, "revoke prod --dry-run", NULL);
	assert_int_equal(r.code, EXIT_GOOD);
	assert_string_equal(r.calls, CALL_PLAN);
	run_fini(&r);

	r = run_cmekctl(canned, "revoke prod --reason suspended", "prod\n");
	assert_int_equal(r.code, EXIT_GOOD);
	assert_string_equal(r.calls, CALL_PLAN "{\"method\":\"io.cmekd.Revoke\",\"parameters\":{\"project\":"
					       "\"prod\",\"reason\":\"suspended\","
					       "\"pauseOnly\":false,\"sharedKey\":false}}\n");
	assert_non_null(strstr(r.to, "cmekd has taken the revoke of prod as prod#7"));
	run_fini(&r);
}

static void test_clusters_first(void **state)
{
	const struct canned canned[] = {
		{.method = "Plan", .reply = PLAN}, {.method = "Revoke", .reply = REVOKED}, {0}};

	(void)state;
	struct run r = run_cmekctl(canned, "revoke prod --yes --pause-first", NULL);
	assert_int_equal(r.code, EXIT_GOOD);
	assert_non_null(strstr(r.to, "the clusters below are paused, then TiDB Cloud is cut"));
	assert_non_null(strstr(r.calls, "\"pauseOnly\":false,\"pauseFirst\":true,\"sharedKey\":false}"));
	run_fini(&r);
	r = run_cmekctl(canned, "revoke prod --yes --pause-first --pause-only", NULL);
	assert_int_equal(r.code, EXIT_USAGE);
	assert_string_equal(r.calls, "");
	run_fini(&r);
}

static void test_key_is_disabled(void **state)
{
	const struct canned canned[] = {
		{.method = "Plan", .reply = PLAN}, {.method = "Revoke", .reply = REVOKED}, {0}};

	(void)state;
	struct run r = run_cmekctl(canned, "revoke prod --yes --disable-key", NULL);
	assert_int_equal(r.code, EXIT_GOOD);
	assert_non_null(strstr(r.to, "the key is disabled, then the clusters below are paused"));
	assert_non_null(strstr(r.calls, "\"verb\":\"revoke\",\"disableKey\":true}"));
	assert_non_null(strstr(r.calls, "\"pauseOnly\":false,\"disableKey\":true,\"sharedKey\":false}"));
	run_fini(&r);
	static const char *const wrong[] = {
		"revoke prod --yes --disable-key --pause-only", "revoke prod --yes --accept-loss"};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		r = run_cmekctl(canned, wrong[i], NULL);
		assert_int_equal(r.code, EXIT_USAGE);
		assert_string_equal(r.calls, "");
		run_fini(&r);
	}
}

static void test_who_else_loses_must_be_meant(void **state)
{
	const struct canned canned[] = {
		{.method = "Plan", .reply = PLAN_TOP PLAN_USED}, {.method = "Revoke", .reply = REVOKED}, {0}};

	(void)state;
	struct run r = run_cmekctl(canned, "revoke prod --yes --disable-key", NULL);
	assert_int_equal(r.code, EXIT_ERROR);
	assert_null(strstr(r.calls, "io.cmekd.Revoke"));
	assert_non_null(strstr(r.to, "these use it too, and lose it: 999988887777"));
	assert_non_null(strstr(r.error, "999988887777"));
	assert_non_null(strstr(r.error, "--accept-loss"));
	run_fini(&r);
	r = run_cmekctl(canned, "revoke prod --yes --disable-key --accept-loss", NULL);
	assert_int_equal(r.code, EXIT_GOOD);
	assert_non_null(strstr(r.calls, "\"acceptLoss\":true"));
	run_fini(&r);
}

static void test_shared_key_must_be_meant(void **state)
{
	const struct canned canned[] = {{.method = "Plan", .reply = PLAN_TOP "\"staging\"" PLAN_END},
		{.method = "Revoke", .reply = REVOKED}, {0}};

	(void)state;
	struct run r = run_cmekctl(canned, "revoke prod --yes", NULL);
	assert_int_equal(r.code, EXIT_ERROR);
	assert_string_equal(r.calls, CALL_PLAN);
	assert_non_null(strstr(r.error, "staging"));
	assert_non_null(strstr(r.error, "--shared-key"));
	run_fini(&r);
	r = run_cmekctl(canned, "revoke prod --yes --shared-key", NULL);
	assert_int_equal(r.code, EXIT_GOOD);
	assert_non_null(strstr(r.calls, "\"sharedKey\":true"));
	run_fini(&r);
}

static void test_revoke_waits_until_dark(void **state)
{
	_cleanup_free_ char *half = monitor_of("half-paused.json", true),
			    *dark = monitor_of("dark.json", true);
	_cleanup_free_ char *none = monitor_of("healthy.json", true);
	const struct canned canned[] = {{.method = "Plan", .reply = PLAN},
		{.method = "Revoke", .reply = REVOKED}, {.method = "Monitor", .reply = half},
		{.method = "Monitor", .reply = half}, {.method = "Monitor", .reply = dark},
		{.method = "Monitor", .silent = true}, {0}};

	(void)state;
	struct run r = run_cmekctl(canned, "revoke prod --yes --wait", NULL);
	assert_int_equal(r.code, EXIT_GOOD);
	assert_non_null(strstr(r.error, "Ctrl-C leaves"));
	run_assert_golden("revoke-wait", r.to);
	run_fini(&r);

	r = run_cmekctl(canned, "revoke prod --yes --wait --json", NULL);
	assert_int_equal(r.code, EXIT_GOOD);
	assert_non_null(strstr(r.to, "\"dark\": true"));
	assert_string_equal(r.error, "");
	run_fini(&r);

	/* Somebody restored it meanwhile: dark will not come. */
	const struct canned undone[] = {{.method = "Plan", .reply = PLAN},
		{.method = "Revoke", .reply = REVOKED}, {.method = "Monitor", .reply = half},
		{.method = "Monitor", .reply = none}, {.method = "Monitor", .silent = true}, {0}};
	r = run_cmekctl(undone, "revoke prod --yes --wait", NULL);
	assert_int_equal(r.code, EXIT_OPEN);
	assert_non_null(strstr(r.error, "Not dark"));
	run_fini(&r);
}

/* After Ctrl-C the same command comes back to what goes on; a cmekd that restarts is waited for. */
static void test_wait_comes_back(void **state)
{
	_cleanup_free_ char *half = monitor_of("half-paused.json", true),
			    *dark = monitor_of("dark.json", true);
	const struct canned canned[] = {{.method = "Plan", .reply = PLAN},
		{.method = "Revoke",
			.reply = "{\"error\":\"io.cmekd.Refused\",\"parameters\":{\"answer\":\"already\","
				 "\"text\":\"it is so already\"}}"},
		{.method = "Monitor", .reply = half}, {.method = "Monitor", .close = true},
		{.method = "Monitor", .reply = dark}, {.method = "Monitor", .silent = true}, {0}};

	(void)state;
	struct run r = run_cmekctl(canned, "revoke prod --yes --wait", NULL);
	assert_int_equal(r.code, EXIT_GOOD);
	assert_non_null(strstr(r.error, "revoked already"));
	assert_non_null(strstr(r.error, "connection to cmekd is lost"));
	run_fini(&r);
	r = run_cmekctl(canned, "revoke prod --yes", NULL);
	assert_int_equal(r.code, EXIT_ERROR);
	assert_non_null(strstr(r.error, "it is so already"));
	run_fini(&r);
}

static void test_restore_waits_until_closed(void **state)
{
	_cleanup_free_ char *dark = monitor_of("dark.json", true),
			    *healthy = monitor_of("healthy.json", true);
	const struct canned canned[] = {{.method = "Plan", .reply = PLAN},
		{.method = "Restore", .reply = REVOKED}, {.method = "Monitor", .reply = dark},
		{.method = "Monitor", .reply = healthy}, {.method = "Monitor", .silent = true}, {0}};

	(void)state;
	struct run r = run_cmekctl(canned, "restore prod/us-west-2 --yes --wait", NULL);
	assert_int_equal(r.code, EXIT_GOOD);
	assert_non_null(
		strstr(r.calls, "\"method\":\"io.cmekd.Restore\",\"parameters\":{\"project\":\"prod\","
				"\"region\":\"us-west-2\"}"));
	assert_non_null(strstr(r.to, "the incident is closed"));
	assert_non_null(strstr(r.to, "prod  OK"));
	run_fini(&r);
}

/* Nothing to restore: an error, or with --wait the way back to what goes on already. */
static void test_restore_of_what_is_not_revoked(void **state)
{
	_cleanup_free_ char *healthy = monitor_of("healthy.json", true);
	const char *refusal =
		"{\"error\":\"io.cmekd.Refused\",\"parameters\":{\"answer\":\"not_revoked\",\"text\":"
		"\"no operator's revoke is in force there\"}}";
	const struct canned refused[] = {{.method = "Plan", .reply = refusal}, {0}},
			    waits[] = {{.method = "Plan", .reply = refusal},
				    {.method = "Monitor", .reply = healthy},
				    {.method = "Monitor", .silent = true}, {0}};

	(void)state;
	struct run r = run_cmekctl(refused, "restore prod --yes", NULL);
	assert_int_equal(r.code, EXIT_ERROR);
	assert_non_null(strstr(r.error, "no operator's revoke is in force there"));
	assert_string_equal(r.to, "");
	run_fini(&r);
	r = run_cmekctl(refused, "restore prod --dry-run", NULL);
	assert_int_equal(r.code, EXIT_ERROR);
	run_fini(&r);
	r = run_cmekctl(waits, "restore prod --wait", NULL);
	assert_int_equal(r.code, EXIT_GOOD);
	assert_non_null(strstr(r.error, "No operator's revoke is in force there any more."));
	assert_non_null(strstr(r.to, "prod  OK"));
	run_fini(&r);
}

/* What a restore does with a cluster depends on what is owed to it: only what was paused is resumed. */
static void test_restore_plan_by_duty(void **state)
{
	static const struct {
		const char *duty, *says;
	} cases[] = {
		{"free", "leave as it is\n"},
		{"excluded", "leave as it is: it was not paused"},
		{"waits", "leave as it is: it was not paused"},
		{"pause_owed", "leave as it is, unless a pause on its way still comes"},
		{"pause_sent", "resume, if its pause is taken"},
		{"pause_unsure", "resume, if its pause was taken"},
		{"pause_taken", "resume, once it is paused"},
		{"paused", "resume\n"},
		{"resume_owed", "resume\n"},
		{"resume_sent", "resume: under way"},
		{"resume_unsure", "resume: under way"},
		{"resume_taken", "resume: under way"},
		{"stranded", "wait until it runs"},
		{"left", "leave alone: paused by people before"},
		{"touched", "leave alone: people acted on it"},
		{"of_tomorrow", "in the words of cmekd"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char reply[2048];
		const struct canned canned[] = {{.method = "Plan", .reply = reply}, {0}};

		(void)snprintf(reply, sizeof reply,
			PLAN_TOP
			"],\"clusters\":[{\"id\":\"1\",\"name\":\"orders\",\"state\":\"running\",\"duty\":\"%"
			"s\","
			"\"dutyText\":\"in the words of cmekd\"}],\"plan\":{\"digest\":\"0123456789abcdef\","
			"\"pause\":0,\"wait\":0,\"leave\":0,\"ours\":0,\"unread\":0},\"estimateMs\":2400}]}}",
			cases[i].duty);
		struct run r = run_cmekctl(canned, "restore prod --dry-run", NULL);
		assert_int_equal(r.code, EXIT_GOOD);
		const char *line = strstr(r.to, "1.  orders");
		if (!line || !strstr(line, cases[i].says))
			fail_msg("%s: %s%s", cases[i].duty, r.to, r.error);
		run_fini(&r);
	}
}

/* The operator's cause is gone, but the key is lost all the same: it goes on, and says why. */
static void test_restore_says_what_else_holds_it(void **state)
{
	_cleanup_free_ char *dark = monitor_of("dark.json", true),
			    *healthy = monitor_of("healthy.json", true);
	char *operator= strstr(dark, "\"operator\"");
	const struct canned canned[] = {{.method = "Plan", .reply = PLAN},
		{.method = "Restore", .reply = REVOKED}, {.method = "Monitor", .reply = dark},
		{.method = "Monitor", .reply = dark}, {.method = "Monitor", .reply = healthy},
		{.method = "Monitor", .silent = true}, {0}};

	(void)state;
	assert_non_null(operator);
	memcpy(operator, "\"automatic\"", strlen("\"automatic\"")); /* takes the bracket's blank as well */
	struct run r = run_cmekctl(canned, "restore prod --yes --wait", NULL);
	assert_int_equal(r.code, EXIT_GOOD);
	char *said = strstr(r.error, "The revoke is taken back");
	assert_non_null(said);
	assert_null(strstr(said + 1, "The revoke is taken back"));
	run_fini(&r);
}

static void test_approve_names_the_plan(void **state)
{
	_cleanup_free_ char *waiting = run_reply_of("waiting.json");
	const struct canned canned[] = {{.method = "Status", .reply = waiting},
		{.method = "Approve", .reply = "{\"parameters\":{}}"}, {0}};

	(void)state;
	struct run r = run_cmekctl(canned, "approve prod#7", "prod\n");
	assert_int_equal(r.code, EXIT_GOOD);
	assert_non_null(strstr(r.calls,
		"\"method\":\"io.cmekd.Approve\",\"parameters\":{\"project\":\"prod\",\"incident\":7,"
		"\"plan\":\"0f3a9c21d45e6b78\"}"));
	run_assert_golden("approve", r.to);
	run_fini(&r);

	r = run_cmekctl(canned, "approve prod#7", NULL);
	assert_int_equal(r.code, EXIT_USAGE);
	assert_null(strstr(r.calls, "Approve"));
	run_fini(&r);
	r = run_cmekctl(canned, "approve prod#8 --yes", NULL);
	assert_int_equal(r.code, EXIT_ERROR);
	assert_non_null(strstr(r.error, "no open incident prod#8; open is prod#7"));
	run_fini(&r);

	const struct canned changed[] = {{.method = "Status", .reply = waiting},
		{.method = "Approve",
			.reply = "{\"error\":\"io.cmekd.Refused\",\"parameters\":{\"answer\":\"plan_"
				 "changed\",\"text\":"
				 "\"the plan or the verdict changed since it was shown: look again\"}}"},
		{0}};
	r = run_cmekctl(changed, "approve prod#7 --yes", NULL);
	assert_int_equal(r.code, EXIT_ERROR);
	assert_non_null(strstr(r.error, "approve of prod refused: the plan or the verdict changed"));
	run_fini(&r);
}

static void test_decline_does_not_ask(void **state)
{
	const struct canned canned[] = {{.method = "Decline", .reply = "{\"parameters\":{}}"}, {0}};

	(void)state;
	struct run r = run_cmekctl(canned, "decline prod#7 --reason=drill", NULL);
	assert_int_equal(r.code, EXIT_GOOD);
	assert_string_equal(r.calls, "{\"method\":\"io.cmekd.Decline\",\"parameters\":{\"project\":\"prod\","
				     "\"reason\":\"drill\",\"incident\":7}}\n");
	run_fini(&r);
}

/* One change at a time: what is asked for, and how it ended. */
static void test_errands(void **state)
{
	const struct canned enable[] = {
		{.method = "EnableRotation", .reply = "{\"parameters\":{\"requestIds\":\"r1\"}}"}, {0}};
	const struct canned cancel[] = {{.method = "CancelDeletion", .reply = "{\"parameters\":{}}"},
		{.method = "EnableKey",
			.reply = "{\"error\":\"io.cmekd.Refused\",\"parameters\":{\"answer\":\"revoked\","
				 "\"text\":\"an operator's revoke is in force there\"}}"},
		{0}};
	const struct canned rotate[] = {
		{.method = "RotateKey", .reply = "{\"parameters\":{\"text\":\"in progress\"}}"}, {0}};

	(void)state;
	struct run r =
		run_cmekctl(enable, "rotation enable prod/us-west-2 --period 180 --reason=audit", NULL);
	assert_int_equal(r.code, EXIT_GOOD);
	assert_string_equal(r.calls,
		"{\"method\":\"io.cmekd.EnableRotation\",\"parameters\":{\"project\":\"prod\","
		"\"region\":\"us-west-2\",\"reason\":\"audit\",\"periodDays\":180}}\n");
	assert_string_equal(r.to, "Done: switch on automatic rotation of the key.\n");
	run_fini(&r);
	r = run_cmekctl(enable, "rotation enable prod --period 89", NULL);
	assert_int_equal(r.code, EXIT_USAGE);
	assert_string_equal(r.calls, "");
	run_fini(&r);
	/* The first was done, the second was not: both are said. */
	r = run_cmekctl(cancel, "key cancel-deletion prod --yes", NULL);
	assert_int_equal(r.code, EXIT_ERROR);
	assert_string_equal(r.to, "Done: cancel the deletion of the key.\n");
	assert_non_null(strstr(r.error, "still disabled"));
	run_fini(&r);
	r = run_cmekctl(cancel, "key cancel-deletion prod", "yes\n"); /* not the project's name */
	assert_int_equal(r.code, EXIT_ERROR);
	assert_string_equal(r.calls, "");
	run_fini(&r);
	r = run_cmekctl(rotate, "rotation now prod --yes --json", NULL);
	assert_int_equal(r.code, EXIT_GOOD);
	assert_non_null(strstr(r.to, "\"rotate_key\": {"));
	assert_non_null(strstr(r.to, "\"text\": \"in progress\""));
	run_fini(&r);
}

static void test_revoke_removes_statements(void **state)
{
	static char plan[sizeof(PLAN) + 128];
	const struct canned canned[] = {
		{.method = "Plan", .reply = plan}, {.method = "Revoke", .reply = REVOKED}, {0}};
	static const char *const wrong[] = {"revoke prod --remove-statements --pause-only",
		"revoke prod --remove-statements --disable-key", "revoke prod --accept-loss",
		"restore prod --remove-statements"};

	(void)state;
	(void)snprintf(plan, sizeof plan, "%.*s,\"losses\":\"auditors loses kms:Decrypt\"}]}}",
		(int)(sizeof(PLAN) - 5), PLAN);
	struct run r = run_cmekctl(canned, "revoke prod --remove-statements --yes", NULL);
	assert_int_equal(r.code, EXIT_ERROR);
	assert_non_null(strstr(r.calls, "\"verb\":\"revoke\",\"removeStatements\":true"));
	assert_null(strstr(r.calls, "io.cmekd.Revoke"));
	assert_non_null(strstr(r.to, "auditors loses kms:Decrypt"));
	assert_non_null(strstr(r.error, "--accept-loss"));
	run_fini(&r);
	r = run_cmekctl(canned, "revoke prod --remove-statements --accept-loss --yes", NULL);
	assert_int_equal(r.code, EXIT_GOOD);
	assert_non_null(strstr(strstr(r.calls, "io.cmekd.Revoke\""), "\"removeStatements\":true"));
	assert_non_null(strstr(r.calls, "\"acceptLoss\":true"));
	run_fini(&r);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		r = run_cmekctl(canned, wrong[i], NULL);
		assert_int_equal(r.code, EXIT_USAGE);
		assert_string_equal(r.calls, "");
		run_fini(&r);
	}
}

/* What was shown is what is asked for: the digest of the plan goes with it. */
static void test_restore_adopts(void **state)
{
	static char plan[sizeof(PLAN) + 128];
	const struct canned canned[] = {{.method = "Plan", .reply = plan},
		{.method = "AdoptStatement", .reply = "{\"parameters\":{\"requestIds\":\"r1\"}}"}, {0}};
	const struct canned before[] = {
		{.method = "Plan", .reply = PLAN}, {0}}; /* of a cmekd that does not know it */
	static const char *const wrong[] = {"restore prod --adopt it's",
		"restore prod --adopt=", "restore prod --adopt A --include b", "revoke prod --adopt A"};

	(void)state;
	(void)snprintf(
		plan, sizeof plan, "%.*s,\"statementDigest\":\"00ff\"}]}}", (int)(sizeof(PLAN) - 5), PLAN);
	struct run r = run_cmekctl(canned, "restore prod --adopt A --dry-run", NULL);
	assert_int_equal(r.code, EXIT_GOOD);
	assert_string_equal(r.calls,
		"{\"method\":\"io.cmekd.Plan\",\"parameters\":{\"project\":\"prod\",\"verb\":"
		"\"restore\",\"adopt\":\"A\"}}\n");
	assert_non_null(strstr(r.to, "the Deny statement with Sid A"));
	run_fini(&r);
	r = run_cmekctl(canned, "restore prod --adopt A", "no\n");
	assert_int_equal(r.code, EXIT_ERROR);
	assert_null(strstr(r.calls, "AdoptStatement"));
	run_fini(&r);
	r = run_cmekctl(canned, "restore prod --adopt A --reason=over", "prod\n");
	assert_int_equal(r.code, EXIT_GOOD);
	assert_non_null(strstr(r.calls,
		"{\"method\":\"io.cmekd.AdoptStatement\",\"parameters\":{\"project\":\"prod\","
		"\"reason\":\"over\",\"sid\":\"A\",\"statementDigest\":\"00ff\"}}"));
	assert_non_null(strstr(r.to, "Done: remove a Deny statement of others from the key policy."));
	run_fini(&r);
	r = run_cmekctl(before, "restore prod --adopt A --yes", NULL);
	assert_int_equal(r.code, EXIT_ERROR);
	assert_non_null(strstr(r.error, "another version"));
	run_fini(&r);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		r = run_cmekctl(canned, wrong[i], NULL);
		assert_int_equal(r.code, EXIT_USAGE);
		assert_string_equal(r.calls, "");
		run_fini(&r);
	}
}

static void test_suspend_needs_a_time(void **state)
{
	const struct canned suspend[] = {{.method = "Suspend", .reply = "{\"parameters\":{}}"}, {0}};
	const struct canned unsuspend[] = {{.method = "Unsuspend", .reply = "{\"parameters\":{}}"}, {0}};
	static const char *const wrong[] = {"suspend prod", "suspend prod --for soon",
		"suspend prod --for 500ms", "suspend prod --for 8d", "suspend --for 2h",
		"suspend prod/us-west-2 --for 2h"};

	(void)state;
	struct run r = run_cmekctl(suspend, "suspend prod --for 2h --reason=drill", NULL);
	assert_int_equal(r.code, EXIT_GOOD);
	assert_string_equal(r.calls, "{\"method\":\"io.cmekd.Suspend\",\"parameters\":{\"project\":\"prod\","
				     "\"reason\":\"drill\",\"spanMs\":7200000}}\n");
	assert_non_null(strstr(r.error, "For 2h a key that is lost waits for a person."));
	run_fini(&r);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		r = run_cmekctl(suspend, wrong[i], NULL);
		assert_int_equal(r.code, EXIT_USAGE);
		assert_string_equal(r.calls, "");
		run_fini(&r);
	}
	r = run_cmekctl(unsuspend, "unsuspend prod", NULL);
	assert_int_equal(r.code, EXIT_GOOD);
	run_fini(&r);
}

#define EXPLANATION(more, decisions)                                                                         \
	"{\"region\":\"us-west-2\",\"keyArn\":\"arn:aws:kms:us-west-2:111122223333:key/1234\","              \
	"\"verdict\":\"lost\",\"reason\":\"policy_denied\",\"text\":[\"The key is Enabled.\","               \
	"\"Statement 3 denies the vendor; 3 of the last 5 looks say so.\",\"cmekd pauses after the grace "   \
	"period.\"],\"window\":[\"policy_denied\",\"policy_denied\",\"policy_denied\",\"timeout\","          \
	"\"allowed\"]" more ",\"decisions\":[" decisions "]}"
#define EXPLANATIONS(...) "{\"parameters\":{\"explanations\":[" __VA_ARGS__ "]}}"
#define DENIED(action)                                                                                       \
	"{\"purpose\":\"ebs\",\"action\":\"" action                                                          \
	"\",\"result\":\"denied\",\"why\":\"statement 3 denies " action                                      \
	" to account 123456789012: StringEquals kms:CallerAccount is \\\"123456789012\\\" there, and "       \
	"the request has \\\"123456789012\\\"\",\"statement\":3,\"line\":24,\"sid\":\"Cut\",\"condition\":"  \
	"\"StringEquals kms:CallerAccount\",\"inPolicy\":\"\\\"123456789012\\\"\",\"inRequest\":\"the "      \
	"request "                                                                                           \
	"has \\\"123456789012\\\"\",\"remedy\":\"remove statement 3\"}"
#define ALLOWED                                                                                              \
	"{\"purpose\":\"s3\",\"action\":\"kms:GenerateDataKey\",\"result\":\"allowed\",\"why\":\"allowed "   \
	"by "                                                                                                \
	"statement 2 (Sid S3, line 17)\"}" /* of a cmekd that tells less */

static void test_explain(void **state)
{
	const struct canned canned[] = {{.method = "Explain",
						.reply = EXPLANATIONS(EXPLANATION("",
							ALLOWED "," DENIED("kms:GenerateDataKey") "," DENIED(
								"kms:GenerateDataKeyWithoutPlaintext")))},
		{0}};

	(void)state;
	struct run r = run_cmekctl(canned, "explain prod/us-west-2", NULL);
	assert_int_equal(r.code, EXIT_GOOD);
	run_assert_golden("explain", r.to);
	run_fini(&r);
}

/* The key policy of a project in place of a file. */
static void test_policy_of_a_project(void **state)
{
	static const struct {
		const char *words, *reply;
		int code;
		const char *said[3];
	} rows[] = {
		{"policy check prod",
			EXPLANATIONS(EXPLANATION(
				",\"policySummary\":\"usable\",\"vendorAccount\":\"123456789012\"", ALLOWED)),
			EXIT_GOOD, {"prod/us-west-2", "usable", "GenerateDataKey"}},
		{"policy check prod",
			EXPLANATIONS(EXPLANATION(
				",\"policySummary\":\"lost\",\"grantsSurvive\":true", DENIED("kms:Decrypt"))),
			EXIT_OPEN, {"lost", "statement 3: line 24, Sid \"Cut\"", "a missing Allow"}},
		{"policy check prod",
			EXPLANATIONS(
				EXPLANATION(",\"policyTrouble\":\"line 2, column 3: expected a value\"", "")),
			EXIT_ERROR, {"unknown", "line 2, column 3"}},
		{"policy check prod", EXPLANATIONS(EXPLANATION("", "")), EXIT_OPEN,
			{"read no key policy yet"}},
		{"policy diff prod prod",
			EXPLANATIONS(EXPLANATION(",\"policy\":\"{\\\"Statement\\\":[]}\"", "")), EXIT_GOOD,
			{"both policies mean the same"}},
		{"policy diff prod -", EXPLANATIONS(EXPLANATION(",\"policy\":\"{\\n]\"", "")), EXIT_ERROR,
			{"prod: line 2, column 1: expected"}},
		{"policy diff prod -", EXPLANATIONS(EXPLANATION("", "")), EXIT_ERROR,
			{"cmekctl explain prod"}},
		{"policy diff prod -", EXPLANATIONS(EXPLANATION("", "") "," EXPLANATION("", "")), EXIT_USAGE,
			{"2 regions", "prod/us-west-2"}},
		{"policy check prod/Not_A_Region", "{}", EXIT_USAGE, {"Not_A_Region"}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct canned canned[] = {{.method = "Explain", .reply = rows[i].reply},
			{.method = "Explain", .reply = rows[i].reply}, {0}};
		struct run r = run_cmekctl(canned, rows[i].words, NULL);

		assert_int_equal(r.code, rows[i].code);
		for (size_t k = 0; k < 3 && rows[i].said[k]; k++)
			if (!strstr(r.to, rows[i].said[k]) && !strstr(r.error, rows[i].said[k]))
				fail_msg("%s: no \"%s\" in:\n%s%s", rows[i].words, rows[i].said[k], r.to,
					r.error);
		run_fini(&r);
	}
}

static void test_errors_say_what_to_do(void **state)
{
	static const struct {
		const char *words, *error;
		int code;
		const char *said[3];
	} rows[] = {
		{"revoke prod --yes", "\"io.cmekd.NotPermitted\",\"parameters\":{\"needs\":\"operate\"}",
			EXIT_FORBIDDEN, {"OperateGroup=", "usermod -aG", "uid"}},
		{"revoke prod --yes", "\"io.cmekd.NotPermitted\",\"parameters\":{}", EXIT_FORBIDDEN,
			{"does not let you", "", ""}},
		{"revoke prod --yes", "\"io.cmekd.NotReady\",\"parameters\":{\"text\":\"first looks\"}",
			EXIT_ERROR, {"not ready", "first looks", ""}},
		{"revoke prod --yes",
			"\"io.cmekd.Refused\",\"parameters\":{\"answer\":\"ledger\",\"text\":\"the ledger "
			"cannot be written\"}",
			EXIT_ERROR, {"revoke of prod refused", "free space", "cmekctl verify"}},
		{"revoke prod --yes",
			"\"org.varlink.service.MethodNotFound\",\"parameters\":{\"method\":\"io.cmekd."
			"Plan\"}",
			EXIT_ERROR, {"io.cmekd.Plan", "another version", "cmekctl version"}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char reply[512];
		(void)snprintf(reply, sizeof reply, "{\"error\":%s}", rows[i].error);
		struct run r = run_cmekctl(
			(struct canned[]){{.method = "Plan", .reply = reply}, {0}}, rows[i].words, NULL);
		/* Wrapped text: compare without line breaks. */
		for (char *c = r.error; *c; c++)
			if (c[0] == '\n' && c[1] == ' ')
				memmove(c, c + 2, strlen(c + 2) + 1);
		for (size_t s = 0; s < 3; s++)
			if (!strstr(r.error, rows[i].said[s]))
				fail_msg("row %zu says: %s", i, r.error);
		assert_int_equal(r.code, rows[i].code);
		assert_string_equal(r.to, "");
		run_fini(&r);
	}
}

static void test_close_names_are_proposed(void **state)
{
	_cleanup_free_ char *healthy = run_reply_of("healthy.json");
	const struct canned canned[] = {{.method = "Explain",
						.reply = "{\"error\":\"io.cmekd.NoSuchProject\","
							 "\"parameters\":{\"project\":\"prdo\"}}"},
		{.method = "Explain",
			.reply = "{\"error\":\"io.cmekd.NoSuchRegion\",\"parameters\":{\"region\":\"us-west-"
				 "1\"}}"},
		{.method = "Status", .reply = healthy},
		{.method = "Projects", .reply = "{\"parameters\":{\"projects\":[\"prod\",\"staging\"]}}"},
		{0}};

	(void)state;
	struct run r = run_cmekctl(canned, "projects", NULL);
	assert_int_equal(r.code, EXIT_GOOD);
	assert_string_equal(r.to, "prod\nstaging\n");
	run_fini(&r);
	r = run_cmekctl(canned, "explain prdo", NULL);
	assert_int_equal(r.code, EXIT_ERROR);
	assert_string_equal(r.error, "cmekctl: cmekd knows no project \"prdo\"; did you mean prod?\n");
	run_fini(&r);
	const struct canned region[] = {canned[1], canned[2], {0}};
	r = run_cmekctl(region, "explain prod/us-west-1", NULL);
	assert_string_equal(
		r.error, "cmekctl: cmekd knows no region \"us-west-1\" of prod; did you mean us-west-2?\n");
	run_fini(&r);
}

static void test_without_a_daemon(void **state)
{
	(void)state;
	struct run r = run_cmekctl(NULL, "ping", NULL);
	assert_int_equal(r.code, EXIT_UNREACHABLE);
	assert_non_null(strstr(r.error, "systemctl"));
	run_fini(&r);
	r = run_cmekctl(NULL, "version", NULL);
	assert_int_equal(r.code, EXIT_UNREACHABLE);
	assert_non_null(strstr(r.to, "cmekctl "));
	run_fini(&r);
	r = run_cmekctl(NULL, "status --json", NULL);
	assert_int_equal(r.code, EXIT_UNREACHABLE);
	assert_non_null(strstr(r.to, "\"id\": \"not_running\""));
	assert_non_null(strstr(r.to, "\"exit\": 4"));
	run_fini(&r);
}

static void test_ping_and_version(void **state)
{
	const struct canned canned[] = {{.method = "Ping", .reply = "{\"parameters\":{}}"},
		{.method = "org.varlink.service.GetInfo",
			.reply = "{\"parameters\":{\"vendor\":\"cmekd\",\"product\":\"cmekd\",\"version\":"
				 "\"9.9\",\"url\":\"\","
				 "\"interfaces\":[]}}"},
		{0}};

	(void)state;
	struct run r = run_cmekctl(canned, "ping", NULL);
	assert_int_equal(r.code, EXIT_GOOD);
	assert_non_null(strstr(r.to, "cmekd answers: "));
	run_fini(&r);
	r = run_cmekctl(canned, "version --json", NULL);
	assert_int_equal(r.code, EXIT_GOOD);
	assert_non_null(strstr(r.to, "\"cmekd\": \"9.9\""));
	run_fini(&r);
}

/* A verb that acts and is not answered may have begun; that must be said. */
static void test_an_unanswered_act_is_not_called_undone(void **state)
{
	const struct canned canned[] = {
		{.method = "Plan", .reply = PLAN}, {.method = "Revoke", .close = true}, {0}};

	(void)state;
	struct run r = run_cmekctl(canned, "revoke prod --yes", NULL);
	assert_int_equal(r.code, EXIT_UNREACHABLE);
	assert_non_null(strstr(r.error, "it may have"));
	assert_non_null(strstr(r.error, "cmekctl"));
	run_fini(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_revoke_asks_first),
		cmocka_unit_test(test_clusters_first),
		cmocka_unit_test(test_key_is_disabled),
		cmocka_unit_test(test_who_else_loses_must_be_meant),
		cmocka_unit_test(test_shared_key_must_be_meant),
		cmocka_unit_test(test_revoke_waits_until_dark),
		cmocka_unit_test(test_wait_comes_back),
		cmocka_unit_test(test_restore_waits_until_closed),
		cmocka_unit_test(test_restore_of_what_is_not_revoked),
		cmocka_unit_test(test_restore_plan_by_duty),
		cmocka_unit_test(test_restore_says_what_else_holds_it),
		cmocka_unit_test(test_approve_names_the_plan),
		cmocka_unit_test(test_decline_does_not_ask),
		cmocka_unit_test(test_errands),
		cmocka_unit_test(test_restore_adopts),
		cmocka_unit_test(test_revoke_removes_statements),
		cmocka_unit_test(test_suspend_needs_a_time),
		cmocka_unit_test(test_explain),
		cmocka_unit_test(test_policy_of_a_project),
		cmocka_unit_test(test_errors_say_what_to_do),
		cmocka_unit_test(test_close_names_are_proposed),
		cmocka_unit_test(test_without_a_daemon),
		cmocka_unit_test(test_ping_and_version),
		cmocka_unit_test(test_an_unanswered_act_is_not_called_undone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
