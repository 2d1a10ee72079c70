/* SPDX-License-Identifier: Apache-2.0 */
#include "trouble.h"
#include "base/nearest.h"
#include "model/command.h"
#include "proto/verbs.h"
#include <json-c/json.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

int trouble_connection(struct output *out, int result, const struct why *why)
{
	switch (result) {
	case CONNECTION_E_ABSENT:
		return output_trouble(out, EXIT_UNREACHABLE, "not_running", "%s", why->text);
	case CONNECTION_E_FORBIDDEN:
		return output_trouble(out, EXIT_FORBIDDEN, "forbidden", "%s", why->text);
	case CONNECTION_E_TIMEOUT:
		return output_trouble(out, EXIT_UNREACHABLE, "timeout", "%s", why->text);
	case CONNECTION_E_CLOSED:
		return output_trouble(out, EXIT_UNREACHABLE, "closed", "%s", why->text);
	case CONNECTION_E_SIGNAL: /* whoever asked not to be held knows */
		return EXIT_ERROR;
	case CONNECTION_E_PROTOCOL:
		return output_trouble(out, EXIT_ERROR, "protocol", "%s", why->text);
	default:
		return output_trouble(out, EXIT_ERROR, "failure", "talking to cmekd failed: %s",
			result < 0 ? strerror(-result) : "interrupted");
	}
}

/* Names that cmekd knows, asked in a connection of its own so that the reply that is being explained stays. */
struct names {
	struct arena *arena;
	const char *close, *all;
	size_t count, close_count;
};

static void add_name(struct names *n, const char *typed, const char *name)
{
	if (nearest_is_close(typed, name) && n->close_count++ < SESSION_NAMES)
		n->close = arena_printf(n->arena, "%s%s%s", n->close, *n->close ? ", " : "", name);
	if (n->count++ < SESSION_NAMES)
		n->all = arena_printf(n->arena, "%s%s%s", n->all, *n->all ? ", " : "", name);
}

/* The names of all projects, or, of `project`, those of its regions. */
static void ask_names(const struct session *s, const char *project, const char *typed, struct names *n)
{
	struct connection c = CONNECTION_INIT;
	struct proto_reply reply = PROTO_REPLY_INIT;
	struct json_object *parameters = session_parameters(project, NULL, NULL);
	enum verb verb = *project ? VERB_STATUS : VERB_PROJECTS;
	struct view_status status;
	struct view_names names;
	struct why why;

	int result = connection_open(&c, s->socket, &why);
	if (result == 0)
		result = connection_call(&c, verb_method(verb), parameters, false, &why);
	if (result == 0)
		result = connection_receive(&c, CONNECTION_OPEN_MS, &reply, &why);
	if (result == 0 && !reply.error[0] && !*project &&
		view_read(n->arena, &reply.tree, reply.parameters, VIEW_NAMES, &names, &why) == 0)
		for (size_t i = 0; i < names.projects.count; i++)
			add_name(n, typed, names.projects.items[i]);
	if (result == 0 && !reply.error[0] && *project &&
		view_read(n->arena, &reply.tree, reply.parameters, VIEW_STATUS, &status, &why) == 0 &&
		status.projects.count == 1)
		for (size_t b = 0; b < status.projects.items[0].bindings.count; b++)
			add_name(n, typed, status.projects.items[0].bindings.items[b].region);
	json_object_put(parameters);
	proto_reply_fini(&reply);
	connection_fini(&c);
}

static int no_such(
	struct session *s, const char *id, const char *what, const char *project, const char *typed)
{
	struct names n = {.arena = &s->out->arena, .close = "", .all = ""};

	ask_names(s, project, typed, &n);
	const char *of = *project ? arena_printf(n.arena, " of %s", project) : "";
	if (n.close_count > 0)
		return output_trouble(s->out, EXIT_ERROR, id, "cmekd knows no %s \"%s\"%s; did you mean %s?",
			what, typed, of, n.close);
	if (n.count > 0 && n.count <= SESSION_NAMES)
		return output_trouble(s->out, EXIT_ERROR, id, "cmekd knows no %s \"%s\"%s; there %s: %s",
			what, typed, of, n.count == 1 ? "is" : "are", n.all);
	return output_trouble(s->out, EXIT_ERROR, id, "cmekd knows no %s \"%s\"%s; see: cmekctl status%s%s%s",
		what, typed, of, *project ? " " : "", project, n.count > 0 ? " --all" : "");
}

