/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/vendor.h"
#include "base/buf.h"
#include "base/own.h"
#include "policy/compare.h"
#include "policy/document.h"
#include "policy/principal.h"
#include "policy/verdict.h"
#include <errno.h>
#include <string.h>

static void policy_cleanup(struct policy **p)
{
	(void)policy_free(*p);
}

/* ---- what is the vendor's ---- */

static bool is_vendors(const char *text, const struct account_id *vendor)
{
	struct account_id account;

	return text && principal_account(text, &account) == 0 && strcmp(account.text, vendor->text) == 0;
}

/* A condition that lets in only whom it lists. */
static bool names_callers(const struct test *t)
{
	bool key = t->key == REQUEST_KEY_CALLER_ACCOUNT || t->key == REQUEST_KEY_PRINCIPAL_ACCOUNT ||
		   t->key == REQUEST_KEY_PRINCIPAL_ARN;

	return key && !t->is_odd && !t->op.negated &&
	       (t->op.family == FAMILY_STRING || t->op.family == FAMILY_STRING_FOLD ||
		       t->op.family == FAMILY_LIKE || t->op.family == FAMILY_ARN);
}

struct tally {
	uint32_t vendors, others;
};

static void tally_list(
	const struct policy *p, uint32_t node, const struct account_id *vendor, struct tally *t)
{
	values_for_each(p, node, v)
	{
		if (is_vendors(policy_value(p, v.node), vendor))
			t->vendors++;
		else
			t->others++;
	}
}

/* How a statement lets the vendor in. */
enum part {
	PART_NONE,  /* not by name */
	PART_SOME,  /* with others: only the vendor's names go */
	PART_WHOLE, /* nobody else */
};

static bool is_for_everyone(const struct policy *p, const struct statement *s)
{
	const char *text = policy_value(p, s->principal);

	if (s->not_principal || (text && strcmp(text, "*") == 0))
		return true;
	values_for_each(p, json_member(&p->tree, s->principal, "AWS"), v)
	{
		if (policy_value(p, v.node) && strcmp(policy_value(p, v.node), "*") == 0)
			return true;
	}
	return false;
}

static struct tally tally_principal(
	const struct policy *p, const struct statement *s, const struct account_id *vendor)
{
	struct tally t = {0, 0};

	if (s->not_principal)
		return (struct tally){0, 1};
	if (policy_value(p, s->principal))
		tally_list(p, s->principal, vendor, &t);
	json_for_each_member (&p->tree, s->principal, type) {
		if (json_equals(&p->tree, type, "AWS"))
			tally_list(p, json_value(type), vendor, &t);
		else
			t.others += values_of(p, json_value(type)).left;
	}
	return t;
}

/* How a statement names the vendor, whatever its effect. */
static enum part named_part(
	const struct policy *p, const struct statement *s, const struct account_id *vendor)
{
	struct tally who = tally_principal(p, s, vendor);
	bool some = who.vendors > 0;

	if (s->principal == JSON_NONE)
		return PART_NONE;
	if (who.vendors > 0 && who.others == 0)
		return PART_WHOLE;
	if (!is_for_everyone(p, s))
		return some ? PART_SOME : PART_NONE;
	for (uint32_t i = 0; i < s->test_count; i++) {
		const struct test *t = &p->tests[s->first_test + i];
		struct tally named = {0, 0};

		if (!names_callers(t))
			continue;
		tally_list(p, t->value_node, vendor, &named);
		if (named.vendors > 0 && named.others == 0)
			return PART_WHOLE;
		some = some || named.vendors > 0;
	}
	return some ? PART_SOME : PART_NONE;
}

static enum part part_of(const struct policy *p, const struct statement *s, const struct account_id *vendor)
{
	return s->is_deny ? PART_NONE : named_part(p, s, vendor);
}

bool vendor_is_alone(const struct policy *p, const struct statement *s, const struct account_id *vendor)
{
	return named_part(p, s, vendor) == PART_WHOLE;
}

/* ---- cutting spans out of a text ---- */

struct cut_span {
	size_t from, to;
};
struct cuts {
	struct cut_span *items; /* owned; room for one a node */
	size_t count;
};

static void cuts_fini(struct cuts *c)
{
	free(c->items);
}

