/* SPDX-License-Identifier: Apache-2.0 */
/* What a queue of hints is asked and answers, and what an event in it says. */
#include "wire/hint.h"
#include "wire/sqs.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define KEY   "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
#define OTHER "arn:aws:kms:us-west-2:111122223333:key/mrk-1234"
#define ENVELOPE                                                                                             \
	"{\"version\":\"0\",\"id\":\"6a7e8feb-b491\",\"source\":\"aws.kms\",\"account\":\"111122223333\","   \
	"\"time\":\"2025-05-23T03:11:54Z\",\"region\":\"us-west-2\","
#define NATIVE                                                                                               \
	ENVELOPE "\"detail-type\":\"KMS CMK Rotation\",\"resources\":[\"" KEY                                \
		 "\"],\"detail\":{\"key-id\":\"1234abcd-12ab-34cd-56ef-1234567890ab\"}}"
#define CALL(name, more)                                                                                     \
	ENVELOPE "\"detail-type\":\"AWS API Call via CloudTrail\",\"resources\":[],\"detail\":{"             \
		 "\"eventTime\":\"2022-09-01T20:06:16Z\",\"eventSource\":\"kms.amazonaws.com\","             \
		 "\"eventName\":\"" name "\"," more "\"awsRegion\":\"us-west-2\"}}"
#define RESOURCES "\"resources\":[{\"accountId\":\"111122223333\",\"ARN\":\"" KEY "\"}],"

static int read_text(const char *text, struct hint *hint, struct why *why)
{
	why->text[0] = '\0';
	return hint_read(text, strlen(text), "aws", hint, why);
}

static void expect(const char *text, const char *what, const char *key, int64_t at_ms)
{
	struct hint h;
	struct why why;
	assert_int_equal(read_text(text, &h, &why), 0);
	assert_string_equal(h.what, what);
	assert_int_equal(h.key_count, 1);
	assert_string_equal(h.keys[0].text, key);
	assert_int_equal(h.at.ms, at_ms);
}

static void test_events(void **state)
{
	(void)state;
	expect(NATIVE, "KMS CMK Rotation", KEY, 1747969914000);
	expect(CALL("PutKeyPolicy", RESOURCES), "PutKeyPolicy", KEY, 1662062776000);
	/* The key's ARN is what counts, even where the call named an alias. */
	expect(CALL("DisableKey", RESOURCES "\"requestParameters\":{\"keyId\":\"alias/x\"},"), "DisableKey",
		KEY, 1662062776000);
	/* Older forms, and events of the service itself: the key's id alone. */
	expect(CALL("DisableKey", "\"requestParameters\":{\"keyId\":\"mrk-1234\"},"), "DisableKey", OTHER,
		1662062776000);
	expect(CALL("DeleteKey",
		       "\"requestParameters\":null,\"serviceEventDetails\":{\"keyId\":\"mrk-1234\"},"),
		"DeleteKey", OTHER, 1662062776000);
	expect(ENVELOPE "\"detail-type\":\"KMS CMK Deletion\",\"detail\":{\"key-id\":\"mrk-1234\"}}",
		"KMS CMK Deletion", OTHER, 1747969914000);
	expect(CALL("EnableKey", "\"requestParameters\":{\"keyId\":\"" OTHER "\"},"), "EnableKey", OTHER,
		1662062776000);
}

/* An SNS topic between rule and queue wraps the event. */
static void test_wrapped(void **state)
{
	struct buf b = BUF_INIT(65536);
	(void)state;
	buf_add(&b, "{\"Type\":\"Notification\",\"TopicArn\":\"arn:aws:sns:x\",\"Message\":");
	buf_json_string(&b, NATIVE, strlen(NATIVE));
	buf_add(&b, "}");
	assert_int_equal(b.trouble, 0);
	expect(b.data, "KMS CMK Rotation", KEY, 1747969914000);
	buf_fini(&b);
}

