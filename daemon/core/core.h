/* SPDX-License-Identifier: Apache-2.0 */
/* core: decides for one project. One pure function: state + one event, stamped with its time, gives the next
 * state and an ordered list of effects. No clock, no socket, no file, no random device, no log, no JSON, no
 * allocation.
 *
 * The driver's duty, in this order, for each event:
 *   1. need = core_need(core, event); grow core->bindings, core->clusters and effects->items to it (may fail:
 *      then the event is kept and tried again; nothing has changed);
 *   2. core_step(core, event, effects): cannot fail;
 *   3. perform effects in order. FX_RECORD: append to the ledger. An effect with `after.n != 0` is performed
 * only when the record with that sequence number is durable; if that fails, nothing is sent: answer the act
 *      with ACT_RESULT_NOT_SENT (EV_ACT, EV_CUT or EV_ERRAND), commands with ANSWER_NOT_DURABLE; so too an act that
 *      core_may_send() no longer wants when it is about to leave;
 *   4. ask core_deadline() and give an EV_TICK then.
 * Every FX that asks for something is answered by exactly one event, later, never from inside the step.
 */
#pragma once
#include "model/cluster.h"
#include "model/command.h"
#include "model/ids.h"
#include "model/incident.h"
#include "model/key.h"
#include "model/live_drill.h"
#include "model/moment.h"
#include "model/notice.h"
#include "model/reason.h"
#include "model/record.h"
#include "model/settings.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CORE_BINDINGS_MAX 64   /* regions of a project; more settings are ignored with a notice */
#define CORE_CLUSTERS_MAX 4096 /* clusters of a project; a longer list is a malformed one */
#define CORE_WINDOW       5    /* the last looks that count */
#define CORE_CONFIRM      3    /* of them must agree */
#define CORE_CHANGE_LATE_MS                                                                                  \
	60000 /* so late KMS may still take a change whose end is not known: AWS names no bound, this is ours */
#define CORE_HINT_LOOKS 3 /* that a hint leads to: KMS is eventually consistent, the first may see the past */
#define CORE_HINT_MS    1000 /* hints make a key be looked at no more often, however many come */
#define CORE_ACTS_MAX                                                                                        \
	4 /* pauses or resumes in flight, a project: the rest stays unsent and can be cancelled */

/* ---- facts in ---- */

enum event_type {
	EV_TICK,           /* core_deadline() was reached */
	EV_LOOK,           /* answers FX_LOOK */
	EV_CMEK,           /* answers FX_READ_CMEK */
	EV_CLUSTERS,       /* answers FX_LIST_CLUSTERS: every page was read, or a fault */
	EV_CLUSTER,        /* answers FX_READ_CLUSTER */
	EV_ACT,            /* answers FX_PAUSE, FX_RESUME */
	EV_CUT,            /* answers FX_CUT, FX_UNCUT */
	EV_ERRAND,         /* answers FX_ERRAND */
	EV_GRANTS,         /* answers FX_LIST_GRANTS */
	EV_GRANTS_REVOKED, /* answers FX_REVOKE_GRANTS */
	EV_ROTATION,       /* answers FX_READ_ROTATION */
	EV_HINT,           /* something may have happened to a key: nothing but a reason to look at once */
	EV_BUDGET,         /* answers FX_ASK_BUDGET */
	EV_COMMAND, /* an operator's command; answered by FX_ANSWER in the same step, an errand that was taken when it
			 has ended */
	EV_SETTINGS, /* the first event ever, and each reload: settings are in force */
	EV_LEDGER,   /* the ledger store can (ok) or cannot write */
};

