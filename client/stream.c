/* SPDX-License-Identifier: Apache-2.0 */
#include "stream.h"
#include "base/own.h"
#include "clock.h"
#include "trouble.h"
#include <errno.h>
#include <json-c/json.h>
#include <poll.h>
#include <string.h>

static volatile bool stopped, left, resized;

static void on_signal(int number)
{
	left = left || number != SIGWINCH;
	resized = resized || number == SIGWINCH;
	stopped = true;
}

/* Blocked but for the waits, so that none is missed. */
static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH};
_Static_assert(
	sizeof signals / sizeof *signals < sizeof((struct stream){0}.before) / sizeof(struct sigaction),
	"each has its place, and SIGTSTP");
#define STOP_PLACE (sizeof signals / sizeof *signals)

void stream_init(struct stream *st, struct session *s, enum verb verb, const char *project)
{
	const struct sigaction mine = {.sa_handler = on_signal}, ignore = {.sa_handler = SIG_IGN};
	sigset_t block;

	*st = (struct stream){.s = s, .verb = verb, .project = project};
	stopped = left = resized = false;
	(void)sigemptyset(&block);
	for (size_t i = 0; i < STOP_PLACE; i++)
		(void)sigaddset(&block, signals[i]);
	(void)sigprocmask(SIG_BLOCK, &block, &st->mask);
	for (size_t i = 0; i < STOP_PLACE; i++)
		(void)sigaction(signals[i], &mine, &st->before[i]);
	(void)sigaction(SIGTSTP, &ignore, &st->before[STOP_PLACE]);
	s->connection.stop = &stopped;
}

void stream_fini(struct stream *st)
{
	st->s->connection.stop = NULL;
	for (size_t i = 0; i < STOP_PLACE; i++)
		(void)sigaction(signals[i], &st->before[i], NULL);
	(void)sigaction(SIGTSTP, &st->before[STOP_PLACE], NULL);
	(void)sigprocmask(SIG_SETMASK, &st->mask, NULL);
}

static void speak(const struct stream *st)
{
	if (st->speak)
		st->speak(st->arg);
}

/* What the signal was. */
static int signalled(void)
{
	stopped = left;
	if (left)
		return STREAM_LEFT;
	resized = false;
	return STREAM_RESIZED;
}

/* Waits so long. Gives STREAM_LATE, or what came before. */
static int wait_ms(int64_t ms)
{
	const struct timespec span = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
	sigset_t open_signals;

	(void)sigemptyset(&open_signals);
	if (!stopped)
		(void)ppoll(NULL, 0, &span, &open_signals);
	return stopped ? signalled() : STREAM_LATE;
}

/* How a step of stream_next ended: well, with the connection lost, or for good, with `code`. */
enum step { STEP_DONE, STEP_LOST, STEP_OVER };

static enum step over(struct stream *st, int code)
{
	st->code = code;
	return STEP_OVER;
}

/* cmekd went away: waits for it, once a second. */
static enum step reconnect(struct stream *st)
{
	struct session *s = st->s;
	int64_t deadline_ms = clock_steady_ms() + STREAM_RECONNECT_MS;
	struct why why = {""};
	int result;

	if (!st->told) {
		speak(st);
		s->out->ops->note(s->out, "The connection to cmekd is lost; what it has begun is in its "
					  "ledger. Trying again...");
	}
	st->told = true;
	do {
		connection_close(&s->connection);
		if (wait_ms(1000) == STREAM_LEFT)
			return over(st, STREAM_LEFT);
		result = connection_open(&s->connection, s->socket, &why);
	} while (result != 0 && clock_steady_ms() < deadline_ms);
	if (result == 0)
		return STEP_DONE;
	speak(st);
	return over(st, output_trouble(s->out, EXIT_UNREACHABLE, "not_running", "%s", why.text));
}

static enum step call(struct stream *st)
{
	struct session *s = st->s;
	struct json_object *parameters = session_parameters(st->project, NULL, NULL);
	struct why why = {""};
	int result;

	if (s->connection.fd < 0) {
		speak(st); /* it may fail, with words */
		result = session_send(s, verb_method(st->verb), parameters, true);
		st->begun = result == 0;
		return result == 0 ? STEP_DONE : over(st, result);
	}
	result = connection_call(&s->connection, verb_method(st->verb), parameters, true, &why);
	json_object_put(parameters);
	st->begun = result == 0;
	return result == 0 ? STEP_DONE : STEP_LOST;
}

static enum step broken(struct stream *st, int result)
{
	struct output *out = st->s->out;

	speak(st);
	if (result == CONNECTION_E_PROTOCOL)
		return over(st, output_trouble(out, EXIT_ERROR, "protocol",
					"what cmekd sends is not understood; perhaps of another version: "
					"cmekctl version"));
	return over(st,
		output_trouble(out, EXIT_ERROR, "failure", "following cmekd failed: %s", strerror(-result)));
}

static enum step ended(struct stream *st)
{
	const char *error = st->s->reply.error;

	speak(st);
	return over(st, st->received ? output_trouble(st->s->out, EXIT_ERROR, error,
					       "cmekd ends the stream with %s", error)
				     : trouble_refused(st->s));
}

static enum step receive(
	struct stream *st, struct arena *arena, enum view_kind kind, void *ret_view, int64_t timeout_ms)
{
	struct session *s = st->s;
	struct why why = {""};

	proto_reply_fini(&s->reply);
	s->reply = PROTO_REPLY_INIT;
	int result = connection_receive(&s->connection, timeout_ms, &s->reply, &why);
	if (result == CONNECTION_E_SIGNAL)
		return over(st, signalled());
	if (result == CONNECTION_E_TIMEOUT && timeout_ms != CONNECTION_FOREVER)
		return over(st, STREAM_LATE);
	if (result == CONNECTION_E_TIMEOUT || result == CONNECTION_E_CLOSED ||
		(result == 0 && session_was_refused(s, "NotReady", NULL))) /* it has just started */
		return STEP_LOST;
	if (result != 0)
		return broken(st, result);
	if (s->reply.error[0])
		return ended(st);
	arena_fini(arena);
	result = view_read(arena, &s->reply.tree, s->reply.parameters, kind, ret_view, &why);
	if (result != 0)
		return broken(st, result > 0 ? CONNECTION_E_PROTOCOL : result);
	st->received = true;
	st->told = false;
	st->begun = s->reply.continues;
	return STEP_DONE;
}

int stream_next(
	struct stream *st, struct arena *arena, enum view_kind kind, void *ret_view, int64_t timeout_ms)
{
	for (;;) {
		enum step step = st->begun ? STEP_DONE : call(st);

		if (step == STEP_DONE)
			step = receive(st, arena, kind, ret_view, timeout_ms);
		if (step == STEP_DONE)
			return 0;
		if (step == STEP_LOST) {
			st->begun = false;
			step = reconnect(st);
		}
		if (step == STEP_OVER)
			return st->code;
	}
}

void stream_again(struct stream *st)
{
	connection_close(&st->s->connection);
	st->begun = false;
}
