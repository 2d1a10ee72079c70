/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/request.h"
#include "policy/pattern.h"
#include <stdio.h>
#include <string.h>

/* How much is known of a key. A key without a row is open. */
enum known {
	KNOWN_CALLER_ACCOUNT,
	KNOWN_VIA_SERVICE,
	KNOWN_PRINCIPAL_ARN,
	KNOWN_TRUE,
	KNOWN_NOW,
	KNOWN_OWN_ACCOUNT,
	KNOWN_GRANT_FOR_AWS, /* part of CreateGrant, ListGrants and RevokeGrant only; EC2 makes it true */
	KNOWN_GRANT,         /* part of CreateGrant only */
	KNOWN_BYPASS,        /* part of CreateKey and PutKeyPolicy only */
	KNOWN_ABSENT,
	KNOWN_MANY, /* multivalued, and open */
};

/* KMS guide, "AWS KMS condition keys"; IAM guide, "AWS global condition context keys". The aws:Source* keys
 * of ABSENT are part of calls by service principals only, which the vendor's are not. */
static const struct {
	const char *name;
	enum known known;
} request_keys[] = {
	{"kms:CallerAccount", KNOWN_CALLER_ACCOUNT},
	{"kms:ViaService", KNOWN_VIA_SERVICE},
	{"kms:GrantIsForAWSResource", KNOWN_GRANT_FOR_AWS},
	{"kms:GrantConstraintType", KNOWN_GRANT},
	{"kms:GranteePrincipal", KNOWN_GRANT},
	{"kms:RetiringPrincipal", KNOWN_GRANT},
	{"kms:GrantOperations", KNOWN_GRANT},
	{"kms:BypassPolicyLockoutSafetyCheck", KNOWN_BYPASS},
	{"kms:EncryptionContextKeys", KNOWN_MANY},
	{"kms:ResourceAliases", KNOWN_MANY},
	{"aws:PrincipalAccount", KNOWN_CALLER_ACCOUNT},
	{"aws:PrincipalArn", KNOWN_PRINCIPAL_ARN},
	{"aws:ResourceAccount", KNOWN_OWN_ACCOUNT},
	{"aws:SecureTransport", KNOWN_TRUE},
	{"aws:CurrentTime", KNOWN_NOW},
	{"aws:EpochTime", KNOWN_NOW},
	{"aws:SourceAccount", KNOWN_ABSENT},
	{"aws:SourceArn", KNOWN_ABSENT},
	{"aws:SourceOrgID", KNOWN_ABSENT},
	{"aws:SourceOrgPaths", KNOWN_ABSENT},
	{"aws:PrincipalOrgPaths", KNOWN_MANY},
	{"aws:PrincipalServiceNamesList", KNOWN_MANY},
	{"aws:CalledVia", KNOWN_MANY},
	{"aws:TagKeys", KNOWN_MANY},
};

struct request request_of_need(const struct policy_context *c, enum need need)
{
	return (struct request){
		.c = c,
		.kind = strcmp(need_purpose(need), "ebs") == 0 ? REQUEST_EBS : REQUEST_S3,
		.account = c->vendor,
		.action = need_action(need),
	};
}

static void know(struct key_fact *f, enum presence presence, const char *value)
{
	f->presence = presence;
	(void)snprintf(f->value, sizeof f->value, "%s", value);
}

/* Present with the same suffix in every partition (KMS guide, kms:ViaService); absent on direct calls. */
static void know_via_service(const struct request *r, struct key_fact *f)
{
	switch (r->kind) {
	case REQUEST_EBS:
		f->presence = PRESENCE_PRESENT;
		(void)snprintf(f->value, sizeof f->value, "ec2.%s.amazonaws.com", r->c->region.text);
		return;
	case REQUEST_S3:
		f->presence = PRESENCE_PERHAPS;
		(void)snprintf(f->value, sizeof f->value, "s3.%s.amazonaws.com", r->c->region.text);
		return;
	case REQUEST_SELF:
		f->presence = PRESENCE_ABSENT;
		return;
	}
}

static void know_grant_for_aws(const struct request *r, struct key_fact *f)
{
	bool is_grant = strcmp(r->action, "kms:CreateGrant") == 0 ||
			strcmp(r->action, "kms:ListGrants") == 0 || strcmp(r->action, "kms:RevokeGrant") == 0;

	if (!is_grant)
		f->presence = PRESENCE_ABSENT;
	else if (r->kind == REQUEST_EBS)
		know(f, PRESENCE_PRESENT, "true");
}

/* The role behind a session has a path that the session's ARN does not tell, so it stays open. */
static void know_principal_arn(const struct request *r, struct key_fact *f)
{
	struct span parts[ARN_PARTS];

	if (r->principal && strlen(r->principal) < sizeof f->value && arn_split(r->principal, parts) &&
		span_equals(parts[ARN_SERVICE], "iam"))
		know(f, PRESENCE_PRESENT, r->principal);
}

static void know_key(const struct request *r, enum known known, struct key_fact *f)
{
	switch (known) {
	case KNOWN_CALLER_ACCOUNT:
		know(f, PRESENCE_PRESENT, r->account.text);
		return;
	case KNOWN_VIA_SERVICE:
		know_via_service(r, f);
		return;
	case KNOWN_PRINCIPAL_ARN:
		know_principal_arn(r, f);
		return;
	case KNOWN_TRUE:
		know(f, PRESENCE_PRESENT, "true");
		return;
	case KNOWN_NOW:
		if (!walltime_is_known(r->c->now))
			return;
		f->presence = PRESENCE_PRESENT;
		f->is_time = true;
		f->time_ms = r->c->now.ms;
		return;
	case KNOWN_OWN_ACCOUNT:
		know(f, PRESENCE_PRESENT, r->c->own.text);
		return;
	case KNOWN_GRANT_FOR_AWS:
		know_grant_for_aws(r, f);
		return;
	case KNOWN_GRANT:
		if (strcmp(r->action, "kms:CreateGrant") != 0)
			f->presence = PRESENCE_ABSENT;
		return;
	case KNOWN_BYPASS:
		if (strcmp(r->action, "kms:PutKeyPolicy") != 0)
			f->presence = PRESENCE_ABSENT;
		return;
	case KNOWN_ABSENT:
		f->presence = PRESENCE_ABSENT;
		return;
	case KNOWN_MANY:
		f->is_many = true;
		return;
	}
}

/* What a person states of the vendor's requests fills gaps; it does not overrule what follows from the
 * request itself. Two different values for one key would be a set, of which not all need be stated: that
 * stays open. */
static void know_stated(const struct request *r, const char *name, struct key_fact *f)
{
	const char *value = NULL;

	if (r->kind == REQUEST_SELF || strcmp(r->account.text, r->c->vendor.text) != 0)
		return;
	for (size_t i = 0; i < r->c->context_count; i++) {
		if (!pattern_equals_fold(r->c->context[i].key, name))
			continue;
		if (value && strcmp(value, r->c->context[i].value) != 0)
			return;
		value = r->c->context[i].value;
	}
	if (value)
		know(f, PRESENCE_PRESENT, value);
}

void request_key(const struct request *r, const char *name, struct key_fact *ret_fact)
{
	struct key_fact f = {.presence = PRESENCE_OPEN};

	for (size_t i = 0; i < sizeof request_keys / sizeof request_keys[0]; i++)
		if (pattern_equals_fold(request_keys[i].name, name))
			know_key(r, request_keys[i].known, &f);
	if (f.presence == PRESENCE_OPEN || f.presence == PRESENCE_PERHAPS)
		know_stated(r, name, &f);
	*ret_fact = f;
}
