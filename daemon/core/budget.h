/* SPDX-License-Identifier: Apache-2.0 */
/* budget: how many first pauses of automatic causes all projects together, and each by itself, may make in an hour. Spent a
 * whole plan at a time: a plan that does not fit waits whole. Pure, and a value, like the core. */
#pragma once
#include "model/moment.h"
#include <stdbool.h>
#include <stdint.h>

#define BUDGET_HOUR_MS (3600 * 1000)
#define BUDGET_ENTRIES 256 /* plans remembered; a full list grants nothing until one is an hour old */

struct budget {
	uint32_t max; /* MaxPauses= of all */
	struct {
		struct walltime at;
		uint64_t project;
		uint32_t count;
	} spent[BUDGET_ENTRIES];
	uint32_t used;
};

/* Who spends, and how much it may by itself. */
struct budget_share {
	uint64_t project; /* the caller's number of it */
	uint32_t max;     /* its own MaxPauses= */
};

void budget_init(struct budget *b, uint32_t max_pauses);
/* Takes `count` pauses if they fit into the hour that ends now. A clock that went back does not make room. */
bool budget_take(struct budget *b, struct walltime now, struct budget_share of, uint32_t count);
/* What is left in the hour that ends now, of all projects, and of one. */
uint32_t budget_left(const struct budget *b, struct walltime now);
uint32_t budget_left_of(const struct budget *b, struct walltime now, struct budget_share of);
/* Counts a grant that a ledger remembers (RECORD_BUDGET) after a restart. */
void budget_restore(struct budget *b, struct walltime at, uint64_t project, uint32_t count);
