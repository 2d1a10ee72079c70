/* SPDX-License-Identifier: Apache-2.0 */
#include "io/process.h"
#include "base/err.h"
#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

static void process_raise_files(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) < 0 || files.rlim_cur >= PROCESS_FILES_WANTED)
		return;
	files.rlim_cur = files.rlim_max < PROCESS_FILES_WANTED ? files.rlim_max : PROCESS_FILES_WANTED;
	(void)setrlimit(RLIMIT_NOFILE, &files);
}

int process_harden(void)
{
	const struct rlimit none = {.rlim_cur = 0, .rlim_max = 0};

	(void)umask(077);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN); /* LimitFSIZE=: a ledger that cannot grow is an alert, not the end */
	process_raise_files();
	/* Two locks: systemd's default LimitCORE is infinite, and a core of this process holds secrets. */
	if (setrlimit(RLIMIT_CORE, &none) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return err_origin(-errno);
	return 0;
}
