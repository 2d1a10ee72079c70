/* SPDX-License-Identifier: Apache-2.0 */
/* What is not about the daemon: command line, texts, widths, ages. */
#include "age.h"
#include "base/nearest.h"
#include "base/own.h"
#include "completion.h"
#include "glyph.h"
#include "grammar.h"
#include "help.h"
#include "page.h"
#include "proto/verbs.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static int parse(const char *words, struct request *r, struct why *why)
{
	static char line[512];
	static char *argv[32];
	char *save = NULL;
	int argc = 0;

	(void)snprintf(line, sizeof line, "cmekctl %s", words);
	for (char *w = strtok_r(line, " ", &save); w; w = strtok_r(NULL, " ", &save))
		argv[argc++] = w;
	argv[argc] = NULL;
	*r = (struct request){.options = 0};
	return grammar_parse(argc, argv, r, why);
}

static void test_grammar_takes_options_anywhere(void **state)
{
	struct request r;
	struct why why;

	(void)state;
	assert_int_equal(
		parse("--json revoke --reason=why prod/us-west-2 --yes --socket /run/x", &r, &why), 0);
	assert_int_equal(r.verb, GRAMMAR_REVOKE);
	assert_string_equal(r.project.text, "prod");
	assert_string_equal(r.region.text, "us-west-2");
	assert_string_equal(REQUEST_VALUE(&r, REASON), "why");
	assert_string_equal(REQUEST_VALUE(&r, SOCKET), "/run/x");
	assert_true(REQUEST_HAS(&r, JSON) && REQUEST_HAS(&r, YES) && !REQUEST_HAS(&r, WAIT));

	assert_int_equal(parse("approve prod#7", &r, &why), 0);
	assert_int_equal(r.incident.n, 7);
	assert_string_equal(r.project.text, "prod");
	assert_int_equal(parse("verify a.ledger ./b prod --list", &r, &why), 0);
	assert_int_equal(r.argument_count, 3);
	assert_string_equal(r.arguments[2], "prod");
	assert_int_equal(parse("", &r, &why), 0);
	assert_int_equal(r.verb, GRAMMAR_HELP);
	assert_int_equal(parse("--version", &r, &why), 0);
	assert_int_equal(r.verb, GRAMMAR_VERSION);
	assert_int_equal(parse("revoke --help", &r, &why), 0);
	assert_int_equal(r.verb, GRAMMAR_HELP);
	assert_string_equal(r.arguments[0], "revoke");
}

