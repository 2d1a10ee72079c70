/* SPDX-License-Identifier: Apache-2.0 */
/* verbs: what can be asked of cmekd. One row a method: dispatch and rights come from it; a test compares it with
 * io.cmekd.varlink. How cmekctl spells and explains its verbs is its own grammar (client/grammar.h). */
#pragma once
#include <stdbool.h>
#include <stddef.h>

/* Who may: root always; members of OperateGroup= all; members of ReadGroup= what needs READ; others nothing.
 */
enum verb_needs { VERB_NEEDS_READ, VERB_NEEDS_OPERATE };

/* X(ENUM, "Method", NEEDS, STREAMS, "word for people")
 * STREAMS: may be called with "more". The method is called "io.cmekd." "Method". */
#define VERB_TABLE(X)                                                                                        \
	X(PING, "Ping", READ, false, "ping")                                                                 \
	X(STATUS, "Status", READ, true, "status")                                                            \
	X(PROJECTS, "Projects", READ, false, "projects")                                                     \
	X(MONITOR, "Monitor", READ, true, "status --watch")                                                  \
	X(EVENTS, "Events", READ, true, "monitor")                                                           \
	X(EXPLAIN, "Explain", READ, false, "explain")                                                        \
	X(LANES, "Lanes", READ, false, "status --lanes")                                                     \
	X(HINTS, "Hints", READ, false, "status --hints")                                                     \
	X(CREDENTIALS, "Credentials", READ, false, "credentials")                                            \
	X(CHECK, "Check", READ, false, "check")                                                              \
	X(DRILL, "Drill", OPERATE, false, "drill")                                                           \
	X(PLAN, "Plan", READ, false, "plan")                                                                 \
	X(REVOKE, "Revoke", OPERATE, false, "revoke")                                                        \
	X(RESTORE, "Restore", OPERATE, false, "restore")                                                     \
	X(ADOPT_STATEMENT, "AdoptStatement", OPERATE, false, "restore --adopt")                              \
	X(APPROVE, "Approve", OPERATE, false, "approve")                                                     \
	X(DECLINE, "Decline", OPERATE, false, "decline")                                                     \
	X(SUSPEND, "Suspend", OPERATE, false, "suspend")                                                     \
	X(ADOPT_LEDGER, "AdoptLedger", OPERATE, false, "ledger adopt")                                       \
	X(UNSUSPEND, "Unsuspend", OPERATE, false, "unsuspend")                                               \
	X(ENABLE_ROTATION, "EnableRotation", OPERATE, false, "rotation enable")                              \
	X(ROTATE_KEY, "RotateKey", OPERATE, false, "rotation now")                                           \
	X(CANCEL_DELETION, "CancelDeletion", OPERATE, false, "key cancel-deletion")                          \
	X(ENABLE_KEY, "EnableKey", OPERATE, false, "key enable")                                             \
	X(CREATE_PROJECT, "CreateProject", OPERATE, false, "project create")                                 \
	X(PLAN_KEY, "PlanKey", OPERATE, false, "setup")                                                      \
	X(CONFIGURE_CMEK, "ConfigureCmek", OPERATE, false, "cmek configure")                                 \
	X(APPLY_POLICY, "ApplyPolicy", OPERATE, false, "policy apply")                                       \
	X(CREATE_CLUSTER, "CreateCluster", OPERATE, false, "cluster create")

enum verb {
#define X(e, method, needs, streams, words) VERB_##e,
	VERB_TABLE(X)
#undef X
		VERB_COUNT
};

#define VERB_INTERFACE "io.cmekd"

/* Static texts of a row. */
const char *verb_method(enum verb v); /* "io.cmekd.Ping" */
const char *verb_words(enum verb v);
enum verb_needs verb_needs(enum verb v);
const char *verb_needs_name(enum verb_needs n); /* "read", "operate" */
bool verb_streams(enum verb v);
/* From a full method name, "io.cmekd.Ping". False if no row has it. */
bool verb_parse_method(const char *method, enum verb *ret_verb);