struct event {
	enum event_type type;
	struct moment at;
	union {
		struct {
			uint32_t binding; /* index into core->bindings */
			struct look look;
		} look;
		struct {
			enum fault fault;
			bool cmek_enabled;                /* the project has aws_cmek_enabled */
			const struct cmek_setting *items; /* borrowed for the step */
			size_t count;
		} cmek;
		struct {
			enum fault fault;
			const struct cluster_seen *items; /* borrowed for the step; no id twice */
			size_t count;
		} clusters;
		struct {
			enum fault fault;         /* FAULT_NOT_FOUND: gone */
			struct cluster_seen seen; /* seen.id always valid; the rest if FAULT_NONE */
		} cluster;
		struct {
			struct op_id op;
			enum act_result result;
		} act;
		struct {
			struct op_id op;
			enum act_result result; /* ACCEPTED: put and read back, and it does what it should;
						 * REFUSED, DENIED: a person has to do it */
			bool was_so;            /* ACCEPTED, LOST: the key was disabled before it was to be */
			struct digest policy;   /* of the text now in force, if ACCEPTED */
		} cut;
		struct {
			struct op_id op;
			enum act_result result; /* ACCEPTED: it is so now; LOST: nobody knows */
		} errand;
		struct {
			uint32_t binding;
			enum fault fault;
			uint32_t alive;    /* grants of the vendor account on the key, and those whose account
					    * cannot be told */
			uint32_t batch;    /* of the former, as many as are revoked at a time */
			struct digest ids; /* of that batch */
		} grants;
		struct {
			struct op_id op;
			enum act_result result; /* ACCEPTED: none of the batch is left; DENIED, REFUSED: a
						 * person has to do it */
			uint32_t count;         /* were revoked, however it ended */
		} revoked;
		struct {
			uint32_t binding;
			enum fault fault;
			bool enabled;         /* automatic rotation is on */
			struct walltime next; /* WALLTIME_UNKNOWN: not told */
		} rotation;
		struct {
			uint32_t binding;
		} hint;
		struct {
			struct incident_id incident;
			bool granted;
		} budget;
		struct {
			enum command command;
			enum errand errand;
			uint32_t ticket; /* the driver's: comes back in FX_ANSWER */
			struct region region;
			struct incident_id incident;
			struct plan_digest plan;
			uint8_t how;                                    /* revoke: a set of CAUSE_HOW */
			struct cluster_id include[RESTORE_INCLUDE_MAX]; /* restore */
			uint32_t include_count;
			int64_t span_ms;      /* suspend: how long */
			uint32_t count;       /* drill: problems */
			struct digest report; /* drill */
		} command;
		struct {
			const struct policy_settings *policy; /* borrowed for the step */
			const struct cmek_setting *pins;      /* Key= lines; borrowed for the step */
			size_t pin_count;
			uint64_t fingerprint_base; /* of vendor account, context, endpoints: what arming rests
						      on */
			const struct cluster_mark *marks; /* of core->clusters, one each; NULL: as they are;
							     borrowed for the step */
		} settings;
		struct {
			bool ok;
		} ledger;
	};
};

/* ---- effects out ---- */

enum effect_type {
	FX_LOOK,          /* binding: DescribeKey, GetKeyPolicy if needed, evaluate -> EV_LOOK */
	FX_READ_CMEK,     /* -> EV_CMEK */
	FX_LIST_CLUSTERS, /* -> EV_CLUSTERS */
	FX_READ_CLUSTER,  /* cluster -> EV_CLUSTER */
	FX_LIST_GRANTS,   /* binding -> EV_GRANTS */
	FX_READ_ROTATION, /* binding -> EV_ROTATION */
	FX_RECORD,        /* record: append; record.seq is already set by the core's own count */
	FX_PAUSE,         /* op, cluster, after -> EV_ACT */
	FX_RESUME,        /* op, cluster, after -> EV_ACT */
	FX_CUT, /* op, binding, incident, means, after: add our Deny statement, or disable the key -> EV_CUT */
	FX_UNCUT,         /* op, binding, incident, means, after: remove it, or enable the key -> EV_CUT */
	FX_ERRAND,        /* op, errand, ticket, binding if it is of a key, after -> EV_ERRAND */
	FX_REVOKE_GRANTS, /* op, binding, incident, count, after: the batch that was listed -> EV_GRANTS_REVOKED */
	FX_ASK_BUDGET, /* incident, count -> EV_BUDGET */
	FX_ANSWER,     /* ticket, answer, incident; after: the record that makes it true, or 0 */
	FX_NOTICE,     /* notice with binding, cluster, errand, reason, incident, count: one journal line */
};

