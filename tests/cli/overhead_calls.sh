#!/usr/bin/env bash
# routeassay overhead of routers that ask a server: time and price are those of the stored calls, in
# table, JSON, figure and cost; nobody is asked, and what was never stored is an error.
set -euo pipefail
work=$(mktemp -d)
pids=()
trap '[ ${#pids[@]} -eq 0 ] || kill "${pids[@]}" 2>/dev/null; rm -rf "$work"' EXIT
cd "$SOURCE_DIR"
fail() { echo "$1"; exit 1; }
unset OPENAI_API_KEY OPENAI_BASE_URL ROUTEASSAY_MODE
export ROUTEASSAY_CALLS=$work/calls.sqlite
wait_for() { # FILE: has a line
    for _ in $(seq 600); do
        [ -s "$1" ] && return
        sleep 0.05
    done
    fail "nothing in $1"
}
set_of=(--recordings golden/recordings --benchmark)
python3 tests/cli/model_server.py "$work/model.log" openai >"$work/model" &
pids+=($!)
"$ROUTEASSAY" replay-server --recordings golden/recordings --strong example/large --weak example/small \
    --port 0 >"$work/replay" 2>/dev/null &
pids+=($!)
wait_for "$work/model"
wait_for "$work/replay"
python3 tests/cli/length_proxy.py "$(cat "$work/replay")" >"$work/proxy" 2>/dev/null &
pids+=($!)
wait_for "$work/proxy"
judge() { # NAME MODEL [MORE]
    cat >"$work/$1.json" <<J
{"schema": "routeassay.causal-llm/1", "format": "golden/prompts/causal-llm-llama3.json",
 "endpoint": {"url": "http://127.0.0.1:$(cat "$work/model")/v1", "model": "$2"${3:-}}}
J
}
price=', "key_env": "NO_KEY_NEEDED", "price": {"input": 2, "output": 8}'
judge plain plain "$price"
judge followed space "$price"
judge unpriced few
cat >"$work/knob.json" <<J
{"schema": "routeassay.http-router/1", "endpoint": {"url": "$(cat "$work/proxy")", "price": {"input": 1, "output": 1}},
 "body": {"model": "router-length-{knob}", "messages": [{"role": "user", "content": "{prompt}"}]},
 "knob": [0, 160], "strong": ["example/large*"], "weak": ["example/small*"], "calls": {"path": "$work/knob.sqlite"}}
J
NO_KEY_NEEDED=secret "$ROUTEASSAY" score "${set_of[@]}" mt-bench --out "$work/scores" --router "plain=causal_llm:$work/plain.json" \
    --router "unpriced=causal_llm:$work/unpriced.json" 2>/dev/null >/dev/null
"$ROUTEASSAY" calls export "$work/calls.jsonl" >/dev/null
export ROUTEASSAY_CALLS=$work/followed.sqlite
NO_KEY_NEEDED=secret "$ROUTEASSAY" score "${set_of[@]}" mt-bench --out "$work/scores" \
    --router "followed=causal_llm:$work/followed.json" 2>/dev/null >/dev/null
"$ROUTEASSAY" calls export "$work/followed.jsonl" >/dev/null
"$ROUTEASSAY" score "${set_of[@]}" gsm8k --out "$work/scores" --router "knob=http:$work/knob.json" 2>/dev/null >/dev/null
"$ROUTEASSAY" calls export --calls "$work/knob.sqlite" "$work/knob.jsonl" >/dev/null
kill "${pids[@]}" # whoever asks now gets no answer
pids=()

overhead() { "$ROUTEASSAY" overhead "${set_of[@]}" "$@" --threads 1 --block-time 0.002 --time-limit 0; }
overhead mt-bench --router "followed=causal_llm:$work/followed.json" --json >"$work/followed.out" 2>/dev/null
export ROUTEASSAY_CALLS=$work/calls.sqlite
# ROUTEASSAY_MODE does not count: nothing is recorded anew
ROUTEASSAY_MODE=refresh overhead mt-bench --routers length --router "plain=causal_llm:$work/plain.json" \
    --router "unpriced=causal_llm:$work/unpriced.json" --prices golden/prices-example.json \
    --out "$work/overhead.json" --export-hyperfine "$work/hyperfine.json" >"$work/table" 2>"$work/err" || fail "$(cat "$work/err")"
overhead gsm8k --router "knob=http:$work/knob.json" --json >"$work/knob.out"
python3 - "$work" <<'P'
import json, statistics, sys
def read(name):
    return json.load(open(f"{sys.argv[1]}/{name}"))
def near(a, b):
    return abs(a - b) <= 1e-9 * abs(b)
