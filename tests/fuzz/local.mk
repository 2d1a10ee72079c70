# SPDX-License-Identifier: Apache-2.0
# Fuzz targets. Their corpus is played by every `make check`; `make fuzz FUZZ=policy FUZZ_SECONDS=3600` fuzzes.
check_PROGRAMS += play-policy
TESTS += play-policy
play_policy_SOURCES = tests/fuzz/fuzz-policy.c tests/fuzz/play.c
play_policy_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_CORPUS='"policy"'
play_policy_LDADD = libpolicy.a libmodel.a libbase.a $(CRYPTO_LIBS)
dist_noinst_SCRIPTS += tests/fuzz/run
EXTRA_DIST += tests/fuzz/policy.dict tests/fuzz/corpus

FUZZ = policy
FUZZ_SECONDS = 3600
fuzz:
	$(srcdir)/tests/fuzz/run $(FUZZ) $(FUZZ_SECONDS)
