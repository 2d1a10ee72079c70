/* SPDX-License-Identifier: Apache-2.0 */
/* scenario: plays scripts (*.scn) to the real core in simulated time and compares the trace, line by line.
 *
 *   settings grace=2min reaction=approve      before `start`
 *   cluster c1 running [REGION]               state names of model/cluster.h
 *   start | restart | reload | run SPAN | show
 *   key STATE [REGION] | policy KIND [REGION]
 *   hint [REGION]                             a queue tells that something may have happened to the key
 *   schedule untold|told                      whether TiDB Cloud's API tells when it will resume a paused cluster
 *   list without CLUSTER|nothing              lists lack a cluster that is there
 *   list late SPAN                            the next one is under way for so much longer than it takes to read
 *   kms FAULT | tidb FAULT                    fault names of model/key.h; `kms self_denied`
 *   act FATE [N] | change FATE [N]            how the next pauses/resumes, or policy changes and errands, end
 *   answer SPAN | budget SPAN                 an act is answered so much later; the budget after so long
 *   leave SPAN [change] | hang SPAN           an act, or a change of a key, waits so long in the daemon; the daemon stands still
 *   person pause|resume|delete|create|rename CLUSTER
 *   mark CLUSTER [exclude] [approve|observe] [order N]   its section; once started, from `reload` on
 *   grants N                                  of the vendor, that outlive a pause
 *   revoke [pause-only|pause-first] [grants] [disable|remove] | restore [CLUSTER]... | approve [stale]
 *   adopt | decline | suspend SPAN | unsuspend
 *   drill live CLUSTER                        pauses and resumes it
 *   drill PROBLEMS                            what a rehearsal found is written down
 *   errand NAME [REGION]                      names of model/errand.h
 *   clock SPAN | disk full|ok | ledger foreign|damaged | config FINGERPRINT
 *   lose N                                    before a restart: the last N records had not reached the disk
 *   = TRACE LINE                              what must have happened since the directive before
 *
 * `scenario --update FILE...` writes the traces that it sees; read them before you believe them.
 */
#include "world.h"
#include "base/num.h"
#include "base/own.h"
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_BYTES 1024

struct script {
	const char *path;
	unsigned line;
	struct world world;
	struct buf written;
	bool update;
	unsigned wrong;
	size_t matched; /* bytes of the trace that were compared */
};

static void complain(struct script *s, const char *what, const char *text)
{
	printf("# %s:%u: %s: %s\n", s->path, s->line, what, text);
	s->wrong++;
}

static int64_t span_ms(const char *text)
{
	int64_t ms;

	if (num_parse_span_ms(text, strlen(text), INT64_MAX / 4, &ms) != 0)
		abort();
	return ms;
}

static enum fault fault_of(const char *name)
{
	for (int f = 0; f < FAULT_COUNT; f++)
		if (strcmp(fault_name((enum fault)f), name) == 0)
			return (enum fault)f;
	if (strcmp(name, "ok") == 0)
		return FAULT_NONE;
	if (strcmp(name, "self_denied") == 0)
		return FAULT_DENIED;
	abort();
}

static enum world_policy policy_of(const char *name)
{
	static const char *const names[] = {"allowed", "no_allow", "denied", "missing", "undecidable",
		"sibling_cut", "foreign_cut", "vendor_changed", "ebs_denied"};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(names[i], name) == 0)
			return (enum world_policy)i;
	abort();
}

static enum world_fate fate_of(const char *name)
{
	static const char *const names[] = {"fine", "refused", "throttled", "lost_after", "lost_before",
		"stale", "slow", "crash_before", "crash_after"};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(names[i], name) == 0)
			return (enum world_fate)i;
	abort();
}

