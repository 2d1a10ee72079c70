/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_daemon.h"
#include "driver/agenda.h"
#include "driver/capacity.h"
#include "driver/clients.h"
#include "driver/turn.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define STEP_MS 50

struct cluster_settings fake_sections[4];
uint32_t fake_section_count;

void fake_usable(void)
{
	fake.look = (struct look){.key_state = KEY_STATE_ENABLED,
		.have_access = true,
		.access = {.allowed = NEED_ALL},
		.policy = {.bytes = {7}}};
}

void fake_disabled(void)
{
	fake.look.key_state = KEY_STATE_DISABLED;
}

void fake_world(void)
{
	fake_reset();
	fake_section_count = 0;
	fake_usable();
	fake.act = ACT_RESULT_ACCEPTED;
	fake.cmek[0] = (struct cmek_setting){{"us-west-2"},
		{"arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"}};
	fake.cmek_count = 1;
	for (size_t i = 0; i < 3; i++) {
		struct cluster_seen *c = &fake.clusters[i];

		snprintf(c->id.text, sizeof c->id.text, "%zu", i + 1);
		snprintf(c->name, sizeof c->name, "cluster-%zu", i + 1);
		c->project = (struct project_id){"42"};
		c->region = fake.cmek[0].region;
		c->state = CLUSTER_STATE_RUNNING;
	}
	fake.cluster_count = 3;
}

static void on_changed(struct project *p, void *arg)
{
	(void)p;
	(void)arg;
}

static void on_answered(struct project *p, uint32_t ticket, enum answer answer, void *arg)
{
	struct fake_daemon *d = arg;

	(void)p;
	d->answers++;
	d->ticket = ticket;
	d->answer = answer;
}

static void on_gone(struct project *p, void *arg)
{
	struct fake_daemon *d = arg;

	project_free(p);
	d->project = NULL;
}

static struct fake_daemon *started; /* last */

void fake_start(struct fake_daemon *d)
{
	struct project_settings settings = {
		.name = {"prod"},
		.id = {"42"},
		.vendor = {"444455556666"},
		.policy = {.reaction = REACTION_PAUSE,
			.max_pauses = 100000,
			.poll_ms = 500,
			.confirm_ms = 100,
			.grace_ms = 2000,
			.restore_delay_ms = 3000,
			.blind_alert_ms = 10000,
			.clusters_ms = 2000,
			.incident_ms = 500,
			.rotation_ms = 3600000},
	};
	struct why why = {""};

	memcpy(settings.clusters, fake_sections, sizeof fake_sections);
	settings.cluster_count = fake_section_count;
	started = d;
	memset(d, 0, sizeof *d);
	d->hub = (struct hub){.changed = on_changed, .answered = on_answered, .gone = on_gone, .arg = d};
	d->hub.settings.requests_per_minute = 100;
	budget_init(&d->hub.budget, 20);
	assert_int_equal(clients_new(NULL, &d->hub.settings, &d->hub.clients), 0);
	assert_int_equal(project_open(&d->hub, &settings, false, &d->project, &why), 0);
	turn_run(d->project);
	fake_run();
}

void fake_turn(struct fake_daemon *d, int64_t ms)
{
	for (; ms > 0; ms -= STEP_MS) {
		struct agenda_entry *e;

		fake_pass(STEP_MS);
		e = agenda_first(&d->hub.agenda);
		if (e && boottime_reached(fake.now.boot, e->at))
			turn_wake(e->owner);
		fake_run();
	}
}

void fake_stop(struct fake_daemon *d)
{
	project_close(d->project);
	clients_close(d->hub.clients, NULL, NULL);
	fake.disk_slow = false;
	fake_run();
	assert_null(d->project);
	agenda_fini(&d->hub.agenda);
	inbox_fini(&d->hub.spare_inbox);
	capacity_fini_effects(&d->hub.effects);
}

int fake_teardown(void **state)
{
	(void)state;
	fake_stop(started);
	fake_reset();
	return 0;
}

size_t fake_count(enum record_type type)
{
	size_t n = 0;

	for (size_t i = 0; i < fake.record_count; i++)
		n += fake.records[i].type == type;
	return n;
}
