/* SPDX-License-Identifier: Apache-2.0 */
#include "sim.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WEEK_MS (7 * 24 * 3600 * 1000LL)
static const uint16_t vital = NEED_BIT(NEED_EBS_DECRYPT) | NEED_BIT(NEED_EBS_CREATE_GRANT);

const struct sim_version *truth_now(const struct sim_key *k)
{
	return &k->versions[0];
}

static bool version_works(const struct sim_version *v)
{
	return (v->state == KEY_STATE_ENABLED || v->state == KEY_STATE_UPDATING) && v->cuts == 0 && !v->out &&
	       (v->policy == SIM_ALLOWED || v->policy == SIM_MISSING || v->policy == SIM_UNDECIDABLE);
}

bool truth_works(const struct sim_key *k)
{
	return version_works(truth_now(k));
}

static bool version_opens(const struct sim_version *v)
{
	return version_works(v) || ((v->state == KEY_STATE_ENABLED || v->state == KEY_STATE_UPDATING) &&
					   v->cuts == 0 && !v->out && v->policy == SIM_BACKUPS);
}

bool truth_opens(const struct sim_key *k)
{
	return version_opens(truth_now(k));
}

void truth_edit(struct sim *s, struct sim_key *k, struct sim_version v)
{
	bool worked = k->version_count > 0 && truth_opens(k);

	v.since = s->now.boot;
	/* Whoever disabled it, until somebody enables it: who cancels a deletion leaves it as it was. */
	if (v.state == KEY_STATE_ENABLED || v.state == KEY_STATE_UPDATING)
		v.off_by = v.off_incident = 0;
	if (!version_opens(&v))
		k->works_since = BOOTTIME_NEVER;
	else if (!worked)
		k->works_since = v.since;
	memmove(&k->versions[1], &k->versions[0], sizeof k->versions - sizeof k->versions[0]);
	k->versions[0] = v;
	if (k->version_count < SIM_VERSIONS)
		k->version_count++;
	if (v.state == KEY_STATE_PENDING_DELETION && !walltime_is_known(k->deletion))
		k->deletion.ms = s->now.wall.ms + (chance_one_in(&s->chance, 2) ? WEEK_MS : 600000);
	else if (v.state != KEY_STATE_PENDING_DELETION)
		k->deletion = WALLTIME_UNKNOWN;
	sim_trace(
		s, "key %s: %s policy %d cuts %u", k->region.text, key_state_name(v.state), v.policy, v.cuts);
}

static struct access version_access(const struct sim_version *v, uint32_t project)
{
	struct access a = {.allowed = NEED_ALL, .own_sid_present = (v->cuts >> project & 1) != 0};

	if (v->cuts || v->out || v->policy == SIM_FOREIGN_CUT || v->policy == SIM_NO_ALLOW ||
		v->policy == SIM_DENIED || v->policy == SIM_VENDOR_CHANGED) {
		a.allowed = 0;
		a.denied = NEED_ALL;
		a.by_deny = v->cuts || v->policy == SIM_DENIED || v->policy == SIM_FOREIGN_CUT ||
			    (v->policy == SIM_VENDOR_CHANGED && !v->out);
		a.other_foreign_allowed = v->policy == SIM_VENDOR_CHANGED;
		a.cut_by = a.own_sid_present              ? CUT_BY_OWN
			   : v->cuts                      ? CUT_BY_SIBLING
			   : v->policy == SIM_FOREIGN_CUT ? CUT_BY_FOREIGN
							  : CUT_BY_NONE;
	} else if (v->policy == SIM_BACKUPS) {
		a.allowed = NEED_BIT(NEED_S3_DECRYPT) | NEED_BIT(NEED_S3_GENERATE_DATA_KEY);
		a.denied = NEED_ALL & (uint16_t)~a.allowed;
		a.by_deny = true;
	} else if (v->policy == SIM_MISSING) {
		a.denied = NEED_BIT(NEED_S3_DECRYPT);
		a.allowed = NEED_ALL & (uint16_t)~a.denied;
	} else if (v->policy == SIM_UNDECIDABLE) {
		a.undecided = vital;
		a.allowed = NEED_ALL & (uint16_t)~vital;
	}
	return a;
}

struct digest truth_policy(const struct sim_version *v)
{
	return (struct digest){.bytes = {1, (uint8_t)v->policy, v->cuts, v->out}};
}

