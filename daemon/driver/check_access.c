/* SPDX-License-Identifier: Apache-2.0 */
/* What the key policy gives: the vendor for both purposes, and cmekd itself; and whether it could be changed, and put back. */
#include "base/own.h"
#include "driver/check_rows.h"
#include "driver/clients.h"
#include "driver/explain_policy.h"
#include "driver/foresee.h"
#include "driver/hub.h"
#include "driver/keeps_out.h"
#include "driver/project.h"
#include "driver/texts.h"
#include "io/kms.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct access_check {
	struct checking *c;
	const struct binding *b;
	uint32_t index;
	struct explain_policy policy;
	const char *own; /* cmekd's own ARN; "": not known yet */
};

/* ---- the vendor ---- */

static uint16_t needs_of(const char *purpose)
{
	uint16_t set = 0;

	for (int n = 0; n < NEED_COUNT; n++)
		if (strcmp(need_purpose((enum need)n), purpose) == 0)
			set |= NEED_BIT(n);
	return set;
}

/* "kms:Decrypt, kms:GenerateDataKey". Gives the first of `set`, which is not empty. */
static enum need list_needs(uint16_t set, char *text, size_t size)
{
	enum need first = NEED_COUNT;
	size_t len = 0;

	text[0] = '\0';
	for (int n = 0; n < NEED_COUNT; n++) {
		if (!(set & NEED_BIT(n)))
			continue;
		first = first == NEED_COUNT ? (enum need)n : first;
		if (len < size)
			len += (size_t)snprintf(text + len, size - len, "%s%s", len > 0 ? ", " : "",
				need_action((enum need)n));
	}
	return first;
}

/* What would change the decision on the first of `set`, as explain says it; else the table's word. */
static void say_missing(
	struct access_check *a, enum check check, enum finding finding, const char *what, uint16_t set)
{
	struct policy_decision d = {.remedy = ""};
	const char *vendor = a->c->p->vendor.text;
	struct why remedy;
	char list[512];
	enum need first = list_needs(set, list, sizeof list);

	if (a->policy.policy)
		policy_explain(a->policy.policy, &a->policy.context, first, &d);
	if (finding == FINDING_PROBLEM && keeps_out_remedy(a->c->p, a->index, &remedy))
		checking_say_remedy(
			a->c, check, finding, remedy.text, "%s account %s: %s", what, vendor, list);
	else if (*d.remedy)
		checking_say_remedy(a->c, check, finding, d.remedy, "%s account %s: %s", what, vendor, list);
	else
		checking_say(a->c, check, finding, "%s account %s: %s", what, vendor, list);
}

static void check_purpose(struct access_check *a, enum check check, const char *purpose)
{
	const struct look *look = &a->b->evidence.last;
	enum reason reason = a->b->evidence.last_reason;
	uint16_t wanted = needs_of(purpose);

	if (!look->have_access)
		checking_say_todo(
			a->c, check, FINDING_UNKNOWN, reason_todo(reason), "%s", reason_seen(reason));
	else if (look->access.denied & wanted)
		say_missing(a, check, FINDING_PROBLEM, "not given to", look->access.denied & wanted);
	else if (look->access.undecided & wanted)
		say_missing(a, check, FINDING_UNKNOWN, "cannot be decided from here for",
			look->access.undecided & wanted);
	else
		checking_say(a->c, check, FINDING_OK, "account %s is allowed each of the %d actions",
			a->c->p->vendor.text, __builtin_popcount(wanted));
}

/* ---- cmekd itself ---- */

