#!/usr/bin/env bash
# The routing log of a replay server as a router: a point, with what reached nobody counted.
# tests/cli/http.sh has a log that a server wrote.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$SOURCE_DIR"
fail() { echo "$1"; exit 1; }
golden=(--recordings golden/recordings --benchmark gsm8k --replicates 100)
line() { # N MODEL [FIELDS]
    printf '{"item":"gsm8k/%s","turn":1,"model":"%s"%s}\n' "$1" "$2" "${3:-}"
}
measure() { # OUT OPTIONS...
    local out=$1
    shift
    "$ROUTEASSAY" measure "${golden[@]}" --router x=routed:"$work/log" "$@" --out "$work/$out"
}
# 4 items to the strong model; one asked twice; what was not found, or a later turn, says nothing
{
    for n in $(seq 0 31); do
        [ $((n % 8)) -eq 3 ] && line "$n" example/large || line "$n" example/small
    done
    line 3 example/large
    echo '{"item":null,"turn":null,"asked":"strong","model":null,"found":"unknown"}'
    echo '{"item":"gsm8k/5","turn":2,"model":"example/large"}'
} >"$work/log"
measure whole --router length
grep -q '"unmapped": 0' "$work/whole" || fail "unmapped: $(grep unmapped "$work/whole")"
# with no other router it is a point alone, and the same one
measure alone
python3 - "$work" <<'P' || fail 'a point depends on the other routers'
import json, sys
point, alone = (json.load(open(f"{sys.argv[1]}/{n}"))["benchmarks"][0] for n in ("whole", "alone"))
assert alone["routers"] == [] and len(point["routers"]) == 1
(point,), (alone,) = point["points"], alone["points"]
assert len(point.pop("same")) == 1 and alone.pop("same") == []
assert point == alone and 3 / 29 <= point["strong_calls"] <= 4 / 29
P
measure strata --by-category --router length
# items of one text share a line; an item that reached nobody is left out and counted
grep -v '"gsm8k/[24]"' "$work/log" >"$work/rest"
{ cat "$work/rest"; line 2 example/small ',"also":["gsm8k/4"]'; } >"$work/log"
measure also --router length
cmp <(grep -vE 'sha256|requests"' "$work/whole") <(grep -vE 'sha256|requests"' "$work/also") ||
    fail 'items of one text'
cp "$work/rest" "$work/log"
measure rest --router length
grep -q '"unmapped": 2' "$work/rest" || fail "not counted: $(grep unmapped "$work/rest")"

refused() { # PART, the log on stdin
    local status=0
    cat >"$work/log"
    measure no 2>"$work/err" || status=$?
    [ $status -eq 3 ] && grep -q -- "$1" "$work/err" || fail "exit $status: $(cat "$work/err")"
}
{ line 3 example/small; line 3 example/large; } | refused "reached 'example/large', and 'example/small' before"
line 3 example/medium | refused "neither 'example/large' nor 'example/small'"
line 99 example/large | refused 'no measured item'
echo '{"item":"gsm8k/3","model":"example/large"}' | refused "'turn' missing"
echo '{"item":' | refused 'not valid JSON'
: | refused 'no measured item'
