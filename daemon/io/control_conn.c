/* SPDX-License-Identifier: Apache-2.0 */
#include "io/control_conn.h"
#include "base/own.h"
#include "io/control_route.h"
#include "proto/proto_reply.h"
#include <errno.h>
#include <json-c/json.h>
#include <pwd.h>
#include <stddef.h>
#include <string.h>

#define PASSWD_BYTES (16 * 1024) /* for one getpwuid_r */

/* ---- writing ---- */

struct conn_write {
	uv_write_t request;
	struct control_conn *conn;
	char *bytes;
	control_sent_fn *sent;
	uint32_t number; /* of the call */
};

static size_t queued(const struct control_conn *conn)
{
	return uv_stream_get_write_queue_size((const uv_stream_t *)&conn->pipe);
}

static void on_written(uv_write_t *request, int status)
{
	struct conn_write *w = request->data;
	struct control_conn *conn = w->conn;
	control_sent_fn *sent = w->sent;
	bool same = conn->call.given && conn->call.number == w->number;
	free(w->bytes);
	free(w);
	if (conn->closing)
		return;
	if (status < 0) {
		control_conn_close(conn);
		return;
	}
	if (conn->draining && queued(conn) == 0) {
		control_conn_close(conn);
		return;
	}
	if (sent && same)
		sent(&conn->call, conn->call.data);
	control_conn_ready(conn);
}

/* Takes what is in `out`. */
static void write_frame(struct control_conn *conn, struct buf *out, control_sent_fn *sent)
{
	if (conn->closing)
		return;
	size_t len = out->len;
	struct conn_write *w = calloc(1, sizeof *w);
	/* A reader who is that slow gets no more: what waits for them is our memory. */
	if (!w || out->trouble || queued(conn) + len > CONTROL_QUEUE_MAX) {
		free(w);
		control_conn_close(conn);
		return;
	}
	*w = (struct conn_write){
		.conn = conn, .bytes = buf_take(out), .sent = sent, .number = conn->call.number};
	w->request.data = w;
	uv_buf_t chunk = uv_buf_init(w->bytes, (unsigned)len);
	if (uv_write(&w->request, (uv_stream_t *)&conn->pipe, &chunk, 1, on_written) < 0) {
		free(w->bytes);
		free(w);
		control_conn_close(conn);
	}
}

void control_conn_reply(struct control_conn *conn, struct json_object *parameters, const char *error,
	bool continues, control_sent_fn *sent)
{
	_cleanup_(buf_fini) struct buf out = BUF_INIT(PROTO_REPLY_MAX);
	if (conn->call.parsed.oneway)
		return;
	(void)proto_reply_encode(parameters, error, continues, &out); /* trouble stays in `out` */
	write_frame(conn, &out, sent);
}

/* What came is no call: says so, and ends. */
static void fail(struct control_conn *conn, const char *text)
{
	struct json_object *parameters = control_route_text("text", text);
	conn->call.parsed.oneway = false;
	control_conn_reply(conn, parameters, VERB_INTERFACE ".Malformed", false, NULL);
	json_object_put(parameters);
	control_conn_drain(conn);
}

/* ---- one call ---- */

void control_conn_call_end(struct control_call *call)
{
	proto_call_fini(&call->parsed);
	if (call->text) /* it may hold a password */
		explicit_bzero(call->text, strlen(call->text));
	free(call->text);
	*call = (struct control_call){.number = call->number + 1, .parsed = PROTO_CALL_INIT};
}

static bool may_use(const struct control_conn *conn, gid_t gid)
{
	if (conn->peer.uid == 0)
		return true;
	if (gid == (gid_t)-1)
		return false;
	if (conn->peer.gid == gid)
		return true;
	for (size_t i = 0; i < conn->groups.count; i++)
		if (conn->groups.items[i] == gid)
			return true;
	return false;
}

static void give(struct control_conn *conn)
{
	conn->call.given = true;
	conn->control->config.call(&conn->call, conn->control->config.arg);
}

static void conn_free(struct control_conn *conn);

static void name_look_up(uv_work_t *work)
{
	struct control_conn *conn = work->data;
	struct passwd entry, *found = NULL;
	_cleanup_free_ char *room = malloc(PASSWD_BYTES);
	if (room && getpwuid_r(conn->peer.uid, &entry, room, PASSWD_BYTES, &found) == 0 && found)
		(void)snprintf(conn->peer.who, sizeof conn->peer.who, "uid=%u(%.32s)",
			(unsigned)conn->peer.uid, found->pw_name);
}

static void name_looked_up(uv_work_t *work, int status)
{
	struct control_conn *conn = work->data;
	(void)status;
	conn->resolving = false;
	conn->named = true;
	if (conn->closed) {
		conn_free(conn);
	} else if (!conn->closing && conn->call.active) {
		give(conn);
	}
}

static void take_call(struct control_conn *conn, const char *frame, size_t len)
{
	struct control_call *call = &conn->call;
	struct control_route route;
	struct why why = {""};

	call->text = strndup(frame, len);
	int r = call->text ? proto_call_parse(call->text, len, &call->parsed, &why) : -ENOMEM;
	if (r != 0) {
		if (r > 0)
			fail(conn, why.text);
		else
			control_conn_close(conn);
		control_conn_call_end(call);
		return;
	}
	const struct control_rights *rights = &conn->control->config.rights;
	struct control_may may = {.operate = may_use(conn, rights->operate)};
	may.read = may.operate || may_use(conn, rights->read);
	control_route(&call->parsed, &may, conn->control->config.version, conn->control->config.url, &route);
	if (!route.give) {
		control_conn_reply(conn, route.parameters, route.error, false, NULL);
		json_object_put(route.parameters);
		control_conn_call_end(call);
		return;
	}
	call->active = true;
	call->verb = route.verb;
	if (verb_needs(route.verb) == VERB_NEEDS_OPERATE && !conn->named) {
		conn->resolving = true;
		(void)uv_queue_work(conn->control->loop, &conn->work, name_look_up, name_looked_up);
		return;
	}
	give(conn);
}

