# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += libcore.a
libcore_a_SOURCES = \
	daemon/core/backoff.h \
	daemon/core/budget.c daemon/core/budget.h \
	daemon/core/cluster_machine.c daemon/core/cluster_machine.h \
	daemon/core/core.c daemon/core/core.h \
	daemon/core/cut_machine.c \
	daemon/core/cut_means.c daemon/core/cut_means.h \
	daemon/core/dark.c daemon/core/dark.h \
	daemon/core/drive.c daemon/core/drive.h \
	daemon/core/emit.c daemon/core/emit.h \
	daemon/core/errand_slot.c daemon/core/errand_slot.h \
	daemon/core/evidence.c daemon/core/evidence.h \
	daemon/core/grants.c daemon/core/grants.h \
	daemon/core/incident_alert.c daemon/core/incident_alert.h \
	daemon/core/incident_clusters.c daemon/core/incident_clusters.h \
	daemon/core/incident_machine.c daemon/core/incident_machine.h \
	daemon/core/key_alert.c daemon/core/key_alert.h \
	daemon/core/drill_permit.c daemon/core/drill_permit.h daemon/core/live_drill.c daemon/core/live_drill.h \
	daemon/core/orders.c daemon/core/orders.h \
	daemon/core/pause_owner.c daemon/core/pause_owner.h \
	daemon/core/plan.c daemon/core/plan.h \
	daemon/core/restore.c \
	daemon/core/rows.c daemon/core/rows.h \
	daemon/core/settle.c daemon/core/settle.h \
	daemon/core/suspend.c daemon/core/suspend.h
