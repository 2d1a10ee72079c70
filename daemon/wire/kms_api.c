/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/kms_api.h"
#include "base/json_scan.h"
#include "base/own.h"
#include "policy/policy.h"
#include "wire/json_answer.h"
#include "wire/aws_answer.h"
#include <string.h>

const char *kms_api_op_name(enum kms_api_op op)
{
	static const char *const names[KMS_API_OP_COUNT] = {
#define X(e, name, changes) [KMS_API_OP_##e] = name,
		KMS_API_OP_TABLE(X)
#undef X
	};
	return op < KMS_API_OP_COUNT ? names[op] : "";
}

const char *kms_api_op_target(enum kms_api_op op)
{
	static const char *const targets[KMS_API_OP_COUNT] = {
#define X(e, name, changes) [KMS_API_OP_##e] = "TrentService." name,
		KMS_API_OP_TABLE(X)
#undef X
	};
	return op < KMS_API_OP_COUNT ? targets[op] : "";
}

bool kms_api_op_changes(enum kms_api_op op)
{
	static const bool changing[KMS_API_OP_COUNT] = {
#define X(e, name, changes) [KMS_API_OP_##e] = changes,
		KMS_API_OP_TABLE(X)
#undef X
	};
	return op < KMS_API_OP_COUNT && changing[op];
}

/* ---- request bodies ---- */

static void write_member(struct buf *b, const char *opening, const char *name, const char *value, size_t len)
{
	buf_printf(b, "%s\"%s\":", opening, name);
	buf_json_string(b, value, len);
}

static void write_key(struct buf *b, const struct key_arn *key)
{
	write_member(b, "{", "KeyId", key->text, strlen(key->text));
}

void kms_api_write_describe_key(struct buf *b, const struct key_arn *key)
{
	write_key(b, key);
	buf_add(b, "}");
}

void kms_api_write_get_key_policy(struct buf *b, const struct key_arn *key)
{
	write_key(b, key);
	buf_add(b, ",\"PolicyName\":\"default\"}");
}

void kms_api_write_put_key_policy(struct buf *b, const struct key_arn *key, const char *policy, size_t len)
{
	write_key(b, key);
	write_member(b, ",", "Policy", policy, len);
	buf_add(b, ",\"PolicyName\":\"default\"}");
}

void kms_api_write_get_key_rotation_status(struct buf *b, const struct key_arn *key)
{
	kms_api_write_describe_key(b, key);
}

void kms_api_write_list_grants(struct buf *b, const struct key_arn *key, const char *marker)
{
	write_key(b, key);
	buf_add(b, ",\"Limit\":100");
	if (marker[0] != '\0')
		write_member(b, ",", "Marker", marker, strlen(marker));
	buf_add(b, "}");
}

void kms_api_write_key(struct buf *b, const struct key_arn *key)
{
	kms_api_write_describe_key(b, key);
}

void kms_api_write_enable_key_rotation(struct buf *b, const struct key_arn *key, uint32_t period_days)
{
	write_key(b, key);
	if (period_days > 0)
		buf_printf(b, ",\"RotationPeriodInDays\":%u", (unsigned)period_days);
	buf_add(b, "}");
}

void kms_api_write_revoke_grant(struct buf *b, const struct key_arn *key, const char *grant_id)
{
	write_key(b, key);
	write_member(b, ",", "GrantId", grant_id, strlen(grant_id));
	buf_add(b, "}");
}

/* ---- answers ---- */

static void all_well(const struct http_answer *a, struct trouble *ret_trouble)
{
	*ret_trouble = (struct trouble){.fault = FAULT_NONE, .status = a->status};
}

/* FNV-1a, 64 bits: only to tell a change; never 0. */
static uint64_t fingerprint(const char *text)
{
	uint64_t h = 14695981039346656037u;
	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * 1099511628211u;
	return h != 0 ? h : 1;
}

/* Enabled is true if and only if KeyState is Enabled (KeyMetadata). An answer that says both proves neither.
 * Updating is left out: servers differ. */
static bool contradicts_itself(const struct json_tree *tree, uint32_t meta, enum key_state state)
{
	bool enabled;
	if (json_truth(tree, json_answer_member(tree, meta, "Enabled"), &enabled) != 0)
		return false;
	return enabled ? state == KEY_STATE_DISABLED || state == KEY_STATE_PENDING_DELETION ||
				 state == KEY_STATE_PENDING_REPLICA_DELETION ||
				 state == KEY_STATE_PENDING_IMPORT
		       : state == KEY_STATE_ENABLED;
}

static bool parse_key(const struct json_tree *tree, uint32_t meta, struct kms_api_key *k, struct trouble *t)
{
	char arn[sizeof k->arn.text];
	if (!json_answer_text(tree, meta, "Arn", JSON_ANSWER_REQUIRED, arn, sizeof arn, t) ||
		!json_answer_show(tree, meta, "KeyState", k->state_name, sizeof k->state_name, t) ||
		!json_answer_time(tree, meta, "DeletionDate", &k->deletion, t) ||
		!json_answer_show(tree, meta, "Origin", k->origin, sizeof k->origin, t) ||
		!json_answer_show(tree, meta, "KeyUsage", k->usage, sizeof k->usage, t) ||
		!json_answer_show(tree, meta, "KeySpec", k->spec, sizeof k->spec, t) ||
		!json_answer_show(tree, meta, "KeyManager", k->manager, sizeof k->manager, t) ||
		!json_answer_truth(tree, meta, "MultiRegion", JSON_ANSWER_OPTIONAL, &k->multi_region, t) ||
		!json_answer_text(tree, meta, "CurrentKeyMaterialId", JSON_ANSWER_OPTIONAL, k->material,
			sizeof k->material, t))
		return false;
	if (k->spec[0] == '\0' &&
		!json_answer_show(tree, meta, "CustomerMasterKeySpec", k->spec, sizeof k->spec, t))
		return false;
	if (key_arn_parse(arn, strlen(arn), &k->arn, NULL, &k->account) != 0) {
		trouble_set(t, FAULT_MALFORMED, "the answer's Arn is no KMS key ARN");
		return false;
	}
	k->state = key_state_parse(k->state_name);
	k->material_fingerprint = k->material[0] != '\0' ? fingerprint(k->material) : 0;
	if (contradicts_itself(tree, meta, k->state)) {
		trouble_set(t, FAULT_MALFORMED,
			"the answer contradicts itself: Enabled does not agree with KeyState %s",
			k->state_name);
		return false;
	}
	return true;
}

