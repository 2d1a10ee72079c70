/* SPDX-License-Identifier: Apache-2.0 */
#include "io/credential.h"
#include "base/own.h"
#include "wire/aws_files.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static int credential_refusal(int r)
{
	if (r <= 0)
		return r;
	if (r == SECRET_E_MODE)
		return CREDENTIAL_E_EXPOSED;
	return r == SECRET_E_UNREADABLE ? CREDENTIAL_E_ABSENT : CREDENTIAL_E_CONTENT;
}

int credential_read_file(const char *file, struct secret *ret_text, struct why *reterr_why)
{
	_cleanup_free_ char *path = malloc(CREDENTIAL_PATH_BYTES);
	int r;

	if (!path)
		return err_origin(-ENOMEM);
	r = credential_path(file, path, reterr_why);
	return r != 0 ? r
		      : credential_refusal(
				secret_load_file(path, CREDENTIAL_FILE_BYTES, ret_text, reterr_why));
}

int credential_read_shared(const char *path, struct secret *ret_text, struct why *reterr_why)
{
	return credential_refusal(secret_load_shared(path, CREDENTIAL_FILE_BYTES, ret_text, reterr_why));
}

void credential_say_file(struct credential *c, const char *what, const char *file)
{
	if (file[0] == '/')
		(void)snprintf(c->source, sizeof(c->source), "%s %s from %s, read again on reload", what,
			c->id, file);
	else
		(void)snprintf(c->source, sizeof(c->source),
			"%s %s from the systemd credential %s, a snapshot: restart cmekd after a change",
			what, c->id, file);
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
	r = credential_read_file(file, &text, reterr_why);
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
