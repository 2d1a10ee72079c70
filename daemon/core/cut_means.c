/* SPDX-License-Identifier: Apache-2.0 */
#include "core/cut_means.h"
#include "core/evidence.h"
#include <string.h>

#define SETTLES 30 /* IncidentIntervals */
#define VITAL   (NEED_BIT(NEED_EBS_DECRYPT) | NEED_BIT(NEED_EBS_CREATE_GRANT))

enum cut_means cut_means_wanted(uint8_t how)
{
	if (how & CAUSE_DISABLE_KEY)
		return CUT_MEANS_DISABLE;
	return how & CAUSE_REMOVE ? CUT_MEANS_REMOVE : CUT_MEANS_DENY;
}

bool cut_means_may_change(const struct incident *i, uint8_t how)
{
	if (!(i->causes & CAUSE_OPERATOR) || ((i->causes | how) & CAUSE_PAUSE_ONLY) ||
		cut_means_wanted(how) == cut_means_wanted(i->causes))
		return false;
	return (how & CAUSE_DISABLE_KEY) || i->cut == CUT_BY_HAND;
}

bool cut_means_differs(const struct incident *i)
{
	return i->means != cut_means_wanted(i->causes);
}

bool cut_means_next(const struct incident *i, enum cut_means *ret_means)
{
	for (unsigned m = 0; m < CUT_MEANS_COUNT; m++)
		if (i->stands & CUT_MEANS_BIT(m)) {
			*ret_means = (enum cut_means)m;
			return true;
		}
	return false;
}

enum cut_means cut_means_after(const struct incident *i)
{
	unsigned m = i->means;

	do {
		m = (m + 1) % CUT_MEANS_COUNT;
	} while (m != i->means && !(i->stands & CUT_MEANS_BIT(m)));
	return (enum cut_means)m;
}

enum cut_means cut_means_due(const struct incident *i)
{
	return i->cut == CUT_UNDO_BY_HAND ? cut_means_after(i) : i->means;
}

static void stands_if(struct incident *i, bool stands)
{
	i->stands = (uint8_t)(stands ? i->stands | CUT_MEANS_BIT(i->means)
				     : i->stands & ~CUT_MEANS_BIT(i->means));
}

static bool is_kept(const struct incident *i)
{
	static const struct digest none;

	return memcmp(&i->kept, &none, sizeof none) != 0;
}

static bool shows_vendor(const struct look *look)
{
	return look->have_access && ((look->access.allowed | look->access.undecided) & VITAL) != 0;
}

/* The policy as it is before: once the vendor may be out of it, also where it was seen put back, only one with the vendor in it is of
 * before. */
static void keep_policy(struct binding *b)
{
	struct incident *i = &b->incident;
	const struct look *last = &b->evidence.last;

	i->kept_before = i->kept;
	if (last->have_access && (!is_kept(i) || shows_vendor(last)))
		i->kept = last->policy;
}

bool cut_means_lacks_policy(const struct binding *b)
{
	return b->incident.means == CUT_MEANS_REMOVE && !is_kept(&b->incident) &&
	       !b->evidence.last.have_access;
}

void cut_means_mark(const struct binding *b, struct look *look)
{
	struct access *a = &look->access;

	if (b->incident.phase != PHASE_NONE && is_kept(&b->incident) && look->have_access && !a->by_deny &&
		a->cut_by == CUT_BY_NONE && !shows_vendor(look))
		a->cut_by = CUT_BY_OWN;
}

/* What looks said before it was put back proves nothing: it is over when the incident rests on that access is back. */
void cut_means_given_back(struct binding *b)
{
	if (b->incident.cut == CUT_NONE && b->incident.phase == PHASE_RESUMING)
		b->incident.kept = (struct digest){.bytes = {0}};
}

bool core_keeps(const struct core *core, uint32_t binding)
{
	return is_kept(&core->bindings[binding].incident);
}

/* A statement bears our name: to look for it once too often harms nobody. A key that others disabled does not become ours by
 * asking for what is so already. */
void cut_means_sent(struct binding *b)
{
	struct incident *i = &b->incident;

	i->stood = i->stands;
	if (i->means == CUT_MEANS_REMOVE)
		keep_policy(b);
	if (i->means != CUT_MEANS_DISABLE || b->key_seen != KEY_SEEN_OFF)
		stands_if(i, true);
}

/* What was seen before it may be of before it; one that was refused, or never left, changes nothing in what was seen. */
void cut_means_taken(struct binding *b)
{
	struct incident *i = &b->incident;

	if (i->means != CUT_MEANS_DISABLE)
		return;
	stands_if(i, !i->cut_was_so || (i->stood & CUT_MEANS_BIT(CUT_MEANS_DISABLE)));
	b->on_looks = 0;
}

