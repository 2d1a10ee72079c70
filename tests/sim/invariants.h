/* SPDX-License-Identifier: Apache-2.0 */
/* invariants: what the audit holds the core to, each with a hit counter: one that is never exercised fails a whole run. */
#pragma once

#define AUDIT_TABLE(X)                                                                                       \
	X(PAUSE_ARMED, "an automatic pause is of a binding that was seen usable under its present settings") \
	X(PAUSE_CONFIRMED, "an automatic pause follows three lost looks of the last five")                   \
	X(PAUSE_AGREED, "at an automatic pause the newest look says lost and is younger than PollInterval")  \
	X(PAUSE_GRACE, "the first automatic pause comes after GracePeriod without a look that saw access")   \
	X(PAUSE_GATE, "perhaps irreversible losses, shared keys and changed vendors wait for approval")      \
	X(PAUSE_REACTION, "Reaction=approve and observe never pause by themselves")                          \
	X(PAUSE_BUDGET, "automatic first pauses stay within MaxPauses an hour, unless approved")             \
	X(APPROVED_PLAN, "an approval pauses what its plan showed, and nothing else")                        \
	X(APPROVED_NOT_CONTRADICTED, "an approved pause is not sent while the newest look sees access")      \
	X(OPERATOR_CUT_FIRST, "an operator's pause comes after the key policy was changed, or seen changed") \
	X(CUT_AFTER_PAUSES,                                                                                  \
		"with --pause-first the key is cut when every cluster was read as paused or gone, unless "   \
		"asked again")                                                                               \
	X(GRANTS_DARK,                                                                                       \
		"grants are revoked only for an operator who asked for it, after the cut, while nothing "    \
		"runs")                                                                                      \
	X(EXCLUDED, "what the configuration excludes is never paused")                                       \
	X(DRILL_ASKED, "a drill pauses only the cluster that it was asked for, and no incident is open")     \
	X(DRILL_RESUMES, "a drill resumes only what it paused, and while no incident is open there")         \
	X(PAUSE_ORDER, "what becomes due together is paused in its order")                                   \
	X(GRANTS_LISTED, "no batch of grants is revoked that was not listed since the last one")             \
	X(GRANTS_WRITTEN, "which grants are revoked is written down, as they were listed")                   \
	X(INTENT_DURABLE, "no act before its intent is durable")                                             \
	X(ENABLE_OURS, "no key is enabled that the incident did not disable, but for what cannot be known")  \
	X(DISABLE_ASKED, "a key is disabled only for an operator who asked for just that")                   \
	X(CUT_STANDS, "a key policy that an errand put does not write over a cut that was made meanwhile")   \
	X(ERRAND_ONCE, "an errand is sent once, one at a time, after its intent is durable")                 \
	X(ERRAND_REVOKED, "no errand gives access while an operator's revoke is in force")                   \
	X(ONE_EDITOR, "no change of a key policy leaves while another of the same project is under way, "    \
		      "unless that is a minute late")                                                        \
	X(ONE_ACT, "at most one act in flight a cluster")                                                    \
	X(ACT_STATE, "an act is sent only when the last reading of the cluster permits it")                  \
	X(HELD_FORESEEN,                                                                                     \
		"an automatic incident does not pause again what people resumed before its seventh day")     \
	X(RESUME_OURS, "only clusters that this incident paused are resumed")                                \
	X(RESUME_UNTOUCHED, "a cluster that people paused since, and that was read so, is not resumed")      \
	X(RESUME_CAUSELESS, "nothing is resumed while a cause is open")                                      \
	X(RESUME_PROVEN, "the first resume follows RestoreDelay of usable looks, three at least, none lost") \
	X(OPERATOR_ENDS, "an operator's cause ends only by restore")                                         \
	X(PLAN_NAMED, "approval of another plan is refused")                                                 \
	X(SUSPEND_RESTS, "while a person has switched automatic acts off, none is begun")                    \
	X(HELD_RESTS, "a foreign ledger does nothing before approval")                                       \
	X(INCLUDE_OURS, "a person may include at restore only what this incident paused, or may have")       \
	X(DARK_CLUSTERS,                                                                                     \
		"dark is said only while every cluster is paused, but for what cannot be known yet")         \
	X(DARK_CUT, "dark is said only while the vendor is cut, but for what cannot be known yet")           \
	X(DARK_GRANTS,                                                                                       \
		"dark is not said while grants let the vendor use a key that nothing denies it, but for "    \
		"what cannot be known yet")                                                                  \
	X(FOLD, "the fold of the records is the core's own state")                                           \
	X(LEDGER_VERIFIES, "what a kill leaves on the disk verifies, but for a torn tail")                   \
	X(PROGRESS, "time goes on: the core does not ask for the same moment for ever")                      \
	X(LIVE_PAUSED, "once faults stop, every pausable cluster of a lost region is paused")                \
	X(LIVE_CUT, "once faults stop, a revoke that waits for pauses waits for none that has come")         \
	X(LIVE_GRANTS, "once faults stop, no grant is left that an operator wants revoked")                  \
	X(LIVE_CLOSED, "once access is back for good, every incident is closed")                             \
	X(LIVE_DRILL, "once faults stop, no drill keeps a cluster paused")                                   \
	X(LIVE_EXACT, "then exactly what ran before runs again")                                             \
	X(TAKE_ASKED,                                                                                        \
		"the vendor is taken out of a key policy only for an operator who asked for just that")      \
	X(TAKE_KEPT, "and only when the policy is kept as it was while the vendor was in it")                \
	X(BACK_OURS, "the vendor is put back only after a restore, by the incident that took it out")        \
	X(LIVE_BACK, "once faults stop, what a revoke took out of a key policy is put back by its restore")  \
	X(LIVE_ASKED, "once faults stop, a key that a revoke was taken for is cut")                          \
	X(LIVE_ENABLED, "once faults stop, a key that a revoke disabled is enabled by its restore")          \
	X(LIVE_DARK, "once faults stop, a held revoke is dark")                                              \
	X(ACT_READ, "an act is decided by a reading that is younger than three IncidentIntervals")           \
	X(FEW_ACTS, "at most four acts on clusters are in flight, a project")                                \
	X(DARK_TOLD, "what was told to be dark is dark, or was told not to be any more")                     \
	X(REASON_TOLD, "a verdict names what its newest look showed")                                        \
	X(TOLD_LOST, "a loss that is confirmed is told")                                                     \
	X(TOLD_PHASE,                                                                                        \
		"that an incident waits for somebody, pauses, gives back or ends is told when it does")      \
	X(TOLD_REFUSED, "a pause or resume that TiDB Cloud refuses is told")                                 \
	X(TOLD_LEFT, "what an incident paused, and leaves paused at its end, was told to be left")           \
	X(TOLD_STRANDED, "what left PAUSED and has not come up in an hour is told")                          \
	X(TOLD_DELETION, "the date of a deletion is told when it is believed, and each day until then")      \
	X(TOLD_BLIND, "that a key cannot be judged for BlindAlert is told, and that it can be again")        \
	X(TOLD_DENIED, "that cmekd itself is denied the key is told")                                        \
	X(TOLD_ROTATED, "that the key material is another is told, and nothing else")                        \
	X(TOLD_UNARMED, "that a loss would not be reacted to is told in BlindAlert, and each day")           \
	X(TOLD_UNREAD, "that clusters cannot be listed for BlindAlert is told, and that they can be again")  \
	X(TOLD_SETTING, "that a CMEK setting is missing, or names another key, is told")                     \
	X(TOLD_HAND, "that a person has to change the key, because cmekd may not, is told")                  \
	X(TOLD_UNDONE, "that access is back under an operator's cut is told")                                \
	X(TOLD_LATE, "what is to be paused and is not for an hour is told")                                  \
	X(TOLD_CHANGE, "that a change of the key was tried in vain for BlindAlert is told")                  \
	X(TOLD_AHEAD, "a resume by TiDB Cloud that is foreseen is told a day ahead")                         \
	X(LIVE_ARMED, "once faults stop, a binding that is seen usable is armed")                            \
	X(LIVE_CONFIRMED,                                                                                    \
		"once faults stop, a loss is confirmed within PollInterval and three ConfirmIntervals")      \
	X(LIVE_AUTO, "once faults stop, a loss pauses by itself what the configuration lets it, in time")    \
	X(LIVE_AUTO_BACK, "and when access is back, exactly that runs again, and nothing is open")

enum audit {
#define X(e, text) AUDIT_##e,
	AUDIT_TABLE(X)
#undef X
		AUDIT_COUNT
};
