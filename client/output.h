/* SPDX-License-Identifier: Apache-2.0 */
/* output: how answers are shown. Verbs never print: they hand values to this table; a format is a file. */
#pragma once
#include "arena.h"
#include "base/err.h"
#include "base/json_scan.h"
#include "exit_code.h"
#include "ledger/ledger.h"
#include "model/errand.h"
#include "page.h"
#include "policy/compare.h"
#include "policy/policy.h"
#include "story_book.h"
#include "story_times.h"
#include "view.h"
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct output;

/* The object of a reply as it came: what --json passes on, so that its shape is that of io.cmekd. */
struct wire {
	const struct json_tree *tree;
	uint32_t node;
};

/* What revoke or restore would do. */
struct output_plan {
	const char *verb, *project, *region; /* "revoke", "prod", "us-west-2" or "": all of it */
	bool pause_only, pause_first, keep_grants, disable_key, remove;
	const struct grammar_list *include; /* restore: clusters that were named */
	const char *adopt; /* restore --adopt: the Sid of the statement that is removed; NULL: none */
	const struct view_plans *plans;
	struct wire wire;
};

/* Heads that journal lines carry, beside the records of a ledger. */
enum output_heads_bad { OUTPUT_HEADS_GOOD, OUTPUT_HEADS_OTHER, OUTPUT_HEADS_MISSING };
struct output_heads {
	bool given; /* there was something to compare with */
	uint64_t compared;
	uint64_t left_out; /* of records that are not in a part, or behind a damage */
	enum output_heads_bad bad;
	struct seq bad_seq; /* of the first that does not fit, or is beyond the end */
	struct digest bad_head;
};

/* One ledger that was looked through. */
struct output_ledger {
	const char *path;
	struct ledger_report report;
	const char *damage; /* NULL: the chain holds; else what is wrong with line report.line */
	uint64_t bytes;
	bool is_foreign; /* nothing in it looks like a ledger; damage says how it begins */
	bool is_part;    /* damaged as a ledger, but good as a part of one */
	bool is_unread; /* the record's own hash fits, but not what this cmekd writes: probably a newer one did */
	struct output_heads heads;
};

/* What a ledger tells of its incidents. */
struct output_story {
	const char *name; /* of the project, as typed, or of the file */
	const struct output_ledger *ledger;
	const struct story_book *book;
	const struct story *story; /* NULL: all */
	bool evidence;             /* with what an auditor needs to check it */
};

/* Records of a ledger, as they are hashed: the genesis, and those from `first` to `last` (none if that is less). */
struct output_export {
	const struct output_ledger *ledger;
	const struct story_book *book;
	const char *bytes; /* of the ledger */
	uint64_t first, last;
	struct digest first_hash, last_hash;
};
/* The next record to write, with its newline; the caller's place (0 at first) is moved on. NULL: no more. */
const char *output_export_next(const struct output_export *e, uint64_t *seq, size_t *at, size_t *ret_len);

/* How long things took, over all incidents of some ledgers. */
struct output_times {
	struct story_times *times; /* sorted when it is shown */
	const struct output_ledger *ledgers;
	size_t ledger_count;
};

/* What a policy gives TiDB Cloud. */
struct output_policy {
	const char *path; /* as typed */
	const char *account, *region;
	enum policy_summary summary;
	const struct policy_decision *decisions; /* NEED_COUNT, by enum need */
	bool grants_survive; /* Decrypt for EBS is denied, but by no Deny: grants made before still work */
	bool full;           /* with the reasons of what is allowed, too */
};

/* One of setting up. */
#define OUTPUT_STEPS_MAX 8
struct output_step {
	const char *step, *state; /* stable, for scripts: "policy"; done, missing, problem, unknown */
	const char *found;
	const char *command; /* NULL: none is needed */
};

struct output_trouble {
	enum exit_code code;
	const char *id;   /* stable, for scripts: "not_running", "io.cmekd.Refused", ... */
	const char *text; /* what happened, to what, what to do next */
};

/* What is said of a project: its headline; when it was looked at, too; everything. */
enum output_detail { OUTPUT_LINE, OUTPUT_LOOK, OUTPUT_FULL };

