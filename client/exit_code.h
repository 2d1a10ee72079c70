/* SPDX-License-Identifier: Apache-2.0 */
/* exit_code: what a script may rely on; documented in cmekctl(1). */
#pragma once

enum exit_code {
	EXIT_GOOD = 0,
	EXIT_ERROR = 1,
	EXIT_USAGE = 2,
	EXIT_OPEN = 3,        /* an access problem or an incident is open, or not dark */
	EXIT_UNREACHABLE = 4, /* cmekd does not answer */
	EXIT_FORBIDDEN = 5,   /* cmekd answers, but not to this user */
};
