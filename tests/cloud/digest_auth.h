/* SPDX-License-Identifier: Apache-2.0 */
/* digest_auth: HTTP Digest (RFC 7616) with MD5 and qop=auth, as TiDB Cloud's challenge is known to be. Nonces
 * are good for any method and URI until they are too old; a count is accepted once. */
#pragma once
#include "request.h"
#include "world.h"

#define DIGEST_AUTH_REALM  "tidb.cloud"
#define DIGEST_AUTH_NONCES 1024

struct digest_nonce {
	char text[33];
	int64_t born_ms;
	uint32_t count; /* highest nc accepted */
};

struct digest_auth {
	struct digest_nonce nonces[DIGEST_AUTH_NONCES]; /* a ring: the oldest is overwritten */
	size_t made;
};

enum digest_verdict {
	DIGEST_OK,
	DIGEST_NONE,
	DIGEST_INCOMPLETE,
	DIGEST_UNKNOWN_KEY,
	DIGEST_DISABLED,
	DIGEST_BAD_URI,
	DIGEST_BAD_SIGNATURE,
	DIGEST_UNKNOWN_NONCE,
	DIGEST_STALE_NONCE,
	DIGEST_REPLAYED_NONCE,
};
const char *digest_name(enum digest_verdict v); /* as in the request log */

/* `ret_key` is the key named by the request, NULL if none is known; borrowed until the world changes. */
enum digest_verdict digest_check(
	struct digest_auth *d, const struct world *w, const struct request *r, struct api_key **ret_key);
/* A 401 with a fresh nonce; `stale` as the verdict and the config have it. */
void digest_challenge(struct digest_auth *d, const struct world *w, enum digest_verdict v, struct reply *p);
