# SPDX-License-Identifier: Apache-2.0
# The simulation: schedules by seed. `make check` plays 200,000 (CMEKD_SCHEDULES=N: N); tests/sim/run plays as many as you like.
noinst_PROGRAMS += tests/sim/run
tests_sim_run_SOURCES = \
	tests/sim/answers.c tests/sim/audit.c tests/sim/audit.h tests/sim/audit_act.c tests/sim/audit_alert.c tests/sim/audit_step.c tests/sim/audit_told.c \
	tests/sim/calm.c tests/sim/chance.h tests/sim/coverage.c tests/sim/coverage.h tests/sim/changes.c tests/sim/disk.c tests/sim/hands.c tests/sim/invariants.h tests/sim/life.c \
	tests/sim/orders.c tests/sim/people.c tests/sim/queue.c tests/sim/run.c \
	tests/sim/sim.c tests/sim/sim.h tests/sim/stall.c tests/sim/truth.c
tests_sim_run_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/sim
tests_sim_run_LDADD = libdriver.a libcore.a libledger.a libmodel.a libbase.a $(CRYPTO_LIBS)

dist_check_SCRIPTS += tests/sim/schedules.sh tests/sim/schedules-rest.sh tests/sim/close.sh
TESTS += tests/sim/schedules.sh tests/sim/schedules-rest.sh tests/sim/close.sh
tests/sim/schedules-rest.log: tests/sim/schedules.log
CLEANFILES += tests/sim/schedules.state
dist_noinst_SCRIPTS += tests/sim/mutants.py tests/sim/faults.py tests/sim/soak.sh
EXTRA_DIST += tests/sim/mutants.txt
if HAVE_PYTHON
dist_check_SCRIPTS += tests/sim/mutants-quick.sh
TESTS += tests/sim/mutants-quick.sh
endif

# All deliberate faults, each of which must be found; and ten million schedules, to be stopped and gone on with at will.
mutants:
	CMEKD_SRC='$(abs_top_srcdir)' CMEKD_CC='$(CC)' $(PYTHON3) $(srcdir)/tests/sim/mutants.py
# Faults by machine, and what notices them: make faults FAULTS="--count 100 --seed 7".
faults:
	CMEKD_SRC='$(abs_top_srcdir)' CMEKD_CC='$(CC)' $(PYTHON3) $(srcdir)/tests/sim/faults.py $(FAULTS)
SOAK_SCHEDULES = 10000000
soak: tests/sim/run$(EXEEXT)
	CMEKD_BUILD='$(abs_top_builddir)' $(srcdir)/tests/sim/soak.sh $(SOAK_SCHEDULES)
