/* SPDX-License-Identifier: Apache-2.0 */
#include "tiny_server.h"
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

struct connection {
	struct tiny_server *server;
	int fd;
};

void tiny_server_put(int fd, const char *text)
{
	(void)send(fd, text, strlen(text), MSG_NOSIGNAL);
}

void tiny_server_reply(int fd, int status, const char *headers, const char *body)
{
	char *text = NULL;

	if (asprintf(&text, "HTTP/1.1 %d Text\r\nContent-Length: %zu\r\n%s\r\n%s", status, strlen(body),
		    headers, body) > 0)
		tiny_server_put(fd, text);
	free(text);
}

static bool read_request(int fd, char *request)
{
	size_t len = 0;

	for (;;) {
		ssize_t n = recv(fd, request + len, TINY_SERVER_REQUEST_BYTES - 1 - len, 0);
		char *end, *length;

		if (n <= 0)
			return false;
		len += (size_t)n;
		request[len] = '\0';
		if (request[0] == 0x16) { /* a TLS handshake */
			tiny_server_reply(fd, 400, "", "");
			return false;
		}
		end = strstr(request, "\r\n\r\n");
		if (!end)
			continue;
		length = strcasestr(request, "\r\nContent-Length:");
		if (len >= (size_t)(end + 4 - request) +
				   (length && length < end ? strtoul(length + 17, NULL, 10) : 0))
			return true;
	}
}

static void *serve(void *arg)
{
	struct connection c = *(struct connection *)arg;
	char *request = calloc(1, TINY_SERVER_REQUEST_BYTES);

	free(arg);
	while (request && read_request(c.fd, request)) {
		atomic_fetch_add(&c.server->requests, 1);
		pthread_mutex_lock(&c.server->lock);
		(void)snprintf(c.server->last, TINY_SERVER_REQUEST_BYTES, "%s", request);
		pthread_mutex_unlock(&c.server->lock);
		if (!c.server->answer(c.fd, request))
			break;
	}
	free(request);
	(void)shutdown(c.fd, SHUT_RDWR); /* closed when the server stops: no number is used twice */
	atomic_fetch_add(&c.server->ended, 1);
	return NULL;
}

static void *accept_all(void *arg)
{
	struct tiny_server *s = arg;

	for (;;) {
		int fd = accept(s->listener, NULL, NULL), i = atomic_load(&s->connections);
		struct connection *c;

		if (fd < 0 || i >= TINY_SERVER_CONNECTIONS_MAX || atomic_load(&s->stopping)) {
			if (fd >= 0)
				close(fd);
			return NULL;
		}
		c = malloc(sizeof(*c));
		*c = (struct connection){.server = s, .fd = fd};
		s->sockets[i] = fd;
		if (pthread_create(&s->threads[i], NULL, serve, c) != 0)
			abort();
		atomic_fetch_add(&s->connections, 1);
	}
}

void tiny_server_start(struct tiny_server *s, tiny_server_fn *answer)
{
	struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(any);

	s->answer = answer;
	s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(s->listener >= 0);
	assert_int_equal(bind(s->listener, (struct sockaddr *)&any, sizeof(any)), 0);
	assert_int_equal(listen(s->listener, TINY_SERVER_CONNECTIONS_MAX), 0);
	assert_int_equal(getsockname(s->listener, (struct sockaddr *)&any, &len), 0);
	s->port = ntohs(any.sin_port);
	atomic_store(&s->connections, 0);
	atomic_store(&s->ended, 0);
	atomic_store(&s->requests, 0);
	atomic_store(&s->stopping, false);
	assert_int_equal(pthread_mutex_init(&s->lock, NULL), 0);
	assert_int_equal(pthread_create(&s->acceptor, NULL, accept_all, s), 0);
}

void tiny_server_stop(struct tiny_server *s)
{
	atomic_store(&s->stopping, true);
	(void)shutdown(s->listener, SHUT_RDWR);
	pthread_join(s->acceptor, NULL);
	close(s->listener);
	for (int i = 0; i < atomic_load(&s->connections); i++) {
		(void)shutdown(s->sockets[i], SHUT_RDWR);
		pthread_join(s->threads[i], NULL);
		close(s->sockets[i]);
	}
	pthread_mutex_destroy(&s->lock);
}
