/* SPDX-License-Identifier: Apache-2.0 */
#include "story.h"
#include "base/array.h"
#include "base/num.h"
#include <stdlib.h>
#include <string.h>

void story_fini(struct story *s)
{
	free(s->clusters);
	free(s->events);
	free(s->turns);
	*s = (struct story){.clusters = NULL};
}

/* ---- clusters ---- */

static struct walltime later(struct walltime a, struct walltime b)
{
	return a.ms > b.ms ? a : b;
}

static enum story_bar bar_of_state(enum cluster_state state)
{
	switch (state) {
	case CLUSTER_STATE_RUNNING:
	case CLUSTER_STATE_BUSY:
		return STORY_BAR_RUNNING;
	case CLUSTER_STATE_PAUSING:
		return STORY_BAR_PAUSING;
	case CLUSTER_STATE_PAUSED:
		return STORY_BAR_PAUSED;
	case CLUSTER_STATE_RESUMING:
		return STORY_BAR_RESUMING;
	case CLUSTER_STATE_GONE:
		return STORY_BAR_GONE;
	case CLUSTER_STATE_UNKNOWN:
	case CLUSTER_STATE_UNUSABLE:
	case CLUSTER_STATE_COUNT:
		break;
	}
	return STORY_BAR_OTHER;
}

static enum story_bar bar_of(const struct record *r)
{
	switch (r->duty) {
	case DUTY_PAUSE_SENT:
	case DUTY_PAUSE_UNSURE:
	case DUTY_PAUSE_TAKEN:
		return STORY_BAR_PAUSING;
	case DUTY_RESUME_SENT:
	case DUTY_RESUME_UNSURE:
	case DUTY_RESUME_TAKEN:
		return STORY_BAR_RESUMING;
	case DUTY_STRANDED:
		return STORY_BAR_OTHER;
	case DUTY_GONE:
		return STORY_BAR_GONE;
	case DUTY_FREE:
	case DUTY_OWED:
	case DUTY_PAUSED:
	case DUTY_LEFT:
	case DUTY_TOUCHED:
	case DUTY_RESUME_OWED:
	case DUTY_EXCLUDED:
	case DUTY_WAITS:
	case DUTY_COUNT:
		break;
	}
	return bar_of_state(r->state);
}

static int add_turn(struct story *s, uint32_t cluster, enum story_bar bar, struct walltime at)
{
	if (s->turn_count == STORY_TURNS_MAX) {
		s->events_left_out++;
		return 0;
	}
	int result = array_grow(&s->turns, &s->turn_size, s->turn_count + 1, sizeof *s->turns);
	if (result == 0)
		s->turns[s->turn_count++] = (struct story_turn){cluster, bar, at};
	return result;
}

/* `*ret_cluster` is STORY_NO_CLUSTER if there are too many. */
static int find_cluster(
	struct story *s, const struct record *r, struct walltime seen, bool turns, uint32_t *ret_cluster)
{
	*ret_cluster = STORY_NO_CLUSTER;
	for (uint32_t i = 0; i < s->cluster_count; i++)
		if (cluster_id_equal(&s->clusters[i].id, &r->cluster)) {
			*ret_cluster = i;
			return 0;
		}
	if (s->cluster_count == STORY_CLUSTERS_MAX)
		return 0;
	int result = array_grow(&s->clusters, &s->cluster_size, s->cluster_count + 1, sizeof *s->clusters);
	if (result != 0)
		return result;
	*ret_cluster = s->cluster_count++;
	s->clusters[*ret_cluster] =
		(struct story_cluster){.id = r->cluster, .seen = seen, .bar = bar_of_state(r->state)};
	/* What it was doing when the incident began is what its first record says that it does. */
	return turns ? add_turn(s, *ret_cluster, bar_of_state(r->state), later(story_start(s), seen)) : 0;
}

static bool gives_back(enum duty d)
{
	return d == DUTY_RESUME_OWED || d == DUTY_RESUME_SENT || d == DUTY_RESUME_UNSURE ||
	       d == DUTY_RESUME_TAKEN;
}

static void first(struct walltime *t, struct walltime at)
{
	if (!walltime_is_known(*t))
		*t = at;
}

static void apply_act(struct story_cluster *c, const struct record *r)
{
	if (r->type == RECORD_PAUSE_INTENT && !walltime_is_known(c->sent)) {
		c->sent = r->at;
		c->pause = r->op;
	}
	if (r->type == RECORD_RESUME_INTENT)
		first(&c->resume_sent, r->at);
	if (r->type != RECORD_ACT_RESULT)
		return;
	if (r->result == ACT_RESULT_NOT_SENT && r->op.n == c->pause.n) {
		c->sent = WALLTIME_UNKNOWN; /* it was only meant */
		c->pause.n = 0;
	}
	if (r->result == ACT_RESULT_REFUSED || r->result == ACT_RESULT_DENIED)
		c->refused++;
}

