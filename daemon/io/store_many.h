/* SPDX-License-Identifier: Apache-2.0 */
/* store_many: the ledgers of many new projects, made together. Each alone costs two syncs; ten thousand of them cost a minute,
 * which is all that systemd gives a start. */
#pragma once
#include "model/ids.h"
#include "model/moment.h"
#include <stddef.h>

#define STORE_MANY_LEAST                                                                                     \
	16 /* fewer that are missing are left to store_open(): a sync of the whole file system is not worth it */

struct store_owner {
	const struct project_name *name;
	const struct project_id *project;
};

/* Makes DIR/NAME.ledger for all who have none, durable under their names, with two syncs in all. The lock of the folder is held
 * (store_lock). What cannot be made is not there: store_open() makes it then, or says why it cannot. Blocking. */
void store_make_many(const char *dir, const struct store_owner *owners, size_t count, struct walltime now);
