/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz: common/base daemon/wire/aws_files.c daemon/io/credential.c -lcrypto -lm
 *
 * Any bytes as a shared credentials file of AWS and as TiDB Cloud's API key, as text and as a file. What is taken is what stands there, fit for a
 * header; what is told of the rest repeats no byte of it. */
#include "base/own.h"
#include "fuzz.h"
#include "io/credential.h"
#include "wire/aws_files.h"
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

/* What is told holds no piece of the text that could be of a secret, but for the long words that are ours. */
static void check_silence(const char *told, const char *text, size_t len)
{
	static const char ours[] = "aws_access_key_id aws_secret_access_key aws_session_token "
				   "web_identity_token_file, PUBLIC:PRIVATE";

	MUST(*told);
	for (size_t i = 0; i + TELLING_BYTES <= len; i++)
		if (is_token(text + i, TELLING_BYTES) && memmem(told, strlen(told), text + i, TELLING_BYTES))
			MUST(memmem(ours, sizeof ours, text + i, TELLING_BYTES));
}

/* The same keys from a file that holds nothing else. */
static void parse_again(const struct aws_keys *k)
{
	_cleanup_(aws_keys_fini) struct aws_keys again = AWS_KEYS_INIT;
	char file[AWS_ACCESS_KEY_ID_BYTES + AWS_SECRET_MAX_BYTES + AWS_TOKEN_MAX_BYTES + 128];
	int n = snprintf(file, sizeof file,
		    "[default]\naws_access_key_id=%s\naws_secret_access_key=%s\n%s%s\n", k->id,
		    k->secret.bytes, k->token.bytes ? "aws_session_token=" : "",
		    k->token.bytes ? k->token.bytes : ""),
	    r = aws_keys_parse(file, (size_t)n, "", &again, NULL);

	if (ran_out(r))
		return;
	MUST(r == 0 && strcmp(again.id, k->id) == 0 && strcmp(again.secret.bytes, k->secret.bytes) == 0);
	MUST(!again.token.bytes == !k->token.bytes);
	MUST(!again.token.bytes || strcmp(again.token.bytes, k->token.bytes) == 0);
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

static int load_default(const char *file, struct credential *ret_credential, struct why *reterr_why)
{
	return credential_load_aws(file, "", ret_credential, reterr_why);
}

static void read_aws(const char *text, size_t len)
{
	_cleanup_(aws_keys_fini) struct aws_keys k = AWS_KEYS_INIT;
	struct why why = {""};
	int r = aws_keys_parse(text, len, NULL, &k, &why);

	if (ran_out(r)) {
		MUST(!k.secret.bytes && !k.token.bytes);
		return;
	}
	result_number(r);
	load(load_default, text, len, r == 0 ? k.id : NULL, &k.secret);
	if (r != 0) {
		MUST(r == AWS_FILES_E_SYNTAX || r == AWS_FILES_E_PROFILE || r == AWS_FILES_E_MEMBER);
		MUST(!k.secret.bytes && !k.token.bytes);
		check_silence(why.text, text, len);
		return;
	}
	check_token(k.id, AWS_ACCESS_KEY_ID_BYTES - 1, text, len);
	check_token(k.secret.bytes, AWS_SECRET_MAX_BYTES, text, len);
	if (k.token.bytes)
		check_token(k.token.bytes, AWS_TOKEN_MAX_BYTES, text, len);
	parse_again(&k);
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
