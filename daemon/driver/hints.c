/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/hints.h"
#include "driver/clients.h"
#include "driver/engine.h"
#include "driver/project.h"
#include "driver/turn.h"
#include "io/clock.h"
#include "wire/hint.h"

/* True if the project watches the key. */
static bool give(struct project *p, const struct key_arn *key, struct boottime now)
{
	bool watched = false;

	for (uint32_t i = 0; i < p->core.binding_count && i < p->key_size; i++) {
		struct project_key *k = &p->keys[i];

		if (!key_arn_equal(&p->core.bindings[i].arn, key))
			continue;
		watched = true;
		k->hint_waits = true;
		/* Of several hints at one change the first tells how long it took. */
		if (!k->hinted || now.ms - k->hinted_at.ms > HINTS_VERDICT_MS)
			k->hinted_at = now;
		k->hinted = true;
	}
	if (watched)
		turn_run(p);
	return watched;
}

static bool on_hint(void *arg, const struct hint *hint)
{
	struct engine *e = arg;
	struct moment now = clock_now();
	bool watched = false;

	for (uint32_t i = 0; i < e->project_count; i++)
		for (uint32_t k = 0; k < hint->key_count; k++)
			if (give(e->projects[i], &hint->keys[k], now.boot))
				watched = true;
	return watched;
}

void hints_listen(struct engine *e)
{
	clients_listen(e->hub.clients, on_hint, e);
}

uint32_t hints_next(struct project *p)
{
	for (uint32_t i = 0; i < p->core.binding_count && i < p->key_size; i++)
		if (p->keys[i].hint_waits) {
			p->keys[i].hint_waits = false;
			return i;
		}
	return CORE_NO_INDEX;
}

void hints_verdict(struct project *p, uint32_t binding, struct boottime now)
{
	struct hints_timing *t = &p->hub->hints;
	struct project_key *k = &p->keys[binding];
	int64_t took_ms = now.ms - k->hinted_at.ms;

	if (!k->hinted)
		return;
	k->hinted = false;
	if (took_ms > HINTS_VERDICT_MS)
		return;
	t->verdicts++;
	t->last_ms = took_ms;
	if (took_ms > t->longest_ms)
		t->longest_ms = took_ms;
}
