/* SPDX-License-Identifier: Apache-2.0 */
/* suspend and unsuspend: automatic acts off for a while, and on again; ledger adopt: on where a ledger from elsewhere held them. */
#include "base/num.h"
#include "cmd.h"
#include "model/command.h"
#include <json-c/json.h>
#include <string.h>

static int take(struct session *s, enum verb verb, struct json_object *parameters, const char *note)
{
	bool tolerated;
	int result = session_act(s, verb, parameters, NULL, VIEW_ERROR, NULL, &tolerated);

	if (result != 0)
		return result;
	s->out->ops->taken(s->out, verb_words(verb), s->request->project.text, NULL, true);
	s->out->ops->note(s->out, note);
	return EXIT_GOOD;
}

int cmd_suspend(struct session *s)
{
	const struct request *r = s->request;
	char length[NUM_SPAN_BYTES];
	struct json_object *parameters;
	int64_t span_ms;

	if (!REQUEST_VALUE(r, FOR))
		return output_trouble(s->out, EXIT_USAGE, "usage",
			"say how long: cmekctl suspend %s --for SPAN, as in --for 2h", r->project.text);
	if (num_parse_span_ms(
		    REQUEST_VALUE(r, FOR), strlen(REQUEST_VALUE(r, FOR)), SUSPEND_MAX_MS, &span_ms) != 0 ||
		span_ms < SUSPEND_MIN_MS)
		return output_trouble(s->out, EXIT_USAGE, "usage",
			"\"%.64s\" is no span that a project can be suspended for; expected a second to "
			"seven days, as in 30min, 2h, 1d",
			REQUEST_VALUE(r, FOR));
	parameters = session_parameters(r->project.text, NULL, REQUEST_VALUE(r, REASON));
	if (parameters)
		(void)json_object_object_add(parameters, "spanMs", json_object_new_int64(span_ms));
	num_format_span_ms(span_ms, length);
	return take(s, VERB_SUSPEND, parameters,
		arena_printf(&s->out->arena,
			"For %s a key that is lost waits for a person. What an operator revokes, restores or "
			"approves goes on. To end it: cmekctl unsuspend %s",
			length, r->project.text));
}

int cmd_unsuspend(struct session *s)
{
	return take(s, VERB_UNSUSPEND,
		session_parameters(s->request->project.text, NULL, REQUEST_VALUE(s->request, REASON)),
		"Automatic acts are on again; what is lost is confirmed anew before anything is done.");
}

int cmd_ledger_adopt(struct session *s)
{
	int result;

	/* What nobody but a person can know. */
	s->out->ops->note(s->out, "Before you go on: no other cmekd may run for this project, on the machine "
				  "that the ledger comes from or "
				  "on a copy of it. Two would pause and resume the same clusters, each by "
				  "its own ledger. What this "
				  "ledger owes is done once the ledger is adopted: cmekctl status shows it.");
	result = session_confirm(s, "say that this machine keeps the project's ledger");
	if (result != 0)
		return result;
	return take(s, VERB_ADOPT_LEDGER,
		session_parameters(s->request->project.text, NULL, REQUEST_VALUE(s->request, REASON)),
		"Nothing is held back any more; what is lost or usable is confirmed anew before anything is "
		"done.");
}
