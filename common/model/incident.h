/* SPDX-License-Identifier: Apache-2.0 */
/* incident: the words of an incident: phases, causes, the state of its cut, and what is owed to each cluster.
 * Only names and meanings; daemon/core holds the machines. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

/* X(ENUM, "name", ENUM, RESTART, "what it means to a person"): RESTART is what a restart makes of it. The loss is confirmed
 * again in every phase; where nothing was done yet, grace starts again as well. */
#define PHASE_TABLE(X)                                                                                       \
	X(NONE, "none", NONE, "no incident")                                                                 \
	X(WAITING, "waiting", WAITING, "waits for cmekctl approve or decline")                               \
	X(GRACE, "grace", GRACE,                                                                             \
		"loss confirmed; pauses when the grace period is over, unless access is seen")               \
	X(BUDGET, "budget", GRACE,                                                                           \
		"the plan exceeds the hourly budget of pauses; waits for approve, or for room")              \
	X(DECLINED, "declined", DECLINED, "a person declined to pause; ends when access is back")            \
	X(PAUSING, "pausing", PAUSING, "clusters are being paused")                                          \
	X(HELD, "held", HELD, "nothing is left to pause; kept so")                                           \
	X(PROVING, "proving", PROVING,                                                                       \
		"access is back, or being given back; it must hold for RestoreDelay before anything is "     \
		"resumed")                                                                                   \
	X(RESUMING, "resuming", RESUMING, "the clusters that this incident paused are being resumed")

enum phase {
#define X(e, name, restart, meaning) PHASE_##e,
	PHASE_TABLE(X)
#undef X
		PHASE_COUNT
};
const char *phase_name(enum phase p);
const char *phase_meaning(enum phase p);
enum phase phase_after_restart(enum phase p);
bool phase_parse(const char *name, enum phase *ret_phase);

/* Causes are a set. */
enum cause {
	CAUSE_AUTOMATIC = 1, /* a proven loss; ends when access is proven again */
	CAUSE_OPERATOR = 2,  /* cmekctl revoke; ends only by cmekctl restore */
	/* How it was asked for; only with CAUSE_OPERATOR. */
	CAUSE_PAUSE_ONLY = 4, /* revoke --pause-only: the key policy is left alone */
	CAUSE_PAUSE_FIRST =
		8, /* revoke --pause-first: the key policy is changed when the clusters are paused */
	CAUSE_REVOKE_GRANTS = 16, /* but for --keep-grants: the vendor's grants are revoked once it is dark */
	/* By what the key is cut, see MEANS_TABLE. */
	CAUSE_DISABLE_KEY = 32,  /* revoke --disable-key */
	CAUSE_REMOVE = 64,       /* revoke --remove-statements */
	CAUSE_ACCEPT_LOSS = 128, /* the same: others may lose what they have by those statements */
};
#define CAUSE_MEANS (CAUSE_DISABLE_KEY | CAUSE_REMOVE | CAUSE_ACCEPT_LOSS)
#define CAUSE_HOW   (CAUSE_PAUSE_ONLY | CAUSE_PAUSE_FIRST | CAUSE_REVOKE_GRANTS | CAUSE_MEANS)

/* X(ENUM, "name") */
#define CAUSE_TABLE(X)                                                                                       \
	X(AUTOMATIC, "automatic")                                                                            \
	X(OPERATOR, "operator")                                                                              \
	X(PAUSE_ONLY, "pause_only")                                                                          \
	X(PAUSE_FIRST, "pause_first")                                                                        \
	X(REVOKE_GRANTS, "revoke_grants")                                                                    \
	X(DISABLE_KEY, "disable_key")                                                                        \
	X(REMOVE, "remove_statements")                                                                       \
	X(ACCEPT_LOSS, "accept_loss")

/* By what an operator's revoke cuts the key. Several may stand at a time; a restore undoes each that may stand by its
 * incident, and nothing that others did. X(ENUM, "name", "what it is") */
#define MEANS_TABLE(X)                                                                                       \
	X(DENY, "deny", "cmekd's Deny statement in the key policy")                                          \
	X(DISABLE, "disable", "the key is disabled by cmekd")                                                \
	X(REMOVE, "remove", "TiDB Cloud is taken out of the key policy by cmekd")

enum cut_means {
#define X(e, name, what) CUT_MEANS_##e,
	MEANS_TABLE(X)
#undef X
		CUT_MEANS_COUNT
};
#define CUT_MEANS_BIT(means) ((uint8_t)(1u << (means)))
const char *cut_means_name(enum cut_means m);
const char *cut_means_what(enum cut_means m);
bool cut_means_parse(const char *name, enum cut_means *ret_means);

/* How far the cut of an operator's revoke is. X(ENUM, "name", RESTART, "meaning of a Deny statement", "of a key that is
 * disabled", "of TiDB Cloud taken out of the policy"): RESTART is what a restart makes of it: what was in flight is looked at again. */
