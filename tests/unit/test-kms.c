/* SPDX-License-Identifier: Apache-2.0 */
/* The KMS client against a server that keeps one key: looks, grants, and the change of a policy with everything that can
 * go wrong in between. */
#include "base/buf.h"
#include "base/own.h"
#include "io/kms.h"
#include "io/kms_edit.h"
#include "kms_world.h"
#include "policy/adopt.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* Nobody of the own account may do anything by delegation: cmekd's role could not go on. */
static const char without_admin[] =
	"{\"Version\":\"2012-10-17\",\"Statement\":["
	"{\"Sid\":\"S3\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::" VENDOR ":root\"},"
	"\"Action\":[\"kms:Decrypt\",\"kms:GenerateDataKey\"],\"Resource\":\"*\"}]}";

/* ---- looks ---- */

static void a_usable_key(void **state)
{
	struct kms_seen s = kms_world_look();
	struct walltime at;
	struct digest digest;
	size_t len;

	(void)state;
	assert_int_equal(s.look.fault, FAULT_NONE);
	assert_int_equal(s.look.key_state, KEY_STATE_ENABLED);
	assert_true(s.look.have_access);
	assert_int_equal(s.look.access.allowed, NEED_ALL);
	assert_int_not_equal(s.look.material, 0);
	assert_string_equal(s.texts.request, "r-key r-policy");
	assert_string_equal(kms_target_policy(kms_world.target, &len, &at), kms_world_documented);
	assert_int_equal(digest_of(kms_world_documented, len, &digest), 0);
	assert_memory_equal(&digest, &s.look.policy, sizeof(digest));
	/* Who we are is asked once, and no look waits for it. */
	for (int turns = 0; !*kms_own_arn(kms_world.client) && turns < 100000; turns++)
		uv_run(&kms_world.loop, UV_RUN_ONCE);
	assert_string_equal(kms_own_arn(kms_world.client), SELF);
	assert_int_equal(kms_world.identities, 1);
	/* The same policy again gives the same; another one is evaluated anew. */
	s = kms_world_look();
	assert_int_equal(s.look.access.allowed, NEED_ALL);
	(void)snprintf(kms_world.policy, sizeof(kms_world.policy), "%s", without_admin);
	s = kms_world_look();
	assert_int_equal(
		s.look.access.denied & NEED_BIT(NEED_EBS_CREATE_GRANT), NEED_BIT(NEED_EBS_CREATE_GRANT));
	assert_int_equal(s.look.access.allowed & NEED_BIT(NEED_S3_DECRYPT), NEED_BIT(NEED_S3_DECRYPT));
}

static void a_disabled_key_is_proven_without_its_policy(void **state)
{
	struct kms_seen s;

	(void)state;
	kms_world.state = "Disabled";
	kms_world.break_policy = true;
	s = kms_world_look();
	assert_int_equal(s.look.fault, FAULT_NONE);
	assert_int_equal(s.look.key_state, KEY_STATE_DISABLED);
	assert_false(s.look.have_access);
	kms_world.state = "Enabled";
	s = kms_world_look();
	assert_int_equal(s.look.fault, FAULT_SERVER_ERROR);
	assert_false(s.look.have_access);
}

/* A network without STS: looks go on, and it is not asked with each. */
static void who_we_are_cannot_be_told(void **state)
{
	struct kms_seen s;

	(void)state;
	kms_world.deny_sts = true;
	for (int i = 0; i < 5; i++) {
		s = kms_world_look();
		assert_int_equal(s.look.fault, FAULT_NONE);
		assert_int_equal(s.look.access.allowed, NEED_ALL);
	}
	assert_string_equal(kms_own_arn(kms_world.client), "");
	assert_int_equal(kms_world.identities, 1);
}

