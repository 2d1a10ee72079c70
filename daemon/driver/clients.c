/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/clients.h"
#include "base/err.h"
#include "io/hint_queue.h"
#include "io/http.h"
#include "io/journal.h"
#include "io/kms.h"
#include "io/tidb.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

struct client { /* of one file of secrets, or one profile in it */
	struct client *next;
	struct kms *kms; /* one of the two */
	struct tidb *tidb;
	char file[SETTING_PATH_BYTES], profile[SETTING_PROFILE_BYTES];
};

struct clients {
	uv_loop_t *loop;
	struct http *http;
	struct daemon_settings settings;
	struct client *kms, *tidb;
	struct hint_queue *queues[HINT_QUEUE_MAX]; /* from the first; NULL: none */
	void (*closed)(void *arg);
	void *closed_arg;
};

int clients_new(uv_loop_t *loop, const struct daemon_settings *settings, struct clients **ret_clients)
{
	struct clients *c = calloc(1, sizeof *c);
	int r;

	if (!c)
		return err_origin(-ENOMEM);
	c->loop = loop;
	c->settings = *settings;
	r = http_new(loop, settings->ca_file, &c->http);
	if (r < 0) {
		free(c);
		return r;
	}
	*ret_clients = c;
	return 0;
}

static struct client *find(struct client *list, const char *file, const char *profile)
{
	while (list && (strcmp(list->file, file) != 0 || strcmp(list->profile, profile) != 0))
		list = list->next;
	return list;
}

static struct client *client_new(const char *file, const char *profile)
{
	struct client *client = calloc(1, sizeof *client);

	if (!client)
		return NULL;
	memcpy(client->file, file, strnlen(file, sizeof client->file - 1));
	memcpy(client->profile, profile, strnlen(profile, sizeof client->profile - 1));
	return client;
}

struct kms *clients_kms(struct clients *c, const char *file, const char *profile)
{
	const char *wanted = *file ? file : c->settings.aws_credentials_file;
	const char *wanted_profile = *file || *profile ? profile : c->settings.aws_profile;
	struct client *client = find(c->kms, wanted, wanted_profile);
	struct why why = {""};

	if (client)
		return client->kms;
	client = client_new(wanted, wanted_profile);
	if (!client)
		return NULL;
	if (kms_new(&(struct kms_init){.loop = c->loop,
			    .http = c->http,
			    .credentials_file = wanted,
			    .profile = wanted_profile,
			    .urls = &c->settings.aws_urls,
			    .timeout_ms = c->settings.request_timeout_ms},
		    &client->kms) < 0) {
		free(client);
		return NULL;
	}
	/* Without credentials a client is made all the same: a reload may bring them. */
	if (kms_reload(client->kms, &why) > 0)
		journal_notice(
			NOTICE_CREDENTIALS_MISSING, &(struct journal_fields){.detail = why.text}, "AWS");
	client->next = c->kms;
	c->kms = client;
	return client->kms;
}

struct tidb *clients_tidb(struct clients *c, const char *file)
{
	const char *wanted = *file ? file : c->settings.api_key_file;
	struct client *client = find(c->tidb, wanted, "");
	struct why why = {""};

	if (client)
		return client->tidb;
	client = client_new(wanted, "");
	if (!client)
		return NULL;
	if (tidb_new(&(struct tidb_init){.loop = c->loop,
			     .http = c->http,
			     .api_key_file = wanted,
			     .requests_per_minute = c->settings.requests_per_minute,
			     .v1beta_url = c->settings.v1beta_url,
			     .dedicated_url = c->settings.dedicated_url,
			     .cluster_api = c->settings.cluster_api,
			     .timeout_ms = c->settings.request_timeout_ms,
			     .peer = c->tidb ? c->tidb->tidb : NULL},
		    &client->tidb) < 0) {
		free(client);
		return NULL;
	}
	if (tidb_reload(client->tidb, &why) > 0)
		journal_notice(NOTICE_CREDENTIALS_MISSING, &(struct journal_fields){.detail = why.text},
			"TiDB Cloud");
	client->next = c->tidb;
	c->tidb = client;
	return client->tidb;
}

static void each_tidb(const struct client *client, clients_tidb_fn *each, void *arg)
{
	if (!client)
		return;
	each_tidb(client->next, each, arg); /* the newest stands first */
	each(client->tidb, arg);
}

void clients_each_tidb(const struct clients *c, clients_tidb_fn *each, void *arg)
{
	each_tidb(c->tidb, each, arg);
}

static void each_kms(const struct client *client, clients_kms_fn *each, void *arg)
{
	if (!client)
		return;
	each_kms(client->next, each, arg);
	each(client->kms, arg);
}

