/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/config.h"
#include "wire/config_files.h"
#include "wire/config_value.h"
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#define KEY_WEST   "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
#define KEY_WEST_2 "arn:aws:kms:us-west-2:111122223333:key/ffffabcd-12ab-34cd-56ef-1234567890ab"
#define KEY_EAST   "arn:aws:kms:us-east-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab"
#define SMALLEST   "[Project]\nId=123\nVendorAccount=999988887777\n"

static struct project_name name_of(const char *text)
{
	struct project_name name;
	assert_int_equal(project_name_parse(text, strlen(text), &name), 0);
	return name;
}

/* A configuration of one main file (may be NULL) and one project's file (may be NULL). */
static void parse(
	const char *main_text, const char *project_text, struct config *c, struct complaints *complaints)
{
	config_init(c);
	if (main_text)
		(void)config_parse_main(c, "m", main_text, strlen(main_text), complaints);
	if (project_text) {
		struct project_name name = name_of("p");
		assert_true(config_parse_project(
				    c, "p", &name, project_text, strlen(project_text), complaints) >= 0);
	}
	assert_true(config_finish(c, complaints) >= 0);
}

static void expect_line(const struct complaints *c, uint32_t index, const char *start)
{
	char line[COMPLAINT_LINE_BYTES];
	assert_true(index < c->count);
	complaint_format(&c->items[index], line);
	if (strncmp(line, start, strlen(start)) != 0)
		assert_string_equal(line, start);
}

/* ---- the table ---- */

static void test_every_default_is_a_value(void **state)
{
	struct config c = CONFIG_INIT;
	(void)state;
	config_init(&c);
	assert_false(c.broken);
	assert_int_equal(c.defaults.policy.poll_ms, 30000);
	assert_int_equal(c.defaults.policy.confirm_ms, 5000);
	assert_int_equal(c.defaults.policy.grace_ms, 120000);
	assert_int_equal(c.defaults.policy.restore_delay_ms, 300000);
	assert_int_equal(c.defaults.policy.blind_alert_ms, 900000);
	assert_int_equal(c.defaults.policy.clusters_ms, 300000);
	assert_int_equal(c.defaults.policy.incident_ms, 20000);
	assert_int_equal(c.defaults.policy.rotation_ms, 3600000);
	assert_int_equal(c.defaults.policy.reaction, REACTION_PAUSE);
	assert_false(c.defaults.policy.pause_on_deletion);
	assert_int_equal(c.daemon.max_pauses, 20);
	assert_int_equal(c.daemon.requests_per_minute, 100);
	assert_int_equal(c.daemon.request_timeout_ms, 10000);
	assert_string_equal(c.daemon.v1beta_url, "https://api.tidbcloud.com");
	assert_string_equal(c.daemon.dedicated_url, "https://dedicated.tidbapi.com");
	assert_int_equal(c.daemon.cluster_api, CLUSTER_API_DEDICATED);
	assert_string_equal(c.daemon.read_group, "");
	config_fini(&c);
}

static void test_every_row_has_its_words(void **state)
{
	size_t count;
	const struct setting *rows = setting_rows(&count);
	(void)state;
	assert_true(count > 25);
	for (size_t i = 0; i < count; i++) {
		assert_true(strlen(rows[i].help) > 10);
		assert_true(strlen(rows[i].unit) > 0);
		assert_true(strlen(setting_kind_expected(rows[i].kind)) > 3);
		assert_true(rows[i].section == SETTING_SECTION_PROJECT ||
			    (rows[i].section == SETTING_SECTION_CLUSTER) ==
				    (rows[i].place == SETTING_PLACE_FILE));
		for (size_t j = 0; j < i; j++)
			assert_false(
				rows[i].section == rows[j].section && strcmp(rows[i].key, rows[j].key) == 0);
	}
}

/* ---- good files ---- */

static void test_smallest_project(void **state)
{
	struct config c = CONFIG_INIT;
	struct complaints complaints = COMPLAINTS_INIT;
	(void)state;
	parse("", SMALLEST, &c, &complaints);
	assert_int_equal(complaints_total(&complaints), 0);
	assert_false(c.broken);
	assert_int_equal(c.project_count, 1);
	assert_false(c.projects[0].broken);
	assert_string_equal(c.projects[0].settings.name.text, "p");
	assert_string_equal(c.projects[0].settings.id.text, "123");
	assert_string_equal(c.projects[0].settings.vendor.text, "999988887777");
	assert_int_equal(c.projects[0].settings.policy.poll_ms, 30000);
	config_fini(&c);
	config_fini(&c);
	complaints_fini(&complaints);
}