static void cut(struct cuts *c, size_t from, size_t to)
{
	c->items[c->count++] = (struct cut_span){from, to};
}

static int compare_cuts(const void *a, const void *b)
{
	const struct cut_span *x = a, *y = b;

	return x->from < y->from ? -1 : x->from > y->from;
}

/* One element of an array or member of an object that is walked from its beginning, where some go and at least one
 * stays. With an element goes the comma before it, or, up to the first that stays, the one behind it. */
struct walk {
	size_t last_end; /* of the element before */
	bool kept;       /* one was kept */
	bool open;       /* the cut before goes up to the next element */
};

static void walk_element(struct walk *w, struct cuts *c, size_t from, size_t to, bool goes)
{
	if (w->open)
		c->items[c->count - 1].to = from;
	w->open = goes && !w->kept;
	if (goes && w->kept)
		cut(c, w->last_end, to);
	else if (goes)
		cut(c, from, to);
	w->kept = w->kept || !goes;
	w->last_end = to;
}

static void cut_values(const struct policy *p, uint32_t list, const struct account_id *vendor, struct cuts *c)
{
	struct walk w = {.kept = false};

	json_for_each (&p->tree, list, item) {
		const struct json_node *n = &p->tree.nodes[item];

		walk_element(&w, c, n->start, n->end, is_vendors(policy_value(p, item), vendor));
	}
}

static void cut_principals(
	const struct policy *p, const struct statement *s, const struct account_id *vendor, struct cuts *c)
{
	struct walk w = {.kept = false};

	if (s->not_principal)
		return;
	json_for_each_member (&p->tree, s->principal, type) {
		uint32_t list = json_value(type);
		struct tally t = {0, 0};
		bool is_aws = json_equals(&p->tree, type, "AWS"), goes;

		tally_list(p, list, vendor, &t);
		goes = is_aws && t.vendors > 0 && t.others == 0;
		walk_element(&w, c, p->tree.nodes[type].start, p->tree.nodes[list].end, goes);
		if (is_aws && !goes && t.vendors > 0)
			cut_values(p, list, vendor, c);
	}
}

static void cut_some(
	const struct policy *p, const struct statement *s, const struct account_id *vendor, struct cuts *c)
{
	cut_principals(p, s, vendor, c);
	for (uint32_t i = 0; i < s->test_count; i++) {
		const struct test *t = &p->tests[s->first_test + i];
		struct tally named = {0, 0};

		tally_list(p, t->value_node, vendor, &named);
		if (names_callers(t) && named.vendors > 0 && named.others > 0)
			cut_values(p, t->value_node, vendor, c);
	}
}

/* Refuses: POLICY_E_ABSENT, _SHAPE. */
static int find_cuts(const struct policy *p, const struct account_id *vendor, struct cuts *c, struct why *w)
{
	struct walk walk = {.kept = false};
	uint32_t whole = 0;

	for (uint32_t i = 0; i < p->count; i++)
		whole += part_of(p, &p->statements[i], vendor) == PART_WHOLE;
	if (whole > 0 && whole == p->count) {
		why_set(w,
			"the policy lets in nobody but account %s: without its statements nothing is left, "
			"and KMS "
			"takes no policy without any; add a statement for those who administer the key first",
			vendor->text);
		return POLICY_E_SHAPE;
	}
	for (uint32_t i = 0; i < p->count; i++) {
		const struct statement *s = &p->statements[i];
		const struct json_node *n = &p->tree.nodes[s->node];
		enum part part = part_of(p, s, vendor);

		if (json_is(&p->tree, p->statement_node, JSON_ARRAY))
			walk_element(&walk, c, n->start, n->end, part == PART_WHOLE);
		if (part == PART_SOME)
			cut_some(p, s, vendor, c);
	}
	if (c->count > 0)
		return 0;
	why_set(w, "no Allow statement names account %s", vendor->text);
	return POLICY_E_ABSENT;
}

/* Fails: -ENOMEM. */
static int apply_cuts(const struct policy *p, struct cuts *c, char **ret_text)
{
	_cleanup_(buf_fini) struct buf b = BUF_INIT(POLICY_MAX_BYTES);
	size_t at = 0;

	qsort(c->items, c->count, sizeof *c->items, compare_cuts);
	for (size_t i = 0; i < c->count; i++) {
		buf_append(&b, p->text + at, c->items[i].from - at);
		at = c->items[i].to;
	}
	buf_append(&b, p->text + at, p->len - at);
	if (b.trouble)
		return b.trouble;
	*ret_text = buf_take(&b);
	return 0;
}

