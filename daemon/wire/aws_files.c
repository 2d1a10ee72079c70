/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/aws_files.h"
#include "base/own.h"
#include "wire/url.h"
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

/* "KEY = VALUE". False: there is no sign. */
static bool split(struct span line, struct span *ret_key, struct span *ret_value)
{
	const char *sign = memchr(line.text, '=', line.len);
	if (!sign)
		return false;
	*ret_key = trim((struct span){line.text, (size_t)(sign - line.text)});
	*ret_value = trim((struct span){sign + 1, line.len - (size_t)(sign - line.text) - 1});
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

#define SETTINGS 14

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
		TEXT(endpoint_url, 12),
		TEXT(services, 13),
#undef TEXT
	};
	struct span key, value;
	if (!split(line, &key, &value)) {
		why_set(reterr_why, "line %u: expected KEY = VALUE, [PROFILE] or a comment", number);
		return AWS_FILES_E_SYNTAX;
	}
	p->sso = p->sso || (key.len >= 4 && memcmp(key.text, "sso_", 4) == 0);
	for (size_t i = 0; i < SETTINGS; i++)
		if (equals(key, known[i].name))
			return take_value(&known[i], value, number, reterr_why);
	return 0;
}

/* "WORD NAME" */
static bool is_named(struct span section, const char *word, const char *name)
{
	size_t len = strlen(word);
	if (section.len <= len || memcmp(section.text, word, len) != 0 || !is_blank(section.text[len]))
		return false;
	return equals(trim((struct span){section.text + len, section.len - len}), name);
}

static bool is_section_of(struct span section, enum aws_files_kind kind, const char *profile)
{
	if (kind == AWS_FILES_CREDENTIALS || (equals(section, "default") && strcmp(profile, "default") == 0))
		return equals(section, profile);
	return is_named(section, "profile", profile);
}

/* ---- lines ---- */

struct lines {
	const char *text; /* what is left */
	size_t len;
	uint32_t number;     /* of the line read last */
	struct span section; /* that it stands in, or begins */
};

enum line_kind {
	LINE_END,
	LINE_SECTION,
	LINE_SETTING,
	LINE_NESTED, /* a setting of the setting above */
	LINE_BAD,    /* `reterr_why` says what was expected */
};

static enum line_kind next_line(struct lines *l, struct span *ret_line, struct why *reterr_why)
{
	while (l->len > 0) {
		const char *end = memchr(l->text, '\n', l->len);
		size_t n = end ? (size_t)(end - l->text) : l->len;
		bool nested = n > 0 && is_blank(l->text[0]);
		struct span line = trim((struct span){l->text, n});
		l->text += n + (end ? 1 : 0);
		l->len -= n + (end ? 1 : 0);
		l->number++;
		if (line.len == 0 || line.text[0] == '#' || line.text[0] == ';')
			continue;
		*ret_line = line;
		if (line.text[0] != '[')
			return nested ? LINE_NESTED : LINE_SETTING;
		if (line.text[line.len - 1] != ']') {
			why_set(reterr_why, "line %u: expected [PROFILE]", l->number);
			return LINE_BAD;
		}
		l->section = trim((struct span){line.text + 1, line.len - 2});
		return LINE_SECTION;
	}
	return LINE_END;
}

static int begin_lines(const char *text, size_t len, struct lines *ret_lines, struct why *reterr_why)
{
	if (len > FILE_MAX_BYTES || memchr(text, '\0', len)) {
		why_set(reterr_why, "expected a text of at most %d bytes without NUL", FILE_MAX_BYTES);
		return AWS_FILES_E_SYNTAX;
	}
	*ret_lines = (struct lines){.text = text, .len = len};
	return 0;
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
	struct lines lines;
	struct span line;
	enum line_kind what;
	int r = begin_lines(text, len, &lines, reterr_why);
	while (r == 0 && (what = next_line(&lines, &line, reterr_why)) != LINE_END) {
		if (what == LINE_BAD)
			return AWS_FILES_E_SYNTAX;
		if (what == LINE_SECTION) {
			inside = is_section_of(lines.section, kind, name);
			if (inside && found) {
				why_set(reterr_why,
					"line %u: the profile for the second time; expected it once",
					lines.number);
				return AWS_FILES_E_SYNTAX;
			}
			found = found || inside;
		} else if (inside && what == LINE_SETTING) { /* what is nested is of no use here */
			begin_keys(p, kind, line);
			r = take_pair(p, taken, line, lines.number, reterr_why);
		}
	}
	if (r != 0)
		return r;
	p->found = p->found || found;
	if (kind == AWS_FILES_CONFIG && !had_keys)
		p->keys_of_config = p->keys.id[0] != '\0' || p->keys.secret.bytes;
	return 0;
}

/* ---- endpoints ---- */

int aws_endpoint_url_read(const char *text, char ret_url[SETTING_URL_BYTES], struct why *reterr_why)
{
	struct url url;
	size_t len = strlen(text);
	if (url_parse(text, len, &url, reterr_why) != 0)
		return AWS_FILES_E_MEMBER;
	len = url_base_len(text, len, &url);
	if (len >= SETTING_URL_BYTES) {
		why_set(reterr_why, "expected at most %d bytes", SETTING_URL_BYTES - 1);
		return AWS_FILES_E_MEMBER;
	}
	memmove(ret_url, text, len);
	ret_url[len] = '\0';
	return 0;
}

/* `service`: COUNT for one that is of no use here. */
static int take_endpoint(struct span line, enum aws_service service, struct aws_urls *urls, uint32_t number,
	struct why *reterr_why)
{
	struct span key, value;
	char text[SETTING_URL_BYTES + 1];
	int r = 0;
	if (service == AWS_SERVICE_COUNT || !split(line, &key, &value) || !equals(key, "endpoint_url"))
		return 0;
	if (value.len >= sizeof text)
		value.len = sizeof text - 1; /* too long all the same */
	memcpy(text, value.text, value.len);
	text[value.len] = '\0';
	r = aws_endpoint_url_read(text, urls->of[service], reterr_why);
	if (r != 0)
		why_prefix(reterr_why, "line %u: endpoint_url", number);
	return r;
}

int aws_services_read(
	const char *text, size_t len, const char *name, struct aws_urls *urls, struct why *reterr_why)
{
	enum aws_service service = AWS_SERVICE_COUNT;
	struct lines lines;
	struct span line, key, value;
	enum line_kind what;
	int r = begin_lines(text, len, &lines, reterr_why);
	while (r == 0 && (what = next_line(&lines, &line, reterr_why)) != LINE_END) {
		if (what == LINE_BAD)
			return AWS_FILES_E_SYNTAX;
		if (what == LINE_NESTED) {
			r = take_endpoint(line, service, urls, lines.number, reterr_why);
			continue;
		}
		service = AWS_SERVICE_COUNT;
		if (what == LINE_SETTING && is_named(lines.section, "services", name) &&
			split(line, &key, &value))
			for (size_t i = 0; i < AWS_SERVICE_COUNT; i++)
				if (equals(key, aws_service_name((enum aws_service)i)))
					service = (enum aws_service)i;
	}
	return r;
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
