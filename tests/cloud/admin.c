/* SPDX-License-Identifier: Apache-2.0 */
#include "admin.h"
#include "alloc.h"
#include "clock.h"
#include "metadata.h"
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ADMIN_TYPE           "application/json"
#define ADMIN_BODY_MAX_BYTES (16u << 20)

struct admin {
	struct cloud *cloud;
	struct MHD_Daemon *daemon;
};

static void refuse(struct reply *p, unsigned status, const char *why)
{
	struct json_object *o = json_object_new_object();
	json_object_object_add(o, "error", json_object_new_string(why));
	reply_json(p, status, ADMIN_TYPE, o);
}

static const struct {
	const char *path;
	admin_act_fn *act;
} posts[] = {
	{"/admin/config", admin_config},
	{"/admin/key", admin_key},
	{"/admin/cluster", admin_cluster},
	{"/admin/project", admin_project},
	{"/admin/queue", admin_queue},
	{"/admin/fault", admin_fault},
	{"/admin/fault/clear", admin_fault_clear},
	{"/admin/access-key", admin_access_key},
	{"/admin/api-key", admin_api_key},
	{"/admin/log/clear", admin_log_clear},
};

static void post(struct cloud *cloud, const struct request *r, struct reply *p)
{
	char why[FIELD_WHY_BYTES] = "";
	__attribute__((cleanup(field_put))) struct json_object *in =
		field_parse(r->body ? r->body : "", r->len);
	if (r->too_long || !json_object_is_type(in, json_type_object)) {
		refuse(p, 400, "the body is no JSON object");
		return;
	}
	for (size_t i = 0; i < sizeof posts / sizeof *posts; i++) {
		if (strcmp(posts[i].path, r->path) != 0)
			continue;
		struct json_object *out = json_object_new_object();
		int refusal = posts[i].act(cloud, in, out, why);
		if (refusal == 0) {
			reply_json(p, 200, ADMIN_TYPE, out);
			return;
		}
		json_object_put(out);
		refuse(p, refusal == 2 ? 404 : 400, why);
		return;
	}
	refuse(p, 404, "no such request");
}

static void get(struct cloud *cloud, const struct request *r, struct reply *p)
{
	struct json_object *o = NULL;
	if (strcmp(r->path, "/admin/ping") == 0) {
		o = json_object_new_object();
		json_object_object_add(o, "ok", json_object_new_boolean(true));
		json_object_object_add(o, "pid", json_object_new_int(getpid()));
	} else if (strcmp(r->path, "/admin/info") == 0) {
		o = json_object_get(cloud->info);
	} else if (strcmp(r->path, "/admin/state") == 0) {
		o = admin_state(cloud);
	} else if (strcmp(r->path, "/admin/config") == 0) {
		o = admin_state_config(cloud);
	} else if (strcmp(r->path, "/admin/fault") == 0) {
		o = faults_show(&cloud->faults);
	} else if (strcmp(r->path, "/admin/log") == 0) {
		o = request_log_show(&cloud->log, r);
	}
	if (o)
		reply_json(p, 200, ADMIN_TYPE, o);
	else
		refuse(p, 404, "no such request");
}

void admin_serve(struct cloud *cloud, struct request *r, struct reply *p)
{
	world_step(&cloud->world, clock_mono_ms());
	if (metadata_serve(cloud, r, p))
		return;
	if (strcmp(r->method, "POST") == 0)
		post(cloud, r, p);
	else if (strcmp(r->method, "GET") == 0)
		get(cloud, r, p);
	else
		refuse(p, 405, "GET or POST");
}

static void *on_uri(void *cls, const char *uri, struct MHD_Connection *connection)
{
	struct request *r = alloc_zero(1, sizeof *r);
	(void)cls;
	(void)connection;
	r->target = alloc_text(uri);
	request_split(r);
	return r;
}

static void on_completed(
	void *cls, struct MHD_Connection *connection, void **con_cls, enum MHD_RequestTerminationCode code)
{
	(void)cls;
	(void)connection;
	(void)code;
	if (*con_cls)
		request_fini(*con_cls);
	free(*con_cls);
	*con_cls = NULL;
}

static enum MHD_Result on_header(void *cls, enum MHD_ValueKind kind, const char *name, const char *value)
{
	(void)kind;
	headers_add(cls, name, value ? value : "");
	return MHD_YES;
}

static enum MHD_Result answer(struct admin *a, struct MHD_Connection *connection, struct request *r)
{
	struct reply p = {0};
	(void)MHD_get_connection_values(connection, MHD_HEADER_KIND, on_header, &r->headers);
	admin_serve(a->cloud, r, &p);
	struct MHD_Response *response = MHD_create_response_from_buffer(p.len, p.body, MHD_RESPMEM_MUST_COPY);
	enum MHD_Result result = MHD_NO;
	if (response) {
		(void)MHD_add_response_header(response, "Content-Type", ADMIN_TYPE);
		result = MHD_queue_response(connection, p.status, response);
		MHD_destroy_response(response);
	}
	reply_fini(&p);
	return result;
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *upload, size_t *upload_len, void **con_cls)
{
	struct request *r = *con_cls;
	(void)url;
	(void)version;
	if (!*r->method)
		return text_set(r->method, sizeof r->method, method) ? MHD_YES : MHD_NO;
	if (*upload_len == 0)
		return answer(cls, connection, r);
	r->too_long = r->too_long || *upload_len > ADMIN_BODY_MAX_BYTES - r->len;
	if (!r->too_long) {
		r->body = alloc_grow(r->body, r->len + *upload_len + 1, 1);
		memcpy(r->body + r->len, upload, *upload_len);
		r->len += *upload_len;
		r->body[r->len] = '\0';
	}
	*upload_len = 0;
	return MHD_YES;
}

struct admin *admin_new(struct cloud *cloud, int fd)
{
	struct admin *a = alloc_zero(1, sizeof *a);
	a->cloud = cloud;
	a->daemon = MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, on_request, a, MHD_OPTION_LISTEN_SOCKET,
		fd, MHD_OPTION_URI_LOG_CALLBACK, on_uri, a, MHD_OPTION_NOTIFY_COMPLETED, on_completed, a,
		MHD_OPTION_END);
	if (!a->daemon) {
		free(a);
		return NULL;
	}
	return a;
}

int admin_poll_fd(const struct admin *a)
{
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(a->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	return info ? info->epoll_fd : -1;
}

void admin_run(struct admin *a)
{
	(void)MHD_run(a->daemon);
}

void admin_free(struct admin *a)
{
	if (!a)
		return;
	MHD_stop_daemon(a->daemon);
	free(a);
}
