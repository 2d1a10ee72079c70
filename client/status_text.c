/* SPDX-License-Identifier: Apache-2.0 */
#include "status_text.h"
#include "age.h"
#include "headline.h"
#include "model/reason.h"
#include <inttypes.h>
#include <string.h>

#define QUIET_SHOWN      10    /* clusters that run and are owed nothing; the rest is counted */
#define READINGS_LATE_MS 10000 /* that a minute's requests are not spread evenly is no news */

static bool is(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

static const char *ago(struct arena *a, int64_t age_ms)
{
	return age_ms == VIEW_ABSENT ? "never" : arena_printf(a, "%s ago", age_text(a, age_ms));
}

/* " for 12 min", or nothing. */
static const char *lasting(struct arena *a, int64_t age_ms)
{
	return age_ms == VIEW_ABSENT ? "" : arena_printf(a, " for %s", age_text(a, age_ms));
}

static const char *command(struct arena *a, const char *text)
{
	return arena_printf(a, "\n    " MARK_BOLD "%s" MARK_END, page_glue(a, text));
}

static const char *mark_of_verdict(const char *verdict)
{
	return is(verdict, "usable") ? MARK_GOOD : is(verdict, "lost") ? MARK_BAD : MARK_CARE;
}

/* ---- clusters ---- */

/* The words of a refusal stay behind when the act was taken later. */
static bool is_refused(const struct view_cluster *c)
{
	return c->message && (is(c->duty, "pause_owed") || is(c->duty, "resume_owed"));
}

static bool is_quiet(const struct view_cluster *c)
{
	return is(c->duty, "free") && !c->excluded && (is(c->state, "running") || is(c->state, "paused"));
}

static const char *mark_of_cluster(const struct view_cluster *c)
{
	if (is(c->state, "unusable") || is(c->duty, "stranded") || is_refused(c))
		return MARK_BAD;
	if (is(c->state, "running") && is(c->duty, "free"))
		return MARK_GOOD;
	return is(c->state, "paused") && !is(c->duty, "resume_owed") ? MARK_DARK : MARK_CARE;
}

static const char *note_of(struct arena *a, const struct view_cluster *c)
{
	const char *note = headline_duty(c->duty, c->duty_text);

	if (is(c->duty, "free") && c->excluded)
		note = headline_duty("excluded", "");
	else if (is(c->duty, "free") && c->reaction)
		note = arena_printf(a, "Reaction=%s", c->reaction);
	if (is(c->duty, "pause_owed") && !is(c->state, "running"))
		note = "to be paused once its state permits";
	if (!is_refused(c))
		return note;
	return arena_printf(a, "%s%s" MARK_BAD "refused" MARK_END, note, *note ? ", " : "");
}

static void add_cluster(struct page_table *t, struct arena *a, const struct view_cluster *c, int64_t now_ms)
{
	const char *cells[] = {
		c->name[0] ? c->name : c->id,
		arena_printf(a, "%s%s" MARK_END, mark_of_cluster(c), c->state),
		ago(a, c->seen_age_ms),
		c->resume_at_ms == VIEW_ABSENT
			? ""
			: arena_printf(a, "in %s%s", age_text(a, c->resume_at_ms - now_ms),
				  c->resume_counted ? ", counted" : ""),
		note_of(a, c),
	};
	page_table_add(t, cells, is_refused(c) ? c->message : NULL);
}

void status_text_clusters(const struct page *page, struct arena *a, const struct view_clusters *clusters,
	bool fold, int64_t now_ms)
{
	/* AUTO-RESUME: TiDB Cloud starts a paused cluster again by itself after seven days. */
	static const struct page_column columns[] = {
		{"CLUSTER", 24}, {"STATE", 0}, {"READ", 0}, {"AUTO-RESUME", 0}, {"NOTE", 0}};
	struct page_table table;
	size_t quiet = 0;

	page_table_init(&table, a, columns, sizeof columns / sizeof *columns);
	for (size_t i = 0; i < clusters->count; i++)
		if (!fold || !is_quiet(&clusters->items[i]))
			add_cluster(&table, a, &clusters->items[i], now_ms);
	for (size_t i = 0; fold && i < clusters->count; i++)
		if (is_quiet(&clusters->items[i]) && quiet++ < QUIET_SHOWN)
			add_cluster(&table, a, &clusters->items[i], now_ms);
	page_table_print(page, &table, 2);
	if (quiet > QUIET_SHOWN)
		page_flow(page, 2, 2,
			arena_printf(a, "... and %zu more of which nothing is to be said (all: --json)",
				quiet - QUIET_SHOWN));
}

/* ---- one region ---- */

static void show_key(const struct page *page, struct arena *a, const struct view_binding *b, int64_t now_ms)
{
	const char *rotation = "on";

	page_field(page, "Key", b->key_arn);
	page_field(page, "",
		arena_printf(a, "state %s; looked at %s",
			is(b->key_state, "unknown") ? "not known" : b->key_state,
			ago(a, b->last_look_age_ms)));
	if (b->deletion_ms != VIEW_ABSENT)
		page_field(page, "",
			arena_printf(a, MARK_BAD "deleted for good at %s" MARK_END ", in %s",
				age_time(a, b->deletion_ms), age_text(a, b->deletion_ms - now_ms)));
	if (!b->rotation || b->deletion_ms != VIEW_ABSENT) /* what is to be deleted does not rotate */
		return;
	if (!b->rotation->enabled)
		rotation = MARK_CARE "off" MARK_END;
	else if (b->rotation->period_days != VIEW_ABSENT)
		rotation = arena_printf(a, "every %" PRId64 " days", b->rotation->period_days);
	if (b->rotation->enabled && b->rotation->next_ms != VIEW_ABSENT)
		rotation = arena_printf(a, "%s, next on %.10s", rotation, age_time(a, b->rotation->next_ms));
	page_field(page, "Rotation", rotation);
}

/* A deletion can be stopped for so many days only: the very commands, to be copied. */
static const char *todo_text(struct arena *a, const struct view_binding *b)
{
	if (b->deletion_ms == VIEW_ABSENT)
		return b->todo;
	return arena_printf(a,
		"to keep the data: cmekctl key cancel-deletion; or stop the deletion and enable the key by "
		"hand:%s%s",
		command(a, arena_printf(a, "aws kms cancel-key-deletion --region %s --key-id %s", b->region,
				   b->key_arn)),
		command(a, arena_printf(
				   a, "aws kms enable-key --region %s --key-id %s", b->region, b->key_arn)));
}

static void show_verdict(const struct page *page, struct arena *a, const struct view_binding *b)
{
	const char *before = "";

	if (b->blind && !is(b->verdict, "unknown"))
		before = arena_printf(a, MARK_CARE "cannot be judged" MARK_END "%s; believed before: ",
			lasting(a, b->known_age_ms));
	page_field(page, "Verdict",
		arena_printf(a, "%s%s%s" MARK_END "%s: %s", before, mark_of_verdict(b->verdict), b->verdict,
			b->blind ? "" : lasting(a, b->verdict_age_ms), b->reason_text));
	if (!is(b->last_outcome, b->verdict) || !is(b->last_reason, b->reason))
		page_field(page, "Last look",
			arena_printf(a, "%s%s" MARK_END ": %s", mark_of_verdict(b->last_outcome),
				b->last_outcome, b->last_reason_text));
	/* Of our own cut, "Next" says it with the whole command. */
	if (*b->todo && !is(b->todo, "nothing to do") && !is(b->reason, "own_cut") &&
		!is(b->reason, "own_disable"))
		page_field(page, "To do", todo_text(a, b));
	if (b->kept_out_by)
		page_field(page, "Kept out",
			b->kept_out_by->sid ? arena_printf(a, "by Sid %s: %s", b->kept_out_by->sid,
						      b->kept_out_by->remedy)
					    : b->kept_out_by->remedy);
}

/* What cmekd would do about a loss, where no incident is open: the reader's first question. */
static void show_if_lost(
	const struct page *page, struct arena *a, const struct view_project *p, const struct view_binding *b)
{
	const char *text = arena_printf(
		a, "cmekd does something that this cmekctl does not know (Reaction=%s)", p->reaction);

	if (is(p->automation, "suspended"))
		text = MARK_BAD "cmekd does NOT react by itself" MARK_END
				": an operator suspended the project";
	else if (!is(p->automation, "on"))
		text = arena_printf(a, MARK_BAD "cmekd does NOT react by itself" MARK_END " (automation: %s)",
			p->automation);
	else if (is(p->reaction, "observe"))
		text = MARK_CARE "cmekd only alerts" MARK_END " (Reaction=observe)";
	else if (!b->armed)
		text = MARK_BAD "cmekd would NOT pause by itself" MARK_END
				": it never saw this key usable as it is configured now, so it cannot tell a "
				"loss from a"
				" mistake; it arms itself at the first usable look";
	else if (is(p->reaction, "approve"))
		text = "cmekd prepares to pause and waits for cmekctl approve (Reaction=approve)";
	else if (is(p->reaction, "pause") && b->blind)
		text = "cmekd cannot see it now; nothing is paused on what it cannot see";
	else if (is(p->reaction, "pause"))
		text = "cmekd pauses the clusters of this region (after confirmation and grace)";
	page_field(page, "If lost", text);
}

static bool is_by(const struct view_incident *i, const char *means)
{
	return i->means && is(i->means, means);
}

/* With what else the incident cut the key, or may have. */
static const char *cut_words(struct arena *a, const struct view_incident *i)
{
	const char *text = i->cut_text;

	for (size_t k = 0; k < i->stands.count; k++)
		if (!is_by(i, i->stands.items[k]))
			text = arena_printf(a, "%s; %s", text,
				is(i->stands.items[k], "deny")
					? "cmekd's Deny statement stands in the key policy too, or may"
					: "the key is disabled by cmekd too, or may be");
	if (is_by(i, "disable") && is(i->cut, "made") && i->stands.count == 0)
		text = arena_printf(a,
			"%s" MARK_CARE ", but not by cmekd" MARK_END ": cmekctl restore will not enable it",
			text);
	return text;
}

static void show_incident(const struct page *page, struct arena *a, const struct view_project *p,
	const struct view_binding *b, int64_t now_ms)
{
	const struct view_incident *i = b->incident;
	bool operator_s = incident_has_cause(i, "operator"), automatic = incident_has_cause(i, "automatic");
	/* Denied to cmekd itself, the loss is feared, not proven. */
	const char *loss = is(i->reason, reason_name(REASON_SELF_DENIED)) ? "cmekd may not look any more"
									  : "a proven loss";
	const char *cause = operator_s && automatic ? arena_printf(a, "an operator's revoke, and %s", loss)
			    : operator_s            ? "an operator's revoke"
			    : automatic             ? loss
						    : "no cause is left";

	const char *opened = i->opened_ms == VIEW_ABSENT
				     ? ""
				     : arena_printf(a, ", opened %s (%s)", age_time(a, i->opened_ms),
					       ago(a, now_ms - i->opened_ms));

	if (!b->armed)
		page_field(page, "Armed",
			MARK_CARE
			"no" MARK_END
			": cmekd never saw this key usable as it is configured now, so it does not act by"
			" itself");
	page_field(page, "Incident",
		arena_printf(a, MARK_BOLD "%s#%" PRId64 MARK_END "%s: %s", p->name, i->id, opened, cause));
	page_field(page, "Phase",
		arena_printf(a, "%s%s: %s", i->phase, lasting(a, i->phase_age_ms), i->phase_text));
	if (!is(i->cut, "none"))
		page_field(page, is_by(i, "disable") ? "Cut" : "Policy", cut_words(a, i));
	if (i->by_hand)
		page_field(page, "By hand",
			arena_printf(a, MARK_CARE "apply this in AWS KMS:" MARK_END "\n%s", i->by_hand));
	page_field(page, "Dark",
		view_is_dark(b) ? arena_printf(a, MARK_DARK "yes" MARK_END ": %s", b->dark_text)
				: arena_printf(a, MARK_BAD "NO" MARK_END ": %s", b->dark_text));
	if (b->grants_alive > 0)
		page_field(page, "Grants",
			arena_printf(a,
				MARK_CARE "%" PRId64 " alive" MARK_END
					  " of TiDB Cloud on the key; each gives EBS the use of the key "
					  "while the policy does not"
					  " deny it",
				b->grants_alive));
	else if (b->grants_alive == 0)
		page_field(page, "Grants", "none of TiDB Cloud on the key is alive");
	if (i->grants_revoked != VIEW_ABSENT)
		page_field(page, "", arena_printf(a, "%" PRId64 " revoked by cmekd", i->grants_revoked));
	if (i->grants_by_hand)
		page_field(page, "",
			arena_printf(a, MARK_CARE "cmekd may not revoke them; by hand:" MARK_END "\n%s",
				i->grants_by_hand));
	if (b->replicas_text)
		page_field(page, "Replicas", arena_printf(a, MARK_CARE "%s" MARK_END, b->replicas_text));
}

static const char *plan_text(struct arena *a, const struct view_plan *plan)
{
	const char *text = arena_printf(a, "%" PRId64 " cluster%s", plan->pause, plan->pause == 1 ? "" : "s");

	if (plan->wait > 0)
		text = arena_printf(a, "%s (%" PRId64 " must be waited for first)", text, plan->wait);
	if (plan->unread > 0)
		text = arena_printf(a, "%s, %" PRId64 " not read yet", text, plan->unread);
	return text;
}

static const char *decide_text(
	struct arena *a, const struct view_project *p, const struct view_incident *i, const char *opening)
{
	return arena_printf(a, "%s To pause %s:%s\nTo leave the clusters as they are:%s", opening,
		plan_text(a, i->plan),
		command(a, arena_printf(a, "cmekctl approve %s#%" PRId64, p->name, i->id)),
		command(a, arena_printf(a, "cmekctl decline %s#%" PRId64, p->name, i->id)));
}

static const char *grace_text(struct arena *a, const struct view_project *p, const struct view_incident *i)
{
	const char *when = "when the grace period is over";

	if (is(p->automation, "suspended"))
		return "nothing is paused by itself while the project is suspended";
	if (i->grace_left_ms == 0)
		when = "as soon as the newest look and a complete list of the clusters confirm it";
	else if (i->grace_left_ms != VIEW_ABSENT)
		when = arena_printf(a, "in " MARK_BAD "%s" MARK_END, age_text(a, i->grace_left_ms));

	return arena_printf(a, "pauses %s %s, unless access is seen again. To stop it:%s",
		plan_text(a, i->plan), when,
		command(a, arena_printf(a, "cmekctl decline %s#%" PRId64, p->name, i->id)));
}

static const char *held_text(struct arena *a, const struct view_project *p, const struct view_binding *b)
{
	const char *again = "What TiDB Cloud resumes by itself after seven days is paused again";

	if (incident_has_cause(b->incident, "operator"))
		return arena_printf(a, "kept so until somebody gives access back. %s. To give access back:%s",
			again, command(a, arena_printf(a, "cmekctl restore %s/%s", p->name, b->region)));
	return arena_printf(a,
		"kept so; cmekd resumes what it paused when the key is usable again and stays so. %s", again);
}

static const char *proving_text(struct arena *a, const struct view_project *p, const struct view_incident *i)
{
	if (is(p->automation, "suspended") && incident_has_cause(i, "automatic"))
		return arena_printf(a,
			"kept paused, however usable the key is, until automatic acts are on again:%s",
			command(a, arena_printf(a, "cmekctl unsuspend %s", p->name)));
	if (incident_undoing(i))
		return "resumes what this incident paused once the key is given back, and stays usable";
	const char *looks = i->proven_looks == VIEW_ABSENT
				    ? ""
				    : arena_printf(a, " (%" PRId64 " usable look%s so far)", i->proven_looks,
					      i->proven_looks == 1 ? "" : "s");
	const char *left = i->prove_left_ms == VIEW_ABSENT
				   ? "when that is proven"
				   : arena_printf(a, "in %s", age_text(a, i->prove_left_ms));

	return arena_printf(a, "resumes what this incident paused %s if the key stays usable%s", left, looks);
}

/* `then`: what the pauses stand before or behind, and how it goes without that, which a revoke with `option` makes. */
static const char *in_turn_text(struct arena *a, const struct view_project *p, const struct view_binding *b,
	const char *then, const char *option)
{
	return arena_printf(a, "pauses %s%s:%s\nTo give access back instead:%s",
		plan_text(a, b->incident->plan), then,
		command(a, arena_printf(a, "cmekctl revoke %s/%s%s", p->name, b->region, option)),
		command(a, arena_printf(a, "cmekctl restore %s/%s", p->name, b->region)));
}

static const char *pausing_text(struct arena *a, const struct view_project *p, const struct view_binding *b)
{
	const struct view_incident *i = b->incident;
	const char *text = i->plan->pause == 0
				   ? "pauses are under way; done when every cluster is read back as paused"
				   : arena_printf(a, "%s still to pause; a refused pause is tried again",
					     plan_text(a, i->plan));

	if (is(i->cut, "after_pauses"))
		return in_turn_text(a, p, b, ", then cuts the key. To cut it without waiting", "");
	if (is(i->cut, "by_hand") && !is(b->verdict, "lost"))
		return in_turn_text(a, p, b,
			" as soon as looks find the key cut, which a person has to do. To pause without it",
			" --pause-only");
	if (is(i->cut, "wanted") || is(i->cut, "sent"))
		text = arena_printf(a, "changes the key policy first, then pauses %s", plan_text(a, i->plan));
	if (!incident_has_cause(i, "operator"))
		return arena_printf(a, "%s. It stops by itself if the key becomes usable again", text);
	return arena_printf(a, "%s. To give access back instead:%s", text,
		command(a, arena_printf(a, "cmekctl restore %s/%s", p->name, b->region)));
}

static void show_next(
	const struct page *page, struct arena *a, const struct view_project *p, const struct view_binding *b)
{
	const struct view_incident *i = b->incident;
	const char *text = NULL;

	if (is(i->phase, "waiting"))
		text = decide_text(a, p, i, "nothing is paused before a person decides.");
	else if (is(i->phase, "budget"))
		text = decide_text(a, p, i,
			"waits until the hourly budget of pauses (MaxPauses=) has room for the whole plan.");
	else if (is(i->phase, "grace"))
		text = grace_text(a, p, i);
	else if (is(i->phase, "declined"))
		text = arena_printf(a, "nothing is paused; ends when access is back. To pause after all:%s",
			command(a, arena_printf(a, "cmekctl revoke %s/%s --pause-only", p->name, b->region)));
	else if (is(i->phase, "pausing"))
		text = pausing_text(a, p, b);
	else if (is(i->phase, "held"))
		text = held_text(a, p, b);
	else if (is(i->phase, "proving"))
		text = proving_text(a, p, i);
	else if (is(i->phase, "resuming"))
		text = "done when every cluster that this incident paused is read as running; the incident "
		       "then closes";
	if (text)
		page_field(page, "Next", text);
}

static void show_binding(const struct page *page, struct arena *a, const struct view_project *p,
	const struct view_binding *b, int64_t now_ms)
{
	struct tally tally = {0};

	tally_add(&tally, &b->clusters);
	page_blank(page);
	page_flow(page, 0, 0, arena_printf(a, MARK_BOLD "%s" MARK_END, b->region));
	show_key(page, a, b, now_ms);
	show_verdict(page, a, b);
	if (b->incident) {
		show_incident(page, a, p, b, now_ms);
		show_next(page, a, p, b);
	} else {
		show_if_lost(page, a, p, b);
	}
	page_field(page, "Clusters", tally_text(a, &tally, true));
	if (b->clusters.count > 0)
		page_blank(page);
	status_text_clusters(page, a, &b->clusters, true, now_ms);
}

/* ---- the whole ---- */

void status_text_overview(const struct page *page, struct arena *a, const struct view_project *p)
{
	page_flow(page, 0, 2, headline_text(a, p));
	for (size_t i = 0; i < p->problems.count; i++)
		page_flow(page, 2, 4, arena_printf(a, MARK_BAD "!" MARK_END " %s", p->problems.items[i]));
}

void status_text_looks(const struct page *page, struct arena *a, const struct view_project *p)
{
	for (size_t i = 0; i < p->bindings.count; i++)
		page_flow(page, 2, 4,
			arena_printf(a, MARK_DIM "%s: last look %s" MARK_END, p->bindings.items[i].region,
				ago(a, p->bindings.items[i].last_look_age_ms)));
}

static const char *suspended_text(struct arena *a, const struct view_project *p, int64_t now_ms)
{
	const char *left =
		p->suspended_until_ms == VIEW_ABSENT
			? "for a while"
			: arena_printf(a, "for %s more", age_text(a, p->suspended_until_ms - now_ms));

	return arena_printf(a,
		"an operator switched automatic acts off %s: a loss waits for a person. To switch them on "
		"again:%s",
		left, command(a, arena_printf(a, "cmekctl unsuspend %s", p->name)));
}

static void show_automation(
	const struct page *page, struct arena *a, const struct view_project *p, int64_t now_ms)
{
	const char *text = is(p->automation, "on") || is(p->automation, "broken")
				   ? NULL /* said by the headline */
			   : is(p->automation, "observe") ? "the ledger is damaged, so cmekd only observes "
							    "this project. See which line: cmekctl verify"
			   : is(p->automation, "held") ? "the ledger comes from another machine or is old, "
							 "so cmekd does nothing before cmekctl approve"
			   : is(p->automation, "suspended") ? suspended_text(a, p, now_ms)
			   : is(p->automation, "ledger_failed")
				   ? "the ledger cannot be written, so cmekd does nothing. Free space on the "
				     "file system of the ledgers"
				   : p->automation;

	if (text)
		page_field(page, "Automation", text);
}

static void show_footer(const struct page *page, struct arena *a, const struct view_project *p)
{
	const char *fault = is(p->clusters_fault, "none")
				    ? ""
				    : arena_printf(a, " (" MARK_BAD "the last try failed: %s" MARK_END ")",
					      p->clusters_fault);
	const char *late =
		p->readings_wait_ms < READINGS_LATE_MS
			? ""
			: arena_printf(a,
				  " (" MARK_CARE
				  "readings come %s late, for the rate of the API key: cmekctl status "
				  "--lanes" MARK_END ")",
				  age_text(a, p->readings_wait_ms));

	if (!*p->id) /* its file has errors: nothing is known of it */
		return;
	page_blank(page);
	page_flow(page, 0, 2,
		arena_printf(a,
			"Project %s; TiDB Cloud's AWS account (the vendor) %s; Reaction=%s; clusters listed "
			"%s%s%s",
			p->id, p->vendor_account, p->reaction, ago(a, p->clusters_age_ms), fault, late));
}

void status_text_project(
	const struct page *page, struct arena *a, const struct view_project *p, int64_t now_ms)
{
	status_text_overview(page, a, p);
	show_automation(page, a, p, now_ms);
	for (size_t i = 0; i < p->bindings.count; i++)
		show_binding(page, a, p, &p->bindings.items[i], now_ms);
	if (p->bindings.count == 0 && !is(p->automation, "broken")) {
		page_blank(page);
		page_flow(page, 2, 2,
			"No region of this project has a customer managed key, as far as cmekd has read.");
	}
	if (p->strays.count > 0) {
		page_blank(page);
		page_flow(page, 0, 0, "Clusters in regions without a customer managed key: never touched");
		status_text_clusters(page, a, &p->strays, true, now_ms);
	}
	show_footer(page, a, p);
}
