/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/engine.h"
#include "base/own.h"
#include "driver/capacity.h"
#include "driver/clients.h"
#include "driver/daily.h"
#include "driver/hand.h"
#include "driver/headline.h"
#include "driver/hints.h"
#include "driver/notices.h"
#include "driver/project.h"
#include "driver/reload.h"
#include "driver/rights.h"
#include "driver/sharing.h"
#include "driver/turn.h"
#include "driver/verbs.h"
#include "io/clock.h"
#include "io/control.h"
#include "io/journal.h"
#include "io/log_bus.h"
#include "io/notify.h"
#include "io/store.h"
#include "io/store_many.h"
#include "wire/complaints.h"
#include "wire/config.h"
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#define REFRESH_MS 100
/* The loop's timers stand still while the host sleeps, deadlines do not. */
#define NAP_MAX_MS     1000
#define DAILY_EVERY_MS 500
/* Of a start that takes long (many ledgers, a slow disk), so that systemd does not end it. */
#define TELL_START_MS 2000
#define SETTLE_MS     60000 /* after a start or a reload: two PollIntervals as shipped */
/* A look is up to three requests, each of which may wait as long in its queue as it may take; before that it waits in lanes
 * and tries again, as long in all (io/kms_op). */
#define LOOK_REQUESTS  7
#define LOOK_MARGIN_MS 60000

/* ---- the agenda ---- */

static void on_timer(uv_timer_t *timer);

static void set_timer(struct engine *e)
{
	struct agenda_entry *first = agenda_first(&e->hub.agenda);
	struct moment now;
	int64_t wait_ms = NAP_MAX_MS;

	if (e->stopping || !e->opened)
		return;
	now = clock_now();
	if (first && first->at.ms - now.boot.ms < wait_ms)
		wait_ms = first->at.ms - now.boot.ms;
	(void)uv_timer_start(&e->timer, on_timer, wait_ms > 0 ? (uint64_t)wait_ms : 0, 0);
}

/* The timer comes at least every NAP_MAX_MS, and when there is much to do, far more often. */
static void step_daily(struct engine *e, struct moment now)
{
	if (!boottime_reached(now.boot, e->daily_at))
		return;
	e->daily_at.ms = now.boot.ms + DAILY_EVERY_MS;
	for (uint32_t i = 0; i < e->project_count; i++) {
		daily_step(e->projects[i], now);
		summary_step(e->projects[i], now);
	}
}

/* All projects ask at once after a start, and new ones after a reload: what that needed leaves a heap full of holes. */
static void give_back_memory(struct engine *e, struct moment now)
{
	if (!boottime_reached(now.boot, e->settled_at))
		return;
	e->settled_at = BOOTTIME_NEVER;
	(void)malloc_trim(0);
}

static void on_timer(uv_timer_t *timer)
{
	struct engine *e = timer->data;
	struct agenda_entry *first;
	struct moment now;

	uv_update_time(e->hub.loop);
	now = clock_now();
	/* Each one sets itself later; one that does not must not keep the loop from its other work. */
	for (uint32_t left = e->hub.agenda.count; left > 0; left--) {
		first = agenda_first(&e->hub.agenda);
		if (!first || !boottime_reached(now.boot, first->at))
			break;
		turn_wake(first->owner);
	}
	verbs_tick(e->verbs, now.boot);
	step_daily(e, now);
	give_back_memory(e, now);
	journal_flush();
	set_timer(e);
}

/* ---- what changed ---- */

/* "; pausing: 1; usable: 12", the worst first. */
static void list_headlines(const struct engine *e, char *text, size_t size)
{
	size_t len = 0;

	*text = '\0';
	for (uint32_t h = HEADLINE_COUNT; h-- > 0;)
		if (e->headlines[h] > 0 && len < size)
			len += (size_t)snprintf(text + len, size - len, "; %s: %u",
				headline_name((enum headline)h), (unsigned)e->headlines[h]);
}

static void tell_status(struct engine *e)
{
	char headlines[320];

	if (!e->notify || e->stopping)
		return;
	list_headlines(e, headlines, sizeof headlines);
	if (e->looked < e->bindings || e->bindings == 0)
		notify_status(e->notify, "projects: %u; first looks: %u of %u keys", e->project_count,
			e->looked, e->bindings);
	else
		notify_status(e->notify, "projects: %u; open incidents: %u; with problems: %u%s",
			e->project_count, e->incidents, e->problem_projects, headlines);
}

