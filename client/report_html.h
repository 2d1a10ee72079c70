/* SPDX-License-Identifier: Apache-2.0 */
/* report_html: an incident as a page of its own: no script, nothing to fetch, well-formed as XML too. What comes from outside is
 * made plain (glyph_clean) and escaped. */
#pragma once
#include "base/buf.h"
#include "output.h"

#define REPORT_HTML_MAX_BYTES (256 * 1024 * 1024)

/* Trouble sticks in `out`. */
void report_html(struct buf *out, const struct output_story *o);

/* `text` as contents or as a quoted attribute. */
void report_html_text(struct buf *out, const char *text);
