/* SPDX-License-Identifier: Apache-2.0 */
/* elsewhere: for LD_PRELOAD in tests: another time, another machine. CMEKD_TEST_CLOCK names a file of two int64_t, milliseconds by which
 * the boot time and the wall time are ahead, as after a machine slept or its clock was set; CMEKD_TEST_MACHINE is the id of the machine. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <systemd/sd-id128.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *ahead_ms;

__attribute__((constructor)) static void elsewhere_open(void)
{
	const char *path = getenv("CMEKD_TEST_CLOCK");
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	void *at = fd >= 0 ? mmap(NULL, 16, PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;

	if (fd >= 0)
		(void)close(fd);
	ahead_ms = at == MAP_FAILED ? NULL : at;
}

int clock_gettime(clockid_t id, struct timespec *t)
{
	long r = syscall(SYS_clock_gettime, id, t);
	int64_t ms = !ahead_ms              ? 0
		     : id == CLOCK_BOOTTIME ? ahead_ms[0]
		     : id == CLOCK_REALTIME ? ahead_ms[1]
					    : 0;

	if (r == 0)
		t->tv_sec += ms / 1000;
	return (int)r;
}

/* Of any application the same: there is one. */
int sd_id128_get_machine_app_specific(sd_id128_t app, sd_id128_t *ret)
{
	const char *machine = getenv("CMEKD_TEST_MACHINE");

	(void)app;
	return sd_id128_from_string(machine ? machine : "00000000000000000000000000000001", ret);
}
