/* SPDX-License-Identifier: Apache-2.0 */
/* ping, version, help. */
#include "cmd.h"
#include "base/own.h"
#include "clock.h"
#include "completion.h"
#include "help.h"
#include <json-c/json.h>
#include <string.h>

int cmd_ping(struct session *s)
{
	int64_t before_us = clock_steady_us();
	int result = session_ask(s, VERB_PING, session_parameters(NULL, NULL, NULL), VIEW_ERROR, NULL);

	if (result == 0)
		s->out->ops->ping(s->out, clock_steady_us() - before_us);
	return result;
}

/* Anyone may ask for this: it is what a Varlink service tells of itself. Without a daemon, the client's version is
 * shown all the same. */
int cmd_version(struct session *s)
{
	struct view_info info = {NULL};

	if (REQUEST_HAS(s->request, SHOW_VERSION)) { /* --version: nothing but this program */
		s->out->ops->version(s->out, PACKAGE_VERSION, NULL);
		return EXIT_GOOD;
	}
	int result =
		session_send(s, "org.varlink.service.GetInfo", session_parameters(NULL, NULL, NULL), false);
	if (result == 0)
		result = session_receive(s, SESSION_READ_MS, VIEW_INFO, &info);
	s->out->ops->version(s->out, PACKAGE_VERSION, result == 0 ? info.version : NULL);
	return result;
}

int cmd_help(struct session *s)
{
	_cleanup_(buf_fini) struct buf text = BUF_INIT(64 * 1024);
	size_t argument_count = s->request->argument_count;
	const char *topic = argument_count > 0 ? s->request->arguments[0] : NULL;

	bool script = topic && strcmp(topic, "completion") == 0;
	enum grammar_verb v;

	if (script)
		completion_script(&text, argument_count > 1 && strcmp(s->request->arguments[1], "zsh") == 0
						 ? COMPLETION_ZSH
						 : COMPLETION_BASH);
	else if (grammar_find(s->request->arguments, argument_count, &v) > 0)
		help_verb(&text, v);
	else
		help_all(&text);
	if (text.trouble)
		return output_trouble(s->out, EXIT_ERROR, "failure", "out of memory");
	s->out->ops->help(s->out, text.data, script);
	return EXIT_GOOD;
}
