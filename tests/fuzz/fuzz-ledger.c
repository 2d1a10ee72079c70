/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz: tests/fuzz/seal.c common/base common/model common/ledger -lcrypto -lm
 *
 * Any bytes as a ledger. First byte: 'r' the rest is the file; 's' the rest is lines to be sealed (seal.h); 'v' the rest is
 * the members of one record, to be written. */
#include "base/own.h"
#include "fuzz.h"
#include "ledger/ledger.h"
#include "seal.h"

#define FILE_MAX_BYTES (256u * 1024u)

/* Writes each record again as it is read. */
struct copy {
	struct ledger_head head;
	struct buf out;
	int failure;
};

static int copy_record(const struct ledger_entry *entry, void *arg)
{
	struct copy *c = arg;
	int r = ledger_encode(&entry->record, &entry->texts, &c->head, &c->out);

	if (ran_out(r))
		return r;
	MUST(r == 0 && entry->record.type < RECORD_TYPE_COUNT);
	return 0;
}

static bool is_room(const char *bytes, size_t len)
{
	while (len > 0 && bytes[len - 1] == '\0')
		len--;
	return len == 0;
}

/* Cut anywhere, a good file is a shorter good one with a torn tail. */
static void check_cut(const char *bytes, size_t good, size_t at)
{
	const char *last = at > 0 ? memrchr(bytes, '\n', at) : NULL;
	size_t lines = last ? (size_t)(last - bytes) + 1 : 0;
	struct ledger_report report;
	int r;

	MUST(at <= good);
	r = ledger_verify(bytes, at, NULL, NULL, &report, NULL);
	if (!ran_out(r))
		MUST(r == 0 && report.good_bytes == lines && report.torn_bytes == at - lines &&
			report.line == 0);
}

/* One bit of a good file turned is damage, or ends the last line a byte early. */
static void check_flip(const char *bytes, size_t good, size_t at, unsigned bit)
{
	_cleanup_free_ char *copy = malloc(good);
	struct ledger_report report;
	int r;

	if (!copy)
		return;
	memcpy(copy, bytes, good);
	copy[at] = (char)(copy[at] ^ (1 << bit));
	r = ledger_verify(copy, good, NULL, NULL, &report, NULL);
	if (!ran_out(r))
		MUST(r > 0 || (at == good - 1 && report.torn_bytes > 0));
}

/* A line that stands alone: read as in its place (`hash`), or refused with words. */
static void check_alone(const char *line, size_t len, const struct digest *hash)
{
	struct ledger_entry entry;
	struct why why = {""};
	int r = ledger_decode_alone(line, len, &entry, &why);

	if (ran_out(r))
		return;
	MUST(r >= 0 && (r == 0 || *why.text));
	MUST(!hash || (r == 0 && memcmp(&entry.hash, hash, sizeof *hash) == 0));
}

/* A good file is a part without a gap; with lines behind the first left out it is one with a gap, whose first record is told. */
static void check_part(const char *bytes, size_t good, uint64_t records, const struct ledger_report *whole)
{
	_cleanup_free_ char *part = malloc(good);
	const char *genesis = memchr(bytes, '\n', good), *from = genesis;
	uint64_t left_out = records > 2 ? 1 + whole->head.hash.bytes[3] % (records - 2) : 0;
	struct ledger_report report;
	struct why why = {""};
	size_t head;
	int r = ledger_verify_part(bytes, good, NULL, NULL, &report, &why);

	if (ran_out(r) || !part)
		return;
	MUST(r == 0 && report.gap_first == 0 && report.head.seq.n == whole->head.seq.n);
	if (left_out == 0)
		return;
	for (uint64_t i = 0; i < left_out; i++)
		from = memchr(from + 1, '\n', good - (size_t)(from + 1 - bytes));
	head = (size_t)(genesis - bytes) + 1;
	memcpy(part, bytes, head);
	memcpy(part + head, from + 1, good - (size_t)(from + 1 - bytes));
	r = ledger_verify_part(part, head + good - (size_t)(from + 1 - bytes), NULL, NULL, &report, &why);
	if (ran_out(r))
		return;
	MUST(r == 0 && report.gap_first == left_out + 2 &&
		ledger_report_records(&report) == records - left_out);
	MUST(memcmp(&report.head, &whole->head, sizeof report.head) == 0);
}

/* Any bytes: what is good as a whole is good as a part; a refusal has words. */
static void verify_part(const char *bytes, size_t len, int whole)
{
	struct ledger_report report;
	struct why why = {""};
	int r = ledger_verify_part(bytes, len, NULL, NULL, &report, &why);

	if (ran_out(r))
		return;
	MUST(r >= 0 && (whole != 0 || r == 0) && (r == 0) == (report.line == 0) && (r == 0 || *why.text));
	MUST(report.good_bytes + report.torn_bytes <= len);
}