/* Eventual consistency: mostly the newest version, sometimes what was so a while ago. */
static const struct sim_version *read_version(struct sim *s, const struct sim_key *k)
{
	int64_t behind_ms;

	if (s->calm || chance_percent(&s->chance, 80))
		return truth_now(k);
	behind_ms = chance_range(&s->chance, 0, chance_one_in(&s->chance, 10) ? 180000 : 5000);
	for (uint32_t i = 0; i + 1 < k->version_count; i++)
		if (k->versions[i].since.ms <= s->now.boot.ms - behind_ms)
			return &k->versions[i];
	return &k->versions[k->version_count - 1];
}

/* What is not found then was deleted, for all that can be known. */
static bool known_pending(const struct sim_project *p, const struct sim_key *k)
{
	uint32_t binding = core_find_binding(&p->core, &k->region);

	return binding != CORE_NO_INDEX && walltime_is_known(p->audit[binding].deletion);
}

/* The text of the policy: a request of its own, which may fail alone, and which another node answers. */
static void read_policy(struct sim *s, uint32_t project, struct sim_key *k, bool fails, struct look *look)
{
	const struct sim_version *v;

	if (fails) {
		if (look->key_state == KEY_STATE_ENABLED || look->key_state == KEY_STATE_UPDATING)
			look->fault = s->weather.kms_fault;
		look->self_denied = look->fault == FAULT_DENIED;
		return;
	}
	v = read_version(s, k);
	look->have_access = true;
	look->access = version_access(v, project);
	look->policy = truth_policy(v);
}

struct look truth_look(struct sim *s, uint32_t project, struct sim_key *k)
{
	const struct sim_version *v = read_version(s, k);
	struct look l = {.key_state = v->state, .material = v->material};
	bool bad, half;

	if (v->state == KEY_STATE_PENDING_DELETION && walltime_is_known(k->deletion) &&
		s->now.wall.ms > k->deletion.ms + 180000)
		return (struct look){.fault = FAULT_NOT_FOUND};
	bad = !s->calm && chance_percent(&s->chance, s->weather.kms_bad);
	half = bad && chance_one_in(&s->chance, 3);
	s->faults += bad;
	if (bad && !half) {
		if (s->weather.kms_fault == FAULT_NOT_FOUND && known_pending(&s->projects[project], k))
			return (struct look){.fault = FAULT_NETWORK};
		return (struct look){.fault = s->weather.kms_fault};
	}
	if (k->self_denied)
		return (struct look){.fault = FAULT_DENIED, .self_denied = true};
	if (v->state == KEY_STATE_COUNT) /* deleted */
		return (struct look){.fault = FAULT_NOT_FOUND};
	if (v->state == KEY_STATE_PENDING_DELETION)
		l.deletion = k->deletion;
	read_policy(s, project, k, half, &l);
	return l;
}

/* ---- clusters ---- */

uint32_t truth_find(const struct sim *s, const struct cluster_id *id)
{
	for (uint32_t i = 0; i < s->cluster_count; i++)
		if (cluster_id_equal(&s->clusters[i].seen.id, id))
			return i;
	return UINT32_MAX;
}

static void set_state(struct sim *s, struct sim_cluster *c, enum cluster_state state)
{
	c->seen.state = state;
	c->state_since = s->now.boot;
	if (state == CLUSTER_STATE_RUNNING)
		c->up_since = s->now.boot;
	/* EBS makes grants when it attaches, and may leave them behind. */
	if (state == CLUSTER_STATE_RUNNING && truth_works(&s->keys[c->key]))
		s->keys[c->key].grants += 1 + chance_below(&s->chance, 3);
	if (state == CLUSTER_STATE_PAUSED || state == CLUSTER_STATE_GONE)
		c->not_paused_since = BOOTTIME_NEVER;
	else if (c->not_paused_since.ms == BOOTTIME_NEVER.ms)
		c->not_paused_since = s->now.boot;
	sim_trace(s, "cluster %s: %s", c->seen.id.text, cluster_state_name(state));
}

static int64_t duration_ms(struct sim *s)
{
	return s->calm ? 20000 : chance_range(&s->chance, 5000, chance_one_in(&s->chance, 4) ? 6000 : 300000);
}

static void go(
	struct sim *s, struct sim_cluster *c, enum cluster_state now, enum cluster_state next, int64_t ms)
{
	set_state(s, c, now);
	c->next = next;
	c->change = boottime_after(s->now.boot, ms);
}

bool truth_apart(struct walltime a, struct walltime b)
{
	return a.ms - b.ms > 60000 || a.ms - b.ms < -60000;
}

