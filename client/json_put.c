/* SPDX-License-Identifier: Apache-2.0 */
#include "json_put.h"
#include "base/buf.h"
#include "base/own.h"
#include "glyph.h"
#include <inttypes.h>
#include <string.h>

#define TEXT_MAX (16 * 1024 * 1024)

/* Inside a JSON string everything but control bytes may stand as it is; what a terminal would act on is escaped. */
static void put_string_bytes(FILE *to, const char *text, size_t len)
{
	while (len > 0) {
		uint32_t code;
		size_t took = glyph_next(text, len, &code);
		if (glyph_is_plain(code) || code > 0xffff)
			(void)fwrite(text, 1, took, to);
		else
			(void)fprintf(to, "\\u%04x", (unsigned)code);
		text += took;
		len -= took;
	}
}

void json_put_string(FILE *to, const char *text)
{
	json_put_text(to, text, strlen(text));
}

void json_put_text(FILE *to, const char *text, size_t len)
{
	_cleanup_(buf_fini) struct buf quoted = BUF_INIT(TEXT_MAX);

	buf_json_string(&quoted, text, len);
	if (quoted.data && !quoted.trouble)
		put_string_bytes(to, quoted.data, quoted.len);
	else
		(void)fputs("\"\"", to);
}

void json_put_break(FILE *to, unsigned depth)
{
	if (depth >= JSON_PUT_FLAT)
		return;
	(void)fputc('\n', to);
	for (unsigned i = 0; i < depth; i++)
		(void)fputs("  ", to);
}

void json_put_node(FILE *to, const struct json_tree *t, uint32_t node, unsigned depth)
{
	const struct json_node *n = &t->nodes[node];
	bool first = true;

	if (json_is(t, node, JSON_OBJECT)) {
		(void)fputc('{', to);
		json_for_each_member (t, node, name) {
			(void)fputs(first ? "" : ",", to);
			json_put_break(to, depth + 1);
			put_string_bytes(to, t->text + t->nodes[name].start,
				t->nodes[name].end - t->nodes[name].start);
			(void)fputs(": ", to);
			json_put_node(to, t, json_value(name), depth + 1);
			first = false;
		}
		if (!first)
			json_put_break(to, depth);
		(void)fputc('}', to);
	} else if (json_is(t, node, JSON_ARRAY)) {
		(void)fputc('[', to);
		json_for_each (t, node, item) {
			(void)fputs(first ? "" : ",", to);
			json_put_break(to, depth + 1);
			json_put_node(to, t, item, depth + 1);
			first = false;
		}
		if (!first)
			json_put_break(to, depth);
		(void)fputc(']', to);
	} else {
		put_string_bytes(to, t->text + n->start, n->end - n->start);
	}
}

void json_put_pair(FILE *to, unsigned depth, bool first, const char *name, const char *text)
{
	if (!text)
		return;
	(void)fputs(first ? "" : ",", to);
	json_put_break(to, depth);
	(void)fprintf(to, "\"%s\": ", name);
	json_put_string(to, text);
}

void json_put_number(FILE *to, unsigned depth, const char *name, uint64_t number)
{
	(void)fputc(',', to);
	json_put_break(to, depth);
	(void)fprintf(to, "\"%s\": %" PRIu64, name, number);
}

void json_put_strings(FILE *to, const char *name, const char *const *texts, size_t count)
{
	(void)fputc(',', to);
	json_put_break(to, 3);
	(void)fprintf(to, "\"%s\": [", name);
	for (size_t i = 0; i < count; i++) {
		(void)fputs(i > 0 ? "," : "", to);
		json_put_break(to, 4);
		json_put_string(to, texts[i]);
	}
	if (count > 0)
		json_put_break(to, 3);
	(void)fputc(']', to);
}
