/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/headline.h"
#include "base/num.h"
#include "core/errand_slot.h"
#include "driver/hold.h"
#include "driver/keeps_out.h"
#include "driver/project.h"
#include "io/store.h"
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

const char *headline_name(enum headline h)
{
	static const char *const names[] = {
#define X(e, name) [HEADLINE_##e] = name,
		HEADLINE_TABLE(X)
#undef X
	};
	return names[h];
}

/* ---- one word ---- */

static enum headline of_incident(const struct project *p, uint32_t i)
{
	const struct binding *b = &p->core.bindings[i];

	switch (b->incident.phase) {
	case PHASE_WAITING:
	case PHASE_BUDGET:
		return HEADLINE_WAITING;
	case PHASE_GRACE:
	case PHASE_DECLINED:
		return HEADLINE_LOST;
	case PHASE_PAUSING:
	case PHASE_HELD:
		return core_dark(&p->core, i) == DARK_DARK ? HEADLINE_DARK : HEADLINE_PAUSING;
	case PHASE_PROVING:
	case PHASE_RESUMING:
		return HEADLINE_RESTORING;
	case PHASE_NONE:
	case PHASE_COUNT:
		break;
	}
	return HEADLINE_STARTING;
}

enum headline headline_of_binding(const struct project *p, uint32_t i)
{
	const struct binding *b = &p->core.bindings[i];

	if (b->incident.id.n != 0)
		return of_incident(p, i);
	if (core_is_blind(&p->core, i))
		return HEADLINE_BLIND;
	switch (b->evidence.verdict) {
	case OUTCOME_LOST:
		return HEADLINE_LOST;
	case OUTCOME_DEGRADED:
		return HEADLINE_DEGRADED;
	case OUTCOME_USABLE:
		return b->armed ? HEADLINE_USABLE : HEADLINE_UNARMED;
	case OUTCOME_UNKNOWN:
		break;
	}
	/* Looks that end without an answer are no start any more. */
	return b->armed || b->evidence.filled < CORE_WINDOW ? HEADLINE_STARTING : HEADLINE_UNARMED;
}

static bool cmek_is_off(const struct project *p)
{
	return p->core.cmek_read && !p->core.cmek_enabled;
}

enum headline headline_of_project(const struct project *p)
{
	enum headline worst = HEADLINE_USABLE;

	if (p->broken)
		return HEADLINE_BROKEN;
	if (p->core.binding_count == 0) {
		if (p->core.cmek_read)
			return HEADLINE_UNARMED;
		return p->core.cmek_fault == FAULT_NONE ? HEADLINE_STARTING : HEADLINE_BLIND;
	}
	for (uint32_t i = 0; i < p->core.binding_count; i++) {
		enum headline h = headline_of_binding(p, i);

		if (h > worst)
			worst = h;
	}
	/* All may be well with the keys, and yet nothing would be done. */
	if (worst <= HEADLINE_DEGRADED && (p->core.observe_only || p->barrier.failed))
		return HEADLINE_BROKEN;
	if (worst == HEADLINE_USABLE && core_is_suspended(&p->core))
		return HEADLINE_SUSPENDED;
	return worst;
}

/* ---- sentences ---- */

#define SENTENCE_BYTES 1024

struct problems {
	headline_problem_fn *each;
	void *arg;
	uint32_t count;
};

