/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/ledger.h"
#include "base/json_scan.h"
#include "base/num.h"
#include "base/own.h"
#include "ledger/ledger_member.h"
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

/* The end of each line: `,"hash":"<64 hex>"}`. */
#define TAIL_OPEN       ",\"hash\":\""
#define TAIL_OPEN_BYTES (sizeof TAIL_OPEN - 1)
#define TAIL_HEX_BYTES  (DIGEST_HEX_BYTES - 1)
#define TAIL_BYTES      (TAIL_OPEN_BYTES + TAIL_HEX_BYTES + 2)

/* The longest: incident records have 17 members, two of them arrays. */
static const struct json_limits line_limits = {
	.max_bytes = LEDGER_LINE_MAX, .max_nodes = 128, .max_depth = 2};

static const char *const text_names[LEDGER_TEXTS] = {"who", "note", "message", "request", "usable"};

static void texts_to_array(const struct record_texts *t, const char *array[LEDGER_TEXTS])
{
	array[0] = t->who;
	array[1] = t->note;
	array[2] = t->message;
	array[3] = t->request;
	array[4] = t->usable;
}

static void texts_from_array(char *const array[LEDGER_TEXTS], struct record_texts *t)
{
	*t = (struct record_texts){.who = array[0],
		.note = array[1],
		.message = array[2],
		.request = array[3],
		.usable = array[4]};
}

/* A member whose value needs no escape. */
static void add_quoted(struct buf *out, const char *name, const char *value)
{
	buf_add(out, ",\"");
	buf_add(out, name);
	buf_add(out, "\":\"");
	buf_add(out, value);
	buf_add(out, "\"");
}

/* The line up to the tail. */
static void body_put(
	const struct record *r, const struct record_texts *texts, const struct digest *prev, struct buf *out)
{
	char prev_hex[DIGEST_HEX_BYTES], at[NUM_TIME_BYTES];
	const char *array[LEDGER_TEXTS];
	digest_format(prev, prev_hex);
	num_format_time_ms(r->at.ms, at);
	buf_printf(out, "{\"seq\":%" PRIu64, r->seq.n);
	add_quoted(out, "prev", prev_hex);
	add_quoted(out, "at", at);
	add_quoted(out, "type", record_type_name(r->type));
	ledger_member_put(r, out);
	texts_to_array(texts, array);
	for (size_t i = 0; i < LEDGER_TEXTS; i++) {
		if (!array[i])
			continue;
		buf_printf(out, ",\"%s\":", text_names[i]);
		ledger_member_text(out, array[i], RECORD_TEXT_MAX);
	}
}

int ledger_encode(const struct record *record, const struct record_texts *texts, struct ledger_head *head,
	struct buf *out)
{
	static const struct record_texts no_texts;
	_cleanup_(buf_fini) struct buf line = BUF_INIT(LEDGER_LINE_MAX);
	struct ledger_head next = *head;
	struct ledger_entry entry;
	struct digest hash;
	char hex[DIGEST_HEX_BYTES];

	if (record->seq.n != head->seq.n + 1)
		return LEDGER_E_CHAIN;
	body_put(record, texts ? texts : &no_texts, &head->hash, &line);
	if (line.trouble)
		return err_origin(line.trouble);
	int r = digest_of(line.data, line.len, &hash);
	if (r < 0)
		return r;
	digest_format(&hash, hex);
	buf_printf(&line, TAIL_OPEN "%s\"}", hex);
	if (line.trouble)
		return err_origin(line.trouble);
	/* Nothing is ever written that could not be read again: that would be found at the next start only.
	 */
	r = ledger_decode(line.data, line.len, &next, &entry, NULL);
	if (r != 0)
		return r < 0 ? r : err_origin(-EINVAL);
	buf_add(&line, "\n");
	buf_append(out, line.data, line.len);
	if (line.trouble || out->trouble)
		return err_origin(line.trouble ? line.trouble : out->trouble);
	*head = next;
	return 0;
}

/* Whether the line ends in the hash of what stands before. */
static int check_hash(const char *line, size_t len, struct digest *ret_hash, struct why *reterr_why)
{
	const char *tail = line + len - TAIL_BYTES;
	struct digest told, real;
	if (len <= TAIL_BYTES || memcmp(tail, TAIL_OPEN, TAIL_OPEN_BYTES) != 0 ||
		memcmp(line + len - 2, "\"}", 2) != 0 ||
		digest_parse(tail + TAIL_OPEN_BYTES, TAIL_HEX_BYTES, &told) != 0) {
		why_set(reterr_why, "the line is no ledger record: it does not end in its hash");
		return LEDGER_E_SYNTAX;
	}
	int r = digest_of(line, len - TAIL_BYTES, &real);
	if (r < 0)
		return r;
	if (memcmp(&told, &real, sizeof told) != 0) {
		why_set(reterr_why,
			"the record's hash does not fit its bytes: it was changed after it was written");
		return LEDGER_E_HASH;
	}
	*ret_hash = told;
	return 0;
}

