/* SPDX-License-Identifier: Apache-2.0 */
/* genesis: the first record of a ledger: a random ledger id, and on which machine it was made. */
#pragma once
#include "base/buf.h"
#include "model/ids.h"
#include "model/moment.h"
#include "model/record.h"

/* machine-id(5), hashed for cmekd so that the machine's own id is told to nobody. 32 zeros on a machine
 * without one (a container image): such ledgers are strangers to none of their like. */
void genesis_machine(char ret_machine[RECORD_MACHINE_BYTES]);

/* Fails: errno of getrandom(2). */
int genesis_make(const struct project_id *project, struct walltime now, struct record *ret_record);
/* The first line of a ledger, its newline included, into an empty `line` of LEDGER_LINE_MAX. Fails: as genesis_make;
 * -ENOMEM; -EINVAL: an id that is none. */
int genesis_line(const struct project_id *project, struct walltime now, struct buf *line);
