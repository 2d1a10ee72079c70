/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/policy.h"
#include "wire/kms_api.h"
#include "wire/sts.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define ARN      "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
#define OTHER    "arn:aws:kms:us-west-2:111122223333:key/ffffabcd-12ab-34cd-56ef-1234567890ab"
#define MATERIAL "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static struct key_arn key(void)
{
	struct key_arn arn;
	assert_int_equal(key_arn_parse(ARN, strlen(ARN), &arn, NULL, NULL), 0);
	return arn;
}

static struct account_id vendor(void)
{
	struct account_id a;
	assert_int_equal(account_id_parse("999988887777", 12, &a), 0);
	return a;
}

static struct http_answer answer(long status, const char *body)
{
	return (struct http_answer){.status = status, .body = body, .body_len = strlen(body)};
}

/* ---- requests ---- */

static void test_bodies(void **state)
{
	struct key_arn arn = key();
	struct buf b = BUF_INIT(KMS_API_BODY_MAX_BYTES);
	(void)state;
	kms_api_write_describe_key(&b, &arn);
	assert_string_equal(b.data, "{\"KeyId\":\"" ARN "\"}");
	buf_clear(&b);
	kms_api_write_get_key_policy(&b, &arn);
	assert_string_equal(b.data, "{\"KeyId\":\"" ARN "\",\"PolicyName\":\"default\"}");
	buf_clear(&b);
	kms_api_write_put_key_policy(&b, &arn, "{\"a\":\n1}", 8);
	assert_string_equal(
		b.data, "{\"KeyId\":\"" ARN "\",\"Policy\":\"{\\\"a\\\":\\n1}\",\"PolicyName\":\"default\"}");
	buf_clear(&b);
	kms_api_write_get_key_rotation_status(&b, &arn);
	assert_string_equal(b.data, "{\"KeyId\":\"" ARN "\"}");
	buf_clear(&b);
	kms_api_write_list_grants(&b, &arn, "");
	assert_string_equal(b.data, "{\"KeyId\":\"" ARN "\",\"Limit\":100}");
	buf_clear(&b);
	kms_api_write_list_grants(&b, &arn, "a\"b");
	assert_string_equal(b.data, "{\"KeyId\":\"" ARN "\",\"Limit\":100,\"Marker\":\"a\\\"b\"}");
	buf_clear(&b);
	kms_api_write_revoke_grant(&b, &arn, "g1");
	assert_string_equal(b.data, "{\"KeyId\":\"" ARN "\",\"GrantId\":\"g1\"}");
	buf_fini(&b);
	assert_string_equal(kms_api_op_target(KMS_API_OP_PUT_KEY_POLICY), "TrentService.PutKeyPolicy");
	assert_string_equal(kms_api_op_name(KMS_API_OP_LIST_GRANTS), "ListGrants");
}

/* ---- DescribeKey ---- */

static void test_key(void **state)
{
	/* The members that AWS documents, and some that it does not. */
	static const char body[] = "{\"KeyMetadata\":{\"AWSAccountId\":\"111122223333\",\"KeyId\":\"1234abcd-"
				   "12ab-34cd-56ef-1234567890ab\","
				   "\"Arn\":\"" ARN "\",\"CreationDate\":1.5e9,\"Enabled\":true,"
				   "\"Description\":\"\",\"KeyUsage\":\"ENCRYPT_DECRYPT\","
				   "\"KeyState\":\"Enabled\",\"Origin\":\"AWS_KMS\",\"KeyManager\":"
				   "\"CUSTOMER\",\"KeySpec\":\"SYMMETRIC_DEFAULT\","
				   "\"EncryptionAlgorithms\":[\"SYMMETRIC_DEFAULT\"],\"MultiRegion\":false,"
				   "\"CurrentKeyMaterialId\":\"" MATERIAL "\",\"New\":{\"x\":[1]}}}";
	struct http_answer a = answer(200, body);
	struct key_arn arn = key();
	struct kms_api_key k;
	struct trouble t;
	(void)state;
	assert_int_equal(kms_api_read_key(&a, &arn, &k, &t), 0);
	assert_int_equal(t.fault, FAULT_NONE);
	assert_int_equal(k.state, KEY_STATE_ENABLED);
	assert_string_equal(k.account.text, "111122223333");
	assert_string_equal(k.origin, "AWS_KMS");
	assert_string_equal(k.spec, "SYMMETRIC_DEFAULT");
	assert_string_equal(k.usage, "ENCRYPT_DECRYPT");
	assert_string_equal(k.manager, "CUSTOMER");
	assert_false(k.multi_region);
	assert_string_equal(k.material, MATERIAL);
	assert_true(k.material_fingerprint != 0);
	assert_false(walltime_is_known(k.deletion));
	/* Every cut of it is malformed, and nothing is written. */
	for (size_t len = 0; len + 1 < sizeof body; len++) {
		struct kms_api_key none = {.state = KEY_STATE_COUNT};
		a.body_len = len;
		assert_int_equal(kms_api_read_key(&a, &arn, &none, &t), 0);
		assert_int_equal(t.fault, FAULT_MALFORMED);
		assert_int_equal(none.state, KEY_STATE_COUNT);
	}
}

