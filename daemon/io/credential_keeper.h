/* SPDX-License-Identifier: Apache-2.0 */
/* credential_keeper: one set of AWS credentials, kept fresh.
 *
 * Those with an end are fetched when they are first needed, and again well before the end, beside the requests: those go on
 * with what is at hand. Only without any, or past their end, a request waits for the fetch. One fetch at a time; after one
 * that failed the next comes later and later, up to CREDENTIAL_KEEPER_RETRY_MAX_MS. Nothing is fetched while nobody asks.
 */
#pragma once
#include "io/credential_chain.h"
#include "io/credential_fetch.h"
#include <uv.h>

#define CREDENTIAL_KEEPER_AHEAD_MS     (15 * 60 * 1000) /* AWS's SDKs refresh so long before the end */
#define CREDENTIAL_KEEPER_RETRY_MIN_MS 1000
#define CREDENTIAL_KEEPER_RETRY_MAX_MS 60000

struct credential_keeper_init {
	uv_loop_t *loop;
	struct http *http;                      /* borrowed */
	const char *credentials_file, *profile; /* copied; see io/credential_chain.h */
	const char *sts_url;                    /* borrowed; "" = by region */
	int64_t timeout_ms;                     /* of one request */
	void (*fetched)(
		void *arg); /* a fetch has ended, well or not: who waits may ask again. From the loop only */
	void *arg;
};

struct credential_keeper {
	struct credential_keeper_init init;
	char *credentials_file, *profile;
	struct credential_chain *chain; /* NULL: none could be found */
	struct credential credential;   /* in use; no secret: there are none */
	struct walltime expires;        /* of them; WALLTIME_UNKNOWN: they do not */
	struct walltime refresh_at;
	struct credential_fetch *fetch;     /* under way */
	struct credential_chain *old_chain; /* of a fetch that is being cancelled */
	uint32_t failures;                  /* of fetches, since the last that did not */
	struct boottime fetched_at;         /* those in use */
	struct boottime retry_at;           /* no fetch before */
	enum fault fault;                   /* of the last fetch */
	char trouble[WHY_BYTES];   /* why there are none, or why they could not be fetched anew; "" */
	char text[4 * WHY_BYTES];  /* for credential_keeper_text() */
	void (*closed)(void *arg); /* not NULL: closing */
	void *closed_arg;
};

/* `k` must not move until `closed` was called. Credentials that cannot be loaded are no reason to fail. Fails: -ENOMEM. */
int credential_keeper_init(struct credential_keeper *k, const struct credential_keeper_init *init);
/* Reads where they come from again. Refuses: CREDENTIAL_E_*; the old ones stay. Fails: -ENOMEM. */
int credential_keeper_reload(struct credential_keeper *k, struct why *reterr_why);
/* `closed` comes once: at once, or when a fetch that is under way has ended. */
void credential_keeper_close(struct credential_keeper *k, void (*closed)(void *arg), void *arg);

/* Before each request. Starts a fetch if it is time for one, at the STS of `region` unless the profile names another. True:
 * there are none that are good, but a fetch is under way, and `fetched` will come. */
bool credential_keeper_must_wait(struct credential_keeper *k, const char *region);
/* A service said that they are not good. True: new ones will be fetched before the next request; false: there are none, those
 * in use are fresh, or the last fetch failed. */
bool credential_keeper_doubt(struct credential_keeper *k);
/* One sentence: where they come from and how long they last, or why there are none. Never a secret. Good until the next
 * call. */
const char *credential_keeper_text(struct credential_keeper *k);
void credential_keeper_state(const struct credential_keeper *k, struct credential_state *ret_state);
