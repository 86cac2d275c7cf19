#!/usr/bin/env bash
# Broken recording sets, score files, price files and studies: exit 3, one message that names the
# file, nothing else on stdout, and nothing half-written.
set -euo pipefail
work=$(mktemp -d)
trap 'chmod -R u+rwx "$work"; rm -rf "$work"' EXIT
golden=$SOURCE_DIR/golden
cases=0 failed=0

bad() { # CASE WHY: shows and counts
    echo "not as expected: $1: $2"
    sed 's/^/    /' "$work/err" | cut -c1-300 | head -8
    failed=$((failed + 1))
}
expect() { # CASE STATUS PATTERN COMMAND...: one message (a line, perhaps a hint) that matches
    local what=$1 wanted=$2 pattern=$3 status=0
    shift 3
    cases=$((cases + 1))
    "$@" >"$work/stdout" 2>"$work/err" || status=$?
    [ "$status" -eq "$wanted" ] || { bad "$what" "exit $status, not $wanted"; return; }
    [ -s "$work/stdout" ] && { bad "$what" "something on stdout"; return; }
    [ "$(wc -l <"$work/err")" -le 2 ] || { bad "$what" "more than one message"; return; }
    LC_ALL=C grep -qP '[^\x09\x0a\x20-\x7e\x80-\xff]' "$work/err" && { bad "$what" "control bytes"; return; }
    grep -qE "$pattern" "$work/err" || { bad "$what" "does not say '$pattern'"; return; }
    [ ! -e "$work/out.json" ] || bad "$what" "left a result"
}
fresh() { # a set of our own to break
    chmod -R u+rwx "$work/set" 2>/dev/null || true
    rm -rf "$work/set" "$work/out.json"
    cp -r "$golden/recordings/gsm8k" "$work/set"
    cp "$golden/scores/gsm8k/example.csv" "$work/scores.csv"
}
measure() {
    "$ROUTEASSAY" measure --recordings "$work/set" --benchmark gsm8k --strong example/large \
        --weak example/small --router "scores:$work/scores.csv" --out "$work/out.json" "$@"
}
deep() { python3 -c 'import sys; n = int(sys.argv[1]); sys.stdout.write("[" * n + "]" * n)' "$1"; }

# a sound set passes, also with CRLF and a BOM
fresh
measure --json >/dev/null
rm "$work/out.json"
sed -i 's/$/\r/; 1s/^/\xef\xbb\xbf/' "$work/scores.csv" "$work/set/items.jsonl"
measure --json >/dev/null

score_file() { # CASE PATTERN: the score file is on stdin
    fresh
    cat >"$work/scores.csv"
    expect "scores: $1" 3 "$2" measure
}
ids() { seq -f "gsm8k/%g" 0 31; }
score_file "empty" 'scores.csv: .*(empty|no header)' </dev/null
score_file "header alone" 'scores.csv: no scores' <<<'id,score'
score_file "no column score" "scores.csv:1: .*'score'" <<<$'id,value\ngsm8k/0,0.5'
score_file "not a number" "scores.csv:3: .*'score'.*'high'" <<<$'id,score\ngsm8k/0,0.5\ngsm8k/1,high'
score_file "NaN" "scores.csv:2: .*'score'.*'nan'" <<<$'id,score\ngsm8k/0,nan'
score_file "infinite" "scores.csv:2: .*'score'" <<<$'id,score\ngsm8k/0,inf'
score_file "above 1" "scores.csv:2: .*'1.5'" <<<$'id,score\ngsm8k/0,1.5'
score_file "below 0" "scores.csv:2: .*'-0.1'" <<<$'id,score\ngsm8k/0,-0.1'
score_file "an empty score" "scores.csv:2: .*'score'" <<<$'id,score\ngsm8k/0,'
score_file "an id twice" "scores.csv:3: .*'gsm8k/0' appears twice" <<<$'id,score\ngsm8k/0,0.5\ngsm8k/0,0.6'
score_file "an id missing" "no score for item 'gsm8k/31'" < <(echo id,score; ids | head -31 | sed 's/$/,0.5/')
score_file "an id too many" "scores.csv:34: .*no item 'gsm8k/99'" < <(echo id,score; (ids; echo gsm8k/99) | sed 's/$/,0.5/')
score_file "too few fields" 'scores.csv:3: ' <<<$'id,score\ngsm8k/0,0.5\ngsm8k/1'
score_file "too many fields" 'scores.csv:2: ' <<<$'id,score\ngsm8k/0,0.5,0.7'
score_file "unterminated quote" 'scores.csv' <<<$'id,score\n"gsm8k/0,0.5'
score_file "stray quote" 'scores.csv:2: ' <<<$'id,score\ngsm8k/0,0."5'
score_file "binary" 'scores.csv' < <(head -c 4096 "$ROUTEASSAY")
score_file "NUL" 'scores.csv:2: ' < <(printf 'id,score\ngsm8k/0,0.\0005\n')
score_file "invalid UTF-8" 'scores.csv:2: ' < <(printf 'id,score\ngsm8k/\xff,0.5\n')
score_file "UTF-16" 'scores.csv' < <(printf '\xff\xfei\0d\0,\0s\0')
score_file "a line of 10 MB" "scores.csv:2: .*" < <(echo id,score; head -c 10000000 /dev/zero | tr '\0' x; echo ,0.5)
score_file "a column twice" 'scores.csv' <<<$'id,score,score\ngsm8k/0,0.5,0.5'
fresh; rm "$work/scores.csv"; expect "scores: absent" 3 'scores.csv: cannot' measure
fresh; rm "$work/scores.csv"; mkdir "$work/scores.csv"; expect "scores: a folder" 3 'scores.csv' measure
rmdir "$work/scores.csv"

