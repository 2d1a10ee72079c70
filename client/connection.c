/* SPDX-License-Identifier: Apache-2.0 */
#include "connection.h"
#include "base/own.h"
#include "clock.h"
#include "proto/proto_call.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

static int open_failed(int error, const char *path, struct why *reterr_why)
{
	switch (error) {
	case ENOENT:
	case ECONNREFUSED:
		why_set(reterr_why,
			"cmekd is not running, or listens elsewhere than %s; see: systemctl status cmekd",
			path);
		return CONNECTION_E_ABSENT;
	case EACCES:
	case EPERM:
		why_set(reterr_why,
			"the socket %s may not be opened by this user: a directory above it is closed; ask "
			"an administrator, or"
			" run as root",
			path);
		return CONNECTION_E_FORBIDDEN;
	case EAGAIN:
		why_set(reterr_why,
			"cmekd accepts no connection on %s: it hangs or is overloaded; see: systemctl status "
			"cmekd",
			path);
		return CONNECTION_E_TIMEOUT;
	case ENOTSOCK:
	case EPROTOTYPE:
		why_set(reterr_why, "%s is no socket that cmekd listens on; see --socket", path);
		return CONNECTION_E_ABSENT;
	default:
		why_set(reterr_why, "cannot connect to %s: %s", path, strerror(error));
		return CONNECTION_E_ABSENT;
	}
}

int connection_open(struct connection *c, const char *path, struct why *reterr_why)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const struct timeval patience = {.tv_sec = CONNECTION_OPEN_MS / 1000};
	size_t len = strlen(path);

	if (len >= sizeof address.sun_path) {
		why_set(reterr_why, "the socket's path has %zu bytes, at most %zu are possible: %s", len,
			sizeof address.sun_path - 1, path);
		return CONNECTION_E_ABSENT;
	}
	memcpy(address.sun_path, path, len + 1);
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_origin(-errno);
	/* SO_SNDTIMEO bounds connect(2) too: a full backlog would else block for ever. */
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) < 0)
		return err_origin(-errno);
	if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
		return open_failed(errno, path, reterr_why);
	c->fd = fd;
	fd = -1;
	return 0;
}

void connection_close(struct connection *c)
{
	own_close(&c->fd);
	proto_fini(&c->in);
	c->in = PROTO_INIT(PROTO_REPLY_MAX);
}

void connection_fini(struct connection *c)
{
	connection_close(c);
	proto_fini(&c->in);
}

static int broken(struct why *reterr_why, const char *what)
{
	why_set(reterr_why, "%s; see: systemctl status cmekd", what);
	return CONNECTION_E_CLOSED;
}

/* A call may hold a password. */
static void wipe(struct buf *b)
{
	if (b->data)
		explicit_bzero(b->data, b->size);
	buf_fini(b);
}

int connection_call(struct connection *c, const char *method, struct json_object *parameters, bool more,
	struct why *reterr_why)
{
	_cleanup_(wipe) struct buf out = BUF_INIT(PROTO_CALL_MAX);
	int result = proto_call_encode(method, parameters, more, &out);

	if (result != 0)
		return result;
	for (size_t sent = 0; sent < out.len;) {
		ssize_t n = send(c->fd, out.data + sent, out.len - sent, MSG_NOSIGNAL);
		if (n >= 0) {
			sent += (size_t)n;
			continue;
		}
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return broken(reterr_why, "cmekd closed the connection");
		why_set(reterr_why,
			"cmekd does not read what it is asked: it hangs; see: systemctl status cmekd");
		return CONNECTION_E_TIMEOUT;
	}
	return 0;
}

/* Waits for bytes. Signals are let through only here, so that none is missed between a look at *stop and the wait. */
static int wait_readable(const struct connection *c, int64_t deadline_ms)
{
	for (;;) {
		struct pollfd p = {.fd = c->fd, .events = POLLIN};
		struct timespec left = {0};
		sigset_t open_signals;
		int64_t left_ms = deadline_ms - clock_steady_ms();

		if (c->stop && *c->stop)
			return CONNECTION_E_SIGNAL;
		if (deadline_ms != CONNECTION_FOREVER && left_ms <= 0)
			return CONNECTION_E_TIMEOUT;
		left.tv_sec = left_ms / 1000;
		left.tv_nsec = left_ms % 1000 * 1000000;
		(void)sigemptyset(&open_signals);
		int ready = ppoll(&p, 1, deadline_ms == CONNECTION_FOREVER ? NULL : &left,
			c->stop ? &open_signals : NULL);
		if (ready > 0)
			return 0;
		if (ready < 0 && errno != EINTR)
			return err_origin(-errno);
	}
}

static int feed(struct connection *c, int64_t deadline_ms, struct why *reterr_why)
{
	char bytes[PROTO_FEED_MAX];
	int result = wait_readable(c, deadline_ms);

	if (result == CONNECTION_E_TIMEOUT)
		why_set(reterr_why,
			"cmekd accepted the question but does not answer; see: systemctl status cmekd");
	if (result != 0)
		return result;
	ssize_t n = recv(c->fd, bytes, sizeof bytes, 0);
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return 0;
	if (n < 0)
		return broken(reterr_why, "the connection to cmekd broke");
	if (n == 0)
		return broken(reterr_why, proto_is_cut(&c->in)
						  ? "cmekd closed the connection in the middle of a reply"
						  : "cmekd closed the connection without a reply");
	result = proto_feed(&c->in, bytes, (size_t)n);
	if (result == PROTO_E_LONG) {
		why_set(reterr_why,
			"the reply is longer than %d bytes: what listens there is not cmekd, or not this "
			"version",
			PROTO_REPLY_MAX);
		return CONNECTION_E_PROTOCOL;
	}
	return result;
}

int connection_receive(
	struct connection *c, int64_t timeout_ms, struct proto_reply *ret_reply, struct why *reterr_why)
{
	int64_t deadline_ms =
		timeout_ms == CONNECTION_FOREVER ? CONNECTION_FOREVER : clock_steady_ms() + timeout_ms;
	const char *frame;
	size_t len;

	for (;;) {
		if (proto_next(&c->in, &frame, &len) == 0)
			break;
		int result = feed(c, deadline_ms, reterr_why);
		if (result != 0)
			return result;
	}
	int result = proto_reply_parse(frame, len, ret_reply, reterr_why);
	if (result <= 0)
		return result;
	why_prefix(reterr_why, "what listens there does not answer as cmekd does");
	return CONNECTION_E_PROTOCOL;
}