static void recount(struct engine *e, struct project *p)
{
	uint32_t problems = headline_problems(p, NULL, NULL), incidents = 0, looked = 0;

	for (uint32_t i = 0; i < p->core.binding_count; i++) {
		incidents += p->core.bindings[i].incident.id.n != 0;
		looked += p->core.bindings[i].evidence.filled > 0;
	}
	if (p->headline > 0)
		e->headlines[p->headline - 1]--;
	p->headline = headline_of_project(p) + 1;
	e->headlines[p->headline - 1]++;
	e->problem_projects -= p->problem_count > 0;
	e->problem_projects += problems > 0;
	e->incidents += incidents - p->incident_count;
	e->looked += looked - p->looked_count;
	e->bindings += p->core.binding_count - p->binding_count;
	p->problem_count = problems;
	p->incident_count = incidents;
	p->looked_count = looked;
	p->binding_count = p->core.binding_count;
}

static void uncount(struct engine *e, const struct project *p)
{
	if (p->headline > 0)
		e->headlines[p->headline - 1]--;
	e->problem_projects -= p->problem_count > 0;
	e->incidents -= p->incident_count;
	e->looked -= p->looked_count;
	e->bindings -= p->binding_count;
}

void engine_refresh(struct engine *e)
{
	while (e->changed) {
		struct project *p = e->changed;

		e->changed = p->next_changed;
		p->is_changed = false;
		recount(e, p);
		verbs_changed(e->verbs, p);
	}
	verbs_told(e->verbs);
	tell_status(e);
}

static void on_refresh(uv_timer_t *timer)
{
	struct engine *e = timer->data;

	if (e->reload_now) {
		e->reload_now = false;
		engine_reload(e);
	}
	engine_refresh(e);
}

static void on_changed(struct project *p, void *arg)
{
	struct engine *e = arg;

	if (e->stopping)
		return;
	if (!e->changed && e->opened)
		(void)uv_timer_start(&e->refresh, on_refresh, REFRESH_MS, 0);
	if (!p->is_changed) {
		p->is_changed = true;
		p->next_changed = e->changed;
		e->changed = p;
	}
	set_timer(e);
}

/* What comes together goes out together. */
static void on_event(void *arg)
{
	struct engine *e = arg;

	if (!e->stopping && e->opened && !uv_is_active((const uv_handle_t *)&e->refresh))
		(void)uv_timer_start(&e->refresh, on_refresh, REFRESH_MS, 0);
}

static void on_answered(struct project *p, uint32_t ticket, enum answer answer, void *arg)
{
	struct engine *e = arg;

	verbs_answered(e->verbs, p, ticket, answer);
}

/* ---- projects ---- */

static int by_name(const void *a, const void *b)
{
	const struct project *const *p = a, *const *q = b;

	return strcmp((*p)->name.text, (*q)->name.text);
}

static int compare_name(const void *name, const void *entry)
{
	const struct project *const *p = entry;

	return strcmp(name, (*p)->name.text);
}

struct project *engine_find(const struct engine *e, const char *name)
{
	struct project **p;

	if (e->project_count == 0)
		return NULL;
	p = bsearch(name, e->projects, e->project_count, sizeof(struct project *), compare_name);
	return p ? *p : NULL;
}

int engine_add(struct engine *e, struct project *p)
{
	if (e->project_count == e->project_size) {
		uint32_t size = e->project_size ? 2 * e->project_size : 16;
		struct project **projects = realloc(e->projects, size * sizeof(struct project *));

		if (!projects)
			return err_origin(-ENOMEM);
		e->projects = projects;
		e->project_size = size;
	}
	e->projects[e->project_count++] = p;
	/* While all are loaded they come in order already, and are sorted once at the end. */
	if (e->opened)
		qsort(e->projects, e->project_count, sizeof(struct project *), by_name);
	return 0;
}

int engine_update_family(struct engine *e)
{
	struct ledger_id *ledgers = malloc((e->project_count + 1) * sizeof *ledgers);
	uint32_t count = 0;

	if (!ledgers)
		return err_origin(-ENOMEM);
	for (uint32_t i = 0; i < e->project_count; i++)
		if (*e->projects[i]->ledger.text)
			ledgers[count++] = e->projects[i]->ledger;
	free(e->ledgers);
	e->ledgers = ledgers;
	e->hub.family.ledgers = ledgers;
	e->hub.family.count = count;
	e->hub.family.generation++;
	return 0;
}

static void part_ended(void *arg)
{
	struct engine *e = arg;

	if (--e->closing > 0)
		return;
	free(e->projects);
	free(e->ledgers);
	free(e->config_path);
	agenda_fini(&e->hub.agenda);
	inbox_fini(&e->hub.spare_inbox);
	capacity_fini_effects(&e->hub.effects);
	own_close(&e->lock_fd);
	e->stopped(e->arg);
}

static void forget_changed(struct engine *e, struct project *p)
{
	struct project **at = &e->changed;

	while (*at && *at != p)
		at = &(*at)->next_changed;
	if (*at)
		*at = p->next_changed;
}

