/* SPDX-License-Identifier: Apache-2.0 */
/* sim: one schedule: the real core, barrier, capacity, budget and ledger code in the hands of a world that is made from a
 * seed. A fake clock and one queue ordered by (time, sequence). Same seed, same hash of what happened.
 *
 *   truth     keys, clusters, clouds, disk: what is really so (truth.c)
 *   hands     perform what the core asks for, and answer, with faults (hands.c; what changes a key: changes.c; the ledger: disk.c)
 *   people    edit policies, pause and resume clusters, command, kill, fill disks (people.c; how a command is taken: orders.c)
 *   audit     an independent judge: looks at what was delivered and done, never at what the core believes (audit.c; what is done:
 *             audit_act.c; what must hold after each step: audit_step.c; what must be told: audit_told.c, of what is watched:
 *             audit_alert.c)
 *   calm      at the end faults stop, and what must come has to come (calm.c)
 */
#pragma once
#include "base/buf.h"
#include "chance.h"
#include "core/budget.h"
#include "core/core.h"
#include "driver/barrier.h"
#include "driver/deed.h"
#include "invariants.h"
#include "ledger/ledger.h"

#define SIM_MINUTE_MS 60000

#define SIM_KEYS     3
#define SIM_PROJECTS 3
#define SIM_CLUSTERS 24 /* of all projects, born later included */
#define SIM_VERSIONS 8  /* of a key: what a stale read may still show */
#define SIM_WINDOW   5

/* ---- truth ---- */

enum sim_policy {
	SIM_ALLOWED,
	SIM_NO_ALLOW,
	SIM_DENIED,
	SIM_MISSING,
	SIM_UNDECIDABLE,
	SIM_FOREIGN_CUT,
	SIM_VENDOR_CHANGED,
	SIM_BACKUPS, /* only what is in S3 is open */
	SIM_POLICY_COUNT
};

struct sim_version {
	struct boottime since;
	enum key_state state;
	enum sim_policy policy;
	bool out;              /* the vendor is taken out, by the one project */
	uint8_t cuts;          /* projects whose Deny stands in the text: bits */
	uint32_t off_by;       /* the project that disabled it, + 1; 0: people did, or it is not disabled */
	uint32_t off_incident; /* of that project */
	uint64_t material;
};

struct sim_key {
	struct region region;
	struct sim_version versions[SIM_VERSIONS]; /* newest first */
	uint32_t version_count;
	struct boottime works_since; /* BOOTTIME_NEVER: the vendor is cut */
	struct walltime deletion;
	bool put_forbidden;    /* cmekd may not change the policy, nor revoke grants */
	bool switch_forbidden; /* nor disable or enable it */
	uint32_t grants;       /* of the vendor, alive; one more that cannot be told is always there */
	uint32_t ghosts;       /* revoked, and listed until then all the same */
	struct boottime ghosts_until;
	bool self_denied;
};

