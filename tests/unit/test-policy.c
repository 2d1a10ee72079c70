/* SPDX-License-Identifier: Apache-2.0 */
/* Evaluation and explanation of key policies, as a table. Policies are written with ' for ". */
#include "policy/policy.h"
#include "base/json_scan.h"
#include "base/own.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define VENDOR "999900001111"
#define OWN    "111122223333"
#define OTHER  "555566667777"
#define KEY    "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
#define LEDGER "0123456789abcdef"
#define SIB    "00000000000000aa"

static const struct ledger_id own_ledger = {LEDGER}, sibling = {SIB};
static const struct vendor_context stated[] = {{"aws:PrincipalOrgID", "o-vendor"},
	{"aws:CalledVia", "ec2.amazonaws.com"}, {"kms:CallerAccount", OTHER}};
static const struct policy_context context = {
	.vendor = {VENDOR},
	.own = {OWN},
	.region = {"us-west-2"},
	.key = {KEY},
	.now = {1795492166000}, /* 2026-11-24T03:49:26Z */
	.own_ledger = &own_ledger,
	.siblings = &sibling,
	.sibling_count = 1,
};

static void free_policy(struct policy **p)
{
	*p = policy_free(*p);
}
#define _cleanup_policy_ _cleanup_(free_policy)

/* Owned by the caller. */
static char *quoted(const char *text)
{
	char *copy = strdup(text);

	assert_non_null(copy);
	for (char *c = copy; *c; c++)
		if (*c == '\'')
			*c = '"';
	return copy;
}

static struct policy *parsed(const char *text)
{
	_cleanup_free_ char *json = quoted(text);
	struct policy *p = NULL;
	struct why why = {""};

	if (policy_parse(json, strlen(json), &p, &why) != 0)
		fail_msg("%s in %s", why.text, json);
	return p;
}

#define DOC(...) "{'Version':'2012-10-17','Id':'cmek-policy','Statement':[" __VA_ARGS__ "]}"
#define ADMIN                                                                                                \
	"{'Sid':'Admin','Effect':'Allow','Principal':{'AWS':'arn:aws:iam::" OWN                              \
	":root'},'Action':'kms:*','Resource':'*'}"
#define EBS_ACTIONS                                                                                          \
	"['kms:Encrypt','kms:Decrypt','kms:ReEncrypt*','kms:GenerateDataKey*','kms:CreateGrant','kms:"       \
	"DescribeKey']"
#define EBS(cond) EBS_DO("'Action':" EBS_ACTIONS, cond)
#define EBS_DO(action, cond)                                                                                 \
	"{'Sid':'Allow access through EBS for all principals in the account that are authorized to use "     \
	"EBS',"                                                                                              \
	"'Effect':'Allow','Principal':{'AWS':'*'}," action ",'Resource':'*','Condition':{" cond "}}"
#define CALLER "'kms:CallerAccount':'" VENDOR "'"
#define VIA    "'kms:ViaService':'ec2.us-west-2.amazonaws.com'"
#define EBS_OK EBS("'StringEquals':{" CALLER "," VIA "}")
#define S3_OK                                                                                                \
	"{'Sid':'Allow TiDB cloud role to use KMS to store encrypted backup to "                             \
	"S3','Effect':'Allow','Principal':{'AWS':'arn:aws:iam::" VENDOR                                      \
	":root'},'Action':['kms:Decrypt','kms:GenerateDataKey'],'Resource':'*'}"
#define OK EBS_OK "," S3_OK "," ADMIN
#define CUT_BODY(cond)                                                                                       \
	"'Effect':'Deny','Principal':{'AWS':'*'},'Action':'kms:*','Resource':'*','Condition':{" cond "}}"
#define CUT(ledger)     "{'Sid':'CmekdCut" ledger "I7'," CUT_BODY("'StringEquals':{" CALLER "}")
#define DENY(rest)      "{'Effect':'Deny','Action':'kms:*','Resource':'*'," rest "}"
#define DENY_ALL(cond)  DENY("'Principal':'*','Condition':{" cond "}")
#define ALLOW(rest)     "{'Effect':'Allow','Action':'kms:*','Resource':'*'," rest "}"
#define ALLOW_ALL(cond) ALLOW("'Principal':'*','Condition':{" cond "}")

/* Needs in the order of NEED_TABLE, then those of s3: a allowed, d denied, u undecided.
 * Encrypt, Decrypt, ReEncryptFrom, ReEncryptTo, GenerateDataKey, ...WithoutPlaintext, CreateGrant,
 * DescribeKey; Decrypt, GenerateDataKey. */
#define ALLOWED   "aaaaaaaa aa"
#define DENIED    "dddddddd dd"
#define UNDECIDED "uuuuuuuu uu"

enum extra { CLEAN, BY_DENY = 1, FOREIGN = 2, OWN_SID = 4, TIMED = 8 };