static void test_key_states(void **state)
{
	static const struct {
		const char *members;
		enum fault fault;
		enum key_state state;
		int64_t deletion_ms;
	} rows[] = {
		{"\"KeyState\":\"Disabled\",\"Enabled\":false", FAULT_NONE, KEY_STATE_DISABLED, 0},
		{"\"KeyState\":\"PendingDeletion\",\"Enabled\":false,\"DeletionDate\":1795492166.5",
			FAULT_NONE, KEY_STATE_PENDING_DELETION, 1795492166500},
		{"\"KeyState\":\"PendingDeletion\",\"DeletionDate\":\"2026-11-24T03:49:26.5+00:00\"",
			FAULT_NONE, KEY_STATE_PENDING_DELETION, 1795492166500},
		{"\"KeyState\":\"PendingImport\"", FAULT_NONE, KEY_STATE_PENDING_IMPORT, 0},
		{"\"KeyState\":\"Updating\",\"Enabled\":true", FAULT_NONE, KEY_STATE_UPDATING, 0},
		{"\"KeyState\":\"Frozen\"", FAULT_NONE, KEY_STATE_UNKNOWN, 0},
		{"\"KeyState\":\"enabled\"", FAULT_NONE, KEY_STATE_UNKNOWN, 0},
		{"\"KeyState\":null,\"KeyUsage\":null,\"MultiRegion\":null", FAULT_NONE, KEY_STATE_UNKNOWN,
			0},
		{"\"x\":1", FAULT_NONE, KEY_STATE_UNKNOWN, 0},
		/* What contradicts itself proves nothing. */
		{"\"KeyState\":\"Disabled\",\"Enabled\":true", FAULT_MALFORMED, 0, 0},
		{"\"KeyState\":\"PendingDeletion\",\"Enabled\":true", FAULT_MALFORMED, 0, 0},
		{"\"KeyState\":\"Enabled\",\"Enabled\":false", FAULT_MALFORMED, 0, 0},
		{"\"KeyState\":1", FAULT_MALFORMED, 0, 0},
		{"\"KeyState\":[\"Disabled\"]", FAULT_MALFORMED, 0, 0},
		{"\"KeyState\":\"Disabled\",\"KeyState\":\"Enabled\"", FAULT_MALFORMED, 0, 0},
		{"\"KeyState\":\"Disabled\",\"Key\\u0053tate\":\"Enabled\"", FAULT_MALFORMED, 0, 0},
		{"\"DeletionDate\":1e300", FAULT_MALFORMED, 0, 0},
		{"\"DeletionDate\":-1", FAULT_MALFORMED, 0, 0},
		{"\"DeletionDate\":\"soon\"", FAULT_MALFORMED, 0, 0},
		{"\"DeletionDate\":true", FAULT_MALFORMED, 0, 0},
		{"\"MultiRegion\":\"no\"", FAULT_MALFORMED, 0, 0},
		{"\"CurrentKeyMaterialId\":\"" MATERIAL MATERIAL "\"", FAULT_MALFORMED, 0, 0},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char body[1024];
		struct kms_api_key k = {.state = KEY_STATE_COUNT};
		struct trouble t;
		struct key_arn arn = key();
		(void)snprintf(
			body, sizeof body, "{\"KeyMetadata\":{\"Arn\":\"" ARN "\",%s}}", rows[i].members);
		struct http_answer a = answer(200, body);
		assert_int_equal(kms_api_read_key(&a, &arn, &k, &t), 0);
		assert_int_equal(t.fault, rows[i].fault);
		assert_int_equal(t.message[0] != '\0', rows[i].fault != FAULT_NONE);
		if (rows[i].fault != FAULT_NONE)
			continue;
		assert_int_equal(k.state, rows[i].state);
		assert_int_equal(k.deletion.ms, rows[i].deletion_ms);
	}
}

