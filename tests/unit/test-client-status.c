/* SPDX-License-Identifier: Apache-2.0 */
/* status: how each state of a project looks, and that nothing hostile gets through. */
#include "base/buf.h"
#include "base/own.h"
#include "client/run.h"
#include "exit_code.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define REPLY_MAX (512 * 1024)

static char *replaced(const char *text, const char *what, const char *with)
{
	const char *at = strstr(text, what);
	char *result = malloc(strlen(text) + strlen(with) + 1);

	assert_non_null(at);
	assert_non_null(result);
	(void)sprintf(result, "%.*s%s%s", (int)(at - text), text, with, at + strlen(what));
	return result;
}

static void assert_no_control_bytes(const char *text)
{
	for (; *text; text++)
		assert_true(*text == '\n' || ((unsigned char)*text >= 0x20 && *text != 0x7f));
}

static void look(const char *name, int code)
{
	char file[64];

	(void)snprintf(file, sizeof file, "%s.json", name);
	_cleanup_free_ char *reply = run_reply_of(file);
	struct run r = run_cmekctl(
		(struct canned[]){{.method = "Status", .reply = reply}, {0}}, "status prod", NULL);
	assert_string_equal(r.error, "");
	assert_no_control_bytes(r.to);
	assert_int_equal(r.code, code);
	assert_string_equal(
		r.calls, "{\"method\":\"io.cmekd.Status\",\"parameters\":{\"project\":\"prod\"}}\n");
	run_assert_golden(name, r.to);
	run_fini(&r);
}

static void test_healthy(void **state)
{
	(void)state;
	look("healthy", EXIT_GOOD);
}

static void test_never_armed(void **state)
{
	(void)state;
	look("unarmed", EXIT_OPEN);
}

static void test_suspended(void **state)
{
	(void)state;
	look("suspended", EXIT_OPEN);
}

static void test_blind(void **state)
{
	(void)state;
	look("blind", EXIT_OPEN);
}

static void test_half_paused(void **state)
{
	(void)state;
	look("half-paused", EXIT_OPEN);
}

/* The key first, unless the operator wants it otherwise: nothing is "still to pause" before. */
static void test_by_hand(void **state)
{
	(void)state;
	look("by-hand", EXIT_OPEN);
}

static void test_dark(void **state)
{
	(void)state;
	look("dark", EXIT_OPEN);
}

/* One region dark, the other in use by intention: no alarm about the latter, but no doubt either. */
static void test_dark_in_part(void **state)
{
	(void)state;
	look("dark-in-part", EXIT_OPEN);
}

/* Its file has errors: not a word about a ledger, and nothing that is not known. */
static void test_broken(void **state)
{
	(void)state;
	look("broken", EXIT_OPEN);
}

static void test_waiting(void **state)
{
	(void)state;
	look("waiting", EXIT_OPEN);
}

/* "DARK" needs the word of each region, whatever the headline or the clusters suggest. */
static void test_dark_is_never_said_on_less(void **state)
{
	_cleanup_free_ char *dark = run_reply_of("dark.json");
	_cleanup_free_ char *less = replaced(dark, "\"dark\": \"dark\"", "\"dark\": \"grants_unread\"");
	_cleanup_free_ char *news = replaced(dark, "\"dark\": \"dark\"", "\"dark\": \"darkish\"");
	const char *replies[] = {less, news};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct run r = run_cmekctl((struct canned[]){{.method = "Status", .reply = replies[i]}, {0}},
			"status prod", NULL);
		assert_int_equal(r.code, EXIT_OPEN);
		assert_non_null(strstr(r.to, "prod  NOT DARK"));
		assert_null(strstr(r.to, "prod  DARK"));
		assert_null(strstr(r.to, "yes: "));
		run_fini(&r);
	}
}

#define SUMMARY(projects, problems, names)                                                                   \
	"{\"parameters\":{\"summary\":{\"version\":\"0.1.0\",\"uptimeMs\":7500000,\"projects\":" projects    \
	",\"problems\":" problems ",\"incidents\":0,\"budgetLeft\":20,\"problemProjects\":[" names           \
	"]},\"projects\":[]}"