static int apply_cluster(struct story *s, const struct record *r, uint32_t cluster, bool turns)
{
	struct story_cluster *c = &s->clusters[cluster];
	enum duty before = c->duty;
	enum story_bar bar = bar_of(r);

	memcpy(c->name, r->name, sizeof c->name);
	c->duty = r->duty;
	apply_act(c, r);
	if (r->duty == DUTY_PAUSED && !c->ours) {
		c->ours = true;
		c->paused = r->at;
		s->paused++;
	}
	if (r->duty == DUTY_FREE && (gives_back(before) || before == DUTY_PAUSED))
		first(&c->resumed, r->at);
	if (bar == c->bar)
		return 0;
	c->bar = bar;
	return turns ? add_turn(s, cluster, bar, r->at) : 0;
}

/* ---- one record of a story ---- */

static void apply_state(struct story *s, const struct ledger_entry *e)
{
	const struct record *r = &e->record;

	if (s->causes & ~r->causes & CAUSE_OPERATOR)
		s->restore = r->at;
	else if (r->causes & CAUSE_OPERATOR)
		s->restore = WALLTIME_UNKNOWN; /* revoked again */
	s->phase = r->phase;
	s->causes = r->causes;
	s->cut = r->cut;
	s->means = r->means;
	s->stands = r->stands;
	s->closed = r->phase == PHASE_NONE ? r->at : WALLTIME_UNKNOWN;
	if (r->phase == PHASE_NONE && s->is_dark) {
		s->is_dark = false;
		s->dark_ms += r->at.ms - s->dark_since.ms;
	}
}

/* What a text beside a record says; it may be anything. */
static struct walltime time_told(const char *text)
{
	struct walltime at = WALLTIME_UNKNOWN;

	return text && num_parse_time_ms(text, strlen(text), &at.ms) == 0 ? at : WALLTIME_UNKNOWN;
}

static bool is_access(enum outcome o)
{
	return o == OUTCOME_USABLE || o == OUTCOME_DEGRADED;
}

static void apply(struct story *s, const struct ledger_entry *e)
{
	const struct record *r = &e->record;

	if (record_type_fields(r->type) & RECORD_F_STATE)
		apply_state(s, e);
	if (r->type == RECORD_VERDICT && r->outcome == OUTCOME_LOST && !walltime_is_known(s->verdict)) {
		s->verdict = r->at;
		s->usable_look = time_told(e->texts.usable);
	}
	if (r->type == RECORD_VERDICT && is_access(r->outcome))
		s->access = r->at;
	if (r->type == RECORD_DARK && !s->is_dark) {
		s->is_dark = true;
		s->dark_since = r->at;
		first(&s->dark, r->at);
	}
	if (r->type == RECORD_NOT_DARK && s->is_dark) {
		s->is_dark = false;
		s->undark = r->at;
		s->dark_ms += r->at.ms - s->dark_since.ms;
	}
}

static const char *keep(struct story_keep *k, struct story *s, const char *text)
{
	size_t len = text ? strlen(text) : 0;

	if (len == 0)
		return NULL;
	if (k->text_bytes + len > STORY_TEXT_MAX_BYTES) {
		s->texts_left_out++;
		return NULL;
	}
	k->text_bytes += len;
	return arena_copy(k->arena, text, len);
}

static int keep_event(
	struct story_keep *k, struct story *s, const struct ledger_entry *e, struct story_event *event)
{
	if (s->event_count == STORY_EVENTS_MAX) {
		s->events_left_out++;
		return 0;
	}
	int result = array_grow(&s->events, &s->event_size, s->event_count + 1, sizeof *s->events);
	if (result != 0)
		return result;
	event->texts = (struct record_texts){
		.who = keep(k, s, e->texts.who),
		.note = keep(k, s, e->texts.note),
		.message = keep(k, s, e->texts.message),
		.request = keep(k, s, e->texts.request),
	};
	s->events[s->event_count++] = *event;
	return 0;
}