static const struct project *on_disabled_by(
	const struct project *p, const struct key_arn *arn, bool in_force, void *arg)
{
	return sharing_disabled(arg, p, arn, in_force);
}

static void on_gone(struct project *p, void *arg)
{
	struct engine *e = arg;

	forget_changed(e, p);
	verbs_gone(e->verbs, p);
	for (uint32_t i = 0; i < e->project_count; i++)
		if (e->projects[i] == p) {
			e->project_count--;
			memmove(&e->projects[i], &e->projects[i + 1],
				(e->project_count - i) * sizeof(struct project *));
			break;
		}
	uncount(e, p);
	project_free(p);
	if (e->stopping)
		part_ended(e);
	else
		(void)engine_update_family(e);
	/* Not from here: this may be inside a reload. */
	if (!e->stopping && e->opened && e->reload_again) {
		e->reload_again = false;
		e->reload_now = true;
		(void)uv_timer_start(&e->refresh, on_refresh, 0, 0);
	}
}

/* ---- start ---- */

/* The state directory is systemd's to make (StateDirectory=); below it is ours. */
static int prepare_state(struct engine *e, struct why *reterr_why)
{
	const char *dir = e->hub.settings.state_dir;

	snprintf(e->hub.ledger_dir, sizeof e->hub.ledger_dir, "%s/ledger", dir);
	snprintf(e->hub.policy_dir, sizeof e->hub.policy_dir, "%s/policy", dir);
	if ((mkdir(dir, 0700) < 0 && errno != EEXIST) ||
		(mkdir(e->hub.policy_dir, 0700) < 0 && errno != EEXIST) ||
		(mkdir(e->hub.ledger_dir, 0700) < 0 && errno != EEXIST)) {
		why_set(reterr_why, "%s: cannot be made (%s): create StateDirectory= for the user of cmekd",
			e->hub.ledger_dir, strerror(errno));
		return ENGINE_E_STATE;
	}
	return store_lock(e->hub.ledger_dir, &e->lock_fd, reterr_why) == 0 ? 0 : ENGINE_E_STATE;
}

/* The first complaint about the file of this project. */
static void complaint_about(
	const struct complaints *complaints, const struct project_name *name, struct why *ret_why)
{
	char file[sizeof name->text + sizeof "/.conf"], line[COMPLAINT_LINE_BYTES];
	size_t len = (size_t)snprintf(file, sizeof file, "/%s.conf", name->text);

	why_set(ret_why, "its configuration has errors: cmekd --check-config shows them");
	for (uint32_t i = 0; i < complaints->count; i++) {
		const char *path = complaints->items[i].file;

		if (strlen(path) < len || strcmp(path + strlen(path) - len, file) != 0)
			continue;
		complaint_format(&complaints->items[i], line);
		why_set(ret_why, "%s", line);
		return;
	}
}

/* A ledger that cannot be read for want of memory or a disk's error takes only its project out. */
static int open_project(
	struct engine *e, const struct config_project *c, const struct complaints *complaints, bool spread)
{
	struct why why = {""};
	struct project *p = NULL;
	int r = 1;

	if (c->broken)
		complaint_about(complaints, &c->settings.name, &why);
	else
		r = project_open(&e->hub, &c->settings, spread, &p, &why);
	if (r != 0)
		r = project_open_broken(&e->hub, &c->settings.name, why.text, &p);
	if (r < 0)
		return r;
	r = engine_add(e, p);
	if (r < 0)
		project_free(p);
	return r;
}

static void make_ledgers(const struct engine *e, const struct config *config)
{
	struct store_owner *owners = calloc(config->project_count, sizeof *owners);
	size_t count = 0;

	for (uint32_t i = 0; owners && i < config->project_count; i++) {
		const struct config_project *c = &config->projects[i];

		if (!c->broken)
			owners[count++] = (struct store_owner){&c->settings.name, &c->settings.id};
	}
	if (count > 0)
		store_make_many(e->hub.ledger_dir, owners, count, clock_now().wall);
	free(owners);
}

static int open_projects(struct engine *e, const struct config *config, const struct complaints *complaints)
{
	struct boottime tell_at = boottime_after(clock_now().boot, TELL_START_MS);

	/* What makes the missing ones waits for the disk, and tells nothing before its end. */
	notify_starting(0, config->project_count);
	make_ledgers(e, config);
	for (uint32_t i = 0; i < config->project_count; i++) {
		int r = open_project(e, &config->projects[i], complaints, config->project_count > 1);

		if (r < 0)
			return r;
		if (boottime_reached(clock_now().boot, tell_at)) {
			notify_starting(i + 1, config->project_count);
			tell_at = boottime_after(clock_now().boot, TELL_START_MS);
		}
	}
	if (e->project_count > 0)
		qsort(e->projects, e->project_count, sizeof(struct project *), by_name);
	return engine_update_family(e);
}

