/* SPDX-License-Identifier: Apache-2.0 */
/* aws_files: secrets, and where else to get them, from the text of their files. Errors never repeat a byte of the text but section and key
 * names that are known. The caller wipes `text`. */
#pragma once
#include "base/err.h"
#include "base/secret.h"
#include "model/moment.h"
#include "model/settings.h"
#include <stdbool.h>
#include <stddef.h>

#define AWS_ACCESS_KEY_ID_BYTES   129 /* 16..128 (AWS STS API, Credentials) */
#define AWS_SECRET_MAX_BYTES      256
#define AWS_TOKEN_MAX_BYTES       8192 /* AWS names no limit; tokens of 1 to 4 KB are common */
#define API_PUBLIC_KEY_BYTES      65
#define API_PRIVATE_KEY_MAX_BYTES 256

#define AWS_PROFILE_BYTES     65
#define AWS_ROLE_ARN_BYTES    2049 /* 20..2048 (AWS STS API, AssumeRole) */
#define AWS_EXTERNAL_ID_BYTES 1225 /* 2..1224 */
#define AWS_SESSION_BYTES     65   /* 2..64 */
#define AWS_COMMAND_BYTES     4096
#define AWS_PATH_BYTES        4096

enum aws_files_refusal {
	AWS_FILES_E_SYNTAX = 1, /* not the format */
	AWS_FILES_E_MEMBER,     /* a setting has a value that it cannot have */
};

struct aws_keys {
	char id[AWS_ACCESS_KEY_ID_BYTES]; /* no secret; "" if there are none */
	struct secret secret;
	struct secret token;     /* bytes NULL if none */
	struct walltime expires; /* WALLTIME_UNKNOWN: they do not */
};
#define AWS_KEYS_INIT ((struct aws_keys){.secret = SECRET_INIT})
void aws_keys_fini(struct aws_keys *k);

/* What the files say of one profile; "" and 0: nothing. */
struct aws_profile {
	bool found;
	struct aws_keys keys; /* static ones; an id without a secret if that is missing */
	bool keys_of_config;  /* they stand in the config file, not in the credentials file */
	bool sso;             /* IAM Identity Center is meant: cmekd cannot follow */
	char role_arn[AWS_ROLE_ARN_BYTES], source_profile[AWS_PROFILE_BYTES], credential_source[32];
	char external_id[AWS_EXTERNAL_ID_BYTES], role_session_name[AWS_SESSION_BYTES];
	char web_identity_token_file[AWS_PATH_BYTES], credential_process[AWS_COMMAND_BYTES];
	char duration_seconds[8], region[33];
	char endpoint_url[SETTING_URL_BYTES], services[AWS_PROFILE_BYTES];
};
#define AWS_PROFILE_INIT ((struct aws_profile){.keys = {.secret = SECRET_INIT}})
void aws_profile_fini(struct aws_profile *p);

enum aws_files_kind {
	AWS_FILES_CREDENTIALS, /* [NAME] */
	AWS_FILES_CONFIG,      /* [profile NAME]; [default] */
};

/* Adds to `p` what a file says of the profile `name` (AWS SDKs and Tools Reference Guide, shared config and credentials
 * files); what it has is replaced: the config file is read first, then the credentials file, which wins. Settings
 * that are of no use here are ignored. Refuses: AWS_FILES_E_*. Fails: -ENOMEM. */
int aws_profile_read(const char *text, size_t len, enum aws_files_kind kind, const char *name,
	struct aws_profile *p, struct why *reterr_why);

/* What a file says of endpoints: `endpoint_url` of each service in [services NAME] (AWS SDKs and Tools Reference Guide,
 * service-specific endpoints). Those that it does not name stay as they are. Refuses: AWS_FILES_E_*. */
int aws_services_read(
	const char *text, size_t len, const char *name, struct aws_urls *urls, struct why *reterr_why);
/* The same for one URL, `text`. Refuses: AWS_FILES_E_MEMBER. */
int aws_endpoint_url_read(const char *text, char ret_url[SETTING_URL_BYTES], struct why *reterr_why);

struct api_key {
	char public_key[API_PUBLIC_KEY_BYTES]; /* no secret: the user name */
	struct secret private_key;
};
#define API_KEY_INIT ((struct api_key){.private_key = SECRET_INIT})
void api_key_fini(struct api_key *k);

/* TiDB Cloud's API key as one line "PUBLIC:PRIVATE", with or without its newline.
 * Refuses: AWS_FILES_E_SYNTAX. Fails: -ENOMEM. */
int api_key_parse(const char *text, size_t len, struct api_key *ret_key, struct why *reterr_why);
