/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/proto.h"
#include "base/own.h"
#include "proto/json_write.h"
#include "proto/proto_call.h"
#include "proto/proto_reply.h"
#include <errno.h>
#include <json-c/json.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static void expect_frame(struct proto *p, const char *text)
{
	const char *frame;
	size_t len;
	assert_int_equal(proto_next(p, &frame, &len), 0);
	assert_int_equal(len, strlen(text));
	assert_string_equal(frame, text);
}

static void expect_more(struct proto *p)
{
	const char *frame;
	size_t len;
	assert_int_equal(proto_next(p, &frame, &len), PROTO_E_MORE);
}

static void test_two_frames_in_one_read(void **state)
{
	(void)state;
	_cleanup_(proto_fini) struct proto p = PROTO_INIT(100);
	expect_more(&p);
	assert_int_equal(proto_feed(&p, "{\"a\":1}\0{}\0{\"b", 14), 0);
	expect_frame(&p, "{\"a\":1}");
	expect_frame(&p, "{}");
	expect_more(&p);
	assert_true(proto_is_cut(&p));
	assert_int_equal(proto_feed(&p, "\":2}\0", 5), 0);
	expect_frame(&p, "{\"b\":2}");
	expect_more(&p);
	assert_false(proto_is_cut(&p));
}

static void test_one_frame_over_many_reads(void **state)
{
	(void)state;
	static const char text[] = "{\"method\":\"io.cmekd.Ping\"}\0{}";
	_cleanup_(proto_fini) struct proto p = PROTO_INIT(100);
	for (size_t i = 0; i < sizeof text; i++) {
		assert_int_equal(proto_feed(&p, text + i, 1), 0);
		if (text[i] != '\0') {
			expect_more(&p);
			assert_true(proto_is_cut(&p));
		} else {
			expect_frame(&p, i == sizeof text - 1 ? "{}" : text);
			expect_more(&p);
		}
	}
}

static void test_empty_frames(void **state)
{
	(void)state;
	_cleanup_(proto_fini) struct proto p = PROTO_INIT(100);
	assert_int_equal(proto_feed(&p, "\0\0", 2), 0);
	expect_frame(&p, "");
	expect_frame(&p, "");
	expect_more(&p);
}

/* A frame of 1 GB: refused when the limit is passed, with no more memory taken than that. */
static void test_a_huge_frame_is_refused_early(void **state)
{
	(void)state;
	static char chunk[PROTO_FEED_MAX];
	_cleanup_(proto_fini) struct proto p = PROTO_INIT(PROTO_CALL_MAX);
	size_t fed = 0;
	int r = 0;
	memset(chunk, 'x', sizeof chunk);
	while (fed < (size_t)1 << 30) {
		r = proto_feed(&p, chunk, sizeof chunk);
		if (r != 0)
			break;
		fed += sizeof chunk;
	}
	assert_int_equal(r, PROTO_E_LONG);
	assert_int_equal(fed, PROTO_CALL_MAX);
	assert_true(p.in.size <= 2 * PROTO_CALL_MAX);
	expect_more(&p);
}

static void test_the_limit_is_exact(void **state)
{
	(void)state;
	_cleanup_(proto_fini) struct proto p = PROTO_INIT(4);
	assert_int_equal(proto_feed(&p, "1234\0", 5), 0);
	expect_frame(&p, "1234");
	assert_int_equal(proto_feed(&p, "12345\0", 6), PROTO_E_LONG);
	assert_int_equal(proto_feed(&p, "1234", 4), 0);
	assert_int_equal(proto_feed(&p, "5", 1), PROTO_E_LONG);
	assert_int_equal(proto_feed(&p, "\0", 1), 0);
	expect_frame(&p, "1234");
	/* frames that nobody takes out are no way round it */
	static char many[PROTO_FEED_MAX];
	assert_int_equal(proto_feed(&p, many, sizeof many), 0);
	assert_int_equal(proto_feed(&p, many, sizeof many), -EMSGSIZE);
}

