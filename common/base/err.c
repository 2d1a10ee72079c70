/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static err_origin_fn *err_hook;

int err_origin_at(int code, const char *file, int line)
{
	if (err_hook)
		err_hook(code, file, line);
	return code;
}

void err_set_hook(err_origin_fn *hook)
{
	err_hook = hook;
}

void why_set(struct why *w, const char *format, ...)
{
	va_list args;

	if (!w)
		return;
	va_start(args, format);
	(void)vsnprintf(w->text, sizeof w->text, format, args);
	va_end(args);
}

void why_prefix(struct why *w, const char *format, ...)
{
	char old[WHY_BYTES];
	va_list args;
	size_t used;

	if (!w)
		return;
	memcpy(old, w->text, sizeof old);
	va_start(args, format);
	(void)vsnprintf(w->text, sizeof w->text, format, args);
	va_end(args);
	used = strlen(w->text);
	(void)snprintf(w->text + used, sizeof w->text - used, ": %s", old);
}
