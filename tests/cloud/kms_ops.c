/* SPDX-License-Identifier: Apache-2.0 */
#include "kms_ops.h"
#include "alloc.h"
#include "kms.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void kms_add_text(struct json_object *o, const char *name, const char *value)
{
	if (*value)
		json_object_object_add(o, name, json_object_new_string(value));
}

static void add_texts(struct json_object *o, const char *name, const char *value)
{
	struct json_object *list = json_object_new_array();
	json_object_array_add(list, json_object_new_string(value));
	json_object_object_add(o, name, list);
}

/* Epoch seconds with a fraction, as KMS writes them. */
void kms_add_time(struct json_object *o, const char *name, int64_t unix_ms)
{
	char text[40];
	(void)snprintf(
		text, sizeof text, "%lld.%03lld", (long long)(unix_ms / 1000), (long long)(unix_ms % 1000));
	json_object_object_add(o, name, json_object_new_double_s((double)unix_ms / 1000.0, text));
}

void kms_done(const struct kms_call *call)
{
	reply_empty(call->reply, 200, KMS_TYPE);
}

void kms_written(const struct kms_call *call)
{
	cmk_commit(call->key, call->world->now_ms, call->world->config.propagation_ms);
	call->request->effect = true;
}

static void describe_key(const struct kms_call *call)
{
	const struct cmk *k = call->key;
	const struct cmk_face *f = &k->shown;
	struct json_object *out = json_object_new_object(), *m = json_object_new_object();
	json_object_object_add(out, "KeyMetadata", m);
	kms_add_text(m, "AWSAccountId", k->account);
	kms_add_text(m, "KeyId", k->id);
	kms_add_text(m, "Arn", k->arn);
	kms_add_time(m, "CreationDate", k->created_s * 1000);
	json_object_object_add(m, "Enabled", json_object_new_boolean(strcmp(f->state, "Enabled") == 0));
	json_object_object_add(m, "Description", json_object_new_string(k->description));
	kms_add_text(m, "KeyUsage", f->key_usage);
	kms_add_text(m, "KeyState", f->state);
	if (strcmp(f->state, "PendingDeletion") == 0)
		kms_add_time(m, "DeletionDate", f->deletion_ms);
	if (f->valid_to)
		kms_add_time(m, "ValidTo", f->valid_to * 1000);
	kms_add_text(m, "Origin", f->origin);
	kms_add_text(m, "ExpirationModel", f->expiration_model);
	kms_add_text(m, "KeyManager", "CUSTOMER");
	kms_add_text(m, "CustomerMasterKeySpec", f->key_spec);
	kms_add_text(m, "KeySpec", f->key_spec);
	if (strcmp(f->key_usage, "ENCRYPT_DECRYPT") == 0)
		add_texts(m, "EncryptionAlgorithms", f->key_spec);
	json_object_object_add(m, "MultiRegion", json_object_new_boolean(f->multi_region));
	if (strcmp(f->origin, "AWS_KMS") == 0)
		kms_add_text(m, "CurrentKeyMaterialId", f->material);
	reply_json(call->reply, 200, KMS_TYPE, out);
}

bool kms_page(
	const struct kms_call *call, int64_t max, int64_t otherwise, size_t *ret_limit, size_t *ret_from)
{
	struct json_object *limit = field_get(call->in, "Limit");
	const char *marker = field_text(call->in, "Marker");
	int64_t n = limit ? json_object_get_int64(limit) : otherwise;
	if (n < 1 || n > max) {
		kms_error(call->reply, 400, "ValidationException",
			"1 validation error detected: Value at 'limit' failed to satisfy constraint");
		return false;
	}
	if (marker && (strncmp(marker, "marker-", 7) != 0 ||
			      strspn(marker + 7, "0123456789") != strlen(marker + 7))) {
		kms_error(call->reply, 400, "InvalidMarkerException", "The marker is not valid.");
		return false;
	}
	*ret_limit = (size_t)n;
	*ret_from = marker ? strtoul(marker + 7, NULL, 10) : 0;
	return true;
}

