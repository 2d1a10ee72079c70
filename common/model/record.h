/* SPDX-License-Identifier: Apache-2.0 */
/* record: one ledger record as a value. The state after a restart is the fold of these; they are the evidence
 * too. Texts (who asked, why, a service's message, request ids) are kept beside it by the driver: the core
 * never sees them, the fold does not need them. */
#pragma once
#include "base/digest.h"
#include "model/cluster.h"
#include "model/errand.h"
#include "model/ids.h"
#include "model/incident.h"
#include "model/live_drill.h"
#include "model/moment.h"
#include "model/reason.h"

/* Which members a type carries: bits for RECORD_TABLE. */
enum {
	RECORD_F_LEDGER = 1 << 0, /* ledger, project, machine */
	RECORD_F_REGION = 1 << 1,
	RECORD_F_ARN = 1 << 2,
	RECORD_F_FINGERPRINT = 1 << 3,
	RECORD_F_VERDICT = 1 << 4,  /* outcome, reason */
	RECORD_F_POLICY = 1 << 5,   /* policy digest */
	RECORD_F_INCIDENT = 1 << 6, /* incident */
	RECORD_F_STATE =
		1 << 7, /* phase, causes, cut; means, stands and kept where they are other than of old */
	RECORD_F_PLAN = 1 << 8,    /* plan, count */
	RECORD_F_CLUSTER = 1 << 9, /* cluster, name, duty, state, resume_at */
	RECORD_F_OP = 1 << 10,     /* op */
	RECORD_F_RESULT = 1 << 11, /* result */
	RECORD_F_DATE = 1 << 12,   /* resume_at alone: the date of a deletion, the end of a suspension */
	RECORD_F_ERRAND = 1 << 13, /* errand; its region may be null: of the project */
	RECORD_F_GRANTS = 1 << 14, /* count, grants */
	RECORD_F_REPORT = 1 << 15, /* count, report; its region may be null: of the project */
	RECORD_F_LIVE = 1 << 16,   /* step, end */
};

/* X(ENUM, "name", FIELDS, "meaning") */
#define RECORD_TABLE(X)                                                                                      \
	X(GENESIS, "genesis", RECORD_F_LEDGER, "the first record of every ledger")                           \
	X(SETTING, "setting", RECORD_F_REGION | RECORD_F_ARN | RECORD_F_FINGERPRINT,                         \
		"a CMEK setting of the project was first seen, or changed")                                  \
	X(ARMED, "armed", RECORD_F_REGION | RECORD_F_FINGERPRINT | RECORD_F_POLICY, "seen usable")           \
	X(DISARMED, "disarmed", RECORD_F_REGION, "the configuration under which it was armed changed")       \
	X(VERDICT, "verdict", RECORD_F_REGION | RECORD_F_VERDICT | RECORD_F_POLICY,                          \
		"what is believed changed")                                                                  \
	X(DELETION, "deletion", RECORD_F_REGION | RECORD_F_DATE,                                             \
		"the date of the key's deletion: resume_at; null: none is told any more")                    \
	X(INCIDENT, "incident", RECORD_F_REGION | RECORD_F_INCIDENT | RECORD_F_STATE | RECORD_F_VERDICT,     \
		"an incident was opened or changed its phase, causes or cut")                                \
	X(APPROVED, "approved", RECORD_F_REGION | RECORD_F_INCIDENT | RECORD_F_PLAN,                         \
		"a person approved the plan")                                                                \
	X(DECLINED, "declined", RECORD_F_REGION | RECORD_F_INCIDENT, "a person declined")                    \
	X(BUDGET, "budget", RECORD_F_REGION | RECORD_F_INCIDENT | RECORD_F_PLAN,                             \
		"count pauses were taken from the budget")                                                   \
	X(CUT_INTENT, "cut_intent", RECORD_F_REGION | RECORD_F_INCIDENT | RECORD_F_STATE | RECORD_F_OP,      \
		"the key policy is about to be changed, or the key to be disabled or enabled")               \
	X(CUT_RESULT, "cut_result",                                                                          \
		RECORD_F_REGION | RECORD_F_INCIDENT | RECORD_F_STATE | RECORD_F_OP | RECORD_F_RESULT |       \
			RECORD_F_POLICY,                                                                     \
		"how that change ended")                                                                     \
	X(CLUSTER, "cluster", RECORD_F_REGION | RECORD_F_INCIDENT | RECORD_F_CLUSTER,                        \
		"a cluster was first seen, or what is owed to it changed")                                   \
	X(PAUSE_INTENT, "pause_intent",                                                                      \
		RECORD_F_REGION | RECORD_F_INCIDENT | RECORD_F_CLUSTER | RECORD_F_OP,                        \
		"a pause is about to be sent")                                                               \
	X(RESUME_INTENT, "resume_intent",                                                                    \
		RECORD_F_REGION | RECORD_F_INCIDENT | RECORD_F_CLUSTER | RECORD_F_OP,                        \
		"a resume is about to be sent")                                                              \
	X(ACT_RESULT, "act_result",                                                                          \
		RECORD_F_REGION | RECORD_F_INCIDENT | RECORD_F_CLUSTER | RECORD_F_OP | RECORD_F_RESULT,      \
		"how a pause or resume ended")                                                               \
	X(ADOPTED, "adopted", RECORD_F_LEDGER,                                                               \
		"a person said that the ledger belongs to this machine from here on")                        \
	X(INCLUDED, "included", RECORD_F_REGION | RECORD_F_INCIDENT | RECORD_F_CLUSTER,                      \
		"a person asked that a cluster be resumed with the rest, although people acted on it")       \
	X(GRANTS_INTENT, "grants_intent",                                                                    \
		RECORD_F_REGION | RECORD_F_INCIDENT | RECORD_F_GRANTS | RECORD_F_OP,                         \
		"count grants of the vendor are about to be revoked")                                        \
	X(GRANTS_RESULT, "grants_result",                                                                    \
		RECORD_F_REGION | RECORD_F_INCIDENT | RECORD_F_GRANTS | RECORD_F_OP | RECORD_F_RESULT,       \
		"count of them were revoked, and how it ended")                                              \
	X(DARK, "dark", RECORD_F_REGION | RECORD_F_INCIDENT, "dark was reached")                             \
	X(NOT_DARK, "not_dark", RECORD_F_REGION | RECORD_F_INCIDENT, "dark was lost")                        \
	X(ERRAND_INTENT, "errand_intent", RECORD_F_REGION | RECORD_F_ERRAND | RECORD_F_OP,                   \
		"what an operator asked for is about to be sent")                                            \
	X(ERRAND_RESULT, "errand_result", RECORD_F_REGION | RECORD_F_ERRAND | RECORD_F_OP | RECORD_F_RESULT, \
		"how what an operator asked for ended")                                                      \
	X(DRILL, "drill", RECORD_F_REGION | RECORD_F_REPORT,                                                 \
		"a revoke was rehearsed: count problems were in its way; report is the digest of what was "  \
		"found")                                                                                     \
	X(LIVE_DRILL, "live_drill", RECORD_F_REGION | RECORD_F_CLUSTER | RECORD_F_OP | RECORD_F_LIVE,        \
		"a drill pauses one cluster and resumes it: how far it is, and how it ended")                \
	X(SUSPENDED, "suspended", RECORD_F_DATE, "a person switched automatic acts off until resume_at")     \
	X(UNSUSPENDED, "unsuspended", 0, "automatic acts are on again")

