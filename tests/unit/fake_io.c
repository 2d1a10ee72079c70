/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_io.h"
#include "io/clock.h"
#include "io/genesis.h"
#include "io/hint_queue.h"
#include "io/http.h"
#include "io/journal.h"
#include "io/kms.h"
#include "io/store.h"
#include "io/tidb.h"
#include "base/buf.h"
#include "base/secret.h"
#include "io/kms_edit.h"
#include "policy/policy.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fake fake;

/* ---- answers that come later ---- */

struct later {
	struct later *next;
	void (*answer)(struct later *l);
	void *arg;
	union {
		kms_look_fn *look;
		kms_rotation_fn *rotation;
		kms_grants_fn *grants;
		kms_revoke_fn *revoke;
		kms_change_fn *change;
		kms_switch_fn *turn;
		kms_errand_fn *errand;
		tidb_made_fn *made;
		tidb_cmek_fn *cmek;
		tidb_clusters_fn *clusters;
		tidb_cluster_fn *cluster;
		tidb_act_fn *act;
		tidb_jobs_fn *jobs;
		store_done_fn *written;
		void (*closed)(void *arg);
	} done;
	struct store *store;
	struct record record;
	const char *who, *note, *message, *usable;
	struct cluster_id cluster;
	bool (*wanted)(void *arg);
	bool pause, cut, act;
	enum job job;
};

static struct later *first, **last = &first;

static struct later *later(void (*answer)(struct later *), void *arg)
{
	struct later *l = calloc(1, sizeof *l);

	if (!l)
		abort();
	l->answer = answer;
	l->arg = arg;
	*last = l;
	last = &l->next;
	return l;
}

static void answer_any(struct later *l)
{
	l->done.closed(l->arg);
}

void fake_later(void (*answer)(void *data), void *data)
{
	later(answer_any, data)->done.closed = answer;
}

static void give(struct later *l);

void fake_run(void)
{
	struct later *held = NULL, **held_last = &held;

	while (first) {
		struct later *l = first;

		first = l->next;
		if (!first)
			last = &first;
		l->next = NULL;
		if ((fake.disk_slow && l->done.written && l->store && !fake.disk_full) ||
			(fake.lane_slow && l->act)) {
			*held_last = l;
			held_last = &l->next;
			continue;
		}
		give(l);
	}
	first = held;
	last = held ? held_last : &first;
}

static void give(struct later *l)
{
	l->answer(l);
	free(l);
}

void fake_reset(void)
{
	while (first) {
		struct later *l = first;

		first = l->next;
		free(l);
	}
	last = &first;
	memset(&fake, 0, sizeof fake);
	fake.now.boot.ms = 1000000;
	fake.now.wall.ms = 1795491846000;
	fake.rotation = (struct kms_rotation){.next.ms = fake.now.wall.ms + 86400000,
		.applicable = true,
		.enabled = true,
		.period_days = 365};
	fake.credentials =
		(struct credential_state){.source = "made up", .id = "FAKE", .identity = "", .trouble = ""};
	fake.lane = (struct lane_state){.rate = 95, .allowance = 95};
}

void fake_pass(int64_t ms)
{
	fake.now.boot.ms += ms;
	fake.now.wall.ms += ms;
}

struct moment clock_now(void)
{
	return fake.now;
}

/* ---- store ---- */

struct store {
	uint64_t next_seq;
	struct ledger_head head;
	int error;
	struct record kept[64]; /* failed, to be written by a probe that succeeds */
	size_t kept_count;
};

int store_open(uv_loop_t *loop, const char *dir, const struct project_name *name,
	const struct project_id *project, struct walltime now, ledger_each_fn *each, void *arg,
	struct store **ret_store, struct store_report *ret_report, struct why *reterr_why)
{
	struct store *s;

	(void)loop;
	(void)dir;
	(void)name;
	*ret_report = (struct store_report){.created = fake.record_count == 0};
	if (fake.record_count == 0)
		fake.records[fake.record_count++] = (struct record){.type = RECORD_GENESIS,
			.seq = {1},
			.at = now,
			.project = *project,
			.ledger = {"0123456789abcdef"}};
	for (size_t i = 0; i < fake.record_count; i++) {
		struct ledger_entry *entry = calloc(1, sizeof *entry);

		entry->record = fake.records[i];
		(void)each(entry, arg);
		free(entry);
		ret_report->last_at = fake.records[i].at;
	}
	ret_report->id = (struct ledger_id){"0123456789abcdef"};
	if (fake.open_result != 0) {
		why_set(reterr_why, "line 3 does not fit");
		return fake.open_result;
	}
	s = calloc(1, sizeof *s);
	s->next_seq = fake.record_count + 1;
	s->head.seq.n = fake.record_count;
	*ret_store = s;
	return 0;
}

