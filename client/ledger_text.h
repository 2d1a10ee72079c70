/* SPDX-License-Identifier: Apache-2.0 */
/* ledger_text: records of a ledger and the report of its check, for people. */
#pragma once
#include "arena.h"
#include "ledger/ledger.h"
#include "output.h"
#include "page.h"

void ledger_text_record(const struct page *page, struct arena *a, const struct ledger_entry *entry);
/* What a record says, and who and what beside it. */
const char *ledger_text_words(struct arena *a, const struct ledger_entry *entry);
/* What was written, and how to check it. */
void ledger_text_exported(
	const struct page *page, struct arena *a, const struct output_export *e, uint64_t count);
void ledger_text_report(const struct page *page, struct arena *a, const struct output_ledger *l);
