/* SPDX-License-Identifier: Apache-2.0 */
/* incidents, show, report: what a ledger tells of its incidents, without the daemon. */
#include "cmd.h"
#include "base/own.h"
#include "glyph.h"
#include "ledger_file.h"
#include "ledger_path.h"
#include "report_html.h"
#include "story_json.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#define ENDING ".ledger"

struct tale {
	struct story_book book;
	struct output_ledger ledger;
	struct output_story told; /* points into the other two */
	char *bytes;              /* owned */
};

static void tale_fini(struct tale *t)
{
	story_book_fini(&t->book);
	free(t->bytes);
}

/* The project's name: as typed, or the file's without its ending. */
static const char *name_of(struct session *s)
{
	const char *argument = s->request->arguments[0], *slash = strrchr(argument, '/');

	if (s->request->project.text[0])
		return s->request->project.text;
	if (slash && slash[1])
		argument = slash + 1;
	size_t len = strlen(argument), ending = strlen(ENDING);
	if (len > ending && strcmp(argument + len - ending, ENDING) == 0)
		len -= ending;
	return arena_copy(&s->out->arena, argument, len);
}

static int failure(struct session *s, const char *path, int error)
{
	return output_trouble(s->out, EXIT_ERROR, "failure", "reading %s failed: %s", path, strerror(-error));
}

/* Gives 0, or an exit code of which the trouble was shown. */
static int read_book(struct session *s, struct tale *t)
{
	const struct request *r = s->request;
	struct arena *a = &s->out->arena;
	const char *argument = r->project.text[0] ? r->project.text : r->arguments[0];
	size_t len;

	t->ledger.path = ledger_path(a, argument, REQUEST_VALUE(r, STATE_DIR));
	int result = ledger_file_load(s, t->ledger.path, &t->bytes, &len);
	if (result != 0)
		return result;
	result = story_book_read(&t->book, a, t->bytes, len, r->incident);
	/* Which one is the last is known only at the end. */
	if (result == 0 && r->verb != GRAMMAR_INCIDENTS && r->incident.n == 0 && t->book.count > 0) {
		struct incident_id last = t->book.stories[t->book.count - 1].incident;
		story_book_fini(&t->book);
		result = story_book_read(&t->book, a, t->bytes, len, last);
	}
	if (result < 0)
		return failure(s, t->ledger.path, result);
	t->ledger = ledger_file_report(t->ledger.path, t->bytes, len, &t->book.report, t->book.damage.text);
	if (t->ledger.is_foreign)
		return output_trouble(s->out, EXIT_ERROR, "no_ledger", "%s is no ledger: %s", t->ledger.path,
			t->ledger.damage);
	t->told = (struct output_story){.name = name_of(s), .ledger = &t->ledger, .book = &t->book};
	return 0;
}

static int no_incident(struct session *s, const struct tale *t)
{
	const char *damaged = t->ledger.damage ? " before its damage (cmekctl verify)" : "";

	if (t->book.count == 0)
		return output_trouble(
			s->out, EXIT_ERROR, "no_incident", "%s holds no incident%s", t->ledger.path, damaged);
	return output_trouble(s->out, EXIT_ERROR, "no_incident",
		"%s holds no incident %" PRIu32 "%s; it has %" PRIu32 ", the last is %" PRIu32
		"; all: cmekctl incidents %s",
		t->ledger.path, s->request->incident.n, damaged, t->book.count,
		t->book.stories[t->book.count - 1].incident.n, t->told.name);
}

typedef void json_fn(struct buf *out, const struct output_story *o);
typedef void show_fn(struct output *o, const struct output_story *story, const struct wire *wire);