struct effect {
	enum effect_type type;
	struct seq after; /* n == 0: at once */
	uint32_t binding; /* index, or CORE_NO_INDEX */
	uint32_t cluster; /* index, or CORE_NO_INDEX */
	struct op_id op;
	struct incident_id incident;
	uint32_t ticket;
	enum answer answer;
	enum notice notice;
	enum reason reason;
	enum errand errand;
	enum cut_means means;
	bool claims; /* FX_CUT: its intent says that what is made by it is ours; else it must not be made by it */
	uint32_t count;
	struct record record; /* FX_RECORD only */
};
#define CORE_NO_INDEX UINT32_MAX

struct effects {
	struct effect *items; /* the driver's memory */
	uint32_t count, size;
	uint64_t *rows; /* how often each row of the tables was taken: CORE_ROWS counters, or NULL */
};

/* ---- state: a value; indices instead of pointers ---- */

struct evidence {
	struct { /* the last looks, newest first; unknown ones take a place and count for neither side */
		enum outcome outcome;
		enum reason reason;
		enum gate gate;
	} window[CORE_WINDOW];
	uint32_t filled;
	enum outcome known;   /* of the newest look that told anything */
	bool backups_open;    /* the same: the key policy may let the vendor decrypt what is in S3 */
	enum outcome verdict; /* OUTCOME_UNKNOWN until confirmed once, and after a restart */
	enum reason reason;   /* of the verdict */
	enum gate gate;       /* the most careful one among the looks that carry the verdict */
	struct boottime last_look, last_known, usable_since; /* BOOTTIME_NEVER: none */
	uint32_t usable_looks;                               /* since usable_since, without a lost one */
	struct look last;                                    /* the newest look's facts */
	enum reason last_reason;
	struct moment verdict_at;
	struct walltime last_usable_at;
};

struct incident {
	struct incident_id id; /* n == 0: none */
	enum phase phase;
	uint8_t causes;
	enum cut cut;
	enum cut_means means; /* of the change that is wanted, under way, or was made last */
	uint8_t stands; /* CUT_MEANS_BITs of what was made, or may have been: a restore undoes just these */
	struct digest
		kept; /* of the key policy as it was before the vendor was taken out of it; 0: none is */
	struct digest kept_before;   /* the same, before the change that is under way */
	uint8_t stood;               /* the same, before the change that is under way */
	bool cut_was_so;             /* of the answer that is being taken */
	struct boottime on_at;       /* when it was enabled again; 0: never */
	struct boottime late_until;  /* a DisableKey whose end is not known may be taken by KMS until then */
	struct boottime errand_wait; /* until then a change of an errand is waited for; 0: not yet asked */
	uint8_t how;                 /* the revoke that is being taken: a set of CAUSE_HOW */
	bool approved;               /* a person approved: budget and gates no longer hold it */
	bool budget_spent, budget_told;
	uint32_t budget_asked;   /* for so many pauses; 0: not asked */
	bool undone_told;        /* revoke_undone was told since access was last lost */
	bool cut_seen;           /* a look said lost since the cut was made */
	struct boottime cut_at;  /* when it was made, undone or put off */
	bool wait_told;          /* that it waits for pauses for long */
	bool late_told;          /* not_paused, since it began to pause */
	struct boottime undo_at; /* until then it may have been taken back */
	bool dark;               /* told and recorded, perhaps before a restart */
	bool dark_seen;          /* since it is watched, too */
	struct op_id cut_op;
	struct boottime cut_retry;
	uint32_t cut_refusals;
	struct boottime change_since; /* a change of the key is tried; 0: none is */
	bool change_told;             /* change_late, since then */
	bool hand_told;               /* that a person has to change the key, since it was wanted last */
	struct boottime budget_retry;
	struct moment opened, phase_at;
	struct boottime grace_end;
	enum reason reason; /* that opened it */
	struct seq ordered; /* the last record of what is to be done: acts rest on it as on their intents */
	uint32_t grants_alive;
	bool grants_known;
	struct boottime grants_at, next_grants; /* when they were counted; when they will be */
	struct boottime grants_retry;           /* what was refused is not tried again before */
	bool grants_in_flight, grants_stale;    /* what is asked for tells of before access was given back */
	uint32_t
		grants_batch; /* that may be revoked next, as listed; 0: none, or not listed since the last one */
	struct digest grants_ids; /* of that batch, or of the one that is being revoked */
	struct op_id grants_op;
	bool grants_revoking;
	uint32_t grants_gone; /* revoked by this incident */
	uint32_t grants_refusals;
	bool grants_denied, grants_told; /* a person has to do it; and was told */
};

