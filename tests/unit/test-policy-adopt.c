/* SPDX-License-Identifier: Apache-2.0 */
/* Which Deny statements of others may be adopted by their Sid, and what is left of the policy. Policies are written with ' for ". */
#include "policy/adopt.h"
#include "base/own.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define OWN      "111122223333"
#define VENDOR   "999900001111"
#define OTHER    "555566667777"
#define OURS     "0123456789abcdef"
#define SIBLINGS "fedcba9876543210"
#define FOREIGN  "00000000000000aa"

static const struct ledger_id own_ledger = {OURS}, siblings[] = {{SIBLINGS}};
static const struct policy_context context = {
	.vendor = {VENDOR},
	.own = {OWN},
	.region = {"us-west-2"},
	.key = {"arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"},
	.now = {1795492166000},
	.own_ledger = &own_ledger,
	.siblings = siblings,
	.sibling_count = 1,
};

#define DOC(statements) "{'Statement':[" statements "]}"
#define ADMIN                                                                                                \
	"{'Sid':'Admin','Effect':'Allow','Principal':{'AWS':'arn:aws:iam::" OWN                              \
	":root'},'Action':'kms:*','Resource':'*'}"
#define ALLOW                                                                                                \
	"{'Sid':'V','Effect':'Allow','Principal':{'AWS':'*'},'Action':'kms:*','Resource':'*','Condition':{'" \
	"StringEquals':{'kms:CallerAccount':'" VENDOR "'}}}"
#define DENY(sid, principal, action, condition)                                                              \
	"{'Sid':'" sid "','Effect':'Deny','Principal':" principal ",'Action':'" action                       \
	"','Resource':'*'" condition "}"
#define CALLER(accounts) ",'Condition':{'StringEquals':{'kms:CallerAccount':" accounts "}}"
#define CUT(sid)         DENY(sid, "{'AWS':'*'}", "kms:*", CALLER("'" VENDOR "'"))
#define REST             ADMIN "," ALLOW

static char *quoted(const char *text)
{
	char *copy = strdup(text);

	assert_non_null(copy);
	for (char *c = copy; *c; c++)
		if (*c == '\'')
			*c = '"';
	return copy;
}

static void free_policy(struct policy **p)
{
	*p = policy_free(*p);
}

static void test_removes_what_keeps_the_vendor_out(void **state)
{
	static const struct {
		const char *sid, *statement;
	} cases[] = {
		{"CutTheVendor", CUT("CutTheVendor")},
		{"CmekdCut" FOREIGN "I3", CUT("CmekdCut" FOREIGN "I3")},
		{"CmekdCut" OURS "I3", CUT("CmekdCut" OURS "I3")}, /* of an incident that is no more */
		{"no more, for now", CUT("no more, for now")},
		{"P", DENY("P", "{'AWS':'arn:aws:iam::" VENDOR ":root'}", "kms:*", "")},
		{"P", DENY("P", "'*'", "kms:CreateGrant", CALLER("['" VENDOR "']"))},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		for (int at = 0; at < 3; at++) {
			_cleanup_(adopt_removed_fini) struct adopt_removed r = ADOPT_REMOVED_INIT;
			_cleanup_free_ char *statement = quoted(cases[i].statement),
					    *want = quoted(DOC(REST));
			char text[4096];
			struct why why = {""};
			_cleanup_free_ char *admin = quoted(ADMIN), *allow = quoted(ALLOW);

			(void)snprintf(text, sizeof text, "{\"Statement\":[%s,%s,%s]}",
				at == 0 ? statement : admin,
				at == 1   ? statement
				: at == 0 ? admin
					  : allow,
				at == 2 ? statement : allow);
			if (adopt_remove(text, strlen(text), &context, cases[i].sid, &r, &why) != 0)
				fail_msg("%s: %s", text, why.text);
			assert_string_equal(r.text, want);
			assert_string_equal(r.statement, statement);
			assert_int_equal(r.number, at == 0 ? 1 : at == 1 ? 2 : 3);
			assert_int_equal(r.line, 1);
			assert_int_equal(r.access.allowed, NEED_ALL);
		}
	}
}

/* Another Deny still stands: that is told, not refused. */
static void test_what_is_left_is_told(void **state)
{
	_cleanup_(adopt_removed_fini) struct adopt_removed r = ADOPT_REMOVED_INIT;
	_cleanup_free_ char *text = quoted(DOC(REST "," CUT("A") "," CUT("B")));
	struct digest digest;
	struct why why = {""};

	(void)state;
	assert_int_equal(adopt_remove(text, strlen(text), &context, "A", &r, &why), 0);
	assert_int_equal(r.access.denied, NEED_ALL);
	assert_int_equal(digest_of(r.statement, strlen(r.statement), &digest), 0);
	assert_memory_equal(&digest, &r.digest, sizeof digest);
}

