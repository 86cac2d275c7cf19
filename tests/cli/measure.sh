#!/usr/bin/env bash
# routeassay measure and score: the same bytes for any number of threads, scores that are written
# are read back, and wrong usage is said.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$SOURCE_DIR"
fail() { echo "$1"; exit 1; }
refuses() { # STATUS PATTERN ARGUMENT...
    local wanted=$1 pattern=$2 status=0
    shift 2
    "$ROUTEASSAY" "$@" >"$work/out" 2>&1 || status=$?
    [ "$status" -eq "$wanted" ] && grep -q -- "$pattern" "$work/out" ||
        fail "exit $status: $(cat "$work/out")"
}
all=(--recordings golden/recordings --benchmark mmlu,gsm8k,mt-bench --prices golden/prices-example.json
    --router 'scores:golden/scores/{benchmark}/example.csv' --router length --router random
    --router oracle --router always-strong --router always-weak)
for threads in 1 2 2 3; do
    "$ROUTEASSAY" measure "${all[@]}" --threads $threads --json >"$work/results.$threads"
    cmp "$work/results.1" "$work/results.$threads"
done
"$ROUTEASSAY" measure "${all[@]}" --out "$work/results.json"
cmp "$work/results.1" "$work/results.json"
"$ROUTEASSAY" measure "${all[@]}" --seed 2 --json >"$work/results.seed"
! cmp -s "$work/results.1" "$work/results.seed" || fail "the seed changes nothing"

# strata change the intervals, not the figures
"$ROUTEASSAY" measure "${all[@]}" --by-category --json >"$work/strata"
grep -q '"strata": "category"' "$work/strata" || fail "no strata"
diff <(grep '"score":' "$work/results.1") <(grep '"score":' "$work/strata")
! diff -q <(grep '"lo":' "$work/results.1") <(grep '"lo":' "$work/strata") >/dev/null || fail "strata change nothing"

# what score writes, measure reads: the same figures
one=(--recordings golden/recordings/gsm8k --benchmark gsm8k)
"$ROUTEASSAY" score "${one[@]}" --router length --out "$work/scores" >/dev/null
"$ROUTEASSAY" measure "${one[@]}" --router length --json >"$work/a"
"$ROUTEASSAY" measure "${one[@]}" --router "scores:$work/scores/gsm8k/length.csv" --json >"$work/b"
diff <(sed '/"inputs"/,/\]/d; /"router"/d; /"hand_rule"/d' "$work/a") <(sed '/"inputs"/,/\]/d; /"router"/d; /"hand_rule"/d' "$work/b")

# the models may be left out when there are two, and named either way round
"$ROUTEASSAY" measure "${one[@]}" --router length --strong example/large --json >"$work/c"
cmp "$work/a" "$work/c"
refuses 3 'no gap' measure "${one[@]}" --router length --strong example/small --weak example/large
refuses 3 "no model 'gpt'" measure "${one[@]}" --router length --strong gpt
refuses 2 '--recordings is needed' measure --benchmark gsm8k --router length
refuses 2 '--router is needed' measure "${one[@]}"
refuses 2 "unknown router 'lenght'" measure "${one[@]}" --router lenght
refuses 2 "unknown benchmark 'gsm9k'" measure --recordings golden/recordings --benchmark gsm9k --router length
refuses 2 "no grader 'best'" measure "${one[@]}" --router length --grader best
refuses 2 "two routers are named 'length'" measure "${one[@]}" --router length --router length
refuses 2 "unknown option '--rec=" measure --rec=golden/recordings # no abbreviations
refuses 2 "needs a value" measure --recordings
refuses 2 "a whole number expected" measure "${one[@]}" --threads many
refuses 2 "unexpected argument" measure "${one[@]}" --router length more
refuses 2 "unknown command" mesure
refuses 0 'example:' measure --help
