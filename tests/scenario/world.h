/* SPDX-License-Identifier: Apache-2.0 */
/* world: another pair of hands for the real core: a fake clock, one event queue ordered by (time, sequence), a fake
 * key, TiDB Cloud, disk and operator. After every step the records on the fake disk are folded anew and compared with
 * the core's own state. */
#pragma once
#include "base/buf.h"
#include "core/budget.h"
#include "core/core.h"

#define WORLD_CLUSTERS 32
#define WORLD_BINDINGS 4

enum world_policy {
	WORLD_ALLOWED,
	WORLD_NO_ALLOW,
	WORLD_DENIED,
	WORLD_MISSING,
	WORLD_UNDECIDABLE,
	WORLD_SIBLING_CUT,
	WORLD_FOREIGN_CUT,
	WORLD_VENDOR_CHANGED,
	WORLD_EBS_DENIED,
};

struct world_cluster {
	struct cluster_seen seen;
	enum cluster_state next; /* what it becomes at `when` */
	struct boottime when;    /* BOOTTIME_NEVER: stays */
	bool deleted;
	bool renamed; /* no section of the configuration names it any more */
};

struct world_key {
	struct region region;
	enum key_state state;
	enum world_policy policy;
	bool own_cut;   /* our Deny stands in the text */
	bool taken_out; /* the vendor is, by us */
};

/* How the next acts end. */
enum world_fate {
	WORLD_FINE,
	WORLD_REFUSED,
	WORLD_THROTTLED,
	WORLD_LOST_AFTER,  /* carried out, the reply is lost */
	WORLD_LOST_BEFORE, /* never carried out, the reply is lost */
	WORLD_STALE, /* of a key: an old policy is read, in which it is so already: nothing is changed */
	WORLD_SLOW,  /* carried out, and answered a minute later */
	WORLD_CRASH_BEFORE, /* the daemon dies after the intent, before the act */
	WORLD_CRASH_AFTER,  /* the act is carried out, the daemon dies before the reply */
};

struct world_pending {
	struct moment at;
	uint64_t order;
	struct event event;
	bool leaves; /* `act` leaves the daemon, instead of the event */
	struct effect act;
	struct cluster_seen *list; /* owned */
	struct cmek_setting settings[WORLD_BINDINGS];
};

struct world {
	struct moment now;
	struct moment origin;
	struct core core;
	struct effects effects;
	struct budget budget;
	struct policy_settings policy;
	struct world_key keys[WORLD_BINDINGS];
	uint32_t key_count;
	struct world_cluster clusters[WORLD_CLUSTERS];
	uint32_t cluster_count;
	struct cmek_setting pins[WORLD_BINDINGS];
	uint32_t pin_count;
	enum fault kms_fault, tidb_fault;
	bool self_denied;
	uint32_t grants; /* of the vendor, that outlive a pause */
	enum world_fate act_fate, cut_fate;
	uint32_t act_fates, cut_fates;     /* how many more */
	int64_t act_ms, budget_ms;         /* an act is answered so much later; the budget after so long */
	int64_t leave_ms;                  /* an act waits so long in the daemon */
	int64_t change_leave_ms;           /* and a change of a key */
	int64_t list_ms;                   /* the next list is under way for so much longer */
	char unlisted[CLUSTER_NAME_BYTES]; /* lists lack this one */
	bool untold;                       /* no API tells the scheduled resume */
	bool disk_full;
	bool foreign_ledger, damaged_ledger;
	uint64_t fingerprint_base;
	struct record *records; /* durable, in order; owned */
	uint32_t record_count, record_size;
	struct record *queued; /* not durable: the disk is full */
	uint32_t queued_count, queued_size;
	struct world_pending *pending;
	uint32_t pending_count, pending_size;
	uint64_t order;
	bool running, died;
	uint32_t tickets;
	struct buf trace;
	struct buf broken; /* broken promises, in words */
};

void world_init(struct world *w);
void world_fini(struct world *w);
void world_start(struct world *w);
/* The daemon dies: nothing is left but the durable records. Then it starts again. */
void world_restart(struct world *w);
/* What was written last is not found by the next start. */
void world_lose(struct world *w, uint32_t count);
/* Lets time pass. */
void world_run(struct world *w, int64_t ms);
/* Time passes, and the daemon does not run. */
void world_hang(struct world *w, int64_t ms);
/* Gives one event to the core now. */
void world_give(struct world *w, const struct event *event);
/* `how`: revoke, a set of CAUSE_HOW. */
void world_command(struct world *w, enum command command, const char *region, uint8_t how, bool stale_plan);
void world_restore(struct world *w, char **included, int count);
/* 0: unsuspend */
void world_suspend(struct world *w, int64_t span_ms);
void world_person(struct world *w, const char *verb, const char *cluster);
struct world_cluster *world_add_cluster(
	struct world *w, const char *id, enum cluster_state state, const char *region);
struct world_cluster *world_find_cluster(struct world *w, const char *id);
struct world_key *world_find_key(struct world *w, const char *region);
void world_errand(struct world *w, const char *name, const char *region);
void world_drill(struct world *w, uint32_t problems);
void world_live_drill(struct world *w, const char *cluster);
void world_hint(struct world *w, const char *region);
/* The configuration is read again. */
void world_reload(struct world *w);
void world_disk(struct world *w, bool full);
void world_clock_step(struct world *w, int64_t ms);
/* One line of state into the trace. */
void world_show(struct world *w);

/* ---- shared by its files ---- */

void world_trace_time(struct world *w);
void world_grow(void *array, uint32_t *size, uint32_t count, size_t item_bytes);
void world_free_core(struct core *core);
/* A promise is broken, in words. */
void world_broken(struct world *w, const char *what, const char *of);
/* TiDB Cloud begins to pause or resume the cluster. */
void world_pause(struct world *w, struct world_cluster *c);
void world_resume(struct world *w, struct world_cluster *c);
/* An event that comes so much later. */
struct event *world_later(struct world *w, enum event_type type, int64_t ms);
enum world_fate world_next_fate(enum world_fate *fate, uint32_t *count);
enum act_result world_fate_result(enum world_fate fate);
bool world_carried_out(enum world_fate fate);
struct look world_look_at(const struct world *w, const struct world_key *k);
/* FX_CUT, FX_UNCUT. */
const char *world_change_name(const struct effect *e); /* of an FX_CUT or FX_UNCUT, in the trace */
void world_change(struct world *w, const struct effect *e);
void world_errand_leaves(struct world *w, const struct effect *e);
/* Carries out an effect of the core; world_leave(): an act that waited until now. */
void world_perform(struct world *w, const struct effect *e);
void world_leave(struct world *w, const struct effect *e);
void world_record(struct world *w, const struct record *r);
/* The state that the durable records give; for world_free_core(). */
void world_fold(struct world *w, struct core *core);
void world_reserve(struct core *core, struct core_need need);
/* After every step: the records fold to the core's own state; `dark` is never said while a cluster of the region is
 * not paused, but for what no reading can have told yet. */
void world_check_fold(struct world *w);
void world_check_dark(struct world *w);