struct sim_cluster {
	uint32_t project, key;
	struct cluster_seen seen; /* with the mark of the configuration in force */
	struct boottime change;   /* when `next` comes; BOOTTIME_NEVER */
	bool hung;                /* a resume of it took hours once */
	enum cluster_state next;
	bool deleted, born_later;
	struct boottime blocked_until; /* a pause is refused */
	struct boottime hidden_until;  /* TiDB Cloud does not tell of it */
	/* who did what, for the audit */
	uint32_t pause_epoch; /* counts pauses, whoever made them */
	uint32_t read_epoch;  /* the newest pause that a delivered reading showed with its resume time */
	uint32_t our_epoch, our_read_epoch; /* the newest pause of the daemon; the newest that was so read */
	bool paused_by_daemon;
	uint32_t paused_incident;         /* of that pause; 0: of a drill */
	uint32_t our_incident;            /* of the newest pause of the daemon, whoever paused since */
	struct boottime born_at, read_at; /* when a reading of it was delivered last */
	bool drilled;                     /* a pause of a drill left the daemon */
	struct walltime our_resume_at, our_read_resume_at;
	bool alike; /* since then people paused it under the same schedule: the wall clock, which is everybody's, had jumped */
	uint32_t lost_incident;     /* an incident with a pause of ours whose reply was lost */
	uint32_t open_intent;       /* the incident of a pause that has no end in the ledger that was read */
	uint32_t approved_incident; /* of which an approved plan had it paused */
	uint32_t counted_incident;  /* a pause of it was counted against the budget */
	bool initially_running, person_touched;
	struct walltime old_resume_at;
	uint32_t tried_incident;           /* a pause of it left the daemon */
	uint32_t included_incident;        /* a person asked to resume it with the rest */
	uint32_t held_incident;            /* whose pause was read as PAUSED, and that held it ever since */
	struct walltime person_resumed_at; /* since then */
	struct walltime read_up_at;        /* when that was read first */
	bool unexplained; /* a resume that failed left it under a new schedule: a person is told */
	enum cluster_state delivered; /* last reading that was delivered */
	bool delivered_any;
	struct boottime asked_at,
		delivered_asked_at; /* of the reading by its id that is under way; of what was read last */
	struct boottime
		told_at; /* of the last reading that told whether it is paused; restarts do not end it */
	bool in_flight;  /* an act of ours */
	bool given_back; /* a resume of ours that may be taken yet */
	struct boottime given_back_at; /* when it was answered, or nobody waits for that any more */
	enum duty told_duty;           /* in the trace */
	uint64_t flying_op;            /* the act that was sent last */
	uint32_t flying_incident;      /* of the act that was sent last; 0: a drill's */
	bool flying_resume, refused;   /* it is a resume; this step brings its refusal */
	bool came_up;                  /* read as running, or gone, since */
	uint32_t
		refusal_told[2]; /* of a pause, of a resume: the incident that was told since one was taken */
	uint32_t touched_told;   /* the incident of which it was told to be people's */
	struct boottime left_paused_at;   /* read as neither paused nor running since; BOOTTIME_NEVER */
	bool stranded_told;               /* since then */
	struct walltime ahead_told;       /* the resume that was told a day ahead */
	struct boottime not_paused_since; /* in truth; BOOTTIME_NEVER: is paused */
	struct boottime up_since;         /* in truth: since it came up last */
	struct boottime state_since;      /* in truth */
};

/* ---- what hands need ---- */

enum sim_what {
	SIM_REPLY,   /* an event for a project's core; dropped if the daemon died since */
	SIM_TICK,    /* look at core_deadline() */
	SIM_DURABLE, /* a sync ended */
	SIM_PROBE,   /* try the disk again */
	SIM_LEAVE,   /* an act that waited in the queue of requests is about to leave */
	SIM_EXECUTE, /* an act reaches TiDB Cloud */
	SIM_PUT,     /* a policy change reaches KMS */
	SIM_ERRAND,  /* an errand does */
	SIM_PEOPLE,  /* somebody does something */
	SIM_HASTE,   /* somebody commands while an answer is on its way */
	SIM_SECOND,  /* an act of another daemon for the same project reaches TiDB Cloud */
};

/* What becomes of a cluster right when an act reached it, before its answer. */
enum sim_twist { SIM_TWIST_NONE, SIM_TWIST_DELETED, SIM_TWIST_TURNED };

struct sim_item {
	struct boottime at;
	enum sim_what what;
	uint32_t project, generation;
	uint64_t seq;     /* SIM_DURABLE */
	uint32_t cluster; /* SIM_EXECUTE; SIM_SECOND; SIM_LEAVE: index into `waiting`; SIM_HASTE: binding */
	bool flag;        /* SIM_EXECUTE, SIM_SECOND: pause; SIM_PUT: cut */
	enum cut_means means; /* SIM_PUT */
	bool claims;
	uint8_t cuts;         /* SIM_ERRAND: as the policy was read before */
	struct boottime sent; /* SIM_ERRAND */
	enum sim_twist twist; /* SIM_EXECUTE */
	uint32_t key;
	uint32_t incident;
	struct event event;
};

/* What a person saw of what would be done. */
struct sim_plan {
	struct core_plan plan;
	struct incident_id incident;
	enum outcome verdict;
	enum reason reason;
	uint32_t pause; /* clusters: bits */
};

struct sim_command {
	struct event event;
	uint32_t included_in[RESTORE_INCLUDE_MAX]; /* the incident of each, when it was given; 0: none */
	uint32_t project, generation;
	bool stale_plan;
	uint64_t decided; /* by the core, as the how-manieth, and not told yet; 0: neither */
	enum answer answer;
};

/* When an item comes, and where it is. */
struct sim_place {
	struct boottime at;
	uint64_t order;
	uint32_t slot;
};

