/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/ledger.h"
#include "base/own.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#define SAMPLE_MAX (256 * 1024)

static void set_text(char *to, size_t size, const char *from)
{
	assert_true(strlen(from) < size);
	memcpy(to, from, strlen(from) + 1);
}
#define SET(to, from) set_text((to), sizeof(to), (from))

/* A record of this type in which every member that the type carries has a value of its own. */
static void make_record(enum record_type type, uint64_t seq, struct record *r)
{
	uint32_t fields = record_type_fields(type);
	memset(r, 0, sizeof *r);
	r->type = type;
	r->seq.n = seq;
	r->at.ms = 1795492166123 + (int64_t)seq;
	if (fields & RECORD_F_LEDGER) {
		SET(r->ledger.text, "00c0ffee00c0ffee");
		SET(r->project.text, "1372813089209061633");
		SET(r->machine, "0123456789abcdef0123456789abcdef");
	}
	if (fields & RECORD_F_REGION)
		SET(r->region.text, "us-west-2");
	if (fields & RECORD_F_ARN)
		SET(r->arn.text,
			"arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab");
	if (fields & RECORD_F_FINGERPRINT)
		r->fingerprint = 0xfedcba9876543210;
	if (fields & RECORD_F_VERDICT) {
		r->outcome = OUTCOME_LOST;
		r->reason = REASON_POLICY_NO_ALLOW;
	}
	if (fields & RECORD_F_POLICY)
		assert_int_equal(digest_of("policy", 6, &r->policy), 0);
	if (fields & RECORD_F_INCIDENT)
		r->incident.n = 7;
	if (fields & RECORD_F_STATE) {
		r->phase = PHASE_PAUSING;
		r->causes = CAUSE_AUTOMATIC | CAUSE_OPERATOR;
		r->cut = CUT_MADE;
		r->means = CUT_MEANS_DISABLE;
		r->stands = CUT_MEANS_BIT(CUT_MEANS_DENY) | CUT_MEANS_BIT(CUT_MEANS_DISABLE);
	}
	if (fields & RECORD_F_PLAN) {
		r->plan.v = 0x1122334455667788;
		r->count = UINT32_MAX;
	}
	if (fields & RECORD_F_CLUSTER) {
		SET(r->cluster.text, "10573126");
		SET(r->name, "orders \"eu\" \xc3\xa4\n");
		r->duty = DUTY_PAUSE_SENT;
		r->state = CLUSTER_STATE_PAUSING;
	}
	if (fields & RECORD_F_DATE)
		r->resume_at.ms = 1795492166000;
	if (fields & RECORD_F_ERRAND)
		r->errand = ERRAND_CANCEL_DELETION;
	if (fields & RECORD_F_REPORT) {
		r->count = 2;
		r->report.bytes[31] = 7;
	}
	if (fields & RECORD_F_OP)
		r->op.n = 42;
	if (fields & RECORD_F_RESULT)
		r->result = ACT_RESULT_LOST;
}

static const struct record_texts some_texts = {.who = "uid=1000(ana)",
	.message = "cannot pause: \"backup\"\trunning \xe2\x82\xac",
	.request = "req-1,req-2"};

/* A ledger with one record of each type; `starts` (may be NULL) takes where each line starts. */
static void make_sample(struct buf *out, size_t starts[RECORD_TYPE_COUNT + 1])
{
	struct ledger_head head = {{0}, {{0}}};
	struct record r;
	for (unsigned type = 0; type < RECORD_TYPE_COUNT; type++) {
		if (starts)
			starts[type] = out->len;
		make_record((enum record_type)type, type + 1, &r);
		assert_int_equal(ledger_encode(&r, type % 2 ? &some_texts : NULL, &head, out), 0);
	}
	if (starts)
		starts[RECORD_TYPE_COUNT] = out->len;
}

static void assert_text(const char *a, const char *b)
{
	if (!a || !b)
		assert_ptr_equal(a, b);
	else
		assert_string_equal(a, b);
}

