/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd.h"
#include <json-c/json.h>

int cmd_credentials(struct session *s)
{
	const struct request *r = s->request;
	struct view_credentials credentials;
	bool bad = false;
	int result = session_ask(s, VERB_CREDENTIALS, session_parameters(r->project.text, NULL, NULL),
		VIEW_CREDENTIALS, &credentials);

	if (result != 0)
		return result;
	const struct wire wire = session_wire(s);
	s->out->ops->credentials(s->out, r->project.text, &credentials, &wire);
	for (size_t i = 0; i < credentials.credentials.count; i++)
		bad = bad || credentials.credentials.items[i].trouble;
	return bad ? EXIT_OPEN : EXIT_GOOD;
}
