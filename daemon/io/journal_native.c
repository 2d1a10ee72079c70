/* SPDX-License-Identifier: Apache-2.0 */
#include "io/journal_native.h"
#include "base/own.h"
#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void journal_native_init(struct journal_native *n, const char *path)
{
	*n = JOURNAL_NATIVE_INIT;
	(void)snprintf(n->path, sizeof(n->path), "%s", path);
}

/* ---- lines ---- */

void journal_native_add(struct buf *line, const char *field, const char *value)
{
	size_t len = strlen(value);
	uint64_t size = htole64(len);

	buf_add(line, field);
	if (memchr(value, '\n', len)) { /* with its length, so that nobody adds a field of his own */
		buf_add(line, "\n");
		buf_append(line, &size, sizeof(size));
	} else {
		buf_add(line, "=");
	}
	buf_append(line, value, len);
	buf_add(line, "\n");
}

/* ---- the socket ---- */

enum journal_native_end { JOURNAL_NATIVE_TAKEN, JOURNAL_NATIVE_BUSY, JOURNAL_NATIVE_GONE };

static enum journal_native_end journal_native_put(struct journal_native *n, const char *data, size_t len)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};

	if (n->fd < 0)
		n->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (n->fd < 0)
		return JOURNAL_NATIVE_GONE;
	memcpy(to.sun_path, n->path, sizeof(to.sun_path));
	if (sendto(n->fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL, (const struct sockaddr *)&to, sizeof(to)) >=
		0)
		return JOURNAL_NATIVE_TAKEN;
	return errno == EAGAIN || errno == ENOBUFS || errno == EINTR ? JOURNAL_NATIVE_BUSY
								     : JOURNAL_NATIVE_GONE;
}

/* ---- what waits ---- */

static void journal_native_drop_first(struct journal_native *n)
{
	struct journal_native_line *line = &n->lines[n->first];

	n->bytes -= line->len;
	free(line->data);
	*line = (struct journal_native_line){.data = NULL};
	n->first = (n->first + 1) % JOURNAL_NATIVE_WAITING_MAX;
	if (--n->count > 0)
		return;
	free(n->lines);
	n->lines = NULL;
	n->first = 0;
}

static bool journal_native_keep(struct journal_native *n, const struct buf *line)
{
	char *copy = malloc(line->len);

	if (copy && !n->lines)
		n->lines = calloc(JOURNAL_NATIVE_WAITING_MAX, sizeof(*n->lines));
	if (!copy || !n->lines) {
		free(copy);
		return false;
	}
	memcpy(copy, line->data, line->len);
	/* One line is far less than all that may wait: `count` stays above 0, and the ring where it is. */
	while (n->count > 1 && (n->count == JOURNAL_NATIVE_WAITING_MAX ||
				       n->bytes + line->len > JOURNAL_NATIVE_WAITING_BYTES)) {
		journal_native_drop_first(n);
		n->lost++;
	}
	n->lines[(n->first + n->count) % JOURNAL_NATIVE_WAITING_MAX] =
		(struct journal_native_line){.data = copy, .len = line->len};
	n->count++;
	n->bytes += line->len;
	return true;
}

static void journal_native_send_waiting(struct journal_native *n)
{
	while (n->count > 0) {
		const struct journal_native_line *line = &n->lines[n->first];
		enum journal_native_end end = journal_native_put(n, line->data, line->len);

		if (end == JOURNAL_NATIVE_BUSY)
			return;
		n->lost += end == JOURNAL_NATIVE_GONE;
		journal_native_drop_first(n);
	}
}

bool journal_native_send(struct journal_native *n, const struct buf *line)
{
	enum journal_native_end end;

	if (line->trouble || line->len == 0)
		return false;
	journal_native_send_waiting(n);
	if (n->count > 0)
		return journal_native_keep(n, line); /* in order */
	end = journal_native_put(n, line->data, line->len);
	return end == JOURNAL_NATIVE_TAKEN || (end == JOURNAL_NATIVE_BUSY && journal_native_keep(n, line));
}

uint32_t journal_native_flush(struct journal_native *n)
{
	uint32_t lost;

	journal_native_send_waiting(n);
	if (n->count > 0)
		return 0;
	lost = n->lost;
	n->lost = 0;
	return lost;
}

void journal_native_fini(struct journal_native *n)
{
	journal_native_send_waiting(n);
	while (n->count > 0)
		journal_native_drop_first(n);
	own_close(&n->fd);
}
