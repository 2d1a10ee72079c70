/* SPDX-License-Identifier: Apache-2.0 */
/* Each check over a real core and driver on fake hands: ok in a world without a fault, the fitting finding when the world is
 * turned, and never ok where nothing is known. */
#include "driver/checks.h"
#include "driver/clients.h"
#include "driver/jobs.h"
#include "driver/turn.h"
#include "fake_daemon.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define OWN "arn:aws:iam::111122223333:user/cmekd"
#define STATEMENT(action, principal)                                                                         \
	"{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"" principal "\"},\"Action\":\"" action               \
	"\",\"Resource\":\"*\"}"
#define POLICY(...) "{\"Version\":\"2012-10-17\",\"Statement\":[" __VA_ARGS__ "]}"

static struct fake_daemon d;

/* ---- what was told ---- */

#define TOLD_MAX 128
static struct {
	struct checks_line line;
	char subject[96], found[CHECKS_FOUND_BYTES], remedy[CHECKS_REMEDY_BYTES];
} told[TOLD_MAX];
static size_t told_count;

static void take(const struct checks_line *line, void *arg)
{
	size_t i = told_count++;

	(void)arg;
	assert_true(i < TOLD_MAX);
	told[i].line = *line;
	(void)snprintf(told[i].subject, sizeof told[i].subject, "%s", line->subject);
	(void)snprintf(told[i].found, sizeof told[i].found, "%s", line->found);
	(void)snprintf(told[i].remedy, sizeof told[i].remedy, "%s", line->remedy);
}

static void run(void)
{
	told_count = 0;
	checks_run(d.project, fake.now, take, NULL);
}

/* The one of this name, about this subject (NULL: the first). */
static size_t find(enum check check, const char *subject)
{
	for (size_t i = 0; i < told_count; i++)
		if (told[i].line.check == check && (!subject || strcmp(told[i].subject, subject) == 0))
			return i;
	fail_msg("%s was not told", check_name(check));
	return 0;
}

static void finds_of(enum check check, const char *subject, enum finding finding, const char *said)
{
	size_t i = find(check, subject);

	if (told[i].line.finding != finding || !strstr(told[i].found, said))
		fail_msg("%s is %s: %s; expected %s: %s", check_name(check),
			finding_name(told[i].line.finding), told[i].found, finding_name(finding), said);
	assert_int_equal(told[i].remedy[0] == '\0', finding == FINDING_OK);
	assert_null(strstr(told[i].remedy, "PROJECT"));
}

static void finds(enum check check, enum finding finding, const char *said)
{
	finds_of(check, NULL, finding, said);
}

static size_t count(enum finding finding)
{
	size_t n = 0;

	for (size_t i = 0; i < told_count; i++)
		n += told[i].line.finding == finding;
	return n;
}

/* What blocks a pause is read; not before the last round is old enough. */
static void read_jobs(void)
{
	unsigned before = fake.jobs_read;

	fake_pass(JOBS_FRESH_MS);
	assert_true(jobs_round(d.project, JOBS_FRESH_MS));
	assert_true(jobs_round(d.project, JOBS_FRESH_MS)); /* the same */
	for (int i = 0; d.project->jobs.asking && i < 1000; i++)
		fake_run();
	assert_false(d.project->jobs.asking);
	assert_false(jobs_round(d.project, JOBS_FRESH_MS));
	assert_true(fake.jobs_read > before);
}

/* ---- worlds ---- */

static int setup(void **state)
{
	(void)state;
	fake_world();
	fake.own = OWN;
	fake.policy = POLICY(STATEMENT("kms:*", "arn:aws:iam::111122223333:root"));
	fake.key.key_spec = "SYMMETRIC_DEFAULT";
	fake.key.key_usage = "ENCRYPT_DECRYPT";
	fake.key.key_origin = "AWS_KMS";
	fake_start(&d);
	return 0;
}

