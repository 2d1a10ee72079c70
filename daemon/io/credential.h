/* SPDX-License-Identifier: Apache-2.0 */
/* credential: where secrets come from.
 *
 * A path of the configuration that is relative names a systemd credential (LoadCredential=), a file below
 * $CREDENTIALS_DIRECTORY: a snapshot that changes only with a restart. An absolute path is read again on
 * reload; such a file must be a regular one that nobody but its owner can read. AWS now: static keys of a profile of a
 * shared-credentials file, or of the environment. The rest of the AWS chain (web identity, containers,
 * instance metadata, roles) belongs behind credential_load_aws(), and an expiry here.
 */
#pragma once
#include "base/err.h"
#include "base/secret.h"
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

enum credential_refusal {
	CREDENTIAL_E_ABSENT = 1, /* no such file, no variable, or it may not be read */
	CREDENTIAL_E_EXPOSED,    /* others can read the file: not used */
	CREDENTIAL_E_CONTENT,    /* not what such a file looks like */
};

/* Wipes; harmless twice. */
void credential_fini(struct credential *c);

/* `file`: CredentialsFile= in the shared-credentials format, `profile` Profile= ("" = "default").
 * `file` "": AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN of the environment; if they are not set, or a
 * `profile` is given, the profile (or AWS_PROFILE, or "default") of the file that AWS_SHARED_CREDENTIALS_FILE names, else
 * of $HOME/.aws/credentials (AWS SDKs and Tools Reference Guide: what is said explicitly wins over the environment,
 * which wins over the shared file). Refuses: CREDENTIAL_E_*, with `reterr_why`. Fails: -ENOMEM. `*ret_credential` is
 * replaced on success only. */
int credential_load_aws(
	const char *file, const char *profile, struct credential *ret_credential, struct why *reterr_why);

/* `file`: ApiKeyFile=, one line "PUBLIC:PRIVATE". Refuses and fails as above. */
int credential_load_api_key(const char *file, struct credential *ret_credential, struct why *reterr_why);
