#!/usr/bin/env bash
# routeassay record: every benchmark against a test server; resumed, killed, dry, and not overwritten.
set -euo pipefail
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf "$work"' EXIT
fail() { echo "$1"; exit 1; }
unset OPENAI_API_KEY OPENAI_BASE_URL ROUTEASSAY_MODE
export ROUTEASSAY_CALLS=$work/calls.sqlite
cp -r "$SOURCE_DIR/golden/recordings" "$work/sets"
chmod -R u+w "$work/sets"
refused() { # CODE PART COMMAND...
    local code=$1 part=$2 status=0
    shift 2
    "$@" >"$work/out" 2>"$work/err" || status=$?
    [ $status -eq "$code" ] && grep -q -- "$part" "$work/err" || fail "exit $status for: $* $(cat "$work/err")"
}
python3 "$SOURCE_DIR/tests/cli/model_server.py" "$work/log" >"$work/port" 2>/dev/null &
server=$!
for _ in $(seq 100); do [ -s "$work/port" ] && break; sleep 0.1; done
live=(--recordings "$work/sets" --endpoint "http://127.0.0.1:$(cat "$work/port")/v1" --model org/parrot)
record() { "$ROUTEASSAY" record "${live[@]}" "$@"; }
asked() { wc -l <"$work/log"; }

record --benchmark mt-bench --dry-run --price 1/2 >"$work/out" 2>"$work/err"
[ "$(asked)" -eq 0 ] && [ ! -e "$work/sets/mt-bench/outputs/org__parrot.jsonl" ] || fail "a dry run asks or writes"
grep -q 26 "$work/err" || fail "a dry run does not foresee the second turns: $(cat "$work/err")"
record --benchmark mmlu --first 7 >"$work/out" 2>/dev/null
[ "$(asked)" -eq 7 ] && [ "$(wc -l <"$work/sets/mmlu/outputs/org__parrot.jsonl")" -eq 7 ] || fail "not the first 7"
for benchmark in mmlu gsm8k mt-bench; do
    record --benchmark $benchmark >"$work/out" 2>"$work/err" || fail "$(cat "$work/err")"
done
[ "$(asked)" -eq $((28 + 32 + 26)) ] || fail "$(asked) calls"
cp -r "$work/sets" "$work/copy"
record --benchmark mt-bench >/dev/null 2>&1
[ "$(asked)" -eq 86 ] || fail "paid twice"
diff -r "$work/copy" "$work/sets" || fail "the same run again changes the set"
record --benchmark gsm8k --as base --api completions >/dev/null 2>&1
python3 - "$work" <<'END' || fail "requests or outputs are not as they should be"
import json, sys
work = sys.argv[1]
lines = lambda path: [json.loads(line) for line in open(f"{work}/{path}")]
log = lines("log")
items = {i["id"]: i for b in ("mmlu", "gsm8k", "mt-bench") for i in lines(f"sets/{b}/items.jsonl")}
outputs = {b: lines(f"sets/{b}/outputs/org__parrot.jsonl") for b in ("mmlu", "gsm8k", "mt-bench")}
assert [len(o) for o in outputs.values()] == [28, 32, 26]
for rows in outputs.values():
    for o in rows:
        assert o["served_model"] == "org/parrot-2026" and o["finish_reason"] == "stop", o
        assert o["prompt_tokens"] > 0 and o["completion_tokens"] > 0 and o["latency_ms"] > 0, o
# few-shot: examples as turns of a conversation, then the question
body = next(r["body"] for r in log if r["path"] == "/v1/chat/completions" and "Solve the" in r["body"]["messages"][0]["content"])
roles = [m["role"] for m in body["messages"]]
assert roles == ["system"] + ["user", "assistant"] * 4 + ["user"], roles
assert body["messages"][-1]["content"].startswith("Question: ") and body["temperature"] == 0 and body["stop"] == ["\n\nQuestion:"]
# the same as one text
text = next(r["body"]["prompt"] for r in log if r["path"] == "/v1/completions")
assert text.count("Question: ") == 5 and text.endswith("\nAnswer:") and "Answer: The trays" in text, text
# MT Bench: the second turn sees the model's own first answer; temperatures by category
table = dict(writing=0.7, roleplay=0.7, extraction=0, math=0, coding=0, reasoning=0, stem=0.1, humanities=0.1)
first = {o["id"]: o["output"] for o in outputs["mt-bench"] if o["turn"] == 1}
by_turns = {i["turns"][0]: i for i in items.values()}
second = [r["body"] for r in log if r["body"].get("max_tokens") == 1024 and len(r["body"]["messages"]) == 3]
assert len(second) == 13
for body in second:
    one, answer, two = (m["content"] for m in body["messages"])
    item = by_turns[one]
    assert answer == first[item["id"]] and two == item["turns"][1] and body["temperature"] == table[item["category"]]
