/* SPDX-License-Identifier: Apache-2.0 */
#include "io/aws_link.h"
#include "base/err.h"
#include "base/num.h"
#include "io/clock.h"
#include "io/journal.h"
#include "wire/aws_endpoint.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <syslog.h>

static void aws_link_region(const struct key_arn *key, struct region *ret_region)
{
	struct key_arn again;

	*ret_region = (struct region){.text = ""};
	(void)key_arn_parse(key->text, strlen(key->text), &again, ret_region, NULL);
}

static struct moment aws_link_now(void)
{
	struct moment now;

	clock_now(&now);
	return now;
}

/* ---- what cannot be sent is told from the loop ---- */

static void aws_link_on_timer(uv_timer_t *timer)
{
	struct aws_link *link = timer->data;
	struct aws_sends now;
	struct aws_send *s;

	TAILQ_INIT(&now);
	TAILQ_CONCAT(&now, &link->unsent, entry);
	while ((s = TAILQ_FIRST(&now))) {
		struct http_reply reply = s->unsent;

		TAILQ_REMOVE(&now, s, entry);
		s->link = NULL;
		s->done(s->arg, &reply);
	}
}

static void aws_link_unsent(struct aws_send *s, enum fault fault, const char *why)
{
	struct aws_link *link = s->link;

	s->unsent = (struct http_reply){.fault = fault, .body = ""};
	(void)snprintf(s->unsent.why, sizeof(s->unsent.why), "%s", why);
	TAILQ_INSERT_TAIL(&link->unsent, s, entry);
	uv_update_time(link->timer.loop);
	(void)uv_timer_start(&link->timer, aws_link_on_timer, 0, 0);
}

static void aws_link_on_reply(void *arg, const struct http_reply *reply)
{
	struct aws_send *s = arg;

	s->link = NULL;
	s->call = NULL;
	s->done(s->arg, reply); /* `s` may be gone, or on its way again */
}

/* ---- fresh credentials ---- */

static void aws_link_start(struct aws_link *link, struct aws_send *send);
static void aws_link_let_go(struct aws_link *link);

/* Whether they can be used without waiting for others. */
static bool aws_link_is_good(const struct aws_link *link)
{
	return link->credential.secret.bytes &&
	       (!walltime_is_known(link->expires) || aws_link_now().wall.ms < link->expires.ms);
}

/* Ahead of the end, by a quarter of what is left if that is less; daemons that were started together do not all come at
 * once. */
static struct walltime aws_link_refresh_time(struct walltime now, struct walltime expires)
{
	int64_t left_ms = expires.ms - now.ms;
	int64_t ahead_ms = left_ms / 4 < AWS_LINK_AHEAD_MS ? left_ms / 4 : AWS_LINK_AHEAD_MS;
	uint32_t random = 0;

	if (ahead_ms <= 0)
		return expires;
	if (getrandom(&random, sizeof(random), GRND_NONBLOCK) != sizeof(random))
		random = (uint32_t)now.ms;
	return (struct walltime){expires.ms - ahead_ms - (int64_t)(random % (uint32_t)(ahead_ms / 3 + 1))};
}

static void aws_link_take(struct aws_link *link, struct aws_keys *keys)
{
	struct moment now = aws_link_now();

	credential_fini(&link->credential);
	memcpy(link->credential.id, keys->id, sizeof(link->credential.id));
	link->credential.secret = keys->secret; /* moved */
	link->credential.token = keys->token;
	link->expires = keys->expires;
	keys->secret = keys->token = SECRET_INIT;
	link->refresh_at = walltime_is_known(link->expires) ? aws_link_refresh_time(now.wall, link->expires)
							    : WALLTIME_UNKNOWN;
	/* Should they be past their end already, by our clock, they are used all the same, and asked for again in peace. */
	link->retry_at = boottime_after(now.boot, AWS_LINK_RETRY_MAX_MS);
	if (walltime_is_known(link->expires) && link->expires.ms > now.wall.ms)
		link->retry_at = now.boot;
	link->fetched_at = now.boot;
	link->fault = FAULT_NONE;
	link->trouble[0] = '\0';
	if (link->failures > 0)
		journal_log(LOG_NOTICE, NULL, "AWS credentials are fresh again: %s", aws_link_text(link));
	link->failures = 0;
}

