/* SPDX-License-Identifier: Apache-2.0 */
/* command: what an operator asks of a core, and the core's answer. The control socket decides only who may
 * ask. */
#pragma once
#include "model/errand.h"
#include "model/ids.h"
#include <stdint.h>

enum command {
	COMMAND_REVOKE,  /* region: one, or all if empty */
	COMMAND_RESTORE, /* region: one, or all if empty; include: clusters to resume besides */
	COMMAND_APPROVE, /* incident, plan */
	COMMAND_DECLINE, /* incident */
	COMMAND_SUSPEND, /* span: automatic acts are off so long */
	COMMAND_UNSUSPEND,
	COMMAND_ADOPT,      /* the ledger belongs to this machine from here on */
	COMMAND_ERRAND,     /* errand, region: of its key, or "" */
	COMMAND_LIVE_DRILL, /* include: the one cluster that is paused and resumed */
	COMMAND_DRILL, /* region, or ""; count of problems, digest of the report: to be written down, no more */
};

#define RESTORE_INCLUDE_MAX 16 /* clusters that one restore names besides */
#define SUSPEND_MIN_MS      1000
#define SUSPEND_MAX_MS      (INT64_C(7) * 86400000) /* longer would be forgotten: pin Reaction=observe instead */

/* X(ENUM, "name", "meaning to the person who asked") */
#define ANSWER_TABLE(X)                                                                                      \
	X(DONE, "done", "taken")                                                                             \
	X(NO_BINDING, "no_binding", "the project has no CMEK setting in this region")                        \
	X(NO_INCIDENT, "no_incident", "there is no such open incident")                                      \
	X(NOT_WAITING, "not_waiting", "the incident does not wait for a person")                             \
	X(PLAN_CHANGED, "plan_changed", "the plan or the verdict changed since it was shown: look again")    \
	X(NOT_REVOKED, "not_revoked", "no operator's revoke is in force there")                              \
	X(ALREADY, "already", "it is so already")                                                            \
	X(NO_CLUSTER, "no_cluster", "there is no such cluster in a region with an open incident")            \
	X(NOT_OURS, "not_ours",                                                                              \
		"the open incident never paused this cluster: if it is to run, resume it in TiDB Cloud")     \
	X(NOT_SUSPENDED, "not_suspended", "the project is not suspended")                                    \
	X(SPAN, "span", "a project is suspended for a second to seven days")                                 \
	X(CLUSTERS_UNREAD, "clusters_unread", "the project's clusters were not read yet: try again shortly") \
	X(BUSY, "busy", "another change that an operator asked for is under way there: wait for its end")    \
	X(REVOKED, "revoked", "an operator's revoke is in force there: cmekctl restore comes first")         \
	X(INCIDENT_OPEN, "incident_open", "an incident is open in this region: its end comes first")         \
	X(NOT_RUNNING, "not_running",                                                                        \
		"the cluster is not read as running: a drill pauses only what runs, and nothing was done")   \
	X(EXCLUDED, "excluded", "the configuration excludes this cluster: cmekd never pauses it")            \
	X(NOT_USABLE, "not_usable",                                                                          \
		"the key is not seen usable just now: a paused cluster might not come up again; cmekctl "    \
		"explain says more")                                                                         \
	X(PENDING_DELETION, "pending_deletion",                                                              \
		"the key is pending deletion: cmekctl key cancel-deletion comes first")                      \
	X(HELD, "held",                                                                                      \
		"the ledger comes from another machine or is old, with an open incident: once no other "     \
		"cmekd runs for this project, cmekctl ledger adopt PROJECT, or cmekctl approve")             \
	X(NOT_HELD, "not_held", "the ledger belongs to this machine already: nothing is held back")          \
	X(NOT_DURABLE, "not_durable",                                                                        \
		"taken, but the ledger could not be written: if cmekd stops before it can, ask for it "      \
		"again")                                                                                     \
	X(LEDGER, "ledger", "the ledger cannot be written: nothing can be done safely")

enum answer {
#define X(e, name, meaning) ANSWER_##e,
	ANSWER_TABLE(X)
#undef X
		ANSWER_COUNT
};
const char *answer_name(enum answer a);
const char *answer_meaning(enum answer a);
