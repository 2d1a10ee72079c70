/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/held_keys.h"
#include "base/err.h"
#include "core/core.h"
#include "driver/capacity.h"
#include "io/store.h"
#include <errno.h>
#include <stdlib.h>

static int fold(const struct ledger_entry *entry, void *arg)
{
	return capacity_restore(arg, &entry->record);
}

static int copy(const struct core *core, struct held_key **ret_keys, uint32_t *ret_count)
{
	struct held_key *keys = calloc((size_t)core->binding_count + 1, sizeof *keys);
	uint32_t count = 0;

	if (!keys)
		return err_origin(-ENOMEM);
	for (uint32_t i = 0; i < core->binding_count; i++) {
		struct held_key key = {.arn = core->bindings[i].arn,
			.disabled = core_disabled(core, i),
			.wanted = core_wants_disabled(core, i)};

		if (key.disabled || key.wanted)
			keys[count++] = key;
	}
	*ret_keys = keys;
	*ret_count = count;
	return 0;
}

int held_keys_read(const char *ledger_dir, const struct project_name *name, struct held_key **ret_keys,
	uint32_t *ret_count)
{
	struct core core;
	struct why why;
	int r;

	core_init(&core, &(struct core_init){.held = false});
	r = store_read(ledger_dir, name, fold, &core, &why);
	r = r == -ENOMEM ? r : copy(&core, ret_keys, ret_count);
	capacity_fini(&core);
	return r;
}
