/* SPDX-License-Identifier: Apache-2.0 */
/* What a hardened process is like; in a child, for it is not undone. */
#include "io/process.h"
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

/* 0, or the number of what is wrong. */
static int look_at_oneself(void)
{
	struct rlimit core, files, before;
	struct sigaction pipe_action;

	if (getrlimit(RLIMIT_NOFILE, &before) < 0 || process_harden() != 0)
		return 1;
	if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0)
		return 2;
	if (getrlimit(RLIMIT_CORE, &core) < 0 || core.rlim_cur != 0 || core.rlim_max != 0)
		return 3;
	if (sigaction(SIGPIPE, NULL, &pipe_action) < 0 || pipe_action.sa_handler != SIG_IGN)
		return 4;
	if (umask(0) != 077)
		return 5;
	if (getrlimit(RLIMIT_NOFILE, &files) < 0 || files.rlim_cur < before.rlim_cur)
		return 6;
	if (files.rlim_cur < PROCESS_FILES_WANTED && files.rlim_cur != files.rlim_max)
		return 7;
	return 0;
}

static void a_hardened_process(void **state)
{
	pid_t child = fork();
	int status = -1;

	(void)state;
	if (child == 0)
		_exit(look_at_oneself());
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(a_hardened_process)};

	return cmocka_run_group_tests_name("process", tests, NULL, NULL);
}
