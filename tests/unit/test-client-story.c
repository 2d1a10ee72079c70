/* SPDX-License-Identifier: Apache-2.0 */
/* incidents, show and report: what is drawn from the records of ledgers that are written here. */
#include "base/buf.h"
#include "base/own.h"
#include "client/run.h"
#include "exit_code.h"
#include "story_book.h"
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#define BEGAN_MS  INT64_C(1795492166000) /* 2026-11-24T03:49:26Z */
#define BYTES_MAX (64u * 1024 * 1024)
#define WEST      .region = {"us-west-2"}
#define EAST      .region = {"eu-central-1"}

/* A ledger that is being written. */
struct ledger {
	struct buf bytes;
	struct ledger_head head;
};
#define LEDGER_INIT ((struct ledger){.bytes = BUF_INIT(BYTES_MAX)})

static void ledger_fini(struct ledger *l)
{
	buf_fini(&l->bytes);
}

/* `at_s`: seconds since the ledger began. */
static void add_told(struct ledger *l, int64_t at_s, struct record r, struct record_texts texts)
{
	r.seq.n = l->head.seq.n + 1;
	r.at.ms = BEGAN_MS + at_s * 1000;
	assert_int_equal(ledger_encode(&r, &texts, &l->head, &l->bytes), 0);
}

static void add(struct ledger *l, int64_t at_s, struct record r)
{
	add_told(l, at_s, r, (struct record_texts){.who = NULL});
}

static void begin(struct ledger *l)
{
	struct record setting = {.type = RECORD_SETTING, WEST, .fingerprint = 1};

	*l = LEDGER_INIT;
	add(l, 0,
		(struct record){.type = RECORD_GENESIS,
			.ledger = {"0123456789abcdef"},
			.project = {"1372813089189561287"},
			.machine = "0123456789abcdef0123456789abcdef"});
	strcpy(setting.arn.text,
		"arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab");
	add(l, 0, setting);
	add(l, 1,
		(struct record){.type = RECORD_VERDICT,
			WEST,
			.outcome = OUTCOME_USABLE,
			.reason = REASON_ALLOWED,
			.policy = {{1}}});
}

static struct record cluster(
	enum record_type type, const char *name, enum duty duty, enum cluster_state state, uint32_t incident)
{
	struct record r = {.type = type, WEST, .duty = duty, .state = state, .incident = {incident}};

	(void)snprintf(r.name, sizeof r.name, "%s", name);
	(void)snprintf(r.cluster.text, sizeof r.cluster.text, "%u", 1000u + (unsigned char)name[0]);
	return r;
}

static struct record incident(uint32_t number, enum phase phase, uint8_t causes, enum cut cut)
{
	return (struct record){.type = RECORD_INCIDENT,
		WEST,
		.incident = {number},
		.phase = phase,
		.causes = causes,
		.cut = cut,
		.stands = cut_stands(cut),
		.outcome = OUTCOME_LOST,
		.reason = REASON_KEY_DISABLED};
}

static void act(struct ledger *l, int64_t at_s, const char *name, enum record_type type, uint32_t op,
	enum act_result result, const char *request)
{
	bool is_result = type == RECORD_ACT_RESULT;
	enum duty duty = !is_result                      ? DUTY_PAUSE_SENT
			 : result == ACT_RESULT_ACCEPTED ? DUTY_PAUSE_TAKEN
							 : DUTY_OWED;
	struct record r = cluster(type, name, duty, CLUSTER_STATE_RUNNING, 1);
	struct record_texts texts = {.request = request};

	if (result == ACT_RESULT_REFUSED)
		texts.message = "Cluster cannot be paused while a backup is in progress.";
	r.op.n = op;
	r.result = result;
	add_told(l, at_s, r, texts);
}

