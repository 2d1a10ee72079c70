/* SPDX-License-Identifier: Apache-2.0 */
/* ListKeyRotations: the rotations that were completed. */
#include "wire/kms_api.h"
#include "base/own.h"
#include "wire/aws_answer.h"
#include "wire/json_answer.h"
#include <string.h>

void kms_api_write_list_key_rotations(struct buf *b, const struct key_arn *key, const char *marker)
{
	kms_api_write_list_grants(b, key, marker); /* the same members */
}

static void count(struct kms_api_rotations *l, struct walltime date, bool on_demand)
{
	l->on_demand += on_demand;
	if (on_demand && date.ms > l->last_on_demand.ms)
		l->last_on_demand = date;
	if (date.ms > l->last.ms)
		l->last = date;
}

/* False: `t` says why. */
static bool read_rotation(
	const struct json_tree *tree, uint32_t node, struct kms_api_rotations *l, struct trouble *t)
{
	struct walltime date;
	char type[16];
	if (!json_is(tree, node, JSON_OBJECT) || l->total >= KMS_API_ROTATIONS_MAX) {
		trouble_set(t, FAULT_MALFORMED,
			"the answer's Rotations are wrong; expected objects, at most %u",
			KMS_API_ROTATIONS_MAX);
		return false;
	}
	if (!json_answer_time(tree, node, "RotationDate", &date, t) ||
		!json_answer_show(tree, node, "RotationType", type, sizeof type, t))
		return false;
	l->total++;
	/* Key material that was never rotated in has neither. */
	if (walltime_is_known(date))
		count(l, date, strcmp(type, "ON_DEMAND") == 0);
	return true;
}

int kms_api_read_rotations(
	const struct http_answer *a, struct kms_api_rotations *l, struct trouble *ret_trouble)
{
	_cleanup_(json_tree_fini) struct json_tree tree = JSON_TREE_INIT;
	struct trouble t = {.fault = FAULT_NONE};
	int r = aws_answer_object(a, KMS_API_ANSWER_MAX_BYTES, &tree, ret_trouble);
	if (r != 0)
		return r < 0 ? r : 0;
	uint32_t rotations = json_answer_member(&tree, JSON_ROOT, "Rotations");
	if (json_is(&tree, rotations, JSON_ARRAY)) {
		json_for_each (&tree, rotations, node)
			if (!read_rotation(&tree, node, l, &t))
				break;
		if (t.fault == FAULT_NONE)
			(void)kms_api_page_read(&tree, "the list of rotations", KMS_API_ROTATION_PAGES_MAX,
				&l->pages, &l->more, l->marker, &t);
	} else {
		trouble_set(&t, FAULT_MALFORMED, "the answer lacks Rotations; expected an array");
	}
	t.status = a->status;
	*ret_trouble = t;
	return 0;
}
