/* SPDX-License-Identifier: Apache-2.0 */
/* What setting up asks of TiDB Cloud. Answers are the examples of its specifications (v1beta CreateProject, v1beta1 Cluster). */
#include "base/buf.h"
#include "base/own.h"
#include "wire/cluster_spec.h"
#include "wire/tidb_create.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define ARN "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"

static const struct project_id project = {"123"};

static void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("this does not have \"%s\":\n%s", part, text);
}

/* ---- project and CMEK setting ---- */

static void test_bodies(void **state)
{
	_cleanup_(buf_fini) struct buf b = BUF_INIT(4096);

	(void)state;
	tidb_create_project_body("say \"hi\"", &b);
	assert_string_equal(b.data, "{\"name\":\"say \\\"hi\\\"\",\"aws_cmek_enabled\":true}");
	buf_clear(&b);
	tidb_create_cmek_body(&(struct region){"us-west-2"}, &(struct key_arn){ARN}, &b);
	assert_string_equal(b.data, "{\"specs\":[{\"region\":\"us-west-2\",\"kms_arn\":\"" ARN "\"}]}");
}

static void test_names(void **state)
{
	static const char *const good[] = {"p", "Project0", "two words", "caf\xc3\xa9"};
	static const char *const bad[] = {"", " p", "p ", "a\nb", "a\x7f", "\xff",
		"0123456789012345678901234567890123456789012345678901234567890123456"};
	struct why why;

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		assert_int_equal(tidb_create_name_check(good[i], &why), 0);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		why.text[0] = '\0';
		assert_int_equal(tidb_create_name_check(bad[i], &why), 1);
		assert_has(why.text, "1 to 64 bytes");
	}
}

