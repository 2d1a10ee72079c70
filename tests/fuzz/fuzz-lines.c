/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz: common/base common/model client/anchors.c client/spec_text.c client/arena.c client/glyph.c client/output.c client/page.c -lcrypto -lm
 *
 * What cmekctl reads from files of people. First byte: 'j' the rest is lines of a journal, from which heads are taken; 's' the rest is
 * the spec of a cluster, of which a line is shown. */
#include "anchors.h"
#include "base/own.h"
#include "fuzz.h"
#include "spec_text.h"

static void read_lines(const char *text, size_t len)
{
	_cleanup_(anchors_fini) struct anchors a = {.items = NULL};

	for (size_t at = 0; at < len;) {
		const char *end = memchr(text + at, '\n', len - at);
		size_t line = end ? (size_t)(end - text) - at : len - at;
		struct why why = {""};
		uint32_t before = a.count;
		int r = anchors_read_line(&a, text + at, line, &why);

		if (ran_out(r))
			return;
		MUST(r >= 0 && r <= 1 && (r == 0 || *why.text) && a.count - before <= (r == 0));
		result_number(r);
		at += line + 1;
	}
	for (uint32_t i = 0; i < a.count; i++) {
		struct project_name again;

		MUST(project_name_parse(a.items[i].project.text, strlen(a.items[i].project.text), &again) ==
			0);
	}
	result_number(a.count);
}

static void show_spec(const char *text, size_t len)
{
	_cleanup_(arena_fini) struct arena arena = {.blocks = NULL};
	const char *summary = NULL;
	struct why why = {""};
	int r = spec_text(&arena, text, len, &summary, &why);

	if (ran_out(r))
		return;
	MUST(r >= 0 && (r == 0 ? summary != NULL : *why.text));
	if (arena.failed) {
		MUST(is_starved());
		starve_give_up();
		return;
	}
	result_number(r);
	if (r != 0)
		return;
	/* A person's terminal gets it. */
	for (const char *c = summary; *c; c++)
		MUST((unsigned char)*c >= ' ');
	result_text(summary);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 0 && data[0] == 'j')
		read_lines((const char *)data + 1, size - 1);
	if (size > 0 && data[0] == 's')
		show_spec((const char *)data + 1, size - 1);
	return 0;
}