static void aws_link_fetch_failed(struct aws_link *link, enum fault fault, const char *why)
{
	int64_t delay_ms = AWS_LINK_RETRY_MIN_MS << (link->failures < 6 ? link->failures : 6);

	link->fault = fault;
	(void)snprintf(link->trouble, sizeof(link->trouble), "%s", why);
	link->retry_at = boottime_after(
		aws_link_now().boot, delay_ms < AWS_LINK_RETRY_MAX_MS ? delay_ms : AWS_LINK_RETRY_MAX_MS);
	if (link->failures++ == 0)
		journal_log(LOG_WARNING, NULL, "AWS credentials could not be fetched: %s", why);
}

static void aws_link_on_fetched(void *arg, enum fault fault, struct aws_keys *keys, const char *why)
{
	struct aws_link *link = arg;
	bool again = link->old_chain != NULL; /* the chain is another now */
	struct aws_sends now;
	struct aws_send *s;

	link->fetch = NULL;
	link->old_chain = credential_chain_free(link->old_chain);
	if (link->closing) {
		aws_link_let_go(link);
		return;
	}
	if (fault == FAULT_NONE && !again)
		aws_link_take(link, keys);
	else if (!again)
		aws_link_fetch_failed(link, fault, why);
	TAILQ_INIT(&now);
	TAILQ_CONCAT(&now, &link->waiting, entry);
	while ((s = TAILQ_FIRST(&now))) {
		TAILQ_REMOVE(&now, s, entry);
		s->waits = false;
		if (again) {
			struct aws_request request = s->request;

			aws_link_send(link, s, &request, s->done, s->arg);
		} else if (link->credential.secret.bytes) {
			aws_link_start(link, s);
		} else {
			aws_link_unsent(s, link->fault, link->trouble);
		}
	}
}

/* Starts a fetch if it is time for one. */
static void aws_link_refresh(struct aws_link *link, const struct key_arn *key)
{
	struct moment now = aws_link_now();
	struct region region;

	if (!link->chain || credential_chain_is_static(link->chain) || link->fetch || link->closing ||
		!boottime_reached(now.boot, link->retry_at))
		return;
	if (link->credential.secret.bytes &&
		(!walltime_is_known(link->refresh_at) || now.wall.ms < link->refresh_at.ms))
		return;
	aws_link_region(key, &region);
	if (credential_fetch_start(&(struct credential_fetch_init){.loop = link->loop,
					   .http = link->http,
					   .chain = link->chain,
					   .sts_url = link->sts_url,
					   .region = region.text,
					   .timeout_ms = link->timeout_ms,
					   .done = aws_link_on_fetched,
					   .arg = link},
		    &link->fetch) < 0)
		aws_link_fetch_failed(link, FAULT_CANCELLED, "out of memory while fetching AWS credentials");
}

bool aws_link_doubt(struct aws_link *link)
{
	struct boottime now = aws_link_now().boot;

	if (!link->chain || credential_chain_is_static(link->chain) || !link->credential.secret.bytes ||
		!boottime_reached(now, link->retry_at) ||
		now.ms - link->fetched_at.ms < AWS_LINK_RETRY_MAX_MS)
		return false;
	link->expires = link->refresh_at = (struct walltime){1};
	return true;
}

/* ---- requests ---- */

