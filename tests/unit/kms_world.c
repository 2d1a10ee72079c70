/* SPDX-License-Identifier: Apache-2.0 */
#include "kms_world.h"
#include "base/buf.h"
#include "base/json_scan.h"
#include "base/own.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

const char kms_world_documented[] =
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

struct kms_world kms_world;

uint32_t __wrap_chance(void);
uint32_t __wrap_chance(void)
{
	return kms_world.luck;
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
	const char *text = kms_world.old_reads > 0 ? kms_world.old : kms_world.policy;

	kms_world.old_reads -= kms_world.old_reads > 0;
	buf_add(&b, "{\"PolicyName\":\"default\",\"Policy\":");
	buf_json_string(&b, text, strlen(text));
	buf_add(&b, "}");
	tiny_server_reply(fd, 200, "x-amzn-RequestId: r-policy\r\n", b.data);
}

/* `with` in place of the first `what`. */
void kms_world_replace(char *text, size_t size, const char *what, const char *with)
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

	if (kms_world.deny_put) {
		error_reply(fd, 400, "AccessDeniedException");
		return true;
	}
	(void)snprintf(kms_world.old, sizeof(kms_world.old), "%s", kms_world.policy);
	good = json_scan(body, strlen(body), &limits, &tree, NULL) == 0 &&
	       !strstr(body, "BypassPolicyLockoutSafetyCheck") &&
	       (kms_world.drop_put_unmade || json_string(&tree, json_member(&tree, JSON_ROOT, "Policy"),
						     kms_world.policy, sizeof(kms_world.policy), NULL) == 0);
	json_tree_fini(&tree);
	kms_world.puts++;
	if (good && strstr(kms_world.policy, DELETED)) {
		(void)snprintf(kms_world.policy, sizeof(kms_world.policy), "%s", kms_world.old);
		error_reply(fd, 400, "MalformedPolicyDocumentException");
		return true;
	}
	if (good && kms_world.number_as_root)
		kms_world_replace(kms_world.policy, sizeof(kms_world.policy), "\"111122223333\"",
			"\"arn:aws:iam::111122223333:root\"");
	if (good && kms_world.meddle)
		kms_world_replace(
			kms_world.policy, sizeof(kms_world.policy), "\"Statement\":[", kms_world.meddle);
	if (!good)
		error_reply(fd, 400, "ValidationException");
	else if (kms_world.drop_put || kms_world.drop_put_unmade)
		return false; /* done, perhaps; nobody is told */
	else
		tiny_server_reply(fd, 200, "x-amzn-RequestId: r-put\r\n", "");
	return true;
}

static bool switch_key(int fd, bool on)
{
	if (kms_world.deny_put) {
		error_reply(fd, 400, "AccessDeniedException");
		return true;
	}
	kms_world.switches++;
	kms_world.state = on ? "Enabled" : "Disabled";
	if (kms_world.drop_put)
		return false; /* done, and nobody is told */
	tiny_server_reply(fd, 200, "x-amzn-RequestId: r-switch\r\n", "");
	return true;
}

static void grants_reply(int fd, const char *request)
{
	/* Each page has one grant of the vendor and one of somebody else. */
	char body[1024];
	int page = strstr(request, "\"Marker\":\"2\"") ? 2 : strstr(request, "\"Marker\":\"1\"") ? 1 : 0;
	bool more = page + 1 < kms_world.grant_pages;

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
	kms_world.trap.times--;
	if (kms_world.trap.status <= 0)
		return kms_world.trap.status < 0;
	if (kms_world.trap.code)
		error_reply(fd, kms_world.trap.status, kms_world.trap.code);
	else
		tiny_server_reply(fd, kms_world.trap.status, "", "<html>");
	return true;
}

static bool answer(int fd, const char *request)
{
	char body[512];
	bool stale;

	kms_world.describes += strstr(request, "TrentService.DescribeKey") != NULL;
	kms_world.reads += strstr(request, "TrentService.GetKeyPolicy") != NULL;
	if (kms_world.trap.times > 0 && strstr(request, kms_world.trap.operation))
		return answer_trapped(fd);
	if (strstr(request, "Action=GetCallerIdentity")) {
		kms_world.identities++;
		if (kms_world.deny_sts)
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
		if (kms_world.deny_describe) {
			error_reply(fd, 400, "AccessDeniedException");
			return true;
		}
		stale = kms_world.switches > 0 && kms_world.stale_looks > 0;
		kms_world.stale_looks -= stale;
		(void)snprintf(body, sizeof(body),
			"{\"KeyMetadata\":{\"KeyId\":\"1234abcd-12ab-34cd-56ef-1234567890ab\",\"Arn\":\"" KEY
			"\",\"KeyState\":\"%s\",\"CurrentKeyMaterialId\":\"%064d\"}}",
			stale ? kms_world.stale : kms_world.state, 7);
		tiny_server_reply(fd, 200, "x-amzn-RequestId: r-key\r\n", body);
		return true;
	}
	if (strstr(request, "TrentService.GetKeyPolicy")) {
		if (kms_world.deny_policy)
			error_reply(fd, 400, "AccessDeniedException");
		else if (kms_world.break_policy)
			tiny_server_reply(fd, 500, "", "<html>");
		else
			policy_reply(fd);
		return true;
	}
	if (strstr(request, "TrentService.PutKeyPolicy"))
		return put_policy(fd, request);
	if (strstr(request, "TrentService.DisableKey") || strstr(request, "TrentService.EnableKey"))
		return switch_key(fd, strstr(request, "EnableKey") != NULL);
	if (strstr(request, "TrentService.ListGrants")) {
		grants_reply(fd, request);
		return true;
	}
	error_reply(fd, 400, "UnsupportedOperationException");
	return true;
}

