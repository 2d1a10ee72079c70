/* SPDX-License-Identifier: Apache-2.0 */
#include "tidb_rig.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

struct tidb_rig rig;
const struct project_id rig_project = {.text = "1"};
const struct cluster_id rig_cluster = {.text = "10"};

void rig_write_key(const char *text)
{
	FILE *f = fopen(rig.key_file, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fchmod(fileno(f), 0600), 0);
	assert_int_equal(fclose(f), 0);
}

void rig_start(struct tidb_init init, tiny_server_fn *answer)
{
	char url[64];
	int fd;

	(void)snprintf(rig.key_file, sizeof(rig.key_file), "/tmp/cmekd-test-XXXXXX");
	fd = mkstemp(rig.key_file);
	assert_true(fd >= 0);
	assert_int_equal(close(fd), 0);
	rig_write_key("PUBLIC:PRIVATE\n");
	tiny_server_start(&rig.server, answer);
	(void)snprintf(
		url, sizeof(url), "http://127.0.0.1:%u/", rig.server.port); /* the slash is not doubled */
	assert_int_equal(uv_loop_init(&rig.loop), 0);
	assert_int_equal(http_new(&rig.loop, NULL, &rig.http), 0);
	init.loop = &rig.loop;
	init.http = rig.http;
	init.api_key_file = rig.key_file;
	init.v1beta_url = init.dedicated_url = url;
	assert_int_equal(tidb_new(&init, &rig.client), 0);
}

void rig_stop(void)
{
	if (rig.client)
		tidb_close(rig.client);
	if (rig.http)
		http_close(rig.http, NULL, NULL);
	uv_run(&rig.loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&rig.loop), 0);
	tiny_server_stop(&rig.server);
	(void)unlink(rig.key_file);
}

void rig_on_clusters(void *arg, enum fault fault, const struct cluster_seen *items, size_t count,
	const struct tidb_texts *texts)
{
	struct tidb_seen *s = arg;

	s->calls++;
	s->fault = fault;
	s->count = count;
	for (size_t i = 0; i < count && i < sizeof(s->clusters) / sizeof(*s->clusters); i++)
		s->clusters[i] = items[i];
	s->texts = *texts;
}

void rig_on_cluster(
	void *arg, enum fault fault, const struct cluster_seen *seen, const struct tidb_texts *texts)
{
	rig_on_clusters(arg, fault, seen, 1, texts);
}

void rig_on_act(void *arg, enum act_result result, const struct tidb_texts *texts)
{
	struct tidb_seen *s = arg;

	s->calls++;
	s->result = result;
	s->texts = *texts;
}

void rig_wait(const struct tidb_seen *s)
{
	for (int turns = 0; s->calls == 0 && turns < 100000; turns++)
		uv_run(&rig.loop, UV_RUN_ONCE);
	assert_int_equal(s->calls, 1);
}

struct tidb_seen rig_list(void)
{
	struct tidb_seen s = {.calls = 0};

	assert_int_equal(tidb_list_clusters(rig.client, &rig_project, LANE_INCIDENT, rig_on_clusters, &s), 0);
	assert_int_equal(s.calls, 0);
	rig_wait(&s);
	return s;
}

struct tidb_seen rig_act(const struct tidb_act *what, bool pause)
{
	struct tidb_seen s = {.calls = 0};

	assert_int_equal(
		(pause ? tidb_pause : tidb_resume)(rig.client, what, LANE_ACT, NULL, rig_on_act, &s), 0);
	assert_int_equal(s.calls, 0);
	rig_wait(&s);
	return s;
}
