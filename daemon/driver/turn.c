/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/turn.h"
#include "base/err.h"
#include "driver/book.h"
#include "driver/capacity.h"
#include "driver/hand.h"
#include "driver/hints.h"
#include "driver/hub.h"
#include "driver/mark.h"
#include "driver/project.h"
#include "io/clock.h"
#include "io/journal.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#define RETRY_MS    1000 /* after a lack of memory */
#define INBOX_SPARE 2    /* beside the answers: commands that people may give before the next step */

static int reserve_keys(struct project *p, uint32_t count)
{
	struct project_key *keys;

	if (count <= p->key_size)
		return 0;
	keys = realloc(p->keys, count * sizeof *keys);
	if (!keys)
		return err_origin(-ENOMEM);
	memset(keys + p->key_size, 0, (count - p->key_size) * sizeof *keys);
	p->keys = keys;
	p->key_size = count;
	return 0;
}

/* All that the step may use: the step itself cannot fail. */
static int reserve(struct project *p, const struct event *event)
{
	struct core_need need = core_need(&p->core, event);
	int r = capacity_reserve(&p->core, &p->hub->effects, &need);

	if (r == 0)
		r = reserve_keys(p, need.bindings);
	if (r == 0)
		r = inbox_reserve(
			&p->hub->spare_inbox, p->inbox.count + p->asked + need.effects + INBOX_SPARE);
	return r;
}

/* Each question that is asked has its place for the answer before it is asked. */
static void make_room_for_answers(struct project *p, const struct effects *effects)
{
	uint32_t questions = 0;

	for (uint32_t i = 0; i < effects->count; i++)
		questions += deed_asks(effects->items[i].type);
	inbox_make_room(&p->inbox, p->asked + questions + INBOX_SPARE, &p->hub->spare_inbox);
}

static void perform(struct project *p, const struct event *event, const struct texts *texts)
{
	const struct effects *effects = &p->hub->effects;

	make_room_for_answers(p, effects);
	p->answered = texts;
	for (uint32_t i = 0; i < effects->count; i++) {
		const struct effect *effect = &effects->items[i];
		struct deed deed;
		bool durable;

		if (effect->type == FX_RECORD) {
			if (effect->record.type == RECORD_VERDICT)
				hints_verdict(p, core_find_binding(&p->core, &effect->record.region),
					event->at.boot);
			book_write(p, &effect->record, event, texts);
			continue;
		}
		deed_of(&p->core, effect, &deed);
		if (event->type == EV_COMMAND && texts && texts->of.who)
			(void)snprintf(deed.who, sizeof deed.who, "%s", texts->of.who);
		if (deed_asks(deed.type))
			p->asked++;
		if (barrier_pass(&p->barrier, &deed, &durable))
			hand_do(p, &deed, durable);
	}
	p->answered = NULL;
}

/* Looks and acts, as the core took them: for who searches a fault (`systemctl service-log-level cmekd debug`). */
static void trace(const struct project *p, const struct event *event, const struct texts *texts)
{
	struct journal_fields fields = {
		.project = p->name.text, .request_id = texts ? texts->of.request : NULL};
	const struct binding *b;

	if (event->type == EV_ACT || event->type == EV_CUT)
		journal_log(LOG_DEBUG, &fields, "%s: %s: %s%s%s", p->name.text,
			event->type == EV_ACT ? "pause or resume" : "change at the key",
			act_result_name(event->type == EV_ACT ? event->act.result : event->cut.result),
			texts && texts->of.message ? ": " : "",
			texts && texts->of.message ? texts->of.message : "");
	if (event->type != EV_LOOK || event->look.binding >= p->core.binding_count)
		return;
	b = &p->core.bindings[event->look.binding];
	fields.region = b->region.text;
	fields.key_arn = b->arn.text;
	fields.reason = reason_name(b->evidence.last_reason);
	fields.outcome = outcome_name(reason_outcome(b->evidence.last_reason));
	journal_log(LOG_DEBUG, &fields, "%s/%s: looked: %s, %s; verdict: %s", p->name.text, b->region.text,
		fields.outcome, reason_seen(b->evidence.last_reason), outcome_name(b->evidence.verdict));
}

/* False: no memory; nothing has changed, try again later. */
static bool step(struct project *p, struct event *event, const struct texts *texts)
{
	event->at = clock_now();
	if (reserve(p, event) < 0) {
		p->retry_at = boottime_after(event->at.boot, RETRY_MS);
		return false;
	}
	core_step(&p->core, event, &p->hub->effects);
	trace(p, event, texts);
	perform(p, event, texts);
	return true;
}

static bool step_ledger(struct project *p)
{
	struct event event = {.type = EV_LEDGER};

	event.ledger.ok = !p->barrier.failed;
	if (!step(p, &event, NULL))
		return false;
	/* What the step wrote may have changed it again. */
	p->tell_ledger = p->barrier.failed == event.ledger.ok;
	return true;
}