/* ---- one client a test ---- */

int kms_world_set_up(void **state)
{
	struct kms_init init = {
		.loop = &kms_world.loop, .credentials_file = "", .profile = "", .timeout_ms = 5000};
	struct kms_target_init t = {.own_ledger = {.text = "0123456789abcdef"}};
	struct aws_urls urls;
	char url[64];

	(void)state;
	memset(&kms_world, 0, sizeof(kms_world));
	kms_world.state = "Enabled";
	(void)snprintf(kms_world.policy, sizeof(kms_world.policy), "%s", kms_world_documented);
	tiny_server_start(&kms_world.server, answer);
	(void)setenv("AWS_EC2_METADATA_DISABLED", "true", 1); /* nothing of this machine */
	(void)setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE", 1);
	(void)setenv("AWS_SECRET_ACCESS_KEY", "SECRETEXAMPLE", 1);
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%u", kms_world.server.port);
	assert_int_equal(uv_loop_init(&kms_world.loop), 0);
	assert_int_equal(http_new(&kms_world.loop, NULL, &kms_world.http), 0);
	init.http = kms_world.http;
	for (size_t i = 0; i < AWS_SERVICE_COUNT; i++)
		(void)snprintf(urls.of[i], sizeof(urls.of[i]), "%s", url);
	init.urls = &urls;
	assert_int_equal(kms_new(&init, &kms_world.client), 0);
	assert_int_equal(key_arn_parse(KEY, strlen(KEY), &t.arn, NULL, NULL), 0);
	assert_int_equal(account_id_parse(VENDOR, strlen(VENDOR), &t.vendor), 0);
	assert_int_equal(kms_target_new(kms_world.client, &t, &kms_world.target), 0);
	return 0;
}

int kms_world_tear_down(void **state)
{
	(void)state;
	if (kms_world.target)
		kms_target_close(kms_world.target);
	kms_close(kms_world.client);
	http_close(kms_world.http, NULL, NULL);
	uv_run(&kms_world.loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&kms_world.loop), 0);
	tiny_server_stop(&kms_world.server);
	return 0;
}

void kms_world_on_look(void *arg, const struct look *look, const struct kms_texts *texts)
{
	struct kms_seen *s = arg;

	s->calls++;
	s->look = *look;
	s->texts = *texts;
}

void kms_world_on_grants(
	void *arg, enum fault fault, const struct kms_grants_seen *seen, const struct kms_texts *texts)
{
	struct kms_seen *s = arg;

	s->calls++;
	s->fault = fault;
	s->alive = seen->alive;
	s->texts = *texts;
}

void kms_world_on_rotation(void *arg, const struct kms_rotation *rotation, const struct kms_texts *texts)
{
	struct kms_seen *s = arg;

	s->calls++;
	s->rotation = *rotation;
	s->texts = *texts;
}

void kms_world_on_change(
	void *arg, enum act_result result, const struct digest *policy, const struct kms_texts *texts)
{
	struct kms_seen *s = arg;

	s->calls++;
	s->result = result;
	s->policy = *policy;
	s->texts = *texts;
}

void kms_world_wait(const struct kms_seen *s)
{
	assert_int_equal(s->calls, 0); /* never from inside the start */
	for (int turns = 0; s->calls == 0 && turns < 100000; turns++)
		uv_run(&kms_world.loop, UV_RUN_ONCE);
	assert_int_equal(s->calls, 1);
}

struct kms *kms_world_hasty(int64_t timeout_ms, struct kms_target **ret_target)
{
	struct kms_target_init t = {.family = NULL};
	struct kms_init init = {.loop = &kms_world.loop,
		.http = kms_world.http,
		.credentials_file = "",
		.profile = "",
		.timeout_ms = timeout_ms};
	struct aws_urls urls;
	struct kms *k;

	for (size_t i = 0; i < AWS_SERVICE_COUNT; i++)
		(void)snprintf(urls.of[i], sizeof(urls.of[i]), "http://127.0.0.1:%u", kms_world.server.port);
	init.urls = &urls;
	assert_int_equal(kms_new(&init, &k), 0);
	assert_int_equal(key_arn_parse(KEY, strlen(KEY), &t.arn, NULL, NULL), 0);
	assert_int_equal(account_id_parse(VENDOR, strlen(VENDOR), &t.vendor), 0);
	assert_int_equal(kms_target_new(k, &t, ret_target), 0);
	return k;
}

struct kms_seen kms_world_look_of(struct kms_target *t)
{
	struct kms_seen s = {.calls = 0};

	assert_int_equal(kms_look(t, KMS_LANE_LOOK, kms_world_on_look, &s), 0);
	kms_world_wait(&s);
	return s;
}

struct kms_seen kms_world_look(void)
{
	return kms_world_look_of(kms_world.target);
}

struct kms_seen kms_world_change(bool cut)
{
	struct kms_seen s = {.calls = 0};

	assert_int_equal(
		(cut ? kms_cut : kms_uncut)(kms_world.target, SID, NULL, kms_world_on_change, &s), 0);
	kms_world_wait(&s);
	return s;
}
