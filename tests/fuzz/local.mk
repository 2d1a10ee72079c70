# SPDX-License-Identifier: Apache-2.0
# Fuzz targets. Their corpus is played by every `make check`, with and without memory; `make fuzz FUZZ=policy FUZZ_SECONDS=3600`
# fuzzes.
fuzz_play = tests/fuzz/play.c tests/fuzz/starve.c tests/fuzz/starve.h tests/fuzz/fuzz.h
fuzz_seal = tests/fuzz/seal.c tests/fuzz/seal.h
fuzz_answer = tests/fuzz/answer.c tests/fuzz/answer.h
fuzz_ldflags = $(AM_LDFLAGS) \
	-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=reallocarray,--wrap=strdup,--wrap=strndup,--wrap=free \
	-Wl,--wrap=json_object_new_object,--wrap=json_object_new_array,--wrap=json_object_new_string \
	-Wl,--wrap=json_object_object_add,--wrap=json_object_array_add
fuzz_programs = \
	play-policy \
	play-json \
	play-kms \
	play-tidb \
	play-hint \
	play-http \
	play-url \
	play-config \
	play-credentials \
	play-varlink \
	play-ledger \
	play-lines \
	play-story
check_PROGRAMS += $(fuzz_programs)
TESTS += $(fuzz_programs)

play_policy_SOURCES = tests/fuzz/fuzz-policy.c $(fuzz_play)
play_policy_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_CORPUS='"policy"'
play_policy_LDFLAGS = $(fuzz_ldflags)
play_policy_LDADD = libpolicy.a libmodel.a libbase.a $(CRYPTO_LIBS)

play_json_SOURCES = tests/fuzz/fuzz-json.c $(fuzz_play)
play_json_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_CORPUS='"json"'
play_json_LDFLAGS = $(fuzz_ldflags)
play_json_LDADD = libproto.a libbase.a $(JSONC_LIBS) $(CRYPTO_LIBS) -lm

play_kms_SOURCES = tests/fuzz/fuzz-kms.c $(fuzz_answer) $(fuzz_play)
play_kms_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_CORPUS='"kms"'
play_kms_LDFLAGS = $(fuzz_ldflags)
play_kms_LDADD = libwire.a libmodel.a libbase.a $(CRYPTO_LIBS) -lm

play_tidb_SOURCES = tests/fuzz/fuzz-tidb.c $(fuzz_answer) $(fuzz_play)
play_tidb_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_CORPUS='"tidb"'
play_tidb_LDFLAGS = $(fuzz_ldflags)
play_tidb_LDADD = libwire.a libmodel.a libbase.a $(CRYPTO_LIBS) -lm

play_hint_SOURCES = tests/fuzz/fuzz-hint.c $(fuzz_answer) $(fuzz_play)
play_hint_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_CORPUS='"hint"'
play_hint_LDFLAGS = $(fuzz_ldflags)
play_hint_LDADD = libwire.a libmodel.a libbase.a $(CRYPTO_LIBS) -lm

play_http_SOURCES = tests/fuzz/fuzz-http.c $(fuzz_play)
play_http_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_CORPUS='"http"'
play_http_LDFLAGS = $(fuzz_ldflags)
play_http_LDADD = libio.a libwire.a libbase.a

play_url_SOURCES = tests/fuzz/fuzz-url.c $(fuzz_play)
play_url_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_CORPUS='"url"'
play_url_LDFLAGS = $(fuzz_ldflags)
play_url_LDADD = libwire.a libbase.a

play_config_SOURCES = tests/fuzz/fuzz-config.c $(fuzz_play)
play_config_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_CORPUS='"config"'
play_config_LDFLAGS = $(fuzz_ldflags)
play_config_LDADD = libwire.a libmodel.a libbase.a $(CRYPTO_LIBS) -lm

play_credentials_SOURCES = tests/fuzz/fuzz-credentials.c $(fuzz_play)
play_credentials_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_CORPUS='"credentials"'
play_credentials_LDFLAGS = $(fuzz_ldflags)
play_credentials_LDADD = libio.a libwire.a libmodel.a libbase.a $(CRYPTO_LIBS) -lm

play_varlink_SOURCES = tests/fuzz/fuzz-varlink.c $(fuzz_play)
play_varlink_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_CORPUS='"varlink"'
play_varlink_LDFLAGS = $(fuzz_ldflags)
play_varlink_LDADD = libdriver.a libio.a libproto.a libmodel.a libbase.a $(JSONC_LIBS) $(CRYPTO_LIBS) -lm

play_ledger_SOURCES = tests/fuzz/fuzz-ledger.c $(fuzz_seal) $(fuzz_play)
play_ledger_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_CORPUS='"ledger"'
play_ledger_LDFLAGS = $(fuzz_ldflags)
play_ledger_LDADD = libledger.a libmodel.a libbase.a $(CRYPTO_LIBS) -lm

play_lines_SOURCES = tests/fuzz/fuzz-lines.c $(fuzz_play)
play_lines_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_CORPUS='"lines"'
play_lines_LDFLAGS = $(fuzz_ldflags)
play_lines_LDADD = libclient.a libproto.a libledger.a libmodel.a libbase.a $(JSONC_LIBS) $(CRYPTO_LIBS) -lm

play_story_SOURCES = tests/fuzz/fuzz-story.c $(fuzz_seal) $(fuzz_play)
play_story_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_CORPUS='"story"'
play_story_LDFLAGS = $(fuzz_ldflags)
play_story_LDADD = libclient.a libledger.a libmodel.a libbase.a $(CRYPTO_LIBS) -lm

dist_noinst_SCRIPTS += tests/fuzz/run
EXTRA_DIST += tests/fuzz/corpus \
	tests/fuzz/policy.dict \
	tests/fuzz/json.dict \
	tests/fuzz/kms.dict \
	tests/fuzz/tidb.dict \
	tests/fuzz/hint.dict \
	tests/fuzz/http.dict \
	tests/fuzz/url.dict \
	tests/fuzz/config.dict \
	tests/fuzz/credentials.dict \
	tests/fuzz/varlink.dict \
	tests/fuzz/ledger.dict

FUZZ = policy
FUZZ_SECONDS = 3600
fuzz:
	$(srcdir)/tests/fuzz/run $(FUZZ) $(FUZZ_SECONDS)
