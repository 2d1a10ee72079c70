/* SPDX-License-Identifier: Apache-2.0 */
#include "model/incident.h"
#include "model/name_table.h"

static const char *const phase_names[PHASE_COUNT] = {
#define X(e, name, restart, meaning) [PHASE_##e] = name,
	PHASE_TABLE(X)
#undef X
};

static const char *const phase_meanings[PHASE_COUNT] = {
#define X(e, name, restart, meaning) [PHASE_##e] = meaning,
	PHASE_TABLE(X)
#undef X
};

static const char *const means_names[CUT_MEANS_COUNT] = {
#define X(e, name, what) [CUT_MEANS_##e] = name,
	MEANS_TABLE(X)
#undef X
};

static const char *const means_whats[CUT_MEANS_COUNT] = {
#define X(e, name, what) [CUT_MEANS_##e] = what,
	MEANS_TABLE(X)
#undef X
};

static const char *const cut_names[CUT_COUNT] = {
#define X(e, name, restart, deny, disable, remove) [CUT_##e] = name,
	CUT_TABLE(X)
#undef X
};

static const char *const cut_meanings[CUT_MEANS_COUNT][CUT_COUNT] = {
	[CUT_MEANS_DENY] =
		{
#define X(e, name, restart, deny, disable, remove) [CUT_##e] = deny,
			CUT_TABLE(X)
#undef X
		},
	[CUT_MEANS_DISABLE] =
		{
#define X(e, name, restart, deny, disable, remove) [CUT_##e] = disable,
			CUT_TABLE(X)
#undef X
		},
	[CUT_MEANS_REMOVE] =
		{
#define X(e, name, restart, deny, disable, remove) [CUT_##e] = remove,
			CUT_TABLE(X)
#undef X
		},
};

static const enum cut cut_restarts[CUT_COUNT] = {
#define X(e, name, restart, deny, disable, remove) [CUT_##e] = CUT_##restart,
	CUT_TABLE(X)
#undef X
};

static const char *const duty_names[DUTY_COUNT] = {
#define X(e, name, restart, meaning) [DUTY_##e] = name,
	DUTY_TABLE(X)
#undef X
};

static const char *const duty_meanings[DUTY_COUNT] = {
#define X(e, name, restart, meaning) [DUTY_##e] = meaning,
	DUTY_TABLE(X)
#undef X
};

static const enum duty duty_restarts[DUTY_COUNT] = {
#define X(e, name, restart, meaning) [DUTY_##e] = DUTY_##restart,
	DUTY_TABLE(X)
#undef X
};

static const char *const dark_names[DARK_COUNT] = {
#define X(e, name, meaning) [DARK_##e] = name,
	DARK_TABLE(X)
#undef X
};

static const char *const dark_meanings[DARK_COUNT] = {
#define X(e, name, meaning) [DARK_##e] = meaning,
	DARK_TABLE(X)
#undef X
};

static const enum phase phase_restarts[PHASE_COUNT] = {
#define X(e, name, restart, meaning) [PHASE_##e] = PHASE_##restart,
	PHASE_TABLE(X)
#undef X
};

const char *phase_name(enum phase p)
{
	return phase_names[p];
}

const char *phase_meaning(enum phase p)
{
	return phase_meanings[p];
}

enum phase phase_after_restart(enum phase p)
{
	return phase_restarts[p];
}

bool phase_parse(const char *name, enum phase *ret_phase)
{
	int i = name_table_find(phase_names, PHASE_COUNT, name);
	if (i < 0)
		return false;
	*ret_phase = (enum phase)i;
	return true;
}

const char *cut_name(enum cut c)
{
	return cut_names[c];
}

const char *cut_meaning(enum cut c, enum cut_means m)
{
	return cut_meanings[m][c];
}

uint8_t cut_stands(enum cut c)
{
	return c == CUT_NONE || c == CUT_AFTER_PAUSES ? 0 : CUT_MEANS_BIT(CUT_MEANS_DENY);
}

const char *cut_means_name(enum cut_means m)
{
	return means_names[m];
}

const char *cut_means_what(enum cut_means m)
{
	return means_whats[m];
}

bool cut_means_parse(const char *name, enum cut_means *ret_means)
{
	int i = name_table_find(means_names, CUT_MEANS_COUNT, name);
	if (i < 0)
		return false;
	*ret_means = (enum cut_means)i;
	return true;
}

enum cut cut_after_restart(enum cut c)
{
	return cut_restarts[c];
}

bool cut_parse(const char *name, enum cut *ret_cut)
{
	int i = name_table_find(cut_names, CUT_COUNT, name);
	if (i < 0)
		return false;
	*ret_cut = (enum cut)i;
	return true;
}

const char *duty_name(enum duty d)
{
	return duty_names[d];
}

const char *duty_meaning(enum duty d)
{
	return duty_meanings[d];
}

enum duty duty_after_restart(enum duty d)
{
	return duty_restarts[d];
}

bool duty_parse(const char *name, enum duty *ret_duty)
{
	int i = name_table_find(duty_names, DUTY_COUNT, name);
	if (i < 0)
		return false;
	*ret_duty = (enum duty)i;
	return true;
}

const char *dark_name(enum dark d)
{
	return dark_names[d];
}

const char *dark_meaning(enum dark d)
{
	return dark_meanings[d];
}
