# SPDX-License-Identifier: Apache-2.0
unit_tests += test-proto
test_proto_SOURCES = tests/unit/test-proto.c
test_proto_LDADD = libproto.a libbase.a $(CRYPTO_LIBS) $(JSONC_LIBS) -lm $(CMOCKA_LIBS)

unit_tests += test-verbs
test_verbs_SOURCES = tests/unit/test-verbs.c
test_verbs_LDADD = libproto.a $(CMOCKA_LIBS)

unit_tests += test-control
test_control_SOURCES = tests/unit/test-control.c
test_control_LDADD = libio.a libproto.a libbase.a $(UV_LIBS) $(CRYPTO_LIBS) $(SYSTEMD_LIBS) $(JSONC_LIBS) -lm \
	$(CMOCKA_LIBS)