static void make_durable(struct store *s, const struct record *r, const struct later *l)
{
	size_t i = fake.record_count++;

	if (i >= FAKE_RECORDS_MAX || r->seq.n != i + 1)
		abort(); /* a gap in the ledger */
	fake.records[i] = *r;
	fake.who[i] = l ? l->who : NULL;
	fake.note[i] = l ? l->note : NULL;
	fake.message[i] = l ? l->message : NULL;
	fake.usable[i] = l ? l->usable : NULL;
	s->head.seq = r->seq;
}

static void answer_written(struct later *l)
{
	struct store *s = l->store;

	if (fake.disk_full || s->error) {
		s->error = -ENOSPC;
		s->kept[s->kept_count++] = l->record;
	} else {
		make_durable(s, &l->record, l);
	}
	l->done.written(s, l->record.seq, s->error, l->arg);
}

static const char *intern(const char *text)
{
	static char known[64][128];

	if (!text)
		return NULL;
	for (int i = 0; i < 64; i++) {
		if (known[i][0] == '\0')
			snprintf(known[i], sizeof known[i], "%s", text);
		if (strncmp(known[i], text, sizeof known[i] - 1) == 0)
			return known[i];
	}
	return "too many texts";
}

void store_listen(struct store *s, store_line_fn *line, void *arg)
{
	(void)s;
	(void)line;
	(void)arg;
}

void genesis_machine(char ret_machine[RECORD_MACHINE_BYTES])
{
	memcpy(ret_machine, "0123456789abcdef0123456789abcdef", RECORD_MACHINE_BYTES);
}

int store_append(struct store *s, const struct record *record, const struct record_texts *texts,
	store_done_fn *done, void *arg)
{
	struct later *l;

	if (fake.append_error)
		return fake.append_error;
	if (record->seq.n != s->next_seq)
		return -EINVAL;
	s->next_seq++;
	l = later(answer_written, arg);
	l->done.written = done;
	l->store = s;
	l->record = *record;
	if (texts) {
		l->who = intern(texts->who);
		l->note = intern(texts->note);
		l->message = intern(texts->message);
		l->usable = intern(texts->usable);
	}
	return 0;
}

static void answer_probe(struct later *l)
{
	struct store *s = l->store;

	if (!fake.disk_full) {
		s->error = 0;
		for (size_t i = 0; i < s->kept_count; i++)
			make_durable(s, &s->kept[i], NULL);
		s->kept_count = 0;
	}
	l->done.written(s, s->head.seq, s->error, l->arg);
}

int store_probe(struct store *s, store_done_fn *done, void *arg)
{
	struct later *l = later(answer_probe, arg);

	l->done.written = done;
	l->store = s;
	return 0;
}

const struct ledger_head *store_head(const struct store *s)
{
	return &s->head;
}

int store_error(const struct store *s)
{
	return s->error;
}

void store_why(const struct store *s, struct why *ret_why)
{
	why_set(ret_why, "%s", s->error ? "no space left" : "");
}

static void answer_closed(struct later *l)
{
	free(l->store);
	l->done.closed(l->arg);
}

void store_close(struct store *s, void (*closed)(void *arg), void *arg)
{
	struct later *l = later(answer_closed, arg);

	l->store = s;
	l->done.closed = closed;
}

/* ---- KMS ---- */

struct kms_target {
	struct kms_target_init init;
};

int kms_new(const struct kms_init *init, struct kms **ret_kms)
{
	(void)init;
	*ret_kms = malloc(1);
	return 0;
}

int kms_reload(struct kms *k, struct why *reterr_why)
{
	(void)k;
	(void)reterr_why;
	return 0;
}

void kms_close(struct kms *k)
{
	free(k);
}

const char *kms_credentials_text(struct kms *k)
{
	(void)k;
	return "from nowhere";
}

const char *kms_own_arn(const struct kms *k)
{
	(void)k;
	return fake.own ? fake.own : "";
}

void kms_credentials(const struct kms *k, struct credential_state *ret_state)
{
	(void)k;
	*ret_state = fake.credentials;
	ret_state->identity = kms_own_arn(k);
}

