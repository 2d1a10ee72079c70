/* SPDX-License-Identifier: Apache-2.0 */
/* tiny_server: an HTTP/1.1 server on a free port of the loopback, for tests of clients. The test says what it answers;
 * everything it started ends with it. */
#pragma once
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define TINY_SERVER_CONNECTIONS_MAX 96
#define TINY_SERVER_REQUEST_BYTES   (256 * 1024)

/* Answers one whole request (head and body, NUL-terminated) on `fd`. False: close the connection. Called by one thread
 * a connection. */
typedef bool tiny_server_fn(int fd, const char *request);

struct tiny_server {
	uint16_t port;
	tiny_server_fn *answer;
	int listener;
	pthread_t acceptor;
	pthread_t threads[TINY_SERVER_CONNECTIONS_MAX];
	int sockets[TINY_SERVER_CONNECTIONS_MAX];
	atomic_int connections, requests, ended; /* ended: connections that the server has shut down */
	atomic_bool stopping;
	pthread_mutex_t lock;
	char last[TINY_SERVER_REQUEST_BYTES]; /* the request answered last; read it when nothing runs */
};

/* Fails the test if it cannot. */
void tiny_server_start(struct tiny_server *s, tiny_server_fn *answer);
void tiny_server_stop(struct tiny_server *s);

void tiny_server_put(int fd, const char *text);
/* A response with a body; `headers` are whole lines, each with its "\r\n". */
void tiny_server_reply(int fd, int status, const char *headers, const char *body);
