/* SPDX-License-Identifier: Apache-2.0 */
/* secret: the one type for passwords and keys. Wiped in fini; it is no C string variable, so that none slips
 * into a format by accident. Copies made for libcurl are the copier's to wipe. */
#pragma once
#include "base/err.h"
#include <stddef.h>

struct secret {
	char *bytes; /* owned, NUL-terminated whenever not NULL */
	size_t len;
};
#define SECRET_INIT ((struct secret){.bytes = NULL})

enum secret_refusal {
	SECRET_E_UNREADABLE = 1, /* no such file, no permission, or no regular file */
	SECRET_E_MODE,           /* others than its owner may read or write it */
	SECRET_E_SIZE,           /* longer than max_bytes */
	SECRET_E_EMPTY,          /* nothing in it, or a NUL byte */
};

void secret_fini(struct secret *s);
/* Replaces the contents by a copy; the old ones are wiped. `bytes` may lie in `s`. Fails: -ENOMEM; `s` is
 * then as before. */
int secret_set(struct secret *s, const void *bytes, size_t len);
/* Reads a whole file, without one newline at its end. A file whose mode lets group or others in is refused
 * unless it lies below $CREDENTIALS_DIRECTORY (systemd's LoadCredential=, which guards the directory
 * instead). Refuses: SECRET_E_*, with `reterr_why` (never the contents). Fails: -ENOMEM. `*ret_secret` is
 * wiped and replaced on success, else as before. */
int secret_load_file(const char *path, size_t max_bytes, struct secret *ret_secret, struct why *reterr_why);
/* The same for a file that others may read, by the custom of those who write it. */
int secret_load_shared(const char *path, size_t max_bytes, struct secret *ret_secret, struct why *reterr_why);