/* Refuses: POLICY_E_EFFECT, if one of the needs in `wanted` has not the answer that is wanted. */
static int check_effect(const char *text, const struct policy_context *c, uint16_t wanted,
	enum policy_answer answer, struct why *w)
{
	_cleanup_(policy_cleanup) struct policy *p = NULL;
	int r = policy_parse(text, strlen(text), &p, w);

	for (enum need n = 0; r == 0 && n < NEED_COUNT; n++) {
		struct policy_decision d;

		if (!(wanted & NEED_BIT(n)))
			continue;
		policy_explain(p, c, n, &d);
		if (d.answer == answer)
			continue;
		why_set(w, "afterwards %s of account %s for %s would be %s: %.300s", need_action(n),
			c->vendor.text, need_purpose(n), policy_answer_name(d.answer), d.why);
		r = POLICY_E_EFFECT;
	}
	return r;
}

static int remove_parsed(
	const struct policy *p, const struct policy_context *c, char **ret_text, struct why *w)
{
	_cleanup_(cuts_fini) struct cuts cuts = {.items = calloc(p->tree.count + 1, sizeof *cuts.items)};
	int r;

	if (!cuts.items)
		return err_origin(-ENOMEM);
	r = find_cuts(p, &c->vendor, &cuts, w);
	return r != 0 ? r : apply_cuts(p, &cuts, ret_text);
}

int vendor_remove(
	const char *text, size_t len, const struct policy_context *c, char **ret_text, struct why *reterr_why)
{
	_cleanup_(policy_cleanup) struct policy *p = NULL;
	_cleanup_free_ char *out = NULL;
	int r = policy_parse(text, len, &p, reterr_why);

	if (r == 0)
		r = remove_parsed(p, c, &out, reterr_why);
	if (r == 0)
		r = check_effect(out, c, NEED_ALL, POLICY_DENIED, reterr_why);
	if (r == 0)
		*ret_text = own_take(out);
	return r;
}

/* ---- putting back ---- */

struct restoring {
	const struct policy *now, *old, *rest; /* rest: old without the vendor */
	const struct policy_context *c;
	uint32_t *rest_in_now, *old_in_now; /* indexes; UINT32_MAX: not there */
	struct buf out;
};

static void restoring_fini(struct restoring *r)
{
	free(r->rest_in_now);
	free(r->old_in_now);
	buf_fini(&r->out);
}

static struct span statement_text(const struct policy *p, uint32_t i)
{
	const struct json_node *n = &p->tree.nodes[p->statements[i].node];

	return (struct span){p->text + n->start, n->end - n->start};
}

/* The statement of old whose rest stands at `now_index`; UINT32_MAX: none. */
static uint32_t old_of(const struct restoring *r, uint32_t now_index)
{
	uint32_t rest = 0;

	for (uint32_t i = 0; i < r->old->count; i++) {
		enum part part = part_of(r->old, &r->old->statements[i], &r->c->vendor);

		if (part == PART_WHOLE)
			continue;
		if (part == PART_SOME && r->rest_in_now[rest] == now_index)
			return i;
		rest++;
	}
	return UINT32_MAX;
}

/* Each statement that was cut in part must still be there, with or without the vendor. */
static int check_rests(const struct restoring *r, struct why *w)
{
	uint32_t rest = 0;

	for (uint32_t i = 0; i < r->old->count; i++) {
		enum part part = part_of(r->old, &r->old->statements[i], &r->c->vendor);

		if (part == PART_WHOLE)
			continue;
		if (part == PART_SOME && r->rest_in_now[rest] == UINT32_MAX &&
			r->old_in_now[i] == UINT32_MAX) {
			why_set(w,
				"statement %u of the old policy%s%.100s let account %s in with others, and "
				"has been "
				"changed or removed since: add the account to it by hand",
				i + 1, *r->old->statements[i].sid ? ", " : "", r->old->statements[i].sid,
				r->c->vendor.text);
			return POLICY_E_CONFLICT;
		}
		rest++;
	}
	return 0;
}