static void test_overview(void **state)
{
	_cleanup_free_ char *one = run_load("blind.json"), *two = run_load("healthy.json");
	_cleanup_free_ char *first = malloc(REPLY_MAX), *second = malloc(REPLY_MAX);

	(void)state;
	assert_non_null(first);
	assert_non_null(second);
	(void)snprintf(first, REPLY_MAX, "{\"parameters\":%s,\"continues\":true}", one);
	(void)snprintf(second, REPLY_MAX, "{\"parameters\":%s}", two);
	const struct canned canned[] = {
		{.method = "Status", .reply = SUMMARY("2", "1", "\"prod\"") "}"},
		{.method = "Status", .reply = SUMMARY("2", "1", "\"prod\"") ",\"continues\":true}"},
		{.method = "Status", .reply = first},
		{.method = "Status", .reply = second},
		{0},
	};
	struct run r = run_cmekctl(canned, "status", NULL);
	assert_string_equal(r.error, "");
	assert_int_equal(r.code, EXIT_OPEN);
	run_assert_golden("overview", r.to);
	run_fini(&r);

	r = run_cmekctl(canned, "status --json", NULL);
	assert_int_equal(r.code, EXIT_OPEN);
	run_assert_golden("overview-json", r.to);
	run_fini(&r);
}

/* The array of projects of a fixture, without its brackets. */
static char *projects_of(const char *name)
{
	char *text = run_load(name), *from = strchr(text, '['), *to = strrchr(text, ']');

	assert_true(from && to);
	*to = '\0';
	memmove(text, from + 1, strlen(from + 1) + 1);
	return text;
}

static void test_problems_come_first(void **state)
{
	_cleanup_free_ char *good = projects_of("healthy.json"), *bad = projects_of("unarmed.json");
	_cleanup_free_ char *frame = malloc(REPLY_MAX);
	const struct canned canned[] = {
		{.method = "Status", .reply = SUMMARY("2", "1", "\"staging\"") "}"},
		{.method = "Status", .reply = SUMMARY("2", "1", "\"staging\"") ",\"continues\":true}"},
		{.method = "Status", .reply = frame},
		{0},
	};

	(void)state;
	assert_non_null(frame);
	(void)snprintf(frame, REPLY_MAX, "{\"parameters\":{\"projects\":[%s,%s]}}", good, bad);
	struct run r = run_cmekctl(canned, "status", NULL);
	assert_int_equal(r.code, EXIT_OPEN);
	char *staging = strstr(r.to, "staging  NOT ARMED"), *prod = strstr(r.to, "prod  OK");
	assert_true(staging && prod && staging < prod);
	run_fini(&r);
}

/* Of many projects only those with problems are asked for. */
static void test_many_projects(void **state)
{
	_cleanup_free_ char *blind = run_reply_of("blind.json");
	const struct canned canned[] = {
		{.method = "Status", .reply = SUMMARY("10000", "1", "\"prod\"") "}"},
		{.method = "Status", .reply = blind},
		{0},
	};

	(void)state;
	struct run r = run_cmekctl(canned, "status", NULL);
	assert_int_equal(r.code, EXIT_OPEN);
	assert_string_equal(r.error, "");
	assert_non_null(strstr(r.to, "10000 projects, 1 with problems"));
	assert_non_null(strstr(r.to, "prod  BLIND for 22 min"));
	assert_non_null(strstr(r.to, "9999 more without a problem"));
	run_fini(&r);

	const struct canned none[] = {{.method = "Status", .reply = SUMMARY("0", "0", "") "}"}, {0}};
	r = run_cmekctl(none, "status", NULL);
	assert_int_equal(r.code, EXIT_GOOD);
	assert_non_null(strstr(r.to, "cmekd has no project"));
	run_fini(&r);
}

