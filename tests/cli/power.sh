#!/usr/bin/env bash
# routeassay power: the arithmetic of its table, and what it refuses.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$SOURCE_DIR"
fail() { echo "$1"; exit 1; }
refuses() { # STATUS PATTERN ARGUMENT...
    local wanted=$1 pattern=$2 status=0
    shift 2
    "$ROUTEASSAY" power "$@" >"$work/out" 2>&1 || status=$?
    [ "$status" -eq "$wanted" ] && grep -q -- "$pattern" "$work/out" ||
        fail "exit $status: $(cat "$work/out")"
}
measure() {
    "$ROUTEASSAY" measure --recordings golden/recordings --benchmark gsm8k --router length \
        --router 'scores:golden/scores/{benchmark}/example.csv' "$@"
}
measure --out "$work/results.json"
measure --replicates 0 --out "$work/none.json"
"$ROUTEASSAY" power "$work/results.json" | grep -q '^  length less example ' || fail "no pair"
# (1.959964 + 0.841621) * se, and items * (that / difference)^2
"$ROUTEASSAY" power "$work/results.json" --difference 0.1 --json |
    awk -F'[:,]' '/"items"/ {n = $2} /"se"/ {se = $2} /"detectable"/ {d = $2}
        /"takes_items"/ {rows++
            if ((d / (2.801585218 * se) - 1) ^ 2 > 1e-14) exit 1
            want = n * (d / 0.1) ^ 2
            if ($2 < want || $2 > want + 1) exit 1}
        END {exit rows != 3}' || fail "$("$ROUTEASSAY" power "$work/results.json" --difference 0.1)"
refuses 3 'no comparisons' "$work/none.json"
refuses 3 "on benchmark 'mmlu'" "$work/results.json" --benchmark mmlu
refuses 2 '--power: more than 0' "$work/results.json" --power 1
refuses 2 '--level: more than 0.5' "$work/results.json" --level 0
refuses 2 '--difference: a difference' "$work/results.json" --difference 5
refuses 2 'one results.json expected'
refuses 0 'example:' --help