static void test_defaults_and_overrides(void **state)
{
	static const char drop_in[] =
		"[Project]\nGracePeriod=1min\n[TiDBCloud]\nEndpoint=http://127.0.0.1:1/base/\n";
	struct config c = CONFIG_INIT;
	struct complaints complaints = COMPLAINTS_INIT;
	(void)state;
	config_init(&c);
	assert_int_equal(
		config_parse_main(&c, "m",
			"[Daemon]\nMaxPauses=3\n[Project]\nReaction=approve\nGracePeriod=3min\n"
			"VendorContext=aws:PrincipalOrgID=o-1\n",
			strlen("[Daemon]\nMaxPauses=3\n[Project]\nReaction=approve\nGracePeriod=3min\n"
			       "VendorContext=aws:PrincipalOrgID=o-1\n"),
			&complaints),
		0);
	assert_int_equal(config_parse_main(&c, "d", drop_in, strlen(drop_in), &complaints), 0);
	struct project_name a = name_of("a"), b = name_of("b");
	assert_int_equal(config_parse_project(&c, "a", &a, SMALLEST, strlen(SMALLEST), &complaints), 0);
	static const char third[] = "[Project]\nId=125\nVendorAccount=999988887777\nVendorContext=\n";
	struct project_name d = name_of("d");
	static const char other[] =
		"[Project]\nId=124\nVendorAccount=999988887777\nReaction=observe\nPauseOnDeletion=yes\n"
		"VendorContext=AWS:principalorgid=o-2\nVendorContext=aws:PrincipalTag/x=y=z\n"
		"Key=" KEY_WEST "\nKey=" KEY_EAST
		"\nApiKeyFile=/etc/x\nCredentialsFile=aws-b\nProfile=ops@prod\n";
	assert_int_equal(config_parse_project(&c, "b", &b, other, strlen(other), &complaints), 0);
	assert_int_equal(config_parse_project(&c, "d", &d, third, strlen(third), &complaints), 0);
	assert_int_equal(config_finish(&c, &complaints), 0);
	assert_int_equal(complaints_total(&complaints), 0);

	assert_int_equal(c.daemon.max_pauses, 3);
	assert_string_equal(c.daemon.v1beta_url, "http://127.0.0.1:1/base");
	const struct project_settings *pa = &c.projects[0].settings, *pb = &c.projects[1].settings;
	assert_int_equal(pa->policy.reaction, REACTION_APPROVE);
	assert_int_equal(pa->policy.grace_ms, 60000);
	assert_int_equal(pa->context_count, 1);
	assert_string_equal(pa->context[0].value, "o-1");
	assert_int_equal(pb->policy.reaction, REACTION_OBSERVE);
	assert_true(pb->policy.pause_on_deletion);
	assert_int_equal(pb->context_count, 2);
	assert_string_equal(pb->context[0].value, "o-2");
	assert_string_equal(pb->context[1].key, "aws:PrincipalTag/x");
	assert_string_equal(pb->context[1].value, "y=z");
	assert_int_equal(pb->pin_count, 2);
	assert_string_equal(pb->pins[1].text, KEY_EAST);
	assert_string_equal(pb->aws_credentials_file, "aws-b");
	assert_string_equal(pb->aws_profile, "ops@prod");
	assert_int_equal(c.projects[2].settings.context_count, 0);
	config_fini(&c);
	complaints_fini(&complaints);
}

/* parse(print(x)) == x, compared as bytes: every struct is zeroed before it is filled. */
static void test_print_parses_again(void **state)
{
	static const char main_text[] =
		"[Daemon]\nStateDirectory=/s\nSocket=/t\nReadGroup=adm\nOperateGroup=0\nMaxPauses=0\n"
		"[TiDBCloud]\nEndpoint=https://[::1]:8443\nDedicatedEndpoint=http://localhost/x\n"
		"ClusterApi=v1beta\nApiKeyFile=/k\nRequestsPerMinute=7\n[AWS]\nEndpointURL=http://"
		"127.0.0.1:9\n"
		"CredentialsFile=c\n[Network]\nCAFile=/ca\nRequestTimeout=1s 500ms\n"
		"[Project]\nReaction=observe\nPauseOnDeletion=on\nPollInterval=50ms\n"
		"ConfirmInterval=10ms\nGracePeriod=0\nRestoreDelay=0\nBlindAlert=1h 1min\n"
		"ClustersInterval=1d\nIncidentInterval=61s\nRotationInterval=1week\n"
		"VendorContext=aws:PrincipalOrgID=o-1\n";
	static const char project_text[] =
		SMALLEST "Key=" KEY_WEST "\nKey=" KEY_EAST "\nPollInterval=1min 1s\n"
			 "ApiKeyFile=/a\nCredentialsFile=/b\nVendorContext=aws:a/b=c d\n"
			 "[Cluster web-1]\nOrder=7\n[Cluster 137]\nExclude=yes\nReaction=observe\n";
	struct config c = CONFIG_INIT, again = CONFIG_INIT;
	struct complaints complaints = COMPLAINTS_INIT;
	struct buf m = BUF_INIT(65536), p = BUF_INIT(65536), all = BUF_INIT(65536);
	(void)state;
	parse(main_text, project_text, &c, &complaints);
	config_print_main(&c, &m);
	config_print_project(&c.projects[0].settings, &p);
	config_print(&c, &all);
	assert_int_equal(m.trouble + p.trouble + all.trouble, 0);
	assert_int_equal(complaints_total(&complaints), 0);
	parse(m.data, p.data, &again, &complaints);
	assert_int_equal(complaints_total(&complaints), 0);
	assert_memory_equal(&again.daemon, &c.daemon, sizeof c.daemon);
	assert_memory_equal(&again.defaults, &c.defaults, sizeof c.defaults);
	assert_memory_equal(
		&again.projects[0].settings, &c.projects[0].settings, sizeof c.projects[0].settings);
	assert_non_null(strstr(all.data, "# projects.d/p.conf"));
	config_fini(&c);
	config_fini(&again);
	buf_fini(&m);
	buf_fini(&p);
	buf_fini(&all);
	complaints_fini(&complaints);
}

