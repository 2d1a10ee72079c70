/* SPDX-License-Identifier: Apache-2.0 */
#include "model/command.h"

static const char *const answer_names[ANSWER_COUNT] = {
#define X(e, name, meaning) [ANSWER_##e] = name,
	ANSWER_TABLE(X)
#undef X
};

static const char *const answer_meanings[ANSWER_COUNT] = {
#define X(e, name, meaning) [ANSWER_##e] = meaning,
	ANSWER_TABLE(X)
#undef X
};

const char *answer_name(enum answer a)
{
	return answer_names[a];
}

const char *answer_meaning(enum answer a)
{
	return answer_meanings[a];
}
