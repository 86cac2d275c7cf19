#!/usr/bin/env bash
# routeassay run: the study in golden/, twice; what changed is made again, the rest is skipped.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r "$SOURCE_DIR/golden" "$work/golden"
fail() { echo "$1"; cat "$work/log"; exit 1; }
run() { # STUDY-FILE-ARGUMENTS: log in $work/log
    "$ROUTEASSAY" run "$work/golden/studies/golden.json" --out "$work/out" "$@" 2>"$work/log" >"$work/stdout" ||
        fail "run failed"
}
made() { grep -c 'done in' "$work/log" || true; }
run --jobs 1
cp "$work/out/results.json" "$work/first.json"
[ "$(made)" -ge 7 ] || fail "stages were skipped"
run --jobs 2
[ "$(made)" -eq 0 ] || fail "stages were run again"

rm "$work/out/results.json"
run --jobs 2
grep -q '^measure: done' "$work/log" || fail "measure was skipped though its file is gone"
cmp "$work/first.json" "$work/out/results.json"

echo >>"$work/out/scores/gsm8k/length.csv"
run
grep -q '^score gsm8k/length: done' "$work/log" || fail "a changed output was kept"
cmp "$work/first.json" "$work/out/results.json"

sed -i 's,gsm8k/0\,0.437,gsm8k/0\,0.438,' "$work/golden/scores/gsm8k/example.csv"
run
grep -q '^measure: done' "$work/log" || fail "a changed score file was not seen"
[ "$(grep -c '^score.*done' "$work/log" || true)" -eq 0 ] || fail "unrelated scores were made again"
! cmp -s "$work/first.json" "$work/out/results.json" || fail "the same results from other scores"
