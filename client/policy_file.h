/* SPDX-License-Identifier: Apache-2.0 */
/* policy_file: a policy from a file, or from standard input. */
#pragma once
#include "session.h"

struct policy;

/* `path` "-": standard input. The text is a policy, or the answer of `aws kms get-key-policy`. Gives 0, or an exit code of
 * which the trouble was shown. */
int policy_file_load(struct session *s, const char *path, struct policy **ret_policy);
