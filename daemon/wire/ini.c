/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/ini.h"
#include "base/utf8.h"
#include <stdbool.h>
#include <string.h>

struct ini {
	const char *file;
	ini_fn *fn;
	void *arg;
	struct complaints *complaints;
	char section[INI_SECTION_MAX_BYTES + 1];
	bool skip; /* the section's header was bad: its keys belong nowhere */
	bool cr_told;
};

struct span {
	const char *text;
	size_t len;
};

static struct span span_trim(struct span s)
{
	while (s.len > 0 && (s.text[0] == ' ' || s.text[0] == '\t'))
		s.text++, s.len--;
	while (s.len > 0 && (s.text[s.len - 1] == ' ' || s.text[s.len - 1] == '\t'))
		s.len--;
	return s;
}

static bool is_name(struct span s)
{
	if (s.len == 0 || s.len > INI_NAME_MAX_BYTES)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		char c = s.text[i];
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
			    c == '-' || c == '_' || c == '.'))
			return false;
	}
	return true;
}

/* "Section", or "Section NAME". */
static bool is_section(struct span s)
{
	const char *blank = memchr(s.text, ' ', s.len);
	size_t len = blank ? (size_t)(blank - s.text) : s.len;

	return is_name((struct span){s.text, len}) &&
	       (!blank || is_name((struct span){blank + 1, s.len - len - 1}));
}

/* What makes a line unreadable, before its form is looked at; NULL if nothing does. */
static const char *line_fault(struct ini *ini, struct span line)
{
	if (line.len > INI_LINE_MAX_BYTES)
		return "line is too long; expected at most 2048 bytes";
	for (size_t i = 0; i < line.len;) {
		unsigned char c = (unsigned char)line.text[i];
		if (c == '\0')
			return "NUL byte; expected text";
		if (c == '\r') {
			if (ini->cr_told)
				return ""; /* once a file is enough */
			ini->cr_told = true;
			return "carriage return; expected lines that end in a newline only";
		}
		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return "control character; expected text";
		size_t step = utf8_step(line.text + i, line.len - i);
		if (step == 0)
			return "bytes that are no UTF-8; expected text in UTF-8";
		i += step;
	}
	return NULL;
}

static void complain(struct ini *ini, uint32_t number, const char *what)
{
	complaints_add(ini->complaints, ini->file, number, "%s", what);
}

static void feed_section(struct ini *ini, struct span line, uint32_t number)
{
	struct span name = {line.text + 1, line.len > 0 ? line.len - 1 : 0};
	ini->skip = true;
	if (name.len == 0 || name.text[name.len - 1] != ']') {
		complain(ini, number, "section header without its bracket; expected [Section]");
		return;
	}
	name.len--;
	if (!is_section(name)) {
		complain(ini, number,
			"bad section name; expected letters, digits, '-', '_' or '.' in [Section] or "
			"[Section NAME]");
		return;
	}
	memcpy(ini->section, name.text, name.len);
	ini->section[name.len] = '\0';
	ini->skip = false;
	ini->fn(ini->arg, &(struct ini_item){.section = ini->section, .line = number});
}

static void feed_pair(struct ini *ini, struct span line, uint32_t number)
{
	const char *equals = memchr(line.text, '=', line.len);
	if (!equals) {
		complain(ini, number, "neither section, setting nor comment; expected Key=Value");
		return;
	}
	struct span key = span_trim((struct span){line.text, (size_t)(equals - line.text)});
	struct span value = span_trim((struct span){equals + 1, line.len - (size_t)(equals - line.text) - 1});
	if (!is_name(key)) {
		complain(ini, number, "bad key; expected letters, digits, '-', '_' or '.' before the '='");
		return;
	}
	if (value.len > 0 && value.text[value.len - 1] == '\\') {
		complain(ini, number, "value ends in a backslash; expected the whole value on one line");
		return;
	}
	char key_text[INI_NAME_MAX_BYTES + 1], value_text[INI_LINE_MAX_BYTES + 1];
	memcpy(key_text, key.text, key.len);
	key_text[key.len] = '\0';
	memcpy(value_text, value.text, value.len);
	value_text[value.len] = '\0';
	ini->fn(ini->arg,
		&(struct ini_item){
			.section = ini->section, .key = key_text, .value = value_text, .line = number});
}

static void feed_line(struct ini *ini, struct span line, uint32_t number)
{
	const char *fault = line_fault(ini, line);
	if (fault) {
		if (fault[0] != '\0')
			complain(ini, number, fault);
		struct span s = span_trim(line);
		if (s.len > 0 && s.text[0] == '[')
			ini->skip = true;
		return;
	}
	line = span_trim(line);
	if (line.len == 0 || line.text[0] == '#' || line.text[0] == ';')
		return;
	if (line.text[0] == '[')
		feed_section(ini, line, number);
	else if (!ini->skip)
		feed_pair(ini, line, number);
}

void ini_parse(
	const char *text, size_t len, const char *file, ini_fn *fn, void *arg, struct complaints *complaints)
{
	struct ini ini = {.file = file, .fn = fn, .arg = arg, .complaints = complaints};
	uint32_t number = 0;
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		complain(&ini, 1, "byte order mark; expected plain UTF-8");
		text += 3;
		len -= 3;
	}
	while (len > 0) {
		const char *end = memchr(text, '\n', len);
		size_t n = end ? (size_t)(end - text) : len;
		feed_line(&ini, (struct span){text, n}, ++number);
		if (!end)
			break;
		text += n + 1;
		len -= n + 1;
	}
}
