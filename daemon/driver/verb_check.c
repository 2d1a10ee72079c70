/* SPDX-License-Identifier: Apache-2.0 */
/* Check: each documented limit and requirement of a project, from what is known; what blocks a pause is read before, unless
 * only what is known already is asked for. The call waits for that, but not for long: one API key may serve thousands of
 * clusters, and what is not read yet is said to be so. */
#include "driver/checks.h"
#include "driver/engine.h"
#include "driver/jobs.h"
#include "driver/project.h"
#include "driver/request.h"
#include "driver/tree.h"
#include "driver/verb_rows.h"
#include "driver/view.h"
#include "io/clock.h"

#define WAIT_MS (10 * (int64_t)1000) /* less than clients wait */

static void reply(struct control_call *call, struct project *p)
{
	struct moment now = clock_now();

	request_reply(call, view_checks(p, now));
}

void verb_check_changed(struct pending *w, struct boottime now)
{
	struct project *p = w->project;
	struct control_call *call;

	if (p->jobs.asking && !boottime_reached(now, w->until))
		return;
	call = pending_end(w);
	if (call)
		reply(call, p);
}

void verb_CHECK(struct engine *e, struct control_call *call)
{
	struct pending *w;
	struct project *p;
	bool known;

	if (!request_project(call, e, &p) || !request_flag(call, "known", &known))
		return;
	if (known || !jobs_round(p, JOBS_FRESH_MS)) {
		reply(call, p);
		return;
	}
	w = pending_new(e, call, p);
	if (w)
		w->until.ms = clock_now().boot.ms + WAIT_MS;
}