static void test_cluster_sections(void **state)
{
	static const char text[] = SMALLEST "[Cluster web]\nExclude=yes\n[Cluster 42]\nReaction=approve\n"
					    "[Cluster db]\nOrder=3\n[Project]\nGracePeriod=1s\n";
	struct config c = CONFIG_INIT;
	struct complaints complaints = COMPLAINTS_INIT;
	(void)state;
	parse(NULL, text, &c, &complaints);
	assert_int_equal(complaints_total(&complaints), 0);
	const struct project_settings *p = &c.projects[0].settings;
	assert_int_equal(p->cluster_count, 3);
	assert_int_equal(p->policy.grace_ms, 1000);
	assert_int_equal(p->policy.reaction, REACTION_PAUSE);

	/* By name, by id, by both; what is named by none is as all are. */
	struct cluster_mark m = cluster_settings_mark(p->clusters, 3, "7", "web");
	assert_true(m.excluded);
	assert_int_equal(m.order, CLUSTER_ORDER_DEFAULT);
	m = cluster_settings_mark(p->clusters, 3, "42", "db");
	assert_false(m.excluded);
	assert_int_equal(m.reaction, REACTION_APPROVE);
	assert_int_equal(m.order, 3);
	m = cluster_settings_mark(p->clusters, 3, "421", "Web");
	assert_false(m.excluded);
	assert_int_equal(m.reaction, REACTION_PAUSE);
	assert_int_equal(m.order, CLUSTER_ORDER_DEFAULT);
	config_fini(&c);
	complaints_fini(&complaints);
}

static void test_too_many_cluster_sections(void **state)
{
	struct buf text = BUF_INIT(8192);
	struct config c = CONFIG_INIT;
	struct complaints complaints = COMPLAINTS_INIT;
	(void)state;
	buf_add(&text, SMALLEST);
	for (int i = 0; i <= CLUSTER_SECTION_MAX; i++)
		buf_printf(&text, "[Cluster c%d]\n", i);
	parse(NULL, text.data, &c, &complaints);
	assert_int_equal(complaints_total(&complaints), 1);
	expect_line(&complaints, 0, "p:36: too many [Cluster NAME]; expected at most 32");
	assert_true(c.projects[0].broken);
	config_fini(&c);
	complaints_fini(&complaints);
	buf_fini(&text);
}

/* ---- bad files ---- */

