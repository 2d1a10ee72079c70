/* SPDX-License-Identifier: Apache-2.0 */
#include "io/kms_edit.h"
#include "base/buf.h"
#include "base/own.h"
#include "base/digest.h"
#include "policy/adopt.h"
#include "policy/compare.h"
#include "policy/give.h"
#include "policy/policy.h"
#include "policy/vendor.h"
#include "wire/trouble.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SID_SHOWN_BYTES  80 /* of texts of the policy within a sentence */
#define PART_SHOWN_BYTES 120

static void own_policy(struct policy **p)
{
	*p = policy_free(*p);
}

/* What a text does. */
struct effect {
	bool has_sid;
	bool denied;  /* every action of both purposes */
	bool allowed; /* the same */
	uint16_t allows, leaves_open;
};

/* Refuses: POLICY_E_JSON, _SHAPE. Fails: -ENOMEM. */
static int judge(const struct kms_edit *e, const char *text, size_t len, struct effect *ret_effect,
	struct why *reterr_why)
{
	_cleanup_(own_policy) struct policy *policy = NULL;
	struct access access;
	int r = policy_parse(text, len, &policy, reterr_why);

	if (r != 0)
		return r;
	policy_access(policy, e->context, &access, NULL);
	*ret_effect = (struct effect){.has_sid = e->sid && policy_has_sid(policy, e->sid),
		.denied = access.denied == NEED_ALL,
		.allowed = access.allowed == NEED_ALL,
		.allows = access.allowed,
		.leaves_open = access.undecided};
	return 0;
}

static void refuse(struct kms_edit_made *made, const char *what)
{
	made->result = KMS_EDIT_REFUSED;
	why_set(&made->why, "%s", what);
}

/* The statement is there (cut) or gone already. */
static void already(const struct kms_edit *e, const struct effect *before, struct kms_edit_made *made)
{
	made->result = KMS_EDIT_ALREADY;
	if (e->cut && !before->denied)
		refuse(made, "cmekd's statement is in the key policy already, but does not cut the vendor: "
			     "somebody edited it; remove it by hand and run cmekctl revoke again");
}

/* The text that would be put. Fails: -ENOMEM. */
static int check(const struct kms_edit *e, struct kms_edit_made *made)
{
	bool takes = e->take ? !e->take->back : e->give || (e->cut && !e->adopt);
	const char *own = takes && e->own && *e->own ? e->own : NULL;
	size_t len = strlen(made->text);
	struct effect after = {.denied = true, .has_sid = true};
	struct why why = {""};
	int r = policy_review(made->text, len, e->context, own, &why);

	if (r == POLICY_E_DELETED)
		made->doubt = why;
	else if (r != 0) {
		made->why = why;
		made->result = KMS_EDIT_REFUSED;
		return r < 0 ? r : 0;
	}
	if (e->cut && !e->give && !e->adopt && !e->take)
		r = judge(e, made->text, len, &after, NULL);
	if (r < 0)
		return r;
	if (!after.denied || !after.has_sid)
		refuse(made, "the statement would not surely cut the vendor account");
	return 0;
}

/* ---- giving ---- */

struct losses {
	char text[WHY_BYTES];
	size_t len, count;
};
#define LOSSES_TOLD 4

/* What the policy holds is not ours: it is cut and cleaned. */
static void note_loss(void *arg, const char *principal, const char *action)
{
	struct losses *l = arg;
	char who[PART_SHOWN_BYTES], what[SID_SHOWN_BYTES];

	if (l->count++ >= LOSSES_TOLD || l->len >= sizeof l->text)
		return;
	trouble_copy(principal, strlen(principal), who, sizeof who);
	trouble_copy(action, strlen(action), what, sizeof what);
	l->len += (size_t)snprintf(l->text + l->len, sizeof l->text - l->len, "%s%s loses %s",
		l->len > 0 ? "; " : "", who, what);
}