struct sim_audit_binding {
	enum outcome window[SIM_WINDOW];
	enum gate gates[SIM_WINDOW];
	bool dies[SIM_WINDOW], own[SIM_WINDOW]; /* a loss by deletion; by our own statement */
	struct look last;
	struct boottime stepped_at; /* the wall clock jumped while grace ran */
	uint32_t granted_incident;
	bool told_dark;
	bool given;                    /* a look was given in this step */
	uint64_t told[2];              /* the notices of this step: bits */
	bool loss_told;                /* since it was confirmed */
	bool grace;                    /* runs */
	struct walltime date;          /* of a deletion, as any look told it last */
	struct walltime deletion_told; /* the one that was told last in this life */
	struct boottime deletion_told_at;
	/* Told in this life: audit_alert.c. */
	bool blind_told, denied_told, undone_told, setting_told, unarmed_told,
		hand_told[2];       /* of a cut, of its undoing */
	bool sees, denied;          /* by the look of this step: it is judged again; cmekd is denied */
	enum cut cut;               /* at the last step */
	enum outcome known;         /* of the newest look that told something */
	struct boottime known_at;   /* its time, or since when it is looked at */
	struct boottime unarmed_at; /* since when, or told last; NEVER: armed */
	bool late_told;             /* since it pauses */
	struct boottime pausing_at; /* since when; NEVER: it does not */
	bool change_told;
	struct boottime change_at;   /* since when a change of the key is tried; NEVER: none is */
	struct boottime cut_made_at; /* in this life; NEVER: is not */
	uint64_t material;           /* 0: no look told it */
	bool rotated;                /* by the look of this step */
	enum {
		SIM_SETTING_UNREAD,
		SIM_SETTING_THERE,
		SIM_SETTING_WRONG
	} setting;         /* by the answer of this step */
	uint32_t incident; /* at the last step */
	uint32_t filled;
	bool armed;
	struct boottime confirmed_at, last_access_at, last_lost_at, last_look_at, usable_since;
	uint32_t usable_looks;
	bool access_back;           /* three of five since the last confirmed loss */
	uint32_t granted;           /* pauses that the budget gave and that were not sent yet */
	enum phase phase;           /* at the last step */
	uint8_t causes;             /* at the last step */
	uint32_t operator_incident; /* an operator's cause is open, by what was answered */
	uint32_t approved_incident;
	uint32_t cut_incident;    /* whose change of the key policy was sent last */
	uint32_t grants_incident; /* a revoke that wants grants revoked is open, by what was answered */
	uint32_t remove_incident; /* a revoke that wants the vendor taken out is open, by what was answered */
	uint32_t out_sent;        /* the last incident for which that was sent; restarts do not end it */
	uint32_t calm_incident;   /* a revoke that is to cut was taken since faults stopped */
	uint32_t disable_incident; /* a revoke that wants the key disabled is open, by what was answered */
	/* Of which the key is to be enabled again, by what was sent, answered and seen; before the change under way. */
	uint32_t off_incident, off_incident_before;
	uint32_t off_sent; /* the last incident for which it was sent; restarts do not end it */
	uint32_t off_op;   /* of a DisableKey that is not answered yet */
	struct boottime on_since;
	bool off_known;    /* the newest look that told showed it disabled */
	uint32_t on_looks; /* in a row, that showed it enabled */
	bool grants_listed;
	struct digest grants_ids; /* of that list */
	struct walltime
		deletion; /* its date, where the newest look that told the state of the key showed it pending deletion */
	uint32_t first_incident; /* a revoke that pauses first is open, by what was answered */
	/* It is to be cut at once, by what was answered, and has not been undone for certain: what may stand is not given up. */
	uint32_t cut_asked;
	bool decided_paused; /* all were when the core decided to cut; what it decides waits for the disk */
	bool first_over;     /* all were paused since, or a person asked again, or it was cut before */
	struct boottime dark_wrong_since;
	bool dark; /* at the last step */
	struct boottime dark_since;
};

