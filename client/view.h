/* SPDX-License-Identifier: Apache-2.0 */
/* view: replies of cmekd as values, checked against io.cmekd.varlink and made safe for a terminal. Texts live in
 * the caller's arena and hold no control byte (texts named as lines may hold line feeds); members that this version
 * does not know are skipped, a missing or mistyped one refuses the whole reply. */
#pragma once
#include "arena.h"
#include "base/err.h"
#include "base/json_scan.h"
#include <stdbool.h>
#include <stdint.h>

#define VIEW_ABSENT     INT64_C(-1)         /* a nullable number or time that was not given */
#define VIEW_TEXT_MAX   (64 * 1024)         /* bytes of one text */
#define VIEW_NUMBER_MAX (UINT64_C(1) << 53) /* what JSON carries exactly everywhere */

enum view_refusal { VIEW_E_SHAPE = 1 };

struct view_strings {
	const char **items;
	size_t count;
};

struct view_cluster {
	const char *id, *name, *state, *duty, *duty_text, *message; /* message: NULL if not given */
	int64_t seen_age_ms;                                        /* or VIEW_ABSENT */
	int64_t resume_at_ms;                                       /* Unix milliseconds, or VIEW_ABSENT */
	bool resume_counted;                                        /* no API tells it */
	bool left_out;                                              /* restore --include would resume it */
	bool excluded;                                              /* by the configuration: never paused */
	const char *reaction;                                       /* its own; NULL: the project's */
};
struct view_clusters {
	struct view_cluster *items;
	size_t count;
};

struct view_plan {
	const char *digest;
	int64_t pause, wait, leave, ours, unread;
	int64_t held_back, excluded; /* or VIEW_ABSENT */
};

struct view_incident {
	int64_t id;
	int64_t phase_age_ms, opened_ms; /* or VIEW_ABSENT: not known any more after a restart */
	const char *phase, *phase_text, *cut, *cut_text, *reason;
	const char *means;                    /* NULL: a cmekd of before */
	struct view_strings stands;           /* empty: nothing, or not told */
	const char *by_hand, *grants_by_hand; /* lines; NULL if not given */
	int64_t grants_revoked;               /* or VIEW_ABSENT */
	struct view_strings causes;
	struct view_strings how;                            /* of an operator's revoke */
	int64_t grace_left_ms, proven_looks, prove_left_ms; /* or VIEW_ABSENT */
	const struct view_plan *plan;
};

struct view_rotation {
	bool enabled;
	int64_t period_days, next_ms;                                                     /* or VIEW_ABSENT */
	int64_t last_ms, on_demand_count, on_demand_max, on_demand_since_ms, read_age_ms; /* the same */
};

struct view_kept_out {
	const char *sid; /* NULL: none by which it could be named */
	const char *remedy;
	int64_t statement, line;
};

struct view_binding {
	const char *region, *key_arn, *verdict, *reason, *reason_text, *todo;
	const char *last_outcome, *last_reason, *last_reason_text, *key_state, *dark, *dark_text;
	bool armed, blind;
	int64_t verdict_age_ms, last_look_age_ms, known_age_ms; /* or VIEW_ABSENT */
	int64_t deletion_ms, grants_alive;                      /* or VIEW_ABSENT */
	const char *replicas_text;                              /* NULL: in one region only, or not known */
	const struct view_rotation *rotation;                   /* or NULL */
	const char *rotation_text;                              /* why not; or NULL */
	const struct view_incident *incident;                   /* or NULL: none is open */
	const struct view_kept_out *kept_out_by;                /* or NULL */
	struct view_clusters clusters;
};
struct view_bindings {
	struct view_binding *items;
	size_t count;
};