items() { # CASE PATTERN SED-SCRIPT
    fresh
    sed -i "$3" "$work/set/items.jsonl"
    expect "items: $1" 3 "$2" measure
}
items "no id" "items.jsonl:2: .*'id'" '2s/"id"/"ib"/'
items "an id twice" "items.jsonl:3: .*'gsm8k/1' appears twice" '3s,gsm8k/2,gsm8k/1,'
items "id of a wrong type" "items.jsonl:2: .*'id'" '2s/"gsm8k.1"/17/'
items "no turns" 'items.jsonl:1: .*turns' '1s/"turns": \[[^]]*\]/"turns": []/'
items "turns of a wrong type" "items.jsonl:1: .*'turns'" '1s/"turns": \[[^]]*\]/"turns": "one"/'
items "a cut line" 'items.jsonl:4: ' '4s/.......$//'
items "not JSON" 'items.jsonl:4: ' '4s/.*/hello/'
items "a field twice" 'items.jsonl:1: ' '1s/{/{"id": "other", /'
items "a control character" 'items.jsonl:1: ' '1s/beekeeper/bee\x01keeper/'
items "invalid UTF-8" 'items.jsonl:1: ' '1s/beekeeper/bee\xc0keeper/'
items "no items" 'items.jsonl' d
items "an array for an object" 'items.jsonl:2: ' '2s/.*/[1,2]/'
items "every item excluded" 'no item is graded' 's/"excluded": null/"excluded": "test"/'
fresh; deep 1000000 >>"$work/set/items.jsonl"; expect "items: nested a million deep" 3 'items.jsonl:33: .*(deep|nest)' measure
fresh; truncate -s 1000 "$work/set/items.jsonl"; expect "items: cut off" 3 'items.jsonl:' measure
fresh; rm "$work/set/items.jsonl"; expect "items: absent" 3 'items.jsonl: cannot' measure

set_file() { # CASE PATTERN SED-SCRIPT
    fresh
    sed -i "$3" "$work/set/set.json"
    expect "set.json: $1" 3 "$2" measure
}
set_file "another schema" "set.json.*'schema'" 's,set/1,set/9,'
set_file "another benchmark" "no recording set of benchmark 'gsm8k'" 's/"gsm8k"/"mmlu"/'
set_file "a model less" "no model 'example/large'" 's/"example.large"/"other"/'
set_file "text after the end" 'set.json' '$s/$/ {}/'
fresh; : >"$work/set/set.json"; expect "set.json: empty" 3 'set.json' measure
fresh; deep 1000000 >"$work/set/set.json"; expect "set.json: nested a million deep" 3 'set.json:1: .*(deep|nest)' measure
fresh; rm -r "$work/set"; expect "no set at all" 3 'no recording set' measure

