/* SPDX-License-Identifier: Apache-2.0 */
/* rotation: how keys rotate, as cmekd read it last; rotation now: asks for one, with how many there were. */
#include "cmd.h"
#include "clock.h"
#include "model/errand.h"
#include "rotation_text.h"
#include <inttypes.h>
#include <json-c/json.h>
#include <string.h>

static bool is_bad(const struct view_status *status)
{
	for (size_t i = 0; i < status->projects.count; i++)
		for (size_t k = 0; k < status->projects.items[i].bindings.count; k++)
			if (rotation_is_bad(&status->projects.items[i].bindings.items[k], clock_unix_ms()))
				return true;
	return false;
}

int cmd_rotation(struct session *s)
{
	const char *project = s->request->project.text;
	bool more = true, bad = false;
	int result = session_send(
		s, verb_method(VERB_STATUS), session_parameters(project, NULL, NULL), project[0] == '\0');

	while (result == 0 && more) {
		struct view_status status;

		result = session_receive(s, SESSION_READ_MS, VIEW_STATUS, &status);
		if (result != 0)
			break;
		const struct wire wire = session_wire(s);
		s->out->ops->rotations(s->out, &status.projects, &wire);
		bad = bad || is_bad(&status);
		more = s->reply.continues;
		if (more)
			arena_fini(&s->out->arena);
	}
	return result != 0 ? result : bad ? EXIT_OPEN : EXIT_GOOD;
}

static const struct view_binding *find(const struct view_status *status, const char *region)
{
	const struct view_bindings *list =
		status->projects.count ? &status->projects.items[0].bindings : NULL;

	for (size_t i = 0; list && i < list->count; i++)
		if (!*region || strcmp(list->items[i].region, region) == 0)
			return &list->items[i];
	return NULL;
}

/* How many there were: on demand a key rotates only so often in its life. */
static int tell_used(struct session *s)
{
	struct view_status status;
	int result = session_ask(s, VERB_STATUS, session_parameters(s->request->project.text, NULL, NULL),
		VIEW_STATUS, &status);
	const struct view_binding *b = result == 0 ? find(&status, s->request->region.text) : NULL;

	if (result == 0 && !*s->request->region.text && status.projects.count > 0 &&
		status.projects.items[0].bindings.count > 1)
		return output_trouble(s->out, EXIT_USAGE, "usage",
			"project %s has several keys: say whose region, as in cmekctl rotation now %s/%s",
			s->request->project.text, s->request->project.text, b->region);
	if (b && b->rotation && b->rotation->on_demand_count != VIEW_ABSENT)
		s->out->ops->note(s->out,
			arena_printf(&s->out->arena,
				"%" PRId64 " of %" PRId64 " rotations on demand in the key's life are used.",
				b->rotation->on_demand_count, b->rotation->on_demand_max));
	return result;
}

int cmd_rotation_now(struct session *s)
{
	struct view_errand end;
	int result = REQUEST_HAS(s->request, YES) ? 0 : tell_used(s);

	if (result == 0)
		result = session_confirm(s, "rotate the key of this project now");
	if (result == 0)
		result = session_errand(s, VERB_ROTATE_KEY,
			session_parameters(s->request->project.text, s->request->region.text,
				REQUEST_VALUE(s->request, REASON)),
			&end);
	if (result != 0)
		return result;
	const struct wire wire = session_wire(s);
	s->out->ops->errand(s->out, ERRAND_ROTATE_KEY, &end, &wire);
	s->out->ops->note(
		s->out, arena_printf(&s->out->arena,
				"AWS KMS rotates in a moment; to see it: cmekctl rotation %s. Nothing must "
				"be changed in TiDB "
				"Cloud, and nobody loses access: old material stays for what it encrypted.",
				s->request->project.text));
	return EXIT_GOOD;
}
