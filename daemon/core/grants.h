/* SPDX-License-Identifier: Apache-2.0 */
/* grants: the vendor's grants on a key. Counted while an incident holds; revoked once it is dark, if an operator revoked and
 * asked for it, a batch at a time: listed, written down, revoked, listed again. */
#pragma once
#include "core/emit.h"

void grants_listed(struct step *s, const struct event *event);
void grants_revoked(struct step *s, const struct event *event);
/* Lists, or revokes what was listed, when it is time. `may_act`: the ledger can be written, and nothing holds the core. */
void grants_drive(struct step *s, struct binding *b, bool may_act);
/* A batch is about to leave, or to go on. */
bool grants_may_send(const struct core *core, const struct binding *b, struct boottime now);
/* The next time that grants_drive() waits for. */
struct boottime grants_deadline(const struct binding *b);
