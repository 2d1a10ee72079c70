/* SPDX-License-Identifier: Apache-2.0 */
#include "headline.h"
#include "age.h"
#include "model/cluster.h"
#include "model/incident.h"
#include "model/reason.h"
#include "page.h"
#include <string.h>

static bool is(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

void tally_add(struct tally *t, const struct view_clusters *clusters)
{
	for (size_t i = 0; i < clusters->count; i++) {
		enum cluster_state state;
		if (!cluster_state_parse(clusters->items[i].state, &state))
			state = CLUSTER_STATE_UNKNOWN;
		if (state == CLUSTER_STATE_GONE)
			continue;
		t->total++;
		if (state == CLUSTER_STATE_RUNNING)
			t->running++;
		else if (state == CLUSTER_STATE_PAUSED)
			t->paused++;
		else if (state == CLUSTER_STATE_PAUSING || state == CLUSTER_STATE_RESUMING)
			t->moving++;
		else
			t->other++;
	}
}

const char *tally_text(struct arena *a, const struct tally *t, bool bare)
{
	const struct {
		size_t count;
		const char *what;
	} parts[] = {
		{t->running, "running"},
		{t->paused, "paused"},
		{t->moving, "on the way"},
		{t->other, "in another state"},
	};
	const char *text = "";

	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		if (parts[i].count == 0)
			continue;
		const char *noun = *text || bare ? "" : parts[i].count == 1 ? "cluster " : "clusters ";
		text = arena_printf(
			a, "%s%s%zu %s%s", text, *text ? ", " : "", parts[i].count, noun, parts[i].what);
	}
	return *text ? text : bare ? "none" : "no clusters";
}

/* Few words for the reasons that a headline may carry. */
static const struct {
	enum reason reason;
	const char *words;
} short_reasons[] = {
	{REASON_KEY_DISABLED, "key disabled"},
	{REASON_POLICY_NO_ALLOW, "key policy no longer allows TiDB Cloud"},
	{REASON_POLICY_DENIED, "key policy denies TiDB Cloud"},
	{REASON_OWN_CUT, "key cut by cmekd"},
	{REASON_OWN_DISABLE, "key disabled by cmekd"},
	{REASON_SHARED_KEY, "key cut for another project"},
	{REASON_FOREIGN_CUT, "key cut by an unknown cmekd"},
	{REASON_VENDOR_CHANGED, "key policy names another vendor account"},
	{REASON_PENDING_DELETION, "key pending deletion"},
	{REASON_PENDING_REPLICA_DELETION, "key pending deletion"},
	{REASON_PENDING_IMPORT, "key material gone"},
	{REASON_DELETED, "key deleted"},
	{REASON_SELF_DENIED, "cmekd itself is denied the key"},
};

const char *headline_reason(const char *reason, const char *text)
{
	enum reason r;

	if (!reason_parse(reason, &r))
		return text;
	for (size_t i = 0; i < sizeof short_reasons / sizeof *short_reasons; i++)
		if (short_reasons[i].reason == r)
			return short_reasons[i].words;
	return reason_seen(r);
}

static const char *const short_duties[] = {
	[DUTY_FREE] = "",
	[DUTY_OWED] = "to be paused",
	[DUTY_PAUSE_SENT] = "pause on its way",
	[DUTY_PAUSE_UNSURE] = "pause may have been taken",
	[DUTY_PAUSE_TAKEN] = "pause accepted, not yet paused",
	[DUTY_PAUSED] = "paused by cmekd, verified",
	[DUTY_LEFT] = "paused by people before: left so",
	[DUTY_TOUCHED] = "people acted on it: left alone",
	[DUTY_RESUME_OWED] = "to be resumed",
	[DUTY_RESUME_SENT] = "resume on its way",
	[DUTY_RESUME_UNSURE] = "resume may have been taken",
	[DUTY_RESUME_TAKEN] = "resume accepted, not yet running",
	[DUTY_STRANDED] = "stuck: left PAUSED, never came up",
	[DUTY_GONE] = "deleted by people",
	[DUTY_EXCLUDED] = "excluded: never paused",
	[DUTY_WAITS] = "waits for cmekctl approve",
};
_Static_assert(sizeof short_duties / sizeof *short_duties == DUTY_COUNT, "every duty has its words");

const char *headline_duty(const char *duty, const char *text)
{
	enum duty d;

	return duty_parse(duty, &d) ? short_duties[d] : text;
}

bool incident_has_cause(const struct view_incident *i, const char *cause)
{
	for (size_t c = 0; c < i->causes.count; c++)
		if (is(i->causes.items[c], cause))
			return true;
	return false;
}

