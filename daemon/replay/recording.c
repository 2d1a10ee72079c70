/* SPDX-License-Identifier: Apache-2.0 */
#include "replay/recording.h"
#include "base/array.h"
#include "core/pause_owner.h"
#include "ledger/ledger.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void recording_fini(struct recording *r)
{
	free(r->clusters);
	free(r->cues);
	milestones_fini(&r->milestones);
	*r = (struct recording){.clusters = NULL};
}

/* ---- which incident ---- */

struct search {
	struct incident_id wanted, found, last;
	struct region region;
	uint32_t count;
};

static int find_incident(const struct ledger_entry *entry, void *arg)
{
	const struct record *r = &entry->record;
	struct search *s = arg;

	if (r->type != RECORD_INCIDENT || r->incident.n <= s->last.n || r->phase == PHASE_NONE)
		return 0;
	s->last = r->incident;
	s->count++;
	if (s->wanted.n != 0 && r->incident.n != s->wanted.n)
		return 0;
	s->found = r->incident;
	s->region = r->region;
	return 0;
}

static int refuse_search(const struct search *s, struct why *reterr_why)
{
	if (s->count == 0) {
		why_set(reterr_why, "it holds no incident: there is nothing to replay");
		return RECORDING_E_EMPTY;
	}
	why_set(reterr_why, "it holds no incident %" PRIu32 ": it has %" PRIu32 ", the last is %" PRIu32,
		s->wanted.n, s->count, s->last.n);
	return RECORDING_E_NO_INCIDENT;
}

/* ---- cues ---- */

struct reader {
	struct recording *r;
	struct recording_pace pace;
	struct why *why;
	struct walltime latest; /* a clock that went back does not turn the order round */
	enum phase phase;
	uint8_t causes;
	enum cut cut;
	enum reason seen;           /* by the last look that told anything new */
	struct walltime verdict_at; /* of the last verdict */
	enum reason before_verdict; /* what was seen before it */
	bool own_verdict;           /* the last one was of what we did ourselves */
	struct walltime suspended;  /* until then */
	bool put_off;               /* the change of the key policy waits for pauses */
	bool began, finished;       /* the incident; then another of the region */
};

static int large(struct reader *rd, const char *what)
{
	why_set(rd->why, "it holds more %s of this incident than a replay takes", what);
	return RECORDING_E_LARGE;
}

static int add_cue(struct reader *rd, struct cue cue)
{
	struct recording *r = rd->r;
	int result;

	if (r->cue_count == RECORDING_CUES_MAX)
		return large(rd, "changes");
	result = array_grow(&r->cues, &r->cue_size, r->cue_count + 1, sizeof *r->cues);
	if (result != 0)
		return result;
	cue.order = r->cue_count;
	r->cues[r->cue_count++] = cue;
	return 0;
}

