# SPDX-License-Identifier: Apache-2.0
unit_tests += test-lane
test_lane_SOURCES = tests/unit/test-lane.c
test_lane_LDADD = libio.a $(CMOCKA_LIBS)
