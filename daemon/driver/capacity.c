/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/capacity.h"
#include "base/array.h"
#include <stdlib.h>

int capacity_reserve(struct core *core, struct effects *effects, const struct core_need *need)
{
	int r = array_grow(&core->bindings, &core->binding_size, need->bindings, sizeof *core->bindings);

	if (r == 0)
		r = array_grow(&core->clusters, &core->cluster_size, need->clusters, sizeof *core->clusters);
	if (r == 0 && effects)
		r = array_grow(&effects->items, &effects->size, need->effects, sizeof *effects->items);
	return r;
}

int capacity_restore(struct core *core, const struct record *record)
{
	struct core_need need = core_restore_need(core, record);
	int r = capacity_reserve(core, NULL, &need);

	if (r == 0)
		core_restore(core, record);
	return r;
}

void capacity_fini(struct core *core)
{
	free(core->bindings);
	free(core->clusters);
	core->bindings = NULL;
	core->clusters = NULL;
	core->binding_count = core->binding_size = 0;
	core->cluster_count = core->cluster_size = 0;
}

void capacity_fini_effects(struct effects *effects)
{
	free(effects->items);
	*effects = (struct effects){.items = NULL};
}