END
"$ROUTEASSAY" grade --recordings "$work/sets" --benchmark gsm8k --grader numeric --models org/parrot >/dev/null || fail "grade"

# other answers do not go over those that are there, and a file that is half there is filled up
refused 3 'holds other answers' record --benchmark gsm8k --plain
record --benchmark gsm8k --plain --as org/plain >/dev/null 2>&1 || fail "--as"
[ "$(asked)" -eq $((86 + 32 + 32)) ] || fail "$(asked): an answer that was paid is asked for again"
record --benchmark gsm8k --plain --replace >/dev/null 2>&1 || fail "--replace"
cmp "$work/sets/gsm8k/outputs/org__plain.jsonl" "$work/sets/gsm8k/outputs/org__parrot.jsonl" || fail "not replaced"
refused 3 'holds other answers' env OPENAI_BASE_URL= "$ROUTEASSAY" record "${live[@]}" --benchmark gsm8k --as example/large
record --benchmark mmlu --first 3 >/dev/null 2>&1
cmp "$work/sets/mmlu/outputs/org__parrot.jsonl" "$work/copy/mmlu/outputs/org__parrot.jsonl" || fail "what was not asked is lost"
head -5 "$work/copy/mmlu/outputs/org__parrot.jsonl" >"$work/sets/mmlu/outputs/org__parrot.jsonl"
record --benchmark mmlu >/dev/null 2>&1
cmp "$work/sets/mmlu/outputs/org__parrot.jsonl" "$work/copy/mmlu/outputs/org__parrot.jsonl" || fail "not filled up"

# a budget ends the run; what was answered is written, and the rest comes later
rm "$work/calls.sqlite"
status=0
record --benchmark mt-bench --as thrifty --price 1000/1000 --budget 1.5 --concurrency 1 >"$work/out" 2>"$work/err" || status=$?
[ $status -eq 1 ] || fail "exit $status: $(cat "$work/err")"
some=$(wc -l <"$work/sets/mt-bench/outputs/thrifty.jsonl")
[ "$some" -ge 1 ] && [ "$some" -lt 26 ] || fail "$some answers within the budget"
record --benchmark mt-bench --as thrifty >/dev/null 2>&1
diff <(sed 's/"latency_ms":[^,]*/x/' "$work/copy/mt-bench/outputs/org__parrot.jsonl") \
    <(sed 's/"latency_ms":[^,]*/x/' "$work/sets/mt-bench/outputs/thrifty.jsonl") || fail "the rest is other"

# killed in the middle: what was stored is not asked again, and nothing is missing
start=$(asked)
"$ROUTEASSAY" record "${live[@]}" --benchmark mt-bench --model slow --concurrency 2 >/dev/null 2>&1 &
killed=$!
for _ in $(seq 500); do [ "$(asked)" -ge $((start + 9)) ] && break; sleep 0.01; done
kill -9 $killed 2>/dev/null || true
wait $killed 2>/dev/null || true
record --benchmark mt-bench --model slow --concurrency 2 >/dev/null 2>"$work/err" || fail "$(cat "$work/err")"
[ "$(wc -l <"$work/sets/mt-bench/outputs/slow.jsonl")" -eq 26 ] || fail "an answer is missing after a kill"
[ "$(asked)" -le $((start + 26 + 2)) ] || fail "$(($(asked) - start)) calls for 26 answers: more than were under way are asked again"

# the server goes away: replay needs none
before=$(asked)
kill "$server"; wait "$server" 2>/dev/null || true
server=
rm -r "$work/sets/mt-bench/outputs"
record --benchmark mt-bench --mode replay >/dev/null 2>&1 || fail "replay"
[ "$(wc -l <"$work/sets/mt-bench/outputs/org__parrot.jsonl")" -eq 26 ] && [ "$(asked)" -eq "$before" ] || fail "replay asks"
refused 3 '' record --benchmark gsm8k --as new --mode replay --temperature 0.3

# what is wrong
refused 2 '--model is needed' "$ROUTEASSAY" record --recordings "$work/sets" --benchmark mmlu
refused 2 "chat or completions expected, found 'speech'" record --benchmark mmlu --api speech
echo '{"schema": "routeassay.prompts/1", "name": "x", "question": "{topic}"}' >"$work/p.json"
refused 3 "template: '{topic}' is not known" record --benchmark mmlu --prompts "$work/p.json"
echo '{"schema": "routeassay.prompts/1", "name": "x", "shots": [{"question": "a"}]}' >"$work/p.json"
refused 3 "'answer' missing" record --benchmark mmlu --prompts "$work/p.json"
