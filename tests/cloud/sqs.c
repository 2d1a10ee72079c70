/* SPDX-License-Identifier: Apache-2.0 */
#include "sqs.h"
#include "alloc.h"
#include "field.h"
#include "iam.h"
#include "queue.h"
#include "sigv4.h"
#include "sqs_ops.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MODEL  "com.amazonaws.sqs#"
#define COMMON "com.amazon.coral.service#"
#define SIMPLE "AWS.SimpleQueueService."

/* Each error has two names: the JSON protocol's, and the one that the query protocol had, in a header
 * (trait awsQueryCompatible). */
static const struct {
	const char *code, *space, *query;
	unsigned status;
} errors[] = {
	{"QueueDoesNotExist", MODEL, SIMPLE "NonExistentQueue", 400},
	{"ReceiptHandleIsInvalid", MODEL, "ReceiptHandleIsInvalid", 404},
	{"MessageNotInflight", MODEL, SIMPLE "MessageNotInflight", 400},
	{"InvalidAddress", MODEL, "InvalidAddress", 400},
	{"InvalidAttributeName", MODEL, "InvalidAttributeName", 400},
	{"EmptyBatchRequest", MODEL, SIMPLE "EmptyBatchRequest", 400},
	{"TooManyEntriesInBatchRequest", MODEL, SIMPLE "TooManyEntriesInBatchRequest", 400},
	{"BatchEntryIdsNotDistinct", MODEL, SIMPLE "BatchEntryIdsNotDistinct", 400},
	{"RequestThrottled", MODEL, "RequestThrottled", 403},
	{"OverLimit", MODEL, "OverLimit", 403},
	{"InvalidParameterValueException", COMMON, "InvalidParameterValue", 400},
	{"MissingRequiredParameterException", COMMON, "MissingParameter", 400},
	{"SerializationException", COMMON, "MalformedInput", 400},
	{"UnknownOperationException", COMMON, "InvalidAction", 400},
	{"AccessDeniedException", COMMON, "AccessDenied", 403},
	{"MissingAuthenticationTokenException", COMMON, "AccessDenied", 403},
	{"IncompleteSignatureException", COMMON, "IncompleteSignature", 403},
	{"UnrecognizedClientException", COMMON, "InvalidClientTokenId", 403},
	{"InvalidSignatureException", COMMON, "SignatureDoesNotMatch", 403},
	{"ExpiredTokenException", COMMON, "ExpiredToken", 403},
	{"InternalFailure", COMMON, "InternalFailure", 500},
};

void sqs_error(struct reply *p, unsigned status, const char *code, const char *message)
{
	const char *space = MODEL, *query = code;
	unsigned usual = 400;
	for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
		if (strcmp(errors[i].code, code) == 0) {
			space = errors[i].space;
			query = errors[i].query;
			usual = errors[i].status;
		}
	status = status ? status : usual;
	struct json_object *o = json_object_new_object();
	char *type = alloc_printf("%s%s", space, code),
	     *old = alloc_printf("%s;%s", query, status >= 500 ? "Receiver" : "Sender");
	json_object_object_add(o, "__type", json_object_new_string(type));
	/* SQS writes "Message" in this one error, "message" in the others; clients must read both. */
	json_object_object_add(o, strcmp(code, "AccessDeniedException") == 0 ? "Message" : "message",
		json_object_new_string(message));
	headers_fini(&p->headers); /* of an error that this one replaces */
	headers_add(&p->headers, "x-amzn-query-error", old);
	free(type);
	free(old);
	reply_json(p, status, SQS_TYPE, o);
}

