# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += libclient.a
libclient_a_SOURCES = \
	client/age.c client/age.h \
	client/anchors.c client/anchors.h \
	client/ask.c client/ask.h \
	client/arena.c client/arena.h \
	client/clock.c client/clock.h \
	client/cmd.c client/cmd.h \
	client/cmd_about.c client/cmd_adopt.c client/cmd_change.c client/cmd_check.c client/cmd_credentials.c client/cmd_decide.c client/cmd_explain.c client/cmd_incidents.c client/cmd_policy.c client/cmd_projects.c client/cmd_replay.c client/cmd_status.c client/cmd_suspend.c client/cmd_times.c client/cmd_create.c client/cmd_key.c client/cmd_setup.c client/cmd_vendor.c client/cmd_verify.c \
	client/cmd_drill.c client/cmd_errand.c client/cmd_ledger.c \
	client/cmd_rotation.c client/rotation_text.c client/rotation_text.h \
	client/check_text.c client/check_text.h \
	client/completion.c client/completion.h \
	client/connection.c client/connection.h \
	client/cmd_monitor.c client/watch.c client/watch.h \
	client/event_text.c client/event_text.h \
	client/exit_code.h \
	client/decision_text.c client/decision_text.h \
	client/explain_text.c client/explain_text.h \
	client/follow.c client/follow.h \
	client/glyph.c client/glyph.h \
	client/grammar.c client/grammar.h \
	client/headline.c client/headline.h \
	client/help.c client/help.h \
	client/key_plan.c client/key_plan.h \
	client/json_answer.c client/json_answer.h \
	client/json_put.c client/json_put.h \
	client/lanes_text.c client/lanes_text.h \
	client/ledger_file.c client/ledger_file.h \
	client/ledger_json.c client/ledger_json.h \
	client/ledger_path.c client/ledger_path.h \
	client/ledger_text.c client/ledger_text.h \
	client/output.c client/output.h client/output_json.c client/output_text.c \
	client/page.c client/page.h \
	client/plan_text.c client/plan_text.h \
	client/policy_batch.c client/policy_batch.h \
	client/policy_file.c client/policy_file.h \
	client/policy_json.c client/policy_json.h \
	client/policy_live.c client/policy_live.h \
	client/policy_text.c client/policy_text.h \
	client/replay_text.c client/replay_text.h \
	client/report_html.c client/report_html.h client/report_svg.c client/report_svg.h \
	client/session.c client/session.h \
	client/spec_text.c client/spec_text.h \
	client/status_text.c client/status_text.h \
	client/stream.c client/stream.h \
	client/story.c client/story.h client/story_book.c client/story_book.h \
	client/story_json.c client/story_json.h client/story_text.c client/story_text.h client/story_times.c client/story_times.h \
	client/story_words.c client/story_words.h \
	client/trouble.c client/trouble.h \
	client/view.c client/view.h

client_libs = libclient.a libproto.a libledger.a libpolicy.a libmodel.a libbase.a $(CRYPTO_LIBS) $(JSONC_LIBS) -lm
bin_PROGRAMS += cmekctl
cmekctl_SOURCES = client/cmekctl.c
cmekctl_LDADD = $(client_libs)

# What a shell completes comes from the table of verbs, as the program knows it.
completions = client/completion/bash/cmekctl client/completion/zsh/_cmekctl
CLEANFILES += $(completions)
bashcompletiondir = $(datadir)/bash-completion/completions
zshcompletiondir = $(datadir)/zsh/site-functions
if !CROSS
nodist_bashcompletion_DATA = client/completion/bash/cmekctl
nodist_zshcompletion_DATA = client/completion/zsh/_cmekctl
endif
$(completions): cmekctl$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) $(@D) && ./cmekctl help completion $$(basename $(@D)) > $@.new && mv $@.new $@

# The shapes of what --json prints.
dist_doc_DATA = doc/json.varlink doc/measured.md doc/operations.md doc/runbook.md
