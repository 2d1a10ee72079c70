/* SPDX-License-Identifier: Apache-2.0 */
#include "base/digest.h"
#include "base/err.h"
#include "base/num.h"
#include <errno.h>
#include <openssl/evp.h>
#include <threads.h>

/* Fetched once: since OpenSSL 3.0 each implicit fetch costs more than the hash of a short text. */
static EVP_MD *digest_md;
static once_flag digest_once = ONCE_FLAG_INIT;

static void digest_fetch(void)
{
	digest_md = EVP_MD_fetch(NULL, "SHA256", NULL);
}

int digest_of(const void *bytes, size_t len, struct digest *ret_digest)
{
	struct digest d;

	call_once(&digest_once, digest_fetch);
	if (!digest_md)
		return err_origin(-ENOTSUP);
	if (EVP_Digest(bytes, len, d.bytes, NULL, digest_md, NULL) != 1)
		return err_origin(-ENOMEM);
	*ret_digest = d;
	return 0;
}

void digest_format(const struct digest *d, char ret_hex[DIGEST_HEX_BYTES])
{
	num_format_hex(d->bytes, sizeof d->bytes, ret_hex);
}

int digest_parse(const char *text, size_t len, struct digest *ret_digest)
{
	struct digest d;

	if (num_parse_hex(text, len, d.bytes, sizeof d.bytes) != 0)
		return 1;
	*ret_digest = d;
	return 0;
}