static void denied_to_us(void **state)
{
	struct kms_seen s;

	(void)state;
	kms_world.deny_describe = true;
	s = kms_world_look();
	assert_int_equal(s.look.fault, FAULT_DENIED);
	assert_true(s.look.self_denied);
	assert_int_equal(s.look.key_state, KEY_STATE_UNKNOWN);
	assert_string_equal(kms_own_arn(kms_world.client), SELF);
	assert_non_null(strstr(s.texts.message, "AccessDeniedException"));
	(void)kms_world_look();
	assert_int_equal(kms_world.identities, 1); /* fresh for a minute */
	kms_world.deny_describe = false;
	kms_world.deny_policy = true;
	s = kms_world_look();
	assert_int_equal(s.look.fault, FAULT_DENIED);
	assert_true(s.look.self_denied);
}

static void denied_to_anybody_with_such_credentials(void **state)
{
	struct kms_seen s;

	(void)state;
	kms_world.deny_describe = kms_world.deny_sts = true;
	s = kms_world_look();
	assert_int_equal(s.look.fault, FAULT_DENIED);
	assert_false(s.look.self_denied);
}

static void no_credentials(void **state)
{
	struct why why;
	struct kms_seen s;

	(void)state;
	(void)unsetenv("AWS_SECRET_ACCESS_KEY");
	assert_int_not_equal(kms_reload(kms_world.client, &why), 0);
	s = kms_world_look(); /* the old ones stay */
	assert_int_equal(s.look.fault, FAULT_NONE);
	assert_non_null(strstr(kms_credentials_text(kms_world.client), "AKIDEXAMPLE"));
	assert_null(strstr(kms_credentials_text(kms_world.client), "SECRETEXAMPLE"));
}

static void never_had_credentials(void **state)
{
	static const struct aws_urls by_region;
	struct kms_init init = {.loop = &kms_world.loop,
		.http = kms_world.http,
		.credentials_file = "",
		.profile = "",
		.urls = &by_region,
		.timeout_ms = 100};
	struct kms_target_init t = {.family = NULL};
	struct kms_target *other;
	struct kms *poor;
	struct kms_seen s = {.calls = 0};

	(void)state;
	(void)unsetenv("AWS_SECRET_ACCESS_KEY");
	assert_int_equal(kms_new(&init, &poor), 0);
	assert_int_equal(key_arn_parse(KEY, strlen(KEY), &t.arn, NULL, NULL), 0);
	assert_int_equal(kms_target_new(poor, &t, &other), 0);
	assert_int_equal(kms_look(other, KMS_LANE_LOOK, kms_world_on_look, &s), 0);
	kms_world_wait(&s);
	assert_int_equal(s.look.fault, FAULT_CREDENTIALS);
	assert_non_null(strstr(s.texts.message, "AWS_SECRET_ACCESS_KEY"));
	kms_target_close(other);
	kms_close(poor);
}

static void a_policy_that_is_none(void **state)
{
	struct kms_seen s;

	(void)state;
	(void)snprintf(kms_world.policy, sizeof(kms_world.policy), "{\"Statement\":{},\"Statement\":{}}");
	s = kms_world_look();
	assert_int_equal(s.look.fault, FAULT_MALFORMED);
	assert_false(s.look.have_access);
	assert_non_null(strstr(s.texts.message, "key policy"));
}

static void grants_over_pages_and_no_rotation(void **state)
{
	struct kms_seen s = {.calls = 0}, r = {.calls = 0};

	(void)state;
	kms_world.grant_pages = 3;
	assert_int_equal(kms_grants(kms_world.target, KMS_LANE_CONFIRMATION, kms_world_on_grants, &s), 0);
	kms_world_wait(&s);
	assert_int_equal(s.fault, FAULT_NONE);
	assert_int_equal(s.alive, 3);
	assert_string_equal(s.texts.message, "Decrypt, CreateGrant, others"); /* of the vendor's only */
	assert_int_equal(kms_rotation(kms_world.target, kms_world_on_rotation, &r), 0);
	kms_world_wait(&r);
	assert_int_equal(r.rotation.fault, FAULT_NONE);
	assert_false(r.rotation.applicable);
}

/* The linker puts this in place of the evaluator (tests/unit/io.mk). */
static unsigned evaluations;
void __real_policy_access(
	const struct policy *p, const struct policy_context *c, struct access *ret_access, bool *ret_timed);
void __wrap_policy_access(
	const struct policy *p, const struct policy_context *c, struct access *ret_access, bool *ret_timed);