void truth_pause(struct sim *s, struct sim_cluster *c, bool daemon, uint32_t incident)
{
	c->seen.resume_at.ms = s->now.wall.ms + WEEK_MS;
	c->pause_epoch++;
	c->paused_by_daemon = daemon;
	c->paused_incident = incident;
	if (daemon) {
		c->our_resume_at = c->seen.resume_at;
		c->our_epoch = c->pause_epoch;
		c->our_incident = incident;
		c->alike = false;
	} else {
		c->person_touched = true;
		c->alike = c->alike || !truth_apart(c->seen.resume_at, c->our_resume_at);
	}
	go(s, c, CLUSTER_STATE_PAUSING, CLUSTER_STATE_PAUSED, duration_ms(s));
}

/* Now and then for hours. */
static int64_t resume_ms(struct sim *s, struct sim_cluster *c)
{
	if (s->hangs && !c->hung && chance_one_in(&s->chance, 3)) {
		c->hung = true;
		return chance_range(&s->chance, 65 * SIM_MINUTE_MS, 130 * SIM_MINUTE_MS);
	}
	return duration_ms(s) * (s->week && !s->calm && chance_one_in(&s->chance, 4) ? 60 : 1);
}

void truth_resume(struct sim *s, struct sim_cluster *c)
{
	if (walltime_is_known(c->seen.resume_at))
		c->old_resume_at = c->seen.resume_at;
	c->seen.resume_at = c->person_resumed_at = c->read_up_at = WALLTIME_UNKNOWN;
	go(s, c, CLUSTER_STATE_RESUMING, CLUSTER_STATE_RUNNING, resume_ms(s, c));
}

void truth_break(struct sim *s, struct sim_cluster *c)
{
	c->change = BOOTTIME_NEVER;
	set_state(s, c, CLUSTER_STATE_UNUSABLE);
}

void truth_visit(struct sim *s, struct sim_cluster *c, enum cluster_state state)
{
	enum cluster_state back = c->seen.state;

	if (c->change.ms != BOOTTIME_NEVER.ms || c->deleted)
		return;
	go(s, c, state, back,
		chance_range(&s->chance, 1000, 400000) * (s->week && chance_one_in(&s->chance, 4) ? 60 : 1));
}

struct sim_cluster *truth_add(struct sim *s, uint32_t project, uint32_t key, enum cluster_state state)
{
	struct sim_cluster *c;

	if (s->cluster_count == SIM_CLUSTERS)
		return NULL;
	c = &s->clusters[s->cluster_count];
	memset(c, 0, sizeof *c);
	c->project = project;
	c->key = key;
	(void)snprintf(c->seen.id.text, sizeof c->seen.id.text, "%u", 1 + s->cluster_count);
	memcpy(c->seen.name, c->seen.id.text, sizeof c->seen.id.text);
	c->seen.region = s->keys[key].region;
	c->seen.state = state;
	sim_mark_make(s, &c->seen.mark);
	c->change = c->left_paused_at = BOOTTIME_NEVER;
	c->state_since = c->born_at = s->now.boot;
	c->not_paused_since = state == CLUSTER_STATE_PAUSED ? BOOTTIME_NEVER : s->now.boot;
	c->initially_running = state == CLUSTER_STATE_RUNNING;
	if (state == CLUSTER_STATE_PAUSED)
		c->seen.resume_at.ms =
			s->now.wall.ms + chance_range(&s->chance, 2 * 24 * 3600 * 1000LL, WEEK_MS);
	s->cluster_count++;
	return c;
}

