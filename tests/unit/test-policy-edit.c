/* SPDX-License-Identifier: Apache-2.0 */
/* Edits of key policies: properties over many layouts. Policies are written with ' for ". */
#include "policy/policy.h"
#include "base/own.h"
#include "policy/give.h"
#include "policy/render.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#define VENDOR "999900001111"
#define SID    "CmekdCut0123456789abcdefI7"

static const struct account_id vendor = {VENDOR};
static const struct ledger_id own_ledger = {"0123456789abcdef"};
static const struct policy_context context = {
	.vendor = {VENDOR},
	.own = {"111122223333"},
	.region = {"us-west-2"},
	.key = {"arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"},
	.now = {1795492166000},
	.own_ledger = &own_ledger,
};

static void free_policy(struct policy **p)
{
	*p = policy_free(*p);
}
#define _cleanup_policy_ _cleanup_(free_policy)

static char *quoted(const char *text)
{
	char *copy = strdup(text);

	assert_non_null(copy);
	for (char *c = copy; *c; c++)
		if (*c == '\'')
			*c = '"';
	return copy;
}

#define ALL  "{'Effect':'Allow','Principal':'*','Action':'kms:*','Resource':'*'}"
#define NONE "{'Effect':'Deny','Principal':'*','Action':'kms:Sign','Resource':'*'}"

/* Each allows the vendor all or nothing. */
static const char *const layouts[] = {
	"{'Statement':[" ALL "]}",
	"{'Statement':" ALL "}",
	"{'Statement':[]}",
	"{'Statement':[ ]}",
	"{'Statement':[\n\n]}",
	"{'Statement':[\n\t" ALL "\n]}",
	"{'Statement':[" ALL " ]}",
	"{'Statement':[ " ALL "]}",
	"{'Statement':[ " ALL " ]}",
	"{'Statement':[" NONE " ," ALL "]}",
	"{'Statement':[" NONE ",\r\n  " ALL "\r\n]\r\n}\r\n",
	"{'Statement':[" ALL "\n,\n" NONE "\n]\n, 'Id' : 'x' }\n",
	"{'Statement':[" ALL "," NONE "," ALL "], 'Version':'2012-10-17'}",
	"  {  'Statement'  :  " ALL "  }  ",
	"{'Statement':" NONE ",'Id':'\\u00e9\\/[]{},'}",
	"{'Id':'[ " SID " ]','Statement':[" ALL "\t\t]}",
	"{'Statement':[" ALL
	",                                                                               "
	"                                                                                                    "
	" "
	"                                     " ALL "]}",
	"{'Statement':[{'Sid':'" SID "x','Effect':'Allow','Principal':'*','Action':'kms:*','Resource':'*'}]}",
	"{'Statement':[{'Sid':'" SID "','Effect':'Allow','Principal':'*','Action':'kms:*','Resource':'*'},"
	"{'Sid':'" SID "','Effect':'Allow','Principal':'*','Action':'kms:*','Resource':'*'}]}",
};

static struct access access_of(const char *text)
{
	_cleanup_policy_ struct policy *p = NULL;
	struct access a;

	assert_int_equal(policy_parse(text, strlen(text), &p, NULL), 0);
	policy_access(p, &context, &a, NULL);
	return a;
}

static void test_remove_undoes_add(void **state)
{
	size_t done = 0;

	(void)state;
	for (size_t i = 0; i + 1 < sizeof layouts / sizeof layouts[0]; i++) {
		_cleanup_free_ char *text = quoted(layouts[i]), *cut = NULL, *back = NULL;
		struct access a;

		assert_int_equal(policy_add_cut(text, strlen(text), SID, &vendor, &cut, NULL), 0);
		a = access_of(cut);
		assert_int_equal(a.denied, NEED_ALL);
		assert_int_equal(a.cut_by, CUT_BY_OWN);
		assert_true(a.by_deny && a.own_sid_present);
		assert_int_equal(policy_remove_cut(cut, strlen(cut), SID, &back, NULL), 0);
		assert_string_equal(back, text);
		done++;
	}
	assert_true(done >= 18);
}

