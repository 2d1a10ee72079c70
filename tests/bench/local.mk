# SPDX-License-Identifier: Apache-2.0
# What things cost, side by side with what people would use instead: `make bench`. No test depends on a time.
EXTRA_PROGRAMS = tests/bench/floor tests/bench/check tests/bench/ledger
# The guard of instructions runs it too.
check_PROGRAMS += tests/bench/policy
tests_bench_floor_SOURCES = tests/bench/floor.c tests/bench/meter.c tests/bench/meter.h
tests_bench_floor_LDADD = $(CURL_LIBS)
tests_bench_check_SOURCES = tests/bench/check.c tests/bench/meter.c tests/bench/meter.h
tests_bench_check_LDADD = libio.a libwire.a libpolicy.a libproto.a libledger.a libmodel.a libbase.a \
	$(CURL_LIBS) $(UV_LIBS) $(CRYPTO_LIBS) $(SYSTEMD_LIBS) $(JSONC_LIBS) -lm
tests_bench_ledger_SOURCES = tests/bench/ledger.c
tests_bench_ledger_LDADD = libdriver.a libio.a libcore.a libledger.a libmodel.a libbase.a $(UV_LIBS) $(CRYPTO_LIBS) \
	$(SYSTEMD_LIBS)
tests_bench_policy_SOURCES = tests/bench/policy.c tests/bench/meter.c tests/bench/meter.h
tests_bench_policy_LDADD = libpolicy.a libmodel.a libbase.a $(CRYPTO_LIBS)
CLEANFILES += $(EXTRA_PROGRAMS)

dist_noinst_SCRIPTS += tests/bench/bench.py tests/bench/endure.py tests/bench/report.py
EXTRA_DIST += tests/bench/results tests/bench/machine.py tests/bench/measure.py tests/bench/plot.py tests/bench/rows_check.py tests/bench/rows_control.py tests/bench/rows_core.py tests/bench/rows_ledger.py \
	tests/bench/rows_scale.py tests/bench/rows_times.py
# BENCH="--quick scale": what bench.py is given.
bench: tests/bench/policy$(EXEEXT) cmekd$(EXEEXT) cmekctl$(EXEEXT) cmekd-cloud$(EXEEXT) tests/sim/run$(EXEEXT) $(EXTRA_PROGRAMS)
	CMEKD_SRC='$(abs_top_srcdir)' CMEKD_BUILD='$(abs_top_builddir)' $(PYTHON3) $(srcdir)/tests/bench/bench.py $(BENCH)
# ENDURE="--minutes 5 --projects 1000": what endure.py is given.
endure: cmekd$(EXEEXT) cmekctl$(EXEEXT) cmekd-cloud$(EXEEXT)
	CMEKD_SRC='$(abs_top_srcdir)' CMEKD_BUILD='$(abs_top_builddir)' $(PYTHON3) $(srcdir)/tests/bench/endure.py $(ENDURE)