static void test_key_shapes(void **state)
{
	static const char *const bodies[] = {"", "null", "[]", "{}", "\"x\"", "{\"KeyMetadata\":null}",
		"{\"KeyMetadata\":[]}", "{\"KeyMetadata\":{}}", "{\"KeyMetadata\":{\"Arn\":7}}",
		"{\"KeyMetadata\":{\"Arn\":\"x\"}}",
		"{\"KeyMetadata\":{\"Arn\":\"" OTHER "\",\"KeyState\":\"Disabled\"}}",
		"{\"KeyMetadata\":{\"KeyId\":\"x\",\"KeyState\":\"Disabled\"}}", "<html>busy</html>",
		"{\"KeyMetadata\":{\"Arn\":\"" ARN "\"}} trailing",
		"{\"KeyMetadata\":{\"Arn\":\"" ARN "\",\"a\":NaN}}"};
	struct key_arn arn = key();
	(void)state;
	for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
		struct http_answer a = answer(200, bodies[i]);
		struct kms_api_key k;
		struct trouble t;
		assert_int_equal(kms_api_read_key(&a, &arn, &k, &t), 0);
		assert_int_equal(t.fault, FAULT_MALFORMED);
		assert_int_equal(t.status, 200);
	}
}

static void test_too_large(void **state)
{
	size_t len = 10u * 1024 * 1024;
	char *body = malloc(len + 1);
	struct key_arn arn = key();
	struct kms_api_key k;
	struct trouble t;
	(void)state;
	assert_non_null(body);
	memset(body, '[', len);
	body[len] = '\0';
	struct http_answer a = answer(200, body);
	assert_int_equal(kms_api_read_key(&a, &arn, &k, &t), 0);
	assert_int_equal(t.fault, FAULT_MALFORMED);
	a.status = 400;
	assert_int_equal(kms_api_read_key(&a, &arn, &k, &t), 0);
	assert_int_equal(t.fault, FAULT_MALFORMED);
	/* Within the limit of bytes, but too deep; then too many values. */
	a = (struct http_answer){.status = 200, .body = body, .body_len = 100000};
	assert_int_equal(kms_api_read_key(&a, &arn, &k, &t), 0);
	assert_int_equal(t.fault, FAULT_MALFORMED);
	for (size_t i = 1; i < KMS_API_ANSWER_MAX_BYTES; i++)
		body[i] = i % 2 ? '1' : ',';
	body[KMS_API_ANSWER_MAX_BYTES - 1] = ']';
	a.body_len = KMS_API_ANSWER_MAX_BYTES;
	assert_int_equal(kms_api_read_key(&a, &arn, &k, &t), 0);
	assert_int_equal(t.fault, FAULT_MALFORMED);
	free(body);
}

/* ---- errors ---- */