static void put_span(struct restoring *r, struct span s)
{
	buf_append(&r->out, s.at, s.len);
}

/* Whole statements that are missing, each with a comma before it. */
static void put_missing(struct restoring *r)
{
	for (uint32_t i = 0; i < r->old->count; i++) {
		if (part_of(r->old, &r->old->statements[i], &r->c->vendor) != PART_WHOLE ||
			r->old_in_now[i] != UINT32_MAX)
			continue;
		buf_add(&r->out, ", ");
		put_span(r, statement_text(r->old, i));
	}
}

static void put_all(struct restoring *r)
{
	const struct policy *p = r->now;
	bool is_array = json_is(&p->tree, p->statement_node, JSON_ARRAY);
	size_t at = 0;

	for (uint32_t i = 0; i < p->count; i++) {
		const struct json_node *n = &p->tree.nodes[p->statements[i].node];
		uint32_t old = old_of(r, i);

		buf_append(&r->out, p->text + at, n->start - at);
		buf_add(&r->out, is_array ? "" : "[");
		put_span(r, old == UINT32_MAX ? statement_text(p, i) : statement_text(r->old, old));
		at = n->end;
	}
	put_missing(r);
	buf_add(&r->out, is_array ? "" : "]");
	buf_append(&r->out, p->text + at, p->len - at);
}

/* Refuses, fails: as vendor_restore. */
static int restore_edited(struct restoring *r, char **ret_text, struct why *w)
{
	int result;

	if (r->now->count == 0) {
		why_set(w, "the policy has no statement any more: put the old one back by hand");
		return POLICY_E_CONFLICT;
	}
	r->rest_in_now = calloc(r->rest->count + 1, sizeof *r->rest_in_now);
	r->old_in_now = calloc(r->old->count + 1, sizeof *r->old_in_now);
	if (!r->rest_in_now || !r->old_in_now)
		return err_origin(-ENOMEM);
	result = compare_match(r->rest, r->now, r->rest_in_now);
	if (result == 0)
		result = compare_match(r->old, r->now, r->old_in_now);
	if (result == 0)
		result = check_rests(r, w);
	if (result != 0)
		return result;
	put_all(r);
	if (r->out.trouble == -EMSGSIZE) {
		why_set(w, "with the vendor's statements the policy exceeds the %d bytes that KMS takes",
			POLICY_MAX_BYTES);
		return POLICY_E_TOO_LARGE;
	}
	if (r->out.trouble)
		return r->out.trouble;
	*ret_text = buf_take(&r->out);
	return 0;
}

static int copy_text(const char *text, size_t len, char **ret_text)
{
	char *copy = malloc(len + 1);

	if (!copy)
		return err_origin(-ENOMEM);
	memcpy(copy, text, len);
	copy[len] = '\0';
	*ret_text = copy;
	return 0;
}

int vendor_restore(const char *text, size_t len, const char *old, size_t old_len,
	const struct policy_context *c, char **ret_text, struct why *reterr_why)
{
	_cleanup_(policy_cleanup) struct policy *now = NULL, *before = NULL, *rest = NULL;
	_cleanup_(restoring_fini) struct restoring r = {.c = c, .out = BUF_INIT(POLICY_MAX_BYTES)};
	_cleanup_free_ char *removed = NULL, *out = NULL;
	struct access had;
	bool equal = false;
	int result = policy_parse(text, len, &now, reterr_why);

	if (result == 0)
		result = policy_parse(old, old_len, &before, reterr_why);
	if (result == 0)
		result = remove_parsed(before, c, &removed, reterr_why);
	if (result == 0)
		result = policy_parse(removed, strlen(removed), &rest, reterr_why);
	if (result == 0)
		result = compare_equal(now, rest, &equal);
	if (result != 0)
		return result;
	if (equal)
		return copy_text(old, old_len, ret_text);
	r.now = now;
	r.old = before;
	r.rest = rest;
	result = restore_edited(&r, &out, reterr_why);
	if (result != 0)
		return result;
	policy_access(before, c, &had, NULL);
	result = check_effect(out, c, had.allowed, POLICY_ALLOWED, reterr_why);
	if (result == 0)
		*ret_text = own_take(out);
	return result;
}

/* ---- who else loses ---- */

