/* SPDX-License-Identifier: Apache-2.0 */
/* The vendor taken out of a policy and put back; comparison; review; render. Policies are written with ' for ". */
#include "base/buf.h"
#include "base/own.h"
#include "policy/compare.h"
#include "policy/render.h"
#include "policy/vendor.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#define VENDOR "999900001111"
#define OWN    "111122223333"
#define OTHER  "555566667777"

static const struct ledger_id own_ledger = {"0123456789abcdef"};
static const struct policy_context context = {
	.vendor = {VENDOR},
	.own = {OWN},
	.region = {"us-west-2"},
	.key = {"arn:aws:kms:us-west-2:" OWN ":key/1234abcd-12ab-34cd-56ef-1234567890ab"},
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

static struct policy *parsed(const char *json)
{
	struct policy *p = NULL;
	struct why why = {""};

	if (policy_parse(json, strlen(json), &p, &why) != 0)
		fail_msg("%s in %s", why.text, json);
	return p;
}

static bool same(const char *a, const char *b)
{
	_cleanup_policy_ struct policy *x = parsed(a), *y = parsed(b);
	bool equal = false;

	assert_int_equal(compare_equal(x, y, &equal), 0);
	return equal;
}

#define DOC(...) "{'Version':'2012-10-17','Statement':[" __VA_ARGS__ "]}"
#define ADMIN                                                                                                \
	"{'Sid':'Admin','Effect':'Allow','Principal':{'AWS':'arn:aws:iam::" OWN                              \
	":root'},'Action':'kms:*','Resource':'*'}"
#define EBS(accounts)                                                                                        \
	"{'Sid':'Ebs','Effect':'Allow','Principal':{'AWS':'*'},'Action':['kms:Encrypt','kms:Decrypt',"       \
	"'kms:ReEncrypt*','kms:GenerateDataKey*','kms:CreateGrant','kms:DescribeKey'],'Resource':'*',"       \
	"'Condition':{'StringEquals':{'kms:CallerAccount':" accounts                                         \
	",'kms:ViaService':'ec2.us-west-2.amazonaws.com'}}}"
#define S3(principal)                                                                                        \
	"{'Sid':'S3','Effect':'Allow','Principal':" principal                                                \
	",'Action':['kms:Decrypt','kms:GenerateDataKey'],'Resource':'*'}"
#define ROOT       "arn:aws:iam::" VENDOR ":root"
#define OTHER_ROOT "arn:aws:iam::" OTHER ":root"

/* ---- taking out ---- */

static const struct {
	const char *before, *after;
} removals[] = {
	{DOC(EBS("'" VENDOR "'") "," S3("{'AWS':'" ROOT "'}") "," ADMIN), DOC(ADMIN)},
	{DOC(ADMIN "," EBS("'" VENDOR "'") "," S3("{'AWS':'" ROOT "'}")), DOC(ADMIN)},
	{DOC(EBS("'" VENDOR "'") "," ADMIN "," S3("{'AWS':'" ROOT "'}")), DOC(ADMIN)},
	{DOC(EBS("['" OTHER "','" VENDOR "']") "," ADMIN), DOC(EBS("['" OTHER "']") "," ADMIN)},
	{DOC(EBS("['" VENDOR "' , '" OTHER "']") "," ADMIN), DOC(EBS("['" OTHER "']") "," ADMIN)},
	{DOC(EBS("['" VENDOR "']") "," ADMIN), DOC(ADMIN)},
	{DOC(S3("{'AWS':['" ROOT "','" OTHER_ROOT "']}") "," ADMIN),
		DOC(S3("{'AWS':['" OTHER_ROOT "']}") "," ADMIN)},
	{DOC(S3("{'AWS':['" OTHER_ROOT "', '" VENDOR "', 'arn:aws:iam::" VENDOR ":role/x']}") "," ADMIN),
		DOC(S3("{'AWS':['" OTHER_ROOT "']}") "," ADMIN)},
	{DOC(S3("{'AWS':['" VENDOR "', '" OTHER_ROOT "', 'arn:aws:iam::" VENDOR ":role/x', '" OWN
		"']}") "," ADMIN),
		DOC(S3("{'AWS':['" OTHER_ROOT "', '" OWN "']}") "," ADMIN)},
	{DOC(S3("{'AWS':'" ROOT "','Service':'s3.amazonaws.com'}") "," ADMIN),
		DOC(S3("{'Service':'s3.amazonaws.com'}") "," ADMIN)},
	{DOC(S3("{'Service':'s3.amazonaws.com', 'AWS':['" ROOT "']}") "," ADMIN),
		DOC(S3("{'Service':'s3.amazonaws.com'}") "," ADMIN)},
	{DOC(ADMIN ",\n  " S3("{'AWS':'" VENDOR "'}") "\n"), DOC(ADMIN "\n")},
	{"{'Id':'\\u00e9','Statement':[ " S3("'" VENDOR "'") " , " ADMIN " ] , 'Version':'2012-10-17' }",
		"{'Id':'\\u00e9','Statement':[ " ADMIN " ] , 'Version':'2012-10-17' }"},
};

static void test_remove(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof removals / sizeof removals[0]; i++) {
		_cleanup_free_ char *before = quoted(removals[i].before), *after = quoted(removals[i].after),
				    *out = NULL;
		struct why why = {""};

		if (vendor_remove(before, strlen(before), &context, &out, &why) != 0)
			fail_msg("%s: %s", before, why.text);
		assert_string_equal(out, after);
	}
}