static void test_grammar_says_what_is_wrong(void **state)
{
	static const struct {
		const char *words, *said;
	} rows[] = {
		{"statsu", "did you mean \"status\"?"},
		{"revok prod", "did you mean \"revoke\"?"},
		{"rotation enabel prod", "did you mean \"rotation enable\"?"},
		{"frobnicate", "all verbs: cmekctl help"},
		{"revoke", "a project is missing; expected: cmekctl revoke PROJECT[/REGION]"},
		{"approve", "an incident is missing; expected: cmekctl approve PROJECT#N"},
		{"approve prod", "names no incident; expected PROJECT#N"},
		{"approve prod#0", "names no incident"},
		{"approve prod#7x", "names no incident"},
		{"approve prod#99999999999", "names no incident"},
		{"verify", "a ledger is missing"},
		{"status a b", "too many words"},
		{"ping prod", "too many words"},
		{"status ../etc", "is no name of a project"},
		{"revoke prod/US", "is no AWS region"},
		{"status --jsn", "did you mean --json?"},
		{"status -j", "there is no option -j"},
		{"status --wait", "status does not take --wait"},
		{"revoke prod --reason", "--reason needs a value"},
		{"revoke prod --yes=1", "--yes takes no value"},
		{"help frob", "there is no verb \"frob\""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct request r;
		struct why why = {""};
		assert_int_equal(parse(rows[i].words, &r, &why), GRAMMAR_E_USAGE);
		if (!strstr(why.text, rows[i].said))
			fail_msg("\"%s\" says: %s", rows[i].words, why.text);
	}
	struct request r;
	struct why why;
	assert_int_equal(parse("nonsense --json", &r, &why), GRAMMAR_E_USAGE);
	assert_true(REQUEST_HAS(&r, JSON));
}

static void test_grammar_helps_and_completes(void **state)
{
	_cleanup_(buf_fini) struct buf help = BUF_INIT(65536), completion = BUF_INIT(65536),
				       zsh = BUF_INIT(65536);

	(void)state;
	help_all(&help);
	completion_script(&completion, COMPLETION_BASH);
	completion_script(&zsh, COMPLETION_ZSH);
	assert_non_null(strstr(completion.data, "\"policy \"*) is=\"policy\" takes=file items=\"render check "
						"explain diff simulate apply --"));
	assert_non_null(strstr(zsh.data, "'--account:TiDB Cloud'\\''s AWS account: 12 digits'"));
	for (enum grammar_verb v = 0; v < GRAMMAR_COUNT; v++) {
		_cleanup_(buf_fini) struct buf one = BUF_INIT(65536);
		assert_non_null(strstr(help.data, grammar_word(v)));
		assert_non_null(strstr(completion.data, grammar_word(v)));
		assert_non_null(strstr(zsh.data, grammar_word(v)));
		help_verb(&one, v);
		assert_non_null(strstr(one.data, grammar_word(v)));
		assert_non_null(strstr(one.data, "--socket PATH"));
	}
	for (enum verb v = 0; v < VERB_COUNT; v++) {
		char word[64];

		(void)snprintf(word, sizeof word, "%.*s", (int)strcspn(verb_words(v), " "), verb_words(v));
		assert_non_null(strstr(help.data, word));
	}
}

static void test_nearest(void **state)
{
	(void)state;
	assert_int_equal(nearest_distance("status", "status"), 0);
	assert_int_equal(nearest_distance("statsu", "status"), 1);
	assert_int_equal(nearest_distance("", "abc"), 3);
	assert_int_equal(nearest_distance("Prod", "prod"), 0);
	assert_true(nearest_is_close("sta", "status"));
	assert_true(nearest_is_close("revoek", "revoke"));
	assert_false(nearest_is_close("prod", "staging"));
	assert_false(nearest_is_close("", "x"));
}

static void assert_clean(const char *raw, size_t len, const char *clean)
{
	_cleanup_(buf_fini) struct buf out = BUF_INIT(4096);

	glyph_clean(&out, raw, len, GLYPH_ONE_LINE);
	assert_string_equal(out.data, clean);
}

static void test_nothing_raw_reaches_a_terminal(void **state)
{
	(void)state;
	assert_clean("a\033[31mb", 7, "a\\x1b[31mb");
	assert_clean("\x7f", 1, "\\x7f");
	assert_clean("\xc2\x9b"
		     "1m",
		4, "\\x9b1m");
	assert_clean("x\ny\tz", 5, "x y z");
	assert_clean("\xe2\x80\xae"
		     "evil",
		7, "\\u202eevil");
	assert_clean("\xff\xfe", 2, "\xef\xbf\xbd\xef\xbf\xbd");
	assert_clean("\xe4\xb8", 2, "\xef\xbf\xbd\xef\xbf\xbd");
	assert_clean("\xed\xa0\x80", 3, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	assert_clean("\xc0\xaf", 2, "\xef\xbf\xbd\xef\xbf\xbd");
	assert_clean("caf\xc3\xa9 \xe6\x97\xa5\xe6\x9c\xac", 12, "caf\xc3\xa9 \xe6\x97\xa5\xe6\x9c\xac");
	/* Every control byte is also a possible mark of our own layouts. */
	for (char c = 1; c < 0x20; c++) {
		_cleanup_(buf_fini) struct buf out = BUF_INIT(64);
		glyph_clean(&out, &c, 1, GLYPH_LINES);
		assert_true(c == '\n' || out.data[0] >= 0x20);
	}
}

static void test_widths(void **state)
{
	(void)state;
	assert_int_equal(page_columns("abc"), 3);
	assert_int_equal(page_columns("\xe6\x97\xa5\xe6\x9c\xac"), 4);
	assert_int_equal(page_columns("e\xcc\x81"), 1);
	assert_int_equal(page_columns(MARK_BAD "x" MARK_END), 1);
	assert_int_equal(page_columns("a" MARK_GLUE "b"), 3);
}

static void assert_page(
	const struct page *model, unsigned indent, unsigned hang, const char *text, const char *expected)
{
	struct page p = *model;
	char *got = NULL;
	size_t len;

	p.to = open_memstream(&got, &len);
	assert_non_null(p.to);
	page_flow(&p, indent, hang, text);
	(void)fclose(p.to);
	assert_string_equal(got, expected);
	free(got);
}

static void test_wrapping(void **state)
{
	const struct page plain = {.width = 20}, colour = {.width = 20, .colour = true};

	(void)state;
	assert_page(&plain, 0, 2, "one two three four five", "one two three four\n  five\n");
	assert_page(&plain, 2, 2, "a-word-that-is-far-longer-than-the-line x",
		"  a-word-that-is-far-longer-than-the-line\n  x\n");
	assert_page(&plain, 0, 4, "run this:\n  cmekctl" MARK_GLUE "restore" MARK_GLUE "prod/us-west-2",
		"run this:\n      cmekctl restore prod/us-west-2\n");
	assert_page(&plain, 0, 0, MARK_BAD "x" MARK_END " y", "x y\n");
	assert_page(&colour, 0, 0, MARK_BAD "x" MARK_END " y", "\033[1;31mx\033[0m y\n");
	assert_page(&plain, 0, 0, "", "\n");
	assert_page(&plain, 0, 0, "a\n\nb", "a\n\nb\n");
}

static void test_ages(void **state)
{
	static const struct {
		int64_t ms;
		const char *text;
	} rows[] = {
		{-5, "0 s"},
		{0, "0 s"},
		{59999, "59 s"},
		{60000, "1 min"},
		{190000, "3 min 10 s"},
		{720000, "12 min"},
		{3600000, "1 h"},
		{7500000, "2 h 5 min"},
		{525600000, "6 d 2 h"},
		{INT64_C(864000000), "10 d"},
		{INT64_C(35596800000), "412 d"},
	};
	_cleanup_(arena_fini) struct arena a = {.blocks = NULL};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_string_equal(age_text(&a, rows[i].ms), rows[i].text);
	assert_string_equal(age_time(&a, INT64_C(1795492166000)), "2026-11-24 03:49:26 UTC");
	assert_string_equal(age_clock(&a, INT64_C(1795492166000)), "03:49:26");
}

static void test_tables_cut_names_only(void **state)
{
	static const struct page_column columns[] = {{"NAME", 8}, {"NOTE", 0}};
	_cleanup_(arena_fini) struct arena a = {.blocks = NULL};
	struct page p = {.width = 30};
	struct page_table t;
	char *got = NULL;
	size_t len;

	(void)state;
	page_table_init(&t, &a, columns, 2);
	page_table_add(&t, (const char *[]){"a-long-name", "wraps in its own column here"},
		"and a text below the row");
	page_table_add(&t,
		(const char *[]){"\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5\xe6\x9c\xac", ""}, NULL);
	p.to = open_memstream(&got, &len);
	assert_non_null(p.to);
	page_table_print(&p, &t, 0);
	(void)fclose(p.to);
	assert_string_equal(got, "NAME      NOTE\n"
				 "a-lon...  wraps in its own\n"
				 "          column here\n"
				 "    and a text below the row\n"
				 "\xe6\x97\xa5\xe6\x9c\xac...\n");
	free(got);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grammar_takes_options_anywhere),
		cmocka_unit_test(test_grammar_says_what_is_wrong),
		cmocka_unit_test(test_grammar_helps_and_completes),
		cmocka_unit_test(test_nearest),
		cmocka_unit_test(test_nothing_raw_reaches_a_terminal),
		cmocka_unit_test(test_widths),
		cmocka_unit_test(test_wrapping),
		cmocka_unit_test(test_ages),
		cmocka_unit_test(test_tables_cut_names_only),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
