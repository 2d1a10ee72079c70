/* SPDX-License-Identifier: Apache-2.0 */
#include "report_html.h"
#include "age.h"
#include "base/own.h"
#include "glyph.h"
#include "report_svg.h"
#include "story_text.h"
#include "story_words.h"
#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* Two sets of colours; what is printed is light. The policy forbids all that the page does not hold itself. */
static const char head[] =
	"<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/>\n"
	"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
	"'unsafe-inline'\"/>\n"
	"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
	"<meta name=\"color-scheme\" content=\"light dark\"/>\n<style>\n"
	":root{--page:#fff;--ink:#1c2430;--dim:#5b6676;--line:#d5dbe3;--soft:#f4f6f9;--bad:#a61b1b;--running:"
	"#3d9a5f;"
	"--pausing:#e0a100;--paused:#33508a;--resuming:#5fb3d4;--other:#9a7aa8;--gone:#c4cad3;--dark:#"
	"33508a22}\n"
	"@media screen and "
	"(prefers-color-scheme:dark){:root{--page:#12171f;--ink:#e4e9f0;--dim:#98a4b5;--line:#323c4a;"
	"--soft:#1a212b;--bad:#ff8d85;--running:#4fb274;--pausing:#e8b53a;--paused:#7d9ce0;--resuming:#"
	"58b7d6;"
	"--other:#b193c0;--gone:#4a5563;--dark:#7d9ce033}}\n"
	"body{background:var(--page);color:var(--ink);font:15px/1.45 system-ui,sans-serif;max-width:70rem;"
	"margin:0 auto;padding:1.5rem}\n"
	"h1{font-size:1.6rem;margin:0}h2{font-size:1.1rem;margin:2rem 0 .5rem}p{margin:.3rem 0}\n"
	".dim,th{color:var(--dim)}.bad{color:var(--bad);border:1px solid "
	"var(--bad);border-radius:6px;padding:.6rem .8rem;"
	"margin:1rem 0}\n"
	"table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.3rem "
	".8rem .3rem 0;"
	"border-bottom:1px solid "
	"var(--line);overflow-wrap:anywhere}th{font-weight:600;font-size:.85rem;white-space:nowrap}"
	"\n"
	"td.key{white-space:nowrap;overflow-wrap:normal;color:var(--dim);width:1%}td.nowrap{white-space:"
	"nowrap;overflow-wrap:normal}"
	"code,.mono{font:13px/1.4 ui-monospace,monospace;overflow-wrap:anywhere}"
	"pre{background:var(--soft);border:1px solid var(--line);border-radius:6px;padding:.6rem "
	".8rem;white-space:pre-wrap;"
	"overflow-wrap:anywhere}\n"
	"figure{margin:1rem 0;padding:.6rem;border:1px solid "
	"var(--line);border-radius:6px}svg{display:block;width:100%;"
	"height:auto}svg text{font:13px system-ui,sans-serif;fill:var(--ink)}svg .small{font-size:12px}"
	"svg .dim{fill:var(--dim)}"
	"svg .words{paint-order:stroke;stroke:var(--page);stroke-width:4px}\n"
	".axis,.tick{stroke:var(--line)}.mark{stroke:var(--ink);stroke-dasharray:3 "
	"3}.dark{fill:var(--dark)}\n";

static const char foot[] =
	"@media print{body{max-width:none;padding:0;font-size:11px}tr,figure,pre{break-inside:avoid}"
	"*{print-color-adjust:exact}}\n</style>\n";

void report_html_text(struct buf *out, const char *text)
{
	size_t len = strlen(text);
	_cleanup_(buf_fini) struct buf clean = BUF_INIT(8 * len + 1);

	glyph_clean(&clean, text, len, GLYPH_ONE_LINE);
	if (clean.trouble)
		out->trouble = out->trouble ? out->trouble : clean.trouble;
	for (const char *c = clean.data; c && *c;) {
		size_t plain = strcspn(c, "&<>\"'");
		buf_append(out, c, plain);
		c += plain;
		if (!*c)
			break;
		buf_add(out, *c == '&'   ? "&amp;"
			     : *c == '<' ? "&lt;"
			     : *c == '>' ? "&gt;"
			     : *c == '"' ? "&quot;"
					 : "&#39;");
		c++;
	}
}

