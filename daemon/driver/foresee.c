/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/foresee.h"
#include "base/buf.h"
#include "base/own.h"
#include "driver/hub.h"
#include "driver/jobs.h"
#include "driver/project.h"
#include "driver/taking.h"
#include "driver/texts.h"
#include "io/clock.h"
#include "io/kms_edit.h"
#include "policy/policy.h"
#include <inttypes.h>
#include <stdio.h>

void foresee_sid(const struct project *p, uint32_t binding, char *ret_sid)
{
	const struct incident *in = &p->core.bindings[binding].incident;
	struct incident_id id = in->id.n != 0 ? in->id : (struct incident_id){p->core.next_incident};

	policy_cut_sid(&p->ledger, id, ret_sid);
}

/* Of several means the Deny statement is what is shown: it is undone first. */
bool foresee_takes(const struct project *p, uint32_t binding, bool restore, uint8_t how)
{
	const struct incident *in = &p->core.bindings[binding].incident;

	if (!restore)
		return (how & CAUSE_REMOVE) != 0;
	return in->id.n != 0 && (in->stands & CUT_MEANS_BIT(CUT_MEANS_REMOVE)) &&
	       !(in->stands & CUT_MEANS_BIT(CUT_MEANS_DENY));
}

bool foresee_taking(const struct project *p, uint32_t binding, bool restore, struct buf *diff,
	char ret_path[KEPT_POLICY_PATH_BYTES], struct why *ret_loss, struct why *ret_why)
{
	const struct incident *in = &p->core.bindings[binding].incident;
	const struct project_key *key = binding < p->key_size ? &p->keys[binding] : NULL;
	const struct taking t = {.binding = binding, .incident = in->id, .kept = in->kept};
	_cleanup_free_ char *kept = NULL;
	struct kms_take how = {.back = restore};

	ret_path[0] = '\0';
	if (restore) {
		taking_path(p, &t, ret_path);
		if (kept_policy_load(ret_path, &in->kept, &kept, &how.kept_len, ret_why) != 0) {
			if (!ret_why->text[0])
				why_set(ret_why, "cmekd is out of memory");
			return true;
		}
		how.kept = kept;
	}
	return key && key->target && kms_foresee_take(key->target, &how, diff, ret_loss, ret_why);
}

static bool foresee_take_alone(const struct project *p, uint32_t binding, bool restore, struct why *ret_why)
{
	_cleanup_(buf_fini) struct buf diff = BUF_INIT(FORESEE_DIFF_MAX_BYTES);
	char path[KEPT_POLICY_PATH_BYTES];
	struct why loss;

	ret_why->text[0] = '\0';
	return foresee_taking(p, binding, restore, &diff, path, &loss, ret_why);
}

bool foresee_change(
	const struct project *p, uint32_t binding, bool cut, enum cut_means means, struct why *ret_why)
{
	const struct project_key *key = binding < p->key_size ? &p->keys[binding] : NULL;
	char sid[POLICY_SID_BYTES];

	if (!key || !key->target)
		return false;
	if (means == CUT_MEANS_DISABLE)
		return kms_foresee_switch(key->target, !cut, ret_why);
	if (means == CUT_MEANS_REMOVE)
		return foresee_take_alone(p, binding, !cut, ret_why);
	foresee_sid(p, binding, sid);
	return kms_foresee(key->target, sid, cut, ret_why);
}

/* ---- what is in the way of a pause ---- */

/* The first job of a cluster that blocks a pause, as it was read last; "" if none is known. */
static void blocking_job(const struct project *p, const struct cluster *c, char *text, size_t size)
{
	const struct jobs_cluster *known = jobs_of(p, &c->id);
	struct moment now = clock_now();

	text[0] = '\0';
	for (int j = 0; known && j < JOB_COUNT; j++) {
		const struct jobs_reading *r = &known->of[j];

		if (r->seen.blocking == 0 || r->at.ms == BOOTTIME_NEVER.ms ||
			now.boot.ms - r->at.ms > JOBS_BLOCK_MS)
			continue;
		(void)snprintf(text, size, "%" PRIu32 " %s (%s)", r->seen.blocking,
			job_words((enum job)j, r->seen.blocking),
			r->seen.name[0] ? r->seen.name : r->seen.state);
		return;
	}
}

/* Why it will probably refuse; "" if nothing is known. A refusal of the last incident is remembered until the next one. */
static void refusal_of(const struct project *p, const struct cluster *c, char *text, size_t size)
{
	const struct texts *words = project_words_of(p, &c->id);

	text[0] = '\0';
	if (c->state == CLUSTER_STATE_BUSY || c->state == CLUSTER_STATE_RESUMING ||
		c->state == CLUSTER_STATE_UNUSABLE)
		(void)snprintf(text, size, "is %s", cluster_state_name(c->state));
	if (c->state != CLUSTER_STATE_BUSY && c->state != CLUSTER_STATE_RUNNING)
		return;
	if (words && words->of.message)
		(void)snprintf(text, size, "refused lately: %.300s", words->of.message);
	else if (!text[0]) {
		char job[128];

		blocking_job(p, c, job, sizeof job);
		if (job[0])
			(void)snprintf(text, size, "has %s", job);
	}
}

