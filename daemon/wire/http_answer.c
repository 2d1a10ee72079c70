/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/http_answer.h"
#include "base/num.h"
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct walltime http_answer_date(const char *text)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	/*                           0123456789012345678901234567890 */
	static const char shape[] = "Aaa, 00 Aaa 0000 00:00:00 GMT";
	if (!text || strlen(text) != sizeof shape - 1)
		return WALLTIME_UNKNOWN;
	for (size_t i = 0; i < sizeof shape - 1; i++) {
		char c = text[i];
		bool fits = c == shape[i];
		if (shape[i] == '0')
			fits = c >= '0' && c <= '9';
		else if (i < 3 || (i >= 8 && i < 11))
			fits = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		if (!fits)
			return WALLTIME_UNKNOWN;
	}
	int month = 0;
	while (month < 12 && memcmp(months + 3 * month, text + 8, 3) != 0)
		month++;
	if (month == 12)
		return WALLTIME_UNKNOWN;
	char iso[NUM_TIME_BYTES];
	int64_t ms;
	(void)snprintf(iso, sizeof iso, "%.4s-%02d-%.2sT%.8sZ", text + 12, month + 1, text + 5, text + 17);
	if (num_parse_time_ms(iso, strlen(iso), &ms) != 0)
		return WALLTIME_UNKNOWN;
	return (struct walltime){ms};
}

int64_t http_answer_skew_ms(const struct http_answer *a)
{
	struct walltime date = http_answer_date(a->date);
	if (!walltime_is_known(date) || !walltime_is_known(a->received))
		return 0;
	return date.ms - a->received.ms;
}
