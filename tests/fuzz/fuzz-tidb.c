/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz: tests/fuzz/answer.c common/base common/model daemon/wire -lcrypto -lm
 *
 * Any bytes as answers of TiDB Cloud (answer.h). v1beta: p projects, k CMEK settings, c clusters, g one cluster, a an act;
 * v1beta1: C clusters, G one cluster, A an act. What blocks a pause: i imports, b backups, f changefeeds. Lists over pages.
 * n a project that was made, N a cluster; s is no answer: the spec of a
 * cluster that a person wrote. */
#include "answer.h"
#include "base/own.h"
#include "fuzz.h"
#include "wire/cluster_spec.h"
#include "wire/tidb_create.h"
#include "wire/tidb_dedicated.h"
#include "wire/tidb_jobs.h"
#include "wire/tidb_v1beta.h"
#include <stdio.h>

static const struct project_id project = {"123"};
static const struct cluster_id cluster = {"456"};

static const struct tidb_generation {
	int (*read_clusters)(const struct http_answer *a, const struct project_id *p,
		struct tidb_api_clusters *c, struct trouble *t);
	int (*read_cluster)(const struct http_answer *a, const struct project_id *p,
		const struct cluster_id *c, struct cluster_seen *seen, struct trouble *t);
	void (*clusters_target)(const struct project_id *p, const struct tidb_api_clusters *c,
		char target[TIDB_API_TARGET_BYTES]);
	enum cluster_state (*state)(const char *word);
} v1beta = {tidb_v1beta_read_clusters, tidb_v1beta_read_cluster, tidb_v1beta_clusters_target,
	tidb_api_v1beta_state},
  dedicated = {tidb_dedicated_read_clusters, tidb_dedicated_read_cluster, tidb_dedicated_clusters_target,
	  tidb_api_dedicated_state};

/* Only bytes that a request line may have: nothing that a service says can break out of it. */
static void check_target(const char target[TIDB_API_TARGET_BYTES])
{
	size_t len = strnlen(target, TIDB_API_TARGET_BYTES);

	MUST(len > 0 && len < TIDB_API_TARGET_BYTES && target[0] == '/');
	for (size_t i = 0; i < len; i++)
		MUST(target[i] > ' ' && target[i] < 0x7f && target[i] != '#');
}

/* A cluster of the project that was asked for, with a state that the service's word stands for. */
static void check_cluster(const struct tidb_generation *of, const struct cluster_seen *seen)
{
	struct cluster_id id;
	struct region region;

	MUST(cluster_id_parse(seen->id.text, strlen(seen->id.text), &id) == 0);
	MUST(region_parse(seen->region.text, strlen(seen->region.text), &region) == 0);
	MUST(project_id_equal(&seen->project, &project));
	MUST(seen->state < CLUSTER_STATE_COUNT && seen->state == of->state(seen->wire_state));
	MUST(seen->resume_at.ms >= 0);
	answer_check_shown(seen->name, sizeof seen->name);
	answer_check_shown(seen->wire_state, sizeof seen->wire_state);
	result_text(seen->id.text);
	result_text(seen->region.text);
	result_text(seen->name);
	result_number(seen->state);
	result_number(seen->resume_at.ms);
}

static void read_clusters(struct answer *a, const struct tidb_generation *of)
{
	_cleanup_(tidb_api_clusters_fini) struct tidb_api_clusters c = TIDB_API_CLUSTERS_INIT;
	char target[TIDB_API_TARGET_BYTES], next[TIDB_API_TARGET_BYTES] = "";
	struct trouble t;

	do {
		uint32_t count = c.count;

		of->clusters_target(&project, &c, target);
		check_target(target);
		MUST(strcmp(target, next) != 0); /* a page twice would go on for ever */
		memcpy(next, target, sizeof next);
		if (ran_out(of->read_clusters(&a->http, &project, &c, &t)))
			return;
		answer_check_trouble(a, &t);
		MUST(c.count >= count && c.count <= TIDB_API_LIST_CLUSTERS_MAX && c.count <= c.size);
		if (t.fault != FAULT_NONE)
			return;
		MUST(c.count + c.strangers + c.others <= c.pager.items);
		MUST(c.pager.more || c.pager.items >= c.pager.total);
	} while (c.pager.more && answer_next(a));
	for (uint32_t i = 0; i < c.count; i++) {
		check_cluster(of, &c.items[i]);
		for (uint32_t j = 0; j < i; j++)
			MUST(!cluster_id_equal(&c.items[i].id, &c.items[j].id));
	}
}

