/* SPDX-License-Identifier: Apache-2.0 */
/* Clusters by both APIs of TiDB Cloud: which one is asked, and what is never asked twice. */
#include "io/journal.h"
#include "io/lane.h"
#include "tidb_rig.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>
#include <cmocka.h>

#define NO_ROUTE     "{\"message\":\"no Route matched with those values\"}"
#define NOT_FOUND    "{\"code\":49900004,\"message\":\"cluster not found\",\"details\":[]}"
#define DEDICATED    CLUSTER_API_DEDICATED
#define V1BETA       CLUSTER_API_V1BETA
#define WHOLE_BYTES  65536
#define FAST_MS      300
#define LINE_AGAIN   "are read by the dedicated API again"
#define LINE_INSTEAD "are read by the v1beta API, as the one of ClusterApi= fails"

/* ---- the service: each API does as the plan says; the loop waits while a thread is in here ---- */

enum kind { LIST, GET, ACT, KINDS };
static struct plan {
	int status; /* 0: as it should be */
	const char *body;
	bool drop, hang, second_page; /* second_page: only that one */
} plan[CLUSTER_API_COUNT][KINDS];
static int asked[CLUSTER_API_COUNT][KINDS];

static const char *cluster_json(char text[512], enum cluster_api api, const char *id, const char *state)
{
	(void)snprintf(text, 512,
		api == DEDICATED ? "{\"clusterId\":\"%s\",\"displayName\":\"%s\",\"state\":\"%s\","
				   "\"regionId\":\"aws-us-west-2\",\"cloudProvider\":\"aws\","
				   "\"labels\":{\"tidb.cloud/project\":\"1\"},"
				   "\"pausePlan\":{\"scheduledResumeTime\":\"2026-11-24T03:49:26Z\"}}"
				 : "{\"id\":\"%s\",\"name\":\"%s\",\"status\":{\"cluster_status\":\"%s\"},"
				   "\"region\":\"us-west-2\",\"cloud_provider\":\"AWS\",\"cluster_type\":"
				   "\"DEDICATED\","
				   "\"project_id\":\"1\"}",
		id, api == DEDICATED ? "d" : "v", state);
	return text;
}

static void list_reply(int fd, enum cluster_api api, bool second)
{
	char one[512], body[1024];
	const char *running = api == DEDICATED ? "ACTIVE" : "AVAILABLE";

	(void)cluster_json(one, api, second ? "11" : "10", second ? "PAUSED" : running);
	if (api == DEDICATED)
		(void)snprintf(body, sizeof(body), "{\"clusters\":[%s],\"totalSize\":2%s}", one,
			second ? "" : ",\"nextPageToken\":\"more\"");
	else
		(void)snprintf(body, sizeof(body), "{\"items\":[%s],\"total\":2}", one);
	tiny_server_reply(fd, 200, "X-Debug-Trace-Id: trace-list\r\n", body);
}

static bool reply(int fd, enum cluster_api api, enum kind kind, bool second)
{
	const struct plan *p = &plan[api][kind];
	char one[512], body[1024];

	if (p->hang)
		(void)recv(fd, one, 1, 0); /* until the client leaves */
	if (p->drop || p->hang)
		return false;
	if (p->status && (second || !p->second_page)) {
		tiny_server_reply(fd, p->status, "X-Debug-Trace-Id: trace-bad\r\n", p->body ? p->body : "");
		return true;
	}
	if (kind == LIST) {
		list_reply(fd, api, second);
		return true;
	}
	(void)cluster_json(one, api, "10", "PAUSED");
	(void)snprintf(body, sizeof(body), "{\"cluster\":%s}", one);
	tiny_server_reply(fd, 200, "X-Debug-Trace-Id: trace-ok\r\n",
		kind == GET        ? one
		: api == DEDICATED ? body
				   : "{}");
	return true;
}

static bool answer(int fd, const char *request)
{
	enum cluster_api api = strstr(request, " /api/v1beta/projects/1/clusters") ? V1BETA : DEDICATED;
	enum kind kind = strncmp(request, "GET ", 4) != 0 ? ACT : strstr(request, "/clusters?") ? LIST : GET;

	if (!strstr(request, "Authorization: Digest username=\"PUBLIC\"")) {
		tiny_server_reply(fd, 401,
			"WWW-Authenticate: Digest realm=\"t\", nonce=\"n\", algorithm=MD5, qop=\"auth\"\r\n",
			"");
		return true;
	}
	asked[api][kind]++;
	return reply(fd, api, kind, strstr(request, "pageToken=more") || strstr(request, "?page=2&"));
}

