/* SPDX-License-Identifier: Apache-2.0 */
#include "plan_text.h"
#include "age.h"
#include "grammar.h"
#include "headline.h"
#include "status_text.h"
#include <inttypes.h>
#include <string.h>

static bool is(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

/* ---- the plan ---- */

/* Why a cluster that people had to do with is left alone; NULL: it is not. */
static const char *left_alone(const struct view_cluster *c)
{
	if (is(c->duty, "left"))
		return "leave alone: paused by people before";
	return is(c->duty, "touched") ? "leave alone: people acted on it" : NULL;
}

static const char *revoke_act(const struct view_cluster *c)
{
	if (left_alone(c))
		return left_alone(c);
	if (is(c->state, "paused") || is(c->state, "pausing"))
		return is(c->duty, "free") ? "leave alone: paused by people" : "paused already";
	if (c->excluded)
		return "leave it running: excluded by the configuration";
	if (is(c->state, "running"))
		return "pause";
	return is(c->state, "unknown") || c->seen_age_ms == VIEW_ABSENT ? "pause, once its state is read"
									: "pause, once its state permits";
}

static bool is_named(const struct grammar_list *names, const struct view_cluster *c)
{
	for (size_t i = 0; i < names->count; i++)
		if (is(names->items[i], c->id) || is(names->items[i], c->name))
			return true;
	return false;
}

/* By duty; one that this cmekctl does not know says for itself what is owed. */
static const char *restore_act(const struct view_cluster *c)
{
	static const struct {
		const char *duty, *act;
	} acts[] = {
		{"free", "leave as it is"},
		{"gone", "leave as it is"},
		{"excluded", "leave as it is: it was not paused"},
		{"waits", "leave as it is: it was not paused"},
		{"pause_owed", "leave as it is, unless a pause on its way still comes"},
		{"pause_sent", "resume, if its pause is taken"},
		{"pause_unsure", "resume, if its pause was taken"},
		{"pause_taken", "resume, once it is paused"},
		{"paused", "resume"},
		{"resume_owed", "resume"},
		{"resume_sent", "resume: under way"},
		{"resume_unsure", "resume: under way"},
		{"resume_taken", "resume: under way"},
		{"stranded", "wait until it runs: it left PAUSED by itself"},
	};

	for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
		if (is(c->duty, acts[i].duty))
			return acts[i].act;
	return c->duty_text;
}

/* What would be done with a cluster. */
static const char *act_on(const struct view_cluster *c, bool revoke, const struct grammar_list *include)
{
	if (is(c->state, "gone"))
		return "nothing: it is deleted";
	if (revoke)
		return revoke_act(c);
	if (c->left_out)
		return is_named(include, c)      ? "resume, as you ask"
		       : is(c->state, "running") ? "leave alone: people resumed it"
						 : "leave alone: people acted on it; --include resumes it";
	return left_alone(c) ? left_alone(c) : restore_act(c);
}

static void show_clusters(const struct page *page, struct arena *a, const struct view_clusters *clusters,
	bool revoke, const struct grammar_list *include)
{
	static const struct page_column columns[] = {
		{"", 0}, {"CLUSTER", 28}, {"STATE NOW", 0}, {"WHAT IS DONE", 0}};
	struct page_table table;

	page_table_init(&table, a, columns, sizeof columns / sizeof *columns);
	for (size_t i = 0; i < clusters->count; i++) {
		const struct view_cluster *c = &clusters->items[i];
		const char *act = act_on(c, revoke, include);
		bool acts = strncmp(act, "pause", 5) == 0 || strncmp(act, "resume", 6) == 0;
		const char *cells[] = {
			arena_printf(a, "%zu.", i + 1),
			c->name[0] ? c->name : c->id,
			c->state,
			arena_printf(a, "%s%s" MARK_END, acts ? MARK_BOLD : "", act),
		};
		page_table_add(&table, cells, NULL);
	}
	page_table_print(page, &table, 2);
}

static void show_shared(
	const struct page *page, struct arena *a, const struct view_strings *shared, bool revoke)
{
	const char *names = "";

	if (shared->count == 0)
		return;
	for (size_t i = 0; i < shared->count; i++)
		names = arena_printf(a, "%s%s%s", names, i ? ", " : "", shared->items[i]);
	page_field(page, "Shared",
		arena_printf(a,
			revoke ? MARK_BAD "the same key serves %s: TiDB Cloud loses access there too" MARK_END
			       : "the same key serves %s",
			names));
}

static const char *count(struct arena *a, const char *before, int64_t n, const char *what)
{
	return n <= 0 ? before : arena_printf(a, "%s, %" PRId64 " %s", before, n, what);
}

/* "3 to pause (1 must be waited for first), 1 left alone". `decision`: a person decides about what is not done by itself. */
static const char *counts(struct arena *a, const struct view_plan *plan, bool decision)
{
	const char *text = arena_printf(a, "%" PRId64 " to pause", plan->pause);

	if (decision && plan->held_back > 0 && plan->held_back < plan->pause)
		text = arena_printf(a, "%s (%" PRId64 " of them only if approved)", text, plan->held_back);
	if (plan->wait > 0)
		text = arena_printf(a, "%s (%" PRId64 " must be waited for first)", text, plan->wait);
	text = count(a, text, plan->leave, "left alone: paused by people");
	text = count(a, text, plan->excluded, "excluded by the configuration: not dark while they run");
	text = count(a, text, plan->ours, "paused already");
	return count(a, text, plan->unread, "not read yet");
}

/* Which comes first, and whether the other way would fit better. */
static void show_order(const struct page *page, struct arena *a, const struct output_plan *plan,
	const struct view_plan_binding *b)
{
	if (!b->order_text || plan->pause_only)
		return;
	if (plan->pause_first)
		page_field(page, "Order",
			"the clusters first: " MARK_CARE "TiDB Cloud keeps access" MARK_END
			" until every cluster is read as PAUSED, and one that refuses holds the cut back; "
			"cmekctl revoke without --pause-first then cuts the key at once");
	else
		page_field(page, "Order",
			is(b->order, "pause_first")
				? arena_printf(
					  a, "the key first; " MARK_CARE "but" MARK_END " %s", b->order_text)
				: b->order_text);
}

/* `told`: a cmekd of before says nothing of them. */
static void show_refusals(
	const struct page *page, struct arena *a, const struct view_strings *refusals, bool told)
{
	for (size_t i = 0; i < refusals->count; i++)
		page_field(page, i == 0 ? "Refusals" : "",
			arena_printf(a, MARK_CARE "expected" MARK_END ": %s", refusals->items[i]));
	if (refusals->count == 0 && told)
		page_field(page, "Refusals",
			"none expected, as far as the API tells; point-in-time restore and migration jobs it "
			"does not");
}

/* What can be computed, and what cannot. */
static void show_estimate(const struct page *page, struct arena *a, const struct output_plan *plan,
	const struct view_plan_binding *b)
{
	bool revoke = is(plan->verb, "revoke");
	const char *requests = b->requests > 0 ? arena_printf(a, "%" PRId64 " requests, ", b->requests) : "";
	const char *time = b->estimate_ms < 1000 ? "under a second"
						 : arena_printf(a, "about %s", age_text(a, b->estimate_ms));

	page_field(page, "Estimate",
		arena_printf(a,
			"%s%s under the API key's rate limit if nothing else uses it; TiDB Cloud's own time "
			"to %s "
			"comes on top, and it may refuse for a while: cmekd goes on trying. How long it took "
			"before: cmekctl times",
			requests, time, revoke ? "pause" : "resume"));
}

/* What becomes of the key itself, and of those who use it for something else. */
static void show_key(const struct page *page, struct arena *a, const struct view_plan_binding *b)
{
	const char *names = "";

	if (b->key_change)
		page_field(page, "Key state", b->key_change);
	for (size_t i = 0; i < b->key_users.count; i++)
		names = arena_printf(a, "%s%s%s", names, i ? ", " : "", b->key_users.items[i]);
	if (b->key_users.count > 0)
		page_field(page, "Others",
			arena_printf(a, MARK_BAD "these use it too, and lose it" MARK_END ": %s", names));
}

static void show_one(const struct page *page, struct arena *a, const struct output_plan *plan,
	const struct view_plan_binding *b)
{
	bool revoke = is(plan->verb, "revoke");

	page_blank(page);
	page_flow(page, 0, 0, arena_printf(a, MARK_BOLD "%s" MARK_END, b->region));
	page_field(page, "Key", b->key_arn);
	page_field(page, "Policy",
		plan->pause_only ? "left alone (--pause-only): the vendor keeps access until the policy is "
				   "changed by somebody"
		: *b->policy_change ? b->policy_change
				    : "no change");
	if (b->policy_diff && !plan->pause_only)
		page_field(page, "", b->policy_diff);
	if (b->policy_trouble && !plan->pause_only)
		page_field(page, "",
			arena_printf(a, MARK_CARE "%s" MARK_END ": %s",
				plan->adopt ? "it will not be enough" : "it may fail", b->policy_trouble));
	show_key(page, a, b);
	if (b->losses && !plan->pause_only)
		page_field(page, "Losses", arena_printf(a, MARK_BAD "%s" MARK_END, b->losses));
	show_order(page, a, plan, b);
	if (b->grants_text && !plan->pause_only)
		page_field(page, "Grants",
			plan->keep_grants && revoke
				? plan->disable_key ? "left alone (--keep-grants); a key that is disabled "
						      "is of no use to them"
				  : plan->remove    ? MARK_BAD
					  "left alone (--keep-grants), and each gives TiDB Cloud the "
					  "use of the key: nothing denies it, and it will not be "
					  "dark" MARK_END
						 : "left alone (--keep-grants); the Deny statement beats them"
				: b->grants_text);
	if (b->replicas_text)
		page_field(page, "Replicas", arena_printf(a, MARK_CARE "%s" MARK_END, b->replicas_text));
	show_shared(page, a, &b->shared_with, revoke);
	if (revoke)
		page_field(page, "Clusters", counts(a, b->plan, false));
	if (revoke)
		show_refusals(page, a, &b->refusals, b->requests != VIEW_ABSENT);
	show_estimate(page, a, plan, b);
	if (b->clusters.count > 0)
		page_blank(page);
	show_clusters(page, a, &b->clusters, revoke, plan->include);
}

void plan_text_change(
	const struct page *page, struct arena *a, const struct output_plan *plan, int64_t now_ms)
{
	const char *whose =
		*plan->region ? arena_printf(a, "%s/%s", plan->project, plan->region) : plan->project;

	(void)now_ms;
	page_flow(page, 0, 2,
		is(plan->verb, "revoke")
			? arena_printf(a, "Plan to " MARK_BOLD "revoke %s" MARK_END ": %s", whose,
				  plan->pause_only
					  ? "the clusters below are paused and kept so until cmekctl restore"
				  : plan->pause_first && plan->disable_key
					  ? "the clusters below are paused, then the key is disabled; kept "
					    "so "
					    "until cmekctl restore"
				  : plan->pause_first
					  ? "the clusters below are paused, then TiDB Cloud is cut from the "
					    "key; kept so until cmekctl restore"
				  : plan->disable_key
					  ? "the key is disabled, then the clusters below are paused and "
					    "kept "
					    "so until cmekctl restore"
					  : "TiDB Cloud is cut from the key, then the clusters below are "
					    "paused"
					    " and kept so until cmekctl restore")
		: plan->adopt
			? arena_printf(a,
				  "Plan to " MARK_BOLD "restore %s" MARK_END
				  ": the Deny statement with Sid %s, which others put into the key policy, "
				  "is "
				  "removed. Be sure that whoever put it there wants TiDB Cloud in again; a "
				  "second "
				  "cmekd would put it back",
				  whose, plan->adopt)
			: arena_printf(a,
				  "Plan to " MARK_BOLD "restore %s" MARK_END
				  ": access is given back and proven, then the clusters that the revoke "
				  "paused"
				  " are resumed",
				  whose));
	for (size_t i = 0; i < plan->plans->bindings.count; i++)
		show_one(page, a, plan, &plan->plans->bindings.items[i]);
	page_blank(page);
}

void plan_text_decision(const struct page *page, struct arena *a, const struct view_project *p,
	const struct view_binding *b, int64_t now_ms)
{
	const struct view_incident *i = b->incident;

	page_flow(page, 0, 2,
		arena_printf(a,
			"Plan of " MARK_BOLD "%s#%" PRId64 MARK_END " in %s: pause %" PRId64 " cluster%s",
			p->name, i->id, b->region, i->plan->pause, i->plan->pause == 1 ? "" : "s"));
	page_blank(page);
	page_field(page, "Key", b->key_arn);
	page_field(page, "Cause", incident_has_cause(i, "operator") ? incident_cause(a, b) : b->reason_text);
	if (*b->todo && !is(b->todo, "nothing to do"))
		page_field(page, "Instead", b->todo);
	page_field(page, "Phase", arena_printf(a, "%s: %s", i->phase, i->phase_text));
	page_field(page, "Clusters", counts(a, i->plan, true));
	page_field(page, "Digest", i->plan->digest);
	page_blank(page);
	status_text_clusters(page, a, &b->clusters, false, now_ms);
	page_blank(page);
}

/* ---- progress ---- */

struct teller {
	const struct page *page;
	struct arena *a;
	int64_t now_ms;
	const char *region; /* "" if the project has one only */
};

static void tell(const struct teller *t, const char *what)
{
	page_flow(t->page, 0, 10,
		arena_printf(t->a, MARK_DIM "%s" MARK_END "  %s%s%s", age_clock(t->a, t->now_ms), t->region,
			*t->region ? ": " : "", what));
}

static const struct view_binding *binding_of(const struct view_project *p, const char *region)
{
	for (size_t i = 0; p && i < p->bindings.count; i++)
		if (is(p->bindings.items[i].region, region))
			return &p->bindings.items[i];
	return NULL;
}

static const struct view_cluster *cluster_of(const struct view_binding *b, const char *id)
{
	for (size_t i = 0; b && i < b->clusters.count; i++)
		if (is(b->clusters.items[i].id, id))
			return &b->clusters.items[i];
	return NULL;
}

static void tell_cluster(const struct teller *t, const struct view_cluster *was, const struct view_cluster *c)
{
	const char *name = c->name[0] ? c->name : c->id;
	const char *note = headline_duty(c->duty, c->duty_text);
	bool refused = c->message && (!was || !was->message || !is(was->message, c->message));

	if (was && is(was->state, c->state) && is(was->duty, c->duty) && !refused)
		return;
	if (!was && is(c->duty, "free") && !refused)
		return;
	const char *state = strncmp(note, c->state, strlen(c->state)) == 0 ? "" : c->state;
	tell(t, arena_printf(t->a, "%s: %s%s%s%s%s", name, state, *state && *note ? ", " : "", note,
			refused ? "; " MARK_BAD "refused" MARK_END ": " : "", refused ? c->message : ""));
}

static void tell_binding(const struct teller *t, const struct view_binding *was, const struct view_binding *b)
{
	const struct view_incident *before = was ? was->incident : NULL, *i = b->incident;

	if (was && (!is(was->verdict, b->verdict) || !is(was->reason, b->reason)))
		tell(t, arena_printf(t->a, "verdict %s: %s", b->verdict, b->reason_text));
	if (i && (!before || !is(before->cut, i->cut) || !is(before->cut_text, i->cut_text)) &&
		!is(i->cut, "none"))
		tell(t, i->cut_text);
	if (i && i->by_hand && (!before || !before->by_hand || !is(before->by_hand, i->by_hand)))
		tell(t, arena_printf(t->a, MARK_CARE "apply by hand" MARK_END ":\n%s", i->by_hand));
	bool phase = i && (!before || !is(before->phase, i->phase)), last = i && is(i->phase, "held");
	if (phase && !last)
		tell(t, arena_printf(t->a, "%s: %s", i->phase, i->phase_text));
	for (size_t c = 0; c < b->clusters.count; c++)
		tell_cluster(t, cluster_of(was, b->clusters.items[c].id), &b->clusters.items[c]);
	if (phase && last) /* what led to it comes first */
		tell(t, arena_printf(t->a, "%s: %s", i->phase, i->phase_text));
	if (before && !i)
		tell(t, "the incident is closed");
	if (view_is_dark(b) && !(was && view_is_dark(was)))
		tell(t, arena_printf(t->a, MARK_DARK "DARK" MARK_END ": %s", b->dark_text));
	else if (was && view_is_dark(was) && !view_is_dark(b))
		tell(t, arena_printf(t->a, "no longer dark: %s", b->dark_text));
}

void plan_text_progress(const struct page *page, struct arena *a, const struct view_project *before,
	const struct view_project *now, int64_t now_ms)
{
	for (size_t i = 0; i < now->bindings.count; i++) {
		const struct view_binding *b = &now->bindings.items[i];
		const struct teller t = {page, a, now_ms, now->bindings.count > 1 ? b->region : ""};
		tell_binding(&t, binding_of(before, b->region), b);
	}
}
