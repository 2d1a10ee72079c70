/* SPDX-License-Identifier: Apache-2.0 */
/* The documented way to revoke: TiDB Cloud's own principals and values are taken out of the key policy, and put back. The world is
 * tests/unit/kms_world. */
#include "base/buf.h"
#include "base/own.h"
#include "io/kms.h"
#include "io/kms_edit.h"
#include "kms_world.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define OTHER "arn:aws:iam::555566667777:root"

static struct kms_seen take(struct kms_take how)
{
	struct kms_seen s = {.calls = 0};

	how.kept_len = strlen(how.kept);
	assert_int_equal(kms_take(kms_world.target, &how, NULL, kms_world_on_change, &s), 0);
	kms_world_wait(&s);
	return s;
}

static void add(const char *statement)
{
	char *end = strrchr(kms_world.policy, ']');

	(void)snprintf(end, sizeof(kms_world.policy) - (size_t)(end - kms_world.policy), ",%s]}", statement);
}

static void out_and_back_is_exact(void **state)
{
	char kept[sizeof(kms_world.policy)];
	struct kms_seen s;

	(void)state;
	kms_world.old_reads = 0;
	memcpy(kept, kms_world.policy, sizeof(kept));
	s = take((struct kms_take){.kept = kept});
	assert_int_equal(s.result, ACT_RESULT_ACCEPTED);
	assert_int_equal(kms_world.puts, 1);
	assert_null(strstr(kms_world.policy, VENDOR));
	s = kms_world_look();
	assert_int_equal(s.look.access.denied, NEED_ALL);
	assert_false(s.look.access.by_deny);
	s = take((struct kms_take){.kept = kept, .stood = true}); /* again, after an answer that was lost */
	assert_int_equal(s.result, ACT_RESULT_ACCEPTED);
	assert_int_equal(kms_world.puts, 1);
	s = take((struct kms_take){.kept = kept, .back = true});
	assert_int_equal(s.result, ACT_RESULT_ACCEPTED);
	assert_int_equal(kms_world.puts, 2);
	assert_string_equal(kms_world.policy, kept);
	s = take((struct kms_take){.kept = kept, .back = true});
	assert_int_equal(s.result, ACT_RESULT_ACCEPTED);
	assert_int_equal(kms_world.puts, 2);
}

#define AUDITORS                                                                                             \
	"{\"Sid\":\"Auditors\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::111122223333:"     \
	"role/a\"}"                                                                                          \
	",\"Action\":\"kms:DescribeKey\",\"Resource\":\"*\"}"

/* What others edited meanwhile stays. */
static void edits_of_others_stay(void **state)
{
	char kept[sizeof(kms_world.policy)];
	struct kms_seen s;

	(void)state;
	kms_world.old_reads = 0;
	memcpy(kept, kms_world.policy, sizeof(kept));
	assert_int_equal(take((struct kms_take){.kept = kept}).result, ACT_RESULT_ACCEPTED);
	add(AUDITORS);
	s = take((struct kms_take){.kept = kept, .back = true});
	assert_int_equal(s.result, ACT_RESULT_ACCEPTED);
	assert_non_null(strstr(kms_world.policy, "Auditors"));
	assert_int_equal(kms_world_look().look.access.allowed, NEED_ALL);
	/* What is not the policy that is kept is kept first. */
	s = take((struct kms_take){.kept = kept});
	assert_int_equal(s.result, ACT_RESULT_NOT_SENT);
	assert_non_null(strstr(s.texts.message, "changed since it was kept"));
	assert_int_equal(kms_world.puts, 2);
}

