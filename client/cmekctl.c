/* SPDX-License-Identifier: Apache-2.0 */
/* cmekctl: the client of cmekd. See cmekctl(1). */
#include "cmd.h"
#include <unistd.h>

int main(int argc, char **argv)
{
	return cmd_run(
		argc, argv, isatty(STDIN_FILENO) && isatty(STDERR_FILENO) ? stdin : NULL, stdout, stderr);
}