static void test_restore_is_exact(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof removals / sizeof removals[0]; i++) {
		_cleanup_free_ char *before = quoted(removals[i].before), *after = quoted(removals[i].after),
				    *out = NULL;
		struct why why = {""};

		if (vendor_restore(after, strlen(after), before, strlen(before), &context, &out, &why) != 0)
			fail_msg("%s: %s", before, why.text);
		assert_string_equal(out, before);
	}
}

/* People edit meanwhile: their work stays, and the vendor comes back. */
static void test_restore_into_an_edited_policy(void **state)
{
	static const char more[] = "{'Sid':'More','Effect':'Allow','Principal':{'AWS':'" OTHER
				   "'},'Action':'kms:Sign','Resource':'*'}";
	(void)state;
	for (size_t i = 0; i < sizeof removals / sizeof removals[0]; i++) {
		_cleanup_free_ char *before = quoted(removals[i].before), *after = quoted(removals[i].after),
				    *extra = quoted(more), *out = NULL;
		_cleanup_(buf_fini) struct buf edited = BUF_INIT(POLICY_MAX_BYTES);
		_cleanup_(compare_list_fini) struct compare_list list = COMPARE_LIST_INIT;
		_cleanup_policy_ struct policy *x = NULL, *y = NULL;
		struct why why = {""};
		char *end = strrchr(after, ']');

		assert_non_null(end);
		buf_append(&edited, after, (size_t)(end - after));
		buf_printf(&edited, ",%s%s", extra, end);
		if (vendor_restore(edited.data, edited.len, before, strlen(before), &context, &out, &why) !=
			0)
			fail_msg("%s: %s", before, why.text);
		x = parsed(before);
		y = parsed(out);
		assert_int_equal(compare_statements(x, y, &list), 0);
		for (size_t k = 0; k < list.count; k++)
			if (list.statements[k].kind != COMPARE_SAME)
				assert_string_equal(list.statements[k].sid, "More");
		assert_int_equal(list.count, strlen("x") + (size_t)(strstr(before, "Ebs") ? 1 : 0) +
						     (strstr(before, "\"S3\"") ? 1 : 0) + 1);
	}
}