/* AWS KMS API reference, "Actions": each is a permission of its name, but ReEncrypt, which is two. */
static const char *const kms_actions[] = {"kms:CancelKeyDeletion", "kms:CreateAlias", "kms:CreateGrant",
	"kms:Decrypt", "kms:DeleteAlias", "kms:DeleteImportedKeyMaterial", "kms:DeriveSharedSecret",
	"kms:DescribeKey", "kms:DisableKey", "kms:DisableKeyRotation", "kms:EnableKey",
	"kms:EnableKeyRotation", "kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyPair",
	"kms:GenerateDataKeyPairWithoutPlaintext", "kms:GenerateDataKeyWithoutPlaintext", "kms:GenerateMac",
	"kms:GetKeyLastUsage", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:GetParametersForImport",
	"kms:GetPublicKey", "kms:ImportKeyMaterial", "kms:ListGrants", "kms:ListKeyPolicies",
	"kms:ListKeyRotations", "kms:ListResourceTags", "kms:PutKeyPolicy", "kms:ReEncryptFrom",
	"kms:ReEncryptTo", "kms:ReplicateKey", "kms:RevokeGrant", "kms:RotateKeyOnDemand",
	"kms:ScheduleKeyDeletion", "kms:Sign", "kms:TagResource", "kms:UntagResource", "kms:UpdateAlias",
	"kms:UpdateKeyDescription", "kms:UpdatePrimaryRegion", "kms:Verify", "kms:VerifyMac"};

struct losing {
	const struct policy *before, *after;
	const struct policy_context *c;
	vendor_loss_fn *tell;
	void *arg;
};

static void compare_principal(const struct losing *l, const char *principal)
{
	struct request r;

	if (!principal || is_vendors(principal, &l->c->vendor) ||
		request_of_anyhow(l->c, principal, kms_actions[0], &r) != 0)
		return;
	for (size_t i = 0; i < sizeof kms_actions / sizeof kms_actions[0]; i++) {
		(void)request_of_anyhow(l->c, principal, kms_actions[i], &r);
		if (verdict_of(l->after, &r).answer == POLICY_DENIED &&
			verdict_of(l->before, &r).answer != POLICY_DENIED)
			l->tell(l->arg, principal, kms_actions[i]);
	}
}

/* "...IfExists" and "ForAllValues:" let in calls that have no such key. */
static void compare_absent(const struct losing *l, const struct statement *s)
{
	if (part_of(l->before, s, &l->c->vendor) != PART_WHOLE || !is_for_everyone(l->before, s))
		return;
	for (uint32_t i = 0; i < s->test_count; i++) {
		const struct test *t = &l->before->tests[s->first_test + i];

		if (names_callers(t) && !t->op.if_exists && t->op.quantifier != QUANTIFIER_ALL)
			return;
	}
	l->tell(l->arg, "whoever calls without an account (services)", "*");
}

/* Whether the list of an earlier principal has it too: it is told of once. */
static bool named_before(const struct policy *p, uint32_t statement, uint32_t node)
{
	for (uint32_t k = 0; k <= statement; k++) {
		const struct statement *s = &p->statements[k];

		if (s->is_deny || s->principal == JSON_NONE)
			continue;
		for (uint32_t i = s->principal; i < p->tree.nodes[s->principal].next && i < node; i++)
			if (p->values[i].text && p->values[node].text &&
				strcmp(p->values[i].text, p->values[node].text) == 0)
				return true;
	}
	return false;
}

void vendor_losses(const struct policy *before, const struct policy *after, const struct policy_context *c,
	vendor_loss_fn *tell, void *arg)
{
	const struct losing l = {before, after, c, tell, arg};
	size_t looked = 0;

	for (uint32_t i = 0; i < before->count; i++) {
		const struct statement *s = &before->statements[i];

		if (s->is_deny)
			continue;
		compare_absent(&l, s);
		json_for_each_member (&before->tree, s->principal, type) {
			values_for_each(before, json_value(type), v)
			{
				if (named_before(before, i, v.node))
					continue;
				if (looked++ == VENDOR_LOSSES_MAX)
					tell(arg, "principals beyond those that were looked at", "*");
				if (looked <= VENDOR_LOSSES_MAX)
					compare_principal(&l, policy_value(before, v.node));
			}
		}
	}
}
