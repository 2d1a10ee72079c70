/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"
#include "alloc.h"
#include "clock.h"
#include "cluster.h"
#include "cmk.h"
#include "event.h"
#include "kms_ops.h"
#include "queue.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct field config_fields[] = {
	{FIELD(config, propagation_ms, FIELD_I64)},
	{FIELD(config, pausing_ms, FIELD_I64)},
	{FIELD(config, resuming_ms, FIELD_I64)},
	{FIELD(config, pause_max_ms, FIELD_I64)},
	{FIELD(config, pause_type, FIELD_CHARS), .choices = "NORMAL|DEPRECATE"},
	{FIELD(config, pause_plan, FIELD_BOOL)},
	{FIELD(config, lost_resume, FIELD_CHARS), .choices = "resuming|inactive|active"},
	{FIELD(config, lost_recovers, FIELD_BOOL)},
	{FIELD(config, grants_outlive_pause, FIELD_BOOL)},
	{FIELD(config, rate_limit, FIELD_U32)},
	{FIELD(config, rate_window_ms, FIELD_I64)},
	{FIELD(config, count_challenges, FIELD_BOOL)},
	{FIELD(config, nonce_lifetime_ms, FIELD_I64)},
	{FIELD(config, nonce_stale, FIELD_CHARS), .choices = "true|false|absent"},
	{FIELD(config, clock_offset_ms, FIELD_I64), .negative = true},
	{FIELD(config, skew_max_ms, FIELD_I64)},
	{FIELD(config, session_ms, FIELD_I64)},
	{FIELD(config, external_id, FIELD_CHARS)},
	{FIELD(config, web_token, FIELD_CHARS)},
	{FIELD(config, metadata, FIELD_CHARS), .choices = "on|v1|off"},
	{FIELD(config, container_auth, FIELD_CHARS)},
	{FIELD(config, events_ms, FIELD_I64), .negative = true},
	{FIELD(config, rotation_ms, FIELD_I64)},
	{FIELD(config, cmek_offer, FIELD_CHARS), .choices = "on|400|403"},
	{FIELD(config, seed, FIELD_I64)},
};
const size_t config_field_count = sizeof config_fields / sizeof *config_fields;

const struct field project_fields[] = {
	{FIELD(project, name, FIELD_CHARS)},
	{FIELD(project, type, FIELD_CHARS)},
	{FIELD(project, cmek_enabled, FIELD_BOOL)},
	{.name = "default",
		.kind = FIELD_BOOL,
		.offset = offsetof(struct project, is_default),
		.size = sizeof(bool)},
	{FIELD(project, hidden, FIELD_BOOL)},
};
const size_t project_field_count = sizeof project_fields / sizeof *project_fields;

const struct field access_key_fields[] = {
	{FIELD(access_key, access_key, FIELD_CHARS)},
	{FIELD(access_key, secret, FIELD_STRING), .secret = true},
	{FIELD(access_key, session_token, FIELD_STRING), .secret = true},
	{FIELD(access_key, account, FIELD_CHARS)},
	{FIELD(access_key, arn, FIELD_CHARS)},
	{FIELD(access_key, iam_policy, FIELD_STRING)},
	{FIELD(access_key, disabled, FIELD_BOOL)},
	{FIELD(access_key, expired, FIELD_BOOL)},
};
const size_t access_key_field_count = sizeof access_key_fields / sizeof *access_key_fields;

const struct field api_key_fields[] = {
	{FIELD(api_key, public, FIELD_CHARS)},
	{FIELD(api_key, private, FIELD_STRING), .secret = true},
	{FIELD(api_key, role, FIELD_CHARS)},
	{FIELD(api_key, disabled, FIELD_BOOL)},
};
const size_t api_key_field_count = sizeof api_key_fields / sizeof *api_key_fields;

void world_init(struct world *w)
{
	*w = (struct world){
		.config = {.session_ms = 3600000,
			.web_token = "web-token",
			.metadata = "on",
			.propagation_ms = 1000,
			.pausing_ms = 2000,
			.resuming_ms = 2000,
			.pause_max_ms = 604800000,
			.pause_type = "NORMAL",
			.lost_resume = "resuming",
			.pause_plan = true,
			.lost_recovers = true,
			.rate_limit = 100,
			.rate_window_ms = 60000,
			.count_challenges = true,
			.nonce_lifetime_ms = 300000,
			.nonce_stale = "true",
			.skew_max_ms = 300000,
			.events_ms = -1,
			.rotation_ms = 500,
			.cmek_offer = "on",
			.seed = 1},
		.vendor_account = "444455556666",
		.now_ms = clock_mono_ms(),
		.random = 1,
		.next_id = 1372813089400000000,
	};
}

