/* SPDX-License-Identifier: Apache-2.0 */
#include "follow.h"
#include "headline.h"
#include "stream.h"
#include <string.h>

enum standing { GOING_ON, REACHED, OUT_OF_REACH };

static bool phase_is(const struct view_binding *b, const char *phase)
{
	return b->incident && strcmp(b->incident->phase, phase) == 0;
}

static enum standing judge_dark(const struct view_binding *b, bool pause_only)
{
	if (view_is_dark(b))
		return REACHED;
	if (!b->incident || !incident_has_cause(b->incident, "operator"))
		return OUT_OF_REACH; /* somebody restored it */
	/* All that is to be paused is, and what is excluded runs: a person's to change. */
	if (phase_is(b, "held") && strcmp(b->dark, "cluster_excluded") == 0)
		return OUT_OF_REACH;
	/* Those that are kept, let it in. */
	if (phase_is(b, "held") && strcmp(b->dark, "grants_alive") == 0 &&
		!incident_was_asked(b->incident, "revoke_grants"))
		return OUT_OF_REACH;
	/* Held and the key not cut: without a change of the policy nothing more will happen. */
	return pause_only && phase_is(b, "held") &&
			       (strcmp(b->dark, "not_cut") == 0 || strcmp(b->dark, "backups_open") == 0)
		       ? OUT_OF_REACH
		       : GOING_ON;
}

static enum standing judge_closed(const struct view_binding *b)
{
	return b->incident ? GOING_ON : REACHED;
}

/* The operator's cause is gone, but a loss of its own keeps the incident open: that may last. */
static bool is_lost_otherwise(const struct view_binding *b)
{
	return b->incident && incident_has_cause(b->incident, "automatic") &&
	       !incident_has_cause(b->incident, "operator") && !phase_is(b, "proving") &&
	       !phase_is(b, "resuming");
}

/* Of all regions that were asked for: one that goes on is waited for. */
static enum standing judge(
	const struct session *s, enum follow_goal goal, bool pause_only, const struct view_project *p)
{
	const char *region = s->request->region.text;
	size_t counts[3] = {0};

	for (size_t i = 0; i < p->bindings.count; i++) {
		const struct view_binding *b = &p->bindings.items[i];
		if (*region && strcmp(b->region, region) != 0)
			continue;
		counts[goal == FOLLOW_DARK ? judge_dark(b, pause_only) : judge_closed(b)]++;
	}
	if (counts[GOING_ON] > 0)
		return GOING_ON;
	return counts[OUT_OF_REACH] > 0 || counts[REACHED] == 0 ? OUT_OF_REACH : REACHED;
}

static int left(struct session *s)
{
	const char *project = s->request->project.text;

	s->out->ops->note(s->out, arena_printf(&s->out->arena,
					  "Left; nothing was stopped: cmekd goes on by itself. To see how "
					  "far: cmekctl status %s",
					  project));
	return EXIT_OPEN;
}

/* What was last seen lives in one of two arenas, the other takes the next; progress is the difference. */
struct follower {
	struct session *s;
	struct stream stream;
	struct arena arenas[2];
	unsigned turn;
	const struct view_project *before;
	bool told_other; /* that another cause keeps the incident open */
};

static void tell_other_cause(struct follower *f, enum follow_goal goal, const struct view_project *p)
{
	struct output *out = f->s->out;

	for (size_t i = 0; goal == FOLLOW_CLOSED && !f->told_other && i < p->bindings.count; i++) {
		const struct view_binding *b = &p->bindings.items[i];
		if (!is_lost_otherwise(b))
			continue;
		out->ops->note(out, arena_printf(&out->arena,
					    "The revoke is taken back, but %s stays as it is until this has "
					    "ended too: %s. Ctrl-C leaves",
					    b->region, b->reason_text));
		f->told_other = true;
	}
}

/* What keeps it from being dark, where that is a matter of the configuration. */
static const char *not_dark(struct output *out, const struct view_project *p)
{
	for (size_t i = 0; i < p->bindings.count; i++) {
		const struct view_binding *b = &p->bindings.items[i];
		if (b->incident && strcmp(b->dark, "cluster_excluded") == 0)
			return arena_printf(&out->arena,
				"Not dark, and it will not become so by this revoke: %s. Pause it in TiDB "
				"Cloud, or take Exclude= out of its [Cluster] section and reload cmekd",
				b->dark_text);
		if (b->incident && strcmp(b->dark, "grants_alive") == 0)
			return arena_printf(&out->arena,
				"Not dark, and it will not become so by this revoke, which keeps them: "
				"%s. Revoke them (aws kms revoke-grant), or cmekctl revoke %s "
				"--disable-key",
				b->dark_text, p->name);
	}
	return "Not dark, and it will not become so by this revoke: cmekctl status says why";
}

static int finish(
	struct session *s, const struct view_project *p, enum standing standing, enum follow_goal goal)
{
	const struct wire wire = session_wire(s);

	s->out->ops->followed(s->out, p, &wire);
	if (standing == REACHED)
		return EXIT_GOOD;
	s->out->ops->note(s->out, goal == FOLLOW_DARK ? not_dark(s->out, p)
						      : "cmekd knows no such region of the project any more");
	return EXIT_OPEN;
}

static int run(struct follower *f, enum follow_goal goal, bool pause_only)
{
	struct session *s = f->s;

	for (;;) {
		struct view_monitor now;
		int result = stream_next(
			&f->stream, &f->arenas[f->turn ^ 1], VIEW_MONITOR, &now, CONNECTION_FOREVER);

		if (result == STREAM_RESIZED)
			continue;
		if (result != 0)
			return result == STREAM_LEFT ? left(s) : result;
		f->turn ^= 1;
		s->out->ops->progress(s->out, f->before, now.project);
		f->before = now.project;
		tell_other_cause(f, goal, now.project);
		enum standing standing = judge(s, goal, pause_only, now.project);
		if (standing != GOING_ON)
			return finish(s, now.project, standing, goal);
	}
}

int follow_until(struct session *s, enum follow_goal goal, bool pause_only)
{
	struct follower f = {.s = s};

	stream_init(&f.stream, s, VERB_MONITOR, s->request->project.text);
	s->out->ops->note(s->out, "Following; Ctrl-C leaves without stopping it.");
	int result = run(&f, goal, pause_only);
	stream_fini(&f.stream);
	arena_fini(&f.arenas[0]);
	arena_fini(&f.arenas[1]);
	return result;
}
