#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# soak.sh [SCHEDULES [STATE_FILE]]    plays schedules (10 million if not told) in pieces, in JOBS processes (one a
# processor if not told), of close worlds with CLOSE=1. The state file keeps the next seed and the sums: run it again to go on
# after a stop. A violation ends it.
set -eu
run="${CMEKD_BUILD:-.}/tests/sim/run"
close=${CLOSE:+--close}
total=${1:-10000000} state=${2:-soak${CLOSE:+-close}.state}
next=1
while [ ! -e "$state" ] || next=$(sed -n 's/^next //p' "$state"); [ "$next" -le "$total" ]; do
	"$run" $close --state "$state" --jobs "${JOBS:-$(nproc)}" --schedules 5000 --seed "$next"
done
[ -z "$close" ] || exec "$run" --state "$state" --schedules 0 --hits # not every row is taken there
exec "$run" --state "$state" --schedules 0 --coverage --hits
