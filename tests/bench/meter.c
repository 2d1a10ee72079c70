/* SPDX-License-Identifier: Apache-2.0 */
#include "meter.h"
#include <inttypes.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/resource.h>

/* glibc's own, under the names that stay when a program brings its own malloc. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);
void *malloc(size_t size);
void *calloc(size_t n, size_t size);
void *realloc(void *old, size_t size);

static atomic_uint_fast64_t allocations;

void *malloc(size_t size)
{
	atomic_fetch_add_explicit(&allocations, 1, memory_order_relaxed);
	return __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	atomic_fetch_add_explicit(&allocations, 1, memory_order_relaxed);
	return __libc_calloc(n, size);
}

void *realloc(void *old, size_t size)
{
	atomic_fetch_add_explicit(&allocations, 1, memory_order_relaxed);
	return __libc_realloc(old, size);
}

static int64_t micros(struct timeval t)
{
	return (int64_t)t.tv_sec * 1000000 + t.tv_usec;
}

struct meter meter_read(void)
{
	struct rusage r;

	(void)getrusage(RUSAGE_SELF, &r);
	return (struct meter){
		.cpu_us = micros(r.ru_utime) + micros(r.ru_stime),
		.allocations = atomic_load_explicit(&allocations, memory_order_relaxed),
	};
}

void meter_print(struct meter from, uint64_t count)
{
	struct meter to = meter_read();

	printf("{\"count\":%" PRIu64 ",\"cpu_us\":%" PRId64 ",\"allocations\":%" PRIu64 "}\n", count,
		to.cpu_us - from.cpu_us, to.allocations - from.allocations);
}