/* The last errand of a binding, or of the project. */
struct errand_slot {
	struct op_id op; /* n == 0: there was none */
	enum errand errand;
	struct region region;
	bool in_flight;
	bool doubted; /* when it was asked for, one of the same kind was in doubt */
	bool told;    /* people were told of each doubt */
	struct boottime
		late_until; /* what was sent before a restart, or without an answer, may be taken until then */
	/* Of each kind: since when nobody knows whether one was done; WALLTIME_UNKNOWN: there is no doubt. */
	struct walltime doubt[ERRAND_COUNT];
	uint32_t ticket; /* that its end answers */
	struct walltime at;
};

/* What the newest look that told it said of the state of the key. */
enum key_seen { KEY_SEEN_NOT, KEY_SEEN_ON, KEY_SEEN_OFF };

struct binding {
	struct region region;
	struct key_arn arn;
	uint64_t fingerprint;
	bool armed;
	bool present; /* the last CMEK reading names it */
	bool missing_told, blind_told, denied_told, pinned;
	bool look_in_flight, rotation_in_flight;
	bool rotation_known, rotation_on;
	uint8_t off_looks; /* so many more must show that the key is not pending deletion before it is told that rotation is off */
	struct walltime rotation_next; /* as last told */
	bool soon_told, overdue_told;  /* of that date */
	struct walltime counted;       /* the date of a pending deletion that is counted down to */
	struct boottime countdown;     /* its next alert; BOOTTIME_NEVER: none */
	struct boottime next_rotation, next_arm_notice;
	struct boottime since; /* when it was first watched since start */
	struct boottime next_look;
	uint32_t hint_looks;      /* so many more follow one another quickly, for a hint */
	struct walltime deletion; /* recorded date of a pending deletion */
	uint64_t material;
	enum key_seen key_seen;
	uint32_t on_looks;        /* in a row, that showed the key enabled */
	struct boottime on_since; /* while on_looks */
	struct evidence evidence;
	struct incident incident;
	struct seq
		released; /* the record of the last operator's restore: what a revoke forbids rests on it */
	struct errand_slot errand;
};