struct view_project {
	const char *name, *id, *headline, *reaction, *automation, *vendor_account, *clusters_fault;
	struct view_strings problems;
	int64_t clusters_age_ms, readings_wait_ms; /* or VIEW_ABSENT */
	int64_t suspended_until_ms;                /* or VIEW_ABSENT */
	struct view_bindings bindings;
	struct view_clusters strays;
};
struct view_projects {
	struct view_project *items;
	size_t count;
};

struct view_summary {
	const char *version;
	int64_t uptime_ms, projects, problems, incidents, budget_left;
	struct view_strings problem_projects;
};

struct view_status {
	const struct view_summary *summary; /* or NULL */
	struct view_projects projects;
};

struct view_monitor {
	const struct view_project *project;
};

struct view_event {
	int64_t at_ms;
	const char *project, *hash, *record, *notice, *what, *text, *todo; /* NULL if not given */
	int64_t seq, priority;                                             /* or VIEW_ABSENT */
};
struct view_events {
	struct {
		struct view_event *items;
		size_t count;
	} events;
	int64_t missed;
};

struct view_decision {
	const char *purpose, *action, *result, *why;
	const char *sid, *condition, *in_policy, *in_request, *remedy; /* NULL if not given */
	int64_t statement, line;                                       /* or VIEW_ABSENT */
};
struct view_explanation {
	const char *region, *key_arn, *verdict, *reason;
	struct view_strings text, window;
	const char *vendor_account, *policy_summary, *policy_trouble; /* NULL if not given */
	int64_t policy_age_ms;                                        /* or VIEW_ABSENT */
	bool grants_survive;
	struct {
		struct view_decision *items;
		size_t count;
	} decisions;
};
struct view_explanations {
	struct {
		struct view_explanation *items;
		size_t count;
	} explanations;
};

struct view_lane_queue {
	const char *priority;
	int64_t share_percent, waiting;
};
struct view_lane {
	const char *service;
	const char *key_id, *region, *operations;     /* NULL if not given */
	const char *cluster_api, *reads_by, *acts_by; /* the same */
	int64_t per_minute, per_second;               /* or VIEW_ABSENT */
	int64_t allowance, used, hold_ms, routine_hold_ms;
	struct {
		struct view_lane_queue *items;
		size_t count;
	} queues;
};
struct view_lanes {
	struct {
		struct view_lane *items;
		size_t count;
	} lanes;
};

struct view_hint_queue {
	const char *queue_arn;
	const char *trouble; /* NULL if not given */
	int64_t messages, hints, others, unread;
	int64_t last_hint_ms, last_hint_age_ms; /* or VIEW_ABSENT */
};
struct view_hints {
	struct {
		struct view_hint_queue *items;
		size_t count;
	} queues;
	int64_t verdicts, last_verdict_ms, longest_verdict_ms; /* the last two: or VIEW_ABSENT */
};

/* How an errand ended well. */
struct view_errand {
	const char *text, *request_ids; /* NULL if not given */
};

struct view_credential {
	const char *service;
	const char *source, *key_id, *identity, *trouble; /* NULL if not given */
	int64_t expires_ms;                               /* or VIEW_ABSENT */
};
struct view_credentials {
	struct {
		struct view_credential *items;
		size_t count;
	} credentials;
};

struct view_check {
	const char *check, *about, *of, *subject, *result, *found;
	const char *remedy; /* NULL if not given */
};
struct view_checks {
	struct {
		struct view_check *items;
		size_t count;
	} checks;
};

struct view_drill {
	struct view_checks lines;
	int64_t problems, took_ms;
	const char *report;
	const char *trouble; /* NULL: it is in the ledger */
};

