/* SPDX-License-Identifier: Apache-2.0 */
/* errand_slot: what becomes of an errand. Pure record keeping, one errand at a time for a binding, and one for the project:
 * a durable intent, the errand sent at most once, its result. It decides nothing about incidents, and nothing else decides by
 * it. What was under way when the daemon died is in doubt, as is what got no answer: a person looks, and the next of its kind
 * ends the doubt. */
#pragma once
#include "core/emit.h"

/* Writes the intent and asks for the errand. Refuses: any answer but DONE; then nothing has changed. DONE is answered when it
 * has ended. */
enum answer errand_slot_order(struct step *s, const struct event *event);

/* EV_ERRAND of one that is under way: writes the result and answers. */
void errand_slot_ended(struct step *s, const struct event *event);

/* Tells once of each that is in doubt. */
void errand_slot_drive(struct step *s);

/* Nobody knows whether one of this kind was done, and none is under way. */
bool errand_slot_in_doubt(const struct errand_slot *slot, enum errand errand);

void errand_slot_restore(struct core *core, const struct record *record);
/* At the first settings. */
void errand_slot_start(struct core *core);

/* One that is under way, or was when the daemon died, may undo a cut by these means if KMS takes it after that: it writes a key
 * policy that it read before, or enables the key. */
bool errand_slot_may_undo(const struct core *core, uint32_t binding, enum cut_means means);
/* When what got no answer cannot be taken any more; BOOTTIME_NEVER: that is past. */
struct boottime errand_slot_deadline(const struct core *core, const struct errand_slot *slot);

/* The slot in which the errand `op` is under way; NULL: none. `ret_binding`: CORE_NO_INDEX for the project's. */
const struct errand_slot *errand_slot_find(const struct core *core, struct op_id op, uint32_t *ret_binding);

/* May it still leave? What people ordered since, and the ledger does not keep yet, holds it back. */
bool errand_slot_may_send(
	const struct core *core, const struct errand_slot *slot, uint32_t binding, struct seq durable);
