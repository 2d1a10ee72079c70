/* SPDX-License-Identifier: Apache-2.0 */
/* kms_change: adds or removes our Deny statement, or merges TiDB Cloud's own: who are we, read, edit, check, put, read back.
 *
 * KMS has no conditional put: the policy is read just before it is put, and that is all that can be done against
 * others who edit it at the same time. So the place in the lane of PutKeyPolicy is taken first: nothing waits between the
 * two. A change takes seconds to spread in KMS, sometimes minutes, and meanwhile the
 * old text may be read (AWS KMS Developer Guide, "Eventual consistency"): only seeing the new one proves anything. */
#include "io/kms_op.h"
#include "base/json_scan.h"
#include "io/kms_edit.h"
#include "policy/policy.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Waits before each reading back, milliseconds: half a minute in all. */
static const int64_t kms_change_delays_ms[] = {100, 250, 500, 1000, 2000, 3000, 4000, 5000, 5000, 5000, 5000};

static void kms_change_free(struct kms_op *op)
{
	free(op->change.edited);
	free(op->change.kept);
}

static void kms_change_end(struct kms_op *op, enum act_result result, const struct digest *policy)
{
	static const struct digest none;

	op->change.done(op->arg, result, policy ? policy : &none, &op->texts);
	kms_op_free(op);
}

static void kms_change_no_memory(struct kms_op *op)
{
	(void)snprintf(op->texts.message, sizeof(op->texts.message), "out of memory");
	kms_change_end(op, ACT_RESULT_NOT_SENT, NULL);
}

static void kms_change_add(struct kms_op *op, const char *what)
{
	size_t len = strlen(op->texts.message);

	(void)snprintf(
		op->texts.message + len, sizeof(op->texts.message) - len, "%s%s", len ? "; " : "", what);
}

static void kms_change_refuse(struct kms_op *op, const char *what)
{
	(void)snprintf(op->texts.message, sizeof(op->texts.message), "%s", what);
	kms_change_end(op, ACT_RESULT_REFUSED, NULL);
}

/* Nothing was changed: what the reading before says. */
static void kms_change_fail_unsent(struct kms_op *op, const struct trouble *trouble)
{
	kms_change_end(op, trouble_act_result(trouble->fault, false), NULL);
}

/* `ret_context` must live as long as what is returned. */
static struct kms_edit kms_change_edit_of(
	const struct kms_target *t, const char *sid, bool cut, struct policy_context *ret_context)
{
	kms_target_context(t, ret_context);
	return (struct kms_edit){.context = ret_context, .own = t->kms->who.arn, .sid = sid, .cut = cut};
}

static struct kms_edit kms_change_edit_in(const struct kms_op *op, struct policy_context *ret_context)
{
	struct kms_edit edit = kms_change_edit_of(op->target, op->change.sid, op->change.cut, ret_context);

	edit.give = op->change.gives ? &op->change.give : NULL;
	edit.adopt = op->change.adopts ? &op->change.adopt : NULL;
	edit.take = op->change.takes ? &op->change.take : NULL;
	return edit;
}

/* ---- reading back ---- */

static void kms_change_read_back(
	struct kms_op *op, const struct http_answer *answer, const struct trouble *trouble);

static void kms_change_wait(struct kms_op *op)
{
	const uint32_t tries = sizeof(kms_change_delays_ms) / sizeof(kms_change_delays_ms[0]);

	if (op->change.tries >= tries || op->cancelled) {
		if (!op->texts.message[0])
			(void)snprintf(op->texts.message, sizeof(op->texts.message),
				"PutKeyPolicy was sent, but the new key policy was not seen within half a "
				"minute: KMS has not spread it yet, or somebody else wrote over it; the next "
				"looks tell");
		kms_change_end(op, ACT_RESULT_LOST, NULL);
		return;
	}
	kms_op_sleep(op, kms_change_delays_ms[op->change.tries++], kms_change_read_back);
}