/* Fails: -ENOMEM. */
static int find_losses(
	const struct kms_edit *e, bool accept_loss, const char *old, size_t len, struct kms_edit_made *made)
{
	_cleanup_(own_policy) struct policy *before = NULL, *after = NULL;
	struct losses l = {.len = 0};
	int r = policy_parse(old, len, &before, NULL);

	if (r == 0)
		r = policy_parse(made->text, strlen(made->text), &after, NULL);
	if (r != 0)
		return r < 0 ? r : 0;
	vendor_losses(before, after, e->context, note_loss, &l);
	if (l.count == 0)
		return 0;
	why_set(&made->loss, "%s%s", l.text, l.count > LOSSES_TOLD ? "; and more" : "");
	if (!accept_loss) {
		why_set(&made->why,
			"others would lose what they have: %.300s. If that is meant, add --accept-loss",
			made->loss.text);
		made->result = KMS_EDIT_REFUSED;
	}
	return 0;
}

static bool is_shown(const struct kms_edit *e, const char *old, size_t len)
{
	struct digest now;

	return !e->give->shown ||
	       (digest_of(old, len, &now) == 0 && memcmp(&now, e->give->shown, sizeof now) == 0);
}

static int make_given(const struct kms_edit *e, const char *old, size_t len, struct kms_edit_made *made)
{
	struct why why = {""};
	int r;

	if (!is_shown(e, old, len)) {
		refuse(made, "it is not the policy that was shown: somebody changed it meanwhile; look at it "
			     "again");
		return 0;
	}
	r = give_merge(old, len, e->context, &made->text, &why);
	if (r == POLICY_E_PRESENT)
		made->result = KMS_EDIT_ALREADY;
	else if (r > 0)
		refuse(made, why.text);
	else if (r == 0)
		r = check(e, made);
	if (r >= 0 && made->result == KMS_EDIT_READY)
		r = find_losses(e, e->give->accept_loss, old, len, made);
	return r < 0 ? r : 0;
}

static int make_cut(const struct kms_edit *e, const char *old, size_t len, const struct effect *before,
	struct kms_edit_made *made)
{
	struct why why = {""};
	int r = e->cut ? policy_add_cut(old, len, e->sid, &e->context->vendor, &made->text, &why)
		       : policy_remove_cut(old, len, e->sid, &made->text, &why);

	if (r == POLICY_E_PRESENT || r == POLICY_E_NO_SID)
		already(e, before, made);
	else if (r > 0)
		refuse(made, why.text);
	else if (r == 0)
		r = check(e, made);
	return r < 0 ? r : 0;
}

/* ---- adopting ---- */

static int make_adopted(const struct kms_edit *e, const char *old, size_t len, struct kms_edit_made *made)
{
	_cleanup_(adopt_removed_fini) struct adopt_removed removed = ADOPT_REMOVED_INIT;
	const struct digest *shown = e->adopt->shown;
	struct why why = {""};
	int r = adopt_remove(old, len, e->context, e->adopt->sid, &removed, &why);

	/* Asked for again after an answer that was lost, nothing is left to be done. */
	if (r == POLICY_E_NO_SID && shown)
		made->result = KMS_EDIT_ALREADY;
	else if (r > 0)
		refuse(made, why.text);
	if (r != 0)
		return r < 0 ? r : 0;
	if (shown && memcmp(shown, &removed.digest, sizeof removed.digest) != 0) {
		refuse(made,
			"it is not the statement that was shown: somebody changed it meanwhile; look at it "
			"again");
		return 0;
	}
	made->text = own_take(removed.text);
	r = check(e, made);
	if (r == 0 && made->result == KMS_EDIT_READY &&
		policy_summary_of(&removed.access) != POLICY_SUMMARY_USABLE)
		why_set(&made->loss,
			"without it the key policy still does not give the vendor all that it needs (%s)",
			policy_summary_name(policy_summary_of(&removed.access)));
	return r;
}

/* ---- taking out and putting back ---- */

/* What the kept policy gave the vendor. Refuses: POLICY_E_JSON, _SHAPE. Fails: -ENOMEM. */
static int had(const struct kms_edit *e, struct access *ret_access, struct why *reterr_why)
{
	_cleanup_(own_policy) struct policy *kept = NULL;
	int r = policy_parse(e->take->kept, e->take->kept_len, &kept, reterr_why);

	if (r == 0)
		policy_access(kept, e->context, ret_access, NULL);
	return r;
}

