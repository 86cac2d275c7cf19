#!/usr/bin/env bash
# routeassay judge: prompts as they were recorded, byte for byte; recorded judgments replay without a
# network; single ratings, repeats, pairs in both orders, and the audit, against a test server.
set -euo pipefail
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf "$work"' EXIT
fail() { echo "$1"; exit 1; }
unset OPENAI_API_KEY OPENAI_BASE_URL ROUTEASSAY_MODE
export ROUTEASSAY_CALLS=$work/calls.sqlite OPENAI_BASE_URL=http://127.0.0.1:9
cp -r "$SOURCE_DIR/golden/recordings/mt-bench" "$work/set"
chmod -R u+w "$work/set"
large=example/large small=example/small
judge() { "$ROUTEASSAY" judge --recordings "$work/set" "$@"; }
refused() { # CODE PART COMMAND...
    local code=$1 part=$2 status=0
    shift 2
    "$@" >"$work/out" 2>"$work/err" || status=$?
    [ $status -eq "$code" ] && grep -q -- "$part" "$work/err" || fail "exit $status for: $* $(cat "$work/err")"
}

# our templates make the prompts of the golden judgments
judge --judge example-judge --check | grep -q '^51 of 51 recorded' || fail "$(judge --judge example-judge --check)"
sed -i '1s/Saturday/Sunday/' "$work/set/items.jsonl"
refused 1 '4 of 51 recorded judgments belong to other prompts' judge --judge example-judge --check
grep -q 'mt-bench/9001 turn 2, example/small by example-judge: prompts differ from byte 345' "$work/out" || fail "$(cat "$work/out")"
cp "$SOURCE_DIR/golden/recordings/mt-bench/items.jsonl" "$work/set"

# recorded judgments become answers to our requests: replayed, nobody is asked
refused 3 'there is no such call store' judge --judge example-judge --mode replay
judge --judge example-judge --adopt | grep -q '^51 ' || fail "not adopted"
cp -r "$work/set/judgments" "$work/before"
rm -r "$work/set/judgments"
judge --judge example-judge --mode replay >"$work/out" 2>"$work/err" || fail "$(cat "$work/err")"
for file in "$work"/before/*; do
    python3 - "$file" "$work/set/judgments/${file##*/}" <<'END' || fail "$file replays otherwise"
import json, sys
a, b = ([json.loads(line) for line in open(name)] for name in sys.argv[1:])
sys.exit(a != b)
END
done
grep -q 'example/large, judged by example-judge: 26 judgments, 25 ratings, mean 8.7600, 1 unreadable' "$work/out" || fail "$(cat "$work/out")"
grep -q 'unreadable: mt-bench/9008 turn 2 by example-judge' "$work/out" || fail "an unreadable judgment is not named"
grep -q 'turns without an answer to judge: 1' "$work/err" || fail "the turn without an answer is not told of"

# a server
python3 "$SOURCE_DIR/tests/cli/model_server.py" "$work/log" >"$work/port" &
server=$!
for _ in $(seq 100); do [ -s "$work/port" ] && break; sleep 0.1; done
url=http://127.0.0.1:$(cat "$work/port")/v1
live=(--endpoint "$url" --judge jury)
asked() { wc -l <"$work/log"; }
judge "${live[@]}" --dry-run >"$work/out" 2>"$work/err"
[ "$(asked)" -eq 0 ] && [ ! -e "$work/set/judgments/example__large@jury.jsonl" ] || fail "a dry run asks or writes"
judge "${live[@]}" >"$work/out" 2>"$work/err" || fail "$(cat "$work/err")"
[ "$(asked)" -eq 51 ] || fail "$(asked) calls for 51 judgments"
judge "${live[@]}" --repeats 3 --temperature 0 >"$work/out" 2>"$work/err"
[ "$(asked)" -eq 153 ] || fail "$(asked) calls after two more repeats"
grep -q 'share of these with equal ratings: 1.000' "$work/out" || fail "$(cat "$work/out")"
judge "${live[@]}" --repeats 3 >"$work/out" 2>/dev/null
[ "$(asked)" -eq 153 ] || fail "paid twice"
[ -e "$work/set/judgments/example__small@jury-repeat-3.jsonl" ] || fail "no file of the third round"
python3 - "$work/log" <<'END' || fail "requests are not as they should be"
import json, sys
for line in open(sys.argv[1]):
    body = json.loads(line)["body"]
    assert body["model"] == "jury" and body["temperature"] == 0 and body["max_tokens"] == 2048
    assert [m["role"] for m in body["messages"]] == ["user"]
