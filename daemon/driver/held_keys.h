/* SPDX-License-Identifier: Apache-2.0 */
/* held_keys: what a project that is not watched did to keys, by what its ledger says: its revoke is in force all the same, and others on
 * the same key leave it alone. */
#pragma once
#include "model/ids.h"
#include <stdbool.h>
#include <stdint.h>

struct held_key {
	struct key_arn arn;
	bool disabled; /* its incident disabled it, or may have */
	bool wanted;   /* its revoke, in force, wants it disabled */
};

/* Those alone; the caller frees `*ret_keys`. Of a ledger that is damaged, what is good of it; of one that cannot be read, none: who cannot be
 * asked must not lock others out. Blocking. Fails: -ENOMEM. */
int held_keys_read(const char *ledger_dir, const struct project_name *name, struct held_key **ret_keys,
	uint32_t *ret_count);
