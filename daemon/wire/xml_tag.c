/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/xml_tag.h"
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define DEPTH_MAX 16

struct name {
	const char *text;
	size_t len;
};

struct reader {
	const char *at, *end;
	struct name open[DEPTH_MAX];
	uint32_t depth;
};

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
	       c == '-' || c == '.' || c == ':';
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool equals(struct name n, const char *text)
{
	return n.len == strlen(text) && memcmp(n.text, text, n.len) == 0;
}

static struct name take_name(struct reader *r)
{
	struct name n = {r->at, 0};
	while (r->at < r->end && is_name_char(*r->at))
		r->at++;
	n.len = (size_t)(r->at - n.text);
	return n;
}

enum token { TOKEN_BAD, TOKEN_OPEN, TOKEN_CLOSE, TOKEN_EMPTY };

/* Reads a tag; `r->at` is behind its '<'. */
static enum token take_tag(struct reader *r, struct name *ret_name)
{
	bool close = r->at < r->end && *r->at == '/';
	if (close)
		r->at++;
	*ret_name = take_name(r);
	if (ret_name->len == 0)
		return TOKEN_BAD; /* "<!", "<?" and "< " as well */
	char quote = '\0';
	for (; r->at < r->end; r->at++) {
		if (quote) {
			if (*r->at == quote)
				quote = '\0';
		} else if (*r->at == '"' || *r->at == '\'') {
			quote = *r->at;
		} else if (*r->at == '<') {
			return TOKEN_BAD;
		} else if (*r->at == '>') {
			bool empty = r->at[-1] == '/';
			r->at++;
			if (close)
				return empty ? TOKEN_BAD : TOKEN_CLOSE;
			return empty ? TOKEN_EMPTY : TOKEN_OPEN;
		}
	}
	return TOKEN_BAD;
}

/* Refuses: XML_TAG_E_SYNTAX, _SIZE. */
static int decode(const char *text, size_t len, char *ret_text, size_t size)
{
	static const struct {
		const char *entity;
		char c;
	} entities[] = {{"&lt;", '<'}, {"&gt;", '>'}, {"&amp;", '&'}, {"&quot;", '"'}, {"&apos;", '\''}};
	size_t used = 0;
	while (len > 0 && is_blank(text[0]))
		text++, len--;
	while (len > 0 && is_blank(text[len - 1]))
		len--;
	for (size_t i = 0; i < len;) {
		char c = text[i];
		size_t step = 1;
		if (c == '\0')
			return XML_TAG_E_SYNTAX;
		if (c == '&') {
			size_t e = 0;
			while (e < 5 && (strlen(entities[e].entity) > len - i ||
						memcmp(text + i, entities[e].entity,
							strlen(entities[e].entity)) != 0))
				e++;
			if (e == 5)
				return XML_TAG_E_SYNTAX;
			c = entities[e].c;
			step = strlen(entities[e].entity);
		}
		if (used + 1 >= size)
			return XML_TAG_E_SIZE;
		ret_text[used++] = c;
		i += step;
	}
	ret_text[used] = '\0';
	return 0;
}

static bool skip_declaration(struct reader *r)
{
	while (r->at < r->end && is_blank(*r->at))
		r->at++;
	if (r->end - r->at < 5 || memcmp(r->at, "<?xml", 5) != 0)
		return true;
	const char *close = memchr(r->at, '>', (size_t)(r->end - r->at));
	if (!close || close[-1] != '?')
		return false;
	r->at = close + 1;
	return true;
}

/* One tag and what it means for the stack. Refuses: XML_TAG_E_SYNTAX. */
static int step(struct reader *r, enum token *ret_token)
{
	struct name name;
	*ret_token = take_tag(r, &name);
	switch (*ret_token) {
	case TOKEN_BAD:
		return XML_TAG_E_SYNTAX;
	case TOKEN_OPEN:
		if (r->depth == DEPTH_MAX)
			return XML_TAG_E_SYNTAX;
		r->open[r->depth++] = name;
		return 0;
	case TOKEN_EMPTY:
		return 0;
	case TOKEN_CLOSE:
		if (r->depth == 0 || r->open[r->depth - 1].len != name.len ||
			memcmp(r->open[r->depth - 1].text, name.text, name.len) != 0)
			return XML_TAG_E_SYNTAX;
		r->depth--;
		return 0;
	}
	return XML_TAG_E_SYNTAX;
}

int xml_tag(const char *text, size_t len, const char *parent, const char *name, char *ret_text, size_t size)
{
	struct reader r = {.at = text, .end = text};
	const char *found = NULL;
	size_t found_len = 0;
	bool any = false;
	if (len == 0) /* `text` may be NULL then */
		return XML_TAG_E_SYNTAX;
	r.end += len;
	if (!skip_declaration(&r))
		return XML_TAG_E_SYNTAX;
	for (;;) {
		const char *start = r.at;
		const char *tag = memchr(r.at, '<', (size_t)(r.end - r.at));
		for (const char *p = start; r.depth == 0 && p < (tag ? tag : r.end); p++)
			if (!is_blank(*p))
				return XML_TAG_E_SYNTAX; /* text outside of the document's element */
		if (!tag)
			break;
		if (r.depth == 0 && any)
			return XML_TAG_E_SYNTAX; /* a second document */
		bool wanted = r.depth >= 2 && equals(r.open[r.depth - 1], name) &&
			      equals(r.open[r.depth - 2], parent) && start[-1] == '>';
		enum token token;
		r.at = tag + 1;
		int error = step(&r, &token);
		if (error != 0)
			return error;
		any = true;
		if (wanted && token == TOKEN_CLOSE && !found) {
			found = start;
			found_len = (size_t)(tag - start);
		}
	}
	if (r.depth != 0 || !any)
		return XML_TAG_E_SYNTAX; /* cut short */
	return found ? decode(found, found_len, ret_text, size) : XML_TAG_E_ABSENT;
}
