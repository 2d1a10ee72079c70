/* SPDX-License-Identifier: Apache-2.0 */
#include "vendor.h"
#include "alloc.h"
#include "cmk.h"
#include <ctype.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

typedef bool match_fn(const char *value, const void *asked);

/* A string, or any string of an array. */
static bool any_of(struct json_object *value, match_fn *match, const void *asked)
{
	if (json_object_is_type(value, json_type_string))
		return match(json_object_get_string(value), asked);
	if (!json_object_is_type(value, json_type_array))
		return false;
	for (size_t i = 0; i < json_object_array_length(value); i++) {
		struct json_object *one = json_object_array_get_idx(value, i);
		if (json_object_is_type(one, json_type_string) && match(json_object_get_string(one), asked))
			return true;
	}
	return false;
}

static bool same(const char *value, const void *asked)
{
	return strcmp(value, asked) == 0;
}

static bool like(const char *value, const void *asked)
{
	return fnmatch(value, asked, FNM_NOESCAPE) == 0;
}

/* Names of actions are matched without regard to case (IAM user guide, "Action"). */
static bool action_like(const char *value, const void *asked)
{
	return fnmatch(value, asked, FNM_NOESCAPE | FNM_CASEFOLD) == 0;
}

static bool is_account(const char *value, const void *asked)
{
	const char *account = asked, *root = strstr(value, ":iam::");
	if (strcmp(value, account) == 0)
		return true;
	return strncmp(value, "arn:", 4) == 0 && root && strncmp(root + 6, account, 12) == 0 &&
	       strcmp(root + 18, ":root") == 0;
}

static bool is_everybody_or(const char *value, const void *asked)
{
	return strcmp(value, "*") == 0 || is_account(value, asked);
}

static bool principal_applies(struct json_object *statement, const char *vendor)
{
	struct json_object *principal = field_get(statement, "Principal");
	if (json_object_is_type(principal, json_type_string))
		return strcmp(json_object_get_string(principal), "*") == 0;
	return any_of(field_get(principal, "AWS"), is_everybody_or, vendor);
}

struct asked {
	const char *vendor, *service;
};

/* Only the two keys that matter, by StringEquals and StringLike; anything else: the statement does not apply.
 */
static bool conditions_apply(struct json_object *statement, const struct asked *asked)
{
	struct json_object *condition = field_get(statement, "Condition");
	if (!condition)
		return true;
	if (!json_object_is_type(condition, json_type_object))
		return false;
	json_object_object_foreach(condition, operator, keys)
	{
		match_fn *match = strcasecmp(operator, "StringEquals") == 0 ? same
				  : strcasecmp(operator, "StringLike") == 0 ? like
									    : NULL;
		if (!match || !json_object_is_type(keys, json_type_object))
			return false;
		json_object_object_foreach(keys, key, values)
		{
			const char *have = strcasecmp(key, "kms:CallerAccount") == 0 ? asked->vendor
					   : strcasecmp(key, "kms:ViaService") == 0  ? asked->service
										     : NULL;
			if (!have || !any_of(values, match, have))
				return false;
		}
	}
	return true;
}

static bool statement_applies(struct json_object *statement, const struct asked *asked)
{
	return any_of(field_get(statement, "Action"), action_like, "kms:CreateGrant") &&
	       field_get(statement, "Resource") && principal_applies(statement, asked->vendor) &&
	       conditions_apply(statement, asked);
}

/* Statement `i` of a policy whose Statement is an object or an array; NULL behind the last one. */
static struct json_object *statement_at(struct json_object *policy, size_t i)
{
	struct json_object *statements = field_get(policy, "Statement");
	if (json_object_is_type(statements, json_type_array))
		return i < json_object_array_length(statements) ? json_object_array_get_idx(statements, i)
								: NULL;
	return i == 0 ? statements : NULL;
}

bool vendor_can_use(const struct world *w, const struct cmk *k, const char **ret_reason)
{
	const char *reason = "allowed";
	bool allowed = false, denied = false;
	char service[80];
	(void)snprintf(service, sizeof service, "ec2.%s.amazonaws.com", k->region);
	struct asked asked = {.vendor = w->vendor_account, .service = service};
	__attribute__((cleanup(field_put))) struct json_object *policy =
		field_parse(k->shown.policy, strlen(k->shown.policy));
	for (size_t i = 0;; i++) {
		struct json_object *statement = statement_at(policy, i);
		const char *effect = field_text(statement, "Effect");
		if (!statement)
			break;
		if (!effect || !statement_applies(statement, &asked))
			continue;
		allowed = allowed || strcmp(effect, "Allow") == 0;
		denied = denied || strcmp(effect, "Deny") == 0;
	}
	if (k->shown.gone)
		reason = "the key does not exist";
	else if (strcmp(k->shown.state, "Enabled") != 0)
		reason = "the key is not Enabled";
	else if (!policy)
		reason = "the policy is no JSON";
	else if (denied)
		reason = "a Deny statement applies";
	else if (!allowed)
		reason = "no Allow statement applies";
	if (ret_reason)
		*ret_reason = reason;
	return strcmp(reason, "allowed") == 0;
}

