/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz: common/base common/model daemon/wire/aws_files.c daemon/wire/aws_temporary.c daemon/wire/url.c daemon/io/credential.c daemon/io/credential_chain.c -lcrypto -lm
 *
 * Any bytes as a shared credentials file of AWS, as the answer of a program or a service on the link, and as TiDB Cloud's API key, as text and as a file. What is taken is what stands there, fit for a
 * header; what is told of the rest repeats no byte of it. */
#include "base/own.h"
#include "fuzz.h"
#include "io/credential_chain.h"
#include "wire/aws_files.h"
#include "wire/aws_temporary.h"
#include "wire/url.h"
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define TELLING_BYTES 12 /* as long as this a piece of a secret is no accident */

static bool is_token(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] <= ' ' || text[i] >= 0x7f)
			return false;
	return true;
}

/* Printable ASCII without blanks, in the text as it is. */
static void check_token(const char *token, size_t max, const char *text, size_t len)
{
	size_t n = strlen(token);

	MUST(n > 0 && n <= max && memmem(text, len, token, n) && is_token(token, n));
}

/* Names of profiles are told. */
static bool is_in_header(const char *text, size_t len, const char *piece)
{
	for (size_t i = 0, end; i < len; i = end + 1) {
		const char *newline = memchr(text + i, '\n', len - i);

		end = newline ? (size_t)(newline - text) : len;
		if (memchr(text + i, '[', end - i) && memmem(text + i, end - i, piece, TELLING_BYTES))
			return true;
	}
	return false;
}

/* What is told holds no piece of the text that could be of a secret, but for the long words that are ours. */
static void check_silence(const char *told, const char *text, size_t len)
{
	static const char ours[] =
		"aws_access_key_id aws_secret_access_key aws_session_token web_identity_token_file, "
		"PUBLIC:PRIVATE source_profile credential_source role_session_name credential_process "
		"duration_seconds Ec2InstanceMetadata AccessKeyId, SecretAccessKey SessionToken Expiration "
		"arn:aws:iam::ACCOUNT:role/NAME (sso_*), EcsContainer Environment, "
		"AWS_EC2_METADATA_DISABLED) "
		"AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SHARED_CREDENTIALS_FILE CredentialsFile= "
		"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI AWS_CONTAINER_CREDENTIALS_FULL_URI endpoint_url:";

	MUST(*told);
	for (size_t i = 0; i + TELLING_BYTES <= len; i++)
		if (is_token(text + i, TELLING_BYTES) && memmem(told, strlen(told), text + i, TELLING_BYTES))
			MUST(memmem(ours, sizeof ours, text + i, TELLING_BYTES) ||
				is_in_header(text, len, text + i));
}

typedef int load_fn(const char *file, struct credential *ret_credential, struct why *reterr_why);

/* The same from a file: what is taken from the text is taken from it too. `id` NULL: the text was refused. */
static void load(
	load_fn *from_file, const char *text, size_t len, const char *id, const struct secret *secret)
{
	_cleanup_(credential_fini) struct credential c = CREDENTIAL_INIT;
	_cleanup_close_ int fd = memfd_create("credential", MFD_CLOEXEC);
	struct why why = {""};
	char path[64];
	int r;

	MUST(fd >= 0 && fchmod(fd, 0600) == 0 && write(fd, text, len) == (ssize_t)len);
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	r = from_file(path, &c, &why);
	if (ran_out(r)) {
		MUST(!c.secret.bytes && !c.token.bytes);
		return;
	}
	result_number(r);
	MUST(r == 0 || (r == CREDENTIAL_E_CONTENT && !id && !c.secret.bytes));
	if (r != 0) {
		MUST(strncmp(why.text, path, strlen(path)) == 0); /* which file it is stands in front */
		check_silence(why.text + strlen(path), text, len);
	} else if (id) {
		MUST(strcmp(c.id, id) == 0 && strcmp(c.secret.bytes, secret->bytes) == 0);
	}
}

/* The same as a file, and where it leads. */
static void lead(const char *text, size_t len)
{
	_cleanup_close_ int fd = memfd_create("credential", MFD_CLOEXEC);
	struct credential_chain *chain = NULL;
	struct why why = {""};
	char path[64];
	int r;

	MUST(fd >= 0 && fchmod(fd, 0600) == 0 && write(fd, text, len) == (ssize_t)len);
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	r = credential_chain_load(path, "", &chain, &why);
	if (ran_out(r))
		return;
	result_number(r);
	MUST(!chain == (r != 0));
	if (r > 0)
		check_silence(why.text, text, len);
	if (!chain)
		return;
	MUST(chain->role_count <= CREDENTIAL_ROLES_MAX && chain->source[0]);
	if (chain->origin == CREDENTIAL_STATIC && strstr(chain->source, path)) {
		check_token(chain->keys.id, AWS_ACCESS_KEY_ID_BYTES - 1, text, len);
		check_token(chain->keys.secret.bytes, AWS_SECRET_MAX_BYTES, text, len);
		if (chain->keys.token.bytes)
			check_token(chain->keys.token.bytes, AWS_TOKEN_MAX_BYTES, text, len);
	}
	for (size_t i = 0; i < chain->role_count; i++)
		MUST(is_token(chain->roles[i].session, strlen(chain->roles[i].session)));
	credential_chain_free(chain);
}

