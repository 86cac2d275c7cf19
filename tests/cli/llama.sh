#!/usr/bin/env bash
# record, judge and causal_llm against a real llama.cpp server with a small model: LLAMA_SERVER names the
# program (llama-server's options -m, --port, -c, -np, -t), LLAMA_MODEL a .gguf file of a ChatML model
# such as SmolLM2. Skipped without them.
set -euo pipefail
[ -x "${LLAMA_SERVER:-}" ] && [ -f "${LLAMA_MODEL:-}" ] || { echo "LLAMA_SERVER or LLAMA_MODEL not set"; exit 77; }
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf "$work"' EXIT
fail() { echo "$1"; exit 1; }
unset OPENAI_API_KEY OPENAI_BASE_URL ROUTEASSAY_MODE
export ROUTEASSAY_CALLS=$work/calls.sqlite
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$LLAMA_SERVER" -m "$LLAMA_MODEL" --host 127.0.0.1 --port "$port" -c 4096 -np 2 -t 1 >"$work/server" 2>&1 &
server=$!
url=http://127.0.0.1:$port
for _ in $(seq 600); do curl -sf "$url/health" >/dev/null && break; sleep 0.1; done
# three questions of two turns
mkdir -p "$work/set/judgments"
cp "$SOURCE_DIR/golden/recordings/mt-bench/set.json" "$work/set"
sed -n '5p;7p;13p' "$SOURCE_DIR/golden/recordings/mt-bench/items.jsonl" >"$work/set/items.jsonl"
for file in "$SOURCE_DIR"/golden/recordings/mt-bench/judgments/*; do
    grep -E '"mt-bench/(9005|9007|9013)"' "$file" >"$work/set/judgments/${file##*/}"
done
live=(--recordings "$work/set" --endpoint "$url/v1" --timeout 300)

"$ROUTEASSAY" record "${live[@]}" --benchmark mt-bench --model smol --max-tokens 12 --temperature 0 >"$work/out" 2>"$work/err" ||
    fail "$(cat "$work/err")"
grep -q '^smol: 6 of 6 turns answered (3 items)' "$work/out" || fail "$(cat "$work/out")"
"$ROUTEASSAY" judge "${live[@]}" --model smol --judge smol --max-tokens 24 >"$work/out" 2>"$work/err" || fail "$(cat "$work/err")"
grep -q 'smol, judged by smol: 6 judgments' "$work/out" || fail "$(cat "$work/out")"
for format in chatml chat; do
    cat >"$work/$format.json" <<END
{"schema": "routeassay.causal-llm/1", "format": "golden/prompts/causal-llm-$format.json", "alternatives": 200,
 "endpoint": {"url": "$url/v1", "model": "smol"}, "unreadable": 0.5}
END
    "$ROUTEASSAY" score --recordings "$work/set" --benchmark mt-bench --strong example/large --weak example/small --out "$work/scores" \
        --router "$format=causal_llm:$work/$format.json" >/dev/null 2>"$work/$format.err" || fail "$(cat "$work/$format.err")"
done
python3 - "$work" "$url" "$SOURCE_DIR" <<'END' || fail "outputs or scores are not as the server says"
import csv, json, math, sys, urllib.request
work, url, source = sys.argv[1:]
outputs = [json.loads(line) for line in open(f"{work}/set/outputs/smol.jsonl")]
assert len(outputs) == 6
for o in outputs:
    assert o["output"] and o["prompt_tokens"] > 0 and 0 < o["completion_tokens"] <= 12, o
    assert o["finish_reason"] in ("stop", "length") and o["latency_ms"] > 0, o
# the win rate from the server's own API, with all that it can list
prompt = json.load(open(f"{source}/golden/prompts/causal-llm-chatml.json"))["prompt"]
got = {r["id"]: float(r["score"]) for r in csv.DictReader(open(f"{work}/scores/mt-bench/chatml.csv"))}
for item in map(json.loads, open(f"{work}/set/items.jsonl")):
    body = {"prompt": prompt.replace("{question}", item["turns"][0]), "n_predict": 1, "temperature": 0, "n_probs": 5000}
    request = urllib.request.Request(url + "/completion", json.dumps(body).encode(), {"Content-Type": "application/json"})
    answer = json.load(urllib.request.urlopen(request))["completion_probabilities"][0]
    chance = {str(k): 0.0 for k in range(1, 6)}
    for a in answer["top_logprobs"]:
        if a["token"].strip() in chance:
            chance[a["token"].strip()] += math.exp(a["logprob"])
    want = 1 - (chance["4"] + chance["5"]) / sum(chance.values())
    assert abs(got[item["id"]] - want) < 0.05, (item["id"], got[item["id"]], want)
END
