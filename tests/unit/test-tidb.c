/* SPDX-License-Identifier: Apache-2.0 */
/* The TiDB Cloud client against a server that speaks Digest and answers as the test says. */
#include "io/lane.h"
#include "io/tidb_op.h" /* whose list is whose */
#include "tidb_rig.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <uv.h>
#include <cmocka.h>

/* ---- the service; the loop waits while a thread is in here ---- */

static struct {
	int project_reads, cmek_reads, list_reads, acts;
	bool cmek_enabled, fail_projects, fail_second_page, stranger, throttle, refuse, drop, gone, hang;
	bool wrong_key;
} world;

static const char *cluster_json(char text[512], const char *id, const char *project, const char *state)
{
	(void)snprintf(text, 512,
		"{\"name\":\"clusters/"
		"%s\",\"clusterId\":\"%s\",\"displayName\":\"c%s\",\"regionId\":\"aws-us-west-2\","
		"\"cloudProvider\":\"aws\",\"labels\":{\"tidb.cloud/project\":\"%s\"},\"state\":\"%s\"}",
		id, id, id, project, state);
	return text;
}

static void projects_reply(int fd)
{
	char body[512];

	world.project_reads++;
	if (world.fail_projects) {
		tiny_server_reply(fd, 500, "X-Debug-Trace-Id: trace-500\r\n", "<html>gateway</html>");
		return;
	}
	(void)snprintf(body, sizeof(body),
		"{\"items\":[{\"id\":\"1\",\"name\":\"p\",\"aws_cmek_enabled\":%s,\"type\":\"dedicated\"},"
		"{\"id\":\"2\",\"name\":\"q\"}],\"total\":2}",
		world.cmek_enabled ? "true" : "false");
	tiny_server_reply(fd, 200, "", body);
}

static void list_reply(int fd, const char *request)
{
	char one[512], two[512], body[2048];
	bool second = strstr(request, "pageToken=more") != NULL;

	world.list_reads++;
	if (second && world.fail_second_page) {
		tiny_server_reply(fd, 500, "", "{\"code\":13,\"message\":\"internal\",\"details\":[]}");
		return;
	}
	(void)snprintf(body, sizeof(body), "{\"clusters\":[%s%s%s],\"totalSize\":%d%s}",
		cluster_json(one, second ? "20" : "10", "1", second ? "PAUSED" : "ACTIVE"), second ? "" : ",",
		second ? "" : cluster_json(two, "11", world.stranger ? "99" : "1", "NEW_STATE"), 3,
		second ? "" : ",\"nextPageToken\":\"more\"");
	tiny_server_reply(fd, 200, "", body);
}

static bool act_reply(int fd, const char *request)
{
	char one[512], body[1024];

	world.acts++;
	if (world.drop)
		return false;
	if (world.throttle) {
		tiny_server_reply(fd, 429, "X-Ratelimit-Remaining-Minute: 0\r\nX-Ratelimit-Reset: 7\r\n",
			"{\"details\":[],\"code\":49900007,\"message\":\"The request exceeded the limit\"}");
		return true;
	}
	if (world.refuse) {
		tiny_server_reply(fd, 400, "X-Debug-Trace-Id: trace-400\r\n",
			"{\"code\":60100027,\"message\":\"a backup is running\",\"details\":[]}");
		return true;
	}
	(void)snprintf(body, sizeof(body), "{\"cluster\":%s}",
		cluster_json(one, "10", "1", strstr(request, ":pauseCluster") ? "PAUSING" : "RESUMING"));
	tiny_server_reply(fd, 200, "X-Debug-Trace-Id: trace-act\r\n", body);
	return true;
}

static void jobs_reply(int fd, const char *request)
{
	if (strstr(request, "/v1beta1/changefeeds?clusterId=10&"))
		tiny_server_reply(
			fd, 403, "", "{\"code\":7,\"message\":\"not for this role\",\"details\":[]}");
	else if (strstr(request, "/v1beta1/clusters/10/imports?") && !strstr(request, "pageToken=more"))
		tiny_server_reply(fd, 200, "",
			"{\"imports\":[{\"state\":\"COMPLETED\"}],\"totalSize\":2,\"nextPageToken\":"
			"\"more\"}");
	else if (strstr(request, "/v1beta1/clusters/10/imports?"))
		tiny_server_reply(fd, 200, "",
			"{\"imports\":[{\"importId\":\"7\",\"state\":\"IMPORTING\"}],\"totalSize\":2}");
	else if (strstr(request, "/api/v1beta/projects/1/clusters/10/backups?"))
		tiny_server_reply(fd, 200, "", "{\"items\":[{\"status\":\"SUCCESS\"}],\"total\":1}");
	else
		tiny_server_reply(fd, 404, "", "");
}