void __wrap_policy_access(
	const struct policy *p, const struct policy_context *c, struct access *ret_access, bool *ret_timed)
{
	evaluations++;
	__real_policy_access(p, c, ret_access, ret_timed);
}

static void an_unchanged_text_is_not_evaluated_again(void **state)
{
	struct kms_seen s;

	(void)state;
	evaluations = 0;
	for (int i = 0; i < 5; i++) {
		s = kms_world_look();
		assert_int_equal(s.look.access.allowed, NEED_ALL);
	}
	assert_int_equal(evaluations, 1);
	kms_world_replace(kms_world.policy, sizeof(kms_world.policy), "\"cmek-policy\"", "\"cmek-other\"");
	(void)kms_world_look();
	(void)kms_world_look();
	assert_int_equal(evaluations, 2); /* other bytes, even of the same meaning */
	(void)snprintf(kms_world.policy, sizeof(kms_world.policy), "%s", "no JSON");
	(void)kms_world_look();
	(void)snprintf(kms_world.policy, sizeof(kms_world.policy), "%s", kms_world_documented);
	(void)kms_world_look();
	(void)kms_world_look();
	assert_int_equal(evaluations, 3);
	/* What depends on the time is never kept. */
	kms_world_replace(kms_world.policy, sizeof(kms_world.policy), "\"StringEquals\":{",
		"\"DateLessThan\":{\"aws:CurrentTime\":\"2100-01-01\"},\"StringEquals\":{");
	for (int i = 0; i < 3; i++) {
		s = kms_world_look();
		assert_int_equal(s.look.access.allowed, NEED_ALL);
	}
	assert_int_equal(evaluations, 6);
}
/* ---- changes ---- */

static void cut_and_uncut_are_exact(void **state)
{
	struct digest digest;
	struct kms_seen s;

	(void)state;
	kms_world.old_reads = 0;
	s = kms_world_change(true);
	assert_int_equal(s.result, ACT_RESULT_ACCEPTED);
	assert_int_equal(kms_world.puts, 1);
	assert_non_null(strstr(kms_world.policy, SID));
	assert_int_equal(digest_of(kms_world.policy, strlen(kms_world.policy), &digest), 0);
	assert_memory_equal(&digest, &s.policy, sizeof(digest));
	assert_string_equal(s.texts.message, "");
	s = kms_world_look();
	assert_int_equal(s.look.access.denied, NEED_ALL);
	assert_int_equal(s.look.access.cut_by, CUT_BY_OWN);
	s = kms_world_change(true); /* there already */
	assert_int_equal(s.result, ACT_RESULT_ACCEPTED);
	assert_int_equal(kms_world.puts, 1);
	s = kms_world_change(false);
	assert_int_equal(s.result, ACT_RESULT_ACCEPTED);
	assert_int_equal(kms_world.puts, 2);
	assert_string_equal(kms_world.policy, kms_world_documented);
	s = kms_world_change(false); /* gone already */
	assert_int_equal(s.result, ACT_RESULT_ACCEPTED);
	assert_int_equal(kms_world.puts, 2);
}

#define ROOT_ALONE                                                                                           \
	"{\"Statement\":[{\"Sid\":\"Root\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::"      \
	"111122223333:root\"},"                                                                              \
	"\"Action\":\"kms:*\",\"Resource\":\"*\"}]}"

static struct kms_seen give(const struct kms_give *how)
{
	struct kms_seen s = {.calls = 0};

	assert_int_equal(kms_give(kms_world.target, how, NULL, kms_world_on_change, &s), 0);
	kms_world_wait(&s);
	return s;
}

