#!/usr/bin/env bash
# A router behind HTTP, measured end to end without a key: harness -> proxy -> replay server. The
# proxy routes by length, so what is measured must be what `length` gives at that threshold; the
# server's log must say the same. Then settings of a knob, answers that name no model, replay.
set -euo pipefail
work=$(mktemp -d)
pids=
trap '[ -z "$pids" ] || kill $pids 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$SOURCE_DIR"
fail() { echo "$1"; exit 1; }
golden=(--recordings golden/recordings --benchmark gsm8k --replicates 200)
wait_for() { # FILE: has a line
    for _ in $(seq 600); do
        [ -s "$1" ] && return
        sleep 0.05
    done
    fail "nothing in $1: $(cat "$work"/*.err)"
}
"$ROUTEASSAY" replay-server --recordings golden/recordings --strong example/large --weak example/small \
    --port 0 --log "$work/log" >"$work/server" 2>"$work/server.err" &
pids=$!
wait_for "$work/server"
python3 tests/cli/length_proxy.py "$(cat "$work/server")" >"$work/proxy" 2>"$work/proxy.err" &
proxy=$!
pids="$pids $proxy"
wait_for "$work/proxy"
router() { # NAME MODEL [FIELDS]: writes a configuration
    cat >"$work/$1.json" <<J
{"schema": "routeassay.http-router/1", "endpoint": {"url": "$(cat "$work/proxy")"},
 "body": {"model": "$2", "messages": [{"role": "user", "content": "{prompt}"}]},
 "strong": ["example/large*"], "weak": ["example/small*"], "calls": {"path": "$work/calls.sqlite"}${3:+, }${3:-}}
J
}
prices='"infer": {"cost": "/usage/cost", "strong": {"input": 10, "output": 30}, "weak": {"input": 0.5, "output": 1.5}}'
router field router-length-160
"$ROUTEASSAY" measure "${golden[@]}" --router field=http:"$work/field.json" --router length \
    --out "$work/field.results" 2>"$work/said"
grep -q '32 asked, 0 from the store' "$work/said" || fail "not recorded: $(cat "$work/said")"
cp "$work/log" "$work/field.log"
router header router-length-160 '"choice": {"header": "X-Routed-To"}, "strong": ["vendor/strong-*"], "weak": ["vendor/*"]'
sed -i 's/"strong": \["example\/large\*"\], "weak": \["example\/small\*"\], //' "$work/header.json"
router price router-silent-160 "$prices"
router knob 'router-length-{knob}' '"knob": [0, 100, 160, 250, 100000]'
"$ROUTEASSAY" measure "${golden[@]}" --router header=http:"$work/header.json" --router price=http:"$work/price.json" \
    --router log=routed:"$work/field.log" --router knob=http:"$work/knob.json" --router length --out "$work/more.results" 2>/dev/null

# what `length` decides at 160 bytes, and at the knob's settings, as scores made here
python3 - "$work" <<'P'
import json, sys
work = sys.argv[1]
items = [json.loads(l) for l in open("golden/recordings/gsm8k/items.jsonl")]
size = lambda i: len(i["turns"][0].encode())
knob = (0, 100, 160, 250, 100000)
with open(f"{work}/at160.csv", "w") as at, open(f"{work}/steps.csv", "w") as steps:
    at.write("id,score\n")
    steps.write("id,score\n")
    for i in items:
        at.write(f"{i['id']},{int(size(i) >= 160)}\n")
        steps.write(f"{i['id']},{sum(size(i) >= k for k in knob) / len(knob)!r}\n")
P
"$ROUTEASSAY" measure "${golden[@]}" --router at160=scores:"$work/at160.csv" --router steps=scores:"$work/steps.csv" \
    --router length --out "$work/length.results"
python3 - "$work" <<'P'
import json, sys
def read(name):
    return json.load(open(f"{sys.argv[1]}/{name}.results"))["benchmarks"][0]