static void test_remove_refuses(void **state)
{
	static const struct {
		const char *policy;
		int refusal;
		const char *mentions;
	} bad[] = {
		{DOC(ADMIN), POLICY_E_ABSENT, VENDOR},
		{DOC(S3("{'AWS':'" VENDOR "'}")), POLICY_E_SHAPE, "administer"},
		{"{'Statement':" S3("{'AWS':'" VENDOR "'}") "}", POLICY_E_SHAPE, "administer"},
		/* let in by a name that is not the vendor's alone */
		{DOC(EBS("'" VENDOR "'") "," S3("'*'") "," ADMIN), POLICY_E_EFFECT, "statement 1"},
		{DOC(S3("{'AWS':'" VENDOR
			"'}") ",{'Effect':'Allow','Principal':'*','Action':'kms:*','Resource':'*',"
			      "'Condition':{'StringLike':{'kms:CallerAccount':'9999*'}}}," ADMIN),
			POLICY_E_EFFECT, "statement 1"},
		{DOC(S3("{'AWS':'" VENDOR
			"'}") ",{'Effect':'Allow','Principal':'*','Action':'kms:*','Resource':'*',"
			      "'Condition':{'StringEquals':{'aws:PrincipalOrgID':'o-1'}}}," ADMIN),
			POLICY_E_EFFECT, "undecided"},
		{DOC(S3("{'AWS':'" VENDOR "'}") ",{'Effect':'Allow','NotPrincipal':{'AWS':'" OTHER
						"'},'Action':'kms:*','Resource':'*'}," ADMIN),
			POLICY_E_EFFECT, "allowed"},
		{"{", POLICY_E_JSON, "line 1"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		_cleanup_free_ char *text = quoted(bad[i].policy);
		char *out = NULL;
		struct why why = {""};

		assert_int_equal(vendor_remove(text, strlen(text), &context, &out, &why), bad[i].refusal);
		assert_null(out);
		if (!strstr(why.text, bad[i].mentions))
			fail_msg("\"%s\" does not mention %s", why.text, bad[i].mentions);
	}
}

static void test_restore_refuses(void **state)
{
	_cleanup_free_ char *old = quoted(DOC(EBS("['" OTHER "','" VENDOR "']") "," ADMIN));
	_cleanup_free_ char *changed = quoted(DOC(EBS("['" OTHER "','" OWN "']") "," ADMIN));
	_cleanup_free_ char *gone = quoted(DOC(ADMIN));
	_cleanup_free_ char *denied =
		quoted(DOC(EBS("['" OTHER "']") "," ADMIN ",{'Effect':'Deny','Principal':{'AWS':'" VENDOR
						"'},'Action':'kms:*','Resource':'*'}"));
	char *out = NULL;
	struct why why = {""};

	(void)state;
	assert_int_equal(vendor_restore(changed, strlen(changed), old, strlen(old), &context, &out, &why),
		POLICY_E_CONFLICT);
	assert_non_null(strstr(why.text, "Ebs"));
	assert_int_equal(vendor_restore(gone, strlen(gone), old, strlen(old), &context, &out, &why),
		POLICY_E_CONFLICT);
	assert_int_equal(vendor_restore(denied, strlen(denied), old, strlen(old), &context, &out, &why),
		POLICY_E_EFFECT);
	assert_non_null(strstr(why.text, "denied"));
	assert_int_equal(
		vendor_restore(old, strlen(old), gone, strlen(gone), &context, &out, &why), POLICY_E_ABSENT);
	assert_null(out);
}

/* ---- who else loses ---- */

struct lost {
	char text[2048];
	unsigned count;
};

static void note_loss(void *arg, const char *principal, const char *action)
{
	struct lost *l = arg;
	size_t len = strlen(l->text);

	(void)snprintf(l->text + len, sizeof l->text - len, "%s %s;", principal, action);
	l->count++;
}

static struct lost losses(const char *before_text, const char *after_text)
{
	_cleanup_free_ char *before = quoted(before_text), *after = quoted(after_text);
	_cleanup_policy_ struct policy *x = parsed(before), *y = parsed(after);
	struct lost l = {"", 0};

	vendor_losses(x, y, &context, note_loss, &l);
	return l;
}

static void test_losses(void **state)
{
	struct lost l;

	(void)state;
	for (size_t i = 0; i < sizeof removals / sizeof removals[0]; i++) {
		l = losses(removals[i].before, removals[i].after);
		assert_string_equal(l.text, ""); /* what vendor_remove() does costs nobody else anything */
	}
	l = losses(DOC(S3("{'AWS':['" ROOT "','" OTHER_ROOT "']}") "," ADMIN), DOC(ADMIN));
	assert_string_equal(l.text, OTHER_ROOT " kms:Decrypt;" OTHER_ROOT " kms:GenerateDataKey;");
	l = losses(DOC(S3("{'AWS':'" VENDOR "','Service':'s3.amazonaws.com'}") "," ADMIN), DOC(ADMIN));
	assert_string_equal(l.text, "s3.amazonaws.com kms:Decrypt;s3.amazonaws.com kms:GenerateDataKey;");
	l = losses(DOC("{'Effect':'Allow','Principal':'*','Action':'kms:Decrypt','Resource':'*','Condition':{"
		       "'StringEqualsIfExists':{'kms:CallerAccount':'" VENDOR "'}}}," ADMIN),
		DOC(ADMIN));
	assert_non_null(strstr(l.text, "services"));
	assert_int_equal(l.count, 1);
}

/* ---- comparison ---- */

static void test_same_meaning(void **state)
{
	static const char *const pairs[][2] = {
		{DOC(S3("{'AWS':'" VENDOR "'}")), DOC(S3("{'AWS':'" ROOT "'}"))},
		{DOC(S3("{'AWS':'" VENDOR "'}")), DOC(S3("{'AWS':['" VENDOR "']}"))},
		{DOC(S3("{'AWS':'*'}")), DOC(S3("'*'"))},
		{DOC(ADMIN "," EBS("'" VENDOR "'")), DOC(EBS("['" VENDOR "']") "," ADMIN)},
		{DOC(EBS("['" VENDOR "','" OTHER "']")), DOC(EBS("['" OTHER "','" VENDOR "','" OTHER "']"))},
		{"{'Version':'2012-10-17','Id':'a','Statement':" ADMIN "}", DOC(ADMIN)},
		{"{'Statement':[" ADMIN "]}", "{'Version':'2008-10-17','Statement':[" ADMIN "]}"},
		{DOC("{'Effect':'Allow','Principal':'*','Action':'KMS:decrypt','Resource':'*','Condition':{}"
		     "}"),
			DOC("{'Action':['kms:Decrypt'],'Principal':{'AWS':['*']},'Effect':'Allow','Resource':"
			    "['*']}")},
		{DOC("{'Effect':'Deny','Principal':'*','Action':'*','Resource':'*','Condition':{'Bool':{'a':"
		     "true},"
		     "'ArnEquals':{'b':'x'}}}"),
			DOC("{'Effect':'Deny','Principal':'*','Action':'*','Resource':'*','Condition':{'"
			    "arnlike':{'B':['x']},"
			    "'bool':{'A':'TRUE'}}}")},
		{DOC("{'Effect':'Allow','Principal':'*','Action':'*','Resource':'\\u002a'}"),
			DOC("{'Effect':'Allow','Principal':'*','Action':'*','Resource':'*'}")},
	};

	(void)state;
	for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
		_cleanup_free_ char *a = quoted(pairs[i][0]), *b = quoted(pairs[i][1]);

		if (!same(a, b) || !same(b, a))
			fail_msg("%s is not the same as %s", a, b);
	}
}