static int compare_entry(const struct ledger_entry *entry, void *arg)
{
	uint64_t *count = arg;
	struct record r;
	make_record((enum record_type) * count, *count + 1, &r);
	assert_memory_equal(&entry->record, &r, sizeof r);
	assert_text(entry->texts.who, *count % 2 ? some_texts.who : NULL);
	assert_text(entry->texts.note, NULL);
	assert_text(entry->texts.message, *count % 2 ? some_texts.message : NULL);
	assert_text(entry->texts.request, *count % 2 ? some_texts.request : NULL);
	++*count;
	return 0;
}

static void test_every_type_comes_back(void **state)
{
	(void)state;
	_cleanup_(buf_fini) struct buf sample = BUF_INIT(SAMPLE_MAX);
	struct ledger_report report;
	uint64_t count = 0;
	make_sample(&sample, NULL);
	assert_int_equal(ledger_verify(sample.data, sample.len, compare_entry, &count, &report, NULL), 0);
	assert_int_equal(count, RECORD_TYPE_COUNT);
	assert_int_equal(report.head.seq.n, RECORD_TYPE_COUNT);
	assert_int_equal(report.good_bytes, sample.len);
	assert_int_equal(report.torn_bytes, 0);
	assert_int_equal(report.line, 0);
}

static int keep_region(const struct ledger_entry *entry, void *arg)
{
	*(struct region *)arg = entry->record.region;
	return 0;
}

/* Only an errand may be of no region: then it is of the project. */
static void test_errand_of_the_project(void **state)
{
	(void)state;
	_cleanup_(buf_fini) struct buf out = BUF_INIT(SAMPLE_MAX);
	struct ledger_head head = {{0}, {{0}}};
	struct ledger_report report;
	struct region region = {"none"};
	struct record r;

	make_record(RECORD_GENESIS, 1, &r);
	assert_int_equal(ledger_encode(&r, NULL, &head, &out), 0);
	make_record(RECORD_ERRAND_INTENT, 2, &r);
	r.region.text[0] = '\0';
	assert_int_equal(ledger_encode(&r, NULL, &head, &out), 0);
	assert_non_null(strstr(out.data, "\"region\":null,\"errand\":\"cancel_deletion\""));
	assert_int_equal(ledger_verify(out.data, out.len, keep_region, &region, &report, NULL), 0);
	assert_string_equal(region.text, "");
	make_record(RECORD_DARK, 3, &r);
	r.region.text[0] = '\0';
	assert_int_equal(ledger_encode(&r, NULL, &head, &out), -EINVAL);
}

/* The form is a promise to other programs: a change of it must be seen. */
static void test_form(void **state)
{
	(void)state;
	_cleanup_(buf_fini) struct buf out = BUF_INIT(SAMPLE_MAX);
	struct ledger_head head = {{0}, {{0}}};
	struct record r;
	make_record(RECORD_GENESIS, 1, &r);
	assert_int_equal(ledger_encode(&r, &(struct record_texts){.note = "a"}, &head, &out), 0);
	assert_string_equal(out.data,
		"{\"seq\":1,\"prev\":\"0000000000000000000000000000000000000000000000000000000000000000\","
		"\"at\":\"2026-11-24T03:49:26.124Z\",\"type\":\"genesis\",\"ledger\":\"00c0ffee00c0ffee\","
		"\"project\":\"1372813089209061633\",\"machine\":\"0123456789abcdef0123456789abcdef\","
		"\"note\":\"a\","
		"\"hash\":\"9d21b153a2050aff976da897a91d8b84c9bc7ebaebd049989e7ccc0ea1de7b99\"}\n");
}

