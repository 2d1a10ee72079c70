/* SPDX-License-Identifier: Apache-2.0 */
/* What setting up makes, against a server that speaks Digest and answers as the test says: each thing is asked for once. */
#include "base/secret.h"
#include "tidb_rig.h"
#include "wire/tidb_v1beta.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>
#include <cmocka.h>

#define ARN      "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
#define PASSWORD "shining-password"

/* ---- the service ---- */

static struct {
	int lists, posts; /* with a body: a challenge is answered without */
	char last[4096];
	const char *answer; /* NULL: none comes, the connection closes */
	int status;
} world;

static bool answer(int fd, const char *request)
{
	if (!strstr(request, "Authorization: Digest username=\"PUBLIC\"")) {
		tiny_server_reply(fd, 401,
			"WWW-Authenticate: Digest realm=\"tidb.cloud\", domain=\"\", nonce=\"n\", "
			"algorithm=MD5, qop=\"auth\", stale=false\r\n",
			"");
		return true;
	}
	if (strstr(request, "GET /api/v1beta/projects?page=1&")) {
		world.lists++;
		tiny_server_reply(fd, 200, "",
			"{\"items\":[{\"id\":\"1\",\"name\":\"prod\",\"aws_cmek_enabled\":true}],\"total\":"
			"2}");
		return true;
	}
	if (strstr(request, "GET /api/v1beta/projects?page=2&")) {
		world.lists++;
		tiny_server_reply(fd, 200, "", "{\"items\":[{\"id\":\"2\",\"name\":\"lab\"}],\"total\":2}");
		return true;
	}
	world.posts++;
	(void)snprintf(world.last, sizeof(world.last), "%s", request);
	if (!world.answer)
		return false;
	tiny_server_reply(fd, world.status, "X-Debug-Trace-Id: trace-1\r\n", world.answer);
	return true;
}

static int set_up(void **state)
{
	(void)state;
	memset(&world, 0, sizeof(world));
	world.status = 200;
	rig_start((struct tidb_init){.requests_per_minute = 100, .timeout_ms = 5000}, answer);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	rig_stop();
	return 0;
}

static char made_id[32];

static void on_made(void *arg, enum act_result result, const char *id, const struct tidb_texts *texts)
{
	(void)snprintf(made_id, sizeof(made_id), "%s", id);
	rig_on_act(arg, result, texts);
}

static void on_projects(void *arg, enum fault fault, const struct tidb_v1beta_projects *projects,
	const struct tidb_texts *texts)
{
	struct tidb_seen *s = arg;

	s->calls++;
	s->fault = fault;
	s->count = projects ? projects->count : 0;
	s->texts = *texts;
	if (projects)
		assert_string_equal(projects->names[1], "lab");
}

static struct tidb_seen make_project(void)
{
	struct tidb_seen s = {.calls = 0};

	assert_int_equal(tidb_make_project(rig.client, "new", TIDB_SETUP_PRIORITY, on_made, &s), 0);
	rig_wait(&s);
	return s;
}

/* ---- tests ---- */

static void projects_are_read_anew(void **state)
{
	(void)state;
	for (int times = 1; times <= 2; times++) {
		struct tidb_seen s = {.calls = 0};

		assert_int_equal(tidb_list_projects(rig.client, TIDB_SETUP_PRIORITY, on_projects, &s), 0);
		rig_wait(&s);
		assert_int_equal(s.fault, FAULT_NONE);
		assert_int_equal(s.count, 2);
		assert_int_equal(world.lists, 2 * times);
	}
}

static void a_project_is_made(void **state)
{
	struct tidb_seen s;

	(void)state;
	world.answer = "{\"id\":\"77\"}";
	s = make_project();
	assert_int_equal(s.result, ACT_RESULT_ACCEPTED);
	assert_string_equal(made_id, "77");
	assert_string_equal(s.texts.request, "trace-1");
	assert_non_null(strstr(world.last, "POST /api/v1beta/projects HTTP/1.1"));
	assert_non_null(strstr(world.last, "Content-Type: application/json"));
	assert_non_null(strstr(world.last, "{\"name\":\"new\",\"aws_cmek_enabled\":true}"));
	assert_int_equal(world.posts, 1);
}