static void test_other_meaning(void **state)
{
	static const char *const pairs[][2] = {
		{DOC(S3("{'AWS':'" VENDOR "'}")), DOC(S3("{'AWS':'" OTHER "'}"))},
		{DOC(S3("{'AWS':'" VENDOR "'}")), DOC(S3("{'AWS':'arn:aws:iam::" VENDOR ":role/root'}"))},
		{DOC(S3("{'AWS':'" VENDOR "'}")), DOC(S3("{'Service':'" VENDOR "'}"))},
		{DOC(ADMIN), DOC(ADMIN "," ADMIN)},
		{DOC(ADMIN), "{'Statement':[" ADMIN "]}"}, /* Version: variables */
		{DOC(ADMIN), DOC("{'Sid':'admin','Effect':'Allow','Principal':{'AWS':'" OWN
				 "'},'Action':'kms:*','Resource':'*'}")},
		{DOC("{'Effect':'Allow','Principal':'*','Action':'kms:Decrypt','Resource':'*'}"),
			DOC("{'Effect':'Allow','Principal':'*','NotAction':'kms:Decrypt','Resource':'*'}")},
		{DOC("{'Effect':'Allow','Principal':'*','Action':'kms:Decrypt','Resource':'*'}"),
			DOC("{'Effect':'Deny','Principal':'*','Action':'kms:Decrypt','Resource':'*'}")},
		{DOC("{'Effect':'Allow','Principal':'*','Action':[],'Resource':'*'}"),
			DOC("{'Effect':'Allow','Principal':'*','Resource':'*'}")},
		{DOC("{'Effect':'Allow','Principal':'*','Action':'*','Resource':'*','Condition':{'"
		     "StringEquals':{'a':'x'}}}"),
			DOC("{'Effect':'Allow','Principal':'*','Action':'*','Resource':'*','Condition':{'"
			    "StringLike':{'a':'x'}}}")},
		{DOC("{'Effect':'Allow','Principal':'*','Action':'*','Resource':'*','Condition':{'"
		     "StringEquals':{'a':'x'}}}"),
			DOC("{'Effect':'Allow','Principal':'*','Action':'*','Resource':'*','Condition':{'"
			    "StringEquals':{'a':'X'}}}")},
		/* both must hold, and either will do */
		{DOC("{'Effect':'Allow','Principal':'*','Action':'*','Resource':'*','Condition':{'"
		     "StringEquals':{'a':'x'},"
		     "'stringequals':{'a':'y'}}}"),
			DOC("{'Effect':'Allow','Principal':'*','Action':'*','Resource':'*','Condition':{'"
			    "StringEquals':{'a':['x','y']}}}")},
		{DOC("{'Effect':'Allow','Principal':'*','Action':'*','Resource':'*','X':1}"),
			DOC("{'Effect':'Allow','Principal':'*','Action':'*','Resource':'*','X':2}")},
	};

	(void)state;
	for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
		_cleanup_free_ char *a = quoted(pairs[i][0]), *b = quoted(pairs[i][1]);

		if (same(a, b) || same(b, a))
			fail_msg("%s is the same as %s", a, b);
	}
}