/* What a person should hear of a change that was made. */
static void kms_change_remark(struct kms_op *op, const char *text, size_t len)
{
	struct why other;

	op->texts.message[0] = '\0';
	if (op->change.edited && kms_edit_differs(op->change.edited, text, len, &other))
		(void)snprintf(op->texts.message, sizeof(op->texts.message),
			"it is in force, but the key policy is not what cmekd put: somebody else changed it "
			"at the same time: %.200s. Read what it says now (cmekctl policy explain), and find "
			"out who called PutKeyPolicy (CloudTrail): KMS keeps the last text alone, so "
			"something that they or cmekd did not mean may be in it, or be gone",
			other.text);
	else if (op->change.loss[0])
		(void)snprintf(op->texts.message, sizeof(op->texts.message), "%s%.500s",
			op->change.adopts ? "" : "accepted: ", op->change.loss);
	else if (op->change.cut && op->change.had_none)
		(void)snprintf(op->texts.message, sizeof(op->texts.message),
			"the key policy gave the vendor account %s no access before: check VendorAccount=",
			op->target->vendor.text);
}

static void kms_change_on_read_back(
	struct kms_op *op, const struct http_answer *answer, const struct trouble *transport)
{
	struct policy_context context;
	struct kms_edit edit = kms_change_edit_in(op, &context);
	struct trouble trouble = *transport;
	struct digest digest;
	char *text = NULL;
	size_t len = 0;
	bool seen;

	if (answer && kms_api_read_policy(answer, &text, &len, &trouble) < 0)
		trouble_set(&trouble, FAULT_MALFORMED, "no memory for the key policy");
	if (trouble.fault != FAULT_NONE) {
		kms_op_say(op, KMS_API_OP_GET_KEY_POLICY, &trouble);
		kms_change_wait(op);
		return;
	}
	seen = kms_edit_is_in_force(&edit, text, len) && digest_of(text, len, &digest) == 0;
	if (seen)
		kms_change_remark(op, text, len);
	free(text);
	if (seen)
		kms_change_end(op, ACT_RESULT_ACCEPTED, &digest);
	else
		kms_change_wait(op);
}

static void kms_change_read_back(
	struct kms_op *op, const struct http_answer *answer, const struct trouble *trouble)
{
	(void)answer;
	(void)trouble;
	if (op->cancelled) {
		kms_change_wait(op);
		return;
	}
	buf_clear(&op->body);
	kms_api_write_get_key_policy(&op->body, &op->target->arn);
	op->texts.request[0] = '\0';
	kms_op_begin_part(op);
	op->no_retry = true;
	kms_op_ask(op, KMS_API_OP_GET_KEY_POLICY, kms_change_on_read_back);
}

/* ---- put ---- */

static void kms_change_on_put(
	struct kms_op *op, const struct http_answer *answer, const struct trouble *transport)
{
	struct trouble trouble = *transport;
	enum act_result result;

	if (answer && kms_api_read_void(answer, &trouble) < 0)
		trouble_set(&trouble, FAULT_MALFORMED, "no memory for the answer");
	result = trouble_act_result(trouble.fault, op->sent);
	if (trouble.fault != FAULT_NONE)
		kms_op_say(op, KMS_API_OP_PUT_KEY_POLICY, &trouble);
	if (result == ACT_RESULT_REFUSED && op->change.doubt[0])
		kms_change_add(op, op->change.doubt);
	/* Nobody knows what became of it: what is read decides. */
	if (result == ACT_RESULT_ACCEPTED || result == ACT_RESULT_LOST)
		kms_change_wait(op);
	else
		kms_change_end(op, result, NULL);
}

static void kms_change_put(struct kms_op *op)
{
	if (op->change.wanted && !op->change.wanted(op->arg)) {
		(void)snprintf(op->texts.message, sizeof(op->texts.message),
			"the key policy was not changed: no longer wanted");
		kms_change_end(op, ACT_RESULT_NOT_SENT, NULL);
		return;
	}
	buf_clear(&op->body);
	kms_api_write_put_key_policy(
		&op->body, &op->target->arn, op->change.edited, strlen(op->change.edited));
	if (op->body.trouble) {
		kms_change_refuse(op, "the edited key policy does not fit into a request");
		return;
	}
	kms_op_ask(op, KMS_API_OP_PUT_KEY_POLICY, kms_change_on_put);
}

/* ---- edit and check ---- */

/* Nothing is put: the statement is there (cut) or gone (uncut, adopted). */
static void kms_change_already(struct kms_op *op, const char *text, size_t len)
{
	struct digest digest;

	if (op->change.adopts)
		(void)snprintf(op->texts.message, sizeof(op->texts.message),
			"the statement is gone from the key policy already: nothing was sent");
	if (digest_of(text, len, &digest) == 0)
		kms_change_end(op, ACT_RESULT_ACCEPTED, &digest);
	else
		kms_change_no_memory(op);
}

