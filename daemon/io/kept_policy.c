/* SPDX-License-Identifier: Apache-2.0 */
#include "io/kept_policy.h"
#include "base/own.h"
#include "io/store_file.h"
#include "policy/policy.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define NAMED_HEX 16 /* digits of the digest in the file's name */

void kept_policy_path(const char *dir, const struct project_name *project, struct incident_id incident,
	const struct digest *digest, char ret_path[KEPT_POLICY_PATH_BYTES])
{
	char hex[DIGEST_HEX_BYTES];

	digest_format(digest, hex);
	(void)snprintf(ret_path, KEPT_POLICY_PATH_BYTES, "%.380s/%s-I%u-%.*s.json", dir, project->text,
		incident.n, NAMED_HEX, hex);
}

int kept_policy_load(const char *path, const struct digest *digest, char **ret_text, size_t *ret_len,
	struct why *reterr_why)
{
	_cleanup_(store_file_fini) struct store_file file = {.path = strdup(path)};
	_cleanup_free_ char *bytes = NULL;
	struct digest is;
	size_t len = 0;
	int r = file.path ? store_file_read(&file, POLICY_MAX_BYTES, &bytes, &len) : err_origin(-ENOMEM);

	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		why_set(reterr_why, "the key policy of before, kept as %s, cannot be read (%s)", path,
			strerror(-r));
		return 1;
	}
	r = digest_of(bytes, len, &is);
	if (r < 0)
		return r;
	if (memcmp(&is, digest, sizeof is) != 0) {
		why_set(reterr_why,
			"%s is not the key policy that was kept, by the digest in the ledger: somebody "
			"changed it",
			path);
		return 1;
	}
	bytes[len] = '\0'; /* there is room for it */
	*ret_text = own_take(bytes);
	*ret_len = len;
	return 0;
}

/* ---- on a thread ---- */

struct kept_policy_job {
	uv_work_t work;
	struct store_file file;
	struct digest digest;
	char *text; /* owned; NULL: nothing is to be written */
	size_t len;
	int result;
	char *read; /* owned */
	size_t read_len;
	struct why why;
	kept_policy_fn *done;
	void *arg;
};

static void kept_policy_run(uv_work_t *work)
{
	struct kept_policy_job *j = work->data;

	j->result = j->text ? store_file_create(&j->file, j->text, j->len) : 0;
	if (j->result == -EEXIST)
		j->result =
			0; /* of a try that did not end, or another text of the same name: reading it tells */
	if (j->result < 0)
		why_set(&j->why,
			"the key policy could not be kept as %s (%s): see free space and rights of "
			"StateDirectory=",
			j->file.path, strerror(-j->result));
	else
		j->result = kept_policy_load(j->file.path, &j->digest, &j->read, &j->read_len, &j->why);
}

static void kept_policy_free(struct kept_policy_job *j)
{
	store_file_fini(&j->file);
	free(j->text);
	free(j->read);
	free(j);
}

static void kept_policy_ran(uv_work_t *work, int status)
{
	struct kept_policy_job *j = work->data;

	j->done(j->arg, status != 0 ? -ECANCELED : j->result, j->read, j->read_len, &j->why);
	kept_policy_free(j);
}

static int kept_policy_start(struct uv_loop_s *loop, const char *path, const struct digest *digest,
	const char *text, size_t len, kept_policy_fn *done, void *arg)
{
	struct kept_policy_job *j = calloc(1, sizeof *j);

	if (!j)
		return err_origin(-ENOMEM);
	j->file.path = strdup(path);
	j->text = text ? malloc(len + 1) : NULL;
	if (!j->file.path || (text && !j->text)) {
		kept_policy_free(j);
		return err_origin(-ENOMEM);
	}
	if (text)
		memcpy(j->text, text, len);
	j->len = len;
	j->digest = *digest;
	j->done = done;
	j->arg = arg;
	j->work.data = j;
	(void)uv_queue_work(
		loop, &j->work, kept_policy_run, kept_policy_ran); /* fails only without a function */
	return 0;
}

int kept_policy_write(struct uv_loop_s *loop, const char *path, const struct digest *digest, const char *text,
	size_t len, kept_policy_fn *done, void *arg)
{
	return kept_policy_start(loop, path, digest, text, len, done, arg);
}

int kept_policy_read(struct uv_loop_s *loop, const char *path, const struct digest *digest,
	kept_policy_fn *done, void *arg)
{
	return kept_policy_start(loop, path, digest, NULL, 0, done, arg);
}
