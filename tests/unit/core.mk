# SPDX-License-Identifier: Apache-2.0
unit_tests += test-core test-budget
test_core_SOURCES = tests/unit/test-core.c
test_core_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
test_core_LDADD = libcore.a libmodel.a $(CMOCKA_LIBS)
test_budget_SOURCES = tests/unit/test-budget.c
test_budget_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
test_budget_LDADD = libcore.a $(CMOCKA_LIBS)
unit_tests += test-pause-owner
test_pause_owner_SOURCES = tests/unit/test-pause-owner.c
test_pause_owner_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
test_pause_owner_LDADD = libcore.a libmodel.a $(CMOCKA_LIBS)
