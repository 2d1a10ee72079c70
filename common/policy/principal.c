/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/principal.h"
#include "policy/pattern.h"
#include <string.h>

/* How one listed principal stands to the caller. */
enum named {
	NAMED_NOT,     /* somebody else */
	NAMED_MAYBE,   /* a principal of the caller's account that may be the caller, or nothing we understand
			*/
	NAMED_ROLE,    /* the role that the caller is a session of */
	NAMED_CALLER,  /* the caller itself */
	NAMED_ACCOUNT, /* the caller's account: a delegation to all its principals */
	NAMED_EVERYONE, /* "*" */
};

int principal_account(const char *text, struct account_id *ret_account)
{
	struct span parts[ARN_PARTS];

	if (account_id_parse(text, strlen(text), ret_account) == 0)
		return 0;
	if (!arn_split(span_of(text), false, parts) ||
		!(span_equals(parts[ARN_SERVICE], "iam") || span_equals(parts[ARN_SERVICE], "sts")))
		return 1;
	return account_id_parse(parts[ARN_ACCOUNT].at, parts[ARN_ACCOUNT].len, ret_account);
}

bool principal_is_account(const char *text)
{
	struct span parts[ARN_PARTS];
	struct account_id account;

	return account_id_parse(text, strlen(text), &account) == 0 ||
	       (arn_split(span_of(text), false, parts) && span_equals(parts[ARN_SERVICE], "iam") &&
		       span_equals(parts[ARN_RESOURCE], "root"));
}

/* A listed user, role or session of the caller's account against the exact caller. */
static enum named name_exact(struct span listed, const struct caller *who)
{
	struct span role;

	if (listed.len == who->resource.len && memcmp(listed.at, who->resource.at, listed.len) == 0)
		return NAMED_CALLER;
	/* A role takes in its sessions; of a role as caller it is not known which session it will use. */
	if (who->kind != CALLER_ROLE && who->kind != CALLER_SESSION)
		return NAMED_NOT;
	if (!caller_role_name(listed, who->kind == CALLER_ROLE, &role))
		return NAMED_NOT;
	if (role.len != who->role.len || memcmp(role.at, who->role.at, role.len) != 0)
		return NAMED_NOT;
	return who->kind == CALLER_SESSION ? NAMED_ROLE : NAMED_MAYBE;
}

bool principal_is_deleted(const char *text)
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
	if (principal_is_deleted(text))
		return NAMED_NOT;
	/* A wildcard inside a principal is against the grammar. */
	if (principal_account(text, &account) != 0 || pattern_has_wildcard(span_of(text)))
		return NAMED_MAYBE;
	if (strcmp(account.text, r->caller.account.text) != 0)
		return NAMED_NOT;
	if (principal_is_account(text))
		return NAMED_ACCOUNT;
	if (r->caller.kind == CALLER_ROOT)
		return NAMED_NOT;
	if (r->caller.kind == CALLER_ANY || !arn_split(span_of(text), false, parts))
		return NAMED_MAYBE;
	return name_exact(parts[ARN_RESOURCE], &r->caller);
}

/* The strongest standing in the list, and whether caller and account are each listed. */
struct standing {
	bool everyone, account, role, caller, maybe;
};

static void stand(struct standing *s, enum named n)
{
	s->everyone = s->everyone || n == NAMED_EVERYONE;
	s->account = s->account || n == NAMED_ACCOUNT;
	s->role = s->role || n == NAMED_ROLE;
	s->caller = s->caller || n == NAMED_CALLER;
	s->maybe = s->maybe || n == NAMED_MAYBE;
}

static enum named name_service(const char *text, const struct request *r)
{
	if (!text || strcmp(text, "*") == 0)
		return NAMED_MAYBE;
	return r->caller.kind == CALLER_SERVICE && span_equals(r->caller.text, text) ? NAMED_CALLER
										     : NAMED_NOT;
}

/* Services and federated identities have no account. */
static void stand_by_type(
	const struct policy *p, const char *type, uint32_t node, const struct request *r, struct standing *s)
{
	bool is_aws = strcmp(type, "AWS") == 0;
	bool is_service = strcmp(type, "Service") == 0, is_federated = strcmp(type, "Federated") == 0;

	if (values_of(p, node).left == 0)
		s->maybe = true; /* an empty list is against the grammar */
	values_for_each(p, node, v)
	{
		const char *text = policy_value(p, v.node);

		if (is_aws)
			stand(s, name_aws(text, r));
		else if (is_service)
			stand(s, name_service(text, r));
		else
			stand(s, is_federated && text && strcmp(text, "*") != 0 ? NAMED_NOT : NAMED_MAYBE);
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
		stand_by_type(p, policy_value(p, type), json_value(type), r, &s);
	}
	return s;
}

/* Who is exempt by NotPrincipal. The guide asks to list the account with the user or role, and the role with its
 * session, else "AWS might validate the account first, then the role": what is listed in part decides nothing. */
static enum tri exempt(const struct standing *s, const struct request *r)
{
	bool whole = false;

	switch (r->caller.kind) {
	case CALLER_ANY:
	case CALLER_ROOT:
		whole = s->account;
		break;
	case CALLER_ROLE:
	case CALLER_NAMED:
		whole = s->account && s->caller;
		break;
	case CALLER_SESSION:
		whole = s->account && s->role && s->caller;
		break;
	case CALLER_SERVICE:
		whole = s->caller;
		break;
	}
	if (s->everyone || whole)
		return TRI_TRUE;
	return s->account || s->role || s->caller || s->maybe ? TRI_UNKNOWN : TRI_FALSE;
}

enum tri principal_eval(const struct policy *p, const struct statement *st, const struct request *r)
{
	struct standing s;

	if (st->principal == JSON_NONE)
		return TRI_UNKNOWN;
	s = stand_by_list(p, st->principal, r);
	if (st->not_principal)
		return tri_not(exempt(&s, r));
	if (s.everyone || s.account || s.role || s.caller)
		return TRI_TRUE;
	return s.maybe ? TRI_UNKNOWN : TRI_FALSE;
}
