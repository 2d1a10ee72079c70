/* SPDX-License-Identifier: Apache-2.0 */
#include "server.h"
#include "alloc.h"
#include "clock.h"
#include "response.h"
#include "service.h"
#include "tidb.h"
#include <microhttpd.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define REQUEST_BODY_MAX_BYTES (1u << 20)
#define CONNECTION_BYTES       (128u << 10) /* headers of one connection */

/* Held: for a time, by a fault. Waiting: until the service has an answer; answered when it has. */
enum phase { PHASE_NEW, PHASE_BODY, PHASE_HELD, PHASE_WAITING, PHASE_ANSWERED, PHASE_GIVEN_UP };

struct exchange {
	struct exchange *next;
	struct server *server;
	struct MHD_Connection *connection;
	enum phase phase;
	bool suspended;
	int64_t held_until_ms; /* when waiting: asked again then at the latest */
	struct request request;
	struct reply reply;
	struct fault_plan plan;
	bool admitted, acted;
	uint64_t log_seq;
};

struct server {
	struct cloud *cloud;
	struct MHD_Daemon *daemon;
	struct exchange *exchanges; /* all that are not completed */
	uint64_t changes_seen;      /* of the world, when waiting ones were last asked */
	bool stopping;
};

static void *on_uri(void *cls, const char *uri, struct MHD_Connection *connection)
{
	struct server *s = cls;
	struct exchange *e = alloc_zero(1, sizeof *e);
	e->server = s;
	e->connection = connection;
	e->plan.kind = FAULT_NONE;
	e->request.target = alloc_text(uri);
	request_split(&e->request);
	e->next = s->exchanges;
	s->exchanges = e;
	return e;
}

static void on_completed(
	void *cls, struct MHD_Connection *connection, void **con_cls, enum MHD_RequestTerminationCode code)
{
	struct server *s = cls;
	struct exchange *e = *con_cls;
	(void)connection;
	(void)code;
	if (!e)
		return;
	for (struct exchange **at = &s->exchanges; *at; at = &(*at)->next)
		if (*at == e) {
			*at = e->next;
			break;
		}
	request_fini(&e->request);
	reply_fini(&e->reply);
	fault_plan_fini(&e->plan);
	free(e);
	*con_cls = NULL;
}

static enum MHD_Result on_header(void *cls, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct request *r = cls;
	(void)kind;
	headers_add(&r->headers, name, value ? value : "");
	return MHD_YES;
}

static void append(struct request *r, const char *bytes, size_t len)
{
	if (len > REQUEST_BODY_MAX_BYTES - r->len) {
		r->too_long = true;
		return;
	}
	r->body = alloc_grow(r->body, r->len + len + 1, 1);
	memcpy(r->body + r->len, bytes, len);
	r->len += len;
	r->body[r->len] = '\0';
}