void foresee_refusals(const struct project *p, uint32_t binding, foresee_fn *each, void *arg)
{
	char why[400], sentence[512];

	for (uint32_t i = 0; i < p->core.cluster_count; i++) {
		const struct cluster *c = &p->core.clusters[i];

		if (c->binding != binding || c->state == CLUSTER_STATE_GONE || c->mark.excluded)
			continue;
		refusal_of(p, c, why, sizeof why);
		if (!why[0])
			continue;
		(void)snprintf(sentence, sizeof sentence, "%s %s", c->name[0] ? c->name : c->id.text, why);
		each(sentence, arg);
	}
}

bool foresee_pause_first(const struct project *p, uint32_t binding, struct why *ret_why)
{
	char why[400];

	for (uint32_t i = 0; i < p->core.cluster_count; i++) {
		const struct cluster *c = &p->core.clusters[i];

		/* What has no key to lose by being unusable has nothing to finish either. */
		if (c->binding != binding || c->mark.excluded ||
			(c->state != CLUSTER_STATE_BUSY && c->state != CLUSTER_STATE_RUNNING))
			continue;
		refusal_of(p, c, why, sizeof why);
		if (!why[0])
			continue;
		why_set(ret_why,
			"cluster %s %s: what it does may fail without the key and keep it from pausing; if "
			"that matters more than time, pause first (--pause-first)",
			c->name[0] ? c->name : c->id.text, why);
		return true;
	}
	why_set(ret_why, "the key first, as TiDB Cloud documents it: no cluster is known to be at work");
	return false;
}

/* ---- what it takes ---- */

#define PAGE_CLUSTERS 100 /* of a list, at most */

void foresee_cost(const struct project *p, uint32_t acts, struct foresee_cost *ret_cost)
{
	/* The act, and reading its end by the cluster's id. A challenge of the Digest handles is spread thin. */
	const uint64_t requests_an_act = 2, minute_ms = 60000;
	uint64_t rate = p->hub->settings.requests_per_minute;
	uint64_t pages = p->core.cluster_count / PAGE_CLUSTERS + 1;
	uint64_t lists = pages * minute_ms / (uint64_t)p->core.policy.incident_ms; /* a minute */
	uint64_t left = lists + 1 < rate ? rate - lists : 1;
	uint64_t requests = acts * requests_an_act;

	ret_cost->ms = (int64_t)(requests * minute_ms / left);
	ret_cost->requests = requests + pages + lists * (uint64_t)ret_cost->ms / minute_ms;
}

void foresee_lines(const char *text, size_t len, char sign, struct buf *out)
{
	unsigned depth = 0;
	bool quoted = false, escaped = false;

	buf_printf(out, "%c ", sign);
	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (c == '"' && !escaped)
			quoted = !quoted;
		escaped = quoted && c == '\\' && !escaped;
		if (!quoted && (c == ' ' || c == '\t' || c == '\n' || c == '\r'))
			continue;
		if (!quoted && c == '}' && --depth < 2)
			buf_printf(out, "\n%c %*s", sign, (int)depth * 2, "");
		buf_append(out, &c, 1);
		depth += !quoted && c == '{';
		if (!quoted && depth < 3 && (c == '{' || c == ','))
			buf_printf(out, "\n%c %*s", sign, (int)depth * 2, "");
	}
	buf_add(out, "\n");
}

void foresee_diff(const struct project *p, uint32_t binding, bool cut, struct buf *out)
{
	const struct project_key *key = binding < p->key_size ? &p->keys[binding] : NULL;
	_cleanup_(buf_fini) struct buf statement = BUF_INIT(4096);
	char sid[POLICY_SID_BYTES];

	if (!key || !key->target)
		return;
	foresee_sid(p, binding, sid);
	kms_statement(key->target, sid, &statement);
	foresee_lines(statement.data, statement.len, cut ? '+' : '-', out);
}

bool foresee_next(const struct project *p, uint32_t binding, struct why *ret_why)
{
	const struct incident *in;

	if (binding >= p->core.binding_count)
		return false;
	in = &p->core.bindings[binding].incident;
	switch (in->cut) {
	case CUT_AFTER_PAUSES:
	case CUT_WANTED:
	case CUT_SENT:
		return foresee_change(p, binding, true, in->means, ret_why);
	case CUT_UNDO_WANTED:
	case CUT_UNDO_SENT:
		return foresee_change(p, binding, false, in->means, ret_why);
	case CUT_NONE:
	case CUT_MADE:
	case CUT_BY_HAND:
	case CUT_UNDO_BY_HAND:
	case CUT_COUNT:
		break;
	}
	return false;
}
