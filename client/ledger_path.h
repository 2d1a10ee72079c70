/* SPDX-License-Identifier: Apache-2.0 */
/* ledger_path: where a ledger is that was named on the command line. */
#pragma once
#include "arena.h"
#include <stdbool.h>

/* A file, not the name of a project: it holds a slash, or ends in ".ledger". */
bool ledger_path_is_file(const char *argument);

/* The project's name: the argument, or how the file is called without its ending. */
const char *ledger_path_project(struct arena *a, const char *argument);

/* An argument with a slash, or that ends in ".ledger", is a file; anything else the name of a project, whose ledger
 * lies below `state_dir` (NULL: the installed one). Lives in the arena or is `argument`. */
const char *ledger_path(struct arena *a, const char *argument, const char *state_dir);
