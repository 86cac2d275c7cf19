#!/usr/bin/env bash
# routeassay overhead on the golden set: what it writes, its own arithmetic, what it refuses, and the
# report that shows it. Nothing here depends on how fast anything is.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$SOURCE_DIR"
fail() { echo "$1"; exit 1; }
one=(--recordings golden/recordings --benchmark gsm8k)
quick=(--block-time 0.002 --time-limit 0)
overhead() { "$ROUTEASSAY" overhead "${one[@]}" "${quick[@]}" "$@"; }
refuses() { # STATUS PATTERN ARGUMENT...
    local wanted=$1 pattern=$2 status=0
    shift 2
    "$ROUTEASSAY" overhead "$@" >"$work/out" 2>&1 || status=$?
    [ "$status" -eq "$wanted" ] && grep -q -- "$pattern" "$work/out" ||
        fail "exit $status, $wanted and '$pattern' expected: $(cat "$work/out")"
}
usd_of() { # ROUTER FILE: what it costs in batches, 0 if less than nothing
    awk -v name="\"$1\"," '$1 == "\"name\":" {in_it = $2 == name} /"usd": / {usd = in_it}
        usd && /"batch"/ {getline; sub(/,/, "", $2); print $2 < 0 ? 0 : $2; exit}' "$2"
}
field() { # FIELD FILE: its first number
    grep -m1 -oE "\"$1\": [-0-9.e]+" "$2" | cut -d' ' -f2
}

# a program and a trained model, on one core; a router may print what it likes
cat >"$work/router.sh" <<'END'
while read -r line; do echo 0.5; done
END
"$ROUTEASSAY" train mf "${one[@]}" --folds 1 --out "$work/mf.safetensors" >/dev/null
overhead --routers "null=always-weak,length,mf:$work/mf.safetensors" \
    --router "program=exec:sh $work/router.sh" --threads 1 --prompts 8 --batch 4 \
    --prices golden/prices-example.json --out "$work/overhead.json" >"$work/table"
grep -q '"schema": "routeassay.overhead/1"' "$work/overhead.json" || fail "no schema"
[ "$(grep -c '"name": ' "$work/overhead.json")" -eq 4 ] || fail "not four routers"
[ "$(field prompts "$work/overhead.json")" = 8 ] || fail "not eight prompts"
for row in null length mf program 'not measured .* BERT'; do
    grep -q "^| $row" "$work/table" || fail "no row $row: $(cat "$work/table")"
done
# the published dollars stand in the table as the paper prints them, beside ours
grep -q '^| mf .* Matrix factorization .* 3.32 ' "$work/table" || fail "$(cat "$work/table")"
grep -q 'example/large, \\$4000.00 per million' "$work/table" || fail "no price: $(cat "$work/table")"

# dollars follow from seconds and the price of an hour
overhead --routers length --threads 1 --usd-per-hour 3.6 --json >"$work/o.json"
s=$(grep -A1 '"request_s"' "$work/o.json" | field value /dev/stdin)
usd=$(usd_of length "$work/o.json")
awk -v s="$s" -v usd="$usd" 'BEGIN {if (s < 0) s = 0; exit !((usd - s * 1000) ^ 2 <= 1e-20)}' || fail "$s s, \$$usd"
# without a price there is no share, and vectors that are bought are not free
grep -A3 '"share_of_strong"' "$work/o.json" | grep -q '"value": null' || fail "a share of nothing"

# the report of a study shows the tables when overhead.json lies beside its results
"$ROUTEASSAY" measure "${one[@]}" --router length --replicates 0 --out "$work/results.json"
"$ROUTEASSAY" report "$work/results.json" --format md --out "$work/report"
grep -q 'Router overhead: cost' "$work/report/report.md" || fail "no overhead in the report"
# and what routing saves is worked out with it, unless something else is said
"$ROUTEASSAY" cost "$work/results.json" --prices golden/prices-example.json >"$work/free"
"$ROUTEASSAY" cost "$work/results.json" --prices golden/prices-example.json \
    --overhead "$work/overhead.json" --router-usd-per-million length=7 >"$work/said"