static void set(struct world *w, const char *assignment)
{
	const char *value = strchr(assignment, '=');
	size_t n = value ? (size_t)(value++ - assignment) : 0;
	struct policy_settings *p = &w->policy;

	if (n == 8 && memcmp(assignment, "reaction", n) == 0)
		p->reaction = strcmp(value, "approve") == 0   ? REACTION_APPROVE
			      : strcmp(value, "observe") == 0 ? REACTION_OBSERVE
							      : REACTION_PAUSE;
	else if (n == 17 && memcmp(assignment, "pause_on_deletion", n) == 0)
		p->pause_on_deletion = strcmp(value, "yes") == 0;
	else if (n == 5 && memcmp(assignment, "grace", n) == 0)
		p->grace_ms = span_ms(value);
	else if (n == 13 && memcmp(assignment, "restore_delay", n) == 0)
		p->restore_delay_ms = span_ms(value);
	else if (n == 10 && memcmp(assignment, "max_pauses", n) == 0)
		budget_init(&w->budget, (uint32_t)strtoul(value, NULL, 10));
	else
		abort();
}

static void mark(struct world *w, char **word, int words)
{
	struct world_cluster *c = world_find_cluster(w, word[1]);

	if (!c)
		abort();
	c->seen.mark = (struct cluster_mark){.order = CLUSTER_ORDER_DEFAULT};
	for (int i = 2; i < words; i++) {
		if (strcmp(word[i], "exclude") == 0)
			c->seen.mark.excluded = true;
		else if (strcmp(word[i], "approve") == 0)
			c->seen.mark.reaction = REACTION_APPROVE;
		else if (strcmp(word[i], "observe") == 0)
			c->seen.mark.reaction = REACTION_OBSERVE;
		else if (strcmp(word[i], "order") == 0 && i + 1 < words)
			c->seen.mark.order = (uint32_t)strtoul(word[++i], NULL, 10);
		else
			abort();
	}
}

static void do_world(struct script *s, char **word, int words)
{
	struct world *w = &s->world;
	const char *region = words > 2 ? word[2] : "us-west-2";

	if (strcmp(word[0], "settings") == 0) {
		for (int i = 1; i < words; i++)
			set(w, word[i]);
	} else if (strcmp(word[0], "cluster") == 0 && words >= 3) {
		enum cluster_state state;
		struct world_cluster *c = world_find_cluster(w, word[1]);

		if (!cluster_state_parse(word[2], &state))
			abort();
		if (c) { /* what was under way would change it again */
			c->seen.state = state;
			c->when = BOOTTIME_NEVER;
		} else
			(void)world_add_cluster(w, word[1], state, words > 3 ? word[3] : "us-west-2");
	} else if (strcmp(word[0], "key") == 0 && words >= 2) {
		world_find_key(w, region)->state = key_state_parse(word[1]);
	} else if (strcmp(word[0], "policy") == 0 && words >= 2) {
		bool own_cut = strcmp(word[1], "own_cut") == 0;

		world_find_key(w, region)->policy = own_cut ? WORLD_ALLOWED : policy_of(word[1]);
		world_find_key(w, region)->own_cut = own_cut;
		world_find_key(w, region)->taken_out = false;
	} else if (strcmp(word[0], "mark") == 0 && words >= 2) {
		mark(w, word, words);
	} else if (strcmp(word[0], "kms") == 0 && words == 2) {
		w->kms_fault = fault_of(word[1]);
		w->self_denied = strcmp(word[1], "self_denied") == 0;
	} else if (strcmp(word[0], "tidb") == 0 && words == 2) {
		w->tidb_fault = fault_of(word[1]);
	} else if (strcmp(word[0], "act") == 0 && words >= 2) {
		w->act_fate = fate_of(word[1]);
		w->act_fates = words > 2 ? (uint32_t)strtoul(word[2], NULL, 10) : 1;
	} else if (strcmp(word[0], "change") == 0 && words >= 2) {
		w->cut_fate = fate_of(word[1]);
		w->cut_fates = words > 2 ? (uint32_t)strtoul(word[2], NULL, 10) : 1;
	} else if (strcmp(word[0], "answer") == 0 && words == 2) {
		w->act_ms = span_ms(word[1]);
	} else if (strcmp(word[0], "grants") == 0 && words == 2) {
		w->grants = (uint32_t)strtoul(word[1], NULL, 10);
	} else if (strcmp(word[0], "leave") == 0 && words == 3 && strcmp(word[2], "change") == 0) {
		w->change_leave_ms = span_ms(word[1]);
	} else if (strcmp(word[0], "leave") == 0 && words == 2) {
		w->leave_ms = span_ms(word[1]);
	} else if (strcmp(word[0], "hang") == 0 && words == 2) {
		world_hang(w, span_ms(word[1]));
	} else if (strcmp(word[0], "budget") == 0 && words == 2) {
		w->budget_ms = span_ms(word[1]);
	} else if (strcmp(word[0], "person") == 0 && words == 3) {
		world_person(w, word[1], word[2]);
	} else if (strcmp(word[0], "list") == 0 && words == 3 && strcmp(word[1], "late") == 0) {
		w->list_ms = span_ms(word[2]);
	} else if (strcmp(word[0], "list") == 0 && words == 3) {
		(void)snprintf(w->unlisted, sizeof w->unlisted, "%s", word[2]);
	} else if (strcmp(word[0], "schedule") == 0 && words == 2) {
		w->untold = strcmp(word[1], "untold") == 0;
	} else if (strcmp(word[0], "ledger") == 0 && words == 2) {
		*(strcmp(word[1], "damaged") == 0 ? &w->damaged_ledger : &w->foreign_ledger) = true;
	} else if (strcmp(word[0], "lose") == 0 && words == 2) {
		world_lose(w, (uint32_t)strtoul(word[1], NULL, 10));
	} else if (strcmp(word[0], "config") == 0 && words == 2) {
		w->fingerprint_base = strtoul(word[1], NULL, 10);
	} else {
		complain(s, "no such directive", word[0]);
	}
}

