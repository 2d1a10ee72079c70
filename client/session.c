/* SPDX-License-Identifier: Apache-2.0 */
#include "session.h"
#include "ask.h"
#include "base/own.h"
#include "glyph.h"
#include "trouble.h"
#include <json-c/json.h>
#include <string.h>

void session_init(struct session *s, const struct request *request, struct output *out, FILE *in)
{
	const char *from_environment = getenv("CMEKD_SOCKET");

	*s = (struct session){
		.request = request,
		.out = out,
		.connection = CONNECTION_INIT,
		.reply = PROTO_REPLY_INIT,
		.in = in,
		.socket = REQUEST_VALUE(request, SOCKET)          ? REQUEST_VALUE(request, SOCKET)
			  : from_environment && *from_environment ? from_environment
								  : CMEKD_RUNSTATEDIR "/cmekd/io.cmekd",
	};
}

void session_fini(struct session *s)
{
	proto_reply_fini(&s->reply);
	connection_fini(&s->connection);
}

struct json_object *session_parameters(const char *project, const char *region, const char *reason)
{
	const struct {
		const char *name, *value;
	} members[] = {{"project", project}, {"region", region}, {"reason", reason}};
	struct json_object *parameters = json_object_new_object();

	for (size_t i = 0; parameters && i < sizeof members / sizeof *members; i++) {
		if (!members[i].value || !*members[i].value)
			continue;
		struct json_object *value = json_object_new_string(members[i].value);
		if (value && json_object_object_add(parameters, members[i].name, value) == 0)
			continue;
		json_object_put(value);
		json_object_put(parameters);
		return NULL;
	}
	return parameters;
}

int session_send(struct session *s, const char *method, struct json_object *parameters, bool more)
{
	struct why why = {""};
	int result = 0;

	if (s->connection.fd < 0)
		result = connection_open(&s->connection, s->socket, &why);
	if (result == 0)
		result = connection_call(&s->connection, method, parameters, more, &why);
	json_object_put(parameters);
	return result == 0 ? 0 : trouble_connection(s->out, result, &why);
}

static int receive(struct session *s, int64_t timeout_ms, struct why *reterr_why)
{
	proto_reply_fini(&s->reply);
	s->reply = PROTO_REPLY_INIT;
	return connection_receive(&s->connection, timeout_ms, &s->reply, reterr_why);
}

static int read_view(struct session *s, enum view_kind kind, void *ret_view)
{
	struct why why = {""};

	if (!ret_view)
		return 0;
	int result = view_read(&s->out->arena, &s->reply.tree, s->reply.parameters, kind, ret_view, &why);
	if (result > 0)
		return output_trouble(s->out, EXIT_ERROR, "protocol",
			"the reply of cmekd is not understood: %s; perhaps of another version: cmekctl "
			"version",
			why.text);
	if (result < 0)
		return output_trouble(
			s->out, EXIT_ERROR, "failure", "out of memory while reading the reply of cmekd");
	return 0;
}

int session_receive(struct session *s, int64_t timeout_ms, enum view_kind kind, void *ret_view)
{
	struct why why = {""};
	int result = receive(s, timeout_ms, &why);

	if (result != 0)
		return trouble_connection(s->out, result, &why);
	if (s->reply.error[0])
		return trouble_refused(s);
	return read_view(s, kind, ret_view);
}

int session_ask(struct session *s, enum verb verb, struct json_object *parameters, enum view_kind kind,
	void *ret_view)
{
	int result = session_send(s, verb_method(verb), parameters, false);

	return result != 0 ? result : session_receive(s, SESSION_READ_MS, kind, ret_view);
}

/* The reply that came, unless it is a refusal that is no trouble. */
static int read_answer(
	struct session *s, const char *tolerated, enum view_kind kind, void *ret_view, bool *ret_tolerated)
{
	*ret_tolerated = tolerated && session_was_refused(s, "Refused", tolerated);
	if (*ret_tolerated)
		return 0;
	return s->reply.error[0] ? trouble_refused(s) : read_view(s, kind, ret_view);
}

