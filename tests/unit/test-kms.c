/* SPDX-License-Identifier: Apache-2.0 */
/* The KMS client against a server that keeps one key: looks, grants, and the change of a policy with everything that can
 * go wrong in between. */
#include "io/kms.h"
#include "base/buf.h"
#include "base/json_scan.h"
#include "base/own.h"
#include "io/http.h"
#include "io/retry.h"
#include "policy/policy.h"
#include "tiny_server.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>
#include <cmocka.h>

#define KEY    "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
#define VENDOR "444455556666"
#define SID    "CmekdCut0123456789abcdefI7"
#define SELF   "arn:aws:sts::111122223333:assumed-role/Cmekd/i-1"

static const char documented[] =
	"{\"Version\":\"2012-10-17\",\"Id\":\"cmek-policy\",\"Statement\":["
	"{\"Sid\":\"Admin\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::111122223333:root\"},"
	"\"Action\":\"kms:*\",\"Resource\":\"*\"},"
	"{\"Sid\":\"Allow access through EBS\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"*\"},"
	"\"Action\":[\"kms:Encrypt\",\"kms:Decrypt\",\"kms:ReEncrypt*\",\"kms:GenerateDataKey*\",\"kms:"
	"CreateGrant\","
	"\"kms:DescribeKey\"],\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"kms:CallerAccount\":"
	"\"" VENDOR "\","
	"\"kms:ViaService\":\"ec2.us-west-2.amazonaws.com\"}}},"
	"{\"Sid\":\"S3\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::" VENDOR ":root\"},"
	"\"Action\":[\"kms:Decrypt\",\"kms:GenerateDataKey\"],\"Resource\":\"*\"}]}";

/* Nobody of the own account may do anything by delegation: cmekd's role could not go on. */
static const char without_admin[] =
	"{\"Version\":\"2012-10-17\",\"Statement\":["
	"{\"Sid\":\"S3\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::" VENDOR ":root\"},"
	"\"Action\":[\"kms:Decrypt\",\"kms:GenerateDataKey\"],\"Resource\":\"*\"}]}";

#define DELETED "AIDAIOSFODNN7EXAMPLE"

/* ---- the key and its service; one thread at a time touches it, the loop waits meanwhile ---- */

static struct {
	const char *state;
	char policy[POLICY_MAX_BYTES], old[POLICY_MAX_BYTES];
	int old_reads;        /* GetKeyPolicy answers the old text so many times after a put */
	int puts, identities; /* counted */
	bool deny_describe, deny_policy, deny_put, deny_sts, break_policy, drop_put, drop_put_unmade;
	const char *meddle;  /* written by somebody else right after the put: a statement */
	bool number_as_root; /* KMS writes account numbers as root ARNs */
	int grant_pages;
	/* What some requests meet instead, in turn. */
	struct {
		const char *operation;
		int times;
		int status;       /* 0: no answer, and the connection is closed; -1: it is not */
		const char *code; /* of an error; NULL: a page */
	} trap;
	int describes, reads; /* counted, with those that met the trap */
} world;

/* The linker puts this in place of the device (tests/unit/io.mk): no delay before a retry, the shortest hold. */
static uint32_t luck;
uint32_t __wrap_chance(void);
uint32_t __wrap_chance(void)
{
	return luck;
}

static void error_reply(int fd, int status, const char *code)
{
	char body[256];

	(void)snprintf(body, sizeof(body),
		"{\"__type\":\"com.amazonaws.kms#%s\",\"message\":\"said by the test\"}", code);
	tiny_server_reply(fd, status, "x-amzn-RequestId: r-error\r\n", body);
}

static void policy_reply(int fd)
{
	_cleanup_(buf_fini) struct buf b = BUF_INIT(1 << 20);
	const char *text = world.old_reads > 0 ? world.old : world.policy;

	world.old_reads -= world.old_reads > 0;
	buf_add(&b, "{\"PolicyName\":\"default\",\"Policy\":");
	buf_json_string(&b, text, strlen(text));
	buf_add(&b, "}");
	tiny_server_reply(fd, 200, "x-amzn-RequestId: r-policy\r\n", b.data);
}

/* `with` in place of the first `what`. */
static void replace(char *text, size_t size, const char *what, const char *with)
{
	char *at = strstr(text, what);
	_cleanup_free_ char *rest = at ? strdup(at + strlen(what)) : NULL;

	assert_non_null(rest);
	(void)snprintf(at, size - (size_t)(at - text), "%s%s", with, rest);
}

static bool put_policy(int fd, const char *request)
{
	static const struct json_limits limits = {.max_bytes = 1 << 20, .max_nodes = 64, .max_depth = 8};
	struct json_tree tree = JSON_TREE_INIT;
	const char *body = strstr(request, "\r\n\r\n") + 4;
	bool good;

	if (world.deny_put) {
		error_reply(fd, 400, "AccessDeniedException");
		return true;
	}
	(void)snprintf(world.old, sizeof(world.old), "%s", world.policy);
	good = json_scan(body, strlen(body), &limits, &tree, NULL) == 0 &&
	       !strstr(body, "BypassPolicyLockoutSafetyCheck") &&
	       (world.drop_put_unmade || json_string(&tree, json_member(&tree, JSON_ROOT, "Policy"),
						 world.policy, sizeof(world.policy), NULL) == 0);
	json_tree_fini(&tree);
	world.puts++;
	if (good && strstr(world.policy, DELETED)) {
		(void)snprintf(world.policy, sizeof(world.policy), "%s", world.old);
		error_reply(fd, 400, "MalformedPolicyDocumentException");
		return true;
	}
	if (good && world.number_as_root)
		replace(world.policy, sizeof(world.policy), "\"111122223333\"",
			"\"arn:aws:iam::111122223333:root\"");
	if (good && world.meddle)
		replace(world.policy, sizeof(world.policy), "\"Statement\":[", world.meddle);
	if (!good)
		error_reply(fd, 400, "ValidationException");
	else if (world.drop_put || world.drop_put_unmade)
		return false; /* done, perhaps; nobody is told */
	else
		tiny_server_reply(fd, 200, "x-amzn-RequestId: r-put\r\n", "");
	return true;
}

