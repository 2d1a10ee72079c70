/* SPDX-License-Identifier: Apache-2.0 */
#include "alloc.h"
#include "event.h"
#include "kms.h"
#include "kms_ops.h"
#include <stdlib.h>
#include <string.h>

#define ON_DEMAND_MAX 25 /* of a key's life (AWS KMS API reference, RotateKeyOnDemand) */

static bool rotates(const struct kms_call *call)
{
	if (strcmp(call->key->shown.origin, "AWS_KMS") == 0)
		return true;
	char *text = alloc_printf("%s origin is %s which is not valid for this operation.", call->key->arn,
		call->key->shown.origin);
	kms_error(call->reply, 400, "UnsupportedOperationException", text);
	free(text);
	return false;
}

void kms_get_key_rotation_status(const struct kms_call *call)
{
	const struct cmk_face *f = &call->key->shown;
	if (!rotates(call))
		return;
	struct json_object *out = json_object_new_object();
	bool on = f->rotation_enabled && strncmp(f->state, "Pending", 7) != 0;
	kms_add_text(out, "KeyId", call->key->arn);
	json_object_object_add(out, "KeyRotationEnabled", json_object_new_boolean(on));
	if (on) {
		json_object_object_add(
			out, "RotationPeriodInDays", json_object_new_int64(f->rotation_period_days));
		kms_add_time(out, "NextRotationDate", f->next_rotation * 1000);
	}
	if (f->on_demand_start)
		kms_add_time(out, "OnDemandRotationStartDate", f->on_demand_start * 1000);
	reply_json(call->reply, 200, KMS_TYPE, out);
}

void kms_list_key_rotations(const struct kms_call *call)
{
	size_t limit = 0, from = 0, i;
	if (!rotates(call) || !kms_page(call, 1000, 100, &limit, &from))
		return;
	struct json_object *out = json_object_new_object(), *list = json_object_new_array();
	const char *include = field_text(call->in, "IncludeKeyMaterial");
	const struct cmk *k = call->key;
	for (i = from; i < k->rotation_count && i - from < limit; i++) {
		const struct cmk_rotation *rotation = &k->rotations[i];
		struct json_object *one = json_object_new_object();
		kms_add_text(one, "KeyId", k->id);
		kms_add_text(one, "KeyMaterialId", rotation->material);
		kms_add_time(one, "RotationDate", rotation->date_s * 1000);
		kms_add_text(one, "RotationType", rotation->on_demand ? "ON_DEMAND" : "AUTOMATIC");
		if (include && strcmp(include, "ALL_KEY_MATERIAL") == 0)
			kms_add_text(one, "KeyMaterialState",
				i + 1 == k->rotation_count ? "CURRENT" : "NON_CURRENT");
		json_object_array_add(list, one);
	}
	json_object_object_add(out, "Rotations", list);
	kms_page_end(out, i, i < k->rotation_count);
	reply_json(call->reply, 200, KMS_TYPE, out);
}

/* What may be changed of the rotation of a key: one that is enabled, symmetric, and of KMS's own making. */
static bool may_change(const struct kms_call *call)
{
	const struct cmk *k = call->key;
	char *text;
	if (!rotates(call))
		return false;
	if (strcmp(k->truth.key_spec, "SYMMETRIC_DEFAULT") != 0) {
		kms_error(call->reply, 400, "UnsupportedOperationException",
			"You cannot perform this operation on an asymmetric or HMAC key.");
		return false;
	}
	if (strcmp(k->truth.state, "Disabled") != 0)
		return true;
	text = alloc_printf("%s is disabled.", k->arn);
	kms_error(call->reply, 400, "DisabledException", text);
	free(text);
	return false;
}

void kms_enable_key_rotation(const struct kms_call *call)
{
	struct json_object *days = field_get(call->in, "RotationPeriodInDays");
	struct cmk_face *f = &call->key->truth;
	int64_t n = days ? json_object_get_int64(days) : f->rotation_enabled ? f->rotation_period_days : 365;
	if (!may_change(call))
		return;
	if (n < 90 || n > 2560) {
		kms_error(call->reply, 400, "ValidationException",
			"1 validation error detected: Value at 'rotationPeriodInDays' failed to satisfy "
			"constraint");
		return;
	}
	f->rotation_enabled = true;
	f->rotation_period_days = (uint32_t)n;
	f->next_rotation = world_wall_ms(call->world) / 1000 + n * 86400;
	kms_written(call);
	kms_done(call);
}

void kms_rotate_key_on_demand(const struct kms_call *call)
{
	struct cmk *k = call->key;
	size_t made = 0;
	if (!may_change(call))
		return;
	for (size_t i = 0; i < k->rotation_count; i++)
		made += k->rotations[i].on_demand;
	if (made >= ON_DEMAND_MAX) {
		kms_error(call->reply, 400, "LimitExceededException",
			"The maximum number of on-demand rotations of this key has been reached.");
		return;
	}
	if (k->truth.on_demand_start) {
		kms_error(call->reply, 400, "ConflictException", "A rotation of this key is in progress.");
		return;
	}
	k->truth.on_demand_start = world_wall_ms(call->world) / 1000;
	k->on_demand_due_ms = call->world->now_ms + call->world->config.rotation_ms;
	kms_written(call);
	struct json_object *out = json_object_new_object();
	kms_add_text(out, "KeyId", k->arn);
	reply_json(call->reply, 200, KMS_TYPE, out);
}

void kms_rotation_step(struct world *w, struct cmk *k)
{
	char material[CMK_ID_HEX + 1], before[CMK_ID_HEX + 1];
	if (!k->on_demand_due_ms || w->now_ms < k->on_demand_due_ms)
		return;
	world_random_hex(w, CMK_ID_HEX, material);
	(void)text_set(before, sizeof before, k->truth.material);
	cmk_rotate(k, material, world_wall_ms(w), true);
	k->truth.on_demand_start = k->on_demand_due_ms = 0;
	cmk_commit(k, w->now_ms, w->config.propagation_ms);
	event_rotation(w, k, before);
}
