# SPDX-License-Identifier: Apache-2.0
unit_tests += test-ini
test_ini_SOURCES = tests/unit/test-ini.c
test_ini_LDADD = libwire.a libbase.a $(CRYPTO_LIBS) -lm $(CMOCKA_LIBS)

unit_tests += test-url
test_url_SOURCES = tests/unit/test-url.c
test_url_LDADD = libwire.a libbase.a $(CRYPTO_LIBS) -lm $(CMOCKA_LIBS)

unit_tests += test-aws-files
test_aws_files_SOURCES = tests/unit/test-aws-files.c
test_aws_files_LDADD = libwire.a libmodel.a libbase.a $(CRYPTO_LIBS) -lm $(CMOCKA_LIBS)

unit_tests += test-aws-temporary
test_aws_temporary_SOURCES = tests/unit/test-aws-temporary.c
test_aws_temporary_LDADD = libwire.a libmodel.a libbase.a $(CRYPTO_LIBS) -lm $(CMOCKA_LIBS)

unit_tests += test-hint
test_hint_SOURCES = tests/unit/test-hint.c
test_hint_LDADD = libwire.a libmodel.a libbase.a $(CRYPTO_LIBS) -lm $(CMOCKA_LIBS)

unit_tests += test-config
test_config_SOURCES = tests/unit/test-config.c
test_config_LDADD = libwire.a libmodel.a libbase.a $(CRYPTO_LIBS) -lm $(CMOCKA_LIBS)

unit_tests += test-trouble
test_trouble_SOURCES = tests/unit/test-trouble.c
test_trouble_LDADD = libwire.a libmodel.a libbase.a $(CRYPTO_LIBS) -lm $(CMOCKA_LIBS)

unit_tests += test-kms-api
test_kms_api_SOURCES = tests/unit/test-kms-api.c
test_kms_api_LDADD = libwire.a libmodel.a libbase.a $(CRYPTO_LIBS) -lm $(CMOCKA_LIBS)

unit_tests += test-tidb-api
test_tidb_api_SOURCES = tests/unit/test-tidb-api.c
test_tidb_api_LDADD = libwire.a libmodel.a libbase.a $(CRYPTO_LIBS) -lm $(CMOCKA_LIBS)

unit_tests += test-tidb-create
test_tidb_create_SOURCES = tests/unit/test-tidb-create.c
test_tidb_create_LDADD = libwire.a libmodel.a libbase.a $(CRYPTO_LIBS) -lm $(CMOCKA_LIBS)
