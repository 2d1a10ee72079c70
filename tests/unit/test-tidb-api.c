/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "wire/tidb_dedicated.h"
#include "wire/tidb_jobs.h"
#include "wire/tidb_v1beta.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define ARN "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"

static struct http_answer answer(long status, const char *body)
{
	return (struct http_answer){.status = status, .body = body, .body_len = strlen(body)};
}

static struct project_id project(const char *text)
{
	struct project_id id;
	assert_int_equal(project_id_parse(text, strlen(text), &id), 0);
	return id;
}

static struct cluster_id cluster(const char *text)
{
	struct cluster_id id;
	assert_int_equal(cluster_id_parse(text, strlen(text), &id), 0);
	return id;
}

/* ---- what is sent ---- */

static void test_targets(void **state)
{
	struct project_id p = project("123");
	struct cluster_id c = cluster("456");
	struct tidb_v1beta_projects projects = TIDB_V1BETA_PROJECTS_INIT;
	struct tidb_api_clusters clusters = TIDB_API_CLUSTERS_INIT;
	char t[TIDB_API_TARGET_BYTES];
	(void)state;
	tidb_v1beta_projects_target(&projects, t);
	assert_string_equal(t, "/api/v1beta/projects?page=1&page_size=100");
	projects.pager.pages = 2;
	tidb_v1beta_projects_target(&projects, t);
	assert_string_equal(t, "/api/v1beta/projects?page=3&page_size=100");
	tidb_v1beta_cmek_target(&p, t);
	assert_string_equal(t, "/api/v1beta/projects/123/aws-cmek");
	tidb_v1beta_clusters_target(&p, &clusters, t);
	assert_string_equal(t, "/api/v1beta/projects/123/clusters?page=1&page_size=100");
	tidb_v1beta_cluster_target(&p, &c, t);
	assert_string_equal(t, "/api/v1beta/projects/123/clusters/456");
	tidb_dedicated_clusters_target(&p, &clusters, t);
	assert_string_equal(t, "/v1beta1/clusters?projectId=123&pageSize=100");
	(void)snprintf(clusters.pager.token, sizeof clusters.pager.token, "a+b/c=&\xc3\xa9~");
	tidb_dedicated_clusters_target(&p, &clusters, t);
	assert_string_equal(
		t, "/v1beta1/clusters?projectId=123&pageSize=100&pageToken=a%2Bb%2Fc%3D%26%C3%A9~");
	tidb_dedicated_cluster_target(&c, t);
	assert_string_equal(t, "/v1beta1/clusters/456");
	tidb_dedicated_act_target(TIDB_API_PAUSE, &c, t);
	assert_string_equal(t, "/v1beta1/clusters/456:pauseCluster");
	tidb_dedicated_act_target(TIDB_API_RESUME, &c, t);
	assert_string_equal(t, "/v1beta1/clusters/456:resumeCluster");
	/* The longest of everything fits. */
	memset(p.text, '9', sizeof p.text - 1);
	memset(clusters.pager.token, '%', sizeof clusters.pager.token - 1);
	tidb_dedicated_clusters_target(&p, &clusters, t);
	assert_int_equal(strlen(t), strlen("/v1beta1/clusters?projectId=&pageSize=100&pageToken=") + 24 +
					    3 * (TIDB_API_TOKEN_BYTES - 1));
}

static void test_jobs_targets(void **state)
{
	struct project_id p = project("123");
	struct cluster_id c = cluster("456");
	struct tidb_jobs imports = {.job = JOB_IMPORT}, backups = {.job = JOB_BACKUP},
			 feeds = {.job = JOB_CHANGEFEED};
	char t[TIDB_API_TARGET_BYTES];
	(void)state;
	tidb_jobs_target(&imports, &p, &c, t);
	assert_string_equal(t, "/v1beta1/clusters/456/imports?pageSize=100");
	tidb_jobs_target(&feeds, &p, &c, t);
	assert_string_equal(t, "/v1beta1/changefeeds?clusterId=456&pageSize=100");
	backups.pager.pages = 1;
	tidb_jobs_target(&backups, &p, &c, t);
	assert_string_equal(t, "/api/v1beta/projects/123/clusters/456/backups?page=2&page_size=100");
	memset(c.text, '9', sizeof c.text - 1);
	memset(feeds.pager.token, '&', sizeof feeds.pager.token - 1);
	tidb_jobs_target(&feeds, &p, &c, t);
	assert_non_null(strstr(t, "&pageToken=%26%26"));
	assert_int_equal(strlen(t), strlen("/v1beta1/changefeeds?clusterId=&pageSize=100&pageToken=") +
					    sizeof c.text - 1 + 3 * (TIDB_API_TOKEN_BYTES - 1));
}

/* ---- errors ---- */

