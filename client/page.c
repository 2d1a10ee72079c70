/* SPDX-License-Identifier: Apache-2.0 */
#include "page.h"
#include "glyph.h"
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define BELOW_INDENT 4

struct page_row {
	struct page_row *next;
	const char *cells[PAGE_COLUMNS_MAX], *below;
};

static unsigned width_of(int fd, bool terminal)
{
	struct winsize size;
	unsigned long width = PAGE_WIDTH;
	const char *columns = getenv("COLUMNS");

	if (terminal && ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		width = size.ws_col;
	else if (columns && columns[0] >= '1' && columns[0] <= '9')
		width = strtoul(columns, NULL, 10);
	return width < PAGE_WIDTH_MIN   ? PAGE_WIDTH_MIN
	       : width > PAGE_WIDTH_MAX ? PAGE_WIDTH_MAX
					: (unsigned)width;
}

struct page page_for(FILE *to, bool want_colour)
{
	int fd = fileno(to);
	bool terminal = fd >= 0 && isatty(fd);
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	return (struct page){
		.to = to,
		.width = width_of(fd, terminal),
		.colour = want_colour && terminal && (!no_color || !*no_color) && term &&
			  strcmp(term, "dumb") != 0,
	};
}

unsigned page_columns(const char *text)
{
	unsigned columns = 0;

	for (size_t left = strlen(text); left > 0;) {
		uint32_t code;
		size_t took = glyph_next(text, left, &code);
		columns += code == (unsigned char)MARK_GLUE[0] ? 1 : glyph_width(code);
		text += took;
		left -= took;
	}
	return columns;
}

const char *page_glue(struct arena *a, const char *text)
{
	size_t len = strlen(text);
	char *glued = arena_alloc(a, len + 1);

	if (!glued)
		return "";
	for (size_t i = 0; i < len; i++)
		glued[i] = text[i] == ' ' ? MARK_GLUE[0] : text[i];
	return glued;
}

static const char *colour_of(char mark)
{
	switch (mark) {
	case 1: /* MARK_GOOD */
		return "\033[32m";
	case 2: /* MARK_CARE */
		return "\033[33m";
	case 3: /* MARK_BAD */
		return "\033[1;31m";
	case 4: /* MARK_BOLD */
		return "\033[1m";
	case 5: /* MARK_DIM */
		return "\033[2m";
	case 6: /* MARK_DARK */
		return "\033[1;35m";
	case 14: /* MARK_END */
		return "\033[0m";
	default:
		return NULL;
	}
}

static void spaces(const struct page *p, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		(void)fputc(' ', p->to);
}

static void put(const struct page *p, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		const char *colour = colour_of(text[i]);
		if (text[i] == MARK_GLUE[0])
			(void)fputc(' ', p->to);
		else if (!colour)
			(void)fputc(text[i], p->to);
		else if (p->colour)
			(void)fputs(colour, p->to);
	}
}

static unsigned columns_of(const char *text, size_t len)
{
	char word[512];

	if (len >= sizeof word)
		return (unsigned)len;
	memcpy(word, text, len);
	word[len] = '\0';
	return page_columns(word);
}

/* Writes one logical line (no line feed in it) starting at column `at`, wrapped to `hang`. */
static void flow_line(const struct page *p, unsigned at, unsigned hang, const char *text, size_t len)
{
	unsigned column = at;
	bool fresh = true;

	for (size_t i = 0; i < len;) {
		size_t blanks = strspn(text + i, " ");
		if (i + blanks >= len)
			break;
		size_t word = strcspn(text + i + blanks, " \n");
		unsigned columns = columns_of(text + i + blanks, word);

		if (!fresh && column + blanks + columns > p->width) {
			(void)fputc('\n', p->to);
			spaces(p, hang);
			column = hang;
		} else {
			spaces(p, (unsigned)blanks);
			column += (unsigned)blanks;
		}
		put(p, text + i + blanks, word);
		column += columns;
		i += blanks + word;
		fresh = false;
	}
}