/* Between the last look and this: it is not ours to put back, whatever was kept. Kept anew, there is nothing to take out. */
static void what_others_took_out_is_theirs(void **state)
{
	static const char root[] = "{\"Statement\":[{\"Sid\":\"Root\",\"Effect\":\"Allow\",\"Principal\":{"
				   "\"AWS\":\"arn:aws:iam::"
				   "111122223333:root\"},\"Action\":\"kms:*\",\"Resource\":\"*\"}]}";
	char kept[sizeof(kms_world.policy)];
	struct kms_seen s;

	(void)state;
	kms_world.old_reads = 0;
	memcpy(kept, kms_world.policy, sizeof(kept));
	memcpy(kms_world.policy, root, sizeof(root));
	s = take((struct kms_take){.kept = kept});
	assert_int_equal(s.result, ACT_RESULT_NOT_SENT);
	assert_non_null(strstr(s.texts.message, "changed since it was kept"));
	s = take((struct kms_take){.kept = root});
	assert_int_equal(s.result, ACT_RESULT_REFUSED);
	assert_non_null(strstr(s.texts.message, "nothing that could be taken out"));
	s = take((struct kms_take){.kept = "", .stood = true}); /* out, though what was kept is gone */
	assert_int_equal(s.result, ACT_RESULT_ACCEPTED);
	memcpy(kms_world.policy, kept, sizeof(kept));
	s = take((struct kms_take){.kept = "", .stood = true});
	assert_int_equal(s.result, ACT_RESULT_NOT_SENT);
	assert_int_equal(kms_world.puts, 0);
}

/* A Deny of others beats what is put back: that would give nothing, so a person is told. */
static void what_would_not_help_is_refused(void **state)
{
	char kept[sizeof(kms_world.policy)];
	struct kms_seen s;

	(void)state;
	kms_world.old_reads = 0;
	memcpy(kept, kms_world.policy, sizeof(kept));
	assert_int_equal(take((struct kms_take){.kept = kept}).result, ACT_RESULT_ACCEPTED);
	add("{\"Sid\":\"Fence\",\"Effect\":\"Deny\",\"Principal\":{\"AWS\":\"*\"},\"Action\":\"kms:"
	    "CreateGrant\","
	    "\"Resource\":\"*\"}");
	s = take((struct kms_take){.kept = kept, .back = true});
	assert_int_equal(s.result, ACT_RESULT_REFUSED);
	assert_non_null(strstr(s.texts.message, "denies kms:CreateGrant"));
	assert_int_equal(kms_world.puts, 1);
	s = take((struct kms_take){.kept = "no policy", .back = true});
	assert_int_equal(s.result, ACT_RESULT_REFUSED);
}

/* VendorAccount= was set to another since: what is kept gives that one nothing, so nothing that was taken out is put back. */
static void a_policy_of_another_vendor_is_not_put_back(void **state)
{
	char kept[sizeof(kms_world.policy)], other[sizeof(kms_world.policy)];
	_cleanup_(buf_fini) struct buf diff = BUF_INIT(65536);
	struct why loss = {""}, why = {""};
	struct kms_take back = {.kept = other, .back = true};
	struct kms_seen s;

	(void)state;
	kms_world.old_reads = 0;
	memcpy(kept, kms_world.policy, sizeof(kept));
	memcpy(other, kept, sizeof(kept));
	while (strstr(other, VENDOR))
		kms_world_replace(other, sizeof(other), VENDOR, "666677778888");
	assert_int_equal(take((struct kms_take){.kept = kept}).result, ACT_RESULT_ACCEPTED);
	s = take(back);
	assert_int_equal(s.result, ACT_RESULT_REFUSED);
	assert_non_null(strstr(s.texts.message, "gives account " VENDOR " nothing"));
	assert_non_null(strstr(s.texts.message, "VendorAccount="));
	assert_int_equal(kms_world.puts, 1);
	(void)kms_world_look();
	back.kept_len = strlen(other);
	assert_true(kms_foresee_take(kms_world.target, &back, &diff, &loss, &why));
	assert_non_null(strstr(why.text, "VendorAccount="));
}