field, more, length = read("field"), read("more"), read("length")
by_name = lambda list_: {e["name"]: e for e in list_}
curves = by_name(length["routers"])
(zero, (share, pgr), one) = curves["at160"]["curve"]
points = by_name(field["points"] + more["points"])
assert set(points) == {"field", "header", "price", "log"}, points.keys()
for name, p in points.items():
    assert p["strong_calls"] == share and abs(p["pgr"]["value"] - pgr) < 1e-12, (name, p, share, pgr)
    assert p["score"] == points["field"]["score"] and p["unmapped"] == 0
    assert p["lo"] <= p["score"] <= p["hi"] and p["calls_lo"] <= share <= p["calls_hi"]
    # the length rule itself reaches the score with no more calls than the point has
    same = {s["router"]: s["calls"] for s in p["same"]}
    assert same["length"]["value"] <= share
assert "inferred" in points["price"]["strong_calls_source"]
assert "header 'X-Routed-To'" in points["header"]["strong_calls_source"]
assert "log of 32 requests" in points["log"]["strong_calls_source"]
# settings of the knob are a curve, the one of the same thresholds
knob, steps = by_name(more["routers"])["knob"], curves["steps"]
for key in ("curve", "apgr", "cpt", "pgr"):
    assert knob[key] == steps[key], key
assert knob["bound"] is False
P
"$ROUTEASSAY" measure "${golden[@]}" --router field=http:"$work/field.json" --router length 2>/dev/null >"$work/table"
grep -q '| field .*| field ./model. of each of 32 answers' "$work/table" || fail 'the table of points'

refused() { # CODE PART CONFIG [OPTIONS...]
    local code=$1 part=$2 name=$3 status=0
    shift 3
    "$ROUTEASSAY" measure "${golden[@]}" --router x=http:"$work/$name.json" "$@" >/dev/null 2>"$work/err" || status=$?
    [ $status -eq "$code" ] && grep -q -- "$part" "$work/err" || fail "exit $status for $name: $(cat "$work/err")"
}
router other router-other-160
refused 3 "'somebody/else', which is neither" other
router nothing router-length-160 '"choice": {"pointer": "/choices/7/model"}'
refused 3 'does not say which model' nothing
router backwards 'router-length-{knob}' '"knob": [100000, 0]'
refused 3 'most to fewest' backwards
router idle 'router-length-160' '"knob": [1]'
refused 3 'no {knob}' idle
router unknown router-length-160 '"surprise": 1'
refused 3 "unknown field 'surprise'" unknown
sed 's/{prompt}/prompt/' "$work/field.json" >"$work/blind.json"
refused 3 'no {prompt}' blind
sed 's/"url"/"key_env": "NO_SUCH_KEY", "url"/' "$work/field.json" >"$work/keyless.json"
refused 2 'NO_SUCH_KEY' keyless
# counted instead: nothing is guessed, and a router of which nothing is known is no point
router counted router-other-160 '"unmapped": "count"'
refused 3 'no measured item' counted

# offline: the store answers, byte for byte the same results; what it lacks is an error
kill $pids
pids=
ROUTEASSAY_MODE=replay "$ROUTEASSAY" measure "${golden[@]}" --router field=http:"$work/field.json" --router length \
    --out "$work/again.results" 2>"$work/said"
cmp "$work/field.results" "$work/again.results" || fail 'replay gives other results'
router new router-length-161
export ROUTEASSAY_MODE=replay
refused 3 'no answer is stored' new

# a study: points in its report, every stage from the files
cat >"$work/study.json" <<J
{"schema": "routeassay.study/1", "name": "black-box", "title": "A black box", "replicates": 100,
 "benchmarks": [{"name": "gsm8k", "recordings": "$PWD/golden/recordings/gsm8k", "strong": "example/large", "weak": "example/small"}],
 "routers": [{"name": "box", "router": "http:field.json"}, {"name": "length", "router": "length"},
             {"name": "knob", "router": "http:knob.json"}]}
J
"$ROUTEASSAY" run "$work/study.json" --out "$work/out" >"$work/run" 2>&1 || fail "run: $(cat "$work/run")"
grep -q '| box ' "$work/out/report/report.md" && grep -q 'box: .*reaches the same score' "$work/out/report/report.md" ||
    fail "no point in the report: $(ls -R "$work/out")"
for file in golden/routers/*.json; do
    python3 -m json.tool "$file" >/dev/null || fail "$file"
done
