/* SPDX-License-Identifier: Apache-2.0 */
#include "io/store_many.h"
#include "base/own.h"
#include "io/genesis.h"
#include "io/store_file.h"
#include "ledger/ledger.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct many {
	const char *dir;
	const struct store_owner *owners;
	size_t count;
	bool *ours; /* of each: prepared by us, then named by us */
};

/* The path of one ledger, for as long as `f` lives. */
static bool at(const struct many *m, size_t i, struct store_file *f)
{
	if (asprintf(&f->path, "%s/%s.ledger", m->dir, m->owners[i].name->text) < 0)
		f->path = NULL;
	return f->path;
}

static size_t find_missing(const struct many *m)
{
	size_t missing = 0;
	for (size_t i = 0; i < m->count; i++) {
		_cleanup_(store_file_fini) struct store_file f = {.path = NULL};
		struct stat st;
		m->ours[i] = at(m, i, &f) && lstat(f.path, &st) < 0 && errno == ENOENT;
		missing += m->ours[i];
	}
	return missing;
}

static void prepare(const struct many *m, size_t i, struct walltime now)
{
	_cleanup_(store_file_fini) struct store_file f = {.path = NULL};
	_cleanup_(buf_fini) struct buf line = BUF_INIT(LEDGER_LINE_MAX);
	m->ours[i] = at(m, i, &f) && genesis_line(m->owners[i].project, now, &line) == 0 &&
		     store_file_prepare(&f, line.data, line.len, false) == 0;
}

static void give_name(const struct many *m, size_t i)
{
	_cleanup_(store_file_fini) struct store_file f = {.path = NULL};
	m->ours[i] = at(m, i, &f) && store_file_name(&f) == 0;
}

/* Whether prepared or named. */
static void undo(const struct many *m)
{
	for (size_t i = 0; i < m->count; i++) {
		char path[PATH_MAX];
		if (!m->ours[i])
			continue;
		(void)snprintf(path, sizeof path, "%s/%s.ledger", m->dir, m->owners[i].name->text);
		(void)unlink(path);
		(void)snprintf(
			path, sizeof path, "%s/%s.ledger" STORE_FILE_FRESH, m->dir, m->owners[i].name->text);
		(void)unlink(path);
	}
}

void store_make_many(const char *dir, const struct store_owner *owners, size_t count, struct walltime now)
{
	_cleanup_free_ bool *ours = calloc(count, sizeof *ours);
	_cleanup_close_ int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct many m = {.dir = dir, .owners = owners, .count = count, .ours = ours};
	if (!ours || fd < 0 || find_missing(&m) < STORE_MANY_LEAST)
		return;
	for (size_t i = 0; i < count; i++)
		if (ours[i])
			prepare(&m, i, now);
	/* No name before what it names is durable: a reader never finds less than a genesis. */
	if (syncfs(fd) < 0) {
		undo(&m);
		return;
	}
	for (size_t i = 0; i < count; i++)
		if (ours[i])
			give_name(&m, i);
	if (fsync(fd) < 0)
		undo(&m);
}
