# SPDX-License-Identifier: Apache-2.0
unit_tests += test-policy test-policy-edit
test_policy_SOURCES = tests/unit/test-policy.c
test_policy_LDADD = libpolicy.a libmodel.a libbase.a $(CRYPTO_LIBS) $(CMOCKA_LIBS)
test_policy_edit_SOURCES = tests/unit/test-policy-edit.c
test_policy_edit_LDADD = libpolicy.a libmodel.a libbase.a $(CRYPTO_LIBS) $(CMOCKA_LIBS)
