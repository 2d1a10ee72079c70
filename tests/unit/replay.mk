# SPDX-License-Identifier: Apache-2.0
# Its ledgers are made by the world of the scenarios.
unit_tests += test-replay
test_replay_SOURCES = tests/unit/test-replay.c $(scenario_world)
test_replay_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/scenario
test_replay_LDADD = libreplay.a libcore.a libledger.a libmodel.a libbase.a $(CMOCKA_LIBS) $(CRYPTO_LIBS) $(JSONC_LIBS)
