/* SPDX-License-Identifier: Apache-2.0 */
/* ledger_json: ledgers, their records and what is counted in them, for scripts. */
#pragma once
#include "output.h"

/* Records come before the report of their ledger: its object is opened with the first, and goes on with the report. */
void ledger_json_record(struct output *o, const struct ledger_entry *entry);
void ledger_json_report(struct output *o, const struct output_ledger *l);
void ledger_json_exported(struct output *o, const struct output_export *e);
void ledger_json_times(struct output *o, const struct output_times *t);
