/* SPDX-License-Identifier: Apache-2.0 */
/* What scripts do to the world: as people in the two consoles, and as fate. */
#include "admin.h"
#include "alloc.h"
#include "cluster.h"
#include "cmk.h"
#include "event.h"
#include "vendor.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ADMIN_BAD = 1, ADMIN_NOT_FOUND };

static int refuse(int how, char why[FIELD_WHY_BYTES], const char *text)
{
	(void)snprintf(why, FIELD_WHY_BYTES, "%.200s", text);
	return how;
}

/* Sets all members but those in `but`. All are tried on `object`; the first bad one ends it. */
static int set_members(const struct field *table, size_t count, void *object, struct json_object *in,
	const char *but, char why[FIELD_WHY_BYTES])
{
	json_object_object_foreach(in, name, value)
	{
		if (text_among(name, but) || strcmp(name, "comment") == 0)
			continue;
		if (field_set(table, count, object, name, value, why))
			return ADMIN_BAD;
	}
	return 0;
}

int admin_config(
	struct cloud *cloud, struct json_object *in, struct json_object *out, char why[FIELD_WHY_BYTES])
{
	struct config fresh = cloud->world.config;
	int r = set_members(config_fields, config_field_count, &fresh, in, "", why);
	if (r)
		return r;
	cloud->world.config = fresh;
	if (field_get(in, "seed"))
		cloud->world.random = (uint64_t)fresh.seed;
	field_show(config_fields, config_field_count, &fresh, out);
	return 0;
}

static void set_state(struct cmk *k, const char *state)
{
	(void)text_set(k->truth.state, sizeof k->truth.state, state);
}

/* Takes `text`. */
static int change_policy(struct cmk *k, char *text, char why[FIELD_WHY_BYTES])
{
	if (!text)
		return refuse(ADMIN_BAD, why, "the present policy is no JSON, or no policy was given");
	alloc_replace(&k->policy_before, alloc_text(k->truth.policy));
	alloc_replace(&k->truth.policy, text);
	return 0;
}

static int key_policy_action(
	struct world *w, struct cmk *k, struct json_object *in, const char *action, char why[FIELD_WHY_BYTES])
{
	const char *policy = field_text(in, "policy");
	if (strcmp(action, "put-policy") == 0)
		return change_policy(k, policy ? alloc_text(policy) : NULL, why);
	if (strcmp(action, "vendor-out") == 0)
		return change_policy(k, vendor_policy_without(k->truth.policy, w->vendor_account), why);
	if (strcmp(action, "vendor-deny") == 0)
		return change_policy(k, vendor_policy_denied(k->truth.policy, w->vendor_account), why);
	if (strcmp(action, "policy-undo") == 0)
		return k->policy_before
			       ? change_policy(k, alloc_text(k->policy_before), why)
			       : refuse(ADMIN_BAD, why, "the policy was not changed by the admin before");
	return refuse(ADMIN_BAD, why, "unknown 'action' for a key");
}

static int key_action(
	struct world *w, struct cmk *k, struct json_object *in, const char *action, char why[FIELD_WHY_BYTES])
{
	struct json_object *days = field_get(in, "days"), *in_ms = field_get(in, "in_ms");
	char material[CMK_ID_HEX + 1], before[CMK_ID_HEX + 1];
	if (strcmp(action, "disable") == 0) {
		set_state(k, "Disabled");
	} else if (strcmp(action, "enable") == 0) {
		set_state(k, "Enabled");
	} else if (strcmp(action, "schedule-deletion") == 0) {
		set_state(k, "PendingDeletion");
		int64_t n = days ? json_object_get_int64(days) : 30;
		k->truth.deletion_ms =
			world_wall_ms(w) + (in_ms ? json_object_get_int64(in_ms) : n * 86400000);
	} else if (strcmp(action, "cancel-deletion") == 0) {
		set_state(k, "Disabled");
		k->truth.deletion_ms = 0;
	} else if (strcmp(action, "delete") == 0) {
		k->truth.gone = true;
	} else if (strcmp(action, "restore") == 0) {
		k->truth.gone = false;
	} else if (strcmp(action, "rotate") == 0) {
		world_random_hex(w, CMK_ID_HEX, material);
		(void)text_set(before, sizeof before, k->truth.material);
		cmk_rotate(k, material, world_wall_ms(w), true);
		event_rotation(w, k, before);
	} else {
		return key_policy_action(w, k, in, action, why);
	}
	return 0;
}

/* What CloudTrail calls it, if it logs it at all. */
static void tell(struct world *w, const struct cmk *k, const char *action)
{
	static const struct {
		const char *actions, *call;
	} rows[] = {{"disable", "DisableKey"}, {"enable", "EnableKey"},
		{"schedule-deletion", "ScheduleKeyDeletion"}, {"cancel-deletion", "CancelKeyDeletion"},
		{"put-policy|vendor-out|vendor-deny|policy-undo", "PutKeyPolicy"}};
	char *person = alloc_printf("arn:aws:iam::%s:user/console", k->account);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (text_among(action, rows[i].actions))
			event_call(w, k, rows[i].call, person);
	free(person);
}

