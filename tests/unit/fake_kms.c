/* SPDX-License-Identifier: Apache-2.0 */
/* fake_kms: KMS as fake_io makes it up. */
#include "base/buf.h"
#include "fake_io.h"
#include "fake_later.h"
#include "io/kms.h"
#include "io/kms_edit.h"
#include "policy/policy.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
	later_new(answer_look, arg)->done.look = done;
	return 0;
}

static void answer_rotation(struct later *l)
{
	l->done.rotation(l->arg, &fake.rotation, NULL);
}

int kms_rotation(struct kms_target *t, kms_rotation_fn *done, void *arg)
{
	(void)t;
	later_new(answer_rotation, arg)->done.rotation = done;
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
	later_new(answer_revoke, arg)->done.revoke = done;
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
	later_new(answer_grants, arg)->done.grants = done;
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
	struct later *l = later_new(answer_change, arg);

	(void)t;
	(void)sid;
	l->done.change = done;
	l->wanted = wanted;
	l->cut = true;
	return 0;
}

int kms_uncut(struct kms_target *t, const char *sid, kms_wanted_fn *wanted, kms_change_fn *done, void *arg)
{
	struct later *l = later_new(answer_change, arg);

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
	struct later *l = later_new(answer_switch, arg);

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
	struct later *l = later_new(answer_errand, arg);

	(void)t;
	fake.errand = *errand;
	l->done.errand = done;
	l->wanted = wanted;
	return 0;
}

int kms_give(struct kms_target *t, const struct kms_give *give, kms_wanted_fn *wanted, kms_change_fn *done,
	void *arg)
{
	struct later *l = later_new(answer_change, arg);

	(void)t;
	(void)give;
	l->done.change = done;
	l->wanted = wanted;
	return 0;
}

int kms_adopt(struct kms_target *t, const struct kms_adopt *adopt, kms_wanted_fn *wanted, kms_change_fn *done,
	void *arg)
{
	struct later *l = later_new(answer_change, arg);

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

const char *kms_endpoint(const struct kms *k)
{
	(void)k;
	return "";
}
