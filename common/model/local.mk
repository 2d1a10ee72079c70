# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += libmodel.a
libmodel_a_SOURCES = \
	common/model/cluster.c common/model/cluster.h \
	common/model/command.c common/model/command.h \
	common/model/errand.c common/model/errand.h \
	common/model/ids.c common/model/ids.h \
	common/model/incident.c common/model/incident.h \
	common/model/job.c common/model/job.h \
	common/model/key.c common/model/key.h \
	common/model/live_drill.c common/model/live_drill.h \
	common/model/moment.h \
	common/model/name_table.h \
	common/model/notice.c common/model/notice.h \
	common/model/reason.c common/model/reason.h \
	common/model/record.c common/model/record.h \
	common/model/settings.c common/model/settings.h