struct cluster {
	struct cluster_id id;
	char name[CLUSTER_NAME_BYTES];
	struct cluster_mark mark; /* a reading only makes it more careful: people rename clusters */
	uint32_t binding;         /* CORE_NO_INDEX: a region without a CMEK setting */
	struct region region;
	enum cluster_state state;
	struct boottime seen_at;  /* when `state` was read; BOOTTIME_NEVER: never since start */
	struct boottime asked_at; /* when it was asked for that: of what happened since it may tell nothing */
	struct boottime reading_since; /* while `reading` */
	struct walltime resume_at;     /* as read */
	struct walltime our_resume_at; /* fingerprint of our own pause */
	struct walltime
		paused_at; /* when our pause was first read as PAUSED: its seven days are counted from here */
	enum duty duty;
	struct op_id op; /* of the act in flight or last */
	uint32_t refusals;
	struct boottime retry;
	struct boottime
		left_paused_at; /* since when it is neither held nor running, for `stranded`; NEVER: nobody waits */
	bool reading;           /* FX_READ_CLUSTER in flight */
	struct boottime read_retry; /* after a reading by id that failed */
	bool read_due;              /* its state must be read by its id before anything else */
	bool proven_paused;         /* read by its id as PAUSED, and never otherwise since */
	bool lost_pause; /* a pause of this incident got no answer: a PAUSED seen later may be ours */
	struct boottime lost_until; /* after that a PAUSED is not that one any more */
	uint32_t born;              /* the incident during which it was first seen, 0: before */
	bool ahead_told;
	bool took;  /* a pause of this incident was taken, or may have been */
	bool shown; /* read as PAUSED while the pause is in flight: counts once its end is known */
	bool came;  /* the same, while one before it, without an answer, could still come */
	bool outlived; /* read as PAUSED long after the foreseen resume, or left long before: that is not what resumes it */
};

/* A drill that has a cluster in hand, or the last one. */
struct live_drill {
	enum live_step step;
	enum live_end end; /* LIVE_END_GOING while it goes on */
	struct cluster_id cluster;
	struct op_id op;
	uint32_t ticket;        /* that its end answers; 0: nobody waits */
	enum act_result result; /* of the last act */
	struct boottime asked;  /* when it was ordered, or since start */
	struct boottime since;  /* of the step: what was asked for before tells nothing of it */
	struct boottime until;  /* until then a pause may still come, or show */
	struct boottime retry, next_read;
	struct boottime looked_from; /* a look of before does not count for the resume */
	struct boottime resumed_at;  /* when a resume was taken, or perhaps; BOOTTIME_NEVER: none was */
	struct walltime resume_at;   /* the schedule of its pause */
	int64_t pause_ms, resume_ms; /* how long they took, from asking to reading; 0: not known */
	uint32_t refusals;
	bool late_told;
};

struct core {
	struct policy_settings policy;
	uint64_t fingerprint_base;
	uint32_t
		phase_ms; /* spreads the looks of many projects over the interval, and their lists: 0..poll_ms-1 */
	struct binding *bindings;
	uint32_t binding_count, binding_size;
	struct cluster *clusters;
	uint32_t cluster_count, cluster_size;
	uint64_t next_seq;
	uint32_t next_op, next_incident;
	bool ledger_ok;    /* false: no act */
	bool observe_only; /* damaged ledger: never acts, not even approved */
	bool held;         /* foreign or old ledger with an open incident: nothing before approve */
	bool started;
	struct moment now;
	struct boottime next_cmek, next_list;
	int64_t clock_offset_ms; /* wall - boot: a jump is a stepped wall clock */
	bool cmek_in_flight, list_in_flight;
	bool cmek_read, cmek_enabled;
	struct boottime list_since; /* while `list_in_flight` */
	struct boottime listed_at;  /* last complete list; BOOTTIME_NEVER */
	struct boottime
		list_asked_at; /* when that was asked for: of what happened since it may tell nothing */
	enum fault list_fault, cmek_fault;
	bool unread_told;
	struct boottime list_failing_since;
	struct walltime
		suspended_until; /* a person switched automatic acts off until then; WALLTIME_UNKNOWN: on */
	struct boottime suspended_end; /* the same, by the clock that cannot be set */
	struct errand_slot errand;     /* of the project */
	struct live_drill live;
};

/* ---- the contract ---- */

struct core_need {
	uint32_t bindings, clusters, effects; /* sizes that suffice for this step */
};

/* What the step may use at most. Pure. */
struct core_need core_need(const struct core *core, const struct event *event);