static void cell(struct buf *out, const char *class, const char *text)
{
	buf_printf(out, "<td class=\"%s\">", class);
	report_html_text(out, text);
	buf_add(out, "</td>");
}

static void pair(struct buf *out, const char *label, const char *class, const char *text)
{
	buf_add(out, "<tr>");
	cell(out, "key", label);
	cell(out, class, text);
	buf_add(out, "</tr>\n");
}

static const char *hex(struct arena *a, const struct digest *d)
{
	char text[DIGEST_HEX_BYTES];

	digest_format(d, text);
	return arena_copy(a, text, strlen(text));
}

/* ---- parts ---- */

static void put_head(struct buf *out, struct arena *a, const struct output_story *o)
{
	const char *title = arena_printf(a, "%s#%" PRIu32, o->name, o->story->incident.n);

	buf_add(out, head);
#define X(e, name, meaning) buf_add(out, "." name "{fill:var(--" name ");background:var(--" name ")}");
	STORY_BAR_TABLE(X)
#undef X
	buf_add(out, ".key-of span{display:inline-block;width:.9em;height:.9em;border-radius:3px;margin:0 "
		     ".35em 0 1em;"
		     "vertical-align:-.1em}.dark-key{background:var(--dark);border:1px solid var(--line)}\n");
	buf_add(out, foot);
	buf_add(out, "<title>Incident ");
	report_html_text(out, title);
	buf_add(out, "</title></head>\n<body>\n<h1>Incident ");
	report_html_text(out, title);
	buf_add(out, "</h1>\n<p class=\"dim\">");
	report_html_text(
		out, arena_printf(a, "%s, %s", o->story->region.text, story_words_cause(a, o->story)));
	buf_add(out, "</p>\n");
	if (!o->ledger->damage)
		return;
	buf_add(out, "<p class=\"bad\"><strong>The ledger is damaged: </strong>");
	report_html_text(out, o->ledger->damage);
	buf_add(out,
		". What this page tells ends before that; what follows in the ledger proves nothing.</p>\n");
}

static const char *ended(struct arena *a, const struct output_story *o)
{
	const struct story *s = o->story;

	return walltime_is_known(s->closed)
		       ? arena_printf(a, "%s, %s", age_time(a, s->closed.ms), story_words_end(s))
		       : arena_printf(
				 a, "still open where the ledger ends, %s", age_time(a, o->book->ended.ms));
}

static const char *dark(struct arena *a, const struct output_story *o)
{
	const struct story *s = o->story;

	if (!walltime_is_known(s->dark))
		return "never";
	return s->is_dark
		       ? arena_printf(a, "%s, and it goes on where the ledger ends", age_time(a, s->dark.ms))
		       : arena_printf(a, "%s, for %s", age_time(a, s->dark.ms),
				 story_words_span(a, story_dark_ms(s, o->book->ended)));
}

static void put_facts(struct buf *out, struct arena *a, const struct output_story *o)
{
	const struct story *s = o->story;
	uint32_t at = 0;
	const char *open;

	buf_add(out, "<table>\n");
	if (s->arn.text[0])
		pair(out, "Key", "mono", s->arn.text);
	if (walltime_is_known(s->verdict))
		pair(out, "Lost", "", age_time(a, s->verdict.ms));
	pair(out, "Opened", "", age_time(a, s->opened.ms));
	pair(out, "Dark", "", dark(a, o));
	pair(out, "Closed", "", ended(a, o));
	while ((open = story_words_open(a, s, &at)))
		pair(out, at == 1 ? "Still open" : "", "", open);
	buf_add(out, "</table>\n");
}