static void set_denials(struct cmk *k, struct json_object *value)
{
	char *ops = alloc_text("");
	k->deny_self = json_object_is_type(value, json_type_boolean) && json_object_get_boolean(value);
	for (size_t i = 0; json_object_is_type(value, json_type_array) && i < json_object_array_length(value);
		i++)
		alloc_replace(&ops, alloc_printf("%s|%s|", ops,
					    json_object_get_string(json_object_array_get_idx(value, i))));
	alloc_replace(&k->deny_ops, ops);
}

int admin_key(struct cloud *cloud, struct json_object *in, struct json_object *out, char why[FIELD_WHY_BYTES])
{
	struct world *w = &cloud->world;
	const char *arn = field_text(in, "arn"), *action = field_text(in, "action");
	struct cmk *k = arn ? world_key(w, arn, NULL) : NULL;
	if (!k)
		return refuse(ADMIN_NOT_FOUND, why, "no key has this 'arn'");
	if (action) {
		int r = key_action(w, k, in, action, why);
		if (r)
			return r;
		tell(w, k, action);
	}
	json_object_object_foreach(in, name, value)
	{
		if (text_among(name, "arn|action|now|days|in_ms|policy|comment"))
			continue;
		if (strcmp(name, "deny_self") == 0)
			set_denials(k, value);
		else if (field_set(cmk_face_fields, cmk_face_field_count, &k->truth, name, value, why) &&
			 field_set(cmk_fields, cmk_field_count, k, name, value, why))
			return ADMIN_BAD;
	}
	cmk_commit(k, w->now_ms, field_bool(in, "now", false) ? 0 : w->config.propagation_ms);
	json_object_object_add(out, "arn", json_object_new_string(k->arn));
	json_object_object_add(out, "state", json_object_new_string(k->truth.state));
	return 0;
}

static int cluster_create(
	struct world *w, struct json_object *in, struct json_object *out, char why[FIELD_WHY_BYTES])
{
	const char *project = field_text(in, "project"), *state = field_text(in, "state");
	struct json_object *blockers = field_get(in, "blockers");
	if (!project || !world_project(w, project) || !field_text(in, "region"))
		return refuse(ADMIN_BAD, why, "expected a known 'project', and a 'region'");
	struct cluster *c = cluster_new(w);
	int r = set_members(cluster_fields, cluster_field_count, c, in, "action|project|state|blockers", why);
	if (r == 0 && blockers)
		r = cluster_set_blockers(c, blockers, why) ? ADMIN_BAD : 0;
	if (r == 0 && state && !text_set(c->state, sizeof c->state, state))
		r = refuse(ADMIN_BAD, why, "'state' is too long");
	if (r) {
		free(c);
		return r;
	}
	(void)text_set(c->project, sizeof c->project, project);
	c->created_wall_ms = world_wall_ms(w);
	world_add_cluster(w, c);
	cluster_begin(w, c, 0);
	json_object_object_add(out, "id", json_object_new_string(c->id));
	return 0;
}

static void cluster_delete(struct world *w, struct cluster *c)
{
	cluster_enter(w, c, "DELETED", "console");
	world_drop_cluster(w, c);
}

static int cluster_action(struct world *w, struct cluster *c, const char *action, char why[FIELD_WHY_BYTES])
{
	const struct blocker *blocker = NULL;
	int r = 0;
	if (strcmp(action, "pause") == 0)
		r = cluster_pause(w, c, "console", &blocker);
	else if (strcmp(action, "resume") == 0)
		r = cluster_resume(w, c, "console");
	else
		return refuse(ADMIN_BAD, why, "unknown 'action' for a cluster");
	if (r == CLUSTER_E_BLOCKED)
		return refuse(ADMIN_BAD, why, blocker->text);
	return r ? refuse(ADMIN_BAD, why, "refused in the cluster's present state") : 0;
}

/* The members that are no plain fields. */
static int cluster_special(
	struct world *w, struct cluster *c, struct json_object *in, char why[FIELD_WHY_BYTES])
{
	const char *state = field_text(in, "state"), *then = field_text(in, "then");
	struct json_object *blockers = field_get(in, "blockers"), *state_ms = field_get(in, "state_ms");
	struct json_object *resume = field_get(in, "resume_in_ms");
	if (blockers && cluster_set_blockers(c, blockers, why))
		return ADMIN_BAD;
	if (state && (!*state || strlen(state) >= sizeof c->state))
		return refuse(ADMIN_BAD, why, "'state' is empty or too long");
	if (state)
		cluster_enter(w, c, state, "console");
	if (then && !text_set(c->then, sizeof c->then, then))
		return refuse(ADMIN_BAD, why, "'then' is too long");
	if (state_ms)
		c->due_ms = w->now_ms + json_object_get_int64(state_ms);
	if (resume)
		cluster_resume_in(w, c, json_object_get_int64(resume));
	return 0;
}

