/* SPDX-License-Identifier: Apache-2.0 */
/* verify: the hash chain of ledgers, without the daemon. */
#include "cmd.h"
#include "base/own.h"
#include "ledger_path.h"
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
static int load(struct session *s, const char *path, char **ret_bytes, size_t *ret_len)
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

static int show_record(const struct ledger_entry *entry, void *arg)
{
	struct session *s = arg;

	s->out->ops->record(s->out, entry);
	arena_fini(&s->out->arena); /* each record is done with */
	return 0;
}

static int verify_one(struct session *s, const char *argument)
{
	_cleanup_free_ char *bytes = NULL;
	_cleanup_free_ char *path = strdup(ledger_path(&s->out->arena, argument, s->request->state_dir));
	struct output_ledger ledger = {.damage = NULL};
	struct why why = {""};
	size_t len = 0;

	if (!path)
		return output_trouble(s->out, EXIT_ERROR, "failure", "out of memory");
	int result = load(s, path, &bytes, &len);
	if (result != 0)
		return result;
	result = ledger_verify(
		bytes, len, REQUEST_HAS(s->request, LIST) ? show_record : NULL, s, &ledger.report, &why);
	if (result < 0)
		return output_trouble(
			s->out, EXIT_ERROR, "failure", "checking %s failed: %s", path, strerror(-result));
	ledger.path = path;
	ledger.bytes = len;
	ledger.damage = result > 0 ? why.text : NULL;
	s->out->ops->ledger(s->out, &ledger);
	return ledger.damage || ledger.report.head.seq.n == 0 ? EXIT_ERROR : EXIT_GOOD;
}

int cmd_verify(struct session *s)
{
	int worst = EXIT_GOOD;

	for (size_t i = 0; i < s->request->argument_count; i++) {
		int code = verify_one(s, s->request->arguments[i]);
		worst = worst == EXIT_GOOD ? code : worst;
	}
	return worst;
}
