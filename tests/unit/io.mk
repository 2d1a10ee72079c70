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
test_kms_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=policy_access
test_kms_LDADD = libio.a libwire.a libpolicy.a libmodel.a libbase.a $(SYSTEMD_LIBS) $(CURL_LIBS) $(UV_LIBS) $(CRYPTO_LIBS) $(CMOCKA_LIBS) -lpthread
unit_tests += test-tidb
test_tidb_SOURCES = tests/unit/test-tidb.c tests/unit/tiny_server.c tests/unit/tiny_server.h
test_tidb_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit
test_tidb_LDADD = libio.a libwire.a libmodel.a libbase.a $(CURL_LIBS) $(UV_LIBS) $(CRYPTO_LIBS) $(CMOCKA_LIBS) -lpthread
unit_tests += test-credential test-journal
test_credential_SOURCES = tests/unit/test-credential.c
test_credential_LDADD = libio.a libwire.a libmodel.a libbase.a $(UV_LIBS) $(CRYPTO_LIBS) $(CMOCKA_LIBS)
test_journal_SOURCES = tests/unit/test-journal.c
test_journal_LDADD = libio.a libmodel.a libbase.a $(SYSTEMD_LIBS) $(CRYPTO_LIBS) $(CMOCKA_LIBS)
unit_tests += test-notify test-process
test_notify_SOURCES = tests/unit/test-notify.c
test_notify_LDADD = libio.a libbase.a $(SYSTEMD_LIBS) $(UV_LIBS) $(CMOCKA_LIBS)
test_process_SOURCES = tests/unit/test-process.c
test_process_LDADD = libio.a libbase.a $(CMOCKA_LIBS)
