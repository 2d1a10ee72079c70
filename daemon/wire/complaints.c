/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/complaints.h"
#include "base/err.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void complaints_fini(struct complaints *c)
{
	free(c->items);
	*c = COMPLAINTS_INIT;
}

static int complaints_grow(struct complaints *c)
{
	uint32_t size = c->size > 0 ? c->size * 2 : 8;
	if (size > COMPLAINTS_MAX)
		size = COMPLAINTS_MAX;
	struct complaint *items = realloc(c->items, size * sizeof *items);
	if (!items)
		return err_origin(-ENOMEM);
	c->items = items;
	c->size = size;
	return 0;
}

void complaints_add(struct complaints *c, const char *file, uint32_t line, const char *format, ...)
{
	if (c->count >= COMPLAINTS_MAX || (c->count == c->size && complaints_grow(c) < 0)) {
		c->dropped++;
		return;
	}
	struct complaint *new = &c->items[c->count++];
	new->line = line;
	(void)snprintf(new->file, sizeof new->file, "%s", file);
	va_list ap;
	va_start(ap, format);
	(void)vsnprintf(new->text, sizeof new->text, format, ap);
	va_end(ap);
}

uint32_t complaints_total(const struct complaints *c)
{
	return c->count + c->dropped;
}

void complaint_format(const struct complaint *c, char ret_line[COMPLAINT_LINE_BYTES])
{
	if (c->line > 0)
		(void)snprintf(ret_line, COMPLAINT_LINE_BYTES, "%s:%u: %s", c->file, c->line, c->text);
	else
		(void)snprintf(ret_line, COMPLAINT_LINE_BYTES, "%s: %s", c->file, c->text);
}
