/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"
#include "base/own.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static struct {
	int code, line, calls;
	const char *file;
} seen;

static void note(int code, const char *file, int line)
{
	seen.code = code;
	seen.file = file;
	seen.line = line;
	seen.calls++;
}

static void test_hook(void **state)
{
	int line;

	(void)state;
	assert_int_equal(err_origin(-EIO), -EIO);
	err_set_hook(note);
	line = __LINE__ + 1;
	assert_int_equal(err_origin(-ENOMEM), -ENOMEM);
	err_set_hook(NULL);
	assert_int_equal(err_origin(-EIO), -EIO);
	assert_int_equal(seen.calls, 1);
	assert_int_equal(seen.code, -ENOMEM);
	assert_int_equal(seen.line, line);
	assert_non_null(strstr(seen.file, "test-err.c"));
}

static void test_why(void **state)
{
	char much[2 * WHY_BYTES];
	struct why w;

	(void)state;
	why_set(&w, "line %d", 7);
	assert_string_equal(w.text, "line 7");
	why_prefix(&w, "%s", "a.conf");
	assert_string_equal(w.text, "a.conf: line 7");
	memset(much, 'x', sizeof much);
	much[sizeof much - 1] = '\0';
	why_prefix(&w, "%s", much);
	assert_int_equal(strlen(w.text), WHY_BYTES - 1);
	why_set(&w, "%s", much);
	why_prefix(&w, "p");
	assert_int_equal(strlen(w.text), WHY_BYTES - 1);
	assert_memory_equal(w.text, "p: xx", 5);
	why_set(NULL, "nobody asks");
	why_prefix(NULL, "nobody asks");
}

static int freed;

static void count_free(char **p)
{
	freed += *p != NULL;
	free(*p);
}

static char *give(int fail)
{
	_cleanup_(count_free) char *p = strdup("x");

	return fail ? NULL : own_take(p);
}

static void test_own(void **state)
{
	_cleanup_free_ char *p = NULL;
	int fd = dup(0);

	(void)state;
	assert_null(give(1));
	assert_int_equal(freed, 1);
	p = give(0);
	assert_non_null(p);
	assert_int_equal(freed, 1);
	own_close(&fd);
	assert_int_equal(fd, -1);
	own_close(&fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hook), cmocka_unit_test(test_why), cmocka_unit_test(test_own)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