/* With the credentials at hand. */
static void aws_link_start(struct aws_link *link, struct aws_send *send)
{
	const struct aws_request *r = &send->request;
	const char *given = strcmp(r->service, "sts") == 0 ? link->sts_url : link->kms_url;
	char url[AWS_ENDPOINT_BYTES], content_type[128], target[128];
	struct region region;
	struct http_request request = {.method = HTTP_POST,
		.url = given[0] ? given : url,
		.headers = {content_type, r->target ? target : NULL},
		.body = r->body,
		.body_len = r->body_len,
		.auth = HTTP_AUTH_SIGV4,
		.region = region.text,
		.service = r->service,
		.user = link->credential.id,
		.secret = link->credential.secret.bytes,
		.token = link->credential.token.bytes,
		.timeout_ms = link->timeout_ms,
		.max_reply_bytes = r->max_reply_bytes,
		.once = r->once};

	aws_link_region(r->key, &region);
	if (!given[0] && aws_endpoint(r->service, r->key->text, region.text, url) != 0) {
		aws_link_unsent(
			send, FAULT_REFUSED, "the key ARN names a partition of AWS that cmekd does not know");
		return;
	}
	(void)snprintf(content_type, sizeof(content_type), "Content-Type: %s", r->content_type);
	(void)snprintf(target, sizeof(target), "X-Amz-Target: %s", r->target ? r->target : "");
	if (http_start(link->http, &request, aws_link_on_reply, send, &send->call) < 0)
		aws_link_unsent(send, FAULT_CANCELLED,
			"the request could not be started: out of memory, or cmekd stops");
}

void aws_link_send(struct aws_link *link, struct aws_send *send, const struct aws_request *r,
	http_done_fn *done, void *arg)
{
	*send = (struct aws_send){.link = link, .request = *r, .done = done, .arg = arg};
	aws_link_refresh(link, r->key);
	/* What changes something was asked for a moment ago, and is not kept for later. */
	if (link->fetch && !aws_link_is_good(link) && !r->once) {
		send->waits = true;
		TAILQ_INSERT_TAIL(&link->waiting, send, entry);
	} else if (!link->credential.secret.bytes) {
		aws_link_unsent(
			send, link->fault == FAULT_NONE ? FAULT_CREDENTIALS : link->fault, link->trouble);
	} else {
		aws_link_start(link, send);
	}
}

void aws_link_cancel(struct aws_send *send)
{
	if (send->waits) {
		TAILQ_REMOVE(&send->link->waiting, send, entry);
		send->waits = false;
		aws_link_unsent(send, FAULT_CANCELLED, "cancelled");
	} else if (send->call) {
		http_cancel(send->call);
	}
}

/* ---- the link ---- */

/* The same place, and perhaps newer keys there. */
static bool aws_link_same_chain(const struct credential_chain *a, const struct credential_chain *b)
{
	bool same = a && b && a->origin == b->origin && a->role_count == b->role_count &&
		    strcmp(a->source, b->source) == 0 && strcmp(a->keys.id, b->keys.id) == 0;

	for (size_t i = 0; same && i < a->role_count; i++)
		same = strcmp(a->roles[i].arn, b->roles[i].arn) == 0 &&
		       strcmp(a->roles[i].external_id, b->roles[i].external_id) == 0;
	return same;
}

/* What was fetched by the same chain stays in use until it is fetched anew. */
static void aws_link_set_chain(struct aws_link *link, struct credential_chain *chain)
{
	bool same = aws_link_same_chain(link->chain, chain);

	/* A fetch goes along the old one no further, which is freed when it has ended. */
	if (link->fetch && !link->old_chain) {
		link->old_chain = link->chain;
		credential_fetch_cancel(link->fetch);
	} else {
		credential_chain_free(link->chain);
	}
	link->chain = chain;
	link->fault = FAULT_NONE;
	link->trouble[0] = '\0';
	link->failures = 0;
	link->retry_at = aws_link_now().boot;
	if (credential_chain_is_static(chain)) {
		credential_fini(&link->credential);
		link->credential = chain->keys; /* moved */
		chain->keys = CREDENTIAL_INIT;
		link->expires = link->refresh_at = WALLTIME_UNKNOWN;
	} else if (same) {
		link->refresh_at = (struct walltime){1};
	} else {
		credential_fini(&link->credential);
	}
}

