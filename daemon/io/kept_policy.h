/* SPDX-License-Identifier: Apache-2.0 */
/* kept_policy: the key policy of before, kept as a file until TiDB Cloud is put back into it: durable before anything is put, and told
 * from any other by its digest, which the ledger holds. One file a text: what is kept is never written over. */
#pragma once
#include "base/digest.h"
#include "base/err.h"
#include "model/ids.h"
#include <stddef.h>

struct uv_loop_s;

#define KEPT_POLICY_PATH_BYTES 512

/* DIR/PROJECT-I3-0123456789abcdef.json */
void kept_policy_path(const char *dir, const struct project_name *project, struct incident_id incident,
	const struct digest *digest, char ret_path[KEPT_POLICY_PATH_BYTES]);

/* How it ended, later and once: 0 and the text, which is NUL-terminated and borrowed; or not 0, and `why`. */
typedef void kept_policy_fn(void *arg, int result, const char *text, size_t len, const struct why *why);
/* Writes it with mode 0600, durably, and reads it back; on a thread. Fails: -ENOMEM. */
int kept_policy_write(struct uv_loop_s *loop, const char *path, const struct digest *digest, const char *text,
	size_t len, kept_policy_fn *done, void *arg);
/* As kept_policy_load(), on a thread. Fails: -ENOMEM. */
int kept_policy_read(struct uv_loop_s *loop, const char *path, const struct digest *digest,
	kept_policy_fn *done, void *arg);

/* Reads it back, blocking. Refuses: 1 if it is gone, cannot be read, or is not what it was by its digest: `reterr_why`. Fails: -ENOMEM. Caller
 * frees `*ret_text`. */
int kept_policy_load(const char *path, const struct digest *digest, char **ret_text, size_t *ret_len,
	struct why *reterr_why);
