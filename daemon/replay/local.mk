# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += libreplay.a
libreplay_a_SOURCES = \
	daemon/replay/milestone.c daemon/replay/milestone.h \
	daemon/replay/recording.c daemon/replay/recording.h \
	daemon/replay/replay.c daemon/replay/replay.h \
	daemon/replay/sight.c daemon/replay/sight.h \
	daemon/replay/stage.c daemon/replay/stage.h