/* The vendor has less than it had, be that for sure or perhaps. */
static bool lacks(const struct effect *now, const struct access *had)
{
	return (had->allowed & ~now->allows) || (had->undecided & ~(now->allows | now->leaves_open));
}

static int make_without(const struct kms_edit *e, const char *old, size_t len, const struct effect *before,
	struct kms_edit_made *made)
{
	const struct kms_take *t = e->take;
	struct why why = {""};
	int r;

	if (len != t->kept_len || memcmp(old, t->kept, len) != 0) {
		made->result = t->stood && before->denied ? KMS_EDIT_ALREADY : KMS_EDIT_MOVED;
		why_set(&made->why,
			"the key policy was changed since it was kept; it is kept anew, and tried again");
		return 0;
	}
	if (before->denied) {
		refuse(made, "the key policy gives the vendor nothing that could be taken out: check "
			     "VendorAccount=");
		return 0;
	}
	r = vendor_remove(old, len, e->context, &made->text, &why);
	if (r > 0)
		refuse(made, why.text);
	else if (r == 0)
		r = check(e, made);
	if (r >= 0 && made->result == KMS_EDIT_READY)
		r = find_losses(e, t->accept_loss, old, len, made);
	return r < 0 ? r : 0;
}

static int make_with(const struct kms_edit *e, const char *old, size_t len, const struct effect *before,
	struct kms_edit_made *made)
{
	struct access kept = {0};
	struct effect after;
	struct why why = {""};
	int r = had(e, &kept, &why);

	/* As after VendorAccount= was changed: of that one there is nothing to be put back, of whoever was taken out all is. */
	if (r == 0 && (kept.allowed | kept.undecided) == 0) {
		why_set(&why,
			"the policy that was kept gives account %s nothing, so it is not the one that was "
			"taken out: set VendorAccount= back to that one and systemctl reload cmekd, or put "
			"its statements back by hand, as the file that cmekctl status names has them",
			e->context->vendor.text);
		r = POLICY_E_ABSENT;
	}
	if (r == 0 && !lacks(before, &kept)) {
		made->result = KMS_EDIT_ALREADY;
		return 0;
	}
	if (r == 0)
		r = vendor_restore(old, len, e->take->kept, e->take->kept_len, e->context, &made->text, &why);
	if (r == 0)
		r = judge(e, made->text, strlen(made->text), &after, &why);
	if (r == 0 && lacks(&after, &kept)) {
		why_set(&why,
			"the vendor would not get back all that it perhaps had: what others added since "
			"denies it; cmekctl policy explain");
		r = POLICY_E_EFFECT;
	}
	if (r > 0)
		refuse(made, why.text);
	else if (r == 0)
		r = check(e, made);
	return r < 0 ? r : 0;
}

/* What is said of the vendor would be done to whoever owns the key. */
static bool hits_owner(const struct kms_edit *e)
{
	return !e->adopt && (e->cut || e->give || e->take) && policy_vendor_owns(e->context);
}

int kms_edit_make(const struct kms_edit *e, const char *old, size_t len, struct kms_edit_made *ret_made)
{
	struct kms_edit_made made = {.result = KMS_EDIT_READY};
	struct effect before = {.denied = false};
	struct why why = {""};
	int r = judge(e, old, len, &before, &why);

	made.had_none = before.denied;
	if (r == 0 && hits_owner(e)) {
		why_set(&why, "VendorAccount=%s owns the key itself: " POLICY_OWNER_TODO,
			e->context->vendor.text);
		r = POLICY_E_EFFECT;
	}
	if (r > 0)
		refuse(&made, why.text);
	else if (r == 0)
		r = e->give    ? make_given(e, old, len, &made)
		    : e->adopt ? make_adopted(e, old, len, &made)
		    : e->take  ? (e->take->back ? make_with : make_without)(e, old, len, &before, &made)
			       : make_cut(e, old, len, &before, &made);
	if (r < 0 || made.result != KMS_EDIT_READY) {
		free(made.text);
		made.text = NULL;
	}
	if (r < 0)
		return r;
	*ret_made = made;
	return 0;
}