int kms_target_new(struct kms *k, const struct kms_target_init *init, struct kms_target **ret_target)
{
	struct kms_target *t = calloc(1, sizeof *t);

	(void)k;
	t->init = *init;
	*ret_target = t;
	return 0;
}

void kms_target_close(struct kms_target *t)
{
	free(t);
}

void kms_target_hasten(struct kms_target *t)
{
	(void)t;
	fake.hastened++;
}

static void answer_look(struct later *l)
{
	struct kms_texts texts = {.message = "", .request = "req-1"};

	fake.looks++;
	memcpy(texts.message, fake.look_says, sizeof fake.look_says);
	l->done.look(l->arg, &fake.look, &texts);
}

int kms_look(struct kms_target *t, enum kms_lane_priority priority, kms_look_fn *done, void *arg)
{
	(void)t;
	fake.look_priority = priority;
	later(answer_look, arg)->done.look = done;
	return 0;
}

static void answer_rotation(struct later *l)
{
	l->done.rotation(l->arg, &fake.rotation, NULL);
}

int kms_rotation(struct kms_target *t, kms_rotation_fn *done, void *arg)
{
	(void)t;
	later(answer_rotation, arg)->done.rotation = done;
	return 0;
}

static void answer_grants(struct later *l)
{
	struct kms_grants_seen none = {0};

	l->done.grants(l->arg, FAULT_NONE, &none, NULL);
}

static void answer_revoke(struct later *l)
{
	l->done.revoke(l->arg, ACT_RESULT_ACCEPTED, 0, NULL);
}

int kms_revoke_grants(
	struct kms_target *t, const struct digest *ids, kms_wanted_fn *wanted, kms_revoke_fn *done, void *arg)
{
	(void)t;
	(void)ids;
	(void)wanted;
	later(answer_revoke, arg)->done.revoke = done;
	return 0;
}

void kms_statement(const struct kms_target *t, const char *sid, struct buf *out)
{
	(void)t;
	buf_printf(out, "{\"Sid\":\"%s\"}", sid);
}

void kms_revoke_by_hand(const struct kms_target *t, struct buf *out)
{
	(void)t;
	buf_add(out, "aws kms revoke-grant");
}

int kms_grants(struct kms_target *t, enum kms_lane_priority priority, kms_grants_fn *done, void *arg)
{
	(void)t;
	(void)priority;
	later(answer_grants, arg)->done.grants = done;
	return 0;
}

static void answer_change(struct later *l)
{
	struct kms_texts texts = {.message = "not permitted", .request = "req-2"};
	struct digest policy = {.bytes = {1}};

	if (l->wanted && !l->wanted(l->arg)) {
		l->done.change(l->arg, ACT_RESULT_NOT_SENT, &policy, &texts);
		return;
	}
	if (fake.act == ACT_RESULT_ACCEPTED)
		texts.message[0] = '\0';
	fake.cuts += l->cut;
	fake.uncuts += !l->cut;
	l->done.change(l->arg, fake.act, &policy, &texts);
}

int kms_cut(struct kms_target *t, const char *sid, kms_wanted_fn *wanted, kms_change_fn *done, void *arg)
{
	struct later *l = later(answer_change, arg);

	(void)t;
	(void)sid;
	l->done.change = done;
	l->wanted = wanted;
	l->cut = true;
	return 0;
}

int kms_uncut(struct kms_target *t, const char *sid, kms_wanted_fn *wanted, kms_change_fn *done, void *arg)
{
	struct later *l = later(answer_change, arg);

	(void)t;
	(void)sid;
	l->done.change = done;
	l->wanted = wanted;
	return 0;
}

static void answer_switch(struct later *l)
{
	struct kms_texts texts = {.message = "not permitted", .request = "req-4"};
	bool was_off = fake.look.key_state == KEY_STATE_DISABLED;

	if (l->wanted && !l->wanted(l->arg)) {
		l->done.turn(l->arg, ACT_RESULT_NOT_SENT, false, &texts);
		return;
	}
	if (fake.act == ACT_RESULT_ACCEPTED) {
		texts.message[0] = '\0';
		fake.look.key_state = l->cut ? KEY_STATE_DISABLED : KEY_STATE_ENABLED;
	}
	fake.disables += l->cut;
	fake.enables += !l->cut;
	l->done.turn(l->arg, fake.act, l->cut && was_off, &texts);
}

