/* SPDX-License-Identifier: Apache-2.0 */
/* tidb: what both generations of the TiDB Cloud API share: Digest, the rate limit, roles, error bodies,
 * headers. */
#pragma once
#include "cluster.h"
#include "digest_auth.h"
#include "request.h"
#include "world.h"

#define TIDB_TYPE "application/json"

/* Checks Digest, then the rate limit. False: `p` holds the 401 or 429. */
bool tidb_admit(struct digest_auth *d, struct world *w, struct request *r, struct reply *p);
/* Adds what every answer has: X-Ratelimit-* and X-Debug-Trace-Id. */
void tidb_headers(struct world *w, const struct request *r, struct reply *p);
/* `code`: v1beta's eight digits; Dedicated answers the google.rpc code of the status instead. */
void tidb_error(struct reply *p, const struct request *r, unsigned status, int code, const char *message);
void tidb_throttled(const struct world *w, const struct request *r, struct reply *p);
/* False: `p` holds the 403 for a role that may only read. */
bool tidb_may_act(const struct world *w, const struct request *r, struct reply *p);
/* A key of another organisation (role `stranger`) sees nothing of this one: lists are empty, the rest is not found. What TiDB Cloud
 * answers it is not documented; this tells it the least. */
bool tidb_sees(const struct world *w, const struct request *r);
/* The same for making a project: only an organisation's owner may. */
bool tidb_may_create(const struct world *w, const struct request *r, struct reply *p);

/* A query parameter that is a number. False: `p` holds the 400. */
bool tidb_number(const struct request *r, const char *name, int64_t min, int64_t otherwise, struct reply *p,
	int64_t *ret_value);
/* Pauses or resumes by the rules, both APIs alike. True if accepted; else `p` holds the 400. */
bool tidb_pause(struct world *w, struct request *r, struct cluster *c, bool pause, struct reply *p);

/* Routes: fill op, project, cluster. False: no such path. */
bool v1beta_route(struct request *r);
void v1beta_act(struct world *w, struct request *r, struct reply *p);
bool dedicated_route(struct request *r);
void dedicated_act(struct world *w, struct request *r, struct reply *p);

/* Appends one word of a path to a field; moves `at` behind it and its slash. False at the end, or if too
 * long. */
bool tidb_path_word(const char **at, char *ret_word, size_t size);
