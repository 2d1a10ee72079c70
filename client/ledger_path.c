/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger_path.h"
#include <string.h>

#define ENDING ".ledger"

bool ledger_path_is_file(const char *argument)
{
	size_t len = strlen(argument), ending = strlen(ENDING);

	return strchr(argument, '/') || (len > ending && strcmp(argument + len - ending, ENDING) == 0);
}

const char *ledger_path(struct arena *a, const char *argument, const char *state_dir)
{
	return ledger_path_is_file(argument)
		       ? argument
		       : arena_printf(a, "%s/ledger/%s" ENDING,
				 state_dir ? state_dir : CMEKD_LOCALSTATEDIR "/lib/cmekd", argument);
}