static void test_bad_lines(void **state)
{
	static const struct {
		const char *main_text, *project_lines, *complaint;
	} rows[] = {
		{"[Demon]\nMaxPauses=x\n", NULL,
			"m:1: unknown section [Demon]; expected [Daemon], [TiDBCloud]"},
		{"[Daemon]\nMaxPause=1\n", NULL,
			"m:2: unknown key MaxPause= in [Daemon]; expected MaxPauses= perhaps"},
		{"[Daemon]\nmaxpauses=1\n", NULL,
			"m:2: unknown key maxpauses= in [Daemon]; expected MaxPauses= perhaps"},
		{"[Daemon]\nPollInterval=1s\n", NULL,
			"m:2: PollInterval= does not belong to [Daemon]; expected it in [Project]"},
		{"[Daemon]\nXyzzyPlugh=1\n", NULL, "m:2: unknown key XyzzyPlugh= in [Daemon]; cmekd.conf(5)"},
		{"MaxPauses=1\n", NULL, "m:1: MaxPauses= before the first section"},
		{"[Project]\nId=1\n", NULL,
			"m:2: Id= has no place here; expected it in a project's own file"},
		{"[Daemon]\nMaxPauses=1\n[AWS]\n[Daemon]\nMaxPauses=2\n", NULL,
			"m:5: MaxPauses= for the second time (first in line 2)"},
		{"[Daemon]\nMaxPauses=-1\n", NULL,
			"m:2: MaxPauses=: \"-1\" is not possible; expected a whole number of 0 to"},
		{"[Daemon]\nMaxPauses=99999999999999999999\n", NULL, "m:2: MaxPauses=: "},
		{"[Daemon]\nMaxPauses=\n", NULL, "m:2: MaxPauses=: empty; expected a whole number"},
		{"[TiDBCloud]\nRequestsPerMinute=0\n", NULL,
			"m:2: RequestsPerMinute=: \"0\" is not possible"},
		{"[Daemon]\nStateDirectory=lib\n", NULL, "m:2: StateDirectory=: no absolute path"},
		{"[Daemon]\nStateDirectory=/lib # x\n", NULL,
			"m:2: StateDirectory=: a comment behind the value"},
		{"[Daemon]\nSocket=/"
		 "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890"
		 "1234567890123456\n",
			NULL, "m:2: Socket=: too long for a socket"},
		{"[Daemon]\nReadGroup=a b\n", NULL, "m:2: ReadGroup=: \"a b\" is no group"},
		{"[TiDBCloud]\nEndpoint=http://api.tidbcloud.com\n", NULL,
			"m:2: Endpoint=: http to a host that is not this one"},
		{"[TiDBCloud]\nEndpoint=https://u:p@api.tidbcloud.com\n", NULL,
			"m:2: Endpoint=: URL with a user name"},
		{"[TiDBCloud]\nEndpoint=\n", NULL, "m:2: Endpoint=: empty"},
		{"[TiDBCloud]\nApiKeyFile=PUB:PRIV\n", NULL,
			"m:2: ApiKeyFile=: no file; expected an absolute path, or the name"},
		{"[TiDBCloud]\nApiKeyFile=../x\n", NULL, "m:2: ApiKeyFile=: no file"},
		{"[TiDBCloud]\nApiKeyFile=a/b\n", NULL, "m:2: ApiKeyFile=: no file"},
		{"[Network]\nRequestTimeout=1ms\n", NULL,
			"m:2: RequestTimeout=: \"1ms\" is not possible; expected a time span"},
		{"[Project]\nReaction=stop\n", NULL,
			"m:2: Reaction=: \"stop\" is no reaction; expected pause, approve or observe"},
		{"[TiDBCloud]\nClusterApi=V1beta\n", NULL,
			"m:2: ClusterApi=: \"V1beta\" is no API of clusters; expected dedicated or v1beta"},
		{"[Project]\nPollInterval=5ms\n", NULL,
			"m:2: PollInterval=: \"5ms\" is not possible; expected a time span such as "
			"30s, 5min or 1h 30min, from 10ms to 1h"},
		{"[Project]\nPollInterval=30 parsecs\n", NULL, "m:2: PollInterval=: "},
		{"[Project]\nPauseOnDeletion=maybe\n", NULL,
			"m:2: PauseOnDeletion=: \"maybe\" is neither; expected yes or no"},
		{"[Project]\nPollInterval=3s\n", NULL, "m:2: ConfirmInterval= is longer than PollInterval="},
		{"[Project]\nIncidentInterval=10min\n", NULL,
			"m:2: IncidentInterval= is longer than ClustersInterval="},
		{"[Project]\nBlindAlert=20s\n", NULL, "m:2: PollInterval= is longer than BlindAlert="},
		{NULL, "[Daemon]\n", "p:4: unknown section [Daemon]; expected [Project] or [Cluster NAME]"},
		{"[Cluster a]\nExclude=yes\n", NULL, "m:1: unknown section [Cluster a]; expected [Daemon]"},
		{NULL, "[Cluster]\nExclude=yes\n",
			"p:4: [Cluster] without a name; expected [Cluster NAME], with the cluster's name"},
		{NULL, "[Clusters a]\n", "p:4: unknown section [Clusters a]; expected [Project] or"},
		{NULL, "[Project a]\n", "p:4: unknown section [Project a]; expected [Project] or"},
		{NULL, "[Cluster a b]\n", "p:4: bad section name; expected letters"},
		{NULL, "[Cluster a]\nOrder=1\n[Cluster b]\nOrder=1\n[Cluster a]\nOrder=2\n",
			"p:8: [Cluster a] for the second time (first in line 4); expected it once"},
		{NULL, "[Cluster a]\nOrder=1\nOrder=2\n",
			"p:6: Order= for the second time (first in line 5); expected it once"},
		{NULL, "[Cluster a]\nOrder=1001\n",
			"p:5: Order=: \"1001\" is not possible; expected a whole number of 0 to 1000"},
		{NULL, "[Cluster a]\nExclude=perhaps\n",
			"p:5: Exclude=: \"perhaps\" is neither; expected yes or no"},
		{NULL, "[Cluster a]\nExclud=yes\n",
			"p:5: unknown key Exclud= in [Cluster a]; expected Exclude= perhaps"},
		{NULL, "[Cluster a]\nGracePeriod=1s\n",
			"p:5: GracePeriod= does not belong to [Cluster a]; expected it in [Project]"},
		{NULL, "Exclude=yes\n",
			"p:4: Exclude= does not belong to [Project]; expected it in [Cluster NAME]"},
		{NULL, "MaxPauses=-1\n", "p:4: MaxPauses=: \"-1\" is not possible"},
		{NULL, "RequestsPerMinute=1\n", "p:4: unknown key RequestsPerMinute= in [Project]"},
		{NULL, "Key=" KEY_WEST "\nKey=" KEY_WEST_2 "\n", "p:5: Key=: second key of region us-west-2"},
		{NULL, "Key=arn:aws:kms:us-west-2:111122223333:alias/x\n",
			"p:4: Key=: \"arn:aws:kms:us-west-2:111122223333:alias/x\" is none"},
		{NULL, "Key=arn:aws:kms:us-west-2:999988887777:key/1234abcd-12ab-34cd-56ef-1234567890ab\n",
			"p:4: VendorAccount must not be the key's own account"},
		{NULL, "Id=5\n", "p:4: Id= for the second time (first in line 2)"},
		{NULL, "VendorContext=aws:x=1\nVendorContext=AWS:X=2\n",
			"p:5: VendorContext= for the second time"},
		{NULL, "VendorContext=PrincipalOrgID=1\n",
			"p:4: VendorContext=: \"PrincipalOrgID\" is no condition key"},
		{NULL, "VendorContext=aws:x\n", "p:4: VendorContext=: \"aws:x\" is none"},
		{NULL, "VendorContext=aws:x=\n", "p:4: VendorContext=: \"aws:x=\" is none"},
		{NULL, "VendorContext=kms:calleraccount=1\n",
			"p:4: VendorContext=: kms:calleraccount is known to cmekd"},
		{NULL, "PollInterval=1s\n", "p:4: ConfirmInterval= is longer than PollInterval="},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct config c = CONFIG_INIT;
		struct complaints complaints = COMPLAINTS_INIT;
		char text[1024];
		(void)snprintf(
			text, sizeof text, SMALLEST "%s", rows[i].project_lines ? rows[i].project_lines : "");
		parse(rows[i].main_text, rows[i].project_lines ? text : NULL, &c, &complaints);
		expect_line(&complaints, 0, rows[i].complaint);
		assert_int_equal(complaints_total(&complaints), 1);
		assert_int_equal(c.broken, rows[i].main_text != NULL);
		if (rows[i].project_lines)
			assert_true(c.projects[0].broken);
		config_fini(&c);
		complaints_fini(&complaints);
	}
}

