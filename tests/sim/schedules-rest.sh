#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Plays the second half of the schedules, and adds it to the sums of the first (schedules.sh; alone it plays both).
build="${abs_top_builddir:-.}" run="${abs_top_builddir:-.}/tests/sim/run"
if grep -q __asan_init "$run"; then few=300; else few=200000; fi
schedules="${CMEKD_SCHEDULES:-$few}" state="$build/tests/sim/schedules.state"
next=$((schedules / 2 + 1))
grep -qx "next $next" "$state" 2>/dev/null || { next=1; rm -f "$state"; }
# In so many each row, reason, effect and invariant comes to pass, or the run fails.
if [ "$schedules" -ge 200000 ]; then what="without a violation, and each row was taken" coverage=--coverage; else what="without a violation" coverage=; fi
echo 1..1
out=$("$run" --jobs "$(nproc)" --schedules $((schedules - next + 1)) --seed "$next" --state "$state" $coverage) &&
	echo "ok 1 - $schedules schedules $what" || echo "not ok 1 - $schedules schedules $what"
echo "$out" | sed 's/^/# /'
rm -f "$state"