static void test_nothing_is_wrong(void **state)
{
	(void)state;
	fake_turn(&d, 3000);
	read_jobs();
	run();
	for (size_t i = 0; i < told_count; i++)
		if (told[i].line.finding == FINDING_PROBLEM)
			fail_msg("%s: %s", check_name(told[i].line.check), told[i].found);
	/* Each row is told, in the order of the table, and each cluster has its own. */
	assert_int_equal(told_count, CHECK_COUNT + 4);
	for (size_t i = 0; i + 1 < told_count; i++)
		assert_true(told[i].line.check <= told[i + 1].line.check);
	finds_of(CHECK_CMEK, "prod", FINDING_OK, "project 42");
	finds_of(CHECK_KEY_STATE, "us-west-2", FINDING_OK, "Enabled");
	finds_of(CHECK_PAUSE, "cluster-3", FINDING_OK, "running");
	finds_of(CHECK_JOBS, "cluster-3", FINDING_OK, "no import, backup or changefeed");
	finds(CHECK_HEADROOM, FINDING_OK, "takes 6 requests; a minute permits 95");
	finds(CHECK_BUDGET, FINDING_OK, "at most 3; 20 of MaxPauses=20");
	finds(CHECK_HINTS, FINDING_OK, "none are asked for");
	finds(CHECK_REPLICAS, FINDING_OK, "in one region only");
	finds(CHECK_ROTATION, FINDING_OK, "every 365 days");
	finds(CHECK_POLICY_EBS, FINDING_OK, "each of the 8 actions");
	finds(CHECK_POLICY_S3, FINDING_OK, "each of the 2 actions");
	finds(CHECK_REVOKE, FINDING_OK, "of 32768 bytes");
	finds(CHECK_PUT_BACK, FINDING_OK, "nothing in the present key policy");
}

/* Of what is never read nothing is said but where to look. */
static void test_what_cannot_be_known(void **state)
{
	static const enum check never[] = {CHECK_PROVIDERS, CHECK_BACKUP_SETTINGS, CHECK_MIGRATION,
		CHECK_PAUSE_RIGHT, CHECK_OTHER_POLICIES, CHECK_OWN_CHANGE, CHECK_GRANTS};

	(void)state;
	fake_turn(&d, 3000);
	read_jobs();
	run();
	for (size_t i = 0; i < sizeof never / sizeof *never; i++)
		finds(never[i], FINDING_UNKNOWN, "");
	assert_int_equal(count(FINDING_UNKNOWN), sizeof never / sizeof *never);
}

/* Before the first answers nothing of the world is ok. */
static void test_nothing_is_known_yet(void **state)
{
	(void)state;
	fake_stop(&d);
	fake_reset();
	fake_world();
	fake.credentials.id = "";
	fake_start(&d); /* a first ledger: no key is known before TiDB Cloud named it */
	d.project->core.bindings[0].evidence = (struct evidence){.filled = 0};
	d.project->keys[0].rotation_read = false;
	d.project->core.cmek_read = false;
	d.project->core.listed_at = BOOTTIME_NEVER;
	for (uint32_t i = 0; i < d.project->core.cluster_count; i++)
		d.project->core.clusters[i].seen_at = BOOTTIME_NEVER;
	run();
	finds(CHECK_CMEK, FINDING_UNKNOWN, "not read");
	finds(CHECK_CLUSTER_LIST, FINDING_UNKNOWN, "not read");
	finds(CHECK_CLUSTER_REGIONS, FINDING_UNKNOWN, "not read");
	finds(CHECK_BUDGET, FINDING_UNKNOWN, "not read");
	finds(CHECK_AWS_CREDENTIALS, FINDING_UNKNOWN, "not asked for");
	for (size_t i = 0; i < told_count; i++)
		if (told[i].line.check >= CHECK_KEY_KIND && told[i].line.check != CHECK_INCIDENT)
			if (told[i].line.finding == FINDING_OK)
				fail_msg("%s: %s", check_name(told[i].line.check), told[i].found);
}

/* A look that told nothing takes back what the one before had told. */
static void test_blind(void **state)
{
	(void)state;
	fake_turn(&d, 3000);
	fake.look = (struct look){.fault = FAULT_TIMEOUT};
	fake_turn(&d, 1000);
	run();
	finds(CHECK_KEY_STATE, FINDING_UNKNOWN, "did not answer in time");
	finds(CHECK_POLICY_EBS, FINDING_UNKNOWN, "did not answer in time");
	finds(CHECK_OWN_READ, FINDING_UNKNOWN, "not answered");
	finds(CHECK_REVOKE, FINDING_UNKNOWN, "did not read the key policy");
	finds(CHECK_PUT_BACK, FINDING_UNKNOWN, "did not read the key policy");
	finds(CHECK_SIGHT, FINDING_UNKNOWN, "told nothing");
	fake_turn(&d, 15000);
	run();
	finds(CHECK_SIGHT, FINDING_PROBLEM, "blind");
	fake.look = (struct look){.fault = FAULT_DENIED, .self_denied = true};
	fake_turn(&d, 1000);
	run();
	finds(CHECK_OWN_READ, FINDING_PROBLEM, "denies it to cmekd");
	fake.look = (struct look){.fault = FAULT_CREDENTIALS};
	fake_turn(&d, 1000);
	run();
	finds(CHECK_AWS_CREDENTIALS, FINDING_PROBLEM, "AWS refused them");
}

