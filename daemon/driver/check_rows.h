/* SPDX-License-Identifier: Apache-2.0 */
/* check_rows: what the rooms of the checks share. Private to checks.c and check_*.c. */
#pragma once
#include "base/num.h"
#include "driver/checks.h"
#include <stdint.h>

struct cluster;

/* One run. */
struct checking {
	struct project *p;
	struct moment now;
	checks_each_fn *each;
	void *arg;
	const char *subject; /* NULL: the project */
	uint32_t binding;    /* as in a line */
	const char *key;     /* ARN of the region's key; NULL: of no region */
};

/* Tells one finding, with the table's remedy; "PROJECT" in it becomes the project's name, "KEY" the key's ARN. */
void checking_say(struct checking *c, enum check check, enum finding finding, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* The same with another remedy. */
void checking_say_todo(struct checking *c, enum check check, enum finding finding, const char *todo,
	const char *format, ...) __attribute__((format(printf, 5, 6)));
/* The same with a remedy that quotes what is not ours: it is told as it is. */
void checking_say_remedy(struct checking *c, enum check check, enum finding finding, const char *remedy,
	const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Since `then`, in whole seconds: at least one. */
void checking_age(const struct checking *c, struct boottime then, char ret_text[NUM_SPAN_BYTES]);

/* Something would have to be done to it if access were lost: neither gone, nor paused or on the way there. */
bool checking_is_awake(const struct cluster *c);

/* Each tells the rows of its room. */
void check_project(struct checking *c);
void check_api(struct checking *c);
void check_key(struct checking *c, uint32_t binding);
void check_access(struct checking *c, uint32_t binding);
void check_clusters(struct checking *c);
void check_jobs(struct checking *c);