"$ROUTEASSAY" cost "$work/results.json" --prices golden/prices-example.json \
    --router-usd-per-million length=7 >"$work/alone"
cmp "$work/said" "$work/alone" || fail "what was said does not count more"
! cmp -s "$work/free" "$work/alone" || fail "a router's cost changes nothing"
usd=$(usd_of length "$work/overhead.json")
"$ROUTEASSAY" cost "$work/results.json" --prices golden/prices-example.json --json \
    --overhead "$work/overhead.json" >"$work/priced"
"$ROUTEASSAY" cost "$work/results.json" --prices golden/prices-example.json --json \
    --router-usd-per-million "length=$usd" | cmp - "$work/priced" || fail "not its dollars"
rm "$work/overhead.json"
"$ROUTEASSAY" report "$work/results.json" --format md --out "$work/report"
! grep -q 'Router overhead' "$work/report/report.md" || fail "overhead out of nowhere"

# a study that asks for it: measured once, shown in report and figure, and not in the results
study() { # FILE [SECTION]
    cat >"$work/$1.json" <<END
{"schema": "routeassay.study/1", "name": "s", "title": "t",
 "prices": "$SOURCE_DIR/golden/prices-example.json",
 "benchmarks": [{"name": "gsm8k", "recordings": "$SOURCE_DIR/golden/recordings"}],
 "routers": [{"name": "length", "router": "length"}, {"name": "oracle", "router": "oracle"},
             {"name": "mf", "router": "mf", "train": {"gold": ["gsm8k"]}}]${2:-}}
END
    "$ROUTEASSAY" run "$work/$1.json" --out "$work/$1" 2>"$work/log"
}
section=', "overhead": {"benchmark": "gsm8k", "block_s": 0.002, "time_limit_s": 0, "threads": [1],
  "published": "'$SOURCE_DIR'/golden/overhead/routellm.json"}'
study without
study with "$section"
cmp "$work/with/results.json" "$work/without/results.json" || fail "timings in the results"
grep -q 'Router overhead: latency' "$work/with/report/report.md" || fail "not in the report"
grep -q 'routers-overhead.svg' "$work/with/report/report.md" || fail "no figure in the report"
! grep -q 'Router overhead' "$work/without/report/report.md" || fail "not asked for"
[ -s "$work/with/figures/routers-overhead.pdf" ] || fail "no figure"
study with "$section"
grep -q '^overhead: up to date' "$work/log" || fail "measured again: $(cat "$work/log")"
! study with "${section/\"threads\"/\"routers\": [\"x\"], \"threads\"}" || fail "router x"
grep -q "no router 'x' in the study" "$work/log" || fail "$(cat "$work/log")"

refuses 2 '--benchmark is needed' --routers length
refuses 2 '--router is needed' "${one[@]}"
refuses 2 "two routers are named 'length'" "${one[@]}" --routers length --router length
refuses 2 'replays scores' "${one[@]}" --router scores:golden/scores/gsm8k/example.csv
refuses 3 'nothing.json' "${one[@]}" --router causal_llm:nothing.json
refuses 2 'knows the grades' "${one[@]}" --router oracle
refuses 2 'cores that there are' "${one[@]}" --routers length --threads 100000
refuses 2 'numbers of cores' "${one[@]}" --routers length --threads one
refuses 2 '--block-time' "${one[@]}" --routers length --block-time 0
refuses 2 '--usd-per-hour' "${one[@]}" --routers length --usd-per-hour -1
refuses 2 'unknown router' "${one[@]}" --routers nonsense
refuses 3 'nobody' "${one[@]}" --routers length --prices golden/prices-example.json --embedding nobody
# what fails in the process that measures is told as if it had failed here
refuses 3 'exec:exit 1' "${one[@]}" "${quick[@]}" --router 'exec:exit 1'
refuses 3 'mf.safetensors.*No such file' "${one[@]}" --routers "mf:$work/absent/mf.safetensors"
refuses 0 'example:' --help