static void test_errors(void **state)
{
	static const struct {
		long status;
		const char *body, *type;
		enum fault fault;
		const char *code, *message;
	} rows[] = {
		{400, "{\"__type\":\"NotFoundException\",\"message\":\"no such key\"}", NULL, FAULT_NOT_FOUND,
			"NotFoundException", "no such key"},
		{400, "{\"__type\":\"com.amazonaws.kms#AccessDeniedException\",\"Message\":\"not you\"}",
			NULL, FAULT_DENIED, "AccessDeniedException", "not you"},
		{400, "{\"__type\":\"AccessDeniedException:http://x#y\"}", NULL, FAULT_DENIED,
			"AccessDeniedException", ""},
		{400, "{\"__type\":\"a#ThrottlingException:x\",\"message\":null}", NULL, FAULT_THROTTLED,
			"ThrottlingException", ""},
		{400, "{\"__type\":\"LimitExceededException\"}", NULL, FAULT_REFUSED,
			"LimitExceededException", ""},
		{500, "{\"__type\":\"KMSInternalException\"}", NULL, FAULT_SERVER_ERROR,
			"KMSInternalException", ""},
		{400, "{\"__type\":\"DependencyTimeoutException\"}", NULL, FAULT_SERVER_ERROR,
			"DependencyTimeoutException", ""},
		{400, "{\"__type\":\"DisabledException\"}", NULL, FAULT_REFUSED, "DisabledException", ""},
		{400, "{\"__type\":\"KMSInvalidStateException\"}", NULL, FAULT_REFUSED,
			"KMSInvalidStateException", ""},
		{400, "{\"__type\":\"MalformedPolicyDocumentException\"}", NULL, FAULT_REFUSED,
			"MalformedPolicyDocumentException", ""},
		{400, "{\"__type\":\"ExpiredTokenException\"}", NULL, FAULT_CREDENTIALS,
			"ExpiredTokenException", ""},
		{400, "{\"__type\":\"ExpiredToken\"}", NULL, FAULT_CREDENTIALS, "ExpiredToken", ""},
		{403, "{\"__type\":\"UnrecognizedClientException\"}", NULL, FAULT_CREDENTIALS,
			"UnrecognizedClientException", ""},
		{400, "{\"__type\":\"InvalidClientTokenId\"}", NULL, FAULT_CREDENTIALS,
			"InvalidClientTokenId", ""},
		{400, "{\"__type\":\"RequestTimeTooSkewed\"}", NULL, FAULT_CLOCK_SKEW, "RequestTimeTooSkewed",
			""},
		{400, "{\"__type\":\"InvalidSignatureException\"}", NULL, FAULT_CREDENTIALS,
			"InvalidSignatureException", ""},
		{400, "", "NotFoundException:http://internal", FAULT_NOT_FOUND, "NotFoundException", ""},
		{400, "{\"__type\":\"AccessDeniedException\"}", "NotFoundException", FAULT_DENIED,
			"AccessDeniedException", ""},
		/* Without a code a status proves nothing but trouble on the server's side. */
		{400, "", NULL, FAULT_MALFORMED, "", NULL},
		{401, "", NULL, FAULT_MALFORMED, "", NULL},
		{403, "<html>proxy</html>", NULL, FAULT_MALFORMED, "", NULL},
		{404, "<html>not found</html>", NULL, FAULT_MALFORMED, "", NULL},
		{404, "{\"message\":\"no Route matched\"}", NULL, FAULT_MALFORMED, "", NULL},
		{404, "{\"__type\":7}", NULL, FAULT_MALFORMED, "", NULL},
		{302, "", NULL, FAULT_MALFORMED, "", NULL},
		{429, "", NULL, FAULT_THROTTLED, "", NULL},
		{408, "", NULL, FAULT_SERVER_ERROR, "", NULL},
		{500, "<html>", NULL, FAULT_SERVER_ERROR, "", NULL},
		{503, "{\"__type\":\"Odd\"}", NULL, FAULT_SERVER_ERROR, "Odd", ""},
		{400, "{\"__type\":\"Odd\",\"message\":\"a\\nb\\u001bc\"}", NULL, FAULT_REFUSED, "Odd",
			"a?b?c"},
	};
	struct key_arn arn = key();
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct http_answer a = answer(rows[i].status, rows[i].body);
		struct kms_api_key k;
		struct trouble t;
		a.error_type = rows[i].type;
		assert_int_equal(kms_api_read_key(&a, &arn, &k, &t), 0);
		assert_int_equal(t.fault, rows[i].fault);
		assert_string_equal(t.code, rows[i].code);
		assert_int_equal(t.status, rows[i].status);
		if (rows[i].message)
			assert_string_equal(t.message, rows[i].message);
		else
			assert_true(t.message[0] != '\0');
	}
}

static void test_skew(void **state)
{
	struct http_answer a = answer(400, "{\"__type\":\"InvalidSignatureException\"}");
	struct key_arn arn = key();
	struct kms_api_key k;
	struct trouble t;
	(void)state;
	a.date = "Tue, 24 Nov 2026 03:49:26 GMT";
	for (int64_t off_s = -600; off_s <= 600; off_s += 60) {
		a.received = (struct walltime){1795492166000 + off_s * 1000};
		assert_int_equal(kms_api_read_key(&a, &arn, &k, &t), 0);
		assert_int_equal(t.fault, off_s < -240 || off_s > 240 ? FAULT_CLOCK_SKEW : FAULT_CREDENTIALS);
	}
}