static const struct {
	const char *name, *policy, *expected;
	unsigned extra;
	enum cut_by cut_by;
} cases[] = {
	/* The documented policy. */
	{"documented, one region", DOC(OK), ALLOWED},
	{"documented, any region",
		DOC(EBS("'StringEquals':{" CALLER
			"},'StringLike':{'kms:ViaService':'ec2.*.amazonaws.com'}") "," S3_OK),
		ALLOWED},
	{"version 2008", "{'Version':'2008-10-17','Statement':[" OK "]}", ALLOWED},
	{"no version", "{'Statement':[" OK "]}", ALLOWED},
	{"one statement that is no array", "{'Statement':" EBS_OK "}", "aaaaaaaa dd"},
	{"escapes in names and values",
		DOC("{'Effect':'\\u0041llow','Princip\\u0061l':'*','Action':'kms\\u003a*','Resource':'"
		    "\\u002a'}"),
		ALLOWED},
	{"a set operator on a single-valued key",
		DOC(EBS("'StringEquals':{" CALLER
			"},'ForAnyValue:StringLike':{'kms:ViaService':'ec2.*.amazonaws.com'}") "," S3_OK),
		ALLOWED},
	{"unquoted account number", DOC(EBS("'StringEquals':{'kms:CallerAccount':" VENDOR "," VIA "}")),
		"aaaaaaaa dd"},
	{"case of operator and key does not matter",
		DOC(EBS("'stringequals':{'KMS:callerACCOUNT':'" VENDOR
			"','kms:viaservice':'ec2.us-west-2.amazonaws.com'}")),
		"aaaaaaaa dd"},
	{"values are OR", DOC(EBS("'StringEquals':{'kms:CallerAccount':['" OTHER "','" VENDOR "']," VIA "}")),
		"aaaaaaaa dd", FOREIGN},

	/* Its common mistakes. */
	{"EBS missing", DOC(S3_OK "," ADMIN),
		"dadda"
		"ddd aa"},
	{"S3 missing", DOC(EBS_OK "," ADMIN), "aaaaaaaa dd"},
	{"nothing for the vendor", DOC(ADMIN), DENIED},
	{"no statement at all", DOC(""), DENIED},
	{"wrong account", DOC(EBS("'StringEquals':{'kms:CallerAccount':'" OTHER "'," VIA "}")), DENIED,
		FOREIGN},
	{"wrong region",
		DOC(EBS("'StringEquals':{" CALLER ",'kms:ViaService':'ec2.eu-west-1.amazonaws.com'}")),
		DENIED},
	{"StringEquals with a wildcard",
		DOC(EBS("'StringEquals':{" CALLER ",'kms:ViaService':'ec2.*.amazonaws.com'}")), DENIED},
	{"value in the wrong case",
		DOC(EBS("'StringEquals':{" CALLER ",'kms:ViaService':'EC2.us-west-2.amazonaws.com'}")),
		DENIED},
	{"the same without case",
		DOC(EBS("'StringEqualsIgnoreCase':{" CALLER
			",'kms:ViaService':'EC2.us-west-2.amazonaws.com'}")),
		"aaaaaaaa dd"},
	{"CreateGrant missing",
		DOC(EBS_DO("'Action':['kms:Encrypt','kms:Decrypt','kms:ReEncrypt*','kms:GenerateDataKey*','"
			   "kms:DescribeKey']",
			"'StringEquals':{" CALLER "}")),
		"aaaaaada aa"},
	{"ReEncrypt without its star",
		DOC(EBS_DO("'Action':['kms:ReEncrypt','kms:Decrypt']", "'StringEquals':{" CALLER "}")),
		"daddddd"
		"d ad"},
	{"action in the wrong case is right",
		DOC(EBS_DO("'Action':'KMS:decrypt'", "'StringEquals':{" CALLER "}")),
		"daddddd"
		"d ad"},
	{"a star that has to take one character",
		DOC(EBS_DO("'Action':'kms:*ncrypt'", "'StringEquals':{" CALLER "}")), "addddddd dd"},
	{"a question mark is one character",
		DOC(EBS_DO("'Action':['kms:Decryp?','kms:Encrypt?']", "'StringEquals':{" CALLER "}")),
		"daddddd"
		"d ad"},

	/* Principals. */
	{"bare star", DOC(ALLOW("'Principal':'*'")), ALLOWED},
	{"account number", DOC(ALLOW("'Principal':{'AWS':'" VENDOR "'}")), ALLOWED},
	{"account root in China", DOC(ALLOW("'Principal':{'AWS':'arn:aws-cn:iam::" VENDOR ":root'}")),
		ALLOWED},
	{"list of principals", DOC(ALLOW("'Principal':{'AWS':['" OTHER "','arn:aws:iam::" VENDOR ":root']}")),
		ALLOWED, FOREIGN},
	{"a role of the vendor: which role it will use is not known",
		DOC(ALLOW("'Principal':{'AWS':'arn:aws:iam::" VENDOR ":role/x'}")), UNDECIDED},
	{"a user of the vendor", DOC(ALLOW("'Principal':{'AWS':'arn:aws:iam::" VENDOR ":user/x'}")),
		UNDECIDED},
	{"a role of another account", DOC(ALLOW("'Principal':{'AWS':'arn:aws:iam::" OTHER ":role/x'}")),
		DENIED, FOREIGN},
	{"a deleted role", DOC(ALLOW("'Principal':{'AWS':'AROAIOSFODNN7EXAMPLE'}")), DENIED},
	{"a service", DOC(ALLOW("'Principal':{'Service':'ec2.amazonaws.com'}")), DENIED},
	{"a federated user", DOC(ALLOW("'Principal':{'Federated':'cognito-identity.amazonaws.com'}")),
		DENIED},
	{"service or account", DOC(ALLOW("'Principal':{'Service':'ec2.amazonaws.com','AWS':'" VENDOR "'}")),
		ALLOWED},
	{"principal of an unknown type", DOC(ALLOW("'Principal':{'CanonicalUser':'x'}")), UNDECIDED},
	{"principal with a wildcard inside",
		DOC(ALLOW("'Principal':{'AWS':'arn:aws:iam::" VENDOR ":role/*'}")), UNDECIDED},
	{"principal of a wrong type", DOC(ALLOW("'Principal':7")), UNDECIDED},
	{"no principal", DOC(ALLOW("'Sid':'x'")), UNDECIDED},
	{"NotPrincipal + Deny, vendor's root listed",
		DOC(OK "," DENY("'NotPrincipal':{'AWS':['" OWN "','arn:aws:iam::" VENDOR ":root']}")),
		ALLOWED},
	{"NotPrincipal + Deny, only a role of it listed",
		DOC(OK "," DENY("'NotPrincipal':{'AWS':'arn:aws:iam::" VENDOR ":role/x'}")), UNDECIDED},
	{"NotPrincipal + Deny, vendor not listed", DOC(OK "," DENY("'NotPrincipal':{'AWS':'" OWN "'}")),
		DENIED, BY_DENY},
	{"NotPrincipal + Allow lets everybody else in", DOC(ALLOW("'NotPrincipal':{'AWS':'" OTHER "'}")),
		ALLOWED},
	{"NotPrincipal + Allow, vendor listed", DOC(ALLOW("'NotPrincipal':{'AWS':'" VENDOR "'}")), DENIED},
	{"Principal and NotPrincipal", DOC(ALLOW("'Principal':'*','NotPrincipal':{'AWS':'" OTHER "'}")),
		UNDECIDED},

	/* Actions and resources. */
	{"action star", DOC("{'Effect':'Allow','Principal':'*','Action':'*','Resource':'*'}"), ALLOWED},
	{"NotAction",
		DOC("{'Effect':'Allow','Principal':'*','NotAction':['kms:CreateGrant','s3:*'],'Resource':'*'"
		    "}"),
		"aaaaaada aa"},
	{"action without a service",
		DOC("{'Effect':'Allow','Principal':'*','Action':['Decrypt','kms:Encrypt'],'Resource':'*'}"),
		"auuuuuuu uu"},
	{"action of a wrong type", DOC("{'Effect':'Allow','Principal':'*','Action':{'a':1},'Resource':'*'}"),
		UNDECIDED},
	{"empty list of actions", DOC("{'Effect':'Allow','Principal':'*','Action':[],'Resource':'*'}"),
		UNDECIDED},
	{"no action", DOC("{'Effect':'Allow','Principal':'*','Resource':'*'}"), UNDECIDED},
	{"resource: this key",
		DOC("{'Effect':'Allow','Principal':'*','Action':'kms:*','Resource':'" KEY "'}"), ALLOWED},
	{"resource: a pattern",
		DOC("{'Effect':'Allow','Principal':'*','Action':'kms:*','Resource':'arn:*:kms:us-*:" OWN
		    ":key/*'}"),
		ALLOWED},
	{"resource: another key",
		DOC("{'Effect':'Allow','Principal':'*','Action':'kms:*','Resource':'arn:aws:kms:us-west-"
		    "2:" OWN ":key/x'}"),
		DENIED},
	{"resource: a star crosses no colon",
		DOC("{'Effect':'Allow','Principal':'*','Action':'kms:*','Resource':'arn:aws:*:" OWN
		    ":key/*:*:*'}"),
		DENIED},
	{"resource: no ARN", DOC("{'Effect':'Allow','Principal':'*','Action':'kms:*','Resource':'key/*'}"),
		UNDECIDED},
	{"no resource: no effect", DOC("{'Effect':'Allow','Principal':'*','Action':'kms:*'}"), DENIED},
	{"NotResource star matches nothing",
		DOC("{'Effect':'Allow','Principal':'*','Action':'kms:*','NotResource':'*'}"), DENIED},
	{"NotResource: another key",
		DOC("{'Effect':'Allow','Principal':'*','Action':'kms:*','NotResource':'arn:aws:kms:us-west-"
		    "2:" OWN ":key/x'}"),
		ALLOWED},

	/* Deny statements. */
	{"our cut", DOC(OK "," CUT(LEDGER)), DENIED, BY_DENY | OWN_SID, CUT_BY_OWN},
	{"a sibling's cut", DOC(OK "," CUT(SIB)), DENIED, BY_DENY, CUT_BY_SIBLING},
	{"a stranger's cut", DOC(OK "," CUT("ffffffffffffffff")), DENIED, BY_DENY, CUT_BY_FOREIGN},
	{"a cut whose Sid is damaged", DOC(OK "," CUT("xyz")), DENIED, BY_DENY, CUT_BY_FOREIGN},
	{"ours and a stranger's", DOC(CUT("ffffffffffffffff") "," OK "," CUT(LEDGER)), DENIED,
		BY_DENY | OWN_SID, CUT_BY_OWN},
	{"our cut, made useless by hand",
		DOC(OK ",{'Sid':'CmekdCut" LEDGER
		       "I7'," CUT_BODY("'StringEquals':{'kms:CallerAccount':'" OTHER "'}")),
		ALLOWED, OWN_SID},
	{"our Sid on an Allow",
		DOC(OK ",{'Sid':'CmekdCut" LEDGER
		       "I7','Effect':'Allow','Principal':'*','Action':'kms:*','Resource':'*'}"),
		ALLOWED, OWN_SID},
	{"a Deny by hand", DOC(OK "," DENY("'Principal':{'AWS':'" VENDOR "'}")), DENIED, BY_DENY},
	{"a Deny of one action",
		DOC(OK ",{'Effect':'Deny','Principal':'*','Action':'kms:Decrypt','Resource':'*'}"),
		"adaaaaaa da", BY_DENY},
	{"a Deny of an action that nothing rests on",
		DOC(OK ",{'Effect':'Deny','Principal':'*','Action':'kms:Encrypt','Resource':'*'}"),
		"daaaaaaa aa"},
	{"a Deny for another account", DOC(OK "," DENY("'Principal':{'AWS':'" OTHER "'}")), ALLOWED},
	{"an undecided Deny", DOC(OK "," DENY_ALL("'StringNotEquals':{'aws:PrincipalOrgID':'o-x'}")),
		UNDECIDED},
	{"an undecided Deny that could not change it",
		DOC(ADMIN "," DENY_ALL("'StringNotEquals':{'aws:PrincipalOrgID':'o-x'}")), DENIED},
	{"an undecided Deny beside a decided one",
		DOC(OK "," DENY_ALL("'IpAddress':{'aws:SourceIp':'10.0.0.0/8'}") "," CUT(LEDGER)), DENIED,
		BY_DENY | OWN_SID, CUT_BY_OWN},
	{"an undecided Deny for one action",
		DOC(OK ",{'Effect':'Deny','Principal':'*','Action':'kms:CreateGrant','Resource':'*','"
		       "Condition':{'StringLike':{'aws:PrincipalArn':'arn:aws:iam::*:role/x'}}}"),
		"aaaaaaua aa"},
	{"an undecided Allow beside a decided one",
		DOC(OK "," ALLOW_ALL("'StringEquals':{'aws:PrincipalOrgID':'o-x'}")), ALLOWED},
	{"an undecided Allow alone", DOC(ALLOW_ALL("'StringEquals':{'aws:PrincipalOrgID':'o-x'}")),
		UNDECIDED},
	{"an undecided Allow whose other key is FALSE",
		DOC(ALLOW_ALL("'StringEquals':{'aws:PrincipalOrgID':'o-x','kms:CallerAccount':'" OTHER "'}")),
		DENIED},

	/* Conditions. */
	{"an empty Condition holds", DOC(ALLOW_ALL("")), ALLOWED},
	{"unknown operator", DOC(ALLOW_ALL("'StringAlmost':{" CALLER "}")), UNDECIDED},
	{"unknown key", DOC(ALLOW_ALL("'StringEquals':{'kms:Whatever':'x'}")), UNDECIDED},
	{"unknown element",
		DOC("{'Effect':'Allow','Principal':'*','Action':'kms:*','Resource':'*','Reason':'x'}"),
		UNDECIDED},
	{"element in the wrong case",
		DOC("{'Effect':'Allow','Principal':'*','Action':'kms:*','Resource':'*','condition':{}}"),
		UNDECIDED},
	{"condition of a wrong type", DOC(ALLOW("'Principal':'*','Condition':['x']")), UNDECIDED},
	{"operator of a wrong type", DOC(ALLOW_ALL("'StringEquals':'x'")), UNDECIDED},
	{"value of a wrong type", DOC(ALLOW_ALL("'StringEquals':{'kms:CallerAccount':{'x':1}}")), UNDECIDED},
	{"empty list of values", DOC(ALLOW_ALL("'StringEquals':{'kms:CallerAccount':[]}")), UNDECIDED},
	{"StringNotEquals", DOC(ALLOW_ALL("'StringNotEquals':{'kms:CallerAccount':['" OTHER "','" OWN "']}")),
		ALLOWED},
	{"StringNotEquals of the vendor", DOC(ALLOW_ALL("'StringNotEquals':{" CALLER "}")), DENIED},
	{"StringNotLike", DOC(OK "," DENY_ALL("'StringNotLike':{'kms:CallerAccount':'9999*'}")), ALLOWED},
	{"StringNotEqualsIgnoreCase", DOC(OK "," DENY_ALL("'StringNotEqualsIgnoreCase':{" CALLER "}")),
		ALLOWED},
	{"s3 directly or through S3: one reading fails",
		DOC(ALLOW_ALL("'StringEquals':{'kms:ViaService':['ec2.us-west-2.amazonaws.com','s3.us-west-2."
			      "amazonaws.com']}")),
		"aaaaaaaa uu"},
	{"s3 directly or through S3: both hold",
		DOC(ALLOW_ALL("'StringEqualsIfExists':{'kms:ViaService':['ec2.us-west-2.amazonaws.com','s3."
			      "us-west-2.amazonaws.com']}")),
		ALLOWED},
	{"s3 directly or through S3: neither is EC2",
		DOC(OK "," DENY_ALL("'StringEquals':{'kms:ViaService':'ec2.us-west-2.amazonaws.com'}")),
		"dddddddd aa", BY_DENY},
	{"SecureTransport", DOC(OK "," DENY_ALL("'Bool':{'aws:SecureTransport':'false'}")), ALLOWED},
	{"SecureTransport as a JSON boolean", DOC(OK "," DENY_ALL("'Bool':{'aws:SecureTransport':true}")),
		DENIED, BY_DENY},
	{"Bool with no boolean", DOC(OK "," DENY_ALL("'Bool':{'aws:SecureTransport':'maybe'}")), UNDECIDED},
	{"GrantIsForAWSResource is part of CreateGrant only",
		DOC(EBS_OK "," ALLOW_ALL("'Bool':{'kms:GrantIsForAWSResource':true}") "," S3_OK), ALLOWED},
	{"GrantIsForAWSResource alone", DOC(ALLOW_ALL("'Bool':{'kms:GrantIsForAWSResource':'true'}")),
		"ddddddad dd"},
	{"GrantIsForAWSResource, denied unless there",
		DOC(OK "," DENY_ALL("'BoolIfExists':{'kms:GrantIsForAWSResource':'true'}")), DENIED, BY_DENY},
	{"Null: true of a missing key", DOC(ALLOW_ALL("'Null':{'kms:GrantIsForAWSResource':'true'}")),
		"aaaaaada aa"},
	{"Null: false of a key that is there", DOC(ALLOW_ALL("'Null':{'kms:ViaService':false}")),
		"aaaaaaaa uu"},
	{"Null of an unknown key", DOC(ALLOW_ALL("'Null':{'aws:PrincipalOrgID':'true'}")), UNDECIDED},
	{"Null with IfExists is against the grammar",
		DOC(ALLOW_ALL("'NullIfExists':{'kms:ViaService':'false'}")), UNDECIDED},
	{"missing key, positive operator",
		DOC(ALLOW_ALL("'StringEquals':{'aws:SourceAccount':'" VENDOR "'}")), DENIED},
	{"missing key, negated operator",
		DOC(OK "," DENY_ALL("'StringNotEquals':{'aws:SourceAccount':'" VENDOR "'}")), DENIED,
		BY_DENY},
	{"missing key, IfExists", DOC(ALLOW_ALL("'ArnLikeIfExists':{'aws:SourceArn':'arn:aws:ec2:*:*:*'}")),
		ALLOWED},
	{"missing key, operator that is not compared",
		DOC(ALLOW_ALL("'NumericLessThanIfExists':{'aws:SourceAccount':'7'}")), ALLOWED},
	{"ForAllValues of a missing key holds",
		DOC(ALLOW_ALL("'ForAllValues:StringEquals':{'aws:SourceOrgPaths':'x'}")), ALLOWED},
	{"ForAnyValue of a missing key does not",
		DOC(ALLOW_ALL("'ForAnyValue:StringEquals':{'aws:SourceOrgPaths':'x'}")), DENIED},
	{"ForAllValues of an unknown set, anything goes",
		DOC(ALLOW_ALL("'ForAllValues:StringLike':{'aws:CalledVia':'*'}")), ALLOWED},
	{"a set without a set operator", DOC(ALLOW_ALL("'StringLike':{'aws:CalledVia':'*'}")), UNDECIDED},
	{"unknown key, but whatever it is", DOC(ALLOW_ALL("'StringLikeIfExists':{'aws:PrincipalOrgID':'*'}")),
		ALLOWED},
	{"unknown key, any value, but there", DOC(ALLOW_ALL("'StringLike':{'aws:PrincipalOrgID':'*'}")),
		UNDECIDED},
	{"unknown key, a star that is literal",
		DOC(ALLOW_ALL("'StringEqualsIfExists':{'aws:PrincipalOrgID':'*'}")), UNDECIDED},
	{"ForAnyValue and IfExists contradict each other",
		DOC(ALLOW_ALL("'ForAnyValue:StringEqualsIfExists':{'aws:SourceOrgPaths':'x'}")), UNDECIDED},
	{"a policy variable",
		DOC(ALLOW_ALL("'StringEquals':{'kms:CallerAccount':'${aws:PrincipalAccount}'}")), ALLOWED},
	{"a policy variable beside a literal",
		DOC(ALLOW_ALL("'StringEquals':{'kms:CallerAccount':['${aws:x}','" VENDOR "']}")), ALLOWED},
	{"in 2008 it is a literal",
		"{'Statement':[" ALLOW_ALL(
			"'StringEquals':{'kms:CallerAccount':'${aws:PrincipalAccount}'}") "]}",
		DENIED},
	{"ArnEquals takes wildcards", DOC(OK "," DENY_ALL("'ArnEquals':{'aws:PrincipalArn':'*'}")),
		UNDECIDED},
	{"PrincipalAccount, ResourceAccount",
		DOC(ALLOW_ALL("'StringEquals':{'aws:PrincipalAccount':'" VENDOR
			      "','aws:ResourceAccount':'" OWN "'}")),
		ALLOWED},
	{"until yesterday", DOC(ALLOW_ALL("'DateLessThan':{'aws:CurrentTime':'2026-11-23T00:00:00Z'}")),
		DENIED, TIMED},
	{"until tomorrow", DOC(ALLOW_ALL("'DateLessThanEquals':{'aws:CurrentTime':'2026-11-25T00:00:00Z'}")),
		ALLOWED, TIMED},
	{"from now on, in epoch seconds",
		DOC(OK "," DENY_ALL("'DateGreaterThanEquals':{'aws:EpochTime':1795492166}")), DENIED,
		BY_DENY | TIMED},
	{"a date that is none", DOC(ALLOW_ALL("'DateGreaterThan':{'aws:CurrentTime':'soon'}")), UNDECIDED,
		TIMED},
	{"a date operator on a text",
		DOC(ALLOW_ALL("'DateNotEquals':{'kms:ViaService':'2026-11-25T00:00:00Z'}")), UNDECIDED},
	{"the vendor cut, another account let in", DOC(ALLOW("'Principal':{'AWS':'" OTHER "'}") "," ADMIN),
		DENIED, FOREIGN},
	{"another account named, but denied",
		DOC(ALLOW("'Principal':{'AWS':'" OTHER "'}") "," DENY_ALL(
			"'StringNotEquals':{'kms:CallerAccount':'" OWN "'}")),
		DENIED, BY_DENY},
};

