/* SPDX-License-Identifier: Apache-2.0 */
#include "coverage.h"
#include <stdio.h>

#define SELDOM_SCHEDULES 2000000 /* in so many even what is seldom must have come to pass */

/* ---- rows that nothing can take: they are written because every cell is ---- */

#define ALL        UINT32_MAX
#define D(e)       (1u << DUTY_##e)
#define C(e)       (1u << CE_##e)
#define P(e)       (1u << PHASE_##e)
#define I(e)       (1u << IE_##e)
#define U(e)       (1u << CUT_##e)
#define V(e)       (1u << CUT_EV_##e)
#define ACT_ENDS   (C(ACCEPTED) | C(REFUSED) | C(UNCLEAR) | C(NOT_SENT))
#define CUT_ENDS   (V(ACCEPTED) | V(PART) | V(REFUSED) | V(UNCLEAR) | V(NOT_TAKEN))
#define FIRST_ROW  1u
#define OTHER_ROWS (~1u)

struct unreachable {
	uint32_t states, events, rows;
	const char *why;
};

static const struct unreachable of_clusters[] = {
	{~(D(PAUSE_SENT) | D(RESUME_SENT)), ACT_ENDS, ALL,
		"an answer reaches only the act that is in flight"},
	{~(D(OWED) | D(RESUME_OWED)), C(DUE), ALL, "an act is due only where one is owed"},
	{~(D(PAUSED) | D(RESUME_OWED) | D(RESUME_UNSURE) | D(RESUME_TAKEN)), C(OVERDUE), ALL,
		"only what is held or given back has left PAUSED and not arrived; an act in flight is "
		"answered first"},
	{~(D(LEFT) | D(TOUCHED)), C(INCLUDE), ALL, "refused before, or given back anyhow"},
	{D(LEFT) | D(TOUCHED), C(INCLUDE), OTHER_ROWS, "what was never paused is refused before"},
};

static const struct unreachable of_incidents[] = {
	{~P(PROVING), I(PROVEN), ALL, "only PROVING waits for the proof"},
	{~P(PAUSING), I(SETTLED), ALL, "only PAUSING settles"},
	{~P(HELD), I(UNSETTLED), ALL, "only HELD is unsettled"},
	{~P(RESUMING), I(RESUMED), ALL, "only RESUMING ends by it"},
	{P(NONE), I(BUDGET_YES) | I(BUDGET_NO) | I(APPROVE) | I(DECLINE) | I(RESTORE), ALL,
		"without an incident commands and grants are refused before"},
	{P(WAITING) | P(GRACE) | P(BUDGET), I(BACK), ALL,
		"the newest look saw access, which moved it before"},
	{~(P(PAUSING) | P(HELD)), I(RESTORE), ALL, "an operator's cause is open only there"},
	{P(PAUSING), I(DECLINE), OTHER_ROWS, "what an operator asked for is not declined: refused before"},
	{P(DECLINED) | P(HELD) | P(PROVING) | P(RESUMING), I(DECLINE), ALL, "refused before"},
	{P(NONE) | P(WAITING) | P(DECLINED) | P(PROVING) | P(RESUMING), I(GRACE_OVER), ALL, "no grace runs"},
	{P(GRACE), I(BUDGET_YES) | I(BUDGET_NO), ALL, "what was asked before is forgotten there"},
	{P(RESUMING), I(BUDGET_YES) | I(BUDGET_NO), ALL,
		"RestoreDelay is longer than the budget's answer takes"},
};

static const struct unreachable of_cuts[] = {
	{~(U(SENT) | U(UNDO_SENT)), CUT_ENDS, ALL, "an answer reaches only the change that is in flight"},
	{~U(AFTER_PAUSES), V(PAUSED), ALL, "asked only of what waits for it"},
	{~U(WANTED), V(UNREAD), ALL, "asked only of what is to be sent"},
	{U(SENT), V(PART), ALL, "only an undo has parts"},
	{U(NONE) | U(UNDO_WANTED) | U(UNDO_BY_HAND), V(OTHER), ALL,
		"revoked again it is wanted before this is asked, by what is wanted now"},
	{U(UNDO_SENT), V(NOTHING), ALL, "what is being undone stands until its end is known"},
	{U(AFTER_PAUSES), V(STILL_THERE), ALL, "only without an operator's cause"},
	{U(MADE), V(LATER), ALL, "a cut without an operator's cause is undone in the same step"},
	{U(MADE), V(START), ALL, "a cut without an operator's cause is undone in the same step"},
	{U(SENT) | U(UNDO_SENT), V(DUE) | V(STILL_THERE), ALL, "one change at a time"},
	{U(WANTED) | U(MADE) | U(BY_HAND), V(STILL_THERE), ALL,
		"without an operator's cause it is undone in the same step, before this is asked"},
};