/* What is to be deleted says that rotation is off: that is no finding about its rotation. */
static void test_a_key_pending_deletion(void **state)
{
	(void)state;
	fake_turn(&d, 3000);
	fake.rotation.enabled = false;
	fake.look.key_state = KEY_STATE_PENDING_DELETION;
	fake.look.deletion.ms = fake.now.wall.ms + INT64_C(30) * 86400000;
	fake_turn(&d, 3000);
	run();
	finds(CHECK_KEY_STATE, FINDING_PROBLEM, "PendingDeletion");
	finds(CHECK_ROTATION, FINDING_UNKNOWN, "pending deletion");
	assert_int_equal(fake.notices[NOTICE_ROTATION_OFF], 0);
	assert_int_equal(fake.notices[NOTICE_DELETION_AHEAD], 1);
	assert_non_null(strstr(fake.detail[NOTICE_DELETION_AHEAD],
		"(in 29 days); to keep it: cmekctl key cancel-deletion prod"));
}

static void test_the_key(void **state)
{
	(void)state;
	fake_turn(&d, 3000);
	fake.key.key_spec = "RSA_2048";
	fake.key.key_origin = "EXTERNAL";
	fake.key.key_multi_region = "true";
	fake.look.access.denied = NEED_BIT(NEED_S3_DECRYPT);
	fake.look.access.undecided = NEED_BIT(NEED_EBS_ENCRYPT);
	fake.look.access.allowed =
		NEED_ALL & (uint16_t) ~(fake.look.access.denied | fake.look.access.undecided);
	fake_turn(&d, 1000);
	run();
	finds(CHECK_KEY_KIND, FINDING_PROBLEM, "RSA_2048");
	finds(CHECK_KEY_ORIGIN, FINDING_PROBLEM, "EXTERNAL: not made");
	finds(CHECK_REPLICAS, FINDING_UNKNOWN, "multi-Region");
	finds(CHECK_POLICY_S3, FINDING_PROBLEM, "kms:Decrypt");
	finds(CHECK_POLICY_EBS, FINDING_UNKNOWN, "kms:Encrypt");
	fake_usable();
	fake.key.key_spec = fake.key.key_origin = "";
	fake.rotation.enabled = false;
	fake_turn(&d, 3600 * 1000);
	run();
	finds(CHECK_KEY_KIND, FINDING_UNKNOWN, "did not tell");
	finds(CHECK_KEY_ORIGIN, FINDING_UNKNOWN, "did not tell");
	finds(CHECK_REPLICAS, FINDING_UNKNOWN, "did not tell");
	finds(CHECK_ROTATION, FINDING_PROBLEM, "off");
	assert_non_null(strstr(told[find(CHECK_ROTATION, NULL)].remedy, "cmekctl rotation enable prod"));
	fake.rotation.fault = FAULT_DENIED;
	fake_turn(&d, 3600 * 1000);
	run();
	finds(CHECK_ROTATION, FINDING_UNKNOWN, "denied");
	finds(CHECK_OWN_READ, FINDING_PROBLEM, "GetKeyRotationStatus");
	fake_disabled();
	fake_turn(&d, 1500);
	run();
	finds(CHECK_KEY_STATE, FINDING_PROBLEM, "Disabled");
	finds(CHECK_INCIDENT, FINDING_PROBLEM, "prod#1 is open (grace)");
	fake_turn(&d, 8000);
	run();
	finds(CHECK_PAUSE_RIGHT, FINDING_OK, "cluster-1");
	finds(CHECK_GRANTS, FINDING_OK, "No grant");
}