static void test_void(void **state)
{
	static const struct {
		long status;
		const char *body;
		enum fault fault;
	} rows[] = {{200, "", FAULT_NONE}, {200, "{}", FAULT_NONE}, {200, "null", FAULT_NONE},
		{200, "{\"x\":1}", FAULT_NONE}, {200, "<html>", FAULT_MALFORMED},
		{200, "[]", FAULT_MALFORMED}, {200, "nul", FAULT_MALFORMED},
		{400, "{\"__type\":\"InvalidGrantIdException\"}", FAULT_REFUSED}};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct http_answer a = answer(rows[i].status, rows[i].body);
		struct trouble t;
		assert_int_equal(kms_api_read_void(&a, &t), 0);
		assert_int_equal(t.fault, rows[i].fault);
		assert_int_equal(kms_api_grant_is_gone(&t), rows[i].fault == FAULT_REFUSED);
	}
}

/* ---- policy and rotation ---- */

static void test_policy(void **state)
{
	struct http_answer a = answer(
		200, "{\"Policy\":\"{\\n  \\\"a\\\":\\u0022\\u00e9\\\"}\",\"PolicyName\":\"default\"}");
	char *text = NULL;
	size_t len;
	struct trouble t;
	(void)state;
	assert_int_equal(kms_api_read_policy(&a, &text, &len, &t), 0);
	assert_int_equal(t.fault, FAULT_NONE);
	assert_string_equal(text, "{\n  \"a\":\"\xc3\xa9\"}");
	assert_int_equal(len, strlen(text));
	free(text);
	text = NULL;
	static const char *const bad[] = {"{}", "{\"Policy\":null}", "{\"Policy\":{}}",
		"{\"Policy\":\"a\\u0000b\"}", "{\"Policy\":\"\\ud800\"}"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		a = answer(200, bad[i]);
		assert_int_equal(kms_api_read_policy(&a, &text, &len, &t), 0);
		assert_int_equal(t.fault, FAULT_MALFORMED);
		assert_null(text);
	}
	/* The quota to the byte, and one more. */
	char *body = malloc(POLICY_MAX_BYTES + 64);
	assert_non_null(body);
	for (size_t n = POLICY_MAX_BYTES; n <= POLICY_MAX_BYTES + 1; n++) {
		memcpy(body, "{\"Policy\":\"", 11);
		memset(body + 11, 'p', n);
		memcpy(body + 11 + n, "\"}", 3);
		a = answer(200, body);
		assert_int_equal(kms_api_read_policy(&a, &text, &len, &t), 0);
		assert_int_equal(t.fault, n == POLICY_MAX_BYTES ? FAULT_NONE : FAULT_MALFORMED);
		if (n == POLICY_MAX_BYTES)
			assert_int_equal(len, n);
		free(text);
		text = NULL;
	}
	free(body);
}

static void test_rotation(void **state)
{
	static const struct {
		long status;
		const char *body;
		enum fault fault;
		enum kms_api_rotation_state state;
		uint32_t days;
	} rows[] = {
		{200, "{\"KeyRotationEnabled\":true}", FAULT_NONE, KMS_API_ROTATION_ON, 0},
		{200, "{\"KeyRotationEnabled\":false,\"KeyId\":\"x\"}", FAULT_NONE, KMS_API_ROTATION_OFF, 0},
		{200,
			"{\"KeyRotationEnabled\":true,\"RotationPeriodInDays\":365,\"NextRotationDate\":"
			"1795492166}",
			FAULT_NONE, KMS_API_ROTATION_ON, 365},
		{400, "{\"__type\":\"UnsupportedOperationException\"}", FAULT_NONE,
			KMS_API_ROTATION_NOT_APPLICABLE, 0},
		{400, "{\"__type\":\"KMSInvalidStateException\"}", FAULT_REFUSED, 0, 0},
		{200, "{}", FAULT_MALFORMED, 0, 0},
		{200, "{\"KeyRotationEnabled\":\"true\"}", FAULT_MALFORMED, 0, 0},
		{200, "{\"KeyRotationEnabled\":true,\"RotationPeriodInDays\":-1}", FAULT_MALFORMED, 0, 0},
		{200, "{\"KeyRotationEnabled\":true,\"RotationPeriodInDays\":1e23}", FAULT_MALFORMED, 0, 0},
		{200, "{\"KeyRotationEnabled\":true,\"RotationPeriodInDays\":99999999999999999999999}",
			FAULT_MALFORMED, 0, 0},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct http_answer a = answer(rows[i].status, rows[i].body);
		struct kms_api_rotation r;
		struct trouble t;
		assert_int_equal(kms_api_read_rotation(&a, &r, &t), 0);
		assert_int_equal(t.fault, rows[i].fault);
		if (rows[i].fault != FAULT_NONE)
			continue;
		assert_int_equal(r.state, rows[i].state);
		assert_int_equal(r.period_days, rows[i].days);
	}
}

