/* SPDX-License-Identifier: Apache-2.0 */
/* verb_rows: the verbs' own functions, one for each row of VERB_TABLE, and the calls that wait. Private to
 * verbs.c and verb_*.c. */
#pragma once
#include "model/command.h"
#include "model/ids.h"
#include "model/moment.h"
#include "proto/verbs.h"
#include <stdbool.h>
#include <stdint.h>

struct control_call;
struct engine;
struct errand_order;
struct event;
struct project;
struct record_texts;
struct tree;

/* A call that is not answered yet. It is freed with its last reply, or when its client has gone. */
struct pending {
	struct pending *next, **at; /* list of verbs */
	struct engine *engine;
	struct control_call *call; /* NULL: the client has gone, the answer is for nobody */
	struct project *project;   /* NULL: of none */
	enum verb verb;
	uint32_t ticket;                         /* of a command */
	struct region region;                    /* of a command */
	struct boottime until;                   /* check, drill: is answered at the latest */
	char after[sizeof(struct project_name)]; /* status: the last project that was sent */
	char *shown;                /* monitor: what was last sent, without ages; drill: --reason; owned */
	bool sending;               /* monitor, events: the last frame is still on its way */
	uint64_t next_event;        /* events: the number of the first that was not sent */
	bool listens;               /* events: the first frame was sent */
	struct json_object *report; /* drill: waits for its record; owned */
	bool live;                  /* drill: a cluster is paused and resumed first */
};

/* Makes the call wait. NULL: no memory, and the call is answered. */
struct pending *pending_new(struct engine *e, struct control_call *call, struct project *p);
/* Before the last reply. Returns the call to be answered, NULL if its client has gone. */
struct control_call *pending_end(struct pending *w);

#define X(e, method, needs, streams, words) void verb_##e(struct engine *engine, struct control_call *call);
VERB_TABLE(X)
#undef X

void verb_events_told(struct pending *w);
void verb_monitor_changed(struct pending *w);
void verb_drill_changed(struct pending *w, struct boottime now);
void verb_drill_answered(struct pending *w, enum answer answer);
void verb_check_changed(struct pending *w, struct boottime now);
void verb_act_answered(struct pending *w, enum answer answer);

/* The next number of a command; never 0. */
uint32_t verb_act_ticket(void);
/* Whether the project can take a command; if not, the call is answered. */
bool verb_act_is_ready(struct control_call *call, const struct project *p);
/* Whether a cut by a change of the key policy, if `how` asks for one, would be of the vendor; if it would be of the key's own account, the
 * call is answered. */
bool verb_act_cuts_vendor(
	struct control_call *call, const struct project *p, const struct region *region, uint8_t how);
/* Gives the command, which has its ticket, to the core; the call waits for its answer. Who asks is added to `words`. False: not
 * taken, and the call is answered. */
bool verb_act_order(struct engine *e, struct control_call *call, struct project *p, struct event *event,
	const struct record_texts *words);

/* As verb_act_order(), with the call's own note, for an errand; `o` is copied. `asked`: what exactly is asked for, for the
 * ledger; may be NULL. */
bool verb_errand_order(struct engine *e, struct control_call *call, struct project *p, struct errand_order *o,
	const char *asked);
/* The key that an errand is of: the project's one, or that of the region. False: the call is answered. */
bool verb_errand_key(struct control_call *call, const struct engine *e, struct project **ret_project,
	struct region *ret_region);

/* One PlanBinding, with the projects that share its key. */
struct json_object *verb_plan_binding(struct tree *t, const struct engine *e, const struct project *p,
	uint32_t i, bool restore, uint8_t how);
/* Plan with `adopt`. */
void verb_plan_adopt(struct engine *e, struct control_call *call);

/* Its order is there. */
void verb_errand_answered(struct pending *w, enum answer answer);