static void kms_change_edit(struct kms_op *op, const char *text, size_t len)
{
	struct policy_context context;
	struct kms_edit edit = kms_change_edit_in(op, &context);
	struct kms_edit_made made;

	if (kms_edit_make(&edit, text, len, &made) < 0) {
		kms_change_no_memory(op);
		return;
	}
	op->change.edited = made.text;
	op->change.had_none = made.had_none;
	(void)snprintf(op->change.loss, sizeof(op->change.loss), "%s", made.loss.text);
	(void)snprintf(op->change.doubt, sizeof(op->change.doubt), "%s", made.doubt.text);
	switch (made.result) {
	case KMS_EDIT_READY:
		kms_change_put(op);
		break;
	case KMS_EDIT_ALREADY:
		kms_change_already(op, text, len);
		break;
	case KMS_EDIT_MOVED:
		(void)snprintf(op->texts.message, sizeof(op->texts.message), "%s", made.why.text);
		kms_change_end(op, ACT_RESULT_NOT_SENT, NULL);
		break;
	case KMS_EDIT_REFUSED:
		why_prefix(&made.why, "the key policy was not changed");
		kms_change_refuse(op, made.why.text);
		break;
	}
}

bool kms_foresee(const struct kms_target *t, const char *sid, bool cut, struct why *ret_why)
{
	struct policy_context context;
	struct kms_edit edit = kms_change_edit_of(t, sid, cut, &context);
	struct kms_edit_made made;
	bool told;

	edit.own = kms_own_arn(t->kms); /* "": not known yet; the change itself will ask */
	if (!t->policy || kms_edit_make(&edit, t->policy, t->policy_len, &made) < 0)
		return false;
	told = made.result == KMS_EDIT_REFUSED || made.doubt.text[0];
	if (made.result == KMS_EDIT_REFUSED) {
		why_prefix(&made.why, "cmekd would not change it");
		*ret_why = made.why;
	} else if (told) {
		*ret_why = made.doubt;
	}
	free(made.text);
	return told;
}

static void kms_change_on_policy(
	struct kms_op *op, const struct http_answer *answer, const struct trouble *transport)
{
	struct trouble trouble = *transport;
	char *text = NULL;
	size_t len = 0;

	if (answer && kms_api_read_policy(answer, &text, &len, &trouble) < 0)
		trouble_set(&trouble, FAULT_MALFORMED, "no memory for the key policy");
	if (trouble.fault != FAULT_NONE) {
		kms_op_say(op, KMS_API_OP_GET_KEY_POLICY, &trouble);
		kms_change_fail_unsent(op, &trouble);
		return;
	}
	kms_change_edit(op, text, len);
	free(text);
}

static void kms_change_on_turn(
	struct kms_op *op, const struct http_answer *answer, const struct trouble *trouble)
{
	(void)answer;
	if (trouble->fault != FAULT_NONE) {
		kms_op_say(op, KMS_API_OP_PUT_KEY_POLICY, trouble);
		kms_change_fail_unsent(op, trouble);
		return;
	}
	kms_op_begin_part(op);
	kms_api_write_get_key_policy(&op->body, &op->target->arn);
	kms_op_ask(op, KMS_API_OP_GET_KEY_POLICY, kms_change_on_policy);
}

static void kms_change_on_identity(
	struct kms_op *op, const struct http_answer *answer, const struct trouble *trouble)
{
	(void)answer;
	if (trouble->fault != FAULT_NONE) {
		/* Without it nobody can tell whether we would lock ourselves out. */
		(void)snprintf(op->texts.message, sizeof(op->texts.message), "%s", trouble->message);
		kms_change_fail_unsent(op, trouble);
		return;
	}
	kms_op_begin_part(op);
	kms_op_reserve(op, KMS_API_OP_PUT_KEY_POLICY, kms_change_on_turn);
}