static void test_difference(void **state)
{
	_cleanup_free_ char *a = quoted(DOC(EBS("'" VENDOR "'") "," ADMIN));
	_cleanup_free_ char *b = quoted(DOC(S3("{'AWS':'" ROOT "'}") "," EBS("'" OTHER "'")));
	_cleanup_policy_ struct policy *x = parsed(a), *y = parsed(b);
	_cleanup_(compare_list_fini) struct compare_list l = COMPARE_LIST_INIT;

	(void)state;
	assert_int_equal(compare_statements(x, y, &l), 0);
	assert_int_equal(l.count, 3);
	assert_int_equal(l.statements[0].kind, COMPARE_ADDED);
	assert_int_equal(l.statements[0].after, 1);
	assert_int_equal(l.statements[0].before, 0);
	assert_int_equal(l.statements[1].kind, COMPARE_CHANGED);
	assert_int_equal(l.statements[1].before, 1);
	assert_int_equal(l.statements[1].after, 2);
	assert_int_equal(l.statements[1].minus_count, 1);
	assert_string_equal(l.statements[1].minus[0], "Condition StringEquals kms:CallerAccount = " VENDOR);
	assert_string_equal(l.statements[1].plus[0], "Condition StringEquals kms:CallerAccount = " OTHER);
	assert_int_equal(l.statements[2].kind, COMPARE_REMOVED);
	assert_string_equal(l.statements[2].sid, "Admin");
}