int kms_api_read_key(const struct http_answer *a, const struct key_arn *asked, struct kms_api_key *ret_key,
	struct trouble *ret_trouble)
{
	_cleanup_(json_tree_fini) struct json_tree tree = JSON_TREE_INIT;
	struct kms_api_key key = {.state = KEY_STATE_UNKNOWN};
	int r = aws_answer_object(a, KMS_API_ANSWER_MAX_BYTES, &tree, ret_trouble);
	if (r != 0)
		return r < 0 ? r : 0;
	struct trouble t = {.fault = FAULT_NONE};
	uint32_t meta = json_answer_member(&tree, JSON_ROOT, "KeyMetadata");
	if (!json_is(&tree, meta, JSON_OBJECT)) {
		trouble_set(&t, FAULT_MALFORMED, "the answer lacks KeyMetadata; expected an object");
	} else if (parse_key(&tree, meta, &key, &t) && !key_arn_equal(&key.arn, asked)) {
		trouble_set(&t, FAULT_MALFORMED, "the answer is for another key, %s", key.arn.text);
	}
	t.status = a->status;
	*ret_trouble = t;
	if (t.fault == FAULT_NONE)
		*ret_key = key;
	return 0;
}

int kms_api_read_policy(
	const struct http_answer *a, char **ret_text, size_t *ret_len, struct trouble *ret_trouble)
{
	_cleanup_(json_tree_fini) struct json_tree tree = JSON_TREE_INIT;
	_cleanup_free_ char *text = NULL;
	int r = aws_answer_object(a, KMS_API_ANSWER_MAX_BYTES, &tree, ret_trouble);
	if (r != 0)
		return r < 0 ? r : 0;
	r = json_string_dup(&tree, json_answer_member(&tree, JSON_ROOT, "Policy"), POLICY_MAX_BYTES, &text);
	if (r < 0)
		return r;
	if (r > 0) {
		trouble_set(ret_trouble, FAULT_MALFORMED,
			"the answer has no Policy; expected a text of at most %d bytes", POLICY_MAX_BYTES);
		ret_trouble->status = a->status;
		return 0;
	}
	all_well(a, ret_trouble);
	*ret_len = strlen(text);
	*ret_text = own_take(text);
	return 0;
}

int kms_api_read_rotation(
	const struct http_answer *a, struct kms_api_rotation *ret_rotation, struct trouble *ret_trouble)
{
	_cleanup_(json_tree_fini) struct json_tree tree = JSON_TREE_INIT;
	struct kms_api_rotation rotation = {.state = KMS_API_ROTATION_NOT_APPLICABLE};
	struct trouble t = {.fault = FAULT_NONE};
	bool enabled = false;
	uint64_t days;
	int r = aws_answer_object(a, KMS_API_ANSWER_MAX_BYTES, &tree, &t);
	if (r < 0)
		return r;
	if (r == 1 && strcmp(t.code, "UnsupportedOperationException") == 0) {
		t = (struct trouble){.fault = FAULT_NONE};
	} else if (r == 0 &&
		   json_answer_truth(
			   &tree, JSON_ROOT, "KeyRotationEnabled", JSON_ANSWER_REQUIRED, &enabled, &t) &&
		   json_answer_u64(&tree, JSON_ROOT, "RotationPeriodInDays", UINT32_MAX, &days, &t) &&
		   json_answer_time(&tree, JSON_ROOT, "NextRotationDate", &rotation.next, &t) &&
		   json_answer_time(
			   &tree, JSON_ROOT, "OnDemandRotationStartDate", &rotation.on_demand_started, &t)) {
		rotation.state = enabled ? KMS_API_ROTATION_ON : KMS_API_ROTATION_OFF;
		rotation.period_days = (uint32_t)days;
	}
	t.status = a->status;
	*ret_trouble = t;
	if (t.fault == FAULT_NONE)
		*ret_rotation = rotation;
	return 0;
}

int kms_api_read_void(const struct http_answer *a, struct trouble *ret_trouble)
{
	if (a->status != 200)
		return aws_answer_error(a, ret_trouble);
	bool good = a->body_len == 0 || (a->body_len == 4 && memcmp(a->body, "null", 4) == 0);
	if (!good) {
		_cleanup_(json_tree_fini) struct json_tree tree = JSON_TREE_INIT;
		int r = aws_answer_object(a, KMS_API_ANSWER_MAX_BYTES, &tree, ret_trouble);
		if (r != 0)
			return r < 0 ? r : 0;
	}
	all_well(a, ret_trouble);
	return 0;
}

enum fault kms_api_fault(const struct http_answer *a)
{
	struct trouble trouble;

	if (a->status == 200)
		return FAULT_NONE;
	return aws_answer_error(a, &trouble) < 0 ? FAULT_MALFORMED : trouble.fault;
}

bool kms_api_grant_is_gone(const struct trouble *t)
{
	return strcmp(t->code, "NotFoundException") == 0 || strcmp(t->code, "InvalidGrantIdException") == 0;
}
