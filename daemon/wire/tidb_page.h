/* SPDX-License-Identifier: Apache-2.0 */
/* tidb_page: pages of a list, and the clusters on them: what both generations of the API need to read one.
 * For the sources of tidb_v1beta and tidb_dedicated only. */
#pragma once
#include "base/json_scan.h"
#include "wire/tidb_api.h"

/* Scans an answer that must be 200 and an object. Refuses: 1, `t` says why. Fails: -ENOMEM. */
int tidb_page_scan(const struct http_answer *a, struct json_tree *ret_tree, struct trouble *t);

/* A page token for a target: percent-encodes all but the unreserved characters of RFC 3986. */
#define TIDB_PAGE_ENCODED_BYTES (3 * TIDB_API_TOKEN_BYTES)
void tidb_page_encode(const char *text, char ret_text[TIDB_PAGE_ENCODED_BYTES]);

/* Counts a page of `items` elements. `total_name`: the member that says how many there are in all;
 * `token_name`: the next page's token, or NULL if pages are numbered. Then `p->more` says whether to go on.
 * Refuses: false, `t` says why: too many pages, a token that comes again, an end before the announced total.
 */
bool tidb_page_turn(const struct json_tree *tree, uint32_t items, const char *total_name,
	const char *token_name, struct tidb_api_pager *p, struct trouble *t);

/* A text that is an id in JSON: a string, or a whole number. Refuses: false, `t` says why. */
bool tidb_page_cluster_id(const struct json_tree *tree, uint32_t object, const char *name,
	struct cluster_id *ret_id, struct trouble *t);
bool tidb_page_project_id(const struct json_tree *tree, uint32_t object, const char *name,
	struct project_id *ret_id, struct trouble *t);

enum tidb_page_kin {
	TIDB_PAGE_OURS,
	TIDB_PAGE_STRANGER, /* of another project */
	TIDB_PAGE_OTHER,    /* not on AWS, or not Dedicated */
};
/* Adds a cluster, or counts what it is. One that is there already is replaced: the list moved between two
 * pages. Refuses: 1, `t` says why. Fails: -ENOMEM. */
int tidb_page_add(struct tidb_api_clusters *c, enum tidb_page_kin kin, const struct cluster_seen *seen,
	struct trouble *t);

/* The text of "aws", any case. */
bool tidb_page_is_aws(const char *provider);
