/* SPDX-License-Identifier: Apache-2.0 */
#include "io/journal.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/num.h"
#include "base/own.h"
#include "io/clock.h"
#include "io/journal_native.h"
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#define JOURNAL_TEXT_BYTES  2048  /* of one message or field; longer ones are cut */
#define JOURNAL_LINE_BYTES  65536 /* of one captured line */
#define JOURNAL_FIELD_COUNT (sizeof(struct journal_fields) / sizeof(char *))

static struct {
	enum journal_target target, found; /* in force; by what journal_open() found */
	int capture;                       /* descriptor + 1; 0: none */
	int level;
	struct journal_native native;
} journal = {.target = JOURNAL_TARGET_CONSOLE,
	.found = JOURNAL_TARGET_CONSOLE,
	.level = LOG_INFO,
	.native = {.fd = -1, .path = JOURNAL_NATIVE_SOCKET}};

static const char *const journal_field_names[JOURNAL_FIELD_COUNT] = {
#define X(member, field) field,
	JOURNAL_FIELD_TABLE(X)
#undef X
};

/* Whether stderr is the journal's own stream: $JOURNAL_STREAM is inherited by children that were redirected
 * too (systemd.exec(5)). */
static bool journal_is_stderr(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat st;

	return stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
	       fstat(STDERR_FILENO, &st) == 0 && st.st_dev == (dev_t)device && st.st_ino == (ino_t)inode;
}

int journal_open(const char *capture_file)
{
	int fd;

	journal.found = journal_is_stderr() ? JOURNAL_TARGET_JOURNAL : JOURNAL_TARGET_CONSOLE;
	journal.target = journal.found;
	if (!capture_file || !capture_file[0])
		return 0;
	fd = open(capture_file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);
	if (fd < 0)
		return err_origin(-errno);
	journal_close();
	journal.capture = fd + 1;
	return 0;
}

void journal_flush(void)
{
	uint32_t lost = journal_native_flush(&journal.native);

	if (lost > 0)
		journal_log(LOG_ERR, NULL,
			"%u lines are not in the journal: journald did not take them for too long",
			(unsigned)lost);
}

void journal_close(void)
{
	int fd = journal.capture - 1;

	journal_native_fini(&journal.native);

	own_close(&fd);
	journal.capture = 0;
}

/* ---- what is told, and where ---- */

int journal_set_level(int priority)
{
	if (priority < JOURNAL_LEVEL_LEAST || priority > LOG_DEBUG)
		return 1;
	journal.level = priority;
	return 0;
}

int journal_level(void)
{
	return journal.level;
}

static const char *const journal_levels[] = {
	"emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"};

const char *journal_level_name(int priority)
{
	return journal_levels[priority];
}

int journal_level_of(const char *name)
{
	for (int i = 0; i <= LOG_DEBUG; i++)
		if (strcmp(name, journal_levels[i]) == 0)
			return i;
	return -1;
}

static const char *const journal_targets[] = {
#define X(e, name) [JOURNAL_TARGET_##e] = name,
	JOURNAL_TARGET_TABLE(X)
#undef X
};

const char *journal_target_name(enum journal_target target)
{
	return journal_targets[target];
}

bool journal_target_of(const char *name, enum journal_target *ret_target)
{
	if (strcmp(name, "auto") == 0) {
		*ret_target = journal.found;
		return true;
	}
	for (size_t i = 0; i < JOURNAL_TARGET_COUNT; i++)
		if (strcmp(name, journal_targets[i]) == 0) {
			*ret_target = (enum journal_target)i;
			return true;
		}
	return false;
}

void journal_set_target(enum journal_target target)
{
	journal.target = target;
}

enum journal_target journal_target(void)
{
	return journal.target;
}

/* ---- a line ---- */

struct journal_line {
	int priority;
	const char *message_id, *notice; /* NULL outside a notice */
	const char *message;
	const char *values[JOURNAL_FIELD_COUNT];
};

