/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/errand_setup.h"
#include "driver/clients.h"
#include "driver/errand_order.h"
#include "driver/hub.h"
#include "driver/preflight.h"
#include "driver/project.h"
#include "driver/texts.h"
#include "io/kms_edit.h"
#include "io/tidb.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- the end of all ---- */

static void end(struct errand_order *o, enum act_result result, const char *message, const char *request)
{
	if (o->target)
		kms_target_close(o->target);
	o->target = NULL;
	secret_fini(&o->body);
	o->result = result;
	o->texts = texts_new(&(struct record_texts){.message = message, .request = request});
	o->done(o->arg, o);
}

static void end_with(struct errand_order *o, enum act_result result, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void end_with(struct errand_order *o, enum act_result result, const char *format, ...)
{
	char text[RECORD_TEXT_MAX + 1];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	end(o, result, text, o->request);
}

/* Nothing was sent yet: what a reading before it says. */
static void end_unread(struct errand_order *o, enum fault fault, const char *message)
{
	end_with(o, fault == FAULT_DENIED ? ACT_RESULT_DENIED : ACT_RESULT_NOT_SENT,
		"nothing was changed: %s", message);
}

static bool is_wanted(void *arg)
{
	const struct errand_order *o = arg;

	return o->wanted(o->arg);
}

static struct tidb *tidb_of(const struct project *p)
{
	return clients_tidb(p->hub->clients, p->api_key_file);
}

struct kms_target *errand_setup_target(struct project *p, const struct key_arn *arn)
{
	struct kms *kms = clients_kms(p->hub->clients, p->aws_credentials_file, p->aws_profile);
	struct kms_target_init init = {
		.arn = *arn,
		.vendor = p->vendor,
		.context = p->context,
		.context_count = p->context_count,
		.own_ledger = p->ledger,
		.family = &p->hub->family,
	};
	struct kms_target *target;

	return kms && kms_target_new(kms, &init, &target) == 0 ? target : NULL;
}

/* Keeps what the act itself said: the reading after it decides. */
static void keep_posted(struct errand_order *o, enum act_result result, const struct tidb_texts *texts)
{
	o->posted = result;
	(void)snprintf(o->said, sizeof o->said, "%s", texts->message);
	(void)snprintf(o->request, sizeof o->request, "%s", texts->request);
}

/* ---- a key for a region ---- */

static const struct cmek_setting *setting_of(
	const struct errand_order *o, const struct cmek_setting *items, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (region_equal(&items[i].region, &o->region))
			return &items[i];
	return NULL;
}

static void on_configured(void *arg, enum fault fault, bool enabled, const struct cmek_setting *items,
	size_t count, const struct tidb_texts *texts)
{
	struct errand_order *o = arg;
	const struct cmek_setting *is = setting_of(o, items, count);

	(void)enabled;
	if (is && key_arn_equal(&is->arn, &o->key))
		end_with(o, ACT_RESULT_ACCEPTED,
			o->posted == ACT_RESULT_ACCEPTED
				? "%s: TiDB Cloud names the key now"
				: "%s: no answer came, but TiDB Cloud names the key now",
			o->region.text);
	else
		end_with(o, ACT_RESULT_LOST,
			"it was sent (%s), but is not seen in the project's settings%s%s",
			o->said[0] ? o->said : "and accepted", fault != FAULT_NONE ? ": " : "",
			fault != FAULT_NONE ? texts->message : "");
}

static void on_key_sent(void *arg, enum act_result result, const struct tidb_texts *texts)
{
	struct errand_order *o = arg;
	struct tidb *tidb = tidb_of(o->project);

	keep_posted(o, result, texts);
	if (result != ACT_RESULT_ACCEPTED && result != ACT_RESULT_LOST)
		end(o, result, texts->message, texts->request);
	else if (!tidb || tidb_read_cmek(tidb, &o->project->id, TIDB_SETUP_PRIORITY, on_configured, o) != 0)
		end_with(o, ACT_RESULT_LOST, "it was sent, but could not be read back");
}

struct first_line {
	char text[CHECKS_FOUND_BYTES + CHECKS_REMEDY_BYTES];
};

static void keep_first(const struct checks_line *line, void *arg)
{
	struct first_line *first = arg;

	if (line->finding != FINDING_OK && !first->text[0])
		(void)snprintf(first->text, sizeof first->text, "%s. %s", line->found, line->remedy);
}

static void on_look(void *arg, const struct look *look, const struct kms_texts *texts)
{
	struct errand_order *o = arg;
	struct tidb *tidb = tidb_of(o->project);
	const struct cmek_setting setting = {.region = o->region, .arn = o->key};
	struct first_line first = {.text = ""};

	if (preflight_run(o->target, o->project->name.text, &o->key, look, texts, keep_first, &first) > 0)
		end_with(o, ACT_RESULT_REFUSED, "the key will not do: %s", first.text);
	else if (!tidb || tidb_make_cmek(tidb, &o->project->id, &setting, TIDB_SETUP_PRIORITY, is_wanted,
				  on_key_sent, o) != 0)
		end_with(o, ACT_RESULT_NOT_SENT, "out of memory");
}

static void on_settings(void *arg, enum fault fault, bool enabled, const struct cmek_setting *items,
	size_t count, const struct tidb_texts *texts)
{
	struct errand_order *o = arg;
	const struct cmek_setting *is = setting_of(o, items, count);

	if (fault != FAULT_NONE)
		end_unread(o, fault, texts->message);
	else if (!enabled)
		end_with(o, ACT_RESULT_REFUSED,
			"the project was created without CMEK, which cannot be added later: cmekctl project "
			"create");
	else if (is && key_arn_equal(&is->arn, &o->key))
		end_with(o, ACT_RESULT_ACCEPTED, "TiDB Cloud names this key for %s already", o->region.text);
	else if (is)
		end_with(o, ACT_RESULT_REFUSED,
			"%s has the key %s already, and a configured key cannot be changed: ask TiDB Cloud's "
			"support",
			o->region.text, is->arn.text);
	else if (count > 0 && !o->second_region)
		end_with(o, ACT_RESULT_REFUSED,
			"the project has a key in %s; whether it takes one for a second region, TiDB Cloud's "
			"documents and the description of its API say differently: confirm it first",
			items[0].region.text);
	else if (kms_look(o->target, KMS_LANE_LOOK, on_look, o) != 0)
		end_with(o, ACT_RESULT_NOT_SENT, "out of memory");
}

static int configure(struct errand_order *o)
{
	struct tidb *tidb = tidb_of(o->project);

	o->target = errand_setup_target(o->project, &o->key);
	if (!tidb || !o->target)
		return -1;
	return tidb_read_cmek(tidb, &o->project->id, TIDB_SETUP_PRIORITY, on_settings, o);
}

/* ---- the key policy ---- */

static void on_given(
	void *arg, enum act_result result, const struct digest *policy, const struct kms_texts *texts)
{
	(void)policy;
	end(arg, result, texts->message, texts->request);
}

static int apply_policy(struct errand_order *o)
{
	const struct kms_give give = {
		.shown = o->has_shown ? &o->shown : NULL, .accept_loss = o->accept_loss};

	o->target = errand_setup_target(o->project, &o->key);
	return o->target ? kms_give(o->target, &give, is_wanted, on_given, o) : -1;
}

/* ---- a cluster ---- */

static const struct cluster_seen *named(
	const struct errand_order *o, const struct cluster_seen *items, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(items[i].name, o->cluster_name) == 0)
			return &items[i];
	return NULL;
}