static void check_case(size_t i, const struct policy_context *c)
{
	_cleanup_policy_ struct policy *p = parsed(cases[i].policy);
	struct access a = {0};
	bool timed = false;
	char got[NEED_COUNT + 2], *g = got;
	unsigned extra;

	policy_access(p, c, &a, &timed);
	assert_int_equal(a.allowed | a.denied | a.undecided, NEED_ALL);
	assert_int_equal(a.allowed & a.denied, 0);
	assert_int_equal((a.allowed | a.denied) & a.undecided, 0);
	for (unsigned n = 0; n < NEED_COUNT; n++) {
		struct policy_decision d;

		if (n == NEED_S3_DECRYPT)
			*g++ = ' ';
		*g++ = a.allowed & NEED_BIT(n) ? 'a' : a.denied & NEED_BIT(n) ? 'd' : 'u';
		policy_explain(p, c, (enum need)n, &d);
		assert_int_equal(*policy_answer_name(d.answer), g[-1]);
		assert_true(strlen(d.why) > 0);
		assert_true((strlen(d.remedy) > 0) == (d.answer != POLICY_ALLOWED));
	}
	*g = '\0';
	extra = (a.by_deny ? BY_DENY : 0u) | (a.other_foreign_allowed ? FOREIGN : 0u) |
		(a.own_sid_present ? OWN_SID : 0u) | (timed ? TIMED : 0u);
	if (strcmp(got, cases[i].expected) != 0 || extra != cases[i].extra || a.cut_by != cases[i].cut_by)
		fail_msg("%s: %s, flags %u, cut by %u; expected %s, %u, %u", cases[i].name, got, extra,
			a.cut_by, cases[i].expected, cases[i].extra, cases[i].cut_by);
}

