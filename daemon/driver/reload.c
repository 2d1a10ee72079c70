/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/reload.h"
#include "base/own.h"
#include "driver/clients.h"
#include "driver/engine.h"
#include "driver/hints.h"
#include "driver/notices.h"
#include "driver/project.h"
#include "driver/rights.h"
#include "driver/turn.h"
#include "io/control.h"
#include "io/journal.h"
#include "wire/config_files.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

static const struct project_settings *find(const struct config *config, const char *name)
{
	for (uint32_t i = 0; i < config->project_count; i++)
		if (strcmp(config->projects[i].settings.name.text, name) == 0)
			return &config->projects[i].settings;
	return NULL;
}

/* What a running daemon cannot take over. */
static bool is_possible(const struct engine *e, const struct config *config, struct why *ret_why)
{
	const struct daemon_settings *old = &e->hub.settings, *new = &config->daemon;

	if (strcmp(old->state_dir, new->state_dir) != 0 || strcmp(old->socket_path, new->socket_path) != 0) {
		why_set(ret_why, "StateDirectory= and Socket= change only with a restart");
		return false;
	}
	for (uint32_t i = 0; i < config->project_count; i++) {
		const struct project_settings *s = &config->projects[i].settings;
		const struct project *p = engine_find(e, s->name.text);

		if (p && !p->broken && !project_id_equal(&p->id, &s->id)) {
			why_set(ret_why,
				"project %s: Id= changed from %s to %s: give another project a file of "
				"another "
				"name, because the ledger belongs to the old one",
				s->name.text, p->id.text, s->id.text);
			return false;
		}
	}
	return true;
}

/* The connections are made before anything changes: it is the one part that can fail. */
static bool reconnect(struct engine *e, const struct daemon_settings *settings)
{
	struct clients *clients = NULL, *old = e->hub.clients;

	if (!clients_differ(old, settings)) {
		clients_reload(old);
		return true;
	}
	if (clients_new(e->hub.loop, settings, &clients) < 0)
		return false;
	e->hub.clients = clients;
	for (uint32_t i = 0; i < e->project_count; i++)
		project_reconnect(e->projects[i]);
	hints_listen(e);
	clients_close(old, NULL, NULL);
	return true;
}

/* Without a file any more: gone, unless an incident is open, whose clusters would then be nobody's. */
static void remove_missing(struct engine *e, const struct config *config)
{
	for (uint32_t i = e->project_count; i-- > 0;) {
		struct project *p = e->projects[i];

		p->leaving = false;
		if (find(config, p->name.text))
			continue;
		if (!project_has_incident(p)) {
			journal_notice(NOTICE_PROJECT_REMOVED,
				&(struct journal_fields){
					.project = p->name.text, .detail = "it is not watched any more"},
				"%s", p->name.text);
			project_close(p);
			continue;
		}
		p->leaving = true;
		journal_notice(NOTICE_PROJECT_REMOVED,
			&(struct journal_fields){.project = p->name.text,
				.detail = "an incident is open: it stays watched until that is closed and "
					  "cmekd "
					  "is reloaded"},
			"%s", p->name.text);
	}
}

static void tell_not_watched(const struct project_name *name, const char *why)
{
	journal_log(LOG_ERR, &(struct journal_fields){.project = name->text},
		"%s: not watched as it is configured: %s", name->text, why);
}

static void open_one(struct engine *e, const struct project_settings *settings, bool spread)
{
	struct why why = {"out of memory"};
	struct project *p = NULL;

	if (project_open(&e->hub, settings, spread, &p, &why) < 0 &&
		project_open_broken(&e->hub, &settings->name, why.text, &p) < 0) {
		tell_not_watched(&settings->name, why.text);
		return;
	}
	if (engine_add(e, p) < 0) {
		tell_not_watched(&settings->name, "out of memory");
		project_close(p);
	}
}

static void apply(struct engine *e, const struct config *config)
{
	remove_missing(e, config);
	for (uint32_t i = 0; i < config->project_count; i++) {
		const struct project_settings *s = &config->projects[i].settings;
		struct project *p = engine_find(e, s->name.text);

		if (p && p->closing) {
			/* Came back before it was gone; its last requests may wait in the rate lane. */
			journal_log(LOG_WARNING, &(struct journal_fields){.project = s->name.text},
				"%s: was removed and is configured again: watched when its last requests "
				"have ended",
				s->name.text);
			e->reload_again = true;
			continue;
		}
		if (p && p->broken) {
			project_close(p);
			p = NULL;
		}
		if (!p)
			open_one(e, s, config->project_count > 1);
		else if (project_set(p, s) < 0)
			tell_not_watched(&s->name, "it keeps its old settings: out of memory");
	}
	(void)engine_update_family(e);
	for (uint32_t i = 0; i < e->project_count; i++)
		turn_run(e->projects[i]);
}

static void refuse(struct engine *e, struct complaints *complaints)
{
	char line[COMPLAINT_LINE_BYTES] = "out of memory";

	for (uint32_t i = 0; i < complaints->count; i++) {
		complaint_format(&complaints->items[i], line);
		journal_log(LOG_ERR, NULL, "%s", line);
	}
	notices_daemon(&e->hub, NOTICE_RELOAD_FAILED, line);
}

void reload_all(struct engine *e)
{
	_cleanup_(config_fini) struct config config = CONFIG_INIT;
	_cleanup_(complaints_fini) struct complaints complaints = COMPLAINTS_INIT;
	struct why why = {"out of memory"};
	int r = config_load(e->config_path, &config, &complaints);

	if (r != 0 || complaints_total(&complaints) > 0) {
		refuse(e, &complaints);
		return;
	}
	if (!is_possible(e, &config, &why) || !reconnect(e, &config.daemon)) {
		notices_daemon(&e->hub, NOTICE_RELOAD_FAILED, why.text);
		return;
	}
	e->hub.settings = config.daemon;
	e->hub.budget.max = config.daemon.max_pauses;
	struct control_rights rights;
	rights_resolve(&config.daemon, &rights);
	control_set_rights(e->control, rights);
	apply(e, &config);
	notices_daemon(&e->hub, NOTICE_RELOADED, NULL);
}