static void test_the_setting(void **state)
{
	(void)state;
	fake_turn(&d, 3000);
	fake.cmek[0].arn.text[strlen(fake.cmek[0].arn.text) - 1] = '1';
	fake_turn(&d, 3600 * 1000);
	run();
	finds(CHECK_SETTING, FINDING_PROBLEM, "names another key");
	d.project->core.bindings[0].arn = fake.cmek[0].arn;
	memcpy(d.project->core.bindings[0].region.text, "us-east-1", sizeof "us-east-1");
	run();
	finds(CHECK_KEY_REGION, FINDING_PROBLEM, "the setting is for us-east-1, the key is in us-west-2");
}

static void test_a_change_and_back(void **state)
{
	static const struct {
		const char *policy, *doubt;
		enum check check;
		enum finding finding;
		const char *said;
	} rows[] = {
		{POLICY(STATEMENT("kms:*", "arn:aws:iam::111122223333:root")), "full", CHECK_REVOKE,
			FINDING_PROBLEM, "full"},
		{POLICY(STATEMENT("kms:GetKeyPolicy", OWN)), NULL, CHECK_OWN_CHANGE, FINDING_PROBLEM,
			"kms:PutKeyPolicy and kms:ListGrants"},
		{POLICY(STATEMENT("kms:GetKeyPolicy", OWN)), NULL, CHECK_PUT_BACK, FINDING_PROBLEM,
			"may fail"},
		{POLICY(STATEMENT("kms:*", "arn:aws:iam::111122223333:root") "," STATEMENT(
			 "kms:Decrypt", "AIDAEXAMPLEEXAMPLE01")),
			NULL, CHECK_PUT_BACK, FINDING_PROBLEM, "AIDAEXAMPLEEXAMPLE01"},
		{"{\"Statement\":7}", NULL, CHECK_PUT_BACK, FINDING_UNKNOWN, "cannot be understood"},
		{NULL, NULL, CHECK_REVOKE, FINDING_UNKNOWN, "no key policy was read"},
		{NULL, NULL, CHECK_OWN_CHANGE, FINDING_UNKNOWN, "not known"},
	};

	(void)state;
	fake_turn(&d, 3000);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		fake.policy = rows[i].policy;
		fake.doubt = rows[i].doubt;
		run();
		finds(rows[i].check, rows[i].finding, rows[i].said);
	}
	fake.policy = rows[0].policy;
	fake.own = NULL; /* nobody can tell whether cmekd would lock itself out */
	run();
	finds(CHECK_REVOKE, FINDING_UNKNOWN, "as whom");
	finds(CHECK_PUT_BACK, FINDING_UNKNOWN, "as whom");
}

/* What cmekd did itself is known: while its statement stands, the question is whether that can go. */
static void test_after_a_revoke(void **state)
{
	struct event event = {.type = EV_COMMAND};

	(void)state;
	fake_turn(&d, 3000);
	event.command.command = COMMAND_REVOKE;
	assert_int_equal(turn_command(d.project, &event, NULL), 0);
	fake_turn(&d, 2000);
	run();
	finds(CHECK_REVOKE, FINDING_OK, "stands in the key policy");
	finds(CHECK_PUT_BACK, FINDING_OK, "can be removed");
	fake.doubt = "no right";
	run();
	finds(CHECK_PUT_BACK, FINDING_PROBLEM, "no right");
}

static void test_after_a_key_was_disabled(void **state)
{
	struct event event = {.type = EV_COMMAND};

	(void)state;
	fake_turn(&d, 3000);
	event.command.command = COMMAND_REVOKE;
	event.command.how = CAUSE_DISABLE_KEY;
	assert_int_equal(turn_command(d.project, &event, NULL), 0);
	fake_turn(&d, 2000);
	run();
	assert_int_equal(fake.disables, 1);
	finds(CHECK_KEY_STATE, FINDING_PROBLEM, "Disabled");
	finds(CHECK_REVOKE, FINDING_OK, "the key is disabled");
	finds(CHECK_PUT_BACK, FINDING_OK, "enabling the key again");
	fake.doubt = "no right";
	run();
	finds(CHECK_PUT_BACK, FINDING_PROBLEM, "to enable the key may fail: enable: no right");
}

