# SPDX-License-Identifier: Apache-2.0
unit_tests += test-ledger
test_ledger_SOURCES = tests/unit/test-ledger.c
test_ledger_LDADD = libledger.a libmodel.a libbase.a $(CRYPTO_LIBS) $(CMOCKA_LIBS)

unit_tests += test-store
test_store_SOURCES = tests/unit/test-store.c
test_store_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=fdatasync -Wl,--wrap=pwrite -Wl,--wrap=syncfs
test_store_LDADD = libio.a libledger.a libmodel.a libbase.a $(UV_LIBS) $(CRYPTO_LIBS) $(SYSTEMD_LIBS) $(CMOCKA_LIBS)
