/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/proto.h"
#include "base/err.h"
#include <errno.h>
#include <string.h>

void proto_fini(struct proto *p)
{
	if (p->in.data) /* a call may hold a password */
		explicit_bzero(p->in.data, p->in.size);
	buf_fini(&p->in);
	p->taken = p->open = 0;
}

int proto_feed(struct proto *p, const void *bytes, size_t len)
{
	const char *rest = bytes;
	size_t open = p->open;

	if (len > PROTO_FEED_MAX)
		return err_origin(-EMSGSIZE);
	/* Measured before anything is kept: no memory for a frame that will be refused. */
	for (size_t left = len; left > 0;) {
		const char *nul = memchr(rest, '\0', left);
		size_t part = nul ? (size_t)(nul - rest) : left;
		if (part > p->max_bytes - open)
			return PROTO_E_LONG;
		open = nul ? 0 : open + part;
		part += nul ? 1 : 0;
		rest += part;
		left -= part;
	}
	if (p->in.data)
		explicit_bzero(p->in.data, p->taken);
	buf_consume(&p->in, p->taken);
	p->taken = 0;
	buf_append(&p->in, bytes, len);
	if (p->in.trouble)
		return p->in.trouble;
	p->open = open;
	return 0;
}

int proto_next(struct proto *p, const char **ret_frame, size_t *ret_len)
{
	size_t complete = p->in.len - p->taken - p->open;
	if (complete == 0)
		return PROTO_E_MORE;
	const char *frame = p->in.data + p->taken;
	size_t len = strnlen(frame, complete);
	p->taken += len + 1;
	*ret_frame = frame;
	*ret_len = len;
	return 0;
}

bool proto_is_cut(const struct proto *p)
{
	return p->open > 0;
}
