/* SPDX-License-Identifier: Apache-2.0 */
#include "kms.h"
#include "alloc.h"
#include "clock.h"
#include "cmk.h"
#include "event.h"
#include "iam.h"
#include "kms_ops.h"
#include "sigv4.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void kms_error(struct reply *p, unsigned status, const char *code, const char *message)
{
	struct json_object *o = json_object_new_object();
	json_object_object_add(o, "__type", json_object_new_string(code));
	/* KMS writes "Message" in this one error, "message" in the others; clients must read both. */
	json_object_object_add(o, strcmp(code, "AccessDeniedException") == 0 ? "Message" : "message",
		json_object_new_string(message));
	reply_json(p, status, KMS_TYPE, o);
}

void kms_denied(const struct world *w, const struct request *r, struct reply *p)
{
	const struct access_key *k = world_access_key(w, r->key);
	char *text = alloc_printf(
		"User: %s is not authorized to perform: kms:%s on resource: %s because no %s-based "
		"policy allows the kms:%s action",
		k ? k->arn : "anonymous", r->op, *r->subject ? r->subject : "*",
		k && k->iam_policy && *k->iam_policy ? "identity" : "resource", r->op);
	kms_error(p, 400, "AccessDeniedException", text);
	free(text);
}

void kms_route(const struct world *w, struct request *r)
{
	static const char prefix[] = "TrentService.";
	const char *target = headers_get(&r->headers, "X-Amz-Target");
	r->service = SERVICE_KMS;
	if (target && strncmp(target, prefix, sizeof prefix - 1) == 0)
		(void)text_set(r->op, sizeof r->op, target + sizeof prefix - 1);
	__attribute__((cleanup(field_put))) struct json_object *in =
		field_parse(r->body ? r->body : "", r->len);
	const char *id = field_text(in, "KeyId");
	const struct cmk *k = id ? world_key(w, id, NULL) : NULL;
	for (size_t i = 0; id && !k && i < w->key_count; i++)
		if (strcmp(w->keys[i]->id, id) == 0)
			k = w->keys[i];
	if (id)
		(void)text_set(r->subject, sizeof r->subject, k ? k->arn : id);
}

/* Names of these codes: AWS's common errors; the wording follows what AWS is known to say. */
static void refuse_signature(const struct world *w, enum sigv4_verdict v, const char *region, struct reply *p)
{
	char now[CLOCK_TEXT_BYTES], *text = NULL;
	switch (v) {
	case SIGV4_OK:
		return;
	case SIGV4_NONE:
		kms_error(p, 400, "MissingAuthenticationTokenException", "Missing Authentication Token");
		return;
	case SIGV4_INCOMPLETE:
		kms_error(p, 400, "IncompleteSignatureException",
			"The request signature does not conform to AWS standards: Credential, SignedHeaders "
			"(with host and "
			"all x-amz- headers), Signature and X-Amz-Date are needed.");
		return;
	case SIGV4_UNKNOWN_KEY:
	case SIGV4_BAD_TOKEN:
		kms_error(p, 400, "UnrecognizedClientException",
			"The security token included in the request is invalid.");
		return;
	case SIGV4_EXPIRED:
		kms_error(p, 400, "ExpiredTokenException",
			"The security token included in the request is expired");
		return;
	case SIGV4_SKEWED:
		clock_basic(world_wall_ms(w), now);
		text = alloc_printf(
			"Signature expired or not yet current: it is %s here (%d min are allowed)", now,
			(int)(w->config.skew_max_ms / 60000));
		break;
	case SIGV4_WRONG_REGION:
		text = alloc_printf("Credential should be scoped to a valid region, not '%s'.", region);
		break;
	case SIGV4_BAD_SCOPE:
		text = alloc_text("Credential should be scoped to correct service: 'kms', and to the date of "
				  "X-Amz-Date.");
		break;
	case SIGV4_BAD_SIGNATURE:
		text = alloc_text("The request signature we calculated does not match the signature you "
				  "provided. Check your "
				  "AWS Secret Access Key and signing method. Consult the service "
				  "documentation for details.");
		break;
	}
	kms_error(p, 400, "InvalidSignatureException", text);
	free(text);
}