static bool answer(int fd, const char *request)
{
	char one[512];

	if (world.hang) {
		(void)recv(fd, one, 1, 0); /* until the client leaves */
		return false;
	}
	if (!strstr(request, "Authorization: Digest username=\"PUBLIC\"") || world.wrong_key) {
		tiny_server_reply(fd, 401,
			"WWW-Authenticate: Digest realm=\"tidb.cloud\", domain=\"\", nonce=\"n\", "
			"algorithm=MD5, qop=\"auth\", "
			"stale=false\r\n",
			"");
		return true;
	}
	if (strstr(request, "/api/v1beta/projects/1/aws-cmek")) {
		world.cmek_reads++;
		tiny_server_reply(fd, 200, "X-Debug-Trace-Id: trace-cmek\r\n",
			"{\"items\":[{\"region\":\"us-west-2\",\"kms_arn\":"
			"\"arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab\"}]}");
	} else if (strstr(request, "/imports?") || strstr(request, "/backups?") ||
		   strstr(request, "/changefeeds?")) {
		jobs_reply(fd, request);
	} else if (strstr(request, "/api/v1beta/projects?")) {
		projects_reply(fd);
	} else if (strncmp(request, "POST ", 5) == 0) {
		return act_reply(fd, request);
	} else if (strstr(request, "/v1beta1/clusters?")) {
		list_reply(fd, request);
	} else if (world.gone) {
		tiny_server_reply(fd, 404, "", "{\"code\":5,\"message\":\"no such cluster\",\"details\":[]}");
	} else {
		tiny_server_reply(fd, 200, "", cluster_json(one, "10", "1", "PAUSED"));
	}
	return true;
}

/* ---- one client a test ---- */

static struct tidb_act what = {.project = {"1"}, .cluster = {"10"}};

static int set_up_with_rate(uint32_t rate)
{
	memset(&world, 0, sizeof(world));
	world.cmek_enabled = true;
	rig_start((struct tidb_init){.requests_per_minute = rate, .timeout_ms = 5000}, answer);
	return 0;
}

static int set_up(void **state)
{
	(void)state;
	return set_up_with_rate(100);
}

static int set_up_slow(void **state)
{
	(void)state;
	return set_up_with_rate(4); /* 3 with the margin: a challenge and one more, then a wait */
}

static int tear_down(void **state)
{
	(void)state;
	rig_stop();
	return 0;
}

static void on_cmek(void *arg, enum fault fault, bool enabled, const struct cmek_setting *items, size_t count,
	const struct tidb_texts *texts)
{
	struct tidb_seen *s = arg;

	s->calls++;
	s->fault = fault;
	s->enabled = enabled;
	s->count = count;
	if (count > 0)
		s->setting = items[0];
	s->texts = *texts;
}

static struct tidb_seen read_cmek(const char *id)
{
	struct project_id p;
	struct tidb_seen s = {.calls = 0};

	assert_int_equal(project_id_parse(id, strlen(id), &p), 0);
	assert_int_equal(tidb_read_cmek(rig.client, &p, LANE_ROUTINE, on_cmek, &s), 0);
	assert_int_equal(s.calls, 0);
	rig_wait(&s);
	return s;
}

static struct tidb_seen act(bool pause)
{
	return rig_act(&what, pause);
}

/* ---- tests ---- */

static void the_key_of_a_project(void **state)
{
	struct tidb_seen s = read_cmek("1");

	(void)state;
	assert_int_equal(s.fault, FAULT_NONE);
	assert_true(s.enabled);
	assert_int_equal(s.count, 1);
	assert_string_equal(s.setting.region.text, "us-west-2");
	assert_string_equal(s.texts.request, "trace-cmek");
	(void)read_cmek("1");
	assert_int_equal(world.project_reads, 1); /* remembered */
	assert_int_equal(world.cmek_reads, 2);
	s = read_cmek("2"); /* has no CMEK: nothing to ask */
	assert_int_equal(s.fault, FAULT_NONE);
	assert_false(s.enabled);
	assert_int_equal(s.count, 0);
	s = read_cmek("3");
	assert_int_equal(s.fault, FAULT_NOT_FOUND);
	assert_non_null(strstr(s.texts.message, "no project 3"));
	assert_int_equal(world.project_reads, 1);
}

