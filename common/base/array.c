/* SPDX-License-Identifier: Apache-2.0 */
#include "base/array.h"
#include "base/err.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Few projects have more than a handful of clusters, and there may be ten thousand projects: small arrays grow
 * to what is needed, large ones in steps. */
static uint32_t roomy(uint32_t need)
{
	return need <= 8 ? need : (need + 15) / 16 * 16 + need / 4;
}

int array_grow(void *array, uint32_t *size, uint32_t need, size_t item_bytes)
{
	uint32_t new_size = roomy(need);
	void *items;

	if (need <= *size)
		return 0;
	memcpy(&items, array, sizeof items); /* whatever it points to */
	items = reallocarray(items, new_size, item_bytes);
	if (!items)
		return err_origin(-ENOMEM);
	memset((char *)items + *size * item_bytes, 0, (new_size - *size) * item_bytes);
	memcpy(array, &items, sizeof items);
	*size = new_size;
	return 0;
}
