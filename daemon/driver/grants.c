/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/grants.h"
#include "driver/project.h"
#include "driver/texts.h"
#include <inttypes.h>
#include <stdio.h>

enum standing { STANDING_WORK, STANDING_DENIED, STANDING_KEY_UNUSABLE, STANDING_ALLOWED, STANDING_UNKNOWN };

static enum standing standing_of(const struct look *look)
{
	if (look->key_state == KEY_STATE_UNKNOWN)
		return STANDING_UNKNOWN;
	if (look->key_state != KEY_STATE_ENABLED && look->key_state != KEY_STATE_UPDATING)
		return STANDING_KEY_UNUSABLE;
	if (!look->have_access)
		return STANDING_UNKNOWN;
	if (!(look->access.denied & NEED_BIT(NEED_EBS_DECRYPT)))
		return STANDING_ALLOWED;
	return look->access.by_deny ? STANDING_DENIED : STANDING_WORK;
}

static const char *meaning_of(enum standing s)
{
	switch (s) {
	case STANDING_WORK:
		return "they still work, for an Allow that is gone revokes none; a Deny statement (cmekctl "
		       "revoke adds one) stops them too";
	case STANDING_DENIED:
		return "a Deny statement of the key policy beats them";
	case STANDING_KEY_UNUSABLE:
		return "the key's state keeps them from working";
	case STANDING_ALLOWED:
		return "they work, as the key policy allows";
	case STANDING_UNKNOWN:
		return "whether they work is not known, for the key could not be judged";
	}
	return "";
}

void grants_sentence(const struct project *p, uint32_t binding, char ret_text[GRANTS_SENTENCE_BYTES])
{
	const struct binding *b = &p->core.bindings[binding];
	const struct texts *listed = binding < p->key_size ? p->keys[binding].grants : NULL;
	enum standing standing = standing_of(&b->evidence.last);

	ret_text[0] = '\0';
	if (b->incident.id.n != 0 && b->incident.grants_known && b->incident.grants_alive == 0)
		(void)snprintf(ret_text, GRANTS_SENTENCE_BYTES, "No grant of the vendor on the key is alive");
	else if (b->incident.id.n != 0 && b->incident.grants_known)
		(void)snprintf(ret_text, GRANTS_SENTENCE_BYTES,
			"Grants of the vendor on the key that are alive: %" PRIu32 "%s%s; %s",
			b->incident.grants_alive, listed && listed->of.message ? ", for " : "",
			listed && listed->of.message ? listed->of.message : "", meaning_of(standing));
	else if (standing == STANDING_WORK)
		(void)snprintf(ret_text, GRANTS_SENTENCE_BYTES,
			"Grants that the vendor was given before: EBS makes one for each attached volume; %s",
			meaning_of(standing));
}

bool grants_outlive(const struct project *p, uint32_t binding)
{
	const struct binding *b = &p->core.bindings[binding];

	return standing_of(&b->evidence.last) == STANDING_WORK &&
	       !(b->incident.id.n != 0 && b->incident.grants_known && b->incident.grants_alive == 0);
}