/* Anything but a clear yes or no is lost: it may have been made. */
static void test_read_project(void **state)
{
	static const struct {
		long status;
		const char *body;
		enum act_result result;
		const char *message;
	} cases[] = {
		{200, "{\"id\":\"1\"}", ACT_RESULT_ACCEPTED, ""},
		{200, "{\"id\":1372813089454000001}", ACT_RESULT_ACCEPTED, ""},
		{200, "{}", ACT_RESULT_LOST, "id"},
		{200, "{\"id\":null}", ACT_RESULT_LOST, "id"},
		{200, "{\"id\":\"a b\"}", ACT_RESULT_LOST, "id"},
		{200, "", ACT_RESULT_LOST, ""},
		{200, "[]", ACT_RESULT_LOST, "object"},
		{400,
			"{\"code\":49900001,\"message\":\"aws cmek is only available upon "
			"request\",\"details\":[]}",
			ACT_RESULT_REFUSED, "upon request"},
		{403, "{\"code\":49900003,\"message\":\"no permission\",\"details\":[]}", ACT_RESULT_DENIED,
			"no permission"},
		{401, "", ACT_RESULT_DENIED, "401"},
		{429, "{\"code\":49900007,\"message\":\"slow\",\"details\":[]}", ACT_RESULT_THROTTLED,
			"slow"},
		{500, "{\"code\":1,\"message\":\"oops\"}", ACT_RESULT_LOST, "oops"},
		{502, "<html>", ACT_RESULT_LOST, "502"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct http_answer a = {
			.status = cases[i].status, .body = cases[i].body, .body_len = strlen(cases[i].body)};
		struct project_id id = {"none"};
		enum act_result result;
		struct trouble t;

		assert_int_equal(tidb_create_read_project(&a, &id, &result, &t), 0);
		assert_int_equal(result, cases[i].result);
		assert_int_equal(t.status, cases[i].status);
		assert_has(t.message, cases[i].message);
		assert_int_equal(result == ACT_RESULT_ACCEPTED, strcmp(id.text, "none") != 0);
	}
}

static void test_read_cluster(void **state)
{
	static const char made[] =
		"{\"name\":\"clusters/"
		"1\",\"clusterId\":\"1\",\"displayName\":\"foo-bar\",\"regionId\":\"aws-us-west-2\","
		"\"labels\":{\"tidb.cloud/"
		"project\":\"123\"},\"state\":\"CREATING\",\"createdBy\":\"test@example.com\"}";
	static const struct {
		long status;
		const char *body;
		enum act_result result;
		const char *message;
	} cases[] = {
		{200, made, ACT_RESULT_ACCEPTED, ""},
		{200, "{\"clusterId\":\"1\",\"labels\":{\"tidb.cloud/project\":\"9\"}}", ACT_RESULT_LOST,
			"cluster 1 was made in project 9; expected 123"},
		{200, "{\"clusterId\":\"1\"}", ACT_RESULT_LOST, "tidb.cloud/project"},
		{200, "{\"labels\":{\"tidb.cloud/project\":\"123\"}}", ACT_RESULT_LOST, "clusterId"},
		{400, "{\"code\":3,\"message\":\"project CIDR is not set\",\"details\":[]}",
			ACT_RESULT_REFUSED, "CIDR"},
		{504, "", ACT_RESULT_LOST, "504"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct http_answer a = {
			.status = cases[i].status, .body = cases[i].body, .body_len = strlen(cases[i].body)};
		struct cluster_id id = {""};
		enum act_result result;
		struct trouble t;

		assert_int_equal(tidb_create_read_cluster(&a, &project, &id, &result, &t), 0);
		assert_int_equal(result, cases[i].result);
		assert_has(t.message, cases[i].message);
		if (result == ACT_RESULT_ACCEPTED)
			assert_string_equal(id.text, "1");
	}
}

/* ---- the spec of a cluster ---- */

#define NODES                                                                                                \
	"\"tidbNodeSetting\":{\"nodeSpecKey\":\"8C16G\",\"tidbNodeGroups\":[{\"nodeCount\":2}]},"            \
	"\"tikvNodeSetting\":{\"nodeCount\":3,\"nodeSpecKey\":\"8C32G\",\"storageSizeGi\":500,"              \
	"\"storageType\":\"Standard\"}"
#define HEAD "\"displayName\":\"foo-bar\",\"regionId\":\"aws-us-west-2\",\"port\":4000,"

static void test_spec(void **state)
{
	static const struct {
		const char *text;
		int refusal;
		const char *why;
	} cases[] = {
		{"{" HEAD NODES "}", 0, ""},
		{"{" HEAD NODES ",\"labels\":{\"tidb.cloud/project\":\"123\"},\"cloudProvider\":\"aws\"}", 0,
			""},
		{"{" HEAD NODES ",\"labels\":{}}", 0, ""},
		{"", CLUSTER_SPEC_E_JSON, "line 1"},
		{"{" HEAD NODES ",\"port\":1}", CLUSTER_SPEC_E_JSON, ""},
		{"[]", CLUSTER_SPEC_E_SHAPE, "an object"},
		{"{\"regionId\":\"aws-us-west-2\",\"port\":4000," NODES "}", CLUSTER_SPEC_E_SHAPE,
			"displayName"},
		{"{\"displayName\":\"-bad\",\"regionId\":\"aws-us-west-2\",\"port\":4000," NODES "}",
			CLUSTER_SPEC_E_SHAPE, "4 to 64"},
		{"{\"displayName\":\"abc\",\"regionId\":\"aws-us-west-2\",\"port\":4000," NODES "}",
			CLUSTER_SPEC_E_SHAPE, "4 to 64"},
		{"{\"displayName\":\"foo-bar\",\n\"regionId\":\"gcp-us-west1\",\"port\":4000," NODES "}",
			CLUSTER_SPEC_E_SHAPE, "line 2, column 12: expected \"regionId\": \"aws-REGION\""},
		{"{\"displayName\":\"foo-bar\",\"regionId\":\"us-west-2\",\"port\":4000," NODES "}",
			CLUSTER_SPEC_E_SHAPE, "clusters on AWS only"},
		{"{" HEAD NODES ",\"cloudProvider\":\"gcp\"}", CLUSTER_SPEC_E_SHAPE, "clusters on AWS only"},
		{"{" HEAD NODES ",\"labels\":{\"tidb.cloud/project\":\"9\"}}", CLUSTER_SPEC_E_SHAPE,
			"the project that was named"},
		{"{" HEAD NODES ",\"labels\":{\"team\":\"x\"}}", CLUSTER_SPEC_E_SHAPE, "no label but"},
		{"{" HEAD NODES ",\"labels\":[]}", CLUSTER_SPEC_E_SHAPE, "object of labels"},
		{"{" HEAD NODES ",\"rootPassword\":\"my-shining-password\"}", CLUSTER_SPEC_E_SHAPE,
			"--password-file"},
		{"{" HEAD NODES ",\"cluster_type\":\"DEVELOPER\"}", CLUSTER_SPEC_E_SHAPE,
			"Dedicated clusters only"},
		{"{\"name\":\"Cluster0\",\"cluster_type\":\"DEDICATED\",\"config\":{}}", CLUSTER_SPEC_E_SHAPE,
			"v1beta1"},
		{"{\"displayName\":\"foo-bar\",\"region\":{\"name\":\"x\"},\"servicePlan\":\"Starter\"}",
			CLUSTER_SPEC_E_SHAPE, "Dedicated clusters only"},
		{"{" HEAD "\"tikvNodeSetting\":{}}", CLUSTER_SPEC_E_SHAPE, "tidbNodeSetting"},
		{"{" HEAD "\"tidbNodeSetting\":{}}", CLUSTER_SPEC_E_SHAPE, "tikvNodeSetting"},
		{"{\"displayName\":\"foo-bar\",\"regionId\":\"aws-us-west-2\"," NODES "}",
			CLUSTER_SPEC_E_SHAPE, "\"port\""},
		{"{\"displayName\":\"foo-bar\",\"regionId\":\"aws-us-west-2\",\"port\":80," NODES "}",
			CLUSTER_SPEC_E_SHAPE, "1024"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct cluster_spec spec = {.name = ""};
		struct why why = {""};
		int r = cluster_spec_parse(cases[i].text, strlen(cases[i].text), &project, &spec, &why);

		if (r != cases[i].refusal)
			fail_msg("%zu: %d, %s", i, r, why.text);
		assert_has(why.text, cases[i].why);
		if (r == 0) {
			assert_string_equal(spec.name, "foo-bar");
			assert_string_equal(spec.region.text, "us-west-2");
		}
	}
}

static void test_spec_body(void **state)
{
	static const char text[] = "{ " HEAD NODES ", \"labels\" : {} }";
	_cleanup_(secret_fini) struct secret password = SECRET_INIT, body = SECRET_INIT;
	struct why why;

	(void)state;
	assert_int_equal(cluster_spec_body(text, strlen(text), &project, NULL, &body, &why), 0);
	assert_string_equal(body.bytes, "{\"labels\":{\"tidb.cloud/project\":\"123\"}," HEAD NODES "}");
	assert_int_equal(secret_set(&password, "a\"b\\c-\xc3\xa9xx", 10), 0);
	assert_int_equal(cluster_spec_body(text, strlen(text), &project, &password, &body, &why), 0);
	assert_string_equal(body.bytes, "{\"labels\":{\"tidb.cloud/project\":\"123\"}," HEAD NODES
					",\"rootPassword\":\"a\\\"b\\\\c-\xc3\xa9xx\"}");
	assert_int_equal(body.len, strlen(body.bytes));
}

static void test_passwords(void **state)
{
	static const char text[] = "{" HEAD NODES "}";
	static const struct {
		const char *password, *why;
	} bad[] = {{"seven77", "7 characters"}, {"line\nbreak-in-it", "control character"},
		{"\xff\xff\xff\xff\xff\xff\xff\xff", "UTF-8"},
		{"0123456789012345678901234567890123456789012345678901234567890123x", "65 characters"}};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		_cleanup_(secret_fini) struct secret password = SECRET_INIT, body = SECRET_INIT;
		struct why why = {""};

		assert_int_equal(secret_set(&password, bad[i].password, strlen(bad[i].password)), 0);
		assert_int_equal(cluster_spec_body(text, strlen(text), &project, &password, &body, &why),
			CLUSTER_SPEC_E_PASSWORD);
		assert_has(why.text, bad[i].why);
		assert_null(strstr(why.text, bad[i].password));
		assert_null(body.bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bodies),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_read_project),
		cmocka_unit_test(test_read_cluster),
		cmocka_unit_test(test_spec),
		cmocka_unit_test(test_spec_body),
		cmocka_unit_test(test_passwords),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
