/* SPDX-License-Identifier: Apache-2.0 */
/* follow: watches a project until a verb has come to its end. Ctrl-C leaves without stopping anything; a restart of
 * cmekd is waited for. */
#pragma once
#include "session.h"

enum follow_goal {
	FOLLOW_DARK,   /* every region that was asked for is dark */
	FOLLOW_CLOSED, /* none of them has an open incident any more */
};

/* The project and region are the request's. `pause_only`: dark cannot be reached while the key is not cut, so the end
 * is that nothing is left to pause; that is EXIT_OPEN. Gives 0 when the goal is reached, EXIT_OPEN if it was left or
 * cannot be reached any more, or the exit code of trouble that was shown. */
int follow_until(struct session *s, enum follow_goal goal, bool pause_only);
