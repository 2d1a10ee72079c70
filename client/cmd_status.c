/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd.h"
#include "base/array.h"
#include "base/own.h"
#include "headline.h"
#include "watch.h"
#include <errno.h>
#include <fnmatch.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

/* Up to here every project gets its line; beyond, only those with problems, and --all or --json for the rest. */
#define STATUS_LINES_MAX 50

enum order {
	ORDER_TROUBLE,
	ORDER_NAME,
	ORDER_HEADLINE,
	ORDER_LOOK
}; /* the first: in each frame, as they come */

/* What of all projects is shown, and how. */
struct choice {
	struct session *s;
	bool problems;               /* only those of which something is to be said */
	const char *headline, *name; /* NULL: any; a pattern */
	enum order order;
	enum output_detail detail;
	int64_t shown;
	bool bad; /* one of them needs attention */
};

static bool is_chosen(const struct choice *c, const struct view_project *p)
{
	return (!c->problems || !headline_is_good(p)) &&
	       (!c->headline || strcmp(p->headline, c->headline) == 0) &&
	       (!c->name || fnmatch(c->name, p->name, 0) == 0);
}

static void show(struct choice *c, const struct view_project *p, uint32_t node)
{
	struct wire wire = session_wire(c->s);

	wire.node = node;
	c->s->out->ops->project(c->s->out, p, &wire, c->detail);
	c->shown++;
	c->bad = c->bad || !headline_is_good(p);
}

/* The object of project `i` in the last reply. */
static uint32_t node_of(const struct session *s, size_t i)
{
	json_for_each (&s->reply.tree, json_member(&s->reply.tree, s->reply.parameters, "projects"), project)
		if (i-- == 0)
			return project;
	return JSON_NONE;
}

static int one_project(struct session *s)
{
	struct choice c = {.s = s, .detail = OUTPUT_FULL};
	struct view_status status;
	int result = session_ask(s, VERB_STATUS, session_parameters(s->request->project.text, NULL, NULL),
		VIEW_STATUS, &status);

	if (result != 0)
		return result;
	s->out->ops->status(s->out, NULL, NULL);
	for (size_t i = 0; i < status.projects.count; i++)
		show(&c, &status.projects.items[i], node_of(s, i));
	return c.bad ? EXIT_OPEN : EXIT_GOOD;
}

/* ---- all, as they come ---- */

struct row {
	const struct view_project *p;
	uint32_t node;
};

/* What needs attention comes first; a frame holds at most a few hundred. */
static int by_trouble(const void *left, const void *right)
{
	const struct view_project *a = ((const struct row *)left)->p, *b = ((const struct row *)right)->p;
	bool a_good = headline_is_good(a), b_good = headline_is_good(b);

	return a_good != b_good ? a_good - b_good : strcmp(a->name, b->name);
}

static int show_frame(struct choice *c, const struct view_status *status)
{
	struct arena *a = &c->s->out->arena;
	struct row *rows = arena_alloc(a, (status->projects.count + 1) * sizeof *rows);
	size_t i = 0, count = 0;

	if (!rows)
		return output_trouble(c->s->out, EXIT_ERROR, "failure", "out of memory");
	json_for_each (&c->s->reply.tree, json_member(&c->s->reply.tree, c->s->reply.parameters, "projects"),
		project) {
		if (is_chosen(c, &status->projects.items[i]))
			rows[count++] = (struct row){&status->projects.items[i], project};
		i++;
	}
	if (c->order == ORDER_TROUBLE && count > 1)
		qsort(rows, count, sizeof *rows, by_trouble);
	for (i = 0; i < count; i++)
		show(c, rows[i].p, rows[i].node);
	return 0;
}

/* Every frame of the stream: shown, and done with. */
static int each_frame(struct choice *c,
	int (*each)(struct choice *c, const struct view_status *status, void *arg), void *arg)
{
	struct session *s = c->s;
	int result = session_send(s, verb_method(VERB_STATUS), session_parameters(NULL, NULL, NULL), true);
	bool more = true;

	while (result == 0 && more) {
		struct view_status status;

		result = session_receive(s, SESSION_READ_MS, VIEW_STATUS, &status);
		if (result == 0)
			result = each(c, &status, arg);
		more = s->reply.continues;
		if (result == 0 && more)
			arena_fini(&s->out->arena);
	}
	return result;
}

/* `arg`: whether the summary is shown already. */
static int on_frame(struct choice *c, const struct view_status *status, void *arg)
{
	bool *begun = arg;
	const struct wire wire = session_wire(c->s);

	if (!*begun)
		c->s->out->ops->status(c->s->out, status->summary, &wire);
	*begun = true;
	return show_frame(c, status);
}

/* ---- all, in another order than that of their names ---- */

/* Kept of each project until all are known; they are asked for again, one by one, when it is their turn. */
struct key {
	struct project_name name;
	unsigned rank; /* of its headline */
	int64_t look_age_ms;
};
struct keys {
	struct key *items; /* owned */
	uint32_t count, size;
};