static bool step_settings(struct project *p)
{
	struct cluster_mark *marks = mark_known(p);
	struct event event = {.type = EV_SETTINGS};
	bool stepped;

	if (!marks) {
		p->retry_at = boottime_after(clock_now().boot, RETRY_MS);
		return false;
	}
	event.settings.marks = marks;

	event.settings.policy = &p->policy;
	event.settings.pins = p->pins;
	event.settings.pin_count = p->pin_count;
	event.settings.fingerprint_base = project_fingerprint(p);
	stepped = step(p, &event, NULL);
	free(marks);
	p->tell_settings = !stepped;
	return stepped;
}

static bool step_inbox(struct project *p)
{
	struct inbox_entry entry = *inbox_peek(&p->inbox);

	if (mark_entry(p, &entry) < 0) {
		p->retry_at = boottime_after(clock_now().boot, RETRY_MS);
		return false;
	}
	if (!step(p, &entry.event, entry.texts))
		return false;
	if (entry.event.type == EV_COMMAND)
		p->commands--;
	/* Taken out only now: a step without memory leaves it. The step may have put others behind it. */
	inbox_drop(&p->inbox);
	return true;
}

/* Without memory it is lost: the key is looked at all the same, by PollInterval=. */
static bool step_hint(struct project *p, uint32_t binding)
{
	struct event event = {.type = EV_HINT};

	event.hint.binding = binding;
	return step(p, &event, NULL);
}

/* The core reads the settings once in ClustersInterval; what an errand has configured is to be watched at once. A reading of the
 * core's that is under way was asked for before, perhaps: this one comes after it. */
static bool ask_cmek(struct project *p)
{
	const struct deed deed = {.type = FX_READ_CMEK, .binding = CORE_NO_INDEX};

	if (inbox_reserve(&p->inbox, p->asked + 1 + INBOX_SPARE) < 0) {
		p->retry_at = boottime_after(clock_now().boot, RETRY_MS);
		return false;
	}
	p->read_cmek = false;
	p->asked++;
	hand_do(p, &deed, true);
	return true;
}

static bool step_tick(struct project *p)
{
	struct event event = {.type = EV_TICK};

	p->woken = false;
	return step(p, &event, NULL);
}

static void release(struct project *p)
{
	struct deed deed;
	bool durable;

	while (barrier_next(&p->barrier, &deed, &durable))
		hand_do(p, &deed, durable);
}

static void plan_wake(struct project *p)
{
	struct boottime at = core_deadline(&p->core);

	if (p->retry_at.ms != BOOTTIME_NEVER.ms)
		at = p->retry_at; /* nothing can be done before */
	at = boottime_earlier(at, p->probe_at);
	/* The agenda has room for every project since it was opened. */
	(void)agenda_set(&p->hub->agenda, &p->wake, at);
}

void turn_run(struct project *p)
{
	bool going = true;
	uint32_t hinted;

	if (p->running || p->closing || p->broken)
		return;
	p->running = true;
	p->retry_at = BOOTTIME_NEVER;
	while (going) {
		release(p);
		if (p->tell_settings)
			going = step_settings(p);
		else if (p->tell_ledger)
			going = step_ledger(p);
		else if (inbox_peek(&p->inbox))
			going = step_inbox(p);
		else if ((hinted = hints_next(p)) != CORE_NO_INDEX)
			going = step_hint(p, hinted);
		else if (p->read_cmek && !p->core.cmek_in_flight)
			going = ask_cmek(p);
		else if (p->woken)
			going = step_tick(p);
		else
			going = false;
	}
	p->running = false;
	if (p->asked == 0 && !inbox_peek(&p->inbox))
		inbox_fini(
			&p->inbox); /* most projects wait for nothing most of the time: two kilobytes each */
	hand_hasten(p);
	plan_wake(p);
	p->hub->changed(p, p->hub->arg);
}

void turn_answer(struct project *p, struct inbox_entry *entry)
{
	p->asked--;
	if (p->closing) {
		inbox_entry_fini(entry);
		project_check_gone(p);
		return;
	}
	inbox_put(&p->inbox, entry);
	turn_run(p);
}

int turn_command(struct project *p, const struct event *command, struct texts *texts)
{
	struct inbox_entry entry = {.event = *command, .texts = texts};
	int r;

	if (p->commands >= PROJECT_COMMANDS_MAX)
		return err_origin(-EBUSY);
	r = inbox_reserve(&p->inbox, p->asked + 1 + INBOX_SPARE);
	if (r < 0)
		return r;
	p->commands++;
	inbox_put(&p->inbox, &entry);
	turn_run(p);
	return 0;
}

void turn_wake(struct project *p)
{
	struct moment now = clock_now();

	if (boottime_reached(now.boot, p->probe_at))
		book_probe(p);
	p->woken = boottime_reached(now.boot, core_deadline(&p->core));
	turn_run(p);
}