output() { # CASE PATTERN SED-SCRIPT
    fresh
    sed -i "$3" "$work/set/outputs/example__large.jsonl"
    expect "outputs: $1" 3 "$2" measure
}
output "of an unknown item" "example__large.jsonl:5: .*'gsm8k/77'" '5s,gsm8k/4",gsm8k/77",'
output "an item twice" 'example__large.jsonl:5: .*twice' '5s,gsm8k/4",gsm8k/3",'
output "an unknown turn" "example__large.jsonl:5: .*turn" '5s/"turn": 1/"turn": 2/'
output "tokens as text" "example__large.jsonl:5: .*'prompt_tokens'" '5s/"prompt_tokens": [0-9null]*/"prompt_tokens": "many"/'
fresh; rm "$work/set/outputs/example__large.jsonl"; expect "outputs: absent" 3 'example__large' measure --grader numeric
recorded() { measure --grader recorded; }
fresh; sed -i '3s/"score": [0-9.]*/"score": 1e999/' "$work/set/grades/example__large@recorded.jsonl"
expect "grades: infinite" 3 'example__large@recorded.jsonl:3: ' recorded
fresh; sed -i '3s/"score": [0-9.]*/"score": true/' "$work/set/grades/example__large@recorded.jsonl"
expect "grades: a boolean" 3 "example__large@recorded.jsonl:3: .*'score'" recorded
fresh; sed -i 's/"score": [0-9.]*/"score": 0/' "$work/set/grades/example__large@recorded.jsonl"
expect "grades: no gap" 3 'no gap to recover' recorded

prices() { measure --prices "$work/prices.json"; }
fresh; cp "$golden/prices.json" "$work/prices.json"; expect "prices: unknown model" 3 "prices.json: no price for model 'example/large'" prices
sed 's/"input": 10,/"input": -1,/' "$golden/prices-example.json" >"$work/prices.json"
expect "prices: below 0" 3 'prices.json: .*below 0' prices
echo '{"schema": "routeassay.prices/1"}' >"$work/prices.json"; expect "prices: cut" 3 "prices.json:1: .*'as_of'" prices

study() { # CASE PATTERN: the study is on stdin
    rm -rf "$work/run"
    cat >"$work/study.json"
    expect "study: $1" 3 "$2" "$ROUTEASSAY" run "$work/study.json" --out "$work/run"
    [ ! -e "$work/run/results.json" ] || bad "study: $1" "left a result"
}
study "empty" 'study.json' </dev/null
study "a misspelt field" "study.json.*'benchmark'" <<<'{"schema":"routeassay.study/1","name":"a","title":"b","benchmark":[],"routers":[]}'
study "no routers" 'study.json: at least one' <<<'{"schema":"routeassay.study/1","name":"a","title":"b","benchmarks":[],"routers":[]}'
study "recordings absent" 'nowhere: no recording set' <<<'{"schema":"routeassay.study/1","name":"a","title":"b","benchmarks":[{"name":"mmlu","recordings":"nowhere"}],"routers":[{"name":"r","router":"random"}]}'
study "a router that leaves the folder" "router name" <<<'{"schema":"routeassay.study/1","name":"a","title":"b","benchmarks":[{"name":"mmlu","recordings":"x"}],"routers":[{"name":"../r","router":"random"}]}'

# what the machine refuses; root may read everything, so ask as nobody
if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null; then
    chmod 755 "$work"
    fresh; chmod 000 "$work/scores.csv"
    nobody() {
        setpriv --reuid=65534 --clear-groups "$ROUTEASSAY" measure --recordings "$work/set" \
            --benchmark gsm8k --router "scores:$work/scores.csv"
    }
    if setpriv --reuid=65534 --clear-groups test -x "$ROUTEASSAY"; then
        expect "scores: permission denied" 3 'scores.csv: cannot .*[Pp]ermission' nobody
    fi
fi
full() { measure --json >/dev/full; }
fresh
if [ -w /dev/full ]; then
    status=0
    "$ROUTEASSAY" measure --recordings "$work/set" --benchmark gsm8k --router length --json \
        >/dev/full 2>"$work/err" || status=$?
    cases=$((cases + 1))
    [ $status -eq 3 ] && grep -q 'standard output: cannot write: No space' "$work/err" || bad "stdout on a full disk" "exit $status"
fi
limited() { (ulimit -f 1; trap '' XFSZ; measure); }
fresh; expect "results too large for the disk" 3 'out.json: cannot write' limited
[ -z "$(find "$work" -maxdepth 1 -name '.*' -type f)" ] || bad "full disk" "left a temporary"

echo "$cases broken inputs, $failed not as expected"
[ "$cases" -ge 40 ] && [ "$failed" -eq 0 ]
