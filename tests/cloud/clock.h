/* SPDX-License-Identifier: Apache-2.0 */
/* clock: the only reader of time in the stand-in. Delays run on the monotonic clock; times that are shown,
 * and the check of signatures, on the wall clock plus the settable offset (world_wall_ms). */
#pragma once
#include <stdbool.h>
#include <stdint.h>

int64_t clock_mono_ms(void);
int64_t clock_wall_ms(void);

#define CLOCK_TEXT_BYTES 40
void clock_rfc3339(int64_t unix_ms, char ret_text[CLOCK_TEXT_BYTES]);    /* 2026-11-24T03:49:26Z */
void clock_rfc3339_ms(int64_t unix_ms, char ret_text[CLOCK_TEXT_BYTES]); /* with milliseconds */
void clock_http(int64_t unix_ms, char ret_text[CLOCK_TEXT_BYTES]);       /* the Date header, RFC 9110 5.6.7 */
void clock_basic(int64_t unix_ms, char ret_text[CLOCK_TEXT_BYTES]);      /* 20261124T034926Z */
void clock_cloudtrail(int64_t unix_ms, char ret_text[CLOCK_TEXT_BYTES]); /* Nov 2, 2021, 11:25:25 PM */
/* Reads the form of clock_basic. False if `text` is anything else. */
bool clock_basic_parse(const char *text, int64_t *ret_unix_ms);
