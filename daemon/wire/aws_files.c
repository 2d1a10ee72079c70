/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/aws_files.h"
#include "base/own.h"
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define FILE_MAX_BYTES 65536

void aws_keys_fini(struct aws_keys *k)
{
	secret_fini(&k->secret);
	secret_fini(&k->token);
	*k = AWS_KEYS_INIT;
}

void api_key_fini(struct api_key *k)
{
	secret_fini(&k->private_key);
	*k = API_KEY_INIT;
}

struct span {
	const char *text;
	size_t len;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static struct span trim(struct span s)
{
	while (s.len > 0 && is_blank(s.text[0]))
		s.text++, s.len--;
	while (s.len > 0 && is_blank(s.text[s.len - 1]))
		s.len--;
	return s;
}

static bool equals(struct span s, const char *text)
{
	return s.len == strlen(text) && memcmp(s.text, text, s.len) == 0;
}

static bool begins(struct span s, const char *text)
{
	return s.len >= strlen(text) && memcmp(s.text, text, strlen(text)) == 0;
}

/* Printable ASCII without blanks: ids, secrets and tokens hold nothing else, and no line break can get into a
 * header. */
static bool is_token(struct span s, size_t max)
{
	if (s.len == 0 || s.len > max)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (s.text[i] <= ' ' || s.text[i] >= 0x7f)
			return false;
	return true;
}

/* ---- the shared credentials file ---- */

/* What is found of the profile; spans of the caller's text. */
struct profile {
	struct span id, secret, token;
	bool found;
	const char *foreign; /* a setting that would win over static keys */
};

static int take_pair(struct profile *p, struct span line, uint32_t number, struct why *reterr_why)
{
	static const char *const winners[] = {"role_arn", "web_identity_token_file", "sso_"};
	const char *sign = memchr(line.text, '=', line.len);
	if (!sign) {
		why_set(reterr_why, "line %u: expected KEY = VALUE, [PROFILE] or a comment", number);
		return AWS_FILES_E_SYNTAX;
	}
	struct span key = trim((struct span){line.text, (size_t)(sign - line.text)});
	struct span value = trim((struct span){sign + 1, line.len - (size_t)(sign - line.text) - 1});
	struct {
		const char *name;
		struct span *to;
		size_t max;
	} known[] = {
		{"aws_access_key_id", &p->id, AWS_ACCESS_KEY_ID_BYTES - 1},
		{"aws_secret_access_key", &p->secret, AWS_SECRET_MAX_BYTES},
		{"aws_session_token", &p->token, AWS_TOKEN_MAX_BYTES},
	};
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		if (!equals(key, known[i].name))
			continue;
		if (known[i].to->text) {
			why_set(reterr_why, "line %u: %s for the second time; expected it once", number,
				known[i].name);
			return AWS_FILES_E_SYNTAX;
		}
		if (!is_token(value, known[i].max)) {
			why_set(reterr_why,
				"line %u: %s is wrong; expected 1 to %zu characters without blanks", number,
				known[i].name, known[i].max);
			return AWS_FILES_E_MEMBER;
		}
		*known[i].to = value;
	}
	for (size_t i = 0; i < sizeof winners / sizeof *winners; i++)
		if (begins(key, winners[i]))
			p->foreign = winners[i];
	return 0;
}

