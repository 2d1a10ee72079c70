/* SPDX-License-Identifier: Apache-2.0 */
#include "model/reason.h"
#include "model/name_table.h"

static const char *const reason_names[REASON_COUNT] = {
#define X(e, name, outcome, gate, seen, todo) [REASON_##e] = name,
	REASON_TABLE(X)
#undef X
};

static const struct {
	enum outcome outcome;
	enum gate gate;
	const char *seen, *todo;
} reasons[REASON_COUNT] = {
#define X(e, name, outcome, gate, seen, todo) [REASON_##e] = {OUTCOME_##outcome, GATE_##gate, seen, todo},
	REASON_TABLE(X)
#undef X
};

static const char *const outcome_names[] = {
	[OUTCOME_UNKNOWN] = "unknown",
	[OUTCOME_USABLE] = "usable",
	[OUTCOME_DEGRADED] = "degraded",
	[OUTCOME_LOST] = "lost",
};

const char *reason_name(enum reason r)
{
	return reason_names[r];
}

const char *reason_seen(enum reason r)
{
	return reasons[r].seen;
}

const char *reason_todo(enum reason r)
{
	return reasons[r].todo;
}

enum outcome reason_outcome(enum reason r)
{
	return reasons[r].outcome;
}

enum gate reason_gate(enum reason r)
{
	return reasons[r].gate;
}

bool reason_is_own(enum reason r)
{
	return r == REASON_OWN_CUT || r == REASON_OWN_DISABLE || r == REASON_OWN_REMOVE;
}

bool reason_parse(const char *name, enum reason *ret_reason)
{
	int i = name_table_find(reason_names, REASON_COUNT, name);
	if (i < 0)
		return false;
	*ret_reason = (enum reason)i;
	return true;
}

const char *outcome_name(enum outcome o)
{
	return outcome_names[o];
}

bool outcome_parse(const char *name, enum outcome *ret_outcome)
{
	int i = name_table_find(outcome_names, sizeof outcome_names / sizeof outcome_names[0], name);
	if (i < 0)
		return false;
	*ret_outcome = (enum outcome)i;
	return true;
}
