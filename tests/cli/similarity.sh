#!/usr/bin/env bash
# embed, similarity and import --exclude: vectors that can be read again, planted items found and
# left out, clear errors.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$SOURCE_DIR"
fail() { echo "$1"; exit 1; }
refused() { # CODE PART COMMAND...
    local code=$1 part=$2 status=0
    shift 2
    "$ROUTEASSAY" "$@" >"$work/out" 2>"$work/err" || status=$?
    [ $status -eq "$code" ] && grep -q -- "$part" "$work/err" ||
        fail "exit $status for: $* $(cat "$work/err")"
}
"$ROUTEASSAY" embed --recordings golden/recordings --embedder ngrams:64 --out "$work/v.npy" >/dev/null
items=$(cat golden/recordings/*/items.jsonl | grep -cE '"excluded": ?null')
[ "$(wc -l <"$work/v.npy.ids")" -eq "$items" ] || fail "embed: not every item has a vector"
"$ROUTEASSAY" similarity --recordings golden/recordings --benchmark gsm8k --trained golden/recordings \
    --embedder npy:"$work/v.npy" | grep -E 'gsm8k +[0-9]+ +[0-9]+ +1.0000 +1.0000' >/dev/null ||
    fail "a benchmark is not as near to itself as can be"

# a set of two columns; training data has one of its prompts
printf 'prompt,a\nHow many legs have three dogs?,12\nName a river in Peru.,Ucayali\n' >"$work/mine.csv"
printf '%s\n' '{"prompt":"How many legs have three dogs?","model_a":"x","model_b":"y","winner":"tie"}' \
    '{"prompt":"Sing a song of spring.","model_a":"x","model_b":"y","winner":"tie"}' >"$work/battles.jsonl"
mine=(import csv "$work/mine.csv" --benchmark mine --outputs m=a)
"$ROUTEASSAY" "${mine[@]}" --out "$work/mine" >/dev/null
for list in "$work/list.csv" "$work/list.jsonl"; do
    "$ROUTEASSAY" "${mine[@]}" --out "$work/mine" >/dev/null
    "$ROUTEASSAY" similarity --recordings "$work/mine" --data "$work/battles.jsonl" \
        --contaminated "$list" >"$work/out"
    grep -q 'Name a river' "$work/out" || fail "no nearest pairs shown"
    "$ROUTEASSAY" "${mine[@]}" --out "$work/mine" --exclude "$list" >/dev/null
    grep -q -E '"id": ?"mine/0".*"excluded": ?"contaminated"' "$work/mine/items.jsonl" ||
        fail "mine/0 was not left out by $list"
    grep -q -E '"id": ?"mine/1".*"excluded": ?null' "$work/mine/items.jsonl" ||
        fail "mine/1 was left out by $list"
done
grep -q '^mine/0,contaminated,1,' "$work/list.csv" || fail "the item was not found: $(cat "$work/list.csv")"
[ "$(wc -l <"$work/list.csv")" -eq 2 ] || fail "more than one item was found"
grep -q '^{"id":"mine/0","excluded":"contaminated","cosine":1,' "$work/list.jsonl" ||
    fail "the item was not found: $(cat "$work/list.jsonl")"
[ "$(wc -l <"$work/list.jsonl")" -eq 1 ] || fail "more than one item was found"
"$ROUTEASSAY" similarity --recordings "$work/mine" --data "$work/battles.jsonl" |
    grep -E '^mine +1 +1 .* 0$' >/dev/null || fail "the excluded item counts"

refused 2 '--data or --trained' similarity --recordings golden/recordings
refused 2 'recordings is needed' similarity --data "$work/battles.jsonl"
refused 2 'unknown embedder' embed --recordings golden/recordings --embedder none --out "$work/x.npy"
refused 2 '--recordings or --data' embed --out "$work/x.npy"
refused 3 'no vector for item' similarity --recordings "$work/mine" --data "$work/battles.jsonl" \
    --embedder npy:"$work/v.npy"
refused 3 'numbers, those of the benchmarks have' similarity --recordings golden/recordings \
    --trained golden/recordings --embedder ngrams:32 --data-embedder npy:"$work/v.npy"
printf 'id\nmine/0\n' >"$work/bad.csv"
refused 3 "'excluded'" "${mine[@]}" --out "$work/mine" --exclude "$work/bad.csv"
printf 'id,excluded\nmine/0,\n' >"$work/bad.csv"
refused 3 "is empty" "${mine[@]}" --out "$work/mine" --exclude "$work/bad.csv"
printf '{"id":"mine/0"}\n' >"$work/bad.jsonl"
refused 3 "'excluded'" "${mine[@]}" --out "$work/mine" --exclude "$work/bad.jsonl"
printf '\n{"id":"mine/0","excluded":""}\n' >"$work/bad.jsonl"
refused 3 "bad.jsonl:2: .*is empty" "${mine[@]}" --out "$work/mine" --exclude "$work/bad.jsonl"
printf 'id,excluded\nmine/0,known\n' >"$work/bad.jsonl"
refused 3 "bad.jsonl:1" "${mine[@]}" --out "$work/mine" --exclude "$work/bad.jsonl"

# nothing found is an empty list, which leaves nothing out
"$ROUTEASSAY" "${mine[@]}" --out "$work/mine" >/dev/null
"$ROUTEASSAY" similarity --recordings "$work/mine" --data "$work/battles.jsonl" --threshold 2 \
    --contaminated "$work/none.jsonl" >/dev/null
[ -f "$work/none.jsonl" ] && [ ! -s "$work/none.jsonl" ] || fail "the empty list is not empty"
"$ROUTEASSAY" "${mine[@]}" --out "$work/mine" --exclude "$work/none.jsonl" | grep -q ' 0 excluded' ||
    fail "an empty list left something out"
