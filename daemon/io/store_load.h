/* SPDX-License-Identifier: Apache-2.0 */
/* store_load: the first reading of a ledger file: made if there is none, checked, its torn tail cut.
 * Blocking. */
#pragma once
#include "io/store.h"
#include "io/store_file.h"

/* As store_open, for `file` with its path set; the rest of `file` is filled. */
int store_load(struct store_file *file, const struct project_id *project, struct walltime now,
	ledger_each_fn *each, void *arg, struct store_report *ret_report, struct why *reterr_why);
