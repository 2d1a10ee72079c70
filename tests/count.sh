# SPDX-License-Identifier: Apache-2.0
# count: adds up test cases. Sourced by ./run-tests; tests/guard/counting.sh tests it.
# passed, failed and skipped are numbers of cases, failures their names.
passed=0
failed=0
skipped=0
failures=()

fail() {
    failed=$((failed + 1))
    failures+=("$1")
}

# Adds up what the TAP driver left for each test: a .trs file with one line a case, ":test-result: PASS", and a .log
# with their names, "FAIL: tests/guard/words.py 3 - name".
collect() { # TREE LABEL
    local tree=$1 label=$2 trs log test result line any
    while read -r trs; do
        log=${trs%.trs}.log
        test=${trs#"$tree"/}
        test=${test%.trs}
        any=no
        while read -r result line; do
            line=${line:-$test}
            case $result in
            PASS | XFAIL) passed=$((passed + 1)) ;;
            FAIL | XPASS) any=yes; fail "$label $line" ;;
            # A program that counted its failures and then exits 1 has said it already.
            ERROR) [ $any = yes ] || { any=yes; fail "$label $line"; } ;;
            SKIP)
                skipped=$((skipped + 1))
                echo "skipped: $line"
                if [ "${CI:-}" = true ] && ! allowed_skip "$line"; then
                    fail "$label $line (skipped, and tests/allowed-skips.txt does not name it)"
                fi
                ;;
            esac
        done < <(awk -v test="$test" '
            # First the names, then the results, which are what counts.
            NR == FNR {
                if (match($0, /^(PASS|FAIL|XFAIL|XPASS|SKIP|ERROR): /) && index($0, " " test) == RLENGTH) {
                    r = substr($0, 1, RLENGTH - 2)
                    name[r, ++names[r]] = substr($0, RLENGTH + 1)
                }
                next
            }
            $1 == ":test-result:" { print $2, name[$2, ++seen[$2]] }' "$log" "$trs")
        if [ $any = yes ]; then
            echo "-- $test"
            grep -vE '^(ok |PASS: |FAIL: |[0-9]+\.\.)' "$log" | tail -n 60
        fi
    done < <(find "$tree" -name '*.trs' -not -path '*/cmekd-*' | sort)
}

allowed_skip() {
    local pattern
    while IFS=$'\t' read -r pattern _; do
        case $pattern in '' | '#'*) continue ;; esac
        [[ $1 =~ $pattern ]] && return 0
    done <"${allowed_skips:-tests/allowed-skips.txt}"
    return 1
}
