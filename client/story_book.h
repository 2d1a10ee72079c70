/* SPDX-License-Identifier: Apache-2.0 */
/* story_book: the incidents of a whole ledger, as far as its chain holds. Pure: bytes in, values out. */
#pragma once
#include "story.h"

#define STORY_BOOK_INCIDENTS_MAX 4096u /* the oldest are left out then */
#define STORY_BOOK_CLUSTERS_MAX  4096u /* of which is known when they were first seen */
#define STORY_BOOK_REGIONS_MAX   64u   /* whose last verdict is remembered */

struct story_book {
	struct ledger_id ledger;
	struct project_id project;
	char machine[RECORD_MACHINE_BYTES];
	struct walltime began, ended; /* of the first and the last good record */
	struct story *stories;        /* owned; as they were opened */
	uint32_t count, size;
	uint32_t left_out;           /* older incidents, over STORY_BOOK_INCIDENTS_MAX */
	struct ledger_report report; /* of the check of the chain */
	struct why damage;           /* "": the chain holds */
};

void story_book_fini(struct story_book *b);

/* Reads a whole ledger's bytes, as far as its chain holds. Of the incident `wanted` (0: of none) events and turns are kept, with texts
 * in `a`. `b` is zero or was finished. Fails: -ENOMEM, -ENOTSUP. */
int story_book_read(
	struct story_book *b, struct arena *a, const char *bytes, size_t len, struct incident_id wanted);

/* NULL: there is no such incident. `incident` 0: the last. */
const struct story *story_book_find(const struct story_book *b, struct incident_id incident);
