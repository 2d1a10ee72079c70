/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/scope.h"
#include "policy/pattern.h"
#include <string.h>

/* "SERVICE:NAME" with wildcards in the name, or "*"; case does not matter (IAM guide, Action). */
static enum tri match_action(const char *text, const struct request *r)
{
	const char *colon = text ? strchr(text, ':') : NULL;

	if (!text)
		return TRI_UNKNOWN;
	if (strcmp(text, "*") == 0)
		return TRI_TRUE;
	if (!colon || pattern_has_wildcard((struct span){.at = text, .len = (size_t)(colon - text)}))
		return TRI_UNKNOWN;
	return tri_of(pattern_match(span_of(text), span_of(r->action), true));
}

static enum tri match_resource(const struct policy *p, const char *text, const struct request *r)
{
	if (!text || (p->has_variables && strstr(text, "${")))
		return TRI_UNKNOWN;
	if (pattern_is_any(text))
		return TRI_TRUE;
	return arn_match(text, r->c->key.text);
}

enum tri scope_action(const struct policy *p, const struct statement *s, const struct request *r)
{
	enum tri t = values_of(p, s->action).left > 0 ? TRI_FALSE : TRI_UNKNOWN;

	values_for_each(p, s->action, v)
	{
		t = tri_or(t, match_action(policy_value(p, v.node), r));
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
		t = tri_or(t, match_resource(p, policy_value(p, v.node), r));
	}
	return s->not_resource ? tri_not(t) : t;
}