/* ---- rotations ---- */

static struct trouble read_rotations(const char *body, struct kms_api_rotations *l)
{
	struct http_answer a = answer(200, body);
	struct trouble t;

	assert_int_equal(kms_api_read_rotations(&a, l, &t), 0);
	return t;
}

static void test_rotations_add_up(void **state)
{
	struct kms_api_rotations l = {.total = 0};

	(void)state;
	assert_int_equal(
		read_rotations("{\"Rotations\":[{\"KeyId\":\"k\",\"RotationDate\":1700000000.5,"
			       "\"RotationType\":\"AUTOMATIC\"},{\"RotationDate\":\"2023-11-16T00:00:00Z\","
			       "\"RotationType\":\"ON_DEMAND\"},{\"KeyMaterialState\":\"CURRENT\"}],"
			       "\"Truncated\":true,\"NextMarker\":\"m\"}",
			&l)
			.fault,
		FAULT_NONE);
	assert_true(l.more);
	assert_string_equal(l.marker, "m");
	assert_int_equal(
		read_rotations("{\"Rotations\":[{\"RotationDate\":1800000000,\"RotationType\":\"FUTURE\"}],"
			       "\"Truncated\":false}",
			&l)
			.fault,
		FAULT_NONE);
	assert_false(l.more);
	assert_int_equal(l.total, 4);
	assert_int_equal(l.on_demand, 1);
	assert_int_equal(l.last_on_demand.ms, 1700092800000);
	assert_int_equal(l.last.ms, 1800000000000);
}

static void test_rotations_that_are_none(void **state)
{
	static const char *const bodies[] = {"{}", "{\"Rotations\":{}}", "{\"Rotations\":[1]}",
		"{\"Rotations\":[{\"RotationDate\":\"soon\"}]}", "{\"Rotations\":[],\"Truncated\":true}",
		"{\"Rotations\":[],\"Truncated\":true,\"NextMarker\":\"same\"}",
		"{\"Rotations\":[],\"Truncated\":1}"};

	(void)state;
	for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
		struct kms_api_rotations l = {.marker = "same"};

		assert_int_equal(read_rotations(bodies[i], &l).fault, FAULT_MALFORMED);
	}
}

static void test_bodies_of_errands(void **state)
{
	struct key_arn key = {"arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"};
	struct buf b = BUF_INIT(1024);

	(void)state;
	kms_api_write_enable_key_rotation(&b, &key, 180);
	assert_non_null(strstr(b.data, "ab\",\"RotationPeriodInDays\":180}"));
	buf_clear(&b);
	kms_api_write_enable_key_rotation(&b, &key, 0);
	assert_null(strstr(b.data, "RotationPeriodInDays"));
	buf_clear(&b);
	kms_api_write_list_key_rotations(&b, &key, "m");
	assert_non_null(strstr(b.data, "\"Marker\":\"m\""));
	buf_fini(&b);
	assert_true(kms_api_op_changes(KMS_API_OP_ROTATE_KEY_ON_DEMAND) &&
		    kms_api_op_changes(KMS_API_OP_ENABLE_KEY));
	assert_false(kms_api_op_changes(KMS_API_OP_LIST_KEY_ROTATIONS) ||
		     kms_api_op_changes(KMS_API_OP_DESCRIBE_KEY));
}

/* ---- grants ---- */