struct sim_project {
	struct boottime list_asked_at; /* of the list that is under way */
	struct core core, shadow;
	struct barrier barrier;
	struct policy_settings policy;
	struct policy_settings
		lenient; /* of all that were ever in force, member by member: what the audit permits */
	int64_t least_incident_ms; /* that was ever in force */
	uint64_t fingerprint_base;
	uint32_t pinned;                            /* bits of keys that Key= lines name */
	struct cluster_seen old_list[SIM_CLUSTERS]; /* that is under way for long */
	size_t old_count;
	struct buf disk;
	size_t durable_bytes;
	struct ledger_head head;
	struct boottime tick_at;   /* of the tick that waits */
	uint32_t settings_other;   /* one that is told with another key: index + 1 */
	uint32_t settings_missing; /* a CMEK setting that TiDB Cloud does not tell now: index + 1 */
	struct sim_audit_binding audit[SIM_KEYS];
	uint32_t errand_op[SIM_KEYS + 1]; /* the newest of each that was sent; restarts do not end it */
	bool errands_out[SIM_KEYS + 1];   /* sent and not answered; the last: of the project */
	uint32_t edit_op[SIM_KEYS]; /* a change of the key policy that was sent and not answered; 0: none */
	struct boottime edit_since[SIM_KEYS];
	struct boottime suspended_until; /* by what was answered */
	bool suspended;                  /* at the last step, by the core */
	bool approved_here;              /* since the ledger was found foreign */
	bool foreign;                    /* begun, or adopted last, on another machine */
	bool list_given, unread_told;    /* in this step; in this life, since a list was read */
	struct boottime unread_since;    /* NEVER: the newest list was read */
	uint32_t drill;                  /* the cluster that a drill was asked for last: index + 1 */
	uint32_t machine, owner;         /* on which it runs; whose the ledger says it is */
	enum live_step told_step;        /* in the trace */
	int64_t clock_offset_ms;
	struct sim_plan plans[SIM_KEYS]; /* as somebody saw it last */
	struct core before; /* the fold of what was written, at a kill that left all of it on the disk */
	bool compare;
};

struct sim_weather {
	uint32_t kms_bad, tidb_bad, list_bad, act_bad; /* percent */
	enum fault kms_fault, tidb_fault;
	int64_t latency_ms; /* up to */
};

struct sim {
	struct chance chance;
	uint64_t seed;
	struct moment now, origin;
	struct boottime end;
	struct sim_key keys[SIM_KEYS];
	uint32_t key_count;
	struct sim_cluster clusters[SIM_CLUSTERS];
	uint32_t cluster_count;
	struct sim_project projects[SIM_PROJECTS];
	uint32_t project_count;
	struct effects effects;
	struct budget budget;
	struct {
		struct walltime at;
		uint32_t project, count;
	} grants[256]; /* ring, for the audit of the budget */
	uint32_t grant_count;
	struct sim_item *items;  /* slots; they do not move while they wait */
	struct sim_place *queue; /* heap over the slots in use */
	uint32_t *free_slots;
	uint32_t queue_count, item_count, item_size, free_count;
	uint64_t order;
	uint32_t generation;
	struct sim_weather weather;
	struct boottime disk_full_until, stalled_until;
	bool calm;       /* no more faults, people or kills */
	bool week;       /* lives past day seven */
	bool hangs;      /* resumes that take longer than the hour in which they are told to be stranded */
	bool second;     /* another daemon, with a ledger of its own, acts on the same clusters */
	bool spread;     /* what is read first is spread over the interval, as of many projects */
	bool down;       /* no daemon runs */
	bool marked;     /* the configuration has [Cluster] sections */
	uint32_t untold; /* so many of four readings tell no scheduled resume: an API that has none */
	struct sim_command commands[64]; /* by ticket, until they are answered */
	uint32_t ticket;
	uint64_t decided; /* commands so far */
	struct {
		struct deed deed;
		bool used;
	} waiting[8];     /* acts that wait for their turn, as the limit of requests makes them */
	uint32_t kill_in; /* effects until the daemon dies; 0: not planned */
	bool died;
	/* what comes out */
	uint64_t hash, steps, events, faults, restarts;
	bool trace;
	bool close; /* one project, one key, few clusters: what is seldom meets often, so that rare orders of events are tried soon */
	char violation[512];
	uint64_t hits[AUDIT_COUNT];
	uint64_t *rows; /* coverage, shared by all schedules of a process */
	uint64_t reasons[REASON_COUNT], effects_seen[FX_NOTICE + 1];
	uint64_t notices[NOTICE_COUNT], answers[ANSWER_COUNT];
};

void sim_run(struct sim *s, uint64_t seed);
void sim_fini(struct sim *s);

