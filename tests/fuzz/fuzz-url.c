/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz: common/base/num.c common/base/err.c daemon/wire/url.c
 *
 * Any bytes as an endpoint, and as a number, a time and a time span of the configuration. */
#include "base/num.h"
#include "fuzz.h"
#include "wire/url.h"
#include <stdio.h>

#define MAX_MS (365 * 86400000LL)

/* What is accepted says the same when it is put together from its parts. */
static void check_url(const char *text, size_t len)
{
	struct url url, again;
	struct why why = {""};
	char back[URL_HOST_BYTES + 64];
	int r = url_parse(text, len, &url, &why), n;

	if (r != 0) {
		MUST((r == URL_E_SYNTAX || r == URL_E_PLAIN) && *why.text);
		return;
	}
	MUST(*url.host && strlen(url.host) < URL_HOST_BYTES && url.port > 0 && url.path_start <= len);
	MUST(url.path_start == len || text[url.path_start] == '/');
	MUST(!memchr(text, '@', len) && !memchr(text, '?', len) && !memchr(text, '#', len));
	n = snprintf(back, sizeof back, strchr(url.host, ':') ? "%s[%s]:%u" : "%s%s:%u",
		url.tls ? "https://" : "http://", url.host, url.port);
	MUST(url_parse(back, (size_t)n, &again, NULL) == 0);
	MUST(again.tls == url.tls && again.port == url.port && strcmp(again.host, url.host) == 0);
}

static void check_numbers(const char *text, size_t len)
{
	char span[NUM_SPAN_BYTES], time[NUM_TIME_BYTES];
	uint64_t n;
	int64_t ms, again;

	if (num_parse_u64(text, len, UINT64_MAX, &n) == 0) {
		char number[32];

		MUST(snprintf(number, sizeof number, "%llu", (unsigned long long)n) == (int)len);
		MUST(memcmp(number, text, len) == 0);
	}
	if (num_parse_span_ms(text, len, MAX_MS, &ms) == 0) {
		MUST(ms >= 0 && ms <= MAX_MS);
		num_format_span_ms(ms, span);
		MUST(num_parse_span_ms(span, strlen(span), MAX_MS, &again) == 0 && again == ms);
	}
	if (num_parse_time_ms(text, len, &ms) == 0) {
		MUST(ms >= 0);
		num_format_time_ms(ms, time);
		MUST(num_parse_time_ms(time, strlen(time), &again) == 0 && again == ms);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_url((const char *)data, size);
	check_numbers((const char *)data, size);
	return 0;
}
