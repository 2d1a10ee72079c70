/* SPDX-License-Identifier: Apache-2.0 */
#include "client/run.h"
#include "clock.h"
#include "cmd.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#define WORDS_MAX 32
#define FILE_MAX  (256 * 1024)

/* These stand in for client/clock.c at link time: 2026-11-24T03:49:26Z. Waiting uses the real clock. */
int64_t clock_unix_ms(void)
{
	return INT64_C(1795492166000);
}

int64_t clock_steady_us(void)
{
	struct timespec t = {0};

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t clock_steady_ms(void)
{
	return clock_steady_us() / 1000;
}

struct run run_cmekctl(const struct canned *canned, const char *words, const char *typed)
{
	struct fake_daemon *d = canned ? fake_daemon_start(canned) : NULL;
	char line[512], *argv[WORDS_MAX + 1], *save = NULL;
	size_t to_len, error_len;
	int argc = 0;
	struct run r = {.code = -1};
	FILE *in = typed ? fmemopen((void *)(uintptr_t)typed, strlen(typed) + 1, "r") : NULL;
	FILE *to = open_memstream(&r.to, &to_len), *error = open_memstream(&r.error, &error_len);

	assert_non_null(to);
	assert_non_null(error);
	assert_true(snprintf(line, sizeof line, "cmekctl %s", words) < (int)sizeof line);
	for (char *w = strtok_r(line, " ", &save); w && argc < WORDS_MAX; w = strtok_r(NULL, " ", &save))
		argv[argc++] = w;
	argv[argc] = NULL;
	assert_int_equal(setenv("CMEKD_SOCKET", d ? fake_daemon_socket(d) : "/nonexistent/io.cmekd", 1), 0);
	assert_int_equal(setenv("COLUMNS", "80", 1), 0);
	r.code = cmd_run(argc, argv, in, to, error);
	assert_int_equal(fclose(to), 0);
	assert_int_equal(fclose(error), 0);
	if (in)
		(void)fclose(in);
	r.calls = strdup(d ? fake_daemon_calls(d) : "");
	assert_non_null(r.calls);
	if (d)
		fake_daemon_stop(d);
	return r;
}

void run_fini(struct run *r)
{
	free(r->to);
	free(r->error);
	free(r->calls);
}

static void path_of(const char *name, char *ret_path, size_t size)
{
	const char *top = getenv("CMEKD_SRC");

	assert_true(snprintf(ret_path, size, "%s/tests/unit/client/%s", top ? top : CMEKD_TEST_SRC, name) <
		    (int)size);
}

char *run_load(const char *name)
{
	char path[1024];
	char *text = calloc(1, FILE_MAX);

	path_of(name, path, sizeof path);
	FILE *f = fopen(path, "r");
	if (!f || !text)
		fail_msg("cannot open %s", path);
	size_t len = fread(text, 1, FILE_MAX - 1, f);
	(void)fclose(f);
	assert_true(len < FILE_MAX - 1);
	return text;
}

char *run_reply_of(const char *name)
{
	char *text = run_load(name), *reply = malloc(strlen(text) + 64);

	assert_non_null(reply);
	(void)sprintf(reply, "{\"parameters\":%s}", text);
	free(text);
	return reply;
}

void run_assert_golden(const char *name, const char *text)
{
	char file[128], path[1024];

	assert_true(snprintf(file, sizeof file, "%s.golden", name) < (int)sizeof file);
	if (getenv("CMEKD_UPDATE_GOLDEN")) {
		path_of(file, path, sizeof path);
		FILE *f = fopen(path, "w");
		assert_non_null(f);
		assert_int_equal(fputs(text, f) < 0, 0);
		assert_int_equal(fclose(f), 0);
		return;
	}
	char *golden = run_load(file);
	if (strcmp(golden, text) != 0) {
		print_error("%s differs; it is now:\n%s\n", file, text);
		fail();
	}
	free(golden);
}