static void grants_reply(int fd, const char *request)
{
	/* Each page has one grant of the vendor and one of somebody else. */
	char body[1024];
	int page = strstr(request, "\"Marker\":\"2\"") ? 2 : strstr(request, "\"Marker\":\"1\"") ? 1 : 0;
	bool more = page + 1 < world.grant_pages;

	(void)snprintf(body, sizeof(body),
		"{\"Grants\":[{\"KeyId\":\"" KEY "\",\"GrantId\":\"v%d\",\"GranteePrincipal\":\"" VENDOR
		":aws:ec2-infrastructure:i-1\",\"IssuingAccount\":\"arn:aws:iam::" VENDOR
		":root\",\"Operations\":[\"CreateGrant\",\"Decrypt\",\"Future\"]},"
		"{\"KeyId\":\"" KEY
		"\",\"GrantId\":\"o%d\",\"GranteePrincipal\":\"arn:aws:iam::111122223333:role/x\","
		"\"IssuingAccount\":\"arn:aws:iam::111122223333:root\",\"Operations\":[\"Encrypt\"]}],"
		"\"Truncated\":%s%s%d%s}",
		page, page, more ? "true" : "false", more ? ",\"NextMarker\":\"" : ",\"Count\":", page + 1,
		more ? "\"" : "");
	tiny_server_reply(fd, 200, "", body);
}

static bool answer_trapped(int fd)
{
	world.trap.times--;
	if (world.trap.status <= 0)
		return world.trap.status < 0;
	if (world.trap.code)
		error_reply(fd, world.trap.status, world.trap.code);
	else
		tiny_server_reply(fd, world.trap.status, "", "<html>");
	return true;
}

static bool answer(int fd, const char *request)
{
	char body[512];

	world.describes += strstr(request, "TrentService.DescribeKey") != NULL;
	world.reads += strstr(request, "TrentService.GetKeyPolicy") != NULL;
	if (world.trap.times > 0 && strstr(request, world.trap.operation))
		return answer_trapped(fd);
	if (strstr(request, "Action=GetCallerIdentity")) {
		world.identities++;
		if (world.deny_sts)
			tiny_server_reply(fd, 403, "",
				"<ErrorResponse><Error><Type>Sender</Type><Code>InvalidClientTokenId</Code>"
				"<Message>no</Message></Error></ErrorResponse>");
		else
			tiny_server_reply(fd, 200, "",
				"<GetCallerIdentityResponse "
				"xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"
				"<GetCallerIdentityResult><Arn>" SELF "</Arn><UserId>A:i-1</UserId>"
				"<Account>111122223333</Account></GetCallerIdentityResult></"
				"GetCallerIdentityResponse>");
		return true;
	}
	if (strstr(request, "TrentService.DescribeKey")) {
		if (world.deny_describe) {
			error_reply(fd, 400, "AccessDeniedException");
			return true;
		}
		(void)snprintf(body, sizeof(body),
			"{\"KeyMetadata\":{\"KeyId\":\"1234abcd-12ab-34cd-56ef-1234567890ab\",\"Arn\":\"" KEY
			"\",\"KeyState\":\"%s\",\"CurrentKeyMaterialId\":\"%064d\"}}",
			world.state, 7);
		tiny_server_reply(fd, 200, "x-amzn-RequestId: r-key\r\n", body);
		return true;
	}
	if (strstr(request, "TrentService.GetKeyPolicy")) {
		if (world.deny_policy)
			error_reply(fd, 400, "AccessDeniedException");
		else if (world.break_policy)
			tiny_server_reply(fd, 500, "", "<html>");
		else
			policy_reply(fd);
		return true;
	}
	if (strstr(request, "TrentService.PutKeyPolicy"))
		return put_policy(fd, request);
	if (strstr(request, "TrentService.ListGrants")) {
		grants_reply(fd, request);
		return true;
	}
	error_reply(fd, 400, "UnsupportedOperationException");
	return true;
}

/* ---- one client a test ---- */

static struct tiny_server server;
static uv_loop_t loop;
static struct http *http;
static struct kms *client;
static struct kms_target *target;

