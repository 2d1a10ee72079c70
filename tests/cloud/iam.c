/* SPDX-License-Identifier: Apache-2.0 */
#include "iam.h"
#include "alloc.h"
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A text or a list of texts that holds what matches. `ret_good` becomes false if it is anything else. */
static bool among(struct json_object *value, const char *asked, int flags, bool *ret_good)
{
	bool list = json_object_is_type(value, json_type_array), found = false;
	size_t count = list ? json_object_array_length(value) : 1;
	*ret_good = *ret_good && count > 0;
	for (size_t i = 0; i < count; i++) {
		struct json_object *one = list ? json_object_array_get_idx(value, i) : value;
		if (json_object_is_type(one, json_type_string))
			found = found ||
				fnmatch(json_object_get_string(one), asked, FNM_NOESCAPE | flags) == 0;
		else
			*ret_good = false;
	}
	return found;
}

/* Only {"Bool": {"kms:BypassPolicyLockoutSafetyCheck": ...}}, of PutKeyPolicy; absent from other requests. */
static bool condition_applies(struct json_object *condition, struct json_object *in, bool *ret_good)
{
	struct json_object *asked = field_get(condition, "Bool");
	const char *wanted = field_text(asked, "kms:BypassPolicyLockoutSafetyCheck");
	if (!condition)
		return true;
	if (!json_object_is_type(condition, json_type_object) || json_object_object_length(condition) != 1 ||
		!wanted || json_object_object_length(asked) != 1 || !text_among(wanted, "true|false")) {
		*ret_good = false;
		return false;
	}
	struct json_object *sent = field_get(in, "BypassPolicyLockoutSafetyCheck");
	return sent && json_object_get_boolean(sent) == (strcmp(wanted, "true") == 0);
}

/* A Sid of an IAM policy has letters and digits only. */
static bool is_sid(const char *text)
{
	return text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")] == '\0';
}

static bool is_shaped(struct json_object *statement)
{
	static const char needed[][16] = {"Effect", "Action", "Resource"};
	if (!json_object_is_type(statement, json_type_object))
		return false;
	for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
		if (!field_get(statement, needed[i]))
			return false;
	json_object_object_foreach(statement, name, value)
	{
		const char *text =
			json_object_is_type(value, json_type_string) ? json_object_get_string(value) : "";
		if (!text_among(name, "Sid|Effect|Action|Resource|Condition") ||
			(strcmp(name, "Sid") == 0 && !is_sid(text)) ||
			(strcmp(name, "Effect") == 0 && !text_among(text, "Allow|Deny")))
			return false;
	}
	return true;
}

static bool document_permits(
	struct json_object *policy, const char *action, const char *resource, struct json_object *in)
{
	const char *version = field_text(policy, "Version");
	struct json_object *statements = field_get(policy, "Statement");
	bool good = version && strcmp(version, "2012-10-17") == 0 && json_object_object_length(policy) == 2 &&
		    json_object_is_type(statements, json_type_array);
	bool allowed = false, denied = false;
	for (size_t i = 0; good && i < json_object_array_length(statements); i++) {
		struct json_object *s = json_object_array_get_idx(statements, i);
		if (!is_shaped(s))
			return false;
		bool deny = strcmp(field_text(s, "Effect"), "Deny") == 0;
		bool applies = among(field_get(s, "Action"), action, FNM_CASEFOLD, &good);
		applies = among(field_get(s, "Resource"), resource, 0, &good) && applies;
		applies = condition_applies(field_get(s, "Condition"), in, &good) && applies;
		allowed = allowed || (applies && !deny);
		denied = denied || (applies && deny);
	}
	return good && allowed && !denied;
}

bool iam_permits(const struct access_key *k, const char *action, const char *resource, struct json_object *in)
{
	if (!k->iam_policy || !*k->iam_policy)
		return true;
	__attribute__((cleanup(field_put))) struct json_object *policy =
		field_parse(k->iam_policy, strlen(k->iam_policy));
	return document_permits(policy, action, resource, in);
}

bool iam_delegated(const struct cmk *k)
{
	__attribute__((cleanup(field_put))) struct json_object *policy =
		field_parse(k->shown.policy, strlen(k->shown.policy));
	struct json_object *statements = field_get(policy, "Statement");
	char *root = alloc_printf("arn:aws:iam::%s:root", k->account);
	bool found = false, good = true;
	for (size_t i = 0; json_object_is_type(statements, json_type_array) && !found &&
			   i < json_object_array_length(statements);
		i++) {
		struct json_object *s = json_object_array_get_idx(statements, i);
		const char *effect = field_text(s, "Effect");
		found = effect && strcmp(effect, "Allow") == 0 && !field_get(s, "Condition") &&
			among(field_get(field_get(s, "Principal"), "AWS"), root, 0, &good) &&
			among(field_get(s, "Action"), "kms:*", 0, &good);
	}
	free(root);
	return found;
}