struct output_ops {
	/* Before the first project; `summary` may be NULL. */
	void (*status)(struct output *o, const struct view_summary *summary, const struct wire *wire);
	/* One project; `wire`: its object. */
	void (*project)(struct output *o, const struct view_project *p, const struct wire *wire,
		enum output_detail detail);
	/* After the last: projects of which only the number is known. */
	void (*status_rest)(struct output *o, int64_t good_projects);
	/* After the last of those that were asked for. */
	void (*status_chosen)(struct output *o, int64_t shown, int64_t of);
	void (*explain)(struct output *o, const char *project, const struct view_explanations *e,
		const struct wire *wire);
	void (*lanes)(struct output *o, const struct view_lanes *l, const struct wire *wire);
	void (*hints)(struct output *o, const struct view_hints *h, const struct wire *wire);
	void (*credentials)(struct output *o, const char *project, const struct view_credentials *c,
		const struct wire *wire);
	/* Each limit and requirement of one project. */
	void (*checks)(
		struct output *o, const char *project, const struct view_checks *c, const struct wire *wire);
	/* A rehearsal of a revoke: its lines, and what they come to. */
	void (*drill)(
		struct output *o, const char *target, const struct view_drill *d, const struct wire *wire);
	/* Only what the key policies say. */
	void (*checked)(struct output *o, const char *project, const struct view_explanations *e,
		const struct wire *wire);
	void (*plan)(struct output *o, const struct output_plan *plan);
	/* The incident that is about to be approved. */
	void (*decision)(struct output *o, const struct view_project *p, const struct view_binding *b);
	/* cmekd took the verb; `incidents` may be NULL. */
	void (*taken)(struct output *o, const char *verb, const char *project,
		const struct view_incidents *incidents, bool followed);
	/* How the keys of these projects rotate. */
	void (*rotations)(struct output *o, const struct view_projects *projects, const struct wire *wire);
	/* It was done. */
	void (*errand)(
		struct output *o, enum errand errand, const struct view_errand *end, const struct wire *wire);
	/* Of a project that is followed: what changed since `before` (NULL: the beginning). */
	void (*progress)(struct output *o, const struct view_project *before, const struct view_project *now);
	/* How a project that was followed stands at the end. */
	void (*followed)(struct output *o, const struct view_project *p, const struct wire *wire);
	void (*record)(struct output *o, const struct ledger_entry *entry);
	void (*ledger)(struct output *o, const struct output_ledger *ledger);
	void (*incidents)(struct output *o, const struct output_story *story, const struct wire *wire);
	void (*story)(struct output *o, const struct output_story *story, const struct wire *wire);
	void (*exported)(struct output *o, const struct output_export *e);
	void (*times)(struct output *o, const struct output_times *times);
	void (*replay)(struct output *o, const struct view_replay *replay, const struct wire *wire);
	void (*policy)(struct output *o, const struct output_policy *policy);
	/* Whether a key will do for a project. */
	void (*key_plan)(struct output *o, const char *project, const struct view_key_plan *plan,
		const struct wire *wire);
	/* A project of this name is there now. */
	void (*made)(struct output *o, const char *name, const struct view_made *made);
	void (*steps)(struct output *o, const struct output_step *steps, size_t count);
	/* Of all projects, one a line. */
	void (*names)(struct output *o, const struct view_names *names, const struct wire *wire);
	/* TiDB Cloud's account, as `path` names it. */
	void (*vendor)(struct output *o, const char *path, const char *account);
	void (*simulated)(struct output *o, const struct policy_result *result);
	void (*compared)(struct output *o, const struct compare_list *list, bool equal);
	void (*document)(struct output *o, const char *json);
	void (*version)(struct output *o, const char *client, const char *daemon);
	void (*ping)(struct output *o, int64_t round_trip_us);
	/* `script`: for a program to read, so no line is broken. */
	void (*help)(struct output *o, const char *text, bool script);
	/* What was recorded or told; `wire`: the event. And how many are gone. */
	void (*event)(struct output *o, const struct view_event *e, const struct wire *wire);
	void (*missed)(struct output *o, int64_t count);
	/* A project again, each time that it has changed. */
	void (*watched)(struct output *o, const struct view_project *p, const struct wire *wire);
	void (*note)(struct output *o, const char *text);
	void (*trouble)(struct output *o, const struct output_trouble *trouble);
	/* The last call. */
	void (*end)(struct output *o);
};

struct output {
	const struct output_ops *ops;
	struct page page;  /* for answers */
	struct page error; /* for trouble and questions */
	struct arena arena;
	/* output_json: what stands open; output_text: `items` alone, projects that were shown */
	unsigned members;
	bool in_projects, in_ledgers, in_records;
	unsigned items, records;
	bool is_stream; /* lines were written that are the whole answer */
};

extern const struct output_ops output_text, output_json;

void output_init(struct output *o, const struct output_ops *ops, FILE *to, FILE *error, bool colour);
void output_fini(struct output *o);

/* Shortcut: trouble with a text made on the spot. Gives `code`. */
int output_trouble(struct output *o, enum exit_code code, const char *id, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