int session_plan(struct session *s, struct json_object *parameters, const char *tolerated,
	struct view_plans *ret_plans, bool *ret_tolerated)
{
	struct why why = {""};
	int result = session_send(s, verb_method(VERB_PLAN), parameters, false);

	if (result != 0)
		return result;
	result = receive(s, SESSION_READ_MS, &why);
	if (result != 0)
		return trouble_connection(s->out, result, &why);
	return read_answer(s, tolerated, VIEW_PLANS, ret_plans, ret_tolerated);
}

/* Sends, and waits so long for the last reply. */
static int act(struct session *s, enum verb verb, struct json_object *parameters, int64_t timeout_ms)
{
	const char *project = s->request->project.text;
	struct why why = {""};
	int result = session_send(s, verb_method(verb), parameters, false);

	if (result != 0)
		return result;
	result = receive(s, timeout_ms, &why);
	if (result == CONNECTION_E_TIMEOUT || result == CONNECTION_E_CLOSED)
		return output_trouble(s->out, EXIT_UNREACHABLE, "unanswered",
			"cmekd was asked for \"%s\" of %s but gave no answer: it may have begun; see: "
			"cmekctl "
			"status "
			"%s",
			verb_words(verb), project, project);
	return result != 0 ? trouble_connection(s->out, result, &why) : 0;
}

int session_act(struct session *s, enum verb verb, struct json_object *parameters, const char *tolerated,
	enum view_kind kind, void *ret_view, bool *ret_tolerated)
{
	int result = act(s, verb, parameters, SESSION_ACT_MS);

	return result != 0 ? result : read_answer(s, tolerated, kind, ret_view, ret_tolerated);
}

int session_errand(
	struct session *s, enum verb verb, struct json_object *parameters, struct view_errand *ret_end)
{
	bool tolerated;
	int result = act(s, verb, parameters, SESSION_ERRAND_MS);

	return result != 0 ? result : read_answer(s, NULL, VIEW_ERRAND, ret_end, &tolerated);
}

struct wire session_wire(const struct session *s)
{
	return (struct wire){.tree = &s->reply.tree, .node = s->reply.parameters};
}

bool session_was_refused(const struct session *s, const char *error, const char *answer)
{
	size_t len = strlen(VERB_INTERFACE);

	if (strncmp(s->reply.error, VERB_INTERFACE ".", len + 1) != 0 ||
		strcmp(s->reply.error + len + 1, error) != 0)
		return false;
	return !answer || json_equals(&s->reply.tree,
				  json_member(&s->reply.tree, s->reply.parameters, "answer"), answer);
}

int session_confirm(struct session *s, const char *what)
{
	return session_confirm_name(s, what, "project", s->request->project.text);
}

int session_may_ask(struct session *s)
{
	return REQUEST_HAS(s->request, YES) || s->in ? 0
						     : output_trouble(s->out, EXIT_USAGE, "not_confirmed",
							       "nobody can be asked, because there is no "
							       "terminal: nothing was changed; to go on "
							       "without being asked, add"
							       " --yes");
}

int session_confirm_name(struct session *s, const char *what, const char *of, const char *name)
{
	struct arena *a = &s->out->arena;
	char line[256] = "";
	int result = session_may_ask(s);

	if (result != 0 || REQUEST_HAS(s->request, YES))
		return result;
	(void)fflush(s->out->page.to);
	result = ask_line(s->in, &s->out->error,
		arena_printf(a, "To %s, type the %s's name; anything else stops.", what, of),
		arena_printf(a, "Name (%s): ", name), line, sizeof line);
	if (result == 0 && strcmp(line, name) == 0)
		return 0;
	return output_trouble(s->out, EXIT_ERROR, "not_confirmed", "not confirmed: nothing was changed");
}