bool incident_was_asked(const struct view_incident *i, const char *how)
{
	for (size_t h = 0; h < i->how.count; h++)
		if (is(i->how.items[h], how))
			return true;
	return false;
}

static bool phase_is(const struct view_binding *b, const char *phase)
{
	return b->incident && is(b->incident->phase, phase);
}

const char *incident_undoing(const struct view_incident *i)
{
	if (is(i->cut, "undo_wanted") || is(i->cut, "undo_sent"))
		return "the key is being given back";
	return is(i->cut, "undo_by_hand") ? "the key is still to be given back by hand" : NULL;
}

const char *incident_cause(struct arena *a, const struct view_binding *b)
{
	const struct view_incident *i = b->incident;
	const char *operator= "revoked by an operator";

	if (!i)
		return headline_reason(b->reason, b->reason_text);
	if (is(i->cut, "made"))
		operator= "key cut by an operator";
	else if (is(i->cut, "after_pauses"))
		operator= "revoke by an operator, key cut when the clusters are paused";
	else if (is(i->cut, "wanted") || is(i->cut, "sent"))
		operator= "key being cut by an operator";
	else if (is(i->cut, "by_hand"))
		operator= "revoke by an operator, key still to be cut by hand";
	if (!incident_has_cause(i, "operator"))
		return headline_reason(i->reason, b->reason_text);
	if (!incident_has_cause(i, "automatic"))
		return operator;
	return arena_printf(a, "%s; also %s", operator, headline_reason(i->reason, b->reason_text));
}

/* Whether the binding is one that the daemon's word is about. */
static bool concerns(const struct view_binding *b, const char *word)
{
	if (is(word, "dark"))
		return view_is_dark(b);
	if (is(word, "pausing"))
		return phase_is(b, "pausing") || (phase_is(b, "held") && !view_is_dark(b));
	if (is(word, "restoring"))
		return phase_is(b, "proving") || phase_is(b, "resuming");
	if (is(word, "waiting"))
		return phase_is(b, "waiting") || phase_is(b, "budget");
	if (is(word, "lost"))
		return is(b->verdict, "lost") || b->incident;
	if (is(word, "blind"))
		return b->blind;
	if (is(word, "suspended"))
		return true;
	if (is(word, "unarmed"))
		return !b->armed;
	return is(word, "degraded") && is(b->verdict, "degraded");
}

static const char *paused_of(struct arena *a, const struct tally *t)
{
	if (t->total == 0)
		return "no clusters";
	return arena_printf(a, "%zu of %zu cluster%s paused", t->paused, t->total, t->total == 1 ? "" : "s");
}

/* What a sentence is about. */
struct subject {
	struct arena *a;
	const struct view_project *p;
	const struct view_binding *b; /* the first that the word concerns; NULL for some words */
	struct tally tally;           /* of all that it concerns */
};

#define NOT_DARK "; " MARK_BAD "NOT DARK" MARK_END

static const char *say_usable(const struct subject *s)
{
	if (s->p->bindings.count > 1)
		return arena_printf(s->a, "TiDB Cloud can use the keys of %zu regions; %s",
			s->p->bindings.count, tally_text(s->a, &s->tally, false));
	return arena_printf(s->a, "TiDB Cloud can use the key; %s", tally_text(s->a, &s->tally, false));
}

static const char *say_suspended(const struct subject *s)
{
	return arena_printf(s->a, "%s; cmekd would not react to a loss", say_usable(s));
}

static const char *say_degraded(const struct subject *s)
{
	return arena_printf(
		s->a, "TiDB Cloud can use the key only in part; %s", tally_text(s->a, &s->tally, false));
}

static const char *say_lost(const struct subject *s)
{
	const char *then = "";

	if (phase_is(s->b, "grace") && s->b->incident->grace_left_ms != VIEW_ABSENT)
		then = arena_printf(s->a, "; will pause %lld in %s", (long long)s->b->incident->plan->pause,
			age_text(s->a, s->b->incident->grace_left_ms));
	else if (phase_is(s->b, "declined"))
		then = "; a person declined to pause";
	else if (is(s->p->reaction, "observe") || is(s->p->automation, "observe"))
		then = "; cmekd only observes";
	else if (!s->b->armed && !s->b->incident)
		then = "; never armed, so cmekd does not react";
	return arena_printf(
		s->a, "%s; %s%s" NOT_DARK, incident_cause(s->a, s->b), paused_of(s->a, &s->tally), then);
}

static const char *say_blind(const struct subject *s)
{
	return arena_printf(s->a, "cannot tell whether the key is usable: %s%s; %s",
		headline_reason(s->b->last_reason, s->b->last_reason_text),
		s->b->armed ? "" : "; never armed, so cmekd would not react to a loss",
		tally_text(s->a, &s->tally, false));
}

