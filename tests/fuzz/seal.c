/* SPDX-License-Identifier: Apache-2.0 */
#include "seal.h"
#include "base/digest.h"
#include <string.h>

#define PREV "\"prev\":\""

static void seal_line(const char *line, size_t len, struct digest *prev, struct buf *out)
{
	const char *at = memmem(line, len, PREV "\"", sizeof PREV);
	size_t head = at ? (size_t)(at - line) + sizeof PREV - 1 : 0, start = out->len;
	char hex[DIGEST_HEX_BYTES];

	if (len > 0 && line[len - 1] == '}')
		len--;
	digest_format(prev, hex);
	buf_append(out, line, head < len ? head : len);
	if (at && head < len)
		buf_add(out, hex);
	if (head < len)
		buf_append(out, line + head, len - head);
	if (out->trouble || digest_of(out->data + start, out->len - start, prev) != 0)
		return;
	digest_format(prev, hex);
	buf_printf(out, ",\"hash\":\"%s\"}\n", hex);
}

void seal(const uint8_t *lines, size_t len, struct buf *out)
{
	const char *text = (const char *)lines;
	struct digest prev = {{0}};

	while (len > 0) {
		const char *end = memchr(text, '\n', len);
		size_t n = end ? (size_t)(end - text) : len;

		seal_line(text, n, &prev, out);
		if (!end)
			break;
		text += n + 1;
		len -= n + 1;
	}
}