/* What a condition leaves open is put back too: it is as open as before. */
static void what_was_undecided_is_put_back(void **state)
{
	static const char text[] =
		"{\"Statement\":[{\"Sid\":\"Root\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":"
		"\"arn:aws:iam::111122223333:root\"},\"Action\":\"kms:*\",\"Resource\":\"*\"},"
		"{\"Sid\":\"Hours\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::" VENDOR
		":root\"},\"Action\":\"kms:*\",\"Resource\":\"*\",\"Condition\":{\"IpAddress\":{"
		"\"aws:SourceIp\":\"192.0.2.0/24\"}}}]}";
	char out[sizeof(kms_world.policy)];
	struct kms_seen s;

	(void)state;
	kms_world.old_reads = 0;
	memcpy(kms_world.policy, text, sizeof(text));
	assert_int_equal(kms_world_look().look.access.allowed, 0);
	s = take((struct kms_take){.kept = text});
	assert_int_equal(s.result, ACT_RESULT_ACCEPTED);
	assert_null(strstr(kms_world.policy, VENDOR));
	memcpy(out, kms_world.policy, sizeof(out));
	add("{\"Sid\":\"Fence\",\"Effect\":\"Deny\",\"Principal\":{\"AWS\":\"*\"},\"Action\":\"kms:"
	    "CreateGrant\",\"Resource\":\"*\"}");
	s = take((struct kms_take){.kept = text, .back = true});
	assert_int_equal(s.result, ACT_RESULT_REFUSED);
	assert_non_null(strstr(s.texts.message, "perhaps had"));
	memcpy(kms_world.policy, out, sizeof(out));
	s = take((struct kms_take){.kept = text, .back = true});
	assert_int_equal(s.result, ACT_RESULT_ACCEPTED);
	assert_string_equal(kms_world.policy, text);
	s = take((struct kms_take){.kept = text, .back = true});
	assert_int_equal(s.result, ACT_RESULT_ACCEPTED);
	assert_int_equal(kms_world.puts, 2);
}

/* A statement that names the vendor alone, with a key of the request that makes others pass it: they would lose it. */
static void others_lose_nothing_unasked(void **state)
{
	char kept[sizeof(kms_world.policy)];
	_cleanup_(buf_fini) struct buf diff = BUF_INIT(65536);
	struct why loss = {""}, why = {""};
	struct kms_seen s;

	(void)state;
	kms_world.old_reads = 0;
	add("{\"Sid\":\"Loose\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"*\"},\"Action\":\"kms:"
	    "Decrypt\",\"Resource\":\"*\","
	    "\"Condition\":{\"StringEqualsIfExists\":{\"kms:CallerAccount\":\"" VENDOR "\"}}}");
	memcpy(kept, kms_world.policy, sizeof(kept));
	(void)kms_world_look();
	assert_false(
		kms_foresee_take(kms_world.target, &(struct kms_take){.kept = NULL}, &diff, &loss, &why));
	assert_non_null(strstr(loss.text, "services"));
	assert_non_null(strstr(diff.data, "removed statement"));
	assert_non_null(strstr(diff.data, "\n- "));
	s = take((struct kms_take){.kept = kept});
	assert_int_equal(s.result, ACT_RESULT_REFUSED);
	assert_non_null(strstr(s.texts.message, "--accept-loss"));
	assert_int_equal(kms_world.puts, 0);
	s = take((struct kms_take){.kept = kept, .accept_loss = true});
	assert_int_equal(s.result, ACT_RESULT_ACCEPTED);
	assert_non_null(strstr(s.texts.message, "services"));
	assert_int_equal(kms_world.puts, 1);
}

static void nothing_to_take_out(void **state)
{
	static const char kept[] = "{\"Statement\":[{\"Sid\":\"Root\",\"Effect\":\"Allow\",\"Principal\":{"
				   "\"AWS\":\"arn:aws:iam::"
				   "111122223333:root\"},\"Action\":\"kms:*\",\"Resource\":\"*\"}]}";
	struct kms_seen s;

	(void)state;
	kms_world.old_reads = 0;
	memcpy(kms_world.policy, kept, sizeof(kept));
	s = take((struct kms_take){.kept = kept});
	assert_int_equal(s.result, ACT_RESULT_REFUSED);
	assert_non_null(strstr(s.texts.message, "check VendorAccount="));
	assert_int_equal(kms_world.puts, 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, kms_world_set_up, kms_world_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(out_and_back_is_exact),
		TEST(edits_of_others_stay),
		TEST(what_others_took_out_is_theirs),
		TEST(what_would_not_help_is_refused),
		TEST(a_policy_of_another_vendor_is_not_put_back),
		TEST(what_was_undecided_is_put_back),
		TEST(others_lose_nothing_unasked),
		TEST(nothing_to_take_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
