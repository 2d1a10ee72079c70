/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/taking.h"
#include "base/err.h"
#include "driver/hub.h"
#include "driver/project.h"
#include "io/kms_edit.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct taking_job {
	struct project *project;
	struct taking what;
	bool may_lack; /* what is kept is read, only to compare; if it is gone, nothing is put either */
	kms_wanted_fn *wanted;
	kms_change_fn *done;
	void *arg;
};

void taking_path(const struct project *p, const struct taking *t, char ret_path[KEPT_POLICY_PATH_BYTES])
{
	kept_policy_path(p->hub->policy_dir, &p->name, t->incident, &t->kept, ret_path);
}

void taking_by_hand(const struct project *p, uint32_t binding, bool back, struct buf *out)
{
	const struct incident *in = &p->core.bindings[binding].incident;
	const struct taking t = {.binding = binding, .incident = in->id, .kept = in->kept};
	char path[KEPT_POLICY_PATH_BYTES];

	taking_path(p, &t, path);
	if (binding < p->key_size && p->keys[binding].target)
		kms_by_hand_take(p->keys[binding].target, path, back, out);
}

static void end(struct taking_job *j, enum act_result result, const char *text)
{
	static const struct digest none;
	struct kms_texts texts = {.message = ""};

	(void)snprintf(texts.message, sizeof texts.message, "%s", text);
	j->done(j->arg, result, &none, &texts);
	free(j);
}

static void on_kept(void *arg, int result, const char *text, size_t len, const struct why *why)
{
	struct taking_job *j = arg;
	struct kms_take how = {.kept = text,
		.kept_len = len,
		.back = j->what.back,
		.stood = j->what.stood,
		.accept_loss = j->what.accept_loss};
	struct kms_target *target;

	/* No policy is an empty text: the vendor is out, or what there is is kept anew. */
	if (result > 0 && j->may_lack) {
		how.kept = "";
		how.kept_len = 0;
		result = 0;
	}
	if (result == -ENOMEM || result == -ECANCELED)
		end(j, ACT_RESULT_NOT_SENT, "out of memory");
	else if (result != 0)
		end(j, ACT_RESULT_REFUSED, why->text);
	else if (!j->wanted(j->arg))
		end(j, ACT_RESULT_NOT_SENT, "the key policy was not changed: no longer wanted");
	else if (!(target = project_target(j->project, j->what.binding)) ||
		 kms_take(target, &how, j->wanted, j->done, j->arg) != 0)
		end(j, ACT_RESULT_NOT_SENT, "out of memory");
	else
		free(j);
}

/* The policy that was read last, if it is still the one that the core wants kept; else NULL. */
static const char *to_keep(const struct taking *t, const struct kms_target *target, size_t *ret_len)
{
	struct digest is;
	struct walltime at;
	const char *text = kms_target_policy(target, ret_len, &at);

	return text && digest_of(text, *ret_len, &is) == 0 && memcmp(&is, &t->kept, sizeof is) == 0 ? text
												    : NULL;
}

int taking_start(
	struct project *p, const struct taking *t, kms_wanted_fn *wanted, kms_change_fn *done, void *arg)
{
	const struct kms_target *target = project_target(p, t->binding);
	struct taking_job *j = target ? malloc(sizeof *j) : NULL;
	char path[KEPT_POLICY_PATH_BYTES];
	const char *text = NULL;
	size_t len = 0;
	int r = -1;

	if (!j)
		return -1;
	*j = (struct taking_job){.project = p, .what = *t, .wanted = wanted, .done = done, .arg = arg};
	taking_path(p, t, path);
	if (!t->back)
		text = to_keep(t, target, &len);
	if (text) {
		r = kept_policy_write(p->hub->loop, path, &t->kept, text, len, on_kept, j);
	} else if (t->back || t->stood) {
		j->may_lack = !t->back;
		r = kept_policy_read(p->hub->loop, path, &t->kept, on_kept, j);
	}
	if (r != 0)
		free(j);
	return r;
}
