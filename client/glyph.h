/* SPDX-License-Identifier: Apache-2.0 */
/* glyph: text from outside, made safe for a terminal, and its width there. UTF-8, whatever the locale says. */
#pragma once
#include "arena.h"
#include "base/buf.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decodes one code point of `text` (len > 0) and gives the bytes it took. A byte that starts no valid UTF-8
 * gives U+FFFD and takes one. */
size_t glyph_next(const char *text, size_t len, uint32_t *ret_code);

/* Columns on a terminal: 0 (combining), 1 or 2 (wide and emoji; Unicode, East Asian Width). */
unsigned glyph_width(uint32_t code);

/* May be shown as it is. Not: C0, DEL, C1, line separators, and what reorders or hides text (bidirectional
 * controls, zero-width characters, tags: Unicode Technical Report 36). */
bool glyph_is_plain(uint32_t code);

enum glyph_lines { GLYPH_ONE_LINE, GLYPH_LINES };

/* Appends `text`; what is not plain becomes visible as \x1b or \u202e, invalid bytes become U+FFFD. Line feeds
 * stay with GLYPH_LINES and become blanks without. */
void glyph_clean(struct buf *out, const char *text, size_t len, enum glyph_lines lines);
/* The same as one line in the arena. */
const char *glyph_safe(struct arena *a, const char *text);