static void test_errors(void **state)
{
	static const char api[] = "{\"code\":49900004,\"message\":\"cluster not found\",\"details\":[]}";
	static const struct {
		long status;
		const char *body;
		enum fault fault;
		const char *code, *message; /* NULL: our own words */
	} rows[] = {
		{200, "", FAULT_NONE, "", ""},
		{401, "{\"code\":49900001,\"message\":\"public_key not found\",\"details\":[]}",
			FAULT_CREDENTIALS, "49900001", "public_key not found"},
		{401, "", FAULT_CREDENTIALS, "", NULL},
		{401, "<html>", FAULT_CREDENTIALS, "", NULL},
		{403, api, FAULT_DENIED, "49900004", "cluster not found"},
		{403, "", FAULT_DENIED, "", NULL},
		{404, api, FAULT_NOT_FOUND, "49900004", "cluster not found"},
		{404, "{\"code\":5,\"message\":\"gone\",\"details\":[{\"@type\":\"x\"}]}", FAULT_NOT_FOUND,
			"5", "gone"},
		{404, "{\"code\":\"NotFound\",\"message\":\"gone\"}", FAULT_NOT_FOUND, "NotFound", "gone"},
		/* A gateway's 404 is no word about a cluster. */
		{404, "", FAULT_MALFORMED, "", NULL},
		{404, "<html>not found</html>", FAULT_MALFORMED, "", NULL},
		{404, "{\"message\":\"no Route matched with those values\"}", FAULT_MALFORMED, "",
			"no Route matched with those values"},
		{404, "{\"code\":5}", FAULT_MALFORMED, "5", NULL},
		{404, "{\"code\":5,\"message\":\"gone\"", FAULT_MALFORMED, "", NULL},
		{404, "{\"code\":5,\"code\":5,\"message\":\"gone\"}", FAULT_MALFORMED, "", NULL},
		{429,
			"{\"details\":[],\"code\":49900007,\"message\":\"The request exceeded the limit of "
			"100 times\"}",
			FAULT_THROTTLED, "49900007", "The request exceeded the limit of 100 times"},
		{429, "", FAULT_THROTTLED, "", NULL},
		{400, "{\"code\":60100028,\"message\":\"import running\"}", FAULT_REFUSED, "60100028",
			"import running"},
		{409, "{\"code\":9,\"message\":\"a\\u0007b\\nc\"}", FAULT_REFUSED, "9", "a?b?c"},
		{400, "<html>", FAULT_MALFORMED, "", NULL},
		{400, "{\"code\":{},\"message\":[]}", FAULT_MALFORMED, "", NULL},
		{500, api, FAULT_SERVER_ERROR, "49900004", "cluster not found"},
		{502, "<html>", FAULT_SERVER_ERROR, "", NULL},
		{503, "", FAULT_SERVER_ERROR, "", NULL},
		{408, "", FAULT_SERVER_ERROR, "", NULL},
		{301, "", FAULT_MALFORMED, "", NULL},
		{204, "", FAULT_MALFORMED, "", NULL},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct http_answer a = answer(rows[i].status, rows[i].body);
		struct trouble t;
		assert_int_equal(tidb_api_read_error(&a, &t), 0);
		assert_int_equal(t.fault, rows[i].fault);
		assert_string_equal(t.code, rows[i].code);
		assert_int_equal(t.status, rows[i].status);
		if (rows[i].message)
			assert_string_equal(t.message, rows[i].message);
		else
			assert_true(t.message[0] != '\0');
	}
}

static void test_long_message(void **state)
{
	struct buf b = BUF_INIT(65536);
	struct trouble t;
	(void)state;
	buf_add(&b, "{\"code\":1,\"message\":\"");
	for (int i = 0; i < 1000; i++)
		buf_add(&b, "\xc3\xa9");
	buf_add(&b, "\"}");
	struct http_answer a = answer(400, b.data);
	assert_int_equal(tidb_api_read_error(&a, &t), 0);
	assert_int_equal(t.fault, FAULT_REFUSED);
	assert_int_equal(strlen(t.message), TROUBLE_MESSAGE_BYTES - 2);
	buf_fini(&b);
}

/* ---- projects ---- */

static void test_projects(void **state)
{
	struct tidb_v1beta_projects p = {.with_names = true};
	struct trouble t;
	struct project_id one = project("1"), two = project("2"), three = project("3");
	struct http_answer a = answer(200,
		"{\"items\":[{\"id\":\"1\",\"org_id\":\"1\",\"name\":\"default_project\",\"cluster_count\":4,"
		"\"user_count\":10,"
		"\"create_timestamp\":\"1656991448\",\"aws_cmek_enabled\":false,\"type\":\"dedicated\"},"
		"{\"id\":2,\"name\":null,\"aws_cmek_enabled\":true,\"type\":null}],\"total\":3}");
	(void)state;
	assert_int_equal(tidb_v1beta_read_projects(&a, &p, &t), 0);
	assert_int_equal(t.fault, FAULT_NONE);
	assert_true(p.pager.more);
	a = answer(200, "{\"items\":[{\"id\":\"3\",\"type\":\"tidbx\"}],\"total\":\"3\"}");
	assert_int_equal(tidb_v1beta_read_projects(&a, &p, &t), 0);
	assert_int_equal(t.fault, FAULT_NONE);
	assert_false(p.pager.more);
	assert_int_equal(p.count, 3);
	assert_string_equal(p.names[0], "default_project");
	assert_string_equal(p.names[1], "");
	assert_int_equal(tidb_v1beta_find(&p, &one)->type, TIDB_V1BETA_DEDICATED);
	assert_false(tidb_v1beta_find(&p, &one)->cmek_enabled);
	assert_true(tidb_v1beta_find(&p, &two)->cmek_enabled);
	assert_int_equal(tidb_v1beta_find(&p, &two)->type, TIDB_V1BETA_UNTOLD);
	assert_int_equal(tidb_v1beta_find(&p, &three)->type, TIDB_V1BETA_OTHER);
	struct project_id none = project("4");
	assert_null(tidb_v1beta_find(&p, &none));
	tidb_v1beta_projects_fini(&p);
	tidb_v1beta_projects_fini(&p);

	static const char *const bad[] = {"", "[]", "null", "{\"items\":{},\"total\":1}", "{\"items\":[1]}",
		"{\"items\":[{}]}", "{\"items\":[{\"id\":\"\"}]}", "{\"items\":[{\"id\":\"a b\"}]}",
		"{\"items\":[{\"id\":-1}]}", "{\"items\":[{\"id\":1.5}]}",
		"{\"items\":[{\"id\":123456789012345678901234567890}]}",
		"{\"items\":[{\"id\":\"1\",\"aws_cmek_enabled\":\"true\"}]}",
		"{\"items\":[{\"id\":\"1\"}],\"total\":-1}", "{\"items\":[{\"id\":\"1\"}],\"total\":1e300}",
		"{\"items\":[],\"total\":1}"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		a = answer(200, bad[i]);
		assert_int_equal(tidb_v1beta_read_projects(&a, &p, &t), 0);
		assert_int_equal(t.fault, FAULT_MALFORMED);
		tidb_v1beta_projects_fini(&p);
	}
}

