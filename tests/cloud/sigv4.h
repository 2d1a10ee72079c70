/* SPDX-License-Identifier: Apache-2.0 */
/* sigv4: checks AWS Signature Version 4 on a request, from the public description of the algorithm ("AWS
 * Signature Version 4 for API requests"), with OpenSSL. Shares nothing with curl's signer, which cmekd uses.
 */
#pragma once
#include "request.h"
#include "world.h"

enum sigv4_verdict {
	SIGV4_OK,
	SIGV4_NONE,       /* no Authorization header */
	SIGV4_INCOMPLETE, /* not of the right form, or a header that must be signed is not */
	SIGV4_UNKNOWN_KEY,
	SIGV4_BAD_TOKEN, /* session token missing, wrong, or sent with a user's key */
	SIGV4_EXPIRED,
	SIGV4_SKEWED,
	SIGV4_WRONG_REGION,
	SIGV4_BAD_SCOPE, /* service, date or terminator */
	SIGV4_BAD_SIGNATURE,
};
const char *sigv4_name(enum sigv4_verdict v); /* as in the request log */

struct sigv4_caller {
	const struct access_key *key; /* NULL unless known; borrowed until the world changes */
	char region[32];              /* of the credential scope, "" if not read */
};

/* `region`: the region that the endpoint has, NULL: any in which the world has a key. */
enum sigv4_verdict sigv4_check(const struct world *w, const struct request *r, const char *service,
	const char *region, struct sigv4_caller *ret_caller);