struct view_plan_binding {
	const char *region, *key_arn;
	const char *policy_change;                    /* lines */
	const char *policy_diff;                      /* lines; NULL if not given */
	const char *policy_trouble;                   /* NULL: none that is known of */
	const char *key_change;                       /* NULL: the key's state is left alone, and good */
	struct view_strings key_users;                /* with disableKey: who else would lose it */
	const char *losses;                           /* what others would lose; NULL: nothing */
	const char *statement_digest;                 /* with `adopt`; NULL if not given */
	const char *order, *order_text, *grants_text; /* NULL if not given */
	const char *replicas_text;                    /* NULL: in one region only, or not known */
	struct view_strings shared_with;
	struct view_clusters clusters;
	const struct view_plan *plan;
	struct view_strings refusals; /* empty: none, or not told */
	int64_t requests;             /* or VIEW_ABSENT */
	int64_t estimate_ms;
};
struct view_plans {
	struct {
		struct view_plan_binding *items;
		size_t count;
	} bindings;
};

struct view_incidents { /* reply of Revoke and Restore */
	int64_t *items;
	size_t count;
};

struct view_replay_event {
	const char *event, *text, *cluster, *name; /* cluster, name: NULL if it is of none */
	int64_t recorded_ms, replayed_ms;          /* or VIEW_ABSENT: did not happen */
};
struct view_replay_configuration {
	const char *path, *project, *reaction; /* project: NULL if it is not named there */
	int64_t grace_ms, restore_delay_ms, max_pauses;
};
struct view_replay { /* what cmekd --replay prints */
	const char *ledger, *project_id, *region, *reason;
	int64_t incident, opened_ms, ended_ms; /* ended_ms: or VIEW_ABSENT */
	const struct view_replay_configuration *configuration;
	struct {
		struct view_replay_event *items;
		size_t count;
	} events;
	struct view_strings conclusions, notes;
};

/* Parameters of the errors of io.cmekd; each NULL if the error does not have it. */
struct view_error {
	const char *needs, *project, *region, *text, *answer, *method, *parameter;
};

struct view_cmek_setting {
	const char *region, *key_arn;
};
struct view_key_plan { /* reply of PlanKey */
	const char *region, *key_arn, *vendor_account;
	bool cmek_enabled;
	struct {
		struct view_cmek_setting *items;
		size_t count;
	} configured;
	struct {
		struct view_check *items;
		size_t count;
	} checks;
	const char *policy_digest, *losses, *policy_trouble; /* NULL if not given */
};

struct view_made { /* reply of CreateProject */
	const char *id;
	bool found;
};

struct view_names { /* reply of Projects */
	struct view_strings projects;
};

struct view_info { /* org.varlink.service.GetInfo */
	const char *product, *version;
};

/* What a reply is read as. */
enum view_kind {
	VIEW_STATUS,       /* struct view_status */
	VIEW_MONITOR,      /* struct view_monitor */
	VIEW_EVENTS,       /* struct view_events */
	VIEW_EXPLANATIONS, /* struct view_explanations */
	VIEW_LANES,        /* struct view_lanes */
	VIEW_HINTS,        /* struct view_hints */
	VIEW_CREDENTIALS,  /* struct view_credentials */
	VIEW_DRILL,        /* struct view_drill */
	VIEW_CHECKS,       /* struct view_checks */
	VIEW_PLANS,        /* struct view_plans */
	VIEW_INCIDENTS,    /* struct view_incidents */
	VIEW_ERRAND,       /* struct view_errand */
	VIEW_KEY_PLAN,     /* struct view_key_plan */
	VIEW_MADE,         /* struct view_made */
	VIEW_NAMES,        /* struct view_names */
	VIEW_INFO,         /* struct view_info */
	VIEW_REPLAY,       /* struct view_replay */
	VIEW_ERROR,        /* struct view_error */
};

/* Reads the object `node`; `ret_view` is the struct that `kind` names. Refuses: VIEW_E_SHAPE, with the member's
 * path in `reterr_why`. Fails: -ENOMEM. */
int view_read(struct arena *a, const struct json_tree *tree, uint32_t node, enum view_kind kind,
	void *ret_view, struct why *reterr_why);

/* True only if cmekd itself says "dark" of the binding. */
bool view_is_dark(const struct view_binding *b);
