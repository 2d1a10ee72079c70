# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += libproto.a
libproto_a_SOURCES = \
	common/proto/interface.h \
	common/proto/json_write.c common/proto/json_write.h \
	common/proto/proto.c common/proto/proto.h \
	common/proto/proto_call.c common/proto/proto_call.h \
	common/proto/proto_reply.c common/proto/proto_reply.h \
	common/proto/verbs.c common/proto/verbs.h
nodist_libproto_a_SOURCES = common/proto/interface_text.c

interface_files = common/proto/io.cmekd.varlink common/proto/org.varlink.service.varlink
EXTRA_DIST += $(interface_files) common/proto/embed.awk
CLEANFILES += common/proto/interface_text.c

# By the names as they stand in the tree: the same bytes wherever it is built.
common/proto/interface_text.c: $(interface_files) common/proto/embed.awk
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(AWK) -f $(top_srcdir)/common/proto/embed.awk \
		$(top_srcdir)/common/proto/io.cmekd.varlink \
		$(top_srcdir)/common/proto/org.varlink.service.varlink > $@.new && mv $@.new $@
