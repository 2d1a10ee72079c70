/* SPDX-License-Identifier: Apache-2.0 */
/* disk: the store's duty (io/store) with a disk behind it that is full at times, slow, and keeps of what was not synced any part. */
#include "sim.h"

#define PROBE_MS 5000

static bool disk_full(const struct sim *s)
{
	return s->now.boot.ms < s->disk_full_until.ms;
}

static void give_ledger(struct sim *s, uint32_t project, bool ok)
{
	hands_reply(s, project, EV_LEDGER, 0)->ledger.ok = ok;
}

static bool append(struct sim *s, struct sim_project *p, const struct record *record)
{
	struct record adopted = *record;

	if (disk_full(s))
		return false;
	if (record->type == RECORD_ADOPTED) {
		life_stamp(p, &adopted);
		p->owner = p->machine;
	}
	if (ledger_encode(&adopted, NULL, &p->head, &p->disk) != 0)
		audit_fail(s, AUDIT_LEDGER_VERIFIES, "a record cannot be encoded");
	return true;
}

static void sync_later(struct sim *s, uint32_t project)
{
	int64_t ms = s->calm           ? 1
		     : hands_bad(s, 2) ? chance_range(&s->chance, 100, 5000)
				       : chance_range(&s->chance, 0, 20);

	queue_push(s, SIM_DURABLE, project, ms)->seq = s->projects[project].head.seq.n;
}

void disk_write(struct sim *s, uint32_t project, const struct record *record)
{
	struct sim_project *p = &s->projects[project];

	if (p->barrier.failed || !append(s, p, record)) {
		barrier_keep(&p->barrier, record, NULL);
		if (barrier_fail(&p->barrier)) {
			give_ledger(s, project, false);
			queue_push(s, SIM_PROBE, project, PROBE_MS);
		}
		return;
	}
	sync_later(s, project);
}

void disk_probe(struct sim *s, uint32_t project)
{
	struct sim_project *p = &s->projects[project];

	while (barrier_first(&p->barrier) && append(s, p, &barrier_first(&p->barrier)->record))
		barrier_drop_first(&p->barrier);
	if (barrier_first(&p->barrier)) {
		queue_push(s, SIM_PROBE, project, PROBE_MS);
		return;
	}
	sync_later(s, project);
	if (barrier_mend(&p->barrier))
		give_ledger(s, project, true);
}
