/* SPDX-License-Identifier: Apache-2.0 */
/* live_drill: a drill that pauses one cluster and resumes it, to prove the right to. Only words; daemon/core/live_drill says
 * what becomes of one. */
#pragma once
#include <stdbool.h>

/* How far it is. X(ENUM, "name", RESTART, "what it means to a person"): RESTART is what a restart makes of it; names go into the
 * ledger: never rename one. */
#define LIVE_STEP_TABLE(X)                                                                                   \
	X(NONE, "none", NONE, "no drill has a cluster in hand")                                              \
	X(LOOKING, "looking", NONE, "its state is read first")                                               \
	X(PAUSE_SENT, "pause_sent", PAUSE_UNSURE, "a pause is on its way")                                   \
	X(PAUSE_UNSURE, "pause_unsure", PAUSE_UNSURE,                                                        \
		"a pause may have been taken; its state is read until that is known")                        \
	X(PAUSE_TAKEN, "pause_taken", PAUSE_TAKEN, "the pause was accepted; not yet read as PAUSED")         \
	X(RESUME_OWED, "resume_owed", RESUME_OWED, "paused by the drill, and to be resumed")                 \
	X(RESUME_SENT, "resume_sent", RESUME_UNSURE, "a resume is on its way")                               \
	X(RESUME_UNSURE, "resume_unsure", RESUME_UNSURE,                                                     \
		"a resume may have been taken; its state is read first")                                     \
	X(RESUME_TAKEN, "resume_taken", RESUME_TAKEN, "the resume was accepted; not yet read as running")

enum live_step {
#define X(e, name, restart, meaning) LIVE_##e,
	LIVE_STEP_TABLE(X)
#undef X
		LIVE_STEP_COUNT
};
const char *live_step_name(enum live_step s);
const char *live_step_meaning(enum live_step s);
enum live_step live_step_after_restart(enum live_step s);
bool live_step_parse(const char *name, enum live_step *ret_step);

/* How it ended. X(ENUM, "name", "what it means to a person"): names go into the ledger. */
#define LIVE_END_TABLE(X)                                                                                    \
	X(GOING, "going", "it goes on")                                                                      \
	X(PROVEN, "proven", "it was paused, resumed, and runs again")                                        \
	X(REFUSED, "refused", "TiDB Cloud refused to pause it; nothing was changed")                         \
	X(DENIED, "denied", "the API key may not pause it; nothing was changed")                             \
	X(THROTTLED, "throttled", "too many requests just now; nothing was changed")                         \
	X(NOT_SENT, "not_sent", "the pause was not sent; nothing was changed")                               \
	X(NEVER_PAUSED, "never_paused",                                                                      \
		"the pause got no answer, or was accepted, and it was never read as PAUSED")                 \
	X(OTHERS_RESUMED, "others_resumed", "it was paused, and runs again without a resume of cmekd")       \
	X(OTHERS_PAUSED, "others_paused", "people paused it meanwhile: left to them")                        \
	X(GONE, "gone", "it was deleted meanwhile")

enum live_end {
#define X(e, name, meaning) LIVE_END_##e,
	LIVE_END_TABLE(X)
#undef X
		LIVE_END_COUNT
};
const char *live_end_name(enum live_end e);
const char *live_end_meaning(enum live_end e);
bool live_end_parse(const char *name, enum live_end *ret_end);