char *vendor_policy_documented(const char *vendor, const char *region, const char *own_account)
{
	/* docs.pingcap.com, "Customer-Managed Encryption Keys on AWS", without its comment lines */
	return alloc_printf(
		"{\n"
		"    \"Version\": \"2012-10-17\",\n"
		"    \"Id\": \"cmek-policy\",\n"
		"    \"Statement\": [\n"
		"        {\n"
		"            \"Sid\": \"Enable IAM User Permissions\",\n"
		"            \"Effect\": \"Allow\",\n"
		"            \"Principal\": { \"AWS\": \"arn:aws:iam::%s:root\" },\n"
		"            \"Action\": \"kms:*\",\n"
		"            \"Resource\": \"*\"\n"
		"        },\n"
		"        {\n"
		"            \"Sid\": \"Allow access through EBS for all principals in the account that are "
		"authorized to use EBS\",\n"
		"            \"Effect\": \"Allow\",\n"
		"            \"Principal\": { \"AWS\": \"*\" },\n"
		"            \"Action\": [\"kms:Encrypt\", \"kms:Decrypt\", \"kms:ReEncrypt*\", "
		"\"kms:GenerateDataKey*\", \"kms:CreateGrant\", \"kms:DescribeKey\"],\n"
		"            \"Resource\": \"*\",\n"
		"            \"Condition\": {\n"
		"                \"StringEquals\": {\n"
		"                    \"kms:CallerAccount\": \"%s\",\n"
		"                    \"kms:ViaService\": \"ec2.%s.amazonaws.com\"\n"
		"                }\n"
		"            }\n"
		"        },\n"
		"        {\n"
		"            \"Sid\": \"Allow TiDB cloud role to use KMS to store encrypted backup to S3\",\n"
		"            \"Effect\": \"Allow\",\n"
		"            \"Principal\": { \"AWS\": \"arn:aws:iam::%s:root\" },\n"
		"            \"Action\": [\"kms:Decrypt\", \"kms:GenerateDataKey\"],\n"
		"            \"Resource\": \"*\"\n"
		"        }\n"
		"    ]\n"
		"}\n",
		own_account, vendor, region, vendor);
}

/* An Allow that is meant for the vendor: it names the account as a principal, or as kms:CallerAccount. */
static bool allows_vendor(struct json_object *statement, const char *vendor)
{
	const char *effect = field_text(statement, "Effect");
	struct json_object *condition = field_get(statement, "Condition");
	if (!effect || strcmp(effect, "Allow") != 0)
		return false;
	if (any_of(field_get(field_get(statement, "Principal"), "AWS"), is_account, vendor))
		return true;
	if (!json_object_is_type(condition, json_type_object))
		return false;
	json_object_object_foreach(condition, operator, keys)
	{
		(void)operator;
		if (any_of(field_get(keys, "kms:CallerAccount"), same, vendor))
			return true;
	}
	return false;
}

static char *rendered(struct json_object *policy)
{
	return alloc_text(json_object_to_json_string_ext(
		policy, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE));
}

/* The policy with its statements in a fresh array, without those that `leave_out` (may be NULL) names. */
static struct json_object *rebuilt(const char *text, const char *vendor, bool without_vendor)
{
	struct json_object *policy = field_parse(text, strlen(text));
	if (!json_object_is_type(policy, json_type_object)) {
		json_object_put(policy);
		return NULL;
	}
	struct json_object *kept = json_object_new_array();
	for (size_t i = 0;; i++) {
		struct json_object *statement = statement_at(policy, i);
		if (!statement)
			break;
		if (!without_vendor || !allows_vendor(statement, vendor))
			json_object_array_add(kept, json_object_get(statement));
	}
	json_object_object_add(policy, "Statement", kept);
	return policy;
}

char *vendor_policy_without(const char *policy, const char *vendor)
{
	__attribute__((cleanup(field_put))) struct json_object *edited = rebuilt(policy, vendor, true);
	return edited ? rendered(edited) : NULL;
}

char *vendor_policy_denied(const char *policy, const char *vendor)
{
	__attribute__((cleanup(field_put))) struct json_object *edited = rebuilt(policy, vendor, false);
	if (!edited)
		return NULL;
	char *text =
		alloc_printf("{\"Sid\":\"CutTheVendor\",\"Effect\":\"Deny\",\"Principal\":{\"AWS\":\"*\"},"
			     "\"Action\":\"kms:*\",\"Resource\":\"*\",\"Condition\":{\"StringEquals\":"
			     "{\"kms:CallerAccount\":\"%s\"}}}",
			vendor);
	json_object_array_add(field_get(edited, "Statement"), field_parse(text, strlen(text)));
	free(text);
	return rendered(edited);
}