static uint8_t how_of(char **word, int words)
{
	uint8_t how = 0;

	for (int i = 0; i < words; i++) {
		if (strcmp(word[i], "pause-only") == 0)
			how |= CAUSE_PAUSE_ONLY;
		else if (strcmp(word[i], "pause-first") == 0)
			how |= CAUSE_PAUSE_FIRST;
		else if (strcmp(word[i], "grants") == 0)
			how |= CAUSE_REVOKE_GRANTS;
		else if (strcmp(word[i], "disable") == 0)
			how |= CAUSE_DISABLE_KEY;
		else if (strcmp(word[i], "remove") == 0)
			how |= CAUSE_REMOVE;
		else
			abort();
	}
	return how;
}

static void do_line(struct script *s, char *line)
{
	struct world *w = &s->world;
	char *word[8] = {NULL}, *save = NULL;
	int words = 0;

	for (char *t = strtok_r(line, " ", &save); t && words < 8; t = strtok_r(NULL, " ", &save))
		word[words++] = t;
	if (words == 0)
		return;
	if (strcmp(word[0], "start") == 0)
		world_start(w);
	else if (strcmp(word[0], "restart") == 0)
		world_restart(w);
	else if (strcmp(word[0], "reload") == 0)
		world_reload(w);
	else if (strcmp(word[0], "run") == 0 && words == 2)
		world_run(w, span_ms(word[1]));
	else if (strcmp(word[0], "show") == 0)
		world_show(w);
	else if (strcmp(word[0], "revoke") == 0)
		world_command(w, COMMAND_REVOKE, NULL, how_of(word + 1, words - 1), false);
	else if (strcmp(word[0], "restore") == 0)
		world_restore(w, word + 1, words - 1);
	else if (strcmp(word[0], "adopt") == 0)
		world_command(w, COMMAND_ADOPT, NULL, 0, false);
	else if (strcmp(word[0], "approve") == 0)
		world_command(w, COMMAND_APPROVE, NULL, 0, words > 1);
	else if (strcmp(word[0], "decline") == 0)
		world_command(w, COMMAND_DECLINE, NULL, 0, false);
	else if (strcmp(word[0], "suspend") == 0 && words == 2)
		world_suspend(w, span_ms(word[1]));
	else if (strcmp(word[0], "unsuspend") == 0)
		world_suspend(w, 0);
	else if (strcmp(word[0], "errand") == 0 && words >= 2)
		world_errand(w, word[1], words > 2 ? word[2] : "us-west-2");
	else if (strcmp(word[0], "drill") == 0 && words == 3)
		world_live_drill(w, word[2]);
	else if (strcmp(word[0], "drill") == 0 && words == 2)
		world_drill(w, (uint32_t)strtoul(word[1], NULL, 10));
	else if (strcmp(word[0], "hint") == 0)
		world_hint(w, words > 1 ? word[1] : "us-west-2");
	else if (strcmp(word[0], "clock") == 0 && words == 2)
		world_clock_step(w, word[1][0] == '-' ? -span_ms(word[1] + 1) : span_ms(word[1]));
	else if (strcmp(word[0], "disk") == 0 && words == 2)
		world_disk(w, strcmp(word[1], "full") == 0);
	else
		do_world(s, word, words);
}

