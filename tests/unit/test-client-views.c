/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs that show what cmekd works with: its rates, its queues of hints, its credentials, what check finds. */
#include "base/own.h"
#include "client/run.h"
#include "exit_code.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#define LANE(key, numbers, act, routine)                                                                     \
	"{\"service\":\"tidb_cloud\"" key "," numbers                                                        \
	",\"queues\":[{\"priority\":\"act\",\"sharePercent\":100,\"waiting\":" act "},"                      \
	"{\"priority\":\"incident\",\"sharePercent\":85,\"waiting\":0},"                                     \
	"{\"priority\":\"routine\",\"sharePercent\":40,\"waiting\":" routine "}]}"

#define KMS_LANE(region, operations, numbers, look)                                                          \
	"{\"service\":\"kms\",\"keyId\":\"ACCESSKEY1\",\"region\":\"" region                                 \
	"\",\"operations\":\"" operations "\"," numbers                                                      \
	",\"queues\":[{\"priority\":\"act\",\"sharePercent\":100,\"waiting\":0},"                            \
	"{\"priority\":\"confirmation\",\"sharePercent\":90,\"waiting\":1},"                                 \
	"{\"priority\":\"look\",\"sharePercent\":80,\"waiting\":" look "},"                                  \
	"{\"priority\":\"routine\",\"sharePercent\":40,\"waiting\":0}]}"

#define APIS(reads, acts) ",\"clusterApi\":\"dedicated\",\"readsBy\":\"" reads "\",\"actsBy\":\"" acts "\""

static void test_lanes(void **state)
{
	const struct canned canned[] = {
		{.method = "Lanes",
			.reply = "{\"parameters\":{\"lanes\":[" LANE(
				",\"keyId\":\"PUBLIC1\"" APIS("dedicated", "dedicated"),
				"\"perMinute\":95,\"allowance\":95,\"used\":37,\"holdMs\":0,"
				"\"routineHoldMs\":0",
				"0", "0") "," LANE(",\"keyId\":\"PUBLIC2\"" APIS("v1beta", "dedicated"),
				"\"perMinute\":95,\"allowance\":47,\"used\":47,\"holdMs\":20000,"
				"\"routineHoldMs\":0",
				"2", "14") "," LANE("",
				"\"perMinute\":95,\"allowance\":47,\"used\":1,\"holdMs\":0,\"routineHoldMs\":"
				"0",
				"0", "0") "," KMS_LANE("us-west-2", "DescribeKey",
				"\"perSecond\":1000,\"allowance\":1000,\"used\":333,\"holdMs\":0,"
				"\"routineHoldMs\":0",
				"0") "," KMS_LANE("us-west-2", "GetKeyPolicy, GetKeyRotationStatus",
				"\"perSecond\":500,\"allowance\":35,\"used\":8,\"holdMs\":0,"
				"\"routineHoldMs\":0",
				"120") "," KMS_LANE("eu-central-1", "ListGrants",
				"\"perSecond\":50,\"allowance\":35,\"used\":3,\"holdMs\":1400,"
				"\"routineHoldMs\":1400",
				"0") "]}}"},
		{0}};

	(void)state;
	struct run r = run_cmekctl(canned, "status --lanes", NULL);
	assert_int_equal(r.code, EXIT_GOOD);
	run_assert_golden("lanes", r.to);
	run_fini(&r);
	r = run_cmekctl(canned, "status --lanes --json", NULL);
	assert_int_equal(r.code, EXIT_GOOD);
	assert_non_null(strstr(r.to, "\"perSecond\""));
	assert_non_null(strstr(r.to, "\"eu-central-1\""));
	run_fini(&r);
	r = run_cmekctl(canned, "status prod --lanes", NULL);
	assert_int_equal(r.code, EXIT_USAGE);
	run_fini(&r);
}

#define QUEUE(name, more) "{\"queueArn\":\"arn:aws:sqs:us-west-2:111122223333:" name "\"," more "}"

