/* SPDX-License-Identifier: Apache-2.0 */
/* num: strict numbers, time spans and times. Nothing is skipped, nothing saturates. */
#pragma once
#include <stddef.h>
#include <stdint.h>

enum num_refusal { NUM_E_SYNTAX = 1, NUM_E_RANGE };

/* Decimal digits only, no sign, no blanks, no leading zero but "0" itself.
 * Refuses: NUM_E_SYNTAX, NUM_E_RANGE (over `max`). */
int num_parse_u64(const char *text, size_t len, uint64_t max, uint64_t *ret_value);

/* A time span as systemd writes them: "30s", "5min", "1h 30min", "500ms", "2 days"; a bare number is seconds.
 * Units: ms, s, sec, second(s), m, min, minute(s), h, hr, hour(s), d, day(s), w, week(s).
 * Refuses: NUM_E_SYNTAX, NUM_E_RANGE (over `max_ms`). */
int num_parse_span_ms(const char *text, size_t len, int64_t max_ms, int64_t *ret_ms);
#define NUM_SPAN_BYTES 64
/* The shortest form that parses back to the same value: 90000 -> "1min 30s", 0 -> "0". */
void num_format_span_ms(int64_t ms, char ret_text[NUM_SPAN_BYTES]);

/* RFC 3339 / ISO 8601 UTC, "2026-11-24T03:49:26Z", fraction and numeric offset accepted. Unix milliseconds.
 * Refuses: NUM_E_SYNTAX, NUM_E_RANGE (years outside 1970..9999). */
int num_parse_time_ms(const char *text, size_t len, int64_t *ret_unix_ms);
#define NUM_TIME_BYTES 32
/* "2026-11-24T03:49:26.123Z"; milliseconds are left out when zero. */
void num_format_time_ms(int64_t unix_ms, char ret_text[NUM_TIME_BYTES]);

/* Lower-case hexadecimal. `ret_text` holds 2 * len + 1 bytes. */
void num_format_hex(const uint8_t *bytes, size_t len, char *ret_text);
/* Exactly 2 * `len` hex digits of lower case. Refuses: NUM_E_SYNTAX. */
int num_parse_hex(const char *text, size_t text_len, uint8_t *ret_bytes, size_t len);