/* sim.c */
void sim_policy_make(struct sim *s, struct policy_settings *ret_policy);
void sim_mark_make(struct sim *s, struct cluster_mark *ret_mark);
void sim_policy_use(struct sim_project *p, const struct policy_settings *policy);
void sim_run_until(struct sim *s, struct boottime end);

/* calm.c: once faults stop, a revoke is carried out, everything is restored, and a loss that nobody decides about is lived through. */
void calm_revoke(struct sim *s);
void calm_restore(struct sim *s);
void calm_loss(struct sim *s);

/* truth.c */
void truth_make(struct sim *s);
const struct sim_version *truth_now(const struct sim_key *k);
/* The digest of its text. */
struct digest truth_policy(const struct sim_version *v);
void truth_edit(struct sim *s, struct sim_key *k, struct sim_version v);
bool truth_works(const struct sim_key *k);
/* Disks or backups can be read with it. */
bool truth_opens(const struct sim_key *k);
struct look truth_look(struct sim *s, uint32_t project, struct sim_key *k);
void truth_move(struct sim *s); /* what changes by itself until now */
/* Schedules that differ by more than a minute are of different pauses. */
bool truth_apart(struct walltime a, struct walltime b);
void truth_pause(struct sim *s, struct sim_cluster *c, bool daemon, uint32_t incident);
void truth_resume(struct sim *s, struct sim_cluster *c);
/* A resume that fails at once. */
void truth_break(struct sim *s, struct sim_cluster *c);
/* It is in another state for a while, and then as it was. */
void truth_visit(struct sim *s, struct sim_cluster *c, enum cluster_state state);
uint32_t truth_find(const struct sim *s, const struct cluster_id *id);
struct sim_cluster *truth_add(struct sim *s, uint32_t project, uint32_t key, enum cluster_state state);

/* queue.c */
/* The item is the caller's to fill until the next push. */
struct sim_item *queue_push(struct sim *s, enum sim_what what, uint32_t project, int64_t delay_ms);
/* The next one up to `until`; false: none. */
bool queue_pop(struct sim *s, struct boottime until, struct sim_item *ret_item);

/* life.c */
void life_start(struct sim *s);
void life_kill(struct sim *s);
/* It dies, and starts after a while: mostly at once. */
void life_again(struct sim *s);
/* What the daemon's driver knows of a record that says whose the ledger is. */
void life_stamp(const struct sim_project *p, struct record *record);
/* As core_restore(), with the room for it. */
void life_restore(struct core *core, const struct record *record);

/* hands.c */
int64_t hands_latency(struct sim *s);
/* Something goes wrong, by this chance. */
bool hands_bad(struct sim *s, uint32_t percent);
struct event *hands_reply(struct sim *s, uint32_t project, enum event_type type, int64_t delay_ms);
/* The answer comes twice, perhaps: the core must drop the second. */
void hands_twice(struct sim *s, uint32_t project, const struct event *answer);
uint32_t hands_key_of(const struct sim *s, const struct core *core, uint32_t binding);
void hands_settings(struct sim *s, uint32_t project);
void hands_hint(struct sim *s, uint32_t key);
void hands_foreign_answer(struct sim *s, uint32_t project);
void hands_give(struct sim *s, uint32_t project, const struct event *event);
void hands_do(struct sim *s, struct sim_item *item);

/* stall.c */
void stall_begin(struct sim *s);
/* True if the item waits until it is over. */
bool stall_holds(struct sim *s, const struct sim_item *item);

/* disk.c */
void disk_write(struct sim *s, uint32_t project, const struct record *record);
/* Whether it takes again what it did not take. */
void disk_probe(struct sim *s, uint32_t project);

/* orders.c */
void orders_command(struct sim *s, uint32_t project, struct event *event, bool stale_plan);
/* Somebody gives one in a while. */
void orders_hasten(struct sim *s, uint32_t project, uint32_t binding, enum command command, int64_t delay_ms);
/* The core answered it; whoever gave it is told once that is durable. */
void orders_decided(struct sim *s, const struct deed *deed);
void orders_tell(struct sim *s, uint32_t project, const struct deed *deed, bool durable);

/* answers.c */
/* Whether TiDB Cloud does not tell of this one now. */
bool answers_hide(const struct sim *s, const struct sim_cluster *c);
/* What the CMEK setting of a region says: the key of that name. */
void answers_setting(const struct sim *s, uint32_t key, const char *name, struct cmek_setting *ret_setting);
/* Fills the event of `item` with what is told, and gives it to its core. */
void answers_deliver(struct sim *s, struct sim_item *item);

