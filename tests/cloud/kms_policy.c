/* SPDX-License-Identifier: Apache-2.0 */
#include "kms_ops.h"
#include "alloc.h"
#include "kms.h"
#include <string.h>

#define POLICY_MAX_BYTES 32768  /* quota "Key policy document size" */
#define POLICY_MAX_CHARS 131072 /* shape PolicyType of the service model */

/* The only policy name that exists is "default". */
static bool name_good(const struct kms_call *call)
{
	const char *name = field_text(call->in, "PolicyName");
	if (!name || strcmp(name, "default") == 0)
		return true;
	kms_error(call->reply, 400, "NotFoundException", "No such policy exists");
	return false;
}

void kms_get_key_policy(const struct kms_call *call)
{
	if (!name_good(call))
		return;
	struct json_object *out = json_object_new_object();
	json_object_object_add(out, "Policy", json_object_new_string(call->key->shown.policy));
	json_object_object_add(out, "PolicyName", json_object_new_string("default"));
	reply_json(call->reply, 200, KMS_TYPE, out);
}

/* Pattern of the service model: [\u0009\u000A\u000D\u0020-\u00FF]+. `text` is UTF-8. */
static bool characters_good(const char *text)
{
	for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
		if (*c < 0x20 && *c != '\t' && *c != '\n' && *c != '\r')
			return false;
		if (*c >= 0xc4) /* the first byte of U+0100 and above */
			return false;
	}
	return *text != '\0';
}

static bool statements_good(struct json_object *policy)
{
	struct json_object *list = field_get(policy, "Statement");
	if (json_object_is_type(list, json_type_object))
		return true;
	if (!json_object_is_type(list, json_type_array))
		return false;
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *one = json_object_array_get_idx(list, i);
		const char *effect = field_text(one, "Effect");
		bool principal = field_get(one, "Principal") || field_get(one, "NotPrincipal");
		if (!effect || !text_among(effect, "Allow|Deny") || !principal)
			return false;
	}
	return true;
}

/* NULL, or the code of the refusal; `ret_message` is static text. */
static const char *refusal(const struct kms_call *call, const char *text, const char **ret_message)
{
	__attribute__((cleanup(field_put))) struct json_object *policy = field_parse(text, strlen(text));
	if (!characters_good(text) || strlen(text) > POLICY_MAX_CHARS) {
		*ret_message = "1 validation error detected: Value at 'policy' failed to satisfy constraint: "
			       "Member must "
			       "satisfy regular expression pattern: [\\u0009\\u000A\\u000D\\u0020-\\u00FF]+";
		return "ValidationException";
	}
	if (strlen(text) > POLICY_MAX_BYTES) {
		*ret_message = "Policy size exceeds the limit of 32768 bytes.";
		return "LimitExceededException";
	}
	if (!policy || !statements_good(policy)) {
		*ret_message = "Policy contains a syntax error or a statement without Effect or Principal.";
		return "MalformedPolicyDocumentException";
	}
	if (call->key->lockout && !field_bool(call->in, "BypassPolicyLockoutSafetyCheck", false)) {
		*ret_message =
			"The new key policy will not allow you to update the key policy in the future.";
		return "MalformedPolicyDocumentException";
	}
	return NULL;
}

void kms_put_key_policy(const struct kms_call *call)
{
	const char *text = field_text(call->in, "Policy"), *message = NULL;
	if (!name_good(call))
		return;
	const char *code = refusal(call, text ? text : "", &message);
	if (code) {
		kms_error(call->reply, 400, code, message);
		return;
	}
	cmk_set_policy(call->key, text);
	call->key->puts++;
	cmk_commit(call->key, call->world->now_ms, call->world->config.propagation_ms);
	call->request->effect = true;
	reply_empty(call->reply, 200, KMS_TYPE); /* no output shape: an empty body */
}