static void test_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		check_case(i, &context);
}

static enum policy_answer answer_of(const char *text, const struct policy_context *c, enum need need)
{
	_cleanup_policy_ struct policy *p = parsed(text);
	struct policy_decision d;

	policy_explain(p, c, need, &d);
	return d.answer;
}

/* VendorContext= fills what is open, also where two readings were possible; it overrules nothing. */
static void test_stated(void **state)
{
	static const struct vendor_context twice[] = {
		{"aws:PrincipalOrgID", "o-a"}, {"AWS:principalorgid", "o-b"}};
	static const struct vendor_context through_s3[] = {{"kms:ViaService", "s3.us-west-2.amazonaws.com"}};
	static const char org_deny[] =
		DOC(OK "," DENY_ALL("'StringNotEquals':{'aws:PrincipalOrgID':'o-vendor'}"));
	static const char via_s3[] =
		DOC(ALLOW_ALL("'StringEquals':{'kms:ViaService':'s3.us-west-2.amazonaws.com'}"));
	struct policy_context c = context;

	(void)state;
	assert_int_equal(answer_of(org_deny, &c, NEED_EBS_DECRYPT), POLICY_UNDECIDED);
	assert_int_equal(answer_of(via_s3, &c, NEED_S3_DECRYPT), POLICY_UNDECIDED);
	c.context = stated;
	c.context_count = sizeof stated / sizeof stated[0];
	assert_int_equal(answer_of(org_deny, &c, NEED_EBS_DECRYPT), POLICY_ALLOWED);
	assert_int_equal(answer_of(DOC(ALLOW_ALL("'StringEquals':{" CALLER "}")), &c, NEED_EBS_DECRYPT),
		POLICY_ALLOWED);
	assert_int_equal(
		answer_of(DOC(ALLOW_ALL("'ForAnyValue:StringEquals':{'aws:CalledVia':'ec2.amazonaws.com'}")),
			&c, NEED_EBS_DECRYPT),
		POLICY_ALLOWED);
	c.context = through_s3;
	c.context_count = 1;
	assert_int_equal(answer_of(via_s3, &c, NEED_S3_DECRYPT), POLICY_ALLOWED);
	assert_int_equal(answer_of(via_s3, &c, NEED_EBS_DECRYPT), POLICY_DENIED);
	c.context = twice;
	c.context_count = 2;
	assert_int_equal(answer_of(org_deny, &c, NEED_EBS_DECRYPT), POLICY_UNDECIDED);
}