/* Where something was found last, by a hash of its id: what is looked up a hundred times a second in ten thousand. */
#define MEMO_SLOTS 131072
struct memo {
	void *slot[MEMO_SLOTS];
};
static struct memo project_memo, cluster_memo, key_memo;

static void **memo_slot(struct memo *m, const char *id)
{
	uint64_t hash = 0xcbf29ce484222325u; /* FNV-1a */
	while (*id)
		hash = (hash ^ (unsigned char)*id++) * 0x100000001b3u;
	return &m->slot[(hash ^ hash >> 32) % MEMO_SLOTS];
}

static void forget_memos(void)
{
	memset(&project_memo, 0, sizeof project_memo);
	memset(&cluster_memo, 0, sizeof cluster_memo);
	memset(&key_memo, 0, sizeof key_memo);
}

void world_fini(struct world *w)
{
	for (size_t i = 0; i < w->access_key_count; i++) {
		free(w->access_keys[i].secret);
		free(w->access_keys[i].session_token);
		free(w->access_keys[i].iam_policy);
	}
	for (size_t i = 0; i < w->api_key_count; i++)
		free(w->api_keys[i].private);
	for (size_t i = 0; i < w->project_count; i++)
		free(w->projects[i]);
	for (size_t i = 0; i < w->cluster_count; i++)
		free(w->clusters[i]);
	for (size_t i = 0; i < w->key_count; i++)
		cmk_free(w->keys[i]);
	for (size_t i = 0; i < w->queue_count; i++)
		queue_free(w->queues[i]);
	event_fini(w);
	free(w->access_keys);
	free(w->api_keys);
	free(w->projects);
	free(w->clusters);
	free(w->keys);
	free(w->queues);
	forget_memos();
	world_init(w);
}

#define SCAN_AT_ONCE                                                                                         \
	1000 /* so many keys and clusters may be gone through each time; more are each millisecond as many */

static int64_t scan_every_ms(const struct world *w)
{
	return (int64_t)((w->key_count + w->cluster_count) / SCAN_AT_ONCE);
}

static void scan(struct world *w)
{
	int64_t wall_ms = world_wall_ms(w);
	for (size_t i = 0; i < w->key_count; i++) {
		cmk_settle(w->keys[i], w->now_ms, wall_ms);
		kms_rotation_step(w, w->keys[i]);
	}
	for (size_t i = 0; i < w->cluster_count; i++)
		cluster_step(w, w->clusters[i]);
	w->scan_ms = w->now_ms + scan_every_ms(w);
}

void world_step(struct world *w, int64_t now_ms)
{
	w->now_ms = now_ms;
	if (now_ms >= w->scan_ms)
		scan(w);
	event_step(w);
}

static int64_t next_cluster_ms(const struct world *w)
{
	int64_t next = WORLD_NEVER;
	for (size_t i = 0; i < w->cluster_count; i++) {
		int64_t at = cluster_next_ms(w->clusters[i]);
		next = at < next ? at : next;
	}
	return next;
}

int64_t world_next_ms(const struct world *w)
{
	int64_t next = event_next_ms(w); /* keys settle when they are looked at */
	int64_t cluster = scan_every_ms(w) == 0 ? next_cluster_ms(w) : w->scan_ms;
	return cluster < next ? cluster : next;
}

int64_t world_wall_ms(const struct world *w)
{
	return clock_wall_ms() + w->config.clock_offset_ms;
}