/* ---- one client a test ---- */

static char journal_file[64];

static int set_up_with(enum cluster_api chosen)
{
	int fd;

	memset(plan, 0, sizeof(plan));
	memset(asked, 0, sizeof(asked));
	(void)snprintf(journal_file, sizeof(journal_file), "/tmp/cmekd-test-XXXXXX");
	fd = mkstemp(journal_file);
	assert_true(fd >= 0);
	assert_int_equal(close(fd), 0);
	assert_int_equal(journal_open(journal_file), 0);
	rig_start(
		(struct tidb_init){
			.requests_per_minute = 1000, .timeout_ms = FAST_MS * 10, .cluster_api = chosen},
		answer);
	return 0;
}

static int set_up(void **state)
{
	(void)state;
	return set_up_with(DEDICATED);
}

static int set_up_v1beta(void **state)
{
	(void)state;
	return set_up_with(V1BETA);
}

static int tear_down(void **state)
{
	(void)state;
	rig_stop();
	journal_close();
	(void)unlink(journal_file);
	return 0;
}

/* How many lines of the journal hold the text. */
static int told(const char *text)
{
	static char all[WHOLE_BYTES];
	FILE *f = fopen(journal_file, "r");
	int n = 0;

	assert_non_null(f);
	all[fread(all, 1, sizeof(all) - 1, f)] = '\0';
	assert_int_equal(fclose(f), 0);
	for (const char *at = all; (at = strstr(at, text)); n++)
		at += strcspn(at, "\n"); /* the field DETAIL= holds it again */
	return n;
}

static struct tidb_seen get(void)
{
	struct tidb_seen s = {.calls = 0};

	assert_int_equal(
		tidb_read_cluster(rig.client, &rig_project, &rig_cluster, LANE_INCIDENT, rig_on_cluster, &s),
		0);
	rig_wait(&s);
	return s;
}

static struct boottime boot_now(void)
{
	struct timespec now;

	assert_int_equal(clock_gettime(CLOCK_BOOTTIME, &now), 0);
	return (struct boottime){(int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000};
}

/* `read_at`: when the cluster's state was read. */
static struct tidb_seen act(bool pause, struct boottime read_at)
{
	const struct tidb_act what = {.project = rig_project, .cluster = rig_cluster, .read_at = read_at};

