/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/principal.h"
#include "policy/pattern.h"
#include <string.h>

/* How one listed principal stands to the caller. */
enum named {
	NAMED_NOT,     /* somebody else */
	NAMED_MAYBE,   /* a principal of the caller's account that may be the caller, or nothing we understand
			*/
	NAMED_CALLER,  /* the caller itself */
	NAMED_ACCOUNT, /* the caller's account: a delegation to all its principals */
	NAMED_EVERYONE, /* "*" */
};

int principal_account(const char *text, struct account_id *ret_account)
{
	struct span parts[ARN_PARTS];

	if (account_id_parse(text, strlen(text), ret_account) == 0)
		return 0;
	if (!arn_split(text, parts) ||
		!(span_equals(parts[ARN_SERVICE], "iam") || span_equals(parts[ARN_SERVICE], "sts")))
		return 1;
	return account_id_parse(parts[ARN_ACCOUNT].at, parts[ARN_ACCOUNT].len, ret_account);
}

bool principal_is_account(const char *text)
{
	struct span parts[ARN_PARTS];
	struct account_id account;

	return account_id_parse(text, strlen(text), &account) == 0 ||
	       (arn_split(text, parts) && span_equals(parts[ARN_SERVICE], "iam") &&
		       span_equals(parts[ARN_RESOURCE], "root"));
}

static bool starts_with(struct span s, const char *prefix)
{
	size_t len = strlen(prefix);

	return s.len >= len && memcmp(s.at, prefix, len) == 0;
}

/* The role's name in "role/PATH/NAME" or "assumed-role/NAME/SESSION"; the path is no part of a session's ARN,
 * and names are unique in an account without it. */
static bool role_name(struct span resource, bool is_session, struct span *ret_name)
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
	return true;
}

/* A listed user, role or session of the caller's account against the exact caller. */
static enum named name_exact(struct span listed[ARN_PARTS], const char *caller)
{
	struct span parts[ARN_PARTS], listed_role, caller_role;
	bool listed_is_role, caller_is_role;

	if (!arn_split(caller, parts))
		return NAMED_MAYBE;
	if (parts[ARN_RESOURCE].len == listed[ARN_RESOURCE].len &&
		memcmp(parts[ARN_RESOURCE].at, listed[ARN_RESOURCE].at, parts[ARN_RESOURCE].len) == 0)
		return NAMED_CALLER;
	listed_is_role = role_name(listed[ARN_RESOURCE], false, &listed_role);
	caller_is_role = role_name(parts[ARN_RESOURCE], false, &caller_role);
	if (listed_is_role == caller_is_role)
		return NAMED_NOT; /* two roles, two sessions, two users ... that differ */
	if (!(listed_is_role ? role_name(parts[ARN_RESOURCE], true, &caller_role)
			     : role_name(listed[ARN_RESOURCE], true, &listed_role)))
		return NAMED_NOT;
	if (listed_role.len != caller_role.len ||
		memcmp(listed_role.at, caller_role.at, listed_role.len) != 0)
		return NAMED_NOT;
	/* A role takes in its sessions; of a role as caller it is not known which session it will use. */
	return listed_is_role ? NAMED_CALLER : NAMED_MAYBE;
}

/* Unique ids ("AIDA...", "AROA...") are what a deleted user or role leaves behind: they match nobody. */
static bool is_unique_id(const char *text)
{
	return (strncmp(text, "AIDA", 4) == 0 || strncmp(text, "AROA", 4) == 0) && strlen(text) >= 16 &&
	       strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == strlen(text);
}

static enum named name_aws(const char *text, const struct request *r)
{
	struct span parts[ARN_PARTS];
	struct account_id account;

	if (!text)
		return NAMED_MAYBE;
	if (strcmp(text, "*") == 0)
		return NAMED_EVERYONE;
	if (is_unique_id(text))
		return NAMED_NOT;
	/* A wildcard inside a principal is against the grammar. */
	if (principal_account(text, &account) != 0 || pattern_has_wildcard(span_of(text)))
		return NAMED_MAYBE;
	if (strcmp(account.text, r->account.text) != 0)
		return NAMED_NOT;
	if (principal_is_account(text))
		return NAMED_ACCOUNT;
	if (!r->principal || !arn_split(text, parts))
		return NAMED_MAYBE;
	return name_exact(parts, r->principal);
}

/* The strongest standing in the list, and whether caller and account are each listed. */
struct standing {
	bool everyone, account, caller, maybe;
};

static void stand(struct standing *s, enum named n)
{
	s->everyone = s->everyone || n == NAMED_EVERYONE;
	s->account = s->account || n == NAMED_ACCOUNT;
	s->caller = s->caller || n == NAMED_CALLER;
	s->maybe = s->maybe || n == NAMED_MAYBE;
}

/* Services and federated users have no account: no caller that is asked for here is one. */
static void stand_by_type(
	const struct policy *p, const char *type, uint32_t node, const struct request *r, struct standing *s)
{
	bool is_aws = strcmp(type, "AWS") == 0;
	bool is_other = strcmp(type, "Service") == 0 || strcmp(type, "Federated") == 0;

	if (values_of(p, node).left == 0)
		s->maybe = true; /* an empty list is against the grammar */
	values_for_each(p, node, v)
	{
		const char *text = policy_value(p, v.node);

		stand(s, is_aws                                       ? name_aws(text, r)
			 : is_other && text && strcmp(text, "*") != 0 ? NAMED_NOT
								      : NAMED_MAYBE);
	}
}

static struct standing stand_by_list(const struct policy *p, uint32_t node, const struct request *r)
{
	const char *text = policy_value(p, node);
	struct standing s = {0};

	if (text)
		stand(&s, strcmp(text, "*") == 0 ? NAMED_EVERYONE : NAMED_MAYBE);
	else if (!json_is(&p->tree, node, JSON_OBJECT) || json_count(&p->tree, node) == 0)
		s.maybe = true;
	json_for_each_member (&p->tree, node, type) {
		stand_by_type(p, p->values[type], json_value(type), r, &s);
	}
	return s;
}

/* Who is exempt by NotPrincipal. The guide asks to list the account with the user or role, else the account
 * itself may be denied; so for an exact caller one without the other decides nothing. */
static enum tri exempt(const struct standing *s, const struct request *r)
{
	if (s->everyone || (s->account && (s->caller || !r->principal)))
		return TRI_TRUE;
	return s->account || s->caller || s->maybe ? TRI_UNKNOWN : TRI_FALSE;
}

enum tri principal_eval(const struct policy *p, const struct statement *st, const struct request *r)
{
	struct standing s;

	if (st->principal == JSON_NONE)
		return TRI_UNKNOWN;
	s = stand_by_list(p, st->principal, r);
	if (st->not_principal)
		return tri_not(exempt(&s, r));
	if (s.everyone || s.account || s.caller)
		return TRI_TRUE;
	return s.maybe ? TRI_UNKNOWN : TRI_FALSE;
}
