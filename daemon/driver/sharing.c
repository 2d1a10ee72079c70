/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/sharing.h"
#include "driver/engine.h"
#include "driver/held_keys.h"
#include "driver/project.h"
#include <stdio.h>
#include <string.h>

static bool uses(const struct project *p, const struct key_arn *arn)
{
	for (uint32_t i = 0; i < p->core.binding_count; i++)
		if (key_arn_equal(&p->core.bindings[i].arn, arn))
			return true;
	return false;
}

const struct project *sharing_next(
	const struct engine *e, const struct project *p, const struct key_arn *arn, uint32_t *i)
{
	while (*i < e->project_count) {
		const struct project *other = e->projects[(*i)++];

		if (other != p && uses(other, arn))
			return other;
	}
	return NULL;
}

/* One that is not watched is known by its ledger alone. */
static const struct project *held_unwatched(
	const struct engine *e, const struct project *p, const struct key_arn *arn, bool in_force)
{
	for (uint32_t i = 0; i < e->project_count; i++) {
		const struct project *other = e->projects[i];

		for (uint32_t k = 0; other != p && k < other->held_key_count; k++) {
			const struct held_key *key = &other->held_keys[k];

			if (key_arn_equal(&key->arn, arn) && (in_force ? key->wanted : key->disabled))
				return other;
		}
	}
	return NULL;
}

const struct project *sharing_disabled(
	const struct engine *e, const struct project *p, const struct key_arn *arn, bool in_force)
{
	const struct project *other;
	uint32_t i = 0;

	while ((other = sharing_next(e, p, arn, &i)))
		for (uint32_t b = 0; b < other->core.binding_count; b++)
			if (key_arn_equal(&other->core.bindings[b].arn, arn) &&
				(in_force ? core_wants_disabled : core_disabled)(&other->core, b))
				return other;
	return held_unwatched(e, p, arn, in_force);
}

uint32_t sharing_names(const struct engine *e, const struct project *p, const struct key_arn *arn,
	char *ret_names, size_t size)
{
	const struct project *other;
	uint32_t i = 0, count = 0;
	size_t len = 0;

	ret_names[0] = '\0';
	while ((other = sharing_next(e, p, arn, &i))) {
		const char *separator = count++ > 0 ? ", " : "";

		if (len + strlen(separator) + strlen(other->name.text) + sizeof ", ..." < size)
			len += (size_t)snprintf(
				ret_names + len, size - len, "%s%s", separator, other->name.text);
		else if (strcmp(ret_names + len - 3, "...") != 0)
			len += (size_t)snprintf(ret_names + len, size - len, ", ...");
	}
	return count;
}