/* changes.c */
void changes_cut(struct sim *s, uint32_t project, const struct deed *deed);
void changes_take(struct sim *s, uint32_t project, const struct deed *deed);
void changes_switch(struct sim *s, uint32_t project, const struct deed *deed);
void changes_errand(struct sim *s, uint32_t project, const struct deed *deed);
void changes_revoke(struct sim *s, uint32_t project, const struct deed *deed);
void changes_put_arrives(struct sim *s, const struct sim_item *item);
void changes_errand_arrives(struct sim *s, const struct sim_item *item);
/* Of another project on the same key: as the driver asks them. */
bool changes_sibling_says(const struct sim *s, uint32_t project, uint32_t key,
	bool (*says)(const struct core *core, uint32_t binding));

/* people.c */
void people_act(struct sim *s);
/* What an item of SIM_SECOND stands for. */
void people_second(struct sim *s, const struct sim_item *item);
/* What an item of SIM_HASTE stands for. */
void people_hasten(struct sim *s, const struct sim_item *item);
void people_calm(struct sim *s);

/* audit.c */
void audit_fail(struct sim *s, enum audit what, const char *detail);
void audit_hit(struct sim *s, enum audit what);
void audit_look(struct sim *s, uint32_t project, const struct event *event);
void audit_act_answer(
	struct sim *s, const struct cluster_id *cluster, struct op_id op, enum act_result result);
void audit_cut_answer(struct sim *s, uint32_t project, const struct event *event);
void audit_enabled(struct sim *s, uint32_t project, const struct sim_key *k, uint32_t incident);
void audit_written_over(struct sim *s, uint32_t project, const struct sim_item *item, uint8_t cuts);
/* `asked_at`: when the request for it left. */
void audit_reading(struct sim *s, const struct cluster_seen *seen, struct boottime asked_at);
void audit_act(struct sim *s, uint32_t project, const struct deed *deed, struct sim_cluster *c);
/* Of the pauses of the step that was just made. */
void audit_pause_order(struct sim *s, const struct core *core);
void audit_record(struct sim *s, const struct record *record); /* found on the disk at a start */
/* What is read back from the disk folds to what was written. */
void audit_read_back(struct sim *s, const struct core *before, const struct core *core);
/* Of the step that was just made. */
void audit_effect(struct sim *s, uint32_t project, const struct effect *effect);
void audit_restart(struct sim *s);
void audit_settings(struct sim *s, uint32_t project);
void audit_errand(struct sim *s, uint32_t project, const struct deed *deed);
/* A change of a key policy ended, perhaps. */
void audit_edited(struct sim *s, uint32_t project, struct op_id op);
void audit_command(struct sim *s, uint32_t project, const struct sim_command *command);
/* What a ledger remembers at a start; a grant that is not durable paused nothing. */
void audit_budget_spent(struct sim *s, uint32_t project, const struct record *record);
void audit_budget(struct sim *s, uint32_t project, uint32_t binding, uint32_t count, bool granted);
void audit_step(struct sim *s, uint32_t project);
const char *audit_text(enum audit what);

/* audit_told.c */
/* A notice of the step that was just made. */
void audit_told(struct sim *s, uint32_t project, const struct effect *effect);
void audit_told_sent(struct sim_cluster *c, const struct deed *deed);
void audit_told_answer(struct sim_cluster *c, enum act_result result);
/* Before it is noted as delivered. */
void audit_told_reading(struct sim *s, struct sim_cluster *c, enum cluster_state state);
void audit_told_restart(struct sim *s);
/* Before the phases of the step are noted. */
void audit_told_step(struct sim *s, uint32_t project);

/* audit_alert.c */
void audit_alert_told(struct sim *s, uint32_t project, const struct effect *effect);
/* Before it is noted as delivered. */
void audit_alert_look(
	struct sim_audit_binding *a, const struct look *look, enum outcome outcome, struct boottime now);
void audit_alert_list(struct sim *s, uint32_t project, enum fault fault);
void audit_alert_settings(struct sim *s, uint32_t project, const struct event *event);
/* What arming rests on is another: nothing that was seen counts. */
void audit_alert_changed(struct sim *s, uint32_t project);
void audit_alert_restart(struct sim *s);
void audit_alert_step(struct sim *s, uint32_t project);

void sim_trace(struct sim *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
