/* SPDX-License-Identifier: Apache-2.0 */
/* life: daemons that start, from what their disks kept, and that are killed. */
#include "driver/capacity.h"
#include "sim.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void life_restore(struct core *core, const struct record *record)
{
	if (capacity_restore(core, record) < 0)
		abort();
}

struct loaded {
	struct sim *s;
	uint32_t project;
	struct walltime last_at;
	struct sim_project *p;
};

void life_stamp(const struct sim_project *p, struct record *record)
{
	memcpy(record->ledger.text, "0123456789abcdef", 17);
	memcpy(record->project.text, "1", 2);
	(void)snprintf(record->machine, sizeof record->machine, "%032x", p->machine);
}

static int fold(const struct ledger_entry *entry, void *arg)
{
	struct loaded *l = arg;

	if (entry->record.type == RECORD_GENESIS || entry->record.type == RECORD_ADOPTED) {
		l->p->owner = (uint32_t)strtoul(entry->record.machine, NULL, 16);
		l->p->foreign = l->p->owner != l->p->machine;
	}
	if (entry->record.type == RECORD_BUDGET) {
		budget_restore(&l->s->budget, entry->record.at, l->project, entry->record.count);
		audit_budget_spent(l->s, l->project, &entry->record);
	}
	l->last_at = entry->record.at;
	audit_record(l->s, &entry->record);
	life_restore(&l->p->core, &entry->record);
	life_restore(&l->p->shadow, &entry->record);
	return 0;
}

static void load(struct sim *s, uint32_t project)
{
	struct sim_project *p = &s->projects[project];
	struct core_init init = {.policy = p->policy, .fingerprint_base = p->fingerprint_base};
	struct loaded loaded = {.s = s, .project = project, .p = p};
	struct ledger_report report;
	struct why why;
	int r;

	if (s->spread)
		init.phase_ms = (uint32_t)(p->policy.poll_ms * project / SIM_PROJECTS);
	core_init(&p->core, &init);
	core_init(&p->shadow, &init);
	p->tick_at = BOOTTIME_NEVER;
	p->barrier = BARRIER_INIT;
	r = ledger_verify(p->disk.data ? p->disk.data : "", p->disk.len, fold, &loaded, &report, &why);
	audit_hit(s, AUDIT_LEDGER_VERIFIES);
	if (r != 0 || report.good_bytes < p->durable_bytes)
		audit_fail(s, AUDIT_LEDGER_VERIFIES, why.text);
	p->disk.len = report.good_bytes;
	p->head = report.head;
	p->durable_bytes = p->disk.len;
	p->barrier.durable = report.head.seq;
	if (p->head.seq.n == 0) {
		struct record genesis = {.type = RECORD_GENESIS, .seq = {1}, .at = s->now.wall};

		life_stamp(p, &genesis);
		if (ledger_encode(&genesis, NULL, &p->head, &p->disk) != 0)
			abort();
		p->durable_bytes = p->disk.len;
		p->barrier.durable = p->head.seq;
		core_restore(&p->core, &genesis);
		core_restore(&p->shadow, &genesis);
		p->foreign = false;
		p->owner = p->machine;
	}
	if (p->compare && p->before.next_seq == p->core.next_seq)
		audit_read_back(s, &p->before, &p->core);
	p->compare = false;
	/* driver/project.c, hold_foreign */
	p->foreign = p->foreign || core_is_old(&p->core, loaded.last_at, s->now.wall);
	p->core.held = p->foreign;
}

void life_start(struct sim *s)
{
	s->died = false;
	budget_init(&s->budget, s->budget.max);
	s->grant_count = 0;
	for (uint32_t i = 0; i < s->project_count; i++)
		load(s, i);
	audit_restart(s);
	for (uint32_t i = 0; i < s->project_count && !s->died; i++)
		hands_settings(s, i);
}

/* For hours, now and then, or over a day, after which an open incident waits for a person: in a week. */
static int64_t down_ms(struct sim *s)
{
	if (chance_one_in(&s->chance, 16))
		return chance_range(&s->chance, 60000, 3 * 60 * SIM_MINUTE_MS) *
		       (s->week && chance_one_in(&s->chance, 3) ? 16 : 1);
	return chance_range(&s->chance, 0, 60000);
}

void life_again(struct sim *s)
{
	int64_t ms = s->calm ? 0 : down_ms(s);

	life_kill(s);
	s->died = false;
	s->down = true;
	sim_trace(s, "down for %ld s", (long)(ms / 1000));
	sim_run_until(s, boottime_after(s->now.boot, ms));
	s->down = false;
	life_start(s);
}

void life_kill(struct sim *s)
{
	s->restarts++;
	s->generation++;
	s->kill_in = 0;
	s->stalled_until = s->now.boot;
	sim_trace(s, "killed");
	for (uint32_t i = 0; i < s->project_count; i++) {
		struct sim_project *p = &s->projects[i];

		/* Of what was not synced, any part may have reached the disk. */
		p->compare = p->barrier.record_count == 0;
		p->disk.len =
			(size_t)chance_range(&s->chance, (int64_t)p->durable_bytes, (int64_t)p->disk.len);
		barrier_fini(&p->barrier);
		capacity_fini(&p->core);
		capacity_fini(&p->before);
		p->before = p->shadow;
	}
	for (uint32_t i = 0; i < s->project_count; i++) {
		memset(s->projects[i].errands_out, 0, sizeof s->projects[i].errands_out);
		memset(s->projects[i].edit_op, 0, sizeof s->projects[i].edit_op);
	}
	for (uint32_t i = 0; i < s->cluster_count; i++) {
		s->clusters[i].in_flight = false;
		s->clusters[i].given_back_at = s->now.boot;
	}
	for (uint32_t i = 0; i < sizeof s->waiting / sizeof s->waiting[0]; i++)
		s->waiting[i].used = false;
}