static int set_up(void **state)
{
	struct kms_init init = {.loop = &loop, .credentials_file = "", .profile = "", .timeout_ms = 5000};
	struct kms_target_init t = {.own_ledger = {.text = "0123456789abcdef"}};
	struct aws_urls urls;
	char url[64];

	(void)state;
	memset(&world, 0, sizeof(world));
	luck = 0;
	world.state = "Enabled";
	(void)snprintf(world.policy, sizeof(world.policy), "%s", documented);
	tiny_server_start(&server, answer);
	(void)setenv("AWS_EC2_METADATA_DISABLED", "true", 1); /* nothing of this machine */
	(void)setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE", 1);
	(void)setenv("AWS_SECRET_ACCESS_KEY", "SECRETEXAMPLE", 1);
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%u", server.port);
	assert_int_equal(uv_loop_init(&loop), 0);
	assert_int_equal(http_new(&loop, NULL, &http), 0);
	init.http = http;
	for (size_t i = 0; i < AWS_SERVICE_COUNT; i++)
		(void)snprintf(urls.of[i], sizeof(urls.of[i]), "%s", url);
	init.urls = &urls;
	assert_int_equal(kms_new(&init, &client), 0);
	assert_int_equal(key_arn_parse(KEY, strlen(KEY), &t.arn, NULL, NULL), 0);
	assert_int_equal(account_id_parse(VENDOR, strlen(VENDOR), &t.vendor), 0);
	assert_int_equal(kms_target_new(client, &t, &target), 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	if (target)
		kms_target_close(target);
	kms_close(client);
	http_close(http, NULL, NULL);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
	tiny_server_stop(&server);
	return 0;
}

struct seen {
	int calls, asked;
	bool unwanted;
	struct look look;
	struct kms_texts texts;
	enum fault fault;
	uint32_t alive;
	enum act_result result;
	struct digest policy;
	struct kms_rotation rotation;
};

static void on_look(void *arg, const struct look *look, const struct kms_texts *texts)
{
	struct seen *s = arg;

	s->calls++;
	s->look = *look;
	s->texts = *texts;
}

static void on_grants(void *arg, enum fault fault, uint32_t alive, const struct kms_texts *texts)
{
	struct seen *s = arg;

	s->calls++;
	s->fault = fault;
	s->alive = alive;
	s->texts = *texts;
}

static void on_rotation(void *arg, const struct kms_rotation *rotation, const struct kms_texts *texts)
{
	struct seen *s = arg;

	s->calls++;
	s->rotation = *rotation;
	s->texts = *texts;
}

static void on_change(
	void *arg, enum act_result result, const struct digest *policy, const struct kms_texts *texts)
{
	struct seen *s = arg;

	s->calls++;
	s->result = result;
	s->policy = *policy;
	s->texts = *texts;
}

static void wait_for(const struct seen *s)
{
	assert_int_equal(s->calls, 0); /* never from inside the start */
	for (int turns = 0; s->calls == 0 && turns < 100000; turns++)
		uv_run(&loop, UV_RUN_ONCE);
	assert_int_equal(s->calls, 1);
}

static struct seen look(void)
{
	struct seen s = {.calls = 0};

	assert_int_equal(kms_look(target, KMS_LANE_LOOK, on_look, &s), 0);
	wait_for(&s);
	return s;
}

static struct seen change(bool cut)
{
	struct seen s = {.calls = 0};

	assert_int_equal((cut ? kms_cut : kms_uncut)(target, SID, NULL, on_change, &s), 0);
	wait_for(&s);
	return s;
}

/* ---- looks ---- */

static void a_usable_key(void **state)
{
	struct seen s = look();
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
	assert_string_equal(kms_target_policy(target, &len, &at), documented);
	assert_int_equal(digest_of(documented, len, &digest), 0);
	assert_memory_equal(&digest, &s.look.policy, sizeof(digest));
	/* Who we are is asked once, and no look waits for it. */
	for (int turns = 0; !*kms_own_arn(client) && turns < 100000; turns++)
		uv_run(&loop, UV_RUN_ONCE);
	assert_string_equal(kms_own_arn(client), SELF);
	assert_int_equal(world.identities, 1);
	/* The same policy again gives the same; another one is evaluated anew. */
	s = look();
	assert_int_equal(s.look.access.allowed, NEED_ALL);
	(void)snprintf(world.policy, sizeof(world.policy), "%s", without_admin);
	s = look();
	assert_int_equal(
		s.look.access.denied & NEED_BIT(NEED_EBS_CREATE_GRANT), NEED_BIT(NEED_EBS_CREATE_GRANT));
	assert_int_equal(s.look.access.allowed & NEED_BIT(NEED_S3_DECRYPT), NEED_BIT(NEED_S3_DECRYPT));
}

static void a_disabled_key_is_proven_without_its_policy(void **state)
{
	struct seen s;

	(void)state;
	world.state = "Disabled";
	world.break_policy = true;
	s = look();
	assert_int_equal(s.look.fault, FAULT_NONE);
	assert_int_equal(s.look.key_state, KEY_STATE_DISABLED);
	assert_false(s.look.have_access);
	world.state = "Enabled";
	s = look();
	assert_int_equal(s.look.fault, FAULT_SERVER_ERROR);
	assert_false(s.look.have_access);
}

/* A network without STS: looks go on, and it is not asked with each. */
static void who_we_are_cannot_be_told(void **state)
{
	struct seen s;

	(void)state;
	world.deny_sts = true;
	for (int i = 0; i < 5; i++) {
		s = look();
		assert_int_equal(s.look.fault, FAULT_NONE);
		assert_int_equal(s.look.access.allowed, NEED_ALL);
	}
	assert_string_equal(kms_own_arn(client), "");
	assert_int_equal(world.identities, 1);
}

static void denied_to_us(void **state)
{
	struct seen s;

	(void)state;
	world.deny_describe = true;
	s = look();
	assert_int_equal(s.look.fault, FAULT_DENIED);
	assert_true(s.look.self_denied);
	assert_int_equal(s.look.key_state, KEY_STATE_UNKNOWN);
	assert_string_equal(kms_own_arn(client), SELF);
	assert_non_null(strstr(s.texts.message, "AccessDeniedException"));
	(void)look();
	assert_int_equal(world.identities, 1); /* fresh for a minute */
	world.deny_describe = false;
	world.deny_policy = true;
	s = look();
	assert_int_equal(s.look.fault, FAULT_DENIED);
	assert_true(s.look.self_denied);
}

static void denied_to_anybody_with_such_credentials(void **state)
{
	struct seen s;

	(void)state;
	world.deny_describe = world.deny_sts = true;
	s = look();
	assert_int_equal(s.look.fault, FAULT_DENIED);
	assert_false(s.look.self_denied);
}

static void no_credentials(void **state)
{
	struct why why;
	struct seen s;

	(void)state;
	(void)unsetenv("AWS_SECRET_ACCESS_KEY");
	assert_int_not_equal(kms_reload(client, &why), 0);
	s = look(); /* the old ones stay */
	assert_int_equal(s.look.fault, FAULT_NONE);
	assert_non_null(strstr(kms_credentials_text(client), "AKIDEXAMPLE"));
	assert_null(strstr(kms_credentials_text(client), "SECRETEXAMPLE"));
}

static void never_had_credentials(void **state)
{
	static const struct aws_urls by_region;
	struct kms_init init = {.loop = &loop,
		.http = http,
		.credentials_file = "",
		.profile = "",
		.urls = &by_region,
		.timeout_ms = 100};
	struct kms_target_init t = {.family = NULL};
	struct kms_target *other;
	struct kms *poor;
	struct seen s = {.calls = 0};

	(void)state;
	(void)unsetenv("AWS_SECRET_ACCESS_KEY");
	assert_int_equal(kms_new(&init, &poor), 0);
	assert_int_equal(key_arn_parse(KEY, strlen(KEY), &t.arn, NULL, NULL), 0);
	assert_int_equal(kms_target_new(poor, &t, &other), 0);
	assert_int_equal(kms_look(other, KMS_LANE_LOOK, on_look, &s), 0);
	wait_for(&s);
	assert_int_equal(s.look.fault, FAULT_CREDENTIALS);
	assert_non_null(strstr(s.texts.message, "AWS_SECRET_ACCESS_KEY"));
	kms_target_close(other);
	kms_close(poor);
}

static void a_policy_that_is_none(void **state)
{
	struct seen s;

	(void)state;
	(void)snprintf(world.policy, sizeof(world.policy), "{\"Statement\":{},\"Statement\":{}}");
	s = look();
	assert_int_equal(s.look.fault, FAULT_MALFORMED);
	assert_false(s.look.have_access);
	assert_non_null(strstr(s.texts.message, "key policy"));
}

static void grants_over_pages_and_no_rotation(void **state)
{
	struct seen s = {.calls = 0}, r = {.calls = 0};

	(void)state;
	world.grant_pages = 3;
	assert_int_equal(kms_grants(target, KMS_LANE_CONFIRMATION, on_grants, &s), 0);
	wait_for(&s);
	assert_int_equal(s.fault, FAULT_NONE);
	assert_int_equal(s.alive, 3);
	assert_string_equal(s.texts.message, "Decrypt, CreateGrant, others"); /* of the vendor's only */
	assert_int_equal(kms_rotation(target, on_rotation, &r), 0);
	wait_for(&r);
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
	struct seen s;

	(void)state;
	evaluations = 0;
	for (int i = 0; i < 5; i++) {
		s = look();
		assert_int_equal(s.look.access.allowed, NEED_ALL);
	}
	assert_int_equal(evaluations, 1);
	replace(world.policy, sizeof(world.policy), "\"cmek-policy\"", "\"cmek-other\"");
	(void)look();
	(void)look();
	assert_int_equal(evaluations, 2); /* other bytes, even of the same meaning */
	(void)snprintf(world.policy, sizeof(world.policy), "%s", "no JSON");
	(void)look();
	(void)snprintf(world.policy, sizeof(world.policy), "%s", documented);
	(void)look();
	(void)look();
	assert_int_equal(evaluations, 3);
	/* What depends on the time is never kept. */
	replace(world.policy, sizeof(world.policy), "\"StringEquals\":{",
		"\"DateLessThan\":{\"aws:CurrentTime\":\"2100-01-01\"},\"StringEquals\":{");
	for (int i = 0; i < 3; i++) {
		s = look();
		assert_int_equal(s.look.access.allowed, NEED_ALL);
	}
	assert_int_equal(evaluations, 6);
}

/* ---- rates and retries ---- */

static void trap(const char *operation, int times, int status, const char *code)
{
	world.trap.operation = operation;
	world.trap.times = times;
	world.trap.status = status;
	world.trap.code = code;
	world.describes = world.reads = 0;
}

struct lanes {
	int count;
	struct kms_lane_state describe, read, list, put;
};

static void on_lane(const char *key_id, const struct region *region, const char *operations,
	const struct kms_lane_state *state, void *arg)
{
	struct lanes *l = arg;

	assert_string_equal(key_id, "AKIDEXAMPLE");
	assert_string_equal(region->text, "us-west-2");
	l->count++;
	if (strcmp(operations, "DescribeKey") == 0)
		l->describe = *state;
	else if (strcmp(operations, "GetKeyPolicy, GetKeyRotationStatus") == 0)
		l->read = *state;
	else if (strcmp(operations, "ListGrants") == 0)
		l->list = *state;
	else if (strcmp(operations, "PutKeyPolicy") == 0)
		l->put = *state;
}

static struct lanes lanes(void)
{
	struct lanes l = {.count = 0};

	kms_each_lane(client, on_lane, &l);
	return l;
}

static void throttled_twice_is_one_good_look(void **state)
{
	struct lanes l;
	struct seen s;

	(void)state;
	assert_int_equal(lanes().count, 0); /* only what was used is shown */
	trap("TrentService.GetKeyPolicy", 2, 400, "ThrottlingException");
	s = look();
	assert_int_equal(s.look.fault, FAULT_NONE);
	assert_int_equal(s.look.access.allowed, NEED_ALL);
	assert_int_equal(world.describes, 1);
	assert_int_equal(world.reads, 3);
	assert_string_equal(s.texts.request, "r-key r-policy"); /* of what it rests on */
	/* The lane of that class is slowed, twice, and no other. */
	l = lanes();
	assert_int_equal(l.count, 2);
	assert_in_range(l.read.allowance, 245, 270);
	assert_int_equal(l.read.per_second, 500);
	assert_int_equal(l.describe.allowance, 1000);
	assert_int_equal(l.describe.hold_ms, 0);
}

static void what_stays_throttled_is_told_so(void **state)
{
	struct seen s;

	(void)state;
	trap("TrentService.DescribeKey", 3, 400, "ThrottlingException");
	s = look();
	assert_int_equal(s.look.fault, FAULT_THROTTLED);
	assert_non_null(strstr(s.texts.message, "DescribeKey: 400 ThrottlingException"));
	assert_int_equal(world.describes, 3);
	assert_int_equal(world.reads, 0);
	/* While it is held, what is not of its class goes on. */
	assert_true(lanes().describe.hold_ms > 0);
	s = change(true);
	assert_int_equal(s.result, ACT_RESULT_ACCEPTED);
	assert_int_equal(world.describes, 3);
}

/* To AWS's SDKs it is a throttling; from KMS it is a limit of something else. */
static void limit_exceeded_is_no_throttling(void **state)
{
	struct seen s;

	(void)state;
	trap("TrentService.GetKeyPolicy", 1, 400, "LimitExceededException");
	s = look();
	assert_int_equal(s.look.fault, FAULT_REFUSED);
	assert_int_equal(world.reads, 1);
	assert_int_equal(lanes().read.allowance, 500);
	assert_int_equal(lanes().read.hold_ms, 0);
}

static void what_passes_is_tried_again(void **state)
{
	static const struct {
		int status;
		const char *code;
	} passing[] = {{500, NULL}, {503, NULL}, {500, "KMSInternalException"},
		{500, "DependencyTimeoutException"}, {500, "KeyUnavailableException"}, {429, NULL},
		{0, NULL}};
	static const char *const lasting[] = {"AccessDeniedException", "NotFoundException",
		"DisabledException", "KMSInvalidStateException", "SomethingNewException"};
	struct seen s, r = {.calls = 0}, g = {.calls = 0};

	(void)state;
	for (size_t i = 0; i < sizeof(passing) / sizeof(passing[0]); i++) {
		trap("TrentService.DescribeKey", 2, passing[i].status, passing[i].code);
		s = look();
		assert_int_equal(s.look.fault, FAULT_NONE);
		assert_int_equal(world.trap.times, 0);
	}
	for (size_t i = 0; i < sizeof(lasting) / sizeof(lasting[0]); i++) {
		trap("TrentService.DescribeKey", 1, 400, lasting[i]);
		s = look();
		assert_int_not_equal(s.look.fault, FAULT_NONE);
		assert_int_equal(world.describes, 1);
	}
	trap("TrentService.GetKeyRotationStatus", 2, 500, NULL);
	assert_int_equal(kms_rotation(target, on_rotation, &r), 0);
	wait_for(&r);
	assert_int_equal(r.rotation.fault, FAULT_NONE);
	world.grant_pages = 3;
	trap("TrentService.ListGrants", 2, 500, NULL);
	assert_int_equal(kms_grants(target, KMS_LANE_CONFIRMATION, on_grants, &g), 0);
	wait_for(&g);
	assert_int_equal(g.fault, FAULT_NONE);
	assert_int_equal(g.alive, 3); /* no page twice */
}

static void who_we_are_is_asked_again_too(void **state)
{
	struct seen s;

	(void)state;
	trap("Action=GetCallerIdentity", 2, 503, NULL);
	world.deny_describe = true;
	s = look();
	assert_int_equal(s.look.fault, FAULT_DENIED);
	assert_true(s.look.self_denied);
	assert_int_equal(world.trap.times, 0);
}

static void without_tokens_nothing_is_tried_again(void **state)
{
	enum { LOOKS = RETRY_TOKENS_MAX / (2 * RETRY_COST) };
	struct seen s;

	(void)state;
	trap("TrentService.DescribeKey", 1 << 20, 500, NULL);
	for (int i = 0; i < LOOKS; i++) {
		s = look();
		assert_int_equal(s.look.fault, FAULT_SERVER_ERROR);
		assert_int_equal(world.describes, 3 * (i + 1));
	}
	trap("TrentService.DescribeKey", 1, 500, NULL);
	s = look();
	assert_int_equal(s.look.fault, FAULT_SERVER_ERROR);
	assert_int_equal(world.describes, 1);
	/* Each good answer brings one back: five, and there is a retry. */
	for (int i = 0; i < 3; i++)
		(void)look();
	trap("TrentService.DescribeKey", 1, 500, NULL);
	s = look();
	assert_int_equal(s.look.fault, FAULT_NONE);
}

/* A client of its own, that has little time. */
static struct kms *hasty(int64_t timeout_ms, struct kms_target **ret_target)
{
	struct kms_target_init t = {.family = NULL};
	struct kms_init init = {
		.loop = &loop, .http = http, .credentials_file = "", .profile = "", .timeout_ms = timeout_ms};
	struct aws_urls urls;
	struct kms *k;

	for (size_t i = 0; i < AWS_SERVICE_COUNT; i++)
		(void)snprintf(urls.of[i], sizeof(urls.of[i]), "http://127.0.0.1:%u", server.port);
	init.urls = &urls;
	assert_int_equal(kms_new(&init, &k), 0);
	assert_int_equal(key_arn_parse(KEY, strlen(KEY), &t.arn, NULL, NULL), 0);
	assert_int_equal(account_id_parse(VENDOR, strlen(VENDOR), &t.vendor), 0);
	assert_int_equal(kms_target_new(k, &t, ret_target), 0);
	return k;
}

static struct seen look_of(struct kms_target *t)
{
	struct seen s = {.calls = 0};

	assert_int_equal(kms_look(t, KMS_LANE_LOOK, on_look, &s), 0);
	wait_for(&s);
	return s;
}

/* Told when RequestTimeout is over, and not after three of them. */
static void a_black_hole_is_told_in_time(void **state)
{
	struct kms_target *t;
	struct kms *k = hasty(300, &t);
	uint64_t began = uv_hrtime();
	struct seen s;

	(void)state;
	trap("TrentService.DescribeKey", 1, -1, NULL);
	s = look_of(t);
	assert_int_equal(s.look.fault, FAULT_TIMEOUT);
	assert_int_equal(world.describes, 1);
	assert_true((uv_hrtime() - began) / 1000000 < 1500);
	kms_target_close(t);
	kms_close(k);
}

/* The hold is longer than a look may wait. */
static void no_look_hangs_in_its_lane(void **state)
{
	struct kms_target *t;
	struct kms *k = hasty(KMS_LANE_HOLD_MS / 2, &t);
	struct seen s;

	(void)state;
	trap("TrentService.DescribeKey", 1, 400, "ThrottlingException");
	s = look_of(t); /* its retry waits for the lane until its time is over */
	assert_int_equal(s.look.fault, FAULT_THROTTLED);
	assert_non_null(strstr(s.texts.message, "DescribeKey: not sent: waited too long for its turn"));
	assert_int_equal(world.describes, 1);
	for (int i = 0; i < 100 && s.look.fault != FAULT_NONE; i++)
		s = look_of(t);
	assert_int_equal(s.look.fault, FAULT_NONE); /* by itself */
	kms_target_close(t);
	kms_close(k);
}

static void a_throttled_change_is_not_sent_again(void **state)
{
	struct seen s;

	(void)state;
	trap("TrentService.PutKeyPolicy", 1, 400, "ThrottlingException");
	s = change(true);
	assert_int_equal(s.result, ACT_RESULT_THROTTLED);
	assert_int_equal(world.trap.times, 0);
	assert_int_equal(world.puts, 0);
	assert_int_equal(lanes().put.allowance, 6); /* 7.5 a second, and 0.7 of it */
	assert_true(lanes().put.hold_ms > 0);
	assert_int_equal(lanes().read.allowance, 500);
}

/* What was read before the change is no older than if there were no lane: others edit policies as well. */
static void the_policy_is_read_after_the_wait_in_the_lane(void **state)
{
	struct seen s = {.calls = 0};

	(void)state;
	trap("TrentService.PutKeyPolicy", 1, 400, "ThrottlingException");
	(void)change(true);
	assert_int_equal(kms_cut(target, SID, NULL, on_change, &s), 0);
	world.reads = 0;
	while (lanes().put.waiting[KMS_LANE_ACT] == 0 && s.calls == 0)
		uv_run(&loop, UV_RUN_NOWAIT); /* once would wait for the lane */
	assert_int_equal(world.reads, 0);
	(void)snprintf(world.policy, sizeof(world.policy), "%s", documented);
	replace(world.policy, sizeof(world.policy), "\"cmek-policy\"", "\"edited-meanwhile\"");
	wait_for(&s);
	assert_int_equal(s.result, ACT_RESULT_ACCEPTED);
	assert_non_null(strstr(world.policy, "edited-meanwhile"));
	assert_string_equal(s.texts.message, "");
}

static void what_is_found_done_gives_its_place_back(void **state)
{
	uint32_t used;

	(void)state;
	(void)change(true);
	used = lanes().put.used;
	for (int i = 0; i < 20; i++)
		(void)change(true);
	assert_true(lanes().put.used <= used);
	assert_int_equal(world.puts, 1);
}

static void closing_does_not_wait_for_a_retry(void **state)
{
	struct seen s = {.calls = 0};
	uint64_t began;

	(void)state;
	luck = UINT32_MAX; /* a second */
	trap("TrentService.DescribeKey", 1, 500, NULL);
	assert_int_equal(kms_look(target, KMS_LANE_LOOK, on_look, &s), 0);
	while (world.trap.times > 0)
		uv_run(&loop, UV_RUN_ONCE);
	for (int i = 0; i < 20; i++)
		uv_run(&loop, UV_RUN_NOWAIT);
	began = uv_hrtime();
	kms_target_close(target);
	target = NULL;
	wait_for(&s);
	assert_int_equal(s.look.fault, FAULT_CANCELLED);
	assert_true((uv_hrtime() - began) / 1000000 < 900);
}

/* ---- changes ---- */

static void cut_and_uncut_are_exact(void **state)
{
	struct digest digest;
	struct seen s;

	(void)state;
	world.old_reads = 0;
	s = change(true);
	assert_int_equal(s.result, ACT_RESULT_ACCEPTED);
	assert_int_equal(world.puts, 1);
	assert_non_null(strstr(world.policy, SID));
	assert_int_equal(digest_of(world.policy, strlen(world.policy), &digest), 0);
	assert_memory_equal(&digest, &s.policy, sizeof(digest));
	assert_string_equal(s.texts.message, "");
	s = look();
	assert_int_equal(s.look.access.denied, NEED_ALL);
	assert_int_equal(s.look.access.cut_by, CUT_BY_OWN);
	s = change(true); /* there already */
	assert_int_equal(s.result, ACT_RESULT_ACCEPTED);
	assert_int_equal(world.puts, 1);
	s = change(false);
	assert_int_equal(s.result, ACT_RESULT_ACCEPTED);
	assert_int_equal(world.puts, 2);
	assert_string_equal(world.policy, documented);
	s = change(false); /* gone already */
	assert_int_equal(s.result, ACT_RESULT_ACCEPTED);
	assert_int_equal(world.puts, 2);
}

static bool wanted_while(void *arg)
{
	struct seen *s = arg;

	s->asked++;
	assert_int_equal(world.puts, 0);
	assert_true(world.identities > 0); /* asked last, after all that was read */
	return !s->unwanted;
}

static void what_is_no_longer_wanted_is_not_put(void **state)
{
	struct seen cut = {.unwanted = true}, again = {.calls = 0};

	(void)state;
	assert_int_equal(kms_cut(target, SID, wanted_while, on_change, &cut), 0);
	wait_for(&cut);
	assert_int_equal(cut.asked, 1);
	assert_int_equal(cut.result, ACT_RESULT_NOT_SENT);
	assert_int_equal(world.puts, 0);
	assert_string_equal(world.policy, documented);
	assert_int_equal(kms_cut(target, SID, wanted_while, on_change, &again), 0);
	wait_for(&again);
	assert_int_equal(again.asked, 1);
	assert_int_equal(again.result, ACT_RESULT_ACCEPTED);
	assert_int_equal(world.puts, 1);
}

/* Answers the old text twice after the put. */
static void a_change_takes_time_to_spread(void **state)
{
	struct seen s = {.calls = 0};

	(void)state;
	assert_int_equal(kms_cut(target, SID, NULL, on_change, &s), 0);
	for (int turns = 0; world.puts == 0 && turns < 100000; turns++)
		uv_run(&loop, UV_RUN_ONCE);
	world.old_reads = 2;
	wait_for(&s);
	assert_int_equal(s.result, ACT_RESULT_ACCEPTED);
	assert_int_equal(world.old_reads, 0);
	assert_int_equal(world.puts, 1);
}

static void a_lost_reply_is_decided_by_reading(void **state)
{
	struct seen s;

	(void)state;
	world.drop_put = true;
	s = change(true);
	assert_int_equal(s.result, ACT_RESULT_ACCEPTED);
	assert_non_null(strstr(world.policy, SID));
	assert_int_equal(world.puts, 1);
}

static void a_put_that_is_denied(void **state)
{
	struct seen s;

	(void)state;
	world.deny_put = true;
	s = change(true);
	assert_int_equal(s.result, ACT_RESULT_DENIED);
	assert_non_null(strstr(s.texts.message, "PutKeyPolicy: 400 AccessDeniedException"));
	assert_string_equal(world.policy, documented);
}

static void nothing_is_put_that_locks_us_out(void **state)
{
	struct seen s;

	(void)state;
	(void)snprintf(world.policy, sizeof(world.policy), "%s", without_admin);
	s = change(true);
	assert_int_equal(s.result, ACT_RESULT_REFUSED);
	assert_int_equal(world.puts, 0);
	assert_non_null(strstr(s.texts.message, "kms:DescribeKey"));
}

static void a_text_that_is_read_back_otherwise_is_told(void **state)
{
	struct seen s;

	(void)state;
	replace(world.policy, sizeof(world.policy), "\"arn:aws:iam::111122223333:root\"", "\"111122223333\"");
	world.number_as_root = true; /* the same meaning: nothing is told */
	s = change(true);
	assert_int_equal(s.result, ACT_RESULT_ACCEPTED);
	assert_string_equal(s.texts.message, "");
	world.number_as_root = false;
	world.meddle =
		"\"Statement\":[{\"Sid\":\"Meddler\",\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":"
		"\"kms:Sign\",\"Resource\":\"*\"},";
	s = change(false);
	assert_int_equal(s.result, ACT_RESULT_ACCEPTED);
	assert_non_null(strstr(s.texts.message, "somebody else changed it"));
	assert_non_null(strstr(s.texts.message, "added statement 1"));
	assert_non_null(strstr(s.texts.message, "Meddler"));
}

/* KMS refuses it, and what it says does not tell which principal. */
static void a_deleted_principal_is_named(void **state)
{
	struct why why = {""};
	struct seen s;

	(void)state;
	assert_false(kms_foresee(target, SID, true, &why)); /* nothing was read yet */
	replace(world.policy, sizeof(world.policy), "\"arn:aws:iam::111122223333:root\"",
		"[\"arn:aws:iam::111122223333:root\",\"" DELETED "\"]");
	(void)look();
	assert_true(kms_foresee(target, SID, true, &why));
	assert_non_null(strstr(why.text, DELETED));
	assert_non_null(strstr(why.text, "probably refuse"));
	s = change(true);
	assert_int_equal(s.result, ACT_RESULT_REFUSED);
	assert_int_equal(world.puts, 1); /* only KMS can know */
	assert_non_null(strstr(s.texts.message, "PutKeyPolicy: 400 MalformedPolicyDocumentException"));
	assert_non_null(strstr(s.texts.message, DELETED));
}

/* 32,768 bytes with the statement would be too many: KMS need not be asked. */
static void a_text_that_would_be_too_large_is_not_put(void **state)
{
	_cleanup_(buf_fini) struct buf b = BUF_INIT(POLICY_MAX_BYTES);
	struct why why = {""};
	struct seen s;

	(void)state;
	buf_append(&b, documented, sizeof(documented) - 1);
	while (b.len < POLICY_MAX_BYTES - 100)
		buf_add(&b, " ");
	(void)snprintf(world.policy, sizeof(world.policy), "%s", b.data);
	s = look();
	assert_int_equal(s.look.access.allowed, NEED_ALL);
	assert_true(kms_foresee(target, SID, true, &why));
	assert_non_null(strstr(why.text, "32768"));
	s = change(true);
	assert_int_equal(s.result, ACT_RESULT_REFUSED);
	assert_int_equal(world.puts, 0);
	assert_non_null(strstr(s.texts.message, "32768"));
}

static void nothing_is_put_without_knowing_who_we_are(void **state)
{
	struct seen s;

	(void)state;
	world.deny_sts = true;
	s = change(true);
	assert_int_not_equal(s.result, ACT_RESULT_ACCEPTED);
	assert_int_equal(world.puts, 0);
	world.deny_sts = false;
	world.break_policy = true;
	s = change(true);
	assert_int_equal(s.result, ACT_RESULT_NOT_SENT);
	assert_int_equal(world.puts, 0);
}

static void closing_ends_each_once(void **state)
{
	enum { MANY = 20 };
	static struct seen looks[MANY], cut;

	(void)state;
	memset(looks, 0, sizeof(looks));
	memset(&cut, 0, sizeof(cut));
	world.drop_put_unmade = true; /* so that the cut waits for its text to be seen */
	assert_int_equal(kms_cut(target, SID, NULL, on_change, &cut), 0);
	for (int turns = 0; world.puts == 0 && turns < 100000; turns++)
		uv_run(&loop, UV_RUN_ONCE);
	for (int i = 0; i < MANY; i++)
		assert_int_equal(kms_look(target, KMS_LANE_LOOK, on_look, &looks[i]), 0);
	kms_target_close(target);
	target = NULL;
	assert_int_equal(looks[0].calls, 0); /* never from inside */
	for (int turns = 0; (cut.calls == 0 || looks[MANY - 1].calls == 0) && turns < 100000; turns++)
		uv_run(&loop, UV_RUN_ONCE);
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
	kms_by_hand(target, SID, true, &b);
	start = strchr(b.data, '{');
	end = strrchr(b.data, '}');
	assert_non_null(start);
	assert_non_null(end);
	assert_non_null(strstr(start, "\"Deny\""));
	assert_non_null(strstr(start, VENDOR));
	assert_non_null(strstr(end, "aws kms put-key-policy --region us-west-2 --key-id " KEY));
	buf_clear(&b);
	kms_by_hand(target, SID, false, &b);
	assert_non_null(strstr(b.data, "Remove"));
	assert_non_null(strstr(b.data, SID));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
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
		TEST(throttled_twice_is_one_good_look),
		TEST(what_stays_throttled_is_told_so),
		TEST(limit_exceeded_is_no_throttling),
		TEST(what_passes_is_tried_again),
		TEST(who_we_are_is_asked_again_too),
		TEST(without_tokens_nothing_is_tried_again),
		TEST(a_black_hole_is_told_in_time),
		TEST(no_look_hangs_in_its_lane),
		TEST(a_throttled_change_is_not_sent_again),
		TEST(the_policy_is_read_after_the_wait_in_the_lane),
		TEST(what_is_found_done_gives_its_place_back),
		TEST(closing_does_not_wait_for_a_retry),
		TEST(cut_and_uncut_are_exact),
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
