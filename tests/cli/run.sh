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

# routers that the study trains: cross-validated where the grades are the measured ones
cat >"$work/golden/battles.jsonl" <<'EOF2'
{"prompt": "Which planet is the largest one?", "model_a": "example/large", "model_b": "example/small", "winner": "model_a"}
{"prompt": "How do I boil an egg well?", "model_a": "example/small", "model_b": "example/large", "winner": "model_a"}
{"prompt": "Name three rivers of Europe.", "model_a": "example/large", "model_b": "example/small", "winner": "tie"}
EOF2
cat >"$work/golden/studies/golden.json" <<'EOF2'
{"schema": "routeassay.study/1", "name": "trained", "title": "Routers trained by the study", "seed": 1,
 "benchmarks": [{"name": "gsm8k", "recordings": "../recordings", "strong": "example/large", "weak": "example/small"},
                {"name": "mmlu", "recordings": "../recordings", "strong": "example/large", "weak": "example/small"}],
 "preferences": [{"name": "judged", "path": "../battles.jsonl"}],
 "routers": [
   {"name": "linear-judged", "router": "linear", "train": {"data": ["judged"]}},
   {"name": "linear-gold", "router": "linear", "benchmarks": ["gsm8k"],
    "train": {"data": ["judged"], "gold": ["{benchmark}"], "labels": [0, 8, 1500], "folds": 3}},
   {"name": "knn-other", "router": "knn", "benchmarks": ["mmlu"],
    "train": {"gold": ["gsm8k"], "settings": {"k": 5}}}]}
EOF2
run --jobs 1
for model in gsm8k/linear-gold/fold-2 gsm8k/linear-gold@8/fold-0 mmlu/knn-other; do
    [ -f "$work/out/models/$model.safetensors" ] || fail "$model was not trained"
done
[ -f "$work/out/models/gsm8k/linear-gold@0.safetensors" ] || fail "no folds are needed without labels"
grep -q '"labels":19,"folds":3,"seen":0' <(tr -d ' \n' <"$work/out/results.json") ||
    fail "the results do not say what linear-gold learned from"
[ "$(tr -d ' \n' <"$work/out/results.json" | grep -o '"learning":\[{' | wc -l)" -eq 1 ] || fail "one learning curve expected"
[ -s "$work/out/figures/gsm8k-learning.png" ] || fail "no figure of the learning curve"
# published figures with what was measured beside them
cat >"$work/claims.json" <<'EOF2'
{"schema": "routeassay.claims/1", "document": {"name": "paper", "title": "A paper"},
 "claims": [{"id": "a", "source": "T1", "statement": "50", "published": "41.5", "needs": "it"},
            {"id": "b", "source": "T1", "statement": "80", "published": "79.9", "needs": "it"},
            {"id": "c", "source": "T1", "statement": "APGR", "published": "0.612", "needs": "it"}],
 "tables": [{"name": "t1", "title": "Table 1", "benchmark": "gsm8k", "differs": "the data.",
             "rows": [{"kind": "linear", "router": "Ridge", "trained_on": "theirs",
                       "cpt50": "a", "cpt80": "b", "apgr": "c"}]}]}
EOF2
"$ROUTEASSAY" report "$work/out/results.json" --claims "$work/claims.json" --out "$work/beside" >/dev/null
grep -A6 '^### Table 1, and' "$work/beside/report.md" | tr -s ' ' >"$work/table"
grep -q '^| Ridge | the document | theirs | see below | 41.5 | 79.9 | 0.612 |' "$work/table" ||
    fail "the published row is missing"
grep -q '^| linear-gold | this study | 3 battles, 19 labels of gsm8k | none | ' "$work/table" ||
    fail "our row is missing"
sed -i 's/"apgr": "c"/"apgr": "d"/' "$work/claims.json"
! "$ROUTEASSAY" report "$work/out/results.json" --claims "$work/claims.json" --out "$work/beside" 2>"$work/log" ||
    fail "an unknown claim"
grep -q "field 'apgr' of a table: no claim 'd'" "$work/log" || fail "the message does not name it"
cp "$work/out/results.json" "$work/first.json"
run --jobs 2
[ "$(made)" -eq 0 ] || fail "models were trained again"
sed -i 's/largest one/smallest one/' "$work/golden/battles.jsonl"
run --jobs 2
[ "$(grep -c '^train gsm8k/linear.*done' "$work/log")" -eq 4 ] || fail "changed battles were not seen"
! grep -q '^train mmlu/knn.*done' "$work/log" || fail "knn-other does not read the battles"
sed -i 's/"data": \["judged"\], "gold"/"data": ["missing"], "gold"/' "$work/golden/studies/golden.json"
! "$ROUTEASSAY" run "$work/golden/studies/golden.json" --out "$work/out" 2>"$work/log" || fail "unknown preferences"
grep -q "no preferences 'missing'" "$work/log" || fail "the message does not name them"
