/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/sts.h"
#include "wire/aws_error.h"
#include "wire/xml_tag.h"
#include <string.h>

static void read_error(const struct http_answer *a, struct trouble *t)
{
	char code[TROUBLE_CODE_BYTES], message[TROUBLE_MESSAGE_BYTES];
	bool readable = a->body_len <= STS_ANSWER_MAX_BYTES;
	if (!readable || xml_tag(a->body, a->body_len, "Error", "Code", code, sizeof code) != 0)
		code[0] = '\0';
	if (!readable || xml_tag(a->body, a->body_len, "Error", "Message", message, sizeof message) != 0)
		message[0] = '\0';
	aws_error_classify(a, code, message, strlen(message), t);
}

void sts_read_identity(
	const struct http_answer *a, struct sts_identity *ret_identity, struct trouble *ret_trouble)
{
	static const char parent[] = "GetCallerIdentityResult";
	struct sts_identity id;
	char account[sizeof id.account.text];
	if (a->status != 200) {
		read_error(a, ret_trouble);
		return;
	}
	if (a->body_len > STS_ANSWER_MAX_BYTES ||
		xml_tag(a->body, a->body_len, parent, "Account", account, sizeof account) != 0 ||
		xml_tag(a->body, a->body_len, parent, "Arn", id.arn, sizeof id.arn) != 0 ||
		account_id_parse(account, strlen(account), &id.account) != 0 ||
		strncmp(id.arn, "arn:", 4) != 0) {
		trouble_set(ret_trouble, FAULT_MALFORMED,
			"the answer of GetCallerIdentity is no XML with Account and Arn: see who answers at "
			"the endpoint");
		ret_trouble->status = a->status;
		return;
	}
	char shown[sizeof id.arn];
	trouble_copy(id.arn, strlen(id.arn), shown, sizeof shown);
	memcpy(id.arn, shown, sizeof id.arn);
	*ret_trouble = (struct trouble){.fault = FAULT_NONE, .status = a->status};
	*ret_identity = id;
}
