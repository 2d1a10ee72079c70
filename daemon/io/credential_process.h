/* SPDX-License-Identifier: Apache-2.0 */
/* credential_process: runs the program of a credential_process line and takes what it prints. No shell: the line is cut into
 * words as a shell would, with quotes and backslashes and nothing else. */
#pragma once
#include "base/err.h"
#include <stddef.h>
#include <stdint.h>

struct uv_loop_s;
struct credential_process;

#define CREDENTIAL_PROCESS_WORDS     64
#define CREDENTIAL_PROCESS_MAX_BYTES 65536 /* of what it prints */

/* `text`: what it printed, `len` bytes, wiped afterwards; NULL: `why` says what went wrong. */
typedef void credential_process_fn(void *arg, const char *text, size_t len, const char *why);

/* `done` comes once, later. What it writes to standard error goes to ours. Refuses: 1 with `reterr_why` if the line cannot be
 * cut, or the program cannot be started. Fails: -ENOMEM. */
int credential_process_start(struct uv_loop_s *loop, const char *command, int64_t timeout_ms,
	credential_process_fn *done, void *arg, struct credential_process **ret_process,
	struct why *reterr_why);
/* Kills it; `done` comes with `why` "cancelled". */
void credential_process_cancel(struct credential_process *p);

/* Cuts `command` in place into at most CREDENTIAL_PROCESS_WORDS words, NULL after the last. Refuses: 1. */
int credential_process_words(
	char *command, char *ret_words[CREDENTIAL_PROCESS_WORDS + 1], struct why *reterr_why);