int kms_switch(
	struct kms_target *t, bool on, bool claims, kms_wanted_fn *wanted, kms_switch_fn *done, void *arg)
{
	struct later *l = later(answer_switch, arg);

	(void)t;
	(void)claims;
	l->done.turn = done;
	l->wanted = wanted;
	l->cut = !on;
	return 0;
}

bool kms_foresee_switch(const struct kms_target *t, bool on, struct why *ret_why)
{
	(void)t;
	if (fake.doubt)
		why_set(ret_why, "%s: %s", on ? "enable" : "disable", fake.doubt);
	return fake.doubt;
}

void kms_switch_users(const struct kms_target *t, kms_user_fn *each, void *arg)
{
	(void)t;
	if (fake.key_user)
		each(arg, fake.key_user);
}

void kms_switch_by_hand(const struct kms_target *t, bool on, struct buf *out)
{
	(void)t;
	buf_add(out, on ? "enable by hand" : "disable by hand");
}

static void answer_errand(struct later *l)
{
	struct kms_texts texts = {.message = "as asked", .request = "req-3"};

	if (l->wanted && !l->wanted(l->arg)) {
		l->done.errand(l->arg, ACT_RESULT_NOT_SENT, &texts);
		return;
	}
	fake.errands++;
	l->done.errand(l->arg, fake.act, &texts);
}

int kms_errand(struct kms_target *t, const struct kms_errand *errand, kms_wanted_fn *wanted,
	kms_errand_fn *done, void *arg)
{
	struct later *l = later(answer_errand, arg);

	(void)t;
	fake.errand = *errand;
	l->done.errand = done;
	l->wanted = wanted;
	return 0;
}

int kms_give(struct kms_target *t, const struct kms_give *give, kms_wanted_fn *wanted, kms_change_fn *done,
	void *arg)
{
	struct later *l = later(answer_change, arg);

	(void)t;
	(void)give;
	l->done.change = done;
	l->wanted = wanted;
	return 0;
}

int kms_adopt(struct kms_target *t, const struct kms_adopt *adopt, kms_wanted_fn *wanted, kms_change_fn *done,
	void *arg)
{
	struct later *l = later(answer_change, arg);

	(void)t;
	(void)adopt;
	l->done.change = done;
	l->wanted = wanted;
	return 0;
}

int kms_foresee_adopt(const struct kms_target *t, const char *sid, struct adopt_removed *ret_removed,
	struct why *reterr_why)
{
	(void)t;
	(void)ret_removed;
	why_set(reterr_why, "no statement %s", sid);
	return POLICY_E_NO_SID;
}

const struct adopt_found *kms_target_keeps_out(const struct kms_target *t)
{
	(void)t;
	return fake.keeps_out;
}

bool kms_foresee(const struct kms_target *t, const char *sid, bool cut, struct why *ret_why)
{
	(void)t;
	if (fake.doubt)
		why_set(ret_why, "%s %s: %s", cut ? "add" : "remove", sid, fake.doubt);
	return fake.doubt;
}

void kms_by_hand(const struct kms_target *t, const char *sid, bool cut, struct buf *out)
{
	(void)t;
	buf_printf(out, "%s %s", cut ? "add" : "remove", sid);
}

const char *kms_target_policy(const struct kms_target *t, size_t *ret_len, struct walltime *ret_read_at)
{
	(void)t;
	*ret_len = fake.policy ? strlen(fake.policy) : 0;
	*ret_read_at = fake.policy ? fake.now.wall : WALLTIME_UNKNOWN;
	return fake.policy;
}

void kms_target_context(const struct kms_target *t, struct policy_context *ret_context)
{
	struct account_id own = {""};
	struct region region = {""};

	*ret_context = fake.key;
	ret_context->vendor = t->init.vendor;
	ret_context->key = t->init.arn;
	(void)key_arn_parse(t->init.arn.text, strlen(t->init.arn.text), &ret_context->key, &region, &own);
	ret_context->own = own;
	ret_context->region = region;
}

/* ---- TiDB Cloud ---- */

int tidb_new(const struct tidb_init *init, struct tidb **ret_tidb)
{
	(void)init;
	*ret_tidb = malloc(1);
	return 0;
}

int tidb_reload(struct tidb *t, struct why *reterr_why)
{
	(void)t;
	(void)reterr_why;
	return 0;
}

void tidb_close(struct tidb *t)
{
	free(t);
}

void tidb_credentials(const struct tidb *t, struct credential_state *ret_state)
{
	(void)t;
	*ret_state = fake.credentials;
}

