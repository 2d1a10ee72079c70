/* SPDX-License-Identifier: Apache-2.0 */
/* run: cmekctl inside the test program, against a fake daemon, at a fixed time and 80 columns without colour. */
#pragma once
#include "client/fake_daemon.h"
#include <stddef.h>

struct run {
	int code;
	char *to, *error; /* what was printed; owned */
	char *calls;      /* what the daemon was asked, one call a line; owned */
};

/* `words`: verb, arguments and options, separated by blanks. `canned` NULL: no daemon. `typed` (may be NULL: no
 * terminal) is what a person answers. */
struct run run_cmekctl(const struct canned *canned, const char *words, const char *typed);
void run_fini(struct run *r);

/* The whole of a file beside the tests; to be freed. */
char *run_load(const char *name);
/* A reply of Status with the fixture NAME as its parameters; to be freed. */
char *run_reply_of(const char *name);
/* Compares with the file NAME.golden; with CMEKD_UPDATE_GOLDEN set, writes it instead. */
void run_assert_golden(const char *name, const char *text);
