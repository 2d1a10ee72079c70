/* SPDX-License-Identifier: Apache-2.0 */
/* err: where failures are born, and the text for people that goes with a refusal.
 *
 * Three kinds of trouble, never mixed (HACKING.md, rules E):
 *   fact of the world   an enum value, data like any other
 *   refusal             positive FOO_E_*, for the direct caller, usually with a `struct why`
 *   failure             negative errno, passed up unchanged
 */
#pragma once

#define WHY_BYTES 512

/* What happened, to what, and what to do next; made once near the cause and wrapped outward. */
struct why {
	char text[WHY_BYTES];
};

/* Marks the place where a failure is born. `code` is a negative errno; evaluates to it. */
#define err_origin(code) err_origin_at((code), __FILE__, __LINE__)
int err_origin_at(int code, const char *file, int line);

/* The one hook that sees births of failures (set by a main or a test; NULL: nobody looks). */
typedef void err_origin_fn(int code, const char *file, int line);
void err_set_hook(err_origin_fn *hook);

/* Sets the text; cut at WHY_BYTES - 1. `w` may be NULL: the caller does not want to know. */
void why_set(struct why *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Puts "prefix: " in front of the text. */
void why_prefix(struct why *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
