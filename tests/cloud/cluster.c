/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster.h"
#include "alloc.h"
#include "cmk.h"
#include "vendor.h"
#include <stdio.h>
#include <string.h>

const struct field cluster_fields[] = {
	{FIELD(cluster, name, FIELD_CHARS)},
	{FIELD(cluster, region, FIELD_CHARS)},
	{FIELD(cluster, provider, FIELD_CHARS)},
	{FIELD(cluster, volumes, FIELD_U32)},
	{FIELD(cluster, hidden, FIELD_BOOL)},
	{FIELD(cluster, lost_resume, FIELD_CHARS), .choices = "|resuming|inactive|active"},
};
const size_t cluster_field_count = sizeof cluster_fields / sizeof *cluster_fields;

struct cluster *cluster_new(struct world *w)
{
	struct cluster *c = alloc_zero(1, sizeof *c);
	*c = (struct cluster){.provider = "aws",
		.state = "ACTIVE",
		.due_ms = WORLD_NEVER,
		.resume_due_ms = WORLD_NEVER,
		.created_wall_ms = world_wall_ms(w) - 90 * (int64_t)86400000,
		.volumes = 2};
	world_new_id(w, c->id);
	return c;
}

static bool is_down(const char *state)
{
	return text_among(state, "PAUSED|RESUMING|INACTIVE|CREATING|RESTORING|DELETED");
}

static void remember(const struct world *w, struct cluster *c, const char *by)
{
	if (c->history_count == CLUSTER_HISTORY_MAX) {
		memmove(c->history, c->history + 1, sizeof c->history - sizeof *c->history);
		c->history_count--;
	}
	struct history *h = &c->history[c->history_count++];
	h->wall_ms = world_wall_ms(w);
	(void)text_set(h->state, sizeof h->state, c->state);
	(void)text_set(h->by, sizeof h->by, by);
}

/* One grant a volume, in the form that EBS uses (Amazon EC2 user guide, "How EBS encryption works"). */
static void attach(struct world *w, struct cluster *c)
{
	struct cmk *k = world_key_of(w, c);
	c->starts++;
	c->lost = false;
	if (!k)
		return;
	for (uint32_t i = 0; i < c->volumes; i++) {
		struct cmk_grant *g = cmk_add_grant(k);
		char hex[18];
		world_random_hex(w, CMK_ID_HEX, g->id);
		world_random_hex(w, 17, hex);
		(void)snprintf(g->instance, sizeof g->instance, "i-%s", hex);
		world_random_hex(w, 17, hex);
		(void)snprintf(g->volume, sizeof g->volume, "vol-%s", hex);
		(void)text_set(g->cluster, sizeof g->cluster, c->id);
		g->created_s = world_wall_ms(w) / 1000;
		g->visible_ms = w->now_ms + w->config.propagation_ms;
	}
}

static void detach(struct world *w, struct cluster *c)
{
	if (w->config.grants_outlive_pause)
		return;
	for (size_t i = 0; i < w->key_count; i++)
		cmk_retire(w->keys[i], c->id, w->now_ms, w->config.propagation_ms);
}

static void plan_resume(struct world *w, struct cluster *c, int64_t in_ms)
{
	bool automatic = strcmp(w->config.pause_type, "NORMAL") == 0;
	c->resume_due_ms = automatic ? w->now_ms + in_ms : WORLD_NEVER;
	c->resume_wall_ms = automatic ? world_wall_ms(w) + in_ms : 0;
}

static void forget_resume(struct cluster *c)
{
	c->resume_due_ms = WORLD_NEVER;
	c->resume_wall_ms = 0;
	c->paused_wall_ms = 0;
}

static void change(struct world *w, struct cluster *c, const char *state, const char *by)
{
	(void)text_set(c->state, sizeof c->state, state);
	c->then[0] = '\0';
	c->due_ms = WORLD_NEVER;
	remember(w, c, by);
}

static void change_until(struct world *w, struct cluster *c, const char *state, int64_t ms, const char *by)
{
	change(w, c, state, by);
	c->due_ms = w->now_ms + ms;
}

void cluster_enter(struct world *w, struct cluster *c, const char *state, const char *by)
{
	bool was_down = is_down(c->state);
	c->lost = false;
	change(w, c, state, by);
	if (strcmp(state, "PAUSED") == 0) {
		if (c->resume_wall_ms == 0)
			plan_resume(w, c, w->config.pause_max_ms);
		c->paused_wall_ms = world_wall_ms(w);
		detach(w, c);
		return;
	}
	if (strcmp(state, "PAUSING") != 0)
		forget_resume(c);
	if (strcmp(state, "DELETED") == 0)
		detach(w, c);
	else if (was_down && !is_down(state))
		attach(w, c);
}

void cluster_begin(struct world *w, struct cluster *c, int64_t paused_ago_ms)
{
	remember(w, c, "service");
	if (!is_down(c->state)) {
		attach(w, c);
		return;
	}
	if (strcmp(c->state, "PAUSED") != 0)
		return;
	plan_resume(w, c, w->config.pause_max_ms - paused_ago_ms);
	c->paused_wall_ms = world_wall_ms(w) - paused_ago_ms;
}

void cluster_make(struct world *w, struct cluster *c, const char *by)
{
	c->created_wall_ms = world_wall_ms(w);
	change_until(w, c, "CREATING", w->config.resuming_ms, by);
}

int cluster_pause(struct world *w, struct cluster *c, const char *by, const struct blocker **ret_blocker)
{
	if (strcmp(c->state, "ACTIVE") != 0)
		return CLUSTER_E_STATE;
	if (c->blocker_count) {
		*ret_blocker = &c->blockers[0];
		return CLUSTER_E_BLOCKED;
	}
	c->pauses++;
	plan_resume(w, c, w->config.pause_max_ms);
	change_until(w, c, "PAUSING", w->config.pausing_ms, by);
	return 0;
}