/* Refuses: AWS_FILES_E_*. */
static int scan_profile(const char *text, size_t len, const char *profile, struct profile *ret_profile,
	struct why *reterr_why)
{
	struct profile p = {.found = false};
	bool inside = false;
	uint32_t number = 0;
	while (len > 0) {
		const char *end = memchr(text, '\n', len);
		size_t n = end ? (size_t)(end - text) : len;
		bool nested = n > 0 && is_blank(text[0]); /* a setting of the setting above, of no use here */
		struct span line = trim((struct span){text, n});
		text += n + (end ? 1 : 0);
		len -= n + (end ? 1 : 0);
		number++;
		if (line.len == 0 || line.text[0] == '#' || line.text[0] == ';')
			continue;
		if (line.text[0] == '[') {
			if (line.text[line.len - 1] != ']') {
				why_set(reterr_why, "line %u: expected [PROFILE]", number);
				return AWS_FILES_E_SYNTAX;
			}
			inside = equals(trim((struct span){line.text + 1, line.len - 2}), profile);
			if (inside && p.found) {
				why_set(reterr_why,
					"line %u: the profile for the second time; expected it once", number);
				return AWS_FILES_E_SYNTAX;
			}
			p.found = p.found || inside;
			continue;
		}
		if (!inside || nested)
			continue;
		int r = take_pair(&p, line, number, reterr_why);
		if (r != 0)
			return r;
	}
	*ret_profile = p;
	return 0;
}

int aws_keys_parse(
	const char *text, size_t len, const char *profile, struct aws_keys *ret_keys, struct why *reterr_why)
{
	_cleanup_(aws_keys_fini) struct aws_keys keys = AWS_KEYS_INIT;
	struct profile p;
	if (!profile || profile[0] == '\0')
		profile = "default";
	if (len > FILE_MAX_BYTES || memchr(text, '\0', len)) {
		why_set(reterr_why, "expected a text of at most %d bytes without NUL", FILE_MAX_BYTES);
		return AWS_FILES_E_SYNTAX;
	}
	int r = scan_profile(text, len, profile, &p, reterr_why);
	if (r != 0)
		return r;
	if (!p.found) {
		why_set(reterr_why,
			"there is no profile [%.64s]; expected it with aws_access_key_id and "
			"aws_secret_access_key",
			profile);
		return AWS_FILES_E_PROFILE;
	}
	if (p.foreign || !p.id.text || !p.secret.text) {
		if (p.foreign)
			why_set(reterr_why,
				"profile [%.64s] uses %s, which is not supported; expected static keys",
				profile, p.foreign);
		else
			why_set(reterr_why, "profile [%.64s] lacks %s", profile,
				p.id.text ? "aws_secret_access_key" : "aws_access_key_id");
		return AWS_FILES_E_MEMBER;
	}
	memcpy(keys.id, p.id.text, p.id.len);
	r = secret_set(&keys.secret, p.secret.text, p.secret.len);
	if (r == 0 && p.token.text)
		r = secret_set(&keys.token, p.token.text, p.token.len);
	if (r < 0)
		return r;
	*ret_keys = keys;
	keys = AWS_KEYS_INIT;
	return 0;
}

/* ---- TiDB Cloud's API key ---- */

int api_key_parse(const char *text, size_t len, struct api_key *ret_key, struct why *reterr_why)
{
	static const char expected[] = "expected one line, PUBLIC:PRIVATE";
	_cleanup_(api_key_fini) struct api_key key = API_KEY_INIT;
	if (len > 0 && text[len - 1] == '\n')
		len--;
	if (len > 0 && text[len - 1] == '\r')
		len--;
	const char *colon = memchr(text, ':', len);
	if (!colon) {
		why_set(reterr_why, "no colon in the API key; %s", expected);
		return AWS_FILES_E_SYNTAX;
	}
	struct span public = {text, (size_t)(colon - text)};
	struct span private = {colon + 1, len - public.len - 1};
	if (!is_token(public, API_PUBLIC_KEY_BYTES - 1) || !is_token(private, API_PRIVATE_KEY_MAX_BYTES)) {
		why_set(reterr_why, "the API key is empty, too long, or holds blanks or further lines; %s",
			expected);
		return AWS_FILES_E_SYNTAX;
	}
	memcpy(key.public_key, public.text, public.len);
	int r = secret_set(&key.private_key, private.text, private.len);
	if (r < 0)
		return r;
	*ret_key = key;
	key = API_KEY_INIT;
	return 0;
}