static void test_clusters(void **state)
{
	(void)state;
	fake.clusters[0].state = CLUSTER_STATE_BUSY;
	fake.clusters[1].state = CLUSTER_STATE_UNKNOWN;
	fake.clusters[3] = fake.clusters[2];
	memcpy(fake.clusters[3].id.text, "4", sizeof "4");
	memcpy(fake.clusters[3].name, "cluster-4", sizeof "cluster-4");
	memcpy(fake.clusters[3].region.text, "eu-west-1", sizeof "eu-west-1");
	fake.cluster_count = 4;
	fake_turn(&d, 3000);
	run();
	finds_of(CHECK_PAUSE, "cluster-1", FINDING_PROBLEM, "busy");
	finds_of(CHECK_PAUSE, "cluster-2", FINDING_UNKNOWN, "does not know");
	finds(CHECK_CLUSTER_REGIONS, FINDING_PROBLEM, "1 (cluster-4 in eu-west-1)");
	fake.clusters[0].state = CLUSTER_STATE_PAUSED;
	fake.clusters[1].state = CLUSTER_STATE_UNUSABLE;
	fake_turn(&d, 3000);
	run();
	finds_of(CHECK_PAUSE, "cluster-1", FINDING_OK, "none is needed");
	finds_of(CHECK_PAUSE, "cluster-2", FINDING_PROBLEM, "unusable");
	/* Old states tell nothing of now. */
	d.project->core.list_fault = FAULT_TIMEOUT;
	run();
	finds_of(CHECK_PAUSE, "cluster-1", FINDING_OK, "none is needed");
	finds(CHECK_CLUSTER_LIST, FINDING_UNKNOWN, "the last try failed (timeout)");
	d.project->core.unread_told = true;
	fake_pass(10000);
	run();
	finds_of(CHECK_PAUSE, "cluster-1", FINDING_UNKNOWN, "timeout");
	finds(CHECK_CLUSTER_LIST, FINDING_PROBLEM, "timeout");
}

/* A mistyped name excludes nobody. */
static void test_cluster_sections(void **state)
{
	struct project_settings settings = {
		.name = {"prod"}, .id = {"42"}, .vendor = d.project->vendor, .policy = d.project->policy};

	(void)state;
	settings.cluster_count = 2;
	(void)snprintf(settings.clusters[0].label, CLUSTER_LABEL_BYTES, "cluster-1");
	(void)snprintf(settings.clusters[1].label, CLUSTER_LABEL_BYTES, "3");
	settings.clusters[0].mark.excluded = true;
	assert_int_equal(project_set(d.project, &settings), 0);
	fake_turn(&d, 3000);
	run();
	finds(CHECK_CLUSTER_SECTIONS, FINDING_OK, "each of the 2 names a cluster; 1 are excluded");
	finds_of(CHECK_PAUSE, "cluster-1", FINDING_OK, "none is made: excluded by the configuration");
	(void)snprintf(settings.clusters[1].label, CLUSTER_LABEL_BYTES, "Cluster-1");
	assert_int_equal(project_set(d.project, &settings), 0);
	run();
	finds(CHECK_CLUSTER_SECTIONS, FINDING_PROBLEM, "name no cluster of the project: 1 (Cluster-1)");
	d.project->core.listed_at = BOOTTIME_NEVER;
	run();
	finds(CHECK_CLUSTER_SECTIONS, FINDING_UNKNOWN, "not read since cmekd started");
}

