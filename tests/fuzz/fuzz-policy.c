/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz: common/base common/model common/policy -lcrypto
 *
 * Any bytes as a key policy: evaluated for both purposes and for other requests, explained, edited, compared. What must
 * always hold is checked; what does not hold ends the program. */
#include "base/own.h"
#include "fuzz.h"
#include "policy/adopt.h"
#include "policy/compare.h"
#include "policy/give.h"
#include "policy/policy.h"
#include "policy/vendor.h"

#define VENDOR "999900001111"
#define OWN    "111122223333"
#define KEY    "arn:aws:kms:us-west-2:" OWN ":key/1234abcd-12ab-34cd-56ef-1234567890ab"
#define SELF   "arn:aws:sts::" OWN ":assumed-role/cmekd/host"
#define SID    "CmekdCut0123456789abcdefI7"

static const struct ledger_id own_ledger = {"0123456789abcdef"};
static const struct account_id vendor = {VENDOR};
static const struct vendor_context stated[] = {{"aws:PrincipalOrgID", "o-1"}};
static const struct policy_context context = {
	.vendor = {VENDOR},
	.own = {OWN},
	.region = {"us-west-2"},
	.key = {KEY},
	.now = {1795492166000},
	.context = stated,
	.context_count = 1,
	.own_ledger = &own_ledger,
	.key_spec = "SYMMETRIC_DEFAULT",
};

static void own_policy(struct policy **p)
{
	*p = policy_free(*p);
}

/* Of a text that is a policy. Fails: -ENOMEM. */
static int access_of(const char *text, size_t len, struct access *ret_access)
{
	_cleanup_(own_policy) struct policy *p = NULL;
	struct access a = {0};
	int r = policy_parse(text, len, &p, NULL);

	if (ran_out(r))
		return r;
	MUST(r == 0);
	policy_access(p, &context, &a, NULL);
	MUST((a.allowed | a.denied | a.undecided) == NEED_ALL);
	MUST((a.allowed & a.denied) == 0 && ((a.allowed | a.denied) & a.undecided) == 0);
	*ret_access = a;
	return 0;
}

static void must_deny_all(const char *text)
{
	struct access a;

	if (access_of(text, strlen(text), &a) == 0)
		MUST(a.denied == NEED_ALL);
}

/* Whole characters only: what is not goes into no JSON. */
static bool has_whole_characters(const char *text)
{
	for (const unsigned char *c = (const unsigned char *)text; *c;) {
		size_t n = *c < 0x80 ? 1 : *c < 0xc0 ? 0 : *c < 0xe0 ? 2 : *c < 0xf0 ? 3 : 4;

		if (n == 0)
			return false;
		for (size_t i = 1; i < n; i++)
			if ((c[i] & 0xc0) != 0x80)
				return false;
		c += n;
	}
	return true;
}

static void explain(const struct policy *p, const struct access *a)
{
	for (unsigned n = 0; n < NEED_COUNT; n++) {
		struct policy_decision d;

		policy_explain(p, &context, (enum need)n, &d);
		MUST(has_whole_characters(d.why) && has_whole_characters(d.remedy) &&
			has_whole_characters(d.condition) && has_whole_characters(d.in_policy) &&
			has_whole_characters(d.in_request) && has_whole_characters(d.sid));
		MUST(*d.why && (*d.remedy != '\0') == (d.answer != POLICY_ALLOWED));
		MUST((d.answer == POLICY_ALLOWED) == ((a->allowed & NEED_BIT(n)) != 0));
		MUST((d.answer == POLICY_DENIED) == ((a->denied & NEED_BIT(n)) != 0));
	}
	MUST(policy_summary_of(a) < POLICY_SUMMARY_COUNT);
}

/* What is not known may open an answer, and never turns it round. */
static void simulate(const struct policy *p)
{
	static const char *const principals[] = {VENDOR, "arn:aws:iam::" VENDOR ":role/p/app",
		"arn:aws:sts::" VENDOR ":assumed-role/app/s", "arn:aws:iam::" VENDOR ":user/Bob",
		"ec2.amazonaws.com"};
	static const char *const actions[] = {"kms:Decrypt", "kms:CreateGrant", "kms:PutKeyPolicy"};
	static const char *const one[] = {"ec2.us-west-2.amazonaws.com"}, *const two[] = {"x", "y"},
				 *const account[] = {VENDOR}, *const ip[] = {"203.0.113.9"},
				 *const number[] = {"10.5"};
	static const struct policy_key keys[] = {{"kms:ViaService", one, 1, false},
		{"aws:TagKeys", two, 2, false}, {"kms:CallerAccount", account, 1, false},
		{"aws:SourceIp", ip, 1, false}, {"a", number, 1, false}};
	struct policy_key open[sizeof keys / sizeof keys[0]];

	for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++) {
		open[k] = keys[k];
		open[k].is_unknown = true;
	}
	for (size_t i = 0; i < sizeof principals / sizeof principals[0]; i++)
		for (size_t j = 0; j < sizeof actions / sizeof actions[0]; j++) {
			struct policy_request q = {.principal = principals[i],
				.action = actions[j],
				.resource = KEY,
				.keys = keys,
				.key_count = sizeof keys / sizeof keys[0]};
			struct policy_result known, unknown;

			MUST(policy_simulate(p, &q, &known, NULL) == 0);
			q.keys = open;
			MUST(policy_simulate(p, &q, &unknown, NULL) == 0);
			MUST(unknown.answer == POLICY_UNDECIDED || unknown.answer == known.answer);
		}
}

