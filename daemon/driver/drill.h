/* SPDX-License-Identifier: Apache-2.0 */
/* drill: a revoke rehearsed: what it would need is asked of both clouds now, and nothing is changed. Each key is looked at, the
 * clusters are listed and each is read by its id, the vendor's grants are listed, and what blocks a pause is read; all of it
 * in the share of routine. Looks and jobs are those that cmekd makes anyway, only at once; the rest is the drill's own, and the
 * core hears nothing of it. */
#pragma once
#include "base/digest.h"
#include "base/err.h"
#include "model/cluster.h"
#include "model/ids.h"
#include "model/live_drill.h"
#include "model/moment.h"
#include <stdbool.h>
#include <stdint.h>

struct json_object;
struct project;

#define DRILL_WAIT_MS      (4 * 60 * (int64_t)1000) /* what is not read by then is told as not read */
#define DRILL_CLUSTERS_MAX 4096                     /* as of a list */

struct drill_cluster {
	struct cluster_seen seen; /* of the reading by id; before it of the list, or what the core knows */
	uint32_t binding;
	bool listed, known; /* it is in the list; to the core */
	bool excluded;      /* by the configuration */
	bool read;          /* by its id; then: */
	enum fault fault;
};

struct drill_key { /* beside each binding */
	bool wanted, listed;
	enum fault fault; /* of the list of grants */
	uint32_t alive;
	struct why said; /* what they permit, or what went wrong */
};

struct drill {
	struct project *project;
	struct region region; /* "": all */
	struct moment began;
	uint32_t asked; /* requests under way: the project must stay */
	bool given_up;  /* nothing more is asked */
	bool listed;
	enum fault list_fault;
	struct why list_said;
	struct drill_cluster *clusters; /* owned */
	uint32_t count, size, next;     /* `next` is read next */
	struct drill_key *keys;         /* owned; key_count of them */
	uint32_t key_count;
	struct { /* the cluster that was paused and resumed before */
		bool tried;
		enum live_end end;
		char name[CLUSTER_NAME_BYTES];
		int64_t pause_ms, resume_ms;
		struct why said; /* the service's words on a refusal */
	} live;
};

/* One at a time for a project: false if one is under way. Fails: -ENOMEM. */
bool drill_is_busy(const struct project *p);
int drill_start(struct project *p, const struct region *region);
/* What became of the cluster that the core had in hand for it goes into the report. */
void drill_take_live(struct drill *d);
/* Everything was answered. Its end may be told by hub->changed; ask again now and then. */
bool drill_is_done(const struct drill *d);
/* The reply of Drill, but for `trouble`; NULL: no memory. Asks nothing more. */
struct json_object *drill_report(
	struct drill *d, struct moment now, uint32_t *ret_problems, struct digest *ret_report);
/* Frees it, or lets it end by itself; p->drill may stay. */
void drill_end(struct project *p);
/* With the project: nothing of it is under way. */
void drill_free(struct drill *d);
