/* SPDX-License-Identifier: Apache-2.0 */
/* policy_live: the verbs of cmekctl policy on the key policy of a project's region, as cmekd read it last. `target`:
 * PROJECT[/REGION] as typed. All give an exit code of which the trouble was shown, or 0. */
#pragma once
#include "session.h"

struct policy;

/* An argument that is no file: not -, no path, no *.json, and nothing of that name is there. */
bool policy_live_is_target(const char *argument);

int policy_live_check(struct session *s, const char *target);
int policy_live_explain(struct session *s, const char *target);
/* One policy: of a project with several regions, one has to be named. */
int policy_live_load(struct session *s, const char *target, struct policy **ret_policy);
