/* SPDX-License-Identifier: Apache-2.0 */
#include "io/kms.h"
#include "io/clock.h"
#include "io/kms_op.h"
#include "policy/policy.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- lifetimes ---- */

static void kms_let_go(void *arg)
{
	struct kms *k = arg;
	struct kms_region *region;

	if (--k->open > 0)
		return;
	while ((region = LIST_FIRST(&k->regions))) {
		LIST_REMOVE(region, of_kms);
		free(region);
	}
	free(k);
}

static void kms_on_timer_closed(uv_handle_t *handle)
{
	kms_let_go(handle->data);
}

/* The client goes when it was closed, its last target is gone, and GetCallerIdentity is not under way. */
void kms_try_close(struct kms *k)
{
	if (!k->closing || k->closed || k->who_asked || !LIST_EMPTY(&k->targets))
		return;
	k->closed = true;
	uv_close((uv_handle_t *)&k->timer, kms_on_timer_closed);
	aws_link_close(&k->link, kms_let_go, k);
}

void kms_target_try_free(struct kms_target *t)
{
	struct kms *k = t->kms;

	if (!t->closing || !LIST_EMPTY(&t->ops))
		return;
	LIST_REMOVE(t, of_kms);
	free(t->context);
	free(t->policy);
	free(t);
	kms_try_close(k);
}

/* ---- targets ---- */

/* Its lanes; they stay until the client goes: a target that comes again must not find a fresh allowance. NULL: no memory. */
static struct kms_region *kms_region_of(struct kms *k, const struct region *name)
{
	struct kms_region *region;

	LIST_FOREACH(region, &k->regions, of_kms)
	{
		if (strcmp(region->region.text, name->text) == 0)
			return region;
	}
	region = calloc(1, sizeof(*region));
	if (!region)
		return NULL;
	region->region = *name;
	for (size_t c = 0; c < KMS_LANE_CLASS_COUNT; c++)
		kms_lane_init(&region->lanes[c], (enum kms_lane_class)c, clock_now().boot);
	LIST_INSERT_HEAD(&k->regions, region, of_kms);
	return region;
}

int kms_target_new(struct kms *k, const struct kms_target_init *init, struct kms_target **ret_target)
{
	struct kms_target *t;
	struct key_arn again;
	struct region region;
	struct account_id own;

	if (key_arn_parse(init->arn.text, strlen(init->arn.text), &again, &region, &own) != 0)
		return 1;
	t = calloc(1, sizeof(*t));
	if (!t || !(t->lanes = kms_region_of(k, &region))) {
		free(t);
		return err_origin(-ENOMEM);
	}
	if (init->context_count > 0) {
		t->context = calloc(init->context_count, sizeof(*t->context));
		if (!t->context) {
			free(t);
			return err_origin(-ENOMEM);
		}
		memcpy(t->context, init->context, init->context_count * sizeof(*t->context));
		t->context_count = init->context_count;
	}
	t->kms = k;
	t->arn = again;
	t->region = region;
	t->own = own;
	t->vendor = init->vendor;
	t->own_ledger = init->own_ledger;
	t->family = init->family;
	LIST_INIT(&t->ops);
	LIST_INSERT_HEAD(&k->targets, t, of_kms);
	*ret_target = t;
	return 0;
}

void kms_target_close(struct kms_target *t)
{
	struct kms_op *op;

	t->closing = true;
	LIST_FOREACH(op, &t->ops, of_target)
	{
		kms_op_cancel(op);
	}
	kms_target_try_free(t);
}

const char *kms_target_policy(const struct kms_target *t, size_t *ret_len, struct walltime *ret_read_at)
{
	if (!t->policy)
		return NULL;
	*ret_len = t->policy_len;
	*ret_read_at = t->policy_at;
	return t->policy;
}

void kms_target_context(const struct kms_target *t, struct policy_context *ret_context)
{
	struct moment now = clock_now();

	*ret_context = (struct policy_context){.vendor = t->vendor,
		.own = t->own,
		.region = t->region,
		.key = t->arn,
		.now = now.wall,
		.context = t->context,
		.context_count = t->context_count,
		.own_ledger = t->own_ledger.text[0] ? &t->own_ledger : NULL,
		.siblings = t->family ? t->family->ledgers : NULL,
		.sibling_count = t->family ? t->family->count : 0,
		.key_spec = t->key_spec,
		.key_usage = t->key_usage,
		.key_origin = t->key_origin,
		.key_multi_region = t->key_multi_region ? "true" : ""};
}

/* ---- the client ---- */

int kms_new(const struct kms_init *init, struct kms **ret_kms)
{
	struct kms *k = calloc(1, sizeof(*k));
	int r;

	if (!k)
		return err_origin(-ENOMEM);
	r = aws_link_init(&k->link, init->loop, init->http,
		&(struct aws_link_settings){.credentials_file = init->credentials_file,
			.profile = init->profile,
			.urls = init->urls,
			.timeout_ms = init->timeout_ms});
	if (r < 0) {
		free(k);
		return r;
	}
	LIST_INIT(&k->targets);
	LIST_INIT(&k->regions);
	k->retry = RETRY_INIT;
	TAILQ_INIT(&k->who_waits);
	TAILQ_INIT(&k->sleepers);
	k->who_at = k->who_again = BOOTTIME_NEVER;
	(void)uv_timer_init(init->loop, &k->timer);
	k->timer.data = k;
	k->open = 2;
	*ret_kms = k;
	return 0;
}

int kms_reload(struct kms *k, struct why *reterr_why)
{
	int r = credential_keeper_reload(&k->link.keeper, reterr_why);

	if (r == 0) { /* perhaps somebody else now */
		k->who_at = BOOTTIME_NEVER;
		k->who_tried = k->who_known = false;
	}
	return r;
}

const char *kms_endpoint(const struct kms *k)
{
	return aws_link_given_url(&k->link, AWS_KMS);
}

void kms_close(struct kms *k)
{
	k->closing = true;
	kms_identity_cancel(k);
	kms_try_close(k);
}

const char *kms_credentials_text(struct kms *k)
{
	return credential_keeper_text(&k->link.keeper);
}

void kms_credentials(const struct kms *k, struct credential_state *ret_state)
{
	credential_keeper_state(&k->link.keeper, ret_state);
	ret_state->identity = kms_own_arn(k);
}

const char *kms_own_arn(const struct kms *k)
{
	return k->who_known ? k->who.arn : "";
}

static void kms_tell_lanes(struct kms *k, struct kms_region *region, kms_lane_fn *each, void *arg)
{
	struct kms_lane_state state;

	for (size_t c = 0; c < KMS_LANE_CLASS_COUNT; c++) {
		struct kms_lane *lane = &region->lanes[c];

		if (!lane->was_used && lane->waiting_all == 0)
			continue;
		kms_lane_state(lane, clock_now().boot, &state);
		each(k->link.keeper.credential.id, &region->region,
			kms_lane_class_operations((enum kms_lane_class)c), &state, arg);
	}
}

void kms_each_lane(struct kms *k, kms_lane_fn *each, void *arg)
{
	struct kms_region *region;

	LIST_FOREACH(region, &k->regions, of_kms)
	{
		kms_tell_lanes(k, region, each, arg);
	}
}
