/* SPDX-License-Identifier: Apache-2.0 */
/* watch: what status shows, again and again until Ctrl-C. On a terminal in place, on a screen of its own, so that what was
 * there before is there again afterwards; elsewhere a block, or a JSON document a line, whenever something has changed. */
#pragma once
#include "session.h"

/* One project, by Monitor. Gives 0 if all was well at the end, or an exit code. */
int watch_project(struct session *s);
/* What `draw` shows, when something was recorded or told and now and then; for a terminal only. */
int watch_all(struct session *s, int (*draw)(struct session *s));
