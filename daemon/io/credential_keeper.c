/* SPDX-License-Identifier: Apache-2.0 */
#include "io/credential_keeper.h"
#include "base/num.h"
#include "io/chance.h"
#include "io/clock.h"
#include "io/journal.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#define KEEPER_AT_ONCE ((struct walltime){1}) /* long past, and not WALLTIME_UNKNOWN */

/* Whether they can be used without waiting for others. */
static bool keeper_is_good(const struct credential_keeper *k)
{
	return k->credential.secret.bytes &&
	       (!walltime_is_known(k->expires) || clock_now().wall.ms < k->expires.ms);
}

static bool keeper_fetches(const struct credential_keeper *k)
{
	return k->chain && !credential_chain_is_static(k->chain);
}

/* ---- fetches ---- */

/* Ahead of the end, by a quarter of what is left if that is less; daemons that were started together do not all come at
 * once. */
static struct walltime keeper_refresh_time(struct walltime now, struct walltime expires)
{
	int64_t quarter_ms = (expires.ms - now.ms) / 4;
	int64_t ahead_ms = quarter_ms < CREDENTIAL_KEEPER_AHEAD_MS ? quarter_ms : CREDENTIAL_KEEPER_AHEAD_MS;

	if (ahead_ms <= 0)
		return expires;
	return (struct walltime){expires.ms - ahead_ms - (int64_t)(chance() % (uint32_t)(ahead_ms / 3 + 1))};
}

static void keeper_take(struct credential_keeper *k, struct aws_keys *keys)
{
	struct moment now = clock_now();
	bool ends = walltime_is_known(keys->expires);

	credential_fini(&k->credential);
	memcpy(k->credential.id, keys->id, sizeof(k->credential.id));
	k->credential.secret = keys->secret; /* moved */
	k->credential.token = keys->token;
	keys->secret = keys->token = SECRET_INIT;
	k->expires = keys->expires;
	k->refresh_at = ends ? keeper_refresh_time(now.wall, k->expires) : WALLTIME_UNKNOWN;
	/* Should they be past their end already, by our clock, they are used all the same, and asked for again in peace. */
	k->retry_at = ends && k->expires.ms - now.wall.ms > CREDENTIAL_KEEPER_RETRY_MIN_MS
			      ? now.boot
			      : boottime_after(now.boot, CREDENTIAL_KEEPER_RETRY_MAX_MS);
	k->fetched_at = now.boot;
	k->fault = FAULT_NONE;
	k->trouble[0] = '\0';
	if (k->failures > 0)
		journal_notice(NOTICE_CREDENTIALS_BACK,
			&(struct journal_fields){.detail = credential_keeper_text(k)}, NULL);
	k->failures = 0;
}

static void keeper_fetch_failed(struct credential_keeper *k, enum fault fault, const char *why)
{
	int64_t delay_ms = CREDENTIAL_KEEPER_RETRY_MIN_MS << (k->failures < 6 ? k->failures : 6);

	k->fault = fault;
	(void)snprintf(k->trouble, sizeof(k->trouble), "%s", why);
	k->retry_at = boottime_after(clock_now().boot,
		delay_ms < CREDENTIAL_KEEPER_RETRY_MAX_MS ? delay_ms : CREDENTIAL_KEEPER_RETRY_MAX_MS);
	if (k->failures++ == 0)
		journal_notice(NOTICE_CREDENTIALS_FAILED, &(struct journal_fields){.detail = why}, "AWS");
}

static void keeper_free(struct credential_keeper *k)
{
	credential_fini(&k->credential);
	k->chain = credential_chain_free(k->chain);
	k->old_chain = credential_chain_free(k->old_chain);
	free(k->credentials_file);
	free(k->profile);
}

static void keeper_let_go(struct credential_keeper *k)
{
	keeper_free(k);
	k->closed(k->closed_arg);
}

static void keeper_on_fetched(void *arg, enum fault fault, struct aws_keys *keys, const char *why)
{
	struct credential_keeper *k = arg;
	bool of_another_chain = k->old_chain != NULL;

	k->fetch = NULL;
	k->old_chain = credential_chain_free(k->old_chain);
	if (k->closed) {
		keeper_let_go(k);
		return;
	}
	if (fault == FAULT_NONE && !of_another_chain)
		keeper_take(k, keys);
	else if (!of_another_chain)
		keeper_fetch_failed(k, fault, why);
	k->init.fetched(k->init.arg);
}

static bool keeper_is_time(const struct credential_keeper *k)
{
	struct moment now = clock_now();

	if (!keeper_fetches(k) || k->fetch || k->closed || !boottime_reached(now.boot, k->retry_at))
		return false;
	return !k->credential.secret.bytes ||
	       (walltime_is_known(k->refresh_at) && now.wall.ms >= k->refresh_at.ms);
}

bool credential_keeper_must_wait(struct credential_keeper *k, const char *region)
{
	if (keeper_is_time(k) &&
		credential_fetch_start(
			&(struct credential_fetch_init){.loop = k->init.loop,
				.http = k->init.http,
				.chain = k->chain,
				.sts_url = k->init.sts_url[0] ? k->init.sts_url : k->chain->urls.of[AWS_STS],
				.region = region,
				.timeout_ms = k->init.timeout_ms,
				.done = keeper_on_fetched,
				.arg = k},
			&k->fetch) < 0)
		keeper_fetch_failed(k, FAULT_CANCELLED, "out of memory while fetching AWS credentials");
	return k->fetch && !keeper_is_good(k);
}

