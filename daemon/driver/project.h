/* SPDX-License-Identifier: Apache-2.0 */
/* project: one project: its core, its ledger, and what must be known beside them to perform effects. Made and
 * ended here; driver/turn.h steps it. */
#pragma once
#include "base/err.h"
#include "core/core.h"
#include "driver/agenda.h"
#include "driver/barrier.h"
#include "driver/daily.h"
#include "driver/inbox.h"
#include "driver/jobs.h"
#include "driver/summary.h"
#include "io/kms.h"
#include "model/settings.h"
#include "policy/policy.h"
#include <stdbool.h>

struct errand_order;
struct hub;
struct mark_former;
struct store;

#define PROJECT_PROBE_MS     3000 /* a failed ledger is tried again so often */
#define PROJECT_COMMANDS_MAX 64   /* that wait at a time */

/* Beside a binding of the core, at the same index. */
struct project_key {
	struct key_arn arn; /* that `target` was made for */
	struct kms_target *target;
	bool rotation_read;
	struct kms_rotation rotation; /* the last good answer */
	struct boottime rotation_at;  /* when it came */
	enum fault rotation_fault;    /* of the last answer */
	struct texts *look;           /* of the newest look; owned, NULL: nothing was said */
	struct texts *change;         /* of the last change of the key policy; NULL: nothing is to be said */
	bool change_failed;           /* they say why it was not made */
	bool hint_waits;              /* to be given to the core */
	bool hinted;                  /* a verdict may come of a hint that came at: */
	struct boottime hinted_at;
	struct texts *grants; /* what the vendor's grants permit, as last listed */
};

/* The service's words on the last act on a cluster, until one is accepted. */
struct project_words {
	struct project_words *next;
	struct cluster_id cluster;
	struct texts *texts;
};

struct project {
	struct hub *hub;
	struct project_name name;
	struct project_id id; /* "" if broken */
	struct account_id vendor;
	struct policy_settings policy;
	struct cmek_setting *pins;
	struct vendor_context *context;
	struct cluster_settings *clusters; /* [Cluster NAME] */
	struct mark_former *formers;       /* names that clusters had before */
	uint32_t former_count, former_size;
	uint32_t pin_count, context_count, cluster_count;
	char *api_key_file, *aws_credentials_file, *aws_profile; /* "": the daemon's */

	struct core core;
	struct barrier barrier;
	struct inbox inbox;
	struct store *store; /* NULL: damaged or broken: nothing is written */
	struct ledger_id ledger;
	struct project_key *keys;
	uint32_t key_size;
	struct project_words *words;
	struct errand_order *errands; /* under way */
	struct project_jobs jobs;
	struct project_daily daily;
	struct project_summary summary;
	const struct texts *answered; /* of the event whose effects are performed; borrowed, NULL: none */
	struct drill *drill;          /* a rehearsal under way; NULL: none */
	struct texts *drill_asked;    /* who asked for the cluster that a drill has in hand, and why; owned */

	struct held_key *held_keys; /* broken: what its revoke holds all the same; owned */
	uint32_t held_key_count;
	char *trouble; /* why it is broken, or its ledger unusable; NULL: all is well */
	bool broken;   /* bad configuration: it has no core that runs */
	bool leaving;  /* no longer configured, but an incident is open */
	bool running;  /* a step is under way */
	bool woken;    /* the agenda's time has come */
	bool closing;  /* nothing is stepped any more */
	bool store_closed;
	bool tell_settings; /* the core has not heard yet what settings are in force */
	bool tell_ledger;   /* the core has not heard yet what barrier.failed says */
	bool read_cmek;     /* an errand changed the project's settings: to be read now, not in its turn */
	bool probing;
	uint32_t asked;                     /* deeds that will be answered by an event */
	uint32_t commands;                  /* in the inbox */
	uint32_t urgency;                   /* enum lane_priority of its lists after the last step */
	struct boottime probe_at, retry_at; /* BOOTTIME_NEVER: not wanted */
	struct agenda_entry wake;

	/* The engine's: what status last showed. */
	struct project *next_changed;
	bool is_changed;
	uint32_t problem_count, incident_count, looked_count, binding_count;
	uint32_t headline; /* enum headline + 1; 0: not counted yet */
};

/* Loads the ledger (or makes it), folds it, and puts EV_SETTINGS in. Nothing is stepped before
 * turn_run(). A ledger that cannot be used makes a project that only observes, with `trouble` set. Tells
 * the notices about it. `folded` is told what the budget must remember. Fails: -ENOMEM; other negative errno
 * of the ledger's file, with `reterr_why`. */
int project_open(struct hub *hub, const struct project_settings *settings, bool spread,
	struct project **ret_project, struct why *reterr_why);
/* A project whose configuration has errors: shown, not watched. Its ledger is read for what it holds (driver/held_keys). Fails: -ENOMEM. */
int project_open_broken(
	struct hub *hub, const struct project_name *name, const char *trouble, struct project **ret_project);

/* Other settings are in force. Fails: -ENOMEM; nothing has changed then. */
int project_set(struct project *p, const struct project_settings *settings);
/* The connections were replaced: the next look uses the new ones. */
void project_reconnect(struct project *p);

/* Lets pending appends end, cancels the rest; hub->gone comes once, later; then it must be freed. */
void project_close(struct project *p);
void project_free(struct project *p);

/* Told to the hub when it is closing and nothing is under way any more. */
void project_check_gone(struct project *p);

/* What arming rests on, beside the key: vendor account, what is known of its requests, endpoints. */
uint64_t project_fingerprint(const struct project *p);
/* Of any text; the same in every run: to spread what all would do at once. */
uint64_t project_hash(const char *text);
/* The number of the interval in which `now` is: each project has its own time of it, the same after every start. */
int64_t project_turn(const struct project *p, int64_t every_ms, struct walltime now);
/* Its part of the budget of pauses. */
struct budget_share project_share(const struct project *p);
bool project_has_incident(const struct project *p);
/* The target of a binding, made if needed; NULL: no memory. */
struct kms_target *project_target(struct project *p, uint32_t binding);
/* AWS KMS told that it is multi-Region. */
bool project_has_replicas(const struct project *p, uint32_t binding);
/* VendorAccount= is the account that owns the key: nothing can be judged, and a cut would shut out its owner. */
bool project_vendor_owns(const struct project *p, uint32_t binding);
#define PROJECT_OWNER_TODO POLICY_OWNER_TODO ", then systemctl reload cmekd"
/* The words on the last act on a cluster; NULL: none. */
const struct texts *project_words_of(const struct project *p, const struct cluster_id *cluster);
/* `texts` is taken; NULL: forget. */
void project_set_words(struct project *p, const struct cluster_id *cluster, struct texts *texts);
