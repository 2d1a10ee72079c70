/* SPDX-License-Identifier: Apache-2.0 */
#include "model/key.h"
#include "model/name_table.h"

static const char *const key_state_names[KEY_STATE_COUNT] = {[KEY_STATE_UNKNOWN] = "unknown",
#define X(e, name) [KEY_STATE_##e] = name,
	KEY_STATE_TABLE(X)
#undef X
};

static const char *const fault_names[FAULT_COUNT] = {
#define X(e, name) [FAULT_##e] = name,
	FAULT_TABLE(X)
#undef X
};

static const char *const need_purposes[NEED_COUNT] = {
#define X(e, purpose, action) [NEED_##e] = purpose,
	NEED_TABLE(X)
#undef X
};

static const char *const need_actions[NEED_COUNT] = {
#define X(e, purpose, action) [NEED_##e] = action,
	NEED_TABLE(X)
#undef X
};

const char *key_state_name(enum key_state s)
{
	return key_state_names[s];
}

enum key_state key_state_parse(const char *name)
{
	int i = name_table_find(key_state_names, KEY_STATE_COUNT, name);
	return i < 0 ? KEY_STATE_UNKNOWN : (enum key_state)i;
}

const char *fault_name(enum fault f)
{
	return fault_names[f];
}

const char *need_purpose(enum need n)
{
	return need_purposes[n];
}

const char *need_action(enum need n)
{
	return need_actions[n];
}
