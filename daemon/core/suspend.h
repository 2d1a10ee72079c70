/* SPDX-License-Identifier: Apache-2.0 */
/* suspend: a person switches automatic acts off for a while, for maintenance. A loss then waits for approval; what an
 * operator revokes, approves or restores goes on, and so does what is being given back already. */
#pragma once
#include "core/emit.h"

/* From now on, `span_ms` long; one that holds already gets the new end. What was going to be paused by itself is not,
 * unless it was sent already. Refuses: ANSWER_SPAN outside of SUSPEND_MIN_MS..SUSPEND_MAX_MS. */
enum answer suspend_begin(struct step *s, int64_t span_ms);

/* A person ends it early. Refuses: ANSWER_NOT_SUSPENDED. Confirmations and grace start anew. */
enum answer suspend_end(struct step *s);

/* Ends it when its time has come. */
void suspend_drive(struct step *s);

/* After a restart: the ledger knows the wall clock's time only. */
void suspend_start(struct core *core);
