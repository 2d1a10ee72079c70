/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz: tests/fuzz/answer.c common/base common/model daemon/wire -lcrypto -lm
 *
 * Any bytes as answers of SQS (answer.h): m ReceiveMessage, whose messages are read as hints, d DeleteMessageBatch; and with e
 * an event alone. */
#include "wire/hint.h"
#include "answer.h"
#include "base/own.h"
#include "fuzz.h"
#include "wire/sqs.h"

static void read_event(const char *text, size_t len)
{
	struct hint h;
	struct why why = {.text = ""};
	int r = hint_read(text, len, "aws", &h, &why);

	if (ran_out(r))
		return;
	result_number(r);
	if (r != 0) {
		MUST(r == HINT_E_MALFORMED || r == HINT_E_IDLE);
		return;
	}
	MUST(h.key_count > 0 && h.key_count <= HINT_KEYS_MAX && h.at.ms >= 0);
	answer_check_shown(h.what, sizeof h.what);
	for (uint32_t i = 0; i < h.key_count; i++) {
		struct key_arn again;

		MUST(key_arn_parse(h.keys[i].text, strlen(h.keys[i].text), &again, NULL, NULL) == 0);
		for (uint32_t j = 0; j < i; j++)
			MUST(!key_arn_equal(&h.keys[i], &h.keys[j]));
		result_text(h.keys[i].text);
	}
}

/* What is received can be deleted: the request takes every receipt, and is JSON. */
static void delete_them(const struct sqs_messages *m)
{
	_cleanup_(buf_fini) struct buf b = BUF_INIT(2 * SQS_MESSAGES_MAX * SQS_RECEIPT_MAX_BYTES);
	bool some = false;

	for (uint32_t i = 0; i < m->count; i++)
		some = some || m->items[i].receipt[0];
	MUST(sqs_write_delete(&b, "https://q", m) == some);
	if (!ran_out(b.trouble))
		MUST((b.trouble == 0 || b.trouble == -EMSGSIZE) && (b.len > 0) == some);
}

static void read_messages(struct answer *a)
{
	_cleanup_(sqs_messages_fini) struct sqs_messages m = SQS_MESSAGES_INIT;
	struct trouble t;

	if (ran_out(sqs_read_messages(&a->http, &m, &t)))
		return;
	answer_check_trouble(a, &t);
	MUST(m.count <= SQS_MESSAGES_MAX && (t.fault == FAULT_NONE || m.count == 0));
	for (uint32_t i = 0; i < m.count; i++)
		if (m.items[i].body)
			read_event(m.items[i].body, strlen(m.items[i].body));
	delete_them(&m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct answer a;
	struct trouble t;

	if (!answer_init(&a, data, size))
		return 0;
	if (a.reader == 'm') {
		read_messages(&a);
	} else if (a.reader == 'e') {
		read_event(a.http.body, a.http.body_len);
	} else if (a.reader == 'd' && !ran_out(sqs_read_delete(&a.http, &t))) {
		answer_check_trouble(&a, &t);
	}
	return 0;
}
