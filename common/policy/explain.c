/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/policy.h"
#include "base/num.h"
#include "base/utf8.h"
#include "policy/adopt.h"
#include "policy/cut.h"
#include "policy/document.h"
#include "policy/scope.h"
#include "policy/vendor.h"
#include "policy/verdict.h"
#include <limits.h>
#include <stdio.h>
#include <string.h>

#define SHOWN_BYTES    72 /* of a foreign text within a sentence */
#define OPERATOR_BYTES 41

/* A text of the policy for people: control characters (C0, DEL, C1) become '?', and it is cut before a byte
 * that would leave half a character. */
static void show(const char *text, char *ret_shown, size_t size)
{
	size_t used = 0;

	for (const unsigned char *c = (const unsigned char *)text; *c;) {
		size_t n = *c < 0x80 ? 1 : *c < 0xe0 ? 2 : *c < 0xf0 ? 3 : 4;

		if (used + n >= size || strnlen((const char *)c, n) < n)
			break;
		if (*c < 0x20 || *c == 0x7f || (c[0] == 0xc2 && c[1] < 0xa0))
			ret_shown[used++] = '?';
		else {
			memcpy(ret_shown + used, c, n);
			used += n;
		}
		c += n;
	}
	ret_shown[used] = '\0';
}

/* A sentence that had no room to its end may end within a character: it is no UTF-8 then, and nobody would take it. */
static void mend_end(char *text)
{
	size_t len = strlen(text), at = 0, step;

	while (at < len && (step = utf8_step(text + at, len - at)) > 0)
		at += step;
	text[at] = '\0';
}

struct shown {
	char text[SHOWN_BYTES];
};

static struct shown shown_of(const char *text)
{
	struct shown s;

	show(text ? text : "", s.text, sizeof s.text);
	return s;
}

#define WHY(d, ...)    ((void)snprintf((d)->why, sizeof(d)->why, __VA_ARGS__))
#define REMEDY(d, ...) ((void)snprintf((d)->remedy, sizeof(d)->remedy, __VA_ARGS__))

static void place(const struct policy *p, uint32_t statement, struct policy_decision *d)
{
	d->statement = statement + 1;
	d->line = policy_line(p, p->statements[statement].node);
	show(p->statements[statement].sid, d->sid, sizeof d->sid);
}

/* What the request has for a key, as a phrase. */
static void phrase_fact(
	const struct request *r, const struct policy *p, const struct test *t, char *ret_text, size_t size)
{
	struct fact f;
	char at[NUM_TIME_BYTES];

	request_fact(r, t->key, policy_value(p, t->key_node), &f);
	switch (f.presence) {
	case PRESENCE_ABSENT:
		(void)snprintf(ret_text, size, "the request has no such key");
		return;
	case PRESENCE_PRESENT:
	case PRESENCE_PERHAPS:
		if (f.is_time) {
			num_format_time_ms(f.time_ms, at);
			(void)snprintf(ret_text, size, "the time is %s", at);
		} else if (f.has_holes)
			(void)snprintf(
				ret_text, size, "the request has one of account %s", r->caller.account.text);
		else
			(void)snprintf(ret_text, size, "the request has \"%s\"%s",
				shown_of(fact_value(&f, 0)).text,
				f.presence == PRESENCE_PERHAPS ? " or no such key" : "");
		return;
	case PRESENCE_OPEN:
		(void)snprintf(ret_text, size, "what the request has is not known");
		return;
	}
}

/* "A", or "A" or "B". */
static void phrase_values(const struct policy *p, const struct test *t, char *ret_text, size_t size)
{
	size_t used = 0;

	ret_text[0] = '\0';
	values_for_each(p, t->value_node, v)
	{
		int n = snprintf(ret_text + used, size - used, "%s\"%s\"", used > 0 ? " or " : "",
			shown_of(policy_value(p, v.node)).text);

		if (n < 0 || (size_t)n >= size - used) {
			(void)snprintf(ret_text + used, size - used, used + 4 < size ? " ..." : "");
			return;
		}
		used += (size_t)n;
	}
}

static void take_condition(
	const struct policy *p, const struct request *r, const struct test *t, struct policy_decision *d)
{
	char operator[OPERATOR_BYTES];

	show(policy_value(p, t->op_node), operator, sizeof operator);
	(void)snprintf(d->condition, sizeof d->condition, "%s %s", operator,
		shown_of(policy_value(p, t->key_node)).text);
	phrase_values(p, t, d->in_policy, sizeof d->in_policy);
	phrase_fact(r, p, t, d->in_request, sizeof d->in_request);
}

