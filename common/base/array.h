/* SPDX-License-Identifier: Apache-2.0 */
/* array: room in arrays that grow. */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* Makes room for `need` items. `array` is the address of the pointer to the first item (from malloc, or NULL), `*size` how
 * many fit. What is new is zero. Fails: -ENOMEM, and nothing has changed. */
int array_grow(void *array, uint32_t *size, uint32_t need, size_t item_bytes);
