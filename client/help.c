/* SPDX-License-Identifier: Apache-2.0 */
#include "help.h"
#include <stdio.h>
#include <string.h>

static void add_options(struct buf *out, uint64_t options)
{
	for (size_t o = 0; o < GRAMMAR_OPTION_COUNT; o++) {
		const struct grammar_option_row *row = grammar_option_row((enum grammar_option)o);
		char left[64];
		if (!(options & UINT64_C(1) << o))
			continue;
		(void)snprintf(left, sizeof left, "--%s%s%s", row->name, *row->value ? " " : "", row->value);
		buf_printf(out, "  %-18s %s\n", left, row->help);
	}
}

void help_all(struct buf *out)
{
	buf_add(out, "cmekctl: see and steer cmekd, which pauses the TiDB Cloud clusters of a project when "
		     "its customer managed"
		     " key is taken away, and resumes them when it comes back.\n\n");
	for (size_t v = 0; v < GRAMMAR_COUNT; v++) {
		const struct grammar_verb_row *row = grammar_verb_row((enum grammar_verb)v);
		char left[64];
		(void)snprintf(left, sizeof left, "%s %s", row->word, row->synopsis);
		if (strlen(left) > 25) /* on a line of its own */
			buf_printf(out, "  %s\n%28s%s\n", left, "", row->help);
		else
			buf_printf(out, "  %-25s %s\n", left, row->help);
	}
	buf_add(out, "\nOptions of every verb:\n");
	add_options(out, GRAMMAR_OPTIONS_ALWAYS);
	buf_add(out, "\nWith --dry-run, revoke and restore only show the plan; with --wait they monitor the "
		     "project to the end.\n"
		     "\nExit status: 0 good; 1 error; 2 usage; 3 an access problem or incident is open, or "
		     "not dark;"
		     " 4 cmekd does not answer; 5 not permitted. The manual: man cmekctl\n");
}

void help_verb(struct buf *out, enum grammar_verb v)
{
	const struct grammar_verb_row *row = grammar_verb_row(v);

	buf_printf(out, "cmekctl %s%s%s [OPTION...]\n", row->word, *row->synopsis ? " " : "", row->synopsis);
	buf_printf(out, "  %s\n", row->help);
	if (*row->more)
		buf_printf(out, "  %s\n", row->more);
	buf_add(out, "\n");
	add_options(out, row->options & ~GRAMMAR_OPTIONS_ALWAYS);
	add_options(out, GRAMMAR_OPTIONS_ALWAYS);
}