/* `give` and `adopt` NULL: the cut is added or removed. */
static struct kms_op *kms_change_new(struct kms_target *t, const struct kms_give *give,
	const struct kms_adopt *adopt, const char *sid, bool cut, kms_wanted_fn *wanted, kms_change_fn *done,
	void *arg)
{
	struct kms_op *op = kms_op_new(t, KMS_LANE_ACT, kms_change_on_identity, arg);

	if (!op)
		return NULL;
	op->change.wanted = wanted;
	op->change.done = done;
	op->change.cut = cut;
	op->change.gives = give != NULL;
	if (give)
		op->change.give = *give;
	if (give && give->shown) {
		op->change.shown = *give->shown;
		op->change.give.shown = &op->change.shown;
	}
	op->free_rest = kms_change_free;
	(void)snprintf(op->change.sid, sizeof(op->change.sid), "%s", sid);
	op->change.adopts = adopt != NULL;
	op->change.adopt.sid = op->change.sid;
	if (adopt && adopt->shown) {
		op->change.shown = *adopt->shown;
		op->change.adopt.shown = &op->change.shown;
	}
	return op;
}

static int kms_change_start(struct kms_target *t, const struct kms_give *give, const struct kms_adopt *adopt,
	const char *sid, bool cut, kms_wanted_fn *wanted, kms_change_fn *done, void *arg)
{
	struct kms_op *op = kms_change_new(t, give, adopt, sid, cut, wanted, done, arg);

	if (!op)
		return err_origin(-ENOMEM);
	kms_op_ask_identity(op, kms_change_on_identity);
	return 0;
}

int kms_cut(struct kms_target *t, const char *sid, kms_wanted_fn *wanted, kms_change_fn *done, void *arg)
{
	return kms_change_start(t, NULL, NULL, sid, true, wanted, done, arg);
}

int kms_uncut(struct kms_target *t, const char *sid, kms_wanted_fn *wanted, kms_change_fn *done, void *arg)
{
	return kms_change_start(t, NULL, NULL, sid, false, wanted, done, arg);
}

int kms_give(struct kms_target *t, const struct kms_give *give, kms_wanted_fn *wanted, kms_change_fn *done,
	void *arg)
{
	return kms_change_start(t, give, NULL, "", false, wanted, done, arg);
}

int kms_adopt(struct kms_target *t, const struct kms_adopt *adopt, kms_wanted_fn *wanted, kms_change_fn *done,
	void *arg)
{
	if (strlen(adopt->sid) >= ADOPT_SID_BYTES)
		return err_origin(-EINVAL);
	return kms_change_start(t, NULL, adopt, adopt->sid, false, wanted, done, arg);
}

int kms_foresee_adopt(const struct kms_target *t, const char *sid, struct adopt_removed *ret_removed,
	struct why *reterr_why)
{
	struct policy_context context;

	kms_target_context(t, &context);
	if (t->policy)
		return adopt_remove(t->policy, t->policy_len, &context, sid, ret_removed, reterr_why);
	why_set(reterr_why, "no key policy was read since cmekd started: cmekctl explain says why");
	return POLICY_E_SHAPE;
}

int kms_take(struct kms_target *t, const struct kms_take *take, kms_wanted_fn *wanted, kms_change_fn *done,
	void *arg)
{
	struct kms_op *op;
	char *kept = malloc(take->kept_len + 1);

	if (!kept)
		return err_origin(-ENOMEM);
	memcpy(kept, take->kept, take->kept_len);
	kept[take->kept_len] = '\0';
	op = kms_change_new(t, NULL, NULL, "", false, wanted, done, arg);
	if (!op) {
		free(kept);
		return err_origin(-ENOMEM);
	}
	op->change.takes = true;
	op->change.take = *take;
	op->change.take.kept = op->change.kept = kept;
	kms_op_ask_identity(op, kms_change_on_identity);
	return 0;
}

bool kms_foresee_take(const struct kms_target *t, const struct kms_take *take, struct buf *diff,
	struct why *ret_loss, struct why *ret_why)
{
	struct policy_context context;
	struct kms_edit edit = kms_change_edit_of(t, "", false, &context);
	struct kms_take all = *take;
	struct kms_edit_made made;
	bool told;

	edit.own = kms_own_arn(t->kms);
	edit.take = &all;
	all.accept_loss = true; /* what is lost is told beside */
	if (!t->policy)
		return false;
	if (!all.kept) {
		all.kept = t->policy;
		all.kept_len = t->policy_len;
	}
	if (kms_edit_make(&edit, t->policy, t->policy_len, &made) < 0)
		return false;
	told = made.result == KMS_EDIT_REFUSED || made.doubt.text[0];
	if (made.result == KMS_EDIT_REFUSED) {
		why_prefix(&made.why, "cmekd would not change it");
		*ret_why = made.why;
	} else if (told) {
		*ret_why = made.doubt;
	}
	*ret_loss = made.loss;
	if (made.text)
		(void)kms_edit_diff(t->policy, t->policy_len, made.text, diff);
	free(made.text);
	return told;
}

