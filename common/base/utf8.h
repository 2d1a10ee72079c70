/* SPDX-License-Identifier: Apache-2.0 */
/* utf8: one character of UTF-8 at a time. */
#pragma once
#include <stddef.h>

/* Of characters beyond ASCII: for utf8_step. */
size_t utf8_step_wide(const char *text, size_t len);

/* Bytes of the well-formed character at the start of `text` (Unicode 15, table 3-7: no overlong forms, no
 * surrogates, nothing above U+10FFFF), or 0 if there is none. `len` > 0. */
static inline size_t utf8_step(const char *text, size_t len)
{
	return (unsigned char)text[0] < 0x80 ? 1 : utf8_step_wide(text, len); /* nearly all is ASCII */
}