static void put_timeline(struct buf *out, const struct output_story *o)
{
	unsigned used = 0;

	buf_add(out, "<h2>Timeline</h2>\n<figure>\n");
	report_svg(out, o);
	buf_add(out, "<figcaption class=\"dim key-of\">");
	for (uint32_t i = 0; i < o->story->turn_count; i++)
		used |= 1u << o->story->turns[i].bar;
	for (unsigned b = 0; b < STORY_BAR_COUNT; b++)
		if (used & 1u << b)
			buf_printf(out, "<span class=\"%s\"></span>%s", story_bar_name((enum story_bar)b),
				story_bar_meaning((enum story_bar)b));
	buf_add(out, "<span class=\"dark-key\"></span>dark</figcaption>\n</figure>\n");
	if (o->story->cluster_count > REPORT_SVG_CLUSTERS_MAX)
		buf_printf(out, "<p class=\"dim\">%" PRIu32 " more clusters are in the table below.</p>\n",
			o->story->cluster_count - REPORT_SVG_CLUSTERS_MAX);
}

static void put_spans(struct buf *out, struct arena *a, const struct story *s)
{
	struct story_span spans[STORY_SPAN_COUNT];

	story_spans(s, spans);
	buf_add(out, "<h2>How long it took</h2>\n<table>\n<tr><th>From</th><th>To</th><th>Took</th></tr>\n");
	for (size_t i = 0; i < STORY_SPAN_COUNT; i++) {
		buf_add(out, "<tr>");
		cell(out, "", spans[i].from);
		cell(out, "", spans[i].to);
		cell(out, spans[i].is_told ? "" : "dim", story_words_told(a, &spans[i]));
		buf_add(out, "</tr>\n");
	}
	buf_add(out, "</table>\n");
}

/* Dates with times are long, so the zone stands above the table. */
static const char *moment(struct arena *a, struct walltime at)
{
	const char *text = walltime_is_known(at) ? age_time(a, at.ms) : "-", *zone = strstr(text, " UTC");

	return zone ? arena_copy(a, text, (size_t)(zone - text)) : text;
}

static void put_clusters(struct buf *out, struct arena *a, const struct story *s)
{
	buf_add(out, "<h2>Clusters</h2>\n<p class=\"dim\">Times in "
		     "UTC.</p>\n<table>\n<tr><th>Cluster</th><th>Id</th><th>Pause sent</th>"
		     "<th>Read as PAUSED</th><th>Resumed</th><th>At the end</th></tr>\n");
	for (uint32_t i = 0; i < s->cluster_count; i++) {
		const struct story_cluster *c = &s->clusters[i];

		buf_add(out, "<tr>");
		cell(out, "", c->name);
		cell(out, "mono nowrap", c->id.text);
		cell(out, "nowrap", moment(a, c->sent));
		cell(out, "nowrap", moment(a, c->paused));
		cell(out, "nowrap", moment(a, c->resumed));
		cell(out, "", arena_printf(a, "%s; %s", story_bar_meaning(c->bar), duty_meaning(c->duty)));
		buf_add(out, "</tr>\n");
	}
	buf_add(out, "</table>\n");
}

static void put_event(struct buf *out, struct arena *a, const struct story *s, const struct story_event *e)
{
	const char *texts = story_words_texts(a, e);

	buf_add(out, "<tr>");
	cell(out, "nowrap", age_clock(a, e->record.at.ms));
	cell(out, "nowrap", story_words_offset(a, e->record.at.ms - story_start(s).ms));
	cell(out, "", arena_printf(a, "%" PRIu64, e->record.seq.n));
	buf_add(out, "<td>");
	report_html_text(out, story_words_event(a, s, e));
	if (*texts) {
		buf_add(out, "<br/><span class=\"dim\">");
		report_html_text(out, texts);
		buf_add(out, "</span>");
	}
	if (story_words_has_policy(e))
		buf_printf(
			out, "<br/><span class=\"dim mono\">key policy %s</span>", hex(a, &e->record.policy));
	buf_add(out, "</td>");
	cell(out, "mono dim", e->texts.request ? e->texts.request : "");
	buf_add(out, "</tr>\n");
}