int aws_link_reload(struct aws_link *link, struct why *reterr_why)
{
	struct credential_chain *chain = NULL;
	int r = credential_chain_load(link->credentials_file, link->profile, &chain, reterr_why);

	/* A file that has gone is no reason to take whatever this machine is given. */
	if (r == 0 && chain->implicit && link->chain && !link->chain->implicit) {
		chain = credential_chain_free(chain);
		why_set(reterr_why, "no AWS credentials are set any more: restart cmekd if instance metadata "
				    "is meant to be "
				    "used");
		r = CREDENTIAL_E_ABSENT;
	}
	if (r == 0)
		aws_link_set_chain(link, chain);
	else if (!link->chain)
		(void)snprintf(link->trouble, sizeof(link->trouble), "%s",
			r > 0 ? reterr_why->text : "the credentials could not be read: out of memory");
	return r;
}

const char *aws_link_text(struct aws_link *link)
{
	char until[NUM_TIME_BYTES];

	if (!link->credential.secret.bytes && link->trouble[0])
		(void)snprintf(link->text, sizeof(link->text), "%s", link->trouble);
	else if (!link->chain)
		(void)snprintf(link->text, sizeof(link->text), "no AWS credentials");
	else if (!link->credential.secret.bytes)
		(void)snprintf(link->text, sizeof(link->text), "%s, not asked yet", link->chain->source);
	else if (!walltime_is_known(link->expires) || credential_chain_is_static(link->chain))
		(void)snprintf(link->text, sizeof(link->text), "%s", link->chain->source);
	else {
		num_format_time_ms(link->expires.ms, until);
		(void)snprintf(link->text, sizeof(link->text), "access key %s of %s, good until %s%s%.256s",
			link->credential.id, link->chain->source, until,
			link->trouble[0] ? "; they could not be fetched anew: " : "", link->trouble);
	}
	return link->text;
}

void aws_link_state(const struct aws_link *link, struct credential_state *ret_state)
{
	*ret_state = (struct credential_state){.source = link->chain ? link->chain->source : "",
		.id = link->credential.secret.bytes ? link->credential.id : "",
		.identity = "",
		.trouble = link->trouble};
	if (link->credential.secret.bytes && link->chain && !credential_chain_is_static(link->chain))
		ret_state->expires = link->expires;
}

static void aws_link_free_parts(struct aws_link *link)
{
	credential_fini(&link->credential);
	link->chain = credential_chain_free(link->chain);
	link->old_chain = credential_chain_free(link->old_chain);
	free(link->credentials_file);
	free(link->profile);
	free(link->kms_url);
	free(link->sts_url);
}

int aws_link_init(
	struct aws_link *link, uv_loop_t *loop, struct http *http, const struct aws_link_settings *settings)
{
	struct why why = {.text = ""};

	*link = (struct aws_link){.http = http,
		.loop = loop,
		.credential = CREDENTIAL_INIT,
		.timeout_ms = settings->timeout_ms,
		.retry_at = aws_link_now().boot};
	link->credentials_file = strdup(settings->credentials_file);
	link->profile = strdup(settings->profile);
	link->kms_url = strdup(settings->kms_url);
	link->sts_url = strdup(settings->sts_url);
	if (!link->credentials_file || !link->profile || !link->kms_url || !link->sts_url) {
		aws_link_free_parts(link);
		return err_origin(-ENOMEM);
	}
	TAILQ_INIT(&link->unsent);
	TAILQ_INIT(&link->waiting);
	(void)uv_timer_init(loop, &link->timer);
	link->timer.data = link;
	(void)aws_link_reload(link, &why); /* said by each request, and by status */
	return 0;
}

static void aws_link_on_closed(uv_handle_t *handle)
{
	struct aws_link *link = handle->data;

	aws_link_free_parts(link);
	link->closed(link->closed_arg);
}

static void aws_link_let_go(struct aws_link *link)
{
	uv_close((uv_handle_t *)&link->timer, aws_link_on_closed);
}

void aws_link_close(struct aws_link *link, void (*closed)(void *arg), void *arg)
{
	link->closing = true;
	link->closed = closed;
	link->closed_arg = arg;
	if (link->fetch)
		credential_fetch_cancel(link->fetch);
	else
		aws_link_let_go(link);
}
