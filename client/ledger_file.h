/* SPDX-License-Identifier: Apache-2.0 */
/* ledger_file: the bytes of a ledger, for verbs that read one without the daemon. */
#pragma once
#include "session.h"
#include <stddef.h>

/* The whole of `path`, to be freed. Gives 0, or an exit code of which the trouble was shown. */
int ledger_file_load(struct session *s, const char *path, char **ret_bytes, size_t *ret_len);

/* What is to be said of a ledger that was checked; `damage` "": the chain holds. Borrows `path`, and `damage` as it is. */
struct output_ledger ledger_file_report(const char *path, const char *bytes, size_t len,
	const struct ledger_report *report, const char *damage);