/* One line for people: what would break a terminal or fake a second line becomes a blank. */
static void journal_to_stderr(const struct journal_line *line)
{
	char text[JOURNAL_TEXT_BYTES + 64];
	int n = snprintf(text, sizeof(text) - 1, "<%d>cmekd: %s", line->priority, line->message);

	if (n < 0)
		return;
	if ((size_t)n >= sizeof(text) - 1)
		n = (int)sizeof(text) - 2;
	for (int i = 0; i < n; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			text[i] = ' ';
	text[n++] = '\n';
	(void)!write(STDERR_FILENO, text, (size_t)n); /* nobody to tell if it fails */
}

static void journal_member(struct buf *b, const char *name, const char *value)
{
	buf_add(b, b->len > 1 ? "," : "");
	buf_json_string(b, name, strlen(name));
	buf_add(b, ":");
	buf_json_string(b, value, strlen(value));
}

static void journal_to_file(const struct journal_line *line)
{
	_cleanup_(buf_fini) struct buf b = BUF_INIT(JOURNAL_LINE_BYTES);
	char priority[8], time[NUM_TIME_BYTES];
	struct moment now = clock_now();

	num_format_time_ms(now.wall.ms, time);
	(void)snprintf(priority, sizeof(priority), "%d", line->priority);
	buf_add(&b, "{");
	journal_member(&b, "TIME", time);
	journal_member(&b, "MESSAGE", line->message);
	journal_member(&b, "PRIORITY", priority);
	if (line->notice) {
		journal_member(&b, "MESSAGE_ID", line->message_id);
		journal_member(&b, "NOTICE", line->notice);
	}
	for (size_t i = 0; i < JOURNAL_FIELD_COUNT; i++)
		if (line->values[i])
			journal_member(&b, journal_field_names[i], line->values[i]);
	buf_add(&b, "}\n");
	if (!b.trouble)
		(void)!write(journal.capture - 1, b.data,
			b.len); /* one write: whole lines, also of two processes */
}

/* A field is cut at the limit. */
static void journal_native_field(struct buf *b, const char *field, const char *value)
{
	char text[JOURNAL_TEXT_BYTES];

	(void)snprintf(text, sizeof(text), "%s", value);
	journal_native_add(b, field, text);
}

static bool journal_to_journald(const struct journal_line *line)
{
	_cleanup_(buf_fini) struct buf b = BUF_INIT(JOURNAL_NATIVE_LINE_BYTES);
	char priority[8];

	(void)snprintf(priority, sizeof(priority), "%d", line->priority);
	journal_native_field(&b, "MESSAGE", line->message);
	journal_native_field(&b, "PRIORITY", priority);
	journal_native_field(&b, "SYSLOG_IDENTIFIER", JOURNAL_IDENTIFIER);
	if (line->notice) {
		journal_native_field(&b, "MESSAGE_ID", line->message_id);
		journal_native_field(&b, "NOTICE", line->notice);
	}
	for (size_t i = 0; i < JOURNAL_FIELD_COUNT; i++)
		if (line->values[i])
			journal_native_field(&b, journal_field_names[i], line->values[i]);
	return journal_native_send(&journal.native, &b);
}

static void journal_emit(struct journal_line *line, const struct journal_fields *fields)
{
	const char *const values[JOURNAL_FIELD_COUNT] = {
#define X(member, field) fields ? fields->member : NULL,
		JOURNAL_FIELD_TABLE(X)
#undef X
	};

	for (size_t i = 0; i < JOURNAL_FIELD_COUNT; i++)
		line->values[i] = values[i] && values[i][0] ? values[i] : NULL;
	if (journal.capture)
		journal_to_file(line);
	if (journal.target != JOURNAL_TARGET_JOURNAL || !journal_to_journald(line))
		journal_to_stderr(line);
}

void journal_notice(enum notice notice, const struct journal_fields *fields, const char *what, ...)
{
	struct journal_line line = {.priority = notice_priority(notice),
		.message_id = notice_message_id(notice),
		.notice = notice_name(notice)};
	const char *todo = notice_todo(notice);
	char subject[512] = "", text[JOURNAL_TEXT_BYTES - 16];
	bool detail = fields && fields->detail && fields->detail[0];
	va_list ap;

	if (line.priority > journal.level)
		return;
	if (what) {
		va_start(ap, what);
		(void)vsnprintf(subject, sizeof(subject), what, ap);
		va_end(ap);
	}
	(void)snprintf(text, sizeof(text), "%s%s%s%s%s%s%s", subject, subject[0] ? ": " : "",
		notice_happened(notice), detail ? ": " : "", detail ? fields->detail : "",
		strcmp(todo, "nothing to do") != 0 ? "; " : "",
		strcmp(todo, "nothing to do") != 0 ? todo : "");
	line.message = text;
	journal_emit(&line, fields);
}

void journal_log(int priority, const struct journal_fields *fields, const char *format, ...)
{
	struct journal_line line = {.priority = priority};
	char text[JOURNAL_TEXT_BYTES - 16];
	va_list ap;

	if (priority > journal.level)
		return;
	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	line.message = text;
	journal_emit(&line, fields);
}
