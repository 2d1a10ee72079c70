/* SPDX-License-Identifier: Apache-2.0 */
#include "output.h"
#include "base/own.h"
#include "glyph.h"
#include <stdarg.h>
#include <string.h>

void output_init(struct output *o, const struct output_ops *ops, FILE *to, FILE *error, bool colour)
{
	*o = (struct output){
		.ops = ops,
		.page = page_for(to, colour),
		.error = page_for(error, colour),
	};
}

void output_fini(struct output *o)
{
	arena_fini(&o->arena);
}

int output_trouble(struct output *o, enum exit_code code, const char *id, const char *format, ...)
{
	_cleanup_(buf_fini) struct buf clean = BUF_INIT(8 * WHY_BYTES);
	char text[2 * WHY_BYTES];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof text, format, args);
	va_end(args);
	/* It may quote what was typed, or what came over the wire. */
	glyph_clean(&clean, text, strlen(text), GLYPH_LINES);
	const struct output_trouble trouble = {
		.code = code, .id = id, .text = clean.data ? clean.data : text};
	o->ops->trouble(o, &trouble);
	return (int)code;
}

const char *output_export_next(const struct output_export *e, uint64_t *seq, size_t *at, size_t *ret_len)
{
	while (*at < e->ledger->report.good_bytes) {
		const char *line = e->bytes + *at,
			   *end = memchr(line, '\n', e->ledger->report.good_bytes - *at);

		*ret_len = (size_t)(end - line) + 1; /* good bytes are whole lines */
		*at += *ret_len;
		++*seq;
		if (*seq == 1 || (*seq >= e->first && *seq <= e->last))
			return line;
	}
	return NULL;
}
