/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/policy.h"
#include "policy/condition.h"
#include "policy/cut.h"
#include "policy/document.h"
#include "policy/principal.h"
#include "policy/verdict.h"
#include <string.h>

#define FOREIGN_MAX 16 /* other accounts that are looked at; more of them count as allowed without a look */

/* Principals of other accounts that Allow statements name. The texts belong to the policy. */
struct foreign {
	struct {
		struct account_id account;
		const char *principal; /* exact, or NULL: the account */
	} list[FOREIGN_MAX];
	size_t count;
	bool is_full;
};

static void note_foreign(struct foreign *f, const struct policy_context *c, const char *text)
{
	struct account_id account;
	const char *principal;

	if (!text || principal_account(text, &account) != 0)
		return;
	if (strcmp(account.text, c->vendor.text) == 0 || strcmp(account.text, c->own.text) == 0)
		return;
	principal = principal_is_account(text) ? NULL : text;
	for (size_t i = 0; i < f->count; i++)
		if (strcmp(f->list[i].account.text, account.text) == 0 && f->list[i].principal == NULL &&
			principal == NULL)
			return;
	if (f->count == FOREIGN_MAX) {
		f->is_full = true;
		return;
	}
	f->list[f->count].account = account;
	f->list[f->count++].principal = principal;
}

static void note_named(
	const struct policy *p, const struct statement *s, const struct policy_context *c, struct foreign *f)
{
	uint32_t aws = s->not_principal ? JSON_NONE : json_member(&p->tree, s->principal, "AWS");

	values_for_each(p, aws, v)
	{
		note_foreign(f, c, policy_value(p, v.node));
	}
	for (uint32_t i = 0; i < s->test_count; i++) {
		const struct test *t = &p->tests[s->first_test + i];

		if (t->key != REQUEST_KEY_CALLER_ACCOUNT && t->key != REQUEST_KEY_PRINCIPAL_ACCOUNT)
			continue;
		values_for_each(p, t->value_node, v)
		{
			note_foreign(f, c, policy_value(p, v.node));
		}
	}
}

/* A policy that cuts the vendor and lets another account in tells of a migration, not of a loss. */
static bool other_foreign_allowed(const struct policy *p, const struct policy_context *c)
{
	struct foreign f = {.count = 0};

	for (uint32_t i = 0; i < p->count; i++)
		if (!p->statements[i].is_deny)
			note_named(p, &p->statements[i], c, &f);
	for (size_t i = 0; i < f.count; i++) {
		struct request r[2];
		struct verdict v[2];

		request_of_other(
			c, &f.list[i].account, f.list[i].principal, need_action(NEED_EBS_DECRYPT), &r[0]);
		request_of_other(c, &f.list[i].account, f.list[i].principal,
			need_action(NEED_EBS_CREATE_GRANT), &r[1]);
		verdict_of_all(p, r, 2, v);
		if (v[0].answer == POLICY_ALLOWED || v[1].answer == POLICY_ALLOWED)
			return true;
	}
	return f.is_full;
}

/* The nearest of the cuts that are TRUE: ours before a sibling's before a stranger's. */
static enum cut_by find_cut(const struct policy *p, const struct policy_context *c)
{
	static const enum need needs[] = {NEED_EBS_DECRYPT, NEED_EBS_CREATE_GRANT};
	enum cut_by nearest = CUT_BY_NONE;

	for (uint32_t i = 0; i < p->count; i++) {
		const struct statement *s = &p->statements[i];
		enum cut_by by = s->is_deny ? cut_of_sid(s->sid, c) : CUT_BY_NONE;

		if (by == CUT_BY_NONE || (nearest != CUT_BY_NONE && nearest <= by))
			continue;
		for (size_t n = 0; n < sizeof needs / sizeof needs[0]; n++) {
			struct request r;

			request_of_need(c, needs[n], &r);
			if (verdict_of_statement(p, s, &r).whole == TRI_TRUE)
				nearest = by;
		}
	}
	return nearest;
}