END
# a judgment stays when the answer that it was about is gone
cp "$work/set/judgments/example__small@jury.jsonl" "$work/jury"
cp "$work/set/outputs/example__small.jsonl" "$work/answers"
sed -i '$d' "$work/set/outputs/example__small.jsonl"
judge "${live[@]}" >/dev/null 2>&1
cmp "$work/jury" "$work/set/judgments/example__small@jury.jsonl" || fail "what was not asked is lost"
cp "$work/answers" "$work/set/outputs/example__small.jsonl"
# other judgments of the same answers do not go over those that are there
refused 3 'holds other judgments' judge "${live[@]}" --temperature 0.5
judge "${live[@]}" --temperature 0.5 --as hot-jury >/dev/null 2>&1 || fail "--as"
[ "$(asked)" -eq 204 ] || fail "$(asked): an answer that was paid is asked for again"
"$ROUTEASSAY" grade --recordings "$work/set" --benchmark mt-bench --grader fastchat --judge jury >/dev/null || fail "grade"

# an answer that cannot be read does not keep the others from being written
status=0
judge --endpoint "$url" --judge odd >/dev/null 2>"$work/err" || status=$?
[ $status -ne 0 ] && grep -q 'choices' "$work/err" || fail "exit $status: $(cat "$work/err")"
written=$(cat "$work"/set/judgments/*@odd.jsonl | wc -l)
[ "$written" -gt 30 ] && [ "$written" -lt 51 ] || fail "$written of 51 written"

# pairs
judge "${live[@]}" --model $large --against $small >"$work/out" 2>"$work/err" || fail "$(cat "$work/err")"
[ "$(asked)" -eq 305 ] || fail "$(asked): 25 pairs in two orders"
grep -q 'against example/small: ' "$work/out" || fail "$(cat "$work/out")"
python3 - "$work/set" <<'END' || fail "pairs: a score or a count is wrong"
import json, sys
rows = lambda kind, by: [json.loads(line) for line in open(f"{sys.argv[1]}/{kind}/example__large@{by}.jsonl")]
winner = lambda text: next((m for m in "ABC" if f"[[{m}]]" in text), None)
first, second = rows("judgments", "jury-vs-example__small-1"), rows("judgments", "jury-vs-example__small-2")
grades = rows("grades", "jury-vs-example__small")
assert len(first) == len(second) == len(grades) == 25
seen = set()
for a, b, g in zip(first, second, grades):
    pair = winner(a["judgment"]), winner(b["judgment"])
    seen.add(g["score"])
    assert g["score"] == (None if None in pair else {("A", "B"): 1, ("B", "A"): 0}.get(pair, 0.5)), (pair, g)
    assert a["prompt"] != b["prompt"]
assert seen >= {0, 1, 0.5, None}, seen
END

# what is wrong
printf '{"name":"single-v1","type":"single","prompt_template":"{question} {colour}"}\n' >"$work/t.jsonl"
refused 3 "t.jsonl:1: template: '{colour}' is not known" judge "${live[@]}" --templates "$work/t.jsonl"
printf '{"name":"single-v1","type":"single","prompt_template":"{question} {answer}"}\n' >"$work/t.jsonl"
refused 3 "no single template 'single-v1-multi-turn'" judge "${live[@]}" --templates "$work/t.jsonl"
refused 2 'exclude each other' judge "${live[@]}" --check --adopt
refused 2 '--judge is needed' judge --model $large
refused 3 "no model 'x'" judge "${live[@]}" --model x

[ -n "$MIRROR" ] || exit 0
# all judgments of two commercial routers' answers
fastchat=$(echo "$MIRROR"/lm-sys/FastChat/*/fastchat/llm_judge/data)
routellm=$(echo "$MIRROR"/lm-sys/RouteLLM/*/benchmarks/mt-bench)
"$ROUTEASSAY" import fastchat "$fastchat/mt_bench/question.jsonl" "$fastchat/mt_bench/reference_answer/gpt-4.jsonl" \
    martian="$routellm/martian.jsonl" unify="$routellm/unify.jsonl" "$routellm/gpt-4_single.jsonl" \
    --benchmark mt-bench --out "$work/public" >/dev/null
public() { "$ROUTEASSAY" judge --recordings "$work/public" --model martian,unify --judge gpt-4 --templates "$fastchat/judge_prompts.jsonl" "$@"; }
public --check | grep -q '^320 of 320 recorded' || fail "$(public --check)"
public --adopt | grep -q '^320 ' || fail "not adopted"
mv "$work/public/judgments" "$work/judgments"
public --mode replay --replicates 0 >"$work/out" 2>"$work/err" || fail "$(cat "$work/err")"
diff -r "$work/judgments" "$work/public/judgments" || fail "judgments replay otherwise"
"$ROUTEASSAY" audit --recordings "$work/public" --benchmark mt-bench --strong unify --weak martian --grader fastchat \
    --against recorded --json >"$work/audit.json"
[ "$(grep -oP '"(strong_up|strong_down|weak_up|weak_down)": \K\d+' "$work/audit.json" | tr '\n' ' ')" = "0 0 0 0 " ] ||
    fail "replayed ratings are not the recorded ones"