int story_add(struct story *s, struct story_keep *k, const struct ledger_entry *e, struct story_before before)
{
	const struct record *r = &e->record;
	bool detailed = k->wanted.n != 0 && s->incident.n == k->wanted.n;
	struct story_event event = {.record = *r, .hash = e->hash, .cluster = STORY_NO_CLUSTER};
	int result = 0;

	if (s->records++ == 0) {
		s->first_seq = r->seq.n;
		s->first_hash = e->hash;
	}
	s->last_seq = r->seq.n;
	s->last_hash = e->hash;
	event.is_first = r->type == RECORD_INCIDENT && !walltime_is_known(s->opened);
	if (event.is_first)
		s->opened = r->at;
	event.before.phase = s->phase;
	event.before.causes = s->causes;
	event.before.cut = s->cut;
	event.before.stands = s->stands;
	event.before.policy = before.policy;
	if (record_type_fields(r->type) & RECORD_F_STATE && r->causes & ~s->causes & CAUSE_OPERATOR &&
		!s->who) {
		s->who = keep(k, s, e->texts.who);
		s->note = keep(k, s, e->texts.note);
	}
	if (record_type_fields(r->type) & RECORD_F_CLUSTER) {
		result = find_cluster(s, r, before.seen, detailed, &event.cluster);
		if (result != 0)
			return result;
		if (event.cluster != STORY_NO_CLUSTER) {
			event.before.duty = s->clusters[event.cluster].duty;
			result = apply_cluster(s, r, event.cluster, detailed);
		}
	}
	apply(s, e);
	return result == 0 && detailed ? keep_event(k, s, e, &event) : result;
}

/* The first pause that was really sent. */
void story_end(struct story *s)
{
	for (uint32_t i = 0; i < s->cluster_count; i++) {
		struct walltime sent = s->clusters[i].sent;
		if (walltime_is_known(sent) && (!walltime_is_known(s->pause) || sent.ms < s->pause.ms))
			s->pause = sent;
	}
}

/* ---- spans ---- */

struct walltime story_start(const struct story *s)
{
	return !s->by_operator && walltime_is_known(s->verdict) ? s->verdict : s->opened;
}

int64_t story_to_dark_ms(const struct story *s)
{
	return walltime_is_known(s->dark) ? s->dark.ms - story_start(s).ms : -1;
}

int64_t story_dark_ms(const struct story *s, struct walltime now)
{
	if (!walltime_is_known(s->dark))
		return -1;
	return s->dark_ms + (s->is_dark ? now.ms - s->dark_since.ms : 0);
}

static struct story_span span(struct walltime from, struct walltime to, const char *why_not)
{
	if (!walltime_is_known(from) || !walltime_is_known(to))
		return (struct story_span){.note = why_not};
	return (struct story_span){.ms = to.ms - from.ms, .is_told = true, .note = ""};
}

void story_spans(const struct story *s, struct story_span ret_spans[STORY_SPAN_COUNT])
{
	static const char *const names[][3] = {
#define X(e, name, from, to) {name, from, to},
		STORY_SPAN_TABLE(X)
#undef X
	};
	struct walltime start = story_start(s);
	const char *open = s->phase == PHASE_NONE ? "it never was" : "not yet";
	const char *start_name = s->by_operator                  ? "order"
				 : walltime_is_known(s->verdict) ? "verdict"
								 : "opened";

	ret_spans[STORY_SPAN_USABLE] = span(s->by_operator ? WALLTIME_UNKNOWN : s->usable_look, s->verdict,
		s->by_operator ? "an operator's order waits for no look"
			       : "not told: cmekd had not seen it usable since its start, or was older than "
				 "this record");
	ret_spans[STORY_SPAN_PAUSE] =
		span(start, s->pause, s->phase == PHASE_NONE ? "no pause was sent" : "no pause was sent yet");
	ret_spans[STORY_SPAN_DARK] =
		span(s->pause, s->dark, walltime_is_known(s->dark) ? "no pause was sent" : open);
	ret_spans[STORY_SPAN_RESTORED] =
		span(s->dark, s->closed, walltime_is_known(s->dark) ? "not yet" : open);
	ret_spans[STORY_SPAN_TOTAL] = span(start, s->closed, "still open");
	for (size_t i = 0; i < STORY_SPAN_COUNT; i++) {
		ret_spans[i].name = names[i][0];
		ret_spans[i].from = strcmp(names[i][1], "start") == 0 ? start_name : names[i][1];
		ret_spans[i].to = names[i][2];
	}
}

static const struct {
	const char *name, *meaning;
} bars[] = {
#define X(e, name, meaning) {name, meaning},
	STORY_BAR_TABLE(X)
#undef X
};

const char *story_bar_name(enum story_bar b)
{
	return bars[b].name;
}

const char *story_bar_meaning(enum story_bar b)
{
	return bars[b].meaning;
}
