/* SPDX-License-Identifier: Apache-2.0 */
/* fake_take: the part of fake_io that takes the vendor out of a policy which it keeps. One file is kept, in memory. */
#include "base/buf.h"
#include "fake_io.h"
#include "io/kept_policy.h"
#include "io/kms.h"
#include "io/kms_edit.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct taking {
	kms_change_fn *done;
	kms_wanted_fn *wanted;
	kept_policy_fn *kept;
	void *arg;
	bool out;
};

static struct taking *taking_new(void *arg)
{
	struct taking *t = calloc(1, sizeof *t);

	if (!t)
		abort();
	t->arg = arg;
	return t;
}

static void answer_take(void *data)
{
	struct taking *t = data;
	const struct kms_texts texts = {.request = "req-4"};
	const struct digest policy = {.bytes = {1}};

	if (t->wanted(t->arg)) {
		fake.cuts += t->out;
		fake.uncuts += !t->out;
		t->done(t->arg, fake.act, &policy, &texts);
	} else {
		t->done(t->arg, ACT_RESULT_NOT_SENT, &policy, &texts);
	}
	free(t);
}

int kms_take(struct kms_target *target, const struct kms_take *take, kms_wanted_fn *wanted,
	kms_change_fn *done, void *arg)
{
	struct taking *t = taking_new(arg);

	(void)target;
	t->done = done;
	t->wanted = wanted;
	t->out = !take->back;
	fake.stood = take->stood;
	(void)snprintf(fake.kept, sizeof fake.kept, "%.*s", (int)take->kept_len, take->kept);
	fake_later(answer_take, t);
	return 0;
}

bool kms_foresee_take(const struct kms_target *t, const struct kms_take *take, struct buf *diff,
	struct why *ret_loss, struct why *ret_why)
{
	(void)t;
	buf_add(diff, take->back ? "+ back\n" : "- out\n");
	if (!take->back)
		why_set(ret_loss, "auditors lose kms:Decrypt");
	if (fake.doubt)
		why_set(ret_why, "%s: %s", take->back ? "back" : "out", fake.doubt);
	return fake.doubt;
}

void kms_by_hand_take(const struct kms_target *t, const char *kept, bool back, struct buf *out)
{
	(void)t;
	buf_printf(out, "%s %s", back ? "put back" : "take out", kept);
}

void kept_policy_path(const char *dir, const struct project_name *project, struct incident_id incident,
	const struct digest *digest, char ret_path[KEPT_POLICY_PATH_BYTES])
{
	(void)dir;
	(void)digest;
	(void)snprintf(ret_path, KEPT_POLICY_PATH_BYTES, "/kept/%s-I%u.json", project->text, incident.n);
}

int kept_policy_load(const char *path, const struct digest *digest, char **ret_text, size_t *ret_len,
	struct why *reterr_why)
{
	(void)digest;
	if (!fake.file[0]) {
		why_set(reterr_why, "%s is gone", path);
		return 1;
	}
	*ret_text = strdup(fake.file);
	*ret_len = strlen(fake.file);
	return *ret_text ? 0 : -ENOMEM;
}

static void answer_kept(void *data)
{
	struct taking *t = data;
	const struct digest any = {.bytes = {0}};
	struct why why = {""};
	char *text = NULL;
	size_t len = 0;
	int r = kept_policy_load("/kept/it", &any, &text, &len, &why);

	t->kept(t->arg, r, text, len, &why);
	free(text);
	free(t);
}

int kept_policy_write(struct uv_loop_s *loop, const char *path, const struct digest *digest, const char *text,
	size_t len, kept_policy_fn *done, void *arg)
{
	struct taking *t = taking_new(arg);

	(void)loop;
	(void)path;
	(void)digest;
	(void)snprintf(fake.file, sizeof fake.file, "%.*s", (int)len, text);
	t->kept = done;
	fake_later(answer_kept, t);
	return 0;
}

int kept_policy_read(struct uv_loop_s *loop, const char *path, const struct digest *digest,
	kept_policy_fn *done, void *arg)
{
	struct taking *t = taking_new(arg);

	(void)loop;
	(void)path;
	(void)digest;
	t->kept = done;
	fake_later(answer_kept, t);
	return 0;
}