static void test_without_time(void **state)
{
	struct policy_context c = context;

	(void)state;
	c.now = WALLTIME_UNKNOWN;
	assert_int_equal(
		answer_of(DOC(ALLOW_ALL("'DateLessThan':{'aws:CurrentTime':'2026-11-25T00:00:00Z'}")), &c,
			NEED_EBS_DECRYPT),
		POLICY_UNDECIDED);
}

#define SELF(p) "arn:aws:iam::" OWN ":" p
#define SESSION "arn:aws:sts::" OWN ":assumed-role/cmekd/host"

static void test_self(void **state)
{
	static const struct {
		const char *policy, *principal;
		enum policy_answer answer;
	} selves[] = {
		{DOC(OK), SELF("user/cmekd"), POLICY_ALLOWED},
		{DOC(OK), SESSION, POLICY_ALLOWED},
		{DOC(EBS_OK "," S3_OK), SELF("user/cmekd"), POLICY_DENIED},
		{DOC(OK "," CUT(LEDGER)), SELF("user/cmekd"), POLICY_ALLOWED},
		{DOC(ALLOW("'Principal':{'AWS':'" SELF("role/ops/cmekd") "'}")), SESSION, POLICY_ALLOWED},
		{DOC(ALLOW("'Principal':{'AWS':'" SELF("role/ops/cmekd") "'}")), SELF("role/ops/cmekd"),
			POLICY_ALLOWED},
		{DOC(ALLOW("'Principal':{'AWS':'" SELF("role/cmek") "'}")), SESSION, POLICY_DENIED},
		{DOC(ALLOW("'Principal':{'AWS':'" SELF("user/Cmekd") "'}")), SELF("user/cmekd"),
			POLICY_DENIED},
		{DOC(ALLOW("'Principal':{'AWS':'" SESSION "'}")), SELF("role/cmekd"), POLICY_UNDECIDED},
		{DOC(ALLOW("'Principal':{'AWS':'" SESSION "'}")), SESSION, POLICY_ALLOWED},
		{DOC(ALLOW("'Principal':{'AWS':'" SESSION "2'}")), SESSION, POLICY_DENIED},
		{DOC(OK "," DENY("'NotPrincipal':{'AWS':['" OWN "','" SELF("user/cmekd") "']}")),
			SELF("user/cmekd"), POLICY_ALLOWED},
		{DOC(OK "," DENY("'NotPrincipal':{'AWS':'" SELF("user/cmekd") "'}")), SELF("user/cmekd"),
			POLICY_UNDECIDED},
		{DOC(OK "," DENY("'NotPrincipal':{'AWS':'" OWN "'}")), SELF("user/cmekd"), POLICY_UNDECIDED},
		{DOC(OK "," DENY("'NotPrincipal':{'AWS':'" VENDOR "'}")), SELF("user/cmekd"), POLICY_DENIED},
		{DOC(OK "," DENY_ALL("'StringNotEquals':{'aws:PrincipalArn':'" SELF("user/cmekd") "'}")),
			SELF("user/cmekd"), POLICY_ALLOWED},
		{DOC(OK "," DENY_ALL("'StringNotEquals':{'aws:PrincipalArn':'" SELF("role/cmekd") "'}")),
			SESSION, POLICY_UNDECIDED},
		{DOC(OK "," DENY_ALL("'Null':{'kms:ViaService':'true'}")), SESSION, POLICY_DENIED},
		{DOC(OK "," DENY_ALL("'Bool':{'kms:BypassPolicyLockoutSafetyCheck':'true'}")), SESSION,
			POLICY_UNDECIDED},
		{DOC(OK), "nobody", POLICY_UNDECIDED},
	};

	(void)state;
	for (size_t i = 0; i < sizeof selves / sizeof selves[0]; i++) {
		_cleanup_policy_ struct policy *p = parsed(selves[i].policy);

		if (policy_self(p, &context, selves[i].principal, "kms:PutKeyPolicy") != selves[i].answer)
			fail_msg("%s for %s", selves[i].policy, selves[i].principal);
	}
}