static void test_hints(void **state)
{
	const struct canned canned[] = {
		{.method = "Hints",
			.reply = "{\"parameters\":{\"queues\":[" QUEUE("cmekd-events",
				"\"messages\":31,\"hints\":28,\"others\":2,"
				"\"unread\":1,\"lastHint\":"
				"\"2026-11-24T03:44:26Z\",\"lastHintAgeMs\":"
				"4200") "," QUEUE("quiet", "\"messages\":0,\"hints\":0,\"others\":0,"
							   "\"unread\":0") "," QUEUE("gone",
				"\"trouble\":\"ReceiveMessage: 400 "
				"QueueDoesNotExist: The specified queue does "
				"not "
				"exist.\",\"messages\":0,\"hints\":0,"
				"\"others\":0,\"unread\":0") "],\"verdicts\":"
							     "3,"
							     "\"lastVerdictMs"
							     "\":10400,"
							     "\"longestVerdic"
							     "tMs\":14100}}"},
		{0}};
	const struct canned none[] = {
		{.method = "Hints", .reply = "{\"parameters\":{\"queues\":[],\"verdicts\":0}}"}, {0}};

	(void)state;
	struct run r = run_cmekctl(canned, "status --hints", NULL);
	assert_int_equal(r.code, EXIT_OPEN);
	run_assert_golden("hints", r.to);
	run_fini(&r);
	r = run_cmekctl(none, "status --hints", NULL);
	assert_int_equal(r.code, EXIT_GOOD);
	assert_non_null(strstr(r.to, "HintQueue="));
	run_fini(&r);
	r = run_cmekctl(canned, "status prod --hints", NULL);
	assert_int_equal(r.code, EXIT_USAGE);
	run_fini(&r);
}

static void test_credentials(void **state)
{
	const struct canned canned[] = {
		{.method = "Credentials",
			.reply =
				"{\"parameters\":{\"credentials\":[{\"service\":\"aws\",\"source\":\"role "
				"arn:aws:iam::111122223333:role/watch taken on with profile base, access key "
				"AKIDEXAMPLEEXAMPLE01 from /etc/cmekd/aws, read again on reload\",\"keyId\":"
				"\"ASIDEXAMPLEEXAMPLE02\",\"identity\":\"arn:aws:sts::111122223333:assumed-"
				"role/"
				"watch/cmekd-ops1\",\"expires\":\"2001-09-09T01:46:40Z\",\"trouble\":\"the "
				"role "
				"arn:aws:iam::111122223333:role/watch was not taken on: STS answered 403 "
				"AccessDenied\"},{\"service\":\"tidb_cloud\",\"source\":\"API key PUB from "
				"the "
				"systemd credential key, a snapshot: restart cmekd after a "
				"change\",\"keyId\":"
				"\"PUB\"}]}}"},
		{0}};

	(void)state;
	struct run r = run_cmekctl(canned, "credentials prod", NULL);
	assert_int_equal(r.code, EXIT_OPEN);
	run_assert_golden("credentials", r.to);
	run_fini(&r);
	r = run_cmekctl(canned, "credentials prod --json", NULL);
	assert_int_equal(r.code, EXIT_OPEN);
	assert_non_null(strstr(r.to, "\"keyId\": \"ASIDEXAMPLEEXAMPLE02\""));
	run_fini(&r);
}

#define CHECK_LINE(check, about, of, subject, rest)                                                          \
	"{\"check\":\"" check "\",\"about\":\"" about "\",\"of\":\"" of "\",\"subject\":\"" subject          \
	"\"," rest "}"
#define CHECK_OK(found)            "\"result\":\"ok\",\"found\":\"" found "\""
#define CHECK_NO(found, todo)      "\"result\":\"problem\",\"found\":\"" found "\",\"remedy\":\"" todo "\""
#define CHECK_UNKNOWN(found, todo) "\"result\":\"unknown\",\"found\":\"" found "\",\"remedy\":\"" todo "\""
#define CHECK_REPLY(lines)         "{\"parameters\":{\"checks\":[" lines "]}}"
#define CHECK_GOOD                                                                                           \
	CHECK_LINE("cmek", "CMEK", "project", "prod",                                                        \
		CHECK_OK("the API key sees project 42, and it is enabled; regions with a key: 1"))           \
	"," CHECK_LINE("migration", "migration jobs", "project", "prod",                                     \
		CHECK_UNKNOWN("TiDB Cloud's API does not tell of Data Migration jobs",                       \
			"look at Data Migration of each cluster in the console of TiDB Cloud"))
#define CHECK_BAD                                                                                            \
	CHECK_GOOD                                                                                           \
	"," CHECK_LINE("key_state", "key state", "region", "us-west-2",                                      \
		CHECK_NO("Disabled, read 4s ago",                                                            \
			"enable the key in AWS KMS to give access back")) "," CHECK_LINE("rotation",         \
		"rotation", "region", "us-west-2",                                                           \
		CHECK_OK("on, as read every 1h")) "," CHECK_LINE("pause", "pause now", "cluster", "orders",  \
		CHECK_OK("its state permits it: running, read 4s ago")) "," CHECK_LINE("pause", "pause now", \
		"cluster", "billing",                                                                        \
		CHECK_NO("it would be refused: the cluster is busy, read 4s ago",                            \
			"wait until the cluster is ACTIVE")) "," CHECK_LINE("jobs", "running jobs",          \
		"cluster", "orders",                                                                         \
		CHECK_NO("a pause would be refused: 1 changefeed (to-kafka: PAUSED), read 2s ago",           \
			"delete each changefeed")) "," CHECK_LINE("jobs", "running jobs", "cluster",         \
		"billing", CHECK_OK("no import, backup or changefeed, read 1s ago"))

