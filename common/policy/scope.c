/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/scope.h"
#include "policy/variable.h"
#include <string.h>

/* "SERVICE:NAME" with wildcards in the name, or "*"; case does not matter (IAM guide, Action). */
static enum tri match_action(struct value v, const struct request *r)
{
	const char *colon = v.text ? memchr(v.text, ':', v.len) : NULL;

	if (!v.text)
		return TRI_UNKNOWN;
	if (strcmp(v.text, "*") == 0)
		return TRI_TRUE;
	if (!colon || pattern_has_wildcard((struct span){.at = v.text, .len = (size_t)(colon - v.text)}))
		return TRI_UNKNOWN;
	return tri_of(subject_match(&r->action_subject, (struct span){v.text, v.len}));
}

/* A variable without a value matches no resource, so NotResource with it matches all (IAM guide, "Policy
 * variables with no value"). */
static enum tri match_resource(struct value v, const struct request *r)
{
	if (!v.text)
		return TRI_UNKNOWN;
	if (pattern_is_any(v.text))
		return TRI_TRUE;
	return variable_match_arn(r, (struct span){v.text, v.len}, v.has_variable, r->resource, false);
}

enum tri scope_action(const struct policy *p, const struct statement *s, const struct request *r)
{
	enum tri t = values_of(p, s->action).left > 0 ? TRI_FALSE : TRI_UNKNOWN;

	values_for_each(p, s->action, v)
	{
		t = tri_or(t, match_action(policy_text(p, v.node), r));
		if (t == TRI_TRUE)
			break;
	}
	return s->not_action ? tri_not(t) : t;
}

enum tri scope_resource(const struct policy *p, const struct statement *s, const struct request *r)
{
	enum tri t = values_of(p, s->resource).left > 0 ? TRI_FALSE : TRI_UNKNOWN;

	if (s->resource == JSON_NONE)
		return TRI_FALSE;
	values_for_each(p, s->resource, v)
	{
		t = tri_or(t, match_resource(policy_text(p, v.node), r));
	}
	return s->not_resource ? tri_not(t) : t;
}