/* Set-up: merged into the policy that was shown, once, and read back. */
static void the_vendor_is_let_in(void **state)
{
	struct digest shown;
	struct kms_give how = {.shown = &shown};
	struct kms_seen s;

	(void)state;
	kms_world.old_reads = 0;
	(void)strcpy(kms_world.policy, ROOT_ALONE);
	memset(&shown, 7, sizeof(shown));
	s = give(&how);
	assert_int_equal(s.result, ACT_RESULT_REFUSED);
	assert_non_null(strstr(s.texts.message, "not the policy that was shown"));
	assert_int_equal(kms_world.puts, 0);
	assert_int_equal(digest_of(ROOT_ALONE, strlen(ROOT_ALONE), &shown), 0);
	s = give(&how);
	assert_int_equal(s.result, ACT_RESULT_ACCEPTED);
	assert_int_equal(kms_world.puts, 1);
	assert_non_null(strstr(kms_world.policy, "\"Root\""));
	s = kms_world_look();
	assert_int_equal(s.look.access.allowed, NEED_ALL);
	how.shown = NULL;
	s = give(&how); /* nothing is to be done */
	assert_int_equal(s.result, ACT_RESULT_ACCEPTED);
	assert_int_equal(kms_world.puts, 1);
}

/* A statement with TiDB Cloud's Sid that lets in somebody else, too, would be written over. */
static void what_others_have_is_not_taken_by_the_way(void **state)
{
	struct kms_give how = {.shown = NULL};
	struct kms_seen s;

	(void)state;
	kms_world.old_reads = 0;
	(void)snprintf(kms_world.policy, sizeof(kms_world.policy),
		"{\"Statement\":[{\"Sid\":\"Root\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam:"
		":111122223333:"
		"root\"},\"Action\":\"kms:*\",\"Resource\":\"*\"},{\"Sid\":\"Allow TiDB cloud role to use "
		"KMS to store "
		"encrypted backup to "
		"S3\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::555566667777:root\"},"
		"\"Action\":\"kms:Decrypt\",\"Resource\":\"*\"}]}");
	s = give(&how);
	assert_int_equal(s.result, ACT_RESULT_REFUSED);
	assert_non_null(strstr(s.texts.message, "555566667777"));
	assert_non_null(strstr(s.texts.message, "--accept-loss"));
	assert_int_equal(kms_world.puts, 0);
	how.accept_loss = true;
	s = give(&how);
	assert_int_equal(s.result, ACT_RESULT_ACCEPTED);
	assert_non_null(strstr(s.texts.message, "555566667777"));
	assert_int_equal(kms_world.puts, 1);
}

static bool wanted_while(void *arg)
{
	struct kms_seen *s = arg;

	s->asked++;
	assert_int_equal(kms_world.puts, 0);
	assert_true(kms_world.identities > 0); /* asked last, after all that was read */
	return !s->unwanted;
}

static void add_statement(const char *statement)
{
	char *end = strrchr(kms_world.policy, ']');

	(void)snprintf(end, sizeof(kms_world.policy) - (size_t)(end - kms_world.policy), ",%s]}", statement);
}

#define DENY_VENDOR(sid)                                                                                     \
	"{\"Sid\":\"" sid "\",\"Effect\":\"Deny\",\"Principal\":{\"AWS\":\"*\"},\"Action\":\"kms:*\","       \
	"\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"kms:CallerAccount\":\"" VENDOR "\"}}}"