/* In whatever order they come, and when they move from page to page meanwhile. */
static void test_projects_in_any_order(void **state)
{
	static const char *const pages[] = {
		"{\"items\":[{\"id\":\"30\",\"name\":\"c\"},{\"id\":\"10\",\"name\":\"a\"}],\"total\":5}",
		"{\"items\":[{\"id\":\"10\",\"name\":\"a\",\"aws_cmek_enabled\":true},{\"id\":\"9\",\"name\":"
		"\"z\"}],"
		"\"total\":5}",
		"{\"items\":[{\"id\":\"20\",\"name\":\"b\"}],\"total\":5}"};
	static const char *const ids[] = {"10", "20", "30", "9"}, *const names[] = {"a", "b", "c", "z"};
	(void)state;
	for (int with_names = 0; with_names < 2; with_names++) {
		struct tidb_v1beta_projects p = {.with_names = with_names};
		struct trouble t;
		for (size_t i = 0; i < 3; i++) {
			struct http_answer a = answer(200, pages[i]);
			assert_int_equal(tidb_v1beta_read_projects(&a, &p, &t), 0);
			assert_int_equal(t.fault, FAULT_NONE);
		}
		assert_int_equal(p.count, 4);
		for (uint32_t i = 0; i < 4; i++) {
			struct project_id id = project(ids[i]);
			assert_ptr_equal(tidb_v1beta_find(&p, &id), &p.items[i]);
			if (with_names)
				assert_string_equal(p.names[i], names[i]);
			else
				assert_null(p.names);
		}
		assert_true(p.items[0].cmek_enabled); /* as it was told last */
		tidb_v1beta_projects_fini(&p);
	}
}

/* A service that always has another page is given up. */
static void test_endless_projects(void **state)
{
	struct tidb_v1beta_projects p = TIDB_V1BETA_PROJECTS_INIT;
	struct trouble t;
	uint32_t pages = 0;
	(void)state;
	do {
		struct http_answer a = answer(200, "{\"items\":[{\"id\":\"1\"}],\"total\":4000000000}");
		assert_int_equal(tidb_v1beta_read_projects(&a, &p, &t), 0);
		pages++;
	} while (t.fault == FAULT_NONE && p.pager.more && pages < 2 * TIDB_API_LIST_PAGES_MAX);
	assert_int_equal(t.fault, FAULT_MALFORMED);
	assert_int_equal(pages, TIDB_API_LIST_PAGES_MAX);
	assert_int_equal(p.count, 1);
	tidb_v1beta_projects_fini(&p);
}

/* ---- CMEK ---- */

static void test_cmek(void **state)
{
	static const struct {
		const char *body;
		enum fault fault;
		uint32_t count, ignored;
	} rows[] = {
		{"{\"items\":[{\"region\":\"us-west-2\",\"kms_arn\":\"" ARN "\"}]}", FAULT_NONE, 1, 0},
		{"{\"items\":[]}", FAULT_NONE, 0, 0},
		{"{\"items\":null}", FAULT_NONE, 0, 0},
		{"{}", FAULT_NONE, 0, 0},
		{"{\"items\":[{\"region\":\"us-west-2\",\"kms_arn\":\"arn:aws:kms:example\"}]}", FAULT_NONE,
			0, 1},
		{"{\"items\":[{\"region\":\"us-west-2\",\"kms_arn\":\"arn:aws:kms:us-west-2:111122223333:"
		 "alias/x\"}]}",
			FAULT_NONE, 0, 1},
		{"{\"items\":[{\"region\":\"us-east-1\",\"kms_arn\":\"" ARN "\"}]}", FAULT_NONE, 0, 1},
		{"{\"items\":[{\"region\":\"us-west-2\",\"kms_arn\":\"" ARN
		 "\"},{\"region\":\"us-west-2\",\"kms_arn\":\"" ARN "\"}]}",
			FAULT_MALFORMED, 0, 0},
		{"{\"items\":[{\"region\":\"us-west-2\"}]}", FAULT_MALFORMED, 0, 0},
		{"{\"items\":[{\"kms_arn\":\"" ARN "\"}]}", FAULT_MALFORMED, 0, 0},
		{"{\"items\":[{\"region\":\"US WEST\",\"kms_arn\":\"" ARN "\"}]}", FAULT_MALFORMED, 0, 0},
		{"{\"items\":[7]}", FAULT_MALFORMED, 0, 0},
		{"{\"items\":\"x\"}", FAULT_MALFORMED, 0, 0},
		{"[]", FAULT_MALFORMED, 0, 0},
		{"", FAULT_MALFORMED, 0, 0},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct tidb_v1beta_cmek c = {.count = 99};
		struct trouble t;
		struct http_answer a = answer(200, rows[i].body);
		assert_int_equal(tidb_v1beta_read_cmek(&a, &c, &t), 0);
		assert_int_equal(t.fault, rows[i].fault);
		if (rows[i].fault != FAULT_NONE) {
			assert_int_equal(c.count, 99);
			continue;
		}
		assert_int_equal(c.count, rows[i].count);
		assert_int_equal(c.ignored, rows[i].ignored);
		assert_int_equal(c.note[0] != '\0', rows[i].ignored > 0);
		if (c.count > 0) {
			assert_string_equal(c.items[0].region.text, "us-west-2");
			assert_string_equal(c.items[0].arn.text, ARN);
		}
	}
}