/* seq, at, type. */
static int get_front(const struct json_tree *t, struct record *r, struct why *reterr_why)
{
	char type[32], at[NUM_TIME_BYTES];
	size_t len;
	uint32_t seq = json_member(t, JSON_ROOT, "seq");
	if (!json_is(t, seq, JSON_NUMBER) || json_u64(t, seq, UINT64_MAX, &r->seq.n) != 0 ||
		json_string(t, json_member(t, JSON_ROOT, "at"), at, sizeof at, &len) != 0 ||
		num_parse_time_ms(at, len, &r->at.ms) != 0 ||
		json_string(t, json_member(t, JSON_ROOT, "type"), type, sizeof type, NULL) != 0) {
		why_set(reterr_why, "the record lacks its seq, at or type");
		return LEDGER_E_SHAPE;
	}
	if (!record_type_parse(type, &r->type)) {
		why_set(reterr_why, "the record's type \"%s\" is unknown: it was written by a newer cmekd?",
			type);
		return LEDGER_E_SHAPE;
	}
	return 0;
}

static int get_texts(const struct json_tree *t, struct ledger_entry *entry, struct why *reterr_why)
{
	char *array[LEDGER_TEXTS] = {NULL};
	for (size_t i = 0; i < LEDGER_TEXTS; i++) {
		uint32_t node = json_member(t, JSON_ROOT, text_names[i]);
		char *room = entry->memory + i * (RECORD_TEXT_MAX + 1);
		if (node == JSON_NONE)
			continue;
		if (json_string(t, node, room, RECORD_TEXT_MAX + 1, NULL) != 0) {
			why_set(reterr_why, "the record's \"%s\" is no text of at most %d bytes",
				text_names[i], RECORD_TEXT_MAX);
			return LEDGER_E_SHAPE;
		}
		array[i] = room;
	}
	texts_from_array(array, &entry->texts);
	return 0;
}

/* The one way to write a record: anything else (order, blanks, escapes, a foreign member) is refused. */
static int check_canonical(
	const char *line, size_t len, const struct ledger_entry *entry, struct why *reterr_why)
{
	_cleanup_(buf_fini) struct buf body = BUF_INIT(LEDGER_LINE_MAX);
	struct digest prev;
	static const char seq_open[] = "{\"seq\":", prev_open[] = ",\"prev\":\"";
	/* prev is compared with the chain later; here it is taken as the line has it. */
	const char *p = memchr(line, ',', len);
	size_t left = p ? len - (size_t)(p - line) : 0;
	if (len < sizeof seq_open || memcmp(line, seq_open, sizeof seq_open - 1) != 0 ||
		left < sizeof prev_open - 1 + TAIL_HEX_BYTES ||
		memcmp(p, prev_open, sizeof prev_open - 1) != 0 ||
		digest_parse(p + sizeof prev_open - 1, TAIL_HEX_BYTES, &prev) != 0) {
		why_set(reterr_why, "the record does not begin with its seq and prev");
		return LEDGER_E_SHAPE;
	}
	body_put(&entry->record, &entry->texts, &prev, &body);
	if (body.trouble)
		return err_origin(body.trouble);
	if (body.len != len - TAIL_BYTES || memcmp(body.data, line, body.len) != 0) {
		why_set(reterr_why, "the record is not written as cmekd writes it (a foreign member, another "
				    "order, blanks)");
		return LEDGER_E_SHAPE;
	}
	return 0;
}

static int check_chain(const struct json_tree *t, const struct record *r, const struct ledger_head *head,
	struct why *reterr_why)
{
	char prev[DIGEST_HEX_BYTES];
	digest_format(&head->hash, prev);
	if (r->seq.n != head->seq.n + 1) {
		why_set(reterr_why,
			"the record's seq is %" PRIu64 ", but %" PRIu64
			" comes next: records are missing or doubled",
			r->seq.n, head->seq.n + 1);
		return LEDGER_E_CHAIN;
	}
	if (!json_equals(t, json_member(t, JSON_ROOT, "prev"), prev)) {
		why_set(reterr_why,
			"the record's prev is not the hash of the record before: one of them was replaced");
		return LEDGER_E_CHAIN;
	}
	if ((r->type == RECORD_GENESIS) != (r->seq.n == 1)) {
		why_set(reterr_why, "%s",
			r->seq.n == 1 ? "the first record is no genesis"
				      : "a genesis is not the first record");
		return LEDGER_E_GENESIS;
	}
	return 0;
}

int ledger_decode(const char *line, size_t len, struct ledger_head *head, struct ledger_entry *ret_entry,
	struct why *reterr_why)
{
	_cleanup_(json_tree_fini) struct json_tree tree = JSON_TREE_INIT;
	struct json_error error;
	struct digest hash;