static const char *say_unarmed(const struct subject *s)
{
	return arena_printf(s->a, "the key was never seen usable, so cmekd would not react to a loss; %s",
		tally_text(s->a, &s->tally, false));
}

static const char *say_pausing(const struct subject *s)
{
	return arena_printf(s->a, "%s, %s" NOT_DARK, incident_cause(s->a, s->b), paused_of(s->a, &s->tally));
}

static const char *say_dark(const struct subject *s)
{
	const char *grants =
		s->b->grants_alive > 0
			? arena_printf(s->a,
				  "; " MARK_CARE "%lld grants of TiDB Cloud on the key are alive" MARK_END,
				  (long long)s->b->grants_alive)
			: "";

	return arena_printf(s->a, "%s, %s%s", incident_cause(s->a, s->b), paused_of(s->a, &s->tally), grants);
}

static const char *say_restoring(const struct subject *s)
{
	if (phase_is(s->b, "proving") && is(s->p->automation, "suspended"))
		return arena_printf(s->a,
			"access seems back; nothing is resumed while the project is suspended; %s",
			paused_of(s->a, &s->tally));
	if (phase_is(s->b, "proving") && incident_undoing(s->b->incident))
		return arena_printf(s->a, "%s; clusters are resumed once it is usable; %s",
			incident_undoing(s->b->incident), paused_of(s->a, &s->tally));
	if (phase_is(s->b, "proving") && s->b->incident->prove_left_ms != VIEW_ABSENT)
		return arena_printf(s->a, "access seems back; resumes in %s if it stays; %s",
			age_text(s->a, s->b->incident->prove_left_ms), paused_of(s->a, &s->tally));
	return arena_printf(
		s->a, "access is back, clusters are being resumed: %s", tally_text(s->a, &s->tally, false));
}

static const char *say_waiting(const struct subject *s)
{
	return arena_printf(s->a, "%s%s; nothing is done before a person decides; %s" NOT_DARK,
		incident_cause(s->a, s->b), s->b->armed ? "" : " (never armed)", paused_of(s->a, &s->tally));
}

static const char *say_starting(const struct subject *s)
{
	(void)s;
	return "cmekd has just started and is taking its first looks";
}

static const char *say_broken(const struct subject *s)
{
	(void)s;
	return "cmekd cannot do its work for this project";
}

typedef const char *say_fn(const struct subject *s);

static const struct word {
	const char *word, *shown, *mark;
	bool aged; /* say since when */
	say_fn *say;
} words[] = {
	{"usable", "OK", MARK_GOOD, false, say_usable},
	{"suspended", "SUSPENDED", MARK_CARE, false, say_suspended},
	{"degraded", "DEGRADED", MARK_CARE, true, say_degraded},
	{"lost", "LOST", MARK_BAD, true, say_lost},
	{"blind", "BLIND", MARK_CARE, true, say_blind},
	{"unarmed", "NOT ARMED", MARK_CARE, false, say_unarmed},
	{"pausing", "PAUSING", MARK_BAD, true, say_pausing},
	{"dark", "DARK", MARK_DARK, true, say_dark},
	{"restoring", "RESTORING", MARK_CARE, true, say_restoring},
	{"waiting", "WAITS FOR APPROVAL", MARK_BAD, true, say_waiting},
	{"starting", "STARTING", MARK_CARE, false, say_starting},
	{"broken", "BROKEN", MARK_BAD, false, say_broken},
};

/* For how long it has been as the word says: the incident's phase, the blindness, or the verdict. */
static int64_t age_of(const struct view_binding *b, const char *word)
{
	if (is(word, "blind"))
		return b->known_age_ms;
	return b->incident ? b->incident->phase_age_ms : b->verdict_age_ms;
}

/* How a region stands that is not dark, in a project that is dark elsewhere. A usable key without an incident is no
 * alarm: nobody took it away. */
static const char *not_dark(const struct subject *s, const struct view_binding *b)
{
	struct tally tally = {0};

	if (b->incident || !is(b->verdict, "usable") || b->blind)
		return arena_printf(
			s->a, MARK_BAD "NOT DARK" MARK_END " in %s (%s)", b->region, b->dark_text);
	tally_add(&tally, &b->clusters);
	return arena_printf(s->a, "%s is in use as before (%s)", b->region, tally_text(s->a, &tally, false));
}