static void test_grant_owners(void **state)
{
	static const struct {
		const char *members;
		uint32_t vendor, unsure;
	} rows[] = {
		{"\"IssuingAccount\":\"arn:aws:iam::999988887777:root\",\"GranteePrincipal\":\"ec2.amazonaws."
		 "com\"",
			1, 0},
		{"\"IssuingAccount\":\"arn:aws:iam::111122223333:root\",\"GranteePrincipal\":"
		 "\"arn:aws:sts::999988887777:assumed-role/aws:ec2-infrastructure/i-1\"",
			1, 0},
		{"\"GranteePrincipal\":\"999988887777:aws:ec2-infrastructure:i-81e2f56c\"", 1, 0},
		{"\"GranteePrincipal\":\"999988887777\"", 1, 0},
		{"\"GranteePrincipal\":\"ec2.amazonaws.com\",\"RetiringPrincipal\":\"arn:aws:iam::"
		 "999988887777:role/x\"",
			1, 0},
		{"\"IssuingAccount\":\"arn:aws:iam::111122223333:root\",\"GranteePrincipal\":\"arn:aws:iam::"
		 "111122223333:user/u\"",
			0, 0},
		{"\"IssuingAccount\":\"arn:aws:iam::111122223333:root\",\"GranteePrincipal\":\"ec2.amazonaws."
		 "com\"",
			0, 0},
		{"\"GranteePrincipal\":\"ec2.amazonaws.com\"", 0, 1},
		{"\"GranteeServicePrincipal\":\"ec2.amazonaws.com\"", 0, 1},
		{"\"GranteePrincipal\":\"arn:aws:iam\"", 0, 1},
		{"\"GranteePrincipal\":\"99998888777\"", 0, 1},
		{"\"x\":1", 0, 1},
	};
	struct account_id v = vendor();
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char body[1024];
		struct kms_api_grants g = KMS_API_GRANTS_INIT;
		struct trouble t;
		(void)snprintf(body, sizeof body,
			"{\"Grants\":[{\"GrantId\":\"g1\",%s}],\"Truncated\":false}", rows[i].members);
		struct http_answer a = answer(200, body);
		assert_int_equal(kms_api_read_grants(&a, &v, &g, &t), 0);
		assert_int_equal(t.fault, FAULT_NONE);
		assert_int_equal(g.count, rows[i].vendor);
		assert_int_equal(g.unsure, rows[i].unsure);
		assert_int_equal(g.total, 1);
		assert_false(g.more);
		if (g.count > 0)
			assert_string_equal(g.items[0].id, "g1");
		kms_api_grants_fini(&g);
		kms_api_grants_fini(&g);
	}
}

static void test_grant_pages(void **state)
{
	static const char first[] = "{\"Grants\":[{\"GrantId\":\"a\",\"GranteePrincipal\":\"999988887777\"}],"
				    "\"Truncated\":true,\"NextMarker\":\"m1\"}";
	static const char second[] = "{\"Grants\":[],\"Truncated\":true,\"NextMarker\":\"m2\"}";
	static const char third[] =
		"{\"Grants\":[{\"GrantId\":\"b\",\"GranteePrincipal\":\"999988887777\"}]}";
	struct account_id v = vendor();
	struct kms_api_grants g = KMS_API_GRANTS_INIT;
	struct trouble t;
	struct http_answer a = answer(200, first);
	(void)state;
	assert_int_equal(kms_api_read_grants(&a, &v, &g, &t), 0);
	assert_true(g.more);
	assert_string_equal(g.marker, "m1");
	a = answer(200, second);
	assert_int_equal(kms_api_read_grants(&a, &v, &g, &t), 0);
	assert_true(g.more);
	a = answer(200, third);
	assert_int_equal(kms_api_read_grants(&a, &v, &g, &t), 0);
	assert_int_equal(t.fault, FAULT_NONE);
	assert_false(g.more);
	assert_int_equal(g.count, 2);
	assert_int_equal(g.pages, 3);

	/* A batch is told by its ids alone, however the list was ordered. */
	struct digest ab, ba, only_a, of_text;
	struct kms_api_grant swapped = g.items[0];
	uint32_t count;
	assert_int_equal(kms_api_grants_batch(&g, 10, &count, &ab), 0);
	assert_int_equal(count, 2);
	assert_int_equal(digest_of("a\nb\n", 4, &of_text), 0);
	assert_memory_equal(&ab, &of_text, sizeof ab);
	g.items[0] = g.items[1];
	g.items[1] = swapped;
	assert_int_equal(kms_api_grants_batch(&g, 10, &count, &ba), 0);
	assert_memory_equal(&ab, &ba, sizeof ab);
	assert_int_equal(kms_api_grants_batch(&g, 1, &count, &only_a), 0);
	assert_int_equal(count, 1);
	assert_string_equal(g.items[0].id, "a");
	assert_memory_not_equal(&ab, &only_a, sizeof ab);
	kms_api_grants_fini(&g);

	static const char *const bad[] = {"{}", "{\"Grants\":null}", "{\"Grants\":{}}", "{\"Grants\":[1]}",
		"{\"Grants\":[{}]}", "{\"Grants\":[{\"GrantId\":7}]}",
		"{\"Grants\":[{\"GrantId\":\"a\",\"GranteePrincipal\":7}]}",
		"{\"Grants\":[],\"Truncated\":true}",
		"{\"Grants\":[],\"Truncated\":true,\"NextMarker\":\"\"}",
		"{\"Grants\":[],\"Truncated\":\"true\"}"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		a = answer(200, bad[i]);
		assert_int_equal(kms_api_read_grants(&a, &v, &g, &t), 0);
		assert_int_equal(t.fault, FAULT_MALFORMED);
		kms_api_grants_fini(&g);
	}
	/* A marker that comes again, and pages without end. */
	a = answer(200, first);
	assert_int_equal(kms_api_read_grants(&a, &v, &g, &t), 0);
	assert_int_equal(t.fault, FAULT_NONE);
	assert_int_equal(kms_api_read_grants(&a, &v, &g, &t), 0);
	assert_int_equal(t.fault, FAULT_MALFORMED);
	kms_api_grants_fini(&g);
	uint32_t pages = 0;
	do {
		char body[128];
		(void)snprintf(body, sizeof body, "{\"Grants\":[],\"Truncated\":true,\"NextMarker\":\"m%u\"}",
			pages);
		a = answer(200, body);
		assert_int_equal(kms_api_read_grants(&a, &v, &g, &t), 0);
		pages++;
	} while (t.fault == FAULT_NONE && pages < 2 * KMS_API_GRANT_PAGES_MAX);
	assert_int_equal(t.fault, FAULT_MALFORMED);
	assert_int_equal(pages, KMS_API_GRANT_PAGES_MAX);
	kms_api_grants_fini(&g);
}

