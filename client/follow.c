/* SPDX-License-Identifier: Apache-2.0 */
#include "follow.h"
#include "base/own.h"
#include "clock.h"
#include "headline.h"
#include <errno.h>
#include <json-c/json.h>
#include <poll.h>
#include <signal.h>
#include <string.h>

static volatile bool stopped;

static void on_signal(int signal_number)
{
	(void)signal_number;
	stopped = true;
}

/* Ctrl-C is blocked but for the waits of the connection, so that none is missed. */
struct guard {
	struct sigaction interrupt, terminate;
	sigset_t mask;
};

static void guard_init(struct guard *g)
{
	const struct sigaction mine = {.sa_handler = on_signal};
	sigset_t block;

	stopped = false;
	(void)sigemptyset(&block);
	(void)sigaddset(&block, SIGINT);
	(void)sigaddset(&block, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &block, &g->mask);
	(void)sigaction(SIGINT, &mine, &g->interrupt);
	(void)sigaction(SIGTERM, &mine, &g->terminate);
}

static void guard_fini(struct guard *g)
{
	(void)sigaction(SIGINT, &g->interrupt, NULL);
	(void)sigaction(SIGTERM, &g->terminate, NULL);
	(void)sigprocmask(SIG_SETMASK, &g->mask, NULL);
}

enum standing { GOING_ON, REACHED, OUT_OF_REACH };

static bool phase_is(const struct view_binding *b, const char *phase)
{
	return b->incident && strcmp(b->incident->phase, phase) == 0;
}

static enum standing judge_dark(const struct view_binding *b, bool pause_only)
{
	if (view_is_dark(b))
		return REACHED;
	if (!b->incident || !incident_has_cause(b->incident, "operator"))
		return OUT_OF_REACH; /* somebody restored it */
	/* Held and the key not cut: without a change of the policy nothing more will happen. */
	return pause_only && phase_is(b, "held") && strcmp(b->dark, "not_cut") == 0 ? OUT_OF_REACH : GOING_ON;
}

static enum standing judge_closed(const struct view_binding *b)
{
	return b->incident ? GOING_ON : REACHED;
}

/* The operator's cause is gone, but a loss of its own keeps the incident open: that may last. */
static bool is_lost_otherwise(const struct view_binding *b)
{
	return b->incident && incident_has_cause(b->incident, "automatic") &&
	       !incident_has_cause(b->incident, "operator") && !phase_is(b, "proving") &&
	       !phase_is(b, "resuming");
}

/* Of all regions that were asked for: one that goes on is waited for. */
static enum standing judge(
	const struct session *s, enum follow_goal goal, bool pause_only, const struct view_project *p)
{
	const char *region = s->request->region.text;
	size_t counts[3] = {0};

	for (size_t i = 0; i < p->bindings.count; i++) {
		const struct view_binding *b = &p->bindings.items[i];
		if (*region && strcmp(b->region, region) != 0)
			continue;
		counts[goal == FOLLOW_DARK ? judge_dark(b, pause_only) : judge_closed(b)]++;
	}
	if (counts[GOING_ON] > 0)
		return GOING_ON;
	return counts[OUT_OF_REACH] > 0 || counts[REACHED] == 0 ? OUT_OF_REACH : REACHED;
}

static int left(struct session *s)
{
	const char *project = s->request->project.text;

	s->out->ops->note(s->out, arena_printf(&s->out->arena,
					  "Left; nothing was stopped: cmekd goes on by itself. To see how "
					  "far: cmekctl status %s",
					  project));
	return EXIT_OPEN;
}

/* What was last seen lives in one of two arenas, the other takes the next; progress is the difference. */
struct follower {
	struct session *s;
	struct arena arenas[2];
	unsigned turn;
	const struct view_project *before;
	bool told;       /* that the connection is lost */
	bool told_other; /* that another cause keeps the incident open */
};

/* cmekd went away: waits for it, once a second. */
static int reconnect(struct follower *f)
{
	struct session *s = f->s;
	int64_t deadline_ms = clock_steady_ms() + FOLLOW_RECONNECT_MS;
	sigset_t open_signals;
	struct why why = {""};
	int result;

	if (!f->told)
		s->out->ops->note(s->out, "The connection to cmekd is lost; what it has begun is in its "
					  "ledger. Trying again...");
	f->told = true;
	(void)sigemptyset(&open_signals);
	do {
		const struct timespec second = {.tv_sec = 1};
		connection_close(&s->connection);
		(void)ppoll(NULL, 0, &second, &open_signals);
		if (stopped)
			return CONNECTION_E_SIGNAL;
		result = connection_open(&s->connection, s->socket, &why);
	} while (result != 0 && clock_steady_ms() < deadline_ms);
	if (result == 0)
		return 0;
	(void)output_trouble(s->out, EXIT_UNREACHABLE, "not_running", "%s", why.text);
	return result;
}

