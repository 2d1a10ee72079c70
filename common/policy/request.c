/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/request.h"
#include "base/nearest.h"
#include <stdio.h>
#include <string.h>

#define KEY_SLIPS_MAX 2 /* letters */

enum known {
	KNOWN_CALLER_ACCOUNT,
	KNOWN_VIA_SERVICE,
	KNOWN_PRINCIPAL_ARN,
	KNOWN_TRUE,
	KNOWN_NOW,
	KNOWN_OWN_ACCOUNT,
	KNOWN_KEY_SPEC,
	KNOWN_KEY_USAGE,
	KNOWN_KEY_ORIGIN,
	KNOWN_MULTI_REGION,
	KNOWN_GRANT_FOR_AWS, /* part of CreateGrant, ListGrants and RevokeGrant only; EC2 makes it true */
	KNOWN_GRANT,         /* part of CreateGrant only */
	KNOWN_BYPASS,        /* part of CreateKey and PutKeyPolicy only */
	KNOWN_ABSENT,
	KNOWN_OPEN,
};

static const struct {
	const char *name;
	enum known known;
	bool is_many;
} request_keys[REQUEST_KEY_COUNT] = {
#define X(e, name, known, many) {name, KNOWN_##known, many},
	REQUEST_KEY_TABLE(X)
#undef X
};

int request_key_parse(const char *name)
{
	if (strnlen(name, 4) < 4 || name[3] != ':')
		return -1;
	for (size_t i = 0; i < REQUEST_KEY_COUNT; i++)
		if (pattern_equals_fold(request_keys[i].name, name))
			return (int)i;
	return -1;
}

const char *request_key_near(const char *name)
{
	for (size_t i = 0; i < REQUEST_KEY_COUNT; i++)
		if (nearest_distance(name, request_keys[i].name) <= KEY_SLIPS_MAX)
			return request_keys[i].name;
	return NULL;
}

const char *fact_value(const struct fact *f, size_t i)
{
	return f->count == 1 ? f->value : f->values[i];
}

static void know(struct fact *f, enum presence presence, const char *value)
{
	f->presence = presence;
	f->value = value;
	f->count = 1;
}

/* Of DescribeKey; "" or NULL: not told. */
static void know_told(struct fact *f, const char *value)
{
	if (value && *value)
		know(f, PRESENCE_PRESENT, value);
}

/* Present with the same suffix in every partition (KMS guide, kms:ViaService); absent on direct calls. */
static void know_via_service(struct request *r, struct fact *f)
{
	switch (r->kind) {
	case REQUEST_EBS:
		(void)snprintf(
			r->via_service, sizeof r->via_service, "ec2.%s.amazonaws.com", r->c->region.text);
		know(f, PRESENCE_PRESENT, r->via_service);
		return;
	case REQUEST_S3:
		(void)snprintf(
			r->via_service, sizeof r->via_service, "s3.%s.amazonaws.com", r->c->region.text);
		know(f, PRESENCE_PERHAPS, r->via_service);
		return;
	case REQUEST_SELF:
	case REQUEST_STATED:
		f->presence = PRESENCE_ABSENT;
		return;
	case REQUEST_ANYHOW:
		return;
	}
}

static bool is_grant_action(const char *action)
{
	return strcmp(action, "kms:CreateGrant") == 0 || strcmp(action, "kms:ListGrants") == 0 ||
	       strcmp(action, "kms:RevokeGrant") == 0;
}

static void know_grant_for_aws(const struct request *r, struct fact *f)
{
	if (!is_grant_action(r->action))
		f->presence = PRESENCE_ABSENT;
	else if (r->kind == REQUEST_EBS)
		know(f, PRESENCE_PRESENT, "true");
}

/* The account and the partition, which is the key's, are known of whoever calls. A session's role has a path that the
 * session's ARN does not tell. The key is part of every signed request (IAM guide, aws:PrincipalArn). */