/* ---- clusters of v1beta ---- */

#define V1(id, project, more)                                                                                \
	"{\"id\":\"" id "\",\"project_id\":\"" project                                                       \
	"\",\"cloud_provider\":\"AWS\",\"region\":\"us-west-2\"" more "}"
#define V1_STATUS(s) ",\"status\":{\"cluster_status\":\"" s "\"}"

static void test_v1beta_clusters(void **state)
{
	static const char body[] = "{\"items\":[" V1("1", "9",
		",\"name\":\"Cluster0\",\"cluster_type\":\"DEDICATED\",\"config\":{\"port\":4000}" V1_STATUS(
			"AVAILABLE")) "," V1("2", "8",
		"") ",{\"id\":\"3\",\"project_id\":\"9\",\"cloud_provider\":\"GCP\","
		    "\"region\":\"us-west1\"}," V1("4", "9", ",\"cluster_type\":\"DEVELOPER\"") "," V1("5",
			    "9", ",\"status\":null") "," V1("6", "9", V1_STATUS("CLEARED")) "],\"total\":6}";
	struct project_id p = project("9");
	struct tidb_api_clusters c = TIDB_API_CLUSTERS_INIT;
	struct trouble t;
	struct http_answer a = answer(200, body);
	(void)state;
	assert_int_equal(tidb_v1beta_read_clusters(&a, &p, &c, &t), 0);
	assert_int_equal(t.fault, FAULT_NONE);
	assert_false(c.pager.more);
	assert_int_equal(c.count, 3);
	assert_int_equal(c.strangers, 1);
	assert_int_equal(c.others, 2);
	assert_int_equal(c.items[0].state, CLUSTER_STATE_RUNNING);
	assert_string_equal(c.items[0].name, "Cluster0");
	assert_string_equal(c.items[0].region.text, "us-west-2");
	assert_string_equal(c.items[0].wire_state, "AVAILABLE");
	assert_int_equal(c.items[1].state, CLUSTER_STATE_UNKNOWN);
	assert_int_equal(c.items[2].state, CLUSTER_STATE_UNKNOWN);
	assert_string_equal(c.items[2].wire_state, "CLEARED");
	tidb_api_clusters_fini(&c);

	static const char *const bad[] = {
		"{\"items\":[{\"id\":\"1\"}]}",
		"{\"items\":[{\"id\":\"1\",\"project_id\":\"9\"}]}",
		"{\"items\":[{\"id\":\"1\",\"project_id\":\"9\",\"cloud_provider\":\"AWS\"}]}",
		"{\"items\":[{\"project_id\":\"9\",\"cloud_provider\":\"AWS\",\"region\":\"us-west-2\"}]}",
		"{\"items\":[" V1("1", "9", ",\"status\":{\"cluster_status\":1}") "]}",
		"{\"items\":[" V1("1", "9", "") "],\"total\":2} x",
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		a = answer(200, bad[i]);
		assert_int_equal(tidb_v1beta_read_clusters(&a, &p, &c, &t), 0);
		assert_int_equal(t.fault, FAULT_MALFORMED);
		tidb_api_clusters_fini(&c);
	}
	/* Short pages go on until the total; an empty page before it is an end too early. */
	a = answer(200, "{\"items\":[" V1("1", "9", "") "],\"total\":2}");
	assert_int_equal(tidb_v1beta_read_clusters(&a, &p, &c, &t), 0);
	assert_int_equal(t.fault, FAULT_NONE);
	assert_true(c.pager.more);
	a = answer(200, "{\"items\":[],\"total\":2}");
	assert_int_equal(tidb_v1beta_read_clusters(&a, &p, &c, &t), 0);
	assert_int_equal(t.fault, FAULT_MALFORMED);
	tidb_api_clusters_fini(&c);
}

static void test_v1beta_cluster(void **state)
{
	struct project_id p = project("9");
	struct cluster_id id = cluster("1");
	struct cluster_seen seen;
	struct trouble t;
	struct http_answer a = answer(200, V1("1", "9", V1_STATUS("PAUSED")));
	(void)state;
	assert_int_equal(tidb_v1beta_read_cluster(&a, &p, &id, &seen, &t), 0);
	assert_int_equal(t.fault, FAULT_NONE);
	assert_int_equal(seen.state, CLUSTER_STATE_PAUSED);
	static const char *const bad[] = {
		V1("2", "9", V1_STATUS("PAUSED")), V1("1", "8", V1_STATUS("PAUSED")), "{}", "null"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		a = answer(200, bad[i]);
		assert_int_equal(tidb_v1beta_read_cluster(&a, &p, &id, &seen, &t), 0);
		assert_int_equal(t.fault, FAULT_MALFORMED);
	}
	a = answer(404, "{\"code\":49900004,\"message\":\"cluster not found\"}");
	assert_int_equal(tidb_v1beta_read_cluster(&a, &p, &id, &seen, &t), 0);
	assert_int_equal(t.fault, FAULT_NOT_FOUND);
}

/* ---- clusters of v1beta1 ---- */

#define D(id, project, more)                                                                                 \
	"{\"name\":\"clusters/" id "\",\"clusterId\":\"" id                                                  \
	"\",\"displayName\":\"foo-bar\",\"regionId\":\"aws-us-west-2\","                                     \
	"\"labels\":{\"tidb.cloud/project\":\"" project "\"}" more "}"

