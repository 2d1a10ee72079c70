/* SPDX-License-Identifier: Apache-2.0 */
#include "cmk.h"
#include "alloc.h"
#include "world.h"
#include <stdlib.h>
#include <string.h>

const struct field cmk_face_fields[] = {
	{FIELD(cmk_face, state, FIELD_CHARS)},
	{FIELD(cmk_face, origin, FIELD_CHARS)},
	{FIELD(cmk_face, key_spec, FIELD_CHARS)},
	{FIELD(cmk_face, key_usage, FIELD_CHARS)},
	{FIELD(cmk_face, expiration_model, FIELD_CHARS)},
	{FIELD(cmk_face, multi_region, FIELD_BOOL)},
	{FIELD(cmk_face, valid_to, FIELD_I64)},
	{FIELD(cmk_face, rotation_enabled, FIELD_BOOL)},
	{FIELD(cmk_face, rotation_period_days, FIELD_U32)},
	{FIELD(cmk_face, next_rotation, FIELD_I64)},
	{FIELD(cmk_face, on_demand_start, FIELD_I64)},
};
const size_t cmk_face_field_count = sizeof cmk_face_fields / sizeof *cmk_face_fields;

const struct field cmk_fields[] = {
	{FIELD(cmk, description, FIELD_STRING)},
	{FIELD(cmk, lockout, FIELD_BOOL)},
};
const size_t cmk_field_count = sizeof cmk_fields / sizeof *cmk_fields;

/* One part of an ARN, up to `end`; moves `at` behind it. */
static bool part(const char **at, char end, char *ret_text, size_t size)
{
	const char *stop = end ? strchr(*at, end) : *at + strlen(*at);
	size_t len = stop ? (size_t)(stop - *at) : 0;
	if (!stop || len == 0 || len >= size)
		return false;
	memcpy(ret_text, *at, len);
	ret_text[len] = '\0';
	*at = end ? stop + 1 : stop;
	return true;
}

bool cmk_arn_split(const char *arn, char ret_region[32], char ret_account[16], char ret_id[64])
{
	char word[16];
	const char *at = arn;
	if (!part(&at, ':', word, sizeof word) || strcmp(word, "arn") != 0)
		return false;
	if (!part(&at, ':', word, sizeof word) || strncmp(word, "aws", 3) != 0)
		return false;
	if (!part(&at, ':', word, sizeof word) || strcmp(word, "kms") != 0)
		return false;
	if (!part(&at, ':', ret_region, 32) || !part(&at, ':', ret_account, 16))
		return false;
	if (strspn(ret_account, "0123456789") != 12 || strlen(ret_account) != 12)
		return false;
	return part(&at, '/', word, sizeof word) && strcmp(word, "key") == 0 && part(&at, '\0', ret_id, 64);
}

struct cmk *cmk_new(const char *arn)
{
	struct cmk *k = alloc_zero(1, sizeof *k);
	if (!text_set(k->arn, sizeof k->arn, arn) || !cmk_arn_split(arn, k->region, k->account, k->id)) {
		free(k);
		return NULL;
	}
	k->description = alloc_text("");
	k->deny_ops = alloc_text("");
	k->truth = (struct cmk_face){.state = "Enabled",
		.policy = alloc_text(""),
		.origin = "AWS_KMS",
		.key_spec = "SYMMETRIC_DEFAULT",
		.key_usage = "ENCRYPT_DECRYPT",
		.rotation_period_days = 365};
	return k;
}

static void face_fini(struct cmk_face *f)
{
	free(f->policy);
	f->policy = NULL;
}

static struct cmk_face face_copy(const struct cmk_face *f)
{
	struct cmk_face copy = *f;
	copy.policy = alloc_text(f->policy);
	return copy;
}

static void drop_first_write(struct cmk *k)
{
	struct cmk_write *w = k->writes;
	k->writes = w->next;
	face_fini(&w->face);
	free(w);
}

void cmk_free(struct cmk *k)
{
	if (!k)
		return;
	while (k->writes)
		drop_first_write(k);
	face_fini(&k->truth);
	face_fini(&k->shown);
	free(k->description);
	free(k->deny_ops);
	free(k->policy_before);
	free(k->grants);
	free(k->rotations);
	free(k);
}

void cmk_commit(struct cmk *k, int64_t now_ms, int64_t delay_ms)
{
	if (delay_ms > 0) {
		struct cmk_write *w = alloc_zero(1, sizeof *w);
		w->due_ms = now_ms + delay_ms;
		w->face = face_copy(&k->truth);
		struct cmk_write **at = &k->writes;
		while (*at)
			at = &(*at)->next;
		*at = w;
		return;
	}
	while (k->writes)
		drop_first_write(k);
	face_fini(&k->shown);
	k->shown = face_copy(&k->truth);
}

void cmk_settle(struct cmk *k, int64_t now_ms, int64_t wall_ms)
{
	while (k->writes && k->writes->due_ms <= now_ms) {
		face_fini(&k->shown);
		k->shown = face_copy(&k->writes->face);
		drop_first_write(k);
	}
	if (!k->truth.gone && k->truth.deletion_ms && k->truth.deletion_ms <= wall_ms) {
		k->truth.gone = true;
		cmk_commit(k, now_ms, 0);
	}
}

void cmk_set_policy(struct cmk *k, const char *text)
{
	alloc_replace(&k->truth.policy, alloc_text(text));
}

void cmk_rotate(struct cmk *k, const char material[CMK_ID_HEX + 1], int64_t wall_ms, bool on_demand)
{
	memcpy(k->truth.material, material, CMK_ID_HEX + 1);
	k->rotations = alloc_grow(k->rotations, k->rotation_count + 1, sizeof *k->rotations);
	struct cmk_rotation *r = &k->rotations[k->rotation_count++];
	*r = (struct cmk_rotation){.date_s = wall_ms / 1000, .on_demand = on_demand};
	memcpy(r->material, material, CMK_ID_HEX + 1);
}

struct cmk_grant *cmk_add_grant(struct cmk *k)
{
	k->grants = alloc_grow(k->grants, k->grant_count + 1, sizeof *k->grants);
	struct cmk_grant *g = &k->grants[k->grant_count++];
	*g = (struct cmk_grant){.invisible_ms = WORLD_NEVER};
	return g;
}

bool cmk_grant_listed(const struct cmk_grant *g, int64_t now_ms)
{
	return g->visible_ms <= now_ms && now_ms < g->invisible_ms;
}

void cmk_retire(struct cmk *k, const char *cluster, int64_t now_ms, int64_t delay_ms)
{
	for (size_t i = 0; i < k->grant_count; i++) {
		struct cmk_grant *g = &k->grants[i];
		if (g->revoked || strcmp(g->cluster, cluster) != 0)
			continue;
		g->revoked = true;
		g->invisible_ms = now_ms + delay_ms;
	}
}

size_t cmk_alive(const struct cmk *k, const char *cluster)
{
	size_t n = 0;
	for (size_t i = 0; i < k->grant_count; i++)
		n += !k->grants[i].revoked && (!cluster || strcmp(k->grants[i].cluster, cluster) == 0);
	return n;
}