/* A key is disabled: two clusters are paused, one of them on the second attempt; a third had been paused by people. */
static void lose(struct ledger *l)
{
	const struct record_texts looked = {
		.request = "04e14031-fcad-4224-e895-158681070789 645998f7-1190-0808-2df9-f84a083b1538"};

	add(l, 2, cluster(RECORD_CLUSTER, "orders", DUTY_FREE, CLUSTER_STATE_RUNNING, 0));
	add_told(l, 100,
		(struct record){.type = RECORD_VERDICT,
			WEST,
			.outcome = OUTCOME_LOST,
			.reason = REASON_KEY_DISABLED,
			.policy = {{1}}},
		looked);
	add_told(l, 100, incident(1, PHASE_GRACE, CAUSE_AUTOMATIC, CUT_NONE), looked);
	add(l, 130, incident(1, PHASE_BUDGET, CAUSE_AUTOMATIC, CUT_NONE));
	add(l, 130,
		(struct record){.type = RECORD_BUDGET, WEST, .incident = {1}, .plan = {0xabc}, .count = 2});
	add(l, 130, incident(1, PHASE_PAUSING, CAUSE_AUTOMATIC, CUT_NONE));
	add(l, 130, cluster(RECORD_CLUSTER, "orders", DUTY_OWED, CLUSTER_STATE_RUNNING, 1));
	add(l, 130, cluster(RECORD_CLUSTER, "billing", DUTY_OWED, CLUSTER_STATE_RUNNING, 1));
	add(l, 130, cluster(RECORD_CLUSTER, "archive", DUTY_LEFT, CLUSTER_STATE_PAUSED, 1));
	act(l, 130, "orders", RECORD_PAUSE_INTENT, 1, 0, NULL);
	act(l, 131, "orders", RECORD_ACT_RESULT, 1, ACT_RESULT_NOT_SENT, NULL);
	act(l, 135, "billing", RECORD_PAUSE_INTENT, 2, 0, NULL);
	act(l, 136, "billing", RECORD_ACT_RESULT, 2, ACT_RESULT_REFUSED, "50541bc71c02b65528b963b41cd3afac");
	act(l, 140, "orders", RECORD_PAUSE_INTENT, 3, 0, NULL);
	act(l, 141, "orders", RECORD_ACT_RESULT, 3, ACT_RESULT_ACCEPTED, "27230203c2dfe43a9a5428979bb56335");
	act(l, 160, "billing", RECORD_PAUSE_INTENT, 4, 0, NULL);
	act(l, 161, "billing", RECORD_ACT_RESULT, 4, ACT_RESULT_ACCEPTED, "e339aedacd8c587e089c5c077de1f707");
	add(l, 200, cluster(RECORD_CLUSTER, "orders", DUTY_PAUSED, CLUSTER_STATE_PAUSED, 1));
	add(l, 220, cluster(RECORD_CLUSTER, "billing", DUTY_PAUSED, CLUSTER_STATE_PAUSED, 1));
	add(l, 220, incident(1, PHASE_HELD, CAUSE_AUTOMATIC, CUT_NONE));
	add(l, 221, (struct record){.type = RECORD_DARK, WEST, .incident = {1}});
}

static void give_back(struct ledger *l)
{
	add(l, 3821, (struct record){.type = RECORD_NOT_DARK, WEST, .incident = {1}});
	add(l, 3825,
		(struct record){.type = RECORD_VERDICT,
			WEST,
			.outcome = OUTCOME_USABLE,
			.reason = REASON_ALLOWED,
			.policy = {{1}}});
	add(l, 3825, incident(1, PHASE_PROVING, CAUSE_AUTOMATIC, CUT_NONE));
	add(l, 3885, incident(1, PHASE_RESUMING, 0, CUT_NONE));
	for (unsigned i = 0; i < 2; i++) {
		const char *name = i == 0 ? "orders" : "billing";
		struct record sent =
			cluster(RECORD_RESUME_INTENT, name, DUTY_RESUME_SENT, CLUSTER_STATE_PAUSED, 1);
		sent.op.n = 5 + i;
		add(l, 3885, cluster(RECORD_CLUSTER, name, DUTY_RESUME_OWED, CLUSTER_STATE_PAUSED, 1));
		add(l, 3886, sent);
		add(l, 3986, cluster(RECORD_CLUSTER, name, DUTY_FREE, CLUSTER_STATE_RUNNING, 1));
	}
	add(l, 3986, incident(1, PHASE_NONE, 0, CUT_NONE));
}

