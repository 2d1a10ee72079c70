/* SPDX-License-Identifier: Apache-2.0 */
#include "io/curl_loop.h"
#include "base/err.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Connections kept open, over all hosts: as many as http can have under way. With fewer than are in use each request would close
 * somebody's: with a hundred API keys every look at a key paid for a handshake of its own while lists were read. */
#define CURL_LOOP_CONNECTIONS_MAX 2048L

/* One socket of libcurl's: of a connection, or of one of its resolver threads. The poll handle of a connection stays
 * with it from transfer to transfer, for to make one and to register it costs nine system calls a check. */
struct curl_loop_socket {
	uv_poll_t poll;
	struct curl_loop *owner;
	curl_socket_t fd;
	int wanted; /* libcurl waits for these; 0: a connection that it only keeps */
	int polled; /* libuv looks for these; once something comes that nobody wants: 0 */
	bool read;  /* libcurl has waited for something to read: it is connected */
};

static void curl_loop_let_go(struct curl_loop *c)
{
	if (--c->open == 0 && c->closed)
		c->closed(c->arg);
}

static void curl_loop_drain(struct curl_loop *c, CURLMcode code)
{
	CURLMsg *message;
	int left;

	if (code != CURLM_OK) {
		c->broken(c->arg);
		return;
	}
	/* Always, not only while transfers run: the last one may have ended on a timeout. */
	while ((message = curl_multi_info_read(c->multi, &left))) {
		CURL *easy = message->easy_handle;
		CURLcode result = message->data.result;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_multi_remove_handle(c->multi, easy); /* `message` is gone from here on */
		c->done(c->arg, easy, result);
	}
}

static void curl_loop_on_poll(uv_poll_t *handle, int status, int events);

static int curl_loop_poll(struct curl_loop_socket *s)
{
	int r = 0;

	if (s->polled != s->wanted)
		r = s->wanted ? uv_poll_start(&s->poll, s->wanted, curl_loop_on_poll)
			      : uv_poll_stop(&s->poll);
	s->polled = r < 0 ? 0 : s->wanted;
	return r;
}

static void curl_loop_on_poll(uv_poll_t *handle, int status, int events)
{
	struct curl_loop_socket *s = handle->data;
	struct curl_loop *c = s->owner;
	int flags = status < 0 ? CURL_CSELECT_ERR : 0, running;

	if (status < 0)
		s->polled = 0; /* libuv has stopped it */
	if (s->wanted == 0) {
		/* The other end closed it, most likely: libcurl finds that out before it uses it again. */
		(void)curl_loop_poll(s);
		return;
	}
	if (events & UV_READABLE)
		flags |= CURL_CSELECT_IN;
	if (events & UV_WRITABLE)
		flags |= CURL_CSELECT_OUT;
	/* `s` may be closed in here; its memory stays until libuv's closing phase, after this callback. */
	curl_loop_drain(c, curl_multi_socket_action(c->multi, s->fd, flags, &running));
	if (status < 0 && !uv_is_closing((uv_handle_t *)handle))
		(void)curl_loop_poll(s); /* libcurl may want to go on with the socket */
}

static void curl_loop_on_timer(uv_timer_t *handle)
{
	struct curl_loop *c = handle->data;
	int running;

	curl_loop_drain(c, curl_multi_socket_action(c->multi, CURL_SOCKET_TIMEOUT, 0, &running));
}

static void curl_loop_on_socket_closed(uv_handle_t *handle)
{
	struct curl_loop_socket *s = handle->data;
	struct curl_loop *c = s->owner;

	free(s);
	curl_loop_let_go(c);
}

static struct curl_loop_socket *curl_loop_watch(struct curl_loop *c, curl_socket_t fd)
{
	struct curl_loop_socket *s = calloc(1, sizeof(*s));

	if (!s || uv_poll_init_socket(c->loop, &s->poll, fd) < 0) {
		free(s);
		return NULL;
	}
	s->poll.data = s;
	s->owner = c;
	s->fd = fd;
	c->open++;
	return s;
}

/* Unregistered here and now: the descriptor is closed next, and its number may come again at once. */
static void curl_loop_forget(struct curl_loop_socket *s)
{
	(void)uv_poll_stop(&s->poll);
	uv_close((uv_handle_t *)&s->poll, curl_loop_on_socket_closed);
}

/* ---- connections: libcurl says when it opens and closes their sockets ---- */

static struct curl_loop_socket *curl_loop_connection(const struct curl_loop *c, curl_socket_t fd)
{
	return (size_t)fd < c->connections_size ? c->connections[fd] : NULL;
}

static bool curl_loop_reserve(struct curl_loop *c, size_t size)
{
	struct curl_loop_socket **longer;

	if (size <= c->connections_size)
		return true;
	size = size < 64 ? 64 : 2 * size;
	longer = reallocarray(c->connections, size, sizeof(struct curl_loop_socket *));
	if (!longer)
		return false;
	memset(longer + c->connections_size, 0,
		(size - c->connections_size) * sizeof(struct curl_loop_socket *));
	c->connections = longer;
	c->connections_size = size;
	return true;
}

