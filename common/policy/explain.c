/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/policy.h"
#include "policy/cut.h"
#include "policy/document.h"
#include "policy/verdict.h"
#include <stdio.h>
#include <string.h>

#define SHOWN_BYTES 72 /* of a foreign text within a sentence */

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

static void explain_deny(const struct policy *p, const struct request *r, struct policy_decision *d)
{
	WHY(d, "statement %u denies %s to account %s", d->statement, r->action, r->account.text);
	switch (cut_of_sid(p->statements[d->statement - 1].sid, r->c)) {
	case CUT_BY_OWN:
		REMEDY(d, "it is cmekd's own cut: run `cmekctl restore` for this project");
		return;
	case CUT_BY_SIBLING:
		REMEDY(d,
			"it is the cut of another project of this cmekd: run `cmekctl restore` for that one");
		return;
	case CUT_BY_FOREIGN:
		REMEDY(d, "it is the cut of a cmekd with another ledger: restore it there, or adopt it");
		return;
	case CUT_BY_NONE:
		REMEDY(d, "remove the statement, or exempt account %s from it", r->account.text);
		return;
	}
}

/* What the request has for a key, as a phrase. */
static void phrase_fact(const struct request *r, const char *key, char *ret_text, size_t size)
{
	struct key_fact f;

	request_key(r, key, &f);
	switch (f.presence) {
	case PRESENCE_ABSENT:
		(void)snprintf(ret_text, size, "the request has no such key");
		return;
	case PRESENCE_PRESENT:
		(void)snprintf(ret_text, size,
			f.is_time ? "the time of the request" : "the request has \"%s\"",
			shown_of(f.value).text);
		return;
	case PRESENCE_PERHAPS:
		(void)snprintf(
			ret_text, size, "the request has \"%s\" or no such key", shown_of(f.value).text);
		return;
	case PRESENCE_OPEN:
		(void)snprintf(ret_text, size, "what the request has is not known");
		return;
	}
}

/* The Allow statement that comes closest: the most parts that hold. */
static uint32_t closest_allow(
	const struct policy *p, const struct request *r, struct statement_verdict *ret_verdict)
{
	uint32_t best = VERDICT_NO_STATEMENT;
	int best_score = -1;

	for (uint32_t i = 0; i < p->count; i++) {
		struct statement_verdict v;
		int score;

		if (p->statements[i].is_deny)
			continue;
		v = verdict_of_statement(p, &p->statements[i], r);
		score = 2 * (v.principal == TRI_TRUE) + (v.action == TRI_TRUE) + (v.resource == TRI_TRUE) +
			(v.condition.truth == TRI_TRUE);
		if (score <= best_score)
			continue;
		best = i;
		best_score = score;
		*ret_verdict = v;
	}
	return best;
}

static void explain_no_allow(const struct policy *p, const struct request *r, struct policy_decision *d)
{
	struct statement_verdict v = {.whole = TRI_FALSE};
	uint32_t i = closest_allow(p, r, &v);
	char fact[SHOWN_BYTES + 40];

	if (i == VERDICT_NO_STATEMENT) {
		WHY(d, "no statement allows anything");
		REMEDY(d, "add the statements of TiDB Cloud's documented key policy for account %s",
			r->account.text);
		return;
	}
	place(p, i, d);
	if (v.principal == TRI_FALSE) {
		WHY(d,
			"no statement allows %s; statement %u comes closest, but account %s is not in its "
			"Principal",
			r->action, d->statement, r->account.text);
		REMEDY(d, "name the account in the Principal: \"arn:aws:iam::%s:root\"", r->account.text);
	} else if (v.action == TRI_FALSE) {
		WHY(d,
			"no statement allows %s; statement %u comes closest, but the action is not in its "
			"list",
			r->action, d->statement);
		REMEDY(d, "add \"%s\" to its Action", r->action);
	} else if (v.resource == TRI_FALSE) {
		WHY(d,
			"no statement allows %s; statement %u comes closest, but this key is not in its "
			"Resource",
			r->action, d->statement);
		REMEDY(d, "set \"Resource\": \"*\" (in a key policy: this key)");
	} else if (v.condition.key != JSON_NONE) {
		const char *key = p->values[v.condition.key];

		phrase_fact(r, key, fact, sizeof fact);
		WHY(d, "no statement allows %s; statement %u comes closest, but %s %s does not hold: %s",
			r->action, d->statement, shown_of(p->values[v.condition.op]).text, shown_of(key).text,
			fact);
		REMEDY(d, "correct line %u of the policy", policy_line(p, v.condition.key));
	}
}

static void explain_open(const struct policy *p, const struct request *r, struct policy_decision *d)
{
	const struct statement *s = &p->statements[d->statement - 1];
	struct statement_verdict v = verdict_of_statement(p, s, r);
	const char *effect = s->is_deny ? "denies" : "allows";

	REMEDY(d, "write the statement in the form of TiDB Cloud's documented key policy");
	if (v.condition.truth == TRI_UNKNOWN && v.condition.key != JSON_NONE) {
		const char *key = p->values[v.condition.key];
		struct key_fact f;

		WHY(d, "whether statement %u %s %s rests on %s %s (line %u), which cannot be decided",
			d->statement, effect, r->action, shown_of(p->values[v.condition.op]).text,
			shown_of(key).text, policy_line(p, v.condition.key));
		request_key(r, key, &f);
		if (f.presence == PRESENCE_OPEN)
			REMEDY(d,
				"if the value of the vendor's requests is known, state it: "
				"VendorContext=%s=VALUE",
				shown_of(key).text);
		return;
	}
	if (v.principal == TRI_UNKNOWN && s->principal != JSON_NONE) {
		WHY(d, "whether statement %u %s %s to the right principal of account %s is not known",
			d->statement, effect, r->action, r->account.text);
		REMEDY(d, "name the whole account: \"arn:aws:iam::%s:root\"", r->account.text);
		return;
	}
	WHY(d, "statement %u cannot be decided: %s", d->statement,
		s->odd                      ? s->odd
		: v.action == TRI_UNKNOWN   ? "its Action is not understood"
		: v.resource == TRI_UNKNOWN ? "its Resource is not understood"
					    : "its Condition is not understood");
}

void policy_explain(const struct policy *p, const struct policy_context *c, enum need need,
	struct policy_decision *ret_decision)
{
	struct request r = request_of_need(c, need);
	struct verdict v = verdict_of(p, &r);
	struct policy_decision d = {.answer = v.answer};

	if (v.statement != VERDICT_NO_STATEMENT)
		place(p, v.statement, &d);
	switch (v.answer) {
	case POLICY_ALLOWED:
		WHY(&d, "statement %u allows %s to account %s", d.statement, r.action, r.account.text);
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
	*ret_decision = d;
}