static void explain(const char *text, enum need need, struct policy_decision *ret_d)
{
	_cleanup_policy_ struct policy *p = parsed(text);

	policy_explain(p, &context, need, ret_d);
}

static void assert_mentions(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("\"%s\" does not mention \"%s\"", text, part);
}

/* Whoever writes the policy must not be able to make a sentence that ends within a character: it would be no JSON. */
static void assert_whole_characters(const char *text)
{
	static const struct json_limits limits = {.max_bytes = 8192, .max_nodes = 8, .max_depth = 2};
	_cleanup_(json_tree_fini) struct json_tree tree = JSON_TREE_INIT;
	char json[1024];
	size_t len = 0;

	json[len++] = '"';
	for (const char *c = text; *c; c++)
		json[len++] = *c == '"' ? '_' : *c;
	json[len++] = '"';
	assert_int_equal(json_scan(json, len, &limits, &tree, NULL), 0);
}

#define WIDE                                                                                                 \
	"\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"
#define WIDER WIDE WIDE WIDE WIDE

static void test_explain_cuts_between_characters(void **state)
{
	char text[8192], pad[64] = "";

	(void)state;
	for (size_t i = 0; i < sizeof pad - 1; i++) {
		struct policy_decision d;

		(void)snprintf(text, sizeof text,
			DOC("{'Sid':'%s" WIDER
			    "','Effect':'Deny','Principal':'*','Action':'*','Resource':'*','Condition':{"
			    "'StringNotEquals':{'kms:CallerAccount':'%s" WIDER "','kms:ViaService':['" WIDER
			    "','%s" WIDER "'],'aws:ResourceAccount':'" WIDER
			    "','kms:GrantIsForAWSResource':'" WIDER "'}}}"),
			pad, pad, pad);
		explain(text, NEED_EBS_CREATE_GRANT, &d);
		assert_int_equal(d.answer, POLICY_DENIED);
		assert_true(strlen(d.why) >= sizeof d.why - 4); /* it was cut */
		assert_whole_characters(d.why);
		assert_whole_characters(d.sid);
		assert_whole_characters(d.in_policy);
		(void)snprintf(text, sizeof text,
			DOC("{'Effect':'Deny','Principal':'*','Action':'*','Resource':'*','Condition':{"
			    "'%s" WIDER "':{'%s" WIDER "':'" WIDER "'}}}"),
			pad, pad);
		explain(text, NEED_EBS_DECRYPT, &d);
		assert_whole_characters(d.why);
		assert_whole_characters(d.condition);
		assert_whole_characters(d.in_policy);
		assert_whole_characters(d.remedy);
		pad[i] = 'a';
	}
}