static void know_principal_arn(struct request *r, struct fact *f)
{
	const struct caller *who = &r->caller;
	const char *partition = r->resource_is_arn ? r->resource_parts[ARN_PARTITION].at : "\001";
	int len = r->resource_is_arn ? (int)r->resource_parts[ARN_PARTITION].len : 1;
	int n = -1;

	switch (who->kind) {
	case CALLER_ANY:
		n = snprintf(r->principal_arn, sizeof r->principal_arn, "arn:%.*s:\001::%s:\001", len,
			partition, who->account.text);
		break;
	case CALLER_SESSION:
		n = snprintf(r->principal_arn, sizeof r->principal_arn, "arn:%.*s:iam::%s:role/\001%.*s", len,
			partition, who->account.text, (int)who->role.len, who->role.at);
		break;
	case CALLER_ROOT:
	case CALLER_ROLE:
	case CALLER_NAMED:
		if (who->resource.len > 0)
			n = snprintf(r->principal_arn, sizeof r->principal_arn, "%.*s", (int)who->text.len,
				who->text.at);
		break;
	case CALLER_SERVICE:
		break;
	}
	if (n < 0 || (size_t)n >= sizeof r->principal_arn)
		return;
	know(f, PRESENCE_PRESENT, r->principal_arn);
	f->has_holes = who->kind == CALLER_ANY || who->kind == CALLER_SESSION;
	subject_init(&r->principal_subject, span_of(r->principal_arn), f->has_holes, false);
}

static void know_now(const struct request *r, struct fact *f)
{
	if (!walltime_is_known(r->c->now))
		return;
	know(f, PRESENCE_PRESENT, "");
	f->is_time = true;
	f->time_ms = r->c->now.ms;
}

/* What holds of every call. */
static bool is_always_known(enum known known)
{
	return known == KNOWN_CALLER_ACCOUNT || known == KNOWN_PRINCIPAL_ARN || known == KNOWN_TRUE ||
	       known == KNOWN_OWN_ACCOUNT;
}

static void know_key(struct request *r, enum known known, struct fact *f)
{
	if (r->kind == REQUEST_ANYHOW && !is_always_known(known))
		return;
	switch (known) {
	case KNOWN_CALLER_ACCOUNT:
		know(f, PRESENCE_PRESENT, r->caller.account.text);
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
		know_now(r, f);
		return;
	case KNOWN_OWN_ACCOUNT:
		know_told(f, r->c->own.text);
		return;
	case KNOWN_KEY_SPEC:
		know_told(f, r->c->key_spec);
		return;
	case KNOWN_KEY_USAGE:
		know_told(f, r->c->key_usage);
		return;
	case KNOWN_KEY_ORIGIN:
		know_told(f, r->c->key_origin);
		return;
	case KNOWN_MULTI_REGION:
		know_told(f, r->c->key_multi_region);
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
	case KNOWN_OPEN:
		return;
	}
}

/* What a person states of the vendor's requests fills gaps; it does not overrule what follows from the
 * request itself. Two different values for one single-valued key contradict each other: it stays open. Those of a
 * multivalued key are a set, of which not all need be stated. */
static void know_stated(const struct request *r, const char *name, struct fact *f)
{
	const char *value = NULL;

	if (r->kind == REQUEST_SELF || r->kind == REQUEST_ANYHOW ||
		strcmp(r->caller.account.text, r->c->vendor.text) != 0)
		return;
	for (size_t i = 0; i < r->c->context_count; i++) {
		if (!pattern_equals_fold(r->c->context[i].key, name))
			continue;
		if (value && strcmp(value, r->c->context[i].value) != 0)
			return;
		value = r->c->context[i].value;
	}
	if (!value)
		return;
	know(f, PRESENCE_PRESENT, value);
	f->has_holes = f->is_time = false;
}

static void set_resource(struct request *r, const char *resource)
{
	r->resource = span_of(resource);
	r->resource_is_arn = arn_split(r->resource, false, r->resource_parts);
}

static void know_all(struct request *r)
{
	subject_init(&r->action_subject, span_of(r->action), false, true);
	r->principal_subject.is_short = false;
	set_resource(r, r->c->key.text);
	for (size_t i = 0; i < REQUEST_KEY_COUNT; i++) {
		struct fact *f = &r->known[i];

		*f = (struct fact){.presence = PRESENCE_OPEN, .is_many = request_keys[i].is_many};
		know_key(r, request_keys[i].known, f);
		if (f->presence == PRESENCE_OPEN || f->presence == PRESENCE_PERHAPS || f->has_holes)
			know_stated(r, request_keys[i].name, f);
	}
}

static void begin(
	const struct policy_context *c, enum request_kind kind, const char *action, struct request *r)
{
	r->c = c;
	r->kind = kind;
	r->action = action;
	r->stated = NULL;
	r->stated_count = 0;
	r->group = (unsigned)kind;
	r->grant_group = (unsigned)kind * 2 + is_grant_action(action);
	r->caller = (struct caller){.kind = CALLER_ANY};
}

