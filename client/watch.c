/* SPDX-License-Identifier: Apache-2.0 */
#include "watch.h"
#include "age.h"
#include "base/own.h"
#include "clock.h"
#include "headline.h"
#include "stream.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define REFRESH_MS 5000 /* ages are those of the last reply: so old they are at most */
#define DRAW_MS    1000 /* between two drawings of all: in a storm of events, too */
#define ROWS       24   /* where the terminal does not say */

/* xterm's and its kin: another screen and back, the cursor, and no line over two. */
#define SCREEN_OPEN  "\033[?1049h\033[?25l\033[?7l"
#define SCREEN_CLOSE "\033[?7h\033[?25h\033[?1049l"
#define LINE_CLEAR   "\033[2K" /* before its text: behind a full line it would take the last column */
#define REST_CLEAR   "\033[J"

struct screen {
	struct session *s;
	FILE *to;
	bool is_terminal, open;
};

static void screen_close(void *arg)
{
	struct screen *screen = arg;

	if (!screen->open)
		return;
	(void)fputs(SCREEN_CLOSE, screen->to);
	(void)fflush(screen->to);
	screen->open = false;
}

static struct screen screen_of(struct session *s)
{
	const char *term = getenv("TERM");
	FILE *to = s->out->page.to;

	return (struct screen){.s = s,
		.to = to,
		.is_terminal = fileno(to) >= 0 && isatty(fileno(to)) && !REQUEST_HAS(s->request, JSON) &&
			       term && strcmp(term, "dumb") != 0};
}

static size_t rows_of(FILE *to)
{
	struct winsize size;

	return ioctl(fileno(to), TIOCGWINSZ, &size) == 0 && size.ws_row > 2 ? size.ws_row : ROWS;
}

/* The text, from the top; what does not fit is counted. */
static void put(struct screen *screen, const char *text)
{
	size_t rows = rows_of(screen->to), lines = 0;

	for (const char *c = text; *c; c++)
		lines += *c == '\n';
	if (!screen->open)
		(void)fputs(SCREEN_OPEN, screen->to);
	screen->open = true;
	(void)fputs("\033[H", screen->to);
	for (size_t row = 1; *text; row++) {
		size_t len = strcspn(text, "\n");

		if (row == rows - 1 && lines > rows - 1) {
			(void)fprintf(screen->to, LINE_CLEAR "... %zu more lines: the terminal is too low",
				lines - row + 1);
			break;
		}
		(void)fputs(LINE_CLEAR, screen->to);
		(void)fwrite(text, 1, len, screen->to);
		(void)fputs("\r\n", screen->to);
		text += len + (text[len] == '\n');
	}
	(void)fputs(REST_CLEAR, screen->to);
	(void)fflush(screen->to);
}

/* What `show` prints, as a text, and its troubles as another; to be freed. The page has the width that the terminal has now. */
static int print(struct screen *screen, int (*show)(struct session *s, void *arg), void *arg, FILE *text,
	FILE *trouble)
{
	struct output *out = screen->s->out;
	const struct page page = page_for(screen->to, !REQUEST_HAS(screen->s->request, NO_COLOR)),
			  error = out->error;

	out->page = page;
	out->page.to = text;
	out->error.to = trouble;
	page_flow(&out->page, 0, 0,
		arena_printf(&out->arena, MARK_DIM "%s; Ctrl-C leaves" MARK_END,
			age_time(&out->arena, clock_unix_ms())));
	page_blank(&out->page);
	int result = show(screen->s, arg);
	out->page = page;
	out->error = error;
	arena_fini(&out->arena);
	return result;
}

#define INTERRUPTED (-1) /* by a signal, before all was known */

/* Draws what `show` prints; its troubles are told where they can be read. Gives what `show` gives, or INTERRUPTED. */
static int draw(struct screen *screen, int (*show)(struct session *s, void *arg), void *arg)
{
	_cleanup_free_ char *text = NULL, *trouble = NULL;
	size_t len, trouble_len;
	FILE *to = open_memstream(&text, &len), *error = open_memstream(&trouble, &trouble_len);
	int result = to && error ? print(screen, show, arg, to, error) : -ENOMEM;

	if (to)
		(void)fclose(to);
	if (error)
		(void)fclose(error);
	if (result < 0 || !text || !trouble) {
		screen_close(screen);
		return output_trouble(screen->s->out, EXIT_ERROR, "failure", "out of memory");
	}
	if (*trouble) {
		screen_close(screen);
		(void)fputs(trouble, screen->s->out->error.to);
	} else if (result != EXIT_GOOD && result != EXIT_OPEN) {
		return INTERRUPTED;
	} else {
		put(screen, text);
	}
	return result;
}