static void test_calls(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int refusal;
	} rows[] = {
		{"{\"method\":\"io.cmekd.Ping\"}", 0},
		{"{\"method\":\"io.cmekd.Ping\",\"parameters\":null}", 0},
		{"{\"parameters\":{},\"method\":\"a\",\"more\":false,\"oneway\":false,\"upgrade\":false}", 0},
		{"", PROTO_CALL_E_JSON},
		{"garbage", PROTO_CALL_E_JSON},
		{"\xff\xfe", PROTO_CALL_E_JSON},
		{"{'method':'a'}", PROTO_CALL_E_JSON},
		{"{\"method\":\"a\",\"method\":\"b\"}", PROTO_CALL_E_JSON},
		{"{\"method\":\"a\\u0000b\"}", PROTO_CALL_E_JSON},
		{"{\"method\":\"a\"} x", PROTO_CALL_E_JSON},
		{"[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]", PROTO_CALL_E_JSON},
		{"[]", PROTO_CALL_E_SHAPE},
		{"1", PROTO_CALL_E_SHAPE},
		{"{}", PROTO_CALL_E_SHAPE},
		{"{\"method\":\"\"}", PROTO_CALL_E_SHAPE},
		{"{\"method\":1}", PROTO_CALL_E_SHAPE},
		{"{\"method\":\"a\",\"parameters\":[]}", PROTO_CALL_E_SHAPE},
		{"{\"method\":\"a\",\"more\":1}", PROTO_CALL_E_SHAPE},
		{"{\"method\":\"a\",\"oneway\":\"true\"}", PROTO_CALL_E_SHAPE},
		{"{\"method\":\"a\",\"upgrade\":null}", PROTO_CALL_E_SHAPE},
		{"{\"method\":\"a\",\"id\":1}", PROTO_CALL_E_SHAPE},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct proto_call call = PROTO_CALL_INIT;
		struct why why = {""};
		int r = proto_call_parse(rows[i].text, strlen(rows[i].text), &call, &why);
		if (r != rows[i].refusal)
			fail_msg("%s: %d instead of %d: %s", rows[i].text, r, rows[i].refusal, why.text);
		assert_true((r == 0) == (why.text[0] == '\0'));
		proto_call_fini(&call);
	}
	/* a method's name that fits, and one that does not */
	char text[PROTO_METHOD_BYTES + 32];
	for (int len = PROTO_METHOD_BYTES - 1; len <= PROTO_METHOD_BYTES; len++) {
		struct proto_call call = PROTO_CALL_INIT;
		int n = snprintf(text, sizeof text, "{\"method\":\"%0*d\"}", len, 0);
		int r = proto_call_parse(text, (size_t)n, &call, NULL);
		assert_int_equal(r, len < PROTO_METHOD_BYTES ? 0 : PROTO_CALL_E_SHAPE);
		proto_call_fini(&call);
	}
}

static void test_a_call_comes_back(void **state)
{
	(void)state;
	_cleanup_(buf_fini) struct buf out = BUF_INIT(4096);
	_cleanup_(proto_call_fini) struct proto_call call = PROTO_CALL_INIT;
	struct json_object *parameters = json_object_new_object();
	json_object_object_add(parameters, "project", json_object_new_string("lab \"1\"\n"));
	assert_int_equal(proto_call_encode("io.cmekd.Status", parameters, true, &out), 0);
	json_object_put(parameters);
	assert_int_equal(out.data[out.len - 1], '\0');
	assert_int_equal(proto_call_parse(out.data, out.len - 1, &call, NULL), 0);
	assert_string_equal(call.method, "io.cmekd.Status");
	assert_true(call.more && !call.oneway && !call.upgrade);
	assert_true(
		json_equals(&call.tree, json_member(&call.tree, call.parameters, "project"), "lab \"1\"\n"));
	assert_int_equal(json_member(&call.tree, call.parameters, "region"), JSON_NONE);

	buf_clear(&out);
	proto_call_fini(&call);
	assert_int_equal(proto_call_encode("io.cmekd.Ping", NULL, false, &out), 0);
	assert_string_equal(out.data, "{\"method\":\"io.cmekd.Ping\"}");
	assert_int_equal(proto_call_parse(out.data, out.len - 1, &call, NULL), 0);
	assert_int_equal(call.parameters, JSON_NONE);
	assert_int_equal(json_member(&call.tree, call.parameters, "project"), JSON_NONE);
}

