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

/* Whether it holds something, and does not even begin as a ledger does. */
static bool is_foreign(const char *bytes, size_t len)
{
	static const char begin[] = "{\"seq\":";

	while (len > 0 && bytes[len - 1] == '\0') /* room that was kept */
		len--;
	return len > 0 && memcmp(bytes, begin, len < sizeof begin - 1 ? len : sizeof begin - 1) != 0;
}

/* Damaged as a whole, and yet good as a part of one. */
static bool is_part(const char *bytes, size_t len)
{
	struct ledger_report report;

	return ledger_verify_part(bytes, len, NULL, NULL, &report, NULL) == 0 && report.gap_first > 0;
}

struct output_ledger ledger_file_report(const char *path, const char *bytes, size_t len,
	const struct ledger_report *report, const char *damage)
{
	struct output_ledger l = {
		.path = path, .report = *report, .damage = *damage ? damage : NULL, .bytes = len};

	l.is_foreign = is_foreign(bytes, len);
	l.is_part = l.damage && report->gap_first == 0 && is_part(bytes, len);
	if (l.is_foreign)
		l.damage = "it does not begin as a ledger does";
	return l;
}
