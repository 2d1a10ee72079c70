# SPDX-License-Identifier: Apache-2.0
check_PROGRAMS += scenario
TESTS += scenario
scenario_world = tests/scenario/orders.c tests/scenario/world.c tests/scenario/world.h \
	tests/scenario/world_check.c tests/scenario/world_hands.c tests/scenario/world_key.c
scenario_SOURCES = tests/scenario/scenario.c $(scenario_world)
scenario_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/scenario
scenario_LDADD = libcore.a libmodel.a libbase.a $(CRYPTO_LIBS)
EXTRA_DIST += tests/scenario/01-loss-paused-restored.scn \
	tests/scenario/02-unarmed-waits.scn \
	tests/scenario/03-pending-deletion-waits.scn \
	tests/scenario/04-usable-look-cancels-grace.scn \
	tests/scenario/05-operators-revoke-holds.scn \
	tests/scenario/06-single-bad-look-forgotten.scn \
	tests/scenario/07-network-down-never-pauses.scn \
	tests/scenario/08-own-access-denied-never-pauses.scn \
	tests/scenario/09-refused-pause-retried.scn \
	tests/scenario/10-restart-while-pausing.scn \
	tests/scenario/11-lost-replies.scn \
	tests/scenario/12-people-are-respected.scn \
	tests/scenario/13-budget-stops-a-mass-pause.scn \
	tests/scenario/14-disk-full.scn \
	tests/scenario/15-shorter-list.scn \
	tests/scenario/16-seven-days.scn \
	tests/scenario/17-decline.scn \
	tests/scenario/18-observe-never-acts.scn \
	tests/scenario/19-clock-step-restarts-grace.scn \
	tests/scenario/20-foreign-ledger.scn \
	tests/scenario/21-vendor-changed-and-foreign-cut.scn \
	tests/scenario/22-cut-by-hand.scn \
	tests/scenario/23-degraded-and-undecidable.scn \
	tests/scenario/24-access-back-while-pausing.scn \
	tests/scenario/25-revoke-pause-only-and-lost-change.scn \
	tests/scenario/26-restart-in-grace.scn \
	tests/scenario/27-changed-configuration-disarms.scn \
	tests/scenario/28-operator-during-automatic.scn \
	tests/scenario/29-throttled-and-unread.scn \
	tests/scenario/30-pause-in-doubt-needs-budget.scn \
	tests/scenario/31-deleted-while-an-act-is-in-flight.scn \
	tests/scenario/32-back-from-gone.scn \
	tests/scenario/33-paused-by-people-after-a-lost-resume.scn \
	tests/scenario/34-held-again.scn \
	tests/scenario/35-plan-grew-while-the-budget-was-asked.scn \
	tests/scenario/36-lost-pause-comes-while-the-next-is-in-flight.scn \
	tests/scenario/37-pause-found-too-late.scn \
	tests/scenario/38-decline-of-what-is-held.scn \
	tests/scenario/39-daemon-stands-still.scn \
	tests/scenario/40-suspended.scn \
	tests/scenario/41-suspended-in-grace.scn \
	tests/scenario/42-suspension-ends.scn \
	tests/scenario/43-resume-waits-while-people-act.scn \
	tests/scenario/44-decline-half-written.scn \
	tests/scenario/45-approval-half-written.scn \
	tests/scenario/46-approval-half-written-while-undoing.scn \
	tests/scenario/47-hangs-in-resuming.scn \
	tests/scenario/48-paused-by-people-after-it-was-stranded.scn \
	tests/scenario/49-half-an-approval-is-none.scn \
	tests/scenario/50-own-statement-found-again.scn \
	tests/scenario/51-lost-pause-comes-while-giving-back.scn \
	tests/scenario/52-a-hint-makes-look-at-once.scn \
	tests/scenario/53-seven-days-counted.scn \
	tests/scenario/54-an-errand-and-its-end.scn \
	tests/scenario/55-pending-deletion-counts-down.scn \
	tests/scenario/60-clusters-are-paused-first.scn \
	tests/scenario/61-clusters-first-then-not.scn \
	tests/scenario/62-cut-put-off-for-long.scn \
	tests/scenario/63-gone-by-the-ledger-alone.scn \
	tests/scenario/64-a-drill-is-written-down.scn \
	tests/scenario/65-old-list-after-a-pause.scn \
	tests/scenario/66-setting-up-waits-for-an-incident.scn \
	tests/scenario/67-gone-before-the-budget.scn \
	tests/scenario/68-schedule-told-while-a-resume-is-unclear.scn \
	tests/scenario/69-old-list-while-proving.scn \
	tests/scenario/70-restore-includes.scn \
	tests/scenario/71-grants-are-revoked-once-dark.scn \
	tests/scenario/72-denied-and-approved.scn \
	tests/scenario/73-own-doing-is-no-loss.scn \
	tests/scenario/74-asked-again-cuts-now.scn \
	tests/scenario/75-revoked-again-while-undoing.scn \
	tests/scenario/76-up-after-its-day.scn \
	tests/scenario/77-grants-outlive-what-was-taken-out.scn \
	tests/scenario/78-a-deny-stands-in-the-way.scn \
	tests/scenario/79-a-glimpse-of-an-enabled-key.scn \
	tests/scenario/80-ledger-adopted.scn \
	tests/scenario/81-key-is-disabled-and-enabled.scn \
	tests/scenario/82-disabled-by-others.scn \
	tests/scenario/83-disabling-without-an-answer.scn \
	tests/scenario/84-disabled-besides.scn \
	tests/scenario/85-a-cut-waits-for-an-errand.scn \
	tests/scenario/86-a-statement-of-others-is-removed.scn \
	tests/scenario/87-no-two-change-a-policy.scn \
	tests/scenario/88-taken-out-and-put-back.scn \
	tests/scenario/89-cannot-be-put-back.scn \
	tests/scenario/90-taken-out-once-paused.scn \
	tests/scenario/91-excluded-runs-on.scn \
	tests/scenario/92-paused-in-order.scn \
	tests/scenario/93-one-cluster-waits-for-approval.scn \
	tests/scenario/94-excluded-while-pausing.scn \
	tests/scenario/95-a-drill-pauses-and-resumes.scn \
	tests/scenario/96-an-old-list-is-no-news.scn \
	tests/scenario/97-undone-by-what-stands.scn \
	tests/scenario/98-a-cut-that-waits-is-wanted-otherwise.scn \
	tests/scenario/99-it-never-left-what-others-took-out.scn \
	tests/scenario/100-a-schedule-told-while-a-resume-is-under-way.scn \
	tests/scenario/101-own-doing-confirms-nothing.scn \
	tests/scenario/102-cut-by-hand-grants-too.scn \
	tests/scenario/103-what-waits-is-known-before-the-budget.scn \
	tests/scenario/104-kept-as-it-was-before.scn