/* What is chosen of many: filtered frame by frame; another order than that of names asks again for each. */
static void test_chosen(void **state)
{
	_cleanup_free_ char *good = projects_of("healthy.json"), *bad = projects_of("unarmed.json"),
			    *dark = projects_of("dark.json"), *first = malloc(REPLY_MAX),
			    *second = malloc(REPLY_MAX), *one = run_reply_of("dark.json"),
			    *two = run_reply_of("unarmed.json"), *three = run_reply_of("healthy.json");
	const struct canned canned[] = {
		{.method = "Status", .reply = SUMMARY("3000", "2", "") "}"},
		{.method = "Status", .reply = SUMMARY("3000", "2", "") ",\"continues\":true}"},
		{.method = "Status", .reply = first},
		{.method = "Status", .reply = second},
		{.method = "Status", .reply = two},
		{.method = "Status", .reply = one},
		{.method = "Status", .reply = three},
		{0},
	};
	static const struct {
		const char *words;
		int code;
		const char *shown; /* headlines, in order */
		const char *last;
	} rows[] = {
		{"status --problems", EXIT_OPEN, "prod  DARK,staging  NOT ARMED", "2 of 3000 projects."},
		{"status", EXIT_OPEN, "prod  DARK,staging  NOT ARMED", "2998 more without a problem"},
		{"status --headline usable", EXIT_GOOD, "prod  OK", "1 of 3000 projects."},
		{"status --headline dark --name pr*", EXIT_OPEN, "prod  DARK", "1 of 3000 projects."},
		{"status --name x*", EXIT_GOOD, "", "0 of 3000 projects."},
		{"status --sort name", EXIT_OPEN, "prod  OK,prod  DARK,staging  NOT ARMED",
			"3 of 3000 projects."},
		{"status --sort headline", EXIT_OPEN, "staging  NOT ARMED,prod  DARK,prod  OK",
			"3 of 3000 projects."},
		{"status --sort headline --problems", EXIT_OPEN, "staging  NOT ARMED,prod  DARK",
			"2 of 3000 projects."},
		{"status --sort look", EXIT_OPEN, "last look", "3 of 3000 projects."},
	};

	(void)state;
	(void)snprintf(
		first, REPLY_MAX, "{\"parameters\":{\"projects\":[%s,%s]},\"continues\":true}", good, dark);
	(void)snprintf(second, REPLY_MAX, "{\"parameters\":{\"projects\":[%s]}}", bad);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct run r = run_cmekctl(canned, rows[i].words, NULL);
		char wanted[128], *save = NULL;
		const char *at = r.to;

		assert_int_equal(r.code, rows[i].code);
		assert_memory_equal(r.to, "3000 projects, ", 15);
		(void)snprintf(wanted, sizeof wanted, "%s", rows[i].shown);
		for (char *w = strtok_r(wanted, ",", &save); w; w = strtok_r(NULL, ",", &save)) {
			at = strstr(at, w);
			if (!at)
				fail_msg("%s: no \"%s\" in its place in:\n%s", rows[i].words, w, r.to);
			at++;
		}
		if (!strstr(at, rows[i].last))
			fail_msg("%s ends otherwise:\n%s", rows[i].words, r.to);
		run_fini(&r);
	}
	struct run r = run_cmekctl(canned, "status --headline usable --json", NULL);
	assert_non_null(strstr(r.to, "\"projects\": 3000"));
	assert_non_null(strstr(r.to, "\"headline\": \"usable\""));
	assert_null(strstr(r.to, "\"headline\": \"dark\""));
	run_fini(&r);
}

static void test_a_choice_that_is_none(void **state)
{
	static const char *const words[] = {
		"status --sort size", "status --headline green", "status prod --problems"};

	(void)state;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		struct run r = run_cmekctl((struct canned[]){{0}}, words[i], NULL);
		assert_int_equal(r.code, EXIT_USAGE);
		assert_string_equal(r.calls, "");
		run_fini(&r);
	}
}