static void check_own_read(struct access_check *a)
{
	const struct evidence *e = &a->b->evidence;
	const struct project_key *key = a->index < a->c->p->key_size ? &a->c->p->keys[a->index] : NULL;

	if (e->last.fault == FAULT_DENIED)
		checking_say(a->c, CHECK_OWN_READ, FINDING_PROBLEM, "AWS KMS denies it to cmekd: %s",
			key && key->look && key->look->of.message ? key->look->of.message
								  : reason_seen(e->last_reason));
	else if (key && key->rotation_fault == FAULT_DENIED)
		checking_say(
			a->c, CHECK_OWN_READ, FINDING_PROBLEM, "AWS KMS denies cmekd GetKeyRotationStatus");
	else if (e->filled == 0 || e->last.fault != FAULT_NONE || !e->last.have_access)
		checking_say(a->c, CHECK_OWN_READ, FINDING_UNKNOWN,
			"the last look was not answered in full: %s", reason_seen(e->last_reason));
	else if (!key || !key->rotation_read || key->rotation_fault != FAULT_NONE)
		checking_say(a->c, CHECK_OWN_READ, FINDING_UNKNOWN,
			"DescribeKey and GetKeyPolicy are answered, GetKeyRotationStatus is not");
	else
		checking_say(a->c, CHECK_OWN_READ, FINDING_OK,
			"DescribeKey, GetKeyPolicy and GetKeyRotationStatus are answered");
}

static bool denies_own(const struct access_check *a, const char *action)
{
	return policy_self(a->policy.policy, &a->policy.context, a->own, action) == POLICY_DENIED;
}

/* The key policy can refuse it; that it is permitted is proven by doing it alone, for IAM cannot be seen. */
static void check_own_change(struct access_check *a)
{
	const struct incident *in = &a->b->incident;
	const struct texts *words = a->index < a->c->p->key_size ? a->c->p->keys[a->index].change : NULL;
	bool put, list;

	if (in->id.n != 0 && (in->cut == CUT_BY_HAND || in->cut == CUT_UNDO_BY_HAND)) {
		checking_say(a->c, CHECK_OWN_CHANGE, FINDING_PROBLEM, "%s: %s",
			cut_meaning(in->cut, in->means),
			words && words->of.message ? words->of.message : "AWS KMS gave no reason");
		return;
	}
	if (in->id.n != 0 && in->cut == CUT_MADE && in->means == CUT_MEANS_DENY && in->grants_known) {
		checking_say(a->c, CHECK_OWN_CHANGE, FINDING_OK,
			"PutKeyPolicy and ListGrants were answered in the open incident");
		return;
	}
	if (!a->policy.policy || !*a->own || !a->b->evidence.last.have_access) {
		checking_say(a->c, CHECK_OWN_CHANGE, FINDING_UNKNOWN,
			"the key policy, or as whom cmekd asks, is not "
			"known yet");
		return;
	}
	put = denies_own(a, "kms:PutKeyPolicy");
	list = denies_own(a, "kms:ListGrants");
	if (put || list)
		checking_say(a->c, CHECK_OWN_CHANGE, FINDING_PROBLEM,
			"the key policy does not give %s %s%s%s", a->own, put ? "kms:PutKeyPolicy" : "",
			put && list ? " and " : "", list ? "kms:ListGrants" : "");
	else
		checking_say(a->c, CHECK_OWN_CHANGE, FINDING_UNKNOWN,
			"the key policy does not refuse %s kms:PutKeyPolicy and kms:ListGrants; what IAM "
			"says is not "
			"known",
			a->own);
}

/* ---- a change and back ---- */

/* What both rest on: the policy in force, not one that was read some time ago. False: told. */
static bool can_be_foreseen(struct access_check *a, enum check check)
{
	if (!a->policy.text)
		checking_say(a->c, check, FINDING_UNKNOWN, "no key policy was read since cmekd started");
	else if (!a->policy.policy)
		checking_say(a->c, check, FINDING_UNKNOWN, "the key policy cannot be understood: %s",
			a->policy.why.text);
	else if (!a->b->evidence.last.have_access)
		checking_say(a->c, check, FINDING_UNKNOWN, "the last look did not read the key policy: %s",
			reason_seen(a->b->evidence.last_reason));
	else if (!*a->own)
		checking_say(a->c, check, FINDING_UNKNOWN, "as whom cmekd asks is not known yet");
	else
		return true;
	return false;
}