/* As it was before there were other means: ledgers of old are read, and written, as they are. */
static void test_means_of_old(void **state)
{
	static const enum cut cuts[] = {CUT_NONE, CUT_AFTER_PAUSES, CUT_WANTED, CUT_MADE, CUT_UNDO_BY_HAND};
	struct ledger_entry entry;
	struct record r;

	(void)state;
	for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
		_cleanup_(buf_fini) struct buf out = BUF_INIT(SAMPLE_MAX);
		struct ledger_head head = {{1}, {{0}}}, again = head;

		make_record(RECORD_INCIDENT, 2, &r);
		r.cut = cuts[i];
		r.means = CUT_MEANS_DENY;
		r.stands = cut_stands(cuts[i]);
		assert_int_equal(ledger_encode(&r, NULL, &head, &out), 0);
		assert_null(strstr(out.data, "means"));
		assert_null(strstr(out.data, "stands"));
		assert_int_equal(ledger_decode(out.data, out.len - 1, &again, &entry, NULL), 0);
		assert_memory_equal(&entry.record, &r, sizeof r);
	}
	_cleanup_(buf_fini) struct buf out = BUF_INIT(SAMPLE_MAX);
	struct ledger_head head = {{1}, {{0}}}, again = head;

	r.stands = 0; /* others disabled it */
	r.means = CUT_MEANS_DISABLE;
	r.cut = CUT_MADE;
	assert_int_equal(ledger_encode(&r, NULL, &head, &out), 0);
	assert_non_null(strstr(out.data, "\"cut\":\"made\",\"means\":\"disable\",\"stands\":[]"));
	assert_int_equal(ledger_decode(out.data, out.len - 1, &again, &entry, NULL), 0);
	assert_memory_equal(&entry.record, &r, sizeof r);
}

static void test_unknown_time_and_no_cause(void **state)
{
	(void)state;
	_cleanup_(buf_fini) struct buf out = BUF_INIT(SAMPLE_MAX);
	struct ledger_head head = {{1}, {{0}}}, again = head;
	struct ledger_entry entry;
	struct record r;
	make_record(RECORD_INCIDENT, 2, &r);
	r.causes = 0;
	r.phase = PHASE_NONE;
	assert_int_equal(ledger_encode(&r, NULL, &head, &out), 0);
	assert_non_null(strstr(out.data, "\"causes\":[]"));
	assert_int_equal(ledger_decode(out.data, out.len - 1, &again, &entry, NULL), 0);
	assert_memory_equal(&entry.record, &r, sizeof r);

	buf_clear(&out);
	make_record(RECORD_CLUSTER, 3, &r);
	r.resume_at = WALLTIME_UNKNOWN;
	assert_int_equal(ledger_encode(&r, NULL, &head, &out), 0);
	assert_non_null(strstr(out.data, "\"resume_at\":null"));
	assert_int_equal(ledger_decode(out.data, out.len - 1, &again, &entry, NULL), 0);
	assert_memory_equal(&entry.record, &r, sizeof r);
}

static void test_every_flip_is_found(void **state)
{
	(void)state;
	_cleanup_(buf_fini) struct buf sample = BUF_INIT(SAMPLE_MAX);
	size_t starts[RECORD_TYPE_COUNT + 1];
	make_sample(&sample, starts);
	/* A whole sample is gone through once; for each flip only the record it is in and the next: the chain
	 * before them is the same. */
	for (size_t line = 0; line < RECORD_TYPE_COUNT; line++) {
		size_t end = starts[line + 1 < RECORD_TYPE_COUNT ? line + 2 : line + 1];
		struct ledger_head before = {{0}, {{0}}};
		struct ledger_report report;
		assert_int_equal(ledger_verify(sample.data, starts[line], NULL, NULL, &report, NULL), 0);
		before = report.head;
		for (size_t i = starts[line]; i < starts[line + 1]; i++) {
			for (unsigned bit = 0; bit < 8; bit++) {
				struct ledger_head head = before;
				struct ledger_entry entry;
				sample.data[i] = (char)(sample.data[i] ^ (1 << bit));
				const char *start = sample.data + starts[line];
				const char *newline = memchr(start, '\n', end - starts[line]);
				/* The very last newline of a file: then nothing complete is left of the line.
				 */
				if (newline)
					assert_true(ledger_decode(start, (size_t)(newline - start), &head,
							    &entry, NULL) > 0);
				else
					assert_int_equal(i, sample.len - 1);
				assert_memory_equal(&head, &before, sizeof head);
				sample.data[i] = (char)(sample.data[i] ^ (1 << bit));
			}
		}
	}
}