static void a_refusal_is_told_in_its_words(void **state)
{
	struct tidb_seen s;

	(void)state;
	world.status = 400;
	world.answer = "{\"code\":49900001,\"message\":\"only upon request\",\"details\":[]}";
	s = make_project();
	assert_int_equal(s.result, ACT_RESULT_REFUSED);
	assert_string_equal(made_id, "");
	assert_string_equal(s.texts.message, "only upon request (400, code 49900001)");
}

static void a_lost_answer_is_not_asked_for_again(void **state)
{
	struct tidb_seen s = make_project();

	(void)state;
	assert_int_equal(s.result, ACT_RESULT_LOST);
	assert_int_equal(world.posts, 1);
}

static void a_key_is_configured(void **state)
{
	const struct cmek_setting setting = {{"us-west-2"}, {ARN}};
	struct tidb_seen s = {.calls = 0};

	(void)state;
	world.answer = "{}";
	assert_int_equal(
		tidb_make_cmek(rig.client, &rig_project, &setting, TIDB_SETUP_PRIORITY, NULL, rig_on_act, &s),
		0);
	rig_wait(&s);
	assert_int_equal(s.result, ACT_RESULT_ACCEPTED);
	assert_non_null(strstr(world.last, "POST /api/v1beta/projects/1/aws-cmek HTTP/1.1"));
	assert_non_null(
		strstr(world.last, "{\"specs\":[{\"region\":\"us-west-2\",\"kms_arn\":\"" ARN "\"}]}"));
}

static bool not_wanted(void *arg)
{
	((struct tidb_seen *)arg)->asked++;
	return false;
}

static void what_is_not_wanted_any_more_is_not_sent(void **state)
{
	const struct cmek_setting setting = {{"us-west-2"}, {ARN}};
	struct tidb_seen s = {.calls = 0};

	(void)state;
	assert_int_equal(tidb_make_cmek(rig.client, &rig_project, &setting, TIDB_SETUP_PRIORITY, not_wanted,
				 rig_on_act, &s),
		0);
	rig_wait(&s);
	assert_int_equal(s.result, ACT_RESULT_NOT_SENT);
	assert_int_equal(s.asked, 1);
	assert_int_equal(world.posts, 0);
}

static struct tidb_seen make_cluster(void)
{
	struct tidb_seen s = {.calls = 0};
	static const char text[] = "{\"rootPassword\":\"" PASSWORD "\"}";
	struct secret body = SECRET_INIT;

	assert_int_equal(secret_set(&body, text, sizeof(text) - 1), 0);
	assert_int_equal(
		tidb_make_cluster(rig.client, &rig_project, &body, TIDB_SETUP_PRIORITY, NULL, on_made, &s),
		0);
	assert_null(body.bytes); /* taken */
	rig_wait(&s);
	assert_null(strstr(s.texts.message, PASSWORD));
	return s;
}

static void a_cluster_is_made(void **state)
{
	struct tidb_seen s;

	(void)state;
	world.answer =
		"{\"clusterId\":\"10\",\"labels\":{\"tidb.cloud/project\":\"1\"},\"state\":\"CREATING\"}";
	s = make_cluster();
	assert_int_equal(s.result, ACT_RESULT_ACCEPTED);
	assert_string_equal(made_id, "10");
	assert_non_null(strstr(world.last, "POST /v1beta1/clusters HTTP/1.1"));
	assert_non_null(strstr(world.last, PASSWORD));
}

static void a_cluster_elsewhere_is_told_and_not_taken(void **state)
{
	struct tidb_seen s;

	(void)state;
	world.answer = "{\"clusterId\":\"10\",\"labels\":{\"tidb.cloud/project\":\"9\"}}";
	s = make_cluster();
	assert_int_equal(s.result, ACT_RESULT_LOST);
	assert_non_null(strstr(s.texts.message, "made in project 9"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(projects_are_read_anew),
		TEST(a_project_is_made),
		TEST(a_refusal_is_told_in_its_words),
		TEST(a_lost_answer_is_not_asked_for_again),
		TEST(a_key_is_configured),
		TEST(what_is_not_wanted_any_more_is_not_sent),
		TEST(a_cluster_is_made),
		TEST(a_cluster_elsewhere_is_told_and_not_taken),
	};

	assert_int_equal(http_global_init(), 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
