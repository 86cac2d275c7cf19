#!/usr/bin/env bash
# routeassay calibrate: goals, samples, ties, shift, the same bytes on any threads, what it refuses.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$SOURCE_DIR"
fail() { echo "$1"; exit 1; }
calibrate() { "$ROUTEASSAY" calibrate --recordings golden/recordings "$@"; }
refuses() { # STATUS PATTERN ARGUMENT...
    local wanted=$1 pattern=$2 status=0
    shift 2
    "$ROUTEASSAY" calibrate "$@" >"$work/out" 2>&1 || status=$?
    [ "$status" -eq "$wanted" ] && grep -q -- "$pattern" "$work/out" ||
        fail "exit $status: $(cat "$work/out")"
}
example=(--router 'scores:golden/scores/{benchmark}/example.csv')
on=(--recordings golden/recordings --benchmark gsm8k "${example[@]}")
calibrate --benchmark gsm8k "${example[@]}" --router length --quality 0.9 --hold-out 0.5 \
    --check mmlu --json --threads 1 >"$work/1.json"
calibrate --benchmark gsm8k "${example[@]}" --router length --quality 0.9 --hold-out 0.5 \
    --check mmlu --json --threads 2 >"$work/2.json"
cmp "$work/1.json" "$work/2.json" || fail "threads change the result"
[ "$(grep -c '"shifted"' "$work/1.json")" -eq 4 ] || fail "two routers, two checks each"

# prompts a line: BOM-free text, CRLF, no newline at the end, blank lines skipped
printf 'a prompt\r\n\nanother, longer prompt' >"$work/prompts.txt"
"$ROUTEASSAY" calibrate --router length --strong-calls 0.5 --prompts "$work/prompts.txt" |
    grep -q 'prompts.txt, 2 items: 50.00 % strong calls' || fail "prompts"
printf '{"prompt":"a"}\n{"turns":["a","b"]}\n{"id":"x","prompt":"a"}\n' >"$work/prompts.jsonl"
"$ROUTEASSAY" calibrate --router length --strong-calls 0.3 --prompts "$work/prompts.jsonl" |
    grep -q '3 items score exactly the threshold; without them it would be 0.00 %' || fail "ties"

# a budget: what prompts cost is assumed, the weak model alone may be too dear
priced=(--prices golden/prices-example.json --strong example/large --weak example/small)
"$ROUTEASSAY" calibrate --router length --budget 2100 --prompts "$work/prompts.txt" "${priced[@]}" |
    grep -q '50.00 % strong calls.*costs 2050.00 dollars' || fail "budget"
refuses 3 'too little' --router length --budget 99 --prompts "$work/prompts.txt" "${priced[@]}"
refuses 2 '--strong is needed' --router length --budget 99 --prompts "$work/prompts.txt" \
    --prices golden/prices-example.json
refuses 2 'needs --prices' --router length --budget 99 --prompts "$work/prompts.txt"

# a sample of short prompts says nothing about long ones, and that shows
for i in $(seq 100); do echo "short $i"; done >"$work/short.txt"
calibrate --router length --strong-calls 0.005 --prompts "$work/short.txt" --check gsm8k |
    grep -q 'SHIFTED' || fail "no shift"

printf 'bad \xff\n' >"$work/bad.txt"
printf '\n\n' >"$work/none.txt"
printf '{"question":"a"}\n' >"$work/bad.jsonl"
refuses 3 'bad.txt:1: not a line of UTF-8' --router length --strong-calls 1 --prompts "$work/bad.txt"
refuses 3 'no prompts' --router length --strong-calls 1 --prompts "$work/none.txt"
refuses 3 'bad.jsonl:1: no prompt' --router length --strong-calls 1 --prompts "$work/bad.jsonl"
refuses 3 "has no item 'gsm8k/0'" --router scores:golden/scores/gsm8k/example.csv --strong-calls 1 --prompts "$work/prompts.jsonl"
refuses 3 'cannot be split' "${on[@]}" --strong-calls 0.3 --hold-out 0.0001
refuses 2 'found 0' "${on[@]}"
refuses 2 'found 2' "${on[@]}" --strong-calls 0.3 --quality 0.9
refuses 2 'more than 0 and at most 1' "${on[@]}" --strong-calls 30
refuses 2 'more than 0 and at most 1' "${on[@]}" --quality -1
refuses 2 'either --prompts or --benchmark' --router length --strong-calls 0.3
refuses 2 'needs grades' --router length --quality 0.9 --prompts "$work/prompts.txt"
refuses 2 'needs grades' --router oracle --strong-calls 0.9 --prompts "$work/prompts.txt"
refuses 2 '--recordings is needed' --router length --strong-calls 0.3 --benchmark gsm8k
refuses 2 '--hold-out: at least 0' "${on[@]}" --strong-calls 0.3 --hold-out 1
refuses 0 'example:' --help