/* ---- STS ---- */

static void test_identity(void **state)
{
	static const char good[] =
		"<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\n"
		" <GetCallerIdentityResult>\n  <Arn>arn:aws:sts::111122223333:assumed-role/cmekd/host</Arn>\n"
		"  <UserId>AROAX:host</UserId>\n  <Account>111122223333</Account>\n "
		"</GetCallerIdentityResult>\n"
		" <ResponseMetadata><RequestId>1</RequestId></ResponseMetadata>\n</"
		"GetCallerIdentityResponse>";
	struct http_answer a = answer(200, good);
	struct sts_identity id;
	struct trouble t;
	(void)state;
	sts_read_identity(&a, &id, &t);
	assert_int_equal(t.fault, FAULT_NONE);
	assert_string_equal(id.account.text, "111122223333");
	assert_string_equal(id.arn, "arn:aws:sts::111122223333:assumed-role/cmekd/host");
	static const struct {
		long status;
		const char *body;
		enum fault fault;
		const char *code;
	} rows[] = {
		{200, "", FAULT_MALFORMED, ""},
		{200, "{\"GetCallerIdentityResponse\":{}}", FAULT_MALFORMED, ""},
		{200, "<html>hello</html>", FAULT_MALFORMED, ""},
		{200,
			"<R><GetCallerIdentityResult><Account>1</Account><Arn>arn:x</Arn></"
			"GetCallerIdentityResult></R>",
			FAULT_MALFORMED, ""},
		{403,
			"<ErrorResponse><Error><Type>Sender</Type><Code>InvalidClientTokenId</"
			"Code><Message>m</Message></Error>"
			"<RequestId>1</RequestId></ErrorResponse>",
			FAULT_CREDENTIALS, "InvalidClientTokenId"},
		{403, "<ErrorResponse><Error><Code>ExpiredToken</Code></Error></ErrorResponse>",
			FAULT_CREDENTIALS, "ExpiredToken"},
		{403, "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>", FAULT_DENIED,
			"AccessDenied"},
		{403, "<html>proxy</html>", FAULT_MALFORMED, ""},
		{503, "", FAULT_SERVER_ERROR, ""},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		a = answer(rows[i].status, rows[i].body);
		sts_read_identity(&a, &id, &t);
		assert_int_equal(t.fault, rows[i].fault);
		assert_string_equal(t.code, rows[i].code);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bodies),
		cmocka_unit_test(test_key),
		cmocka_unit_test(test_key_states),
		cmocka_unit_test(test_key_shapes),
		cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_skew),
		cmocka_unit_test(test_void),
		cmocka_unit_test(test_policy),
		cmocka_unit_test(test_rotation),
		cmocka_unit_test(test_rotations_add_up),
		cmocka_unit_test(test_rotations_that_are_none),
		cmocka_unit_test(test_bodies_of_errands),
		cmocka_unit_test(test_grant_owners),
		cmocka_unit_test(test_grant_pages),
		cmocka_unit_test(test_identity),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
