/* SPDX-License-Identifier: Apache-2.0 */
#include "client/fake_daemon.h"
#include "base/buf.h"
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define ROWS_MAX  64
#define CALL_MAX  65536
#define PEERS_MAX 16

struct peer {
	int fd;
	struct buf in;
};

struct fake_daemon {
	const struct canned *canned;
	bool used[ROWS_MAX];
	char dir[64], path[80];
	int listener, wake[2];
	struct peer peers[PEERS_MAX];
	size_t peer_count;
	struct buf calls;
	pthread_mutex_t lock;
	pthread_t thread;
};

static void must(bool good, const char *what)
{
	if (good)
		return;
	perror(what);
	abort();
}

static bool method_is(const struct canned *row, const char *method)
{
	char full[128];

	(void)snprintf(full, sizeof full, "%s%s", strchr(row->method, '.') ? "" : "io.cmekd.", row->method);
	return strcmp(full, method) == 0;
}

static const struct canned *take(struct fake_daemon *d, const char *method)
{
	const struct canned *last = NULL;

	for (size_t i = 0; d->canned[i].method; i++) {
		if (!method_is(&d->canned[i], method))
			continue;
		last = &d->canned[i];
		if (d->used[i])
			continue;
		d->used[i] = true;
		return last;
	}
	return last;
}

/* False: the connection is to be closed. */
static bool send_all(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);
		if (n <= 0)
			return false;
		bytes += n;
		len -= (size_t)n;
	}
	return true;
}

static bool answer(struct fake_daemon *d, int fd, const char *call)
{
	char method[128] = "";
	const struct canned *row;

	(void)sscanf(call, "{\"method\":\"%127[^\"]", method);
	(void)pthread_mutex_lock(&d->lock);
	buf_printf(&d->calls, "%s\n", call);
	(void)pthread_mutex_unlock(&d->lock);
	do {
		row = take(d, method);
		must(row, method);
		if (row->silent)
			return true;
		if (row->raw_bytes > 0) {
			(void)send_all(fd, row->reply, row->raw_bytes);
			return false;
		}
		if (row->reply && !send_all(fd, row->reply, strlen(row->reply) + 1))
			return false;
		if (row->close)
			return false;
	} while (row->reply && strstr(row->reply, "\"continues\":true"));
	return true;
}

/* False: the peer is gone. */
static bool serve(struct fake_daemon *d, struct peer *p)
{
	char bytes[4096];
	ssize_t n = recv(p->fd, bytes, sizeof bytes, 0);

	if (n <= 0)
		return false;
	buf_append(&p->in, bytes, (size_t)n);
	for (const char *end; p->in.len > 0 && (end = memchr(p->in.data, '\0', p->in.len));) {
		size_t len = (size_t)(end - p->in.data) + 1;
		if (!answer(d, p->fd, p->in.data))
			return false;
		buf_consume(&p->in, len);
	}
	return true;
}

static void drop(struct fake_daemon *d, size_t i)
{
	(void)close(d->peers[i].fd);
	buf_fini(&d->peers[i].in);
	d->peers[i] = d->peers[--d->peer_count];
}

static void *run(void *arg)
{
	struct fake_daemon *d = arg;

	for (;;) {
		struct pollfd polls[2 + PEERS_MAX] = {
			{.fd = d->listener, .events = POLLIN}, {.fd = d->wake[0], .events = POLLIN}};
		size_t peers = d->peer_count;
		for (size_t i = 0; i < peers; i++)
			polls[2 + i] = (struct pollfd){.fd = d->peers[i].fd, .events = POLLIN};
		must(poll(polls, (nfds_t)(2 + peers), -1) > 0, "poll");
		if (polls[1].revents)
			return NULL;
		for (size_t i = peers; i-- > 0;)
			if (polls[2 + i].revents && !serve(d, &d->peers[i]))
				drop(d, i);
		if (polls[0].revents && d->peer_count < PEERS_MAX) {
			int fd = accept(d->listener, NULL, NULL);
			must(fd >= 0, "accept");
			d->peers[d->peer_count++] = (struct peer){.fd = fd, .in = BUF_INIT(CALL_MAX)};
		}
	}
}

struct fake_daemon *fake_daemon_start(const struct canned *canned)
{
	struct fake_daemon *d = calloc(1, sizeof *d);
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	must(d, "calloc");
	d->canned = canned;
	d->calls = BUF_INIT(1024 * 1024);
	(void)snprintf(d->dir, sizeof d->dir, "/tmp/cmekd-test-client-XXXXXX");
	must(mkdtemp(d->dir), d->dir);
	(void)snprintf(d->path, sizeof d->path, "%s/io.cmekd", d->dir);
	memcpy(address.sun_path, d->path, strlen(d->path) + 1);
	d->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	must(d->listener >= 0, "socket");
	must(bind(d->listener, (struct sockaddr *)&address, sizeof address) == 0, "bind");
	must(listen(d->listener, PEERS_MAX) == 0, "listen");
	must(pipe(d->wake) == 0, "pipe");
	must(pthread_mutex_init(&d->lock, NULL) == 0, "mutex");
	must(pthread_create(&d->thread, NULL, run, d) == 0, "thread");
	return d;
}

const char *fake_daemon_socket(const struct fake_daemon *d)
{
	return d->path;
}

const char *fake_daemon_calls(struct fake_daemon *d)
{
	(void)pthread_mutex_lock(&d->lock);
	const char *calls = d->calls.data ? d->calls.data : "";
	(void)pthread_mutex_unlock(&d->lock);
	return calls;
}

void fake_daemon_stop(struct fake_daemon *d)
{
	must(write(d->wake[1], "x", 1) == 1, "write");
	must(pthread_join(d->thread, NULL) == 0, "join");
	while (d->peer_count > 0)
		drop(d, 0);
	(void)close(d->listener);
	(void)close(d->wake[0]);
	(void)close(d->wake[1]);
	(void)unlink(d->path);
	(void)rmdir(d->dir);
	buf_fini(&d->calls);
	(void)pthread_mutex_destroy(&d->lock);
	free(d);
}
