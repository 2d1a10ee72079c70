/* SPDX-License-Identifier: Apache-2.0 */
/* fault: trouble on demand. X(ENUM, "kind", the act is carried out all the same, default of `ms`) */
#pragma once
#include "field.h"
#include "request.h"
#include "world.h"

#define FAULT_TABLE(X)                                                                                       \
	X(LATENCY, "latency", true, 1000)                                                                    \
	X(DROP_BEFORE, "drop-before", false, 0)                                                              \
	X(DROP_AFTER, "drop-after", true, 0)                                                                 \
	X(HANG, "hang", false, 600000)                                                                       \
	X(SLOW_ANSWER, "slow-answer", true, 1000)                                                            \
	X(STATUS, "status", false, 0)                                                                        \
	X(HTML, "html", false, 0)                                                                            \
	X(CUT_JSON, "cut-json", true, 0)                                                                     \
	X(CUT_BODY, "cut-body", true, 0)                                                                     \
	X(WRONG_TYPES, "wrong-types", true, 0)                                                               \
	X(GARBAGE, "garbage", false, 0)                                                                      \
	X(OVERSIZED, "oversized", false, 0)                                                                  \
	X(EMPTY, "empty", false, 0)                                                                          \
	X(WRONG_CONTENT_TYPE, "wrong-content-type", true, 0)                                                 \
	X(THROTTLE, "throttle", false, 0)                                                                    \
	X(ACCESS_DENIED, "access-denied", false, 0)                                                          \
	X(EXPIRED_TOKEN, "expired-token", false, 0)

enum fault_kind {
#define X(e, name, effect, ms) FAULT_##e,
	FAULT_TABLE(X)
#undef X
		FAULT_NONE
};
const char *fault_kind_name(enum fault_kind k); /* NULL for FAULT_NONE */

struct fault {
	uint32_t id;
	enum fault_kind kind;
	char service[16], op[48], code[64];
	char subject[256]; /* as in the request log; "" = any */
	char *body;        /* owned; "" = by the kind */
	uint32_t count;    /* 0: until cleared */
	uint32_t struck;
	double probability;
	int64_t ms, size_bytes;
	uint32_t status; /* 0: by the kind */
	bool effect, before_auth;
};

struct faults {
	struct fault *list; /* owned */
	size_t count;
	uint32_t last_id;
};

/* What was decided for one request. */
struct fault_plan {
	enum fault_kind kind; /* FAULT_NONE: none; never LATENCY */
	bool effect;
	int64_t latency_ms, hang_ms, size_bytes;
	unsigned status;
	char code[64];
	char *body; /* owned */
};
void fault_plan_fini(struct fault_plan *p);

/* Refuses: 1 with `reterr_why`. */
int fault_add(struct faults *f, struct json_object *in, uint32_t *ret_id, char reterr_why[FIELD_WHY_BYTES]);
bool fault_clear(struct faults *f, uint32_t id); /* 0: all. False if there is no such fault */
void faults_fini(struct faults *f);
struct json_object *faults_show(const struct faults *f);

/* Decides about one request and counts the strikes. */
void fault_pick(struct faults *f, struct world *w, const struct request *r, bool authenticated,
	struct fault_plan *ret_plan);
/* Turns the reply into what the fault makes of it. `p` holds the real reply if `plan->effect`. */
void fault_apply(const struct fault_plan *plan, struct world *w, const struct request *r, struct reply *p);
