/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/settings_table.h"

#define OWNER_DAEMON  struct daemon_settings
#define OWNER_TIDB    struct daemon_settings
#define OWNER_AWS     struct daemon_settings
#define OWNER_NETWORK struct daemon_settings
#define OWNER_PROJECT struct project_settings
#define OWNER_CLUSTER struct cluster_settings

static const struct setting rows[] = {
#define X(section_, key_, place_, kind_, target, initial_, min_, max_, unit_, help_)                         \
	{.section = SETTING_SECTION_##section_,                                                              \
		.key = key_,                                                                                 \
		.place = SETTING_PLACE_##place_,                                                             \
		.kind = SETTING_KIND_##kind_,                                                                \
		.offset = offsetof(OWNER_##section_, target),                                                \
		.size = sizeof(((OWNER_##section_ *)0)->target),                                             \
		.initial = initial_,                                                                         \
		.min = min_,                                                                                 \
		.max = max_,                                                                                 \
		.unit = unit_,                                                                               \
		.help = help_},
	SETTING_TABLE(X)
#undef X
};

_Static_assert(sizeof rows / sizeof *rows <= SETTING_ROWS_MAX, "raise SETTING_ROWS_MAX");

const struct setting *setting_rows(size_t *ret_count)
{
	*ret_count = sizeof rows / sizeof *rows;
	return rows;
}

const char *setting_section_name(enum setting_section s)
{
	static const char *const names[SETTING_SECTION_COUNT] = {
#define X(e, name) [SETTING_SECTION_##e] = name,
		SETTING_SECTION_TABLE(X)
#undef X
	};
	return s < SETTING_SECTION_COUNT ? names[s] : "";
}

const char *setting_kind_expected(enum setting_kind k)
{
	static const char *const texts[SETTING_KIND_COUNT] = {
#define X(e, expected) [SETTING_KIND_##e] = expected,
		SETTING_KIND_TABLE(X)
#undef X
	};
	return k < SETTING_KIND_COUNT ? texts[k] : "";
}

bool setting_is_list(const struct setting *s)
{
	return s->kind == SETTING_KIND_KEY || s->kind == SETTING_KIND_CONTEXT ||
	       s->kind == SETTING_KIND_QUEUE;
}
