/* SPDX-License-Identifier: Apache-2.0 */
#include "io/store.h"
#include "base/own.h"
#include "io/store_file.h"
#include "io/store_load.h"
#include <errno.h>
#include <string.h>
#include <sys/queue.h>

/* Somebody who is told when a record's fate is known. */
struct store_wait {
	STAILQ_ENTRY(store_wait) link;
	struct seq seq;
	store_done_fn *done;
	void *arg;
};
STAILQ_HEAD(store_waits, store_wait);

enum store_job {
	STORE_JOB_NONE,
	STORE_JOB_WRITE,
	STORE_JOB_PROBE,
	STORE_JOB_TELL, /* nothing on disk: only to tell later, never from inside store_append */
};

struct store {
	uv_loop_t *loop;
	uv_work_t work;
	struct store_file file;      /* of the job while there is one */
	struct ledger_head head;     /* of the last record that was appended */
	struct ledger_head durable;  /* of the last durable one */
	struct ledger_head underway; /* of the last one in `unsaved` */
	struct buf unsaved;          /* being written, or what a failure has left; read by the job */
	struct buf waiting;          /* appended since */
	struct store_waits told_by_job, told_next;
	enum store_job job;
	int result;              /* of the job */
	int error;               /* as it stands: of the last job on disk */
	const char *failed_step; /* of the file, when it failed */
	size_t room_left;
	bool probe_wanted, probing;
	store_done_fn *probe_done;
	void *probe_arg;
	store_line_fn *line;
	void *line_arg;
	bool closing;
	void (*closed)(void *arg);
	void *closed_arg;
};

/* Takes `file` over. NULL: no memory. */
static struct store *store_new(uv_loop_t *loop, struct store_file *file, const struct ledger_head *head)
{
	struct store *s = calloc(1, sizeof *s);
	if (!s)
		return NULL;
	s->loop = loop;
	s->work.data = s;
	s->file = *file;
	*file = (struct store_file){.path = NULL};
	s->head = s->durable = s->underway = *head;
	s->unsaved = s->waiting = BUF_INIT(STORE_BACKLOG_MAX);
	s->room_left = s->file.room_left;
	STAILQ_INIT(&s->told_by_job);
	STAILQ_INIT(&s->told_next);
	return s;
}

static void store_free(struct store *s)
{
	store_file_fini(&s->file);
	buf_fini(&s->unsaved);
	buf_fini(&s->waiting);
	free(s);
}

/* ---- on the thread pool ---- */

static void job_run(uv_work_t *work)
{
	struct store *s = work->data;
	int r = 0;
	if (s->job == STORE_JOB_TELL)
		return;
	if (s->job == STORE_JOB_PROBE) {
		r = store_file_cut(&s->file);
		if (r == 0 && s->unsaved.len == 0)
			r = store_file_prove(&s->file);
	}
	if (r == 0 && s->unsaved.len > 0) {
		r = store_file_append(&s->file, s->unsaved.data, s->unsaved.len, &s->underway.hash);
		if (r < 0) {
			/* What was written of it must not be found by the next start. If that fails too, the
			 * probe does it before anything else. */
			const char *step = s->file.step;
			if (s->file.behind)
				(void)store_file_cut(&s->file);
			s->file.step = step;
		}
	}
	s->result = r;
}

/* ---- on the loop ---- */

static void job_start_next(struct store *s);

/* Each is told once. What is appended meanwhile goes into the next job. */
static void tell(struct store *s)
{
	struct store_waits waits = STAILQ_HEAD_INITIALIZER(waits);
	int result = s->result;
	STAILQ_CONCAT(&waits, &s->told_by_job);
	while (!STAILQ_EMPTY(&waits)) {
		struct store_wait *w = STAILQ_FIRST(&waits);
		STAILQ_REMOVE_HEAD(&waits, link);
		if (w->done)
			w->done(s, w->seq, result, w->arg);
		free(w);
	}
}

/* What was written are whole lines. */
static void tell_lines(const struct store *s)
{
	const char *at = s->unsaved.data, *newline;

	for (size_t left = s->line ? s->unsaved.len : 0; left > 0;
		left -= (size_t)(newline - at) + 1, at = newline + 1) {
		newline = memchr(at, '\n', left);
		if (!newline)
			return;
		s->line(at, (size_t)(newline - at), s->line_arg);
	}
}

static void job_done(uv_work_t *work, int status)
{
	struct store *s = work->data;
	enum store_job job = s->job;
	(void)status; /* jobs are never cancelled */

	if (job == STORE_JOB_TELL) {
		s->result = s->error;
	} else if (s->result == 0) {
		s->error = 0;
		s->durable = s->underway;
		tell_lines(s);
		buf_fini(&s->unsaved);
	} else {
		s->error = s->result;
		s->failed_step = s->file.step;
	}
	s->room_left = s->file.room_left;
	tell(s);
	if (job == STORE_JOB_PROBE) {
		s->probing = false;
		if (s->probe_done)
			s->probe_done(s, s->durable.seq, s->result, s->probe_arg);
	}
	s->job = STORE_JOB_NONE;
	job_start_next(s);
}

