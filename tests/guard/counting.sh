# SPDX-License-Identifier: Apache-2.0
# counting: what ./run-tests says at its end is what happened: failures, crashes and skips included.
. "$CMEKD_SRC/tests/tap.sh"
. "$CMEKD_SRC/tests/count.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# made NAME LINES: what a test printed; leaves the .trs and .log that the TAP driver makes of it.
made() {
    mkdir -p "$work/$1"
    printf '%s\n' '#!/bin/sh' "printf '%s\\n' '$2'" "exit $3" >"$work/$1/a.sh"
    AM_TAP_AWK=${AWK:-awk} sh "$CMEKD_SRC/build-aux/tap-driver.sh" --test-name a.sh --log-file "$work/$1/a.log" \
        --trs-file "$work/$1/a.trs" --color-tests no --enable-hard-errors yes --expect-failure no -- \
        sh "$work/$1/a.sh" >/dev/null 2>&1
}

# counts NAME WANTED: "passed failed skipped" of the tree.
counts() {
    passed=0 failed=0 skipped=0 failures=()
    collect "$work/$1" "[x]" >"$work/$1/shown"
    tap_equal "$1" "$passed $failed $skipped" "$2"
}
allowed_skips=$work/allowed
printf '# a comment\na.sh 2 - needs\tit says why\n' >"$allowed_skips"

made "all pass" $'ok 1 - a\nok 2 - b\n1..2' 0
counts "all pass" "2 0 0"

made "a failed case counts once, its exit status not again" $'ok 1 - a\nnot ok 2 - b\n1..2' 1
counts "a failed case counts once, its exit status not again" "1 1 0"
tap_equal "and is named" "${failures[0]}" "[x] a.sh 2 - b"
tap_ok "and is shown" grep -q '^not ok 2 - b' "$work/a failed case counts once, its exit status not again/shown"

made "a crash after good cases is a failure" $'ok 1 - a\n1..1' 139
counts "a crash after good cases is a failure" "1 1 0"

made "a test that dies before its plan is a failure" $'ok 1 - a' 0
counts "a test that dies before its plan is a failure" "1 1 0"

made "a test that prints nothing is a failure" '' 0
counts "a test that prints nothing is a failure" "0 1 0"

unset CI
made "a skip is a skip" $'ok 1 - a\nok 2 - b # SKIP no root\n1..2' 0
counts "a skip is a skip" "1 0 1"
CI=true
counts "a skip is a skip" "1 1 1"
made "an allowed skip" $'ok 1 - a\nok 2 - needs root # SKIP no root\n1..2' 0
counts "an allowed skip" "1 0 1"

tap_done