static void test_dedicated_clusters(void **state)
{
	static const char first[] = "{\"clusters\":[" D("1", "9",
		",\"state\":\"ACTIVE\",\"cloudProvider\":\"aws\",\"tidbNodeSetting\":{},"
		"\"pausePlan\":{\"pauseType\":\"NORMAL\",\"scheduledResumeTime\":\"2026-11-24T03:49:"
		"26Z\"}") "," D("2", "8",
		",\"state\":\"ACTIVE\"") ","
					 "{\"clusterId\":\"3\",\"regionId\":\"gcp-us-west1\","
					 "\"labels\":{\"tidb.cloud/project\":\"9\"}}," D("4", "9",
						 ",\"state\":null,\"pausePlan\":null") "],"
										       "\"totalSize\""
										       ":6,"
										       "\"nextPageTok"
										       "en\":\"t1\"}";
	static const char second[] = "{\"clusters\":[" D(
		"5", "9", ",\"state\":\"MELTING\",\"pausePlan\":{\"scheduledResumeTime\":\"x\"}") "," D("1",
		"9", ",\"state\":\"PAUSING\"") "],\"totalSize\":6,\"nextPageToken\":\"\"}";
	struct project_id p = project("9");
	struct tidb_api_clusters c = TIDB_API_CLUSTERS_INIT;
	struct trouble t;
	struct http_answer a = answer(200, first);
	(void)state;
	assert_int_equal(tidb_dedicated_read_clusters(&a, &p, &c, &t), 0);
	assert_int_equal(t.fault, FAULT_NONE);
	assert_true(c.pager.more);
	assert_string_equal(c.pager.token, "t1");
	assert_int_equal(c.items[0].resume_at.ms, 1795492166000);
	assert_int_equal(c.items[0].state, CLUSTER_STATE_RUNNING);
	a = answer(200, second);
	assert_int_equal(tidb_dedicated_read_clusters(&a, &p, &c, &t), 0);
	assert_int_equal(t.fault, FAULT_NONE);
	assert_false(c.pager.more);
	assert_int_equal(c.count, 3); /* 1, 4, 5: the second reading of 1 replaced the first */
	assert_int_equal(c.strangers, 1);
	assert_int_equal(c.others, 1);
	assert_int_equal(c.items[0].state, CLUSTER_STATE_PAUSING);
	assert_int_equal(c.items[1].state, CLUSTER_STATE_UNKNOWN);
	assert_int_equal(c.items[2].state, CLUSTER_STATE_UNKNOWN);
	assert_int_equal(c.items[2].resume_at.ms, 0);
	assert_string_equal(c.items[2].name, "foo-bar");
	tidb_api_clusters_fini(&c);

	/* No clusters at all. */
	a = answer(200, "{}");
	assert_int_equal(tidb_dedicated_read_clusters(&a, &p, &c, &t), 0);
	assert_int_equal(t.fault, FAULT_NONE);
	assert_int_equal(c.count, 0);
	assert_false(c.pager.more);
	tidb_api_clusters_fini(&c);
}

static void test_dedicated_bad_lists(void **state)
{
	static const char *const bad[] = {
		"",
		"[]",
		"<html>",
		"{\"clusters\":{}}",
		"{\"clusters\":[7]}",
		"{\"clusters\":[{}]}",
		/* Without a label nobody can tell whose cluster it is: neither touched nor forgotten. */
		"{\"clusters\":[{\"clusterId\":\"1\",\"regionId\":\"aws-us-west-2\"}]}",
		"{\"clusters\":[{\"clusterId\":\"1\",\"regionId\":\"aws-us-west-2\",\"labels\":{}}]}",
		"{\"clusters\":[{\"clusterId\":\"1\",\"regionId\":\"aws-us-west-2\",\"labels\":[\"9\"]}]}",
		"{\"clusters\":[{\"regionId\":\"aws-us-west-2\",\"labels\":{\"tidb.cloud/project\":\"9\"}}]}",
		"{\"clusters\":[{\"clusterId\":\"1\",\"labels\":{\"tidb.cloud/project\":\"9\"}}]}",
		"{\"clusters\":[{\"clusterId\":\"1\",\"regionId\":\"aws\",\"labels\":{\"tidb.cloud/"
		"project\":\"9\"}}]}",
		"{\"clusters\":[{\"clusterId\":\"1\",\"regionId\":\"aws-\",\"labels\":{\"tidb.cloud/"
		"project\":\"9\"}}]}",
		"{\"clusters\":[" D("1", "9", ",\"cloudProvider\":\"gcp\"") "]}",
		"{\"clusters\":[" D("1", "9", ",\"state\":[\"PAUSED\"]") "]}",
		"{\"clusters\":[" D("1", "9", ",\"state\":\"ACTIVE\",\"state\":\"PAUSED\"") "]}",
		"{\"clusters\":[],\"totalSize\":1}",
		"{\"clusters\":[" D("1", "9", "") "],\"totalSize\":2}",
		"{\"clusters\":[],\"nextPageToken\":7}",
		"{\"clusters\":[],\"totalSize\":\"many\"}",
	};
	struct project_id p = project("9");
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct tidb_api_clusters c = TIDB_API_CLUSTERS_INIT;
		struct trouble t;
		struct http_answer a = answer(200, bad[i]);
		assert_int_equal(tidb_dedicated_read_clusters(&a, &p, &c, &t), 0);
		assert_int_equal(t.fault, FAULT_MALFORMED);
		assert_true(t.message[0] != '\0');
		tidb_api_clusters_fini(&c);
	}
}

