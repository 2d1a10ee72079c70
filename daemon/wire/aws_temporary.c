/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/aws_temporary.h"
#include "base/json_scan.h"
#include "base/num.h"
#include "base/own.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct json_limits limits = {AWS_TEMPORARY_MAX_BYTES, 256, 8};

enum need { OPTIONAL, REQUIRED };

/* Refuses: 1 if it is missing or malformed. An absent one leaves `ret_text` empty. */
static int take_text(const struct json_tree *t, const char *name, enum need need, char *ret_text, size_t size,
	struct why *reterr_why)
{
	uint32_t node = json_member(t, JSON_ROOT, name);
	ret_text[0] = '\0';
	if (need == OPTIONAL && (node == JSON_NONE || json_is(t, node, JSON_NULL)))
		return 0;
	if (json_string(t, node, ret_text, size, NULL) != 0) {
		why_set(reterr_why, "the answer lacks %s, or it is no text of at most %zu bytes", name,
			size - 1);
		return 1;
	}
	for (const char *p = ret_text; *p; p++)
		if (*p <= ' ' || *p >= 0x7f) {
			why_set(reterr_why, "%s holds blanks or control characters", name);
			return 1;
		}
	return 0;
}

static int take_secret(const struct json_tree *t, const char *name, enum need need, size_t max,
	struct secret *ret_secret, struct why *reterr_why)
{
	char *text = malloc(max + 1);
	int r;
	if (!text)
		return err_origin(-ENOMEM);
	r = take_text(t, name, need, text, max + 1, reterr_why);
	if (r == 0 && text[0])
		r = secret_set(ret_secret, text, strlen(text));
	explicit_bzero(text, max + 1);
	free(text);
	return r;
}

static int take_expiry(
	const struct json_tree *t, enum need need, struct walltime *ret_time, struct why *reterr_why)
{
	char text[64];
	int r = take_text(t, "Expiration", need, text, sizeof text, reterr_why);
	if (r != 0 || !text[0])
		return r;
	if (num_parse_time_ms(text, strlen(text), &ret_time->ms) != 0) {
		why_set(reterr_why, "Expiration is no time");
		return 1;
	}
	return 0;
}

/* Whether it is the kind of answer that is meant at all. */
static int check_kind(const struct json_tree *t, enum aws_temporary_kind kind, struct why *reterr_why)
{
	uint32_t code = json_member(t, JSON_ROOT, "Code");
	uint64_t version;
	if (!json_is(t, JSON_ROOT, JSON_OBJECT)) {
		why_set(reterr_why, "the answer is no JSON object");
		return 1;
	}
	if (kind == AWS_TEMPORARY_PROCESS &&
		(json_u64(t, json_member(t, JSON_ROOT, "Version"), 1, &version) != 0 || version != 1)) {
		why_set(reterr_why, "the answer has not \"Version\": 1");
		return 1;
	}
	if (kind == AWS_TEMPORARY_SERVICE && code != JSON_NONE && !json_equals(t, code, "Success")) {
		why_set(reterr_why, "the answer's Code is not Success");
		return 1;
	}
	return 0;
}

int aws_temporary_read(const char *text, size_t len, enum aws_temporary_kind kind, struct aws_keys *ret_keys,
	struct why *reterr_why)
{
	_cleanup_(json_tree_fini) struct json_tree tree = JSON_TREE_INIT;
	_cleanup_(aws_keys_fini) struct aws_keys keys = AWS_KEYS_INIT;
	enum need need = kind == AWS_TEMPORARY_SERVICE ? REQUIRED : OPTIONAL;
	struct json_error error;
	int r = json_scan(text, len, &limits, &tree, &error);
	if (r > 0)
		json_why(reterr_why, &error);
	if (r == 0)
		r = check_kind(&tree, kind, reterr_why);
	if (r == 0)
		r = take_text(&tree, "AccessKeyId", REQUIRED, keys.id, sizeof keys.id, reterr_why);
	if (r == 0)
		r = take_secret(
			&tree, "SecretAccessKey", REQUIRED, AWS_SECRET_MAX_BYTES, &keys.secret, reterr_why);
	if (r == 0)
		r = take_secret(&tree, kind == AWS_TEMPORARY_SERVICE ? "Token" : "SessionToken", need,
			AWS_TOKEN_MAX_BYTES, &keys.token, reterr_why);
	if (r == 0)
		r = take_expiry(&tree, need, &keys.expires, reterr_why);
	if (r == 0 && (!keys.id[0] || !keys.secret.bytes)) {
		why_set(reterr_why, "AccessKeyId or SecretAccessKey is empty");
		r = 1;
	}
	if (r != 0)
		return r > 0 ? 1 : r;
	aws_keys_fini(ret_keys);
	*ret_keys = keys;
	keys = AWS_KEYS_INIT;
	return 0;
}
