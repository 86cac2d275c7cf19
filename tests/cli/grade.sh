#!/usr/bin/env bash
# routeassay grade and audit: on the golden set, and on the public recordings where they are.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "$1"; exit 1; }
cp -r "$SOURCE_DIR/golden/recordings" "$work/golden"
chmod -R u+w "$work/golden"
rules=numeric,routellm,lm-eval-strict,lm-eval-flexible,helm,simple-evals,llmrouter

"$ROUTEASSAY" grade --recordings "$work/golden" --benchmark gsm8k --grader $rules,recorded >"$work/table"
[ "$(wc -l <"$work/table")" -eq 17 ] || fail "$(cat "$work/table")"
[ "$(ls "$work/golden/gsm8k/grades" | wc -l)" -eq 16 ] || fail "grades not written"
cmp "$SOURCE_DIR/golden/recordings/gsm8k/grades/example__large@recorded.jsonl" \
    "$work/golden/gsm8k/grades/example__large@recorded.jsonl"
[ "$(wc -l <"$work/golden/gsm8k/grades/example__small@numeric.jsonl")" -eq 32 ] || fail "a turn is missing"
grep -q '"id":"gsm8k/25",.*"score":null,.*"reason":"no output"' \
    "$work/golden/gsm8k/grades/example__small@numeric.jsonl" || fail "no output is not said"

# the golden set's hard cases: numeric agrees with its careful reader wherever a rule can
"$ROUTEASSAY" audit --recordings "$work/golden" --benchmark gsm8k --grader numeric --json >"$work/audit.json"
flips=$(grep -oP '"id": "\K[^"]*' "$work/audit.json" | tr '\n' ' ')
[ "$flips" = "gsm8k/8 gsm8k/22 gsm8k/13 " ] || fail "numeric and the reader differ on: $flips"
"$ROUTEASSAY" audit --recordings "$work/golden" --benchmark mt-bench | grep -q '^fastchat' || fail "no row"
status=0
"$ROUTEASSAY" grade --recordings "$work/golden" --benchmark gsm8k --grader best 2>"$work/err" || status=$?
[ $status -eq 2 ] && grep -q "no grader 'best'" "$work/err" || fail "exit $status"
status=0
"$ROUTEASSAY" grade --recordings "$work/golden" --benchmark mmlu --grader letter --models gpt 2>"$work/err" || status=$?
[ $status -eq 3 ] && grep -q "no model 'gpt'" "$work/err" || fail "exit $status"

[ -n "$MIRROR" ] || exit 0
repository=$(echo "$MIRROR"/lm-sys/RouteLLM/*)
"$ROUTEASSAY" import routellm "$repository" --out "$work/public" >/dev/null
strong=gpt-4-1106-preview weak=mistralai/Mixtral-8x7B-Instruct-v0.1
audit() { # BENCHMARK STRONG WEAK GRADER: "strong up down weak up down" against the recorded labels
    "$ROUTEASSAY" audit --recordings "$work/public" --benchmark "$1" --strong "$2" --weak "$3" \
        --grader "$4" --against recorded --json >"$work/audit.json"
    grep -oP '"(strong_up|strong_down|weak_up|weak_down)": \K\d+' "$work/audit.json" | tr '\n' ' '
}
# every recorded label and judgment is what the published rule makes of it
grep -l excluded "$work"/public/*/items.jsonl | xargs sed -i 's/"excluded":"contaminated"/"excluded":null/'
[ "$(audit gsm8k $strong $weak routellm)" = "0 0 0 0 " ] || fail "routellm: $(cat "$work/audit.json" | head -40)"
[ "$(grep -oP '"(strong|weak)_graded": \K\d+' "$work/audit.json" | awk "{n += \$1} END {print n}")" -eq 2638 ] || fail "not 2638 labels"
[ "$(audit mt-bench $strong $weak fastchat)" = "0 0 0 0 " ] || fail "fastchat"
[ "$(audit mt-bench unify martian fastchat)" = "0 0 0 0 " ] || fail "fastchat on the commercial routers"
grep -q '"strong": 8.757861635220126' "$work/audit.json" || fail "Unify's mean"
grep -q '"weak": 8.3125' "$work/audit.json" || fail "Martian's mean"
grep -q '"strong_missing": 1,' "$work/audit.json" || fail "Unify's unreadable judgment"
# and what that rule misreads: 42 answers of the strong model, none the other way
[ "$(audit gsm8k $strong $weak numeric)" = "42 0 6 5 " ] || fail "numeric: $(audit gsm8k $strong $weak numeric)"