static void put_events(struct buf *out, struct arena *a, const struct story *s)
{
	buf_printf(out,
		"<h2>Records</h2>\n<p class=\"dim\">From %s; times in UTC, and since the %s.</p>\n<table>\n"
		"<tr><th>Time</th><th>After</th><th>Seq</th><th>What happened</th><th>Request "
		"ids</th></tr>\n",
		age_time(a, story_start(s).ms), s->by_operator ? "order" : "verdict");
	for (uint32_t i = 0; i < s->event_count; i++)
		put_event(out, a, s, &s->events[i]);
	buf_add(out, "</table>\n");
	if (s->events_left_out + s->texts_left_out > 0)
		buf_printf(out,
			"<p class=\"bad\">%" PRIu64 " more records and %" PRIu64
			" texts are left out; all are in the ledger.</p>\n",
			s->events_left_out, s->texts_left_out);
}

static void put_evidence(struct buf *out, struct arena *a, const struct output_story *o)
{
	const struct story *s = o->story;
	const char *path = story_text_quoted(a, o->ledger->path);

	buf_add(out, "<h2>Evidence</h2>\n<table>\n");
	pair(out, "Ledger", "mono", o->ledger->path);
	pair(out, "Ledger id", "mono", o->book->ledger.text);
	pair(out, "Project id", "mono", o->book->project.text);
	pair(out, "Machine", "mono", arena_printf(a, "%s (hashed machine-id)", o->book->machine));
	pair(out, "Records", "",
		arena_printf(a, "%" PRIu64 " to %" PRIu64 ", %" PRIu64 " of them of this incident",
			s->first_seq, s->last_seq, s->records));
	pair(out, "Hash of the first", "mono", hex(a, &s->first_hash));
	pair(out, "Hash of the last", "mono", hex(a, &s->last_hash));
	pair(out, o->ledger->damage ? "Last good record" : "Head", "mono",
		arena_printf(a, "%s (record %" PRIu64 ")", hex(a, &o->ledger->report.head.hash),
			o->ledger->report.head.seq.n));
	pair(out, "Chain", "", o->ledger->damage ? "damaged, see above" : "holds");
	pair(out, "Made by", "", "cmekctl " PACKAGE_VERSION "; a ledger does not tell the version of cmekd");
	buf_add(out, "</table>\n<p>To check it, against the ledger:</p>\n<pre>");
	report_html_text(out, arena_printf(a, "cmekctl verify %s", path));
	buf_add(out, "</pre>\n<p>By hand: the hash of a record is the SHA-256 of its line up to its last "
		     "member, and "
		     "the prev of the line after it. This gives the hash of the last record:</p>\n<pre>");
	report_html_text(out, story_text_by_hand(a, path, s->last_seq));
	buf_add(out, "</pre>\n");
}

static void put_requests(struct buf *out, struct arena *a, const struct story *s)
{
	buf_add(out, "<h2>Request ids</h2>\n<table>\n<tr><th>Id</th><th>Records</th></tr>\n");
	for (uint32_t i = 0; i < s->event_count;) {
		uint32_t end = story_words_same_request(s, i);
		const char *text = s->events[i].texts.request, *id;
		size_t len;
		while ((id = story_words_request(&text, &len))) {
			buf_add(out, "<tr>");
			cell(out, "mono", arena_copy(a, id, len));
			cell(out, "", story_words_seqs(a, s, i, end));
			buf_add(out, "</tr>\n");
		}
		i = end;
	}
	buf_add(out, "</table>\n");
}

void report_html(struct buf *out, const struct output_story *o)
{
	_cleanup_(arena_fini) struct arena a = {.blocks = NULL};

	put_head(out, &a, o);
	put_facts(out, &a, o);
	put_timeline(out, o);
	put_spans(out, &a, o->story);
	put_clusters(out, &a, o->story);
	put_events(out, &a, o->story);
	put_evidence(out, &a, o);
	put_requests(out, &a, o->story);
	buf_add(out, "</body></html>\n");
	if (a.failed)
		out->trouble = -ENOMEM;
}
