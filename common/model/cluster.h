/* SPDX-License-Identifier: Apache-2.0 */
/* cluster: what one reading of a TiDB Cloud cluster brought back, both API generations in one enum. */
#pragma once
#include "model/ids.h"
#include "model/key.h"
#include "model/moment.h"
#include "model/settings.h"

/* Normalised states (TiDB Cloud API v1beta cluster_status, v1beta1 Dedicated state).
 * X(ENUM, "name", "meaning") */
#define CLUSTER_STATE_TABLE(X)                                                                               \
	X(UNKNOWN, "unknown", "a state that cmekd does not know, or not read yet: not settled")              \
	X(RUNNING, "running", "AVAILABLE / ACTIVE: may be paused")                                           \
	X(BUSY, "busy", "CREATING, RESTORING, MODIFYING, IMPORTING, MAINTENANCE, UPGRADING: wait")           \
	X(PAUSING, "pausing", "on the way to PAUSED")                                                        \
	X(PAUSED, "paused", "PAUSED: may be resumed")                                                        \
	X(RESUMING, "resuming", "on the way to ACTIVE")                                                      \
	X(UNUSABLE, "unusable", "UNAVAILABLE / INACTIVE: not active, not being deleted")                     \
	X(GONE, "gone", "DELETING, DELETED, or not found when read by id")

enum cluster_state {
#define X(e, name, meaning) CLUSTER_STATE_##e,
	CLUSTER_STATE_TABLE(X)
#undef X
		CLUSTER_STATE_COUNT
};
const char *cluster_state_name(enum cluster_state s);
bool cluster_state_parse(const char *name, enum cluster_state *ret_state);

#define CLUSTER_NAME_BYTES                                                                                   \
	68 /* names are at most 64 (v1beta CreateCluster); longer ones are cut for showing */

struct cluster_seen {
	struct cluster_id id;
	struct project_id project; /* as the service says; strangers are dropped by the reader */
	struct region region;      /* AWS code, prefix "aws-" removed */
	enum cluster_state state;
	struct walltime resume_at; /* pausePlan.scheduledResumeTime; WALLTIME_UNKNOWN if not told */
	char name[CLUSTER_NAME_BYTES];
	char wire_state[24];      /* as the service wrote it, for showing */
	struct cluster_mark mark; /* the configuration's: put in by who knows it, not by who reads */
};

/* One CMEK setting of a project (v1beta ListAwsCmek). */
struct cmek_setting {
	struct region region;
	struct key_arn arn;
};

/* How an act ended: a fact of the world. X(ENUM, "name", "meaning") */
#define ACT_RESULT_TABLE(X)                                                                                  \
	X(ACCEPTED, "accepted", "the service took it; done only when read back")                             \
	X(REFUSED, "refused", "a definite no, with the service's reason")                                    \
	X(DENIED, "denied", "our credentials may not do it, or are not accepted")                            \
	X(THROTTLED, "throttled", "not executed: rate limit")                                                \
	X(LOST, "lost", "sent, but no answer tells what became of it: read before anything else")            \
	X(NOT_SENT, "not_sent", "never left this host")

enum act_result {
#define X(e, name, meaning) ACT_RESULT_##e,
	ACT_RESULT_TABLE(X)
#undef X
		ACT_RESULT_COUNT
};
const char *act_result_name(enum act_result r);
bool act_result_parse(const char *name, enum act_result *ret_result);