enum record_type {
#define X(e, name, fields, meaning) RECORD_##e,
	RECORD_TABLE(X)
#undef X
		RECORD_TYPE_COUNT
};

#define RECORD_MACHINE_BYTES 33

struct record {
	enum record_type type;
	struct seq seq; /* from 1 without gaps; given by the ledger when encoded */
	struct walltime at;
	struct ledger_id ledger;
	struct project_id project;
	char machine[RECORD_MACHINE_BYTES]; /* machine-id(5) hashed for cmekd, 32 hex digits */
	struct region region;
	struct key_arn arn;
	uint64_t fingerprint; /* of what arming rests on: ARN, vendor account, endpoints, context */
	enum outcome outcome;
	enum reason reason;
	struct digest policy;
	struct incident_id incident; /* n == 0: outside any incident */
	enum phase phase;
	uint8_t causes; /* set of enum cause */
	enum cut cut;
	enum cut_means means; /* of the change that is under way or was made last */
	uint8_t stands;       /* CUT_MEANS_BITs of what may stand by this incident */
	struct digest
		kept; /* of the key policy as it was before the vendor was taken out of it; 0: none is kept */
	struct plan_digest plan;
	uint32_t count;
	struct digest grants; /* of the ids of a batch, sorted, each with a newline behind it */
	struct cluster_id cluster;
	char name[CLUSTER_NAME_BYTES];
	enum duty duty;
	enum cluster_state state;
	struct walltime resume_at;
	struct op_id op;
	enum act_result result;
	enum errand errand;
	struct digest report; /* SHA-256 */
	enum live_step live_step;
	enum live_end live_end;
};

/* What the driver adds for people and auditors; each may be NULL. Bounded by RECORD_TEXT_MAX each. */
struct record_texts {
	const char *who;     /* "uid=0(root)" of an operator */
	const char *note;    /* --reason TEXT */
	const char *message; /* a service's words */
	const char *request; /* request ids: x-amzn-RequestId, X-Debug-Trace-Id */
	const char *usable;  /* of a verdict of loss: when a look last saw the key usable, RFC 3339 */
};
#define RECORD_TEXT_MAX 1024

const char *record_type_name(enum record_type t);
bool record_type_parse(const char *name, enum record_type *ret_type);
uint32_t record_type_fields(enum record_type t);