const struct adopt_found *kms_target_keeps_out(const struct kms_target *t)
{
	return t->access_known && t->kept_out ? &t->keeps_out : NULL;
}

/* ---- by hand ---- */

void kms_statement(const struct kms_target *t, const char *sid, struct buf *out)
{
	static const char empty[] = "{\"Version\":\"2012-10-17\",\"Statement\":[]}";
	static const struct json_limits limits = {
		.max_bytes = POLICY_MAX_BYTES, .max_nodes = 256, .max_depth = 16};
	struct json_tree tree = JSON_TREE_INIT;
	char *text = NULL;
	uint32_t statement = JSON_NONE;

	if (policy_add_cut(empty, sizeof(empty) - 1, sid, &t->vendor, &text, NULL) == 0 &&
		json_scan(text, strlen(text), &limits, &tree, NULL) == 0)
		statement = json_first(&tree, json_member(&tree, JSON_ROOT, "Statement"));
	if (statement != JSON_NONE)
		buf_append(out, text + tree.nodes[statement].start,
			tree.nodes[statement].end - tree.nodes[statement].start);
	json_tree_fini(&tree);
	free(text);
}

/* What a person is told to do is not what would shut out everybody. */
static bool kms_by_hand_hits_owner(const struct kms_target *t, struct buf *out)
{
	struct policy_context context;

	kms_target_context(t, &context);
	if (!policy_vendor_owns(&context))
		return false;
	buf_printf(out,
		"Leave the key policy as it is: account %s owns the key itself, and would be shut out.\n"
		"Set VendorAccount= to the AWS account in which TiDB Cloud runs the clusters, then\n"
		"systemctl reload cmekd\n",
		t->vendor.text);
	return true;
}

static void kms_by_hand_get(const struct kms_target *t, struct buf *out)
{
	buf_printf(out,
		"aws kms get-key-policy --region %s --key-id %s --policy-name default --query Policy "
		"--output text > "
		"policy.json\n",
		t->region.text, t->arn.text);
}

static void kms_by_hand_put(const struct kms_target *t, struct buf *out)
{
	buf_printf(out,
		"aws kms put-key-policy --region %s --key-id %s --policy-name default --policy "
		"file://policy.json\n",
		t->region.text, t->arn.text);
}

void kms_by_hand_take(const struct kms_target *t, const char *kept, bool back, struct buf *out)
{
	if (!back && kms_by_hand_hits_owner(t, out))
		return;
	kms_by_hand_get(t, out);
	if (back)
		buf_printf(out,
			"Put TiDB Cloud's statements back into policy.json, and its account %s into those "
			"that name others "
			"too. As they stood before:\n%s\n"
			"Without that file, TiDB Cloud's documented ones:\n"
			"cmekctl policy render --account %s --region %s\n",
			t->vendor.text, kept, t->vendor.text, t->region.text);
	else
		buf_printf(out,
			"Take TiDB Cloud's account %s out of policy.json: the statements that let in nobody "
			"else, and its "
			"principals and values from the others. Keep a copy of it as it was. What lets it "
			"in:\n"
			"cmekctl policy explain policy.json --account %s --region %s\n",
			t->vendor.text, t->vendor.text, t->region.text);
	kms_by_hand_put(t, out);
}

void kms_by_hand(const struct kms_target *t, const char *sid, bool cut, struct buf *out)
{
	if (cut && kms_by_hand_hits_owner(t, out))
		return;
	kms_by_hand_get(t, out);
	if (cut) {
		buf_add(out, "Add this element to \"Statement\" in policy.json:\n");
		kms_statement(t, sid, out);
		buf_add(out, "\n");
	} else {
		buf_printf(out, "Remove the element of \"Statement\" with \"Sid\": \"%s\" from policy.json\n",
			sid);
	}
	kms_by_hand_put(t, out);
	if (cut)
		buf_printf(out,
			"Where the policy must not be changed, disable the key instead: cmekctl revoke "
			"--disable-key, "
			"which cmekctl restore undoes. That cuts everybody who uses it. By hand, a person "
			"has "
			"to "
			"enable it again after cmekctl restore:\n"
			"aws kms disable-key --region %s --key-id %s\n",
			t->region.text, t->arn.text);
}
