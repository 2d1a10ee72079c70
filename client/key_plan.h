/* SPDX-License-Identifier: Apache-2.0 */
/* key_plan: a key that a project is to use: which one is meant, and what cmekd finds of it. */
#pragma once
#include "model/ids.h"
#include "session.h"

/* The one of --key. Each gives 0, or an exit code of which the trouble was shown. */
int key_plan_named(struct session *s, struct key_arn *ret_key);
/* The one of --key, else the one that PROJECT[/REGION] has. */
int key_plan_of_target(struct session *s, struct key_arn *ret_key);
/* Asks cmekd, which reads both clouds; the reply stays the session's. */
int key_plan_ask(struct session *s, const struct key_arn *key, struct view_key_plan *ret_plan);
bool key_plan_has_problem(const struct view_key_plan *plan);
