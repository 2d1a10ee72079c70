/* SPDX-License-Identifier: Apache-2.0 */
#include "clock.h"
#include <stdio.h>
#include <string.h>
#include <time.h>

static int64_t read_ms(clockid_t id)
{
	struct timespec t = {0};
	(void)clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t clock_mono_ms(void)
{
	return read_ms(CLOCK_MONOTONIC);
}

int64_t clock_wall_ms(void)
{
	return read_ms(CLOCK_REALTIME);
}

/* `form` is a literal, so that the compiler checks it. No setlocale() here: names are English. */
#define FORMAT(unix_ms, form, ret_text)                                                                      \
	do {                                                                                                 \
		struct tm tm_ = {0};                                                                         \
		time_t seconds_ = (time_t)((unix_ms) / 1000);                                                \
		if (!gmtime_r(&seconds_, &tm_) || strftime((ret_text), CLOCK_TEXT_BYTES, form, &tm_) == 0)   \
			(ret_text)[0] = '\0';                                                                \
	} while (0)

void clock_rfc3339(int64_t unix_ms, char ret_text[CLOCK_TEXT_BYTES])
{
	FORMAT(unix_ms, "%Y-%m-%dT%H:%M:%SZ", ret_text);
}

void clock_rfc3339_ms(int64_t unix_ms, char ret_text[CLOCK_TEXT_BYTES])
{
	char seconds[CLOCK_TEXT_BYTES];
	FORMAT(unix_ms, "%Y-%m-%dT%H:%M:%S", seconds);
	(void)snprintf(ret_text, CLOCK_TEXT_BYTES, "%.24s.%03uZ", seconds, (unsigned)(unix_ms % 1000));
}

void clock_http(int64_t unix_ms, char ret_text[CLOCK_TEXT_BYTES])
{
	FORMAT(unix_ms, "%a, %d %b %Y %H:%M:%S GMT", ret_text);
}

void clock_basic(int64_t unix_ms, char ret_text[CLOCK_TEXT_BYTES])
{
	FORMAT(unix_ms, "%Y%m%dT%H%M%SZ", ret_text);
}

void clock_cloudtrail(int64_t unix_ms, char ret_text[CLOCK_TEXT_BYTES])
{
	FORMAT(unix_ms, "%b %-d, %Y, %-I:%M:%S %p", ret_text);
}

bool clock_basic_parse(const char *text, int64_t *ret_unix_ms)
{
	struct tm tm = {0};
	if (strlen(text) != 16)
		return false;
	const char *end = strptime(text, "%Y%m%dT%H%M%SZ", &tm);
	if (!end || *end)
		return false;
	int64_t ms = (int64_t)timegm(&tm) * 1000;
	char again[CLOCK_TEXT_BYTES];
	clock_basic(ms, again);
	if (strcmp(again, text) != 0) /* 20260231T... and the like */
		return false;
	*ret_unix_ms = ms;
	return true;
}
