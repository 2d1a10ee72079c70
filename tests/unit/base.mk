# SPDX-License-Identifier: Apache-2.0
unit_tests += test-err test-buf test-num test-digest test-json-scan test-secret
base_test_libs = libbase.a $(CRYPTO_LIBS) $(CMOCKA_LIBS)
test_err_SOURCES = tests/unit/test-err.c
test_err_LDADD = $(base_test_libs)
test_buf_SOURCES = tests/unit/test-buf.c
test_buf_LDADD = $(base_test_libs)
test_num_SOURCES = tests/unit/test-num.c
test_num_LDADD = $(base_test_libs)
test_digest_SOURCES = tests/unit/test-digest.c
test_digest_LDADD = $(base_test_libs)
test_json_scan_SOURCES = tests/unit/test-json-scan.c
test_json_scan_LDADD = $(base_test_libs)
test_secret_SOURCES = tests/unit/test-secret.c
test_secret_LDADD = $(base_test_libs)
