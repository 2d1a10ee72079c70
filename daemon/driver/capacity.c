/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/capacity.h"
#include "base/err.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Few projects have more than a handful of clusters, and there may be ten thousand projects: small arrays grow
 * to what is needed, large ones in steps. */
static uint32_t roomy(uint32_t wanted)
{
	return wanted <= 8 ? wanted : (wanted + 15) / 16 * 16 + wanted / 4;
}

static int grow(void **items, uint32_t *size, uint32_t wanted, size_t item_bytes)
{
	uint32_t new_size = roomy(wanted);
	void *p;

	if (wanted <= *size)
		return 0;
	p = realloc(*items, (size_t)new_size * item_bytes);
	if (!p)
		return err_origin(-ENOMEM);
	memset((char *)p + (size_t)*size * item_bytes, 0, (size_t)(new_size - *size) * item_bytes);
	*items = p;
	*size = new_size;
	return 0;
}

int capacity_reserve(struct core *core, struct effects *effects, const struct core_need *need)
{
	void *bindings = core->bindings, *clusters = core->clusters;
	int r;

	r = grow(&bindings, &core->binding_size, need->bindings, sizeof *core->bindings);
	core->bindings = bindings;
	if (r < 0)
		return r;
	r = grow(&clusters, &core->cluster_size, need->clusters, sizeof *core->clusters);
	core->clusters = clusters;
	if (r < 0 || !effects)
		return r;

	void *items = effects->items;
	r = grow(&items, &effects->size, need->effects, sizeof *effects->items);
	effects->items = items;
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