bool credential_keeper_doubt(struct credential_keeper *k)
{
	struct boottime now = clock_now().boot;

	if (!keeper_fetches(k) || !k->credential.secret.bytes || !boottime_reached(now, k->retry_at) ||
		now.ms - k->fetched_at.ms < CREDENTIAL_KEEPER_RETRY_MAX_MS)
		return false;
	k->expires = k->refresh_at = KEEPER_AT_ONCE;
	return true;
}

/* ---- where they come from ---- */

/* The same place, and perhaps newer keys there. */
static bool keeper_same_chain(const struct credential_chain *a, const struct credential_chain *b)
{
	bool same = a && b && a->origin == b->origin && a->role_count == b->role_count &&
		    strcmp(a->source, b->source) == 0 && strcmp(a->keys.id, b->keys.id) == 0;

	for (size_t i = 0; same && i < a->role_count; i++)
		same = strcmp(a->roles[i].arn, b->roles[i].arn) == 0 &&
		       strcmp(a->roles[i].external_id, b->roles[i].external_id) == 0;
	return same;
}

/* What was fetched by the same chain stays in use until it is fetched anew. */
static void keeper_set_chain(struct credential_keeper *k, struct credential_chain *chain)
{
	bool same = keeper_same_chain(k->chain, chain);

	/* A fetch goes along the old one no further, which is freed when it has ended. */
	if (k->fetch && !k->old_chain) {
		k->old_chain = k->chain;
		credential_fetch_cancel(k->fetch);
	} else {
		credential_chain_free(k->chain);
	}
	k->chain = chain;
	k->fault = FAULT_NONE;
	k->trouble[0] = '\0';
	k->failures = 0;
	k->retry_at = clock_now().boot;
	if (credential_chain_is_static(chain)) {
		credential_fini(&k->credential);
		k->credential = chain->keys; /* moved */
		chain->keys = CREDENTIAL_INIT;
		k->expires = k->refresh_at = WALLTIME_UNKNOWN;
	} else if (same) {
		k->refresh_at = KEEPER_AT_ONCE;
	} else {
		credential_fini(&k->credential);
	}
}

int credential_keeper_reload(struct credential_keeper *k, struct why *reterr_why)
{
	struct credential_chain *chain = NULL;
	int r = credential_chain_load(k->credentials_file, k->profile, &chain, reterr_why);

	/* A file that has gone is no reason to take whatever this machine is given. */
	if (r == 0 && chain->implicit && k->chain && !k->chain->implicit) {
		chain = credential_chain_free(chain);
		why_set(reterr_why,
			"no AWS credentials are set any more: restart cmekd if instance metadata is "
			"meant to be used");
		r = CREDENTIAL_E_ABSENT;
	}
	if (r == 0)
		keeper_set_chain(k, chain);
	else if (!k->chain)
		(void)snprintf(k->trouble, sizeof(k->trouble), "%s",
			r > 0 ? reterr_why->text : "the credentials could not be read: out of memory");
	return r;
}

const char *credential_keeper_text(struct credential_keeper *k)
{
	char until[NUM_TIME_BYTES];

	if (!k->credential.secret.bytes && k->trouble[0]) {
		(void)snprintf(k->text, sizeof(k->text), "%s", k->trouble);
	} else if (!k->chain) {
		(void)snprintf(k->text, sizeof(k->text), "no AWS credentials");
	} else if (!k->credential.secret.bytes) {
		(void)snprintf(k->text, sizeof(k->text), "%s, not asked yet", k->chain->source);
	} else if (!walltime_is_known(k->expires) || credential_chain_is_static(k->chain)) {
		(void)snprintf(k->text, sizeof(k->text), "%s", k->chain->source);
	} else {
		num_format_time_ms(k->expires.ms, until);
		(void)snprintf(k->text, sizeof(k->text), "access key %s of %s, good until %s%s%.256s",
			k->credential.id, k->chain->source, until,
			k->trouble[0] ? "; they could not be fetched anew: " : "", k->trouble);
	}
	return k->text;
}

void credential_keeper_state(const struct credential_keeper *k, struct credential_state *ret_state)
{
	bool any = k->credential.secret.bytes != NULL;

	*ret_state = (struct credential_state){.source = k->chain ? k->chain->source : "",
		.id = any ? k->credential.id : "",
		.identity = "",
		.trouble = k->trouble,
		.expires = any && keeper_fetches(k) ? k->expires : WALLTIME_UNKNOWN};
}

/* ---- lifetimes ---- */

int credential_keeper_init(struct credential_keeper *k, const struct credential_keeper_init *init)
{
	struct why why = {.text = ""};

	*k = (struct credential_keeper){
		.init = *init, .credential = CREDENTIAL_INIT, .retry_at = clock_now().boot};
	k->credentials_file = strdup(init->credentials_file);
	k->profile = strdup(init->profile);
	if (!k->credentials_file || !k->profile) {
		keeper_free(k);
		return err_origin(-ENOMEM);
	}
	(void)credential_keeper_reload(k, &why); /* said by each request, and by status */
	return 0;
}

void credential_keeper_close(struct credential_keeper *k, void (*closed)(void *arg), void *arg)
{
	k->closed = closed;
	k->closed_arg = arg;
	if (k->fetch)
		credential_fetch_cancel(k->fetch);
	else
		keeper_let_go(k);
}