static void test_flips_in_the_whole_file(void **state)
{
	(void)state;
	_cleanup_(buf_fini) struct buf sample = BUF_INIT(SAMPLE_MAX);
	size_t starts[RECORD_TYPE_COUNT + 1];
	make_sample(&sample, starts);
	for (size_t i = 0; i < sample.len; i += 97) {
		struct ledger_report report;
		struct why why = {""};
		size_t line = 0;
		while (i >= starts[line + 1])
			line++;
		sample.data[i] ^= 0x04;
		int r = ledger_verify(sample.data, sample.len, NULL, NULL, &report, &why);
		sample.data[i] ^= 0x04;
		assert_true(r > 0);
		assert_int_equal(report.line, line + 1);
		assert_int_equal(report.good_bytes, starts[line]);
		assert_int_equal(report.head.seq.n, line);
		assert_memory_equal(why.text, "line ", 5);
	}
}

static void test_every_truncation_is_a_torn_tail(void **state)
{
	(void)state;
	_cleanup_(buf_fini) struct buf sample = BUF_INIT(SAMPLE_MAX);
	size_t starts[RECORD_TYPE_COUNT + 1], line = 0;
	make_sample(&sample, starts);
	for (size_t len = 0; len <= sample.len; len++) {
		struct ledger_report report;
		if (line < RECORD_TYPE_COUNT && len == starts[line + 1])
			line++;
		assert_int_equal(ledger_verify(sample.data, len, NULL, NULL, &report, NULL), 0);
		assert_int_equal(report.good_bytes, starts[line]);
		assert_int_equal(report.torn_bytes, len - starts[line]);
		assert_int_equal(report.head.seq.n, line);
	}
}

static void test_room_is_no_damage(void **state)
{
	(void)state;
	_cleanup_(buf_fini) struct buf sample = BUF_INIT(SAMPLE_MAX);
	struct ledger_report report;
	static const char zeros[70000];
	make_sample(&sample, NULL);
	size_t good = sample.len;
	buf_append(&sample, zeros, sizeof zeros);
	assert_int_equal(ledger_verify(sample.data, sample.len, NULL, NULL, &report, NULL), 0);
	assert_int_equal(report.good_bytes, good);
	assert_int_equal(report.torn_bytes, 0);
	memcpy(sample.data + good, "{\"seq\"", 6);
	assert_int_equal(ledger_verify(sample.data, sample.len, NULL, NULL, &report, NULL), 0);
	assert_int_equal(report.good_bytes, good);
	assert_int_equal(report.torn_bytes, 6);
	memset(sample.data + good, 'x', LEDGER_LINE_MAX);
	assert_int_equal(ledger_verify(sample.data, sample.len, NULL, NULL, &report, NULL), LEDGER_E_LONG);
	assert_int_equal(report.line, RECORD_TYPE_COUNT + 1);
}

/* Lines that carry a hash that fits, but say something else than cmekd would. */
static void hashed(const char *body, struct buf *out)
{
	struct digest d;
	char hex[DIGEST_HEX_BYTES];
	assert_int_equal(digest_of(body, strlen(body), &d), 0);
	digest_format(&d, hex);
	buf_printf(out, "%s,\"hash\":\"%s\"}", body, hex);
	assert_int_equal(out->trouble, 0);
}

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"
#define FRONT "{\"seq\":1,\"prev\":\"" ZEROS "\",\"at\":\"2026-11-24T03:49:26Z\",\"type\":"
#define BIRTH                                                                                                \
	"\"ledger\":\"00c0ffee00c0ffee\",\"project\":\"1\",\"machine\":\"0123456789abcdef0123456789abcdef\""