/* A record is shown only if its bytes are those of a record; a notice as loud as it is; nothing acts on the terminal. */
static void test_monitor(void **state)
{
	const struct canned canned[] = {
		{.method = "Events",
			.reply = "{\"parameters\":{\"events\":[],\"missed\":0},\"continues\":true}"},
		{.method = "Events",
			.reply = "{\"parameters\":{\"events\":[{\"at\":\"2026-11-24T03:49:26Z\",\"project\":"
				 "\"prod\",\"seq\":7,"
				 "\"hash\":\"00\",\"record\":\"{\\\"seq\\\":7}\"},{\"at\":\"2026-11-24T03:49:"
				 "27Z\",\"notice\":\"lost\","
				 "\"priority\":2,\"what\":\"prod\\u001b[31m\",\"text\":\"it is "
				 "lost\",\"todo\":\"look\"}],"
				 "\"missed\":5},\"continues\":true}"},
		{.method = "Events", .reply = "{\"parameters\":{\"events\":7,\"missed\":0}}"},
		{0},
	};

	(void)state;
	struct run r = run_cmekctl(canned, "monitor", NULL);
	assert_int_equal(r.code, EXIT_ERROR);
	assert_no_control_bytes(r.to);
	assert_non_null(strstr(r.to, "5 events are missing here"));
	assert_non_null(
		strstr(r.to, "03:49:26  prod (seq 7)  a record that this cmekctl does not understand"));
	assert_non_null(strstr(r.to, "03:49:27  ! prod\\x1b[31m: it is lost; look"));
	assert_non_null(strstr(r.error, "not understood"));
	run_fini(&r);
	r = run_cmekctl(canned, "monitor --json", NULL);
	assert_memory_equal(r.to, "{\"missed\": 5}\n{\"at\": ", 21);
	run_fini(&r);
	const struct canned refused[] = {
		{.method = "Events",
			.reply = "{\"error\":\"io.cmekd.NotPermitted\",\"parameters\":{\"needs\":\"read\"}}"},
		{0}};
	r = run_cmekctl(refused, "monitor prod", NULL);
	assert_int_equal(r.code, EXIT_FORBIDDEN);
	run_fini(&r);
	r = run_cmekctl(NULL, "monitor", NULL);
	assert_int_equal(r.code, EXIT_UNREACHABLE);
	run_fini(&r);
}

/* Many quiet clusters are counted, the one that needs attention stands first. */
static void test_many_clusters(void **state)
{
	_cleanup_free_ char *healthy = run_reply_of("healthy.json");
	_cleanup_(buf_fini) struct buf many = BUF_INIT(REPLY_MAX);

	(void)state;
	buf_add(&many, "\"clusters\": [");
	for (int i = 0; i < 500; i++)
		buf_printf(&many,
			"{\"id\":\"%d\",\"name\":\"c%d\",\"state\":\"%s\",\"duty\":\"free\",\"dutyText\":"
			"\"nothing is owed\"},",
			i, i, i == 499 ? "unusable" : "running");
	_cleanup_free_ char *reply = replaced(healthy, "\"clusters\": [", many.data);
	struct run r = run_cmekctl(
		(struct canned[]){{.method = "Status", .reply = reply}, {0}}, "status prod", NULL);
	assert_int_equal(r.code, EXIT_GOOD);
	assert_non_null(strstr(r.to, "c499"));
	assert_null(strstr(r.to, "c498"));
	assert_true(strstr(r.to, "c499") < strstr(r.to, "c0 "));
	assert_non_null(strstr(r.to, "... and 493 more"));
	run_fini(&r);
}

static void test_control_characters_are_shown_not_acted_on(void **state)
{
	static const char *const nasty[] = {"\\u001b]0;owned\\u0007", "\\u009b31m",
		"\xe2\x80\xae"
		"gnp",
		"a\\r\\nb", "\\u007f"};
	static const char *const shown[] = {
		"\\x1b]0;owned\\x07", "\\x9b31m", "\\u202egnp", "a\\x0d b", "\\x7f"};

	(void)state;
	for (size_t i = 0; i < sizeof nasty / sizeof *nasty; i++) {
		_cleanup_free_ char *healthy = run_reply_of("healthy.json");
		char name[128];
		(void)snprintf(name, sizeof name, "\"name\": \"%s\"", nasty[i]);
		_cleanup_free_ char *reply = replaced(healthy, "\"name\": \"orders\"", name);
		const struct canned canned[] = {{.method = "Status", .reply = reply}, {0}};
		struct run r = run_cmekctl(canned, "status prod", NULL);
		assert_int_equal(r.code, EXIT_GOOD);
		assert_no_control_bytes(r.to);
		assert_non_null(strstr(r.to, shown[i]));
		run_fini(&r);
		r = run_cmekctl(canned, "status prod --json", NULL);
		assert_int_equal(r.code, EXIT_GOOD);
		assert_no_control_bytes(r.to);
		assert_null(strstr(r.to, "\xc2\x9b"));
		assert_null(strstr(r.to, "\xe2\x80\xae"));
		run_fini(&r);
	}
}

