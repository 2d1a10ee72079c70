/* SPDX-License-Identifier: Apache-2.0 */
#include "anchors.h"
#include "base/array.h"
#include "base/json_scan.h"
#include "base/num.h"
#include "base/own.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_BYTES (1024 * 1024) /* journald keeps no longer field than that by default */

static const struct json_limits limits = {.max_bytes = LINE_MAX_BYTES, .max_nodes = 8192, .max_depth = 8};

void anchors_fini(struct anchors *a)
{
	free(a->items);
	*a = (struct anchors){.items = NULL};
}

static int compare(const void *left, const void *right)
{
	const struct anchor *a = left, *b = right;
	int names = strcmp(a->project.text, b->project.text);

	return names != 0 ? names : (a->seq.n > b->seq.n) - (a->seq.n < b->seq.n);
}

/* A field as text; false: it is not there, or no text. */
static bool field(const struct json_tree *t, const char *name, char *ret_text, size_t size, size_t *ret_len)
{
	return json_string(t, json_member(t, JSON_ROOT, name), ret_text, size, ret_len) == 0;
}

int anchors_read_line(struct anchors *a, const char *line, size_t len, struct why *reterr_why)
{
	_cleanup_(json_tree_fini) struct json_tree tree = JSON_TREE_INIT;
	struct anchor anchor = {.seq = {0}};
	struct json_error error;
	char text[256];
	size_t text_len;
	int r = json_scan(line, len, &limits, &tree, &error);

	if (r > 0)
		json_why(reterr_why, &error);
	if (r != 0)
		return r > 0 ? 1 : r;
	if (!field(&tree, "LEDGER_HEAD", text, sizeof text, &text_len))
		return 0;
	if (digest_parse(text, text_len, &anchor.head) != 0 ||
		!field(&tree, "LEDGER_SEQ", text, sizeof text, &text_len) ||
		num_parse_u64(text, text_len, UINT64_MAX, &anchor.seq.n) != 0 ||
		!field(&tree, "PROJECT", text, sizeof text, &text_len) ||
		project_name_parse(text, text_len, &anchor.project) != 0) {
		why_set(reterr_why,
			"it has a LEDGER_HEAD=, but no LEDGER_SEQ= and PROJECT= as cmekd writes them");
		return 1;
	}
	if (a->count == ANCHORS_MAX) {
		why_set(reterr_why, "more than %u lines carry a head: take a part of them", ANCHORS_MAX);
		return 1;
	}
	r = array_grow(&a->items, &a->size, a->count + 1, sizeof *a->items);
	if (r == 0)
		a->items[a->count++] = anchor;
	return r;
}

static int read_all(FILE *from, struct anchors *a, uint64_t *ret_line, struct why *reterr_why)
{
	_cleanup_free_ char *line = NULL;
	size_t size = 0;
	ssize_t len;

	for (*ret_line = 1; (len = getline(&line, &size, from)) > 0; ++*ret_line) {
		while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r'))
			len--;
		int r = len > 0 ? anchors_read_line(a, line, (size_t)len, reterr_why) : 0;
		if (r != 0)
			return r;
	}
	return ferror(from) ? err_origin(-EIO) : 0;
}

int anchors_load(struct session *s, const char *path, struct anchors *ret_anchors)
{
	_cleanup_fclose_ FILE *opened = strcmp(path, "-") == 0 ? NULL : fopen(path, "re");
	FILE *from = opened ? opened : stdin;
	struct why why = {""};
	uint64_t line;

	if (!opened && strcmp(path, "-") != 0)
		return output_trouble(
			s->out, EXIT_ERROR, "unreadable", "cannot read %s: %s", path, strerror(errno));
	int r = read_all(from, ret_anchors, &line, &why);
	if (r < 0)
		return output_trouble(
			s->out, EXIT_ERROR, "unreadable", "reading %s failed: %s", path, strerror(-r));
	if (r > 0)
		return output_trouble(s->out, EXIT_ERROR, "malformed",
			"%s: line %llu: %s. Expected what journalctl -t cmekd -o json writes", path,
			(unsigned long long)line, why.text);
	if (ret_anchors->count > 1)
		qsort(ret_anchors->items, ret_anchors->count, sizeof *ret_anchors->items, compare);
	return 0;
}

/* ---- comparing ---- */

void anchors_match_init(struct anchors_match *m, const struct anchors *a, const char *project)
{
	uint32_t first = 0, end;

	while (first < a->count && strcmp(a->items[first].project.text, project) != 0)
		first++;
	end = first;
	while (end < a->count && strcmp(a->items[end].project.text, project) == 0)
		end++;
	*m = (struct anchors_match){.at = a->items + first, .end = a->items + end};
	m->told.given = true;
}

static void bad(struct anchors_match *m, enum output_heads_bad what)
{
	if (m->told.bad == OUTPUT_HEADS_GOOD) {
		m->told.bad = what;
		m->told.bad_seq = m->at->seq;
		m->told.bad_head = m->at->head;
	}
}

void anchors_match_record(struct anchors_match *m, const struct ledger_entry *entry)
{
	for (; m->at < m->end && m->at->seq.n <= entry->record.seq.n; m->at++) {
		if (m->at->seq.n < entry->record.seq.n) { /* a part does not hold it */
			m->told.left_out++;
			continue;
		}
		m->told.compared++;
		if (memcmp(&m->at->head, &entry->hash, sizeof entry->hash) != 0)
			bad(m, OUTPUT_HEADS_OTHER);
	}
}

void anchors_match_end(struct anchors_match *m, bool whole)
{
	for (; m->at < m->end; m->at++) {
		if (whole)
			bad(m, OUTPUT_HEADS_MISSING);
		else
			m->told.left_out++;
	}
}
