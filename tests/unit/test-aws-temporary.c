/* SPDX-License-Identifier: Apache-2.0 */
/* Keys with an end: from programs, services on the link and STS; the bodies that ask STS. */
#include "wire/aws_endpoint.h"
#include "wire/aws_temporary.h"
#include "wire/sts.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static int read_text(const char *text, enum aws_temporary_kind kind, struct aws_keys *keys, struct why *why)
{
	return aws_temporary_read(text, strlen(text), kind, keys, why);
}

static void test_good(void **state)
{
	struct aws_keys k = AWS_KEYS_INIT;
	(void)state;
	assert_int_equal(read_text("{\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s/+=\"}",
				 AWS_TEMPORARY_PROCESS, &k, NULL),
		0);
	assert_string_equal(k.id, "A");
	assert_string_equal(k.secret.bytes, "s/+=");
	assert_null(k.token.bytes);
	assert_false(walltime_is_known(k.expires));
	assert_int_equal(
		read_text(
			"{\"Code\":\"Success\",\"Type\":\"AWS-HMAC\",\"AccessKeyId\":\"B\","
			"\"SecretAccessKey\":\"t\",\"Token\":\"u\",\"Expiration\":\"2026-11-24T06:00:00Z\"}",
			AWS_TEMPORARY_SERVICE, &k, NULL),
		0);
	assert_string_equal(k.id, "B");
	assert_string_equal(k.token.bytes, "u");
	assert_int_equal(k.expires.ms, 1795500000000);
	aws_keys_fini(&k);
}