	if (len >= LEDGER_LINE_MAX) {
		why_set(reterr_why, "the line is longer than %d bytes", LEDGER_LINE_MAX);
		return LEDGER_E_LONG;
	}
	int r = check_hash(line, len, &hash, reterr_why);
	if (r != 0)
		return r;
	r = json_scan(line, len, &line_limits, &tree, &error);
	if (r < 0)
		return r;
	if (r > 0) {
		json_why(reterr_why, &error);
		return LEDGER_E_SYNTAX;
	}
	memset(&ret_entry->record, 0, sizeof ret_entry->record);
	r = get_front(&tree, &ret_entry->record, reterr_why);
	if (r == 0 && ledger_member_get(&tree, JSON_ROOT, &ret_entry->record, reterr_why) != 0)
		r = LEDGER_E_SHAPE;
	if (r == 0)
		r = get_texts(&tree, ret_entry, reterr_why);
	if (r == 0)
		r = check_canonical(line, len, ret_entry, reterr_why);
	if (r == 0)
		r = check_chain(&tree, &ret_entry->record, head, reterr_why);
	if (r != 0)
		return r;
	head->seq = ret_entry->record.seq;
	head->hash = hash;
	ret_entry->hash = hash;
	return 0;
}

/* What stood before a line, as it says itself. */
static int head_before(const char *line, size_t len, struct ledger_head *ret_head, struct why *reterr_why)
{
	static const char seq_open[] = "{\"seq\":", prev_open[] = ",\"prev\":\"";
	const char *comma = memchr(line, ',', len);
	size_t digits = comma ? (size_t)(comma - line) : 0;
	struct ledger_head head;

	if (digits < sizeof seq_open || len - digits < sizeof prev_open - 1 + TAIL_HEX_BYTES ||
		num_parse_u64(line + sizeof seq_open - 1, digits - (sizeof seq_open - 1), UINT64_MAX,
			&head.seq.n) != 0 ||
		head.seq.n == 0 ||
		digest_parse(comma + sizeof prev_open - 1, TAIL_HEX_BYTES, &head.hash) != 0) {
		why_set(reterr_why, "the record does not begin with its seq and prev");
		return LEDGER_E_SHAPE;
	}
	head.seq.n--;
	*ret_head = head;
	return 0;
}

int ledger_decode_alone(const char *line, size_t len, struct ledger_entry *ret_entry, struct why *reterr_why)
{
	struct ledger_head head;
	int r = head_before(line, len, &head, reterr_why);

	return r != 0 ? r : ledger_decode(line, len, &head, ret_entry, reterr_why);
}

/* What stands behind the last newline: zeros are preallocated room, anything else a torn tail. */
static int verify_tail(const char *bytes, size_t len, struct ledger_report *report, struct why *reterr_why)
{
	while (len > 0 && bytes[len - 1] == '\0')
		len--;
	if (len >= LEDGER_LINE_MAX) {
		why_set(reterr_why, "%zu bytes without a newline follow: more than a torn record can have",
			len);
		return LEDGER_E_LONG;
	}
	report->torn_bytes = len;
	return 0;
}

/* The second line of a part: its chain goes on from what it says itself, unless it follows the genesis. */
static int skip_gap(const char *line, size_t len, struct ledger_report *report, struct why *reterr_why)
{
	struct ledger_head before;
	int r = head_before(line, len, &before, reterr_why);

	if (r != 0 || before.seq.n <= report->head.seq.n)
		return r;
	report->gap_first = before.seq.n + 1;
	report->gap_prev = before.hash;
	report->head = before;
	return 0;
}

static int verify(const char *bytes, size_t len, bool part, ledger_each_fn *each, void *arg,
	struct ledger_report *ret_report, struct why *reterr_why)
{
	struct ledger_report report = {0};
	struct ledger_entry entry;
	uint64_t line = 1;
	int r = 0;

	for (; r == 0 && report.good_bytes < len; line++) {
		const char *start = bytes + report.good_bytes;
		const char *newline = memchr(start, '\n', len - report.good_bytes);
		if (!newline) {
			r = verify_tail(start, len - report.good_bytes, &report, reterr_why);
			break;
		}
		struct ledger_report before = report;
		if (part && line == 2)
			r = skip_gap(start, (size_t)(newline - start), &report, reterr_why);
		if (r == 0)
			r = ledger_decode(start, (size_t)(newline - start), &report.head, &entry, reterr_why);
		if (r != 0) {
			report = before;
			break;
		}
		report.good_bytes += (size_t)(newline - start) + 1;
		r = each ? each(&entry, arg) : 0;
		if (r != 0) {
			*ret_report = report;
			return r;
		}
	}
	if (r > 0) {
		report.line = line;
		why_prefix(reterr_why, "line %" PRIu64, line);
	}
	*ret_report = report;
	return r;
}

int ledger_verify(const char *bytes, size_t len, ledger_each_fn *each, void *arg,
	struct ledger_report *ret_report, struct why *reterr_why)
{
	return verify(bytes, len, false, each, arg, ret_report, reterr_why);
}

int ledger_verify_part(const char *bytes, size_t len, ledger_each_fn *each, void *arg,
	struct ledger_report *ret_report, struct why *reterr_why)
{
	return verify(bytes, len, true, each, arg, ret_report, reterr_why);
}

uint64_t ledger_report_records(const struct ledger_report *r)
{
	return r->gap_first == 0 ? r->head.seq.n : r->head.seq.n - r->gap_first + 2; /* the genesis, too */
}
