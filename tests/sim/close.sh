#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Plays close worlds: much happens to few things there, so that what is rare meets sooner.
run="${abs_top_builddir:-.}/tests/sim/run"
# CMEKD_SCHEDULES: as for schedules.sh, of which a quarter. Sanitizers take about ten times as long.
if grep -q __asan_init "$run"; then few=300; else few=200000; fi
close=$((${CMEKD_SCHEDULES:-$few} / 4))
echo 1..1
out=$("$run" --close --jobs "$(nproc)" --schedules "$close" --seed 1) && echo "ok 1 - $close close ones without a violation" ||
	echo "not ok 1 - $close close ones without a violation"
echo "$out" | sed 's/^/# /'