static void test_bad(void **state)
{
	static const struct {
		const char *text;
		enum aws_temporary_kind kind;
		const char *said;
	} rows[] = {
		{"", AWS_TEMPORARY_PROCESS, "line 1"},
		{"[]", AWS_TEMPORARY_PROCESS, "no JSON object"},
		{"{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"hush\"}", AWS_TEMPORARY_PROCESS, "Version"},
		{"{\"Version\":2,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"hush\"}", AWS_TEMPORARY_PROCESS,
			"Version"},
		{"{\"Version\":1,\"SecretAccessKey\":\"hush\"}", AWS_TEMPORARY_PROCESS, "AccessKeyId"},
		{"{\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"hush\\r\\nX: 1\"}",
			AWS_TEMPORARY_PROCESS, "SecretAccessKey"},
		{"{\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"\"}", AWS_TEMPORARY_PROCESS,
			"empty"},
		{"{\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"hush\",\"Expiration\":\"soon\"}",
			AWS_TEMPORARY_PROCESS, "Expiration"},
		{"{\"Code\":\"AssumeRoleUnauthorizedAccess\",\"Message\":\"hush\"}", AWS_TEMPORARY_SERVICE,
			"Code"},
		{"{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"hush\",\"Expiration\":\"2026-11-24T06:00:"
		 "00Z\"}",
			AWS_TEMPORARY_SERVICE, "Token"},
		{"{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"hush\",\"Token\":\"t\"}",
			AWS_TEMPORARY_SERVICE, "Expiration"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct aws_keys k = AWS_KEYS_INIT;
		struct why why = {""};
		assert_int_equal(read_text(rows[i].text, rows[i].kind, &k, &why), 1);
		if (!strstr(why.text, rows[i].said))
			assert_string_equal(why.text, rows[i].said);
		assert_null(strstr(why.text, "hush"));
		assert_null(k.secret.bytes);
	}
}

static void test_sts_body(void **state)
{
	struct sts_role role = {.arn = "arn:aws:iam::111122223333:role/r",
		.external_id = "a b&c=d",
		.session = "cmekd-ops.example",
		.duration_s = 900};
	struct secret token = SECRET_INIT;
	struct buf out = BUF_INIT(4096);
	(void)state;
	sts_put_role(&role, NULL, &out);
	assert_string_equal(out.data,
		"Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fr"
		"&RoleSessionName=cmekd-ops.example&ExternalId=a%20b%26c%3Dd&DurationSeconds=900");
	buf_clear(&out);
	assert_int_equal(secret_set(&token, "e.y-J_~+", 8), 0);
	role.duration_s = 0;
	sts_put_role(&role, &token, &out);
	assert_string_equal(out.data,
		"Action=AssumeRoleWithWebIdentity&Version=2011-06-15"
		"&RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fr&RoleSessionName=cmekd-ops.example"
		"&WebIdentityToken=e.y-J_~%2B");
	buf_fini(&out);
	secret_fini(&token);
}

static int read_role(const char *text, long status, struct aws_keys *k, struct trouble *t)
{
	const struct http_answer a = {.status = status, .body = text, .body_len = strlen(text)};
	return sts_read_role(&a, k, t);
}

static void test_sts_answer(void **state)
{
	struct aws_keys k = AWS_KEYS_INIT;
	struct trouble t;
	(void)state;
	assert_int_equal(
		read_role("<AssumeRoleResponse "
			  "xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult>"
			  "<Credentials><AccessKeyId>A1</AccessKeyId><SecretAccessKey>s+/</SecretAccessKey>"
			  "<SessionToken>tok</SessionToken><Expiration>2026-11-24T06:00:00Z</Expiration></"
			  "Credentials>"
			  "</AssumeRoleResult></AssumeRoleResponse>",
			200, &k, &t),
		0);
	assert_int_equal(t.fault, FAULT_NONE);
	assert_string_equal(k.id, "A1");
	assert_string_equal(k.token.bytes, "tok");
	assert_int_equal(k.expires.ms, 1795500000000);
	/* A refusal leaves what there was. */
	assert_int_equal(read_role("<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>"
				   "<Message>not authorized to perform: "
				   "sts:AssumeRole</Message></Error></ErrorResponse>",
				 403, &k, &t),
		0);
	assert_int_equal(t.fault, FAULT_DENIED);
	assert_string_equal(t.code, "AccessDenied");
	assert_string_equal(k.id, "A1");
	assert_int_equal(
		read_role("<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>A1</AccessKeyId>"
			  "<SecretAccessKey>hush</SecretAccessKey></Credentials></AssumeRoleResult>"
			  "</AssumeRoleResponse>",
			200, &k, &t),
		0);
	assert_int_equal(t.fault, FAULT_MALFORMED);
	assert_null(strstr(t.message, "hush"));
	aws_keys_fini(&k);
}

static void test_endpoint(void **state)
{
	char url[AWS_ENDPOINT_BYTES];
	(void)state;
	assert_int_equal(aws_endpoint("kms", "arn:aws:kms:us-west-2:1:key/k", "us-west-2", url), 0);
	assert_string_equal(url, "https://kms.us-west-2.amazonaws.com/");
	assert_int_equal(aws_endpoint("sts", "arn:aws-cn:iam::1:role/r", "cn-north-1", url), 0);
	assert_string_equal(url, "https://sts.cn-north-1.amazonaws.com.cn/");
	assert_int_equal(aws_endpoint("sts", "arn:aws-nowhere:iam::1:role/r", "x", url), 1);
	assert_int_equal(aws_endpoint("sts", "arn:aws:iam::1:role/r", "", url), 1);
	assert_int_equal(aws_endpoint("sts", "aws", "x", url), 1);
	for (size_t i = 0; i < 5; i++) {
		static const char *const none[] = {
			"", "arn", "arn:aws:sqs", "arn:aws:iam::1:role/r", "arn:aws:sqs:us_west:1:q"};
		struct region region = {"x"};
		aws_endpoint_region(none[i], &region);
		assert_string_equal(region.text, "");
	}
	struct region region;
	aws_endpoint_region("arn:aws:sqs:us-west-2:111122223333:q", &region);
	assert_string_equal(region.text, "us-west-2");
	aws_endpoint_region("arn:aws:sqs:eu-west-1", &region);
	assert_string_equal(region.text, "eu-west-1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_sts_body),
		cmocka_unit_test(test_sts_answer),
		cmocka_unit_test(test_endpoint),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
