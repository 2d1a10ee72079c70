/* SPDX-License-Identifier: Apache-2.0 */
/* caller: the principal of a request. */
#pragma once
#include "model/ids.h"
#include "policy/pattern.h"

enum caller_kind {
	CALLER_ANY, /* some principal of the account, not known which */
	CALLER_ROOT,
	CALLER_ROLE, /* by a session of it, not known which */
	CALLER_SESSION,
	CALLER_NAMED, /* a user, or a federated user */
	CALLER_SERVICE,
};

struct caller {
	enum caller_kind kind;
	struct account_id account; /* "" of a service */
	struct span text;          /* as given */
	struct span resource;      /* of its ARN: "user/x", "assumed-role/R/S" */
	struct span role;          /* name of the role of ROLE and SESSION */
};

/* An account ("123456789012", or its root ARN), the ARN of a user, role, role session or federated user, or a service
 * ("ec2.amazonaws.com"). Borrows `text`. Refuses: 1. */
int caller_parse(const char *text, struct caller *ret_caller);

/* The role's name in "role/PATH/NAME" or "assumed-role/NAME/SESSION"; the path is no part of a session's ARN,
 * and names are unique in an account without it. */
bool caller_role_name(struct span resource, bool is_session, struct span *ret_name);