static void on_listed_after(void *arg, enum fault fault, const struct cluster_seen *items, size_t count,
	const struct tidb_texts *texts)
{
	struct errand_order *o = arg;
	const struct cluster_seen *c = named(o, items, count);

	if (c)
		end_with(o, ACT_RESULT_ACCEPTED, "no answer came, but cluster %s (%s) is there now", c->name,
			c->id.text);
	else
		end_with(o, ACT_RESULT_LOST, "%s; no cluster %s is in the list%s%s", o->said, o->cluster_name,
			fault == FAULT_NONE ? " yet" : ", which could not be read: ",
			fault == FAULT_NONE ? "" : texts->message);
}

static void on_cluster_made(void *arg, enum act_result result, const char *id, const struct tidb_texts *texts)
{
	struct errand_order *o = arg;
	struct tidb *tidb = tidb_of(o->project);

	keep_posted(o, result, texts);
	if (result == ACT_RESULT_ACCEPTED)
		end_with(o, result, "cluster %s is being created, its id is %s", o->cluster_name, id);
	else if (result != ACT_RESULT_LOST)
		end(o, result, texts->message, texts->request);
	else if (!tidb ||
		 tidb_list_clusters(tidb, &o->project->id, TIDB_SETUP_PRIORITY, on_listed_after, o) != 0)
		end_with(o, ACT_RESULT_LOST, "%s", texts->message);
}

static void on_keys(void *arg, enum fault fault, bool enabled, const struct cmek_setting *items, size_t count,
	const struct tidb_texts *texts)
{
	struct errand_order *o = arg;
	struct tidb *tidb = tidb_of(o->project);

	if (fault != FAULT_NONE)
		end_unread(o, fault, texts->message);
	else if (!enabled || !setting_of(o, items, count))
		end_with(o, ACT_RESULT_REFUSED,
			"%s has no key, and a project with CMEK takes clusters only where it has one: "
			"cmekctl cmek "
			"configure %s --key ARN",
			o->region.text, o->project->name.text);
	else if (!tidb || tidb_make_cluster(tidb, &o->project->id, &o->body, TIDB_SETUP_PRIORITY, is_wanted,
				  on_cluster_made, o) != 0)
		end_with(o, ACT_RESULT_NOT_SENT, "out of memory");
}

static void on_listed_before(void *arg, enum fault fault, const struct cluster_seen *items, size_t count,
	const struct tidb_texts *texts)
{
	struct errand_order *o = arg;
	const struct cluster_seen *c = named(o, items, count);
	struct tidb *tidb = tidb_of(o->project);

	if (fault != FAULT_NONE)
		end_unread(o, fault, texts->message);
	else if (c)
		end_with(o, ACT_RESULT_REFUSED, "the project has a cluster %s already, %s (%s)", c->name,
			c->id.text, c->wire_state);
	else if (!tidb || tidb_read_cmek(tidb, &o->project->id, TIDB_SETUP_PRIORITY, on_keys, o) != 0)
		end_with(o, ACT_RESULT_NOT_SENT, "out of memory");
}

static int create_cluster(struct errand_order *o)
{
	struct tidb *tidb = tidb_of(o->project);

	return tidb ? tidb_list_clusters(tidb, &o->project->id, TIDB_SETUP_PRIORITY, on_listed_before, o)
		    : -1;
}

int errand_setup_send(struct errand_order *o)
{
	int r = o->errand == ERRAND_CONFIGURE_CMEK ? configure(o)
		: o->errand == ERRAND_APPLY_POLICY ? apply_policy(o)
						   : create_cluster(o);

	if (r != 0 && o->target) {
		kms_target_close(o->target);
		o->target = NULL;
	}
	return r;
}