static void test_dedicated_paging_limits(void **state)
{
	struct project_id p = project("9");
	struct tidb_api_clusters c = TIDB_API_CLUSTERS_INIT;
	struct trouble t;
	struct http_answer a = answer(200, "{\"clusters\":[],\"nextPageToken\":\"same\"}");
	(void)state;
	assert_int_equal(tidb_dedicated_read_clusters(&a, &p, &c, &t), 0);
	assert_int_equal(t.fault, FAULT_NONE);
	assert_int_equal(tidb_dedicated_read_clusters(&a, &p, &c, &t), 0);
	assert_int_equal(t.fault, FAULT_MALFORMED);
	tidb_api_clusters_fini(&c);

	/* A token longer than its limit. */
	struct buf b = BUF_INIT(1u << 22);
	buf_add(&b, "{\"nextPageToken\":\"");
	for (int i = 0; i < TIDB_API_TOKEN_BYTES; i++)
		buf_add(&b, "t");
	buf_add(&b, "\"}");
	a = answer(200, b.data);
	assert_int_equal(tidb_dedicated_read_clusters(&a, &p, &c, &t), 0);
	assert_int_equal(t.fault, FAULT_MALFORMED);
	tidb_api_clusters_fini(&c);

	/* One cluster more than a project may have. */
	buf_clear(&b);
	buf_add(&b, "{\"clusters\":[");
	for (unsigned i = 0; i <= TIDB_API_LIST_CLUSTERS_MAX; i++)
		buf_printf(&b,
			"%s{\"clusterId\":\"%u\",\"regionId\":\"aws-us-west-2\",\"labels\":{\"tidb.cloud/"
			"project\":\"9\"}}",
			i > 0 ? "," : "", i);
	buf_add(&b, "]}");
	assert_int_equal(b.trouble, 0);
	a = answer(200, b.data);
	assert_int_equal(tidb_dedicated_read_clusters(&a, &p, &c, &t), 0);
	assert_int_equal(t.fault, FAULT_MALFORMED);
	assert_int_equal(c.count, TIDB_API_LIST_CLUSTERS_MAX);
	tidb_api_clusters_fini(&c);
	buf_fini(&b);

	/* A body over the limit of bytes is not even scanned. */
	size_t len = 10u * 1024 * 1024;
	char *body = malloc(len);
	assert_non_null(body);
	memset(body, ' ', len);
	a = (struct http_answer){.status = 200, .body = body, .body_len = len};
	assert_int_equal(tidb_dedicated_read_clusters(&a, &p, &c, &t), 0);
	assert_int_equal(t.fault, FAULT_MALFORMED);
	assert_non_null(strstr(t.message, "longer than"));
	free(body);
}

static void test_dedicated_cluster(void **state)
{
	static const struct {
		const char *body;
		enum fault fault;
	} rows[] = {
		{D("1", "9", ",\"state\":\"PAUSED\""), FAULT_NONE},
		{D("2", "9", ",\"state\":\"PAUSED\""), FAULT_MALFORMED},
		{D("1", "8", ",\"state\":\"PAUSED\""), FAULT_MALFORMED},
		{"{\"clusterId\":\"1\",\"regionId\":\"gcp-x\",\"labels\":{\"tidb.cloud/"
		 "project\":\"9\"},\"state\":\"PAUSED\"}",
			FAULT_MALFORMED},
		{"{\"cluster\":" D("1", "9", "") "}", FAULT_MALFORMED},
		{"", FAULT_MALFORMED},
	};
	struct project_id p = project("9");
	struct cluster_id id = cluster("1");
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct cluster_seen seen = {.state = CLUSTER_STATE_COUNT};
		struct trouble t;
		struct http_answer a = answer(200, rows[i].body);
		assert_int_equal(tidb_dedicated_read_cluster(&a, &p, &id, &seen, &t), 0);
		assert_int_equal(t.fault, rows[i].fault);
		assert_int_equal(
			seen.state, rows[i].fault == FAULT_NONE ? CLUSTER_STATE_PAUSED : CLUSTER_STATE_COUNT);
	}
}

/* ---- states ---- */

static void test_states(void **state)
{
	static const struct {
		const char *v1beta, *dedicated;
		enum cluster_state state;
	} rows[] = {
		{"AVAILABLE", "ACTIVE", CLUSTER_STATE_RUNNING},
		{"CREATING", "CREATING", CLUSTER_STATE_BUSY},
		{"MAINTAINING", "MAINTENANCE", CLUSTER_STATE_BUSY},
		{"IMPORTING", "IMPORTING", CLUSTER_STATE_BUSY},
		{"MODIFYING", "UPGRADING", CLUSTER_STATE_BUSY},
		{"MODIFYING", "RESTORING", CLUSTER_STATE_BUSY},
		{"PAUSING", "PAUSING", CLUSTER_STATE_PAUSING},
		{"PAUSED", "PAUSED", CLUSTER_STATE_PAUSED},
		{"RESUMING", "RESUMING", CLUSTER_STATE_RESUMING},
		{"UNAVAILABLE", "INACTIVE", CLUSTER_STATE_UNUSABLE},
		/* A word of the other generation is a word that nobody knows. */
		{"ACTIVE", "AVAILABLE", CLUSTER_STATE_UNKNOWN},
		{"DELETED", "paused", CLUSTER_STATE_UNKNOWN},
		{"", "", CLUSTER_STATE_UNKNOWN},
		{"PAUSED ", "PAUSEDX", CLUSTER_STATE_UNKNOWN},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_int_equal(tidb_api_v1beta_state(rows[i].v1beta), rows[i].state);
		assert_int_equal(tidb_api_dedicated_state(rows[i].dedicated), rows[i].state);
	}
	assert_int_equal(tidb_api_dedicated_state("DELETING"), CLUSTER_STATE_GONE);
	assert_int_equal(tidb_api_dedicated_state("DELETED"), CLUSTER_STATE_GONE);
	/* Cut for showing, a long word must not become a known one. */
	struct project_id p = project("9");
	struct cluster_id id = cluster("1");
	struct cluster_seen seen;
	struct trouble t;
	struct http_answer a = answer(200, D("1", "9", ",\"state\":\"PAUSED\\u000a\""));
	assert_int_equal(tidb_dedicated_read_cluster(&a, &p, &id, &seen, &t), 0);
	assert_int_equal(seen.state, CLUSTER_STATE_UNKNOWN);
}