static void test_jobs(void **state)
{
	(void)state;
	fake_turn(&d, 3000);
	run();
	finds_of(CHECK_JOBS, "cluster-1", FINDING_UNKNOWN,
		"imports were not read since cmekd started; backups");
	fake.jobs[JOB_CHANGEFEED] = (struct jobs){.blocking = 2, .name = "to-kafka", .state = "PAUSED"};
	fake.jobs[JOB_BACKUP] = (struct jobs){.unclear = 1, .name = "b", .state = "MELTING"};
	read_jobs();
	assert_int_equal(fake.jobs_read, 3 * JOB_COUNT);
	run();
	finds_of(CHECK_JOBS, "cluster-2", FINDING_PROBLEM,
		"a pause would be refused: 2 changefeeds (to-kafka: PAUSED), read 1s ago; beside that: 1 "
		"backup in a "
		"state that cmekd does not know (b: MELTING)");
	fake.jobs[JOB_CHANGEFEED] = (struct jobs){.blocking = 0};
	read_jobs();
	run();
	finds_of(CHECK_JOBS, "cluster-2", FINDING_UNKNOWN, "1 backup in a state that cmekd does not know");
	fake.jobs[JOB_BACKUP] = (struct jobs){.blocking = 0};
	read_jobs();
	run();
	finds_of(CHECK_JOBS, "cluster-2", FINDING_OK, "no import");
	/* That nothing runs is soon old; what runs is not gone by not being read. */
	fake_pass(JOBS_CLEAR_MS);
	run();
	finds_of(CHECK_JOBS, "cluster-2", FINDING_UNKNOWN, "there was no import 10min ago");
	fake.jobs[JOB_IMPORT] = (struct jobs){.blocking = 1, .state = "IMPORTING"};
	read_jobs();
	fake_pass(JOBS_CLEAR_MS);
	run();
	finds_of(CHECK_JOBS, "cluster-2", FINDING_PROBLEM, "1 import (IMPORTING), read 10min ago");
	fake.jobs_fault = FAULT_DENIED;
	fake.jobs[JOB_IMPORT] = (struct jobs){.blocking = 0};
	read_jobs();
	run();
	finds_of(CHECK_JOBS, "cluster-2", FINDING_PROBLEM,
		"1 import (IMPORTING), read 10min 2s ago; beside that: backups cannot be read (denied: no "
		"such list)");
	fake_pass(JOBS_BLOCK_MS);
	run();
	finds_of(CHECK_JOBS, "cluster-2", FINDING_UNKNOWN, "imports cannot be read (denied: no such list)");
}

/* A service that is down is asked once a round; a paused cluster needs no reading; a project may end during one. */
static void test_rounds(void **state)
{
	(void)state;
	fake_turn(&d, 3000);
	fake.jobs_fault = FAULT_TIMEOUT;
	read_jobs();
	assert_int_equal(fake.jobs_read, 1);
	run();
	finds_of(CHECK_JOBS, "cluster-3", FINDING_UNKNOWN, "changefeeds cannot be read (timeout)");
	fake.jobs_fault = FAULT_NONE;
	fake.clusters[0].state = CLUSTER_STATE_PAUSED;
	fake.cluster_count = 2;
	fake_turn(&d, 3000);
	fake.jobs_read = 0;
	read_jobs();
	assert_true(fake.jobs_read < 3 * JOB_COUNT);
	run();
	for (size_t i = 0; i < told_count; i++)
		assert_false(told[i].line.check == CHECK_JOBS && strcmp(told[i].subject, "cluster-1") == 0);
	finds_of(CHECK_JOBS, "cluster-2", FINDING_OK, "no import");
	fake_pass(JOBS_FRESH_MS);
	assert_true(jobs_round(d.project, JOBS_FRESH_MS)); /* fake_teardown finds it under way */
}

static void test_a_refused_pause(void **state)
{
	(void)state;
	fake_turn(&d, 3000);
	fake.act = ACT_RESULT_REFUSED;
	fake_disabled();
	fake_turn(&d, 8000);
	run();
	finds_of(CHECK_PAUSE, "cluster-1", FINDING_PROBLEM, "a backup is running");
	finds(CHECK_PAUSE_RIGHT, FINDING_UNKNOWN, "");
}

static void test_limits(void **state)
{
	(void)state;
	fake_turn(&d, 3000);
	fake.lane.used = 92;
	run();
	finds(CHECK_HEADROOM, FINDING_OK, "92 were sent in the last: they wait for 2s");
	fake.lane.allowance = 47;
	run();
	finds(CHECK_HEADROOM, FINDING_PROBLEM, "429 lately: 47 instead of 95");
	fake.lane.hold_ms = 20000;
	run();
	finds(CHECK_HEADROOM, FINDING_PROBLEM, "nothing for 20 s");
	fake.lane = (struct lane_state){.rate = 0, .allowance = 0}; /* no division by it */
	run();
	d.hub.budget.max = 2;
	run();
	finds(CHECK_BUDGET, FINDING_PROBLEM, "3; of MaxPauses=2 2 are left");
	d.project->policy.reaction = REACTION_APPROVE;
	run();
	finds(CHECK_BUDGET, FINDING_OK, "does not limit");
	finds(CHECK_REACTION, FINDING_OK, "Reaction=approve");
}