static void the_list_of_projects_is_read_once_for_all(void **state)
{
	enum { MANY = 12 };
	static struct tidb_seen seen[MANY];

	(void)state;
	memset(seen, 0, sizeof(seen));
	for (int i = 0; i < MANY; i++)
		assert_int_equal(
			tidb_read_cmek(rig.client, &rig_project, LANE_ROUTINE, on_cmek, &seen[i]), 0);
	for (int i = 0; i < MANY; i++) {
		rig_wait(&seen[i]);
		assert_int_equal(seen[i].fault, FAULT_NONE);
		assert_true(seen[i].enabled);
	}
	assert_int_equal(world.project_reads, 1);
}

static void a_list_of_projects_that_fails_fails_for_all(void **state)
{
	struct tidb_seen a = {.calls = 0}, b = {.calls = 0};

	(void)state;
	world.fail_projects = true;
	assert_int_equal(tidb_read_cmek(rig.client, &rig_project, LANE_ROUTINE, on_cmek, &a), 0);
	assert_int_equal(tidb_read_cmek(rig.client, &rig_project, LANE_ROUTINE, on_cmek, &b), 0);
	rig_wait(&a);
	rig_wait(&b);
	assert_int_equal(a.fault, FAULT_SERVER_ERROR);
	assert_int_equal(b.fault, FAULT_SERVER_ERROR);
	assert_false(a.enabled);
	assert_string_equal(a.texts.request, "trace-500");
	world.fail_projects = false;
	assert_int_equal(read_cmek("1").fault, FAULT_NONE); /* nobody is stuck */
}

static struct tidb_seen read_cmek_by(struct tidb *client)
{
	struct tidb_seen s = {.calls = 0};

	assert_int_equal(tidb_read_cmek(client, &rig_project, LANE_ROUTINE, on_cmek, &s), 0);
	rig_wait(&s);
	return s;
}

/* Three keys read it, and keep it once as long as they are told the same. */
static void what_several_keys_see_is_kept_once(void **state)
{
	char url[64];
	struct tidb_init init = {.loop = &rig.loop,
		.http = rig.http,
		.api_key_file = rig.key_file,
		.requests_per_minute = 1000,
		.v1beta_url = url,
		.dedicated_url = url,
		.timeout_ms = 5000,
		.peer = rig.client};
	struct tidb *first = rig.client, *second, *third;
	struct why why;

	(void)state;
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%u", rig.server.port);
	assert_int_equal(tidb_new(&init, &second), 0);
	assert_int_equal(tidb_new(&init, &third), 0);
	assert_true(read_cmek_by(first).enabled);
	assert_true(read_cmek_by(second).enabled);
	assert_true(read_cmek_by(third).enabled);
	assert_int_equal(world.project_reads, 3);
	assert_ptr_equal(second->list, first->list);
	assert_ptr_equal(third->list, first->list);
	assert_int_equal(first->list->users, 3);
	world.cmek_enabled = false;
	assert_int_equal(tidb_reload(second, &why), 0);
	assert_false(read_cmek_by(second).enabled);
	assert_true(read_cmek_by(first).enabled);
	assert_ptr_not_equal(second->list, first->list);
	assert_int_equal(first->list->users, 2);
	tidb_close(second); /* from between the two others */
	world.cmek_enabled = true;
	assert_int_equal(tidb_reload(third, &why), 0);
	assert_true(read_cmek_by(third).enabled); /* the same as before: first's, again */
	assert_ptr_equal(third->list, first->list);
	assert_int_equal(first->list->users, 2);
	tidb_close(third);
}

static struct jobs found;

static void on_jobs(void *arg, enum fault fault, const struct jobs *jobs, const struct tidb_texts *texts)
{
	struct tidb_seen *s = arg;

	s->calls++;
	s->fault = fault;
	s->texts = *texts;
	found = *jobs;
}

