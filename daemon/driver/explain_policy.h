/* SPDX-License-Identifier: Apache-2.0 */
/* explain_policy: what the key policy that was read last decides, action by action, and why. */
#pragma once
#include "base/err.h"
#include "driver/tree.h"
#include "model/moment.h"
#include "policy/policy.h"

struct kms_target;

struct explain_policy {
	const char *text; /* the target's; NULL: no policy was read yet */
	size_t len;
	struct walltime read_at;
	struct policy *policy; /* owned; NULL: the text is none: `why` */
	struct why why;        /* line, column and what was expected; "" */
	struct policy_context context;
};
/* `target` may be NULL. Good until the next loop turn. */
void explain_policy_init(struct explain_policy *e, const struct kms_target *target);
void explain_policy_fini(struct explain_policy *e);

/* The members of an Explanation that are about the policy. `with_text`: the policy itself, too. */
void explain_policy_put(const struct explain_policy *e, bool with_text, struct moment now, struct tree *tree,
	struct json_object *explanation);
/* Accounts that Allow statements name, but neither the key's own nor the vendor's: "A, B"; "" if there are none. */
void explain_policy_strangers(const struct explain_policy *e, char *ret_text, size_t size);
