/* SPDX-License-Identifier: Apache-2.0 */
/* stage: plays a recording to a core: virtual hands and a virtual clock. One more pair of hands, like the
 * simulation's; nothing here is written, sent or waited for.
 *
 * A look tells what was seen then; a pause that was refused then is refused as often; acts take as long as they took,
 * or a nominal time; the ledger is always durable; the operator's commands are given when they were. */
#pragma once
#include "model/settings.h"
#include "replay/milestone.h"
#include "replay/recording.h"

#define STAGE_ACT_MS    1000              /* an answer, where none was recorded */
#define STAGE_PAUSE_MS  (3 * 60 * 1000)   /* a pause, where none was */
#define STAGE_RESUME_MS (5 * 60 * 1000)   /* a resume, where none was */
#define STAGE_AFTER_MS  (2 * 3600 * 1000) /* goes on so long, and by the delays, after the recording's end */
#define STAGE_STEPS_MAX 4000000u          /* of the core */
#define STAGE_WORK_MAX  8000000000ull     /* clusters looked at */
#define STAGE_ANSWERS   8                 /* commands that could not be carried out, which are told */

enum stage_end {
	STAGE_ENDED,   /* no incident is open any more */
	STAGE_OPEN,    /* one still was, when nothing more was recorded */
	STAGE_NEXT,    /* one still was, when the region's next incident began */
	STAGE_STOPPED, /* it took too many steps */
};

struct stage {
	struct milestones milestones;
	enum stage_end end;
	struct walltime ended;
	enum phase phase; /* at the end */
	struct {
		enum command command;
		enum answer answer;
		struct walltime at;
	} answers[STAGE_ANSWERS];
	uint32_t answer_count;
};

void stage_fini(struct stage *s);

/* What the replay is under. */
struct stage_settings {
	const struct policy_settings *policy;
	const struct cluster_settings *clusters; /* [Cluster NAME] */
	uint32_t cluster_count;
	uint32_t max_pauses;
};

/* `ret_stage` is zero or was finished. Fails: -ENOMEM. */
int stage_play(const struct recording *r, const struct stage_settings *settings, struct stage *ret_stage);
