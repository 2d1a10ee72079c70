/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/project.h"
#include "driver/book.h"
#include "driver/capacity.h"
#include "driver/clients.h"
#include "driver/drill.h"
#include "driver/errand_order.h"
#include "driver/held_keys.h"
#include "driver/hub.h"
#include "driver/mark.h"
#include "driver/notices.h"
#include "driver/turn.h"
#include "io/clock.h"
#include "io/store.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- making ---- */

static struct project *project_new(struct hub *hub, const struct project_name *name)
{
	struct project *p = calloc(1, sizeof *p);

	if (!p)
		return NULL;
	p->hub = hub;
	p->name = *name;
	p->barrier = BARRIER_INIT;
	p->inbox = INBOX_INIT;
	p->probe_at = p->retry_at = BOOTTIME_NEVER;
	p->wake = AGENDA_ENTRY_INIT(p);
	p->store_closed = true;
	return p;
}

static void free_texts(struct project *p)
{
	texts_free(p->drill_asked);
	for (uint32_t i = 0; i < p->key_size; i++) {
		texts_free(p->keys[i].look);
		texts_free(p->keys[i].change);
		texts_free(p->keys[i].grants);
	}
	while (p->words) {
		struct project_words *next = p->words->next;

		texts_free(p->words->texts);
		free(p->words);
		p->words = next;
	}
}

void project_free(struct project *p)
{
	if (!p)
		return;
	agenda_remove(&p->hub->agenda, &p->wake);
	free_texts(p);
	errand_order_drop_all(p);
	jobs_fini(&p->jobs);
	daily_fini(&p->daily);
	drill_free(p->drill);
	free(p->keys);
	capacity_fini(&p->core);
	barrier_fini(&p->barrier);
	inbox_fini(&p->inbox);
	free(p->pins);
	free(p->context);
	free(p->clusters);
	free(p->formers);
	free(p->api_key_file);
	free(p->aws_credentials_file);
	free(p->aws_profile);
	free(p->held_keys);
	free(p->trouble);
	free(p);
}

static void *duplicate(const void *items, size_t bytes)
{
	void *p = malloc(bytes > 0 ? bytes : 1);

	if (p && bytes > 0)
		memcpy(p, items, bytes);
	return p;
}

/* A Key= line names its region itself. */
static void pins_of(const struct project_settings *settings, struct cmek_setting *pins)
{
	for (uint32_t i = 0; i < settings->pin_count; i++) {
		const struct key_arn *arn = &settings->pins[i];

		memset(&pins[i], 0, sizeof pins[i]);
		(void)key_arn_parse(arn->text, strlen(arn->text), &pins[i].arn, &pins[i].region, NULL);
	}
}

static int take_settings(struct project *p, const struct project_settings *settings)
{
	struct cmek_setting *pins = malloc((settings->pin_count + 1) * sizeof *pins);
	struct vendor_context *context =
		duplicate(settings->context, settings->context_count * sizeof *context);
	struct cluster_settings *clusters =
		duplicate(settings->clusters, settings->cluster_count * sizeof *clusters);
	char *api = strdup(settings->api_key_file), *aws = strdup(settings->aws_credentials_file),
	     *profile = strdup(settings->aws_profile);

	if (!pins || !context || !clusters || !api || !aws || !profile) {
		free(pins);
		free(context);
		free(clusters);
		free(api);
		free(aws);
		free(profile);
		return err_origin(-ENOMEM);
	}
	pins_of(settings, pins);
	free(p->pins);
	free(p->context);
	free(p->clusters);
	free(p->api_key_file);
	free(p->aws_credentials_file);
	free(p->aws_profile);
	p->pins = pins;
	p->pin_count = settings->pin_count;
	p->context = context;
	p->context_count = settings->context_count;
	p->clusters = clusters;
	p->cluster_count = settings->cluster_count;
	p->api_key_file = api;
	p->aws_credentials_file = aws;
	p->aws_profile = profile;
	p->id = settings->id;
	p->vendor = settings->vendor;
	p->policy = settings->policy;
	p->tell_settings = true;
	return 0;
}

static uint64_t fnv(uint64_t hash, const char *text)
{
	/* FNV-1a, 64 bit: the NUL is hashed too, as a separator. */
	do {
		hash ^= (unsigned char)*text;
		hash *= 0x100000001b3;
	} while (*text++);
	return hash;
}
#define FNV_START 0xcbf29ce484222325

uint64_t project_hash(const char *text)
{
	return fnv(FNV_START, text);
}