void sqs_denied(const struct world *w, const struct request *r, struct reply *p)
{
	const struct access_key *k = world_access_key(w, r->key);
	char op[sizeof r->op];
	(void)text_set(op, sizeof op, r->op);
	for (char *c = op; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	char *text = alloc_printf("User: %s is not authorized to perform: sqs:%s on resource: %s because no "
				  "identity-based policy allows the sqs:%s action",
		k ? k->arn : "anonymous", op, *r->subject ? r->subject : "*", op);
	sqs_error(p, 0, "AccessDeniedException", text);
	free(text);
}

/* ---- which queue ---- */

/* The end of a QueueUrl's path, "/ACCOUNT/NAME". False if it has none. */
static bool url_split(const char *url, char ret_account[16], char ret_name[81])
{
	const char *host = strstr(url, "://"), *slash = strrchr(url, '/'), *at = slash;
	if (!host || !text_set(ret_name, 81, slash + 1) || !*ret_name)
		return false;
	while (at[-1] != '/')
		at--;
	return at > host + 3 && sscanf(at, "%12[0-9]/", ret_account) == 1 && slash - at == 12 &&
	       strlen(ret_account) == 12;
}

/* The member by which the operation names its queue. */
static const char *naming_member(const struct request *r)
{
	return strcmp(r->op, "GetQueueUrl") == 0 ? "QueueName" : "QueueUrl";
}

/* Names the queue that is meant in the request's subject, as an ARN: "" if that cannot be said. `region`,
 * `account`: of the caller; NULL: not known yet. */
static void name_queue(const struct world *w, struct request *r, const char *region, const char *account)
{
	__attribute__((cleanup(field_put))) struct json_object *in =
		field_parse(r->body ? r->body : "", r->len);
	const char *member = naming_member(r), *name = field_text(in, member);
	const char *owner = field_text(in, "QueueOwnerAWSAccountId");
	char url_account[16], url_name[81];
	bool url = strcmp(member, "QueueUrl") == 0,
	     good = name && (!url || url_split(name, url_account, url_name));
	*r->subject = '\0';
	if (good && url) {
		name = url_name;
		account = url_account;
	} else if (owner) {
		account = owner;
	}
	if (!good || !account)
		return;
	const struct queue *q = world_queue_named(w, region, account, name);
	if (q)
		(void)text_set(r->subject, sizeof r->subject, q->arn);
	else if (region)
		(void)snprintf(
			r->subject, sizeof r->subject, "arn:aws:sqs:%s:%.20s:%.81s", region, account, name);
}

void sqs_route(const struct world *w, struct request *r)
{
	const char *target = headers_get(&r->headers, "X-Amz-Target");
	r->service = SERVICE_SQS;
	if (target && strlen(target) > sizeof SQS_TARGET - 1)
		(void)text_set(r->op, sizeof r->op, target + sizeof SQS_TARGET - 1);
	name_queue(w, r, NULL, NULL);
}

/* ---- who asks ---- */

static void refuse_signature(enum sigv4_verdict v, struct reply *p)
{
	switch (v) {
	case SIGV4_OK:
		return;
	case SIGV4_NONE:
		sqs_error(p, 0, "MissingAuthenticationTokenException",
			"Request is missing Authentication Token");
		return;
	case SIGV4_INCOMPLETE:
		sqs_error(p, 0, "IncompleteSignatureException",
			"The request signature does not conform to AWS standards.");
		return;
	case SIGV4_UNKNOWN_KEY:
	case SIGV4_BAD_TOKEN:
		sqs_error(p, 0, "UnrecognizedClientException",
			"The security token included in the request is invalid.");
		return;
	case SIGV4_EXPIRED:
		sqs_error(p, 0, "ExpiredTokenException",
			"The security token included in the request is expired");
		return;
	case SIGV4_SKEWED:
		sqs_error(p, 0, "InvalidSignatureException",
			"Signature expired or not yet current: check your clock.");
		return;
	case SIGV4_WRONG_REGION:
	case SIGV4_BAD_SCOPE:
		sqs_error(p, 0, "InvalidSignatureException",
			"Credential should be scoped to a valid region and to the service 'sqs'.");
		return;
	case SIGV4_BAD_SIGNATURE:
		sqs_error(p, 0, "InvalidSignatureException",
			"The request signature we calculated does not match the signature you provided.");
		return;
	}
}

bool sqs_admit(struct world *w, struct request *r, struct reply *p)
{
	struct sigv4_caller caller;
	enum sigv4_verdict v = sigv4_check(w, r, "sqs", NULL, &caller);
	r->auth = sigv4_name(v);
	if (v != SIGV4_OK) {
		refuse_signature(v, p);
		return false;
	}
	(void)text_set(r->key, sizeof r->key, caller.key->access_key);
	(void)text_set(r->region, sizeof r->region, caller.region);
	name_queue(w, r, caller.region, caller.key->account);
	return true;
}

/* ---- the call ---- */

/* The permission of a batch is that of the operation (Amazon SQS API permissions). */
static bool permitted(const struct request *r, const struct access_key *caller, struct json_object *in)
{
	size_t len = strlen(r->op), batch = sizeof "Batch" - 1;
	bool many = len > batch && strcmp(r->op + len - batch, "Batch") == 0;
	char *action = alloc_printf("sqs:%.*s", (int)(many ? len - batch : len), r->op);
	bool good = iam_permits(caller, action, r->subject, in);
	free(action);
	return good;
}

static struct queue *find(
	const struct world *w, const struct request *r, struct json_object *in, struct reply *p)
{
	const char *member = naming_member(r);
	char *text = NULL;
	struct queue *q = NULL;
	if (!field_text(in, member)) {
		text = alloc_printf("The request must contain the parameter %s.", member);
		sqs_error(p, 0, "MissingRequiredParameterException", text);
	} else if (!*r->subject) {
		text = alloc_printf("The address %s is not valid for this endpoint.", field_text(in, member));
		sqs_error(p, 0, "InvalidAddress", text);
	} else if (q = world_queue(w, r->subject), !q) {
		sqs_error(p, 0, "QueueDoesNotExist", "The specified queue does not exist.");
	}
	free(text);
	return q;
}

void sqs_act(struct world *w, struct request *r, struct reply *p)
{
	const struct sqs_op *op = sqs_op_find(r->op);
	const struct access_key *caller = world_access_key(w, r->key);
	const char *type = headers_get(&r->headers, "Content-Type");
	__attribute__((cleanup(field_put))) struct json_object *in =
		field_parse(r->body ? r->body : "", r->len);
	if (!op || !type || strncmp(type, SQS_TYPE, strlen(SQS_TYPE)) != 0) {
		sqs_error(
			p, 0, "UnknownOperationException", "The operation or its content type is not known.");
		return;
	}
	if (!json_object_is_type(in, json_type_object)) {
		sqs_error(p, 0, "SerializationException", "The body is no JSON object.");
		return;
	}
	struct queue *q = find(w, r, in, p);
	if (!q)
		return;
	/* A foreign account needs a policy of the queue; none of the stand-in's has one. */
	if (!caller || strcmp(caller->account, q->account) != 0 || !permitted(r, caller, in))
		sqs_denied(w, r, p);
	else
		op->act(&(struct sqs_call){.world = w, .queue = q, .in = in, .request = r, .reply = p});
}
