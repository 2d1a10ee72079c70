# SPDX-License-Identifier: Apache-2.0
policy_test_libs = libpolicy.a libmodel.a libbase.a $(CRYPTO_LIBS) $(CMOCKA_LIBS)
policy_test_flags = $(AM_CPPFLAGS) -DCMEKD_TEST_SRC='"$(abs_top_srcdir)"'
unit_tests += test-policy test-policy-cases test-policy-edit
test_policy_SOURCES = tests/unit/test-policy.c
test_policy_LDADD = $(policy_test_libs)
test_policy_cases_SOURCES = tests/unit/test-policy-cases.c
test_policy_cases_CPPFLAGS = $(policy_test_flags)
test_policy_cases_LDADD = $(policy_test_libs)
test_policy_edit_SOURCES = tests/unit/test-policy-edit.c
test_policy_edit_LDADD = $(policy_test_libs)
EXTRA_DIST += tests/unit/policy.cases
unit_tests += test-policy-adopt
test_policy_adopt_SOURCES = tests/unit/test-policy-adopt.c
test_policy_adopt_LDADD = $(policy_test_libs)
unit_tests += test-policy-vendor
test_policy_vendor_SOURCES = tests/unit/test-policy-vendor.c
test_policy_vendor_LDADD = $(policy_test_libs)
unit_tests += test-policy-cli
test_policy_cli_SOURCES = tests/unit/test-policy-cli.c
test_policy_cli_LDADD = $(client_libs) $(CMOCKA_LIBS)
unit_tests += test-policy-speed
test_policy_speed_SOURCES = tests/unit/test-policy-speed.c
test_policy_speed_LDADD = $(policy_test_libs)
