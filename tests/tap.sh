# SPDX-License-Identifier: Apache-2.0
# tap: prints TAP, the lines by which tests are counted (HACKING.md, "How tests are counted"). Sourced by tests in bash:
#
#   . "$CMEKD_SRC/tests/tap.sh"
#   tap_ok "answers ping" cmekctl ping
#   tap_equal "the state" "$state" PAUSED
#   tap_done
tap_count=0
tap_failed=0

# tap_ok NAME COMMAND...: one case, good if the command succeeds.
tap_ok() {
    local name=$1 output
    shift
    tap_count=$((tap_count + 1))
    if output=$("$@" 2>&1); then
        echo "ok $tap_count - $name"
    else
        echo "not ok $tap_count - $name"
        printf '%s\n' "$*" "$output" | sed 's/^/#   /'
        tap_failed=$((tap_failed + 1))
        return 1
    fi
}

# tap_equal NAME GOT WANTED
tap_equal() {
    tap_count=$((tap_count + 1))
    if [ "$2" = "$3" ]; then
        echo "ok $tap_count - $1"
    else
        echo "not ok $tap_count - $1"
        printf 'got:    %s\nwanted: %s\n' "$2" "$3" | sed 's/^/#   /'
        tap_failed=$((tap_failed + 1))
        return 1
    fi
}

# tap_skip NAME REASON: where CI=true it fails unless tests/allowed-skips.txt names it.
tap_skip() {
    tap_count=$((tap_count + 1))
    echo "ok $tap_count - $1 # SKIP $2"
}

# The last call of every test.
tap_done() {
    echo "1..$tap_count"
    [ "$tap_failed" -eq 0 ] && [ "$tap_count" -gt 0 ]
    exit
}
