#!/usr/bin/env bash
# Every kind of router on the golden set from the command line; routers/registry.c lists them.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$SOURCE_DIR"
fail() { echo "$1"; exit 1; }
cat >"$work/router.sh" <<'END'
while read -r line; do case $line in *gsm8k/7\"*) echo 0.9 ;; *) echo 0.1 ;; esac; done
END
one=(--recordings golden/recordings --benchmark gsm8k)
trained=(knn linear kernel mf sw_ranking)
for kind in "${trained[@]}"; do
    "$ROUTEASSAY" train "$kind" "${one[@]}" --folds 3 --out "$work/$kind" >/dev/null
done
specs=("${trained[@]/%/:$work/}")
for i in "${!specs[@]}"; do specs[i]+=${trained[i]}; done
specs+=(random length "scores:golden/scores/gsm8k/example.csv" "exec:bash $work/router.sh"
    "plugin:$PLUGIN_DIR/vowels.so" oracle always-strong always-weak)
# a kind that needs a server has a test of its own, tests/cli/KIND.sh
kinds=$(grep -oP '^ +X\(\K[a-z_]+' routers/registry.c |
    while read -r kind; do [ -e "tests/cli/$kind.sh" ] || echo "$kind"; done | wc -l)
[ "$kinds" -eq ${#specs[@]} ] || fail "$kinds kinds in the registry, ${#specs[@]} tested here"
arguments=()
for spec in "${specs[@]}"; do arguments+=(--router "$spec"); done
"$ROUTEASSAY" score "${one[@]}" "${arguments[@]}" --out "$work/scores" >"$work/paths"
[ "$(wc -l <"$work/paths")" -eq ${#specs[@]} ] || fail "$(cat "$work/paths")"
while read -r path; do
    [ "$(wc -l <"$path")" -eq 33 ] || fail "$path has not 32 scores"
    awk -F, 'NR > 1 && !($2 >= 0 && $2 <= 1) {exit 1}' "$path" || fail "$path"
done <"$work/paths"
grep -q '^gsm8k/7,0.9$' "$work/scores/gsm8k/exec.csv" || fail "the program's score is lost"
grep -qE '^gsm8k/0,0\.[0-9]+$' "$work/scores/gsm8k/vowels.csv" || fail "the plugin's score is lost"
"$ROUTEASSAY" measure "${one[@]}" "${arguments[@]}" --json >"$work/results.json"
[ "$(grep -c '"bound": true' "$work/results.json")" -eq 1 ] || fail "only the oracle knows the grades"

# a study passes configuration
cat >"$work/study.json" <<END
{"schema": "routeassay.study/1", "name": "s", "title": "t",
 "benchmarks": [{"name": "gsm8k", "recordings": "$SOURCE_DIR/golden/recordings"}],
 "routers": [{"name": "full", "router": "plugin:$PLUGIN_DIR/vowels.so"},
             {"name": "half", "router": "plugin:$PLUGIN_DIR/vowels.so", "config": {"scale": 0.5}}]}
END
"$ROUTEASSAY" run "$work/study.json" --out "$work/out" 2>/dev/null >&2
paste -d, "$work/out/scores/gsm8k/full.csv" "$work/out/scores/gsm8k/half.csv" |
    awk -F, 'NR > 1 && ($2 - 2 * $4)^2 > 1e-20 {exit 1}' || fail "the configuration had no effect"
