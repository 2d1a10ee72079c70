/* SPDX-License-Identifier: Apache-2.0 */
#include "answer.h"
#include "fuzz.h"
#include "base/utf8.h"

#define PAGE_END '\x1e'

/* The next field of the first line, up to '|' or its end. */
static void take_header(const char **at, const char *end, char ret_text[ANSWER_HEADER_BYTES])
{
	size_t n = 0;

	if (*at < end && **at == '|')
		for (++*at; *at < end && **at != '|' && **at != '\0'; ++*at)
			if (n + 1 < ANSWER_HEADER_BYTES)
				ret_text[n++] = **at;
	ret_text[n] = '\0';
}

static void take_page(struct answer *a)
{
	const char *end = a->rest_len > 0 ? memchr(a->rest, PAGE_END, a->rest_len) : NULL;
	size_t len = end ? (size_t)(end - a->rest) : a->rest_len;

	a->http.body = len > 0 ? a->rest : NULL;
	a->http.body_len = len;
	a->rest = end ? end + 1 : NULL;
	a->rest_len = end ? a->rest_len - len - 1 : 0;
}

bool answer_init(struct answer *a, const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	const char *end = size > 0 ? memchr(text, '\n', size) : NULL, *at = text + 5;
	long status = 0;

	if (!end || end - text < 5 || text[1] != ' ')
		return false;
	for (size_t i = 2; i < 5; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		status = status * 10 + (text[i] - '0');
	}
	if (status < 100 || status > 599)
		return false;
	a->reader = text[0];
	take_header(&at, end, a->error_type);
	take_header(&at, end, a->date);
	a->http = (struct http_answer){
		.status = status, .error_type = a->error_type, .date = a->date, .received = {1795492166000}};
	a->rest = end + 1;
	a->rest_len = size - (size_t)(end + 1 - text);
	take_page(a);
	return true;
}

bool answer_next(struct answer *a)
{
	if (!a->rest)
		return false;
	take_page(a);
	return true;
}

void answer_check_shown(const char *text, size_t size)
{
	size_t len = strnlen(text, size);

	MUST(len < size);
	for (size_t i = 0; i < len;) {
		size_t step = utf8_step(text + i, len - i);

		MUST(step > 0 && (unsigned char)text[i] >= 0x20 && text[i] != 0x7f);
		MUST(step != 2 || text[i] != '\xc2' || (unsigned char)text[i + 1] >= 0xa0);
		i += step;
	}
}

void answer_check_trouble(const struct answer *a, const struct trouble *t)
{
	MUST(t->fault < FAULT_COUNT && t->status == a->http.status);
	answer_check_shown(t->code, sizeof t->code);
	answer_check_shown(t->message, sizeof t->message);
	MUST(t->fault != FAULT_NONE || (!*t->code && !*t->message));
	result_number(t->fault);
	result_text(t->code);
	result_text(t->message);
}