/* cmekd's word for the project is "dark", but not for each of its regions. */
static const char *dark_in_part(const struct subject *s, int64_t age_ms)
{
	const char *dark = "", *open = "";

	for (size_t i = 0; i < s->p->bindings.count; i++) {
		const struct view_binding *b = &s->p->bindings.items[i];
		if (view_is_dark(b))
			dark = arena_printf(s->a, "%s%s%s", dark, *dark ? ", " : "", b->region);
		else
			open = arena_printf(s->a, "%s%s%s", open, *open ? "; " : "", not_dark(s, b));
	}
	if (!*dark) /* the regions do not bear the word out: it is not passed on */
		return arena_printf(s->a, MARK_BAD "NOT DARK" MARK_END "%s%s", *open ? ": " : "", open);
	return arena_printf(s->a, MARK_DARK "DARK" MARK_END " only in %s%s%s: %s; %s", dark,
		age_ms == VIEW_ABSENT ? "" : " for ", age_ms == VIEW_ABSENT ? "" : age_text(s->a, age_ms),
		say_dark(s), open);
}

/* Of a project in which cmekd knows no key. */
static const char *without_key(const struct view_project *p)
{
	if (is(p->headline, "unarmed"))
		return "there is no customer managed key to watch";
	if (is(p->headline, "blind"))
		return "which keys the project has cannot be read from TiDB Cloud";
	return is(p->headline, "starting") ? "cmekd has just started and is taking its first looks"
					   : "cmekd cannot do its work for this project";
}

static const struct word *word_of(const char *headline)
{
	for (size_t w = 0; w < sizeof words / sizeof *words; w++)
		if (is(words[w].word, headline))
			return &words[w];
	return NULL;
}

/* Where, if the project has several regions. */
static const char *regions(const struct subject *s, size_t concerned)
{
	if (!s->b || s->p->bindings.count < 2)
		return "";
	return concerned > 1 ? arena_printf(s->a, " in %zu of %zu regions", concerned, s->p->bindings.count)
			     : arena_printf(s->a, " in %s", s->b->region);
}

static const char *sentence(const struct subject *s, size_t concerned)
{
	const struct word *word = word_of(s->p->headline);
	/* These are about the project as a whole. */
	bool whole = is(s->p->headline, "usable") || is(s->p->headline, "starting") ||
		     is(s->p->headline, "broken");

	if (!word)
		return arena_printf(s->a, "%s (a word that this cmekctl does not know)", s->p->headline);
	int64_t age_ms = s->b && word->aged ? age_of(s->b, s->p->headline) : VIEW_ABSENT;
	if (is(word->word, "dark") && concerned != s->p->bindings.count)
		return dark_in_part(s, age_ms);
	const char *since =
		age_ms == VIEW_ABSENT ? "" : arena_printf(s->a, " for %s", age_text(s->a, age_ms));
	const char *what = s->p->bindings.count == 0 ? without_key(s->p)
			   : s->b || whole           ? word->say(s)
						     : "see below";
	return arena_printf(s->a, "%s%s" MARK_END "%s%s: %s", word->mark, word->shown, regions(s, concerned),
		since, what);
}

const char *headline_text(struct arena *a, const struct view_project *p)
{
	struct subject s = {.a = a, .p = p};
	size_t concerned = 0;

	for (size_t i = 0; i < p->bindings.count; i++) {
		const struct view_binding *b = &p->bindings.items[i];
		if (!concerns(b, p->headline))
			continue;
		s.b = s.b ? s.b : b;
		concerned++;
		tally_add(&s.tally, &b->clusters);
	}
	for (size_t i = 0; concerned == 0 && i < p->bindings.count; i++)
		tally_add(&s.tally, &p->bindings.items[i].clusters);
	return arena_printf(a, MARK_BOLD "%s" MARK_END "  %s", p->name, sentence(&s, concerned));
}

bool headline_is_good(const struct view_project *p)
{
	if (!is(p->headline, "usable") || p->problems.count > 0)
		return false;
	for (size_t i = 0; i < p->bindings.count; i++)
		if (p->bindings.items[i].incident || !is(p->bindings.items[i].verdict, "usable"))
			return false;
	return true;
}

/* The worst first. */
static const char *const ranks[] = {"lost", "waiting", "pausing", "broken", "blind", "unarmed", "degraded",
	"dark", "restoring", "suspended", "starting", "usable"};
_Static_assert(sizeof ranks / sizeof *ranks == sizeof words / sizeof *words, "every headline has its rank");

unsigned headline_rank(const struct view_project *p)
{
	unsigned count = sizeof ranks / sizeof *ranks;

	for (unsigned i = 0; i < count; i++)
		if (is(ranks[i], p->headline))
			return headline_is_good(p) ? count + 1 : i + 1;
	return 0;
}

bool headline_is_word(const char *word)
{
	return word_of(word) != NULL;
}

const char *headline_words(struct arena *a)
{
	const char *text = "";

	for (size_t i = 0; i < sizeof ranks / sizeof *ranks; i++)
		text = arena_printf(a, "%s%s%s", text, *text ? ", " : "", ranks[i]);
	return text;
}
