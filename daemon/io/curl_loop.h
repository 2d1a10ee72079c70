/* SPDX-License-Identifier: Apache-2.0 */
/* curl_loop: libcurl's multi interface driven by a libuv loop (uv_poll for sockets, one uv_timer). It knows
 * transfers, not HTTP. The rules it keeps are in the man pages curl_multi_socket_action(3),
 * CURLMOPT_SOCKETFUNCTION(3), CURLMOPT_TIMERFUNCTION(3), CURLOPT_CLOSESOCKETFUNCTION(3) and in libuv's uv_poll documentation. */
#pragma once
#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

/* A transfer ended and is no longer in the loop. Never called from inside a curl_loop function. */
typedef void curl_loop_done_fn(void *arg, CURL *easy, CURLcode result);
/* The multi handle became unusable (out of memory in a callback): no transfer in it will end. The owner must
 * curl_loop_remove() them all and then curl_loop_rebuild(). */
typedef void curl_loop_broken_fn(void *arg);
typedef void curl_loop_closed_fn(void *arg);

struct curl_loop {
	uv_loop_t *loop;
	CURLM *multi;
	uv_timer_t timer;
	uint32_t open;                         /* uv handles that are not closed yet */
	struct curl_loop_socket **connections; /* by descriptor; NULL if that is none of a connection */
	size_t connections_size;
	curl_loop_done_fn *done;
	curl_loop_broken_fn *broken;
	curl_loop_closed_fn *closed;
	void *arg;
};

/* `c` must not move until `closed` was called. Fails: -ENOMEM. */
int curl_loop_init(struct curl_loop *c, uv_loop_t *loop, curl_loop_done_fn *done, curl_loop_broken_fn *broken,
	void *arg);
/* Fails: -ENOMEM, -EIO; the transfer is then not in the loop. */
int curl_loop_add(struct curl_loop *c, CURL *easy);
/* Ends it without a callback. */
void curl_loop_remove(struct curl_loop *c, CURL *easy);
/* A fresh multi handle after `broken`. Fails: -ENOMEM. */
int curl_loop_rebuild(struct curl_loop *c);
/* Every transfer must be removed before. `closed` is called when libuv has let go of everything. */
void curl_loop_close(struct curl_loop *c, curl_loop_closed_fn *closed);