static struct tidb_seen read_jobs(enum job job)
{
	struct tidb_seen s = {.calls = 0};

	assert_int_equal(
		tidb_read_jobs(rig.client, &rig_project, &rig_cluster, job, LANE_ROUTINE, on_jobs, &s), 0);
	assert_int_equal(s.calls, 0);
	rig_wait(&s);
	return s;
}

static void what_blocks_a_pause(void **state)
{
	struct tidb_seen s = read_jobs(JOB_IMPORT);

	(void)state;
	assert_int_equal(s.fault, FAULT_NONE);
	assert_int_equal(found.blocking, 1);
	assert_string_equal(found.name, "7"); /* of the second page */
	assert_int_equal(read_jobs(JOB_BACKUP).fault, FAULT_NONE);
	assert_int_equal(found.blocking + found.unclear, 0);
	s = read_jobs(JOB_CHANGEFEED);
	assert_int_equal(s.fault, FAULT_DENIED);
	assert_non_null(strstr(s.texts.message, "not for this role"));
}

/* Its own incident does not hasten it. */
static void what_blocks_a_pause_is_routine(void **state)
{
	struct tidb_seen s = {.calls = 0};
	struct lane_state lane;

	(void)state;
	rig_wait(&(struct tidb_seen){.calls = 1});
	assert_int_equal(
		tidb_read_jobs(rig.client, &rig_project, &rig_cluster, JOB_BACKUP, LANE_ROUTINE, on_jobs, &s),
		0);
	tidb_hasten(rig.client, &rig_project, LANE_ACT, LANE_INCIDENT);
	tidb_lane(rig.client, &lane);
	assert_int_equal(lane.queue[LANE_ROUTINE], 1);
	rig_wait(&s);
}

static void every_page_or_a_fault(void **state)
{
	struct tidb_seen s = rig_list();

	(void)state;
	assert_int_equal(s.fault, FAULT_NONE);
	assert_int_equal(s.count, 3);
	assert_string_equal(s.clusters[0].id.text, "10");
	assert_int_equal(s.clusters[0].state, CLUSTER_STATE_RUNNING);
	assert_int_equal(s.clusters[1].state, CLUSTER_STATE_UNKNOWN);
	assert_int_equal(s.clusters[2].state, CLUSTER_STATE_PAUSED);
	assert_int_equal(world.list_reads, 2);
	world.fail_second_page = true;
	s = rig_list();
	assert_int_equal(s.fault, FAULT_SERVER_ERROR);
	assert_int_equal(s.count, 0); /* half a list is none */
	world.fail_second_page = false;
	world.stranger = true;
	s = rig_list();
	assert_int_equal(s.fault, FAULT_NONE);
	assert_int_equal(s.count, 2);
}

static void one_cluster(void **state)
{
	struct tidb_seen s = {.calls = 0}, gone = {.calls = 0}, other = {.calls = 0};
	struct project_id elsewhere = {.text = "77"};

	(void)state;
	assert_int_equal(
		tidb_read_cluster(rig.client, &rig_project, &rig_cluster, LANE_INCIDENT, rig_on_cluster, &s),
		0);
	rig_wait(&s);
	assert_int_equal(s.fault, FAULT_NONE);
	assert_int_equal(s.clusters[0].state, CLUSTER_STATE_PAUSED);
	assert_int_equal(tidb_read_cluster(
				 rig.client, &elsewhere, &rig_cluster, LANE_INCIDENT, rig_on_cluster, &other),
		0);
	rig_wait(&other);
	assert_int_equal(other.fault, FAULT_MALFORMED);
	world.gone = true;
	assert_int_equal(tidb_read_cluster(rig.client, &rig_project, &rig_cluster, LANE_INCIDENT,
				 rig_on_cluster, &gone),
		0);
	rig_wait(&gone);
	assert_int_equal(gone.fault, FAULT_NOT_FOUND);
	assert_string_equal(gone.clusters[0].id.text, "10");
}

