/* SPDX-License-Identifier: Apache-2.0 */
/* times: how long things took, over all incidents of the ledgers that are named, without the daemon. */
#include "cmd.h"
#include "base/own.h"
#include "ledger_file.h"
#include "ledger_path.h"
#include "story_times.h"
#include <string.h>

/* One ledger more; what it says of itself into `ret_ledger`. Gives 0, or an exit code of which the trouble was shown. */
static int add_ledger(
	struct session *s, const char *argument, struct story_times *times, struct output_ledger *ret_ledger)
{
	struct arena *a = &s->out->arena;
	_cleanup_(story_book_fini) struct story_book book = {.stories = NULL};
	_cleanup_free_ char *bytes = NULL;
	const char *path = ledger_path(a, argument, REQUEST_VALUE(s->request, STATE_DIR));
	size_t len;
	int result = ledger_file_load(s, path, &bytes, &len);

	if (result != 0)
		return result;
	result = story_book_read(&book, a, bytes, len, (struct incident_id){0});
	if (result == 0)
		result = story_times_add(times, &book);
	if (result < 0)
		return output_trouble(
			s->out, EXIT_ERROR, "failure", "reading %s failed: %s", path, strerror(-result));
	*ret_ledger = ledger_file_report(
		path, bytes, len, &book.report, arena_copy(a, book.damage.text, strlen(book.damage.text)));
	return 0;
}

int cmd_times(struct session *s)
{
	_cleanup_(story_times_fini) struct story_times times = STORY_TIMES_INIT;
	size_t count = s->request->argument_count;
	struct output_ledger *ledgers = arena_alloc(&s->out->arena, count * sizeof *ledgers);
	int code = EXIT_GOOD;

	if (!ledgers)
		return output_trouble(s->out, EXIT_ERROR, "failure", "out of memory");
	for (size_t i = 0; i < count; i++) {
		int result = add_ledger(s, s->request->arguments[i], &times, &ledgers[i]);
		if (result != 0)
			return result;
		if (ledgers[i].damage || ledgers[i].report.head.seq.n == 0)
			code = EXIT_ERROR;
	}
	s->out->ops->times(s->out, &(const struct output_times){&times, ledgers, count});
	return code;
}