static void add_common_headers(struct cloud *cloud, const struct request *r, struct reply *p)
{
	char text[CLOCK_TEXT_BYTES], hex[33];
	clock_http(world_wall_ms(&cloud->world), text);
	headers_add(&p->headers, "Date", text);
	if (p->content_type)
		headers_add(&p->headers, "Content-Type", p->content_type);
	if (r->service == SERVICE_V1BETA || r->service == SERVICE_DEDICATED)
		tidb_headers(&cloud->world, r, p);
	if (r->service != SERVICE_KMS && r->service != SERVICE_STS && r->service != SERVICE_SQS)
		return;
	world_random_hex(&cloud->world, 32, hex);
	char *id = alloc_printf("%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
	headers_add(&p->headers, "x-amzn-RequestId", id);
	free(id);
}

/* The answer goes out, or the connection is closed (MHD_NO). */
static enum MHD_Result send_reply(struct exchange *e)
{
	struct cloud *cloud = e->server->cloud;
	struct reply *p = &e->reply;
	unsigned status = p->manner == REPLY_DROP ? 0 : p->status;
	request_log_end(&cloud->log, e->log_seq, &e->request, status, fault_kind_name(e->plan.kind),
		cloud->world.now_ms);
	if (!cloud->quiet)
		request_log_print(&cloud->log, e->log_seq);
	if (p->manner == REPLY_DROP)
		return MHD_NO;
	add_common_headers(cloud, &e->request, p);
	struct MHD_Response *response = response_make(p);
	if (!response)
		return MHD_NO;
	for (size_t i = 0; i < p->headers.count; i++)
		(void)MHD_add_response_header(response, p->headers.list[i].name, p->headers.list[i].value);
	enum MHD_Result result = MHD_queue_response(e->connection, status, response);
	MHD_destroy_response(response);
	return result;
}

static void log_unanswered(const struct exchange *e)
{
	struct cloud *cloud = e->server->cloud;
	request_log_end(
		&cloud->log, e->log_seq, &e->request, 0, fault_kind_name(e->plan.kind), cloud->world.now_ms);
}

static bool acts_first(enum fault_kind kind)
{
	return kind == FAULT_HANG || kind == FAULT_SLOW_ANSWER;
}

/* The act, once, unless a fault leaves it out. False: it has nothing to answer yet. */
static bool carry_out(struct exchange *e)
{
	struct cloud *cloud = e->server->cloud;
	if (e->acted || !e->admitted || !e->plan.effect)
		return true;
	if (e->request.begun_ms == 0)
		e->request.begun_ms = cloud->world.now_ms;
	e->reply.manner = REPLY_WHOLE;
	service_act(cloud, &e->request, &e->reply);
	e->acted = e->reply.manner != REPLY_LATER;
	return e->acted;
}

static enum MHD_Result suspend(struct exchange *e, enum phase phase, int64_t until_ms)
{
	e->phase = phase;
	e->held_until_ms = until_ms;
	e->suspended = true;
	MHD_suspend_connection(e->connection);
	return MHD_YES;
}

/* What a fault makes of the reply goes out. */
static enum MHD_Result answer(struct exchange *e)
{
	if (e->reply.status == 0)
		reply_empty(&e->reply, 200, NULL); /* a fault that was told to leave the act out */
	fault_apply(&e->plan, &e->server->cloud->world, &e->request, &e->reply);
	return send_reply(e);
}

/* After latency: the act and the answer, unless there is none yet. */
static enum MHD_Result finish(struct exchange *e)
{
	world_step(&e->server->cloud->world, clock_mono_ms());
	if (carry_out(e))
		return answer(e);
	log_unanswered(e);
	return suspend(e, PHASE_WAITING, e->reply.again_ms);
}

static enum MHD_Result begin(struct exchange *e)
{
	struct cloud *cloud = e->server->cloud;
	struct request *r = &e->request;
	world_step(&cloud->world, clock_mono_ms());
	bool known = service_route(&cloud->world, r);
	e->log_seq = request_log_add(&cloud->log, r, world_wall_ms(&cloud->world), cloud->world.now_ms);
	if (r->too_long)
		reply_text(&e->reply, 413, "text/plain", "the request is too long\n");
	else if (!known)
		reply_text(&e->reply, 404, TIDB_TYPE, "{\"message\":\"no Route matched with those values\"}");
	else
		e->admitted = service_admit(cloud, r, &e->reply);
	if (known)
		fault_pick(&cloud->faults, &cloud->world, r, e->admitted, &e->plan);
	int64_t late_ms = e->plan.latency_ms;
	if (acts_first(e->plan.kind)) {
		(void)carry_out(e); /* what has no answer yet is asked again at the end */
		log_unanswered(e);
		late_ms += e->plan.hang_ms;
	} else if (late_ms <= 0) {
		return finish(e);
	}
	return suspend(e, PHASE_HELD, cloud->world.now_ms + late_ms);
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *upload, size_t *upload_len, void **con_cls)
{
	struct exchange *e = *con_cls;
	(void)cls;
	(void)url;
	(void)version;
	switch (e->phase) {
	case PHASE_NEW:
		if (!text_set(e->request.method, sizeof e->request.method, method))
			return MHD_NO;
		(void)MHD_get_connection_values(connection, MHD_HEADER_KIND, on_header, &e->request);
		e->phase = PHASE_BODY;
		return MHD_YES;
	case PHASE_BODY:
		if (*upload_len == 0)
			return begin(e);
		append(&e->request, upload, *upload_len);
		*upload_len = 0;
		return MHD_YES;
	case PHASE_HELD:
		return finish(e);
	case PHASE_ANSWERED:
		return answer(e);
	case PHASE_WAITING: /* suspended: nothing comes */
	case PHASE_GIVEN_UP:
		return MHD_NO;
	}
	return MHD_NO;
}

static void on_message(void *cls, const char *format, va_list args)
{
	(void)cls; /* dropped and cut connections are meant; libmicrohttpd's complaints would only hide real
		      ones */
	(void)format;
	(void)args;
}

struct server *server_new(struct cloud *cloud, int fd, const char *key_pem, const char *cert_pem)
{
	struct server *s = alloc_zero(1, sizeof *s);
	s->cloud = cloud;
	s->daemon = MHD_start_daemon(MHD_USE_TLS | MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME |
					     MHD_USE_SUPPRESS_DATE_NO_CLOCK | MHD_USE_ERROR_LOG,
		0, NULL, NULL, on_request, s, MHD_OPTION_EXTERNAL_LOGGER, on_message, NULL,
		MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_HTTPS_MEM_KEY, key_pem, MHD_OPTION_HTTPS_MEM_CERT,
		cert_pem, MHD_OPTION_URI_LOG_CALLBACK, on_uri, s, MHD_OPTION_NOTIFY_COMPLETED, on_completed,
		s, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES, MHD_OPTION_END);
	if (!s->daemon) {
		free(s);
		return NULL;
	}
	return s;
}

int server_poll_fd(const struct server *s)
{
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	return info ? info->epoll_fd : -1;
}

/* libmicrohttpd does not look at a suspended connection. */
static bool is_gone(const struct exchange *e)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(e->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct pollfd fd = {.fd = info ? info->connect_fd : -1, .events = POLLRDHUP};
	return poll(&fd, 1, 0) > 0 && (fd.revents & (POLLRDHUP | POLLHUP | POLLERR));
}

/* True if a waiting one has come to an end: it is answered, or nobody waits any more. */
static bool ask_again(struct exchange *e, bool due)
{
	if (is_gone(e)) { /* first: what is handed out must reach somebody */
		e->phase = PHASE_GIVEN_UP;
		log_unanswered(e);
		return true;
	}
	if (!due)
		return false;
	bool answered = carry_out(e);
	if (answered)
		e->phase = PHASE_ANSWERED;
	else
		e->held_until_ms = e->reply.again_ms;
	return answered;
}

static void wake(struct server *s, int64_t now_ms)
{
	bool changed = s->changes_seen != s->cloud->world.changes;
	s->changes_seen = s->cloud->world.changes;
	for (struct exchange *e = s->exchanges; e; e = e->next) {
		bool due = e->held_until_ms <= now_ms;
		if (!e->suspended)
			continue;
		if (s->stopping)
			e->phase = PHASE_GIVEN_UP;
		else if (e->phase == PHASE_WAITING ? !ask_again(e, due || changed) : !due)
			continue;
		e->suspended = false;
		MHD_resume_connection(e->connection);
	}
}

void server_run(struct server *s)
{
	wake(s, s->cloud->world.now_ms);
	(void)MHD_run(s->daemon);
}

int64_t server_next_ms(const struct server *s)
{
	int64_t next = WORLD_NEVER;
	MHD_UNSIGNED_LONG_LONG wait_ms = 0;
	bool changed = s->changes_seen != s->cloud->world.changes;
	for (const struct exchange *e = s->exchanges; e; e = e->next) {
		if (e->suspended && e->phase == PHASE_WAITING && changed)
			return s->cloud->world.now_ms;
		if (e->suspended && e->held_until_ms < next)
			next = e->held_until_ms;
	}
	if (MHD_get_timeout(s->daemon, &wait_ms) == MHD_YES && wait_ms < 3600000 &&
		s->cloud->world.now_ms + (int64_t)wait_ms < next)
		next = s->cloud->world.now_ms + (int64_t)wait_ms;
	return next;
}

void server_free(struct server *s)
{
	if (!s)
		return;
	s->stopping = true; /* libmicrohttpd must not be stopped with suspended connections */
	server_run(s);
	server_run(s);
	MHD_stop_daemon(s->daemon);
	free(s);
}