/* A Deny of others: found by the look, shown, and removed if it is still what was shown; nothing else is. */
static void a_statement_of_others_is_removed(void **state)
{
	_cleanup_(adopt_removed_fini) struct adopt_removed shown = ADOPT_REMOVED_INIT;
	struct kms_adopt how = {.sid = "One"};
	char before[sizeof(kms_world.policy)];
	const struct adopt_found *found;
	struct kms_seen s;
	struct why why = {""};

	(void)state;
	kms_world.old_reads = 0;
	assert_int_equal(
		kms_foresee_adopt(kms_world.target, "One", &shown, &why), POLICY_E_SHAPE); /* unread */
	(void)kms_world_look();
	assert_null(kms_target_keeps_out(kms_world.target));
	add_statement(DENY_VENDOR("Two"));
	memcpy(before, kms_world.policy, sizeof(before));
	add_statement(DENY_VENDOR("One"));
	(void)kms_world_look();
	found = kms_target_keeps_out(kms_world.target);
	assert_non_null(found);
	assert_string_equal(found->sid, "Two");
	assert_int_equal(kms_foresee_adopt(kms_world.target, "Three", &shown, &why), POLICY_E_NO_SID);
	assert_int_equal(kms_foresee_adopt(kms_world.target, "One", &shown, &why), 0);
	assert_string_equal(shown.statement, DENY_VENDOR("One"));

	how.shown = &(struct digest){.bytes = {7}};
	s = (struct kms_seen){.calls = 0};
	assert_int_equal(kms_adopt(kms_world.target, &how, NULL, kms_world_on_change, &s), 0);
	kms_world_wait(&s);
	assert_int_equal(s.result, ACT_RESULT_REFUSED);
	assert_non_null(strstr(s.texts.message, "not the statement that was shown"));
	how.shown = &shown.digest;
	s = (struct kms_seen){.unwanted = true};
	assert_int_equal(kms_adopt(kms_world.target, &how, wanted_while, kms_world_on_change, &s), 0);
	kms_world_wait(&s);
	assert_int_equal(s.result, ACT_RESULT_NOT_SENT);
	assert_int_equal(s.asked, 1);
	assert_int_equal(kms_world.puts, 0);

	s = (struct kms_seen){.calls = 0};
	assert_int_equal(kms_adopt(kms_world.target, &how, NULL, kms_world_on_change, &s), 0);
	kms_world_wait(&s);
	assert_int_equal(s.result, ACT_RESULT_ACCEPTED);
	assert_non_null(strstr(s.texts.message, "still does not give the vendor all")); /* "Two" stands */
	assert_string_equal(kms_world.policy, before);
	assert_int_equal(kms_world.puts, 1);
	s = (struct kms_seen){.calls = 0}; /* again, after an answer that was lost */
	assert_int_equal(kms_adopt(kms_world.target, &how, NULL, kms_world_on_change, &s), 0);
	kms_world_wait(&s);
	assert_int_equal(s.result, ACT_RESULT_ACCEPTED);
	assert_non_null(strstr(s.texts.message, "gone from the key policy already"));
	assert_int_equal(kms_world.puts, 1);
}

static void what_is_no_longer_wanted_is_not_put(void **state)
{
	struct kms_seen cut = {.unwanted = true}, again = {.calls = 0};

	(void)state;
	assert_int_equal(kms_cut(kms_world.target, SID, wanted_while, kms_world_on_change, &cut), 0);
	kms_world_wait(&cut);
	assert_int_equal(cut.asked, 1);
	assert_int_equal(cut.result, ACT_RESULT_NOT_SENT);
	assert_int_equal(kms_world.puts, 0);
	assert_string_equal(kms_world.policy, kms_world_documented);
	assert_int_equal(kms_cut(kms_world.target, SID, wanted_while, kms_world_on_change, &again), 0);
	kms_world_wait(&again);
	assert_int_equal(again.asked, 1);
	assert_int_equal(again.result, ACT_RESULT_ACCEPTED);
	assert_int_equal(kms_world.puts, 1);
}

/* Answers the old text twice after the put. */
static void a_change_takes_time_to_spread(void **state)
{
	struct kms_seen s = {.calls = 0};

	(void)state;
	assert_int_equal(kms_cut(kms_world.target, SID, NULL, kms_world_on_change, &s), 0);
	for (int turns = 0; kms_world.puts == 0 && turns < 100000; turns++)
		uv_run(&kms_world.loop, UV_RUN_ONCE);
	kms_world.old_reads = 2;
	kms_world_wait(&s);
	assert_int_equal(s.result, ACT_RESULT_ACCEPTED);
	assert_int_equal(kms_world.old_reads, 0);
	assert_int_equal(kms_world.puts, 1);
}

static void a_lost_reply_is_decided_by_reading(void **state)
{
	struct kms_seen s;

	(void)state;
	kms_world.drop_put = true;
	s = kms_world_change(true);
	assert_int_equal(s.result, ACT_RESULT_ACCEPTED);
	assert_non_null(strstr(kms_world.policy, SID));
	assert_int_equal(kms_world.puts, 1);
}

static void a_put_that_is_denied(void **state)
{
	struct kms_seen s;

	(void)state;
	kms_world.deny_put = true;
	s = kms_world_change(true);
	assert_int_equal(s.result, ACT_RESULT_DENIED);
	assert_non_null(strstr(s.texts.message, "PutKeyPolicy: 400 AccessDeniedException"));
	assert_string_equal(kms_world.policy, kms_world_documented);
}