/* The next line of the trace, or "" at its end. */
static void next_traced(struct script *s, char ret_line[LINE_MAX_BYTES])
{
	const char *at = s->world.trace.data ? s->world.trace.data + s->matched : "";
	size_t len = strcspn(at, "\n");

	(void)snprintf(ret_line, LINE_MAX_BYTES, "%.*s", (int)len, at);
	s->matched += len + (at[len] == '\n');
}

static void flush_trace(struct script *s)
{
	char line[LINE_MAX_BYTES];

	for (next_traced(s, line); line[0]; next_traced(s, line)) {
		if (s->update)
			buf_printf(&s->written, "= %s\n", line);
		else
			complain(s, "happened, but is not in the script", line);
	}
}

static void play_line(struct script *s, char *line)
{
	char copy[LINE_MAX_BYTES], traced[LINE_MAX_BYTES];

	if (line[0] == '=') {
		if (s->update)
			return;
		next_traced(s, traced);
		if (strcmp(traced, line + 2) != 0) {
			complain(s, "expected", line + 2);
			complain(s, "happened", traced);
		}
		return;
	}
	flush_trace(s);
	buf_printf(&s->written, "%s\n", line);
	if (line[0] == '#' || line[0] == '\0')
		return;
	(void)snprintf(copy, sizeof copy, "%s", line);
	do_line(s, copy);
}

static bool play(const char *path, bool update)
{
	struct script s = {.path = path, .update = update, .written = BUF_INIT(1 << 20)};
	_cleanup_fclose_ FILE *f = fopen(path, "r");
	char line[LINE_MAX_BYTES];

	if (!f) {
		perror(path);
		return false;
	}
	world_init(&s.world);
	while (s.wrong < 8 && fgets(line, sizeof line, f)) {
		line[strcspn(line, "\n")] = '\0';
		s.line++;
		play_line(&s, line);
	}
	flush_trace(&s);
	if (s.world.broken.len)
		complain(&s, "broken promise", s.world.broken.data);
	if (update) {
		_cleanup_fclose_ FILE *out = fopen(path, "w");

		if (out)
			(void)fwrite(s.written.data, 1, s.written.len, out);
	}
	world_fini(&s.world);
	buf_fini(&s.written);
	return s.wrong == 0;
}

int main(int argc, char **argv)
{
	bool update = argc > 1 && strcmp(argv[1], "--update") == 0;
	const char *dir = getenv("srcdir");
	char pattern[4096];
	glob_t found = {0};
	int bad = 0, first = update ? 2 : 1;
	size_t count;

	(void)snprintf(pattern, sizeof pattern, "%s/tests/scenario/*.scn", dir ? dir : ".");
	if (argc <= first && glob(pattern, 0, NULL, &found) != 0) {
		printf("Bail out! no scripts at %s\n", pattern);
		return 1;
	}
	count = argc > first ? (size_t)(argc - first) : found.gl_pathc;
	printf("1..%zu\n", count);
	for (size_t i = 0; i < count; i++) {
		const char *path = argc > first ? argv[first + (int)i] : found.gl_pathv[i];
		const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
		bool good = play(path, update);

		printf("%s %zu - %s\n", good ? "ok" : "not ok", i + 1, name);
		bad += !good;
	}
	globfree(&found);
	return bad != 0;
}
