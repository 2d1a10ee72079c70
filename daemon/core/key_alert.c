/* SPDX-License-Identifier: Apache-2.0 */
#include "core/key_alert.h"
#include <stddef.h>

#define HOUR_MS INT64_C(3600000)
#define DAY_MS  (24 * HOUR_MS)

static bool is_pending(enum key_state state)
{
	return state == KEY_STATE_PENDING_DELETION || state == KEY_STATE_PENDING_REPLICA_DELETION;
}

/* ---- rotation ---- */

static void tell_date(struct step *s, struct binding *b)
{
	int64_t left_ms = b->rotation_next.ms - s->core->now.wall.ms;

	if (!b->soon_told && left_ms > 0 && left_ms <= KEY_ALERT_SOON_MS) {
		b->soon_told = true;
		emit_notice(s, NOTICE_ROTATION_SOON, b, 0);
	}
	if (!b->overdue_told && left_ms < -KEY_ALERT_OVERDUE_MS) {
		b->overdue_told = true;
		emit_notice(s, NOTICE_ROTATION_OVERDUE, b, 0);
	}
}

void key_alert_rotation(struct step *s, struct binding *b, bool enabled, struct walltime next)
{
	enum key_state state = b->evidence.last.key_state;

	if (is_pending(state))
		return;
	if (enabled)
		b->off_looks = 0;
	else if (!b->rotation_known || b->rotation_on)
		b->off_looks = KEY_ALERT_OFF_LOOKS;
	b->rotation_known = true;
	b->rotation_on = enabled;
	if (next.ms != b->rotation_next.ms)
		b->soon_told = b->overdue_told = false;
	b->rotation_next = next;
	/* What is disabled is rotated when it is enabled again. */
	if (enabled && walltime_is_known(next) && state == KEY_STATE_ENABLED)
		tell_date(s, b);
}

/* ---- the countdown ---- */

/* How long until the next alert; -1: that was the last. */
static int64_t wait_ms(int64_t left_ms)
{
	static const int64_t steps_ms[] = {12 * HOUR_MS, 6 * HOUR_MS, 3 * HOUR_MS, HOUR_MS};

	if (left_ms > DAY_MS)
		return left_ms % DAY_MS > 0 ? left_ms % DAY_MS : DAY_MS;
	for (size_t i = 0; i < sizeof steps_ms / sizeof steps_ms[0]; i++)
		if (left_ms > steps_ms[i])
			return left_ms - steps_ms[i];
	return -1;
}

/* Rotation was read as off: is it that, or the deletion? */
static void explain_off(struct step *s, struct binding *b, enum key_state state)
{
	if (b->off_looks == 0)
		return;
	if (is_pending(state)) {
		b->off_looks = 0;
		b->rotation_known = false; /* should it be off when the deletion is cancelled, that is news */
	} else if (--b->off_looks == 0) {
		emit_notice(s, NOTICE_ROTATION_OFF, b, 0);
	}
}

void key_alert_look(struct step *s, struct binding *b, const struct look *look)
{
	bool pending = is_pending(look->key_state) && walltime_is_known(look->deletion) &&
		       b->evidence.verdict == OUTCOME_LOST; /* one look alone may see the past */

	if (look->fault != FAULT_NONE)
		return;
	explain_off(s, b, look->key_state);
	if (!pending) {
		b->counted = WALLTIME_UNKNOWN;
		b->countdown = BOOTTIME_NEVER;
	} else if (b->counted.ms != look->deletion.ms) {
		b->counted = look->deletion;
		b->countdown = s->core->now.boot;
	}
}

void key_alert_clock_step(struct step *s, struct binding *b)
{
	/* Also a date that seemed to be over may be ahead again. */
	if (walltime_is_known(b->counted))
		b->countdown = s->core->now.boot;
}

void key_alert_drive(struct step *s, struct binding *b)
{
	const struct core *core = s->core;
	int64_t left_ms = b->counted.ms - core->now.wall.ms, wait;

	if (b->countdown.ms == BOOTTIME_NEVER.ms || !boottime_reached(core->now.boot, b->countdown))
		return;
	wait = wait_ms(left_ms);
	b->countdown = wait < 0 ? BOOTTIME_NEVER : boottime_after(core->now.boot, wait);
	if (left_ms > 0)
		emit_notice(s, NOTICE_DELETION_AHEAD, b, 0);
}