static void read_cluster(struct answer *a, const struct tidb_generation *of)
{
	struct cluster_seen seen;
	struct trouble t;

	if (ran_out(of->read_cluster(&a->http, &project, &cluster, &seen, &t)))
		return;
	answer_check_trouble(a, &t);
	if (t.fault != FAULT_NONE)
		return;
	MUST(a->http.status == 200 && cluster_id_equal(&seen.id, &cluster));
	check_cluster(of, &seen);
}

static void read_projects(struct answer *a)
{
	_cleanup_(tidb_v1beta_projects_fini) struct tidb_v1beta_projects p = {.with_names = true};
	char target[TIDB_API_TARGET_BYTES];
	struct trouble t;

	do {
		tidb_v1beta_projects_target(&p, target);
		check_target(target);
		if (ran_out(tidb_v1beta_read_projects(&a->http, &p, &t)))
			return;
		answer_check_trouble(a, &t);
		if (t.fault != FAULT_NONE)
			return;
	} while (p.pager.more && answer_next(a));
	for (uint32_t i = 0; i < p.count; i++) {
		struct project_id id;

		MUST(project_id_parse(p.items[i].id.text, strlen(p.items[i].id.text), &id) == 0);
		MUST(i == 0 || strcmp(p.items[i - 1].id.text, id.text) < 0);
		MUST(tidb_v1beta_find(&p, &id) == &p.items[i] && p.items[i].type <= TIDB_V1BETA_OTHER);
		answer_check_shown(p.names[i], sizeof p.names[i]);
		result_text(id.text);
		result_number(p.items[i].cmek_enabled);
		tidb_v1beta_cmek_target(&id, target);
		check_target(target);
	}
}

/* Whether the body has it as a string, if not with escapes. */
static bool is_written(const struct answer *a, const char *text)
{
	char quoted[256];

	(void)snprintf(quoted, sizeof quoted, "\"%s\"", text);
	return memmem(a->http.body, a->http.body_len, quoted, strlen(quoted)) ||
	       memchr(a->http.body, '\\', a->http.body_len);
}

static void read_cmek(struct answer *a)
{
	struct tidb_v1beta_cmek c;
	struct trouble t;

	if (ran_out(tidb_v1beta_read_cmek(&a->http, &c, &t)))
		return;
	answer_check_trouble(a, &t);
	if (t.fault != FAULT_NONE)
		return;
	MUST(c.count <= TIDB_V1BETA_CMEK_MAX && (c.ignored > 0) == (*c.note != '\0'));
	answer_check_shown(c.note, sizeof c.note);
	for (uint32_t i = 0; i < c.count; i++) {
		const char *arn = c.items[i].arn.text;
		struct key_arn again;
		struct region region;

		MUST(key_arn_parse(arn, strlen(arn), &again, &region, NULL) == 0);
		MUST(region_equal(&region, &c.items[i].region));
		for (uint32_t j = 0; j < i; j++)
			MUST(!region_equal(&c.items[j].region, &region));
		/* As a whole: a longer text that was cut would be another key. */
		MUST(is_written(a, arn));
		result_text(arn);
	}
}

/* Taken is only what says so: anything unclear is lost, never accepted and never refused. */
static void read_act(struct answer *a, bool is_dedicated)
{
	enum act_result done;
	struct trouble t;

	if (ran_out(is_dedicated ? tidb_dedicated_read_act(&a->http, &cluster, &done, &t)
				 : tidb_v1beta_read_act(&a->http, &done, &t)))
		return;
	answer_check_trouble(a, &t);
	MUST(done == trouble_act_result(t.fault, true));
	MUST(done < ACT_RESULT_COUNT && done != ACT_RESULT_NOT_SENT);
	MUST(done != ACT_RESULT_ACCEPTED || a->http.status == 200);
	MUST(!tidb_api_lacks_endpoint(&a->http, TIDB_API_WISH_ACT) || a->http.status == 404 ||
		a->http.status == 405 || a->http.status == 410 || a->http.status == 501);
	MUST(done != ACT_RESULT_REFUSED || (a->http.status >= 400 && a->http.status < 500));
	result_number(done);
}