static void acts_and_their_ends(void **state)
{
	struct tidb_seen s = act(true);

	(void)state;
	assert_int_equal(s.result, ACT_RESULT_ACCEPTED);
	assert_string_equal(s.texts.request, "trace-act");
	assert_non_null(strstr(rig.server.last, "POST /v1beta1/clusters/10:pauseCluster HTTP/1.1\r\n"));
	assert_non_null(strstr(rig.server.last, "Content-Type: application/json\r\n"));
	assert_int_equal(act(false).result, ACT_RESULT_ACCEPTED);
	assert_non_null(strstr(rig.server.last, "/10:resumeCluster"));
	world.refuse = true;
	s = act(true);
	assert_int_equal(s.result, ACT_RESULT_REFUSED);
	assert_non_null(strstr(s.texts.message, "a backup is running"));
	assert_string_equal(s.texts.request, "trace-400");
	world.drop = true;
	world.acts = 0;
	assert_int_equal(act(true).result, ACT_RESULT_LOST);
	assert_int_equal(world.acts, 1); /* not sent again */
	world.wrong_key = true;
	assert_int_equal(act(true).result, ACT_RESULT_DENIED);
}

static void a_429_is_not_executed_and_holds_the_lane(void **state)
{
	struct lane_state rate;
	struct tidb_seen s, held = {.calls = 0};
	uint64_t began;

	(void)state;
	world.throttle = true;
	s = act(true);
	assert_int_equal(s.result, ACT_RESULT_THROTTLED);
	tidb_lane(rig.client, &rate);
	assert_true(rate.allowance < 95);
	world.throttle = false;
	assert_int_equal(tidb_pause(rig.client, &what, LANE_ACT, NULL, rig_on_act, &held), 0);
	began = uv_hrtime();
	while (uv_hrtime() - began < 200000000)
		uv_run(&rig.loop, UV_RUN_NOWAIT);
	assert_int_equal(held.calls, 0);
	assert_int_equal(world.acts, 1);
	tidb_close(rig.client); /* what was never sent is told so */
	rig.client = NULL;
	rig_wait(&held);
	assert_int_equal(held.result, ACT_RESULT_NOT_SENT);
}

static void the_rate_is_kept(void **state)
{
	enum { MANY = 10 };
	static struct tidb_seen seen[MANY];
	uint64_t began = uv_hrtime();
	int done = 0;

	(void)state;
	memset(seen, 0, sizeof(seen));
	for (int i = 0; i < MANY; i++)
		assert_int_equal(tidb_pause(rig.client, &what, LANE_ACT, NULL, rig_on_act, &seen[i]), 0);
	while (uv_hrtime() - began < 300000000)
		uv_run(&rig.loop, UV_RUN_NOWAIT);
	for (int i = 0; i < MANY; i++)
		done += seen[i].calls;
	assert_true(done > 0);
	assert_true(done <= 3);
	tidb_close(rig.client);
	rig.client = NULL;
	for (int i = 0; i < MANY; i++)
		rig_wait(&seen[i]);
}

static bool wanted_while(void *arg)
{
	struct tidb_seen *s = arg;

	s->asked++;
	return !s->unwanted;
}

/* An act waits for the rate; what is no longer wanted when its turn comes ends without a request. */
static void what_is_no_longer_wanted_never_leaves(void **state)
{
	struct tidb_seen first = {.calls = 0}, second = {.calls = 0}, third = {.calls = 0};
	struct lane_state rate;

	(void)state;
	assert_int_equal(tidb_pause(rig.client, &what, LANE_ACT, wanted_while, rig_on_act, &first), 0);
	assert_int_equal(tidb_pause(rig.client, &what, LANE_ACT, wanted_while, rig_on_act, &second), 0);
	assert_int_equal(tidb_resume(rig.client, &what, LANE_ACT, wanted_while, rig_on_act, &third), 0);
	assert_int_equal(first.asked + second.asked + third.asked, 0); /* asked when it leaves, not before */
	second.unwanted = true;
	third.unwanted = true;
	rig_wait(&second);
	rig_wait(&third);
	rig_wait(&first);
	assert_int_equal(first.result, ACT_RESULT_ACCEPTED);
	assert_int_equal(second.result, ACT_RESULT_NOT_SENT);
	assert_int_equal(third.result, ACT_RESULT_NOT_SENT);
	assert_int_equal(first.asked, 1);
	assert_int_equal(second.asked, 1);
	assert_int_equal(third.asked, 1);
	assert_int_equal(world.acts, 1);
	tidb_lane(rig.client, &rate);
	assert_true(rate.used <= 2); /* the act and its challenge */
}

