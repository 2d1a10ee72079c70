/* SPDX-License-Identifier: Apache-2.0 */
/* tidb_rig: for tests of the TiDB Cloud client: one client a test, against a server that answers as the test says, and what
 * its callbacks brought. */
#pragma once
#include "io/http.h"
#include "io/tidb.h"
#include "tiny_server.h"
#include <uv.h>

extern struct tidb_rig {
	struct tiny_server server;
	uv_loop_t loop;
	struct http *http;   /* NULL: the test has closed it */
	struct tidb *client; /* NULL: the same */
	char key_file[64];   /* PUBLIC:PRIVATE */
} rig;
extern const struct project_id rig_project; /* 1 */
extern const struct cluster_id rig_cluster; /* 10 */

/* `init` holds what the test is about: the rate, the timeout, the API; the rest is filled in. */
void rig_start(struct tidb_init init, tiny_server_fn *answer);
void rig_stop(void);
void rig_write_key(const char *text);

/* What callbacks brought. */
struct tidb_seen {
	int calls, asked;
	bool unwanted;
	enum fault fault;
	bool enabled;
	size_t count;
	struct cmek_setting setting;
	struct cluster_seen clusters[8];
	enum act_result result;
	struct tidb_texts texts;
};
void rig_on_clusters(void *arg, enum fault fault, const struct cluster_seen *items, size_t count,
	const struct tidb_texts *texts);
void rig_on_cluster(
	void *arg, enum fault fault, const struct cluster_seen *seen, const struct tidb_texts *texts);
void rig_on_act(void *arg, enum act_result result, const struct tidb_texts *texts);
/* Runs the loop until it was called, once. */
void rig_wait(const struct tidb_seen *s);
struct tidb_seen rig_list(void);
struct tidb_seen rig_act(const struct tidb_act *what, bool pause);