	return rig_act(&what, pause);
}

static void whole(const struct tidb_seen *s, enum cluster_api by)
{
	assert_int_equal(s->fault, FAULT_NONE);
	assert_int_equal(s->count, 2);
	assert_int_equal(s->clusters[0].state, CLUSTER_STATE_RUNNING);
	assert_int_equal(s->clusters[1].state, CLUSTER_STATE_PAUSED);
	for (int i = 0; i < 2; i++)
		assert_string_equal(s->clusters[i].name, by == DEDICATED ? "d" : "v");
	assert_string_equal(s->texts.message, "");
}

/* ---- tests ---- */

static void v1beta_by_choice(void **state)
{
	struct tidb_seen s = rig_list();

	(void)state;
	whole(&s, V1BETA);
	assert_false(walltime_is_known(s.clusters[1].resume_at));
	s = get();
	assert_int_equal(s.clusters[0].state, CLUSTER_STATE_PAUSED);
	s = act(true, boot_now());
	assert_int_equal(s.result, ACT_RESULT_ACCEPTED);
	assert_string_equal(s.texts.request, "trace-ok");
	assert_non_null(strstr(rig.server.last, "PATCH /api/v1beta/projects/1/clusters/10 HTTP/1.1\r\n"));
	assert_non_null(strstr(rig.server.last, "Content-Type: application/json\r\n"));
	assert_non_null(strstr(rig.server.last, "\r\n\r\n{\"config\":{\"paused\":true}}"));
	assert_int_equal(act(false, boot_now()).result, ACT_RESULT_ACCEPTED);
	assert_non_null(strstr(rig.server.last, "\r\n\r\n{\"config\":{\"paused\":false}}"));
	plan[V1BETA][ACT] = (struct plan){400, "{\"code\":60100027,\"message\":\"a backup is running\"}"};
	s = act(true, boot_now());
	assert_int_equal(s.result, ACT_RESULT_REFUSED);
	assert_string_equal(s.texts.message, "a backup is running (400, code 60100027)");
	assert_string_equal(s.texts.request, "trace-bad");
	plan[V1BETA][ACT] = (struct plan){.drop = true};
	assert_int_equal(act(true, boot_now()).result, ACT_RESULT_LOST);
	assert_int_equal(asked[V1BETA][ACT], 4); /* each once */
	for (int k = 0; k < KINDS; k++)
		assert_int_equal(asked[DEDICATED][k], 0);
	/* What is chosen falls back in this direction too. */
	plan[V1BETA][LIST] = (struct plan){404, NO_ROUTE};
	s = rig_list();
	whole(&s, DEDICATED);
}

static void a_list_that_is_not_offered(void **state)
{
	static const int statuses[] = {404, 405, 410, 501};
	struct why why;
	struct tidb_seen s;

	(void)state;
	for (int i = 0; i < 4; i++) {
		int before = asked[V1BETA][LIST];

		plan[DEDICATED][LIST] = (struct plan){statuses[i], i % 2 ? "" : NO_ROUTE};
		s = rig_list();
		whole(&s, V1BETA);
		assert_string_equal(s.texts.request, "trace-list");
		assert_int_equal(asked[DEDICATED][LIST], 3 * i + 1);
		s = rig_list(); /* remembered */
		whole(&s, V1BETA);
		(void)get();
		assert_int_equal(asked[DEDICATED][LIST], 3 * i + 1);
		assert_int_equal(asked[DEDICATED][GET], 0);
		assert_int_equal(asked[V1BETA][LIST], before + 4); /* two lists of two pages */
		assert_int_equal(told(LINE_INSTEAD), i + 1);
		assert_int_equal(told(LINE_AGAIN), i);
		plan[DEDICATED][LIST] = (struct plan){0};
		assert_int_equal(tidb_reload(rig.client, &why), 0); /* tries it again */
		s = rig_list();
		whole(&s, DEDICATED);
		assert_int_equal(told(LINE_AGAIN), i + 1);
	}
}

static void three_reads_without_an_answer(void **state)
{
	static const struct plan silent[] = {{500, "{\"code\":13,\"message\":\"internal\"}"}, {502, "<html>"},
		{200, "garbage"}, {200, "{\"clusters\":[{}],\"totalSize\":1}"}, {.drop = true}};
	struct why why;
	struct tidb_seen s;

	(void)state;
	for (size_t i = 0; i < sizeof(silent) / sizeof(*silent); i++) {
		plan[DEDICATED][LIST] = plan[DEDICATED][GET] = silent[i];
		assert_int_not_equal(rig_list().fault, FAULT_NONE);
		assert_int_not_equal(get().fault, FAULT_NONE);
		s = rig_list();
		whole(&s, V1BETA);
		s = get();
		assert_int_equal(s.fault, FAULT_NONE);
		assert_string_equal(s.clusters[0].name, "v");
		plan[DEDICATED][LIST] = plan[DEDICATED][GET] = (struct plan){0};
		assert_int_equal(tidb_reload(rig.client, &why), 0);
		s = rig_list();
		whole(&s, DEDICATED);
	}
	assert_int_equal(told(LINE_INSTEAD), 5);
	/* A success between them: they are not in a row. */
	for (int i = 0; i < 6; i++) {
		plan[DEDICATED][LIST] = i % 3 == 2 ? (struct plan){0} : (struct plan){500, ""};
		assert_int_equal(rig_list().fault, i % 3 == 2 ? FAULT_NONE : FAULT_SERVER_ERROR);
	}
	assert_int_equal(told(LINE_INSTEAD), 5);
}

/* The first page came of one API; what the other gives begins with its own first page. */
static void pages_are_not_mixed(void **state)
{
	struct tidb_seen s;

	(void)state;
	plan[DEDICATED][LIST] = (struct plan){405, "", .second_page = true};
	s = rig_list();
	whole(&s, V1BETA);
	assert_int_equal(asked[DEDICATED][LIST], 2);
	assert_int_equal(asked[V1BETA][LIST], 2);
}

static void half_a_list_of_the_other_is_none(void **state)
{
	struct tidb_seen s;

	(void)state;
	plan[DEDICATED][LIST] = (struct plan){404, NO_ROUTE};
	plan[V1BETA][LIST] = (struct plan){500, "", .second_page = true};
	s = rig_list();
	assert_int_equal(s.fault, FAULT_MALFORMED); /* what the chosen one said */
	assert_int_equal(s.count, 0);
	/* Both are named. */
	assert_non_null(strstr(s.texts.message, "GET /v1beta1/clusters?"));
	assert_non_null(strstr(
		s.texts.message, "404 no Route matched with those values (X-Debug-Trace-Id trace-bad)"));
	assert_non_null(strstr(s.texts.message, "; then GET /api/v1beta/projects/1/clusters?"));
	assert_int_equal(told("are read by"), 0);
}

static void what_concerns_the_key_is_not_asked_elsewhere(void **state)
{
	static const int statuses[] = {403, 401, 400};
	static const enum fault faults[] = {FAULT_DENIED, FAULT_CREDENTIALS, FAULT_REFUSED};

	(void)state;
	for (int i = 0; i < 3; i++) {
		plan[DEDICATED][LIST] = plan[DEDICATED][GET] =
			(struct plan){statuses[i], "{\"code\":49900003,\"message\":\"no permission\"}"};
		for (int n = 0; n < 4; n++) {
			assert_int_equal(rig_list().fault, faults[i]);
			assert_int_equal(get().fault, faults[i]);
		}
	}
	plan[DEDICATED][LIST] = (struct plan){429, "{\"code\":49900007,\"message\":\"too many\"}"};
	assert_int_equal(rig_list().fault, FAULT_THROTTLED);
	for (int k = 0; k < KINDS; k++)
		assert_int_equal(asked[V1BETA][k], 0);
	assert_int_equal(told("are read by"), 0);
}

static void gone_is_believed_of_the_chosen_api(void **state)
{
	struct why why;
	struct tidb_seen s;

	(void)state;
	plan[DEDICATED][GET] = (struct plan){404, NOT_FOUND};
	for (int i = 0; i < 4; i++)
		assert_int_equal(get().fault, FAULT_NOT_FOUND);
	assert_int_equal(asked[V1BETA][GET], 0);
	/* No word about the cluster: the other is asked. */
	plan[DEDICATED][GET] = (struct plan){404, NO_ROUTE};
	s = get();
	assert_int_equal(s.fault, FAULT_NONE);
	assert_string_equal(s.clusters[0].name, "v");
	/* The other does not know it: the chosen one is asked, and nothing but its own word will do. */
	plan[V1BETA][GET] = (struct plan){404, NOT_FOUND};
	assert_int_equal(get().fault, FAULT_MALFORMED);
	plan[DEDICATED][GET] = (struct plan){404, NOT_FOUND};
	assert_int_equal(get().fault, FAULT_NOT_FOUND);
	plan[DEDICATED][GET] = (struct plan){503, ""};
	s = get();
	assert_int_equal(s.fault, FAULT_SERVER_ERROR);
	assert_string_equal(s.clusters[0].id.text, "10");
	plan[DEDICATED][GET] = (struct plan){0};
	s = get();
	assert_int_equal(s.fault, FAULT_NONE);
	assert_string_equal(s.clusters[0].name, "d");
	/* The same where the chosen one has to be given up first. */
	assert_int_equal(tidb_reload(rig.client, &why), 0);
	s = rig_list();
	whole(&s, DEDICATED);
	plan[DEDICATED][GET] = (struct plan){.drop = true};
	for (int i = 0; i < 4; i++)
		assert_int_equal(get().fault, FAULT_NETWORK);
}

static void an_act_moves_after_a_certain_answer_and_a_reading(void **state)
{
	static const struct plan certain[] = {{404, NO_ROUTE}, {405, ""}, {410, ""}, {501, "<html>"}};
	struct boottime before, after;
	struct tidb_seen s;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		enum cluster_api from = i % 2 ? V1BETA : DEDICATED, to = i % 2 ? DEDICATED : V1BETA;
		int here = asked[from][ACT], there = asked[to][ACT];

		plan[from][ACT] = certain[i];
		plan[to][ACT] = (struct plan){0};
		before = boot_now();
		s = act(true, before);
		assert_int_equal(s.result, ACT_RESULT_REFUSED);
		assert_non_null(strstr(s.texts.message, "nothing was done"));
		assert_string_equal(s.texts.request, "trace-bad");
		assert_int_equal(asked[to][ACT], there); /* not repeated by itself */
		assert_int_equal(told("Pauses and resumes go by the"), (int)i + 1);
		/* Not before the cluster was read. */
		s = act(true, before);
		assert_int_equal(s.result, ACT_RESULT_NOT_SENT);
		assert_string_equal(s.texts.message, i % 2 ? "not sent: acts have moved to the dedicated "
							     "API, and the cluster was not read since"
							   : "not sent: acts have moved to the v1beta API, "
							     "and the cluster was not read since");
		assert_int_equal(act(false, BOOTTIME_NEVER).result, ACT_RESULT_NOT_SENT);
		assert_int_equal(asked[to][ACT], there);
		(void)usleep(2000);
		assert_int_equal(get().fault, FAULT_NONE);
		after = boot_now();
		assert_int_equal(act(true, after).result, ACT_RESULT_ACCEPTED);
		assert_int_equal(asked[to][ACT], there + 1);
		assert_int_equal(act(false, after).result, ACT_RESULT_ACCEPTED); /* for good */
		assert_int_equal(asked[to][ACT], there + 2);
		assert_int_equal(asked[from][ACT], here + 1);
	}
}