int64_t tidb_routine_wait_ms(const struct tidb *t)
{
	(void)t;
	return fake.routine_wait_ms;
}

struct tidb_apis tidb_apis(const struct tidb *t)
{
	(void)t;
	return (struct tidb_apis){.chosen = CLUSTER_API_DEDICATED};
}

void tidb_lane(struct tidb *t, struct lane_state *ret_state)
{
	(void)t;
	*ret_state = fake.lane;
}

static void answer_cmek(struct later *l)
{
	const struct tidb_texts texts = {.message = ""};

	l->done.cmek(l->arg, FAULT_NONE, true, fake.cmek, fake.cmek_count, &texts);
}

int tidb_read_cmek(struct tidb *t, const struct project_id *project, enum lane_priority priority,
	tidb_cmek_fn *done, void *arg)
{
	(void)t;
	(void)project;
	(void)priority;
	later(answer_cmek, arg)->done.cmek = done;
	return 0;
}

static void answer_clusters(struct later *l)
{
	const struct tidb_texts texts = {.message = ""};

	l->done.clusters(l->arg, fake.list_fault, fake.clusters,
		fake.list_fault == FAULT_NONE ? fake.cluster_count : 0, &texts);
}

void tidb_hasten(struct tidb *t, const struct project_id *project, enum lane_priority listing,
	enum lane_priority reading)
{
	(void)t, (void)project, (void)listing, (void)reading;
}

int tidb_list_clusters(struct tidb *t, const struct project_id *project, enum lane_priority priority,
	tidb_clusters_fn *done, void *arg)
{
	(void)t;
	(void)project;
	(void)priority;
	later(answer_clusters, arg)->done.clusters = done;
	return 0;
}

static struct cluster_seen *find(const struct cluster_id *id)
{
	for (size_t i = 0; i < fake.cluster_count; i++)
		if (strcmp(fake.clusters[i].id.text, id->text) == 0)
			return &fake.clusters[i];
	return NULL;
}

static void answer_cluster(struct later *l)
{
	struct cluster_seen gone = {.id = l->cluster}, *seen = find(&l->cluster);

	l->done.cluster(l->arg, !seen ? FAULT_NOT_FOUND : fake.read_fault, seen ? seen : &gone, NULL);
}

int tidb_read_cluster(struct tidb *t, const struct project_id *project, const struct cluster_id *cluster,
	enum lane_priority priority, tidb_cluster_fn *done, void *arg)
{
	struct later *l = later(answer_cluster, arg);

	(void)t;
	(void)project;
	(void)priority;
	l->done.cluster = done;
	l->cluster = *cluster;
	return 0;
}

static void answer_jobs(struct later *l)
{
	struct tidb_texts texts = {.message = ""};

	if (fake.jobs_fault != FAULT_NONE)
		memcpy(texts.message, "no such list", sizeof "no such list");

	l->done.jobs(l->arg, fake.jobs_fault, &fake.jobs[l->job], &texts);
}

int tidb_read_jobs(struct tidb *t, const struct project_id *project, const struct cluster_id *cluster,
	enum job job, enum lane_priority priority, tidb_jobs_fn *done, void *arg)
{
	struct later *l = later(answer_jobs, arg);

	(void)t;
	(void)project;
	(void)cluster;
	(void)priority;
	fake.jobs_read++;
	l->done.jobs = done;
	l->job = job;
	return 0;
}

static void answer_act(struct later *l)
{
	const struct tidb_texts texts = {.message = "a backup is running", .request = "trace-1"};
	struct cluster_seen *seen = find(&l->cluster);

	if (l->wanted && !l->wanted(l->arg)) {
		l->done.act(l->arg, ACT_RESULT_NOT_SENT, &texts);
		return;
	}
	fake.pauses += l->pause;
	fake.resumes += !l->pause;
	if (fake.act == ACT_RESULT_ACCEPTED && seen) {
		seen->state = l->pause ? CLUSTER_STATE_PAUSED : CLUSTER_STATE_RUNNING;
		seen->resume_at.ms = l->pause ? fake.now.wall.ms + 7 * 86400000LL : 0;
	}
	l->done.act(l->arg, fake.act, &texts);
}

