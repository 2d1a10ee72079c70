# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += libdriver.a
libdriver_a_SOURCES = \
	daemon/driver/agenda.c daemon/driver/agenda.h \
	daemon/driver/barrier.c daemon/driver/barrier.h \
	daemon/driver/book.c daemon/driver/book.h \
	daemon/driver/capacity.c daemon/driver/capacity.h \
	daemon/driver/check_access.c \
	daemon/driver/check_api.c \
	daemon/driver/check_cluster.c \
	daemon/driver/check_jobs.c \
	daemon/driver/check_key.c \
	daemon/driver/check_project.c \
	daemon/driver/check_rows.h \
	daemon/driver/checks.c daemon/driver/checks.h \
	daemon/driver/clients.c daemon/driver/clients.h \
	daemon/driver/daily.c daemon/driver/daily.h \
	daemon/driver/deed.c daemon/driver/deed.h \
	daemon/driver/errand_order.c daemon/driver/errand_order.h \
	daemon/driver/drill.c daemon/driver/drill.h daemon/driver/drill_report.c \
	daemon/driver/engine.c daemon/driver/engine.h \
	daemon/driver/events.c daemon/driver/events.h \
	daemon/driver/errand_setup.c daemon/driver/errand_setup.h \
	daemon/driver/explain.c daemon/driver/explain.h \
	daemon/driver/explain_policy.c daemon/driver/explain_policy.h \
	daemon/driver/foresee.c daemon/driver/foresee.h \
	daemon/driver/grants.c daemon/driver/grants.h \
	daemon/driver/hand.c daemon/driver/hand.h \
	daemon/driver/headline.c daemon/driver/headline.h \
	daemon/driver/keeps_out.c daemon/driver/keeps_out.h daemon/driver/verb_adopt.c \
	daemon/driver/taking.c daemon/driver/taking.h \
	daemon/driver/held_keys.c daemon/driver/held_keys.h \
	daemon/driver/hold.c daemon/driver/hold.h \
	daemon/driver/hints.c daemon/driver/hints.h \
	daemon/driver/hub.h \
	daemon/driver/inbox.c daemon/driver/inbox.h \
	daemon/driver/jobs.c daemon/driver/jobs.h \
	daemon/driver/mark.c daemon/driver/mark.h \
	daemon/driver/notices.c daemon/driver/notices.h \
	daemon/driver/plan_change.c daemon/driver/plan_change.h \
	daemon/driver/preflight.c daemon/driver/preflight.h \
	daemon/driver/project.c daemon/driver/project.h \
	daemon/driver/reload.c daemon/driver/reload.h \
	daemon/driver/request.c daemon/driver/request.h \
	daemon/driver/rights.c daemon/driver/rights.h \
	daemon/driver/sharing.c daemon/driver/sharing.h \
	daemon/driver/summary.c daemon/driver/summary.h \
	daemon/driver/texts.c daemon/driver/texts.h \
	daemon/driver/tree.c daemon/driver/tree.h \
	daemon/driver/turn.c daemon/driver/turn.h \
	daemon/driver/verb_act.c \
	daemon/driver/verb_check.c \
	daemon/driver/verb_credentials.c \
	daemon/driver/verb_drill.c \
	daemon/driver/verb_errand.c \
	daemon/driver/verb_events.c \
	daemon/driver/verb_explain.c \
	daemon/driver/verb_hints.c \
	daemon/driver/verb_projects.c \
	daemon/driver/verb_lanes.c \
	daemon/driver/verb_monitor.c \
	daemon/driver/verb_plan.c \
	daemon/driver/verb_project.c \
	daemon/driver/verb_rows.h \
	daemon/driver/verb_setup.c \
	daemon/driver/verb_status.c \
	daemon/driver/verbs.c daemon/driver/verbs.h \
	daemon/driver/view.c daemon/driver/view.h