static void test_hostile_replies(void **state)
{
	static char huge[17 * 1024 * 1024];
	static const struct {
		const char *reply;
		size_t raw_bytes;
		bool close;
		int code;
		const char *said;
	} rows[] = {
		{"not json", 0, false, EXIT_ERROR, "does not answer as cmekd does"},
		{"[]", 0, false, EXIT_ERROR, "does not answer as cmekd does"},
		{"{\"parameters\":[]}", 0, false, EXIT_ERROR, "does not answer as cmekd does"},
		{"{}", 0, false, EXIT_ERROR, "not understood"},
		{"{\"parameters\":{\"projects\":{}}}", 0, false, EXIT_ERROR, "projects: expected an array"},
		{"{\"parameters\":{\"projects\":[7]}}", 0, false, EXIT_ERROR,
			"projects: #0: expected an object"},
		{"{\"parameters\":{\"projects\":[{\"name\":7}]}}", 0, false, EXIT_ERROR,
			"name: expected a string"},
		{"{\"parameters\":{\"projects\":[{}]}}", 0, false, EXIT_ERROR,
			"name: expected it to be there"},
		{"{\"parameters\":{\"projects\":[]},\"parameters\":{}}", 0, false, EXIT_ERROR,
			"does not answer as cmekd does"},
		{"{\"parameters\":{\"projects\":[]},\"error\":7}", 0, false, EXIT_ERROR,
			"does not answer as cmekd does"},
		{"{\"error\":\"io.other.Thing\",\"parameters\":{\"text\":7}}", 0, false, EXIT_ERROR,
			"io.other.Thing"},
		{NULL, 0, true, EXIT_UNREACHABLE, "without a reply"},
		{"{\"parameters\":", 14, false, EXIT_UNREACHABLE, "in the middle of a reply"},
		{huge, sizeof huge, false, EXIT_ERROR, "longer than"},
	};

	(void)state;
	memset(huge, '[', sizeof huge);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct canned canned[] = {{.method = "Status",
							.reply = rows[i].reply,
							.raw_bytes = rows[i].raw_bytes,
							.close = rows[i].close},
			{0}};
		struct run r = run_cmekctl(canned, "status prod --json", NULL);
		if (!strstr(r.to, rows[i].said))
			fail_msg("row %zu says: %s", i, r.to);
		assert_int_equal(r.code, rows[i].code);
		assert_string_equal(r.error, "");
		assert_no_control_bytes(r.to);
		run_fini(&r);
	}
}

static void test_wrong_types_everywhere(void **state)
{
	static const char *const members[] = {"armed", "blind", "knownAgeMs", "rotation", "clusters",
		"headline", "problems", "bindings", "strays", "resumeAt", "seenAgeMs", "opened", "incident",
		"plan", "digest", "causes", "grantsAlive"};
	_cleanup_free_ char *dark = run_reply_of("dark.json");

	(void)state;
	for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
		char name[64], other[64];
		(void)snprintf(name, sizeof name, "\"%s\": ", members[i]);
		(void)snprintf(other, sizeof other, "\"%s\": -1.5e3, \"x%s\": ", members[i], members[i]);
		_cleanup_free_ char *reply = replaced(dark, name, other);
		struct run r = run_cmekctl(
			(struct canned[]){{.method = "Status", .reply = reply}, {0}}, "status prod", NULL);
		assert_int_equal(r.code, EXIT_ERROR);
		assert_string_equal(r.to, "");
		assert_non_null(strstr(r.error, "not understood"));
		run_fini(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_healthy),
		cmocka_unit_test(test_never_armed),
		cmocka_unit_test(test_suspended),
		cmocka_unit_test(test_blind),
		cmocka_unit_test(test_half_paused),
		cmocka_unit_test(test_by_hand),
		cmocka_unit_test(test_dark),
		cmocka_unit_test(test_dark_in_part),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_waiting),
		cmocka_unit_test(test_dark_is_never_said_on_less),
		cmocka_unit_test(test_overview),
		cmocka_unit_test(test_problems_come_first),
		cmocka_unit_test(test_many_projects),
		cmocka_unit_test(test_chosen),
		cmocka_unit_test(test_monitor),
		cmocka_unit_test(test_a_choice_that_is_none),
		cmocka_unit_test(test_many_clusters),
		cmocka_unit_test(test_control_characters_are_shown_not_acted_on),
		cmocka_unit_test(test_hostile_replies),
		cmocka_unit_test(test_wrong_types_everywhere),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
