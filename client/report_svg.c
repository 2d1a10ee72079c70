/* SPDX-License-Identifier: Apache-2.0 */
#include "report_svg.h"
#include "age.h"
#include "base/own.h"
#include "glyph.h"
#include "report_html.h"
#include "story_words.h"
#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* In units of the drawing, which is scaled to the page's width. */
#define WIDTH         1000
#define LEFT          190 /* names end before it */
#define RIGHT         (WIDTH - 20)
#define MARK_HEIGHT   17
#define WORDS_WIDTH   240 /* of a mark's words, about */
#define ROW_HEIGHT    26
#define BAR_HEIGHT    16
#define AXIS_HEIGHT   44
#define NAME_COLUMNS  22
#define TICKS_MAX     6
#define MARGIN_PERMIL 25 /* of the time shown, before and behind */

struct drawing {
	struct buf *out;
	struct arena *arena;
	const struct output_story *o;
	int64_t from_ms, to_ms;
	unsigned top, bottom; /* of the bars */
};

static double x_of(const struct drawing *d, int64_t ms)
{
	double share = (double)(ms - d->from_ms) / (double)(d->to_ms - d->from_ms);

	share = share < 0 ? 0 : share > 1 ? 1 : share;
	return LEFT + share * (RIGHT - LEFT);
}

static struct walltime end_of(const struct output_story *o)
{
	const struct story *s = o->story;

	if (walltime_is_known(s->closed))
		return s->closed;
	/* Still open: as far as the ledger tells. */
	return o->book->ended.ms > s->opened.ms ? o->book->ended : s->opened;
}

static void set_range(struct drawing *d)
{
	int64_t start_ms = story_start(d->o->story).ms, end_ms = end_of(d->o).ms;

	if (end_ms < start_ms + 1000) /* a moment, or a clock that went back */
		end_ms = start_ms + 1000;
	int64_t margin_ms = (end_ms - start_ms) * MARGIN_PERMIL / 1000 + 1;
	d->from_ms = start_ms - margin_ms;
	d->to_ms = end_ms + margin_ms;
}

/* ---- the axis ---- */

static int64_t tick_step_ms(int64_t range_ms)
{
	static const int64_t steps_s[] = {1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200,
		10800, 21600, 43200, 86400, 172800, 604800, 2592000};
	size_t i = 0;

	while (i + 1 < sizeof steps_s / sizeof *steps_s && range_ms / (steps_s[i] * 1000) > TICKS_MAX)
		i++;
	int64_t step_ms = steps_s[i] * 1000;
	while (range_ms / step_ms > TICKS_MAX)
		step_ms *= 2;
	return step_ms;
}

static void draw_axis(struct drawing *d)
{
	const int64_t day_ms = INT64_C(24) * 3600 * 1000;
	int64_t step_ms = tick_step_ms(d->to_ms - d->from_ms), shown_day = -1;

	buf_printf(d->out, "<line class=\"axis\" x1=\"%d\" y1=\"%u\" x2=\"%d\" y2=\"%u\"/>\n", LEFT,
		d->bottom, RIGHT, d->bottom);
	for (int64_t at = (d->from_ms / step_ms + 1) * step_ms; at < d->to_ms; at += step_ms) {
		const char *time = age_time(d->arena, at);
		double x = x_of(d, at);

		buf_printf(d->out, "<line class=\"tick\" x1=\"%.1f\" y1=\"%u\" x2=\"%.1f\" y2=\"%u\"/>\n", x,
			d->top, x, d->bottom + 4);
		buf_printf(d->out,
			"<text class=\"small\" text-anchor=\"middle\" x=\"%.1f\" y=\"%u\">%s</text>\n", x,
			d->bottom + 18, age_clock(d->arena, at));
		if (at / day_ms != shown_day)
			buf_printf(d->out,
				"<text class=\"small dim\" text-anchor=\"middle\" x=\"%.1f\" "
				"y=\"%u\">%.10s</text>\n",
				x, d->bottom + 34, time);
		shown_day = at / day_ms;
	}
	buf_printf(d->out, "<text class=\"small dim\" text-anchor=\"end\" x=\"%d\" y=\"%u\">UTC</text>\n",
		LEFT - 10, d->bottom + 18);
}

/* ---- dark, and marks ---- */

static void draw_dark(struct drawing *d, int64_t from_ms, int64_t to_ms)
{
	double x = x_of(d, from_ms), width = x_of(d, to_ms) - x;

	buf_printf(d->out,
		"<rect class=\"dark\" x=\"%.1f\" y=\"%u\" width=\"%.1f\" "
		"height=\"%u\"><title>dark</title></rect>\n",
		x, d->top, width < 1 ? 1 : width, d->bottom - d->top);
}

static void draw_darks(struct drawing *d)
{
	const struct story *s = d->o->story;
	struct walltime since = WALLTIME_UNKNOWN;

	for (uint32_t i = 0; i < s->event_count; i++) {
		const struct record *r = &s->events[i].record;
		if (r->type == RECORD_DARK && !walltime_is_known(since))
			since = r->at;
		if (r->type != RECORD_NOT_DARK || !walltime_is_known(since))
			continue;
		draw_dark(d, since.ms, r->at.ms);
		since = WALLTIME_UNKNOWN;
	}
	if (walltime_is_known(since))
		draw_dark(d, since.ms, end_of(d->o).ms);
}