static void add(struct problems *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(struct problems *s, const char *format, ...)
{
	char sentence[SENTENCE_BYTES];
	va_list ap;

	s->count++;
	if (!s->each)
		return;
	va_start(ap, format);
	(void)vsnprintf(sentence, sizeof sentence, format, ap);
	va_end(ap);
	s->each(sentence, s->arg);
}

static const char *fault_todo(enum fault fault)
{
	switch (fault) {
	case FAULT_CREDENTIALS:
	case FAULT_DENIED:
		return "check the API key and its role";
	case FAULT_NOT_FOUND:
		return "check Id= and the API key's organisation";
	case FAULT_NETWORK:
	case FAULT_DNS:
	case FAULT_TLS:
	case FAULT_TIMEOUT:
	case FAULT_CLOCK_SKEW:
	case FAULT_MALFORMED:
		return "check the network, the endpoint and who answers there";
	case FAULT_NONE:
	case FAULT_SERVER_ERROR:
	case FAULT_THROTTLED:
	case FAULT_REFUSED:
	case FAULT_CANCELLED:
	case FAULT_COUNT:
		break;
	}
	return "it is tried again";
}

static void add_ledger(const struct project *p, struct problems *s)
{
	struct why why = {"the ledger failed"};

	if (p->store && store_error(p->store) != 0)
		store_why(p->store, &why);
	add(s, "no act is possible: %s", why.text);
}

static void add_suspended(const struct project *p, struct problems *s)
{
	char until[NUM_TIME_BYTES];

	num_format_time_ms(p->core.suspended_until.ms, until);
	add(s, "nothing is done by itself until %s: an operator suspended the project; cmekctl unsuspend %s",
		until, p->name.text);
}

/* A person has to look. */
static void add_errand(const struct project *p, const struct errand_slot *slot, struct problems *s)
{
	const char *where = slot->region.text;
	char asked[NUM_TIME_BYTES];

	for (unsigned i = 0; i < ERRAND_COUNT; i++) {
		enum errand errand = (enum errand)i;

		if (!errand_slot_in_doubt(slot, errand))
			continue;
		num_format_time_ms(slot->doubt[errand].ms, asked);
		add(s,
			"%s%swhether this was done is not known: %s (asked for at %s); see %s %s, then ask "
			"for it again: "
			"nothing is done twice",
			where, *where ? ": " : "", errand_what(errand), asked, errand_see(errand),
			p->name.text);
	}
}

static void add_project(const struct project *p, struct problems *s)
{
	if (p->broken)
		add(s, "not watched: %s", p->trouble);
	else if (p->trouble)
		add(s, "only observed, its ledger cannot be used: %s", p->trouble);
	else if (p->barrier.overflowed)
		add(s, "no act is possible: the ledger failed for so long that a record was lost in memory; "
		       "restart cmekd");
	else if (p->barrier.failed)
		add_ledger(p, s);
	if (p->core.held)
		add(s,
			"nothing is done by itself: the ledger comes from another machine, or is old with an "
			"open incident; once no other cmekd runs for this project: cmekctl ledger adopt %s",
			p->name.text);
	if (core_is_suspended(&p->core))
		add_suspended(p, s);
	add_errand(p, &p->core.errand, s);
	if (p->leaving)
		add(s, "its configuration file is gone, but an incident is open: it stays watched until that "
		       "is closed");
	if (cmek_is_off(p))
		add(s, "the project was created without CMEK: there is no key to watch");
	else if (p->core.cmek_read && p->core.binding_count == 0)
		add(s, "the project has no CMEK setting yet: there is no key to watch");
	/* One reading that failed is no problem yet, unless nothing was ever read or an incident rests on it. */
	bool lasting = p->core.unread_told || project_has_incident(p);

	if (p->core.cmek_fault != FAULT_NONE && (lasting || !p->core.cmek_read))
		add(s, "its CMEK settings cannot be read from TiDB Cloud (%s): %s",
			fault_name(p->core.cmek_fault), fault_todo(p->core.cmek_fault));
	if (p->core.list_fault != FAULT_NONE && (lasting || p->core.listed_at.ms == BOOTTIME_NEVER.ms))
		add(s, "its clusters cannot be read from TiDB Cloud (%s): %s", fault_name(p->core.list_fault),
			fault_todo(p->core.list_fault));
}

/* A Deny of others keeps TiDB Cloud out: which, and how it is removed. */
static void add_kept_out(const struct project *p, uint32_t i, struct problems *s)
{
	struct why remedy;

	if (keeps_out_remedy(p, i, &remedy))
		add(s, "%s: a Deny statement keeps TiDB Cloud out: %s", p->core.bindings[i].region.text,
			remedy.text);
}

static void add_by_hand(const struct project *p, uint32_t i, struct problems *s)
{
	const struct binding *b = &p->core.bindings[i];
	const struct texts *words = i < p->key_size ? p->keys[i].change : NULL;
	const char *said = words && words->of.message ? words->of.message : NULL;

	add(s, "%s: %s%s%s", b->region.text, cut_meaning(b->incident.cut, b->incident.means),
		said ? ": " : "", said ? said : "");
}

#define NAMED_MAX   3 /* clusters named in a sentence; the table below it shows all */
#define NAMES_BYTES 512

/* "a (running), b (busy) and 3 more", of those that are not paused; their number. */
static uint32_t name_awake(const struct project *p, uint32_t i, bool excluded, char names[NAMES_BYTES])
{
	uint32_t count = 0;
	size_t len = 0;

	names[0] = '\0';
	for (uint32_t k = 0; k < p->core.cluster_count; k++) {
		const struct cluster *c = &p->core.clusters[k];

		if (c->binding != i || c->state == CLUSTER_STATE_GONE || c->state == CLUSTER_STATE_PAUSED ||
			c->mark.excluded != excluded)
			continue;
		if (count++ < NAMED_MAX)
			len += (size_t)snprintf(names + len, NAMES_BYTES - len, "%s%s (%s)", len ? ", " : "",
				c->name[0] ? c->name : c->id.text, cluster_state_name(c->state));
	}
	if (count > NAMED_MAX)
		(void)snprintf(names + len, NAMES_BYTES - len, " and %" PRIu32 " more", count - NAMED_MAX);
	return count;
}

bool headline_grants_by_hand(const struct incident *in)
{
	return in->grants_denied && (in->causes & CAUSE_OPERATOR) &&
	       !(in->grants_known && in->grants_alive == 0);
}

void headline_dark(const struct project *p, uint32_t binding, struct why *ret_why)
{
	enum dark dark = core_dark(&p->core, binding);
	char names[NAMES_BYTES];
	uint32_t count;

	if (dark == DARK_BACKUPS_OPEN && !(p->core.bindings[binding].incident.causes & CAUSE_OPERATOR)) {
		why_set(ret_why, "%s; cmekctl revoke %s/%s denies that too", dark_meaning(dark), p->name.text,
			p->core.bindings[binding].region.text);
		return;
	}
	if (dark != DARK_CLUSTER_EXCLUDED) {
		why_set(ret_why, "%s", dark_meaning(dark));
		return;
	}
	count = name_awake(p, binding, true, names);
	why_set(ret_why, "cluster%s %s %s excluded and run%s", count == 1 ? "" : "s", names,
		count == 1 ? "is" : "are", count == 1 ? "s" : "");
}

/* Which clusters a revoke waits for, and how to go on without them. */
static void add_put_off(const struct project *p, uint32_t i, struct problems *s)
{
	char names[NAMES_BYTES];

	(void)name_awake(p, i, false, names);
	add(s,
		"%s: the key is NOT cut yet: %s%s%s; cmekctl revoke %s/%s cuts it without waiting, cmekctl "
		"restore %s/%s gives the revoke up",
		p->core.bindings[i].region.text,
		cut_meaning(CUT_AFTER_PAUSES, p->core.bindings[i].incident.means), names[0] ? ": " : "",
		names, p->name.text, p->core.bindings[i].region.text, p->name.text,
		p->core.bindings[i].region.text);
}

/* What another project's revoke wants disabled is not enabled. */
static void add_held(const struct project *p, uint32_t i, struct problems *s)
{
	const struct project *other = hold_by(p, i);
	char way_out[HOLD_WAY_OUT_BYTES];

	if (other)
		add(s,
			"%s: the key stays disabled: project %s uses it too, and its revoke wants it so; %s "
			"enables it",
			p->core.bindings[i].region.text, other->name.text, hold_way_out(other, way_out));
}

static void add_incident(const struct project *p, uint32_t i, struct problems *s)
{
	const struct binding *b = &p->core.bindings[i];
	const struct incident *in = &b->incident;
	const char *where = b->region.text;

	if (in->phase == PHASE_WAITING || in->phase == PHASE_BUDGET)
		add(s, "%s: incident %" PRIu32 " %s: %s", where, in->id.n, phase_meaning(in->phase),
			reason_seen(in->reason));
	else if (in->phase == PHASE_GRACE || in->phase == PHASE_DECLINED)
		add(s, "%s: %s; %s", where, reason_seen(in->reason), phase_meaning(in->phase));
	else if (in->phase == PHASE_PAUSING || in->phase == PHASE_HELD) {
		struct why why;

		headline_dark(p, i, &why);
		if (core_dark(&p->core, i) != DARK_DARK)
			add(s, "%s: not dark: %s", where, why.text);
		if (in->causes & CAUSE_AUTOMATIC)
			add(s, "%s: %s; %s", where, reason_seen(in->reason), reason_todo(in->reason));
	}
	if (in->cut == CUT_AFTER_PAUSES)
		add_put_off(p, i, s);
	if (in->cut == CUT_BY_HAND || in->cut == CUT_UNDO_BY_HAND)
		add_by_hand(p, i, s);
	if ((in->cut == CUT_UNDO_WANTED || in->cut == CUT_UNDO_SENT) && in->means == CUT_MEANS_DISABLE)
		add_held(p, i, s);
	if (headline_grants_by_hand(in))
		add(s, "%s: %s; %s", where, notice_happened(NOTICE_GRANTS_BY_HAND),
			notice_todo(NOTICE_GRANTS_BY_HAND));
	if (in->undone_told)
		add(s, "%s: %s; %s", where, notice_happened(NOTICE_REVOKE_UNDONE),
			notice_todo(NOTICE_REVOKE_UNDONE));
}

static void add_key(const struct project *p, uint32_t i, struct problems *s)
{
	const struct binding *b = &p->core.bindings[i];
	const struct evidence *e = &b->evidence;
	const char *where = b->region.text;

	bool owned = project_vendor_owns(p, i);

	if (owned)
		add(s,
			"%s: VendorAccount=%s owns the key itself, so nothing is known of TiDB "
			"Cloud: " PROJECT_OWNER_TODO,
			where, p->vendor.text);

	if (!b->present && p->core.cmek_read)
		add(s, "%s: the CMEK setting is missing or differs in TiDB Cloud; this key stays watched",
			where);
	if (core_is_blind(&p->core, i) && !owned)
		add(s, "%s: cannot be judged: %s; %s", where, reason_seen(e->last_reason),
			reason_todo(e->last_reason));
	else if (e->last_reason == REASON_SELF_DENIED)
		add(s, "%s: %s; %s", where, reason_seen(REASON_SELF_DENIED), reason_todo(REASON_SELF_DENIED));
	if (e->verdict == OUTCOME_DEGRADED)
		add(s, "%s: %s; %s", where, reason_seen(e->reason), reason_todo(e->reason));
	if (e->verdict == OUTCOME_LOST && b->incident.id.n == 0)
		add(s, "%s: %s; %s", where, reason_seen(e->reason), reason_todo(e->reason));
	if (!b->armed && e->filled > 0)
		add(s, "%s: not armed, cmekd would not react to a loss by itself: %s", where,
			reason_seen(e->last_reason));
}

/* A cluster is paused, or soon will be, and that is meant. */
static void add_live_drill(const struct project *p, struct problems *s)
{
	const struct live_drill *live = &p->core.live;
	uint32_t index = core_find_cluster(&p->core, &live->cluster);
	const struct cluster *c = index == CORE_NO_INDEX ? NULL : &p->core.clusters[index];
	const struct texts *words;

	if (live->step == LIVE_NONE || live->step == LIVE_LOOKING || !c)
		return;
	words = live->refusals > 0 ? project_words_of(p, &c->id) : NULL;
	add(s, "%s: cluster %s (%s): a drill has it in hand: %s%s%s", c->region.text, c->name, c->id.text,
		live_step_meaning(live->step),
		live->step != LIVE_RESUME_OWED ? ""
		: c->binding != CORE_NO_INDEX && p->core.bindings[c->binding].incident.id.n != 0
			? ", when the incident of its region is over"
		: p->core.held               ? ", when the ledger is adopted"
		: words && words->of.message ? "; TiDB Cloud refused so far: "
					     : "",
		live->step == LIVE_RESUME_OWED && words && words->of.message &&
				p->core.bindings[c->binding].incident.id.n == 0 && !p->core.held
			? words->of.message
			: "");
}

static void add_clusters(const struct project *p, struct problems *s)
{
	for (uint32_t i = 0; i < p->core.cluster_count; i++) {
		const struct cluster *c = &p->core.clusters[i];
		const struct texts *words = project_words_of(p, &c->id);
		const char *said = words && words->of.message ? words->of.message : "no reason given";

		if (c->duty == DUTY_STRANDED || c->duty == DUTY_TOUCHED || c->duty == DUTY_WAITS)
			add(s, "%s: cluster %s (%s): %s", c->region.text, c->name, c->id.text,
				duty_meaning(c->duty));
		else if (c->refusals > 0 && (c->duty == DUTY_OWED || c->duty == DUTY_RESUME_OWED))
			add(s, "%s: cluster %s (%s): TiDB Cloud refused to %s it, cmekd goes on trying: %s",
				c->region.text, c->name, c->id.text,
				c->duty == DUTY_OWED ? "pause" : "resume", said);
	}
}

uint32_t headline_problems(const struct project *p, headline_problem_fn *each, void *arg)
{
	struct problems s = {.each = each, .arg = arg};

	add_project(p, &s);
	for (uint32_t i = 0; i < p->core.binding_count; i++) {
		add_key(p, i, &s);
		add_kept_out(p, i, &s);
		add_errand(p, &p->core.bindings[i].errand, &s);
		if (p->core.bindings[i].incident.id.n != 0)
			add_incident(p, i, &s);
	}
	add_live_drill(p, &s);
	add_clusters(p, &s);
	return s.count;
}
