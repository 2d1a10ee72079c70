/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/caller.h"
#include <string.h>

static bool starts_with(struct span s, const char *prefix)
{
	size_t len = strlen(prefix);

	return s.len > len && memcmp(s.at, prefix, len) == 0;
}

bool caller_role_name(struct span resource, bool is_session, struct span *ret_name)
{
	const char *prefix = is_session ? "assumed-role/" : "role/";
	size_t len = strlen(prefix);
	const char *slash;

	if (!starts_with(resource, prefix))
		return false;
	resource.at += len;
	resource.len -= len;
	slash = is_session ? memchr(resource.at, '/', resource.len) : memrchr(resource.at, '/', resource.len);
	if (is_session && !slash)
		return false;
	if (is_session)
		resource.len = (size_t)(slash - resource.at);
	else if (slash) {
		resource.len -= (size_t)(slash + 1 - resource.at);
		resource.at = slash + 1;
	}
	*ret_name = resource;
	return resource.len > 0;
}

/* "SERVICE.amazonaws.com", with or without a region, in any partition. */
static bool is_service(struct span s)
{
	return pattern_match(span_of("?*.amazonaws.com"), s, false) ||
	       pattern_match(span_of("?*.amazonaws.com.cn"), s, false);
}

static bool kind_of(struct span service, struct caller *c)
{
	bool is_iam = span_equals(service, "iam"), is_sts = span_equals(service, "sts");

	if (is_iam && span_equals(c->resource, "root"))
		c->kind = CALLER_ROOT;
	else if (is_iam && starts_with(c->resource, "user/"))
		c->kind = CALLER_NAMED;
	else if (is_iam && caller_role_name(c->resource, false, &c->role))
		c->kind = CALLER_ROLE;
	else if (is_sts && caller_role_name(c->resource, true, &c->role))
		c->kind = CALLER_SESSION;
	else if (is_sts && starts_with(c->resource, "federated-user/"))
		c->kind = CALLER_NAMED;
	else
		return false;
	return true;
}

int caller_parse(const char *text, struct caller *ret_caller)
{
	struct caller c = {.text = span_of(text)};
	struct span parts[ARN_PARTS];

	if (account_id_parse(text, c.text.len, &c.account) == 0)
		c.kind = CALLER_ROOT;
	else if (arn_split(c.text, false, parts)) {
		c.resource = parts[ARN_RESOURCE];
		if (account_id_parse(parts[ARN_ACCOUNT].at, parts[ARN_ACCOUNT].len, &c.account) != 0 ||
			pattern_has_wildcard(c.text) || !kind_of(parts[ARN_SERVICE], &c))
			return 1;
	} else if (is_service(c.text) && !pattern_has_wildcard(c.text))
		c.kind = CALLER_SERVICE;
	else
		return 1;
	*ret_caller = c;
	return 0;
}