static int not_permitted(struct session *s, const char *needs)
{
	const struct passwd *user = getpwuid(getuid());
	bool operate = strcmp(needs, verb_needs_name(VERB_NEEDS_OPERATE)) == 0;
	bool read = strcmp(needs, verb_needs_name(VERB_NEEDS_READ)) == 0;
	const char *group = operate ? "the group that OperateGroup= in cmekd.conf names"
			    : read  ? "the group that ReadGroup= or OperateGroup= in cmekd.conf names"
				    : needs;

	return output_trouble(s->out, EXIT_FORBIDDEN, s->reply.error,
		"cmekd does not let you (%s, uid %u) %s: that needs membership of %s. Ask an administrator "
		"(usermod -aG GROUP"
		" %s, then log in again), or use root",
		user ? user->pw_name : "unknown user", (unsigned)getuid(),
		operate ? "act"
		: read  ? "look"
			: "do that",
		group, user ? user->pw_name : "USER");
}

/* What to do about an answer of the core. */
static const struct {
	enum answer answer;
	const char *next;
} next_steps[] = {
	{ANSWER_PLAN_CHANGED, "run the same command again to see the new plan"},
	{ANSWER_NO_INCIDENT, "cmekctl status shows which are open"},
	{ANSWER_NOT_WAITING, "cmekctl status shows what it does"},
	{ANSWER_NOT_REVOKED, "if one was, it is being restored already (cmekctl status); an automatic "
			     "incident ends by itself when the key is "
			     "usable again"},
	{ANSWER_CLUSTERS_UNREAD, "cmekctl status says whether TiDB Cloud can be reached"},
	{ANSWER_LEDGER, "free space on the file system of the ledgers; cmekctl verify checks them"},
};

static int refused(struct session *s, const struct view_error *e)
{
	const char *answer = e->answer ? e->answer : "", *text = e->text ? e->text : answer, *next = NULL;

	for (size_t i = 0; i < sizeof next_steps / sizeof *next_steps; i++)
		if (strcmp(answer, answer_name(next_steps[i].answer)) == 0)
			next = next_steps[i].next;
	const char *project = s->request->project.text; /* "": of something that is no project yet */
	return output_trouble(s->out, EXIT_ERROR, s->reply.error, "%s%s%s refused: %s%s%s",
		grammar_word(s->request->verb), *project ? " of " : "", project, text, next ? "; " : "",
		next ? next : "");
}

int trouble_refused(struct session *s)
{
	const char *error = s->reply.error;
	const char *project = s->request->project.text;
	struct view_error e = {NULL};
	struct why why;

	if (view_read(&s->out->arena, &s->reply.tree, s->reply.parameters, VIEW_ERROR, &e, &why) != 0)
		e = (struct view_error){NULL};
	if (session_was_refused(s, "NotPermitted", NULL))
		return not_permitted(s, e.needs ? e.needs : "a right that cmekd does not name");
	if (session_was_refused(s, "NoSuchProject", NULL))
		return no_such(s, error, "project", "", e.project ? e.project : project);
	if (session_was_refused(s, "NoSuchRegion", NULL))
		return no_such(s, error, "region", project, e.region ? e.region : s->request->region.text);
	if (session_was_refused(s, "NotReady", NULL))
		return output_trouble(s->out, EXIT_ERROR, error, "cmekd is not ready for that: %s",
			e.text ? e.text : "it does not say why; try again shortly");
	if (session_was_refused(s, "Refused", NULL))
		return refused(s, &e);
	const char *detail = e.method ? e.method : e.parameter ? e.parameter : e.text;
	return output_trouble(s->out, EXIT_ERROR, error,
		"cmekd answers with %s%s%s%s: it is of another version perhaps; see: cmekctl version", error,
		detail ? " (" : "", detail ? detail : "", detail ? ")" : "");
}
