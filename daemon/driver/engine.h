/* SPDX-License-Identifier: Apache-2.0 */
/* engine: all projects of the daemon, what they share, and the time at which each wants to be woken. */
#pragma once
#include "base/err.h"
#include "driver/headline.h"
#include "driver/hub.h"
#include "model/command.h"
#include <stdbool.h>
#include <uv.h>

struct complaints;
struct config;
struct control;
struct log_bus;
struct notify;
struct verbs;

enum engine_refusal {
	ENGINE_E_STATE = 1, /* the state directory cannot be used */
	ENGINE_E_SOCKET,    /* the control socket cannot be made */
};

struct engine {
	struct hub hub;
	struct project **projects; /* in order of name */
	struct ledger_id *ledgers; /* of those that have one: hub.family */
	uint32_t project_count, project_size;
	int lock_fd;
	uv_timer_t timer;        /* the agenda */
	uv_timer_t refresh;      /* recounts what changed */
	struct project *changed; /* list by next_changed */
	struct control *control;
	struct notify *notify;
	struct log_bus *log_bus; /* NULL: not started by systemd */
	struct verbs *verbs;
	uint32_t headlines[HEADLINE_COUNT]; /* projects that show each, when they last changed */
	struct boottime started;
	struct boottime settled_at; /* when what a start or a reload needed is given back */
	struct boottime daily_at;   /* projects are asked whether their daily check is due */
	uint32_t problem_projects, incidents, looked, bindings; /* over all projects */
	uint32_t closing;                                       /* parts that have not ended yet */
	bool stopping, opened;
	bool reload_again,
		reload_now; /* a project came back while it was being closed: when it is gone, at once */
	char *config_path;
	void (*stopped)(void *arg);
	void *arg;
};

/* Makes the hands and loads every project of `config` (with what was said against it); a project that cannot be loaded is broken or observed,
 * and told. Nothing runs before engine_run(). Refuses: ENGINE_E_*, with `reterr_why`. Fails: negative errno.
 * `e` must not move afterwards; `config_path` is copied. After any return engine_stop() is right. */
int engine_open(struct engine *e, uv_loop_t *loop, const char *config_path, const struct config *config,
	const struct complaints *complaints, struct why *reterr_why);
/* The first steps of all projects; tells systemd that the daemon is ready. */
void engine_run(struct engine *e);
/* Everything from the configuration path again, all or nothing; tells what came of it. */
void engine_reload(struct engine *e);
/* Lets pending appends end, closes all; `stopped` comes once, later; nothing of `e` is on the loop then and
 * its memory is gone. */
void engine_stop(struct engine *e, void (*stopped)(void *arg), void *arg);

struct project *engine_find(const struct engine *e, const char *name);
/* Keeps the order. Fails: -ENOMEM. */
int engine_add(struct engine *e, struct project *p);
/* The ledgers of all projects, for the evaluation of policies. Fails: -ENOMEM. */
int engine_update_family(struct engine *e);
/* Looks at what changed now, not at the next refresh. */
void engine_refresh(struct engine *e);
