/* SPDX-License-Identifier: Apache-2.0 */
/* anchors: the heads of ledgers that journal lines carry. Kept on another machine they tell whether a ledger was rewritten as a whole,
 * which its own chain cannot. */
#pragma once
#include "base/digest.h"
#include "model/ids.h"
#include "output.h"
#include "session.h"
#include <stdint.h>

#define ANCHORS_MAX (1024u * 1024u)

struct anchor {
	struct project_name project;
	struct seq seq;
	struct digest head;
};
struct anchors {
	struct anchor *items; /* owned; by project and seq */
	uint32_t count, size;
};

void anchors_fini(struct anchors *a);
/* One line, without its newline; most carry none. Refuses: 1, with `reterr_why`. Fails: -ENOMEM. */
int anchors_read_line(struct anchors *a, const char *line, size_t len, struct why *reterr_why);
/* Those in FILE, JSON objects a line as `journalctl -o json` writes them; "-" is standard input. Gives 0, or an exit code of which the
 * trouble was shown. */
int anchors_load(struct session *s, const char *path, struct anchors *ret_anchors);

/* Compares those of one project with its records, which come in order. */
struct anchors_match {
	const struct anchor *at, *end; /* not compared yet */
	struct output_heads told;
};
void anchors_match_init(struct anchors_match *m, const struct anchors *a, const char *project);
void anchors_match_record(struct anchors_match *m, const struct ledger_entry *entry);
/* `whole`: nothing is missing behind the last record but what was cut off. */
void anchors_match_end(struct anchors_match *m, bool whole);