static void test_strange_lines(void **state)
{
	(void)state;
	static const struct {
		const char *body;
		int refusal;
	} rows[] = {
		{FRONT "\"genesis\"," BIRTH, 0},
		{FRONT "\"genesis\"," BIRTH ",\"foreign\":1", LEDGER_E_SHAPE},
		{FRONT "\"genesis\"," BIRTH ",\"region\":\"us-west-2\"", LEDGER_E_SHAPE},
		{FRONT "\"genesis\"," BIRTH ",\"who\":1", LEDGER_E_SHAPE},
		{FRONT "\"genesis\"," BIRTH ",\"who\":\"a\",\"who\":\"b\"", LEDGER_E_SYNTAX},
		{FRONT "\"genesis\"," BIRTH ",\"who\":\"\\u0041\"", LEDGER_E_SHAPE},
		{FRONT "\"genesis\", " BIRTH, LEDGER_E_SHAPE},
		{FRONT "\"genesis\"", LEDGER_E_SHAPE},
		{FRONT "\"future\"," BIRTH, LEDGER_E_SHAPE},
		{FRONT "\"dark\",\"region\":\"us-west-2\",\"incident\":1", LEDGER_E_GENESIS},
		{FRONT "\"dark\",\"region\":\"US\",\"incident\":1", LEDGER_E_SHAPE},
		{FRONT "\"dark\",\"region\":\"us-west-2\",\"incident\":\"1\"", LEDGER_E_SHAPE},
		{FRONT "\"dark\",\"region\":\"us-west-2\",\"incident\":4294967296", LEDGER_E_SHAPE},
		{FRONT "\"dark\",\"region\":\"us-west-2\",\"incident\":1.0", LEDGER_E_SHAPE},
		{FRONT "\"genesis\"," BIRTH "}{", LEDGER_E_SYNTAX},
		{"{\"seq\":2,\"prev\":\"" ZEROS
		 "\",\"at\":\"2026-11-24T03:49:26Z\",\"type\":\"genesis\"," BIRTH,
			LEDGER_E_CHAIN},
		{"{\"seq\":1,\"prev\":\"1" ZEROS
		 "\",\"at\":\"2026-11-24T03:49:26Z\",\"type\":\"genesis\"," BIRTH,
			LEDGER_E_SHAPE},
		{"{\"seq\":\"1\",\"prev\":\"" ZEROS
		 "\",\"at\":\"2026-11-24T03:49:26Z\",\"type\":\"genesis\"," BIRTH,
			LEDGER_E_SHAPE},
		{"{\"seq\":1,\"prev\":\"" ZEROS
		 "\",\"at\":\"2026-11-24T03:49:26.000Z\",\"type\":\"genesis\"," BIRTH,
			LEDGER_E_SHAPE},
		{"{\"prev\":\"" ZEROS
		 "\",\"seq\":1,\"at\":\"2026-11-24T03:49:26Z\",\"type\":\"genesis\"," BIRTH,
			LEDGER_E_SHAPE},
		{"[1", LEDGER_E_SYNTAX},
		{"", LEDGER_E_SYNTAX},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		_cleanup_(buf_fini) struct buf line = BUF_INIT(SAMPLE_MAX);
		struct ledger_head head = {{0}, {{0}}};
		struct ledger_entry entry;
		struct why why = {""};
		hashed(rows[i].body, &line);
		int r = ledger_decode(line.data, line.len, &head, &entry, &why);
		if (r != rows[i].refusal)
			fail_msg("row %zu: %d instead of %d: %s", i, r, rows[i].refusal, why.text);
		assert_true((r == 0) == (why.text[0] == '\0'));
		assert_int_equal(head.seq.n, r == 0 ? 1 : 0);
	}
}

static void test_a_replaced_record_breaks_the_chain(void **state)
{
	(void)state;
	_cleanup_(buf_fini) struct buf out = BUF_INIT(SAMPLE_MAX);
	struct ledger_head head = {{0}, {{0}}}, forged = head;
	struct ledger_report report;
	struct record r;
	make_record(RECORD_GENESIS, 1, &r);
	assert_int_equal(ledger_encode(&r, NULL, &head, &out), 0);
	buf_clear(&out);
	SET(r.project.text, "2");
	assert_int_equal(ledger_encode(&r, NULL, &forged, &out), 0); /* with a hash that fits */
	make_record(RECORD_DARK, 2, &r);
	assert_int_equal(ledger_encode(&r, NULL, &head, &out), 0);
	struct why why = {""};
	assert_int_equal(ledger_verify(out.data, out.len, NULL, NULL, &report, &why), LEDGER_E_CHAIN);
	assert_int_equal(report.line, 2);
	assert_non_null(strstr(why.text, "prev"));
}