static void no_doubt_moves_an_act(void **state)
{
	static const struct {
		struct plan plan;
		enum act_result result;
	} rows[] = {
		{{500, "{\"code\":13,\"message\":\"internal\"}"}, ACT_RESULT_LOST},
		{{502, "<html>"}, ACT_RESULT_LOST}, {{503, NO_ROUTE}, ACT_RESULT_LOST},
		{{404, NOT_FOUND}, ACT_RESULT_REFUSED}, {{404, "<html>not found</html>"}, ACT_RESULT_LOST},
		{{404, ""}, ACT_RESULT_LOST},
		{{400, "{\"code\":60100026,\"message\":\"not AVAILABLE\"}"}, ACT_RESULT_REFUSED},
		{{401, ""}, ACT_RESULT_DENIED},
		{{403, "{\"code\":49900003,\"message\":\"no permission\"}"}, ACT_RESULT_DENIED},
		{{200, "{}"}, ACT_RESULT_LOST}, {{.drop = true}, ACT_RESULT_LOST},
		{{.hang = true}, ACT_RESULT_LOST},
		{{429, "{\"code\":49900007,\"message\":\"too many\"}"},
			ACT_RESULT_THROTTLED}, /* holds the lane */
	};
	struct boottime read_at = boot_now();

	(void)state;
	/* Nor that reads have moved. */
	plan[DEDICATED][LIST] = (struct plan){404, NO_ROUTE};
	(void)rig_list();
	assert_int_equal(told(LINE_INSTEAD), 1);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int before = asked[DEDICATED][ACT];

		plan[DEDICATED][ACT] = rows[i].plan;
		assert_int_equal(act(true, read_at).result, rows[i].result);
		/* A 401 is repeated once: a nonce that has expired looks the same. */
		assert_int_equal(asked[DEDICATED][ACT],
			before + (rows[i].result == ACT_RESULT_DENIED && rows[i].plan.status == 401 ? 2 : 1));
	}
	assert_int_equal(asked[V1BETA][ACT], 0);
	assert_int_equal(told("Pauses and resumes"), 0);
}