int64_t project_turn(const struct project *p, int64_t every_ms, struct walltime now)
{
	return (now.ms - (int64_t)(project_hash(p->name.text) % (uint64_t)every_ms)) / every_ms;
}

struct budget_share project_share(const struct project *p)
{
	return (struct budget_share){project_hash(p->name.text), p->policy.max_pauses};
}

static int fold(const struct ledger_entry *entry, void *arg)
{
	struct project *p = arg;
	const struct record *record = &entry->record;
	int r = 0;

	/* Under which name it was known until this record. */
	if (record_type_fields(record->type) & RECORD_F_CLUSTER)
		r = mark_called(p, &record->cluster, record->name);
	if (r == 0)
		r = capacity_restore(&p->core, record);
	if (r < 0)
		return r;
	p->barrier.durable = record->seq;
	if (record->type == RECORD_GENESIS)
		p->ledger = record->ledger;
	if (record->type == RECORD_BUDGET)
		budget_restore(&p->hub->budget, record->at, project_share(p).project, record->count);
	return 0;
}

static void observe_only(struct project *p, const char *why)
{
	p->core.observe_only = true;
	p->trouble = strdup(why);
	(void)barrier_fail(&p->barrier); /* nothing that rests on a record is ever done */
	notices_project(p, NOTICE_LEDGER_DAMAGED, why);
}

static void hold_foreign(struct project *p, const struct store_report *report, struct walltime now)
{
	if (report->created || (!report->foreign && !core_is_old(&p->core, report->last_at, now)))
		return;
	p->core.held = true;
	notices_project(p, NOTICE_LEDGER_FOREIGN,
		report->foreign ? "it was begun, or adopted last, on another machine"
				: "an incident is open, and the last record is older than a day");
}

/* The ledger, folded. A ledger that cannot be used is no reason not to watch. */
static int load(struct project *p, struct why *reterr_why)
{
	struct store_report report = {0};
	struct moment now = clock_now();
	int r;

	r = store_open(p->hub->loop, p->hub->ledger_dir, &p->name, &p->id, now.wall, fold, p, &p->store,
		&report, reterr_why);
	if (r < 0)
		return r;
	if (r > 0) {
		observe_only(p, reterr_why->text);
		return 0;
	}
	p->store_closed = false;
	book_listen(p);
	p->ledger = report.id;
	hold_foreign(p, &report, now.wall);
	return 0;
}

/* Both endpoints of TiDB Cloud, but not which of its APIs reads clusters: arming rests on looks at the key, and a project
 * must not disarm because one of them fails. */
uint64_t project_fingerprint(const struct project *p)
{
	const struct kms *kms = clients_kms(p->hub->clients, p->aws_credentials_file, p->aws_profile);
	uint64_t hash = fnv(FNV_START, p->vendor.text);

	for (uint32_t i = 0; i < p->context_count; i++)
		hash = fnv(fnv(hash, p->context[i].key), p->context[i].value);
	hash = fnv(hash, kms ? kms_endpoint(kms) : p->hub->settings.aws_urls.of[AWS_KMS]);
	hash = fnv(hash, p->hub->settings.v1beta_url);
	return fnv(hash, p->hub->settings.dedicated_url);
}

int project_open(struct hub *hub, const struct project_settings *settings, bool spread,
	struct project **ret_project, struct why *reterr_why)
{
	struct project *p = project_new(hub, &settings->name);
	int r = p ? take_settings(p, settings) : err_origin(-ENOMEM);
	struct core_init init = {.policy = settings->policy};
	struct moment now;

	if (r == 0) {
		init.fingerprint_base = project_fingerprint(p);
		if (spread && settings->policy.poll_ms > 0)
			init.phase_ms = (uint32_t)(project_hash(settings->name.text) %
						   (uint64_t)settings->policy.poll_ms);
		core_init(&p->core, &init);
		r = load(p, reterr_why);
	}
	now = clock_now();
	if (r == 0)
		r = agenda_set(&hub->agenda, &p->wake, now.boot);
	if (r < 0) {
		if (r == -ENOMEM)
			why_set(reterr_why, "project %s: out of memory", settings->name.text);
		project_free(p);
		return r;
	}
	*ret_project = p;
	return 0;
}

int project_open_broken(
	struct hub *hub, const struct project_name *name, const char *trouble, struct project **ret_project)
{
	struct project *p = project_new(hub, name);

