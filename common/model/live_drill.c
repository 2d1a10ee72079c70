/* SPDX-License-Identifier: Apache-2.0 */
#include "model/live_drill.h"
#include "model/name_table.h"

static const char *const step_names[LIVE_STEP_COUNT] = {
#define X(e, name, restart, meaning) [LIVE_##e] = name,
	LIVE_STEP_TABLE(X)
#undef X
};

static const char *const step_meanings[LIVE_STEP_COUNT] = {
#define X(e, name, restart, meaning) [LIVE_##e] = meaning,
	LIVE_STEP_TABLE(X)
#undef X
};

static const enum live_step step_restarts[LIVE_STEP_COUNT] = {
#define X(e, name, restart, meaning) [LIVE_##e] = LIVE_##restart,
	LIVE_STEP_TABLE(X)
#undef X
};

static const char *const end_names[LIVE_END_COUNT] = {
#define X(e, name, meaning) [LIVE_END_##e] = name,
	LIVE_END_TABLE(X)
#undef X
};

static const char *const end_meanings[LIVE_END_COUNT] = {
#define X(e, name, meaning) [LIVE_END_##e] = meaning,
	LIVE_END_TABLE(X)
#undef X
};

const char *live_step_name(enum live_step s)
{
	return step_names[s];
}

const char *live_step_meaning(enum live_step s)
{
	return step_meanings[s];
}

enum live_step live_step_after_restart(enum live_step s)
{
	return step_restarts[s];
}

bool live_step_parse(const char *name, enum live_step *ret_step)
{
	int i = name_table_find(step_names, LIVE_STEP_COUNT, name);
	if (i < 0)
		return false;
	*ret_step = (enum live_step)i;
	return true;
}

const char *live_end_name(enum live_end e)
{
	return end_names[e];
}

const char *live_end_meaning(enum live_end e)
{
	return end_meanings[e];
}

bool live_end_parse(const char *name, enum live_end *ret_end)
{
	int i = name_table_find(end_names, LIVE_END_COUNT, name);
	if (i < 0)
		return false;
	*ret_end = (enum live_end)i;
	return true;
}
