/* SPDX-License-Identifier: Apache-2.0 */
#include "response.h"
#include "alloc.h"
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>

/* A body that breaks off, or one that goes on and on. */
struct stream {
	char *text;         /* NULL: the huge one */
	uint64_t len, stop; /* stop: breaks off there */
};

static ssize_t stream_read(void *cls, uint64_t pos, char *buf, size_t max)
{
	static const char head[] = "{\"padding\":\"", tail[] = "\"}";
	struct stream *s = cls;
	if (pos >= s->stop)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	size_t n = s->stop - pos < max ? (size_t)(s->stop - pos) : max;
	if (s->text) {
		memcpy(buf, s->text + pos, n);
		return (ssize_t)n;
	}
	for (size_t i = 0; i < n; i++) {
		uint64_t at = pos + i, left = s->len - at;
		if (at < sizeof head - 1)
			buf[i] = head[at];
		else
			buf[i] = left < sizeof tail ? tail[sizeof tail - 1 - left] : 'a';
	}
	return (ssize_t)n;
}

static void stream_free(void *cls)
{
	struct stream *s = cls;
	free(s->text);
	free(s);
}

struct MHD_Response *response_make(const struct reply *p)
{
	if (p->manner == REPLY_WHOLE)
		return MHD_create_response_from_buffer(
			p->len, p->body ? p->body : (char[]){""}, MHD_RESPMEM_MUST_COPY);
	struct stream *s = alloc_zero(1, sizeof *s);
	if (p->manner == REPLY_CUT) {
		*s = (struct stream){
			.text = alloc_span(p->body, p->len), .len = p->len + 1, .stop = p->len / 2};
	} else {
		uint64_t len = p->huge_bytes > 16 ? (uint64_t)p->huge_bytes : 16;
		*s = (struct stream){.len = len, .stop = len};
	}
	return MHD_create_response_from_callback(s->len, 16384, stream_read, s, stream_free);
}