struct mark {
	const char *what;
	struct walltime at;
};

static size_t marks_of(const struct story *s, struct mark ret_marks[5])
{
	const struct mark all[] = {
		{s->by_operator                         ? "order"
			: walltime_is_known(s->verdict) ? "verdict"
							: "opened",
			story_start(s)},
		{"first pause sent", s->pause},
		{"dark", s->dark},
		{"dark no more", s->undark},
		{s->paused > 0 ? "restored" : "closed", s->closed},
	};
	size_t count = 0;

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (walltime_is_known(all[i].at))
			ret_marks[count++] = all[i];
	return count;
}

/* Each has a line of its own for its words, so that none covers another; all of these lie over the strokes. */
static void draw_marks(struct drawing *d, const struct mark *marks, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		double x = x_of(d, marks[i].at.ms);

		buf_printf(d->out, "<line class=\"mark\" x1=\"%.1f\" y1=\"%u\" x2=\"%.1f\" y2=\"%u\"/>\n", x,
			(unsigned)i * MARK_HEIGHT + 3, x, d->bottom);
	}
	for (size_t i = 0; i < count; i++) {
		double x = x_of(d, marks[i].at.ms);
		bool left = x + WORDS_WIDTH > RIGHT;

		buf_printf(d->out, "<text class=\"words\" text-anchor=\"%s\" x=\"%.1f\" y=\"%u\">%s ",
			left ? "end" : "start", left ? x - 5 : x + 5, (unsigned)i * MARK_HEIGHT + 14,
			marks[i].what);
		buf_printf(d->out, "<tspan class=\"dim\">%s, %s</tspan></text>\n",
			age_clock(d->arena, marks[i].at.ms),
			story_words_offset(d->arena, marks[i].at.ms - story_start(d->o->story).ms));
	}
}

/* ---- bars ---- */

static void draw_name(struct drawing *d, const char *name, unsigned y)
{
	size_t len = 0, size = strlen(name);
	unsigned columns = 0;
	uint32_t code;

	while (len < size && columns < NAME_COLUMNS) {
		len += glyph_next(name + len, size - len, &code);
		columns += glyph_width(code);
	}
	buf_printf(d->out, "<text text-anchor=\"end\" x=\"%d\" y=\"%u\">", LEFT - 10, y + BAR_HEIGHT - 3);
	report_html_text(d->out, arena_copy(d->arena, name, len));
	buf_add(d->out, len < size ? "..." : "");
	buf_add(d->out, "<title>");
	report_html_text(d->out, name);
	buf_add(d->out, "</title></text>\n");
}

static void draw_bar(
	struct drawing *d, const char *name, enum story_bar bar, int64_t from_ms, int64_t to_ms, unsigned y)
{
	double x = x_of(d, from_ms), width = x_of(d, to_ms) - x;

	if (width < 0)
		return;
	buf_printf(d->out, "<rect class=\"bar %s\" x=\"%.1f\" y=\"%u\" width=\"%.1f\" height=\"%d\"><title>",
		story_bar_name(bar), x, y, width < 2 ? 2 : width, BAR_HEIGHT);
	report_html_text(d->out, name);
	buf_printf(d->out, ": %s, %s to %s</title></rect>\n", story_bar_meaning(bar),
		age_clock(d->arena, from_ms), age_clock(d->arena, to_ms));
}

static void draw_cluster(struct drawing *d, uint32_t cluster, unsigned y)
{
	const struct story *s = d->o->story;
	const char *name = story_words_cluster(d->arena, &s->clusters[cluster]);
	const struct story_turn *last = NULL;

	draw_name(d, name, y);
	for (uint32_t i = 0; i < s->turn_count; i++) {
		if (s->turns[i].cluster != cluster)
			continue;
		if (last)
			draw_bar(d, name, last->bar, last->at.ms, s->turns[i].at.ms, y);
		last = &s->turns[i];
	}
	if (last)
		draw_bar(d, name, last->bar, last->at.ms, end_of(d->o).ms, y);
}

void report_svg(struct buf *out, const struct output_story *o)
{
	_cleanup_(arena_fini) struct arena a = {.blocks = NULL};
	struct drawing d = {.out = out, .arena = &a, .o = o};
	struct mark marks[5];
	size_t mark_count = marks_of(o->story, marks);
	uint32_t rows = o->story->cluster_count < REPORT_SVG_CLUSTERS_MAX ? o->story->cluster_count
									  : REPORT_SVG_CLUSTERS_MAX;

	set_range(&d);
	d.top = (unsigned)mark_count * MARK_HEIGHT + 8;
	d.bottom = d.top + (rows > 0 ? rows : 1) * ROW_HEIGHT + 6;
	buf_printf(out,
		"<svg viewBox=\"0 0 %d %u\" role=\"img\" aria-label=\"timeline of the clusters, in UTC\">\n",
		WIDTH, d.bottom + AXIS_HEIGHT);
	draw_darks(&d);
	draw_axis(&d);
	for (uint32_t i = 0; i < rows; i++)
		draw_cluster(&d, i, d.top + i * ROW_HEIGHT + (ROW_HEIGHT - BAR_HEIGHT) / 2 + 3);
	draw_marks(&d, marks, mark_count);
	buf_add(out, "</svg>\n");
	if (a.failed)
		out->trouble = -ENOMEM;
}
