/* SPDX-License-Identifier: Apache-2.0 */
#include "sim.h"
#include "driver/capacity.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void sim_trace(struct sim *s, const char *format, ...)
{
	char line[256];
	va_list ap;
	int n;

	if (!s->trace)
		return;
	/* What happened is hashed as text: the same seed must tell the same story. */
	va_start(ap, format);
	n = vsnprintf(line, sizeof line, format, ap);
	va_end(ap);
	for (int i = 0; i < n && i < (int)sizeof line; i++)
		s->hash = (s->hash ^ (unsigned char)line[i]) * 0x100000001b3u;
	s->hash = (s->hash ^ (uint64_t)s->now.boot.ms) * 0x100000001b3u;
	int64_t ms = s->now.boot.ms - s->origin.boot.ms;
	printf("%4ld:%02ld.%03ld %s\n", (long)(ms / 60000), (long)(ms / 1000 % 60), (long)(ms % 1000), line);
}

void sim_policy_make(struct sim *s, struct policy_settings *ret_policy)
{
	int64_t unit = s->week ? 30 : 1; /* a week in the same number of looks */

	*ret_policy = (struct policy_settings){
		.reaction = chance_percent(&s->chance, 70) ? REACTION_PAUSE
							   : (enum reaction)chance_below(&s->chance, 3),
		.pause_on_deletion = chance_one_in(&s->chance, 5),
		.max_pauses = chance_one_in(&s->chance, 4) ? 1 + chance_below(&s->chance, 3) : 100000,
		.poll_ms = (chance_one_in(&s->chance, 5) ? 10000 : 30000) * unit,
		.confirm_ms = (chance_one_in(&s->chance, 5) ? 2000 : 5000) * unit,
		.grace_ms = chance_one_in(&s->chance, 6) ? 0 : 120000 * unit,
		.restore_delay_ms = (chance_one_in(&s->chance, 2) ? 300000 : 60000) * unit,
		.blind_alert_ms = (chance_one_in(&s->chance, 3) ? 300000 : 900000) * unit,
		.clusters_ms = (chance_one_in(&s->chance, 3) ? 120000 : 300000) * unit,
		.incident_ms = (chance_one_in(&s->chance, 5) ? 10000 : 20000) * unit,
		.rotation_ms = 3600000 * unit,
	};
}