static void cut_and_back(const char *text, size_t len)
{
	_cleanup_free_ char *cut = NULL, *back = NULL;
	int r = policy_add_cut(text, len, SID, &vendor, &cut, NULL);

	if (ran_out(r))
		return;
	result_number(r);
	if (r != 0) {
		MUST(r == POLICY_E_TOO_LARGE || r == POLICY_E_PRESENT);
		return;
	}
	result_text(cut);
	must_deny_all(cut);
	r = policy_remove_cut(cut, strlen(cut), SID, &back, NULL);
	if (ran_out(r))
		return;
	MUST(r == 0 && strlen(back) == len && memcmp(back, text, len) == 0);
}

static void remove_and_back(const char *text, size_t len)
{
	_cleanup_free_ char *less = NULL, *back = NULL;
	int r = vendor_remove(text, len, &context, &less, NULL);

	if (ran_out(r))
		return;
	result_number(r);
	if (r != 0)
		return;
	result_text(less);
	must_deny_all(less);
	r = vendor_restore(less, strlen(less), text, len, &context, &back, NULL);
	if (ran_out(r))
		return;
	MUST(r == 0 && strlen(back) == len && memcmp(back, text, len) == 0);
}

static void count_loss(void *arg, const char *principal, const char *action)
{
	MUST(*principal && *action);
	++*(unsigned *)arg;
}

/* Of a Deny that may be adopted nothing is left, and nobody but the vendor gets anything by it. */
static void adopt(const struct policy *p, const char *text, size_t len, const struct access *before)
{
	_cleanup_(adopt_removed_fini) struct adopt_removed removed = ADOPT_REMOVED_INIT;
	_cleanup_(own_policy) struct policy *after = NULL;
	struct adopt_found found;
	struct why why = {""};
	unsigned gained = 0;
	int r;

	if (!adopt_find(p, &context, &found))
		return;
	MUST(found.statement > 0 && found.line > 0 && strlen(found.sid) < ADOPT_SID_BYTES);
	MUST(found.may ? adopt_is_plain(found.sid) : *found.why.text != '\0');
	r = adopt_remove(text, len, &context, found.sid, &removed, &why);
	if (ran_out(r))
		return;
	result_number(r);
	if (r != 0) {
		MUST(*why.text && (!found.may || r == POLICY_E_SHAPE));
		return;
	}
	result_text(removed.text);
	MUST(memmem(text, len, removed.statement, strlen(removed.statement)));
	MUST((before->allowed & ~removed.access.allowed) == 0);
	r = policy_parse(removed.text, strlen(removed.text), &after, NULL);
	if (ran_out(r))
		return;
	MUST(r == 0);
	if (is_starving())
		return;
	vendor_losses(after, p, &context, count_loss, &gained);
	MUST(gained == 0);
}

/* What is given is all, and giving it twice is nothing. */
static void give(const char *text, size_t len)
{
	_cleanup_free_ char *more = NULL, *again = NULL;
	struct why why = {""};
	struct access a;
	int r = give_merge(text, len, &context, &more, &why);

	if (ran_out(r))
		return;
	result_number(r);
	if (r != 0) {
		MUST(r == POLICY_E_PRESENT || r == POLICY_E_TOO_LARGE || r == POLICY_E_EFFECT);
		MUST(*why.text);
		return;
	}
	result_text(more);
	if (access_of(more, strlen(more), &a) != 0)
		return;
	MUST(a.allowed == NEED_ALL);
	r = give_merge(more, strlen(more), &context, &again, NULL);
	MUST(ran_out(r) || r == POLICY_E_PRESENT);
}

static void compare(const struct policy *p)
{
	_cleanup_(compare_list_fini) struct compare_list l = COMPARE_LIST_INIT;
	unsigned lost = 0;
	bool equal = false;
	int r = compare_equal(p, p, &equal);

	if (ran_out(r))
		return;
	MUST(r == 0 && equal);
	r = compare_statements(p, p, &l);
	if (ran_out(r))
		return;
	MUST(r == 0);
	for (size_t i = 0; i < l.count; i++)
		MUST(l.statements[i].kind == COMPARE_SAME);
	if (is_starving())
		return;
	vendor_losses(p, p, &context, count_loss, &lost);
	MUST(lost == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(own_policy) struct policy *p = NULL;
	const char *text = (const char *)data;
	struct why why = {""};
	struct access a;
	int r = policy_parse(text, size, &p, &why);

	if (ran_out(r))
		return 0;
	result_number(r);
	if (r != 0) {
		MUST(r == POLICY_E_JSON || r == POLICY_E_SHAPE);
		MUST(*why.text);
		return 0;
	}
	if (access_of(text, size, &a) != 0)
		return 0;
	result_number(a.allowed);
	result_number(a.denied);
	if (!is_starving()) {
		explain(p, &a);
		simulate(p);
		(void)policy_self(p, &context, SELF, "kms:PutKeyPolicy");
	}
	r = policy_review(text, size, &context, SELF, &why);
	if (!ran_out(r))
		result_number(r);
	adopt(p, text, size, &a);
	cut_and_back(text, size);
	remove_and_back(text, size);
	give(text, size);
	compare(p);
	return 0;
}
