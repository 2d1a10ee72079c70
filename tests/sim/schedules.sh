#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Plays the first half of the schedules, and the same seed twice: the same story must come out. schedules-rest.sh plays the other half, for
# no test is to come near the limit of its time; close.sh plays close worlds.
build="${abs_top_builddir:-.}" run="${abs_top_builddir:-.}/tests/sim/run"
# CMEKD_SCHEDULES: fewer, or more, of both halves. Sanitizers take about ten times as long.
if grep -q __asan_init "$run"; then few=300; else few=200000; fi
half=$((${CMEKD_SCHEDULES:-$few} / 2))
echo 1..2
rm -f "$build/tests/sim/schedules.state"
out=$("$run" --jobs "$(nproc)" --schedules "$half" --seed 1 --state "$build/tests/sim/schedules.state") &&
	echo "ok 1 - $half schedules without a violation" || echo "not ok 1 - $half schedules without a violation"
echo "$out" | sed 's/^/# /'
first=$("$run" --seed 7 --trace | grep '^hash') second=$("$run" --seed 7 --trace | grep '^hash')
if [ -n "$first" ] && [ "$first" = "$second" ]; then
	echo "ok 2 - the same seed tells the same story"
else
	echo "not ok 2 - the same seed tells the same story: $first, $second"
fi
