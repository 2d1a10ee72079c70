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

const char *ledger_path_project(struct arena *a, const char *argument)
{
	const char *slash = strrchr(argument, '/'), *name = slash ? slash + 1 : argument;
	size_t len = strlen(name), ending = strlen(ENDING);

	if (len > ending && strcmp(name + len - ending, ENDING) == 0)
		len -= ending;
	return arena_copy(a, name, len);
}
