/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "base/err.h"
#include "base/utf8.h"
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUF_FIRST_BYTES 64

void buf_fini(struct buf *b)
{
	free(b->data);
	*b = BUF_INIT(b->max_bytes);
}

void buf_clear(struct buf *b)
{
	b->len = 0;
	b->trouble = 0;
	if (b->data)
		b->data[0] = '\0';
}

/* Makes room for `len` more bytes and a NUL; false: there is trouble. */
static bool buf_reserve(struct buf *b, size_t len)
{
	size_t wanted, size;
	char *data;

	if (b->trouble)
		return false;
	if (b->max_bytes == SIZE_MAX || len > b->max_bytes - b->len) {
		b->trouble = err_origin(-EMSGSIZE);
		return false;
	}
	wanted = b->len + len + 1;
	if (wanted <= b->size)
		return true;
	size = b->size > b->max_bytes / 2 ? b->max_bytes + 1 : b->size * 2;
	if (size < BUF_FIRST_BYTES)
		size = BUF_FIRST_BYTES;
	if (size < wanted)
		size = wanted;
	data = realloc(b->data, size);
	if (!data) {
		b->trouble = err_origin(-ENOMEM);
		return false;
	}
	b->data = data;
	b->size = size;
	return true;
}

void buf_append(struct buf *b, const void *bytes, size_t len)
{
	if (!buf_reserve(b, len))
		return;
	if (len > 0)
		memcpy(b->data + b->len, bytes, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void buf_add(struct buf *b, const char *text)
{
	buf_append(b, text, strlen(text));
}

void buf_printf(struct buf *b, const char *format, ...)
{
	va_list args, again;
	size_t room;
	int len;

	if (!buf_reserve(b, 0))
		return;
	room = (b->size <= b->max_bytes ? b->size : b->max_bytes + 1) - b->len; /* the NUL included */
	va_start(args, format);
	va_copy(again, args);
	len = vsnprintf(b->data + b->len, room, format, args);
	if (len < 0)
		b->trouble = err_origin(-EMSGSIZE);
	else if ((size_t)len < room)
		b->len += (size_t)len;
	else if (buf_reserve(b, (size_t)len)) {
		(void)vsnprintf(b->data + b->len, (size_t)len + 1, format, again);
		b->len += (size_t)len;
	}
	b->data[b->len] = '\0'; /* what did not fit is not there */
	va_end(again);
	va_end(args);
}

static void buf_json_ascii(struct buf *b, unsigned char c)
{
	static const char shorts[] = "\bb\tt\nn\ff\rr\"\"\\\\";

	for (size_t i = 0; i + 1 < sizeof shorts; i += 2)
		if ((unsigned char)shorts[i] == c) {
			buf_append(b, (char[]){'\\', shorts[i + 1]}, 2);
			return;
		}
	if (c < 0x20 || c == 0x7f)
		buf_printf(b, "\\u%04x", c);
	else
		buf_append(b, &c, 1);
}

/* How many bytes stand in a JSON string as they are, one by one. */
static size_t buf_json_plain(const unsigned char *p, size_t len)
{
	size_t n = 0;

	while (n < len && p[n] >= 0x20 && p[n] < 0x7f && p[n] != '"' && p[n] != '\\')
		n++;
	return n;
}

void buf_json_string(struct buf *b, const char *text, size_t len)
{
	const unsigned char *p = (const unsigned char *)text;

	buf_append(b, "\"", 1);
	for (size_t i = 0, n; i < len && !b->trouble; i += n) {
		n = buf_json_plain(p + i, len - i);
		if (n > 0) {
			buf_append(b, p + i, n);
			continue;
		}
		n = utf8_step(text + i, len - i);
		if (n == 1)
			buf_json_ascii(b, p[i]);
		else if (n > 1)
			buf_append(b, p + i, n);
		else {
			buf_append(b, "\xef\xbf\xbd", 3);
			n = 1;
		}
	}
	buf_append(b, "\"", 1);
}

void buf_consume(struct buf *b, size_t len)
{
	if (len >= b->len) {
		b->len = 0;
		if (b->data)
			b->data[0] = '\0';
		return;
	}
	b->len -= len;
	memmove(b->data, b->data + len, b->len + 1);
}

char *buf_take(struct buf *b)
{
	char *data = b->data;

	if (b->trouble || !data)
		return NULL;
	*b = BUF_INIT(b->max_bytes);
	return data;
}
