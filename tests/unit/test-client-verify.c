/* SPDX-License-Identifier: Apache-2.0 */
/* verify: a ledger by itself, and beside what the journal says of it. */
#include "base/buf.h"
#include "base/own.h"
#include "client/run.h"
#include "exit_code.h"
#include "ledger/ledger.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

static void write_ledger(const char *path, const char *cut_from, size_t torn_bytes)
{
	_cleanup_(buf_fini) struct buf out = BUF_INIT(65536);
	struct ledger_head head = {{0}, {{0}}};
	const struct record_texts texts = {.who = "uid=0(root)", .note = "drill\033[31m"};
	struct record genesis = {.type = RECORD_GENESIS,
		.seq = {1},
		.at = {INT64_C(1795492166000)},
		.ledger = {"0123456789abcdef"},
		.project = {"1372813089189561287"},
		.machine = "0123456789abcdef0123456789abcdef"};
	struct record armed = {
		.type = RECORD_ARMED, .seq = {2}, .at = {INT64_C(1795492167000)}, .region = {"us-west-2"}};
	struct record declined = {.type = RECORD_DECLINED,
		.seq = {3},
		.at = {INT64_C(1795492168000)},
		.region = {"us-west-2"},
		.incident = {7}};

	assert_int_equal(ledger_encode(&genesis, NULL, &head, &out), 0);
	assert_int_equal(ledger_encode(&armed, NULL, &head, &out), 0);
	assert_int_equal(ledger_encode(&declined, &texts, &head, &out), 0);
	if (cut_from)
		*strstr(out.data, cut_from) ^= 1;
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(out.data, 1, out.len - torn_bytes, f), out.len - torn_bytes);
	assert_int_equal(fclose(f), 0);
}

static void write_text(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_not_equal(fputs(text, f), EOF);
	assert_int_equal(fclose(f), 0);
}

static void test_verify(void **state)
{
	char dir[] = "/tmp/cmekd-test-verify-XXXXXX", folder[64], path[96], words[256];

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(folder, sizeof folder, "%s/ledger", dir);
	assert_int_equal(mkdir(folder, 0700), 0);
	(void)snprintf(path, sizeof path, "%s/prod.ledger", folder);

	write_ledger(path, NULL, 0);
	(void)snprintf(words, sizeof words, "verify prod --state-dir %s", dir);
	struct run r = run_cmekctl(NULL, words, NULL);
	assert_int_equal(r.code, EXIT_GOOD);
	assert_non_null(strstr(r.to, "OK: the chain holds"));
	assert_non_null(strstr(r.to, "Records   3,"));
	run_fini(&r);

	(void)snprintf(words, sizeof words, "verify --list %s", path);
	r = run_cmekctl(NULL, words, NULL);
	assert_int_equal(r.code, EXIT_GOOD);
	assert_non_null(
		strstr(r.to, "     3  2026-11-24 03:49:28 UTC  declined      #7 us-west-2; by uid=0(root);"));
	assert_non_null(strstr(r.to, "drill\\x1b[31m"));
	assert_null(strchr(r.to, '\033'));
	run_fini(&r);
	(void)snprintf(words, sizeof words, "verify --list --json %s", path);
	r = run_cmekctl(NULL, words, NULL);
	assert_int_equal(r.code, EXIT_GOOD);
	assert_non_null(strstr(r.to, "\"records\": 3"));
	assert_non_null(strstr(r.to, "\"who\": \"uid=0(root)\""));
	run_fini(&r);

	write_ledger(path, NULL, 5);
	r = run_cmekctl(NULL, words, NULL);
	assert_int_equal(r.code, EXIT_GOOD);
	assert_non_null(strstr(r.to, "\"records\": 2"));
	assert_null(strstr(r.to, "\"tornBytes\": 0"));
	run_fini(&r);

	write_ledger(path, "armed", 0);
	(void)snprintf(words, sizeof words, "verify %s", path);
	r = run_cmekctl(NULL, words, NULL);
	assert_int_equal(r.code, EXIT_ERROR);
	assert_non_null(strstr(r.to, "DAMAGED at line 2"));
	assert_non_null(strstr(r.to, "1 good ones before it"));
	run_fini(&r);

	static const char *const foreign[] = {"# a configuration\nA=b\n",
		"\x7f"
		"ELF",
		"{}\n", "x"};
	for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
		write_text(path, foreign[i]);
		r = run_cmekctl(NULL, words, NULL);
		assert_int_equal(r.code, EXIT_ERROR);
		assert_non_null(strstr(r.to, "NO LEDGER"));
		assert_null(strstr(r.to, "DAMAGED"));
		assert_null(strstr(r.to, "after cmekd wrote"));
		run_fini(&r);
	}
	assert_int_equal(unlink(path), 0);
	r = run_cmekctl(NULL, words, NULL);
	assert_int_equal(r.code, EXIT_ERROR);
	assert_non_null(strstr(r.error, "cannot read"));
	run_fini(&r);
	assert_int_equal(rmdir(folder), 0);
	assert_int_equal(rmdir(dir), 0);
}

