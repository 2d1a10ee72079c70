/* SPDX-License-Identifier: Apache-2.0 */
/* aws_files: secrets from the text of their files. Errors never repeat a byte of the text but section and key
 * names that are known. The caller wipes `text`. */
#pragma once
#include "base/err.h"
#include "base/secret.h"
#include <stddef.h>

#define AWS_ACCESS_KEY_ID_BYTES   129 /* 16..128 (AWS STS API, Credentials) */
#define AWS_SECRET_MAX_BYTES      256
#define AWS_TOKEN_MAX_BYTES       8192 /* AWS names no limit; tokens of 1 to 4 KB are common */
#define API_PUBLIC_KEY_BYTES      65
#define API_PRIVATE_KEY_MAX_BYTES 256

enum aws_files_refusal {
	AWS_FILES_E_SYNTAX = 1, /* not the format */
	AWS_FILES_E_PROFILE,    /* the profile is not there */
	AWS_FILES_E_MEMBER, /* id or secret missing or malformed, or a setting that this version cannot follow
			     */
};

struct aws_keys {
	char id[AWS_ACCESS_KEY_ID_BYTES]; /* no secret */
	struct secret secret;
	struct secret token; /* bytes NULL if none */
};
#define AWS_KEYS_INIT ((struct aws_keys){.secret = SECRET_INIT})
void aws_keys_fini(struct aws_keys *k);

/* A profile of the shared credentials file: [default] or [NAME] with aws_access_key_id, aws_secret_access_key
 * and perhaps aws_session_token (AWS SDKs and Tools Reference Guide). What would win over static keys in
 * AWS's own chain (role_arn, web_identity_token_file, sso_*) is refused, other keys are ignored. `profile`
 * NULL or "": "default". Refuses: AWS_FILES_E_*. Fails: -ENOMEM. */
int aws_keys_parse(
	const char *text, size_t len, const char *profile, struct aws_keys *ret_keys, struct why *reterr_why);

struct api_key {
	char public_key[API_PUBLIC_KEY_BYTES]; /* no secret: the user name */
	struct secret private_key;
};
#define API_KEY_INIT ((struct api_key){.private_key = SECRET_INIT})
void api_key_fini(struct api_key *k);

/* TiDB Cloud's API key as one line "PUBLIC:PRIVATE", with or without its newline.
 * Refuses: AWS_FILES_E_SYNTAX. Fails: -ENOMEM. */
int api_key_parse(const char *text, size_t len, struct api_key *ret_key, struct why *reterr_why);
