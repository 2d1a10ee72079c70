/* SPDX-License-Identifier: Apache-2.0 */
/* tidb_api: what the two generations of TiDB Cloud's HTTP API have in common: lists over pages, cluster
 * states, errors. wire/tidb_v1beta.h     projects and CMEK settings, which exist only there; clusters as a
 * fallback wire/tidb_dedicated.h  clusters: list, get, pause, resume Source: TiDB Cloud API v1beta and TiDB
 * Cloud Dedicated API v1beta1 references.
 *
 * Targets go behind the settings' endpoint ("https://api.tidbcloud.com", "https://dedicated.tidbapi.com") and
 * begin with "/api/v1beta/" or "/v1beta1/". The colon of ":pauseCluster" stays literal: Digest's uri must
 * equal the request target.
 *
 * All readers return 0 with `*ret_trouble` written, always; values are written only if its fault is
 * FAULT_NONE. They fail with -ENOMEM only. Answers are classified by HTTP status first and body second: 401
 * CREDENTIALS (repeat once on the same handle before it is believed: a stale Digest nonce looks like it), 403
 * DENIED, 404 NOT_FOUND (only with an error body of the API; a bare 404 is a gateway's: MALFORMED), 429
 * THROTTLED, 5xx SERVER_ERROR, other 4xx with an error body REFUSED, anything else MALFORMED.
 */
#pragma once
#include "model/cluster.h"
#include "model/ids.h"
#include "wire/http_answer.h"
#include "wire/trouble.h"

#define TIDB_API_CONTENT_TYPE      "application/json" /* of every request with a body, and of an empty POST */
#define TIDB_API_ANSWER_MAX_BYTES  (4u * 1024u * 1024u)
#define TIDB_API_TARGET_BYTES      1664
#define TIDB_API_PER_PAGE          100 /* the most that v1beta1 gives; v1beta names no limit and may give less */
#define TIDB_API_TOKEN_BYTES       512 /* a longer nextPageToken is FAULT_MALFORMED */
#define TIDB_API_LIST_PAGES_MAX    4096u
#define TIDB_API_LIST_CLUSTERS_MAX 4096u  /* of a project; a longer list is FAULT_MALFORMED */
#define TIDB_API_LIST_PROJECTS_MAX 32768u /* of an organisation */

/* Where a list stands. All zero: before the first page. */
struct tidb_api_pager {
	uint32_t pages;                   /* read */
	uint32_t items;                   /* read, dropped ones included */
	uint64_t total;                   /* as the service said last; 0 if not told */
	bool more;                        /* ask for the next page */
	char token[TIDB_API_TOKEN_BYTES]; /* v1beta1; "" = first page */
};

/* The clusters of one project, gathered over pages; no id twice. Only Dedicated clusters on AWS of this
 * project. */
struct tidb_api_clusters {
	struct cluster_seen *items;
	uint32_t count, size;
	uint32_t strangers; /* dropped: of another project */
	uint32_t others;    /* dropped: not on AWS, or not Dedicated */
	struct tidb_api_pager pager;
};
#define TIDB_API_CLUSTERS_INIT ((struct tidb_api_clusters){.items = NULL})
void tidb_api_clusters_fini(struct tidb_api_clusters *c);

enum tidb_api_act { TIDB_API_PAUSE, TIDB_API_RESUME };

/* X(STATE, "v1beta cluster_status" or NULL, "v1beta1 state" or NULL). Any other value is
 * CLUSTER_STATE_UNKNOWN. */
#define TIDB_API_STATE_TABLE(X)                                                                              \
	X(RUNNING, "AVAILABLE", "ACTIVE")                                                                    \
	X(BUSY, "CREATING", "CREATING")                                                                      \
	X(BUSY, NULL, "RESTORING")                                                                           \
	X(BUSY, "MODIFYING", "MODIFYING")                                                                    \
	X(BUSY, "IMPORTING", "IMPORTING")                                                                    \
	X(BUSY, "MAINTAINING", "MAINTENANCE")                                                                \
	X(BUSY, NULL, "UPGRADING")                                                                           \
	X(PAUSING, "PAUSING", "PAUSING")                                                                     \
	X(PAUSED, "PAUSED", "PAUSED")                                                                        \
	X(RESUMING, "RESUMING", "RESUMING")                                                                  \
	X(UNUSABLE, "UNAVAILABLE", "INACTIVE")                                                               \
	X(GONE, NULL, "DELETING")                                                                            \
	X(GONE, NULL, "DELETED")

enum cluster_state tidb_api_v1beta_state(const char *cluster_status);
enum cluster_state tidb_api_dedicated_state(const char *state);

/* What a request wants to know or to have done. */
enum tidb_api_wish { TIDB_API_WISH_LIST, TIDB_API_WISH_CLUSTER, TIDB_API_WISH_ACT };

/* Whether the answer says for certain that this API has no such endpoint, so that nothing was carried out: 405, 410, 501,
 * and 404 of the gateway (Kong: {"message":"no Route matched with those values"}, without a `code`). Any other 404 to a
 * request for one cluster is about that cluster, or cannot be told; a list has nothing that could be missing, so to it
 * any 404 will do. */
bool tidb_api_lacks_endpoint(const struct http_answer *a, enum tidb_api_wish wish);

/* The trouble of an answer that is not 200; FAULT_NONE if it is. Fails: -ENOMEM. */
int tidb_api_read_error(const struct http_answer *a, struct trouble *ret_trouble);