/* Made is only what has an id, and is where it was asked for. */
static void read_made(struct answer *a, bool is_cluster)
{
	struct project_id id = {""};
	struct cluster_id made = {""};
	enum act_result done;
	struct trouble t;

	if (ran_out(is_cluster ? tidb_create_read_cluster(&a->http, &project, &made, &done, &t)
			       : tidb_create_read_project(&a->http, &id, &done, &t)))
		return;
	answer_check_trouble(a, &t);
	MUST(done == trouble_act_result(t.fault, true) && done < ACT_RESULT_COUNT);
	MUST(done != ACT_RESULT_ACCEPTED || (a->http.status == 200 && (is_cluster ? *made.text : *id.text)));
	result_number(done);
	result_text(is_cluster ? made.text : id.text);
}

/* What is sent names the project once, asks for the same cluster, and is a spec itself but for the password. */
static void read_spec(struct answer *a)
{
	_cleanup_(secret_fini) struct secret password = SECRET_INIT, body = SECRET_INIT;
	const char *text = a->http.body ? a->http.body : "";
	struct cluster_spec spec, again;
	struct why why = {""};
	int r = cluster_spec_parse(text, a->http.body_len, &project, &spec, &why);

	if (ran_out(r))
		return;
	result_number(r);
	if (r != 0) {
		MUST((r == CLUSTER_SPEC_E_JSON || r == CLUSTER_SPEC_E_SHAPE) && *why.text);
		return;
	}
	result_text(spec.name);
	r = cluster_spec_body(text, a->http.body_len, &project, NULL, &body, &why);
	if (ran_out(r))
		return;
	MUST(r == 0);
	r = cluster_spec_parse(body.bytes, body.len, &project, &again, &why);
	if (ran_out(r))
		return;
	MUST(r == 0 && strcmp(again.name, spec.name) == 0 && region_equal(&again.region, &spec.region));
	if (ran_out(secret_set(&password, "\"quoted\\\"", 9)) ||
		ran_out(r = cluster_spec_body(text, a->http.body_len, &project, &password, &body, &why)))
		return;
	MUST(r == 0 && body.len > 0 && body.bytes[body.len - 1] == '}');
	result_text(body.bytes);
}

/* What is found is never more than what came, and is fit to be shown. */
static void read_jobs(struct answer *a, enum job job)
{
	struct tidb_jobs j = {.job = job};
	char target[TIDB_API_TARGET_BYTES], next[TIDB_API_TARGET_BYTES] = "";
	struct trouble t;

	do {
		tidb_jobs_target(&j, &project, &cluster, target);
		check_target(target);
		MUST(strcmp(target, next) != 0);
		memcpy(next, target, sizeof next);
		if (ran_out(tidb_jobs_read(&a->http, &cluster, &j, &t)))
			return;
		answer_check_trouble(a, &t);
		if (t.fault != FAULT_NONE)
			return;
		MUST(a->http.status == 200 && j.seen.blocking + j.seen.unclear <= j.pager.items);
		MUST(!j.pager.more || j.pager.pages < TIDB_JOBS_PAGES_MAX);
	} while (j.pager.more && answer_next(a));
	answer_check_shown(j.seen.name, sizeof j.seen.name);
	answer_check_shown(j.seen.state, sizeof j.seen.state);
	MUST(j.seen.blocking + j.seen.unclear > 0 || (!*j.seen.name && !*j.seen.state));
	result_number(j.seen.blocking);
	result_number(j.seen.unclear);
	result_text(j.seen.name);
	result_text(j.seen.state);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct answer a;

	if (!answer_init(&a, data, size))
		return 0;
	switch (a.reader) {
	case 'p':
		read_projects(&a);
		break;
	case 'k':
		read_cmek(&a);
		break;
	case 'c':
	case 'C':
		read_clusters(&a, a.reader == 'c' ? &v1beta : &dedicated);
		break;
	case 'g':
	case 'G':
		read_cluster(&a, a.reader == 'g' ? &v1beta : &dedicated);
		break;
	case 'i':
		read_jobs(&a, JOB_IMPORT);
		break;
	case 'b':
		read_jobs(&a, JOB_BACKUP);
		break;
	case 'f':
		read_jobs(&a, JOB_CHANGEFEED);
		break;
	case 'a':
	case 'A':
		read_act(&a, a.reader == 'A');
		break;
	case 'n':
	case 'N':
		read_made(&a, a.reader == 'N');
		break;
	case 's':
		read_spec(&a);
		break;
	default:
		break;
	}
	return 0;
}
