/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz: tests/fuzz/seal.c common/base common/model common/ledger client/story.c client/story_book.c client/story_words.c client/story_text.c client/story_json.c client/report_html.c client/report_svg.c client/arena.c client/age.c client/glyph.c client/page.c client/ledger_text.c -lcrypto -lm
 *
 * Incidents from any records, sealed (seal.h). Each incident is read in detail and made into JSON and a page: the one must be JSON,
 * and in the other no foreign byte may become a tag. */
#include "base/json_scan.h"
#include "base/own.h"
#include "fuzz.h"
#include "report_html.h"
#include "seal.h"
#include "story_book.h"
#include "story_json.h"

#define FILE_MAX_BYTES (256u * 1024u)
#define DETAILED_MAX   4 /* incidents of one input */

/* All that stands between tags, and in attributes, is ours or escaped: tags are few, and none is a script. */
static void check_page(const struct buf *page)
{
	static const char *const never[] = {"<script", "<img", "<iframe", "<link"};

	for (size_t i = 0; i < sizeof never / sizeof *never; i++)
		MUST(!strstr(page->data, never[i]));
	for (size_t i = 0; i < page->len; i++)
		MUST((unsigned char)page->data[i] >= ' ' || page->data[i] == '\n');
	for (const char *tag = strchr(page->data, '<'); tag; tag = strchr(tag + 1, '<')) {
		const char *end = strchr(tag, '>'), *next = strchr(tag + 1, '<');
		MUST(end && (!next || end < next));
	}
}

static void tell(const struct story_book *book, const struct output_ledger *ledger, const struct story *s)
{
	const struct json_limits limits = {STORY_JSON_MAX_BYTES, STORY_JSON_MAX_NODES, 8};
	_cleanup_(buf_fini) struct buf json = BUF_INIT(STORY_JSON_MAX_BYTES),
				       page = BUF_INIT(REPORT_HTML_MAX_BYTES);
	_cleanup_(json_tree_fini) struct json_tree tree = JSON_TREE_INIT;
	const struct output_story told = {"prod", ledger, book, s, true};

	story_json(&json, &told);
	if (!ran_out(json.trouble)) {
		int r = json_scan(json.data, json.len, &limits, &tree, NULL);
		if (!ran_out(r))
			MUST(r == 0);
	}
	report_html(&page, &told);
	if (ran_out(page.trouble))
		return;
	check_page(&page);
	result(page.data, page.len);
}

static void check_story(const struct story *s)
{
	MUST(s->incident.n != 0 && s->records > 0 && s->first_seq <= s->last_seq);
	MUST(s->paused <= s->cluster_count && s->event_count <= s->records);
	for (uint32_t i = 0; i < s->event_count; i++)
		MUST(s->events[i].cluster == STORY_NO_CLUSTER || s->events[i].cluster < s->cluster_count);
	for (uint32_t i = 0; i < s->turn_count; i++)
		MUST(s->turns[i].cluster < s->cluster_count);
}

static void read_one(const char *bytes, size_t len, struct incident_id wanted)
{
	_cleanup_(story_book_fini) struct story_book book = {.stories = NULL};
	_cleanup_(arena_fini) struct arena a = {.blocks = NULL};
	int r = story_book_read(&book, &a, bytes, len, wanted);

	if (ran_out(r))
		return;
	MUST(r == 0);
	const struct story *s = story_book_find(&book, wanted);
	MUST(s);
	check_story(s);
	const struct output_ledger ledger = {.path = "prod.ledger",
		.report = book.report,
		.damage = book.damage.text[0] ? book.damage.text : NULL};
	tell(&book, &ledger, s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(buf_fini) struct buf file = BUF_INIT(FILE_MAX_BYTES);
	_cleanup_(story_book_fini) struct story_book book = {.stories = NULL};
	_cleanup_(arena_fini) struct arena a = {.blocks = NULL};

	seal(data, size, &file);
	if (ran_out(file.trouble) || !file.data || file.trouble)
		return 0;
	int r = story_book_read(&book, &a, file.data, file.len, (struct incident_id){0});
	if (ran_out(r))
		return 0;
	result_number(book.count);
	for (uint32_t i = 0; i < book.count && i < DETAILED_MAX; i++) {
		check_story(&book.stories[i]);
		read_one(file.data, file.len, book.stories[i].incident);
	}
	return 0;
}