static void test_check(void **state)
{
	const struct canned bad[] = {{.method = "Check", .reply = CHECK_REPLY(CHECK_BAD)}, {0}},
			    good[] = {{.method = "Check", .reply = CHECK_REPLY(CHECK_GOOD)}, {0}};

	(void)state;
	struct run r = run_cmekctl(bad, "check prod", NULL);
	assert_int_equal(r.code, EXIT_OPEN);
	assert_string_equal(
		r.calls, "{\"method\":\"io.cmekd.Check\",\"parameters\":{\"project\":\"prod\"}}\n");
	run_assert_golden("check", r.to);
	run_fini(&r);
	r = run_cmekctl(good, "check prod", NULL);
	assert_int_equal(r.code, EXIT_GOOD);
	assert_non_null(strstr(r.to, "prod: 1 ok, 0 problems, 1 cannot be known"));
	run_fini(&r);
	r = run_cmekctl(good, "check prod --json", NULL);
	assert_int_equal(r.code, EXIT_GOOD);
	assert_non_null(strstr(r.to, "\"name\": \"prod\""));
	assert_non_null(strstr(r.to, "\"result\": \"unknown\""));
	run_fini(&r);
}

/* The same lines, and what they come to. */
static void test_drill(void **state)
{
	const struct canned bad[] =
		{{.method = "Drill",
			 .reply = "{\"parameters\":{\"checks\":[" CHECK_BAD
				  "],\"problems\":3,\"report\":\"00ff\",\"tookMs\":2000}}"},
			{0}},
			    good[] = {{.method = "Drill",
					      .reply = "{\"parameters\":{\"checks\":[" CHECK_GOOD
						       "],\"problems\":0,\"report\":\"00ff\",\"tookMs\":0,"
						       "\"trouble\":\"the ledger cannot be written\"}}"},
				    {0}};

	(void)state;
	struct run r = run_cmekctl(bad, "drill prod/us-west-2 --reason quarterly", NULL);
	assert_int_equal(r.code, EXIT_OPEN);
	assert_string_equal(r.calls, "{\"method\":\"io.cmekd.Drill\",\"parameters\":{\"project\":\"prod\","
				     "\"region\":\"us-west-2\","
				     "\"reason\":\"quarterly\"}}\n");
	assert_non_null(strstr(r.to, "prod/us-west-2: 4 ok, 3 problems, 1 cannot be known"));
	assert_non_null(strstr(r.to, "Not ready for a revoke: see the problems above."));
	assert_non_null(strstr(r.to, "In the ledger, with the digest 00ff."));
	run_fini(&r);
	r = run_cmekctl(good, "drill prod", NULL);
	assert_int_equal(r.code, EXIT_GOOD);
	assert_non_null(strstr(r.to, "Nothing that can be known is in the way of a revoke."));
	assert_non_null(strstr(r.to, "Not in the ledger: the ledger cannot be written."));
	run_fini(&r);
	r = run_cmekctl(bad, "drill prod --json", NULL);
	assert_int_equal(r.code, EXIT_OPEN);
	assert_non_null(strstr(r.to, "\"target\": \"prod\""));
	assert_non_null(strstr(r.to, "\"report\": \"00ff\""));
	run_fini(&r);
	r = run_cmekctl(bad, "drill", NULL);
	assert_int_equal(r.code, EXIT_USAGE);
	run_fini(&r);
}

/* Without a name: those that Status names, one after the other. */
static void test_check_of_all(void **state)
{
	_cleanup_free_ char *names = run_reply_of("healthy.json");
	const struct canned canned[] = {{.method = "Status", .reply = names},
		{.method = "Check", .reply = CHECK_REPLY(CHECK_BAD)}, {0}},
			    none[] = {
				    {.method = "Status", .reply = "{\"parameters\":{\"projects\":[]}}"}, {0}};

	(void)state;
	struct run r = run_cmekctl(canned, "check", NULL);
	assert_int_equal(r.code, EXIT_OPEN);
	assert_string_equal(r.calls,
		"{\"method\":\"io.cmekd.Status\",\"parameters\":{},\"more\":true}\n"
		"{\"method\":\"io.cmekd.Check\",\"parameters\":{\"project\":\"prod\",\"known\":true}}\n");
	assert_non_null(strstr(r.to, "prod: 4 ok, 3 problems, 1 cannot be known"));
	run_fini(&r);
	r = run_cmekctl(none, "check", NULL);
	assert_int_equal(r.code, EXIT_GOOD);
	assert_non_null(strstr(r.error, "no project"));
	run_fini(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lanes),
		cmocka_unit_test(test_hints),
		cmocka_unit_test(test_credentials),
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_check_of_all),
		cmocka_unit_test(test_drill),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
