/* SPDX-License-Identifier: Apache-2.0 */
#include "tidb.h"
#include "alloc.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int rpc_code(unsigned status)
{
	switch (status) { /* google.rpc.Code */
	case 400:
		return 3; /* INVALID_ARGUMENT */
	case 401:
		return 16;
	case 403:
		return 7;
	case 404:
		return 5;
	case 429:
		return 8;
	case 503:
		return 14;
	default:
		return 13;
	}
}

void tidb_error(struct reply *p, const struct request *r, unsigned status, int code, const char *message)
{
	struct json_object *o = json_object_new_object();
	int shown = r->service == SERVICE_DEDICATED ? rpc_code(status) : code;
	json_object_object_add(o, "code", json_object_new_int(shown));
	json_object_object_add(o, "message", json_object_new_string(message));
	json_object_object_add(o, "details", json_object_new_array());
	reply_json(p, status, TIDB_TYPE, o);
}

/* The window's number and what is left of it. */
static void roll(const struct world *w, struct api_key *k)
{
	int64_t window = w->config.rate_window_ms > 0 ? w->now_ms / w->config.rate_window_ms : w->now_ms;
	if (k->window != window) {
		k->window = window;
		k->used = 0;
	}
}

static bool charge(const struct world *w, struct api_key *k)
{
	roll(w, k);
	if (k->used >= w->config.rate_limit)
		return false;
	k->used++;
	return true;
}

void tidb_throttled(const struct world *w, const struct request *r, struct reply *p)
{
	char *text = alloc_printf(
		"The request exceeded the limit of %u times per apikey per minute. For more quota, please "
		"contact us: https://support.pingcap.com/hc/en-us/requests/new?ticket_form_id=7800003722519",
		w->config.rate_limit);
	tidb_error(p, r, 429, 49900007, text);
	free(text);
}

bool tidb_admit(struct digest_auth *d, struct world *w, struct request *r, struct reply *p)
{
	struct api_key *k = NULL;
	enum digest_verdict v = digest_check(d, w, r, &k);
	r->auth = digest_name(v);
	struct api_key *payer = k ? k : w->api_key_count ? &w->api_keys[0] : NULL;
	if (payer && (v == DIGEST_OK || w->config.count_challenges) && !charge(w, payer)) {
		(void)text_set(r->key, sizeof r->key, v == DIGEST_OK ? k->public : "");
		tidb_throttled(w, r, p);
		return false;
	}
	if (v == DIGEST_OK) {
		(void)text_set(r->key, sizeof r->key, k->public);
		return true;
	}
	digest_challenge(d, w, v, p);
	return false;
}

void tidb_headers(struct world *w, const struct request *r, struct reply *p)
{
	struct api_key *k = world_api_key(w, r->key);
	char text[48];
	if (!k && w->api_key_count)
		k = &w->api_keys[0];
	if (k) {
		roll(w, k);
		int64_t window_ms = w->config.rate_window_ms > 0 ? w->config.rate_window_ms : 1;
		int64_t left_s = (window_ms - w->now_ms % window_ms + 999) / 1000;
		(void)snprintf(text, sizeof text, "%u", w->config.rate_limit);
		headers_add(&p->headers, "X-Ratelimit-Limit-Minute", text);
		(void)snprintf(text, sizeof text, "%u",
			p->status == 429 || k->used > w->config.rate_limit ? 0
									   : w->config.rate_limit - k->used);
		headers_add(&p->headers, "X-Ratelimit-Remaining-Minute", text);
		(void)snprintf(text, sizeof text, "%lld", (long long)left_s);
		headers_add(&p->headers, "X-Ratelimit-Reset", text);
	}
	world_random_hex(w, 32, text);
	headers_add(&p->headers, "X-Debug-Trace-Id", text);
}

static bool has_role(const struct world *w, const struct request *r, struct reply *p, const char *roles)
{
	const struct api_key *k = world_api_key(w, r->key);
	if (k && text_among(k->role, roles))
		return true;
	tidb_error(p, r, 403, 49900003, "The API key has no permission for this operation.");
	return false;
}

bool tidb_may_act(const struct world *w, const struct request *r, struct reply *p)
{
	return has_role(w, r, p, "org:owner|project:owner");
}

bool tidb_sees(const struct world *w, const struct request *r)
{
	const struct api_key *k = world_api_key(w, r->key);
	return !k || strcmp(k->role, "stranger") != 0;
}

bool tidb_may_create(const struct world *w, const struct request *r, struct reply *p)
{
	return has_role(w, r, p, "org:owner");
}

bool tidb_number(const struct request *r, const char *name, int64_t min, int64_t otherwise, struct reply *p,
	int64_t *ret_value)
{
	char *text = request_query(r, name, 0), *end = NULL;
	errno = 0;
	int64_t n = text ? strtoll(text, &end, 10) : otherwise;
	bool good = !text || (*text && !*end && errno == 0 && n >= min);
	if (good)
		*ret_value = n;
	else
		tidb_error(p, r, 400, 49900001, "A query parameter is no number, or out of range.");
	free(text);
	return good;
}

static void refuse_state(const struct request *r, const struct cluster *c, bool pause, struct reply *p)
{
	char *text = NULL;
	const char *state = r->service == SERVICE_V1BETA ? cluster_v1beta_state(c->state) : c->state;
	if (pause && r->service == SERVICE_V1BETA)
		text = alloc_text("The cluster can be paused only when it is AVAILABLE.");
	else
		text = alloc_printf("The cluster can be %s only when it is %s. It is %s.",
			pause ? "paused" : "resumed", pause ? "ACTIVE" : "PAUSED", state ? state : "DELETED");
	tidb_error(p, r, 400, 60100026, text);
	free(text);
}

static int blocker_code(const char *kind)
{
	return strcmp(kind, "backup") == 0 ? 60100027 : strcmp(kind, "import") == 0 ? 60100028 : 60100029;
}

bool tidb_pause(struct world *w, struct request *r, struct cluster *c, bool pause, struct reply *p)
{
	const struct blocker *blocker = NULL;
	int refusal = pause ? cluster_pause(w, c, "api", &blocker) : cluster_resume(w, c, "api");
	if (refusal == CLUSTER_E_STATE)
		refuse_state(r, c, pause, p);
	else if (refusal == CLUSTER_E_BLOCKED)
		tidb_error(p, r, 400, blocker_code(blocker->kind), blocker->text);
	r->effect = refusal == 0;
	return refusal == 0;
}

bool tidb_path_word(const char **at, char *ret_word, size_t size)
{
	size_t len = strcspn(*at, "/");
	if (len == 0 || len >= size)
		return false;
	memcpy(ret_word, *at, len);
	ret_word[len] = '\0';
	*at += len;
	*at += **at == '/';
	return true;
}