static void nothing_is_put_that_locks_us_out(void **state)
{
	struct kms_seen s;

	(void)state;
	(void)snprintf(kms_world.policy, sizeof(kms_world.policy), "%s", without_admin);
	s = kms_world_change(true);
	assert_int_equal(s.result, ACT_RESULT_REFUSED);
	assert_int_equal(kms_world.puts, 0);
	assert_non_null(strstr(s.texts.message, "kms:DescribeKey"));
}

static void a_text_that_is_read_back_otherwise_is_told(void **state)
{
	struct kms_seen s;

	(void)state;
	kms_world_replace(kms_world.policy, sizeof(kms_world.policy), "\"arn:aws:iam::111122223333:root\"",
		"\"111122223333\"");
	kms_world.number_as_root = true; /* the same meaning: nothing is told */
	s = kms_world_change(true);
	assert_int_equal(s.result, ACT_RESULT_ACCEPTED);
	assert_string_equal(s.texts.message, "");
	kms_world.number_as_root = false;
	kms_world.meddle =
		"\"Statement\":[{\"Sid\":\"Meddler\",\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":"
		"\"kms:Sign\",\"Resource\":\"*\"},";
	s = kms_world_change(false);
	assert_int_equal(s.result, ACT_RESULT_ACCEPTED);
	assert_non_null(strstr(s.texts.message, "somebody else changed it"));
	assert_non_null(strstr(s.texts.message, "added statement 1"));
	assert_non_null(strstr(s.texts.message, "Meddler"));
	assert_non_null(strstr(s.texts.message, "cmekctl policy explain"));
	assert_non_null(strstr(s.texts.message, "be gone")); /* nothing of it was cut */
}

/* KMS refuses it, and what it says does not tell which principal. */
static void a_deleted_principal_is_named(void **state)
{
	struct why why = {""};
	struct kms_seen s;

	(void)state;
	assert_false(kms_foresee(kms_world.target, SID, true, &why)); /* nothing was read yet */
	kms_world_replace(kms_world.policy, sizeof(kms_world.policy), "\"arn:aws:iam::111122223333:root\"",
		"[\"arn:aws:iam::111122223333:root\",\"" DELETED "\"]");
	(void)kms_world_look();
	assert_true(kms_foresee(kms_world.target, SID, true, &why));
	assert_non_null(strstr(why.text, DELETED));
	assert_non_null(strstr(why.text, "probably refuse"));
	s = kms_world_change(true);
	assert_int_equal(s.result, ACT_RESULT_REFUSED);
	assert_int_equal(kms_world.puts, 1); /* only KMS can know */
	assert_non_null(strstr(s.texts.message, "PutKeyPolicy: 400 MalformedPolicyDocumentException"));
	assert_non_null(strstr(s.texts.message, DELETED));
}

/* 32,768 bytes with the statement would be too many: KMS need not be asked. */
static void a_text_that_would_be_too_large_is_not_put(void **state)
{
	_cleanup_(buf_fini) struct buf b = BUF_INIT(POLICY_MAX_BYTES);
	struct why why = {""};
	struct kms_seen s;

	(void)state;
	buf_add(&b, kms_world_documented);
	while (b.len < POLICY_MAX_BYTES - 100)
		buf_add(&b, " ");
	(void)snprintf(kms_world.policy, sizeof(kms_world.policy), "%s", b.data);
	s = kms_world_look();
	assert_int_equal(s.look.access.allowed, NEED_ALL);
	assert_true(kms_foresee(kms_world.target, SID, true, &why));
	assert_non_null(strstr(why.text, "32768"));
	s = kms_world_change(true);
	assert_int_equal(s.result, ACT_RESULT_REFUSED);
	assert_int_equal(kms_world.puts, 0);
	assert_non_null(strstr(s.texts.message, "32768"));
}