/* The lines `first` to the end behind the genesis. */
static void make_part(const struct buf *sample, const size_t *starts, size_t first, struct buf *part)
{
	buf_append(part, sample->data, starts[1]);
	buf_append(part, sample->data + starts[first - 1], sample->len - starts[first - 1]);
}

static void test_part(void **state)
{
	_cleanup_(buf_fini) struct buf sample = BUF_INIT(1024 * 1024), part = BUF_INIT(1024 * 1024);
	size_t starts[RECORD_TYPE_COUNT + 1];
	struct ledger_report whole, report;
	struct ledger_entry entry;
	struct why why;

	(void)state;
	make_sample(&sample, starts);
	assert_int_equal(ledger_verify_part(sample.data, sample.len, NULL, NULL, &whole, NULL), 0);
	assert_int_equal(whole.gap_first, 0);
	assert_int_equal(ledger_report_records(&whole), RECORD_TYPE_COUNT);

	make_part(&sample, starts, 5, &part);
	assert_int_equal(ledger_verify(part.data, part.len, NULL, NULL, &report, &why), LEDGER_E_CHAIN);
	assert_int_equal(report.line, 2);
	assert_int_equal(report.gap_first, 0);
	assert_int_equal(ledger_verify_part(part.data, part.len, NULL, NULL, &report, &why), 0);
	assert_int_equal(report.gap_first, 5);
	assert_memory_equal(&report.head, &whole.head, sizeof whole.head);
	assert_int_equal(ledger_report_records(&report), RECORD_TYPE_COUNT - 3);
	assert_int_equal(
		ledger_decode_alone(sample.data + starts[3], starts[4] - starts[3] - 1, &entry, NULL), 0);
	assert_memory_equal(&report.gap_prev, &entry.hash, sizeof entry.hash);

	/* A second gap, and records that go back, are damage; so is a part without the genesis. */
	struct ledger_report before = report;
	size_t second = starts[1] + starts[5] - starts[4], third = second + starts[6] - starts[5];
	memmove(part.data + second, part.data + third, part.len - third);
	part.len -= third - second;
	assert_int_equal(ledger_verify_part(part.data, part.len, NULL, NULL, &report, &why), LEDGER_E_CHAIN);
	assert_int_equal(report.line, 3);
	assert_int_equal(report.head.seq.n, 5);
	assert_int_equal(ledger_report_records(&report), 2);
	assert_int_equal(
		ledger_verify_part(part.data + starts[1], part.len - starts[1], NULL, NULL, &report, &why),
		LEDGER_E_CHAIN);
	buf_clear(&part);
	make_part(&sample, starts, 1, &part);
	assert_int_equal(ledger_verify_part(part.data, part.len, NULL, NULL, &report, &why), LEDGER_E_CHAIN);
	assert_int_equal(report.line, 2);

	/* What stands behind the gap is checked as ever: each flip is found, but in what it says of its predecessor the hash tells. */
	buf_clear(&part);
	make_part(&sample, starts, 5, &part);
	for (size_t i = 0; i < part.len - 1; i += 7) {
		part.data[i] ^= 1;
		assert_true(ledger_verify_part(part.data, part.len, NULL, NULL, &report, &why) > 0);
		part.data[i] ^= 1;
	}
	assert_int_equal(ledger_verify_part(part.data, part.len, NULL, NULL, &report, &why), 0);
	assert_memory_equal(&report.gap_prev, &before.gap_prev, sizeof before.gap_prev);
}