#define CUT_TABLE(X)                                                                                         \
	X(NONE, "none", NONE, "the key policy is not changed by cmekd", "the key is not disabled by cmekd",  \
		"TiDB Cloud is not taken out of the key policy by cmekd")                                    \
	X(AFTER_PAUSES, "after_pauses", AFTER_PAUSES,                                                        \
		"the key policy is changed once every cluster of the region is read as PAUSED or gone",      \
		"the key is disabled once every cluster of the region is read as PAUSED or gone",            \
		"TiDB Cloud is taken out of the key policy once every cluster of the region is read as "     \
		"PAUSED or gone")                                                                            \
	X(WANTED, "wanted", WANTED, "cmekd is about to add its Deny statement",                              \
		"cmekd is about to disable the key",                                                         \
		"cmekd is about to take TiDB Cloud out of the key policy")                                   \
	X(SENT, "sent", WANTED, "the Deny statement is being added", "the key is being disabled",            \
		"TiDB Cloud is being taken out of the key policy")                                           \
	X(MADE, "made", MADE, "cmekd's Deny statement stands in the key policy", "the key is disabled",      \
		"TiDB Cloud is taken out of the key policy, which is kept as it was")                        \
	X(BY_HAND, "by_hand", BY_HAND, "cmekd may not change the key policy: a person has to",               \
		"cmekd may not disable the key: a person has to",                                            \
		"cmekd may not take TiDB Cloud out of the key policy: a person has to")                      \
	X(UNDO_WANTED, "undo_wanted", UNDO_WANTED, "cmekd is about to remove its Deny statement",            \
		"cmekd is about to enable the key",                                                          \
		"cmekd is about to put TiDB Cloud back into the key policy")                                 \
	X(UNDO_SENT, "undo_sent", UNDO_WANTED, "the Deny statement is being removed",                        \
		"the key is being enabled", "TiDB Cloud is being put back into the key policy")              \
	X(UNDO_BY_HAND, "undo_by_hand", UNDO_BY_HAND,                                                        \
		"cmekd may not remove its Deny statement: a person has to",                                  \
		"cmekd may not enable the key: a person has to",                                             \
		"cmekd cannot put TiDB Cloud back into the key policy: a person has to")

enum cut {
#define X(e, name, restart, deny, disable, remove) CUT_##e,
	CUT_TABLE(X)
#undef X
		CUT_COUNT
};
const char *cut_name(enum cut c);
const char *cut_meaning(enum cut c, enum cut_means m);
enum cut cut_after_restart(enum cut c);
bool cut_parse(const char *name, enum cut *ret_cut);
/* What stands by a cut of which nothing else is said: before there were other means it was the statement. */
uint8_t cut_stands(enum cut c);

/* What is owed to a cluster. X(ENUM, "name", RESTART, "meaning") */
#define DUTY_TABLE(X)                                                                                        \
	X(FREE, "free", FREE, "nothing is owed")                                                             \
	X(OWED, "pause_owed", OWED, "to be paused as soon as its state permits")                             \
	X(PAUSE_SENT, "pause_sent", PAUSE_UNSURE, "a pause is on its way")                                   \
	X(PAUSE_UNSURE, "pause_unsure", PAUSE_UNSURE,                                                        \
		"a pause may have been taken; its state is read first")                                      \
	X(PAUSE_TAKEN, "pause_taken", PAUSE_TAKEN, "the pause was accepted; not yet read as PAUSED")         \
	X(PAUSED, "paused", PAUSED, "paused by this incident and read back")                                 \
	X(LEFT, "left", LEFT, "was paused by people before; left alone, never resumed")                      \
	X(TOUCHED, "touched", TOUCHED, "people acted on it since; left alone")                               \
	X(RESUME_OWED, "resume_owed", RESUME_OWED, "to be resumed")                                          \
	X(RESUME_SENT, "resume_sent", RESUME_UNSURE, "a resume is on its way")                               \
	X(RESUME_UNSURE, "resume_unsure", RESUME_UNSURE,                                                     \
		"a resume may have been taken; its state is read first")                                     \
	X(RESUME_TAKEN, "resume_taken", RESUME_TAKEN, "the resume was accepted; not yet read as running")    \
	X(STRANDED, "stranded", STRANDED, "left PAUSED under a lost key and is neither running nor paused")  \
	X(GONE, "gone", GONE, "deleted by people")                                                           \
	X(EXCLUDED, "excluded", EXCLUDED, "excluded by the configuration (Exclude=): never paused by cmekd") \
	X(WAITS, "waits", WAITS, "not paused by itself (Reaction= of the cluster): waits for cmekctl approve")

enum duty {
#define X(e, name, restart, meaning) DUTY_##e,
	DUTY_TABLE(X)
#undef X
		DUTY_COUNT
};
const char *duty_name(enum duty d);
const char *duty_meaning(enum duty d);
enum duty duty_after_restart(enum duty d);
bool duty_parse(const char *name, enum duty *ret_duty);

/* Why a binding is not dark; the first that applies. X(ENUM, "name", "meaning") */
#define DARK_TABLE(X)                                                                                        \
	X(DARK, "dark", "cut, and every cluster of the region was read as PAUSED or gone")                   \
	X(NOT_CUT, "not_cut", "the vendor is not proven cut from the key, or no pause has begun")            \
	X(LIST_UNREAD, "list_unread", "the clusters were not listed completely since the cut")               \
	X(CLUSTER_RUNNING, "cluster_running", "a cluster is not read as PAUSED")                             \
	X(CLUSTER_EXCLUDED, "cluster_excluded", "a cluster that the configuration excludes runs")            \
	X(CLUSTER_UNREAD, "cluster_unread", "a cluster's state could not be read lately")                    \
	X(GRANTS_UNREAD, "grants_unread", "the vendor's grants on the key could not be listed")              \
	X(GRANTS_ALIVE, "grants_alive", "the vendor has grants on the key, and nothing denies their use")    \
	X(BACKUPS_OPEN, "backups_open",                                                                      \
		"no cluster runs, but the key policy may still let the vendor decrypt backups in S3")

enum dark {
#define X(e, name, meaning) DARK_##e,
	DARK_TABLE(X)
#undef X
		DARK_COUNT
};
const char *dark_name(enum dark d);
const char *dark_meaning(enum dark d);