/* Heads of the journal beside a ledger of three records. */
static void test_heads(void **state)
{
	static const char other[] = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
	char dir[] = "/tmp/cmekd-test-heads-XXXXXX", path[96], lines[96], words[256], head[65], text[512];

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof path, "%s/prod.ledger", dir);
	(void)snprintf(lines, sizeof lines, "%s/lines", dir);
	(void)snprintf(words, sizeof words, "verify %s", path);
	write_ledger(path, NULL, 0);
	struct run r = run_cmekctl(NULL, words, NULL);
	assert_int_equal(sscanf(strstr(r.to, "Head") + strlen("Head"), " %64s", head), 1);
	run_fini(&r);

	(void)snprintf(words, sizeof words, "verify %s --heads %s", path, lines);
	const struct {
		const char *project, *seq, *head, *says;
		int code;
	} cases[] = {
		{"prod", "3", head, "1 of journal lines compared: each is that of its record", EXIT_GOOD},
		{"prod", "3", other, "seq 3 DOES NOT FIT", EXIT_ERROR},
		{"prod", "2", head, "seq 2 DOES NOT FIT", EXIT_ERROR},
		{"prod", "4", head, "seq 4 IS MISSING", EXIT_ERROR},
		{"prod2", "3", head, "nothing is shown by that", EXIT_ERROR},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		(void)snprintf(text, sizeof text,
			"{\"MESSAGE\":null,\"PROJECT\":\"prod\"}\n\n{\"PROJECT\":\"%s\",\"LEDGER_SEQ\":\"%"
			"s\","
			"\"LEDGER_HEAD\":\"%s\"}\n",
			cases[i].project, cases[i].seq, cases[i].head);
		write_text(lines, text);
		r = run_cmekctl(NULL, words, NULL);
		if (!strstr(r.to, cases[i].says))
			fail_msg("case %zu says: %s%s", i, r.to, r.error);
		assert_int_equal(r.code, cases[i].code);
		run_fini(&r);
	}
	static const char *const bad[] = {"no JSON\n", "{\"LEDGER_HEAD\":\"00\"}\n",
		"{\"PROJECT\":\"prod\",\"LEDGER_SEQ\":\"-3\",\"LEDGER_HEAD\":\""
		"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\"}\n"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		write_text(lines, bad[i]);
		r = run_cmekctl(NULL, words, NULL);
		assert_int_equal(r.code, EXIT_ERROR);
		assert_non_null(strstr(r.error, "line 1"));
		run_fini(&r);
	}
	assert_int_equal(unlink(lines), 0);
	r = run_cmekctl(NULL, words, NULL);
	assert_int_equal(r.code, EXIT_ERROR);
	assert_non_null(strstr(r.error, "cannot read"));
	run_fini(&r);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_verify),
		cmocka_unit_test(test_heads),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
