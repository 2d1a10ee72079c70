/* SPDX-License-Identifier: Apache-2.0 */
/* help: the help texts, from the grammar's tables. */
#pragma once
#include "base/buf.h"
#include "grammar.h"

/* Of all verbs. */
void help_all(struct buf *out);
void help_verb(struct buf *out, enum grammar_verb v);
