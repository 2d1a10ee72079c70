/* SPDX-License-Identifier: Apache-2.0 */
/* ledger export: the records as they are hashed, of a ledger that was checked as a whole, without the daemon. */
#include "cmd.h"
#include "base/num.h"
#include "base/own.h"
#include "ledger_file.h"
#include "ledger_path.h"
#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* TIME: a date, or RFC 3339. */
static int parse_since(struct session *s, struct walltime *ret_since)
{
	const char *typed = REQUEST_VALUE(s->request, SINCE);
	char text[64];

	*ret_since = WALLTIME_UNKNOWN;
	if (!typed)
		return 0;
	(void)snprintf(text, sizeof text, "%.40s%s", typed, strlen(typed) == 10 ? "T00:00:00Z" : "");
	if (strlen(typed) <= 40 && num_parse_time_ms(text, strlen(text), &ret_since->ms) == 0)
		return 0;
	return output_trouble(s->out, EXIT_USAGE, "usage",
		"\"%.64s\" is no time; expected a date in UTC, 2026-11-24, or 2026-11-24T03:49:26Z", typed);
}

static int parse_incident(struct session *s, struct incident_id *ret_incident)
{
	const char *typed = REQUEST_VALUE(s->request, INCIDENT);
	uint64_t number = 0;

	if (typed && (num_parse_u64(typed, strlen(typed), UINT32_MAX, &number) != 0 || number == 0))
		return output_trouble(s->out, EXIT_USAGE, "usage",
			"\"%.64s\" is no number of an incident; expected --incident N, as in prod#N", typed);
	ret_incident->n = (uint32_t)number;
	return 0;
}

/* The first and the last record of the part; records are lines, counted from 1. */
struct part {
	struct walltime since;
	uint64_t first, last;
	struct digest first_hash, last_hash;
};

static int find_part(const struct ledger_entry *e, void *arg)
{
	struct part *p = arg;
	uint64_t seq = e->record.seq.n;

	if (seq < p->first || seq > p->last)
		return 0;
	if (walltime_is_known(p->since) && e->record.at.ms < p->since.ms) {
		p->first = seq + 1; /* a clock that was set back does not tear the part */
		return 0;
	}
	p->since = WALLTIME_UNKNOWN;
	if (seq == p->first)
		p->first_hash = e->hash;
	p->last_hash = e->hash;
	return 0;
}

static int no_incident(struct session *s, const char *path, const struct story_book *book)
{
	return output_trouble(s->out, EXIT_ERROR, "no_incident", "%s holds no incident %s; it has %" PRIu32,
		path, REQUEST_VALUE(s->request, INCIDENT), book->count);
}

static int choose_part(struct session *s, const struct output_ledger *l, const char *bytes,
	const struct story_book *book, struct part *p)
{
	struct ledger_report report;
	struct incident_id incident = {0};
	int result = parse_incident(s, &incident);

	if (result != 0)
		return result;
	p->first = 1;
	p->last = l->report.head.seq.n;
	if (incident.n != 0) {
		const struct story *story = story_book_find(book, incident);

		if (!story)
			return no_incident(s, l->path, book);
		p->first = story->first_seq;
		p->last = story->last_seq;
	}
	result = ledger_verify(bytes, l->report.good_bytes, find_part, p, &report, NULL);
	return result == 0 ? 0
			   : output_trouble(s->out, EXIT_ERROR, "failure", "reading %s failed: %s", l->path,
				     strerror(result < 0 ? -result : EIO));
}

static int refuse(struct session *s, const struct output_ledger *l)
{
	if (l->is_foreign)
		return output_trouble(
			s->out, EXIT_ERROR, "no_ledger", "%s is no ledger: %s", l->path, l->damage);
	if (l->damage && !REQUEST_HAS(s->request, GOOD_PART))
		return output_trouble(s->out, EXIT_ERROR, "damaged",
			"%s is damaged: %s. Nothing was written. The %" PRIu64
			" records before it, if they are what is wanted: --good-part",
			l->path, l->damage, l->report.head.seq.n);
	return l->report.head.seq.n > 0
		       ? 0
		       : output_trouble(s->out, EXIT_ERROR, "empty", "%s holds no record", l->path);
}

int cmd_ledger_export(struct session *s)
{
	_cleanup_(story_book_fini) struct story_book book = {.stories = NULL};
	_cleanup_free_ char *bytes = NULL;
	const char *path =
		ledger_path(&s->out->arena, s->request->arguments[0], REQUEST_VALUE(s->request, STATE_DIR));
	struct part p = {.first = 1};
	size_t len;
	int result = parse_since(s, &p.since);

	if (result == 0)
		result = ledger_file_load(s, path, &bytes, &len);
	if (result != 0)
		return result;
	result = story_book_read(&book, &s->out->arena, bytes, len, (struct incident_id){0});
	if (result < 0)
		return output_trouble(
			s->out, EXIT_ERROR, "failure", "reading %s failed: %s", path, strerror(-result));
	const struct output_ledger ledger =
		ledger_file_report(path, bytes, len, &book.report, book.damage.text);
	result = refuse(s, &ledger);
	if (result == 0)
		result = choose_part(s, &ledger, bytes, &book, &p);
	if (result != 0)
		return result;
	s->out->ops->exported(s->out, &(const struct output_export){.ledger = &ledger,
					      .book = &book,
					      .bytes = bytes,
					      .first = p.first,
					      .last = p.last,
					      .first_hash = p.first_hash,
					      .last_hash = p.last_hash});
	return ledger.damage ? EXIT_ERROR : EXIT_GOOD;
}
