/* SPDX-License-Identifier: Apache-2.0 */
/* store_file: a ledger file and what is done to it, blocking: store runs all of it but loading on the thread
 * pool. `step` always tells what was being done, so that a failure can be told in words. */
#pragma once
#include "base/digest.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define STORE_FILE_FRESH ".new" /* behind the path, while it has no name yet */

struct store_file {
	char *path; /* owned */
	dev_t dev;  /* which file was loaded */
	ino_t ino;
	uint64_t durable_bytes; /* its length as far as it is durable */
	struct digest hash;     /* of the last durable record */
	bool behind;            /* what stands behind durable_bytes is ours: a write that did not end */
	size_t room_left;       /* SIZE_MAX: the room is as it should be */
	const char *step;       /* static: "open", "write to", ... */
};

void store_file_fini(struct store_file *f);

/* Makes the file with these bytes, durable under its name; never seen with less. Fails: errno; -EEXIST. */
int store_file_create(struct store_file *f, const void *bytes, size_t len);
/* The two halves of it, for many files at once (store_many): what is prepared has no name yet, and is durable if `sync`. The
 * name is durable once the folder is synced. Fails: as store_file_create. */
int store_file_prepare(struct store_file *f, const void *bytes, size_t len, bool sync);
int store_file_name(struct store_file *f);
/* Reads it whole; the caller frees. Sets dev and ino. Fails: errno; -ENOENT; -ELOOP (a link); -ENOTSUP (no
 * regular file); -EFBIG (over max_bytes). */
int store_file_read(struct store_file *f, size_t max_bytes, char **ret_bytes, size_t *ret_len);
/* Cuts everything behind durable_bytes, durably, after a look at the last record. Fails: errno; -ESTALE: not
 * the file that was loaded, or changed by somebody. */
int store_file_cut(struct store_file *f);
/* Appends, syncs, and then moves durable_bytes on; sets `hash` to `hash_after`. Fails: errno, -ESTALE. */
int store_file_append(struct store_file *f, const void *bytes, size_t len, const struct digest *hash_after);
/* Whether a record could be written: writes zeros behind the end, syncs, cuts them. Fails: errno, -ESTALE. */
int store_file_prove(struct store_file *f);
