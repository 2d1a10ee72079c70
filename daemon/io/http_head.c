/* SPDX-License-Identifier: Apache-2.0 */
#include "io/http_head.h"
#include "base/num.h"
#include <stdbool.h>
#include <string.h>
#include <strings.h>

static bool http_head_named(
	const char *line, size_t len, const char *name, const char **ret_value, size_t *ret_len)
{
	size_t name_len = strlen(name);

	if (len <= name_len || line[name_len] != ':' || strncasecmp(line, name, name_len) != 0)
		return false;
	line += name_len + 1;
	len -= name_len + 1;
	while (len > 0 && (*line == ' ' || *line == '\t'))
		line++, len--;
	while (len > 0 && strchr("\r\n \t", line[len - 1]))
		len--;
	*ret_value = line;
	*ret_len = len;
	return true;
}

/* Only printable ASCII: these texts go to the journal and to terminals. */
static void http_head_keep_text(char *to, const char *value, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len && n + 1 < HTTP_HEADER_TEXT_BYTES; i++)
		to[n++] = value[i] > ' ' && value[i] < 0x7f ? value[i] : (value[i] == ' ' ? ' ' : '?');
	to[n] = '\0';
}

static void http_head_keep_number(int32_t *to, const char *value, size_t len)
{
	uint64_t n;

	*to = num_parse_u64(value, len, INT32_MAX, &n) == 0 ? (int32_t)n : -1;
}

void http_head_take(struct http_head *h, const char *line, size_t len)
{
	const char *value;
	size_t n;

	if (http_head_named(line, len, "x-amzn-RequestId", &value, &n)) {
		http_head_keep_text(h->request_id, value, n);
	} else if (http_head_named(line, len, "x-amzn-ErrorType", &value, &n)) {
		http_head_keep_text(h->error_type, value, n);
	} else if (http_head_named(line, len, "X-Debug-Trace-Id", &value, &n)) {
		http_head_keep_text(h->trace_id, value, n);
	} else if (http_head_named(line, len, "Date", &value, &n)) {
		http_head_keep_text(h->date, value, n);
	} else if (http_head_named(line, len, "X-Ratelimit-Remaining-Minute", &value, &n)) {
		http_head_keep_number(&h->rate_remaining, value, n);
	} else if (http_head_named(line, len, "X-Ratelimit-Reset", &value, &n)) {
		http_head_keep_number(&h->rate_reset_s, value, n);
	} else if (http_head_named(line, len, "Retry-After", &value, &n)) {
		http_head_keep_number(&h->retry_after_s, value, n);
	}
}
