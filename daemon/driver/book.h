/* SPDX-License-Identifier: Apache-2.0 */
/* book: writes a project's records into its ledger, with what people and services said beside them, and finds
 * out when a ledger that failed works again. */
#pragma once

struct event;
struct project;
struct record;
struct texts;

/* `texts` (may be NULL) came with `event`; only what belongs to the record is put beside it. */
void book_write(
	struct project *p, const struct record *record, const struct event *event, const struct texts *texts);

/* Those who listen hear of each record of its ledger when it is durable. */
void book_listen(struct project *p);

/* Tries a failed ledger again; what came of it is told to the project later. */
void book_probe(struct project *p);
