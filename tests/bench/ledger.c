/* SPDX-License-Identifier: Apache-2.0 */
/* ledger: appends records through the daemon's store, and folds a ledger as a start does.
 *
 *   ledger append DIR RECORDS TOGETHER     so many at a time share a write and its fdatasync
 *   ledger fold DIR
 */
#include "core/core.h"
#include "driver/capacity.h"
#include "io/clock.h"
#include "io/store.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct bench {
	uv_loop_t loop;
	struct store *store;
	struct core core;
	uint64_t records, appended, durable, together, folded;
};

static struct bench bench;

static void fail(const char *what)
{
	(void)fprintf(stderr, "ledger: %s\n", what);
	exit(1);
}

static int64_t now_us(void)
{
	return (int64_t)(uv_hrtime() / 1000);
}

static int fold(const struct ledger_entry *entry, void *arg)
{
	(void)arg;
	if (capacity_restore(&bench.core, &entry->record) < 0)
		return -1;
	bench.folded++;
	return 0;
}

static void append(void);

static void on_durable(struct store *s, struct seq seq, int error, void *arg)
{
	(void)s;
	(void)seq;
	(void)arg;
	if (error != 0)
		fail("a record could not be written");
	if (++bench.durable == bench.appended)
		append();
}

static void append(void)
{
	struct record r = {.type = RECORD_VERDICT, .region = {"us-west-2"}, .reason = REASON_ALLOWED};

	for (uint64_t i = 0; i < bench.together && bench.appended < bench.records; i++, bench.appended++) {
		r.seq.n = store_next_seq(bench.store);
		r.at = clock_now().wall;
		r.outcome = bench.appended % 2 ? OUTCOME_LOST : OUTCOME_USABLE;
		if (store_append(bench.store, &r, NULL, on_durable, NULL) != 0)
			fail("a record was not taken");
	}
}

int main(int argc, char **argv)
{
	const struct project_name name = {"bench"};
	const struct project_id id = {"1372813089209000001"};
	struct store_report report;
	struct why why = {""};
	int64_t began;
	bool appends = argc == 5 && strcmp(argv[1], "append") == 0;

	if (!appends && !(argc == 3 && strcmp(argv[1], "fold") == 0)) {
		(void)fprintf(stderr, "usage: ledger append DIR RECORDS TOGETHER | ledger fold DIR\n");
		return 2;
	}
	if (appends) {
		bench.records = strtoul(argv[3], NULL, 10);
		bench.together = strtoul(argv[4], NULL, 10);
	}
	core_init(&bench.core, &(struct core_init){.policy = {.poll_ms = 30000}});
	if (uv_loop_init(&bench.loop) != 0)
		fail("no loop");
	began = now_us();
	if (store_open(&bench.loop, argv[2], &name, &id, clock_now().wall, fold, NULL, &bench.store, &report,
		    &why) != 0)
		fail(why.text);
	if (appends) {
		began = now_us();
		append();
		while (bench.durable < bench.records)
			(void)uv_run(&bench.loop, UV_RUN_ONCE);
	}
	printf("{\"records\":%" PRIu64 ",\"us\":%" PRId64 "}\n", appends ? bench.records : bench.folded,
		now_us() - began);
	store_close(bench.store, NULL, NULL);
	(void)uv_run(&bench.loop, UV_RUN_DEFAULT);
	capacity_fini(&bench.core);
	return 0;
}
