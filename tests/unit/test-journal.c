/* SPDX-License-Identifier: Apache-2.0 */
/* What is written where there is no journal: one line for people, one JSON object for tests. */
#include "io/journal.h"
#include "base/json_scan.h"
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>
#include <cmocka.h>

static char capture[64], errors[64];
static int real_stderr;

static int set_up(void **state)
{
	int fd;

	(void)state;
	(void)unsetenv("JOURNAL_STREAM");
	(void)snprintf(capture, sizeof(capture), "/tmp/cmekd-test-XXXXXX");
	(void)snprintf(errors, sizeof(errors), "/tmp/cmekd-test-XXXXXX");
	fd = mkstemp(capture);
	assert_true(fd >= 0);
	(void)close(fd);
	fd = mkstemp(errors);
	assert_true(fd >= 0);
	real_stderr = dup(STDERR_FILENO);
	assert_true(dup2(fd, STDERR_FILENO) >= 0);
	(void)close(fd);
	assert_int_equal(journal_open(capture), 0);
	journal_set_level(LOG_INFO);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	journal_close();
	(void)dup2(real_stderr, STDERR_FILENO);
	(void)close(real_stderr);
	(void)unlink(capture);
	(void)unlink(errors);
	return 0;
}

static size_t read_file(const char *path, char *text, size_t size)
{
	FILE *f = fopen(path, "r");
	size_t n;

	assert_non_null(f);
	n = fread(text, 1, size - 1, f);
	text[n] = '\0';
	(void)fclose(f);
	return n;
}

static bool member_is(const struct json_tree *t, const char *name, const char *value)
{
	return json_equals(t, json_member(t, JSON_ROOT, name), value);
}

static void a_notice_with_fields(void **state)
{
	static const struct json_limits limits = {.max_bytes = 8192, .max_nodes = 64, .max_depth = 4};
	struct journal_fields fields = {
		.project = "acme", .region = "us-west-2", .ledger_seq = "7", .detail = "why \"so\""};
	struct json_tree tree = JSON_TREE_INIT;
	char text[8192];
	size_t len;

	(void)state;
	journal_notice(NOTICE_LOST, &fields, "%s/%s", "acme", "us-west-2");
	len = read_file(capture, text, sizeof(text));
	assert_int_equal(text[len - 1], '\n');
	assert_int_equal(json_scan(text, len, &limits, &tree, NULL), 0); /* a newline may follow a document */
	assert_true(member_is(&tree, "NOTICE", "lost"));
	assert_true(member_is(&tree, "PRIORITY", "2"));
	assert_true(member_is(&tree, "MESSAGE_ID", notice_message_id(NOTICE_LOST)));
	assert_true(member_is(&tree, "PROJECT", "acme"));
	assert_true(member_is(&tree, "DETAIL", "why \"so\""));
	assert_true(member_is(&tree, "LEDGER_SEQ", "7"));
	assert_int_equal(json_member(&tree, JSON_ROOT, "CLUSTER"), JSON_NONE); /* empty ones are left out */
	json_tree_fini(&tree);
	(void)read_file(errors, text, sizeof(text));
	assert_int_equal(strncmp(text, "<2>cmekd: acme/us-west-2: ", 26), 0);
	assert_non_null(strstr(text, notice_happened(NOTICE_LOST)));
	assert_non_null(strstr(text, notice_todo(NOTICE_LOST)));
}

static void one_line_whatever_is_in_it(void **state)
{
	char text[8192];

	(void)state;
	journal_log(LOG_ERR, NULL, "first\n<0>cmekd: forged\033[2J\x7f");
	(void)read_file(errors, text, sizeof(text));
	assert_string_equal(text, "<3>cmekd: first <0>cmekd: forged [2J \n");
}

static void long_texts_are_cut(void **state)
{
	char text[16384], longer[10000];
	struct journal_fields fields = {.detail = longer};

	(void)state;
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	journal_notice(NOTICE_PAUSE_REFUSED, &fields, "%s", longer);
	journal_log(LOG_ERR, &fields, "%s", longer);
	assert_true(read_file(errors, text, sizeof(text)) < 5000);
}

static void less_important_lines_are_dropped(void **state)
{
	char text[1024];

	(void)state;
	journal_log(LOG_DEBUG, NULL, "not said");
	assert_int_equal(journal_set_level(LOG_ERR), 0);
	assert_int_equal(journal_set_level(LOG_CRIT), 1); /* alerts cannot be silenced */
	assert_int_equal(journal_set_level(LOG_DEBUG + 1), 1);
	assert_int_equal(journal_set_level(journal_level_of("loud")), 1);
	assert_int_equal(journal_level(), LOG_ERR);
	journal_notice(NOTICE_STARTED, NULL, NULL);
	assert_int_equal(read_file(errors, text, sizeof(text)), 0);
	assert_int_equal(read_file(capture, text, sizeof(text)), 0);
	journal_notice(NOTICE_LEDGER_FAILED, NULL, NULL);
	assert_true(read_file(errors, text, sizeof(text)) > 0);
}

static void names_of_levels_and_targets(void **state)
{
	enum journal_target target;

	(void)state;
	for (int i = LOG_EMERG; i <= LOG_DEBUG; i++)
		assert_int_equal(journal_level_of(journal_level_name(i)), i);
	assert_int_equal(journal_level_of("Debug"), -1);
	assert_int_equal(journal_target(), JOURNAL_TARGET_CONSOLE); /* stderr is a file here */
	for (size_t i = 0; i < JOURNAL_TARGET_COUNT; i++) {
		assert_true(journal_target_of(journal_target_name((enum journal_target)i), &target));
		assert_int_equal(target, i);
	}
	assert_false(journal_target_of("null", &target));
	journal_set_target(JOURNAL_TARGET_JOURNAL);
	assert_int_equal(journal_target(), JOURNAL_TARGET_JOURNAL);
	assert_true(journal_target_of("auto", &target));
	assert_int_equal(target, JOURNAL_TARGET_CONSOLE);
	journal_set_target(target);
}

static void a_capture_file_that_cannot_be(void **state)
{
	(void)state;
	assert_true(journal_open("/nonexistent/folder/file") < 0);
	journal_log(LOG_ERR, NULL, "still said"); /* and captured in the file that was open */
	char text[1024];
	assert_true(read_file(capture, text, sizeof(text)) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
		TEST(a_notice_with_fields),
		TEST(one_line_whatever_is_in_it),
		TEST(long_texts_are_cut),
		TEST(less_important_lines_are_dropped),
		TEST(names_of_levels_and_targets),
		TEST(a_capture_file_that_cannot_be),
	};

	return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