bool kms_edit_is_in_force(const struct kms_edit *e, const char *text, size_t len)
{
	struct effect effect = {.has_sid = !e->cut};
	struct kms_edit by_sid = *e;

	if (e->adopt)
		by_sid.sid = e->adopt->sid;
	if (judge(&by_sid, text, len, &effect, NULL) != 0)
		return false;
	if (e->give)
		return effect.allowed;
	if (e->take) {
		struct access kept = {0};

		return e->take->back ? had(e, &kept, NULL) == 0 && !lacks(&effect, &kept) : effect.denied;
	}
	return e->cut && !e->adopt ? effect.has_sid && effect.denied : !effect.has_sid;
}

/* "added statement 4 (line 40, Sid "x"): + Action kms:Decrypt". What the policy holds is not ours: it is cut and cleaned. */
static void name_first(const struct compare_list *list, struct why *reterr_why)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct compare_statement *s = &list->statements[i];
		const char *part = s->plus_count > 0 ? s->plus[0] : s->minus_count > 0 ? s->minus[0] : "";
		char sid[SID_SHOWN_BYTES], what[PART_SHOWN_BYTES];

		if (s->kind == COMPARE_SAME)
			continue;
		trouble_copy(s->sid, strlen(s->sid), sid, sizeof sid);
		trouble_copy(part, strlen(part), what, sizeof what);
		why_set(reterr_why, "%s statement %u (line %u%s%s%s)%s%s", compare_kind_name(s->kind),
			s->after > 0 ? s->after : s->before, s->line, *sid ? ", Sid \"" : "", sid,
			*sid ? "\"" : "",
			!*what              ? ""
			: s->plus_count > 0 ? ": + "
					    : ": - ",
			what);
		return;
	}
	why_set(reterr_why, "its Version");
}

static void add_parts(struct buf *out, char sign, const char *const *parts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char what[PART_SHOWN_BYTES];

		trouble_copy(parts[i], strlen(parts[i]), what, sizeof what);
		buf_printf(out, "%c %s\n", sign, what);
	}
}

int kms_edit_diff(const char *from, size_t from_len, const char *to, struct buf *out)
{
	_cleanup_(own_policy) struct policy *before = NULL, *after = NULL;
	_cleanup_(compare_list_fini) struct compare_list list = COMPARE_LIST_INIT;
	int r = policy_parse(from, from_len, &before, NULL);

	if (r == 0)
		r = policy_parse(to, strlen(to), &after, NULL);
	if (r == 0)
		r = compare_statements(before, after, &list);
	for (size_t i = 0; r == 0 && i < list.count; i++) {
		const struct compare_statement *s = &list.statements[i];
		char sid[SID_SHOWN_BYTES];

		if (s->kind == COMPARE_SAME)
			continue;
		trouble_copy(s->sid, strlen(s->sid), sid, sizeof sid);
		buf_printf(out, "%s statement %u (line %u)%s%s\n", compare_kind_name(s->kind),
			s->after > 0 ? s->after : s->before, s->line, *sid ? " " : "", sid);
		add_parts(out, '-', s->minus, s->minus_count);
		add_parts(out, '+', s->plus, s->plus_count);
	}
	return r < 0 ? r : 0;
}

bool kms_edit_differs(const char *put, const char *read, size_t len, struct why *reterr_why)
{
	_cleanup_(own_policy) struct policy *before = NULL, *after = NULL;
	_cleanup_(compare_list_fini) struct compare_list list = COMPARE_LIST_INIT;
	bool equal = true;

	if (policy_parse(put, strlen(put), &before, NULL) != 0 ||
		policy_parse(read, len, &after, NULL) != 0 || compare_equal(before, after, &equal) < 0 ||
		equal)
		return false;
	if (compare_statements(before, after, &list) == 0)
		name_first(&list, reterr_why);
	else
		why_set(reterr_why, "some statement");
	return true;
}