static curl_socket_t curl_loop_on_open(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct curl_loop *c = arg;
	curl_socket_t fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);

	(void)purpose;
	if (fd < 0)
		return CURL_SOCKET_BAD;
	if (curl_loop_reserve(c, (size_t)fd + 1)) {
		if (c->connections[fd]) /* closed without a word, and this is its number again */
			curl_loop_forget(c->connections[fd]);
		c->connections[fd] = curl_loop_watch(c, fd);
		if (c->connections[fd])
			return fd;
	}
	(void)close(fd);
	errno = ENOMEM;
	return CURL_SOCKET_BAD;
}

static int curl_loop_on_close(void *arg, curl_socket_t fd)
{
	struct curl_loop *c = arg;
	struct curl_loop_socket *s = curl_loop_connection(c, fd);

	if (s) {
		curl_loop_forget(s);
		c->connections[fd] = NULL;
	}
	return close(fd);
}

static int curl_loop_on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *assigned)
{
	struct curl_loop *c = arg;
	struct curl_loop_socket *connection = curl_loop_connection(c, fd),
				*s = connection ? connection : assigned;

	(void)easy; /* may be one of libcurl's own */
	if (what == CURL_POLL_REMOVE && connection && connection->read) {
		s->wanted = 0;
		uv_unref((uv_handle_t *)&s->poll); /* what is only kept keeps no loop going */
		return 0;
	}
	/* A connection that had only begun is given up, and libcurl closes it without a word (7.88; test-http-connect): libuv would look
	 * at it next, and aborts on a descriptor that is closed. */
	if (what == CURL_POLL_REMOVE) {
		if (connection)
			c->connections[fd] = NULL;
		if (s)
			curl_loop_forget(s);
		return 0;
	}
	if (!s) {
		s = curl_loop_watch(c, fd);
		if (!s)
			return -1;
		curl_multi_assign(c->multi, fd, s);
	}
	s->read = s->read || (what & CURL_POLL_IN) != 0;
	s->wanted = (what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0);
	uv_ref((uv_handle_t *)&s->poll);
	return curl_loop_poll(s) < 0 ? -1 : 0;
}

static int curl_loop_on_timeout(CURLM *multi, long timeout_ms, void *arg)
{
	struct curl_loop *c = arg;

	(void)multi;
	if (timeout_ms < 0)
		return uv_timer_stop(&c->timer) < 0 ? -1 : 0;
	/* libuv counts from the time it cached at the start of this turn: after long work that is the past.
	 * Zero means "as soon as possible, but not inside this callback": the next timers phase. */
	uv_update_time(c->loop);
	return uv_timer_start(&c->timer, curl_loop_on_timer, (uint64_t)timeout_ms, 0) < 0 ? -1 : 0;
}

int curl_loop_rebuild(struct curl_loop *c)
{
	CURLM *multi = curl_multi_init();

	if (!multi)
		return err_origin(-ENOMEM);
	if (c->multi)
		(void)curl_multi_cleanup(c->multi); /* calls back for sockets of kept connections */
	c->multi = multi;
	curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, curl_loop_on_socket);
	curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, c);
	curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, curl_loop_on_timeout);
	curl_multi_setopt(multi, CURLMOPT_TIMERDATA, c);
	curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, CURL_LOOP_CONNECTIONS_MAX);
	return 0;
}

int curl_loop_init(
	struct curl_loop *c, uv_loop_t *loop, curl_loop_done_fn *done, curl_loop_broken_fn *broken, void *arg)
{
	*c = (struct curl_loop){.loop = loop, .done = done, .broken = broken, .arg = arg};
	int r = curl_loop_rebuild(c);

	if (r < 0)
		return r;
	(void)uv_timer_init(loop, &c->timer); /* cannot fail */
	c->timer.data = c;
	c->open = 1;
	return 0;
}

int curl_loop_add(struct curl_loop *c, CURL *easy)
{
	CURLMcode code;

	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, curl_loop_on_open);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, c);
	curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, curl_loop_on_close);
	curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, c);
	code = curl_multi_add_handle(c->multi, easy);
	if (code == CURLM_OK)
		return 0;
	return err_origin(code == CURLM_OUT_OF_MEMORY ? -ENOMEM : -EIO);
}

void curl_loop_remove(struct curl_loop *c, CURL *easy)
{
	(void)curl_multi_remove_handle(c->multi, easy);
}

static void curl_loop_on_timer_closed(uv_handle_t *handle)
{
	curl_loop_let_go(handle->data);
}

void curl_loop_close(struct curl_loop *c, curl_loop_closed_fn *closed)
{
	c->closed = closed;
	if (c->multi)
		(void)curl_multi_cleanup(c->multi);
	c->multi = NULL;
	free(c->connections);
	c->connections = NULL;
	c->connections_size = 0;
	(void)uv_timer_stop(&c->timer);
	uv_close((uv_handle_t *)&c->timer, curl_loop_on_timer_closed);
}
