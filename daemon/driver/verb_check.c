/* SPDX-License-Identifier: Apache-2.0 */
/* Check: each documented limit and requirement of a project, from what is known already. */
#include "driver/checks.h"
#include "driver/engine.h"
#include "driver/request.h"
#include "driver/tree.h"
#include "driver/verb_rows.h"
#include "driver/view.h"
#include "io/clock.h"

void verb_CHECK(struct engine *e, struct control_call *call)
{
	struct project *p;
	struct moment now;

	if (!request_project(call, e, &p))
		return;
	now = clock_now();
	request_reply(call, view_checks(p, now));
}