#define L(e) (1u << LIVE_##e)
#define E(e) (1u << LIVE_EV_##e)

static const struct unreachable of_drills[] = {
	{L(NONE), ~0u, ALL, "without a drill there is nothing to step"},
	{~(L(PAUSE_SENT) | L(RESUME_SENT)), E(ACCEPTED) | E(REFUSED) | E(UNCLEAR) | E(NOT_SENT), ALL,
		"an answer reaches only the act that is in flight"},
	{~(L(LOOKING) | L(RESUME_OWED)), E(DUE), ALL, "an act is due only where one is owed"},
	{L(PAUSE_SENT) | L(RESUME_SENT), E(LATE), ALL, "an act in flight is answered first"},
};

/* These come to pass, but not in each hundred thousand schedules. */
static const struct unreachable seldom_of_clusters[] = {
	{D(EXCLUDED) | D(WAITS), C(WANT_RESUME), ALL,
		"a kill came when it was written down that pausing had stopped, and not yet what was left "
		"out"},
	{D(RESUME_UNSURE), C(OVERDUE), ALL, "a resume loses its answer at the very end of an hour of tries"},
	{D(RESUME_OWED) | D(RESUME_SENT) | D(RESUME_UNSURE) | D(RESUME_TAKEN), C(APPROVE), ALL,
		"approved while a resume of before the loss is still under way"},
	{D(STRANDED), C(SEEN_PAUSING), ALL,
		"people pause it as soon as it is up, an hour and more after it left PAUSED"},
	{D(RESUME_SENT) | D(RESUME_UNSURE), C(SEEN_BUSY), ALL,
		"other work on it is read while a resume has no answer"},
};

static const struct unreachable seldom_of_cuts[] = {
	{U(UNDO_BY_HAND), V(STILL_THERE), ALL,
		"a Deny that was taken for gone is found while the undo of other means is a person's to do"},
	{U(UNDO_WANTED), V(STILL_THERE), ALL,
		"a Deny that was taken for gone is found while the undo of other means got no answer for "
		"long"},
};

static const struct unreachable seldom_of_drills[] = {
	{L(PAUSE_UNSURE) | L(PAUSE_TAKEN) | L(RESUME_UNSURE), E(LATE), ALL,
		"an hour of readings that tell neither"},
	{L(PAUSE_UNSURE), E(SEEN_RESUMING), ALL, "people resume it before the pause was read"},
	{L(RESUME_SENT) | L(RESUME_UNSURE), E(SEEN_PAUSING), ALL,
		"people pause it again as it comes up, before the answer to the resume"},
	{L(RESUME_UNSURE), E(SEEN_PAUSED), FIRST_ROW, "the same, and it was read only when it was paused"},
};

/* Of the clusters' machine, the incidents', the cuts' and the drills', in the order of their rows. */
struct said {
	const struct unreachable *of;
	size_t count;
};
#define SAID(table)                                                                                          \
	{                                                                                                    \
		table, sizeof table / sizeof table[0]                                                        \
	}

static const struct said never[] = {SAID(of_clusters), SAID(of_incidents), SAID(of_cuts), SAID(of_drills)};
static const struct said not_soon[] = {
	SAID(seldom_of_clusters), {NULL, 0}, SAID(seldom_of_cuts), SAID(seldom_of_drills)};

static const struct machine {
	uint32_t rows, events, alternatives;
} machines[] = {{ROWS_CLUSTER_COUNT, CE_COUNT, ROWS_CLUSTER_ALTERNATIVES},
	{ROWS_INCIDENT_COUNT, IE_COUNT, ROWS_INCIDENT_ALTERNATIVES}, {ROWS_CUT_COUNT, CUT_EV_COUNT, 1},
	{UINT32_MAX, LIVE_EVENT_COUNT, ROWS_LIVE_ALTERNATIVES}};

/* What the tables say of it; NULL: nothing. */
static const char *said_of_row(uint32_t row, bool seldom)
{
	const struct machine *m = machines;
	const struct said *said;
	uint32_t state, event, alternative;

	while (row >= m->rows)
		row -= m++->rows;
	said = (seldom ? not_soon : never) + (m - machines);
	alternative = row % m->alternatives;
	event = row / m->alternatives % m->events;
	state = row / m->alternatives / m->events;
	for (size_t i = 0; i < said->count; i++)
		if ((said->of[i].states >> state & 1) && (said->of[i].events >> event & 1) &&
			(said->of[i].rows >> alternative & 1))
			return said->of[i].why;
	return NULL;
}

