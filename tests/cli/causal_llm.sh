#!/usr/bin/env bash
# The causal_llm router against a test server in the shapes of vLLM and SGLang and of llama.cpp: labels
# of one token, of several, behind white space or a sentence, not all listed, or none at all.
set -euo pipefail
work=$(mktemp -d)
servers=()
trap '[ ${#servers[@]} -eq 0 ] || kill "${servers[@]}" 2>/dev/null; rm -rf "$work"' EXIT
fail() { echo "$1"; exit 1; }
unset OPENAI_API_KEY OPENAI_BASE_URL ROUTEASSAY_MODE
cd "$SOURCE_DIR"
export ROUTEASSAY_CALLS=$work/calls.sqlite
refused() { # CODE PART COMMAND...
    local code=$1 part=$2 status=0
    shift 2
    "$@" >"$work/out" 2>"$work/err" || status=$?
    [ $status -eq "$code" ] && grep -q -- "$part" "$work/err" || fail "exit $status for: $* $(cat "$work/err")"
}
for dialect in openai llama; do
    python3 tests/cli/model_server.py "$work/$dialect.log" $dialect >"$work/$dialect.port" &
    servers+=($!)
done
for dialect in openai llama; do
    for _ in $(seq 100); do [ -s "$work/$dialect.port" ] && break; sleep 0.1; done
done
router() { # FILE DIALECT MODEL FORMAT [MORE]: writes a router's file
    cat >"$1" <<END
{"schema": "routeassay.causal-llm/1", "format": "golden/prompts/causal-llm-$4.json",
 "endpoint": {"url": "http://127.0.0.1:$(cat "$work/$2.port")/v1", "model": "$3"}${5:+, $5}}
END
}
score() { # NAME: scores of the golden items by the router of that file
    "$ROUTEASSAY" score --recordings golden/recordings --benchmark mt-bench --out "$work/scores" \
        --router "$1=causal_llm:$work/$1.json" >/dev/null 2>"$work/$1.err" || fail "$1: $(cat "$work/$1.err")"
}
split='"labels": ["[[1]]", "[[2]]", "[[3]]", "[[4]]", "[[5]]"]'
for dialect in openai llama; do
    router "$work/$dialect.json" $dialect plain llama3
    score $dialect
done
for format in chatml chat; do
    router "$work/$format.json" openai plain $format
    score $format
done
router "$work/space.json" openai space llama3
router "$work/split.json" llama split llama3 "$split"
router "$work/split-chat.json" openai split chat "$split"
router "$work/chatty.json" openai chatty chat
router "$work/few.json" openai few llama3
router "$work/three.json" openai plain llama3 '"threshold": 3'
for name in space split split-chat chatty few three; do score $name; done
cat >"$work/check.py" <<'END'
import csv, hashlib, json, sys
work = sys.argv[1]
def number(text, most):
    return int(hashlib.sha256(text.encode()).hexdigest()[:8], 16) % most
items = [json.loads(line) for line in open("golden/recordings/mt-bench/items.jsonl")]
def expected(item, threshold=4, listed=5):
    w = [1 + number(f"{item['turns'][0]}/{k}", 100) for k in range(1, 6)]
    kept = sorted(range(5), key=lambda k: -w[k])[:listed]
    return 1 - sum(w[k] for k in kept if k + 1 >= threshold) / sum(w[k] for k in kept)
for name in "openai llama chatml chat space split split-chat chatty few three".split():
    got = {r["id"]: float(r["score"]) for r in csv.DictReader(open(f"{work}/scores/mt-bench/{name}.csv"))}
    assert len(got) == len(items) == 13
    for item in items:
        want = expected(item, 3 if name == "three" else 4, 2 if name == "few" else 5)
        assert abs(got[item["id"]] - want) < 1e-9, (name, item["id"], got[item["id"]], want)
END
python3 "$work/check.py" "$work" || fail "a score is not the labels' share"
grep -q '13 prompts: 13 with every label listed, 0 with some missing, 0 with none' "$work/openai.err" || fail "$(cat "$work/openai.err")"
grep -q '0 with every label listed, 13 with some missing' "$work/few.err" || fail "$(cat "$work/few.err")"
grep -q ' 13 calls followed' "$work/space.err" || fail "$(cat "$work/space.err")"
grep -q ' 13 calls followed' "$work/split.err" || fail "$(cat "$work/split.err")"

# two routers run side by side and share a store
router "$work/one.json" openai plain chatml '"alternatives": 7'
router "$work/two.json" openai plain chatml '"alternatives": 6'
"$ROUTEASSAY" measure --recordings golden/recordings --benchmark mt-bench --threads 2 --router "a=causal_llm:$work/one.json" \
    --router "b=causal_llm:$work/two.json" >"$work/out" 2>"$work/err" || fail "$(cat "$work/err")"

# a study says the same in its "config"
cat >"$work/study.json" <<END
{"schema": "routeassay.study/1", "name": "s", "title": "t",
 "benchmarks": [{"name": "mt-bench", "recordings": "$SOURCE_DIR/golden/recordings"}],
 "routers": [{"name": "three", "router": "causal_llm:$SOURCE_DIR/golden/prompts/causal-llm-llama3.json",
   "config": {"threshold": 3, "endpoint": {"url": "http://127.0.0.1:$(cat "$work/openai.port")/v1", "model": "plain"}}}]}
END
"$ROUTEASSAY" run "$work/study.json" --out "$work/study" >/dev/null 2>"$work/err" || fail "$(cat "$work/err")"
cmp "$work/study/scores/mt-bench/three.csv" "$work/scores/mt-bench/three.csv" || fail "a study's scores are others"

# all that was paid replays, two routers at once, and nobody is asked
cat "$work"/*.log >"$work/before"
kill "${servers[@]}"; wait "${servers[@]}" 2>/dev/null || true
servers=()
ROUTEASSAY_MODE=replay "$ROUTEASSAY" measure --recordings golden/recordings --benchmark mt-bench --router "a=causal_llm:$work/split.json" \
    --router "b=causal_llm:$work/chatty.json" >"$work/out" 2>"$work/err" || fail "$(cat "$work/err")"
cat "$work"/*.log | cmp - "$work/before" || fail "replay asks"

# what is wrong
python3 tests/cli/model_server.py "$work/third.log" >"$work/third.port" &
servers+=($!)
for _ in $(seq 100); do [ -s "$work/third.port" ] && break; sleep 0.1; done
one() { "$ROUTEASSAY" score --recordings golden/recordings --benchmark mt-bench --out "$work/scores" --router "causal_llm:$1"; }
router "$work/none.json" third none llama3
refused 4 "none of the labels any probability for item 'mt-bench/9001'" one "$work/none.json"
router "$work/none.json" third none llama3 '"unreadable": 1'
one "$work/none.json" >/dev/null 2>"$work/err" && grep -q '13 with none' "$work/err" || fail "$(cat "$work/err")"
router "$work/bare.json" third nologprobs chat
refused 4 'no log-probabilities' one "$work/bare.json"
router "$work/bad.json" third plain llama3 '"threshold": 6'
refused 3 "field 'threshold': 2 to 5" one "$work/bad.json"
router "$work/bad.json" third plain llama3 '"labels": ["1", "1"]'
refused 3 "'1' is there twice" one "$work/bad.json"
router "$work/bad.json" third plain llama3 '"prompt": "{answer}"'
refused 3 "'{answer}' is not known" one "$work/bad.json"
refused 3 "'model' missing" one golden/prompts/causal-llm-llama3.json
refused 2 'needs a file' "$ROUTEASSAY" score --recordings golden/recordings --benchmark mt-bench --router causal_llm