static void test_refusals(void **state)
{
	static const struct {
		const char *policy, *sid;
		int refusal;
		const char *why;
	} cases[] = {
		{"[]", "A", POLICY_E_SHAPE, "policy document"},
		{"{", "A", POLICY_E_JSON, "line 1"},
		{DOC(REST), "A", POLICY_E_NO_SID, "no Deny keeps account " VENDOR " out"},
		{DOC(REST "," CUT("B")), "A", POLICY_E_NO_SID, "statement 3 (line 1): --adopt 'B'"},
		{DOC(REST "," CUT("A") "," CUT("A")), "A", POLICY_E_SHAPE, "more than one"},
		{DOC(CUT("A")), "A", POLICY_E_SHAPE, "is all the policy has"},
		{DOC(REST), "V", POLICY_E_EFFECT, "is no Deny"},
		{DOC(REST "," CUT("CmekdCut" SIBLINGS "I1")), "CmekdCut" SIBLINGS "I1", POLICY_E_EFFECT,
			"another project of this cmekd"},
		/* Others would be let in. */
		{DOC(REST "," DENY("A", "'*'", "kms:*", "")), "A", POLICY_E_EFFECT, "refuses others too"},
		{DOC(REST "," DENY("A", "'*'", "kms:*", CALLER("['" VENDOR "','" OTHER "']"))), "A",
			POLICY_E_EFFECT, "refuses others too"},
		{DOC(REST "," DENY("A", "{'AWS':['arn:aws:iam::" VENDOR ":root','" OTHER "']}", "kms:*", "")),
			"A", POLICY_E_EFFECT, "refuses others too"},
		{DOC(REST "," DENY("A", "'*'", "kms:*",
			 ",'Condition':{'StringNotEquals':{'kms:CallerAccount':'" OWN "'}}")),
			"A", POLICY_E_EFFECT, "refuses others too"},
		/* It keeps nobody out who is meant. */
		{DOC(REST "," DENY("A", "'*'", "kms:Sign", CALLER("'" VENDOR "'"))), "A", POLICY_E_EFFECT,
			"nothing that it needs"},
		{DOC(REST "," DENY("A", "'*'", "kms:*", CALLER("'" OTHER "'"))), "A", POLICY_E_EFFECT,
			"nothing that it needs"},
		{DOC(REST "," DENY(
			 "A", "'*'", "kms:*", ",'Condition':{'StringEquals':{'aws:PrincipalOrgID':'o-1'}}")),
			"A", POLICY_E_EFFECT, "cannot be decided"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct adopt_removed r = ADOPT_REMOVED_INIT;
		_cleanup_free_ char *text = quoted(cases[i].policy);
		struct why why = {""};
		int got = adopt_remove(text, strlen(text), &context, cases[i].sid, &r, &why);

		if (got != cases[i].refusal || !strstr(why.text, cases[i].why))
			fail_msg("%zu: %d %s", i, got, why.text);
		assert_null(r.text);
	}
}

/* What status names. */
static void test_find(void **state)
{
	static const struct {
		const char *policy, *sid;
		uint32_t statement; /* 0: none */
		bool may;
		const char *why;
	} cases[] = {
		{DOC(REST), "", 0, false, ""},
		{DOC(REST "," CUT("A")), "A", 3, true, ""},
		{DOC(CUT("A") "," REST "," CUT("B")), "A", 1, true, ""},
		{DOC(DENY("A", "'*'", "kms:*", "") "," REST "," CUT("B")), "B", 4, true, ""},
		{DOC(REST "," DENY("A", "'*'", "kms:*", "")), "A", 3, false, "refuses others too"},
		{DOC(REST "," CUT("")), "", 3, false, "no Sid"},
		{DOC(REST "," CUT("\\u001b[2J")), "\033[2J", 3, false, "no Sid by which it could be named"},
		{DOC(REST "," DENY("A", "'*'", "kms:Sign", CALLER("'" VENDOR "'"))), "", 0, false, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		_cleanup_free_ char *text = quoted(cases[i].policy);
		_cleanup_(free_policy) struct policy *p = NULL;
		struct adopt_found f = {.statement = 0};

		assert_int_equal(policy_parse(text, strlen(text), &p, NULL), 0);
		assert_int_equal(adopt_find(p, &context, &f), cases[i].statement != 0);
		assert_int_equal(f.statement, cases[i].statement);
		assert_string_equal(f.sid, cases[i].sid);
		assert_int_equal(f.may, cases[i].may);
		if (!strstr(f.why.text, cases[i].why) || (f.may && *f.why.text))
			fail_msg("%zu: %s", i, f.why.text);
	}
}

static void test_plain(void **state)
{
	(void)state;
	assert_true(adopt_is_plain("CutTheVendor"));
	assert_true(adopt_is_plain("no more, for now"));
	assert_false(adopt_is_plain(""));
	assert_false(adopt_is_plain("it's"));
	assert_false(adopt_is_plain("--yes"));
	assert_false(adopt_is_plain("a\nb"));
	assert_false(adopt_is_plain("a\\b"));
	assert_false(adopt_is_plain("caf\xc3\xa9"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_removes_what_keeps_the_vendor_out),
		cmocka_unit_test(test_what_is_left_is_told),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_plain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
