/* SPDX-License-Identifier: Apache-2.0 */
/* ini: a strict INI reader that reports every error with its line.
 *
 *   # comment, or ; comment: a line of its own. '#' inside a value is part of the value.
 *   [Section]
 *   [Section NAME]   one blank between them
 *   Key=Value        blanks around section, key and value are cut; a value may be empty
 *
 * Unlike systemd's, lines are never joined: a value that ends in a backslash is an error, and so is a line
 * that is none of these. Refused: NUL bytes and other control characters, bytes that are no UTF-8, carriage
 * returns, a byte order mark, lines longer than INI_LINE_MAX_BYTES. Reading goes on after an error.
 */
#pragma once
#include "wire/complaints.h"
#include <stddef.h>
#include <stdint.h>

#define INI_LINE_MAX_BYTES    2048
#define INI_NAME_MAX_BYTES    64 /* of a section or key */
#define INI_SECTION_MAX_BYTES (2 * INI_NAME_MAX_BYTES + 1)

struct ini_item {
	const char *section; /* "" before the first section; with its name, if it has one */
	const char *key;     /* NULL: the line that opens the section */
	const char *value;   /* NULL with it; NUL-terminated */
	uint32_t line;       /* from 1 */
};
/* What is given is good during the call. Complains itself about what it does not know. */
typedef void ini_fn(void *arg, const struct ini_item *item);

/* Calls `fn` for each good line in order; bad ones become complaints. A section header that is bad hides the
 * lines up to the next one, so that no key lands in the wrong section. `text` needs no NUL. */
void ini_parse(
	const char *text, size_t len, const char *file, ini_fn *fn, void *arg, struct complaints *complaints);
