/* SPDX-License-Identifier: Apache-2.0 */
#include "sts.h"
#include "alloc.h"
#include "clock.h"
#include "sigv4.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void sts_error(struct reply *p, unsigned status, const char *code, const char *message)
{
	char *text = alloc_printf(
		"<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\n  <Error>\n"
		"    <Type>%s</Type>\n    <Code>%s</Code>\n    <Message>%s</Message>\n  </Error>\n"
		"  <RequestId>00000000-0000-4000-8000-000000000000</RequestId>\n</ErrorResponse>\n",
		status >= 500 ? "Receiver" : "Sender", code, message);
	reply_text(p, status, STS_TYPE, text);
	free(text);
}

/* A value of the form in the body; the caller frees. NULL if absent. */
static char *form(const struct request *r, const char *name)
{
	struct request body = {.query = r->body};
	return request_query(&body, name, 0);
}

void sts_route(struct request *r)
{
	char *action = form(r, "Action");
	r->service = SERVICE_STS;
	if (action)
		(void)text_set(r->op, sizeof r->op, action);
	free(action);
}

bool sts_admit(struct world *w, struct request *r, struct reply *p)
{
	struct sigv4_caller caller;
	if (strcmp(r->op, "AssumeRoleWithWebIdentity") == 0) { /* unsigned: the token speaks for itself */
		r->auth = "ok";
		return true;
	}
	enum sigv4_verdict v = sigv4_check(w, r, "sts", NULL, &caller);
	r->auth = sigv4_name(v);
	switch (v) {
	case SIGV4_OK:
		(void)text_set(r->key, sizeof r->key, caller.key->access_key);
		return true;
	case SIGV4_NONE:
		sts_error(p, 403, "MissingAuthenticationToken", "Request is missing Authentication Token");
		return false;
	case SIGV4_INCOMPLETE:
		sts_error(p, 400, "IncompleteSignature",
			"The request signature does not conform to AWS standards.");
		return false;
	case SIGV4_UNKNOWN_KEY:
	case SIGV4_BAD_TOKEN:
		sts_error(p, 403, "InvalidClientTokenId",
			"The security token included in the request is invalid.");
		return false;
	case SIGV4_EXPIRED:
		sts_error(p, 403, "ExpiredToken", "The security token included in the request is expired");
		return false;
	case SIGV4_SKEWED:
		sts_error(p, 403, "SignatureDoesNotMatch",
			"Signature expired or not yet current: check your clock.");
		return false;
	case SIGV4_WRONG_REGION:
		sts_error(p, 403, "SignatureDoesNotMatch", "Credential should be scoped to a valid region.");
		return false;
	case SIGV4_BAD_SCOPE:
	case SIGV4_BAD_SIGNATURE:
		sts_error(p, 403, "SignatureDoesNotMatch",
			"The request signature we calculated does not match the signature you provided. "
			"Check your AWS Secret "
			"Access Key and signing method. Consult the service documentation for details.");
		return false;
	}
	return false;
}

/* ---- roles ---- */

/* "arn:aws:iam::ACCOUNT:role/NAME" and the session's name give the ARN of the assumed role. False: none. */
static bool assumed_arn(
	const char *role, const char *session, char ret_account[16], char *ret_arn, size_t size)
{
	char name[128];
	if (!role || !session || sscanf(role, "arn:aws:iam::%12[0-9]:role/%127s", ret_account, name) != 2)
		return false;
	return (size_t)snprintf(ret_arn, size, "arn:aws:sts::%s:assumed-role/%s/%s", ret_account, name,
		       session) < size;
}

static bool duration_good(const struct request *r)
{
	char *text = form(r, "DurationSeconds");
	long s = text ? strtol(text, NULL, 10) : 3600;
	free(text);
	return s >= 900 && s <= 43200;
}

static void give_role(struct world *w, const struct request *r, struct reply *p)
{
	char account[16], arn[256], expires[CLOCK_TEXT_BYTES];
	char *role = form(r, "RoleArn"), *session = form(r, "RoleSessionName");
	bool good = assumed_arn(role, session, account, arn, sizeof arn) && duration_good(r);
	free(role);
	free(session);
	if (!good) {
		sts_error(p, 400, "ValidationError",
			"RoleArn, RoleSessionName or DurationSeconds is not valid");
		return;
	}
	const struct access_key *k = world_add_session(w, account, arn);
	clock_rfc3339(k->expires_ms, expires);
	char *text = alloc_printf(
		"<%sResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\n  <%sResult>\n"
		"    <AssumedRoleUser>\n      <AssumedRoleId>AROA0000000000000000:s</AssumedRoleId>\n"
		"      <Arn>%s</Arn>\n    </AssumedRoleUser>\n    <Credentials>\n"
		"      <AccessKeyId>%s</AccessKeyId>\n      <SecretAccessKey>%s</SecretAccessKey>\n"
		"      <SessionToken>%s</SessionToken>\n      <Expiration>%s</Expiration>\n"
		"    </Credentials>\n  </%sResult>\n  <ResponseMetadata>\n"
		"    <RequestId>00000000-0000-4000-8000-000000000000</RequestId>\n  </ResponseMetadata>\n"
		"</%sResponse>\n",
		r->op, r->op, arn, k->access_key, k->secret, k->session_token, expires, r->op, r->op);
	reply_text(p, 200, STS_TYPE, text);
	free(text);
}

static void assume_role(struct world *w, const struct request *r, struct reply *p)
{
	char *external_id = form(r, "ExternalId");
	bool good = strcmp(external_id ? external_id : "", w->config.external_id) == 0;
	free(external_id);
	if (good)
		give_role(w, r, p);
	else
		sts_error(
			p, 403, "AccessDenied", "not authorized to perform: sts:AssumeRole on this resource");
}

static void assume_role_by_token(struct world *w, const struct request *r, struct reply *p)
{
	char *token = form(r, "WebIdentityToken");
	bool good = token && strcmp(token, w->config.web_token) == 0;
	free(token);
	if (good)
		give_role(w, r, p);
	else
		sts_error(p, 400, "InvalidIdentityToken", "The token that was given is not valid");
}

void sts_act(struct world *w, struct request *r, struct reply *p)
{
	const struct access_key *k = world_access_key(w, r->key);
	char *version = form(r, "Version");
	bool current = version && strcmp(version, "2011-06-15") == 0;
	free(version);
	if (current && strcmp(r->op, "AssumeRoleWithWebIdentity") == 0) {
		assume_role_by_token(w, r, p);
		return;
	}
	if (k && current && strcmp(r->op, "AssumeRole") == 0) {
		assume_role(w, r, p);
		return;
	}
	if (!k || !current || strcmp(r->op, "GetCallerIdentity") != 0) {
		sts_error(p, 400, "InvalidAction", "Could not find operation for this version.");
		return;
	}
	char *text = alloc_printf(
		"<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\n"
		"  <GetCallerIdentityResult>\n    <Arn>%s</Arn>\n    <UserId>AIDA%.16s</UserId>\n"
		"    <Account>%s</Account>\n  </GetCallerIdentityResult>\n  <ResponseMetadata>\n"
		"    <RequestId>00000000-0000-4000-8000-000000000000</RequestId>\n  </ResponseMetadata>\n"
		"</GetCallerIdentityResponse>\n",
		k->arn, k->access_key, k->account);
	reply_text(p, 200, STS_TYPE, text);
	free(text);
}