/* The conditions of a statement that applies, with both sides, as a proof. The first is the decision's. */
static void add_tests(const struct policy *p, const struct request *r, struct policy_decision *d)
{
	const struct statement *s = &p->statements[d->statement - 1];

	for (uint32_t i = s->test_count; i-- > 0;)
		take_condition(p, r, &p->tests[s->first_test + i], d);
	for (uint32_t i = 0; i < s->test_count; i++) {
		struct policy_decision one = {.statement = 0};
		size_t len = strlen(d->why);

		take_condition(p, r, &p->tests[s->first_test + i], &one);
		(void)snprintf(d->why + len, sizeof d->why - len, "%s %s is %s there, and %s",
			i == 0 ? ":" : ";", one.condition, one.in_policy, one.in_request);
	}
}

static void explain_deny(const struct policy *p, const struct request *r, struct policy_decision *d)
{
	const char *sid = p->statements[d->statement - 1].sid;

	WHY(d, "statement %u denies %s to account %s", d->statement, r->action, r->caller.account.text);
	add_tests(p, r, d);
	switch (cut_of_sid(sid, r->c)) {
	case CUT_BY_OWN:
		REMEDY(d, "it is cmekd's own cut: run `cmekctl restore` for this project");
		return;
	case CUT_BY_SIBLING:
		REMEDY(d,
			"it is the cut of another project of this cmekd: run `cmekctl restore` for that one");
		return;
	case CUT_BY_FOREIGN:
		REMEDY(d,
			"it is the cut of a cmekd with another ledger: restore it there, or adopt it: "
			"cmekctl restore "
			"PROJECT --adopt %s",
			adopt_is_plain(sid) ? sid : "SID");
		return;
	case CUT_BY_NONE:
		REMEDY(d, "remove the statement, or exempt account %s from it", r->caller.account.text);
		if (strlen(sid) < ADOPT_SID_BYTES && adopt_is_plain(sid) &&
			vendor_is_alone(p, &p->statements[d->statement - 1], &r->caller.account))
			REMEDY(d, "remove the statement: cmekctl restore PROJECT --adopt '%s'", sid);
		return;
	}
}

#define TESTS_SCORED 8 /* of a statement; enough to tell near from far */

static bool is_for_administrators(const struct policy *p, const struct statement *s)
{
	struct request r = {.action = "kms:PutKeyPolicy"};

	subject_init(&r.action_subject, span_of(r.action), false, true);
	return scope_action(p, s, &r) == TRI_TRUE;
}

/* How near an Allow statement comes to what was meant: whom it is for weighs most, then what it lets do. A statement
 * for EBS is not meant for S3, and none for administrators for the vendor. */
static int score_of(const struct policy *p, const struct statement_verdict *v, const struct request *r,
	const struct statement *s)
{
	int score = 4 * (v->principal == TRI_TRUE) + 3 * (v->action == TRI_TRUE) + (v->resource == TRI_TRUE) +
		    (v->condition.truth == TRI_TRUE);
	int failed = 0;

	if (v->principal == TRI_FALSE && is_for_administrators(p, s))
		score -= 2;
	for (uint32_t i = 0; i < s->test_count && i < TESTS_SCORED; i++) {
		const struct test *t = &p->tests[s->first_test + i];
		enum tri truth = condition_test(p, t, r);

		failed += truth == TRI_FALSE;
		if (t->key == REQUEST_KEY_VIA_SERVICE && r->kind == REQUEST_EBS)
			score += truth == TRI_TRUE;
		else if (t->key == REQUEST_KEY_VIA_SERVICE && truth == TRI_FALSE)
			score -= 4;
	}
	return (TESTS_SCORED + 1) * score - failed;
}

/* The Allow statement that comes closest: the most parts that hold. */
static uint32_t closest_allow(
	const struct policy *p, const struct request *r, struct statement_verdict *ret_verdict)
{
	uint32_t best = VERDICT_NO_STATEMENT;
	int best_score = INT_MIN;

	for (uint32_t i = 0; i < p->count; i++) {
		struct statement_verdict v;
		int score;

		if (p->statements[i].is_deny)
			continue;
		v = verdict_of_statement(p, &p->statements[i], r);
		score = score_of(p, &v, r, &p->statements[i]);
		if (score <= best_score)
			continue;
		best = i;
		best_score = score;
		*ret_verdict = v;
	}
	return best;
}

