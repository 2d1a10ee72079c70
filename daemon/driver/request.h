/* SPDX-License-Identifier: Apache-2.0 */
/* request: the parameters of a control call as values. Each answers the call with a clear error and returns
 * false if a parameter is not what it must be; the call must not be used any more then. */
#pragma once
#include "base/digest.h"
#include "model/cluster.h"
#include "model/command.h"
#include "model/ids.h"
#include "model/record.h"
#include <stdbool.h>
#include <stddef.h>

struct control_call;
struct engine;
struct project;

/* The project that `name` names; io.cmekd.NoSuchProject otherwise. */
bool request_project(struct control_call *call, const struct engine *e, struct project **ret_project);
/* Whether the parameter is there at all. */
bool request_has(struct control_call *call, const char *name);
/* Absent: "" (the whole project). */
bool request_region(struct control_call *call, struct region *ret_region);
/* How a revoke is asked for, of Plan and Revoke: CAUSE_PAUSE_ONLY, CAUSE_PAUSE_FIRST, CAUSE_DISABLE_KEY, CAUSE_REMOVE; not two that exclude each
 * other. */
bool request_how(struct control_call *call, uint8_t *ret_how);
bool request_flag(struct control_call *call, const char *name, bool *ret_flag); /* absent: false */
/* spanMs: SUSPEND_MIN_MS to SUSPEND_MAX_MS. */
bool request_span(struct control_call *call, int64_t *ret_span_ms);
/* periodDays: 90 to 2560 (AWS KMS API reference, EnableKeyRotation). Absent: 0. */
bool request_period(struct control_call *call, uint32_t *ret_days);
bool request_incident(struct control_call *call, struct incident_id *ret_incident);
bool request_plan(struct control_call *call, struct plan_digest *ret_plan);
/* Absent: "". At most RECORD_TEXT_MAX bytes. */
bool request_note(struct control_call *call, char ret_note[RECORD_TEXT_MAX + 1]);
/* include: names or ids of clusters of `p`, as ids. Absent: none. One that is not there, or named as several are, is refused. */
bool request_include(struct control_call *call, const struct project *p,
	struct cluster_id ret_ids[RESTORE_INCLUDE_MAX], uint32_t *ret_count);
/* live: the same of one cluster. Absent: `*ret_has` false. */
bool request_live(
	struct control_call *call, const struct project *p, struct cluster_id *ret_id, bool *ret_has);
/* 64 hex digits. Absent: `*ret_has` false. */
bool request_digest(struct control_call *call, const char *name, struct digest *ret_digest, bool *ret_has);
/* Any text, below `size` bytes; it must be there. */
bool request_text(struct control_call *call, const char *name, char *ret_text, size_t size);
/* "verb": revoke or restore. */
bool request_verb(struct control_call *call, bool *ret_restore);

/* The last reply: `o` (taken), or that memory lacked if it is NULL. */
struct json_object;
void request_reply(struct control_call *call, struct json_object *o);

/* Errors of io.cmekd; the call is answered. */
void request_not_ready(struct control_call *call, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void request_no_such_region(struct control_call *call, const struct region *region);
void request_refused(struct control_call *call, const char *answer, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
