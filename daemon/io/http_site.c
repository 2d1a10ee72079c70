/* SPDX-License-Identifier: Apache-2.0 */
#include "io/http_site.h"
#include "io/http_transfer.h"
#include <stdlib.h>
#include <string.h>

static const char *http_site_user(const struct http_request *r)
{
	return r->auth == HTTP_AUTH_DIGEST ? r->user : "";
}

static struct http_site *http_sites_find(
	const struct http_sites *sites, const struct http_request *r, const struct url *url)
{
	struct http_site *s = sites->first;

	while (s && !(s->port == url->port && s->tls == url->tls && s->auth == r->auth &&
			    strcmp(s->host, url->host) == 0 && strcmp(s->user, http_site_user(r)) == 0))
		s = s->next;
	return s;
}

static void http_site_free(struct http_site *s)
{
	while (s->idle_count > 0)
		(void)http_transfer_free(s->idle[--s->idle_count]);
	free(s->host);
	free(s->user);
	free(s);
}

/* A site without requests makes room for another: keys are changed over the months, and each has a site of its own. */
static bool http_sites_drop_one(struct http_sites *sites)
{
	for (struct http_site **at = &sites->first, *s; (s = *at); at = &s->next) {
		if (s->active > 0 || s->waiting > 0 || s->held > 0)
			continue;
		*at = s->next;
		http_site_free(s);
		sites->count--;
		return true;
	}
	return false;
}

static struct http_site *http_site_new(const struct http_request *r, const struct url *url)
{
	struct http_site *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->auth = r->auth;
	s->tls = url->tls;
	s->port = url->port;
	s->host = strdup(url->host);
	s->user = strdup(http_site_user(r));
	s->parallel = r->auth == HTTP_AUTH_DIGEST ? HTTP_DIGEST_PARALLEL : HTTP_SITE_PARALLEL;
	TAILQ_INIT(&s->queue);
	TAILQ_INIT(&s->running);
	if (s->host && s->user)
		return s;
	http_site_free(s);
	return NULL;
}

struct http_site *http_sites_get(
	struct http_sites *sites, const struct http_request *request, const struct url *url)
{
	struct http_site *s = http_sites_find(sites, request, url);

	if (s || (sites->count >= HTTP_SITES_MAX && !http_sites_drop_one(sites)))
		return s;
	s = http_site_new(request, url);
	if (!s)
		return NULL;
	s->next = sites->first;
	sites->first = s;
	sites->count++;
	return s;
}

void http_sites_fini(struct http_sites *sites)
{
	for (struct http_site *s = sites->first, *next; s; s = next) {
		next = s->next;
		http_site_free(s);
	}
	*sites = (struct http_sites){.first = NULL};
}

struct http_transfer *http_site_take(struct http_site *s, const char *ca_file)
{
	struct http_transfer *t;

	if (s->idle_count > 0)
		return s->idle[--s->idle_count];
	return http_transfer_new(ca_file, &t) < 0 ? NULL : t;
}

void http_site_give_back(struct http_site *s, struct http_transfer *t)
{
	if (s->idle_count < HTTP_SITE_IDLE_MAX)
		s->idle[s->idle_count++] = t;
	else
		(void)http_transfer_free(t);
}
