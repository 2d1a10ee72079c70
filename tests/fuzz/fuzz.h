/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz: what all fuzz targets share. A target takes any bytes and checks what must always hold. It runs under libFuzzer,
 * and in each `make check` under play: its corpus, as it is and with each allocation failing in turn. */
#pragma once
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define MUST(truth) ((truth) ? (void)0 : abort())

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* In starve.c, not under libFuzzer. Whether this run is one of many; whether an
 * allocation was made to fail in it; that the target gives up for it;
 * what the run came to, so that one that got over a failure can be compared with one that met none. */
bool starve_is_on(void) __attribute__((weak));
bool starve_has_failed(void) __attribute__((weak));
void starve_give_up(void) __attribute__((weak));
void starve_result(const void *bytes, size_t len) __attribute__((weak));

/* Whether the same is run again and again: what takes no memory may then be left out. */
static inline bool is_starving(void)
{
	return starve_is_on && starve_is_on();
}

/* Whether memory failed on purpose. */
static inline bool is_starved(void)
{
	return starve_has_failed && starve_has_failed();
}

/* Whether `r` is -ENOMEM, which ends the run and comes only if memory failed. */
static inline bool ran_out(int r)
{
	if (r != -ENOMEM)
		return false;
	MUST(is_starved());
	starve_give_up();
	return true;
}

static inline void result(const void *bytes, size_t len)
{
	if (starve_result)
		starve_result(bytes, len);
}

static inline void result_text(const char *text)
{
	result(text, strlen(text) + 1);
}

static inline void result_number(int64_t n)
{
	result(&n, sizeof n);
}