static void on_call(struct control_call *call, void *arg)
{
	struct engine *e = arg;

	verbs_call(e->verbs, call);
}

static int open_control(struct engine *e, struct why *reterr_why)
{
	struct control_config config = {
		.path = e->hub.settings.socket_path,
		.version = PACKAGE_VERSION,
		.url = "https://github.com/cmekd/cmekd",
		.call = on_call,
		.arg = e,
	};

	rights_resolve(&e->hub.settings, &config.rights);
	return control_start(e->hub.loop, &config, &e->control, reterr_why) == 0 ? 0 : ENGINE_E_SOCKET;
}

static bool is_healthy(void *arg)
{
	const struct engine *e = arg;
	struct boottime since = hand_oldest_look(&e->hub);
	struct moment now;

	if (since.ms == BOOTTIME_NEVER.ms)
		return true;
	now = clock_now();
	return now.boot.ms - since.ms < LOOK_REQUESTS * e->hub.settings.request_timeout_ms + LOOK_MARGIN_MS;
}

int engine_open(struct engine *e, uv_loop_t *loop, const char *config_path, const struct config *config,
	const struct complaints *complaints, struct why *reterr_why)
{
	struct moment now = clock_now();
	int r;

	*e = (struct engine){
		.lock_fd = -1, .started = now.boot, .settled_at = boottime_after(now.boot, SETTLE_MS)};
	e->hub = (struct hub){
		.loop = loop,
		.settings = config->daemon,
		.changed = on_changed,
		.answered = on_answered,
		.disabled_by = on_disabled_by,
		.gone = on_gone,
		.arg = e,
		.events = {.wake = on_event, .arg = e},
	};
	budget_init(&e->hub.budget, config->daemon.max_pauses);
	(void)uv_timer_init(loop, &e->timer);
	(void)uv_timer_init(loop, &e->refresh);
	e->timer.data = e->refresh.data = e;
	why_set(reterr_why, "out of memory");
	e->config_path = strdup(config_path);
	if (!e->config_path)
		return err_origin(-ENOMEM);
	r = verbs_new(e, &e->verbs);
	if (r == 0)
		r = prepare_state(e, reterr_why);
	if (r == 0)
		r = clients_new(loop, &config->daemon, &e->hub.clients);
	if (r == 0)
		r = open_projects(e, config, complaints);
	if (r == 0)
		r = open_control(e, reterr_why);
	if (r == 0)
		r = notify_new(loop, is_healthy, e, &e->notify);
	/* systemctl is who asks there, about a unit: a cmekd that was started by hand is none. */
	if (r == 0 && notify_is_heard())
		r = log_bus_new(loop, &e->log_bus);
	e->opened = r == 0;
	return r;
}

void engine_run(struct engine *e)
{
	notices_daemon(&e->hub, NOTICE_STARTED, "version " PACKAGE_VERSION);
	notify_ready(e->notify);
	for (uint32_t i = 0; i < e->project_count; i++) {
		turn_run(e->projects[i]);
		on_changed(e->projects[i], e); /* a broken one has no turns, and is counted too */
	}
	hints_listen(e);
	engine_refresh(e);
	set_timer(e);
}

void engine_reload(struct engine *e)
{
	if (e->stopping)
		return;
	notify_reloading(e->notify);
	reload_all(e);
	e->settled_at = boottime_after(clock_now().boot, SETTLE_MS);
	notify_ready(e->notify);
	engine_refresh(e);
	set_timer(e);
}

/* ---- end ---- */

static void on_handle_closed(uv_handle_t *handle)
{
	part_ended(handle->data);
}

void engine_stop(struct engine *e, void (*stopped)(void *arg), void *arg)
{
	e->stopping = true;
	e->stopped = stopped;
	e->arg = arg;
	e->closing = 3; /* the two timers, and this call */
	uv_close((uv_handle_t *)&e->timer, on_handle_closed);
	uv_close((uv_handle_t *)&e->refresh, on_handle_closed);
	if (e->notify) {
		notify_stopping(e->notify);
		notify_close(e->notify);
	}
	if (e->log_bus)
		log_bus_close(e->log_bus);
	e->verbs = verbs_free(e->verbs);
	if (e->control) {
		e->closing++;
		control_stop(e->control, part_ended, e);
	}
	e->closing += e->project_count;
	for (uint32_t i = e->project_count; i-- > 0;)
		project_close(e->projects[i]); /* may be gone at once: from the end, so that none is missed */
	if (e->hub.clients) {
		e->closing++;
		clients_close(e->hub.clients, part_ended, e);
	}
	if (e->opened)
		notices_daemon(&e->hub, NOTICE_STOPPED, NULL);
	part_ended(e);
}