static bool has_wildcard_value(const struct policy *p, const struct test *t)
{
	values_for_each(p, t->value_node, v)
	{
		const char *text = policy_value(p, v.node);

		if (text && pattern_has_wildcard(span_of(text)))
			return true;
	}
	return false;
}

static bool differs_in_case_only(const struct policy *p, const struct test *t, const char *wanted)
{
	values_for_each(p, t->value_node, v)
	{
		const char *text = policy_value(p, v.node);

		if (text && pattern_equals_fold(text, wanted))
			return true;
	}
	return false;
}

/* What to write in place of a condition that does not hold. */
static void remedy_condition(
	const struct policy *p, const struct request *r, const struct test *t, struct policy_decision *d)
{
	uint32_t line = policy_line(p, t->key_node);
	bool literal = t->op.family == FAMILY_STRING && !t->op.negated && !t->is_odd;

	if (t->key == REQUEST_KEY_VIA_SERVICE && r->kind == REQUEST_S3)
		REMEDY(d,
			"add TiDB Cloud's S3 statement: kms:Decrypt and kms:GenerateDataKey for "
			"\"arn:aws:iam::%s:root\" (cmekctl policy render prints it)",
			r->caller.account.text);
	else if (t->key == REQUEST_KEY_VIA_SERVICE && literal && has_wildcard_value(p, t))
		REMEDY(d,
			"%s compares byte by byte: move kms:ViaService (line %u) into \"StringLike\", or "
			"write \"%s\"",
			shown_of(policy_value(p, t->op_node)).text, line, r->via_service);
	else if (t->key == REQUEST_KEY_VIA_SERVICE && differs_in_case_only(p, t, r->via_service))
		REMEDY(d, "case matters in values: write \"%s\" in line %u", r->via_service, line);
	else if (t->key == REQUEST_KEY_VIA_SERVICE)
		REMEDY(d, "set kms:ViaService to \"%s\" in line %u", r->via_service, line);
	else if (t->key == REQUEST_KEY_CALLER_ACCOUNT || t->key == REQUEST_KEY_PRINCIPAL_ACCOUNT)
		REMEDY(d, "set %s to \"%s\", TiDB Cloud's account, in line %u",
			shown_of(policy_value(p, t->key_node)).text, r->caller.account.text, line);
	else
		REMEDY(d, "correct or remove the condition in line %u of the policy", line);
}

static void remedy_action(
	const struct policy *p, const struct request *r, const struct statement *s, struct policy_decision *d)
{
	if (s->action == JSON_NONE)
		REMEDY(d, "give statement %u an Action with \"%s\"", d->statement, r->action);
	else if (s->not_action)
		REMEDY(d, "take \"%s\" out of the NotAction of statement %u (line %u)", r->action,
			d->statement, policy_line(p, s->action));
	else
		REMEDY(d, "add \"%s\" to the Action of statement %u (line %u)", r->action, d->statement,
			policy_line(p, s->action));
}

static void explain_no_allow(const struct policy *p, const struct request *r, struct policy_decision *d)
{
	struct statement_verdict v = {.whole = TRI_FALSE};
	uint32_t i = closest_allow(p, r, &v);
	const char *account = r->caller.account.text;

	if (i == VERDICT_NO_STATEMENT) {
		WHY(d, "no statement allows anything");
		REMEDY(d,
			"add the statements of TiDB Cloud's documented key policy for account %s (cmekctl "
			"policy render prints them)",
			account);
		return;
	}
	place(p, i, d);
	if (v.principal == TRI_FALSE) {
		WHY(d,
			"no statement allows %s; statement %u comes closest, but account %s is not in its "
			"Principal",
			r->action, d->statement, account);
		REMEDY(d,
			"add TiDB Cloud's statement for %s (cmekctl policy render prints it), or name "
			"\"arn:aws:iam::%s:root\" in that Principal",
			r->kind == REQUEST_EBS ? "EBS" : "S3", account);
	} else if (v.action == TRI_FALSE) {
		WHY(d,
			"no statement allows %s; statement %u comes closest, but the action is not in its "
			"list",
			r->action, d->statement);
		remedy_action(p, r, &p->statements[i], d);
	} else if (v.resource == TRI_FALSE) {
		WHY(d,
			"no statement allows %s; statement %u comes closest, but this key is not in its "
			"Resource",
			r->action, d->statement);
		REMEDY(d, "set \"Resource\": \"*\" (in a key policy: this key) in statement %u",
			d->statement);
	} else if (v.condition.test) {
		take_condition(p, r, v.condition.test, d);
		WHY(d, "no statement allows %s; statement %u comes closest, but %s is %s there, and %s",
			r->action, d->statement, d->condition, d->in_policy, d->in_request);
		remedy_condition(p, r, v.condition.test, d);
	}
}

