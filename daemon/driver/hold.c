/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/hold.h"
#include "driver/deed.h"
#include "driver/errand_order.h"
#include "driver/hub.h"
#include "driver/project.h"
#include "driver/turn.h"
#include <stdio.h>

const struct project *hold_by(const struct project *p, uint32_t binding)
{
	const struct hub *hub = p->hub;

	return hub->disabled_by ? hub->disabled_by(p, &p->core.bindings[binding].arn, true, hub->arg) : NULL;
}

const struct project *hold_of(const struct project *p, const struct deed *deed)
{
	bool enables = (deed->type == FX_UNCUT && deed->means == CUT_MEANS_DISABLE) ||
		       (deed->type == FX_ERRAND && deed->errand == ERRAND_ENABLE_KEY);

	return enables ? hold_by(p, deed->binding) : NULL;
}

const char *hold_way_out(const struct project *other, char ret_text[HOLD_WAY_OUT_BYTES])
{
	(void)snprintf(ret_text, HOLD_WAY_OUT_BYTES, "%scmekctl restore %s",
		other->broken ? "once its configuration is correct again, " : "", other->name.text);
	return ret_text;
}

void hold_refuse(struct errand_order *o, const struct project *other)
{
	char text[512], way_out[HOLD_WAY_OUT_BYTES];

	(void)snprintf(text, sizeof text,
		"nothing was sent: project %s uses the key too, and its revoke wants it disabled: %s comes "
		"first",
		other->name.text, hold_way_out(other, way_out));
	texts_free(o->texts);
	o->texts = texts_new(&(struct record_texts){.message = text});
	o->result = ACT_RESULT_REFUSED;
}

static bool answer_errand(struct project *p, const struct deed *deed, const struct project *other)
{
	struct errand_order *o = errand_order_find(p, deed->ticket);
	struct inbox_entry entry = {.event = {.type = EV_ERRAND}};

	if (!o)
		return false;
	hold_refuse(o, other);
	entry.texts = o->texts ? texts_new(&o->texts->of) : NULL;
	entry.event.errand.op = deed->op;
	entry.event.errand.result = o->result;
	turn_answer(p, &entry);
	return true;
}

/* It is tried again, until the other one is restored. */
static bool answer_undo(struct project *p, const struct deed *deed, const struct project *other)
{
	struct inbox_entry entry = {.event = {.type = EV_CUT}};
	char text[512], way_out[HOLD_WAY_OUT_BYTES];

	if (deed->binding >= p->key_size)
		return false;
	(void)snprintf(text, sizeof text,
		"the key is not enabled yet: project %s uses it too, and its revoke wants it disabled; %s "
		"enables it",
		other->name.text, hold_way_out(other, way_out));
	texts_free(p->keys[deed->binding].change);
	p->keys[deed->binding].change = texts_new(&(struct record_texts){.message = text});
	entry.texts = texts_new(&(struct record_texts){.message = text});
	entry.event.cut.op = deed->op;
	entry.event.cut.result = ACT_RESULT_NOT_SENT; /* a person need not do it, and should not */
	turn_answer(p, &entry);
	return true;
}

bool hold_answers(struct project *p, const struct deed *deed)
{
	const struct project *other = hold_of(p, deed);

	if (!other)
		return false;
	return deed->type == FX_ERRAND ? answer_errand(p, deed, other) : answer_undo(p, deed, other);
}
