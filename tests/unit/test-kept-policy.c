/* SPDX-License-Identifier: Apache-2.0 */
/* The policy that is kept: durable, for its owner alone, and known again by its digest. */
#include "io/kept_policy.h"
#include "base/own.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>
#include <cmocka.h>

#define TEXT "{\"Statement\":[]}\n"

static char dir[] = "/tmp/cmekd-kept-XXXXXX", path[KEPT_POLICY_PATH_BYTES];
static struct digest digest;
static uv_loop_t loop;

static int setup(void **state)
{
	static const struct project_name name = {"prod"};

	(void)state;
	memcpy(strrchr(dir, '-'), "-XXXXXX", 8);
	if (!mkdtemp(dir) || uv_loop_init(&loop) != 0 || digest_of(TEXT, strlen(TEXT), &digest) != 0)
		return 1;
	kept_policy_path(dir, &name, (struct incident_id){7}, &digest, path);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	(void)unlink(path);
	(void)uv_loop_close(&loop);
	return rmdir(dir);
}

struct ended {
	int calls, result;
	char text[64];
	struct why why;
};

static void on_ended(void *arg, int result, const char *text, size_t len, const struct why *why)
{
	struct ended *e = arg;

	e->calls++;
	e->result = result;
	e->why = *why;
	assert_int_equal(result == 0, text != NULL);
	if (text)
		assert_int_equal(strlen(text), len);
	(void)snprintf(e->text, sizeof e->text, "%s", text ? text : "");
}

static struct ended write_it(const char *text)
{
	struct ended e = {.calls = 0};

	assert_int_equal(kept_policy_write(&loop, path, &digest, text, strlen(text), on_ended, &e), 0);
	assert_int_equal(e.calls, 0); /* later */
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(e.calls, 1);
	return e;
}

static struct ended read_it(void)
{
	struct ended e = {.calls = 0};

	assert_int_equal(kept_policy_read(&loop, path, &digest, on_ended, &e), 0);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(e.calls, 1);
	return e;
}

static void test_written_and_read(void **state)
{
	_cleanup_free_ char *text = NULL;
	struct why why = {""};
	struct stat st;
	size_t len = 0;

	(void)state;
	assert_non_null(strstr(path, "/prod-I7-"));
	assert_int_equal(write_it(TEXT).result, 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(kept_policy_load(path, &digest, &text, &len, &why), 0);
	assert_string_equal(text, TEXT);
	assert_int_equal(len, strlen(TEXT));
	assert_string_equal(write_it(TEXT).text, TEXT); /* a try before this one did not end */
	assert_string_equal(read_it().text, TEXT);
}

static void test_never_written_over(void **state)
{
	struct ended e;

	(void)state;
	e = write_it("{\"Statement\":{}}\n"); /* not of this digest */
	assert_int_equal(e.result, 1);
	e = write_it(TEXT);
	assert_int_equal(e.result, 1);
	assert_non_null(strstr(e.why.text, path));
	assert_non_null(strstr(e.why.text, "is not the key policy that was kept"));
}

static void test_known_again_or_not(void **state)
{
	_cleanup_free_ char *text = NULL;
	struct why why = {""};
	size_t len = 0;
	FILE *f;

	(void)state;
	assert_int_equal(kept_policy_load(path, &digest, &text, &len, &why), 1);
	assert_non_null(strstr(why.text, path));
	assert_int_equal(read_it().result, 1);
	assert_int_equal(write_it(TEXT).result, 0);
	f = fopen(path, "a");
	assert_non_null(f);
	(void)fputs(" ", f);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(kept_policy_load(path, &digest, &text, &len, &why), 1);
	assert_non_null(strstr(why.text, "somebody changed it"));
	assert_null(text);
	assert_int_equal(truncate(path, 0), 0);
	assert_int_equal(kept_policy_load(path, &digest, &text, &len, &why), 1);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("/etc/hostname", path), 0);
	assert_int_equal(kept_policy_load(path, &digest, &text, &len, &why), 1);
}

static void test_no_folder(void **state)
{
	struct ended e;

	(void)state;
	(void)snprintf(path, sizeof path, "%s/none/x.json", dir);
	e = write_it(TEXT);
	assert_int_equal(e.result, -ENOENT);
	assert_non_null(strstr(e.why.text, "could not be kept"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_written_and_read, setup, teardown),
		cmocka_unit_test_setup_teardown(test_never_written_over, setup, teardown),
		cmocka_unit_test_setup_teardown(test_known_again_or_not, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_folder, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
