# SPDX-License-Identifier: Apache-2.0
unit_tests += test-lane
test_lane_SOURCES = tests/unit/test-lane.c
test_lane_LDADD = libio.a $(CMOCKA_LIBS)
unit_tests += test-kms-lane test-retry
test_kms_lane_SOURCES = tests/unit/test-kms-lane.c
test_kms_lane_LDADD = libio.a $(CMOCKA_LIBS)
test_retry_SOURCES = tests/unit/test-retry.c
test_retry_LDADD = libio.a $(CMOCKA_LIBS)
unit_tests += test-http
test_http_SOURCES = tests/unit/test-http.c tests/unit/tiny_server.c tests/unit/tiny_server.h
test_http_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit
test_http_LDADD = libio.a libwire.a libmodel.a libbase.a $(CURL_LIBS) $(UV_LIBS) $(CRYPTO_LIBS) $(CMOCKA_LIBS) -lpthread
unit_tests += test-kms test-kms-rates test-kms-switch
kms_fakes = tests/unit/kms_world.c tests/unit/kms_world.h tests/unit/tiny_server.c tests/unit/tiny_server.h
kms_test_libs = libio.a libwire.a libpolicy.a libmodel.a libbase.a $(SYSTEMD_LIBS) $(CURL_LIBS) $(UV_LIBS) $(CRYPTO_LIBS) \
	$(CMOCKA_LIBS) -lpthread
test_kms_SOURCES = tests/unit/test-kms.c $(kms_fakes)
test_kms_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit
test_kms_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=policy_access,--wrap=chance
test_kms_LDADD = $(kms_test_libs)
unit_tests += test-kept-policy
test_kept_policy_SOURCES = tests/unit/test-kept-policy.c
test_kept_policy_LDADD = libio.a libmodel.a libbase.a $(UV_LIBS) $(CRYPTO_LIBS) $(CMOCKA_LIBS)
unit_tests += test-kms-take
test_kms_take_SOURCES = tests/unit/test-kms-take.c $(kms_fakes)
test_kms_take_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit
test_kms_take_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=chance
test_kms_take_LDADD = $(kms_test_libs)
test_kms_rates_SOURCES = tests/unit/test-kms-rates.c $(kms_fakes)
test_kms_rates_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit
test_kms_rates_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=chance
test_kms_rates_LDADD = $(kms_test_libs)
test_kms_switch_SOURCES = tests/unit/test-kms-switch.c $(kms_fakes)
test_kms_switch_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit
test_kms_switch_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=chance
test_kms_switch_LDADD = $(kms_test_libs)
unit_tests += test-tidb
tidb_rig = tests/unit/tidb_rig.c tests/unit/tidb_rig.h tests/unit/tiny_server.c tests/unit/tiny_server.h
test_tidb_SOURCES = tests/unit/test-tidb.c $(tidb_rig)
test_tidb_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit
test_tidb_LDADD = libio.a libwire.a libmodel.a libbase.a $(SYSTEMD_LIBS) $(CURL_LIBS) $(UV_LIBS) $(CRYPTO_LIBS) $(CMOCKA_LIBS) -lpthread
unit_tests += test-tidb-apis
test_tidb_apis_SOURCES = tests/unit/test-tidb-apis.c $(tidb_rig)
test_tidb_apis_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit
test_tidb_apis_LDADD = libio.a libwire.a libmodel.a libbase.a $(SYSTEMD_LIBS) $(CURL_LIBS) $(UV_LIBS) $(CRYPTO_LIBS) $(CMOCKA_LIBS) -lpthread
unit_tests += test-tidb-setup
test_tidb_setup_SOURCES = tests/unit/test-tidb-setup.c $(tidb_rig)
test_tidb_setup_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit
test_tidb_setup_LDADD = libio.a libwire.a libmodel.a libbase.a $(SYSTEMD_LIBS) $(CURL_LIBS) $(UV_LIBS) $(CRYPTO_LIBS) $(CMOCKA_LIBS) -lpthread
unit_tests += test-tidb-route
test_tidb_route_SOURCES = tests/unit/test-tidb-route.c
test_tidb_route_LDADD = libio.a $(CMOCKA_LIBS)
unit_tests += test-credential test-journal
test_credential_SOURCES = tests/unit/test-credential.c
test_credential_LDADD = libio.a libwire.a libmodel.a libbase.a $(UV_LIBS) $(CRYPTO_LIBS) $(CMOCKA_LIBS)
test_journal_SOURCES = tests/unit/test-journal.c
test_journal_LDADD = libio.a libmodel.a libbase.a $(CRYPTO_LIBS) $(CMOCKA_LIBS)
unit_tests += test-journal-native
test_journal_native_SOURCES = tests/unit/test-journal-native.c
test_journal_native_LDADD = libio.a libbase.a $(CMOCKA_LIBS)
unit_tests += test-notify test-process
test_notify_SOURCES = tests/unit/test-notify.c
test_notify_LDADD = libio.a libbase.a $(SYSTEMD_LIBS) $(UV_LIBS) $(CMOCKA_LIBS)
test_process_SOURCES = tests/unit/test-process.c
test_process_LDADD = libio.a libbase.a $(CMOCKA_LIBS)
