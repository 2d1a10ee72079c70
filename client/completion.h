/* SPDX-License-Identifier: Apache-2.0 */
/* completion: what a shell completes after cmekctl, from the grammar's tables. */
#pragma once
#include "base/buf.h"

enum completion_shell { COMPLETION_BASH, COMPLETION_ZSH };

/* A script for the shell: verbs, options, and the names of projects, for which it asks cmekd. */
void completion_script(struct buf *out, enum completion_shell shell);
