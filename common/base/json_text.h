/* SPDX-License-Identifier: Apache-2.0 */
/* json_text: what stands between the quotes of a JSON string. Of use to json_scan and json_tree only. */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* Checks the string that opens at text[*at] and moves *at behind its closing quote. Refuses: JSON_E_SYNTAX,
 * _UTF8, _NUL; *at is then where the trouble is and `*reterr_expected` what should have been there. */
int json_text_check(const char *text, size_t len, size_t *at, const char **reterr_expected);

/* How many bytes at the start stand for themselves in a string: ASCII, no control character, no quote, no backslash. */
size_t json_text_plain(const char *text, size_t len);

/* The next code point of checked contents, escapes decoded; moves *p. 0 at the end. */
uint32_t json_text_next(const char **p, const char *end);

/* Writes a code point as UTF-8, 1..4 bytes; gives their number. */
size_t json_text_put(uint32_t code_point, char ret_bytes[4]);

/* Order of two checked contents by code points, escapes decoded: <0, 0, >0. */
int json_text_compare(const char *a, const char *a_end, const char *b, const char *b_end);