static void flow_from(const struct page *p, unsigned at, unsigned hang, const char *text)
{
	for (;;) {
		size_t len = strcspn(text, "\n");
		flow_line(p, at, hang, text, len);
		(void)fputc('\n', p->to);
		if (!text[len] || !text[len + 1])
			return;
		text += len + 1;
		if (*text != '\n')
			spaces(p, hang);
		at = hang;
	}
}

void page_flow(const struct page *p, unsigned indent, unsigned hang, const char *text)
{
	spaces(p, indent);
	flow_from(p, indent, hang, text);
}

void page_field(const struct page *p, const char *label, const char *text)
{
	unsigned used = 2 + page_columns(label);

	spaces(p, 2);
	put(p, MARK_DIM, 1);
	put(p, label, strlen(label));
	put(p, MARK_END, 1);
	spaces(p, used < PAGE_VALUE ? PAGE_VALUE - used : 1);
	flow_from(p, used < PAGE_VALUE ? PAGE_VALUE : used + 1, PAGE_VALUE, text);
}

void page_blank(const struct page *p)
{
	(void)fputc('\n', p->to);
}

void page_table_init(
	struct page_table *t, struct arena *a, const struct page_column *columns, size_t column_count)
{
	*t = (struct page_table){.columns = columns, .column_count = column_count, .arena = a};
	t->tail = &t->rows;
}

/* Cuts at `max` columns, the last three being "...". Only unmarked cells are cut. */
static const char *cut(struct arena *a, const char *text, unsigned max)
{
	if (max == 0 || page_columns(text) <= max)
		return text;

	size_t len = 0;
	unsigned columns = 0;
	for (size_t left = strlen(text); left > 0;) {
		uint32_t code;
		size_t took = glyph_next(text + len, left, &code);
		if (columns + glyph_width(code) > max - 3)
			break;
		columns += glyph_width(code);
		len += took;
		left -= took;
	}
	return arena_printf(a, "%.*s...", (int)len, text);
}

void page_table_add(struct page_table *t, const char *const *cells, const char *below)
{
	struct page_row *row = arena_alloc(t->arena, sizeof *row);

	if (!row)
		return;
	for (size_t c = 0; c < t->column_count; c++)
		row->cells[c] = cut(t->arena, cells[c], t->columns[c].max);
	row->below = below;
	*t->tail = row;
	t->tail = &row->next;
}

static void print_row(const struct page *p, const struct page_table *t, const unsigned *widths,
	unsigned indent, const char *const *cells)
{
	unsigned at = indent;
	size_t last = t->column_count - 1;

	while (last > 0 && !cells[last][0])
		last--;
	spaces(p, indent);
	for (size_t c = 0; c < last; c++) {
		put(p, cells[c], strlen(cells[c]));
		spaces(p, widths[c] + 2 - page_columns(cells[c]));
		at += widths[c] + 2;
	}
	flow_from(p, at, at, cells[last]);
}

void page_table_print(const struct page *p, const struct page_table *t, unsigned indent)
{
	unsigned widths[PAGE_COLUMNS_MAX] = {0};
	const char *titles[PAGE_COLUMNS_MAX];

	if (!t->rows)
		return;
	for (size_t c = 0; c < t->column_count; c++) {
		widths[c] = page_columns(t->columns[c].title);
		for (const struct page_row *row = t->rows; row; row = row->next) {
			unsigned columns = page_columns(row->cells[c]);
			widths[c] = columns > widths[c] ? columns : widths[c];
		}
		titles[c] = arena_printf(t->arena, MARK_DIM "%s" MARK_END, t->columns[c].title);
	}
	print_row(p, t, widths, indent, titles);
	for (const struct page_row *row = t->rows; row; row = row->next) {
		print_row(p, t, widths, indent, row->cells);
		if (row->below)
			page_flow(p, indent + BELOW_INDENT, indent + BELOW_INDENT, row->below);
	}
}