static int compare_cues(const void *a, const void *b)
{
	const struct cue *x = a, *y = b;

	if (x->at.ms != y->at.ms)
		return x->at.ms < y->at.ms ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

/* ---- looks ---- */

static bool is_access(enum outcome o)
{
	return o == OUTCOME_USABLE || o == OUTCOME_DEGRADED;
}

static int add_look(struct reader *rd, const struct record *r, enum reason reason, int64_t before_ms)
{
	struct cue cue = {.type = CUE_LOOK, .reason = reason};

	cue.at.ms = r->at.ms - before_ms;
	cue.uncut = is_access(reason_outcome(reason)) && rd->cut == CUT_MADE;
	rd->seen = reason;
	if (!rd->began) /* only the last one may yet be the loss that opens the incident */
		rd->r->cue_count = 0;
	return add_cue(rd, cue);
}

/* So long before its verdict something was there to be seen. While our own cut stands, it hides what others did: the replay's
 * looks show that cut, whatever comes here. */
static int64_t seen_before_ms(const struct reader *rd, enum reason reason)
{
	if (rd->own_verdict && reason_outcome(reason) == OUTCOME_LOST)
		return (CORE_WINDOW - 1) * rd->pace.poll_ms;
	/* Another reason for the same outcome is believed at once. */
	return reason_outcome(reason) == reason_outcome(rd->seen) ? 0
								  : (CORE_CONFIRM - 1) * rd->pace.confirm_ms;
}

/* Our own cut is the replay's own business; all else was there to be seen. */
static int read_verdict(struct reader *rd, const struct record *r)
{
	int64_t before_ms = seen_before_ms(rd, r->reason);

	rd->verdict_at = r->at;
	rd->before_verdict = rd->seen;
	if (reason_is_own(r->reason))
		rd->own_verdict = true;
	if (reason_is_own(r->reason) || r->outcome == OUTCOME_UNKNOWN)
		return 0;
	rd->own_verdict = false;
	return add_look(rd, r, r->reason, before_ms);
}

/* ---- clusters ---- */

static uint32_t find_cluster(const struct recording *r, const struct cluster_id *id)
{
	for (uint32_t i = 0; i < r->cluster_count; i++)
		if (cluster_id_equal(&r->clusters[i].id, id))
			return i;
	return MILESTONE_NO_CLUSTER;
}

static int add_cluster(struct reader *rd, const struct record *record, uint32_t *ret_index)
{
	struct recording *r = rd->r;
	struct recorded_cluster *c;
	int result;

	if (r->cluster_count == RECORDING_CLUSTERS_MAX)
		return large(rd, "clusters");
	result = array_grow(&r->clusters, &r->cluster_size, r->cluster_count + 1, sizeof *r->clusters);
	if (result != 0)
		return result;
	*ret_index = r->cluster_count++;
	c = &r->clusters[*ret_index];
	*c = (struct recorded_cluster){.id = record->cluster,
		.pause_ms = -1,
		.answer_ms = -1,
		.resume_ms = -1,
		.state = record->state,
		.outside = record->state,
		.in_incident = rd->began};
	if (rd->began)
		c->born.ms = record->at.ms - rd->pace.incident_ms / 2;
	return 0;
}

/* What was on its way when it was last told of has arrived by the time of the incident. */
static enum cluster_state arrived(enum cluster_state s)
{
	switch (s) {
	case CLUSTER_STATE_PAUSING:
		return CLUSTER_STATE_PAUSED;
	case CLUSTER_STATE_BUSY:
	case CLUSTER_STATE_RESUMING:
	case CLUSTER_STATE_UNKNOWN:
		return CLUSTER_STATE_RUNNING;
	case CLUSTER_STATE_RUNNING:
	case CLUSTER_STATE_PAUSED:
	case CLUSTER_STATE_UNUSABLE:
	case CLUSTER_STATE_GONE:
	case CLUSTER_STATE_COUNT:
		break;
	}
	return s;
}

static bool is_foreseen(const struct recorded_cluster *c, struct walltime at)
{
	struct walltime foreseen = pause_foreseen(c->resume_at, c->paused_at);

	return walltime_is_known(foreseen) && at.ms >= foreseen.ms - PAUSE_FORESEEN_MS;
}

/* True if the record shows a state that our acts did not make. */
static bool from_outside(const struct recorded_cluster *c, const struct record *r)
{
	switch (r->duty) {
	case DUTY_OWED:
		if (c->duty == DUTY_PAUSED || c->duty == DUTY_STRANDED)
			return !is_foreseen(c, r->at);
		return c->duty != DUTY_PAUSE_TAKEN && r->type == RECORD_CLUSTER && r->state != c->outside;
	case DUTY_PAUSE_SENT:
		return r->state != c->outside;
	case DUTY_LEFT:
	case DUTY_TOUCHED:
	case DUTY_GONE:
		return true;
	case DUTY_FREE:
		return c->duty == DUTY_GONE;
	case DUTY_PAUSE_UNSURE:
	case DUTY_PAUSE_TAKEN:
	case DUTY_PAUSED:
	case DUTY_RESUME_OWED:
	case DUTY_RESUME_SENT:
	case DUTY_RESUME_UNSURE:
	case DUTY_RESUME_TAKEN:
	case DUTY_STRANDED:
	case DUTY_EXCLUDED:
	case DUTY_WAITS:
	case DUTY_COUNT:
		break;
	}
	return false;
}

static int read_outside(struct reader *rd, uint32_t index, const struct record *r)
{
	struct recorded_cluster *c = &rd->r->clusters[index];
	struct cue cue = {.type = CUE_CLUSTER, .cluster = index, .state = r->state};

	if (r->duty == DUTY_GONE)
		cue.state = CLUSTER_STATE_GONE;
	/* The first that is told of it in an incident was so when the incident began. */
	if (!c->in_incident && (r->duty == DUTY_OWED || r->duty == DUTY_LEFT || r->duty == DUTY_EXCLUDED ||
				       r->duty == DUTY_WAITS)) {
		c->state = c->outside = r->state;
		return 0;
	}
	if (!from_outside(c, r))
		return 0;
	c->outside = cue.state;
	cue.touched = r->duty == DUTY_TOUCHED || c->duty == DUTY_PAUSED || c->duty == DUTY_STRANDED;
	cue.at.ms = r->at.ms - rd->pace.incident_ms / 2;
	return add_cue(rd, cue);
}

static void measure(struct reader *rd, struct recorded_cluster *c, const struct record *r)
{
	int64_t since_ms = r->at.ms - c->sent.ms, read_ms = since_ms - rd->pace.incident_ms / 2;

	if (r->type == RECORD_PAUSE_INTENT || r->type == RECORD_RESUME_INTENT)
		c->sent = r->at;
	if (!walltime_is_known(c->sent) || since_ms < 0)
		return;
	if (r->type == RECORD_ACT_RESULT && r->duty == DUTY_PAUSE_TAKEN)
		c->answer_ms = since_ms;
	if (r->type == RECORD_ACT_RESULT && c->duty == DUTY_PAUSE_SENT && r->duty == DUTY_OWED &&
		r->result != ACT_RESULT_NOT_SENT) {
		c->refused++;
		c->refusal = r->result;
	}
	if (r->type == RECORD_CLUSTER && r->duty == DUTY_PAUSED && c->duty == DUTY_PAUSE_TAKEN)
		c->pause_ms = read_ms > 0 ? read_ms : 0;
	if (r->type == RECORD_CLUSTER && r->duty == DUTY_FREE && c->duty == DUTY_RESUME_TAKEN)
		c->resume_ms = read_ms > 0 ? read_ms : 0;
}

static int read_cluster(struct reader *rd, const struct record *r, uint32_t *ret_index, enum duty *ret_before)
{
	uint32_t index = find_cluster(rd->r, &r->cluster);
	bool is_new = index == MILESTONE_NO_CLUSTER;
	struct recorded_cluster *c;
	int result = is_new ? add_cluster(rd, r, &index) : 0;

	if (result != 0)
		return result;
	c = &rd->r->clusters[index];
	if (rd->began && !is_new)
		result = read_outside(rd, index, r);
	else if (!is_new)
		c->state = c->outside = arrived(r->state);
	if (is_new && !rd->began)
		c->state = c->outside = arrived(r->state);
	if (rd->began) {
		measure(rd, c, r);
		c->in_incident = true;
	}
	memcpy(c->name, r->name, sizeof c->name);
	*ret_before = c->duty;
	*ret_index = index;
	if (pause_is_counted_from(c->duty, r))
		c->paused_at = r->at;
	c->duty = r->duty;
	c->resume_at = r->resume_at;
	return result;
}

/* ---- the incident ---- */

static int add_suspension(struct reader *rd, struct walltime at)
{
	int64_t span_ms = rd->suspended.ms - at.ms;

	if (span_ms < SUSPEND_MIN_MS)
		return 0;
	return add_cue(rd,
		(struct cue){.at = at, .type = CUE_COMMAND, .command = COMMAND_SUSPEND, .span_ms = span_ms});
}

/* A person switched automatic acts off, or on again before the time; that time itself the core keeps. */
static int read_suspension(struct reader *rd, const struct record *r)
{
	bool early = r->type == RECORD_UNSUSPENDED && r->at.ms < rd->suspended.ms;

	rd->suspended = r->resume_at;
	if (!rd->began)
		return 0;
	if (early)
		return add_cue(
			rd, (struct cue){.at = r->at, .type = CUE_COMMAND, .command = COMMAND_UNSUSPEND});
	return walltime_is_known(rd->suspended) ? add_suspension(rd, r->at) : 0;
}

static int begin(struct reader *rd, const struct record *r)
{
	const struct record lost = {.type = RECORD_VERDICT, .at = r->at, .outcome = OUTCOME_LOST};
	struct recording *rec = rd->r;
	/* One step of the core wrote both. */
	bool opener = rec->cue_count > 0 && rd->verdict_at.ms == r->at.ms &&
		      reason_outcome(rd->seen) == OUTCOME_LOST;

	rd->began = true;
	rec->opened = r->at;
	rec->reason = r->reason;
	rec->by_operator = (r->causes & CAUSE_OPERATOR) != 0;
	rec->base = opener ? rd->before_verdict : rd->seen;
	rec->cue_count = opener ? 1 : 0;
	for (uint32_t i = 0; i < rec->cluster_count; i++)
		rec->clusters[i].duty = rec->clusters[i].duty == DUTY_GONE ? DUTY_GONE : DUTY_FREE;
	rec->milestones.phase = PHASE_NONE;
	rec->milestones.causes = 0;
	rec->milestones.policy = CUT_NONE;
	rec->milestones.paused = false;
	if (walltime_is_known(rd->suspended) && add_suspension(rd, r->at) != 0)
		return RECORDING_E_LARGE;
	if (!opener)
		return 0;
	rec->milestones.outcome = OUTCOME_USABLE;
	return milestones_add(&rec->milestones, &lost, MILESTONE_NO_CLUSTER, DUTY_FREE);
}

static int read_causes(struct reader *rd, const struct record *r)
{
	struct cue cue = {.at = r->at, .type = CUE_COMMAND};
	bool was = rd->causes & CAUSE_OPERATOR, is = r->causes & CAUSE_OPERATOR;

	rd->causes = r->causes;
	if (was == is || r->phase == PHASE_NONE)
		return 0;
	cue.command = is ? COMMAND_REVOKE : COMMAND_RESTORE;
	cue.how = r->causes & CAUSE_HOW;
	return add_cue(rd, cue);
}

static bool all_paused(const struct recording *rec)
{
	for (uint32_t i = 0; i < rec->cluster_count; i++) {
		enum duty d = rec->clusters[i].duty;

		if (d != DUTY_PAUSED && d != DUTY_LEFT && d != DUTY_GONE && d != DUTY_EXCLUDED)
			return false;
	}
	return true;
}

/* The change of the key policy waited for pauses, and did not wait for all: a person asked again. */
static int read_put_off(struct reader *rd, const struct record *r)
{
	bool was = rd->put_off;

	rd->put_off = r->cut == CUT_AFTER_PAUSES;
	if (!was || r->cut != CUT_WANTED || all_paused(rd->r))
		return 0;
	return add_cue(rd, (struct cue){.at = r->at, .type = CUE_COMMAND, .command = COMMAND_REVOKE});
}

/* What an incident says about looks, where no verdict does. */
static int read_sight(struct reader *rd, const struct record *r, bool opens)
{
	bool access = is_access(r->outcome);

	if (opens && r->reason == REASON_SELF_DENIED)
		return add_look(rd, r, REASON_SELF_DENIED, (CORE_CONFIRM - 1) * rd->pace.confirm_ms);
	if ((r->phase != PHASE_NONE && r->phase != PHASE_PROVING) || !access ||
		is_access(reason_outcome(rd->seen)))
		return 0;
	return add_look(rd, r, r->outcome == OUTCOME_USABLE ? REASON_ALLOWED : REASON_ACTION_MISSING, 0);
}

static int read_incident(struct reader *rd, const struct record *r)
{
	struct recording *rec = rd->r;
	bool opens = r->incident.n == rec->incident.n && !rd->began;
	int result = 0;

	if (rd->began && r->incident.n != rec->incident.n && r->phase != PHASE_NONE) {
		rd->finished = true;
		rec->next.ms = r->at.ms - 2 * rd->pace.confirm_ms;
		return 0;
	}
	if (opens)
		result = begin(rd, r);
	if (result == 0)
		result = read_sight(rd, r, opens);
	if (r->incident.n != rec->incident.n || !rd->began)
		return result;
	if (result == 0)
		result = read_causes(rd, r);
	if (result == 0)
		result = read_put_off(rd, r);
	rd->phase = r->phase;
	rec->open = r->phase != PHASE_NONE;
	return result;
}

/* Named by a restore; what else that asked for, its other records tell, of the same time. It comes after them, so that it is for
 * itself whether the replay's incident may include it. */
static int read_included(struct reader *rd, const struct record *r, uint32_t cluster)
{
	if (!rd->began || r->incident.n != rd->r->incident.n || cluster == MILESTONE_NO_CLUSTER)
		return 0;
	return add_cue(rd, (struct cue){.at = {r->at.ms + 1},
				   .type = CUE_COMMAND,
				   .command = COMMAND_RESTORE,
				   .includes = true,
				   .cluster = cluster});
}

static int read_decision(struct reader *rd, const struct record *r, enum command command)
{
	if (!rd->began || r->incident.n != rd->r->incident.n)
		return 0;
	return add_cue(rd, (struct cue){.at = r->at, .type = CUE_COMMAND, .command = command});
}

static int read_cut(struct reader *rd, const struct record *r)
{
	if (r->incident.n == rd->r->incident.n) {
		rd->cut = r->cut;
		if (r->type == RECORD_CUT_RESULT && r->cut == CUT_BY_HAND)
			rd->r->cut_refused++;
	}
	return 0;
}

static void read_grant(struct recording *rec, const struct record *r)
{
	uint32_t last = RECORDING_GRANTS_MAX - 1;

	if (rec->grant_count > last) {
		memmove(&rec->grants[0], &rec->grants[1], last * sizeof rec->grants[0]);
		rec->grant_count = last;
	}
	rec->grants[rec->grant_count].at = r->at;
	rec->grants[rec->grant_count++].count = r->count;
}

/* ---- records ---- */

static int read_of_region(struct reader *rd, const struct record *r)
{
	struct recording *rec = rd->r;
	uint32_t cluster = MILESTONE_NO_CLUSTER;
	enum duty before = DUTY_FREE;
	int result = 0;

	switch (r->type) {
	case RECORD_SETTING:
		rec->arn = rd->began ? rec->arn : r->arn;
		rec->armed = rec->armed && rd->began;
		break;
	case RECORD_ARMED:
	case RECORD_DISARMED:
		if (!rd->began)
			rec->armed = r->type == RECORD_ARMED;
		break;
	case RECORD_VERDICT:
		result = read_verdict(rd, r);
		break;
	case RECORD_DELETION:
		rec->deletion = r->resume_at;
		break;
	case RECORD_INCIDENT:
		result = read_incident(rd, r);
		break;
	case RECORD_APPROVED:
		result = read_decision(rd, r, COMMAND_APPROVE);
		break;
	case RECORD_DECLINED:
		result = read_decision(rd, r, COMMAND_DECLINE);
		break;
	case RECORD_CUT_INTENT:
	case RECORD_CUT_RESULT:
		result = read_cut(rd, r);
		break;
	case RECORD_CLUSTER:
	case RECORD_PAUSE_INTENT:
	case RECORD_RESUME_INTENT:
	case RECORD_ACT_RESULT:
	case RECORD_INCLUDED:
		result = read_cluster(rd, r, &cluster, &before);
		if (result == 0 && r->type == RECORD_INCLUDED)
			result = read_included(rd, r, cluster);
		break;
	case RECORD_BUDGET:
	case RECORD_ERRAND_INTENT:
	case RECORD_ERRAND_RESULT:
	case RECORD_DRILL:
	case RECORD_LIVE_DRILL:
	case RECORD_GENESIS:
	case RECORD_GRANTS_INTENT:
	case RECORD_GRANTS_RESULT:
	case RECORD_ADOPTED:
	case RECORD_DARK:
	case RECORD_NOT_DARK:
	case RECORD_SUSPENDED:
	case RECORD_UNSUSPENDED:
	case RECORD_TYPE_COUNT:
		break;
	}
	if (result != 0 || rd->finished)
		return result;
	/* The record that ends it is the last that belongs to it. */
	if (!rd->began || (!rec->open && r->type != RECORD_INCIDENT))
		return 0;
	rec->ended = r->at;
	return milestones_add(&rec->milestones, r, cluster, before);
}

static int read_record(const struct ledger_entry *entry, void *arg)
{
	struct reader *rd = arg;
	struct record r = entry->record;

	if (rd->finished)
		return 0;
	/* Each time is at least the one before. */
	if (r.at.ms < rd->latest.ms)
		r.at = rd->latest;
	rd->latest = r.at;
	if (r.type == RECORD_GENESIS) {
		rd->r->ledger = r.ledger;
		rd->r->project = r.project;
		return 0;
	}
	if (r.type == RECORD_ERRAND_INTENT || r.type == RECORD_ERRAND_RESULT || r.type == RECORD_DRILL ||
		r.type == RECORD_LIVE_DRILL)
		return 0; /* of no incident; what became of it the looks tell */
	if (r.type == RECORD_SUSPENDED || r.type == RECORD_UNSUSPENDED)
		return read_suspension(rd, &r);
	if (r.type == RECORD_BUDGET && !rd->began)
		read_grant(rd->r, &r);
	return region_equal(&r.region, &rd->r->region) ? read_of_region(rd, &r) : 0;
}

int recording_read(struct recording *r, const char *bytes, size_t len, struct incident_id incident,
	struct recording_pace pace, struct why *reterr_why)
{
	struct search search = {.wanted = incident};
	struct reader reader = {.r = r,
		.pace = pace,
		.why = reterr_why,
		.seen = REASON_NOT_LOOKED,
		.before_verdict = REASON_NOT_LOOKED};
	struct ledger_report report;
	struct why why = {""};
	int result = ledger_verify(bytes, len, find_incident, &search, &report, &why);

	if (result > 0) {
		why_set(reterr_why,
			"the ledger is damaged (%s), and a replay of it would prove nothing; see: cmekctl "
			"verify",
			why.text);
		return RECORDING_E_DAMAGED;
	}
	if (result < 0)
		return result;
	if (search.found.n == 0)
		return refuse_search(&search, reterr_why);
	r->incident = search.found;
	r->region = search.region;
	r->incidents = search.count;
	r->base = REASON_NOT_LOOKED;
	result = ledger_verify(bytes, len, read_record, &reader, &report, &why);
	if (result != 0)
		return result;
	if (r->cue_count > 0)
		qsort(r->cues, r->cue_count, sizeof *r->cues, compare_cues);
	return 0;
}