bool kms_admit(struct world *w, struct request *r, struct reply *p)
{
	/* One port is the endpoint of every region: the ARN says which one was meant. */
	char region[32], account[16], id[64];
	bool arn = cmk_arn_split(r->subject, region, account, id);
	struct sigv4_caller caller;
	enum sigv4_verdict v = sigv4_check(w, r, "kms", arn ? region : NULL, &caller);
	r->auth = sigv4_name(v);
	if (v != SIGV4_OK) {
		refuse_signature(w, v, caller.region, p);
		return false;
	}
	(void)text_set(r->key, sizeof r->key, caller.key->access_key);
	(void)text_set(r->region, sizeof r->region, caller.region);
	return true;
}

static void missing(struct reply *p, const char *member)
{
	char *text = alloc_printf(
		"1 validation error detected: Value null at '%s' failed to satisfy constraint: Member must "
		"not be null",
		member);
	kms_error(p, 400, "ValidationException", text);
	free(text);
}

/* The key that `id` names for this caller; NULL: `p` holds the refusal. */
static struct cmk *find(struct world *w, const struct request *r, const char *id, struct reply *p)
{
	char region[32], account[16], key[64];
	struct cmk *k = world_key(w, id, r->region);
	char *text = NULL;
	if (strncmp(id, "arn:", 4) == 0 && !cmk_arn_split(id, region, account, key)) {
		text = alloc_printf("Invalid ARN '%s'", id);
		kms_error(p, 400, strstr(id, ":alias/") ? "NotFoundException" : "InvalidArnException", text);
	} else if (!k || k->shown.gone) {
		text = alloc_printf("Key '%s' does not exist", k ? k->arn : id);
		kms_error(p, 400, "NotFoundException", text);
		k = NULL;
	}
	bool refused = text != NULL;
	free(text);
	return refused ? NULL : k;
}

static bool denied_here(
	const struct world *w, const struct request *r, struct json_object *in, const struct cmk *k)
{
	const struct access_key *caller = world_access_key(w, r->key);
	char *word = alloc_printf("|%s|", r->op), *action = alloc_printf("kms:%s", r->op);
	bool named = strstr(k->deny_ops, word) != NULL;
	bool restricted = caller && caller->iam_policy && *caller->iam_policy;
	bool lacks = restricted && (!iam_delegated(k) || !iam_permits(caller, action, k->arn, in));
	free(word);
	free(action);
	/* A foreign account needs a policy that allows it; none of the stand-in's does that for cmekd. */
	return k->deny_self || named || lacks || !caller || strcmp(caller->account, k->account) != 0;
}

void kms_act(struct world *w, struct request *r, struct reply *p)
{
	const struct kms_op *op = kms_op_find(r->op);
	const char *type = headers_get(&r->headers, "Content-Type");
	__attribute__((cleanup(field_put))) struct json_object *in =
		field_parse(r->body ? r->body : "", r->len);
	if (!op || !type || strncmp(type, KMS_TYPE, strlen(KMS_TYPE)) != 0) {
		kms_error(p, 400, "UnknownOperationException",
			"The operation or its content type is not known.");
		return;
	}
	if (!json_object_is_type(in, json_type_object)) {
		kms_error(p, 400, "SerializationException", "The body is no JSON object.");
		return;
	}
	const char *id = field_text(in, "KeyId");
	if (!id || !*id) {
		missing(p, "keyId");
		return;
	}
	struct cmk *k = find(w, r, id, p);
	if (!k)
		return;
	(void)text_set(r->subject, sizeof r->subject, k->arn);
	if (denied_here(w, r, in, k)) {
		kms_denied(w, r, p);
		return;
	}
	if (!kms_state_permits(op, k, p))
		return;
	op->act(&(struct kms_call){.world = w, .key = k, .in = in, .request = r, .reply = p});
	if (r->effect)
		event_call(w, k, op->name, world_access_key(w, r->key)->arn);
}
