/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/keeps_out.h"
#include "driver/project.h"
#include "io/kms.h"
#include "policy/adopt.h"
#include <string.h>

const struct adopt_found *keeps_out_of(const struct project *p, uint32_t binding)
{
	const struct binding *b = &p->core.bindings[binding];
	const struct project_key *key = binding < p->key_size ? &p->keys[binding] : NULL;

	if (!key || !key->target || b->evidence.filled == 0 || !b->evidence.last.have_access ||
		!b->evidence.last.access.by_deny)
		return NULL;
	if ((b->incident.causes & CAUSE_OPERATOR) || b->incident.cut != CUT_NONE)
		return NULL;
	return kms_target_keeps_out(key->target);
}

bool keeps_out_remedy(const struct project *p, uint32_t binding, struct why *ret_remedy)
{
	const struct adopt_found *f = keeps_out_of(p, binding);
	const char *quote;

	if (!f)
		return false;
	if (!f->may) {
		why_set(ret_remedy, "%s", f->why.text);
		return true;
	}
	quote = strspn(f->sid, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") ==
				strlen(f->sid)
			? ""
			: "'";
	why_set(ret_remedy,
		"it is statement %u (line %u) of the key policy; if it is to go: cmekctl restore %s/%s "
		"--adopt %s%s%s",
		f->statement, f->line, p->name.text, p->core.bindings[binding].region.text, quote, f->sid,
		quote);
	return true;
}