/* An order with texts that would like to be more than texts. */
static void order(struct ledger *l, const char *note)
{
	const struct record_texts told = {.who = "uid=0(root)", .note = note};
	struct record r = incident(2, PHASE_PAUSING, CAUSE_OPERATOR, CUT_WANTED);

	r.outcome = OUTCOME_USABLE;
	r.reason = REASON_ALLOWED;
	add_told(l, 5000, r, told);
	r = incident(2, PHASE_PAUSING, CAUSE_OPERATOR, CUT_SENT);
	r.type = RECORD_CUT_INTENT;
	r.op.n = 9;
	add_told(l, 5000, r, told);
	r.type = RECORD_CUT_RESULT;
	r.cut = CUT_MADE;
	r.policy = (struct digest){{0}};
	add(l, 5001, r);
	add(l, 5002,
		(struct record){.type = RECORD_VERDICT,
			WEST,
			.outcome = OUTCOME_LOST,
			.reason = REASON_OWN_CUT,
			.policy = {{2}}});
	add(l, 5003,
		cluster(RECORD_CLUSTER, "<script>alert(1)</script>\033[31m", DUTY_OWED, CLUSTER_STATE_RUNNING,
			2));
}

/* ---- cmekctl in a folder of its own, so that paths are the same in each run ---- */

static char dir[] = "/tmp/cmekd-test-story-XXXXXX";