static void free_keys(struct keys *k)
{
	free(k->items);
}

/* Of the region that was not looked at for longest; never looked at is longer. */
static int64_t look_age(const struct view_project *p)
{
	int64_t age = p->bindings.count > 0 ? 0 : INT64_MAX;

	for (size_t i = 0; i < p->bindings.count; i++) {
		int64_t of = p->bindings.items[i].last_look_age_ms;

		age = of == VIEW_ABSENT ? INT64_MAX : of > age ? of : age;
	}
	return age;
}

static int keep_keys(struct choice *c, const struct view_status *status, void *arg)
{
	struct keys *k = arg;

	for (size_t i = 0; i < status->projects.count; i++) {
		const struct view_project *p = &status->projects.items[i];
		struct key key = {.rank = headline_rank(p), .look_age_ms = look_age(p)};

		if (!is_chosen(c, p) || project_name_parse(p->name, strlen(p->name), &key.name) != 0)
			continue;
		if (array_grow(&k->items, &k->size, k->count + 1, sizeof *k->items) != 0)
			return output_trouble(c->s->out, EXIT_ERROR, "failure", "out of memory");
		k->items[k->count++] = key;
	}
	return 0;
}

static int by_headline(const void *left, const void *right)
{
	const struct key *a = left, *b = right;

	return a->rank != b->rank ? (a->rank > b->rank) - (a->rank < b->rank)
				  : strcmp(a->name.text, b->name.text);
}

static int by_look(const void *left, const void *right)
{
	const struct key *a = left, *b = right;

	return a->look_age_ms != b->look_age_ms
		       ? (a->look_age_ms < b->look_age_ms) - (a->look_age_ms > b->look_age_ms)
		       : strcmp(a->name.text, b->name.text);
}

static int sorted(struct choice *c)
{
	_cleanup_(free_keys) struct keys k = {.items = NULL};
	int result = each_frame(c, keep_keys, &k);

	if (result == 0 && k.count > 1)
		qsort(k.items, k.count, sizeof *k.items, c->order == ORDER_LOOK ? by_look : by_headline);
	for (uint32_t i = 0; result == 0 && i < k.count; i++) {
		struct view_status status;

		result = session_ask(c->s, VERB_STATUS, session_parameters(k.items[i].name.text, NULL, NULL),
			VIEW_STATUS, &status);
		if (result == 0 && status.projects.count > 0)
			show(c, &status.projects.items[0], node_of(c->s, 0));
		arena_fini(&c->s->out->arena);
	}
	return result;
}

/* ---- of many, those with problems ---- */

/* The summary names them, unless they are too many for it. */
static int named_problems(struct choice *c, const struct view_summary *summary)
{
	for (size_t i = 0; i < summary->problem_projects.count; i++) {
		struct view_status status;
		int result = session_ask(c->s, VERB_STATUS,
			session_parameters(summary->problem_projects.items[i], NULL, NULL), VIEW_STATUS,
			&status);

		if (result != 0)
			return result;
		if (status.projects.count > 0)
			show(c, &status.projects.items[0], node_of(c->s, 0));
	}
	return 0;
}

/* ---- other questions ---- */

static int lanes(struct session *s)
{
	struct view_lanes view;
	int result;

	if (s->request->project.text[0])
		return output_trouble(s->out, EXIT_USAGE, "usage",
			"a rate limit belongs to a key of TiDB Cloud or AWS, which projects share: cmekctl "
			"status --lanes");
	result = session_ask(s, VERB_LANES, session_parameters(NULL, NULL, NULL), VIEW_LANES, &view);
	if (result != 0)
		return result;
	const struct wire wire = session_wire(s);
	s->out->ops->lanes(s->out, &view, &wire);
	return EXIT_GOOD;
}

static int hints(struct session *s)
{
	struct view_hints view;
	int result;

	if (s->request->project.text[0])
		return output_trouble(s->out, EXIT_USAGE, "usage",
			"queues of hints belong to all projects: cmekctl status --hints");
	result = session_ask(s, VERB_HINTS, session_parameters(NULL, NULL, NULL), VIEW_HINTS, &view);
	if (result != 0)
		return result;
	const struct wire wire = session_wire(s);
	s->out->ops->hints(s->out, &view, &wire);
	for (size_t i = 0; i < view.queues.count; i++)
		if (view.queues.items[i].trouble)
			return EXIT_OPEN;
	return EXIT_GOOD;
}

/* ---- the verb ---- */

