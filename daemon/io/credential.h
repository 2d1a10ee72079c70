/* SPDX-License-Identifier: Apache-2.0 */
/* credential: secrets from files.
 *
 * A path of the configuration that is relative names a systemd credential (LoadCredential=), a file below
 * $CREDENTIALS_DIRECTORY: a snapshot that changes only with a restart. An absolute path is read again on
 * reload; such a file must be a regular one that nobody but its owner can read. Where AWS credentials come from
 * is io/credential_chain's.
 */
#pragma once
#include "base/err.h"
#include "base/secret.h"
#include "model/moment.h"
#include <stdbool.h>
#include <stddef.h>

#define CREDENTIAL_ID_BYTES     129 /* access key ids have 16 to 128 characters (AWS STS API, Credentials) */
#define CREDENTIAL_FILE_BYTES   65536
#define CREDENTIAL_PATH_BYTES   4096
#define CREDENTIAL_SOURCE_BYTES 384

struct credential {
	char id[CREDENTIAL_ID_BYTES]; /* access key id or public key: no secret; "" if there is none */
	struct secret secret;         /* secret access key or private key */
	struct secret token;          /* session token; bytes NULL if none */
	char source[CREDENTIAL_SOURCE_BYTES]; /* a sentence for people: where it came from, when it changes */
};
#define CREDENTIAL_INIT ((struct credential){.secret = SECRET_INIT})

/* How credentials stand, for people. Texts of their client, good until its next call; never a secret. */
struct credential_state {
	const char *
		source; /* a sentence: where they come from, and what it takes to see a change; "" if none are set */
	const char *id;          /* in use; "" if there are none */
	const char *identity;    /* AWS: own ARN as GetCallerIdentity last told it; "" if not known */
	const char *trouble;     /* why there are none, or why they could not be fetched anew; "" */
	struct walltime expires; /* WALLTIME_UNKNOWN: they do not, or it is not known */
};

enum credential_refusal {
	CREDENTIAL_E_ABSENT = 1, /* no such file, no variable, or it may not be read */
	CREDENTIAL_E_EXPOSED,    /* others can read the file: not used */
	CREDENTIAL_E_CONTENT,    /* not what such a file looks like */
};

/* Wipes; harmless twice. */
void credential_fini(struct credential *c);

/* The text of `file`, which the caller wipes. Refuses: CREDENTIAL_E_*, with `reterr_why`. Fails: -ENOMEM. */
int credential_read_file(const char *file, struct secret *ret_text, struct why *reterr_why);
/* The same for an absolute path of a file that others may read, by the custom of those who write it. */
int credential_read_shared(const char *path, struct secret *ret_text, struct why *reterr_why);
/* Sets `c->source`: "WHAT ID from FILE, read again on reload", or that it is a systemd credential. */
void credential_say_file(struct credential *c, const char *what, const char *file);

/* `file`: ApiKeyFile=, one line "PUBLIC:PRIVATE". Refuses and fails as above. `*ret_credential`
 * is replaced on success only. */
int credential_load_api_key(const char *file, struct credential *ret_credential, struct why *reterr_why);
