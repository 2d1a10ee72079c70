/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/verbs.h"
#include <string.h>

static const struct verb_row {
	const char *method, *words;
	enum verb_needs needs;
	bool streams;
} rows[VERB_COUNT] = {
#define X(e, method, needs, streams, words)                                                                  \
	[VERB_##e] = {VERB_INTERFACE "." method, words, VERB_NEEDS_##needs, streams},
	VERB_TABLE(X)
#undef X
};

const char *verb_method(enum verb v)
{
	return rows[v].method;
}

const char *verb_words(enum verb v)
{
	return rows[v].words;
}

enum verb_needs verb_needs(enum verb v)
{
	return rows[v].needs;
}

const char *verb_needs_name(enum verb_needs n)
{
	return n == VERB_NEEDS_READ ? "read" : "operate";
}

bool verb_streams(enum verb v)
{
	return rows[v].streams;
}

bool verb_parse_method(const char *method, enum verb *ret_verb)
{
	for (unsigned v = 0; v < VERB_COUNT; v++) {
		if (strcmp(rows[v].method, method) != 0)
			continue;
		*ret_verb = (enum verb)v;
		return true;
	}
	return false;
}
