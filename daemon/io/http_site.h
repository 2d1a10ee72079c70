/* SPDX-License-Identifier: Apache-2.0 */
/* http_site: where requests of io/http go: scheme, host and port, and for Digest the user: a nonce belongs to both. Each has its
 * own queue, and handles that it keeps for its next requests. */
#pragma once
#include "io/http.h"
#include "wire/url.h"
#include <sys/queue.h>

struct http_call;
TAILQ_HEAD(http_calls, http_call);
struct http_transfer;

#define HTTP_SITE_IDLE_MAX 24 /* handles that a site keeps: as many as are in use while answers come soon */

struct http_site {
	struct http_site *next;
	enum http_auth auth;
	bool tls;
	uint16_t port;
	char *host, *user; /* "" but for Digest */
	uint32_t parallel; /* requests at a time */
	uint32_t active, waiting;
	uint32_t held; /* somebody in the stack uses it */
	uint32_t idle_count;
	/* Last used on top: its nonce and connection are fresh. */
	struct http_transfer *idle[HTTP_SITE_IDLE_MAX];
	struct http_calls queue, running;
};

struct http_sites {
	struct http_site *first;
	uint32_t count;
};

/* The one that the request belongs to. NULL: HTTP_SITES_MAX have requests, or no memory. */
struct http_site *http_sites_get(
	struct http_sites *sites, const struct http_request *request, const struct url *url);
/* All of them; none has requests. */
void http_sites_fini(struct http_sites *sites);

/* A handle for one request. NULL: no memory. */
struct http_transfer *http_site_take(struct http_site *s, const char *ca_file);
void http_site_give_back(struct http_site *s, struct http_transfer *t);
