/* SPDX-License-Identifier: Apache-2.0 */
/* tidb_route: by which of its two APIs TiDB Cloud is asked about clusters. Pure: the time comes in.
 *
 * A read falls back by itself: at once if the chosen API lacks the endpoint, or when it gave no usable answer three times
 * in a row. The next list that comes TIDB_ROUTE_RETRY_MS later tries the chosen one again. Nothing follows from 401, 403
 * and 429: they concern the API key, which both share.
 *
 * That a cluster is gone is believed of the chosen API alone: one that the other does not know would else drop out of
 * what must be paused before a region is called dark.
 *
 * An act moves only after an answer that it was surely not carried out since there is no such endpoint, and then only
 * for a cluster whose state was read after that answer. It stays there for the life of the client, unless the other API
 * lacks the endpoint too. */
#pragma once
#include "model/key.h"
#include "model/moment.h"
#include "model/settings.h"
#include <stdbool.h>
#include <stdint.h>

#define TIDB_ROUTE_SILENT_MAX 3               /* reads in a row without a usable answer */
#define TIDB_ROUTE_RETRY_MS   (5 * 60 * 1000) /* the chosen API is left alone for so long */

struct tidb_route {
	enum cluster_api chosen;  /* ClusterApi= */
	enum cluster_api reads;   /* what works now */
	uint32_t silent;          /* reads in a row that the chosen one gave no usable answer to */
	struct boottime retry_at; /* the next list tries the chosen one again, while `reads` is the other */
	enum cluster_api acts;    /* where acts go */
	struct boottime
		acts_from; /* the last answer that an endpoint of acts is missing; BOOTTIME_NEVER: none */
};

void tidb_route_init(struct tidb_route *r, enum cluster_api chosen);
enum cluster_api tidb_route_other(enum cluster_api api);
/* Somebody asks for it: the next list tries the chosen API. */
void tidb_route_retry(struct tidb_route *r);

/* ---- reads ---- */

/* What the answer to a read says of the API that gave it. */
enum tidb_route_word {
	TIDB_ROUTE_ANSWERS, /* it works */
	TIDB_ROUTE_GONE,    /* it works, and has no such cluster */
	TIDB_ROUTE_LACKS,   /* it has no such endpoint */
	TIDB_ROUTE_SILENT,  /* no usable answer came */
	TIDB_ROUTE_NOTHING, /* nothing: it concerns the API key, or this request */
};
/* `lacks`: tidb_api_lacks_endpoint() says so. */
enum tidb_route_word tidb_route_word(enum fault fault, bool lacks);

/* Where a read that begins now goes. */
enum cluster_api tidb_route_read(struct tidb_route *r, bool list, struct boottime now);

struct tidb_route_ended {
	enum cluster_api api; /* that was asked */
	bool list;
	bool repeated; /* the same read has been at the other API before */
	enum tidb_route_word word;
};
/* A read has ended. True: it is to be repeated at once, and from its start, by the other API. `ret_moved`: `r->reads`
 * changed by it, which people should be told. */
bool tidb_route_read_ended(
	struct tidb_route *r, const struct tidb_route_ended *ended, struct boottime now, bool *ret_moved);

/* ---- acts ---- */

/* Where an act goes on a cluster whose state was read at `read_at` (BOOTTIME_NEVER: never). False: nowhere before it was
 * read again. */
bool tidb_route_act(const struct tidb_route *r, struct boottime read_at, enum cluster_api *ret_api);

/* An act was not carried out: `api` has no such endpoint. True: acts go by the other from now on, which people should be
 * told. */
bool tidb_route_act_lacks(struct tidb_route *r, enum cluster_api api, struct boottime now);