static void a_key_that_cannot_be_used(void **state)
{
	struct tidb_init init = {.loop = &rig.loop,
		.http = rig.http,
		.api_key_file = rig.key_file,
		.requests_per_minute = 100,
		.v1beta_url = "http://127.0.0.1:1",
		.dedicated_url = "http://127.0.0.1:1",
		.timeout_ms = 100};
	struct tidb_seen s = {.calls = 0}, a = {.calls = 0};
	struct tidb *poor;
	struct why why;

	(void)state;
	assert_int_equal(chmod(rig.key_file, 0644), 0);
	assert_int_equal(tidb_new(&init, &poor), 0);
	assert_int_equal(tidb_list_clusters(poor, &rig_project, LANE_ROUTINE, rig_on_clusters, &s), 0);
	assert_int_equal(tidb_pause(poor, &what, LANE_ACT, NULL, rig_on_act, &a), 0);
	rig_wait(&s);
	rig_wait(&a);
	assert_int_equal(s.fault, FAULT_CREDENTIALS);
	assert_int_equal(a.result, ACT_RESULT_DENIED);
	assert_non_null(strstr(tidb_credentials_text(poor), "chmod 600"));
	tidb_close(poor);
	/* A reload that fails leaves the key in use; a good one takes the new key. */
	assert_int_not_equal(tidb_reload(rig.client, &why), 0);
	assert_int_equal(act(true).result, ACT_RESULT_ACCEPTED);
	rig_write_key("OTHER:PRIVATE\n");
	assert_int_equal(tidb_reload(rig.client, &why), 0);
	assert_null(strstr(tidb_credentials_text(rig.client), "PRIVATE"));
	assert_int_equal(act(true).result, ACT_RESULT_DENIED);
}

static void closing_ends_each_once(void **state)
{
	enum { MANY = 10 };
	static struct tidb_seen lists[MANY], cmeks[MANY], acts[MANY];

	(void)state;
	memset(lists, 0, sizeof(lists));
	memset(cmeks, 0, sizeof(cmeks));
	memset(acts, 0, sizeof(acts));
	world.hang = true;
	for (int i = 0; i < MANY; i++) {
		assert_int_equal(tidb_list_clusters(
					 rig.client, &rig_project, LANE_ROUTINE, rig_on_clusters, &lists[i]),
			0);
		assert_int_equal(
			tidb_read_cmek(rig.client, &rig_project, LANE_ROUTINE, on_cmek, &cmeks[i]), 0);
		assert_int_equal(tidb_pause(rig.client, &what, LANE_ACT, NULL, rig_on_act, &acts[i]), 0);
	}
	uv_run(&rig.loop, UV_RUN_NOWAIT);
	uv_run(&rig.loop, UV_RUN_NOWAIT);
	tidb_close(rig.client);
	assert_int_not_equal(tidb_pause(rig.client, &what, LANE_ACT, NULL, rig_on_act, &acts[0]), 0);
	rig.client = NULL;
	http_close(rig.http, NULL, NULL);
	rig.http = NULL;
	uv_run(&rig.loop, UV_RUN_DEFAULT);
	for (int i = 0; i < MANY; i++) {
		assert_int_equal(lists[i].calls, 1);
		assert_int_equal(cmeks[i].calls, 1);
		assert_int_equal(acts[i].calls, 1);
		assert_true(acts[i].result == ACT_RESULT_NOT_SENT || acts[i].result == ACT_RESULT_LOST);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
		TEST(the_key_of_a_project),
		TEST(the_list_of_projects_is_read_once_for_all),
		TEST(a_list_of_projects_that_fails_fails_for_all),
		TEST(what_several_keys_see_is_kept_once),
		TEST(what_blocks_a_pause),
		TEST(what_blocks_a_pause_is_routine),
		TEST(every_page_or_a_fault),
		TEST(one_cluster),
		TEST(acts_and_their_ends),
		TEST(a_429_is_not_executed_and_holds_the_lane),
		cmocka_unit_test_setup_teardown(the_rate_is_kept, set_up_slow, tear_down),
		TEST(what_is_no_longer_wanted_never_leaves),
		TEST(a_key_that_cannot_be_used),
		TEST(closing_ends_each_once),
	};

	assert_int_equal(http_global_init(), 0);
	return cmocka_run_group_tests_name("tidb", tests, NULL, NULL);
}