static struct run ctl(const struct ledger *l, size_t len, const char *words)
{
	_cleanup_close_ int back = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_true(back >= 0);
	assert_int_equal(chdir(dir), 0);
	FILE *f = fopen("prod.ledger", "w");
	assert_non_null(f);
	assert_int_equal(fwrite(l->bytes.data, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
	struct run r = run_cmekctl(NULL, words, NULL);
	assert_int_equal(fchdir(back), 0);
	return r;
}

static void test_a_loss(void **state)
{
	_cleanup_(ledger_fini) struct ledger l;

	(void)state;
	begin(&l);
	lose(&l);
	give_back(&l);
	struct run r = ctl(&l, l.bytes.len, "incidents prod.ledger");
	assert_int_equal(r.code, EXIT_GOOD);
	run_assert_golden("incidents", r.to);
	run_fini(&r);
	r = ctl(&l, l.bytes.len, "report prod.ledger");
	assert_int_equal(r.code, EXIT_GOOD);
	char *version = strstr(r.to, PACKAGE_VERSION);
	assert_non_null(version);
	memset(version, '#', strlen(PACKAGE_VERSION));
	run_assert_golden("report", r.to);
	run_fini(&r);
	r = ctl(&l, l.bytes.len, "report prod.ledger --json");
	assert_int_equal(r.code, EXIT_GOOD);
	assert_non_null(strstr(r.to, "\"toDarkMs\": 121000"));
	assert_non_null(strstr(r.to, "\"darkMs\": 3600000"));
	assert_non_null(strstr(r.to, "\"who\": null"));
	run_fini(&r);
}

/* Values, of which the golden files show only some. */
static void test_values(void **state)
{
	_cleanup_(ledger_fini) struct ledger l;
	_cleanup_(story_book_fini) struct story_book book = {.stories = NULL};
	_cleanup_(arena_fini) struct arena a = {.blocks = NULL};
	struct story_span spans[STORY_SPAN_COUNT];

	(void)state;
	begin(&l);
	lose(&l);
	give_back(&l);
	assert_int_equal(story_book_read(&book, &a, l.bytes.data, l.bytes.len, (struct incident_id){1}), 0);
	assert_int_equal(book.count, 1);
	const struct story *s = story_book_find(&book, (struct incident_id){1});
	assert_non_null(s);
	assert_null(story_book_find(&book, (struct incident_id){2}));
	assert_int_equal(s->first_seq, 5); /* the verdict, before the incident's own */
	assert_int_equal(s->last_seq, l.head.seq.n);
	assert_memory_equal(&s->last_hash, &l.head.hash, sizeof l.head.hash);
	assert_int_equal(s->records, s->event_count);
	assert_int_equal(s->usable.ms, BEGAN_MS + 1000);
	/* Act 1 never left, act 2 was refused: sent it was. */
	assert_int_equal(s->pause.ms, BEGAN_MS + 135000);
	assert_int_equal(s->paused, 2);
	assert_int_equal(s->cluster_count, 3);
	assert_int_equal(s->clusters[0].sent.ms, BEGAN_MS + 140000);
	assert_int_equal(s->clusters[1].refused, 1);
	assert_false(s->clusters[2].ours);
	story_spans(s, spans);
	assert_false(spans[STORY_SPAN_USABLE].is_told);
	assert_int_equal(spans[STORY_SPAN_PAUSE].ms, 35000);
	assert_int_equal(spans[STORY_SPAN_DARK].ms, 86000);
	assert_int_equal(spans[STORY_SPAN_RESTORED].ms, 3765000);
	assert_int_equal(spans[STORY_SPAN_TOTAL].ms, 3886000);
}

static void test_an_open_one(void **state)
{
	_cleanup_(ledger_fini) struct ledger l;

	(void)state;
	begin(&l);
	lose(&l);
	struct run r = ctl(&l, l.bytes.len, "show prod.ledger --incident 1");
	assert_int_equal(r.code, EXIT_OPEN);
	assert_non_null(strstr(r.to, "still open where the ledger ends"));
	assert_non_null(strstr(r.to, "Open      held:"));
	assert_non_null(strstr(r.to, "orders: paused by this incident"));
	run_fini(&r);
	r = ctl(&l, l.bytes.len, "incidents prod.ledger");
	assert_int_equal(r.code, EXIT_OPEN);
	assert_non_null(strstr(r.to, "goes on"));
	run_fini(&r);
	r = ctl(&l, l.bytes.len, "show prod.ledger --incident 2");
	assert_int_equal(r.code, EXIT_ERROR);
	assert_non_null(strstr(r.error, "holds no incident 2"));
	run_fini(&r);
}

static void test_hostile_texts(void **state)
{
	static const char note[] = "<script src='https://example.com'>\033[2J\n\"&\xe2\x80\xae\xff</script>";
	static const char *const verbs[] = {"incidents prod.ledger", "show prod.ledger", "report prod.ledger",
		"report prod.ledger --json", "report prod.ledger --html -"};
	_cleanup_(ledger_fini) struct ledger l;

	(void)state;
	begin(&l);
	lose(&l);
	give_back(&l);
	order(&l, note);
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
		struct run r = ctl(&l, l.bytes.len, verbs[i]);
		assert_int_equal(r.code, EXIT_OPEN);
		assert_null(strchr(r.to, '\033'));
		assert_null(strstr(r.to, "\xe2\x80\xae"));
		assert_non_null(strstr(r.to, "uid=0(root)"));
		run_fini(&r);
	}
	struct run r = ctl(&l, l.bytes.len, "show prod.ledger");
	run_assert_golden("show-revoke", r.to);
	run_fini(&r);
	r = ctl(&l, l.bytes.len, "report prod.ledger --html -");
	assert_null(strstr(r.to, "<script"));
	assert_non_null(strstr(r.to, "&lt;script src=&#39;https://example.com&#39;&gt;\\x1b[2J &quot;&amp;"));
	run_fini(&r);
}

static void test_the_page(void **state)
{
	_cleanup_(ledger_fini) struct ledger l;
	char path[sizeof dir + 16];
	struct stat st;

	(void)state;
	begin(&l);
	lose(&l);
	give_back(&l);
	(void)snprintf(path, sizeof path, "%s/page.html", dir);
	struct run r = ctl(&l, l.bytes.len, "report prod.ledger --html page.html");
	assert_int_equal(r.code, EXIT_GOOD);
	assert_string_equal(r.to, "");
	assert_non_null(strstr(r.error, "page.html"));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	run_fini(&r);
	r = ctl(&l, l.bytes.len, "report prod.ledger --html page.html");
	assert_int_equal(r.code, EXIT_ERROR);
	assert_non_null(strstr(r.error, "exists"));
	run_fini(&r);
	assert_int_equal(unlink(path), 0);
	r = ctl(&l, l.bytes.len, "report prod.ledger --html -");
	assert_int_equal(r.code, EXIT_GOOD);
	assert_int_equal(strncmp(r.to, "<!DOCTYPE html>", 15), 0);
	static const char *const told[] = {"class=\"bar running\"", "class=\"bar pausing\"",
		"class=\"bar paused\"", "class=\"bar resuming\"", "class=\"dark\"",
		"prefers-color-scheme:dark", "@media print", "27230203c2dfe43a9a5428979bb56335", "restored"};
	for (size_t i = 0; i < sizeof told / sizeof *told; i++)
		assert_non_null(strstr(r.to, told[i]));
	run_fini(&r);
	r = ctl(&l, l.bytes.len, "report prod.ledger --html - --json");
	assert_int_equal(r.code, EXIT_USAGE);
	run_fini(&r);
}

/* What is left of a damaged ledger is told, and that it is damaged; a torn tail is none. */
static void test_damaged_and_torn(void **state)
{
	_cleanup_(ledger_fini) struct ledger l;

	(void)state;
	begin(&l);
	lose(&l);
	struct run r = ctl(&l, l.bytes.len - 5, "show prod.ledger");
	assert_int_equal(r.code, EXIT_OPEN);
	assert_non_null(strstr(r.to, "nothing is left to pause"));
	assert_null(strstr(r.to, "DARK"));
	run_fini(&r);
	*strstr(l.bytes.data, "\"held\"") ^= 1;
	r = ctl(&l, l.bytes.len, "show prod.ledger");
	assert_int_equal(r.code, EXIT_ERROR);
	assert_non_null(strstr(r.to, "DAMAGED"));
	assert_non_null(strstr(r.to, "billing: read as PAUSED"));
	assert_null(strstr(r.to, "nothing is left to pause"));
	run_fini(&r);
	r = ctl(&l, l.bytes.len, "report prod.ledger --html -");
	assert_int_equal(r.code, EXIT_ERROR);
	assert_non_null(strstr(r.to, "The ledger is damaged"));
	run_fini(&r);
	r = ctl(&l, 20, "incidents prod.ledger");
	assert_int_equal(r.code, EXIT_ERROR);
	run_fini(&r);
}

/* Records of another region, and of the time between, are not of the incident. */
static void test_only_its_own(void **state)
{
	_cleanup_(ledger_fini) struct ledger l;
	_cleanup_(story_book_fini) struct story_book book = {.stories = NULL};
	_cleanup_(arena_fini) struct arena a = {.blocks = NULL};

	(void)state;
	begin(&l);
	lose(&l);
	struct record east = incident(2, PHASE_GRACE, CAUSE_AUTOMATIC, CUT_NONE);
	east.region = (struct region){"eu-central-1"};
	add(&l, 300, east);
	add(&l, 300, (struct record){.type = RECORD_DELETION, EAST, .resume_at = {BEGAN_MS}});
	add(&l, 301, (struct record){.type = RECORD_SUSPENDED, .resume_at = {BEGAN_MS + 9000000}});
	east.phase = PHASE_NONE;
	add(&l, 310, east);
	add(&l, 320, (struct record){.type = RECORD_DELETION, EAST, .resume_at = {BEGAN_MS}});
	assert_int_equal(story_book_read(&book, &a, l.bytes.data, l.bytes.len, (struct incident_id){2}), 0);
	assert_int_equal(book.count, 2);
	const struct story *s = story_book_find(&book, (struct incident_id){0});
	assert_int_equal(s->incident.n, 2);
	assert_int_equal(s->event_count, 4);
	assert_int_equal(s->phase, PHASE_NONE);
	assert_string_equal(s->arn.text, ""); /* no record tells of a key there */
	s = story_book_find(&book, (struct incident_id){1});
	assert_int_equal(s->event_count, 0); /* not asked for */
	assert_true(s->is_dark);
	assert_int_equal(s->records, 21); /* with the suspension */
}

static void test_bounds(void **state)
{
	_cleanup_(ledger_fini) struct ledger l;
	_cleanup_(story_book_fini) struct story_book book = {.stories = NULL};
	_cleanup_(arena_fini) struct arena a = {.blocks = NULL};

	(void)state;
	begin(&l);
	for (uint32_t i = 1; i <= STORY_BOOK_INCIDENTS_MAX + 2; i++)
		add(&l, i, incident(i, PHASE_GRACE, CAUSE_AUTOMATIC, CUT_NONE));
	struct record last = incident(STORY_BOOK_INCIDENTS_MAX + 2, PHASE_HELD, CAUSE_AUTOMATIC, CUT_NONE);
	for (uint32_t i = 0; i < STORY_EVENTS_MAX; i++)
		add(&l, 9000, last);
	assert_int_equal(story_book_read(&book, &a, l.bytes.data, l.bytes.len,
				 (struct incident_id){STORY_BOOK_INCIDENTS_MAX + 2}),
		0);
	assert_int_equal(book.count, STORY_BOOK_INCIDENTS_MAX);
	assert_int_equal(book.left_out, 2);
	assert_int_equal(book.stories[0].incident.n, 3);
	const struct story *s = story_book_find(&book, (struct incident_id){0});
	assert_int_equal(s->event_count, STORY_EVENTS_MAX);
	assert_int_equal(s->events_left_out, 1);
	assert_int_equal(s->phase, PHASE_HELD);
	/* The one that is asked for stays, however old. */
	story_book_fini(&book);
	assert_int_equal(story_book_read(&book, &a, l.bytes.data, l.bytes.len, (struct incident_id){1}), 0);
	assert_non_null(story_book_find(&book, (struct incident_id){1}));
	assert_null(story_book_find(&book, (struct incident_id){2}));
}

/* 2 + `s` seconds to the pause, 3 + `s` to dark, 4 + `s` to restored. */
static void short_loss(struct ledger *l, uint32_t number, int64_t at_s, int64_t s, bool told)
{
	const struct record_texts seen = {.usable = told ? "2026-11-24T03:49:26.000Z" : "yesterday"};
	struct record lost = {
		.type = RECORD_VERDICT, WEST, .outcome = OUTCOME_LOST, .reason = REASON_KEY_DISABLED};
	struct record sent =
		cluster(RECORD_PAUSE_INTENT, "orders", DUTY_PAUSE_SENT, CLUSTER_STATE_RUNNING, number);

	sent.op.n = number;
	add_told(l, at_s, lost, seen);
	add(l, at_s, incident(number, PHASE_PAUSING, CAUSE_AUTOMATIC, CUT_NONE));
	add(l, at_s + 2 + s, sent);
	add(l, at_s + 2 + s, cluster(RECORD_CLUSTER, "orders", DUTY_PAUSED, CLUSTER_STATE_PAUSED, number));
	add(l, at_s + 3 + s, (struct record){.type = RECORD_DARK, WEST, .incident = {number}});
	lost.outcome = OUTCOME_USABLE;
	lost.reason = REASON_ALLOWED;
	add(l, at_s + 10000, lost);
	add(l, at_s + 10004 + s, cluster(RECORD_CLUSTER, "orders", DUTY_FREE, CLUSTER_STATE_RUNNING, number));
	add(l, at_s + 10004 + s, incident(number, PHASE_NONE, 0, CUT_NONE));
}

static void test_the_last_usable_look(void **state)
{
	_cleanup_(ledger_fini) struct ledger l;

	(void)state;
	begin(&l);
	short_loss(&l, 1, 7, 0, true);
	struct run r = ctl(&l, l.bytes.len, "show prod.ledger");
	assert_non_null(strstr(r.to, "last usable look  verdict           7.000 s"));
	run_fini(&r);
	r = ctl(&l, l.bytes.len, "incidents prod.ledger --json");
	assert_non_null(strstr(r.to, "\"usableLook\": \"2026-11-24T03:49:26Z\""));
	run_fini(&r);
}

/* By nearest rank, and none of too few; what is no time is none. */
static void test_times(void **state)
{
	static const struct {
		unsigned count;
		const char *pause;
	} cases[] = {
		{1, "1 - - - 2.000 s"},
		{9, "9 6.000 s - - 10.000 s"},
		{10, "10 6.000 s 10.000 s - 11.000 s"},
		{100, "100 51.000 s 1 min 31 s 1 min 40 s 1 min 41 s"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		_cleanup_(ledger_fini) struct ledger l;
		char *row, *save = NULL, words[256] = "";

		begin(&l);
		/* Longest first: they have to be sorted. */
		for (unsigned n = 0; n < cases[i].count; n++)
			short_loss(&l, n + 1, 20000 * (n + 1), cases[i].count - 1 - n, false);
		struct run r = ctl(&l, l.bytes.len, "times prod.ledger");
		assert_int_equal(r.code, EXIT_GOOD);
		row = strstr(r.to, "first pause ");
		assert_non_null(row);
		row[strcspn(row, "\n")] = '\0';
		for (char *word = strtok_r(row + strlen("first pause "), " ", &save); word;
			word = strtok_r(NULL, " ", &save)) {
			strcat(words, *words ? " " : "");
			strcat(words, word);
		}
		assert_string_equal(words, cases[i].pause);
		run_fini(&r);
		r = ctl(&l, l.bytes.len, "times prod.ledger");
		assert_non_null(strstr(r.to, "last usable look to verdict    0 "));
		run_fini(&r);
	}
}

/* An operator's: from the order to dark, and from their restore. A clock that was set back makes no sample. */
static void test_times_of_an_order(void **state)
{
	_cleanup_(ledger_fini) struct ledger l;

	(void)state;
	begin(&l);
	order(&l, "drill");
	add(&l, 5010, cluster(RECORD_CLUSTER, "orders", DUTY_PAUSED, CLUSTER_STATE_PAUSED, 2));
	add(&l, 5012, (struct record){.type = RECORD_DARK, WEST, .incident = {2}});
	add(&l, 6000, incident(2, PHASE_PROVING, 0, CUT_MADE));
	add(&l, 6030, incident(2, PHASE_NONE, 0, CUT_NONE));
	short_loss(&l, 3, 20000, 0, false);
	add(&l, 40000, incident(4, PHASE_HELD, CAUSE_OPERATOR, CUT_NONE));
	add(&l, 39000, (struct record){.type = RECORD_DARK, WEST, .incident = {4}});
	struct run r = ctl(&l, l.bytes.len, "times prod.ledger --json");
	assert_int_equal(r.code, EXIT_GOOD);
	assert_non_null(strstr(r.to, "\"incidents\": 3,\n  \"open\": 1,"));
	assert_non_null(
		strstr(r.to, "\"time\": \"start_to_dark\",\n      \"from\": \"verdict or revoke\",\n      "
			     "\"to\": \"dark\",\n      \"count\": 2,\n      \"leftOut\": 1,\n      "
			     "\"p50Ms\": 3000,\n      \"p90Ms\": null,\n      \"p99Ms\": null,\n      "
			     "\"maxMs\": 12000"));
	assert_non_null(strstr(r.to, "\"maxMs\": 30000"));
	run_fini(&r);
	r = ctl(&l, l.bytes.len - 9, "times prod.ledger");
	assert_int_equal(r.code, EXIT_GOOD); /* a torn tail is no damage */
	run_fini(&r);
	l.bytes.data[l.bytes.len - 300] ^= 1;
	r = ctl(&l, l.bytes.len, "times prod.ledger");
	assert_int_equal(r.code, EXIT_ERROR);
	assert_non_null(strstr(r.to, "DAMAGED"));
	run_fini(&r);
}

static size_t lines_of(const char *text)
{
	size_t count = 0;

	for (; *text; text++)
		count += *text == '\n';
	return count;
}

/* Whether these are records `first` to `last` of the ledger, the genesis before them, byte for byte. */
static void assert_exported(const struct ledger *l, const char *text, size_t first, size_t last)
{
	_cleanup_(buf_fini) struct buf wanted = BUF_INIT(BYTES_MAX);
	const char *line = l->bytes.data;

	for (size_t seq = 1; seq <= l->head.seq.n; seq++) {
		const char *end = strchr(line, '\n') + 1;

		if (seq == 1 || (seq >= first && seq <= last))
			buf_append(&wanted, line, (size_t)(end - line));
		line = end;
	}
	assert_string_equal(text, wanted.data);
}

/* What verify says of an exported part. */
static void assert_part(const struct ledger *of, const char *text, size_t first)
{
	_cleanup_(ledger_fini) struct ledger l = {.bytes = BUF_INIT(BYTES_MAX)};
	char records[64], missing[64];

	buf_add(&l.bytes, text);
	(void)snprintf(records, sizeof records, "seq 1, and %zu to %zu,", first, (size_t)of->head.seq.n);
	(void)snprintf(missing, sizeof missing, "(seq %zu, not in the file)", first - 1);
	struct run r = ctl(&l, l.bytes.len, "verify prod.ledger");
	assert_int_equal(r.code, EXIT_ERROR);
	assert_non_null(strstr(r.to, "DAMAGED at line 2"));
	assert_non_null(strstr(r.to, "--part"));
	run_fini(&r);
	r = ctl(&l, l.bytes.len, "verify prod.ledger --part");
	assert_int_equal(r.code, EXIT_GOOD);
	assert_non_null(strstr(r.to, "PART: the chain holds within it"));
	assert_non_null(strstr(r.to, records));
	assert_non_null(strstr(r.to, missing));
	assert_null(strstr(r.to, "OK"));
	run_fini(&r);
	r = ctl(&l, l.bytes.len, "verify prod.ledger --part --json");
	(void)snprintf(records, sizeof records,
		"\"part\": {\"firstSeq\": %zu, \"lastSeq\": %zu, \"prevHash\": \"", first,
		(size_t)of->head.seq.n);
	assert_non_null(strstr(r.to, records));
	run_fini(&r);
}

static void test_export(void **state)
{
	static const char tail[] = "{\"seq\":";
	_cleanup_(ledger_fini) struct ledger l;
	size_t whole, middle;

	(void)state;
	begin(&l);
	lose(&l);
	give_back(&l);
	whole = l.head.seq.n;
	order(&l, "drill");
	buf_append(&l.bytes, tail, sizeof tail - 1); /* being written: not in it */
	struct run r = ctl(&l, l.bytes.len, "ledger export prod.ledger");
	assert_int_equal(r.code, EXIT_GOOD);
	assert_exported(&l, r.to, 2, l.head.seq.n);
	assert_non_null(strstr(r.error, "all"));
	run_fini(&r);
	r = ctl(&l, l.bytes.len, "ledger export prod.ledger --incident 1");
	assert_exported(&l, r.to, 5, whole);
	assert_non_null(strstr(r.error, "seq 1, and 5 to"));
	run_fini(&r);
	/* The order came 5000 s after the beginning: 05:12:46. */
	r = ctl(&l, l.bytes.len, "ledger export prod.ledger --since 2026-11-24T05:12:46Z");
	assert_exported(&l, r.to, whole + 1, l.head.seq.n);
	assert_part(&l, r.to, whole + 1);
	run_fini(&r);
	r = ctl(&l, l.bytes.len, "ledger export prod.ledger --since 2026-11-25");
	assert_int_equal(lines_of(r.to), 1);
	assert_non_null(strstr(r.error, "none is of the part"));
	run_fini(&r);
	r = ctl(&l, l.bytes.len, "ledger export prod.ledger --json --incident 1");
	assert_int_equal(r.code, EXIT_GOOD);
	assert_non_null(strstr(r.to, "\"firstSeq\": 5,"));
	assert_non_null(strstr(r.to, "    \"{\\\"seq\\\":5,\\\"prev\\\":"));
	run_fini(&r);
	r = ctl(&l, l.bytes.len, "ledger export prod.ledger --incident 9");
	assert_int_equal(r.code, EXIT_ERROR);
	assert_string_equal(r.to, "");
	run_fini(&r);
	r = ctl(&l, l.bytes.len, "ledger export prod.ledger --since yesterday");
	assert_int_equal(r.code, EXIT_USAGE);
	run_fini(&r);

	middle = l.bytes.len / 2;
	l.bytes.data[middle] ^= 1;
	r = ctl(&l, l.bytes.len, "ledger export prod.ledger");
	assert_int_equal(r.code, EXIT_ERROR);
	assert_string_equal(r.to, "");
	assert_non_null(strstr(r.error, "--good-part"));
	run_fini(&r);
	r = ctl(&l, l.bytes.len, "ledger export prod.ledger --good-part");
	assert_int_equal(r.code, EXIT_ERROR);
	assert_true(strlen(r.to) > 0 && strlen(r.to) <= middle);
	assert_memory_equal(r.to, l.bytes.data, strlen(r.to));
	assert_non_null(strstr(r.error, "DAMAGED at line"));
	run_fini(&r);
}

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_folder(void **state)
{
	char path[sizeof dir + 16];

	(void)state;
	(void)snprintf(path, sizeof path, "%s/prod.ledger", dir);
	(void)unlink(path);
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_loss),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_an_open_one),
		cmocka_unit_test(test_hostile_texts),
		cmocka_unit_test(test_the_page),
		cmocka_unit_test(test_damaged_and_torn),
		cmocka_unit_test(test_only_its_own),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_the_last_usable_look),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_times_of_an_order),
		cmocka_unit_test(test_export),
	};
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
