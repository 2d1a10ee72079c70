/* SPDX-License-Identifier: Apache-2.0 */
/* fake_store: the ledger of fake_io, in memory. */
#include "fake_io.h"
#include "fake_later.h"
#include "io/genesis.h"
#include "io/store.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct store {
	uint64_t next_seq;
	struct ledger_head head;
	int error;
	struct record kept[64]; /* failed, to be written by a probe that succeeds */
	size_t kept_count;
};

int store_open(uv_loop_t *loop, const char *dir, const struct project_name *name,
	const struct project_id *project, struct walltime now, ledger_each_fn *each, void *arg,
	struct store **ret_store, struct store_report *ret_report, struct why *reterr_why)
{
	struct store *s;

	(void)loop;
	(void)dir;
	(void)name;
	*ret_report = (struct store_report){.created = fake.record_count == 0};
	if (fake.record_count == 0)
		fake.records[fake.record_count++] = (struct record){.type = RECORD_GENESIS,
			.seq = {1},
			.at = now,
			.project = *project,
			.ledger = {"0123456789abcdef"}};
	for (size_t i = 0; i < fake.record_count; i++) {
		struct ledger_entry *entry = calloc(1, sizeof *entry);

		entry->record = fake.records[i];
		(void)each(entry, arg);
		free(entry);
		ret_report->last_at = fake.records[i].at;
	}
	ret_report->id = (struct ledger_id){"0123456789abcdef"};
	if (fake.open_result != 0) {
		why_set(reterr_why, "line 3 does not fit");
		return fake.open_result;
	}
	s = calloc(1, sizeof *s);
	s->next_seq = fake.record_count + 1;
	s->head.seq.n = fake.record_count;
	*ret_store = s;
	return 0;
}

int store_read(const char *dir, const struct project_name *name, ledger_each_fn *each, void *arg,
	struct why *reterr_why)
{
	(void)dir;
	(void)name;
	(void)each;
	(void)arg;
	why_set(reterr_why, "there is none");
	return -ENOENT;
}

static void make_durable(struct store *s, const struct record *r, const struct later *l)
{
	size_t i = fake.record_count++;

	if (i >= FAKE_RECORDS_MAX || r->seq.n != i + 1)
		abort(); /* a gap in the ledger */
	fake.records[i] = *r;
	fake.who[i] = l ? l->who : NULL;
	fake.note[i] = l ? l->note : NULL;
	fake.message[i] = l ? l->message : NULL;
	fake.usable[i] = l ? l->usable : NULL;
	s->head.seq = r->seq;
}

static void answer_written(struct later *l)
{
	struct store *s = l->store;

	if (fake.disk_full || s->error) {
		s->error = -ENOSPC;
		s->kept[s->kept_count++] = l->record;
	} else {
		make_durable(s, &l->record, l);
	}
	l->done.written(s, l->record.seq, s->error, l->arg);
}

static const char *intern(const char *text)
{
	static char known[64][128];

	if (!text)
		return NULL;
	for (int i = 0; i < 64; i++) {
		if (known[i][0] == '\0')
			snprintf(known[i], sizeof known[i], "%s", text);
		if (strncmp(known[i], text, sizeof known[i] - 1) == 0)
			return known[i];
	}
	return "too many texts";
}

void store_listen(struct store *s, store_line_fn *line, void *arg)
{
	(void)s;
	(void)line;
	(void)arg;
}

void genesis_machine(char ret_machine[RECORD_MACHINE_BYTES])
{
	memcpy(ret_machine, "0123456789abcdef0123456789abcdef", RECORD_MACHINE_BYTES);
}

int store_append(struct store *s, const struct record *record, const struct record_texts *texts,
	store_done_fn *done, void *arg)
{
	struct later *l;

	if (fake.append_error)
		return fake.append_error;
	if (record->seq.n != s->next_seq)
		return -EINVAL;
	s->next_seq++;
	l = later_new(answer_written, arg);
	l->done.written = done;
	l->store = s;
	l->record = *record;
	if (texts) {
		l->who = intern(texts->who);
		l->note = intern(texts->note);
		l->message = intern(texts->message);
		l->usable = intern(texts->usable);
	}
	return 0;
}

static void answer_probe(struct later *l)
{
	struct store *s = l->store;

	if (!fake.disk_full) {
		s->error = 0;
		for (size_t i = 0; i < s->kept_count; i++)
			make_durable(s, &s->kept[i], NULL);
		s->kept_count = 0;
	}
	l->done.written(s, s->head.seq, s->error, l->arg);
}

int store_probe(struct store *s, store_done_fn *done, void *arg)
{
	struct later *l = later_new(answer_probe, arg);

	l->done.written = done;
	l->store = s;
	return 0;
}

const struct ledger_head *store_head(const struct store *s)
{
	return &s->head;
}

int store_error(const struct store *s)
{
	return s->error;
}

void store_why(const struct store *s, struct why *ret_why)
{
	why_set(ret_why, "%s", s->error ? "no space left" : "");
}

static void answer_closed(struct later *l)
{
	free(l->store);
	l->done.closed(l->arg);
}

void store_close(struct store *s, void (*closed)(void *arg), void *arg)
{
	struct later *l = later_new(answer_closed, arg);

	l->store = s;
	l->done.closed = closed;
}
