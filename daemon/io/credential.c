/* SPDX-License-Identifier: Apache-2.0 */
#include "io/credential.h"
#include "base/own.h"
#include "wire/aws_files.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void credential_fini(struct credential *c)
{
	secret_fini(&c->secret);
	secret_fini(&c->token);
	*c = CREDENTIAL_INIT;
}

static void credential_replace(struct credential *to, struct credential *from)
{
	credential_fini(to);
	*to = *from;
	*from = CREDENTIAL_INIT; /* moved */
}

static int credential_path(const char *file, char ret_path[CREDENTIAL_PATH_BYTES], struct why *reterr_why)
{
	const char *dir = getenv("CREDENTIALS_DIRECTORY");
	int n;

	if (file[0] == '/') {
		n = snprintf(ret_path, CREDENTIAL_PATH_BYTES, "%s", file);
	} else if (dir && dir[0] == '/') {
		n = snprintf(ret_path, CREDENTIAL_PATH_BYTES, "%s/%s", dir, file);
	} else {
		why_set(reterr_why,
			"\"%s\" names a systemd credential, but the service has none: add "
			"LoadCredential=%s:/PATH to "
			"its unit, or give the absolute path of a file",
			file, file);
		return CREDENTIAL_E_ABSENT;
	}
	if (n < 0 || n >= CREDENTIAL_PATH_BYTES) {
		why_set(reterr_why, "the path of \"%.64s...\" is too long", file);
		return CREDENTIAL_E_ABSENT;
	}
	return 0;
}

static int credential_read(const char *file, struct secret *ret_text, struct why *reterr_why)
{
	_cleanup_free_ char *path = malloc(CREDENTIAL_PATH_BYTES);
	int r;

	if (!path)
		return err_origin(-ENOMEM);
	r = credential_path(file, path, reterr_why);
	if (r == 0)
		r = secret_load_file(path, CREDENTIAL_FILE_BYTES, ret_text, reterr_why);
	else
		return r;
	if (r <= 0)
		return r;
	if (r == SECRET_E_MODE)
		return CREDENTIAL_E_EXPOSED;
	return r == SECRET_E_UNREADABLE ? CREDENTIAL_E_ABSENT : CREDENTIAL_E_CONTENT;
}

static void credential_say_file(struct credential *c, const char *what, const char *file)
{
	if (file[0] == '/')
		(void)snprintf(c->source, sizeof(c->source), "%s %s from %s, read again on reload", what,
			c->id, file);
	else
		(void)snprintf(c->source, sizeof(c->source),
			"%s %s from the systemd credential %s, a snapshot: restart cmekd after a change",
			what, c->id, file);
}

/* An empty variable counts as unset (AWS SDKs and Tools Reference Guide). */
static const char *variable(const char *name)
{
	const char *value = getenv(name);

	return value && value[0] ? value : NULL;
}

static int credential_from_environment(struct credential *ret_credential, struct why *reterr_why)
{
	_cleanup_(credential_fini) struct credential c = CREDENTIAL_INIT;
	const char *id = variable("AWS_ACCESS_KEY_ID");
	const char *secret = variable("AWS_SECRET_ACCESS_KEY");
	const char *token = variable("AWS_SESSION_TOKEN");

	if (!id || !secret)
		return CREDENTIAL_E_ABSENT;
	if (strlen(id) >= sizeof(c.id) || strlen(secret) > AWS_SECRET_MAX_BYTES ||
		(token && strlen(token) > AWS_TOKEN_MAX_BYTES)) {
		why_set(reterr_why,
			"AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY or AWS_SESSION_TOKEN in the environment is "
			"too long to be one");
		return CREDENTIAL_E_CONTENT;
	}
	if (strpbrk(id, "\r\n") || strpbrk(secret, "\r\n") || (token && strpbrk(token, "\r\n"))) {
		why_set(reterr_why,
			"AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY or AWS_SESSION_TOKEN in the environment "
			"holds a line break");
		return CREDENTIAL_E_CONTENT;
	}
	(void)snprintf(c.id, sizeof(c.id), "%s", id);
	if (secret_set(&c.secret, secret, strlen(secret)) < 0)
		return -ENOMEM;
	if (token && secret_set(&c.token, token, strlen(token)) < 0)
		return -ENOMEM;
	(void)snprintf(c.source, sizeof(c.source),
		"access key %s from the environment: restart cmekd after a change", c.id);
	credential_replace(ret_credential, &c);
	return 0;
}

