# SPDX-License-Identifier: Apache-2.0
driver_test_libs = libdriver.a libcore.a libproto.a libledger.a libpolicy.a libmodel.a libbase.a \
	$(UV_LIBS) $(CRYPTO_LIBS) $(JSONC_LIBS) $(CMOCKA_LIBS)
driver_fakes = tests/unit/fake_daemon.c tests/unit/fake_daemon.h tests/unit/fake_io.c tests/unit/fake_io.h

unit_tests += test-barrier
test_barrier_SOURCES = tests/unit/test-barrier.c
test_barrier_LDADD = libdriver.a libcore.a libmodel.a libbase.a $(CMOCKA_LIBS)
unit_tests += test-agenda
test_agenda_SOURCES = tests/unit/test-agenda.c
test_agenda_LDADD = libdriver.a libcore.a libmodel.a libbase.a $(CMOCKA_LIBS)
unit_tests += test-project
test_project_SOURCES = tests/unit/test-project.c $(driver_fakes)
test_project_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit
test_project_LDADD = $(driver_test_libs)
unit_tests += test-errand
test_errand_SOURCES = tests/unit/test-errand.c $(driver_fakes)
test_errand_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit
test_errand_LDADD = $(driver_test_libs)
unit_tests += test-view
test_view_SOURCES = tests/unit/test-view.c $(driver_fakes)
test_view_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit
test_view_LDADD = $(driver_test_libs)
unit_tests += test-daily
test_daily_SOURCES = tests/unit/test-daily.c $(driver_fakes)
test_daily_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit
test_daily_LDADD = $(driver_test_libs)
unit_tests += test-checks
test_checks_SOURCES = tests/unit/test-checks.c $(driver_fakes)
test_checks_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit
test_checks_LDADD = $(driver_test_libs)
unit_tests += test-events
test_events_SOURCES = tests/unit/test-events.c $(driver_fakes)
test_events_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit
test_events_LDADD = $(driver_test_libs)
