/* SPDX-License-Identifier: Apache-2.0 */
/* verify: the hash chain of ledgers, without the daemon. */
#include "cmd.h"
#include "base/own.h"
#include "ledger_file.h"
#include "ledger_path.h"
#include <string.h>

static int show_record(const struct ledger_entry *entry, void *arg)
{
	struct session *s = arg;

	s->out->ops->record(s->out, entry);
	arena_fini(&s->out->arena); /* each record is done with */
	return 0;
}

static int check(bool part, const char *bytes, size_t len, ledger_each_fn *each, void *arg,
	struct ledger_report *ret_report, struct why *reterr_why)
{
	return part ? ledger_verify_part(bytes, len, each, arg, ret_report, reterr_why)
		    : ledger_verify(bytes, len, each, arg, ret_report, reterr_why);
}

static int verify_one(struct session *s, const char *argument)
{
	_cleanup_free_ char *bytes = NULL;
	_cleanup_free_ char *path =
		strdup(ledger_path(&s->out->arena, argument, REQUEST_VALUE(s->request, STATE_DIR)));
	struct ledger_report report;
	struct why why = {""};
	size_t len = 0;

	if (!path)
		return output_trouble(s->out, EXIT_ERROR, "failure", "out of memory");
	int result = ledger_file_load(s, path, &bytes, &len);
	if (result != 0)
		return result;
	result = check(REQUEST_HAS(s->request, PART), bytes, len,
		REQUEST_HAS(s->request, LIST) ? show_record : NULL, s, &report, &why);
	if (result < 0)
		return output_trouble(
			s->out, EXIT_ERROR, "failure", "checking %s failed: %s", path, strerror(-result));
	const struct output_ledger ledger =
		ledger_file_report(path, bytes, len, &report, result > 0 ? why.text : "");
	s->out->ops->ledger(s->out, &ledger);
	return ledger.damage || ledger.report.head.seq.n == 0 ? EXIT_ERROR : EXIT_GOOD;
}

int cmd_verify(struct session *s)
{
	int worst = EXIT_GOOD;

	for (size_t i = 0; i < s->request->argument_count; i++) {
		int code = verify_one(s, s->request->arguments[i]);
		worst = worst == EXIT_GOOD ? code : worst;
	}
	return worst;
}