static void read_profile(const char *text, size_t len, enum aws_files_kind kind)
{
	_cleanup_(aws_profile_fini) struct aws_profile p = AWS_PROFILE_INIT;
	struct why why = {""};
	int r = aws_profile_read(text, len, kind, "default", &p, &why);

	if (ran_out(r))
		return;
	result_number(r);
	MUST(r == 0 || r == AWS_FILES_E_SYNTAX || r == AWS_FILES_E_MEMBER);
	if (r != 0) {
		check_silence(why.text, text, len);
		return;
	}
	if (p.keys.id[0])
		check_token(p.keys.id, AWS_ACCESS_KEY_ID_BYTES - 1, text, len);
	if (p.keys.secret.bytes)
		check_token(p.keys.secret.bytes, AWS_SECRET_MAX_BYTES, text, len);
	if (p.keys.token.bytes)
		check_token(p.keys.token.bytes, AWS_TOKEN_MAX_BYTES, text, len);
}

/* Only endpoints. */
static void read_services(const char *text, size_t len)
{
	struct aws_urls urls = {.of = {""}};
	struct why why = {""};
	int r = aws_services_read(text, len, "default", &urls, &why);

	result_number(r);
	MUST(r == 0 || r == AWS_FILES_E_SYNTAX || r == AWS_FILES_E_MEMBER);
	if (r != 0)
		check_silence(why.text, text, len);
	for (size_t i = 0; i < AWS_SERVICE_COUNT; i++) {
		struct url url;

		MUST(!urls.of[i][0] || url_parse(urls.of[i], strlen(urls.of[i]), &url, NULL) == 0);
		result_text(urls.of[i]);
	}
}

static void read_temporary(const char *text, size_t len, enum aws_temporary_kind kind)
{
	_cleanup_(aws_keys_fini) struct aws_keys k = AWS_KEYS_INIT;
	struct why why = {""};
	int r = aws_temporary_read(text, len, kind, &k, &why);

	if (ran_out(r)) {
		MUST(!k.secret.bytes && !k.token.bytes);
		return;
	}
	result_number(r);
	MUST(r == 0 || (r == 1 && !k.secret.bytes && !k.token.bytes));
	if (r != 0) {
		check_silence(why.text, text, len);
		return;
	}
	MUST(k.id[0] && is_token(k.id, strlen(k.id)));
	MUST(k.secret.bytes && is_token(k.secret.bytes, k.secret.len));
	MUST(!k.token.bytes || is_token(k.token.bytes, k.token.len));
	MUST(kind == AWS_TEMPORARY_PROCESS || (k.token.bytes && walltime_is_known(k.expires)));
}

static void read_aws(const char *text, size_t len)
{
	read_services(text, len);
	read_profile(text, len, AWS_FILES_CREDENTIALS);
	read_profile(text, len, AWS_FILES_CONFIG);
	read_temporary(text, len, AWS_TEMPORARY_PROCESS);
	read_temporary(text, len, AWS_TEMPORARY_SERVICE);
	lead(text, len);
}

static void read_tidb(const char *text, size_t len)
{
	_cleanup_(api_key_fini) struct api_key k = API_KEY_INIT;
	struct why why = {""};
	int r = api_key_parse(text, len, &k, &why);

	if (ran_out(r)) {
		MUST(!k.private_key.bytes);
		return;
	}
	result_number(r);
	load(credential_load_api_key, text, len, r == 0 ? k.public_key : NULL, &k.private_key);
	if (r != 0) {
		MUST(r == AWS_FILES_E_SYNTAX && !k.private_key.bytes);
		check_silence(why.text, text, len);
		return;
	}
	check_token(k.public_key, API_PUBLIC_KEY_BYTES - 1, text, len);
	check_token(k.private_key.bytes, API_PRIVATE_KEY_MAX_BYTES, text, len);
	MUST(!strchr(k.public_key, ':'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	read_aws((const char *)data, size);
	read_tidb((const char *)data, size);
	return 0;
}
