/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/policy.h"
#include "policy/document.h"
#include "policy/pattern.h"
#include "policy/verdict.h"
#include <string.h>

static const struct {
	const char *name, *meaning;
} reasons[POLICY_REASON_COUNT] = {
#define X(e, name, meaning) {name, meaning},
	POLICY_REASON_TABLE(X)
#undef X
};

const char *policy_reason_name(enum policy_reason r)
{
	return reasons[r].name;
}

const char *policy_reason_meaning(enum policy_reason r)
{
	return reasons[r].meaning;
}

/* All that a principal of another account can be given by a key policy (KMS guide, "Allowing users in other accounts to
 * use a KMS key" and the permissions reference). */
static bool is_cross_account(const char *action)
{
	static const char *const actions[] = {"kms:CreateGrant", "kms:Decrypt", "kms:DeriveSharedSecret",
		"kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyPair",
		"kms:GenerateDataKeyPairWithoutPlaintext", "kms:GenerateDataKeyWithoutPlaintext",
		"kms:GenerateMac", "kms:GetKeyRotationStatus", "kms:GetPublicKey", "kms:ListGrants",
		"kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:RetireGrant", "kms:RevokeGrant", "kms:Sign",
		"kms:Verify", "kms:VerifyMac"};

	for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++)
		if (pattern_equals_fold(actions[i], action))
			return true;
	return false;
}

static bool is_foreign(const struct request *r)
{
	return r->resource_is_arn && r->caller.kind != CALLER_SERVICE &&
	       span_equals(r->resource_parts[ARN_SERVICE], "kms") &&
	       !span_equals(r->resource_parts[ARN_ACCOUNT], r->caller.account.text);
}

static enum policy_reason reason_of(const struct policy *p, const struct verdict *v)
{
	switch (v->answer) {
	case POLICY_ALLOWED:
		return POLICY_REASON_ALLOW;
	case POLICY_DENIED:
		return v->by_deny ? POLICY_REASON_EXPLICIT_DENY : POLICY_REASON_NO_MATCH;
	case POLICY_UNDECIDED:
		break;
	}
	return p->statements[v->statement].is_deny ? POLICY_REASON_OPEN_DENY : POLICY_REASON_OPEN_ALLOW;
}

bool policy_is_principal(const char *text)
{
	struct caller c;

	return caller_parse(text, &c) == 0;
}

int policy_simulate(const struct policy *p, const struct policy_request *request,
	struct policy_result *ret_result, struct why *reterr_why)
{
	struct request r;
	struct verdict v;
	struct policy_result result = {.statement = 0};
	int refused = request_of_stated(request, &r, reterr_why);

	if (refused)
		return refused;
	v = verdict_of(p, &r);
	result.answer = v.answer;
	result.reason = reason_of(p, &v);
	if (result.answer != POLICY_DENIED && is_foreign(&r) && !is_cross_account(r.action)) {
		result.answer = POLICY_DENIED;
		result.reason = POLICY_REASON_NOT_CROSS_ACCOUNT;
	}
	if (v.statement != VERDICT_NO_STATEMENT) {
		const struct statement *s = &p->statements[v.statement];

		result.statement = v.statement + 1;
		result.line = policy_line(p, s->node);
		result.sid = *s->sid ? s->sid : NULL;
	}
	*ret_result = result;
	return 0;
}