void request_of_need(const struct policy_context *c, enum need need, struct request *ret_request)
{
	begin(c, strcmp(need_purpose(need), "ebs") == 0 ? REQUEST_EBS : REQUEST_S3, need_action(need),
		ret_request);
	ret_request->caller.account = c->vendor;
	know_all(ret_request);
}

void request_of_other(const struct policy_context *c, const struct account_id *account, const char *principal,
	const char *action, struct request *ret_request)
{
	begin(c, REQUEST_EBS, action, ret_request);
	if (!principal || caller_parse(principal, &ret_request->caller) != 0)
		ret_request->caller.account = *account;
	know_all(ret_request);
}

int request_of_self(const struct policy_context *c, const char *principal, const char *action,
	struct request *ret_request)
{
	begin(c, REQUEST_SELF, action, ret_request);
	if (caller_parse(principal, &ret_request->caller) != 0)
		return 1;
	know_all(ret_request);
	return 0;
}

int request_of_anyhow(const struct policy_context *c, const char *principal, const char *action,
	struct request *ret_request)
{
	begin(c, REQUEST_ANYHOW, action, ret_request);
	if (caller_parse(principal, &ret_request->caller) != 0)
		return 1;
	know_all(ret_request);
	return 0;
}

static void fact_of_stated(const struct policy_key *k, bool is_many, struct fact *ret_fact)
{
	*ret_fact = (struct fact){.presence = k->is_unknown   ? PRESENCE_OPEN
					      : k->count == 0 ? PRESENCE_ABSENT
							      : PRESENCE_PRESENT,
		.is_many = is_many,
		.count = k->count,
		.values = k->values,
		.value = k->count == 1 ? k->values[0] : NULL};
}

static int check_stated(const struct policy_request *q, struct request *r, struct why *w)
{
	if (caller_parse(q->principal, &r->caller) != 0) {
		why_set(w,
			"\"%.200s\" is no principal; expected an account (its number or root ARN), the ARN "
			"of a user, role or role session (arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION), "
			"or a service (ec2.amazonaws.com)",
			q->principal);
		return POLICY_E_REQUEST;
	}
	if (!strchr(q->action, ':') || q->action[strcspn(q->action, "*?$ ")] != '\0') {
		why_set(w, "\"%.200s\" is no action; expected one like kms:Decrypt", q->action);
		return POLICY_E_REQUEST;
	}
	if (*q->resource && !arn_split(span_of(q->resource), false, r->resource_parts)) {
		why_set(w, "\"%.200s\" is no resource; expected the ARN of a key", q->resource);
		return POLICY_E_REQUEST;
	}
	for (size_t i = 0; i < q->key_count; i++)
		for (size_t j = 0; j < q->keys[i].count; j++)
			if (strlen(q->keys[i].values[j]) > POLICY_VALUE_MAX_BYTES) {
				why_set(w, "a value of %.100s is longer than %d bytes", q->keys[i].name,
					POLICY_VALUE_MAX_BYTES);
				return POLICY_E_REQUEST;
			}
	return 0;
}

int request_of_stated(
	const struct policy_request *stated, struct request *ret_request, struct why *reterr_why)
{
	struct request *r = ret_request;
	int refused = check_stated(stated, r, reterr_why);

	if (refused)
		return refused;
	r->c = NULL;
	r->kind = REQUEST_STATED;
	r->action = stated->action;
	r->group = r->grant_group = 0;
	r->stated = stated->keys;
	r->stated_count = stated->key_count;
	subject_init(&r->action_subject, span_of(r->action), false, true);
	r->principal_subject.is_short = false;
	set_resource(r, stated->resource);
	for (size_t i = 0; i < REQUEST_KEY_COUNT; i++)
		r->known[i] = (struct fact){.presence = PRESENCE_ABSENT, .is_many = request_keys[i].is_many};
	for (size_t i = 0; i < stated->key_count; i++) {
		int key = request_key_parse(stated->keys[i].name);

		if (key >= 0)
			fact_of_stated(&stated->keys[i], request_keys[key].is_many, &r->known[key]);
	}
	return 0;
}

void request_fact(const struct request *r, int key, const char *name, struct fact *ret_fact)
{
	if (key >= 0) {
		*ret_fact = r->known[key];
		return;
	}
	*ret_fact = (struct fact){.presence = r->c ? PRESENCE_OPEN : PRESENCE_ABSENT};
	if (r->c)
		know_stated(r, name, ret_fact);
	for (size_t i = 0; i < r->stated_count; i++)
		if (pattern_equals_fold(r->stated[i].name, name))
			fact_of_stated(&r->stated[i], false, ret_fact);
}