def calls_of(store, benchmark, model=""):
    """Of each kept item the calls whose body holds its prompt."""
    with open(f"{sys.argv[1]}/{store}.jsonl") as lines:
        calls = [c for c in map(json.loads, lines) if model in (c.get("requested_model") or "") and "body" in c]
    with open(f"golden/recordings/{benchmark}/items.jsonl") as lines:
        texts = [i["turns"][0] for i in map(json.loads, lines) if not i["excluded"]]
    def strings(x):
        return [x] if isinstance(x, str) else [s for y in (x.values() if isinstance(x, dict) else x if isinstance(x, list) else []) for s in strings(y)]
    said = [(c, "\n".join(strings(json.loads(c["body"])))) for c in calls]
    return [[c for c, text in said if t in text] for t in texts]
def check(router, calls, each, settings=1, priced=True):
    s = router["stored"]
    seconds = [sum(c["latency_ms"] for c in prompt) / 1e3 / settings for prompt in calls]
    assert all(len(prompt) == each for prompt in calls)
    assert s["from"] == "from stored calls, recorded elsewhere"
    assert (s["prompts"], s["calls"]) == (len(calls), each * len(calls)), s
    assert (s["settings"], s["untimed"], s["unpriced"]) == (settings, 0, 0 if priced else len(calls)), s
    assert near(router["single"]["mean_s"]["value"], statistics.mean(seconds))
    assert near(router["single"]["p50_s"]["value"], statistics.median(seconds))
    assert s["p50_s"] <= s["p90_s"] and s["p99_s"] is None # of so few
    for e in (*router["batch"].values(), router["load_s"], router["cpu_s"]):
        assert e["value"] is None # nothing that was not measured
    usd = sum(c["usd"] for prompt in calls for c in prompt) / len(calls) / settings * 1e6 if priced else None
    total = router["usd"]["total"]["value"]
    assert near(total, usd) and total > 0 if priced else total is None, (total, usd)
    return total
doc = read("overhead.json")
length, plain, unpriced = doc["routers"]
assert length["stored"] is None and len(length["blocks"]) >= 3 and plain["blocks"] == []
usd = check(plain, calls_of("calls", "mt-bench", "plain"), 1)
assert near(plain["usd"]["share_of_strong"]["value"], usd / doc["strong"]["usd_per_million"])
check(unpriced, calls_of("calls", "mt-bench", "few"), 1, priced=False)
# a space, and the label behind it
check(read("followed.out")["routers"][0], calls_of("followed", "mt-bench"), 2)
knob = read("knob.out")
assert knob["harness"] == [] and knob["method"]["stopped"] == "nothing was measured here"
check(knob["routers"][0], calls_of("knob", "gsm8k"), 2, settings=2)
assert knob["routers"][0]["stored"]["answers"] and not plain["stored"]["answers"]
assert {r["parameters"]["router"] for r in read("hyperfine.json")["results"]} == {"length"}
P
grep -q '^| plain, from stored calls ' "$work/table" || fail "$(cat "$work/table")"
grep -q 'plain: from stored calls, recorded elsewhere.*12 calls for 12 prompts' "$work/table" || fail "$(cat "$work/table")"
grep -q 'unpriced: 0 prompts of unknown time and 12 of unknown price' "$work/table" || fail "$(cat "$work/table")"

# read again, in the figure, and in what routing costs
NO_KEY_NEEDED=secret ROUTEASSAY_MODE=replay "$ROUTEASSAY" measure "${set_of[@]}" mt-bench --router "plain=causal_llm:$work/plain.json" --replicates 0 \
    --out "$work/results.json" 2>"$work/err" || fail "$(cat "$work/err")"
"$ROUTEASSAY" plot "$work/results.json" --overhead "$work/overhead.json" --out "$work/figures" >/dev/null
grep -qP '^\d+\tplain, calls recorded elsewhere\t(NaN\t){5}\d' "$work/figures/routers-overhead.dat" || fail "not in the figure"
usd=$(python3 -c 'import json, sys; print(repr(json.load(open(sys.argv[1]))["routers"][1]["usd"]["total"]["value"]))' "$work/overhead.json")
priced=("$ROUTEASSAY" cost "$work/results.json" --prices golden/prices-example.json --json)
"${priced[@]}" --overhead "$work/overhead.json" >"$work/cost"
"${priced[@]}" --router-usd-per-million "plain=$usd" | cmp - "$work/cost" || fail "not its dollars"

# what is not stored
absent() { # PATTERN COMMAND...
    local pattern=$1 status=0
    shift
    "$@" >"$work/out" 2>"$work/err" || status=$?
    [ $status -eq 3 ] && grep -q -- "$pattern" "$work/err" || fail "exit $status: $(cat "$work/err")"
}
absent "no answer is stored for request" overhead gsm8k --router "causal_llm:$work/plain.json"
absent "nothing is stored for item 'gsm8k/" overhead gsm8k --router "causal_llm:$work/plain.json"
ROUTEASSAY_CALLS=$work/nowhere.sqlite absent nowhere.sqlite overhead mt-bench --router "causal_llm:$work/plain.json"