void kms_page_end(struct json_object *out, size_t next, bool truncated)
{
	json_object_object_add(out, "Truncated", json_object_new_boolean(truncated));
	if (!truncated)
		return;
	char marker[40];
	(void)snprintf(marker, sizeof marker, "marker-%zu", next);
	kms_add_text(out, "NextMarker", marker);
}

static void set_state(const struct kms_call *call, const char *state)
{
	(void)text_set(call->key->truth.state, sizeof call->key->truth.state, state);
	kms_written(call);
}

static void enable_key(const struct kms_call *call)
{
	set_state(call, "Enabled");
	kms_done(call);
}

static void disable_key(const struct kms_call *call)
{
	set_state(call, "Disabled");
	kms_done(call);
}

static void schedule_key_deletion(const struct kms_call *call)
{
	struct json_object *days = field_get(call->in, "PendingWindowInDays"),
			   *out = json_object_new_object();
	int64_t n = days ? json_object_get_int64(days) : 30;
	if (n < 7 || n > 30) {
		json_object_put(out);
		kms_error(call->reply, 400, "ValidationException",
			"PendingWindowInDays must be between 7 and 30.");
		return;
	}
	call->key->truth.deletion_ms = world_wall_ms(call->world) + n * 86400000;
	set_state(call, "PendingDeletion");
	kms_add_text(out, "KeyId", call->key->arn);
	kms_add_time(out, "DeletionDate", call->key->truth.deletion_ms);
	kms_add_text(out, "KeyState", "PendingDeletion");
	json_object_object_add(out, "PendingWindowInDays", json_object_new_int64(n));
	reply_json(call->reply, 200, KMS_TYPE, out);
}

static void cancel_key_deletion(const struct kms_call *call)
{
	struct json_object *out = json_object_new_object();
	call->key->truth.deletion_ms = 0;
	set_state(call, "Disabled");
	kms_add_text(out, "KeyId", call->key->arn);
	reply_json(call->reply, 200, KMS_TYPE, out);
}

#define PENDING "PendingDeletion|PendingReplicaDeletion"
static const struct kms_op ops[] = {
	{"DescribeKey", describe_key, ""},
	{"GetKeyPolicy", kms_get_key_policy, ""},
	{"PutKeyPolicy", kms_put_key_policy, ""},
	{"GetKeyRotationStatus", kms_get_key_rotation_status, ""},
	{"ListKeyRotations", kms_list_key_rotations, ""},
	{"EnableKeyRotation", kms_enable_key_rotation, PENDING "|Creating"},
	{"RotateKeyOnDemand", kms_rotate_key_on_demand, PENDING "|Creating|Unavailable|Updating"},
	{"ListGrants", kms_list_grants, ""},
	{"RevokeGrant", kms_revoke_grant, ""},
	{"EnableKey", enable_key, PENDING "|PendingImport|Creating|Updating"},
	{"DisableKey", disable_key, PENDING "|PendingImport|Creating|Updating"},
	{"ScheduleKeyDeletion", schedule_key_deletion, PENDING "|Updating"},
	{"CancelKeyDeletion", cancel_key_deletion,
		"Enabled|Disabled|PendingImport|Unavailable|Creating|Updating"},
};

const struct kms_op *kms_op_find(const char *name)
{
	for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
		if (strcmp(ops[i].name, name) == 0)
			return &ops[i];
	return NULL;
}

bool kms_state_permits(const struct kms_op *op, const struct cmk *k, struct reply *p)
{
	static const char *const texts[][2] = {
		{"PendingDeletion", "is pending deletion (or pending replica deletion)."},
		{"PendingReplicaDeletion", "is pending deletion (or pending replica deletion)."},
		{"PendingImport", "is pending import."}, {"Creating", "is creating."},
		{"Updating", "is updating."}};
	const char *why = "is not pending deletion (or pending replica deletion).";
	if (!text_among(k->truth.state, op->refused_in))
		return true;
	if (strcmp(op->name, "CancelKeyDeletion") != 0)
		for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
			if (strcmp(texts[i][0], k->truth.state) == 0)
				why = texts[i][1];
	char *text = alloc_printf("%s %s", k->arn, why);
	kms_error(p, 400, "KMSInvalidStateException", text);
	free(text);
	return false;
}