/* ---- reading ---- */

static void on_alloc(uv_handle_t *handle, size_t wanted, uv_buf_t *ret_buf)
{
	struct control_conn *conn = handle->data;
	(void)wanted;
	*ret_buf = uv_buf_init(conn->control->buffer, sizeof conn->control->buffer);
}

static void on_read(uv_stream_t *stream, ssize_t len, const uv_buf_t *buf)
{
	struct control_conn *conn = stream->data;
	if (len == 0 || conn->closing)
		return;
	int r = len < 0 ? (int)len : proto_feed(&conn->in, buf->base, (size_t)len);
	if (len > 0)
		explicit_bzero(buf->base, (size_t)len);
	if (r < 0) {
		control_conn_close(conn);
	} else if (r == PROTO_E_LONG) {
		char text[64];
		(void)snprintf(text, sizeof text, "a call is at most %d bytes", PROTO_CALL_MAX);
		fail(conn, text);
	} else {
		control_conn_pump(conn);
	}
}

/* Reads on while a call is being answered too: that is how one sees that the client has left. But not without
 * bound: who sends calls ahead waits. */
static void set_reading(struct control_conn *conn)
{
	if (!conn->closing && !conn->draining && conn->in.in.len - conn->in.taken <= PROTO_CALL_MAX)
		(void)uv_read_start(
			(uv_stream_t *)&conn->pipe, on_alloc, on_read); /* harmless if it reads already */
	else if (!conn->closing)
		(void)uv_read_stop((uv_stream_t *)&conn->pipe);
}

void control_conn_ready(struct control_conn *conn)
{
	if (conn->ready || conn->pumping || conn->closing)
		return;
	conn->ready = true;
	control_wake(conn->control);
}

void control_conn_pump(struct control_conn *conn)
{
	const char *frame;
	size_t len;
	unsigned left = CONTROL_TURN_CALLS;
	if (conn->pumping)
		return;
	conn->ready = false;
	conn->pumping = true;
	while (left > 0 && !conn->call.active && !conn->draining && !conn->closing &&
		queued(conn) < CONTROL_QUEUE_HIGH && proto_next(&conn->in, &frame, &len) == 0) {
		take_call(conn, frame, len);
		left--;
	}
	conn->pumping = false;
	if (left == 0)
		control_conn_ready(conn);
	set_reading(conn);
}

/* ---- coming and going ---- */

static void conn_free(struct control_conn *conn)
{
	struct control *c = conn->control;
	TAILQ_REMOVE(&c->conns, conn, link);
	c->conn_count--;
	control_conn_call_end(&conn->call);
	proto_fini(&conn->in);
	free(conn->groups.items);
	free(conn);
	control_conn_was_freed(c);
}

static void on_closed(uv_handle_t *handle)
{
	struct control_conn *conn = handle->data;
	conn->closed = true;
	if (conn->call.given && conn->call.gone)
		conn->call.gone(&conn->call, conn->call.data);
	control_conn_call_end(&conn->call);
	if (!conn->resolving)
		conn_free(conn);
}

void control_conn_close(struct control_conn *conn)
{
	if (conn->closing)
		return;
	conn->closing = true;
	uv_close((uv_handle_t *)&conn->pipe, on_closed);
}

void control_conn_drain(struct control_conn *conn)
{
	if (conn->closing)
		return;
	conn->draining = true;
	(void)uv_read_stop((uv_stream_t *)&conn->pipe);
	if (queued(conn) == 0)
		control_conn_close(conn);
}

/* Whether there is room for one more of this uid. */
static bool is_admitted(const struct control *c, uid_t uid)
{
	const struct control_conn *other;
	uint32_t all = 0, same = 0;
	TAILQ_FOREACH(other, &c->conns, link)
	{
		all += !other->closing;
		same += !other->closing && other->peer.uid == uid;
	}
	/* the new one is among them */
	if (uid == 0)
		return all <= CONTROL_CONNECTIONS_MAX;
	return all <= CONTROL_CONNECTIONS_MAX - CONTROL_ROOT_RESERVE && same <= CONTROL_UID_MAX;
}

void control_conn_accept(struct control *c)
{
	struct control_conn *conn = calloc(1, sizeof *conn);
	uv_os_fd_t fd;
	if (!conn) {
		control_accept_later(c);
		return;
	}
	conn->control = c;
	conn->in = PROTO_INIT(PROTO_CALL_MAX);
	conn->call.parsed = PROTO_CALL_INIT;
	conn->work.data = conn;
	(void)uv_pipe_init(c->loop, &conn->pipe, 0); /* cannot fail */
	conn->pipe.data = conn;
	TAILQ_INSERT_TAIL(&c->conns, conn, link);
	c->conn_count++;
	if (uv_accept((uv_stream_t *)&c->listener, (uv_stream_t *)&conn->pipe) < 0 ||
		uv_fileno((const uv_handle_t *)&conn->pipe, &fd) < 0 ||
		control_socket_peer(fd, &conn->peer, &conn->groups) < 0) {
		control_conn_close(conn);
		return;
	}
	conn->named = conn->peer.uid == 0;
	if (!is_admitted(c, conn->peer.uid)) {
		struct json_object *text =
			control_route_text("text", "too many connections to cmekd: try again later");
		control_conn_reply(conn, text, VERB_INTERFACE ".NotReady", false, NULL);
		json_object_put(text);
		control_conn_close(conn);
		return;
	}
	set_reading(conn);
}
