/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/trouble.h"
#include "base/utf8.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void trouble_set(struct trouble *t, enum fault fault, const char *format, ...)
{
	char text[TROUBLE_MESSAGE_BYTES * 2];
	va_list args;
	va_start(args, format);
	(void)vsnprintf(text, sizeof text, format, args);
	va_end(args);
	*t = (struct trouble){.fault = fault};
	trouble_copy(text, strlen(text), t->message, sizeof t->message);
}

void trouble_copy(const char *text, size_t len, char *ret_text, size_t size)
{
	size_t used = 0;
	for (size_t i = 0; i < len;) {
		size_t step = utf8_step(text + i, len - i);
		/* C1 controls (U+0080..U+009F) move a terminal's cursor as the C0 ones do. */
		bool control = (step == 1 && ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)) ||
			       (step == 2 && text[i] == '\xc2' && (unsigned char)text[i + 1] < 0xa0);
		size_t need = step == 0 || control ? 1 : step;
		if (used + need >= size)
			break;
		if (step == 0 || control)
			ret_text[used] = '?';
		else
			memcpy(ret_text + used, text + i, step);
		used += need;
		i += step == 0 ? 1 : step;
	}
	ret_text[used] = '\0';
}

enum act_result trouble_act_result(enum fault fault, bool sent)
{
	switch (fault) {
	case FAULT_NONE:
		return ACT_RESULT_ACCEPTED;
	case FAULT_REFUSED:
	case FAULT_NOT_FOUND:
		return ACT_RESULT_REFUSED;
	case FAULT_DENIED:
	case FAULT_CREDENTIALS:
	case FAULT_CLOCK_SKEW:
		return ACT_RESULT_DENIED;
	case FAULT_THROTTLED:
		return ACT_RESULT_THROTTLED;
	case FAULT_NETWORK:
	case FAULT_DNS:
	case FAULT_TLS:
	case FAULT_TIMEOUT:
	case FAULT_SERVER_ERROR:
	case FAULT_MALFORMED:
	case FAULT_CANCELLED:
	case FAULT_COUNT:
		break;
	}
	return sent ? ACT_RESULT_LOST : ACT_RESULT_NOT_SENT;
}