static void changed(struct sim *s, struct sim_cluster *c)
{
	enum cluster_state next = c->next;
	bool works = truth_works(&s->keys[c->key]);

	c->change = BOOTTIME_NEVER;
	/* What comes back from a deletion is at work at first, or somebody resumes or pauses it at once. */
	if (c->seen.state == CLUSTER_STATE_GONE && !s->calm && chance_one_in(&s->chance, 4)) {
		if (next == CLUSTER_STATE_PAUSED && chance_one_in(&s->chance, 2))
			truth_resume(s, c);
		else if (next == CLUSTER_STATE_RUNNING && chance_one_in(&s->chance, 2))
			truth_pause(s, c, false, 0);
		else
			go(s, c, CLUSTER_STATE_BUSY, next, duration_ms(s));
		return;
	}
	/* It may fall back though the key is there. */
	if (c->seen.state == CLUSTER_STATE_RESUMING && next == CLUSTER_STATE_RUNNING && works && !s->calm &&
		chance_one_in(&s->chance, 12)) {
		c->seen.resume_at = c->old_resume_at;
		set_state(s, c, CLUSTER_STATE_PAUSED);
		return;
	}
	/* A resume needs the key; without it the cluster hangs, or ends as unusable, or falls back; or the cut is none to a
	 * grant that is alive, and it comes up. */
	if (c->seen.state == CLUSTER_STATE_RESUMING && next == CLUSTER_STATE_RUNNING && !works &&
		!chance_one_in(&s->chance, 6)) {
		uint32_t how = chance_below(&s->chance, 10);

		if (how < 6) {
			set_state(s, c, CLUSTER_STATE_UNUSABLE);
		} else if (how < 8) {
			go(s, c, CLUSTER_STATE_RESUMING, CLUSTER_STATE_RUNNING, 60000);
		} else {
			/* Back to PAUSED: under the old schedule, or under a new one that nobody can explain. */
			c->seen.resume_at = c->old_resume_at;
			if (how == 9) {
				c->seen.resume_at.ms = s->now.wall.ms + WEEK_MS;
				c->unexplained = true;
			}
			set_state(s, c, CLUSTER_STATE_PAUSED);
		}
		return;
	}
	set_state(s, c, next);
	/* Somebody waited for it, to pause it at once. */
	if (next == CLUSTER_STATE_RUNNING && !s->calm && chance_one_in(&s->chance, 30)) {
		sim_trace(s, "person pauses %s", c->seen.id.text);
		truth_pause(s, c, false, 0);
	}
}

void truth_move(struct sim *s)
{
	for (uint32_t i = 0; i < s->cluster_count; i++) {
		struct sim_cluster *c = &s->clusters[i];

		if (c->deleted)
			continue;
		if (c->change.ms != BOOTTIME_NEVER.ms && boottime_reached(s->now.boot, c->change))
			changed(s, c);
		if (c->seen.state == CLUSTER_STATE_PAUSED && walltime_is_known(c->seen.resume_at) &&
			s->now.wall.ms >= c->seen.resume_at.ms) {
			sim_trace(s, "cluster %s: resumed by itself", c->seen.id.text);
			truth_resume(s, c);
		}
		/* Once the key works again TiDB Cloud brings it up. */
		if (c->seen.state == CLUSTER_STATE_UNUSABLE && c->change.ms == BOOTTIME_NEVER.ms &&
			truth_works(&s->keys[c->key]))
			go(s, c, CLUSTER_STATE_UNUSABLE, CLUSTER_STATE_RUNNING, 30000);
	}
}

void truth_make(struct sim *s)
{
	static const char *const regions[SIM_KEYS] = {"us-west-2", "eu-central-1", "ap-southeast-1"};
	static const enum cluster_state states[] = {CLUSTER_STATE_RUNNING, CLUSTER_STATE_RUNNING,
		CLUSTER_STATE_RUNNING, CLUSTER_STATE_RUNNING, CLUSTER_STATE_PAUSED, CLUSTER_STATE_BUSY};
	uint32_t clusters;

	s->key_count = 1 + chance_below(&s->chance, s->close ? 1 : SIM_KEYS);
	for (uint32_t k = 0; k < s->key_count; k++) {
		struct sim_version v = {.state = KEY_STATE_ENABLED, .policy = SIM_ALLOWED, .material = 1};

		(void)snprintf(s->keys[k].region.text, sizeof s->keys[k].region.text, "%s", regions[k]);
		/* Now and then it is lost from the start: never armed. */
		if (chance_one_in(&s->chance, 12))
			v.policy = SIM_NO_ALLOW;
		truth_edit(s, &s->keys[k], v);
	}
	s->project_count = 1 + chance_below(&s->chance, s->close ? 1 : SIM_PROJECTS);
	clusters = s->close ? 1 + chance_below(&s->chance, 3) : 4 + chance_below(&s->chance, 9);
	for (uint32_t i = 0; i < clusters; i++) {
		struct sim_cluster *c = truth_add(s, chance_below(&s->chance, s->project_count),
			chance_below(&s->chance, s->key_count), states[chance_below(&s->chance, 6)]);

		if (c && c->seen.state == CLUSTER_STATE_BUSY) {
			c->next = CLUSTER_STATE_RUNNING;
			c->change = boottime_after(s->now.boot, chance_range(&s->chance, 1000, 3000000));
			c->initially_running = true;
		}
	}
}