/* splitmix64 (Steele, Lea, Flood 2014) */
uint64_t world_random(struct world *w)
{
	uint64_t z = (w->random += 0x9e3779b97f4a7c15u);
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

void world_random_hex(struct world *w, size_t len, char *ret_text)
{
	for (size_t i = 0; i < len; i++)
		ret_text[i] = "0123456789abcdef"[world_random(w) >> 60];
	ret_text[len] = '\0';
}

void world_new_id(struct world *w, char ret_id[WORLD_ID_BYTES])
{
	(void)snprintf(ret_id, WORLD_ID_BYTES, "%" PRIu64, w->next_id++);
}

void world_keep_id(struct world *w, const char *id)
{
	uint64_t n = strtoull(id, NULL, 10);
	if (n >= w->next_id && n < UINT64_MAX)
		w->next_id = n + 1;
}

struct project *world_project(const struct world *w, const char *id)
{
	void **slot = memo_slot(&project_memo, id);
	struct project *p = *slot;
	if (p && strcmp(p->id, id) == 0)
		return p;
	for (size_t i = 0; i < w->project_count; i++)
		if (strcmp(w->projects[i]->id, id) == 0)
			return *slot = w->projects[i];
	return NULL;
}

struct cluster *world_cluster(const struct world *w, const char *id)
{
	void **slot = memo_slot(&cluster_memo, id);
	struct cluster *c = *slot;
	if (c && strcmp(c->id, id) == 0)
		return c;
	for (size_t i = 0; i < w->cluster_count; i++)
		if (strcmp(w->clusters[i]->id, id) == 0)
			return *slot = w->clusters[i];
	return NULL;
}

struct cmk *world_key(const struct world *w, const char *arn_or_id, const char *region)
{
	void **slot = memo_slot(&key_memo, arn_or_id);
	struct cmk *known = *slot;
	if (known && strcmp(known->arn, arn_or_id) == 0)
		return known;
	for (size_t i = 0; i < w->key_count; i++) {
		struct cmk *k = w->keys[i];
		if (strcmp(k->arn, arn_or_id) == 0)
			return *slot = k;
		if (region && strcmp(k->region, region) == 0 && strcmp(k->id, arn_or_id) == 0)
			return k;
	}
	return NULL;
}

struct queue *world_queue(const struct world *w, const char *arn)
{
	for (size_t i = 0; i < w->queue_count; i++)
		if (strcmp(w->queues[i]->arn, arn) == 0)
			return w->queues[i];
	return NULL;
}

struct queue *world_queue_named(
	const struct world *w, const char *region, const char *account, const char *name)
{
	for (size_t i = 0; i < w->queue_count; i++) {
		struct queue *q = w->queues[i];
		if (strcmp(q->name, name) == 0 && strcmp(q->account, account) == 0 &&
			(!region || strcmp(q->region, region) == 0))
			return q;
	}
	return NULL;
}

struct access_key *world_access_key(const struct world *w, const char *id)
{
	for (size_t i = 0; i < w->access_key_count; i++)
		if (strcmp(w->access_keys[i].access_key, id) == 0)
			return &w->access_keys[i];
	return NULL;
}

struct api_key *world_api_key(const struct world *w, const char *public)
{
	for (size_t i = 0; i < w->api_key_count; i++)
		if (strcmp(w->api_keys[i].public, public) == 0)
			return &w->api_keys[i];
	return NULL;
}

struct cmk *world_key_of(const struct world *w, const struct cluster *c)
{
	const struct project *p = world_project(w, c->project);
	if (!p || !p->cmek_enabled || strcmp(c->provider, "aws") != 0)
		return NULL;
	for (size_t i = 0; i < p->cmek_count; i++)
		if (strcmp(p->cmek[i].region, c->region) == 0)
			return world_key(w, p->cmek[i].kms_arn, NULL);
	return NULL;
}

bool world_has_region(const struct world *w, const char *region)
{
	for (size_t i = 0; i < w->key_count; i++)
		if (strcmp(w->keys[i]->region, region) == 0)
			return true;
	for (size_t i = 0; i < w->queue_count; i++)
		if (strcmp(w->queues[i]->region, region) == 0)
			return true;
	return false;
}

struct project *world_add_project(struct world *w)
{
	struct project *p = alloc_zero(1, sizeof *p);
	world_new_id(w, p->id);
	(void)text_set(p->name, sizeof p->name, "project");
	(void)text_set(p->type, sizeof p->type, "dedicated");
	p->created_s = world_wall_ms(w) / 1000;
	w->projects = alloc_grow(w->projects, w->project_count + 1, sizeof *w->projects);
	w->projects[w->project_count++] = p;
	return p;
}

struct access_key *world_add_access_key(struct world *w)
{
	w->access_keys = alloc_grow(w->access_keys, w->access_key_count + 1, sizeof *w->access_keys);
	struct access_key *k = &w->access_keys[w->access_key_count++];
	*k = (struct access_key){.account = "111122223333", .arn = "arn:aws:iam::111122223333:user/cmekd"};
	k->secret = alloc_text("");
	k->session_token = alloc_text("");
	return k;
}

struct access_key *world_add_session(struct world *w, const char *account, const char *arn)
{
	int64_t now_ms = world_wall_ms(w);
	struct access_key *k = NULL;
	char hex[33];
	for (size_t i = 0; i < w->access_key_count && !k; i++)
		if (w->access_keys[i].expires_ms && w->access_keys[i].expires_ms < now_ms - 60000)
			k = &w->access_keys[i];
	if (!k)
		k = world_add_access_key(w);
	free(k->secret);
	free(k->session_token);
	world_random_hex(w, 16, hex);
	(void)snprintf(k->access_key, sizeof k->access_key, "ASID%s", hex);
	world_random_hex(w, 32, hex);
	k->secret = alloc_text(hex);
	world_random_hex(w, 32, hex);
	k->session_token = alloc_text(hex);
	(void)snprintf(k->account, sizeof k->account, "%s", account);
	(void)snprintf(k->arn, sizeof k->arn, "%s", arn);
	k->disabled = k->expired = false;
	k->expires_ms = now_ms + w->config.session_ms;
	return k;
}

struct api_key *world_add_api_key(struct world *w)
{
	w->api_keys = alloc_grow(w->api_keys, w->api_key_count + 1, sizeof *w->api_keys);
	struct api_key *k = &w->api_keys[w->api_key_count++];
	*k = (struct api_key){.role = "org:owner"};
	k->private = alloc_text("");
	return k;
}

void world_add_cluster(struct world *w, struct cluster *c)
{
	w->clusters = alloc_grow(w->clusters, w->cluster_count + 1, sizeof *w->clusters);
	w->clusters[w->cluster_count++] = c;
	struct project *p = world_project(w, c->project);
	if (!p)
		return;
	p->cluster_count++;
	*(p->last ? &p->last->next_of_project : &p->first) = c;
	p->last = c;
}

void world_drop_cluster(struct world *w, struct cluster *c)
{
	struct project *p = world_project(w, c->project);
	struct cluster *before = NULL;
	size_t i = 0;
	while (w->clusters[i] != c)
		i++;
	w->cluster_count--;
	memmove(&w->clusters[i], &w->clusters[i + 1], (w->cluster_count - i) * sizeof(struct cluster *));
	for (struct cluster *at = p ? p->first : NULL; at && at != c; at = at->next_of_project)
		before = at;
	if (p) {
		*(before ? &before->next_of_project : &p->first) = c->next_of_project;
		if (p->last == c)
			p->last = before;
		p->cluster_count--;
	}
	*memo_slot(&cluster_memo, c->id) = NULL;
	free(c);
}

void world_add_key(struct world *w, struct cmk *k)
{
	w->keys = alloc_grow(w->keys, w->key_count + 1, sizeof *w->keys);
	w->keys[w->key_count++] = k;
}

void world_add_queue(struct world *w, struct queue *q)
{
	w->queues = alloc_grow(w->queues, w->queue_count + 1, sizeof *w->queues);
	w->queues[w->queue_count++] = q;
}

int world_set_cmek(struct project *p, struct json_object *list, char reterr_why[FIELD_WHY_BYTES])
{
	struct cmek fresh[PROJECT_CMEK_MAX] = {0};
	size_t count = json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
	bool good = json_object_is_type(list, json_type_array) && count <= PROJECT_CMEK_MAX;
	for (size_t i = 0; good && i < count; i++) {
		struct json_object *one = json_object_array_get_idx(list, i);
		const char *region = field_text(one, "region"), *arn = field_text(one, "kms_arn");
		good = region && arn && text_set(fresh[i].region, sizeof fresh->region, region) &&
		       text_set(fresh[i].kms_arn, sizeof fresh->kms_arn, arn);
	}
	if (!good) {
		(void)snprintf(reterr_why, FIELD_WHY_BYTES,
			"member 'cmek': expected [{\"region\": ..., \"kms_arn\": ...}]");
		return 1;
	}
	memcpy(p->cmek, fresh, sizeof fresh);
	p->cmek_count = count;
	return 0;
}