static void test_no_hints(void **state)
{
	static const struct {
		const char *text;
		int refusal;
		const char *said;
	} rows[] = {
		{"", HINT_E_MALFORMED, "line 1"},
		{"DisableKey", HINT_E_MALFORMED, "line 1"},
		{"[]", HINT_E_MALFORMED, "no detail"},
		{"{\"source\":\"aws.kms\"}", HINT_E_MALFORMED, "no detail"},
		{"{\"source\":\"aws.kms\",\"detail\":[]}", HINT_E_MALFORMED, "no detail"},
		{"{\"Message\":\"hello\"}", HINT_E_MALFORMED, "line 1"},
		{"{\"Message\":{}}", HINT_E_MALFORMED, ""},
		{"{\"Message\":\"{\\\"Message\\\":\\\"{}\\\"}\"}", HINT_E_MALFORMED, "no detail"},
		{"{\"source\":\"aws.ec2\",\"resources\":[\"" KEY "\"],\"detail\":{}}", HINT_E_IDLE,
			"aws.kms"},
		{"{\"source\":\"aws.kms\",\"source\":\"aws.ec2\",\"detail\":{}}", HINT_E_MALFORMED, "line 1"},
		{CALL("DisableKey", RESOURCES "\"errorCode\":\"AccessDenied\","), HINT_E_IDLE,
			"DisableKey failed"},
		{CALL("ListAliases", "\"requestParameters\":null,"), HINT_E_IDLE, "ListAliases names no key"},
		{CALL("CreateAlias", "\"requestParameters\":{\"keyId\":\"alias/../x\"},"), HINT_E_IDLE,
			"no key"},
		{CALL("X", "\"requestParameters\":{\"keyId\":7},\"resources\":[7,{\"ARN\":7},{}],"),
			HINT_E_IDLE, "no key"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct hint h;
		struct why why;
		assert_int_equal(read_text(rows[i].text, &h, &why), rows[i].refusal);
		if (!strstr(why.text, rows[i].said))
			fail_msg("row %zu: \"%s\" does not say \"%s\"", i, why.text, rows[i].said);
	}
}

static void test_many_keys(void **state)
{
	struct buf b = BUF_INIT(65536);
	struct hint h;
	struct why why;
	(void)state;
	buf_add(&b, ENVELOPE "\"detail\":{},\"resources\":[\"" KEY "\",\"" KEY "\"");
	for (int i = 0; i < 2 * HINT_KEYS_MAX; i++)
		buf_printf(&b, ",\"arn:aws:kms:us-west-2:111122223333:key/k%d\"", i);
	buf_add(&b, "]}");
	assert_int_equal(read_text(b.data, &h, &why), 0);
	assert_int_equal(h.key_count, HINT_KEYS_MAX);
	assert_string_equal(h.keys[0].text, KEY);
	assert_string_equal(h.keys[1].text, "arn:aws:kms:us-west-2:111122223333:key/k0");
	buf_fini(&b);
}

/* ---- the queue ---- */

static void test_requests(void **state)
{
	struct sqs_message items[2] = {{.receipt = ""}, {.receipt = "r\"2"}};
	struct sqs_messages m = {.items = items, .count = 2};
	struct queue_arn queue;
	char url[SQS_URL_BYTES];
	struct buf b = BUF_INIT(SQS_BODY_MAX_BYTES);
	static const char arn[] = "arn:aws:sqs:us-west-2:111122223333:cmekd-events.fifo";
	(void)state;
	assert_int_equal(queue_arn_parse(arn, strlen(arn), &queue, NULL, NULL), 0);
	sqs_queue_url(&queue, "https://sqs.us-west-2.amazonaws.com/", url);
	assert_string_equal(url, "https://sqs.us-west-2.amazonaws.com/111122223333/cmekd-events.fifo");
	sqs_write_receive(&b, "https://q", 10, 20);
	assert_string_equal(b.data,
		"{\"QueueUrl\":\"https://q\",\"MaxNumberOfMessages\":10,\"WaitTimeSeconds\":20,"
		"\"VisibilityTimeout\":60}");
	buf_clear(&b);
	assert_true(sqs_write_delete(&b, "https://q", &m));
	assert_string_equal(b.data,
		"{\"QueueUrl\":\"https://q\",\"Entries\":[{\"Id\":\"1\",\"ReceiptHandle\":"
		"\"r\\\"2\"}]}");
	buf_clear(&b);
	m.count = 1;
	assert_false(sqs_write_delete(&b, "https://q", &m));
	assert_int_equal(b.len, 0);
	buf_fini(&b);
}

/* Ten receipts of the longest kind, escaped, still fit. */
static void test_longest_delete(void **state)
{
	struct sqs_message items[SQS_MESSAGES_MAX];
	struct sqs_messages m = {.items = items, .count = SQS_MESSAGES_MAX};
	struct buf b = BUF_INIT(SQS_BODY_MAX_BYTES);
	(void)state;
	for (size_t i = 0; i < SQS_MESSAGES_MAX; i++) {
		memset(items[i].receipt, 'a', sizeof items[i].receipt - 1);
		items[i].receipt[sizeof items[i].receipt - 1] = '\0';
	}
	assert_true(sqs_write_delete(&b, "https://q", &m));
	assert_int_equal(b.trouble, 0);
	buf_fini(&b);
}

static struct http_answer answer(long status, const char *body)
{
	return (struct http_answer){.status = status, .body = body, .body_len = strlen(body)};
}

static void test_answers(void **state)
{
	struct http_answer a =
		answer(200, "{\"Messages\":[{\"MessageId\":\"1\",\"ReceiptHandle\":\"r1\",\"Body\":\"{}\"},"
			    "{\"ReceiptHandle\":7,\"Body\":\"b\"},{\"ReceiptHandle\":\"r3\",\"Body\":7},7]}");
	struct sqs_messages m = SQS_MESSAGES_INIT;
	struct trouble t;
	(void)state;
	assert_int_equal(sqs_read_messages(&a, &m, &t), 0);
	assert_int_equal(t.fault, FAULT_NONE);
	assert_int_equal(m.count, 4);
	assert_string_equal(m.items[0].receipt, "r1");
	assert_string_equal(m.items[0].body, "{}");
	assert_string_equal(m.items[1].receipt, "");
	assert_string_equal(m.items[1].body, "b");
	assert_string_equal(m.items[2].receipt, "r3");
	assert_null(m.items[2].body);
	assert_null(m.items[3].body);
	sqs_messages_fini(&m);
	a = answer(200, "{}"); /* an empty queue */
	assert_int_equal(sqs_read_messages(&a, &m, &t), 0);
	assert_int_equal(t.fault, FAULT_NONE);
	assert_int_equal(m.count, 0);
	sqs_messages_fini(&m);
}

static void test_bad_answers(void **state)
{
	static const struct {
		long status;
		const char *body;
		enum fault fault;
		const char *code;
	} rows[] = {
		{200, "", FAULT_MALFORMED, ""},
		{200, "[]", FAULT_MALFORMED, ""},
		{200, "{\"Messages\":{}}", FAULT_MALFORMED, ""},
		{200, "{\"Messages\":[1,2,3,4,5,6,7,8,9,10,11]}", FAULT_MALFORMED, ""},
		{400, "{\"__type\":\"com.amazonaws.sqs#QueueDoesNotExist\",\"message\":\"gone\"}",
			FAULT_REFUSED, "QueueDoesNotExist"},
		{403, "{\"__type\":\"com.amazonaws.sqs#RequestThrottled\",\"message\":\"slow\"}",
			FAULT_THROTTLED, "RequestThrottled"},
		{400, "{\"__type\":\"com.amazon.coral.service#AccessDeniedException\",\"Message\":\"no\"}",
			FAULT_DENIED, "AccessDeniedException"},
		{400, "{\"__type\":\"com.amazonaws.sqs#InvalidSecurity\",\"message\":\"no\"}", FAULT_REFUSED,
			"InvalidSecurity"},
		{503, "<html>", FAULT_SERVER_ERROR, ""},
	};
	struct sqs_messages m = SQS_MESSAGES_INIT;
	struct trouble t;
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct http_answer a = answer(rows[i].status, rows[i].body);
		assert_int_equal(sqs_read_messages(&a, &m, &t), 0);
		assert_int_equal(t.fault, rows[i].fault);
		assert_string_equal(t.code, rows[i].code);
		assert_null(m.items);
	}
}

