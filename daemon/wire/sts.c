/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/sts.h"
#include "base/err.h"
#include "base/num.h"
#include "base/own.h"
#include "wire/aws_error.h"
#include "wire/xml_tag.h"
#include <errno.h>
#include <stdlib.h>
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

/* ---- roles ---- */

/* A value of a form: all but the unreserved characters of RFC 3986 are percent-encoded. */
static void put_value(struct buf *out, const char *name, const char *value, size_t len)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
	buf_printf(out, "&%s=", name);
	for (size_t i = 0; i < len; i++)
		if (value[i] && strchr(plain, value[i]))
			buf_append(out, &value[i], 1);
		else
			buf_printf(out, "%%%02X", (unsigned char)value[i]);
}

void sts_put_role(const struct sts_role *role, const struct secret *web_token, struct buf *out)
{
	buf_printf(
		out, "Action=%s&Version=2011-06-15", web_token ? "AssumeRoleWithWebIdentity" : "AssumeRole");
	put_value(out, "RoleArn", role->arn, strlen(role->arn));
	put_value(out, "RoleSessionName", role->session, strlen(role->session));
	if (role->external_id[0] && !web_token)
		put_value(out, "ExternalId", role->external_id, strlen(role->external_id));
	if (role->duration_s)
		buf_printf(out, "&DurationSeconds=%u", role->duration_s);
	if (web_token)
		put_value(out, "WebIdentityToken", web_token->bytes, web_token->len);
}

/* Refuses: 1 if it is missing, longer or not of printable characters. */
static int read_secret(const struct http_answer *a, const char *name, size_t max, struct secret *ret_secret)
{
	char *text = malloc(max + 1);
	int r;
	if (!text)
		return err_origin(-ENOMEM);
	r = xml_tag(a->body, a->body_len, "Credentials", name, text, max + 1) != 0 || !text[0];
	for (const char *p = text; r == 0 && *p; p++)
		r = *p <= ' ' || *p >= 0x7f;
	if (r == 0)
		r = secret_set(ret_secret, text, strlen(text));
	explicit_bzero(text, max + 1);
	free(text);
	return r;
}

int sts_read_role(const struct http_answer *a, struct aws_keys *ret_keys, struct trouble *ret_trouble)
{
	_cleanup_(aws_keys_fini) struct aws_keys keys = AWS_KEYS_INIT;
	_cleanup_(secret_fini) struct secret id = SECRET_INIT;
	char expires[64];
	int r;
	if (a->status != 200) {
		read_error(a, ret_trouble);
		return 0;
	}
	r = a->body_len > STS_ANSWER_MAX_BYTES;
	if (r == 0)
		r = read_secret(a, "AccessKeyId", sizeof keys.id - 1, &id);
	if (r == 0)
		r = read_secret(a, "SecretAccessKey", AWS_SECRET_MAX_BYTES, &keys.secret);
	if (r == 0)
		r = read_secret(a, "SessionToken", AWS_TOKEN_MAX_BYTES, &keys.token);
	if (r < 0)
		return r;
	if (r > 0 ||
		xml_tag(a->body, a->body_len, "Credentials", "Expiration", expires, sizeof expires) != 0 ||
		num_parse_time_ms(expires, strlen(expires), &keys.expires.ms) != 0) {
		trouble_set(ret_trouble, FAULT_MALFORMED,
			"the answer of AssumeRole is no XML with Credentials: see who answers at the "
			"endpoint");
		ret_trouble->status = a->status;
		return 0;
	}
	memcpy(keys.id, id.bytes, id.len + 1);
	*ret_trouble = (struct trouble){.fault = FAULT_NONE, .status = a->status};
	aws_keys_fini(ret_keys);
	*ret_keys = keys;
	keys = AWS_KEYS_INIT;
	return 0;
}