static int stop_at_three(const struct ledger_entry *entry, void *arg)
{
	(void)arg;
	return entry->record.seq.n == 3 ? -ECANCELED : 0;
}

static void test_reader_may_stop(void **state)
{
	(void)state;
	_cleanup_(buf_fini) struct buf sample = BUF_INIT(SAMPLE_MAX);
	struct ledger_report report;
	make_sample(&sample, NULL);
	assert_int_equal(
		ledger_verify(sample.data, sample.len, stop_at_three, NULL, &report, NULL), -ECANCELED);
	assert_int_equal(report.head.seq.n, 3);
	assert_int_equal(report.line, 0);
}

static void test_encode_refuses_what_cannot_be_read(void **state)
{
	(void)state;
	_cleanup_(buf_fini) struct buf out = BUF_INIT(SAMPLE_MAX);
	struct ledger_head head = {{0}, {{0}}};
	struct record r;
	make_record(RECORD_GENESIS, 2, &r);
	assert_int_equal(ledger_encode(&r, NULL, &head, &out), LEDGER_E_CHAIN);
	make_record(RECORD_GENESIS, 1, &r);
	r.project.text[0] = '\0';
	assert_int_equal(ledger_encode(&r, NULL, &head, &out), -EINVAL);
	assert_int_equal(head.seq.n, 0);
	assert_int_equal(out.len, 0);
	make_record(RECORD_GENESIS, 1, &r);
	_cleanup_(buf_fini) struct buf small = BUF_INIT(100);
	assert_int_equal(ledger_encode(&r, NULL, &head, &small), -EMSGSIZE);
	assert_int_equal(head.seq.n, 0);
	assert_int_equal(small.len, 0);
}

/* Whatever texts and names a service sends, the line is bounded and can be read again. */
static void test_hostile_texts(void **state)
{
	(void)state;
	static const char *const units[] = {"\x01", "\"", "\\", "\xff", "\xc3\xa4", "\xf0\x9f\x94\x91",
		"\xf0\x9f\x94", "a", "\x7f", "\xed\xa0\x80", "\xe2\x80\xa8"};
	for (size_t u = 0; u < sizeof units / sizeof *units; u++) {
		_cleanup_(buf_fini) struct buf out = BUF_INIT(SAMPLE_MAX);
		struct ledger_head head = {{1}, {{0}}}, again = head;
		struct ledger_entry entry;
		struct record r;
		char text[5000] = "x";
		while (strlen(text) < sizeof text - 5)
			strcat(text, units[u]);
		make_record(RECORD_ACT_RESULT, 2, &r);
		memcpy(r.name, text, sizeof r.name - 1); /* cut wherever that is */
		struct record_texts texts = {text, text, text, text, text};
		assert_int_equal(ledger_encode(&r, &texts, &head, &out), 0);
		assert_true(out.len <= LEDGER_LINE_MAX);
		assert_int_equal(ledger_decode(out.data, out.len - 1, &again, &entry, NULL), 0);
		assert_true(strlen(entry.texts.message) >= 300);
		assert_true(strlen(entry.texts.message) <= RECORD_TEXT_MAX);
		if (u == 4) /* a cut never leaves half a character */
			assert_int_equal(strlen(entry.texts.message), 1023);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_type_comes_back),
		cmocka_unit_test(test_errand_of_the_project),
		cmocka_unit_test(test_form),
		cmocka_unit_test(test_means_of_old),
		cmocka_unit_test(test_unknown_time_and_no_cause),
		cmocka_unit_test(test_every_flip_is_found),
		cmocka_unit_test(test_flips_in_the_whole_file),
		cmocka_unit_test(test_every_truncation_is_a_torn_tail),
		cmocka_unit_test(test_room_is_no_damage),
		cmocka_unit_test(test_strange_lines),
		cmocka_unit_test(test_a_replaced_record_breaks_the_chain),
		cmocka_unit_test(test_part),
		cmocka_unit_test(test_reader_may_stop),
		cmocka_unit_test(test_encode_refuses_what_cannot_be_read),
		cmocka_unit_test(test_hostile_texts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
