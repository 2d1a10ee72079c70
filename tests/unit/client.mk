# SPDX-License-Identifier: Apache-2.0
unit_tests += test-client-words
test_client_words_SOURCES = tests/unit/test-client-words.c
test_client_words_LDADD = $(client_libs) $(CMOCKA_LIBS)

# The fake daemon is a thread; run.c stands in for client/clock.c.
client_test_sources = tests/unit/client/fake_daemon.c tests/unit/client/fake_daemon.h \
	tests/unit/client/run.c tests/unit/client/run.h
client_test_flags = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit -DCMEKD_TEST_SRC='"$(abs_top_srcdir)"'

unit_tests += test-client-status
test_client_status_SOURCES = tests/unit/test-client-status.c $(client_test_sources)
test_client_status_CPPFLAGS = $(client_test_flags)
test_client_status_LDADD = $(client_libs) $(CMOCKA_LIBS)

unit_tests += test-client-verbs
test_client_verbs_SOURCES = tests/unit/test-client-verbs.c $(client_test_sources)
test_client_verbs_CPPFLAGS = $(client_test_flags)
test_client_verbs_LDADD = $(client_libs) $(CMOCKA_LIBS)

unit_tests += test-client-verify
test_client_verify_SOURCES = tests/unit/test-client-verify.c $(client_test_sources)
test_client_verify_CPPFLAGS = $(client_test_flags)
test_client_verify_LDADD = $(client_libs) $(CMOCKA_LIBS)

unit_tests += test-client-setup
test_client_setup_SOURCES = tests/unit/test-client-setup.c $(client_test_sources)
test_client_setup_CPPFLAGS = $(client_test_flags)
test_client_setup_LDADD = $(client_libs) $(CMOCKA_LIBS)

unit_tests += test-client-views
test_client_views_SOURCES = tests/unit/test-client-views.c $(client_test_sources)
test_client_views_CPPFLAGS = $(client_test_flags)
test_client_views_LDADD = $(client_libs) $(CMOCKA_LIBS)

unit_tests += test-client-story
test_client_story_SOURCES = tests/unit/test-client-story.c $(client_test_sources)
test_client_story_CPPFLAGS = $(client_test_flags)
test_client_story_LDADD = $(client_libs) $(CMOCKA_LIBS)

EXTRA_DIST += \
	tests/unit/client/incidents.golden tests/unit/client/report.golden tests/unit/client/show-revoke.golden \
	tests/unit/client/approve.golden \
	tests/unit/client/blind.golden tests/unit/client/blind.json \
	tests/unit/client/broken.golden tests/unit/client/broken.json \
	tests/unit/client/dark.golden tests/unit/client/dark.json \
	tests/unit/client/dark-in-part.golden tests/unit/client/dark-in-part.json \
	tests/unit/client/check.golden \
	tests/unit/client/credentials.golden \
	tests/unit/client/explain.golden \
	tests/unit/client/hints.golden \
	tests/unit/client/lanes.golden \
	tests/unit/client/by-hand.golden tests/unit/client/by-hand.json \
	tests/unit/client/half-paused.golden tests/unit/client/half-paused.json \
	tests/unit/client/healthy.golden tests/unit/client/healthy.json \
	tests/unit/client/overview.golden tests/unit/client/overview-json.golden \
	tests/unit/client/revoke-plan.golden tests/unit/client/revoke-wait.golden \
	tests/unit/client/suspended.golden tests/unit/client/suspended.json \
	tests/unit/client/unarmed.golden tests/unit/client/unarmed.json \
	tests/unit/client/waiting.golden tests/unit/client/waiting.json
