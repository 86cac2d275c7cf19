#!/usr/bin/env bash
# Reports of the golden study: every table is there, formats are well-formed, names stay names.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "report.sh: $*"; exit 1; }
refuses() { # STATUS PATTERN ARGUMENT...
    local wanted=$1 pattern=$2 status=0
    shift 2
    "$ROUTEASSAY" "$@" >"$work/out" 2>&1 || status=$?
    [ "$status" -eq "$wanted" ] && grep -q -- "$pattern" "$work/out" ||
        fail "exit $status: $(cat "$work/out")"
}
results=$work/run/results.json report=$work/report
"$ROUTEASSAY" run "$SOURCE_DIR/golden/studies/golden.json" --out "$work/run" 2>/dev/null

"$ROUTEASSAY" report "$results" --out "$report" --format md
[ "$(ls "$report")" = report.md ] || fail "other formats too: $(ls "$report")"
for heading in '# A small set' '## Models and items' '### MMLU: routers' '### GSM8K: categories' \
    '### Cost saving' '### MMLU under several graders' '### Inputs'; do
    grep -q "^$heading" "$report/report.md" || fail "no '$heading'"
done
[ "$(grep -c '^| random, exact *|  *50.00 |  *80.00 |  *0.500 |' "$report/report.md")" = 3 ] ||
    fail "not one random row per benchmark"
grep -q '(bound, not a router)' "$report/report.md" || fail "no bound"
! grep -q 'bound.*\*\*' "$report/report.md" || fail "a bound is bold"

# measure shows the same tables, and nothing else when asked for JSON
"$ROUTEASSAY" measure --recordings "$SOURCE_DIR/golden/recordings" --benchmark gsm8k \
    --router length --router oracle >"$work/measure.md"
grep -q '^| length  *|' "$work/measure.md" || fail "measure shows no table"

refuses 2 'md, html, latex or json' report "$results" --format pdf
refuses 2 'one results.json' report
refuses 3 'missing.json' report "$work/missing.json"
refuses 3 'no such folder' report "$results" --figures "$work/none"
