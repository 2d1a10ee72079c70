/* SPDX-License-Identifier: Apache-2.0 */
/* cluster: a TiDB Cloud Dedicated cluster whose states take their time.
 * States are the words of the v1beta1 API (TiDB Cloud Dedicated API reference); v1beta's are made from them.
 */
#pragma once
#include "field.h"
#include "world.h"

#define CLUSTER_BLOCKERS_MAX 8
#define CLUSTER_HISTORY_MAX  64

struct blocker {
	char kind[16]; /* backup, import, changefeed, pitr, migration, or anything */
	char text[256];
};

struct history {
	int64_t wall_ms;
	char state[32];
	char by[8]; /* api, console, service */
};

struct cluster {
	struct cluster *next_of_project;
	char id[WORLD_ID_BYTES], name[72], project[WORLD_ID_BYTES], region[32], provider[16];
	char state[32], then[32];
	int64_t due_ms;         /* monotonic; then `state` becomes `then`; WORLD_NEVER */
	int64_t resume_due_ms;  /* monotonic: automatic resume; WORLD_NEVER */
	int64_t resume_wall_ms; /* the same as shown; 0: none. Fixed once: it is the mark of one pause */
	int64_t paused_wall_ms, created_wall_ms;
	char lost_resume[16]; /* "" = the config's */
	uint32_t volumes, starts, pauses, resumes;
	bool hidden;
	bool has_password; /* it was made with one */
	bool lost;         /* came up without a usable key: waits for it */
	struct blocker blockers[CLUSTER_BLOCKERS_MAX];
	size_t blocker_count;
	struct history history[CLUSTER_HISTORY_MAX]; /* the newest last */
	size_t history_count;
};

struct cluster *cluster_new(struct world *w); /* ACTIVE, with an invented id; not yet in the world */

/* Sets a state at once, with what goes with it: volumes are attached or detached. */
void cluster_enter(struct world *w, struct cluster *c, const char *state, const char *by);
/* Grants of a cluster that is up at the beginning. */
void cluster_begin(struct world *w, struct cluster *c, int64_t paused_ago_ms);
/* Begins to make it: CREATING, then its machines come up, or wait for the key. */
void cluster_make(struct world *w, struct cluster *c, const char *by);
void cluster_step(struct world *w, struct cluster *c);
int64_t cluster_next_ms(const struct cluster *c);

enum cluster_refusal { CLUSTER_E_STATE = 1, CLUSTER_E_BLOCKED };
/* Asks for a pause or resume. Refuses: CLUSTER_E_STATE, CLUSTER_E_BLOCKED (`ret_blocker` says by what). */
int cluster_pause(struct world *w, struct cluster *c, const char *by, const struct blocker **ret_blocker);
int cluster_resume(struct world *w, struct cluster *c, const char *by);
void cluster_resume_in(struct world *w, struct cluster *c, int64_t ms);

/* Refuses: 1 with `reterr_why`. `object`: {"backup": "text" or true, ...}; replaces all. */
int cluster_set_blockers(struct cluster *c, struct json_object *object, char reterr_why[FIELD_WHY_BYTES]);
/* Whether something of this kind is in the way of a pause. */
bool cluster_has_blocker(const struct cluster *c, const char *kind);
/* The v1beta word of a state; NULL: not visible there (DELETING, DELETED). */
const char *cluster_v1beta_state(const char *state);

extern const struct field cluster_fields[];
extern const size_t cluster_field_count;
