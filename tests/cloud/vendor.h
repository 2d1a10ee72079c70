/* SPDX-License-Identifier: Apache-2.0 */
/* vendor: the stand-in's own, small answer to "may the vendor account use this key?", and the edits that a
 * person makes to a key policy by hand. Independent of cmekd's evaluator on purpose. */
#pragma once
#include "world.h"

/* True if a volume could be attached now, as readers see the key. `ret_reason` (may be NULL) is static text.
 */
bool vendor_can_use(const struct world *w, const struct cmk *k, const char **ret_reason);

/* TiDB Cloud's documented policy as valid JSON, and a statement for the own account. The caller frees. */
char *vendor_policy_documented(const char *vendor, const char *region, const char *own_account);
/* The policy without the statements that allow something to the vendor. NULL if it is no JSON. The caller
 * frees. */
char *vendor_policy_without(const char *policy, const char *vendor);
/* The policy with a Deny for the vendor account. NULL if it is no JSON. The caller frees. */
char *vendor_policy_denied(const char *policy, const char *vendor);