static void test_credentials(void **state)
{
	(void)state;
	fake_turn(&d, 3000);
	fake.credentials.expires.ms = fake.now.wall.ms + 90000;
	run();
	finds(CHECK_AWS_CREDENTIALS, FINDING_OK, "good for 1min 30s more");
	fake.credentials.expires.ms = fake.now.wall.ms - 1;
	run();
	finds(CHECK_AWS_CREDENTIALS, FINDING_PROBLEM, "expired");
	fake.credentials.trouble = "the role was not taken on";
	run();
	finds(CHECK_AWS_CREDENTIALS, FINDING_PROBLEM, "cannot be fetched anew: the role");
	fake.credentials =
		(struct credential_state){.source = "made up", .id = "FAKE", .identity = "", .trouble = ""};
	d.project->core.cmek_fault = FAULT_DENIED;
	run();
	finds(CHECK_API_KEY, FINDING_PROBLEM, "may not read the project");
	finds(CHECK_CMEK, FINDING_UNKNOWN, "denied");
	finds(CHECK_SETTING, FINDING_UNKNOWN, "denied");
	d.project->core.cmek_fault = FAULT_NOT_FOUND;
	run();
	finds(CHECK_CMEK, FINDING_PROBLEM, "sees no project 42");
	d.project->core.cmek_fault = FAULT_NONE;
	d.project->core.cmek_read = false;
	d.project->core.listed_at = BOOTTIME_NEVER;
	run();
	finds(CHECK_API_KEY, FINDING_UNKNOWN, "no answer has proven");
	d.project->core.cmek_read = true;
	d.project->core.cmek_enabled = false;
	run();
	finds(CHECK_CMEK, FINDING_PROBLEM, "created without it");
}

static void test_hints(void **state)
{
	struct daemon_settings settings = {.hint_queue_count = 1};
	struct clients *own = d.hub.clients, *with = NULL;

	(void)state;
	fake_turn(&d, 3000);
	assert_int_equal(clients_new(NULL, &settings, &with), 0);
	clients_listen(with, NULL, NULL);
	d.hub.clients = with;
	run();
	finds(CHECK_HINTS, FINDING_OK, "queues that are read: 1");
	fake.queue_trouble = "QueueDoesNotExist";
	run();
	finds(CHECK_HINTS, FINDING_PROBLEM,
		"1 of 1 (arn:aws:sqs:us-west-2:111122223333:q: QueueDoesNotExist)");
	d.hub.clients = own;
	clients_close(with, NULL, NULL);
}

static void test_the_ledger(void **state)
{
	struct event event = {.type = EV_COMMAND};

	(void)state;
	fake_turn(&d, 3000);
	event.command.command = COMMAND_SUSPEND;
	event.command.span_ms = 3600000;
	assert_int_equal(turn_command(d.project, &event, NULL), 0);
	fake_turn(&d, 200);
	run();
	finds(CHECK_REACTION, FINDING_PROBLEM, "suspended them until");
	assert_string_equal(
		told[find(CHECK_REACTION, NULL)].remedy, "cmekctl unsuspend prod ends it before that");
	fake.disk_full = true;
	fake_disabled();
	fake_turn(&d, 3000);
	run();
	finds(CHECK_LEDGER, FINDING_PROBLEM, "no space left");
	fake.disk_full = false;
}

static void test_broken(void **state)
{
	const struct project_name name = {"bad"};
	struct project *own = d.project, *p;

	(void)state;
	assert_int_equal(project_open_broken(&d.hub, &name, "line 3: no number", &p), 0);
	d.project = p;
	run();
	assert_int_equal(told_count, 1);
	finds(CHECK_CONFIGURATION, FINDING_PROBLEM, "line 3");
	d.project = own;
	project_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_nothing_is_wrong, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_what_cannot_be_known, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_nothing_is_known_yet, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_blind, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_a_key_pending_deletion, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_the_key, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_the_setting, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_a_change_and_back, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_after_a_revoke, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_after_a_key_was_disabled, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_clusters, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_cluster_sections, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_jobs, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_rounds, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_a_refused_pause, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_limits, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_credentials, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_hints, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_the_ledger, setup, fake_teardown),
		cmocka_unit_test_setup_teardown(test_broken, setup, fake_teardown),
	};
	return cmocka_run_group_tests_name("checks", tests, NULL, NULL);
}