void sim_mark_make(struct sim *s, struct cluster_mark *ret_mark)
{
	static const uint32_t orders[] = {1, 50, CLUSTER_ORDER_DEFAULT, CLUSTER_ORDER_DEFAULT, 900};

	*ret_mark = (struct cluster_mark){.order = CLUSTER_ORDER_DEFAULT};
	if (!s->marked)
		return;
	ret_mark->excluded = chance_one_in(&s->chance, 6);
	if (chance_one_in(&s->chance, 4))
		ret_mark->reaction = (enum reaction)chance_below(&s->chance, 3);
	ret_mark->order = orders[chance_below(&s->chance, sizeof orders / sizeof *orders)];
}

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t most(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* What was begun under one configuration may end under another. */
void sim_policy_use(struct sim_project *p, const struct policy_settings *policy)
{
	struct policy_settings *l = &p->lenient;

	p->policy = *policy;
	if (policy->max_pauses > l->max_pauses)
		l->max_pauses = policy->max_pauses;
	l->grace_ms = least(l->grace_ms, policy->grace_ms);
	l->restore_delay_ms = least(l->restore_delay_ms, policy->restore_delay_ms);
	l->poll_ms = most(l->poll_ms, policy->poll_ms);
	l->incident_ms = most(l->incident_ms, policy->incident_ms);
	p->least_incident_ms = least(p->least_incident_ms, policy->incident_ms);
	l->blind_alert_ms = most(l->blind_alert_ms, policy->blind_alert_ms);
}

static void make_projects(struct sim *s)
{
	static const uint32_t budgets[] = {1, 3, 3, 20, 20, 20};

	for (uint32_t i = 0; i < s->project_count; i++) {
		struct sim_project *p = &s->projects[i];

		sim_policy_make(s, &p->policy);
		p->lenient = p->policy;
		p->least_incident_ms = p->policy.incident_ms;
		p->pinned = chance_one_in(&s->chance, 4) ? chance_below(&s->chance, 1u << s->key_count) : 0;
		p->fingerprint_base = 42 + i;
		p->disk = BUF_INIT(64 << 20);
		for (uint32_t b = 0; b < SIM_KEYS; b++) {
			struct sim_audit_binding *a = &p->audit[b];

			a->stepped_at = BOOTTIME_NEVER;
			a->confirmed_at = a->last_access_at = a->last_lost_at = a->last_look_at =
				BOOTTIME_NEVER;
		}
	}
	budget_init(&s->budget, budgets[chance_below(&s->chance, 6)]);
}

static void advance(struct sim *s, struct boottime to)
{
	int64_t ms = to.ms - s->now.boot.ms;

	if (ms > 0) {
		s->now.boot.ms += ms;
		s->now.wall.ms += ms;
	}
	truth_move(s);
}

void sim_run_until(struct sim *s, struct boottime end)
{
	struct sim_item item;
	uint64_t same = 0;

	while (!s->violation[0] && queue_pop(s, end, &item)) {
		same = item.at.ms <= s->now.boot.ms ? same + 1 : 0;
		s->hits[AUDIT_PROGRESS]++;
		if (same > 20000) {
			audit_fail(s, AUDIT_PROGRESS, "20,000 events in one moment");
			return;
		}
		advance(s, item.at);
		s->events++;
		hands_do(s, &item);
		if (s->died)
			life_again(s);
	}
	advance(s, end);
}

static int64_t length_ms(struct sim *s)
{
	if (s->week)
		return 9 * 24 * 60 * (int64_t)SIM_MINUTE_MS;
	return chance_range(&s->chance, 20, 60) * SIM_MINUTE_MS * (s->hangs ? 3 : 1);
}

void sim_run(struct sim *s, uint64_t seed)
{
	uint64_t *rows = s->rows;
	bool trace = s->trace, close = s->close;

	memset(s, 0, sizeof *s);
	s->close = close;
	s->rows = rows;
	s->trace = trace;
	s->seed = seed;
	s->chance.state = seed * 0x2545f4914f6cdd1du + 1;
	s->hash = 0xcbf29ce484222325u;
	s->now.boot.ms = 1000000;
	s->now.wall.ms = 1767225600000; /* 2026-01-01T00:00:00Z */
	s->origin = s->now;
	s->week = chance_one_in(&s->chance, 70);
	s->untold = chance_one_in(&s->chance, 3) ? 2 * (1 + chance_below(&s->chance, 2)) : 0;
	s->marked = chance_one_in(&s->chance, 2);
	s->hangs = chance_one_in(&s->chance, 40);
	s->second = chance_one_in(&s->chance, 12);
	s->spread = chance_one_in(&s->chance, 4);
	s->weather.latency_ms = 300;
	truth_make(s);
	make_projects(s);
	life_start(s);
	(void)queue_push(s, SIM_PEOPLE, 0, chance_range(&s->chance, 1000, 200000));
	sim_run_until(s, boottime_after(s->now.boot, length_ms(s)));
	if (s->violation[0])
		return;
	people_calm(s);
	sim_run_until(s, s->stalled_until);
	sim_run_until(s, boottime_after(s->now.boot, 8 * SIM_MINUTE_MS * (s->week ? 30 : 1)));
	if (!s->violation[0] && chance_one_in(&s->chance, 2))
		calm_revoke(s);
	if (!s->violation[0])
		calm_restore(s);
	/* It takes as long as much of the rest: most of it in close worlds, which are short. */
	if (!s->violation[0] && chance_one_in(&s->chance, s->close ? 2 : 16))
		calm_loss(s);
}

void sim_fini(struct sim *s)
{
	for (uint32_t i = 0; i < s->project_count; i++) {
		struct sim_project *p = &s->projects[i];

		barrier_fini(&p->barrier);
		capacity_fini(&p->core);
		capacity_fini(&p->shadow);
		capacity_fini(&p->before);
		buf_fini(&p->disk);
	}
	capacity_fini_effects(&s->effects);
	free(s->queue);
	free(s->items);
	free(s->free_slots);
	s->queue = NULL;
	s->items = NULL;
	s->free_slots = NULL;
}