/* The next state and what is to be done. Cannot fail, allocates nothing. `effects->count` is set to 0 first.
 */
void core_step(struct core *core, const struct event *event, struct effects *effects);

/* The next time at which the core wants an EV_TICK. */
struct boottime core_deadline(const struct core *core);

/* An act that waited, for its record or in a queue, is about to leave: is it still wanted? `now`, as the last step may
 * be long ago: a disk that hung. `durable`: every record up to it is; what was ordered since, and would let an old act
 * leave, does not count before. If not, answer it as not sent. */
bool core_may_send(const struct core *core, struct op_id op, struct boottime now, struct seq durable);

struct core_init {
	struct policy_settings policy;
	uint64_t fingerprint_base;
	uint32_t phase_ms;
	bool observe_only;
	bool held;
};
/* A fresh core; `bindings` and `clusters` stay NULL until the driver grows them. */
void core_init(struct core *core, const struct core_init *init);

/* What folding one record may use; then fold it. States in progress fall back: DUTY_TABLE and CUT_TABLE,
 * RESTART. A record that does not fit the state (an unknown region or incident) is ignored: the ledger's own
 * checks came before. Records are folded in order, before the first event. */
struct core_need core_restore_need(const struct core *core, const struct record *record);
void core_restore(struct core *core, const struct record *record);

/* ---- views, for status, explain and plan ---- */

/* What would be done if the incident were approved, or the region revoked, now. */
struct core_plan {
	struct plan_digest digest;
	uint32_t pause;     /* clusters to pause, those that must first be waited for included */
	uint32_t wait;      /* of them: not in a state that permits it now */
	uint32_t leave;     /* paused by people before */
	uint32_t ours;      /* paused by the incident already */
	uint32_t unread;    /* state not known */
	uint32_t held_back; /* of `pause`: only once a person approves */
	uint32_t excluded;  /* never */
};
void core_plan(const struct core *core, uint32_t binding, struct core_plan *ret_plan);

/* Why the binding is not dark, or DARK_DARK. */
enum dark core_dark(const struct core *core, uint32_t binding);

/* The incident keeps the key policy of before: incident.kept is its digest. */
bool core_keeps(const struct core *core, uint32_t binding);
/* The key is disabled by this project's incident, or may be. */
bool core_disabled(const struct core *core, uint32_t binding);
/* An operator's revoke that is in force wants the key disabled, whoever disabled it. */
bool core_wants_disabled(const struct core *core, uint32_t binding);

/* An incident is open in any region of the project. */
bool core_has_incident(const struct core *core);

/* One is, and the last record of its ledger is older than a day: another machine may have gone on since. */
#define CORE_OLD_MS (24 * 3600 * (int64_t)1000)
bool core_is_old(const struct core *core, struct walltime last_at, struct walltime now);

/* True if the binding has not been judged for BlindAlert, or never. */
bool core_is_blind(const struct core *core, uint32_t binding);

/* Automatic acts are off now: `suspended_until` is known. */
bool core_is_suspended(const struct core *core);

/* An operator's revoke with `how` would be taken there now: none is in force, or it asks for more than that one. */
bool core_may_revoke(const struct core *core, uint32_t binding, uint8_t how);

/* What a restore of `region` ("": any) that includes this cluster would be answered: DONE, NO_CLUSTER or NOT_OURS. */
enum answer core_may_include(
	const struct core *core, const struct region *region, const struct cluster_id *cluster);
/* What an errand of this kind would be refused with now; DONE: nothing forbids it. */
enum answer core_may_errand(const struct core *core, enum errand errand, const struct region *region);
/* It was paused by the open incident at some time, but is left alone at restore unless a person includes it. */
bool core_is_left_out(const struct core *core, uint32_t cluster);

uint32_t core_find_binding(const struct core *core, const struct region *region);      /* CORE_NO_INDEX */
uint32_t core_find_cluster(const struct core *core, const struct cluster_id *cluster); /* CORE_NO_INDEX */
