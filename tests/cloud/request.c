/* SPDX-License-Identifier: Apache-2.0 */
#include "request.h"
#include "alloc.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void headers_add(struct headers *h, const char *name, const char *value)
{
	h->list = alloc_grow(h->list, h->count + 1, sizeof *h->list);
	h->list[h->count++] = (struct header){.name = alloc_text(name), .value = alloc_text(value)};
}

const char *headers_get(const struct headers *h, const char *name)
{
	for (size_t i = 0; i < h->count; i++)
		if (strcasecmp(h->list[i].name, name) == 0)
			return h->list[i].value;
	return NULL;
}

void headers_fini(struct headers *h)
{
	for (size_t i = 0; i < h->count; i++) {
		free(h->list[i].name);
		free(h->list[i].value);
	}
	free(h->list);
	*h = (struct headers){0};
}

void request_fini(struct request *r)
{
	free(r->target);
	free(r->path);
	free(r->query);
	free(r->body);
	headers_fini(&r->headers);
	*r = (struct request){0};
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

char *request_decode(const char *text, size_t len, bool form)
{
	char *out = alloc_zero(len + 1, 1);
	size_t n = 0;
	for (size_t i = 0; i < len; i++) {
		char c = text[i];
		if (c == '%' && i + 2 < len && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0) {
			c = (char)(digit(text[i + 1]) * 16 + digit(text[i + 2]));
			i += 2;
		} else if (c == '+' && form) {
			c = ' ';
		}
		out[n++] = c ? c : '?'; /* a NUL would end the text early */
	}
	return out;
}

void request_split(struct request *r)
{
	const char *question = strchr(r->target, '?');
	size_t len = question ? (size_t)(question - r->target) : strlen(r->target);
	alloc_replace(&r->path, request_decode(r->target, len, false));
	alloc_replace(&r->query, alloc_text(question ? question + 1 : ""));
}

char *request_query(const struct request *r, const char *name, size_t n)
{
	for (const char *at = r->query; at && *at;) {
		size_t len = strcspn(at, "&");
		const char *equals = memchr(at, '=', len);
		size_t name_len = equals ? (size_t)(equals - at) : len;
		if (name_len == strlen(name) && memcmp(at, name, name_len) == 0 && n-- == 0)
			return equals ? request_decode(equals + 1, len - name_len - 1, true) : alloc_text("");
		at += len;
		at += *at == '&';
	}
	return NULL;
}

void reply_fini(struct reply *p)
{
	free(p->body);
	headers_fini(&p->headers);
	*p = (struct reply){0};
}

void reply_empty(struct reply *p, unsigned status, const char *content_type)
{
	reply_text(p, status, content_type, "");
}

void reply_text(struct reply *p, unsigned status, const char *content_type, const char *text)
{
	p->status = status;
	p->content_type = content_type;
	alloc_replace(&p->body, alloc_text(text));
	p->len = strlen(text);
}

void reply_json(struct reply *p, unsigned status, const char *content_type, struct json_object *json)
{
	reply_text(p, status, content_type,
		json_object_to_json_string_ext(
			json, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(json);
}
