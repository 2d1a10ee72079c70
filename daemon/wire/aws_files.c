/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/aws_files.h"
#include "base/own.h"
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

/* ---- profiles ---- */

void aws_profile_fini(struct aws_profile *p)
{
	aws_keys_fini(&p->keys);
	*p = AWS_PROFILE_INIT;
}

/* Printable ASCII: a path, a command, a name. */
static bool is_words(struct span s, size_t max)
{
	if (s.len == 0 || s.len > max)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (s.text[i] < ' ' || s.text[i] >= 0x7f)
			return false;
	return true;
}

struct setting {
	const char *name;
	size_t max;
	struct secret *secret; /* where it goes: one of the two */
	char *text;
	bool *taken; /* in this file */
};

static int take_value(const struct setting *s, struct span value, uint32_t number, struct why *reterr_why)
{
	if (*s->taken) {
		why_set(reterr_why, "line %u: %s for the second time; expected it once", number, s->name);
		return AWS_FILES_E_SYNTAX;
	}
	*s->taken = true;
	if (s->secret || strcmp(s->name, "aws_access_key_id") == 0 ? !is_token(value, s->max)
								   : !is_words(value, s->max)) {
		why_set(reterr_why, "line %u: %s is wrong; expected 1 to %zu characters%s", number, s->name,
			s->max, s->secret ? " without blanks" : "");
		return AWS_FILES_E_MEMBER;
	}
	if (s->secret)
		return secret_set(s->secret, value.text, value.len);
	memcpy(s->text, value.text, value.len);
	s->text[value.len] = '\0';
	return 0;
}

#define SETTINGS 12

static int take_pair(struct aws_profile *p, bool taken[SETTINGS], struct span line, uint32_t number,
	struct why *reterr_why)
{
	const struct setting known[SETTINGS] = {
		{"aws_access_key_id", sizeof p->keys.id - 1, NULL, p->keys.id, &taken[0]},
		{"aws_secret_access_key", AWS_SECRET_MAX_BYTES, &p->keys.secret, NULL, &taken[1]},
		{"aws_session_token", AWS_TOKEN_MAX_BYTES, &p->keys.token, NULL, &taken[2]},
#define TEXT(member, i) {#member, sizeof p->member - 1, NULL, p->member, &taken[i]}
		TEXT(role_arn, 3),
		TEXT(source_profile, 4),
		TEXT(credential_source, 5),
		TEXT(external_id, 6),
		TEXT(role_session_name, 7),
		TEXT(web_identity_token_file, 8),
		TEXT(credential_process, 9),
		TEXT(duration_seconds, 10),
		TEXT(region, 11),
#undef TEXT
	};
	const char *sign = memchr(line.text, '=', line.len);
	if (!sign) {
		why_set(reterr_why, "line %u: expected KEY = VALUE, [PROFILE] or a comment", number);
		return AWS_FILES_E_SYNTAX;
	}
	struct span key = trim((struct span){line.text, (size_t)(sign - line.text)});
	struct span value = trim((struct span){sign + 1, line.len - (size_t)(sign - line.text) - 1});
	p->sso = p->sso || (key.len >= 4 && memcmp(key.text, "sso_", 4) == 0);
	for (size_t i = 0; i < SETTINGS; i++)
		if (equals(key, known[i].name))
			return take_value(&known[i], value, number, reterr_why);
	return 0;
}

static bool is_section_of(struct span name, enum aws_files_kind kind, const char *profile)
{
	static const char word[] = "profile";
	if (kind == AWS_FILES_CREDENTIALS || (equals(name, "default") && strcmp(profile, "default") == 0))
		return equals(name, profile);
	if (name.len <= sizeof word || memcmp(name.text, word, sizeof word - 1) != 0 ||
		!is_blank(name.text[sizeof word - 1]))
		return false;
	return equals(trim((struct span){name.text + sizeof word, name.len - sizeof word}), profile);
}

/* The keys of one file are one set: half of them of another would be nobody's. */
static void begin_keys(struct aws_profile *p, enum aws_files_kind kind, struct span line)
{
	if (kind == AWS_FILES_CREDENTIALS && p->keys_of_config && line.len > 4 &&
		memcmp(line.text, "aws_", 4) == 0) {
		aws_keys_fini(&p->keys);
		p->keys_of_config = false;
	}
}

int aws_profile_read(const char *text, size_t len, enum aws_files_kind kind, const char *name,
	struct aws_profile *p, struct why *reterr_why)
{
	bool inside = false, found = false, taken[SETTINGS] = {false}, had_keys = p->keys.id[0] != '\0';
	uint32_t number = 0;
	if (len > FILE_MAX_BYTES || memchr(text, '\0', len)) {
		why_set(reterr_why, "expected a text of at most %d bytes without NUL", FILE_MAX_BYTES);
		return AWS_FILES_E_SYNTAX;
	}
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
			inside = is_section_of(trim((struct span){line.text + 1, line.len - 2}), kind, name);
			if (inside && found) {
				why_set(reterr_why,
					"line %u: the profile for the second time; expected it once", number);
				return AWS_FILES_E_SYNTAX;
			}
			found = found || inside;
			continue;
		}
		if (!inside || nested)
			continue;
		begin_keys(p, kind, line);
		int r = take_pair(p, taken, line, number, reterr_why);
		if (r != 0)
			return r;
	}
	p->found = p->found || found;
	if (kind == AWS_FILES_CONFIG && !had_keys)
		p->keys_of_config = p->keys.id[0] != '\0' || p->keys.secret.bytes;
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