static void verify(const char *bytes, size_t len)
{
	const char *end = memchr(bytes, '\n', len);
	_cleanup_(buf_fini) struct buf out = BUF_INIT(FILE_MAX_BYTES);
	struct copy c = {.out = out};
	struct ledger_report report;
	struct why why = {""};
	check_alone(bytes, end ? (size_t)(end - bytes) : len, NULL);
	int r = ledger_verify(bytes, len, copy_record, &c, &report, &why);

	out = c.out;
	if (ran_out(r))
		return;
	result_number(r);
	MUST(r >= 0 && r <= LEDGER_E_LONG && (r == 0) == (report.line == 0) && (r == 0 || *why.text));
	MUST(report.good_bytes + report.torn_bytes <= len && report.torn_bytes < LEDGER_LINE_MAX);
	MUST(r != 0 || is_room(bytes + report.good_bytes + report.torn_bytes,
			       len - report.good_bytes - report.torn_bytes));
	/* An accepted line is the one way to write its record. */
	MUST(out.len == report.good_bytes && (out.len == 0 || memcmp(out.data, bytes, out.len) == 0));
	MUST(c.head.seq.n == report.head.seq.n);
	MUST(memcmp(&c.head.hash, &report.head.hash, sizeof c.head.hash) == 0);
	result(&report.head.hash, sizeof report.head.hash);
	verify_part(bytes, len, r);
	if (report.good_bytes == 0)
		return;
	check_part(bytes, report.good_bytes, report.head.seq.n, &report);
	end = memrchr(bytes, '\n', report.good_bytes - 1);
	end = end ? end + 1 : bytes;
	check_alone(end, report.good_bytes - (size_t)(end - bytes) - 1, &report.head.hash);
	check_cut(bytes, report.good_bytes, report.head.hash.bytes[0] * report.good_bytes / 255);
	check_flip(bytes, report.good_bytes, report.head.hash.bytes[1] * (report.good_bytes - 1) / 255,
		report.head.hash.bytes[2] & 7);
}

static void verify_sealed(const uint8_t *lines, size_t len)
{
	_cleanup_(buf_fini) struct buf file = BUF_INIT(FILE_MAX_BYTES);

	seal(lines, len, &file);
	if (!ran_out(file.trouble) && file.data)
		verify(file.data, file.len);
}

/* ---- records as values ---- */

struct bytes {
	const uint8_t *at;
	size_t left;
};

static void take(struct bytes *b, void *to, size_t size)
{
	size_t n = size < b->left ? size : b->left;

	memset(to, 0, size);
	if (n > 0)
		memcpy(to, b->at, n);
	b->at += n;
	b->left -= n;
}

static unsigned take_below(struct bytes *b, unsigned bound)
{
	uint8_t byte;

	take(b, &byte, 1);
	return byte % bound;
}

/* A text up to the next NUL. */
static void take_text(struct bytes *b, char *to, size_t size)
{
	const uint8_t *nul = b->left > 0 ? memchr(b->at, 0, b->left) : NULL;
	size_t n = nul ? (size_t)(nul - b->at) : b->left, taken = n < size - 1 ? n : size - 1;

	if (taken > 0)
		memcpy(to, b->at, taken);
	memset(to + taken, 0, size - taken);
	b->at += n + (nul ? 1 : 0);
	b->left -= n + (nul ? 1 : 0);
}

static void take_record(struct bytes *b, struct record *r)
{
	*r = (struct record){.type = take_below(b, RECORD_TYPE_COUNT),
		.seq = {1},
		.outcome = take_below(b, OUTCOME_LOST + 1),
		.reason = take_below(b, REASON_COUNT),
		.phase = take_below(b, PHASE_COUNT),
		.cut = take_below(b, CUT_COUNT),
		.duty = take_below(b, DUTY_COUNT),
		.state = take_below(b, CLUSTER_STATE_COUNT),
		.result = take_below(b, ACT_RESULT_COUNT),
		.causes = (uint8_t)take_below(b, 256)};
	take(b, &r->at.ms, 6);
	take(b, &r->resume_at.ms, 6);
	take(b, &r->fingerprint, sizeof r->fingerprint);
	take(b, &r->incident.n, sizeof r->incident.n);
	take(b, &r->op.n, sizeof r->op.n);
	take_text(b, r->ledger.text, sizeof r->ledger.text);
	take_text(b, r->project.text, sizeof r->project.text);
	take_text(b, r->machine, sizeof r->machine);
	take_text(b, r->region.text, sizeof r->region.text);
	take_text(b, r->arn.text, sizeof r->arn.text);
	take_text(b, r->cluster.text, sizeof r->cluster.text);
	take_text(b, r->name, sizeof r->name);
}

/* The record that every ledger begins with. Fails: -ENOMEM. */
static int begin(struct ledger_head *head, struct buf *out)
{
	static const struct record genesis = {.type = RECORD_GENESIS,
		.seq = {1},
		.at = {1795492166000},
		.ledger = {"0123456789abcdef"},
		.project = {"123"},
		.machine = "00000000000000000000000000000000"};
	int r = ledger_encode(&genesis, NULL, head, out);

	MUST(r == 0 || r == -ENOMEM);
	return r;
}

/* What can be written can be read, and is then the only way to write it; what cannot is refused at once. */
static void write_record(const uint8_t *data, size_t size)
{
	_cleanup_(buf_fini) struct buf out = BUF_INIT(FILE_MAX_BYTES);
	struct bytes b = {data, size};
	struct ledger_head head = {{0}, {{0}}};
	char who[RECORD_TEXT_MAX + 8], note[RECORD_TEXT_MAX + 8];
	struct record_texts texts = {.who = who, .note = note};
	struct record record;
	uint64_t before;
	int r;

	take_record(&b, &record);
	take_text(&b, who, sizeof who);
	take_text(&b, note, sizeof note);
	if (record.type != RECORD_GENESIS) {
		if (ran_out(begin(&head, &out)))
			return;
		record.seq.n = 2;
	}
	before = head.seq.n;
	r = ledger_encode(&record, &texts, &head, &out);
	if (ran_out(r))
		return;
	MUST(r == 0 || r == -EINVAL);
	MUST(head.seq.n == before + (r == 0));
	if (out.len > 0)
		verify(out.data, out.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	switch (data[0]) {
	case 'r':
		verify((const char *)data + 1, size - 1);
		break;
	case 's':
		verify_sealed(data + 1, size - 1);
		break;
	case 'v':
		write_record(data + 1, size - 1);
		break;
	default:
		break;
	}
	return 0;
}