static void test_missing_settings(void **state)
{
	struct config c = CONFIG_INIT;
	struct complaints complaints = COMPLAINTS_INIT;
	(void)state;
	parse("", "", &c, &complaints);
	expect_line(&complaints, 0, "p: Id= is missing in [Project]");
	expect_line(&complaints, 1, "p: VendorAccount= is missing in [Project]");
	assert_int_equal(complaints_total(&complaints), 2);
	assert_false(c.broken);
	assert_true(c.projects[0].broken);
	assert_string_equal(c.projects[0].settings.name.text, "p");
	assert_string_equal(c.projects[0].settings.id.text, "");
	config_fini(&c);
	complaints_fini(&complaints);
}

static void test_all_errors_are_told(void **state)
{
	struct config c = CONFIG_INIT;
	struct complaints complaints = COMPLAINTS_INIT;
	(void)state;
	parse("[Daemon]\nMaxPauses=x\nSocket=y\n[Nowhere]\nA=b\n[AWS]\nEndpointURL=z\n",
		"[Project]\nId=a b\nVendorAccount=1\nFoo=1\n", &c, &complaints);
	expect_line(&complaints, 0, "m:2: MaxPauses=");
	expect_line(&complaints, 1, "m:3: Socket=");
	expect_line(&complaints, 2, "m:4: unknown section");
	expect_line(&complaints, 3, "m:7: EndpointURL=");
	expect_line(&complaints, 4, "p:2: Id=: \"a b\" is none");
	expect_line(&complaints, 5, "p:3: VendorAccount=: \"1\" is none");
	expect_line(&complaints, 6, "p:4: unknown key Foo=");
	assert_int_equal(complaints_total(&complaints), 7);
	/* A project's name where its number belongs would never be found in TiDB Cloud. */
	parse("", "[Project]\nId=prod\nVendorAccount=123456789012\n", &c, &complaints);
	expect_line(&complaints, 7, "p:2: Id=: \"prod\" is none; expected the project's number");
	config_fini(&c);
	complaints_fini(&complaints);
}

