/* SPDX-License-Identifier: Apache-2.0 */
#include "io/control.h"
#include "base/own.h"
#include "io/control_conn.h"
#include "io/control_socket.h"
#include <errno.h>
#include <string.h>

#define BACKLOG         128 /* connections that the kernel keeps for us */
#define ACCEPT_AGAIN_MS 100 /* after there was no memory for one */

static void on_connection(uv_stream_t *listener, int status)
{
	if (status == 0)
		control_conn_accept(listener->data);
}

/* One turn for each connection that can go on; never from inside a reply function. */
static void on_turn(uv_idle_t *turn)
{
	struct control *c = turn->data;
	struct control_conn *conn;
	(void)uv_idle_stop(turn);
	TAILQ_FOREACH(conn, &c->conns, link)
	if (conn->ready)
		control_conn_pump(conn);
}

void control_wake(struct control *c)
{
	if (!c->ending)
		(void)uv_idle_start(&c->turn, on_turn);
}

static void on_accept_again(uv_timer_t *timer)
{
	control_conn_accept(timer->data);
}

void control_accept_later(struct control *c)
{
	if (!c->stopping)
		(void)uv_timer_start(&c->linger, on_accept_again, ACCEPT_AGAIN_MS, 0);
}

static void init_handles(struct control *c)
{
	/* none of the three can fail */
	(void)uv_pipe_init(c->loop, &c->listener, 0);
	(void)uv_idle_init(c->loop, &c->turn);
	(void)uv_timer_init(c->loop, &c->linger);
	c->listener.data = c->turn.data = c->linger.data = c;
	c->handles = 3;
}

int control_start(uv_loop_t *loop, const struct control_config *config, struct control **ret_control,
	struct why *reterr_why)
{
	struct control *c = calloc(1, sizeof *c);
	_cleanup_free_ char *path = strdup(config->path);
	if (!c || !path) {
		free(c);
		why_set(reterr_why, "no memory for the control socket");
		return err_origin(-ENOMEM);
	}
	int r = control_socket_open(path, &c->socket, reterr_why);
	if (r != 0) {
		free(c);
		return r;
	}
	c->loop = loop;
	c->config = *config;
	c->config.path = c->path = own_take(path);
	TAILQ_INIT(&c->conns);
	init_handles(c);
	r = uv_pipe_open(&c->listener, c->socket.fd);
	if (r < 0)
		(void)close(c->socket.fd);
	else
		r = uv_listen((uv_stream_t *)&c->listener, BACKLOG, on_connection);
	if (r < 0) {
		why_set(reterr_why, "cannot listen on %s: %s", c->path, uv_strerror(r));
		control_stop(c, NULL, NULL);
		return err_origin(r);
	}
	*ret_control = c;
	return 0;
}

void control_set_rights(struct control *c, struct control_rights rights)
{
	c->config.rights = rights;
}

uint32_t control_connections(const struct control *c)
{
	return c->conn_count;
}

static void on_handle_closed(uv_handle_t *handle)
{
	struct control *c = handle->data;
	if (--c->handles > 0)
		return;
	void (*closed)(void *arg) = c->closed;
	void *arg = c->closed_arg;
	free(c->path);
	free(c);
	if (closed)
		closed(arg);
}

void control_conn_was_freed(struct control *c)
{
	if (!c->stopping || c->ending || c->conn_count > 0)
		return;
	c->ending = true;
	uv_close((uv_handle_t *)&c->turn, on_handle_closed);
	uv_close((uv_handle_t *)&c->linger, on_handle_closed);
}

static void on_linger(uv_timer_t *timer)
{
	struct control *c = timer->data;
	struct control_conn *conn;
	TAILQ_FOREACH(conn, &c->conns, link)
	control_conn_close(conn);
}

void control_stop(struct control *c, void (*closed)(void *arg), void *arg)
{
	struct control_conn *conn;
	c->stopping = true;
	c->closed = closed;
	c->closed_arg = arg;
	control_socket_remove(&c->socket, c->path);
	uv_close((uv_handle_t *)&c->listener, on_handle_closed);
	TAILQ_FOREACH(conn, &c->conns, link)
	control_conn_drain(conn);
	uv_update_time(c->loop); /* what came before the stop may have taken long */
	(void)uv_timer_start(&c->linger, on_linger, CONTROL_LINGER_MS, 0);
	control_conn_was_freed(c);
}
