/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger_file.h"
#include "base/own.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define LEDGER_FILE_MAX (1024LL * 1024 * 1024) /* bytes: some millions of records */

static int cannot_read(struct session *s, const char *path, int error)
{
	const char *next =
		error == EACCES ? "; only root and cmekd's own user may read ledgers"
		: error == ENOENT
			? "; a ledger is made at cmekd's first start with that project; see --state-dir"
			: "";

	return output_trouble(s->out, error == EACCES ? EXIT_FORBIDDEN : EXIT_ERROR, "unreadable",
		"cannot read %s: %s%s", path, strerror(error), next);
}

/* Reads, does not map: a file that is cut meanwhile must not kill the reader. */
int ledger_file_load(struct session *s, const char *path, char **ret_bytes, size_t *ret_len)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return cannot_read(s, path, errno);
	if (!S_ISREG(st.st_mode))
		return output_trouble(s->out, EXIT_ERROR, "unreadable", "%s is no regular file", path);
	if (st.st_size > LEDGER_FILE_MAX)
		return output_trouble(s->out, EXIT_ERROR, "unreadable",
			"%s has more than %lld bytes: it is no ledger", path, LEDGER_FILE_MAX);
	size_t size = (size_t)st.st_size, len = 0;
	_cleanup_free_ char *bytes = malloc(size + 1);
	if (!bytes)
		return cannot_read(s, path, ENOMEM);
	while (len < size) {
		ssize_t n = read(fd, bytes + len, size - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return cannot_read(s, path, errno);
		if (n == 0)
			break;
		len += (size_t)n;
	}
	*ret_bytes = own_take(bytes);
	*ret_len = len;
	return 0;
}