static int credential_from_file(
	const char *file, const char *profile, struct credential *ret_credential, struct why *reterr_why)
{
	_cleanup_(credential_fini) struct credential c = CREDENTIAL_INIT;
	_cleanup_(secret_fini) struct secret text = SECRET_INIT;
	_cleanup_(aws_keys_fini) struct aws_keys keys = AWS_KEYS_INIT;
	char what[96];
	int r = credential_read(file, &text, reterr_why);

	if (r != 0)
		return r;
	r = aws_keys_parse(text.bytes, text.len, profile, &keys, reterr_why);
	if (r > 0)
		why_prefix(reterr_why, "%s", file);
	if (r != 0)
		return r < 0 ? r : CREDENTIAL_E_CONTENT;
	(void)snprintf(c.id, sizeof(c.id), "%s", keys.id);
	c.secret = keys.secret; /* moved */
	c.token = keys.token;
	keys.secret = keys.token = SECRET_INIT;
	(void)snprintf(what, sizeof(what), "%s%.64s%saccess key", profile[0] ? "profile " : "", profile,
		profile[0] ? ", " : "");
	credential_say_file(&c, what, file);
	credential_replace(ret_credential, &c);
	return 0;
}

/* Of the file that all programs of AWS share. */
static int credential_from_shared_file(
	const char *profile, struct credential *ret_credential, struct why *reterr_why)
{
	_cleanup_free_ char *path = malloc(CREDENTIAL_PATH_BYTES);
	const char *file = variable("AWS_SHARED_CREDENTIALS_FILE"), *home = variable("HOME");
	int n = -1;

	if (!path)
		return err_origin(-ENOMEM);
	if (file)
		n = snprintf(path, CREDENTIAL_PATH_BYTES, "%s", file);
	else if (home)
		n = snprintf(path, CREDENTIAL_PATH_BYTES, "%s/.aws/credentials", home);
	if (n < 0 || n >= CREDENTIAL_PATH_BYTES || path[0] != '/' || (!file && access(path, F_OK) != 0)) {
		why_set(reterr_why, "no AWS credentials: set CredentialsFile=, or AWS_ACCESS_KEY_ID and "
				    "AWS_SECRET_ACCESS_KEY in the environment of the service, or name a "
				    "shared credentials file by its absolute path in "
				    "AWS_SHARED_CREDENTIALS_FILE");
		return CREDENTIAL_E_ABSENT;
	}
	if (!profile[0] && variable("AWS_PROFILE"))
		profile = variable("AWS_PROFILE");
	return credential_from_file(path, profile, ret_credential, reterr_why);
}

int credential_load_aws(
	const char *file, const char *profile, struct credential *ret_credential, struct why *reterr_why)
{
	int r = CREDENTIAL_E_ABSENT;

	if (file[0])
		return credential_from_file(file, profile, ret_credential, reterr_why);
	if (!profile[0])
		r = credential_from_environment(ret_credential, reterr_why);
	return r == CREDENTIAL_E_ABSENT ? credential_from_shared_file(profile, ret_credential, reterr_why)
					: r;
}

int credential_load_api_key(const char *file, struct credential *ret_credential, struct why *reterr_why)
{
	_cleanup_(credential_fini) struct credential c = CREDENTIAL_INIT;
	_cleanup_(secret_fini) struct secret text = SECRET_INIT;
	_cleanup_(api_key_fini) struct api_key key = API_KEY_INIT;
	int r;

	if (!file[0]) {
		why_set(reterr_why, "no TiDB Cloud API key: set ApiKeyFile= in [TiDBCloud]");
		return CREDENTIAL_E_ABSENT;
	}
	r = credential_read(file, &text, reterr_why);
	if (r != 0)
		return r;
	r = api_key_parse(text.bytes, text.len, &key, reterr_why);
	if (r > 0)
		why_prefix(reterr_why, "%s", file);
	if (r != 0)
		return r < 0 ? r : CREDENTIAL_E_CONTENT;
	(void)snprintf(c.id, sizeof(c.id), "%s", key.public_key);
	c.secret = key.private_key; /* moved */
	key.private_key = SECRET_INIT;
	credential_say_file(&c, "API key", file);
	credential_replace(ret_credential, &c);
	return 0;
}
