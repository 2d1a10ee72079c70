/* SPDX-License-Identifier: Apache-2.0 */
/* ask: questions to the person at the terminal. */
#pragma once
#include "base/secret.h"
#include "page.h"
#include <stddef.h>
#include <stdio.h>

enum ask_end {
	ASK_E_ENDED = 1, /* Ctrl-D: no answer */
	ASK_E_LONG,      /* longer than what can be meant */
	ASK_E_BLIND,     /* `in` is no terminal: what is typed would be seen */
};

/* Shows `text`, wrapped, and `prompt` behind which a line is typed; without its newline into `ret_line`. Refuses: ASK_E_ENDED,
 * ASK_E_LONG. */
int ask_line(
	FILE *in, const struct page *page, const char *text, const char *prompt, char *ret_line, size_t size);
/* The same without echo, which is on again whatever ends it: after a signal that ends programs it is passed on. Nothing typed: an
 * empty secret. Refuses: enum ask_end. Fails: -ENOMEM, -errno of the terminal. */
int ask_secret(
	FILE *in, const struct page *page, const char *prompt, size_t max_bytes, struct secret *ret_secret);
