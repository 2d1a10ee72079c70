/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/explain.h"
#include "base/num.h"
#include "base/own.h"
#include "driver/clients.h"
#include "driver/explain_policy.h"
#include "driver/foresee.h"
#include "driver/headline.h"
#include "driver/grants.h"
#include "driver/hub.h"
#include "driver/keeps_out.h"
#include "driver/project.h"
#include "driver/tree.h"
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SENTENCE_BYTES 1024

struct explaining {
	struct tree tree;
	struct project *p;
	const struct binding *b;
	uint32_t index;
	struct moment now;
	struct json_object *text;
	struct explain_policy policy;
};

static void say(struct explaining *x, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(struct explaining *x, const char *format, ...)
{
	char sentence[SENTENCE_BYTES];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(sentence, sizeof sentence, format, ap);
	va_end(ap);
	tree_add_text(&x->tree, x->text, sentence);
}

/* ---- facts ---- */

static void list_needs(uint16_t set, char *text, size_t size)
{
	size_t len = 0;

	text[0] = '\0';
	for (int n = 0; n < NEED_COUNT; n++)
		if (set & NEED_BIT(n) && len < size)
			len += (size_t)snprintf(text + len, size - len, "%s%s (%s)", len > 0 ? ", " : "",
				need_action((enum need)n), need_purpose((enum need)n));
}

static void say_access(struct explaining *x, const struct look *look)
{
	const struct access *a = &look->access;
	struct why remedy;
	char list[512];

	if (!look->have_access)
		return;
	if (a->allowed == NEED_ALL)
		say(x,
			"The key policy allows account %s every action of both purposes, ebs and s3. "
			"Policies of the "
			"organisation and of the vendor's own roles cannot be seen from here.",
			x->p->vendor.text);
	if (a->denied == NEED_ALL)
		say(x, "The key policy gives account %s none of the actions of both purposes, ebs and s3.",
			x->p->vendor.text);
	else if (a->denied) {
		list_needs(a->denied, list, sizeof list);
		say(x, "The key policy gives account %s no %s.", x->p->vendor.text, list);
	}
	if (a->undecided) {
		list_needs(a->undecided, list, sizeof list);
		say(x, "Whether the key policy gives account %s these cannot be decided from here: %s.",
			x->p->vendor.text, list);
	}
	if (keeps_out_remedy(x->p, x->index, &remedy))
		say(x, "A Deny statement keeps account %s out: %s.", x->p->vendor.text, remedy.text);
	if (a->own_sid_present)
		say(x, "cmekd's own Deny statement stands in the key policy.");
	if (a->other_foreign_allowed)
		say(x, "Another foreign account is allowed EBS use of the key.");
}

/* Who might be the vendor now: a proposal, which only a person can confirm. */
static void say_strangers(struct explaining *x, const struct access *a)
{
	char accounts[128];

	explain_policy_strangers(&x->policy, accounts, sizeof accounts);
	if (*accounts && a->denied)
		say(x,
			"The key policy lets in %s. If TiDB Cloud's console or support names that account as "
			"TiDB Cloud's too, set VendorAccount= to it and reload; cmekd takes none from a "
			"policy "
			"by itself.",
			accounts);
}

static void say_policy(struct explaining *x, const struct look *look)
{
	char grants[GRANTS_SENTENCE_BYTES];

	if (x->policy.text && !x->policy.policy)
		say(x,
			"The key policy cannot be understood: %s. What it gives the vendor is unknown, which "
			"is "
			"never taken for a loss.",
			x->policy.why.text);
	say_access(x, look);
	if (look->have_access)
		say_strangers(x, &look->access);
	grants_sentence(x->p, x->index, grants);
	if (*grants)
		say(x, "%s.", grants);
}

/* What is wrong with the policy is told by say_policy(). */
static bool is_of_the_policy(const struct explaining *x, const char *message)
{
	return *x->policy.why.text && strstr(message, x->policy.why.text);
}

static void say_facts(struct explaining *x)
{
	const struct evidence *e = &x->b->evidence;
	const struct project_key *key = x->index < x->p->key_size ? &x->p->keys[x->index] : NULL;
	char age[NUM_SPAN_BYTES];

	if (e->filled == 0) {
		say(x, "The key was not looked at yet since cmekd started.");
		return;
	}
	num_format_span_ms((x->now.boot.ms - e->last_look.ms + 999) / 1000 * 1000, age);
	if (e->last.key_state == KEY_STATE_UNKNOWN)
		say(x, "The last look was %s ago and did not tell the state of the key: %s.", age,
			reason_seen(e->last_reason));
	else
		say(x, "The last look was %s ago: the key is %s.", age, key_state_name(e->last.key_state));
	if (key && key->look && key->look->of.message && !is_of_the_policy(x, key->look->of.message))
		say(x, "What the service said: %s", key->look->of.message);
	say_policy(x, &e->last);
	if (walltime_is_known(e->last.deletion)) {
		char date[NUM_TIME_BYTES];

		num_format_time_ms(e->last.deletion.ms, date);
		say(x, "The key will be deleted at %s.", date);
	}
}

/* ---- judgement ---- */

static void say_judgement(struct explaining *x)
{
	const struct evidence *e = &x->b->evidence;
	uint32_t agree = 0;

	for (uint32_t i = 0; i < e->filled; i++)
		agree += e->window[i].outcome == e->verdict;
	if (e->verdict == OUTCOME_UNKNOWN)
		say(x, "Nothing is believed yet: it takes %d of the last %d looks that agree.", CORE_CONFIRM,
			CORE_WINDOW);
	else
		say(x, "Judged %s (%s): %s. %" PRIu32 " of the last %" PRIu32 " looks say so.",
			outcome_name(e->verdict), reason_name(e->reason), reason_seen(e->reason), agree,
			e->filled);
	if (e->verdict != OUTCOME_UNKNOWN && reason_outcome(e->last_reason) != e->verdict)
		say(x, "The newest look disagrees: %s (%s).", outcome_name(reason_outcome(e->last_reason)),
			reason_seen(e->last_reason));
	if (core_is_blind(&x->p->core, x->index))
		say(x, "cmekd is blind: no look has told anything for longer than BlindAlert.");
	say(x, x->b->armed ? "The binding is armed: it was seen usable under its present configuration."
			   : "The binding is not armed: it was not seen usable under its present "
			     "configuration, so "
			     "a loss waits for a person.");
}

/* ---- what follows ---- */

static void say_reaction(struct explaining *x)
{
	char grace[NUM_SPAN_BYTES], until[NUM_TIME_BYTES];

	if (x->p->core.observe_only) {
		say(x, "cmekd only observes this project: its ledger cannot be used.");
		return;
	}
	if (core_is_suspended(&x->p->core)) {
		num_format_time_ms(x->p->core.suspended_until.ms, until);
		say(x,
			"If access were lost, cmekd would wait for cmekctl approve: an operator suspended "
			"the project until %s.",
			until);
		return;
	}
	if (!x->b->armed)
		return; /* said already: a loss waits for a person */
	switch (x->p->policy.reaction) {
	case REACTION_PAUSE:
		num_format_span_ms(x->p->policy.grace_ms, grace);
		say(x,
			"If access were lost, cmekd would pause the clusters of the region %s after the loss "
			"is "
			"confirmed.",
			grace);
		break;
	case REACTION_APPROVE:
		say(x, "If access were lost, cmekd would wait for cmekctl approve (Reaction=approve).");
		break;
	case REACTION_OBSERVE:
		say(x, "If access were lost, cmekd would only tell (Reaction=observe).");
		break;
	}
}

/* What is said of single clusters goes before what holds of all. */
static void say_marks(struct explaining *x)
{
	uint32_t excluded = 0, waits = 0;

	for (uint32_t i = 0; i < x->p->core.cluster_count; i++) {
		const struct cluster *c = &x->p->core.clusters[i];

		if (c->binding != x->index || c->state == CLUSTER_STATE_GONE)
			continue;
		excluded += c->mark.excluded;
		waits += !c->mark.excluded && c->mark.reaction > x->p->policy.reaction;
	}
	if (excluded > 0)
		say(x,
			"Clusters that are never paused, so that the region is not dark while they run: "
			"%" PRIu32 " (Exclude= of their [Cluster] sections).",
			excluded);
	if (waits > 0)
		say(x,
			"Clusters that are paused only with cmekctl approve or revoke: %" PRIu32
			" (Reaction= of their [Cluster] sections).",
			waits);
}

static void say_cut(struct explaining *x, const struct incident *in)
{
	const struct texts *words = x->index < x->p->key_size ? x->p->keys[x->index].change : NULL;
	struct why why;

	say(x, "%s: %s%s%s.", in->means == CUT_MEANS_DISABLE ? "The key itself" : "Change of the key policy",
		cut_meaning(in->cut, in->means), words && words->of.message ? ": " : "",
		words && words->of.message ? words->of.message : "");
	for (unsigned m = 0; m < CUT_MEANS_COUNT; m++)
		if (in->stands & CUT_MEANS_BIT(m))
			say(x, "This incident made it, or may have, and its restore undoes it: %s.",
				cut_means_what((enum cut_means)m));
	if (in->means == CUT_MEANS_DISABLE && in->stands == 0 && in->cut == CUT_MADE)
		say(x, "The key was not disabled by this incident, or somebody enabled it since: cmekctl "
		       "restore will not enable it.");
	if (foresee_next(x->p, x->index, &why))
		say(x, "The change may fail: %s.", why.text);
}

/* What stands behind all that the incident does. */
static void say_causes(struct explaining *x, const struct incident *in)
{
	bool lost = in->causes & CAUSE_AUTOMATIC, revoked = in->causes & CAUSE_OPERATOR;

	if (!lost && !revoked)
		say(x, "Cause: none any more; the clusters that it paused are given back.");
	else
		say(x, "Cause: %s%s%s%s.", lost ? "access was lost: " : "",
			lost ? reason_seen(in->reason) : "", lost && revoked ? "; and " : "",
			revoked ? "an operator revoked the key; it ends by cmekctl restore" : "");
}

static void say_consequence(struct explaining *x)
{
	const struct incident *in = &x->b->incident;
	struct why dark;
	enum reason reason = x->b->evidence.verdict == OUTCOME_UNKNOWN ? x->b->evidence.last_reason
								       : x->b->evidence.reason;

	if (in->id.n == 0) {
		say_reaction(x);
	} else {
		say(x, "Incident %" PRIu32 " is open (%s): %s.", in->id.n, phase_name(in->phase),
			phase_meaning(in->phase));
		say_causes(x, in);
		if (in->cut != CUT_NONE)
			say_cut(x, in);
		headline_dark(x->p, x->index, &dark);
		say(x, "Dark: %s.", dark.text);
	}
	say_marks(x);
	/* Nothing is to be done about a belief, but something about what hides the key now. */
	if (x->b->evidence.filled > 0 && x->b->evidence.window[0].outcome == OUTCOME_UNKNOWN)
		reason = x->b->evidence.window[0].reason;
	say(x, "What to do: %s.", reason_todo(reason));
}

static void say_who_looks(struct explaining *x)
{
	struct kms *kms = clients_kms(x->p->hub->clients, x->p->aws_credentials_file, x->p->aws_profile);

	if (!kms)
		return;
	if (*kms_own_arn(kms))
		say(x, "cmekd looks as %s.", kms_own_arn(kms));
	say(x, "AWS credentials: %s.", kms_credentials_text(kms));
}

static struct json_object *window(struct explaining *x)
{
	struct json_object *array = tree_array(&x->tree);

	for (uint32_t i = 0; i < x->b->evidence.filled; i++)
		tree_add_text(&x->tree, array, reason_name(x->b->evidence.window[i].reason));
	return array;
}

struct json_object *explain_binding(struct project *p, uint32_t binding, bool with_policy, struct moment now)
{
	struct explaining x = {.p = p, .b = &p->core.bindings[binding], .index = binding, .now = now};
	const struct evidence *e = &x.b->evidence;
	enum reason reason = e->verdict == OUTCOME_UNKNOWN ? e->last_reason : e->reason;
	struct json_object *o = tree_object(&x.tree);

	explain_policy_init(&x.policy, project_target(p, binding));
	x.text = tree_array(&x.tree);
	say_facts(&x);
	say_judgement(&x);
	say_consequence(&x);
	say_who_looks(&x);
	tree_text(&x.tree, o, "region", x.b->region.text);
	tree_text(&x.tree, o, "keyArn", x.b->arn.text);
	tree_text(&x.tree, o, "verdict", outcome_name(e->verdict));
	tree_text(&x.tree, o, "reason", reason_name(reason));
	tree_put(&x.tree, o, "text", x.text);
	tree_put(&x.tree, o, "window", window(&x));
	tree_text(&x.tree, o, "vendorAccount", p->vendor.text);
	explain_policy_put(&x.policy, with_policy, now, &x.tree, o);
	explain_policy_fini(&x.policy);
	return tree_done(&x.tree, o);
}