/* ---- review, render ---- */

static void test_review(void **state)
{
	static const struct {
		const char *policy;
		int refusal;
		const char *mentions;
	} texts[] = {
		{DOC(ADMIN), 0, ""},
		{DOC("{'Sid':'caf\xc3\xa9','Effect':'Allow','Principal':{'AWS':'" OWN
		     "'},'Action':'kms:*','Resource':'*'}"),
			0, ""},
		{DOC("{'Sid':'\xe2\x82\xac','Effect':'Allow','Principal':{'AWS':'" OWN
		     "'},'Action':'kms:*','Resource':'*'}"),
			POLICY_E_CHARACTER, "column 46"},
		{DOC(EBS("'" VENDOR "'")), POLICY_E_LOCKOUT, "kms:PutKeyPolicy"},
		{DOC("{'Effect':'Allow','Principal':{'AWS':'" OWN
		     "'},'Action':'kms:*KeyPolicy','Resource':'*'}"),
			POLICY_E_LOCKOUT, "kms:DescribeKey"},
		{DOC(ADMIN ",{'Effect':'Deny','Principal':'*','Action':'kms:GetKeyPolicy','Resource':'*','"
			   "Condition':{"
			   "'StringNotEquals':{'aws:PrincipalOrgID':'o'}}}"),
			POLICY_E_LOCKOUT, "undecided"},
		{DOC(ADMIN "," S3("{'AWS':['" ROOT "','AROAIOSFODNN7EXAMPLE']}")), POLICY_E_DELETED,
			"AROAIOSFODNN7EXAMPLE"},
		{"{}", POLICY_E_SHAPE, "Statement"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		_cleanup_free_ char *text = quoted(texts[i].policy);
		struct why why = {""};
		int r = policy_review(
			text, strlen(text), &context, "arn:aws:sts::" OWN ":assumed-role/cmekd/host", &why);

		if (r != texts[i].refusal || !strstr(why.text, texts[i].mentions))
			fail_msg("%s: %d, %s", text, r, why.text);
	}
}

static void test_render(void **state)
{
	static const struct account_id vendor = {VENDOR};
	static const struct region region = {"us-west-2"};
	static const char *const admins[] = {"arn:aws:iam::" OWN ":root", "arn:aws:iam::" OWN ":role/\"x"};

	(void)state;
	for (size_t admin_count = 0; admin_count <= 2; admin_count++)
		for (int any = 0; any < 2; any++) {
			const struct render in = {.vendor = &vendor,
				.region = any ? NULL : &region,
				.admins = admins,
				.admin_count = admin_count};
			_cleanup_(buf_fini) struct buf b = BUF_INIT(POLICY_MAX_BYTES);
			_cleanup_policy_ struct policy *p = NULL;
			struct access a;

			render_policy(&in, &b);
			assert_int_equal(b.trouble, 0);
			p = parsed(b.data);
			policy_access(p, &context, &a, NULL);
			assert_int_equal(policy_summary_of(&a), POLICY_SUMMARY_USABLE);
			assert_int_equal(
				policy_self(p, &context, "arn:aws:iam::" OWN ":user/x", "kms:PutKeyPolicy"),
				admin_count > 0 ? POLICY_ALLOWED : POLICY_DENIED);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_remove),
		cmocka_unit_test(test_restore_is_exact),
		cmocka_unit_test(test_restore_into_an_edited_policy),
		cmocka_unit_test(test_remove_refuses),
		cmocka_unit_test(test_restore_refuses),
		cmocka_unit_test(test_losses),
		cmocka_unit_test(test_same_meaning),
		cmocka_unit_test(test_other_meaning),
		cmocka_unit_test(test_difference),
		cmocka_unit_test(test_review),
		cmocka_unit_test(test_render),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
