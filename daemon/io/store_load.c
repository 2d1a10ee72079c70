/* SPDX-License-Identifier: Apache-2.0 */
#include "io/store_load.h"
#include "base/own.h"
#include "io/genesis.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

int store_lock(const char *dir, int *ret_fd, struct why *reterr_why)
{
	char path[PATH_MAX];
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	if (snprintf(path, sizeof path, "%s/.lock", dir) >= (int)sizeof path) {
		why_set(reterr_why, "the path of the folder of ledgers is too long: %s", dir);
		return err_origin(-ENAMETOOLONG);
	}
	if (mkdir(dir, 0700) < 0 && errno != EEXIST) {
		int r = err_origin(-errno);
		why_set(reterr_why, "cannot make the folder of ledgers %s: %s", dir, strerror(-r));
		return r;
	}
	_cleanup_close_ int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0) {
		int r = err_origin(-errno);
		why_set(reterr_why, "cannot open %s: %s", path, strerror(-r));
		return r;
	}
	if (fcntl(fd, F_OFD_SETLK, &lock) < 0) {
		if (errno == EAGAIN || errno == EACCES) {
			why_set(reterr_why,
				"another cmekd uses the ledgers in %s: stop it first, or set another "
				"StateDirectory=",
				dir);
			return STORE_E_LOCKED;
		}
		int r = err_origin(-errno);
		why_set(reterr_why, "cannot lock %s: %s", path, strerror(-r));
		return r;
	}
	*ret_fd = fd;
	fd = -1;
	return 0;
}

/* What is learnt of the records beside the chain. */
struct load {
	const struct project_id *project;
	ledger_each_fn *each;
	void *arg;
	struct store_report *report;
	bool other_project;
};

static int see(const struct ledger_entry *entry, void *arg)
{
	struct load *load = arg;
	const struct record *r = &entry->record;
	load->report->last_at = r->at;
	if (r->type == RECORD_GENESIS || r->type == RECORD_ADOPTED) {
		char machine[RECORD_MACHINE_BYTES];
		genesis_machine(machine);
		load->report->foreign = strcmp(machine, r->machine) != 0;
	}
	if (r->type == RECORD_GENESIS) {
		load->report->id = r->ledger;
		load->other_project = !project_id_equal(&r->project, load->project);
		if (load->other_project)
			return STORE_E_PROJECT;
	}
	return load->each ? load->each(entry, load->arg) : 0;
}

/* A fresh ledger: its genesis and nothing else. */
static int create(struct store_file *file, const struct project_id *project, struct walltime now)
{
	_cleanup_(buf_fini) struct buf line = BUF_INIT(LEDGER_LINE_MAX);
	int r = genesis_line(project, now, &line);
	if (r == 0)
		r = store_file_create(file, line.data, line.len);
	return r;
}

static int file_trouble(const struct store_file *file, int r, struct why *reterr_why)
{
	switch (r) {
	case -ELOOP:
	case -ENOTSUP:
		why_set(reterr_why, "%s is no regular file: move it away", file->path);
		return STORE_E_FILE;
	case -EFBIG:
		why_set(reterr_why, "the ledger %s is longer than %d bytes: move it away, and keep it",
			file->path, STORE_LEDGER_MAX);
		return STORE_E_LARGE;
	default:
		why_set(reterr_why, "cannot %s the ledger %s: %s", file->step, file->path, strerror(-r));
		return r;
	}
}

static int verify(
	struct store_file *file, const char *bytes, size_t len, struct load *load, struct why *reterr_why)
{
	struct ledger_report *report = &load->report->ledger;
	int r = ledger_verify(bytes, len, see, load, report, reterr_why);
	if (load->other_project) {
		why_set(reterr_why,
			"the ledger %s belongs to another project than Id=%s: rename the project file, or "
			"move the ledger away, and keep it",
			file->path, load->project->text);
		return STORE_E_PROJECT;
	}
	if (r < 0)
		return r;
	if (r == 0 && report->head.seq.n == 0) {
		report->line = 1;
		why_set(reterr_why, "line 1: there is no genesis record");
		r = LEDGER_E_GENESIS;
	}
	if (r > 0) {
		why_prefix(reterr_why, "the ledger %s is damaged", file->path);
		return STORE_E_DAMAGED;
	}
	return 0;
}

int store_load(struct store_file *file, const struct project_id *project, struct walltime now,
	ledger_each_fn *each, void *arg, struct store_report *ret_report, struct why *reterr_why)
{
	struct load load = {.project = project, .each = each, .arg = arg, .report = ret_report};
	_cleanup_free_ char *bytes = NULL;
	size_t len;
	int r = store_file_read(file, STORE_LEDGER_MAX, &bytes, &len);
	if (r == -ENOENT) {
		r = create(file, project, now);
		ret_report->created = r == 0;
		if (r == 0)
			r = store_file_read(file, STORE_LEDGER_MAX, &bytes, &len);
	}
	if (r < 0)
		return file_trouble(file, r, reterr_why);
	r = verify(file, bytes, len, &load, reterr_why);
	if (r != 0)
		return r;
	file->durable_bytes = ret_report->ledger.good_bytes;
	file->behind = true; /* a torn tail */
	file->hash = ret_report->ledger.head.hash;
	r = store_file_cut(file);
	return r < 0 ? file_trouble(file, r, reterr_why) : 0;
}

int store_read(const char *dir, const struct project_name *name, ledger_each_fn *each, void *arg,
	struct why *reterr_why)
{
	_cleanup_(store_file_fini) struct store_file file = {.path = NULL};
	_cleanup_free_ char *bytes = NULL;
	struct ledger_report report;
	size_t len;
	int r;
	if (asprintf(&file.path, "%s/%s.ledger", dir, name->text) < 0) {
		file.path = NULL;
		why_set(reterr_why, "no memory for the ledger of %s", name->text);
		return err_origin(-ENOMEM);
	}
	r = store_file_read(&file, STORE_LEDGER_MAX, &bytes, &len);
	if (r < 0)
		return file_trouble(&file, r, reterr_why);
	r = ledger_verify(bytes, len, each, arg, &report, reterr_why);
	if (r <= 0)
		return r;
	why_prefix(reterr_why, "the ledger %s is damaged", file.path);
	return STORE_E_DAMAGED;
}