/* Two cuts, taken out in either order. */
static void test_two_cuts(void **state)
{
	(void)state;
	for (size_t i = 0; i + 1 < sizeof layouts / sizeof layouts[0]; i++)
		for (int order = 0; order < 2; order++) {
			_cleanup_free_ char *text = quoted(layouts[i]), *one = NULL, *two = NULL,
					    *less = NULL, *back = NULL;
			const char *sids[] = {SID, "CmekdCut0123456789abcdefI8"};

			assert_int_equal(policy_add_cut(text, strlen(text), sids[0], &vendor, &one, NULL), 0);
			assert_int_equal(policy_add_cut(one, strlen(one), sids[1], &vendor, &two, NULL), 0);
			assert_int_equal(policy_remove_cut(two, strlen(two), sids[order], &less, NULL), 0);
			assert_int_equal(access_of(less).denied, NEED_ALL);
			assert_int_equal(
				policy_remove_cut(less, strlen(less), sids[1 - order], &back, NULL), 0);
			assert_int_equal(access_of(back).allowed, access_of(text).allowed);
			if (order == 1)
				assert_string_equal(back, text);
		}
}

/* What was edited around the cut meanwhile stays. */
static void test_remove_anywhere(void **state)
{
	static const char *const texts[][2] = {
		{"{'Statement':[{'Sid':'" SID "','Effect':'Deny'}, " ALL "]}", "{'Statement':[" ALL "]}"},
		{"{'Statement':[" ALL " , {'Sid':'" SID "','Effect':'Deny'}, " NONE "]}",
			"{'Statement':[" ALL ", " NONE "]}"},
		{"{'Statement':[ {'Effect':'Deny','Sid':'\\u0043mekdCut0123456789abcdefI7'} ]}",
			"{'Statement':[  ]}"},
		{"{'Statement':[" ALL " ,{'Sid':'" SID "','Effect':'Deny'}],'Id':'x'}",
			"{'Statement':" ALL ",'Id':'x'}"},
		/* as a person may write it: an array of one stays an array */
		{"{'Statement':[" ALL ", {'Sid':'" SID "','Effect':'Deny'}]}", "{'Statement':[" ALL "]}"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		_cleanup_free_ char *text = quoted(texts[i][0]), *wanted = quoted(texts[i][1]), *got = NULL;

		assert_int_equal(policy_remove_cut(text, strlen(text), SID, &got, NULL), 0);
		assert_string_equal(got, wanted);
	}
}

static void test_refusals(void **state)
{
	_cleanup_free_ char *twice = quoted(layouts[sizeof layouts / sizeof layouts[0] - 1]);
	_cleanup_free_ char *only = quoted("{'Statement':{'Sid':'" SID "','Effect':'Deny'}}");
	_cleanup_free_ char *plain = quoted("{'Statement':[" ALL "]}");
	char *out = NULL;
	struct why why;

	(void)state;
	assert_int_equal(policy_remove_cut(twice, strlen(twice), SID, &out, &why), POLICY_E_SHAPE);
	assert_non_null(strstr(why.text, "more than one"));
	assert_int_equal(policy_remove_cut(only, strlen(only), SID, &out, &why), POLICY_E_SHAPE);
	assert_int_equal(policy_remove_cut(plain, strlen(plain), SID, &out, &why), POLICY_E_NO_SID);
	assert_non_null(strstr(why.text, SID));
	assert_int_equal(policy_add_cut(only, strlen(only), SID, &vendor, &out, &why), POLICY_E_PRESENT);
	assert_int_equal(policy_add_cut("{}", 2, SID, &vendor, &out, &why), POLICY_E_SHAPE);
	assert_int_equal(policy_remove_cut("{", 1, SID, &out, &why), POLICY_E_JSON);
	assert_int_equal(policy_add_cut(plain, strlen(plain), "a\"b", &vendor, &out, &why), -EINVAL);
	assert_null(out);
}

static void test_too_large(void **state)
{
	static char text[POLICY_MAX_BYTES + 1];
	_cleanup_free_ char *out = NULL;
	struct why why;
	size_t room;

	(void)state;
	(void)snprintf(text, sizeof text, "{\"Statement\":[]}");
	assert_int_equal(policy_add_cut(text, strlen(text), SID, &vendor, &out, &why), 0);
	room = POLICY_MAX_BYTES - strlen(out);
	memset(text + strlen(text), ' ', room + 1);
	free(own_take(out));
	assert_int_equal(policy_add_cut(text, strlen(text), SID, &vendor, &out, &why), POLICY_E_TOO_LARGE);
	assert_null(out);
	text[strlen(text) - 1] = '\0';
	assert_int_equal(policy_add_cut(text, strlen(text), SID, &vendor, &out, &why), 0);
	assert_int_equal(strlen(out), POLICY_MAX_BYTES);
}

static void test_sid(void **state)
{
	char sid[POLICY_SID_BYTES];
	_cleanup_policy_ struct policy *p = NULL;
	_cleanup_free_ char *text = quoted("{'Statement':{'Sid':'a','Effect':'Deny'}}");

	(void)state;
	policy_cut_sid(&own_ledger, (struct incident_id){UINT32_MAX}, sid);
	assert_string_equal(sid, "CmekdCut0123456789abcdefI4294967295");
	policy_cut_sid(&own_ledger, (struct incident_id){7}, sid);
	assert_string_equal(sid, SID);
	assert_int_equal(policy_parse(text, strlen(text), &p, NULL), 0);
	assert_true(policy_has_sid(p, "a"));
	assert_false(policy_has_sid(p, "A"));
}

/* Statements that the property below strews over a policy: decided and undecided ones of both effects. */
static const char *const parts[] = {
	"{'Effect':'Allow','Principal':{'AWS':'999900001111'},'Action':['kms:Decrypt','kms:Create*'],'"
	"Resource':'*'}",
	"{'Effect':'Allow','Principal':'*','Action':'kms:*','Resource':'*','Condition':{'StringEquals':{'aws:"
	"PrincipalOrgID':'o'}}}",
	"{'Effect':'Allow','Principal':'*','NotAction':'kms:Decrypt','Resource':'*','Condition':{'"
	"StringEquals':{'kms:CallerAccount':'999900001111'}}}",
	"{'Effect':'Deny','Principal':'*','Action':'kms:*','Resource':'*','Condition':{'Bool':{'kms:"
	"GrantIsForAWSResource':'false'}}}",
	"{'Effect':'Deny','NotPrincipal':{'AWS':'arn:aws:iam::999900001111:role/"
	"x'},'Action':'kms:De*','Resource':'*'}",
	"{'Effect':'Deny','Principal':'*','Action':'kms:Encrypt','Resource':'*','Strange':1}",
	"{'Effect':'Deny','Principal':{'AWS':'*'},'Action':'kms:GenerateDataKey*','Resource':'*'}",
};
#define PART_COUNT (sizeof parts / sizeof parts[0])

static char *assemble(unsigned set, const char *more)
{
	char text[4096] =
		"{'Statement':[{'Effect':'Allow','Principal':'*','Action':'kms:Sign','Resource':'*'}";

	for (size_t i = 0; i < PART_COUNT; i++)
		if (set & 1u << i) {
			strcat(text, ",");
			strcat(text, parts[i]);
		}
	if (more) {
		strcat(text, ",");
		strcat(text, more);
	}
	strcat(text, "]}");
	return quoted(text);
}

/* Over all sets of the parts: a cut leaves nothing open; an Allow never denies; a Deny never allows. */
static void test_monotonic(void **state)
{
	(void)state;
	for (unsigned set = 0; set < 1u << PART_COUNT; set++) {
		_cleanup_free_ char *text = assemble(set, NULL), *cut = NULL;
		struct access before = access_of(text), after;

		assert_int_equal(policy_add_cut(text, strlen(text), SID, &vendor, &cut, NULL), 0);
		after = access_of(cut);
		assert_int_equal(after.denied, NEED_ALL);
		for (size_t i = 0; i < PART_COUNT; i++) {
			_cleanup_free_ char *more = assemble(set, parts[i]);
			bool is_deny = strstr(parts[i], "'Deny'");

			after = access_of(more);
			if (is_deny) {
				assert_int_equal(after.allowed & ~before.allowed, 0);
				assert_int_equal(before.denied & ~after.denied, 0);
			} else {
				assert_int_equal(before.allowed & ~after.allowed, 0);
				assert_int_equal(after.denied & ~before.denied, 0);
			}
		}
	}
}

#define GIVE_ADMIN                                                                                           \
	"{'Sid':'Admin','Effect':'Allow','Principal':{'AWS':'arn:aws:iam::111122223333:root'},'Action':'"    \
	"kms:*','Resource':'*'}"

static uint16_t allowed_by(const char *text)
{
	_cleanup_policy_ struct policy *p = NULL;
	struct access access;

	assert_int_equal(policy_parse(text, strlen(text), &p, NULL), 0);
	policy_access(p, &context, &access, NULL);
	return access.allowed;
}

/* Whatever the layout: what was there stays byte for byte, the vendor has all, and a second time nothing is to be done. */
static void test_give(void **state)
{
	static const char *const policies[] = {"{'Statement':[" GIVE_ADMIN "]}",
		"{'Statement':" GIVE_ADMIN "}", "{'Statement':[]}",
		"{'Statement':[\n  " GIVE_ADMIN ",\n  " NONE "\n]\n}\n",
		"{'Version':'2012-10-17','Statement':[ " GIVE_ADMIN " ]}"};

	(void)state;
	for (size_t i = 0; i < sizeof policies / sizeof *policies; i++) {
		_cleanup_free_ char *old = quoted(policies[i]), *new = NULL, *again = NULL,
				    *admin = quoted(GIVE_ADMIN);
		struct why why = {""};

		if (give_merge(old, strlen(old), &context, &new, &why) != 0)
			fail_msg("%s: %s", old, why.text);
		assert_int_equal(allowed_by(new), NEED_ALL);
		assert_true(i == 2 || strstr(new, admin));
		assert_non_null(strstr(new, render_statement_sid(RENDER_STATEMENT_EBS)));
		assert_int_equal(give_merge(new, strlen(new), &context, &again, &why), POLICY_E_PRESENT);
		assert_null(again);
	}
}

/* A statement of the document for another region is put right in its place; a purpose that is there already stays as it is. */
static void test_give_in_place(void **state)
{
	const struct region other = {"eu-west-1"};
	const struct render in = {.vendor = &vendor, .region = &other};
	_cleanup_(buf_fini) struct buf old = BUF_INIT(POLICY_MAX_BYTES);
	_cleanup_free_ char *new = NULL;
	struct why why;

	(void)state;
	render_policy(&in, &old);
	assert_int_equal(give_merge(old.data, old.len, &context, &new, &why), 0);
	assert_int_equal(allowed_by(new), NEED_ALL);
	assert_null(strstr(new, "eu-west-1"));
	assert_int_equal(strlen(new), old.len); /* as long: two regions of nine letters */
}

static void test_give_refusals(void **state)
{
	static const struct {
		const char *policy;
		int refusal;
		const char *why;
	} cases[] = {
		{"[]", POLICY_E_SHAPE, "policy document"},
		{"{'Statement':[", POLICY_E_JSON, "line 1"},
		{"{'Statement':[" ALL "]}", POLICY_E_PRESENT, "already"},
		{"{'Statement':[" GIVE_ADMIN
		 ",{'Sid':'D','Effect':'Deny','Principal':'*','Action':'kms:CreateGrant','Resource':'*'}]}",
			POLICY_E_EFFECT, "statement 2 denies kms:CreateGrant"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		_cleanup_free_ char *old = quoted(cases[i].policy), *new = NULL;
		struct why why = {""};

		assert_int_equal(give_merge(old, strlen(old), &context, &new, &why), cases[i].refusal);
		if (!strstr(why.text, cases[i].why))
			fail_msg("%zu: %s", i, why.text);
		assert_null(new);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_remove_undoes_add),
		cmocka_unit_test(test_two_cuts),
		cmocka_unit_test(test_remove_anywhere),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_sid),
		cmocka_unit_test(test_monotonic),
		cmocka_unit_test(test_give),
		cmocka_unit_test(test_give_in_place),
		cmocka_unit_test(test_give_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
