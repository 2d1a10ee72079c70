/* SPDX-License-Identifier: Apache-2.0 */
/* kms_revoke: the vendor's grants, one by one: listed again, compared with what was written down, revoked. A grant is told by its
 * id alone; that it is the vendor's was read from the list (wire/kms_api_grants.c), a moment before. */
#include "io/kms_op.h"
#include <stdio.h>
#include <string.h>

#define KMS_REVOKE_NAMED 3 /* ids in the words for the ledger; the digest stands for all */

static void kms_revoke_free(struct kms_op *op)
{
	kms_api_grants_fini(&op->revoke.list);
}

static void kms_revoke_end(struct kms_op *op, enum act_result result)
{
	op->revoke.done(op->arg, result, op->revoke.count, &op->texts);
	kms_op_free(op);
}

static void kms_revoke_next(struct kms_op *op);

/* "grants 0123..., 4567... and 5 more". */
static void kms_revoke_say(struct kms_op *op)
{
	char *text = op->texts.message;
	size_t size = sizeof(op->texts.message);
	uint32_t named = op->revoke.batch < KMS_REVOKE_NAMED ? op->revoke.batch : KMS_REVOKE_NAMED;
	size_t len = (size_t)snprintf(text, size, "grants");

	for (uint32_t i = 0; i < named; i++)
		len += (size_t)snprintf(text + len, size - len, "%s %.20s%s", i ? "," : "",
			op->revoke.list.items[i].id, strlen(op->revoke.list.items[i].id) > 20 ? "..." : "");
	if (op->revoke.batch > named)
		(void)snprintf(text + len, size - len, " and %u more", op->revoke.batch - named);
}

static void kms_revoke_on_revoked(
	struct kms_op *op, const struct http_answer *answer, const struct trouble *transport)
{
	struct trouble trouble = *transport;

	if (answer && kms_api_read_void(answer, &trouble) < 0)
		trouble_set(&trouble, FAULT_MALFORMED, "no memory for the answer");
	if (trouble.fault != FAULT_NONE && !kms_api_grant_is_gone(&trouble)) {
		kms_op_say(op, KMS_API_OP_REVOKE_GRANT, &trouble);
		kms_revoke_end(op, trouble_act_result(trouble.fault, op->sent));
		return;
	}
	op->revoke.count += trouble.fault == FAULT_NONE;
	op->revoke.at++;
	kms_revoke_next(op);
}

static void kms_revoke_next(struct kms_op *op)
{
	if (op->revoke.at == op->revoke.batch) {
		kms_revoke_say(op);
		kms_revoke_end(op, ACT_RESULT_ACCEPTED);
		return;
	}
	if (op->cancelled || (op->revoke.wanted && !op->revoke.wanted(op->arg))) {
		(void)snprintf(op->texts.message, sizeof(op->texts.message), "no longer wanted");
		kms_revoke_end(op, ACT_RESULT_NOT_SENT);
		return;
	}
	buf_clear(&op->body);
	kms_api_write_revoke_grant(&op->body, &op->target->arn, op->revoke.list.items[op->revoke.at].id);
	op->texts.request[0] = '\0'; /* of the last one alone */
	kms_op_begin_part(op);
	kms_op_ask(op, KMS_API_OP_REVOKE_GRANT, kms_revoke_on_revoked);
}

static void kms_revoke_ask_list(struct kms_op *op);

static void kms_revoke_on_page(
	struct kms_op *op, const struct http_answer *answer, const struct trouble *transport)
{
	struct kms_api_grants *list = &op->revoke.list;
	struct trouble trouble = *transport;
	struct digest ids;

	if (answer && kms_api_read_grants(answer, &op->target->vendor, list, &trouble) < 0)
		trouble_set(&trouble, FAULT_MALFORMED, "no memory for the grants");
	if (trouble.fault != FAULT_NONE) {
		kms_op_say(op, KMS_API_OP_LIST_GRANTS, &trouble);
		kms_revoke_end(op, ACT_RESULT_NOT_SENT);
		return;
	}
	if (list->more) {
		kms_revoke_ask_list(op);
		return;
	}
	if (kms_api_grants_batch(list, KMS_GRANTS_BATCH, &op->revoke.batch, &ids) < 0 ||
		memcmp(&ids, &op->revoke.ids, sizeof(ids)) != 0) {
		(void)snprintf(op->texts.message, sizeof(op->texts.message),
			"the list of grants is not what it was: none was revoked, it is read again");
		kms_revoke_end(op, ACT_RESULT_NOT_SENT);
		return;
	}
	kms_revoke_next(op);
}

static void kms_revoke_ask_list(struct kms_op *op)
{
	buf_clear(&op->body);
	kms_api_write_list_grants(&op->body, &op->target->arn, op->revoke.list.marker);
	op->texts.request[0] = '\0';
	kms_op_begin_part(op);
	kms_op_ask(op, KMS_API_OP_LIST_GRANTS, kms_revoke_on_page);
}

int kms_revoke_grants(
	struct kms_target *t, const struct digest *ids, kms_wanted_fn *wanted, kms_revoke_fn *done, void *arg)
{
	struct kms_op *op = kms_op_new(t, KMS_LANE_ACT, kms_revoke_on_page, arg);

	if (!op)
		return err_origin(-ENOMEM);
	op->revoke.list = KMS_API_GRANTS_INIT;
	op->revoke.ids = *ids;
	op->revoke.wanted = wanted;
	op->revoke.done = done;
	op->free_rest = kms_revoke_free;
	kms_revoke_ask_list(op);
	return 0;
}

void kms_revoke_by_hand(const struct kms_target *t, struct buf *out)
{
	buf_printf(out,
		"aws kms list-grants --region %s --key-id %s --query \"Grants[?contains(IssuingAccount || "
		"'', "
		"'%s') || contains(GranteePrincipal, '%s')].[GrantId]\" --output text\n"
		"aws kms revoke-grant --region %s --key-id %s --grant-id ID   (for each of them)\n",
		t->region.text, t->arn.text, t->vendor.text, t->vendor.text, t->region.text, t->arn.text);
}
