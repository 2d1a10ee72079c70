/* SPDX-License-Identifier: Apache-2.0 */
/* evidence: from looks to a verdict. A look is data; a verdict is what three of the last five agree on. */
#pragma once
#include "core/core.h"

/* What one look means. A failed look is unknown, whatever failed. `deletion` is the recorded date of a
 * pending deletion: only after it has passed does "not found" prove that the key is gone. `off_by`: who disabled a key that
 * is disabled. */
enum reason evidence_judge(
	const struct look *look, enum cut_by off_by, struct walltime deletion, struct walltime now);

/* A fresh start: nothing is believed. */
void evidence_init(struct evidence *e);

/* Adds one look. Returns true if the verdict changed: at least CORE_CONFIRM of the last CORE_WINDOW looks,
 * the newest among them, have another known outcome. Unknown ones take a place in the window and count for
 * neither side. As long as a look in the window shows our own doing, `reason` of a loss is that. */
bool evidence_add(struct evidence *e, const struct look *look, enum reason reason, struct moment at);

/* Withdraws a verdict of loss that one usable look contradicted before anything was done: three new looks are
 * needed to believe it again. */
void evidence_withdraw(struct evidence *e, struct moment at);

/* Some look in the window disagrees with the verdict: look again soon. */
bool evidence_unsettled(const struct evidence *e);
/* The newest look that told anything says something else than the verdict: it is being confirmed. So is AccessDenied. */
bool evidence_confirming(const struct evidence *e);

/* The verdict is usable, and CORE_CONFIRM of the last looks say so: enough to arm. */
bool evidence_confirms_usable(const struct evidence *e);

/* CORE_CONFIRM of the last looks say that cmekd itself is denied. */
bool evidence_self_denied(const struct evidence *e);

/* The newest look is at most `age_ms` old and says `outcome`. */
bool evidence_agrees(const struct evidence *e, enum outcome outcome, struct boottime now, int64_t age_ms);

/* The newest look saw access: usable or degraded. */
bool evidence_sees_access(const struct evidence *e);

/* The newest look that told anything saw access, whatever could not be seen since. */
bool evidence_last_saw_access(const struct evidence *e);

/* Access has been usable for `delay_ms`, in at least CORE_CONFIRM looks and none lost. */
bool evidence_proven(const struct evidence *e, struct boottime now, int64_t delay_ms);
