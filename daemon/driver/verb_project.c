/* SPDX-License-Identifier: Apache-2.0 */
/* CreateProject: a project with CMEK in TiDB Cloud, with the daemon's own API key, for it has no file yet. And no ledger: what was
 * asked and what came of it goes to the journal. Never a second one: all projects are listed first, and again after an answer that
 * was lost. */
#include "driver/clients.h"
#include "driver/engine.h"
#include "driver/request.h"
#include "driver/tree.h"
#include "driver/verb_rows.h"
#include "io/control.h"
#include "io/journal.h"
#include "io/tidb.h"
#include "wire/tidb_create.h"
#include "wire/tidb_v1beta.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SAID_BYTES 1024

struct making {
	struct engine *engine;
	struct control_call *call; /* NULL: the client has gone; it goes on all the same */
	char name[TIDB_CREATE_NAME_MAX + 1], who[CONTROL_WHO_BYTES], note[RECORD_TEXT_MAX + 1];
	char said[SAID_BYTES]; /* of the answer that was lost */
	char request[TIDB_TRACE_BYTES];
};

/* Two at a time could each find no project of their name. */
static struct making *under_way;

static void on_maker_gone(struct control_call *call, void *data)
{
	struct making *m = data;

	(void)call;
	m->call = NULL;
}

static void tell(const struct making *m, enum notice notice, const char *detail)
{
	const struct journal_fields fields = {.who = m->who, .detail = detail, .request_id = m->request};

	journal_notice(notice, &fields, "%s, asked by %s%s%s%s", m->name, m->who, *m->note ? " (" : "",
		m->note, *m->note ? ")" : "");
}

/* The call to be answered; NULL: nobody waits. */
static struct control_call *making_end(struct making *m)
{
	struct control_call *call = m->call;

	if (call)
		control_call_set(call, NULL, NULL);
	under_way = NULL;
	free(m);
	return call;
}

static void refuse(struct making *m, const char *answer, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void refuse(struct making *m, const char *answer, const char *format, ...)
{
	char text[SAID_BYTES];
	struct control_call *call;
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	tell(m, NOTICE_PROJECT_NOT_CREATED, text);
	call = making_end(m);
	if (call)
		request_refused(call, answer, "%s", text);
}

static void made(struct making *m, const char *id, bool found)
{
	struct tree t = {0};
	struct json_object *o;
	struct control_call *call;

	tell(m, NOTICE_PROJECT_CREATED, id);
	o = tree_object(&t);
	tree_text(&t, o, "id", id);
	tree_bool(&t, o, "found", found);
	o = tree_done(&t, o);
	call = making_end(m);
	if (call)
		request_reply(call, o);
	else
		(void)tree_done(&(struct tree){.failed = true}, o);
}

static const struct tidb_v1beta_project *named(
	const struct making *m, const struct tidb_v1beta_projects *projects)
{
	for (uint32_t i = 0; projects && i < projects->count; i++)
		if (strcmp(projects->names[i], m->name) == 0)
			return &projects->items[i];
	return NULL;
}

static struct tidb *tidb_of(const struct making *m)
{
	return clients_tidb(m->engine->hub.clients, "");
}

/* After a lost answer. */
static void on_listed_again(void *arg, enum fault fault, const struct tidb_v1beta_projects *projects,
	const struct tidb_texts *texts)
{
	struct making *m = arg;
	const struct tidb_v1beta_project *is = named(m, projects);

	if (is)
		made(m, is->id.text, true);
	else if (fault != FAULT_NONE)
		refuse(m, "lost",
			"%s; and the projects could not be listed again (%s): it may have been created. Ask "
			"again "
			"later: nothing is created twice",
			m->said, texts->message);
	else
		refuse(m, "lost",
			"%s; no project %s is in the list yet. Ask again in a few minutes: nothing is "
			"created twice",
			m->said, m->name);
}

static void on_made(void *arg, enum act_result result, const char *id, const struct tidb_texts *texts)
{
	struct making *m = arg;
	struct tidb *tidb = tidb_of(m);

	(void)snprintf(m->request, sizeof m->request, "%s", texts->request);
	(void)snprintf(m->said, sizeof m->said, "%s", texts->message);
	switch (result) {
	case ACT_RESULT_ACCEPTED:
		made(m, id, false);
		return;
	case ACT_RESULT_LOST:
		if (!tidb || tidb_list_projects(tidb, TIDB_SETUP_PRIORITY, on_listed_again, m) != 0)
			refuse(m, "lost", "%s: it may have been created", m->said);
		return;
	case ACT_RESULT_REFUSED:
	case ACT_RESULT_DENIED:
		refuse(m, act_result_name(result),
			"%s. Projects with CMEK are given on request: ask TiDB Cloud's support for the "
			"feature; and the "
			"API key must have the role Organization Owner",
			m->said);
		return;
	case ACT_RESULT_THROTTLED:
	case ACT_RESULT_NOT_SENT:
	case ACT_RESULT_COUNT:
		break;
	}
	refuse(m, act_result_name(result), "not sent: %s; ask again", m->said);
}

static void on_listed(void *arg, enum fault fault, const struct tidb_v1beta_projects *projects,
	const struct tidb_texts *texts)
{
	struct making *m = arg;
	const struct tidb_v1beta_project *is = named(m, projects);
	struct tidb *tidb = tidb_of(m);

	if (fault != FAULT_NONE)
		refuse(m, "unlisted", "nothing was created, as the projects could not be listed: %s",
			texts->message);
	else if (is)
		refuse(m, "exists", "there is a project %s already, with id %s and %s CMEK", m->name,
			is->id.text, is->cmek_enabled ? "with" : "without");
	else {
		tell(m, NOTICE_PROJECT_ASKED, "");
		if (!tidb || tidb_make_project(tidb, m->name, TIDB_SETUP_PRIORITY, on_made, m) != 0)
			refuse(m, "memory", "cmekd is out of memory: nothing was created");
	}
}

/* False: the call is answered. */
static bool request_name(struct control_call *call, char ret_name[TIDB_CREATE_NAME_MAX + 1])
{
	uint32_t parameters;
	const struct json_tree *tree = control_call_tree(call, &parameters);
	struct why why = {""};

	if (json_string(tree, control_call_member(call, "name"), ret_name, TIDB_CREATE_NAME_MAX + 1, NULL) ==
			0 &&
		tidb_create_name_check(ret_name, &why) == 0)
		return true;
	if (*why.text)
		request_refused(call, "name", "%s", why.text);
	else
		control_reply_invalid(call, "name");
	return false;
}

void verb_CREATE_PROJECT(struct engine *e, struct control_call *call)
{
	struct making *m = calloc(1, sizeof *m);
	struct tidb *tidb = clients_tidb(e->hub.clients, "");

	if (!m || !tidb) {
		free(m);
		request_not_ready(call, "cmekd is out of memory: try again");
		return;
	}
	if (!request_name(call, m->name) || !request_note(call, m->note)) {
		free(m);
		return;
	}
	if (under_way) {
		free(m);
		request_refused(
			call, answer_name(ANSWER_BUSY), "another project is being created: wait for its end");
		return;
	}
	m->engine = e;
	m->call = call;
	(void)snprintf(m->who, sizeof m->who, "%s", control_call_peer(call)->who);
	control_call_set(call, on_maker_gone, m);
	under_way = m;
	if (tidb_list_projects(tidb, TIDB_SETUP_PRIORITY, on_listed, m) != 0)
		refuse(m, "memory", "cmekd is out of memory: nothing was created");
}