static int parse_order(struct session *s, enum order *ret_order)
{
	static const char *const orders[] = {
		[ORDER_NAME] = "name", [ORDER_HEADLINE] = "headline", [ORDER_LOOK] = "look"};
	const char *typed = REQUEST_VALUE(s->request, SORT);

	*ret_order = ORDER_TROUBLE;
	for (size_t i = ORDER_NAME; typed && i < sizeof orders / sizeof *orders; i++)
		if (strcmp(typed, orders[i]) == 0)
			*ret_order = (enum order)i;
	return !typed || *ret_order != ORDER_TROUBLE ? 0
						     : output_trouble(s->out, EXIT_USAGE, "usage",
							       "projects are not sorted by \"%.64s\"; they "
							       "are by name, headline (the worst "
							       "first) or look (the longest ago first)",
							       typed);
}

static int choose(struct session *s, struct choice *ret_choice)
{
	struct choice c = {.s = s,
		.problems = REQUEST_HAS(s->request, PROBLEMS),
		.headline = REQUEST_VALUE(s->request, HEADLINE),
		.name = REQUEST_VALUE(s->request, NAME)};
	int result = parse_order(s, &c.order);

	if (result != 0)
		return result;
	if (c.headline && !headline_is_word(c.headline))
		return output_trouble(s->out, EXIT_USAGE, "usage",
			"there is no headline \"%.64s\"; they are: %s", c.headline,
			headline_words(&s->out->arena));
	if (s->request->project.text[0] && (c.problems || c.headline || c.name || c.order != ORDER_TROUBLE))
		return output_trouble(s->out, EXIT_USAGE, "usage",
			"--problems, --headline, --name and --sort choose among all projects, and %s is one",
			s->request->project.text);
	c.detail = c.order == ORDER_LOOK ? OUTPUT_LOOK : OUTPUT_LINE;
	*ret_choice = c;
	return 0;
}

/* Those that were asked for; the exit code is about them alone. */
static int chosen(struct choice *c, const struct view_summary *summary)
{
	struct session *s = c->s;
	const struct wire wire = session_wire(s);
	int64_t count = summary->projects;
	bool begun = true;

	s->out->ops->status(s->out, summary, &wire);
	int result = c->order == ORDER_HEADLINE || c->order == ORDER_LOOK ? sorted(c)
									  : each_frame(c, on_frame, &begun);
	if (result != 0)
		return result;
	s->out->ops->status_chosen(s->out, c->shown, count);
	return c->bad ? EXIT_OPEN : EXIT_GOOD;
}

static int all(struct choice *c, const struct view_summary *summary)
{
	struct session *s = c->s;
	const struct wire wire = session_wire(s);
	int64_t count = summary->projects, problems = summary->problems;
	bool bad = problems > 0 || summary->incidents > 0, begun = false;
	int result;

	if (REQUEST_HAS(s->request, ALL) || REQUEST_HAS(s->request, JSON) ||
		(count > 0 && count <= STATUS_LINES_MAX)) {
		if (REQUEST_HAS(s->request, JSON))
			c->order = ORDER_NAME;
		/* A single project is shown as if it had been named. */
		c->detail = count == 1 ? OUTPUT_FULL : OUTPUT_LINE;
		result = each_frame(c, on_frame, &begun);
		if (result == 0 && count > 1)
			s->out->ops->status_rest(s->out, 0);
	} else {
		s->out->ops->status(s->out, summary, &wire);
		begun = c->problems = true;
		result = (int64_t)summary->problem_projects.count < problems ? each_frame(c, on_frame, &begun)
									     : named_problems(c, summary);
		if (result == 0 && count > 0)
			s->out->ops->status_rest(s->out, count - c->shown);
	}
	return result != 0 ? result : bad || c->bad ? EXIT_OPEN : EXIT_GOOD;
}

static int status_of_all(struct session *s)
{
	struct view_status status;
	struct choice c;
	int result = choose(s, &c);

	if (result != 0)
		return result;
	result = session_ask(s, VERB_STATUS, session_parameters(NULL, NULL, NULL), VIEW_STATUS, &status);
	if (result != 0)
		return result;
	if (!status.summary)
		return output_trouble(s->out, EXIT_ERROR, "protocol",
			"cmekd gave no summary; perhaps of another version: cmekctl version");
	/* The arena goes with each frame. */
	const struct view_summary summary = *status.summary;
	return c.problems || c.headline || c.name || c.order != ORDER_TROUBLE ? chosen(&c, &summary)
									      : all(&c, &summary);
}

int cmd_status(struct session *s)
{
	bool watch = REQUEST_HAS(s->request, WATCH), one = s->request->project.text[0] != '\0';
	struct choice c;
	int result = choose(s, &c);

	if (result != 0)
		return result;
	if (watch && (REQUEST_HAS(s->request, HINTS) || REQUEST_HAS(s->request, LANES)))
		return output_trouble(
			s->out, EXIT_USAGE, "usage", "--watch is for projects, not for --hints or --lanes");
	if (REQUEST_HAS(s->request, HINTS))
		return hints(s);
	if (REQUEST_HAS(s->request, LANES))
		return lanes(s);
	if (watch)
		return one ? watch_project(s) : watch_all(s, status_of_all);
	return one ? one_project(s) : status_of_all(s);
}
