/* SPDX-License-Identifier: Apache-2.0 */
#include "kms_ops.h"
#include "alloc.h"
#include "kms.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* GrantListEntry of a grant that EBS made: grantee is EC2's infrastructure identity in the vendor's account.
 */
static struct json_object *entry(const struct kms_call *call, const struct cmk_grant *g)
{
	struct json_object *o = json_object_new_object(), *constraints = json_object_new_object();
	struct json_object *subset = json_object_new_object(), *operations = json_object_new_array();
	char *grantee =
		alloc_printf("%s:aws:ec2-infrastructure:%s", call->world->vendor_account, g->instance);
	char *issuer = alloc_printf("arn:aws:iam::%s:root", call->world->vendor_account);
	json_object_object_add(o, "KeyId", json_object_new_string(call->key->arn));
	json_object_object_add(o, "GrantId", json_object_new_string(g->id));
	json_object_object_add(o, "CreationDate", json_object_new_int64(g->created_s));
	json_object_object_add(o, "GranteePrincipal", json_object_new_string(grantee));
	json_object_object_add(o, "IssuingAccount", json_object_new_string(issuer));
	json_object_array_add(operations, json_object_new_string("Decrypt"));
	json_object_object_add(o, "Operations", operations);
	json_object_object_add(subset, "aws:ebs:id", json_object_new_string(g->volume));
	json_object_object_add(constraints, "EncryptionContextSubset", subset);
	json_object_object_add(o, "Constraints", constraints);
	free(grantee);
	free(issuer);
	return o;
}

void kms_list_grants(const struct kms_call *call)
{
	size_t limit = 0, from = 0, i, taken = 0;
	const char *only = field_text(call->in, "GrantId");
	if (!kms_page(call, 100, 50, &limit, &from))
		return;
	struct json_object *out = json_object_new_object(), *list = json_object_new_array();
	for (i = from; i < call->key->grant_count && taken < limit; i++) {
		const struct cmk_grant *g = &call->key->grants[i];
		if (!cmk_grant_listed(g, call->world->now_ms) || (only && strcmp(only, g->id) != 0))
			continue;
		json_object_array_add(list, entry(call, g));
		taken++;
	}
	json_object_object_add(out, "Grants", list);
	kms_page_end(out, i, i < call->key->grant_count);
	reply_json(call->reply, 200, KMS_TYPE, out);
}

void kms_revoke_grant(const struct kms_call *call)
{
	const char *id = field_text(call->in, "GrantId");
	for (size_t i = 0; id && i < call->key->grant_count; i++) {
		struct cmk_grant *g = &call->key->grants[i];
		if (g->revoked || strcmp(g->id, id) != 0)
			continue;
		if (field_bool(call->in, "DryRun", false)) {
			kms_error(call->reply, 400, "DryRunOperationException",
				"The request would have succeeded, but the DryRun option is set.");
			return;
		}
		g->revoked = true;
		g->invisible_ms = call->world->now_ms + call->world->config.propagation_ms;
		call->request->effect = true;
		reply_empty(call->reply, 200, KMS_TYPE);
		return;
	}
	char *text = alloc_printf("Grant ID %s not found", id ? id : "(none)");
	kms_error(call->reply, 400, "NotFoundException", text);
	free(text);
}
