/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/book.h"
#include "base/num.h"
#include "driver/hub.h"
#include "driver/project.h"
#include "driver/turn.h"
#include "io/clock.h"
#include "io/genesis.h"
#include "io/store.h"
#include <string.h>

/* A step may write several records; a service's words belong only to what they were said about. */
static bool said_of(const struct project *p, const struct record *r, const struct event *event)
{
	const struct binding *b;

	switch (event->type) {
	case EV_COMMAND:
		return true; /* all that a command leads to at once was asked for by that person */
	case EV_LOOK:
		b = &p->core.bindings[event->look.binding];
		return (r->type == RECORD_VERDICT || r->type == RECORD_ARMED || r->type == RECORD_DELETION ||
			       r->type == RECORD_INCIDENT) &&
		       region_equal(&r->region, &b->region);
	case EV_ACT:
		return r->type == RECORD_ACT_RESULT && r->op.n == event->act.op.n;
	case EV_CUT:
		return r->type == RECORD_CUT_RESULT && r->op.n == event->cut.op.n;
	case EV_ERRAND:
		return r->type == RECORD_ERRAND_RESULT && r->op.n == event->errand.op.n;
	case EV_GRANTS_REVOKED:
		return r->type == RECORD_GRANTS_RESULT && r->op.n == event->revoked.op.n;
	case EV_CLUSTER:
		return r->type == RECORD_CLUSTER && cluster_id_equal(&r->cluster, &event->cluster.seen.id);
	case EV_CMEK:
		return r->type == RECORD_SETTING;
	case EV_CLUSTERS:
		return r->type == RECORD_CLUSTER;
	case EV_GRANTS:
		return r->type == RECORD_DARK || r->type == RECORD_NOT_DARK;
	case EV_TICK:
	case EV_ROTATION:
	case EV_HINT:
	case EV_BUDGET:
	case EV_SETTINGS:
	case EV_LEDGER:
		return false;
	}
	return false;
}

/* Between that look and the verdict the key was lost: nobody can say it closer. */
static bool was_usable(const struct project *p, const struct record *r, char ret_at[NUM_TIME_BYTES])
{
	uint32_t binding = core_find_binding(&p->core, &r->region);

	if (r->type != RECORD_VERDICT || r->outcome != OUTCOME_LOST || binding == CORE_NO_INDEX ||
		!walltime_is_known(p->core.bindings[binding].evidence.last_usable_at))
		return false;
	num_format_time_ms(p->core.bindings[binding].evidence.last_usable_at.ms, ret_at);
	return true;
}

static void fail(struct project *p)
{
	struct moment now = clock_now();

	p->probe_at = boottime_after(now.boot, PROJECT_PROBE_MS);
	if (barrier_fail(&p->barrier))
		p->tell_ledger = true;
}

static void on_written(struct store *s, struct seq seq, int error, void *arg)
{
	struct project *p = arg;

	(void)s;
	if (error == 0)
		barrier_durable(&p->barrier, seq);
	else
		fail(p);
	turn_run(p);
}

void book_write(
	struct project *p, const struct record *record, const struct event *event, const struct texts *texts)
{
	struct record_texts said = {.who = NULL};
	char usable[NUM_TIME_BYTES];
	struct record adopted;
	const struct record_texts *of = &said;

	if (record->type == RECORD_LIVE_DRILL) {
		/* Who asked for it stands with its first record, which comes later than the command. */
		if (record->live_step == LIVE_PAUSE_SENT && p->drill_asked)
			said = p->drill_asked->of;
		else if (texts && event->type == EV_ACT && record->op.n == event->act.op.n)
			said = texts->of;
	} else if (texts && said_of(p, record, event))
		said = texts->of;
	if (was_usable(p, record, usable))
		said.usable = usable;
	if (record->type == RECORD_ADOPTED) {
		adopted = *record;
		adopted.ledger = p->ledger;
		adopted.project = p->id;
		genesis_machine(adopted.machine);
		record = &adopted;
	}
	if (!p->store)
		return; /* a damaged ledger is left as it is */
	/* Behind records that wait here there is no place in the file. */
	if (!barrier_first(&p->barrier) && !p->barrier.overflowed &&
		store_append(p->store, record, of, on_written, p) == 0)
		return;
	barrier_keep(&p->barrier, record, texts_new(of));
	fail(p);
}

/* Gives the ledger what waits here, in order. */
static void write_kept(struct project *p)
{
	const struct barrier_record *first;

	while ((first = barrier_first(&p->barrier))) {
		const struct record_texts *of = first->texts ? &first->texts->of : NULL;

		if (store_append(p->store, &first->record, of, on_written, p) < 0)
			break;
		barrier_drop_first(&p->barrier);
	}
	if (barrier_mend(&p->barrier)) {
		p->tell_ledger = true;
		p->probe_at = BOOTTIME_NEVER;
	}
}

static void on_probed(struct store *s, struct seq seq, int error, void *arg)
{
	struct project *p = arg;

	(void)s;
	p->probing = false;
	if (error == 0 && !p->closing) {
		barrier_durable(&p->barrier, seq);
		write_kept(p);
	}
	turn_run(p);
}

void book_probe(struct project *p)
{
	struct moment now = clock_now();

	p->probe_at = boottime_after(now.boot, PROJECT_PROBE_MS);
	if (p->probing || !p->store)
		return;
	if (store_error(p->store) == 0) {
		write_kept(p); /* it never failed: it had no room for more records in memory */
		return;
	}
	p->probing = store_probe(p->store, on_probed, p) == 0;
}

static void on_line(const char *line, size_t len, void *arg)
{
	struct project *p = arg;

	events_record(&p->hub->events, &p->name, line, len);
}

void book_listen(struct project *p)
{
	store_listen(p->store, on_line, p);
}
