# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += libbase.a
libbase_a_SOURCES = common/base/array.c common/base/array.h \
	common/base/buf.c common/base/buf.h common/base/digest.c common/base/digest.h \
	common/base/err.c common/base/err.h common/base/json_scan.c common/base/json_scan.h \
	common/base/json_text.c common/base/json_text.h common/base/json_tree.c common/base/nearest.c common/base/nearest.h common/base/num.c \
	common/base/num.h common/base/own.h common/base/secret.c common/base/secret.h common/base/utf8.c common/base/utf8.h
libbase_a_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS)
