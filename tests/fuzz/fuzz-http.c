/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz: common/base/num.c daemon/io/http_head.c daemon/io/lane.c daemon/wire/http_answer.c
 *
 * Any lines as the headers of replies (an empty line ends one), and what the rate lane makes of them. The challenges of
 * Digest are read by libcurl, not here. */
#include "fuzz.h"
#include "io/http_head.h"
#include "io/lane.h"
#include "wire/http_answer.h"
#include <stdio.h>
#include <time.h>

#define RATE    100 /* requests a minute */
#define STEP_MS 250

/* Fit for a journal line and for a header of ours. */
static void check_text(const char text[HTTP_HEADER_TEXT_BYTES])
{
	size_t len = strnlen(text, HTTP_HEADER_TEXT_BYTES);

	MUST(len < HTTP_HEADER_TEXT_BYTES);
	for (size_t i = 0; i < len; i++)
		MUST(text[i] >= ' ' && text[i] < 0x7f);
}

/* A date that is believed is written back as it came, but for its weekday and a leap second. */
static void check_date(const char *text)
{
	struct walltime date = http_answer_date(text);
	time_t seconds = (time_t)(date.ms / 1000);
	char back[64];
	struct tm tm;

	if (!walltime_is_known(date) || strstr(text, ":60 "))
		return;
	MUST(date.ms % 1000 == 0 && gmtime_r(&seconds, &tm));
	MUST(strftime(back, sizeof back, "%d %b %Y %H:%M:%S GMT", &tm) > 0 && strcmp(back, text + 5) == 0);
}

static void check_head(const struct http_head *h)
{
	check_text(h->request_id);
	check_text(h->error_type);
	check_text(h->trace_id);
	check_text(h->date);
	check_date(h->date);
	MUST(h->rate_remaining >= -1 && h->rate_reset_s >= -1 && h->retry_after_s >= -1);
}

/* No header holds an act back for longer than the lane's own limit. */
static void check_act_leaves(struct lane *l, struct boottime now)
{
	struct lane_ticket ticket = {0};
	struct lane_state state;
	struct boottime last = boottime_after(now, LANE_HOLD_MAX_S * 1000);

	lane_push(l, &ticket, LANE_ACT, now);
	while (!lane_pop(l, now)) {
		struct boottime next = lane_deadline(l, now);

		MUST(now.ms < last.ms && next.ms > now.ms && next.ms <= last.ms);
		now = next;
	}
	lane_state(l, now, &state);
	MUST(!ticket.queued && state.used <= LANE_RATE_MAX && state.waiting == 0 && state.hold_ms == 0);
}

/* Of the act that left last. */

static void end_reply(const struct http_head *h, struct lane *l, struct boottime *now, bool throttled)
{
	struct lane_report report = {.priority = LANE_ACT,
		.throttled = throttled,
		.remaining = h->rate_remaining,
		.reset_s = h->rate_reset_s,
		.retry_after_s = h->retry_after_s};

	check_head(h);
	lane_report(l, *now, &report);
	check_act_leaves(l, *now);
	*now = boottime_after(*now, STEP_MS);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct http_head h = HTTP_HEAD_INIT;
	struct boottime now = {1000};
	struct lane l;

	lane_init(&l, RATE, now);
	check_act_leaves(&l, now);
	while (size > 0) {
		const uint8_t *end = memchr(data, '\n', size);
		size_t len = end ? (size_t)(end - data) + 1 : size;

		if (len == 1 && end) {
			end_reply(&h, &l, &now, h.retry_after_s >= 0);
			h = HTTP_HEAD_INIT;
		} else {
			http_head_take(&h, (const char *)data, len);
		}
		data += len;
		size -= len;
	}
	end_reply(&h, &l, &now, false);
	return 0;
}
