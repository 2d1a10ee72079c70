/* SPDX-License-Identifier: Apache-2.0 */
/* give: the documented way to let the vendor in: TiDB Cloud's statements (policy/render.h) are merged into a key policy. */
#pragma once
#include "base/err.h"
#include "policy/policy.h"

/* For each purpose that is not wholly allowed the documented statement is added at the end, or put in the place of the one that
 * bears its Sid. Every other byte stays: whoever administers the key still does.
 * Refuses: POLICY_E_JSON, _SHAPE, _PRESENT (the vendor has all it needs: nothing is to be done), _TOO_LARGE, _EFFECT (with the
 * statements it would still not have it: `reterr_why` names what is in the way, a Deny for example, and what to do). Fails: -ENOMEM.
 * Caller frees `*ret_text`. */
int give_merge(const char *text, size_t len, const struct policy_context *c, char **ret_text,
	struct why *reterr_why);