static void test_explain(void **state)
{
	struct policy_decision d;

	(void)state;
	explain(DOC("\n" OK), NEED_S3_DECRYPT, &d);
	assert_int_equal(d.answer, POLICY_ALLOWED);
	assert_int_equal(d.statement, 2);
	assert_int_equal(d.line, 2);
	assert_string_equal(d.sid, "Allow TiDB cloud role to use KMS to store encrypted backup to S3");

	explain(DOC(ADMIN ",\n" EBS("'StringEquals':{'kms:CallerAccount':'" OTHER "'}")), NEED_EBS_DECRYPT,
		&d);
	assert_int_equal(d.answer, POLICY_DENIED);
	assert_int_equal(d.statement, 2);
	assert_mentions(d.why, "kms:CallerAccount");
	assert_mentions(d.why, VENDOR);
	assert_mentions(d.remedy, "line 2");

	explain(DOC(OK), NEED_EBS_DESCRIBE_KEY, &d);
	assert_int_equal(d.statement, 1);
	explain(DOC(ADMIN), NEED_EBS_DECRYPT, &d);
	assert_mentions(d.why, "Principal");
	explain(DOC(""), NEED_EBS_DECRYPT, &d);
	assert_int_equal(d.statement, 0);
	assert_mentions(d.remedy, VENDOR);
	explain(DOC(EBS_DO("'Action':'kms:Encrypt'", "")), NEED_EBS_DECRYPT, &d);
	assert_mentions(d.remedy, "add \"kms:Decrypt\"");

	explain(DOC(OK "," CUT(LEDGER)), NEED_EBS_DECRYPT, &d);
	assert_string_equal(d.sid, "CmekdCut" LEDGER "I7");
	assert_mentions(d.remedy, "cmekctl restore");
	explain(DOC(OK "," CUT("ffffffffffffffff")), NEED_EBS_DECRYPT, &d);
	assert_mentions(d.remedy, "another ledger");

	explain(DOC(OK "," DENY_ALL("'StringNotEquals':{'aws:PrincipalOrgID':'o'}")), NEED_EBS_DECRYPT, &d);
	assert_int_equal(d.answer, POLICY_UNDECIDED);
	assert_int_equal(d.statement, 4);
	assert_mentions(d.remedy, "VendorContext=aws:PrincipalOrgID=");
}

