/* SPDX-License-Identifier: Apache-2.0 */
#include "base/secret.h"
#include "base/own.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static char dir[] = "/tmp/test-secret-XXXXXX";
static char path[sizeof dir + 16];

static int set_up(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	(void)snprintf(path, sizeof path, "%s/key", dir);
	return unsetenv("CREDENTIALS_DIRECTORY");
}

static int tear_down(void **state)
{
	(void)state;
	(void)unlink(path);
	return rmdir(dir);
}

static void write_file(const void *bytes, size_t len, mode_t mode)
{
	_cleanup_close_ int fd = -1;

	(void)unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), (ssize_t)len);
	assert_int_equal(fchmod(fd, mode), 0);
}

static void test_set(void **state)
{
	_cleanup_(secret_fini) struct secret s = SECRET_INIT;

	(void)state;
	assert_int_equal(secret_set(&s, "hush", 4), 0);
	assert_string_equal(s.bytes, "hush");
	assert_int_equal(secret_set(&s, s.bytes + 1, 3), 0);
	assert_string_equal(s.bytes, "ush");
	assert_int_equal(s.len, 3);
	assert_int_equal(secret_set(&s, NULL, 0), 0);
	assert_string_equal(s.bytes, "");
	secret_fini(&s);
	assert_null(s.bytes);
	secret_fini(&s);
}

static void test_load(void **state)
{
	_cleanup_(secret_fini) struct secret s = SECRET_INIT;
	struct why why;

	(void)state;
	write_file("PUB:priv\n", 9, 0600);
	assert_int_equal(secret_load_file(path, 9, &s, &why), 0);
	assert_string_equal(s.bytes, "PUB:priv");
	assert_int_equal(s.len, 8);
	write_file("no newline", 10, 0400);
	assert_int_equal(secret_load_file(path, 100, &s, &why), 0);
	assert_string_equal(s.bytes, "no newline");
	write_file("two\n\n", 5, 0600);
	assert_int_equal(secret_load_file(path, 100, &s, NULL), 0);
	assert_string_equal(s.bytes, "two\n");
}

static void assert_refused(int refusal, const char *mentions)
{
	_cleanup_(secret_fini) struct secret s = SECRET_INIT;
	struct why why = {""};

	assert_int_equal(secret_set(&s, "old", 3), 0);
	assert_int_equal(secret_load_file(path, 16, &s, &why), refusal);
	assert_string_equal(s.bytes, "old");
	assert_non_null(strstr(why.text, mentions));
	assert_null(strstr(why.text, "hush"));
}

static void test_refusals(void **state)
{
	(void)state;
	write_file("hush", 4, 0640);
	assert_refused(SECRET_E_MODE, "chmod 600");
	write_file("hush", 4, 0602);
	assert_refused(SECRET_E_MODE, "0602");
	write_file("hushhushhushhush\n", 17, 0600);
	assert_refused(SECRET_E_SIZE, "16 bytes");
	write_file("", 0, 0600);
	assert_refused(SECRET_E_EMPTY, "empty");
	write_file("\n", 1, 0600);
	assert_refused(SECRET_E_EMPTY, "empty");
	write_file("hush\0hush", 9, 0600);
	assert_refused(SECRET_E_EMPTY, "NUL");
	assert_int_equal(unlink(path), 0);
	assert_refused(SECRET_E_UNREADABLE, "No such file");
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_refused(SECRET_E_UNREADABLE, "regular file");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_refused(SECRET_E_UNREADABLE, "regular file");
	assert_int_equal(rmdir(path), 0);
}

/* systemd guards the directory; the files in it are 0440. */
static void test_credentials_directory(void **state)
{
	char value[sizeof dir + 8];
	struct why why = {""};

	(void)state;
	write_file("hush", 4, 0440);
	for (int i = 0; i < 2; i++) {
		_cleanup_(secret_fini) struct secret s = SECRET_INIT;

		(void)snprintf(value, sizeof value, "%s%s", dir, i ? "//" : "");
		assert_int_equal(setenv("CREDENTIALS_DIRECTORY", value, 1), 0);
		assert_int_equal(secret_load_file(path, 16, &s, &why), 0);
	}
	value[strlen(dir) - 1] = '\0'; /* a prefix of the name is not the directory */
	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", value, 1), 0);
	assert_refused(SECRET_E_MODE, "chmod");
	(void)snprintf(value, sizeof value, "%s/key", dir);
	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", value, 1), 0);
	assert_refused(SECRET_E_MODE, "chmod");
	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", "", 1), 0);
	assert_refused(SECRET_E_MODE, "chmod");
	assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
}

static void test_credentials_directory_left_by_dots(void **state)
{
	_cleanup_(secret_fini) struct secret s = SECRET_INIT;
	char inner[sizeof dir + 8], outside[sizeof dir + 16];
	struct why why = {""};

	(void)state;
	write_file("hush", 4, 0440);
	(void)snprintf(inner, sizeof inner, "%s/in", dir);
	(void)snprintf(outside, sizeof outside, "%s/in/../key", dir);
	assert_int_equal(mkdir(inner, 0700), 0);
	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", inner, 1), 0);
	assert_int_equal(secret_load_file(outside, 16, &s, &why), SECRET_E_MODE);
	assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
	assert_int_equal(rmdir(inner), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_set), cmocka_unit_test(test_load),
		cmocka_unit_test(test_refusals), cmocka_unit_test(test_credentials_directory),
		cmocka_unit_test(test_credentials_directory_left_by_dots)};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
