/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz: common/base common/model daemon/wire -lcrypto -lm
 *
 * Any bytes as a whole configuration: cmekd.conf, a drop-in, and the files of two projects, parted by a byte 0x1e. */
#include "base/own.h"
#include "fuzz.h"
#include "wire/config.h"
#include "base/utf8.h"

#define PRINTED_MAX_BYTES (256u * 1024u)
#define FILES_MAX         4
#define FILE_END          '\x1e'

static const char *const file_names[FILES_MAX] = {"cmekd.conf", "10.conf", "a.conf", "b.conf"};
static const struct project_name project_names[FILES_MAX] = {{""}, {""}, {"a"}, {"b"}};

struct text {
	const char *bytes;
	size_t len;
};

/* A complaint is one line that a journal and a terminal can show. */
static void check_complaints(const struct complaints *complaints)
{
	char line[COMPLAINT_LINE_BYTES];

	MUST(complaints->count <= COMPLAINTS_MAX);
	MUST(complaints->dropped == 0 || complaints->count == COMPLAINTS_MAX || is_starved());
	for (uint32_t i = 0; i < complaints->count; i++) {
		size_t len;

		complaint_format(&complaints->items[i], line);
		len = strlen(line);
		MUST(len > 0 && *complaints->items[i].text);
		for (size_t at = 0; at < len; at++)
			MUST(((unsigned char)line[at] >= ' ' && line[at] != 0x7f) || line[at] == '\t');
	}
}

/* Reads all files. `ret_bad`: somebody complained. */
static int read_all(const struct text *files, size_t count, struct config *c, struct complaints *complaints,
	bool *ret_bad)
{
	int r = 0;

	config_init(c);
	for (size_t i = 0; i < count; i++) {
		uint32_t before = complaints_total(complaints);

		r = i < 2 ? config_parse_main(c, file_names[i], files[i].bytes, files[i].len, complaints)
			  : config_parse_project(c, file_names[i], &project_names[i], files[i].bytes,
				    files[i].len, complaints);
		if (r < 0)
			return r;
		MUST((r == 1) == (complaints_total(complaints) > before));
	}
	r = config_finish(c, complaints);
	if (r < 0)
		return r;
	MUST((r == 1) == c->broken);
	*ret_bad = complaints_total(complaints) > 0;
	return 0;
}

/* What is printed reads back to the same, without a complaint, and is printed the same. */
static void print_and_back(const struct config *c)
{
	_cleanup_(config_fini) struct config again = CONFIG_INIT;
	_cleanup_(complaints_fini) struct complaints complaints = COMPLAINTS_INIT;
	_cleanup_(buf_fini) struct buf main = BUF_INIT(PRINTED_MAX_BYTES),
				       whole = BUF_INIT(PRINTED_MAX_BYTES),
				       whole_again = BUF_INIT(PRINTED_MAX_BYTES);
	int r;

	config_print_main(c, &main);
	config_print(c, &whole);
	if (ran_out(main.trouble) || ran_out(whole.trouble))
		return;
	MUST(main.trouble == 0 && whole.trouble == 0);
	config_init(&again);
	r = config_parse_main(&again, "again.conf", main.data, main.len, &complaints);
	MUST(r == 0);
	for (uint32_t i = 0; i < c->project_count; i++) {
		const struct config_project *p = &c->projects[i];
		_cleanup_(buf_fini) struct buf text = BUF_INIT(PRINTED_MAX_BYTES);

		if (!p->broken)
			config_print_project(&p->settings, &text);
		if (ran_out(text.trouble))
			return;
		r = p->broken ? config_add_broken(&again, &p->settings.name)
			      : config_parse_project(
					&again, p->file, &p->settings.name, text.data, text.len, &complaints);
		if (ran_out(r))
			return;
		MUST(r == 0);
	}
	r = config_finish(&again, &complaints);
	if (ran_out(r))
		return;
	MUST(r == 0 && complaints_total(&complaints) == 0);
	config_print(&again, &whole_again);
	if (ran_out(whole_again.trouble))
		return;
	MUST(whole.len == whole_again.len && memcmp(whole.data, whole_again.data, whole.len) == 0);
	result(whole.data, whole.len);
}

/* A project that may be acted for has what an act needs; one that may not has nothing. */
static void check_projects(const struct config *c)
{
	for (uint32_t i = 0; i < c->project_count; i++) {
		const struct project_settings *s = &c->projects[i].settings;

		MUST(*s->name.text && (c->projects[i].broken == !*s->id.text));
		MUST(c->projects[i].broken == !*s->vendor.text);
		MUST(s->pin_count <= KEY_PIN_MAX && s->context_count <= VENDOR_CONTEXT_MAX);
		MUST(s->policy.reaction <= REACTION_OBSERVE);
		MUST(c->projects[i].broken || s->policy.poll_ms >= SETTING_MS_MIN);
		for (uint32_t j = 0; j < i && !c->projects[i].broken; j++)
			MUST(!project_id_equal(&s->id, &c->projects[j].settings.id));
	}
}

static size_t split(const char *text, size_t len, struct text files[FILES_MAX])
{
	size_t count = 0;

	while (count < FILES_MAX) {
		const char *end = len > 0 ? memchr(text, FILE_END, len) : NULL;
		size_t n = end && count + 1 < FILES_MAX ? (size_t)(end - text) : len;

		files[count++] = (struct text){text, n};
		if (!end)
			break;
		text += n + (n < len);
		len -= n + (n < len);
	}
	return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(config_fini) struct config c = CONFIG_INIT;
	_cleanup_(complaints_fini) struct complaints complaints = COMPLAINTS_INIT;
	struct text files[FILES_MAX];
	size_t count = split((const char *)data, size, files);
	bool bad = false;

	if (ran_out(read_all(files, count, &c, &complaints, &bad)))
		return 0;
	check_complaints(&complaints);
	check_projects(&c);
	result_number(complaints_total(&complaints));
	MUST(bad || !c.broken);
	if (!c.broken)
		print_and_back(&c);
	return 0;
}
