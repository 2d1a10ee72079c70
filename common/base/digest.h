/* SPDX-License-Identifier: Apache-2.0 */
/* digest: SHA-256 (libcrypto). */
#pragma once
#include <stddef.h>
#include <stdint.h>

struct digest {
	uint8_t bytes[32];
};
#define DIGEST_HEX_BYTES 65

/* Fails: -ENOMEM, -ENOTSUP (a libcrypto without SHA-256). */
int digest_of(const void *bytes, size_t len, struct digest *ret_digest);
void digest_format(const struct digest *d, char ret_hex[DIGEST_HEX_BYTES]);
/* Refuses: 1 if not 64 lower-case hex digits. */
int digest_parse(const char *text, size_t len, struct digest *ret_digest);
