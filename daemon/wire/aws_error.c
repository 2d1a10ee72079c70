/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/aws_error.h"
#include <stdio.h>
#include <string.h>

/* Further off than this a signature is refused for its time. AWS documents 5 minutes for SigV4 requests; a
 * little less here, for the time that the answer took. */
#define SKEW_LIMIT_MS (4 * 60 * 1000LL)

/* X(FAULT, "code without its Exception suffix"). Sources: errors of the operations in the AWS KMS API model;
 * transient, throttling and clock-skew lists of AWS's SDKs (retry behaviour, AWS SDKs and Tools Reference
 * Guide). Not in it on purpose: LimitExceeded is a throttle to SDKs, but from KMS it means a quota or length
 * limit, permanent. */
#define CODE_TABLE(X)                                                                                        \
	X(SERVER_ERROR, "KMSInternal")                                                                       \
	X(SERVER_ERROR, "DependencyTimeout")                                                                 \
	X(SERVER_ERROR, "KeyUnavailable")                                                                    \
	X(SERVER_ERROR, "RequestTimeout")                                                                    \
	X(SERVER_ERROR, "PriorRequestNotComplete")                                                           \
	X(SERVER_ERROR, "InternalFailure")                                                                   \
	X(SERVER_ERROR, "InternalError")                                                                     \
	X(SERVER_ERROR, "ServiceUnavailable")                                                                \
	X(THROTTLED, "Throttling")                                                                           \
	X(THROTTLED, "Throttled")                                                                            \
	X(THROTTLED, "RequestThrottled")                                                                     \
	X(THROTTLED, "TooManyRequests")                                                                      \
	X(THROTTLED, "RequestLimitExceeded")                                                                 \
	X(THROTTLED, "SlowDown")                                                                             \
	X(THROTTLED, "BandwidthLimitExceeded")                                                               \
	X(THROTTLED, "ProvisionedThroughputExceeded")                                                        \
	X(THROTTLED, "TransactionInProgress")                                                                \
	X(THROTTLED, "EC2Throttled")                                                                         \
	X(NOT_FOUND, "NotFound")                                                                             \
	X(DENIED, "AccessDenied")                                                                            \
	X(CREDENTIALS, "UnrecognizedClient")                                                                 \
	X(CREDENTIALS, "InvalidClientTokenId")                                                               \
	X(CREDENTIALS, "ExpiredToken")                                                                       \
	X(CREDENTIALS, "MissingAuthenticationToken")                                                         \
	X(CREDENTIALS, "IncompleteSignature")                                                                \
	X(CREDENTIALS, "OptInRequired")                                                                      \
	X(CLOCK_SKEW, "RequestTimeTooSkewed")                                                                \
	X(CLOCK_SKEW, "RequestExpired")

/* A wrong secret and a wrong clock give the same code: the Date header tells which it is. */
static bool is_signature_code(const char *code)
{
	static const char *const codes[] = {"InvalidSignature", "SignatureDoesNotMatch", "AuthFailure"};
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		if (strcmp(code, codes[i]) == 0)
			return true;
	return false;
}

static enum fault code_fault(const char *code)
{
	static const struct {
		enum fault fault;
		const char *code;
	} rows[] = {
#define X(e, code_) {FAULT_##e, code_},
		CODE_TABLE(X)
#undef X
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (strcmp(code, rows[i].code) == 0)
			return rows[i].fault;
	return FAULT_REFUSED;
}

/* "com.amazonaws.kms#NotFoundException:http://..." -> "NotFoundException": the rules of the SDKs' parsers. */
static void trim_code(const char *code, char ret_code[TROUBLE_CODE_BYTES])
{
	char cut[TROUBLE_CODE_BYTES * 2];
	trouble_copy(code, strcspn(code, ":"), cut, sizeof cut);
	const char *hash = strrchr(cut, '#');
	const char *bare = hash ? hash + 1 : cut;
	trouble_copy(bare, strlen(bare), ret_code, TROUBLE_CODE_BYTES);
}

static enum fault status_fault(long status)
{
	if (status >= 500 || status == 408)
		return FAULT_SERVER_ERROR;
	return status == 429 ? FAULT_THROTTLED : FAULT_MALFORMED;
}

void aws_error_classify(const struct http_answer *a, const char *code, const char *message,
	size_t message_len, struct trouble *t)
{
	char bare[TROUBLE_CODE_BYTES];
	*t = (struct trouble){.status = a->status};
	trim_code(code, t->code);
	if (t->code[0] == '\0' && a->error_type)
		trim_code(a->error_type, t->code);
	if (t->code[0] == '\0') {
		t->fault = status_fault(a->status);
		(void)snprintf(t->message, sizeof t->message, "HTTP status %ld without an error code of AWS",
			a->status);
		return;
	}
	trouble_copy(message, message_len, t->message, sizeof t->message);
	memcpy(bare, t->code, sizeof bare);
	size_t len = strlen(bare);
	if (len > 9 && strcmp(bare + len - 9, "Exception") == 0)
		bare[len - 9] = '\0';
	t->fault = code_fault(bare);
	if (is_signature_code(bare)) {
		int64_t skew = http_answer_skew_ms(a);
		t->fault =
			skew > SKEW_LIMIT_MS || skew < -SKEW_LIMIT_MS ? FAULT_CLOCK_SKEW : FAULT_CREDENTIALS;
	}
	/* An unknown code of a server error is the server's, not a definite "no". */
	if (t->fault == FAULT_REFUSED && (a->status >= 500 || a->status == 429))
		t->fault = status_fault(a->status);
}
