#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Plays schedules, and the same seed twice: the same story must come out. close.sh plays close worlds.
run="${abs_top_builddir:-.}/tests/sim/run"
# CMEKD_SCHEDULES: fewer, or more. Sanitizers take about ten times as long.
if grep -q __asan_init "$run"; then few=300; else few=200000; fi
schedules="${CMEKD_SCHEDULES:-$few}"
# In so many each row, reason, effect and invariant comes to pass, or the run fails.
if [ "$schedules" -ge 200000 ]; then what="without a violation, and each row was taken" coverage=--coverage; else what="without a violation" coverage=; fi
echo 1..2
out=$("$run" --jobs "$(nproc)" --schedules "$schedules" --seed 1 $coverage) && echo "ok 1 - $schedules schedules $what" ||
	echo "not ok 1 - $schedules schedules $what"
echo "$out" | sed 's/^/# /'
first=$("$run" --seed 7 --trace | grep '^hash') second=$("$run" --seed 7 --trace | grep '^hash')
if [ -n "$first" ] && [ "$first" = "$second" ]; then
	echo "ok 2 - the same seed tells the same story"
else
	echo "not ok 2 - the same seed tells the same story: $first, $second"
fi