/* --json is made as a text and read again: it is laid out and made safe as all that comes from outside. */
static int show(struct session *s, const struct output_story *told, json_fn *json, show_fn *op)
{
	static const struct json_limits limits = {STORY_JSON_MAX_BYTES, STORY_JSON_MAX_NODES, 8};
	_cleanup_(buf_fini) struct buf text = BUF_INIT(STORY_JSON_MAX_BYTES);
	_cleanup_(json_tree_fini) struct json_tree tree = JSON_TREE_INIT;

	if (!REQUEST_HAS(s->request, JSON)) {
		op(s->out, told, NULL);
		return 0;
	}
	json(&text, told);
	if (text.trouble || json_scan(text.data, text.len, &limits, &tree, NULL) != 0)
		return output_trouble(
			s->out, EXIT_ERROR, "failure", "out of memory, or too much to tell in one document");
	op(s->out, told, &(const struct wire){&tree, JSON_ROOT});
	return 0;
}

static int verdict(const struct tale *t, bool is_open)
{
	return t->ledger.damage || t->ledger.report.head.seq.n == 0 ? EXIT_ERROR
	       : is_open                                            ? EXIT_OPEN
								    : EXIT_GOOD;
}

int cmd_incidents(struct session *s)
{
	_cleanup_(tale_fini) struct tale t = {.bytes = NULL};
	bool is_open = false;
	int result = read_book(s, &t);

	if (result != 0)
		return result;
	for (uint32_t i = 0; i < t.book.count; i++)
		is_open = is_open || t.book.stories[i].phase != PHASE_NONE;
	result = show(s, &t.told, story_json_list, s->out->ops->incidents);
	return result != 0 ? result : verdict(&t, is_open);
}

/* ---- the page ---- */

static int write_all(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, bytes, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		bytes += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Made anew: what is there already may be evidence too. Half a page is none. */
static int write_page(struct session *s, const char *path, const struct buf *page)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, 0600);

	if (fd < 0)
		return output_trouble(s->out, EXIT_ERROR, "unwritable", "cannot make %s: %s%s", path,
			strerror(errno), errno == EEXIST ? "; name a file that is not there yet" : "");
	int result = write_all(fd, page->data, page->len);
	if (close(fd) < 0 && result == 0)
		result = -errno;
	if (result == 0)
		return 0;
	(void)unlink(path);
	return output_trouble(
		s->out, EXIT_ERROR, "unwritable", "cannot write %s: %s", path, strerror(-result));
}

static int show_page(struct session *s, const struct output_story *told)
{
	_cleanup_(buf_fini) struct buf page = BUF_INIT(REPORT_HTML_MAX_BYTES);
	const char *path = REQUEST_VALUE(s->request, HTML);

	report_html(&page, told);
	if (page.trouble || !page.data)
		return output_trouble(
			s->out, EXIT_ERROR, "failure", "out of memory, or too much to tell in one page");
	if (strcmp(path, "-") == 0)
		(void)fwrite(page.data, 1, page.len, s->out->page.to);
	else if (write_page(s, path, &page) != 0)
		return EXIT_ERROR;
	else
		s->out->ops->note(s->out, arena_printf(&s->out->arena, "The report is in %s",
						  glyph_safe(&s->out->arena, path)));
	return 0;
}

static int tell(struct session *s, bool evidence)
{
	_cleanup_(tale_fini) struct tale t = {.bytes = NULL};
	int result = read_book(s, &t);

	if (result != 0)
		return result;
	t.told.story = story_book_find(&t.book, s->request->incident);
	t.told.evidence = evidence;
	if (!t.told.story)
		return no_incident(s, &t);
	if (REQUEST_VALUE(s->request, HTML))
		result = show_page(s, &t.told);
	if (result == 0 && (!REQUEST_VALUE(s->request, HTML) || REQUEST_HAS(s->request, JSON)))
		result = show(s, &t.told, story_json, s->out->ops->story);
	return result != 0 ? result : verdict(&t, t.told.story->phase != PHASE_NONE);
}

int cmd_show(struct session *s)
{
	return tell(s, false);
}

int cmd_report(struct session *s)
{
	const char *html = REQUEST_VALUE(s->request, HTML);

	if (html && strcmp(html, "-") == 0 && REQUEST_HAS(s->request, JSON))
		return output_trouble(s->out, EXIT_USAGE, "usage",
			"--json and --html - both want standard output; name a file: --html FILE");
	return tell(s, true);
}
