/* SPDX-License-Identifier: Apache-2.0 */
/* pattern: texts, wildcards and ARNs of the policy language. */
#pragma once
#include "policy/tri.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct span {
	const char *at;
	size_t len;
};
struct span span_of(const char *text);
bool span_equals(struct span s, const char *text);
bool span_equals_fold(struct span s, const char *text); /* ASCII letters of either case are the same */

/* `*` is any run, `?` one character (of UTF-8). `fold`: ASCII letters of either case are the same. */
bool pattern_match(struct span pattern, struct span text, bool fold);
bool pattern_has_wildcard(struct span pattern);
bool pattern_is_any(const char *pattern); /* nothing but one or more `*` */
/* Equality with ASCII letters of either case the same. */
bool pattern_equals_fold(const char *a, const char *b);

/* A short text that is matched against very many patterns: each costs one step a byte of the pattern, whatever
 * stars it has. */
#define SUBJECT_MAX_BYTES 62
#define PATTERN_HOLE      '\001' /* in a text with holes: any run of bytes, not known which */
struct subject {
	struct span text;
	bool is_short;       /* else, and for what is not ASCII, a plainer way has to be taken */
	bool has_holes;      /* which then do not stand side by side */
	uint64_t holes;      /* where */
	uint64_t masks[128]; /* by character: where it stands in the text */
};
void subject_init(struct subject *s, struct span text, bool has_holes, bool fold);
/* Of one without holes and made with `fold`: as pattern_match with `fold`. */
bool subject_match(const struct subject *s, struct span pattern);
/* Of a short one. `wild`: `*` and `?` are wildcards. */
enum tri subject_match_holes(const struct subject *s, struct span pattern, bool wild);

/* A matcher that is fed a pattern symbol by symbol. The text may have holes, and so may the pattern: then more
 * than one answer is possible. */
#define MATCHER_TEXT_MAX_BYTES 2048
enum matcher_symbol {
	MATCHER_ONE = 256,
	MATCHER_MANY,
	MATCHER_OPEN, /* a run that is not known */
};                    /* 0..255: this byte */
struct matcher {
	struct span text;
	bool has_holes, fold, is_sure, is_dead;
	size_t low, high;                         /* where may[] can be set */
	uint8_t may[MATCHER_TEXT_MAX_BYTES + 1];  /* places that some reading reaches */
	uint8_t must[MATCHER_TEXT_MAX_BYTES + 1]; /* places that every reading reaches */
};
/* False if the text is too long. */
bool matcher_init(struct matcher *m, struct span text, bool has_holes, bool fold);
void matcher_feed(struct matcher *m, unsigned symbol);
enum tri matcher_end(const struct matcher *m);

/* arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE */
enum { ARN_PARTITION = 1, ARN_SERVICE, ARN_REGION, ARN_ACCOUNT, ARN_RESOURCE, ARN_PARTS };
/* The last part takes the rest. False if there are fewer than six, or the first is not "arn". `variables`:
 * colons within "${...}" do not count. */
bool arn_split(struct span text, bool variables, struct span ret_parts[ARN_PARTS]);
