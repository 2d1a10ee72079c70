/* SPDX-License-Identifier: Apache-2.0 */
/* ledger_text: records of a ledger and the report of its check, for people. */
#pragma once
#include "arena.h"
#include "ledger/ledger.h"
#include "output.h"
#include "page.h"

void ledger_text_record(const struct page *page, struct arena *a, const struct ledger_entry *entry);
void ledger_text_report(const struct page *page, struct arena *a, const struct output_ledger *l);
