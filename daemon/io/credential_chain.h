/* SPDX-License-Identifier: Apache-2.0 */
/* credential_chain: where AWS credentials come from, as AWS's SDKs look for them (AWS SDKs and Tools Reference Guide,
 * credential provider chain). What is found here without asking anybody is complete at once; the rest is fetched by
 * io/credential_fetch.
 *
 *   CredentialsFile= (with Profile=)    that file alone
 *   without either                      AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN
 *   the shared files (Profile=, AWS_PROFILE, "default")    role_arn with source_profile or credential_source;
 *                                       web_identity_token_file; static keys; credential_process
 *   without a profile                   AWS_WEB_IDENTITY_TOKEN_FILE (before static keys of [default]);
 *                                       AWS_CONTAINER_CREDENTIALS_*_URI; instance metadata, version 2 only
 */
#pragma once
#include "io/credential.h"
#include "wire/sts.h"

#define CREDENTIAL_ROLES_MAX 5
#define CREDENTIAL_URL_BYTES 512

enum credential_origin {
	CREDENTIAL_STATIC,
	CREDENTIAL_PROCESS,
	CREDENTIAL_WEB_IDENTITY,
	CREDENTIAL_CONTAINER,
	CREDENTIAL_METADATA,
};

struct credential_chain {
	enum credential_origin origin;
	struct credential keys;          /* STATIC */
	char command[AWS_COMMAND_BYTES]; /* PROCESS */
	char token_file[AWS_PATH_BYTES]; /* WEB_IDENTITY, CONTAINER: read again for each fetch; "" = none */
	char url[CREDENTIAL_URL_BYTES];  /* CONTAINER: whole; METADATA: without a path */
	struct secret authorization;     /* CONTAINER, from the environment */
	struct sts_role
		roles[CREDENTIAL_ROLES_MAX]; /* taken on one after the other, the first by the token */
	size_t role_count;
	char region[33];                      /* whose STS is asked; "" = the key's */
	struct aws_urls urls;                 /* of the profile; "" where it says nothing */
	bool implicit;                        /* METADATA because nothing else is set */
	char source[CREDENTIAL_SOURCE_BYTES]; /* a sentence for people */
};

/* `file`: CredentialsFile=, `profile`: Profile=; "" = not set. Refuses: CREDENTIAL_E_*, with `reterr_why`. Fails:
 * -ENOMEM. The caller frees with credential_chain_free(). */
int credential_chain_load(
	const char *file, const char *profile, struct credential_chain **ret_chain, struct why *reterr_why);
struct credential_chain *credential_chain_free(struct credential_chain *c); /* NULL */

/* Whether nothing has to be fetched. */
bool credential_chain_is_static(const struct credential_chain *c);