static int act(const struct tidb_act *of, tidb_wanted_fn *wanted, tidb_act_fn *done, void *arg, bool pause)
{
	struct later *l = later(answer_act, arg);

	fake.unread_acts += !of->project.text[0] || of->read_at.ms == BOOTTIME_NEVER.ms;
	l->done.act = done;
	l->cluster = of->cluster;
	l->pause = pause;
	l->act = true;
	l->wanted = wanted;
	return 0;
}

int tidb_pause(struct tidb *t, const struct tidb_act *of, enum lane_priority priority, tidb_wanted_fn *wanted,
	tidb_act_fn *done, void *arg)
{
	(void)t;
	(void)priority;
	return act(of, wanted, done, arg, true);
}

int tidb_resume(struct tidb *t, const struct tidb_act *of, enum lane_priority priority,
	tidb_wanted_fn *wanted, tidb_act_fn *done, void *arg)
{
	(void)t;
	(void)priority;
	return act(of, wanted, done, arg, false);
}

/* ---- the rest ---- */

int http_new(struct uv_loop_s *loop, const char *ca_file, struct http **ret_http)
{
	(void)loop;
	(void)ca_file;
	*ret_http = malloc(1);
	return 0;
}

static void answer_http_closed(struct later *l)
{
	l->done.closed(l->arg);
}

void http_close(struct http *h, void (*closed)(void *arg), void *arg)
{
	free(h);
	later(answer_http_closed, arg)->done.closed = closed;
}

void journal_notice(enum notice notice, const struct journal_fields *fields, const char *what, ...)
{
	va_list ap;

	fake.notices[notice]++;
	(void)snprintf(
		fake.detail[notice], sizeof fake.detail[notice], "%s", fields->detail ? fields->detail : "");
	va_start(ap, what);
	if (what)
		(void)vsnprintf(fake.last_what, sizeof fake.last_what, what, ap);
	va_end(ap);
}

void journal_log(int priority, const struct journal_fields *fields, const char *format, ...)
{
	(void)priority;
	(void)fields;
	(void)format;
}

/* ---- hints: no queue gives one ---- */

int hint_queue_new(const struct hint_queue_init *init, struct hint_queue **ret_queue)
{
	(void)init;
	*ret_queue = malloc(1);
	return *ret_queue ? 0 : -ENOMEM;
}

int hint_queue_reload(struct hint_queue *q, struct why *reterr_why)
{
	(void)q;
	(void)reterr_why;
	return 0;
}

void hint_queue_close(struct hint_queue *q)
{
	free(q);
}

void hint_queue_state(const struct hint_queue *q, struct hint_queue_state *ret_state)
{
	(void)q;
	*ret_state = (struct hint_queue_state){.arn = {"arn:aws:sqs:us-west-2:111122223333:q"},
		.trouble = fake.queue_trouble ? fake.queue_trouble : ""};
}

const char *kms_endpoint(const struct kms *k)
{
	(void)k;
	return "";
}

/* ---- setting up ---- */

static void answer_made_cmek(struct later *l)
{
	struct tidb_texts texts = {.message = ""};
	bool wanted = !l->wanted || l->wanted(l->arg);

	fake.errands += wanted;
	if (wanted && fake.act == ACT_RESULT_ACCEPTED)
		fake.cmek[fake.cmek_count++] = fake.cmek_made;
	l->done.act(l->arg, wanted ? fake.act : ACT_RESULT_NOT_SENT, &texts);
}

int tidb_make_cmek(struct tidb *t, const struct project_id *project, const struct cmek_setting *setting,
	enum lane_priority priority, tidb_wanted_fn *wanted, tidb_act_fn *done, void *arg)
{
	struct later *l = later(answer_made_cmek, arg);

	(void)t;
	(void)project;
	(void)priority;
	fake.cmek_made = *setting;
	l->done.act = done;
	l->wanted = wanted;
	return 0;
}

static void answer_made_cluster(struct later *l)
{
	struct tidb_texts texts = {.message = ""};
	bool wanted = !l->wanted || l->wanted(l->arg);

	fake.errands += wanted;
	l->done.made(l->arg, wanted ? fake.act : ACT_RESULT_NOT_SENT, "77", &texts);
}

int tidb_make_cluster(struct tidb *t, const struct project_id *project, struct secret *body,
	enum lane_priority priority, tidb_wanted_fn *wanted, tidb_made_fn *done, void *arg)
{
	struct later *l = later(answer_made_cluster, arg);

	(void)t;
	(void)project;
	(void)priority;
	secret_fini(body);
	l->done.made = done;
	l->wanted = wanted;
	return 0;
}
