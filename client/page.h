/* SPDX-License-Identifier: Apache-2.0 */
/* page: plain text for people: wrapped at the width of the terminal, coloured only where that is wanted.
 *
 * Marks stand inside texts as control bytes: texts from outside were cleaned of those before (glyph_clean), so
 * nothing but our own layouts can hold one. Nothing that a person may want to copy (a command, an ARN, an id) is
 * ever cut: it goes over the edge instead.
 */
#pragma once
#include "arena.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define MARK_GOOD "\001"
#define MARK_CARE "\002"
#define MARK_BAD  "\003"
#define MARK_BOLD "\004"
#define MARK_DIM  "\005"
#define MARK_DARK "\006"
#define MARK_END  "\016"
#define MARK_GLUE "\017" /* a blank at which no line is broken */

#define PAGE_WIDTH     80 /* where no terminal says otherwise */
#define PAGE_WIDTH_MIN 40
#define PAGE_WIDTH_MAX 160 /* longer lines of prose are hard to read */

struct page {
	FILE *to; /* borrowed */
	unsigned width;
	bool colour;
};

/* What `to` is and the environment says: width of the terminal or COLUMNS; colour on a terminal only, never with
 * NO_COLOR (set and not empty, https://no-color.org) or TERM=dumb. */
struct page page_for(FILE *to, bool want_colour);

/* Columns that `text` takes; marks take none. */
unsigned page_columns(const char *text);

/* Blanks become glue: for commands. */
const char *page_glue(struct arena *a, const char *text);

/* `text` at column `indent`, wrapped to column `hang`; a line feed starts a line at `hang`. Ends with a newline. */
void page_flow(const struct page *p, unsigned indent, unsigned hang, const char *text);
/* A label at column 2 and its text at column PAGE_VALUE. An empty label continues the one before. */
#define PAGE_VALUE 12
void page_field(const struct page *p, const char *label, const char *text);
void page_blank(const struct page *p);

/* A table. Columns are as wide as their longest cell, at most `max` (longer cells are cut with "..."); the last
 * column takes what is left of the line and wraps. */
struct page_column {
	const char *title;
	unsigned max; /* 0: never cut */
};
#define PAGE_COLUMNS_MAX 8
struct page_table {
	const struct page_column *columns; /* borrowed */
	size_t column_count;
	struct page_row *rows, **tail; /* in the arena */
	struct arena *arena;
};
void page_table_init(
	struct page_table *t, struct arena *a, const struct page_column *columns, size_t column_count);
/* `cells`: column_count texts that live as long as the arena; `below` (may be NULL): a text under the row, over its
 * whole width. */
void page_table_add(struct page_table *t, const char *const *cells, const char *below);
/* Nothing for a table without rows. */
void page_table_print(const struct page *p, const struct page_table *t, unsigned indent);