static int call_monitor(struct session *s)
{
	struct why why = {""};
	struct json_object *parameters = session_parameters(s->request->project.text, NULL, NULL);
	int result = connection_call(&s->connection, verb_method(VERB_MONITOR), parameters, true, &why);

	json_object_put(parameters);
	return result;
}

static int next_project(struct follower *f, struct view_monitor *ret_now)
{
	struct session *s = f->s;
	struct arena *arena = &f->arenas[f->turn ^ 1];
	struct why why = {""};

	proto_reply_fini(&s->reply);
	s->reply = PROTO_REPLY_INIT;
	int result = connection_receive(&s->connection, CONNECTION_FOREVER, &s->reply, &why);
	if (result != 0)
		return result;
	if (session_was_refused(s, "NotReady", NULL)) /* it has just started */
		return CONNECTION_E_CLOSED;
	arena_fini(arena);
	if (s->reply.error[0] ||
		view_read(arena, &s->reply.tree, s->reply.parameters, VIEW_MONITOR, ret_now, &why) != 0)
		return CONNECTION_E_PROTOCOL;
	f->turn ^= 1;
	f->told = false;
	return 0;
}

static void tell_other_cause(struct follower *f, enum follow_goal goal, const struct view_project *p)
{
	struct output *out = f->s->out;

	for (size_t i = 0; goal == FOLLOW_CLOSED && !f->told_other && i < p->bindings.count; i++) {
		const struct view_binding *b = &p->bindings.items[i];
		if (!is_lost_otherwise(b))
			continue;
		out->ops->note(out, arena_printf(&out->arena,
					    "The revoke is taken back, but %s stays as it is until this has "
					    "ended too: %s. Ctrl-C leaves",
					    b->region, b->reason_text));
		f->told_other = true;
	}
}

static int finish(
	struct session *s, const struct view_project *p, enum standing standing, enum follow_goal goal)
{
	const struct wire wire = session_wire(s);

	s->out->ops->followed(s->out, p, &wire);
	if (standing == REACHED)
		return EXIT_GOOD;
	s->out->ops->note(s->out,
		goal == FOLLOW_DARK
			? "Not dark, and it will not become so by this revoke: cmekctl status says why"
			: "cmekd knows no such region of the project any more");
	return EXIT_OPEN;
}

static int run(struct follower *f, enum follow_goal goal, bool pause_only)
{
	struct session *s = f->s;
	int result = call_monitor(s);

	for (;;) {
		struct view_monitor now;

		if (result == 0)
			result = next_project(f, &now);
		if (result == CONNECTION_E_CLOSED || result == CONNECTION_E_TIMEOUT) {
			result = reconnect(f);
			if (result == 0) {
				result = call_monitor(s);
				continue;
			}
			if (result != CONNECTION_E_SIGNAL)
				return EXIT_UNREACHABLE;
		}
		if (result == CONNECTION_E_SIGNAL)
			return left(s);
		if (result == CONNECTION_E_PROTOCOL)
			return s->reply.error[0] ? output_trouble(s->out, EXIT_ERROR, s->reply.error,
							   "cmekd ends the stream with %s", s->reply.error)
						 : output_trouble(s->out, EXIT_ERROR, "protocol",
							   "what cmekd sends is not understood; perhaps of "
							   "another version: cmekctl version");
		if (result != 0)
			return output_trouble(s->out, EXIT_ERROR, "failure",
				"following the project failed: %s", strerror(-result));
		s->out->ops->progress(s->out, f->before, now.project);
		f->before = now.project;
		tell_other_cause(f, goal, now.project);
		enum standing standing = judge(s, goal, pause_only, now.project);
		if (standing != GOING_ON)
			return finish(s, now.project, standing, goal);
		if (!s->reply.continues)
			result = call_monitor(s);
	}
}

int follow_until(struct session *s, enum follow_goal goal, bool pause_only)
{
	struct follower f = {.s = s};
	struct guard guard;

	guard_init(&guard);
	s->connection.stop = &stopped;
	s->out->ops->note(s->out, "Following; Ctrl-C leaves without stopping it.");
	int result = run(&f, goal, pause_only);
	s->connection.stop = NULL;
	guard_fini(&guard);
	arena_fini(&f.arenas[0]);
	arena_fini(&f.arenas[1]);
	return result;
}