static void test_deleted(void **state)
{
	struct http_answer a =
		answer(200, "{\"Successful\":[{\"Id\":\"0\"}],\"Failed\":[{\"Id\":\"1\",\"SenderFault\":"
			    "true,\"Code\":\"ReceiptHandleIsInvalid\",\"Message\":\"old\"}]}");
	struct trouble t;
	(void)state;
	assert_int_equal(sqs_read_delete(&a, &t), 0);
	assert_int_equal(t.fault, FAULT_REFUSED);
	assert_string_equal(t.code, "ReceiptHandleIsInvalid");
	assert_string_equal(t.message, "old");
	a = answer(200, "{\"Successful\":[],\"Failed\":[]}");
	assert_int_equal(sqs_read_delete(&a, &t), 0);
	assert_int_equal(t.fault, FAULT_NONE);
	a = answer(200, "nonsense");
	assert_int_equal(sqs_read_delete(&a, &t), 0);
	assert_int_equal(t.fault, FAULT_MALFORMED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_events),
		cmocka_unit_test(test_wrapped),
		cmocka_unit_test(test_no_hints),
		cmocka_unit_test(test_many_keys),
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_longest_delete),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_bad_answers),
		cmocka_unit_test(test_deleted),
	};
	return cmocka_run_group_tests_name("hint", tests, NULL, NULL);
}