/* By hand a person adds the very statement: it is looked for all the same. */
void cut_means_not_taken(struct binding *b)
{
	struct incident *i = &b->incident;

	if (i->means != CUT_MEANS_DENY)
		i->stands = i->stood;
	/* What others take out is not ours for having been asked for. */
	if (i->means == CUT_MEANS_REMOVE)
		i->kept = i->kept_before;
}

void cut_means_unclear(const struct core *core, struct incident *i)
{
	if (i->stands & CUT_MEANS_BIT(CUT_MEANS_DISABLE))
		i->late_until = boottime_after(core->now.boot, CORE_CHANGE_LATE_MS);
}

bool cut_means_may_come(const struct core *core, const struct incident *i)
{
	return cut_means_due(i) == CUT_MEANS_DISABLE && !boottime_reached(core->now.boot, i->late_until);
}

void cut_means_undone(struct step *s, struct binding *b)
{
	struct incident *i = &b->incident;

	stands_if(i, false);
	if (i->means == CUT_MEANS_DISABLE)
		i->on_at = s->core->now.boot;
}

/* For so long some nodes of KMS may show what was before a change, others what is: five minutes with the intervals that are shipped.
 * ("In some cases several minutes": AWS KMS Developer Guide, "AWS KMS eventual consistency".) */
static int64_t settles_ms(const struct core *core)
{
	int64_t least_ms = SETTLES * core->policy.incident_ms;

	return core->policy.restore_delay_ms > least_ms ? core->policy.restore_delay_ms : least_ms;
}

/* It was enabled, and seen so: that it is shown as disabled is of before. */
static bool shows_the_past(const struct core *core, const struct incident *i)
{
	return i->on_at.ms != 0 && core->now.boot.ms - i->on_at.ms < settles_ms(core);
}

enum cut_by cut_means_off_by(const struct core *core, const struct binding *b, const struct look *look)
{
	const struct incident *i = &b->incident;

	if (i->phase != PHASE_NONE &&
		((i->stands & CUT_MEANS_BIT(CUT_MEANS_DISABLE)) || shows_the_past(core, i)))
		return CUT_BY_OWN;
	return look->off_by;
}

void cut_means_start(const struct core *core, struct incident *i)
{
	/* What was enabled before may show disabled for a while. */
	if (i->cut == CUT_NONE && i->means == CUT_MEANS_DISABLE)
		i->on_at = core->now.boot;
	/* What was in flight when the daemon was killed, by what the ledger knows. */
	if (i->cut == CUT_WANTED || i->cut == CUT_UNDO_WANTED)
		cut_means_unclear(core, i);
}

/* One look may be of after a change, and the next ones of before: so it must be shown for long, from the first of these looks to
 * the newest. */
static bool is_on_again(const struct core *core, const struct binding *b)
{
	return b->on_looks >= CORE_CONFIRM && core->now.boot.ms - b->on_since.ms >= settles_ms(core);
}

bool cut_means_looked(struct step *s, struct binding *b, const struct look *look)
{
	struct incident *i = &b->incident;
	bool on = look->key_state == KEY_STATE_ENABLED || look->key_state == KEY_STATE_UPDATING;

	if (look->key_state == KEY_STATE_DISABLED) {
		b->key_seen = KEY_SEEN_OFF;
		b->on_looks = 0;
	} else if (on) {
		b->key_seen = KEY_SEEN_ON;
		if (b->on_looks++ == 0)
			b->on_since = s->core->now.boot;
	}
	if (!on || !(i->stands & CUT_MEANS_BIT(CUT_MEANS_DISABLE)) || i->cut == CUT_SENT ||
		i->cut == CUT_UNDO_SENT || !is_on_again(s->core, b))
		return false;
	i->stands &= (uint8_t)~CUT_MEANS_BIT(CUT_MEANS_DISABLE);
	/* It is undone by what stands, which this does not any more. */
	if (i->cut == CUT_UNDO_WANTED || i->cut == CUT_UNDO_BY_HAND)
		(void)cut_means_next(i, &i->means);
	return true;
}

bool core_disabled(const struct core *core, uint32_t binding)
{
	return (core->bindings[binding].incident.stands & CUT_MEANS_BIT(CUT_MEANS_DISABLE)) != 0;
}

bool core_wants_disabled(const struct core *core, uint32_t binding)
{
	const struct incident *i = &core->bindings[binding].incident;

	return (i->causes & CAUSE_OPERATOR) && !(i->causes & CAUSE_PAUSE_ONLY) &&
	       (i->causes & CAUSE_DISABLE_KEY) && i->cut != CUT_AFTER_PAUSES;
}
