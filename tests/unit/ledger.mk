# SPDX-License-Identifier: Apache-2.0
unit_tests += test-ledger
test_ledger_SOURCES = tests/unit/test-ledger.c
test_ledger_LDADD = libledger.a libmodel.a libbase.a $(CRYPTO_LIBS) $(CMOCKA_LIBS)
