/* SPDX-License-Identifier: Apache-2.0 */
/* What a fault makes of a reply. */
#include "fault.h"
#include "alloc.h"
#include "kms.h"
#include "sqs.h"
#include "sts.h"
#include "tidb.h"
#include <stdlib.h>
#include <string.h>

static bool is_tidb(const struct request *r)
{
	return r->service == SERVICE_V1BETA || r->service == SERVICE_DEDICATED;
}

/* An error of the service's own form. */
static void error(
	const struct request *r, struct reply *p, unsigned status, const char *code, const char *message)
{
	if (r->service == SERVICE_KMS)
		kms_error(p, status, code, message);
	else if (r->service == SERVICE_STS)
		sts_error(p, status, code, message);
	else if (r->service == SERVICE_SQS)
		sqs_error(p, status, code, message);
	else
		tidb_error(p, r, status, 49900000, message);
}

static void status_fault(const struct fault_plan *plan, const struct request *r, struct reply *p)
{
	unsigned status = plan->status ? plan->status : 500;
	const char *code = *plan->code                 ? plan->code
			   : r->service == SERVICE_KMS ? "KMSInternalException"
						       : "InternalFailure";
	if (plan->body)
		reply_text(p, status, "text/plain", plan->body);
	else
		error(r, p, status, code, "The stand-in was asked to fail.");
}

/* SQS has its own names, and its own status for each. */
static void refuse_sqs(enum fault_kind kind, struct world *w, const struct request *r, struct reply *p)
{
	if (kind == FAULT_THROTTLE)
		sqs_error(p, 0, "RequestThrottled", "The request was denied due to request throttling.");
	else if (kind == FAULT_ACCESS_DENIED)
		sqs_denied(w, r, p);
	else
		sqs_error(p, 0, "ExpiredTokenException",
			"The security token included in the request is expired");
}

static void refuse_fault(
	const struct fault_plan *plan, struct world *w, const struct request *r, struct reply *p)
{
	bool kms = r->service == SERVICE_KMS;
	if (r->service == SERVICE_SQS)
		refuse_sqs(plan->kind, w, r, p);
	else if (plan->kind == FAULT_THROTTLE && is_tidb(r))
		tidb_throttled(w, r, p);
	else if (plan->kind == FAULT_THROTTLE)
		error(r, p, 400, kms ? "ThrottlingException" : "Throttling",
			"You have exceeded the rate at which you may call KMS. Reduce the frequency of your "
			"calls.");
	else if (plan->kind == FAULT_ACCESS_DENIED && kms)
		kms_denied(w, r, p);
	else if (plan->kind == FAULT_ACCESS_DENIED)
		error(r, p, 403, "AccessDenied", "You have no permission for this operation.");
	else if (is_tidb(r))
		reply_empty(p, 401, NULL);
	else
		error(r, p, kms ? 400 : 403, kms ? "ExpiredTokenException" : "ExpiredToken",
			"The security token included in the request is expired");
}

/* Each value of another type; objects stay objects, so that every depth is reached. */
static struct json_object *twisted(struct json_object *value)
{
	switch (json_object_get_type(value)) {
	case json_type_null:
		return json_object_new_int(0);
	case json_type_boolean:
		return json_object_new_array();
	case json_type_double:
	case json_type_int:
		return json_object_new_string("not a number");
	case json_type_string:
		return json_object_new_int(42);
	case json_type_array: {
		struct json_object *o = json_object_new_object();
		if (json_object_array_length(value) > 0)
			json_object_object_add(o, "0", twisted(json_object_array_get_idx(value, 0)));
		return o;
	}
	case json_type_object: {
		struct json_object *o = json_object_new_object();
		json_object_object_foreach(value, name, member)
			json_object_object_add(o, name, twisted(member));
		return o;
	}
	}
	return NULL;
}

static void twist(struct reply *p)
{
	struct json_object *body = field_parse(p->body, p->len);
	struct json_object *bad = body ? twisted(body) : json_object_new_array();
	const char *type = p->content_type;
	json_object_put(body);
	reply_json(p, p->status, type, bad);
}

void fault_apply(const struct fault_plan *plan, struct world *w, const struct request *r, struct reply *p)
{
	const char *type = is_tidb(r)                  ? TIDB_TYPE
			   : r->service == SERVICE_STS ? STS_TYPE
			   : r->service == SERVICE_SQS ? SQS_TYPE
						       : KMS_TYPE;
	switch (plan->kind) {
	case FAULT_NONE:
	case FAULT_LATENCY:
	case FAULT_SLOW_ANSWER:
		return;
	case FAULT_DROP_BEFORE:
	case FAULT_DROP_AFTER:
	case FAULT_HANG:
		p->manner = REPLY_DROP;
		return;
	case FAULT_STATUS:
		status_fault(plan, r, p);
		return;
	case FAULT_HTML:
		reply_text(p, plan->status ? plan->status : 502, "text/html",
			"<html><head><title>502 Bad Gateway</title></head><body><h1>Bad "
			"Gateway</h1></body></html>\n");
		return;
	case FAULT_CUT_JSON:
		p->len /= 2;
		return;
	case FAULT_CUT_BODY:
		p->manner = REPLY_CUT;
		return;
	case FAULT_WRONG_TYPES:
		twist(p);
		return;
	case FAULT_GARBAGE:
		reply_text(p, 200, type, plan->body ? plan->body : "\xff\xfe{]]]this is no JSON\x01");
		return;
	case FAULT_OVERSIZED:
		reply_empty(p, plan->status ? plan->status : 200, type);
		p->manner = REPLY_HUGE;
		p->huge_bytes = plan->size_bytes;
		return;
	case FAULT_EMPTY:
		reply_empty(p, plan->status ? plan->status : 200, type);
		return;
	case FAULT_WRONG_CONTENT_TYPE:
		p->content_type = "text/html";
		return;
	case FAULT_THROTTLE:
	case FAULT_ACCESS_DENIED:
	case FAULT_EXPIRED_TOKEN:
		refuse_fault(plan, w, r, p);
		return;
	}
}
