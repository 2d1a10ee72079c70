/* SPDX-License-Identifier: Apache-2.0 */
#include "io/aws_link.h"
#include "base/err.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Partitions and their DNS suffixes (AWS General Reference; partitions.json of AWS's SDKs, 2026-08). */
static const struct {
	const char *partition, *suffix;
} aws_link_partitions[] = {
	{"aws", "amazonaws.com"},
	{"aws-cn", "amazonaws.com.cn"},
	{"aws-us-gov", "amazonaws.com"},
	{"aws-eusc", "amazonaws.eu"},
	{"aws-iso", "c2s.ic.gov"},
	{"aws-iso-b", "sc2s.sgov.gov"},
	{"aws-iso-e", "cloud.adc-e.uk"},
	{"aws-iso-f", "csp.hci.ic.gov"},
};

static void aws_link_region(const struct key_arn *key, struct region *ret_region)
{
	struct key_arn again;

	*ret_region = (struct region){.text = ""};
	(void)key_arn_parse(key->text, strlen(key->text), &again, ret_region, NULL);
}

int aws_link_endpoint(const char *service, const struct key_arn *key, char ret_url[AWS_LINK_URL_BYTES])
{
	const char *partition = key->text + strlen("arn:");
	size_t len = strcspn(partition, ":");
	struct region region;

	aws_link_region(key, &region);
	for (size_t i = 0; region.text[0] && i < sizeof(aws_link_partitions) / sizeof(aws_link_partitions[0]);
		i++) {
		if (strlen(aws_link_partitions[i].partition) != len ||
			memcmp(aws_link_partitions[i].partition, partition, len) != 0)
			continue;
		(void)snprintf(ret_url, AWS_LINK_URL_BYTES, "https://%s.%s.%s/", service, region.text,
			aws_link_partitions[i].suffix);
		return 0;
	}
	return 1;
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

void aws_link_send(struct aws_link *link, struct aws_send *send, const struct aws_request *r,
	http_done_fn *done, void *arg)
{
	const char *given = strcmp(r->service, "sts") == 0 ? link->sts_url : link->kms_url;
	char url[AWS_LINK_URL_BYTES], content_type[128], target[128];
	struct region region;
	struct http_request request = {.method = HTTP_POST,
		.url = url,
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

	*send = (struct aws_send){.link = link, .done = done, .arg = arg};
	if (!link->credential.secret.bytes) {
		aws_link_unsent(send, FAULT_CREDENTIALS, link->credential_text);
		return;
	}
	aws_link_region(r->key, &region);
	if (given[0]) {
		(void)snprintf(url, sizeof(url), "%s", given);
	} else if (aws_link_endpoint(r->service, r->key, url) != 0) {
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

void aws_link_cancel(struct aws_send *send)
{
	if (send->call)
		http_cancel(send->call);
}

/* ---- the link ---- */

int aws_link_reload(struct aws_link *link, struct why *reterr_why)
{
	int r = credential_load_aws(link->credentials_file, link->profile, &link->credential, reterr_why);

	if (r == 0)
		(void)snprintf(
			link->credential_text, sizeof(link->credential_text), "%s", link->credential.source);
	else if (!link->credential.secret.bytes)
		(void)snprintf(link->credential_text, sizeof(link->credential_text), "%s",
			r > 0 ? reterr_why->text : "the credentials could not be read: out of memory");
	return r;
}

static void aws_link_free_parts(struct aws_link *link)
{
	credential_fini(&link->credential);
	free(link->credentials_file);
	free(link->profile);
	free(link->kms_url);
	free(link->sts_url);
}

int aws_link_init(
	struct aws_link *link, uv_loop_t *loop, struct http *http, const struct aws_link_settings *settings)
{
	struct why why = {.text = ""};

	*link = (struct aws_link){
		.http = http, .credential = CREDENTIAL_INIT, .timeout_ms = settings->timeout_ms};
	link->credentials_file = strdup(settings->credentials_file);
	link->profile = strdup(settings->profile);
	link->kms_url = strdup(settings->kms_url);
	link->sts_url = strdup(settings->sts_url);
	if (!link->credentials_file || !link->profile || !link->kms_url || !link->sts_url) {
		aws_link_free_parts(link);
		return err_origin(-ENOMEM);
	}
	TAILQ_INIT(&link->unsent);
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

void aws_link_close(struct aws_link *link, void (*closed)(void *arg), void *arg)
{
	link->closed = closed;
	link->closed_arg = arg;
	uv_close((uv_handle_t *)&link->timer, aws_link_on_closed);
}
