/* SPDX-License-Identifier: Apache-2.0 */
/* verify: the hash chain of ledgers, without the daemon. */
#include "cmd.h"
#include "anchors.h"
#include "base/own.h"
#include "ledger_file.h"
#include "ledger_path.h"
#include <string.h>

struct reading {
	struct session *s;
	struct anchors_match match;
};

static int on_record(const struct ledger_entry *entry, void *arg)
{
	struct reading *r = arg;

	anchors_match_record(&r->match, entry);
	if (REQUEST_HAS(r->s->request, LIST)) {
		r->s->out->ops->record(r->s->out, entry);
		arena_fini(&r->s->out->arena); /* each record is done with */
	}
	return 0;
}

static int check(bool part, const char *bytes, size_t len, ledger_each_fn *each, void *arg,
	struct ledger_report *ret_report, struct why *reterr_why)
{
	return part ? ledger_verify_part(bytes, len, each, arg, ret_report, reterr_why)
		    : ledger_verify(bytes, len, each, arg, ret_report, reterr_why);
}

/* Nothing to compare with proves nothing, and was not what was asked for. */
static bool heads_fit(const struct output_heads *h)
{
	return !h->given || (h->bad == OUTPUT_HEADS_GOOD && h->compared > 0);
}

static int verify_one(struct session *s, const char *argument, const struct anchors *anchors)
{
	_cleanup_free_ char *bytes = NULL;
	_cleanup_free_ char *path =
		strdup(ledger_path(&s->out->arena, argument, REQUEST_VALUE(s->request, STATE_DIR)));
	struct reading reading = {.s = s};
	struct ledger_report report;
	struct why why = {""};
	size_t len = 0;

	if (!path)
		return output_trouble(s->out, EXIT_ERROR, "failure", "out of memory");
	int result = ledger_file_load(s, path, &bytes, &len);
	if (result != 0)
		return result;
	if (REQUEST_HAS(s->request, HEADS))
		anchors_match_init(&reading.match, anchors, ledger_path_project(&s->out->arena, argument));
	result = check(REQUEST_HAS(s->request, PART), bytes, len, on_record, &reading, &report, &why);
	if (result < 0)
		return output_trouble(
			s->out, EXIT_ERROR, "failure", "checking %s failed: %s", path, strerror(-result));
	struct output_ledger ledger =
		ledger_file_report(path, bytes, len, &report, result > 0 ? why.text : "");
	ledger.is_unread = result == LEDGER_E_SHAPE && !REQUEST_HAS(s->request, PART);
	anchors_match_end(&reading.match, !ledger.damage && report.gap_first == 0);
	ledger.heads = reading.match.told;
	s->out->ops->ledger(s->out, &ledger);
	return ledger.damage || ledger.report.head.seq.n == 0 || !heads_fit(&ledger.heads) ? EXIT_ERROR
											   : EXIT_GOOD;
}

int cmd_verify(struct session *s)
{
	_cleanup_(anchors_fini) struct anchors anchors = {.items = NULL};
	const char *path = REQUEST_VALUE(s->request, HEADS);
	int worst = path ? anchors_load(s, path, &anchors) : EXIT_GOOD;

	if (worst != EXIT_GOOD)
		return worst;
	for (size_t i = 0; i < s->request->argument_count; i++) {
		int code = verify_one(s, s->request->arguments[i], &anchors);
		worst = worst == EXIT_GOOD ? code : worst;
	}
	return worst;
}