/* ---- acts ---- */

static void test_acts(void **state)
{
	static const struct {
		long status;
		const char *body;
		enum act_result v1beta, dedicated;
	} rows[] = {
		{200, "{\"cluster\":" D("1", "9", ",\"state\":\"PAUSING\"") "}", ACT_RESULT_ACCEPTED,
			ACT_RESULT_ACCEPTED},
		{200, "{\"cluster\":" D("2", "9", "") "}", ACT_RESULT_ACCEPTED, ACT_RESULT_LOST},
		{200, "{}", ACT_RESULT_ACCEPTED, ACT_RESULT_LOST},
		{200, "", ACT_RESULT_LOST, ACT_RESULT_LOST},
		{200, "<html>", ACT_RESULT_LOST, ACT_RESULT_LOST},
		{200, "{\"cluster\":{\"clusterId\":\"1\"", ACT_RESULT_LOST, ACT_RESULT_LOST},
		{400, "{\"code\":60100027,\"message\":\"backup running\"}", ACT_RESULT_REFUSED,
			ACT_RESULT_REFUSED},
		{409, "{\"code\":9,\"message\":\"not ACTIVE\"}", ACT_RESULT_REFUSED, ACT_RESULT_REFUSED},
		{404, "{\"code\":5,\"message\":\"no such cluster\"}", ACT_RESULT_REFUSED, ACT_RESULT_REFUSED},
		{400, "<html>", ACT_RESULT_LOST, ACT_RESULT_LOST},
		{401, "", ACT_RESULT_DENIED, ACT_RESULT_DENIED},
		{403, "", ACT_RESULT_DENIED, ACT_RESULT_DENIED},
		{429, "", ACT_RESULT_THROTTLED, ACT_RESULT_THROTTLED},
		{500, "", ACT_RESULT_LOST, ACT_RESULT_LOST},
		{504, "<html>", ACT_RESULT_LOST, ACT_RESULT_LOST},
	};
	struct cluster_id id = cluster("1");
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct http_answer a = answer(rows[i].status, rows[i].body);
		enum act_result r;
		struct trouble t;
		assert_int_equal(tidb_v1beta_read_act(&a, &r, &t), 0);
		assert_int_equal(r, rows[i].v1beta);
		assert_int_equal(tidb_dedicated_read_act(&a, &id, &r, &t), 0);
		assert_int_equal(r, rows[i].dedicated);
		assert_int_equal(t.message[0] == '\0', r == ACT_RESULT_ACCEPTED);
	}
	assert_string_equal(TIDB_V1BETA_PAUSE_BODY, "{\"config\":{\"paused\":true}}");
	assert_string_equal(TIDB_V1BETA_RESUME_BODY, "{\"config\":{\"paused\":false}}");
}

/* What surely was not carried out may be asked of the other API; any doubt is no such certainty. */
static void test_endpoint_that_is_not_there(void **state)
{
	static const struct {
		long status;
		const char *body;
		bool act, list; /* a cluster's reading is judged as an act is */
	} rows[] = {
		{404, "{\"message\":\"no Route matched with those values\"}", true, true},
		{404,
			"{\n  \"message\":\"no Route matched with those values\",\n  "
			"\"request_id\":\"d41d\"\n}",
			true, true},
		{405, "{\"code\":12,\"message\":\"Method Not Allowed\",\"details\":[]}", true, true},
		{405, "", true, true},
		{410, "", true, true},
		{501, "<html>", true, true},
		/* about the cluster, or nobody knows about what */
		{404, "{\"code\":49900004,\"message\":\"cluster not found\",\"details\":[]}", false, true},
		{404, "{\"code\":5,\"message\":\"no Route matched\"}", false, true},
		{404, "{\"message\":\"gone, no Route matched\"}", false, true},
		{404, "{\"message\":\"no Route matched\"", false, true},
		{404, "[\"no Route matched\"]", false, true},
		{404, "", false, true},
		{404, "<html>404</html>", false, true},
		{200, "{\"message\":\"no Route matched with those values\"}", false, false},
		{400, "{\"message\":\"no Route matched with those values\"}", false, false},
		{401, "", false, false},
		{403, "{\"message\":\"no Route matched with those values\"}", false, false},
		{408, "", false, false},
		{409, "", false, false},
		{429, "", false, false},
		{500, "", false, false},
		{502, "", false, false},
		{503, "{\"message\":\"no Route matched with those values\"}", false, false},
		{504, "", false, false},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct http_answer a = answer(rows[i].status, rows[i].body);
		assert_int_equal(tidb_api_lacks_endpoint(&a, TIDB_API_WISH_ACT), rows[i].act);
		assert_int_equal(tidb_api_lacks_endpoint(&a, TIDB_API_WISH_CLUSTER), rows[i].act);
		assert_int_equal(tidb_api_lacks_endpoint(&a, TIDB_API_WISH_LIST), rows[i].list);
	}
}

/* ---- jobs ---- */