static void test_one_id_in_two_files(void **state)
{
	struct config c = CONFIG_INIT;
	struct complaints complaints = COMPLAINTS_INIT;
	struct project_name a = name_of("a"), b = name_of("b"), d = name_of("d");
	static const char other[] = "[Project]\nVendorAccount=999988887777\nId=7\n";
	(void)state;
	config_init(&c);
	assert_int_equal(config_parse_project(&c, "fa", &a, SMALLEST, strlen(SMALLEST), &complaints), 0);
	assert_int_equal(config_parse_project(&c, "fd", &d, other, strlen(other), &complaints), 0);
	assert_int_equal(config_parse_project(&c, "fb", &b, SMALLEST, strlen(SMALLEST), &complaints), 0);
	assert_int_equal(config_finish(&c, &complaints), 0);
	expect_line(&complaints, 0, "fa:2: Id=123 is also the Id of fb");
	expect_line(&complaints, 1, "fb:2: Id=123 is also the Id of fa");
	assert_int_equal(complaints_total(&complaints), 2);
	assert_true(c.projects[0].broken);
	assert_false(c.projects[1].broken);
	assert_true(c.projects[2].broken);
	config_fini(&c);
	complaints_fini(&complaints);
}

static void test_limits(void **state)
{
	struct config c = CONFIG_INIT;
	struct complaints complaints = COMPLAINTS_INIT;
	struct project_name name = name_of("p");
	char *text = malloc(CONFIG_FILE_MAX_BYTES + 1);
	struct buf b = BUF_INIT(65536);
	(void)state;
	assert_non_null(text);
	memset(text, '\n', CONFIG_FILE_MAX_BYTES + 1);
	config_init(&c);
	assert_int_equal(config_parse_main(&c, "m", text, CONFIG_FILE_MAX_BYTES + 1, &complaints), 1);
	expect_line(&complaints, 0, "m: the file is too long");
	assert_int_equal(
		config_parse_project(&c, "p", &name, text, CONFIG_FILE_MAX_BYTES + 1, &complaints), 1);
	expect_line(&complaints, 1, "p: the file is too long");
	free(text);
	complaints_fini(&complaints);

	/* More keys and contexts than there is room for. */
	buf_add(&b, SMALLEST);
	for (unsigned i = 0; i <= KEY_PIN_MAX; i++)
		buf_printf(&b,
			"Key=arn:aws:kms:us-x%u-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab\n",
			i);
	for (unsigned i = 0; i <= VENDOR_CONTEXT_MAX; i++)
		buf_printf(&b, "VendorContext=aws:x%u=1\n", i);
	assert_int_equal(config_parse_project(&c, "q", &name, b.data, b.len, &complaints), 1);
	expect_line(&complaints, 0, "q:36: Key=: too many");
	expect_line(&complaints, 1, "q:53: VendorContext=: too many");
	assert_int_equal(complaints_total(&complaints), 2);
	config_fini(&c);
	complaints_fini(&complaints);
	buf_fini(&b);
}

/* ---- the environment ---- */

static const char *of_kms, *of_sts, *of_sqs, *of_both, *ignores;