bool policy_vendor_owns(const struct policy_context *c)
{
	return *c->own.text != '\0' && strcmp(c->own.text, c->vendor.text) == 0;
}

void policy_access(
	const struct policy *p, const struct policy_context *c, struct access *ret_access, bool *ret_timed)
{
	struct access a = {0};
	struct request requests[NEED_COUNT];
	struct verdict verdicts[NEED_COUNT];
	bool timed = false;

	for (enum need n = 0; n < NEED_COUNT; n++)
		request_of_need(c, n, &requests[n]);
	verdict_of_all(p, requests, NEED_COUNT, verdicts);
	for (enum need n = 0; n < NEED_COUNT; n++) {
		switch (verdicts[n].answer) {
		case POLICY_ALLOWED:
			a.allowed |= NEED_BIT(n);
			break;
		case POLICY_DENIED:
			a.denied |= NEED_BIT(n);
			break;
		case POLICY_UNDECIDED:
			a.undecided |= NEED_BIT(n);
			break;
		}
		if (verdicts[n].by_deny && (n == NEED_EBS_DECRYPT || n == NEED_EBS_CREATE_GRANT))
			a.by_deny = true;
	}
	a.other_foreign_allowed = other_foreign_allowed(p, c);
	a.cut_by = find_cut(p, c);
	for (uint32_t i = 0; i < p->count; i++) {
		if (cut_of_sid(p->statements[i].sid, c) == CUT_BY_OWN)
			a.own_sid_present = true;
		timed = timed || condition_is_timed(p, &p->statements[i]);
	}
	if (policy_vendor_owns(c))
		a = (struct access){.undecided = NEED_ALL, .own_sid_present = a.own_sid_present};
	if (ret_timed)
		*ret_timed = timed;
	*ret_access = a;
}

size_t policy_named_accounts(
	const struct policy *p, const struct account_id *own, struct account_id *ret_accounts, size_t max)
{
	const struct policy_context c = {.own = *own};
	struct foreign f = {.count = 0};
	size_t count = 0;

	for (uint32_t i = 0; i < p->count; i++)
		if (!p->statements[i].is_deny)
			note_named(p, &p->statements[i], &c, &f);
	for (size_t i = 0; i < f.count; i++) {
		bool seen = false;

		for (size_t j = 0; j < count; j++)
			seen = seen || strcmp(ret_accounts[j].text, f.list[i].account.text) == 0;
		if (!seen && count < max)
			ret_accounts[count++] = f.list[i].account;
	}
	return count;
}

enum policy_answer policy_self(
	const struct policy *p, const struct policy_context *c, const char *principal, const char *action)
{
	struct request r;

	if (request_of_self(c, principal, action, &r) != 0)
		return POLICY_UNDECIDED;
	return verdict_of(p, &r).answer;
}

const char *policy_answer_name(enum policy_answer a)
{
	switch (a) {
	case POLICY_DENIED:
		return "denied";
	case POLICY_ALLOWED:
		return "allowed";
	case POLICY_UNDECIDED:
		return "undecided";
	}
	return "undecided";
}

static const struct {
	const char *name, *meaning;
} summaries[POLICY_SUMMARY_COUNT] = {
#define X(e, name, meaning) {name, meaning},
	POLICY_SUMMARY_TABLE(X)
#undef X
};

const char *policy_summary_name(enum policy_summary s)
{
	return summaries[s].name;
}

const char *policy_summary_meaning(enum policy_summary s)
{
	return summaries[s].meaning;
}

enum policy_summary policy_summary_of(const struct access *a)
{
	const uint16_t vital = NEED_BIT(NEED_EBS_DECRYPT) | NEED_BIT(NEED_EBS_CREATE_GRANT);

	if (((a->allowed | a->undecided) & vital) == 0)
		return POLICY_SUMMARY_LOST;
	if (a->allowed == NEED_ALL)
		return POLICY_SUMMARY_USABLE;
	return a->denied != 0 && (a->allowed & vital) != 0 ? POLICY_SUMMARY_DEGRADED
							   : POLICY_SUMMARY_UNDECIDED;
}