static void test_jobs(void **state)
{
	static const struct {
		enum job job;
		const char *body;
		enum fault fault;
		uint32_t blocking, unclear;
		const char *name, *state;
	} rows[] = {
		{JOB_IMPORT, "{}", FAULT_NONE, 0, 0, "", ""},
		{JOB_IMPORT, "{\"imports\":null,\"totalSize\":0}", FAULT_NONE, 0, 0, "", ""},
		{JOB_IMPORT,
			"{\"imports\":[{\"importId\":\"1\",\"clusterId\":\"456\",\"state\":\"COMPLETED\"},"
			"{\"importId\":\"2\",\"state\":\"CANCELING\"},{\"importId\":\"3\",\"state\":"
			"\"IMPORTING\"}]}",
			FAULT_NONE, 2, 0, "2", "CANCELING"},
		{JOB_BACKUP,
			"{\"items\":[{\"id\":\"1\",\"name\":\"b1\",\"status\":\"SUCCESS\"},"
			"{\"name\":\"b2\",\"status\":\"PENDING\"},{\"status\":\"FAILED\"}],\"total\":3}",
			FAULT_NONE, 1, 0, "b2", "PENDING"},
		{JOB_CHANGEFEED,
			"{\"changefeeds\":[{\"name\":\"gone\",\"state\":\"DELETED\"},"
			"{\"name\":\"held\",\"clusterId\":456,\"state\":\"PAUSED\"}]}",
			FAULT_NONE, 1, 0, "held", "PAUSED"},
		/* What is not documented, or not told, is neither in the way nor out of it. */
		{JOB_BACKUP, "{\"items\":[{\"name\":\"b\",\"status\":\"running\"},{\"status\":null},{}]}",
			FAULT_NONE, 0, 3, "b", "running"},
		{JOB_CHANGEFEED, "{\"changefeeds\":[{\"name\":\"n\",\"state\":\"STATE_UNSPECIFIED\"}]}",
			FAULT_NONE, 0, 1, "n", "STATE_UNSPECIFIED"},
		{JOB_CHANGEFEED,
			"{\"changefeeds\":[{\"name\":\"n\",\"state\":\"NEW\"},{\"name\":\"m\",\"state\":"
			"\"RUNNING\"}]}",
			FAULT_NONE, 1, 1, "m", "RUNNING"},
		/* Nobody filtered. */
		{JOB_CHANGEFEED, "{\"changefeeds\":[{\"clusterId\":\"9\",\"state\":\"DELETED\"}]}",
			FAULT_MALFORMED, 0, 0, "", ""},
		{JOB_IMPORT, "{\"imports\":{}}", FAULT_MALFORMED, 0, 0, "", ""},
		{JOB_IMPORT, "{\"imports\":[7]}", FAULT_MALFORMED, 0, 0, "", ""},
		{JOB_IMPORT, "{\"imports\":[{\"state\":7}]}", FAULT_MALFORMED, 0, 0, "", ""},
		{JOB_IMPORT, "[]", FAULT_MALFORMED, 0, 0, "", ""},
		{JOB_BACKUP, "{\"items\":[],\"total\":2}", FAULT_MALFORMED, 0, 0, "", ""}, /* cut short */
	};
	struct cluster_id c = cluster("456");
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct tidb_jobs j = {.job = rows[i].job};
		struct http_answer a = answer(200, rows[i].body);
		struct trouble t;
		assert_int_equal(tidb_jobs_read(&a, &c, &j, &t), 0);
		if (t.fault != rows[i].fault)
			fail_msg("row %zu: %s: %s", i, fault_name(t.fault), t.message);
		if (t.fault != FAULT_NONE)
			continue;
		assert_int_equal(j.seen.blocking, rows[i].blocking);
		assert_int_equal(j.seen.unclear, rows[i].unclear);
		assert_string_equal(j.seen.name, rows[i].name);
		assert_string_equal(j.seen.state, rows[i].state);
	}
}

static void test_jobs_over_pages(void **state)
{
	struct cluster_id c = cluster("456");
	struct tidb_jobs j = {.job = JOB_CHANGEFEED}, endless = {.job = JOB_BACKUP};
	struct http_answer a = answer(
		200, "{\"changefeeds\":[{\"state\":\"DELETED\"}],\"totalSize\":2,\"nextPageToken\":\"t\"}");
	struct trouble t = {.fault = FAULT_NONE};
	(void)state;
	assert_int_equal(tidb_jobs_read(&a, &c, &j, &t), 0);
	assert_true(t.fault == FAULT_NONE && j.pager.more && j.seen.blocking == 0);
	a = answer(200, "{\"changefeeds\":[{\"name\":\"f\",\"state\":\"ERROR\"}],\"totalSize\":2}");
	assert_int_equal(tidb_jobs_read(&a, &c, &j, &t), 0);
	assert_true(t.fault == FAULT_NONE && !j.pager.more && j.seen.blocking == 1);
	a = answer(200, "{\"items\":[{\"status\":\"SUCCESS\"}]}"); /* no total: until an empty page */
	for (uint32_t i = 0; i < TIDB_JOBS_PAGES_MAX && t.fault == FAULT_NONE; i++) {
		assert_int_equal(endless.pager.pages, i);
		assert_int_equal(tidb_jobs_read(&a, &c, &endless, &t), 0);
	}
	assert_int_equal(t.fault, FAULT_MALFORMED);
	assert_non_null(strstr(t.message, "more than 32 pages"));
	a = answer(403, "{\"code\":49900003,\"message\":\"no permission\"}");
	assert_int_equal(tidb_jobs_read(&a, &c, &j, &t), 0);
	assert_int_equal(t.fault, FAULT_DENIED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_targets),
		cmocka_unit_test(test_jobs_targets),
		cmocka_unit_test(test_jobs),
		cmocka_unit_test(test_jobs_over_pages),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_long_message),
		cmocka_unit_test(test_projects),
		cmocka_unit_test(test_projects_in_any_order),
		cmocka_unit_test(test_endless_projects),
		cmocka_unit_test(test_cmek),
		cmocka_unit_test(test_v1beta_clusters),
		cmocka_unit_test(test_v1beta_cluster),
		cmocka_unit_test(test_dedicated_clusters),
		cmocka_unit_test(test_dedicated_bad_lists),
		cmocka_unit_test(test_dedicated_paging_limits),
		cmocka_unit_test(test_dedicated_cluster),
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_acts),
		cmocka_unit_test(test_endpoint_that_is_not_there),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