	if (!p || !(p->trouble = strdup(trouble)) ||
		held_keys_read(hub->ledger_dir, name, &p->held_keys, &p->held_key_count) < 0) {
		project_free(p);
		return err_origin(-ENOMEM);
	}
	p->broken = true;
	notices_project(p, NOTICE_PROJECT_BROKEN, trouble);
	*ret_project = p;
	return 0;
}

/* ---- changing and ending ---- */

int project_set(struct project *p, const struct project_settings *settings)
{
	int r = take_settings(p, settings);

	if (r < 0)
		return r;
	project_reconnect(p); /* the targets know the old vendor account and context */
	turn_run(p);
	return 0;
}

void project_reconnect(struct project *p)
{
	for (uint32_t i = 0; i < p->key_size; i++) {
		if (p->keys[i].target)
			kms_target_close(p->keys[i].target);
		p->keys[i].target = NULL;
	}
}

static void on_store_closed(void *arg)
{
	struct project *p = arg;

	p->store_closed = true;
	project_check_gone(p);
}

void project_close(struct project *p)
{
	struct store *store = p->store;

	p->closing = true;
	agenda_remove(&p->hub->agenda, &p->wake);
	project_reconnect(p);
	p->store = NULL;
	if (store)
		store_close(store, on_store_closed, p);
	else
		project_check_gone(p);
}

void project_check_gone(struct project *p)
{
	/* Held deeds are asked for too, but wait for nothing any more. */
	uint32_t held = 0;

	for (uint32_t i = 0; i < p->barrier.deed_count; i++)
		held += deed_asks(p->barrier.deeds[i].type);
	if (p->closing && p->store_closed && p->asked == held && !p->jobs.asking &&
		(!p->drill || p->drill->asked == 0))
		p->hub->gone(p, p->hub->arg);
}

/* ---- questions ---- */

bool project_has_incident(const struct project *p)
{
	return core_has_incident(&p->core);
}

bool project_has_replicas(const struct project *p, uint32_t binding)
{
	struct policy_context key = {.key_multi_region = NULL};

	if (binding < p->key_size && p->keys[binding].target)
		kms_target_context(p->keys[binding].target, &key);
	return key.key_multi_region && *key.key_multi_region;
}

bool project_vendor_owns(const struct project *p, uint32_t binding)
{
	const struct key_arn *arn = &p->core.bindings[binding].arn;
	struct policy_context key = {.vendor = p->vendor};

	return key_arn_parse(arn->text, strlen(arn->text), &(struct key_arn){""}, NULL, &key.own) == 0 &&
	       policy_vendor_owns(&key);
}

struct kms_target *project_target(struct project *p, uint32_t binding)
{
	struct project_key *key = &p->keys[binding];
	const struct binding *b = &p->core.bindings[binding];
	struct kms_target_init init = {
		.arn = b->arn,
		.vendor = p->vendor,
		.context = p->context,
		.context_count = p->context_count,
		.own_ledger = p->ledger,
		.family = &p->hub->family,
	};
	struct kms *kms;

	if (key->target && key_arn_equal(&key->arn, &b->arn))
		return key->target;
	if (key->target)
		kms_target_close(key->target);
	key->target = NULL;
	kms = clients_kms(p->hub->clients, p->aws_credentials_file, p->aws_profile);
	if (!kms || kms_target_new(kms, &init, &key->target) != 0)
		return NULL;
	key->arn = b->arn;
	return key->target;
}

static struct project_words **find_words(struct project *p, const struct cluster_id *cluster)
{
	struct project_words **at = &p->words;

	while (*at && !cluster_id_equal(&(*at)->cluster, cluster))
		at = &(*at)->next;
	return at;
}

const struct texts *project_words_of(const struct project *p, const struct cluster_id *cluster)
{
	for (const struct project_words *w = p->words; w; w = w->next)
		if (cluster_id_equal(&w->cluster, cluster))
			return w->texts;
	return NULL;
}

void project_set_words(struct project *p, const struct cluster_id *cluster, struct texts *texts)
{
	struct project_words **at = find_words(p, cluster), *words = *at;

	if (!texts) {
		if (words) {
			*at = words->next;
			texts_free(words->texts);
			free(words);
		}
		return;
	}
	if (!words) {
		words = calloc(1, sizeof *words);
		if (!words) {
			texts_free(texts);
			return;
		}
		words->cluster = *cluster;
		words->next = p->words;
		p->words = words;
	}
	texts_free(words->texts);
	words->texts = texts;
}
