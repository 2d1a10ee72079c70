/* SPDX-License-Identifier: Apache-2.0 */
/* config_files: the one file of this folder that opens files and sees the environment: reads a configuration
 * directory, and what the environment says of endpoints, into wire/config.h. */
#pragma once
#include "wire/complaints.h"
#include "wire/config.h"

/* `path` is the main file, or its directory (then DIR/cmekd.conf). Reads it, then PATH.d/ *.conf in order of
 * name, then projects.d/ *.conf beside it. Missing directories are empty ones; the main file must be there.
 * What is unreadable, no regular file, or too large is a complaint. Refuses: 1 if the main configuration is
 * unusable; `ret_config` is written all the same, for showing, with `broken` set. Fails: -ENOMEM. Project
 * files with errors are no refusal: see config_project.broken. */
int config_load(const char *path, struct config *ret_config, struct complaints *complaints);