static void explain_open_condition(
	const struct policy *p, const struct request *r, const struct test *t, struct policy_decision *d)
{
	const char *effect = p->statements[d->statement - 1].is_deny ? "denies" : "allows";
	struct fact f;

	take_condition(p, r, t, d);
	WHY(d,
		"whether statement %u %s %s rests on %s (line %u), which cannot be decided: it is %s there, "
		"and %s",
		d->statement, effect, r->action, d->condition, policy_line(p, t->key_node), d->in_policy,
		d->in_request);
	request_fact(r, t->key, policy_value(p, t->key_node), &f);
	if (t->key < 0 && request_key_near(policy_value(p, t->key_node)))
		REMEDY(d,
			"cmekd knows no condition key of this name: is %s meant? If not, state its value: "
			"VendorContext=%s=VALUE",
			request_key_near(policy_value(p, t->key_node)),
			shown_of(policy_value(p, t->key_node)).text);
	else if (f.presence == PRESENCE_OPEN || f.has_holes)
		REMEDY(d, "if the value of the vendor's requests is known, state it: VendorContext=%s=VALUE",
			shown_of(policy_value(p, t->key_node)).text);
}

static void explain_open(const struct policy *p, const struct request *r, struct policy_decision *d)
{
	const struct statement *s = &p->statements[d->statement - 1];
	struct statement_verdict v = verdict_of_statement(p, s, r);
	const char *effect = s->is_deny ? "denies" : "allows";

	REMEDY(d, "write the statement in the form of TiDB Cloud's documented key policy");
	if (v.condition.truth == TRI_UNKNOWN && v.condition.test) {
		explain_open_condition(p, r, v.condition.test, d);
		return;
	}
	if (v.principal == TRI_UNKNOWN && s->principal != JSON_NONE) {
		WHY(d, "whether statement %u %s %s to the right principal of account %s is not known",
			d->statement, effect, r->action, r->caller.account.text);
		REMEDY(d, "name the whole account: \"arn:aws:iam::%s:root\"", r->caller.account.text);
		return;
	}
	WHY(d, "statement %u cannot be decided: %s", d->statement,
		s->odd                      ? s->odd
		: v.action == TRI_UNKNOWN   ? "its Action is not understood"
		: v.resource == TRI_UNKNOWN ? "its Resource is not understood, or the key is not known"
					    : "its Condition is not understood");
}

static void explain_allow(const struct policy *p, const struct request *r, struct policy_decision *d)
{
	WHY(d, "statement %u allows %s to account %s", d->statement, r->action, r->caller.account.text);
	add_tests(p, r, d);
}

static void explain_owner(const struct policy_context *c, struct policy_decision *d)
{
	*d = (struct policy_decision){.answer = POLICY_UNDECIDED};
	WHY(d,
		"account %s owns the key itself: what the owner may do does not tell what TiDB Cloud may, "
		"and a cut "
		"would shut out the owner",
		c->vendor.text);
	REMEDY(d, "give the AWS account in which TiDB Cloud runs the clusters (VendorAccount=), not the "
		  "key's own");
}

void policy_explain(const struct policy *p, const struct policy_context *c, enum need need,
	struct policy_decision *ret_decision)
{
	struct request r;
	struct verdict v;
	struct policy_decision d = {.statement = 0};

	if (policy_vendor_owns(c)) {
		explain_owner(c, ret_decision);
		return;
	}
	request_of_need(c, need, &r);
	v = verdict_of(p, &r);
	d.answer = v.answer;
	if (v.statement != VERDICT_NO_STATEMENT)
		place(p, v.statement, &d);
	switch (v.answer) {
	case POLICY_ALLOWED:
		explain_allow(p, &r, &d);
		break;
	case POLICY_DENIED:
		if (v.by_deny)
			explain_deny(p, &r, &d);
		else
			explain_no_allow(p, &r, &d);
		break;
	case POLICY_UNDECIDED:
		explain_open(p, &r, &d);
		break;
	}
	mend_end(d.why);
	mend_end(d.remedy);
	mend_end(d.in_policy);
	mend_end(d.in_request);
	*ret_decision = d;
}