/* What waits goes behind what a failure has left: the chain has one order. False: no memory; then it waits
 * on. */
static bool take_waiting(struct store *s)
{
	if (s->unsaved.len == 0) {
		struct buf empty = s->unsaved;
		s->unsaved = s->waiting;
		s->waiting = empty;
	} else {
		buf_append(&s->unsaved, s->waiting.data, s->waiting.len);
		if (s->unsaved.trouble) {
			s->unsaved.trouble = 0;
			return false;
		}
		buf_fini(&s->waiting);
	}
	s->underway = s->head;
	return true;
}

static void job_start(struct store *s, enum store_job job)
{
	s->job = job;
	s->result = 0;
	if (job == STORE_JOB_TELL || take_waiting(s))
		STAILQ_CONCAT(&s->told_by_job, &s->told_next);
	(void)uv_queue_work(s->loop, &s->work, job_run, job_done); /* fails only without a function */
}

static void job_start_next(struct store *s)
{
	if (s->job != STORE_JOB_NONE)
		return;
	if (s->probe_wanted) {
		s->probe_wanted = false;
		job_start(s, STORE_JOB_PROBE);
	} else if (s->error == 0 && s->waiting.len > 0) {
		job_start(s, STORE_JOB_WRITE);
	} else if (!STAILQ_EMPTY(&s->told_next)) {
		job_start(s, STORE_JOB_TELL);
	} else if (s->closing) {
		void (*closed)(void *arg) = s->closed;
		void *arg = s->closed_arg;
		store_free(s);
		if (closed)
			closed(arg);
	}
}

int store_open(uv_loop_t *loop, const char *dir, const struct project_name *name,
	const struct project_id *project, struct walltime now, ledger_each_fn *each, void *arg,
	struct store **ret_store, struct store_report *ret_report, struct why *reterr_why)
{
	_cleanup_(store_file_fini) struct store_file file = {.path = NULL};
	*ret_report = (struct store_report){.created = false};
	if (asprintf(&file.path, "%s/%s.ledger", dir, name->text) < 0) {
		file.path = NULL;
		why_set(reterr_why, "no memory for the ledger of %s", name->text);
		return err_origin(-ENOMEM);
	}
	int r = store_load(&file, project, now, each, arg, ret_report, reterr_why);
	if (r != 0)
		return r;
	struct store *s = store_new(loop, &file, &ret_report->ledger.head);
	if (!s) {
		why_set(reterr_why, "no memory for the ledger of %s", name->text);
		return err_origin(-ENOMEM);
	}
	*ret_store = s;
	return 0;
}

int store_append(struct store *s, const struct record *record, const struct record_texts *texts,
	store_done_fn *done, void *arg)
{
	if (s->unsaved.len + s->waiting.len + LEDGER_LINE_MAX > STORE_BACKLOG_MAX)
		return err_origin(-ENOBUFS);
	struct store_wait *w = malloc(sizeof *w);
	if (!w)
		return err_origin(-ENOMEM);
	int r = ledger_encode(record, texts, &s->head, &s->waiting);
	if (r != 0) {
		free(w);
		s->waiting.trouble = 0;
		return r < 0 ? r : err_origin(-EINVAL);
	}
	*w = (struct store_wait){.seq = record->seq, .done = done, .arg = arg};
	STAILQ_INSERT_TAIL(&s->told_next, w, link);
	job_start_next(s);
	return 0;
}

int store_probe(struct store *s, store_done_fn *done, void *arg)
{
	if (s->probing)
		return -EBUSY;
	s->probing = s->probe_wanted = true;
	s->probe_done = done;
	s->probe_arg = arg;
	job_start_next(s);
	return 0;
}

void store_close(struct store *s, void (*closed)(void *arg), void *arg)
{
	s->closing = true;
	s->closed = closed;
	s->closed_arg = arg;
	if (s->job == STORE_JOB_NONE)
		job_start(s, STORE_JOB_TELL);
}

void store_listen(struct store *s, store_line_fn *line, void *arg)
{
	s->line = line;
	s->line_arg = arg;
}

uint64_t store_next_seq(const struct store *s)
{
	return s->head.seq.n + 1;
}

const struct ledger_head *store_head(const struct store *s)
{
	return &s->durable;
}

const char *store_path(const struct store *s)
{
	return s->file.path;
}

int store_error(const struct store *s)
{
	return s->error;
}

void store_why(const struct store *s, struct why *ret_why)
{
	ret_why->text[0] = '\0';
	if (s->error == 0)
		return;
	why_set(ret_why, "cannot %s the ledger %s: %s; %s", s->failed_step, s->file.path,
		s->error == -ESTALE ? "it is not as this cmekd has left it" : strerror(-s->error),
		s->error == -ESTALE ? "another program has changed it: find out which, then restart cmekd"
		: s->error == -ENOSPC || s->error == -EDQUOT
			? "free space there"
			: "check the file system and the rights of its folder");
}

size_t store_room_left(const struct store *s)
{
	return s->room_left;
}