static void closing_while_the_other_is_asked(void **state)
{
	const struct tidb_act what = {.project = rig_project, .cluster = rig_cluster};
	struct tidb_seen s = {.calls = 0}, unsent = {.calls = 0};

	(void)state;
	plan[DEDICATED][ACT] = (struct plan){405, ""};
	(void)act(true, BOOTTIME_NEVER);
	plan[DEDICATED][LIST] = (struct plan){404, NO_ROUTE};
	plan[V1BETA][LIST] = (struct plan){.hang = true};
	assert_int_equal(tidb_list_clusters(rig.client, &rig_project, LANE_INCIDENT, rig_on_clusters, &s), 0);
	for (int turns = 0; asked[V1BETA][LIST] == 0 && turns < 100000; turns++)
		uv_run(&rig.loop, UV_RUN_ONCE);
	assert_int_equal(tidb_pause(rig.client, &what, LANE_ACT, NULL, rig_on_act, &unsent), 0);
	tidb_close(rig.client);
	rig.client = NULL;
	rig_wait(&s);
	rig_wait(&unsent);
	assert_int_not_equal(s.fault, FAULT_NONE);
	assert_int_equal(unsent.result, ACT_RESULT_NOT_SENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
		cmocka_unit_test_setup_teardown(v1beta_by_choice, set_up_v1beta, tear_down),
		TEST(a_list_that_is_not_offered),
		TEST(three_reads_without_an_answer),
		TEST(pages_are_not_mixed),
		TEST(half_a_list_of_the_other_is_none),
		TEST(what_concerns_the_key_is_not_asked_elsewhere),
		TEST(gone_is_believed_of_the_chosen_api),
		TEST(an_act_moves_after_a_certain_answer_and_a_reading),
		TEST(no_doubt_moves_an_act),
		TEST(closing_while_the_other_is_asked),
	};

	assert_int_equal(http_global_init(), 0);
	return cmocka_run_group_tests_name("tidb_apis", tests, NULL, NULL);
}