static const char *variable(const char *name)
{
	if (strcmp(name, "AWS_ENDPOINT_URL_KMS") == 0)
		return of_kms;
	if (strcmp(name, "AWS_ENDPOINT_URL_STS") == 0)
		return of_sts;
	if (strcmp(name, "AWS_ENDPOINT_URL_SQS") == 0)
		return of_sqs;
	if (strcmp(name, "AWS_ENDPOINT_URL") == 0)
		return of_both;
	assert_string_equal(name, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
	return ignores;
}

/* `broken`: what the complaint begins with; NULL: there is none. */
static void expect_endpoints(const char *main_text, const char *kms, const char *sts, const char *broken)
{
	struct config c = CONFIG_INIT;
	struct complaints complaints = COMPLAINTS_INIT;
	config_init(&c);
	assert_int_equal(config_parse_main(&c, "m", main_text, strlen(main_text), &complaints), 0);
	assert_int_equal(config_environment(&c, variable, &complaints), broken != NULL);
	assert_int_equal(config_finish(&c, &complaints), broken != NULL);
	assert_int_equal(complaints_total(&complaints), broken != NULL);
	if (broken) {
		expect_line(&complaints, 0, broken);
	} else {
		assert_string_equal(c.daemon.aws_urls.of[AWS_KMS], kms);
		assert_string_equal(c.daemon.aws_urls.of[AWS_STS], sts);
	}
	config_fini(&c);
	complaints_fini(&complaints);
}

static void test_endpoints_of_the_environment(void **state)
{
	static const char mine[] = "[AWS]\nEndpointURL=https://mine.example\n";
	(void)state;
	expect_endpoints("", "", "", NULL);
	expect_endpoints(mine, "https://mine.example", "https://mine.example", NULL);
	of_both = "https://both.example/";
	expect_endpoints("", "https://both.example", "https://both.example", NULL);
	of_kms = "https://vpce-1.kms.example";
	of_sts = ""; /* empty is unset */
	expect_endpoints("", "https://vpce-1.kms.example", "https://both.example", NULL);
	of_both = NULL;
	expect_endpoints("", "https://vpce-1.kms.example", "", NULL);
	of_sts = "http://127.0.0.1:4566";
	expect_endpoints("", "https://vpce-1.kms.example", "http://127.0.0.1:4566", NULL);
	expect_endpoints(mine, "https://mine.example", "https://mine.example", NULL);
	of_sts = "http://sts.example";
	expect_endpoints(
		"", NULL, NULL, "environment: AWS_ENDPOINT_URL_STS: http to a host that is not this one");
	expect_endpoints(mine, "https://mine.example", "https://mine.example", NULL);
	of_sts = NULL;
	of_both = "not an endpoint";
	expect_endpoints("", NULL, NULL, "environment: AWS_ENDPOINT_URL: ");
	ignores = "true";
	expect_endpoints("", "", "", NULL);
	ignores = "false";
	expect_endpoints("", NULL, NULL, "environment: AWS_ENDPOINT_URL: ");
	of_kms = of_sts = of_both = ignores = NULL;
}

/* ---- shipped files ---- */

static char *slurp(const char *name)
{
	const char *srcdir = getenv("srcdir");
	char path[1024];
	(void)snprintf(path, sizeof path, "%s/%s", srcdir ? srcdir : ".", name);
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	char *text = calloc(1, 65536);
	assert_non_null(text);
	assert_true(fread(text, 1, 65535, f) > 0);
	assert_int_equal(fclose(f), 0);
	return text;
}

/* "#Key=value" becomes "Key=value", "#[Section]" "[Section]"; other comments stay. */
static void uncomment(char *text)
{
	size_t to = 0;
	for (size_t at = 0; text[at] != '\0';) {
		size_t end = at + strcspn(text + at, "\n");
		if (text[at] == '#' && ((text[at + 1] >= 'A' && text[at + 1] <= 'Z') || text[at + 1] == '['))
			at++;
		while (at < end)
			text[to++] = text[at++];
		if (text[at] == '\n')
			text[to++] = text[at++];
	}
	text[to] = '\0';
}

static void test_shipped_files(void **state)
{
	char *main_text = slurp("etc/cmekd.conf"), *project_text = slurp("etc/example.conf.sample");
	struct config c = CONFIG_INIT, initial = CONFIG_INIT;
	struct complaints complaints = COMPLAINTS_INIT;
	size_t count;
	const struct setting *rows = setting_rows(&count);
	(void)state;
	parse(main_text, project_text, &c, &complaints);
	assert_int_equal(complaints_total(&complaints), 0);
	assert_false(c.projects[0].broken);
	/* Every setting is shown, and what is shown commented is the default. */
	uncomment(main_text);
	uncomment(project_text);
	parse(main_text, project_text, &c, &complaints);
	assert_int_equal(complaints_total(&complaints), 0);
	config_init(&initial);
	assert_int_equal(c.projects[0].settings.cluster_count, 1);
	initial.cluster.mark.reaction = REACTION_APPROVE; /* the one that is shown for its sense */
	assert_memory_equal(
		&c.projects[0].settings.clusters[0].mark, &initial.cluster.mark, sizeof initial.cluster.mark);
	for (size_t i = 0; i < count; i++) {
		if (rows[i].place == SETTING_PLACE_FILE)
			continue;
		char line[128];
		(void)snprintf(line, sizeof line, "\n%s=", rows[i].key);
		assert_non_null(strstr(main_text, line));
		if (!rows[i].initial || rows[i].initial[0] == '/')
			continue; /* paths follow configure's --localstatedir and --runstatedir */
		bool project = rows[i].section == SETTING_SECTION_PROJECT;
		const char *was = project ? (const char *)&initial.defaults : (const char *)&initial.daemon;
		const char *is = project ? (const char *)&c.defaults : (const char *)&c.daemon;
		assert_memory_equal(is + rows[i].offset, was + rows[i].offset, rows[i].size);
	}
	config_fini(&c);
	config_fini(&initial);
	complaints_fini(&complaints);
	free(main_text);
	free(project_text);
}

/* ---- directories ---- */

static void put(const char *dir, const char *name, const char *text)
{
	char path[256];
	(void)snprintf(path, sizeof path, "%s/%s", dir, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void drop(const char *dir, const char *name)
{
	char path[256];
	(void)snprintf(path, sizeof path, "%s/%s", dir, name);
	assert_int_equal(remove(path), 0);
}

static void test_directory(void **state)
{
	char dir[] = "/tmp/cmekd-test-config-XXXXXX", path[256];
	struct config c = CONFIG_INIT;
	struct complaints complaints = COMPLAINTS_INIT;
	(void)state;
	assert_non_null(mkdtemp(dir));

	/* Nothing there: unusable, and said so. */
	assert_int_equal(config_load(dir, &c, &complaints), 1);
	assert_true(c.broken);
	assert_int_equal(complaints_total(&complaints), 1);
	assert_non_null(strstr(complaints.items[0].text, "cannot be read"));
	complaints_fini(&complaints);
	config_fini(&c);

	put(dir, "cmekd.conf", "[Daemon]\nMaxPauses=1\n");
	assert_int_equal(config_load(dir, &c, &complaints), 0);
	assert_int_equal(c.project_count, 0);
	config_fini(&c);

	(void)snprintf(path, sizeof path, "%s/cmekd.conf.d", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	(void)snprintf(path, sizeof path, "%s/projects.d", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	put(dir, "cmekd.conf.d/20.conf", "[Daemon]\nMaxPauses=3\n");
	put(dir, "cmekd.conf.d/10.conf", "[Daemon]\nMaxPauses=2\n");
	put(dir, "cmekd.conf.d/30.conf.bak", "rubbish\n");
	put(dir, "projects.d/good.conf", SMALLEST);
	put(dir, "projects.d/bad.conf", "[Project]\nId=1\n");
	put(dir, "projects.d/no name.conf", SMALLEST);
	put(dir, "projects.d/.hidden.conf", "rubbish\n");
	put(dir, "projects.d/x.sample", "rubbish\n");
	(void)snprintf(path, sizeof path, "%s/projects.d/fifo.conf", dir);
	assert_int_equal(mkfifo(path, 0600), 0);
	(void)snprintf(path, sizeof path, "%s/cmekd.conf", dir);
	assert_int_equal(config_load(path, &c, &complaints), 0);
	assert_int_equal(c.daemon.max_pauses, 3);
	assert_int_equal(c.project_count, 3);
	assert_string_equal(c.projects[0].settings.name.text, "bad");
	assert_true(c.projects[0].broken);
	assert_string_equal(c.projects[1].settings.name.text, "fifo");
	assert_true(c.projects[1].broken);
	assert_string_equal(c.projects[2].settings.name.text, "good");
	assert_false(c.projects[2].broken);
	assert_int_equal(complaints_total(&complaints), 3);
	assert_non_null(strstr(complaints.items[0].file, "projects.d/bad.conf"));
	assert_non_null(strstr(complaints.items[1].text, "no regular file"));
	assert_non_null(strstr(complaints.items[2].text, "names no project"));
	config_fini(&c);
	complaints_fini(&complaints);

	static const char *const names[] = {"cmekd.conf.d/20.conf", "cmekd.conf.d/10.conf",
		"cmekd.conf.d/30.conf.bak", "projects.d/good.conf", "projects.d/bad.conf",
		"projects.d/no name.conf", "projects.d/.hidden.conf", "projects.d/x.sample",
		"projects.d/fifo.conf", "cmekd.conf.d", "projects.d", "cmekd.conf"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		drop(dir, names[i]);
	assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_default_is_a_value),
		cmocka_unit_test(test_every_row_has_its_words),
		cmocka_unit_test(test_smallest_project),
		cmocka_unit_test(test_defaults_and_overrides),
		cmocka_unit_test(test_print_parses_again),
		cmocka_unit_test(test_cluster_sections),
		cmocka_unit_test(test_too_many_cluster_sections),
		cmocka_unit_test(test_bad_lines),
		cmocka_unit_test(test_missing_settings),
		cmocka_unit_test(test_all_errors_are_told),
		cmocka_unit_test(test_one_id_in_two_files),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_endpoints_of_the_environment),
		cmocka_unit_test(test_shipped_files),
		cmocka_unit_test(test_directory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