static void nothing_is_put_without_knowing_who_we_are(void **state)
{
	struct kms_seen s;

	(void)state;
	kms_world.deny_sts = true;
	s = kms_world_change(true);
	assert_int_not_equal(s.result, ACT_RESULT_ACCEPTED);
	assert_int_equal(kms_world.puts, 0);
	kms_world.deny_sts = false;
	kms_world.break_policy = true;
	s = kms_world_change(true);
	assert_int_equal(s.result, ACT_RESULT_NOT_SENT);
	assert_int_equal(kms_world.puts, 0);
}

static void closing_ends_each_once(void **state)
{
	enum { MANY = 20 };
	static struct kms_seen looks[MANY], cut;

	(void)state;
	memset(looks, 0, sizeof(looks));
	memset(&cut, 0, sizeof(cut));
	kms_world.drop_put_unmade = true; /* so that the cut waits for its text to be seen */
	assert_int_equal(kms_cut(kms_world.target, SID, NULL, kms_world_on_change, &cut), 0);
	for (int turns = 0; kms_world.puts == 0 && turns < 100000; turns++)
		uv_run(&kms_world.loop, UV_RUN_ONCE);
	for (int i = 0; i < MANY; i++)
		assert_int_equal(kms_look(kms_world.target, KMS_LANE_LOOK, kms_world_on_look, &looks[i]), 0);
	kms_target_close(kms_world.target);
	kms_world.target = NULL;
	assert_int_equal(looks[0].calls, 0); /* never from inside */
	for (int turns = 0; (cut.calls == 0 || looks[MANY - 1].calls == 0) && turns < 100000; turns++)
		uv_run(&kms_world.loop, UV_RUN_ONCE);
	assert_int_equal(cut.calls, 1);
	assert_int_equal(cut.result, ACT_RESULT_LOST);
	for (int i = 0; i < MANY; i++) {
		assert_int_equal(looks[i].calls, 1);
		assert_int_equal(looks[i].look.fault, FAULT_CANCELLED);
	}
}

static void what_a_person_must_do(void **state)
{
	_cleanup_(buf_fini) struct buf b = BUF_INIT(4096);
	const char *start, *end;

	(void)state;
	kms_by_hand(kms_world.target, SID, true, &b);
	start = strchr(b.data, '{');
	end = strrchr(b.data, '}');
	assert_non_null(start);
	assert_non_null(end);
	assert_non_null(strstr(start, "\"Deny\""));
	assert_non_null(strstr(start, VENDOR));
	assert_non_null(strstr(end, "aws kms put-key-policy --region us-west-2 --key-id " KEY));
	buf_clear(&b);
	kms_by_hand(kms_world.target, SID, false, &b);
	assert_non_null(strstr(b.data, "Remove"));
	assert_non_null(strstr(b.data, SID));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, kms_world_set_up, kms_world_tear_down)
		TEST(a_usable_key),
		TEST(a_disabled_key_is_proven_without_its_policy),
		TEST(who_we_are_cannot_be_told),
		TEST(denied_to_us),
		TEST(denied_to_anybody_with_such_credentials),
		TEST(no_credentials),
		TEST(never_had_credentials),
		TEST(a_policy_that_is_none),
		TEST(an_unchanged_text_is_not_evaluated_again),
		TEST(grants_over_pages_and_no_rotation),
		TEST(cut_and_uncut_are_exact),
		TEST(the_vendor_is_let_in),
		TEST(what_others_have_is_not_taken_by_the_way),
		TEST(a_statement_of_others_is_removed),
		TEST(what_is_no_longer_wanted_is_not_put),
		TEST(a_change_takes_time_to_spread),
		TEST(a_lost_reply_is_decided_by_reading),
		TEST(a_put_that_is_denied),
		TEST(nothing_is_put_that_locks_us_out),
		TEST(a_text_that_is_read_back_otherwise_is_told),
		TEST(a_deleted_principal_is_named),
		TEST(a_text_that_would_be_too_large_is_not_put),
		TEST(nothing_is_put_without_knowing_who_we_are),
		TEST(closing_ends_each_once),
		TEST(what_a_person_must_do),
	};

	assert_int_equal(http_global_init(), 0);
	return cmocka_run_group_tests_name("kms", tests, NULL, NULL);
}