static void test_a_reply_comes_back(void **state)
{
	(void)state;
	_cleanup_(buf_fini) struct buf out = BUF_INIT(4096);
	struct proto_reply reply = PROTO_REPLY_INIT;
	struct json_object *parameters = json_object_new_object();
	json_object_object_add(parameters, "needs", json_object_new_string("operate"));

	assert_int_equal(proto_reply_encode(parameters, "io.cmekd.NotPermitted", false, &out), 0);
	assert_string_equal(
		out.data, "{\"error\":\"io.cmekd.NotPermitted\",\"parameters\":{\"needs\":\"operate\"}}");
	assert_int_equal(proto_reply_parse(out.data, out.len - 1, &reply, NULL), 0);
	assert_string_equal(reply.error, "io.cmekd.NotPermitted");
	assert_false(reply.continues);
	assert_true(json_equals(&reply.tree, json_member(&reply.tree, reply.parameters, "needs"), "operate"));
	proto_reply_fini(&reply);

	buf_clear(&out);
	assert_int_equal(proto_reply_encode(parameters, NULL, true, &out), 0);
	assert_int_equal(proto_reply_parse(out.data, out.len - 1, &reply, NULL), 0);
	assert_true(reply.continues);
	assert_string_equal(reply.error, "");
	proto_reply_fini(&reply);
	json_object_put(parameters);

	buf_clear(&out);
	assert_int_equal(proto_reply_encode(NULL, NULL, false, &out), 0);
	assert_string_equal(out.data, "{\"parameters\":{}}");
	_cleanup_(buf_fini) struct buf small = BUF_INIT(8);
	assert_int_equal(proto_reply_encode(NULL, NULL, false, &small), -EMSGSIZE);
}

static void test_strange_replies(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int refusal;
	} rows[] = {
		{"{}", 0},
		{"{\"parameters\":{\"x\":[1,2]},\"continues\":true}", 0},
		{"", PROTO_REPLY_E_JSON},
		{"HTTP/1.1 400 Bad Request", PROTO_REPLY_E_JSON},
		{"[]", PROTO_REPLY_E_SHAPE},
		{"{\"error\":1}", PROTO_REPLY_E_SHAPE},
		{"{\"error\":\"\"}", PROTO_REPLY_E_SHAPE},
		{"{\"parameters\":1}", PROTO_REPLY_E_SHAPE},
		{"{\"continues\":\"yes\"}", PROTO_REPLY_E_SHAPE},
		{"{\"result\":{}}", PROTO_REPLY_E_SHAPE},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct proto_reply reply = PROTO_REPLY_INIT;
		struct why why = {""};
		assert_int_equal(
			proto_reply_parse(rows[i].text, strlen(rows[i].text), &reply, &why), rows[i].refusal);
		assert_true((rows[i].refusal == 0) == (why.text[0] == '\0'));
		proto_reply_fini(&reply);
	}
}

static void test_json_write(void **state)
{
	(void)state;
	_cleanup_(buf_fini) struct buf out = BUF_INIT(4096);
	struct json_object *o = json_object_new_object(), *a = json_object_new_array();
	json_object_object_add(o, "n", NULL);
	json_object_object_add(o, "t", json_object_new_boolean(1));
	json_object_object_add(o, "f", json_object_new_boolean(0));
	json_object_array_add(a, json_object_new_int64(INT64_MIN));
	json_object_array_add(a, json_object_new_uint64(UINT64_MAX));
	json_object_array_add(a, json_object_new_double(0.5));
	json_object_array_add(a, json_object_new_double(0.0 / 0.0));
	json_object_object_add(o, "a", a);
	json_object_object_add(o, "e", json_object_new_array());
	json_object_object_add(o, "s", json_object_new_string("cut \xe2\x82")); /* half a character */
	json_write(&out, o);
	json_object_put(o);
	assert_string_equal(out.data,
		"{\"n\":null,\"t\":true,\"f\":false,\"a\":[-9223372036854775808,"
		"18446744073709551615,0.5,null],\"e\":[],\"s\":\"cut \xef\xbf\xbd\xef\xbf\xbd\"}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_two_frames_in_one_read),
		cmocka_unit_test(test_one_frame_over_many_reads),
		cmocka_unit_test(test_empty_frames),
		cmocka_unit_test(test_a_huge_frame_is_refused_early),
		cmocka_unit_test(test_the_limit_is_exact),
		cmocka_unit_test(test_calls),
		cmocka_unit_test(test_a_call_comes_back),
		cmocka_unit_test(test_a_reply_comes_back),
		cmocka_unit_test(test_strange_replies),
		cmocka_unit_test(test_json_write),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
