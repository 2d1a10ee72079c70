/* SPDX-License-Identifier: Apache-2.0 */
#include "model/errand.h"
#include "model/name_table.h"

static const char *const names[ERRAND_COUNT] = {
#define X(e, name, rules, what, see) [ERRAND_##e] = name,
	ERRAND_TABLE(X)
#undef X
};

static const char *const whats[ERRAND_COUNT] = {
#define X(e, name, rules, what, see) [ERRAND_##e] = what,
	ERRAND_TABLE(X)
#undef X
};

static const char *const sees[ERRAND_COUNT] = {
#define X(e, name, rules, what, see) [ERRAND_##e] = see,
	ERRAND_TABLE(X)
#undef X
};

static const uint32_t rules_of[ERRAND_COUNT] = {
#define X(e, name, rules, what, see) [ERRAND_##e] = rules,
	ERRAND_TABLE(X)
#undef X
};

const char *errand_name(enum errand e)
{
	return names[e];
}

const char *errand_what(enum errand e)
{
	return whats[e];
}

const char *errand_see(enum errand e)
{
	return sees[e];
}

uint32_t errand_rules(enum errand e)
{
	return rules_of[e];
}

bool errand_parse(const char *name, enum errand *ret_errand)
{
	int i = name_table_find(names, ERRAND_COUNT, name);
	if (i < 0)
		return false;
	*ret_errand = (enum errand)i;
	return true;
}