int cluster_resume(struct world *w, struct cluster *c, const char *by)
{
	if (strcmp(c->state, "PAUSED") != 0)
		return CLUSTER_E_STATE;
	c->resumes++;
	forget_resume(c);
	change_until(w, c, "RESUMING", w->config.resuming_ms, by);
	return 0;
}

void cluster_resume_in(struct world *w, struct cluster *c, int64_t ms)
{
	c->resume_due_ms = w->now_ms + ms;
	c->resume_wall_ms = world_wall_ms(w) + ms;
}

/* The machines come up: the only moment at which the key is needed. */
static void start(struct world *w, struct cluster *c)
{
	struct cmk *k = world_key_of(w, c);
	const struct project *p = world_project(w, c->project);
	bool needs_key = p && p->cmek_enabled && strcmp(c->provider, "aws") == 0;
	const char *outcome = *c->lost_resume ? c->lost_resume : w->config.lost_resume;
	if (!needs_key || (k && vendor_can_use(w, k, NULL)) || strcmp(outcome, "active") == 0) {
		change(w, c, "ACTIVE", "service");
		attach(w, c);
		return;
	}
	const char *state = strcmp(outcome, "inactive") == 0 ? "INACTIVE" : c->state;
	if (strcmp(c->state, state) != 0)
		change(w, c, state, "service");
	c->lost = true;
	c->due_ms = w->config.lost_recovers
			    ? w->now_ms + (w->config.resuming_ms > 50 ? w->config.resuming_ms : 50)
			    : WORLD_NEVER;
}

static void due(struct world *w, struct cluster *c)
{
	if (c->lost || text_among(c->state, "RESUMING|CREATING|RESTORING")) {
		start(w, c);
		return;
	}
	if (strcmp(c->state, "PAUSING") == 0) {
		change(w, c, "PAUSED", "service");
		c->paused_wall_ms = world_wall_ms(w);
		detach(w, c);
		return;
	}
	char then[32];
	(void)text_set(then, sizeof then, *c->then ? c->then : "ACTIVE");
	cluster_enter(w, c, then, "service");
}

void cluster_step(struct world *w, struct cluster *c)
{
	if (c->due_ms <= w->now_ms)
		due(w, c);
	if (strcmp(c->state, "PAUSED") == 0 && c->resume_due_ms <= w->now_ms)
		(void)cluster_resume(w, c, "service");
}

int64_t cluster_next_ms(const struct cluster *c)
{
	bool paused = strcmp(c->state, "PAUSED") == 0;
	return paused && c->resume_due_ms < c->due_ms ? c->resume_due_ms : c->due_ms;
}

/* The docs page "Pause or Resume a TiDB Cloud Dedicated Cluster" names these; the wording is the stand-in's.
 */
static const char *default_text(const char *kind)
{
	static const struct {
		const char *kind, *text;
	} known[] = {
		{"backup", "The cluster cannot be paused while a backup is running."},
		{"import", "The cluster cannot be paused while a data import is running."},
		{"changefeed", "The cluster cannot be paused because it has changefeeds. Delete them first."},
		{"pitr", "The cluster cannot be paused while point-in-time restore is enabled. Disable it "
			 "first."},
		{"migration", "The cluster cannot be paused while a data migration job is running."},
	};
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strcmp(known[i].kind, kind) == 0)
			return known[i].text;
	return "The cluster cannot be paused now.";
}

int cluster_set_blockers(struct cluster *c, struct json_object *object, char reterr_why[FIELD_WHY_BYTES])
{
	struct blocker fresh[CLUSTER_BLOCKERS_MAX] = {0};
	size_t count = 0;
	if (object && !json_object_is_type(object, json_type_object)) {
		(void)snprintf(
			reterr_why, FIELD_WHY_BYTES, "member 'blockers': expected {\"backup\": \"text\"}");
		return 1;
	}
	if (object) {
		json_object_object_foreach(object, kind, text)
		{
			const char *say = json_object_is_type(text, json_type_string)
						  ? json_object_get_string(text)
						  : default_text(kind);
			if (json_object_is_type(text, json_type_boolean) && !json_object_get_boolean(text))
				continue;
			if (count == CLUSTER_BLOCKERS_MAX ||
				!text_set(fresh[count].kind, sizeof fresh->kind, kind) ||
				!text_set(fresh[count].text, sizeof fresh->text, say)) {
				(void)snprintf(reterr_why, FIELD_WHY_BYTES,
					"member 'blockers': too many or too long");
				return 1;
			}
			count++;
		}
	}
	memcpy(c->blockers, fresh, sizeof fresh);
	c->blocker_count = count;
	return 0;
}

bool cluster_has_blocker(const struct cluster *c, const char *kind)
{
	for (size_t i = 0; i < c->blocker_count; i++)
		if (strcmp(c->blockers[i].kind, kind) == 0)
			return true;
	return false;
}

const char *cluster_v1beta_state(const char *state)
{
	static const char *const pairs[][2] = {{"ACTIVE", "AVAILABLE"}, {"RESTORING", "CREATING"},
		{"MAINTENANCE", "MAINTAINING"}, {"UPGRADING", "MAINTAINING"}, {"INACTIVE", "UNAVAILABLE"},
		{"DELETING", NULL}, {"DELETED", NULL}};
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
		if (strcmp(pairs[i][0], state) == 0)
			return pairs[i][1];
	return state;
}
