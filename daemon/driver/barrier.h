/* SPDX-License-Identifier: Apache-2.0 */
/* barrier: what is durable before an act is durable before it. Holds back the deeds of one project until the
 * record that each rests on is durable, and the records that the ledger could not even take. Pure.
 *
 * While the ledger fails nothing is held: a deed that rests on a record that is not durable is answered as
 * unsent, at once. Records never get lost in between: they wait here in their order, so that the ledger has
 * no gap when it works again.
 */
#pragma once
#include "driver/deed.h"
#include "driver/texts.h"
#include <stdbool.h>
#include <stdint.h>

#define BARRIER_RECORDS_MAX 4096 /* records that wait here while the ledger cannot take them */
#define BARRIER_DEEDS_MAX   65536

struct barrier_record {
	struct record record;
	struct texts *texts; /* owned, may be NULL */
};

struct barrier {
	struct seq durable; /* everything up to here is durable */
	bool failed;
	bool overflowed; /* a record was lost: the ledger can take no more before a restart */
	struct deed *deeds;
	uint32_t deed_count, deed_size;
	struct barrier_record *records;
	uint32_t record_count, record_size;
};
#define BARRIER_INIT ((struct barrier){.deeds = NULL})

void barrier_fini(struct barrier *b);

/* Takes what rests on nothing more, and holds the rest: true if `deed` must be handled now, and
 * `*ret_perform` says how: perform it, or answer it as unsent. Without memory to hold it, it is unsent: what
 * never left this host does no harm. */
bool barrier_pass(struct barrier *b, const struct deed *deed, bool *ret_perform);

/* The record `seq` is durable, and all before it. */
void barrier_durable(struct barrier *b, struct seq seq);
/* The ledger failed: what is held can be taken out, to be answered as unsent. True if that is news. */
bool barrier_fail(struct barrier *b);
/* It works again; nothing waits in `records` any more. True if that is news. */
bool barrier_mend(struct barrier *b);

/* The next held deed, in order, that has to be handled; false if there is none. */
bool barrier_next(struct barrier *b, struct deed *ret_deed, bool *ret_perform);

/* Keeps a record that the ledger could not take; `texts` is taken. Over BARRIER_RECORDS_MAX, or without
 * memory, it is lost and `overflowed` set. */
void barrier_keep(struct barrier *b, const struct record *record, struct texts *texts);
/* The first kept record, NULL if there is none; then drop it when the ledger has taken it. */
const struct barrier_record *barrier_first(const struct barrier *b);
void barrier_drop_first(struct barrier *b);