static void check_revoke(struct access_check *a)
{
	struct why why;

	if (a->b->incident.id.n != 0 && a->b->incident.cut == CUT_MADE) {
		checking_say(
			a->c, CHECK_REVOKE, FINDING_OK, "%s", cut_meaning(CUT_MADE, a->b->incident.means));
		return;
	}
	if (!can_be_foreseen(a, CHECK_REVOKE))
		return;
	if (foresee_change(a->c->p, a->index, true, CUT_MEANS_DENY, &why))
		checking_say(a->c, CHECK_REVOKE, FINDING_PROBLEM, "to add the Deny statement may fail: %s",
			why.text);
	else
		checking_say(a->c, CHECK_REVOKE, FINDING_OK,
			"the Deny statement has room: %zu of %d bytes are used; cmekd would keep what it "
			"needs to undo it",
			a->policy.len, POLICY_MAX_BYTES);
}

/* What the open incident made by these means: could it be undone? */
static void check_undo(struct access_check *a, enum cut_means means)
{
	static const char *const undoing[CUT_MEANS_COUNT] = {
		[CUT_MEANS_DENY] = "remove cmekd's Deny statement",
		[CUT_MEANS_DISABLE] = "enable the key",
		[CUT_MEANS_REMOVE] = "put TiDB Cloud back into the key policy"};
	static const char *const can[CUT_MEANS_COUNT] = {
		[CUT_MEANS_DENY] = "cmekd's Deny statement can be removed again",
		[CUT_MEANS_DISABLE] = "the key policy does not keep cmekd from enabling the key again",
		[CUT_MEANS_REMOVE] = "TiDB Cloud can be put back into the key policy, as it was kept"};
	struct why why = {""};

	if (foresee_change(a->c->p, a->index, false, means, &why))
		checking_say(a->c, CHECK_PUT_BACK, FINDING_PROBLEM, "to %s may fail: %s", undoing[means],
			why.text);
	else
		checking_say(a->c, CHECK_PUT_BACK, FINDING_OK, "%s", can[means]);
}

/* Would KMS take the present text again, and cmekd be able to put it once it is in force? While cmekd's statement stands: could that
 * be taken out? */
static void check_put_back(struct access_check *a)
{
	struct why why = {""};
	int r;

	if (!can_be_foreseen(a, CHECK_PUT_BACK))
		return;
	if (a->b->incident.id.n != 0 && (a->b->incident.stands & CUT_MEANS_BIT(CUT_MEANS_DENY))) {
		check_undo(a, CUT_MEANS_DENY);
		return;
	}
	if (foresee_takes(a->c->p, a->index, true, 0)) {
		check_undo(a, CUT_MEANS_REMOVE);
		return;
	}
	if (core_disabled(&a->c->p->core, a->index)) {
		check_undo(a, CUT_MEANS_DISABLE);
		return;
	}
	r = policy_review(a->policy.text, a->policy.len, &a->policy.context, a->own, &why);
	if (r < 0)
		checking_say(a->c, CHECK_PUT_BACK, FINDING_UNKNOWN, "cmekd is out of memory");
	else if (r > 0)
		checking_say(a->c, CHECK_PUT_BACK, FINDING_PROBLEM,
			"to put the present key policy again may fail: %s", why.text);
	else
		checking_say(a->c, CHECK_PUT_BACK, FINDING_OK,
			"nothing in the present key policy would keep AWS KMS from taking it again, or cmekd "
			"from "
			"putting it");
}

void check_access(struct checking *c, uint32_t binding)
{
	struct access_check a = {.c = c, .b = &c->p->core.bindings[binding], .index = binding, .own = ""};
	struct kms *kms = clients_kms(c->p->hub->clients, c->p->aws_credentials_file, c->p->aws_profile);

	if (kms)
		a.own = kms_own_arn(kms);
	explain_policy_init(&a.policy, project_target(c->p, binding));
	check_purpose(&a, CHECK_POLICY_EBS, "ebs");
	check_purpose(&a, CHECK_POLICY_S3, "s3");
	check_own_read(&a);
	check_own_change(&a);
	check_revoke(&a);
	check_put_back(&a);
	explain_policy_fini(&a.policy);
}