/* The owner's own rights are no evidence of TiDB Cloud's, whatever the policy says of either. */
static void test_vendor_owns(void **state)
{
	static const char *const texts[] = {DOC(OK), DOC(ADMIN), DOC(OK "," CUT(LEDGER)), DOC("")};
	struct policy_context c = context;

	(void)state;
	assert_false(policy_vendor_owns(&c));
	c.vendor = c.own;
	assert_true(policy_vendor_owns(&c));
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		_cleanup_policy_ struct policy *p = parsed(texts[i]);
		struct policy_decision d;
		struct access a;

		policy_access(p, &c, &a, NULL);
		assert_int_equal(a.undecided, NEED_ALL);
		assert_int_equal(a.allowed | a.denied, 0);
		assert_int_equal(a.cut_by, CUT_BY_NONE);
		assert_false(a.by_deny);
		assert_int_equal(a.own_sid_present, i == 2);
		policy_explain(p, &c, NEED_EBS_DECRYPT, &d);
		assert_int_equal(d.answer, POLICY_UNDECIDED);
		assert_mentions(d.why, "owns the key itself");
		assert_mentions(d.remedy, "VendorAccount=");
	}
	c.own.text[0] = '\0';
	assert_false(policy_vendor_owns(&c));
}

/* Texts of a policy reach terminals and journals. */
static void test_explain_shows_no_control(void **state)
{
	struct policy_decision d;

	(void)state;
	explain(DOC("{'Sid':'a\\u001b[31m\\u009b\\n','Effect':'Allow','Principal':'*','Action':'kms:*','"
		    "Resource':'*',"
		    "'Condition':{'StringEquals':{'aws:\\r\\u001bX':'y'}}}"),
		NEED_EBS_DECRYPT, &d);
	assert_string_equal(d.sid, "a?[31m??");
	assert_mentions(d.why, "aws:??X");
}

static void assert_refused(const char *text, int refusal, const char *mentions)
{
	_cleanup_free_ char *json = quoted(text);
	struct policy *p = NULL;
	struct why why = {""};

	assert_int_equal(policy_parse(json, strlen(json), &p, &why), refusal);
	assert_null(p);
	assert_mentions(why.text, mentions);
}

static void test_refusals(void **state)
{
	(void)state;
	assert_refused("", POLICY_E_JSON, "line 1, column 1");
	assert_refused("{'Statement':[\n// EBS-related policy\n]}", POLICY_E_JSON, "line 2, column 1");
	assert_refused("{'Statement':[],'Statement':[]}", POLICY_E_JSON, "member name");
	assert_refused(DOC("{'Effect':'Deny','Eff\\u0065ct':'Allow'}"), POLICY_E_JSON, "member name");
	assert_refused("{'Statement':[{'Effect\\u0000x':'Allow'}]}", POLICY_E_JSON, "\\u0000");
	assert_refused("[]", POLICY_E_SHAPE, "an object");
	assert_refused("{'Version':'2012-10-17'}", POLICY_E_SHAPE, "Statement");
	assert_refused("{'Version':'2012-10-18','Statement':[]}", POLICY_E_SHAPE, "2012-10-17");
	assert_refused("{'Statement':[],'statement':[]}", POLICY_E_SHAPE, "one of");
	assert_refused("{'Statement':7}", POLICY_E_SHAPE, "statements");
	assert_refused("{'Statement':[7]}", POLICY_E_SHAPE, "statement");
	assert_refused("{'Statement':[{'effect':'Allow'}]}", POLICY_E_SHAPE, "Effect");
	assert_refused("{'Statement':[\n{'Effect':'allow'}]}", POLICY_E_SHAPE, "line 2");
}

static void test_limits(void **state)
{
	static char text[POLICY_MAX_BYTES + 2];
	struct policy *p = NULL;
	struct why why = {""};
	size_t len;

	(void)state;
	(void)snprintf(text, sizeof text, "{\"Statement\":[]}");
	len = strlen(text);
	memset(text + len, ' ', sizeof text - len);
	assert_int_equal(policy_parse(text, POLICY_MAX_BYTES, &p, &why), 0);
	p = policy_free(p);
	assert_int_equal(policy_parse(text, POLICY_MAX_BYTES + 1, &p, &why), POLICY_E_JSON);
	assert_mentions(why.text, "32768");
	memset(text, '[', sizeof text);
	assert_int_equal(policy_parse(text, POLICY_MAX_BYTES, &p, &why), POLICY_E_JSON);
	assert_mentions(why.text, "nesting");
	assert_null(p);
}

/* The worst that fits: many statements, each naming another account; bounded work, and a safe answer. */
static void test_many_foreign_accounts(void **state)
{
	static char text[POLICY_MAX_BYTES];
	_cleanup_policy_ struct policy *p = NULL;
	struct access a;
	size_t used;

	(void)state;
	used = (size_t)snprintf(text, sizeof text,
		"{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"kms:Verify\",\"Resource\":\"*\","
		"\"Principal\":{\"AWS\":[\"*\"");
	for (unsigned i = 0; used + 40 < sizeof text; i++)
		used += (size_t)snprintf(text + used, sizeof text - used, ",\"%012u\"", 400000000u + i);
	used += (size_t)snprintf(text + used, sizeof text - used, "]}}]}");
	assert_int_equal(policy_parse(text, used, &p, NULL), 0);
	policy_access(p, &context, &a, NULL);
	assert_int_equal(a.denied, NEED_ALL);
	assert_true(a.other_foreign_allowed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_stated),
		cmocka_unit_test(test_without_time),
		cmocka_unit_test(test_self),
		cmocka_unit_test(test_explain),
		cmocka_unit_test(test_vendor_owns),
		cmocka_unit_test(test_explain_cuts_between_characters),
		cmocka_unit_test(test_explain_shows_no_control),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_many_foreign_accounts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
