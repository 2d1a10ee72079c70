/* SPDX-License-Identifier: Apache-2.0 */
#include "announce.h"
#include "alloc.h"
#include "cluster.h"
#include "cmk.h"
#include "queue.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Whole or not at all: written beside and renamed. */
static int write_file(const char *dir, const char *name, const char *text, mode_t mode)
{
	char *path = alloc_printf("%s/%s", dir, name), *fresh = alloc_printf("%s/.%s.new", dir, name);
	int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
	size_t len = strlen(text);
	int r = fd < 0 ? -errno : 0;
	if (r == 0 && (fchmod(fd, mode) < 0 || write(fd, text, len) != (ssize_t)len))
		r = errno ? -errno : -EIO;
	if (fd >= 0)
		(void)close(fd);
	if (r == 0 && rename(fresh, path) < 0)
		r = -errno;
	free(path);
	free(fresh);
	return r;
}

static void add(struct json_object *o, const char *name, char *text) /* takes `text` */
{
	json_object_object_add(o, name, json_object_new_string(text));
	free(text);
}

static struct json_object *access_keys_json(const struct world *w)
{
	struct json_object *list = json_object_new_array();
	for (size_t i = 0; i < w->access_key_count; i++) {
		const struct access_key *k = &w->access_keys[i];
		struct json_object *one = json_object_new_object();
		field_show(access_key_fields, access_key_field_count, k, one);
		add(one, "secret", alloc_text(k->secret));
		json_object_object_add(one, "session_token",
			*k->session_token ? json_object_new_string(k->session_token) : NULL);
		json_object_array_add(list, one);
	}
	return list;
}

static struct json_object *api_keys_json(const struct world *w)
{
	struct json_object *list = json_object_new_array();
	for (size_t i = 0; i < w->api_key_count; i++) {
		struct json_object *one = json_object_new_object();
		field_show(api_key_fields, api_key_field_count, &w->api_keys[i], one);
		add(one, "private", alloc_text(w->api_keys[i].private));
		json_object_array_add(list, one);
	}
	return list;
}

static struct json_object *projects_json(const struct world *w)
{
	struct json_object *list = json_object_new_array();
	for (size_t i = 0; i < w->project_count; i++) {
		const struct project *p = w->projects[i];
		struct json_object *one = json_object_new_object(), *cmek = json_object_new_array();
		add(one, "id", alloc_text(p->id));
		field_show(project_fields, project_field_count, p, one);
		for (size_t j = 0; j < p->cmek_count; j++) {
			struct json_object *setting = json_object_new_object();
			add(setting, "region", alloc_text(p->cmek[j].region));
			add(setting, "kms_arn", alloc_text(p->cmek[j].kms_arn));
			json_object_array_add(cmek, setting);
		}
		json_object_object_add(one, "cmek", cmek);
		json_object_array_add(list, one);
	}
	return list;
}

static struct json_object *info_of(const struct world *w, const struct announce_places *at)
{
	struct json_object *o = json_object_new_object(), *keys = json_object_new_array(),
			   *clusters = json_object_new_array(), *queues = json_object_new_array();
	json_object_object_add(o, "pid", json_object_new_int(getpid()));
	add(o, "endpoint", alloc_printf("https://127.0.0.1:%u", at->port));
	add(o, "v1beta", alloc_printf("https://127.0.0.1:%u/api/v1beta", at->port));
	add(o, "dedicated", alloc_printf("https://127.0.0.1:%u/v1beta1", at->port));
	add(o, "kms", alloc_printf("https://127.0.0.1:%u/", at->port));
	add(o, "sts", alloc_printf("https://127.0.0.1:%u/", at->port));
	add(o, "sqs", alloc_printf("https://127.0.0.1:%u/", at->port));
	add(o, "admin", alloc_printf("http://127.0.0.1:%u", at->admin_port));
	add(o, "ca", alloc_printf("%s/ca.pem", at->dir));
	add(o, "aws_credentials_file", alloc_printf("%s/aws-credentials", at->dir));
	add(o, "api_key_file", alloc_printf("%s/api-key", at->dir));
	add(o, "vendor_account", alloc_text(w->vendor_account));
	json_object_object_add(o, "access_keys", access_keys_json(w));
	json_object_object_add(o, "api_keys", api_keys_json(w));
	for (size_t i = 0; i < w->key_count; i++)
		json_object_array_add(keys, json_object_new_string(w->keys[i]->arn));
	json_object_object_add(o, "keys", keys);
	for (size_t i = 0; i < w->queue_count; i++)
		json_object_array_add(queues, json_object_new_string(w->queues[i]->arn));
	json_object_object_add(o, "queues", queues);
	json_object_object_add(o, "projects", projects_json(w));
	for (size_t i = 0; i < w->cluster_count; i++) {
		const struct cluster *c = w->clusters[i];
		struct json_object *one = json_object_new_object();
		add(one, "id", alloc_text(c->id));
		add(one, "name", alloc_text(c->name));
		add(one, "project", alloc_text(c->project));
		add(one, "region", alloc_text(c->region));
		json_object_array_add(clusters, one);
	}
	json_object_object_add(o, "clusters", clusters);
	return o;
}

int announce(struct cloud *cloud, const struct announce_places *places, const char *ca_pem)
{
	const struct access_key *aws = &cloud->world.access_keys[0];
	const struct api_key *api = &cloud->world.api_keys[0];
	cloud->info = info_of(&cloud->world, places);
	const char *line = json_object_to_json_string_ext(
		cloud->info, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
	char *credentials =
		alloc_printf("[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n%s%s%s",
			aws->access_key, aws->secret, *aws->session_token ? "aws_session_token = " : "",
			aws->session_token, *aws->session_token ? "\n" : "");
	char *pair = alloc_printf("%s:%s\n", api->public, api->private), *json = alloc_printf("%s\n", line);
	int r = write_file(places->dir, "ca.pem", ca_pem, 0644);
	if (r == 0)
		r = write_file(places->dir, "aws-credentials", credentials, 0600);
	if (r == 0)
		r = write_file(places->dir, "api-key", pair, 0600);
	if (r == 0)
		r = write_file(
			places->dir, "cloud.json", json, 0600); /* the last one: all is there when it is */
	if (r == 0 && (printf("%s\n", line) < 0 || fflush(stdout) != 0))
		r = -EIO;
	free(credentials);
	free(pair);
	free(json);
	return r;
}
