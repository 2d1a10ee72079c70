/* SPDX-License-Identifier: Apache-2.0 */
/* complaints: all that is wrong with a configuration, each with file and line. Bounded: what does not fit is
 * counted. */
#pragma once
#include <stdint.h>

#define COMPLAINTS_MAX       256
#define COMPLAINT_FILE_BYTES 320
#define COMPLAINT_TEXT_BYTES 384

struct complaint {
	char file[COMPLAINT_FILE_BYTES];
	uint32_t line;                   /* from 1; 0: the file as a whole */
	char text[COMPLAINT_TEXT_BYTES]; /* what it is, and what was expected */
};

struct complaints {
	struct complaint *items; /* owned */
	uint32_t count, size;
	uint32_t dropped; /* more than COMPLAINTS_MAX, or no memory */
};
#define COMPLAINTS_INIT ((struct complaints){.items = NULL})

void complaints_fini(struct complaints *c);
/* Cannot fail: without memory the complaint is only counted. */
void complaints_add(struct complaints *c, const char *file, uint32_t line, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* count + dropped: take it before and after a step to see whether the step complained. */
uint32_t complaints_total(const struct complaints *c);

#define COMPLAINT_LINE_BYTES (COMPLAINT_FILE_BYTES + COMPLAINT_TEXT_BYTES + 16)
/* "file:14: text", or "file: text". */
void complaint_format(const struct complaint *c, char ret_line[COMPLAINT_LINE_BYTES]);
