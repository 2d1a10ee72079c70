/* SPDX-License-Identifier: Apache-2.0 */
#include "event_text.h"
#include "age.h"
#include "base/own.h"
#include "ledger_text.h"
#include <inttypes.h>
#include <string.h>

#define ALERT_PRIORITY 3 /* LOG_ERR, and what is more urgent */
#define CARE_PRIORITY  4

/* The record in words: of the bytes as they came, which are checked as a ledger's are. */
static const char *record_words(struct arena *a, const struct wire *wire)
{
	_cleanup_free_ char *line = NULL;
	struct ledger_entry entry;
	uint32_t node = json_member(wire->tree, wire->node, "record");

	if (json_string_dup(wire->tree, node, LEDGER_LINE_MAX, &line) != 0 ||
		ledger_decode_alone(line, strlen(line), &entry, NULL) != 0)
		return MARK_CARE "a record that this cmekctl does not understand" MARK_END;
	return arena_printf(a, "%s  %s", record_type_name(entry.record.type), ledger_text_words(a, &entry));
}

static const char *notice_words(struct arena *a, const struct view_event *e)
{
	const char *mark = e->priority == VIEW_ABSENT      ? ""
			   : e->priority <= ALERT_PRIORITY ? MARK_BAD
			   : e->priority <= CARE_PRIORITY  ? MARK_CARE
							   : "";
	bool todo = e->todo && strcmp(e->todo, "nothing to do") != 0;

	return arena_printf(a, "%s%s%s%s%s%s%s%s", mark, *mark ? "! " : "", e->what ? e->what : "",
		e->what ? ": " : "", e->text ? e->text : "", *mark ? MARK_END : "", todo ? "; " : "",
		todo ? e->todo : "");
}

void event_text(const struct page *page, struct arena *a, const struct view_event *e, const struct wire *wire)
{
	const char *clock = age_clock(a, e->at_ms);

	if (e->record)
		page_flow(page, 0, 10,
			arena_printf(a,
				"%s  " MARK_BOLD "%s" MARK_END MARK_GLUE MARK_DIM "(seq" MARK_GLUE "%" PRId64
				")" MARK_END "  %s",
				clock, e->project ? e->project : "", e->seq, record_words(a, wire)));
	else
		page_flow(page, 0, 10, arena_printf(a, "%s  %s", clock, notice_words(a, e)));
}
