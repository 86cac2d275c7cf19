#!/usr/bin/env bash
# routeassay cost: the paper's prices come out, old results are priced anew, tables and the figure
# follow, every figure is explained, and bad prices are refused.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$SOURCE_DIR"
fail() { echo "cost.sh: $1"; exit 1; }
refuses() { # STATUS PATTERN ARGUMENT...
    local wanted=$1 pattern=$2 status=0
    shift 2
    "$ROUTEASSAY" "$@" >"$work/out" 2>&1 || status=$?
    [ "$status" -eq "$wanted" ] && grep -q -- "$pattern" "$work/out" ||
        fail "exit $status: $(cat "$work/out")"
}
strong=gpt-4-1106-preview weak=mistralai/Mixtral-8x7B-Instruct-v0.1

# the golden answers, as if the paper's models had given them
cp -r golden/recordings/gsm8k "$work/set"
chmod -R u+w "$work/set"
sed -i "s,example/large,$strong,g; s,example/small,$weak,g" "$work/set/set.json"
for file in "$work"/set/*/example__*; do
    mv "$file" "$(sed "s,example__large,$strong,; s,example__small,${weak/\//__}," <<<"$file")"
done
prices() { # ROW...: a prices file of the paper's prices and these
    printf '{"schema":"routeassay.prices/1","as_of":"2024-06-26","assumed_tokens":'
    printf '{"input":95,"output":264,"source":"paper"},"prices":['
    row "$strong" 10 30 2024-06-26
    for more in "$@"; do echo ",$more"; done
    printf ',%s]}' "$(row "$weak" 0.24 0.24 2024-06-26)"
}
row() { printf '{"model":"%s","input":%s,"output":%s,"source":"s","date":"%s"}' "$@"; }
prices "$(row embed 0.02 0 2024-06-26)" "$(row "$strong" 2.5 10 2024-10-01)" >"$work/prices.json"

# measured without prices; GPT-4 then costs $24.7 per million tokens, Mixtral $0.24; 95 tokens are
# embedded for $1.90
"$ROUTEASSAY" measure --recordings "$work/set" --benchmark gsm8k --router length --router random \
    --router oracle --replicates 200 --out "$work/results.json"
cost=(cost "$work/results.json" --prices "$work/prices.json")
"$ROUTEASSAY" "${cost[@]}" --router-usd-per-million length=37.36 --embedding embed \
    --out "$work/priced.json" >"$work/costs.md"
grep -q "$strong *|.*10.00 |.*30.00 |.* 95.0 |.* 264.0 | assumed: 95 in, 264 out |.* 24.71 |.* 8870.00 |" \
    "$work/costs.md" || fail "the paper's price of GPT-4"
grep -q "Mixtral.* 0.24 |.* 86.16 |" "$work/costs.md" || fail "the paper's price of Mixtral"
[ "$(grep -c '^| length .* 37.36 | *1.90 |' "$work/costs.md")" = 3 ] || fail "overhead of SW ranking"
"$ROUTEASSAY" "${cost[@]}" --as-of 2024-10-01 >"$work/out"
grep -q "2.50 |.* 10.00 | 2024-10-01 " "$work/out" || fail "prices of another day"
"$ROUTEASSAY" "${cost[@]}" --threads 1 --json >"$work/1.json"
"$ROUTEASSAY" "${cost[@]}" --threads 2 --json >"$work/2.json"
cmp "$work/1.json" "$work/2.json" || fail "threads change the result"

# the priced results are results: report, explain and plot take them
"$ROUTEASSAY" report "$work/priced.json" --out "$work/report"
for heading in 'Prices' 'GSM8K: costs at the cheapest point' 'GSM8K: where the saving vanishes' \
    'GSM8K: dollars saved along the curve' 'GSM8K: what the saving hangs on'; do
    for file in report.md report.html report.tex; do
        grep -q "$heading" "$work/report/$file" || fail "$file: no '$heading'"
    done
done
"$ROUTEASSAY" explain "$work/priced.json" | grep -E '/(cost9|saving)' >"$work/cells"
[ "$(grep -c cost95 "$work/cells")" = 6 ] || fail "cells"
while read -r cell; do
    "$ROUTEASSAY" explain "$work/priced.json" "$cell" >"$work/out" || fail "$cell: $(cat "$work/out")"
done <"$work/cells"
if command -v gnuplot >/dev/null; then
    "$ROUTEASSAY" plot "$work/priced.json" --out "$work/figures" --format svg >/dev/null
    grep -q '<text>price of the strong model</text>' "$work/figures/gsm8k-tornado.svg" || fail "tornado"
fi

# nothing is free by omission, and a wrong prices file is not used
wrong() { # PATTERN ROW...
    local pattern=$1
    shift
    prices "$@" >"$work/wrong.json"
    refuses 3 "$pattern" cost "$work/results.json" --prices "$work/wrong.json" --embedding embed
}
wrong "no price for model 'embed'"
wrong "up to 2024-06-26" "$(row embed 1 1 2024-06-27)"
wrong 'two prices of' "$(row embed 1 1 2024-06-26)" "$(row embed 2 1 2024-06-26)"
wrong 'below 0' "$(row embed -1 1 2024-06-26)"
wrong 'wrong.json' "$(row embed NaN 1 2024-06-26)"
wrong 'wrong.json' "$(row embed 1e999 1 2024-06-26)"
for date in 2024-02-30 2023-02-29 2024-13-01 2024-6-26 26.06.2024 ''; do
    wrong 'a day like' "$(row embed 1 1 "$date")"
done
refuses 3 'a day like' "${cost[@]}" --as-of yesterday
refuses 3 "up to 2020-01-01" "${cost[@]}" --as-of 2020-01-01
sed 's/"input":95/"input":-95/' "$work/prices.json" >"$work/wrong.json"
refuses 3 'below 0' cost "$work/results.json" --prices "$work/wrong.json"
sed 's/"input":95/"input":95,"characters_per_token":0/' "$work/prices.json" >"$work/wrong.json"
refuses 3 'characters_per_token' cost "$work/results.json" --prices "$work/wrong.json"
refuses 3 "no router 'x'" "${cost[@]}" --router-usd-per-million x=1
refuses 3 "no benchmark 'mmlu'" "${cost[@]}" --benchmark mmlu
refuses 2 "found '-1'" "${cost[@]}" --router-usd-per-million=-1
refuses 2 'needs --traffic' "${cost[@]}" --fixed-usd-per-month 1
refuses 2 '0 or more' "${cost[@]}" --traffic -1
refuses 2 'judge-tokens' "${cost[@]}" --judge embed
refuses 2 'judge-share' "${cost[@]}" --judge embed --judge-tokens 1,1 --judge-share 2
refuses 2 '--prices is needed' cost "$work/results.json"
refuses 0 'example:' cost --help

# results that do not fit together
sed 's/"places": \[[0-9]*, /"places": [/' "$work/results.json" >"$work/short.json"
refuses 3 "field 'places'" cost "$work/short.json" --prices "$work/prices.json"
sed 's/"strong_turns": 1/"strong_turns": -1/' "$work/results.json" >"$work/low.json"
refuses 3 "field 'strong_turns'" cost "$work/low.json" --prices "$work/prices.json"
sed 's/"per_item"/"old"/' "$work/results.json" >"$work/old.json"
refuses 3 "in 'per_item'" cost "$work/old.json" --prices "$work/prices.json"
sed 's/"per_item"/"old"/; s/"places"/"old_places"/' "$work/results.json" >"$work/old.json"
refuses 3 'do not hold their items' cost "$work/old.json" --prices "$work/prices.json"
