# SPDX-License-Identifier: Apache-2.0
unit_tests += test-lane
test_lane_SOURCES = tests/unit/test-lane.c
test_lane_LDADD = libio.a $(CMOCKA_LIBS)
unit_tests += test-http
test_http_SOURCES = tests/unit/test-http.c tests/unit/tiny_server.c tests/unit/tiny_server.h
test_http_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit
test_http_LDADD = libio.a libwire.a libmodel.a libbase.a $(CURL_LIBS) $(UV_LIBS) $(CRYPTO_LIBS) $(CMOCKA_LIBS) -lpthread
unit_tests += test-kms
test_kms_SOURCES = tests/unit/test-kms.c tests/unit/tiny_server.c tests/unit/tiny_server.h
test_kms_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit
test_kms_LDADD = libio.a libwire.a libpolicy.a libmodel.a libbase.a $(CURL_LIBS) $(UV_LIBS) $(CRYPTO_LIBS) $(CMOCKA_LIBS) -lpthread