static int show_project(struct session *s, void *arg)
{
	const struct view_project *const *p = arg;

	s->out->ops->project(s->out, *p, NULL, OUTPUT_FULL);
	return 0;
}

int watch_project(struct session *s)
{
	struct screen screen = screen_of(s);
	struct arena arenas[2] = {
		{.blocks = NULL}, {.blocks = NULL}}; /* of what is shown, and of what comes */
	const struct view_project *last = NULL;
	struct stream stream;
	unsigned turn = 0;
	int result;

	stream_init(&stream, s, VERB_MONITOR, s->request->project.text);
	stream.speak = screen_close;
	stream.arg = &screen;
	for (;;) {
		struct view_monitor now;

		result = stream_next(&stream, &arenas[turn ^ 1], VIEW_MONITOR, &now,
			screen.is_terminal ? REFRESH_MS : CONNECTION_FOREVER);
		if (result == STREAM_LATE) {
			stream_again(&stream);
			continue;
		}
		if (result != 0 && result != STREAM_RESIZED)
			break;
		if (result == 0) {
			turn ^= 1;
			last = now.project;
		}
		if (screen.is_terminal && last)
			(void)draw(&screen, show_project, &last);
		else if (result == 0)
			s->out->ops->watched(
				s->out, last, &(const struct wire){&s->reply.tree, s->reply.parameters});
		if (ferror(screen.to))
			break;
	}
	screen_close(&screen);
	stream_fini(&stream);
	int code = result > 0 ? result : last && headline_is_good(last) ? EXIT_GOOD : EXIT_OPEN;
	arena_fini(&arenas[0]);
	arena_fini(&arenas[1]);
	return code;
}

static int show_all(struct session *s, void *arg)
{
	int (*const *show)(struct session * s) = arg;

	return (*show)(s);
}

/* All that happens is heard in a connection of its own; what it comes to is asked for again in the session's. */
struct listener {
	struct session ear;
	struct stream stream;
	struct arena arena;
	int64_t drawn_ms; /* on the steady clock; -1: never */
	bool news;        /* something happened since */
};

static void listener_init(struct listener *l, struct session *s, struct screen *screen)
{
	*l = (struct listener){.drawn_ms = -1};
	session_init(&l->ear, s->request, s->out, NULL);
	stream_init(&l->stream, &l->ear, VERB_EVENTS, "");
	l->stream.speak = screen_close;
	l->stream.arg = screen;
}

static void listener_fini(struct listener *l)
{
	stream_fini(&l->stream);
	session_fini(&l->ear);
	arena_fini(&l->arena);
}

/* How long nothing is drawn. */
static int64_t rest_ms(const struct listener *l)
{
	int64_t left_ms = l->drawn_ms + (l->news ? DRAW_MS : REFRESH_MS) - clock_steady_ms();

	return left_ms > 0 ? left_ms : 0;
}

/* Until it is time to draw. Gives 0, an exit code, or STREAM_LEFT. */
static int hear(struct listener *l)
{
	for (;;) {
		struct view_events events;
		int result = stream_next(&l->stream, &l->arena, VIEW_EVENTS, &events,
			l->drawn_ms < 0 ? SESSION_READ_MS : rest_ms(l));

		if (result == STREAM_LATE && l->drawn_ms < 0)
			return output_trouble(l->ear.out, EXIT_UNREACHABLE, "timeout",
				"cmekd accepted the question but does not answer; see: systemctl status "
				"cmekd");
		else if (result == STREAM_LATE || result == STREAM_RESIZED)
			return 0;
		else if (result != 0)
			return result;
		l->news = true;
		if (result == 0 && (l->drawn_ms < 0 || rest_ms(l) == 0))
			return 0;
	}
}

int watch_all(struct session *s, int (*show)(struct session *s))
{
	struct screen screen = screen_of(s);
	struct listener l;
	int result, code = EXIT_GOOD;

	if (!screen.is_terminal)
		return output_trouble(s->out, EXIT_USAGE, "usage",
			"all projects are watched on a terminal only; name one, or see what happens in all: "
			"cmekctl "
			"monitor");
	listener_init(&l, s, &screen);
	while ((result = hear(&l)) == 0 && !ferror(screen.to)) {
		int drawn;

		connection_close(&s->connection); /* of a cmekd that was started anew */
		s->connection.stop = l.ear.connection.stop;
		drawn = draw(&screen, show_all, &show);
		if (drawn == INTERRUPTED) /* the listener knows by what */
			continue;
		code = drawn;
		l.drawn_ms = clock_steady_ms();
		l.news = false;
		/* Gone just now: the listener waits for it. */
		if (code != EXIT_GOOD && code != EXIT_OPEN && code != EXIT_UNREACHABLE)
			break;
	}
	s->connection.stop = NULL;
	screen_close(&screen);
	listener_fini(&l);
	return result > 0 ? result : code;
}