int admin_cluster(
	struct cloud *cloud, struct json_object *in, struct json_object *out, char why[FIELD_WHY_BYTES])
{
	struct world *w = &cloud->world;
	const char *id = field_text(in, "id"), *action = field_text(in, "action");
	if (action && strcmp(action, "create") == 0)
		return cluster_create(w, in, out, why);
	struct cluster *c = id ? world_cluster(w, id) : NULL;
	if (!c)
		return refuse(ADMIN_NOT_FOUND, why, "no cluster has this 'id'");
	json_object_object_add(out, "id", json_object_new_string(c->id));
	if (action && strcmp(action, "delete") == 0) {
		cluster_delete(w, c);
		return 0;
	}
	int r = set_members(cluster_fields, cluster_field_count, c, in,
		"id|action|state|state_ms|then|blockers|resume_in_ms", why);
	if (r == 0)
		r = cluster_special(w, c, in, why);
	if (r == 0 && action)
		r = cluster_action(w, c, action, why);
	if (r == 0)
		json_object_object_add(out, "state", json_object_new_string(c->state));
	return r;
}

int admin_project(
	struct cloud *cloud, struct json_object *in, struct json_object *out, char why[FIELD_WHY_BYTES])
{
	struct world *w = &cloud->world;
	const char *id = field_text(in, "id"), *action = field_text(in, "action");
	struct json_object *cmek = field_get(in, "cmek");
	struct project fresh = {.type = "dedicated"}, *p = id ? world_project(w, id) : NULL;
	bool create = action && strcmp(action, "create") == 0;
	if (!p && !create)
		return refuse(ADMIN_NOT_FOUND, why, "no project has this 'id'");
	if (p)
		fresh = *p;
	int r = set_members(project_fields, project_field_count, &fresh, in, "id|action|cmek", why);
	if (r == 0 && cmek)
		r = world_set_cmek(&fresh, cmek, why) ? ADMIN_BAD : 0;
	if (r)
		return r;
	if (create) {
		p = world_add_project(w);
		(void)text_set(fresh.id, sizeof fresh.id, p->id);
		fresh.created_s = p->created_s;
	}
	*p = fresh;
	json_object_object_add(out, "id", json_object_new_string(p->id));
	return 0;
}

int admin_fault(
	struct cloud *cloud, struct json_object *in, struct json_object *out, char why[FIELD_WHY_BYTES])
{
	uint32_t id = 0;
	if (fault_add(&cloud->faults, in, &id, why))
		return ADMIN_BAD;
	json_object_object_add(out, "id", json_object_new_int64(id));
	return 0;
}

int admin_fault_clear(
	struct cloud *cloud, struct json_object *in, struct json_object *out, char why[FIELD_WHY_BYTES])
{
	struct json_object *id = field_get(in, "id");
	(void)out;
	if (!fault_clear(&cloud->faults, id ? (uint32_t)json_object_get_int64(id) : 0))
		return refuse(ADMIN_NOT_FOUND, why, "no fault has this 'id'");
	return 0;
}

int admin_access_key(
	struct cloud *cloud, struct json_object *in, struct json_object *out, char why[FIELD_WHY_BYTES])
{
	const char *id = field_text(in, "access_key");
	struct access_key *k = id ? world_access_key(&cloud->world, id) : NULL;
	if (!k && (!id || !field_text(in, "secret")))
		return refuse(ADMIN_NOT_FOUND, why, "no such 'access_key'; a new one needs a 'secret'");
	if (!k)
		k = world_add_access_key(&cloud->world);
	int r = set_members(access_key_fields, access_key_field_count, k, in, "", why);
	field_show(access_key_fields, access_key_field_count, k, out);
	return r;
}

int admin_api_key(
	struct cloud *cloud, struct json_object *in, struct json_object *out, char why[FIELD_WHY_BYTES])
{
	const char *id = field_text(in, "public");
	struct api_key *k = id ? world_api_key(&cloud->world, id) : NULL;
	if (!k && (!id || !field_text(in, "private")))
		return refuse(ADMIN_NOT_FOUND, why, "no such 'public' key; a new one needs a 'private' one");
	if (!k)
		k = world_add_api_key(&cloud->world);
	int r = set_members(api_key_fields, api_key_field_count, k, in, "", why);
	field_show(api_key_fields, api_key_field_count, k, out);
	return r;
}

int admin_log_clear(
	struct cloud *cloud, struct json_object *in, struct json_object *out, char why[FIELD_WHY_BYTES])
{
	(void)in;
	(void)out;
	(void)why;
	request_log_clear(&cloud->log);
	return 0;
}