void clients_each_kms(const struct clients *c, clients_kms_fn *each, void *arg)
{
	each_kms(c->kms, each, arg);
}

/* ---- hints ---- */

void clients_listen(struct clients *c, bool (*hint)(void *arg, const struct hint *hint), void *arg)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < c->settings.hint_queue_count; i++) {
		const struct hint_queue_init init = {.loop = c->loop,
			.http = c->http,
			.credentials_file = c->settings.aws_credentials_file,
			.profile = c->settings.aws_profile,
			.urls = &c->settings.aws_urls,
			.timeout_ms = c->settings.request_timeout_ms,
			.arn = c->settings.hint_queues[i],
			.hint = hint,
			.arg = arg};

		if (hint_queue_new(&init, &c->queues[n]) == 0)
			n++;
		else
			journal_log(LOG_ERR, NULL, "%s: not listened to: out of memory", init.arn.text);
	}
}

void clients_each_queue(const struct clients *c, clients_queue_fn *each, void *arg)
{
	for (size_t i = 0; i < HINT_QUEUE_MAX && c->queues[i]; i++)
		each(c->queues[i], arg);
}

/* ---- settings ---- */

static bool queues_differ(const struct daemon_settings *a, const struct daemon_settings *b)
{
	if (a->hint_queue_count != b->hint_queue_count)
		return true;
	for (uint32_t i = 0; i < a->hint_queue_count; i++)
		if (strcmp(a->hint_queues[i].text, b->hint_queues[i].text) != 0)
			return true;
	return false;
}

static bool urls_differ(const struct aws_urls *a, const struct aws_urls *b)
{
	for (size_t i = 0; i < AWS_SERVICE_COUNT; i++)
		if (strcmp(a->of[i], b->of[i]) != 0)
			return true;
	return false;
}

bool clients_differ(const struct clients *c, const struct daemon_settings *settings)
{
	const struct daemon_settings *mine = &c->settings;

	return strcmp(mine->v1beta_url, settings->v1beta_url) != 0 ||
	       strcmp(mine->dedicated_url, settings->dedicated_url) != 0 ||
	       mine->cluster_api != settings->cluster_api || queues_differ(mine, settings) ||
	       urls_differ(&mine->aws_urls, &settings->aws_urls) ||
	       strcmp(mine->ca_file, settings->ca_file) != 0 ||
	       strcmp(mine->api_key_file, settings->api_key_file) != 0 ||
	       strcmp(mine->aws_credentials_file, settings->aws_credentials_file) != 0 ||
	       strcmp(mine->aws_profile, settings->aws_profile) != 0 ||
	       mine->requests_per_minute != settings->requests_per_minute ||
	       mine->request_timeout_ms != settings->request_timeout_ms;
}

static void tell_kept(const char *whose, const struct why *why)
{
	journal_notice(NOTICE_CREDENTIALS_FAILED, &(struct journal_fields){.detail = why->text}, "%s", whose);
}

void clients_reload(struct clients *c)
{
	for (struct client *client = c->kms; client; client = client->next) {
		struct why why = {""};

		if (kms_reload(client->kms, &why) != 0)
			tell_kept("AWS", &why);
	}
	for (struct client *client = c->tidb; client; client = client->next) {
		struct why why = {""};

		if (tidb_reload(client->tidb, &why) != 0)
			tell_kept("TiDB Cloud", &why);
	}
	for (size_t i = 0; i < HINT_QUEUE_MAX && c->queues[i]; i++) {
		struct why why = {""};

		if (hint_queue_reload(c->queues[i], &why) != 0)
			tell_kept("AWS, for hints", &why);
	}
}

/* ---- end ---- */

static void free_list(struct client *list)
{
	while (list) {
		struct client *next = list->next;

		free(list);
		list = next;
	}
}

static void on_http_closed(void *arg)
{
	struct clients *c = arg;
	void (*closed)(void *) = c->closed;
	void *closed_arg = c->closed_arg;

	free_list(c->kms);
	free_list(c->tidb);
	free(c);
	if (closed)
		closed(closed_arg);
}

void clients_close(struct clients *c, void (*closed)(void *arg), void *arg)
{
	c->closed = closed;
	c->closed_arg = arg;
	for (size_t i = 0; i < HINT_QUEUE_MAX && c->queues[i]; i++)
		hint_queue_close(c->queues[i]);
	for (struct client *client = c->kms; client; client = client->next)
		kms_close(client->kms);
	for (struct client *client = c->tidb; client; client = client->next)
		tidb_close(client->tidb);
	http_close(c->http, on_http_closed, c);
}