/* ---- what is said outside of the core ---- */

static bool is_said_by_the_driver(enum notice notice)
{
	return notice == NOTICE_LEDGER_DAMAGED || notice == NOTICE_LEDGER_FOREIGN ||
	       notice == NOTICE_RELOADED || notice == NOTICE_RELOAD_FAILED ||
	       notice == NOTICE_PROJECT_BROKEN || notice == NOTICE_HINTS_FAILED ||
	       notice == NOTICE_HINTS_BACK || notice == NOTICE_CHECKED || notice == NOTICE_CHECK_WORSE ||
	       notice == NOTICE_PROJECT_ASKED || notice == NOTICE_PROJECT_CREATED ||
	       notice == NOTICE_PROJECT_NOT_CREATED ||
	       notice >= NOTICE_STARTED; /* the rest of the table: what the daemon tells of itself */
}

/* ---- sums ---- */

static void add(uint64_t *sum, const uint64_t *more, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sum[i] += more[i];
}

void coverage_add(struct coverage *c, const struct sim *s)
{
	add(c->hits, s->hits, AUDIT_COUNT);
	add(c->reasons, s->reasons, REASON_COUNT);
	add(c->effects, s->effects_seen, FX_NOTICE + 1);
	add(c->notices, s->notices, NOTICE_COUNT);
	add(c->answers, s->answers, ANSWER_COUNT);
}

static unsigned missing(uint64_t count, const char *what, const char *name)
{
	if (count > 0)
		return 0;
	printf("never %s: %s\n", what, name);
	return 1;
}

static unsigned tell_rows(const struct coverage *c, uint64_t schedules)
{
	unsigned failures = 0, taken = 0, unreachable = 0;
	char name[ROWS_NAME_BYTES];

	for (uint32_t i = 0; i < ROWS; i++) {
		const char *why;

		if (!rows_is_written(i))
			continue;
		rows_name(i, name);
		why = said_of_row(i, false);
		taken += c->rows[i] != 0;
		unreachable += why != NULL;
		if (!why && c->rows[i] == 0 && schedules < SELDOM_SCHEDULES && said_of_row(i, true)) {
			printf("not yet taken, and seldom (%s): %s\n", said_of_row(i, true), name);
		} else if (!why) {
			failures += missing(c->rows[i], "taken", name);
		} else if (c->rows[i] != 0) {
			printf("taken, and yet said to be out of reach (%s): %s\n", why, name);
			failures++;
		}
	}
	printf("rows: %u taken, %u out of reach for a reason\n", taken, unreachable);
	return failures;
}

unsigned coverage_tell(const struct coverage *c, uint64_t schedules)
{
	static const char *const effects[FX_NOTICE + 1] = {[FX_LOOK] = "look",
		[FX_READ_CMEK] = "read_cmek",
		[FX_LIST_CLUSTERS] = "list_clusters",
		[FX_READ_CLUSTER] = "read_cluster",
		[FX_LIST_GRANTS] = "list_grants",
		[FX_READ_ROTATION] = "read_rotation",
		[FX_RECORD] = "record",
		[FX_PAUSE] = "pause",
		[FX_RESUME] = "resume",
		[FX_CUT] = "cut",
		[FX_UNCUT] = "uncut",
		[FX_ERRAND] = "errand",
		[FX_REVOKE_GRANTS] = "revoke_grants",
		[FX_ASK_BUDGET] = "ask_budget",
		[FX_ANSWER] = "answer",
		[FX_NOTICE] = "notice"};
	unsigned failures = tell_rows(c, schedules);

	for (int i = 0; i < AUDIT_COUNT; i++)
		failures += missing(c->hits[i], "exercised", audit_text((enum audit)i));
	for (int i = 0; i < REASON_COUNT; i++)
		failures += missing(c->reasons[i], "judged", reason_name((enum reason)i));
	for (int i = 0; i <= FX_NOTICE; i++)
		failures += missing(c->effects[i], "asked for", effects[i]);
	for (int i = 0; i < NOTICE_COUNT; i++)
		if (!is_said_by_the_driver((enum notice)i))
			failures += missing(c->notices[i], "told", notice_name((enum notice)i));
	for (int i = 0; i < ANSWER_COUNT; i++)
		failures += missing(c->answers[i], "answered", answer_name((enum answer)i));
	return failures;
}

void coverage_tell_hits(const struct coverage *c)
{
	for (int i = 0; i < AUDIT_COUNT; i++)
		printf("%14lu  %s\n", (unsigned long)c->hits[i], audit_text((enum audit)i));
}
