#!/usr/bin/env bash
# The call store: budgets, repetitions, one process at a time, full disks, and exports that vouch for
# themselves.
set -euo pipefail
. "$SOURCE_DIR/tests/faults/support/calls.sh"

serve log
base=http://127.0.0.1:$port

# --- money
: >log
calls 100 fine >list.jsonl
send money.sqlite --price 1000000/1000000 --budget 1000 --dry-run
grep -q "100 calls to ask, 0 stored; about [0-9]* tokens in, 500 out, \\$" out || bad "dry run"
[ ! -s log ] && [ ! -e money.sqlite ] || bad "a dry run asked or stored"
calls 100 fine >list.jsonl
send money.sqlite --budget 5
[ $status -eq 2 ] && grep -q "needs the price" err || bad "a budget without a price: exit $status"
calls 100 fine >list.jsonl
send money.sqlite --price 1000000/1000000 --budget 500 --concurrency 4
[ $status -eq 1 ] && grep -q "budget of .500 is reached" err || bad "budget: exit $status"
# 15 tokens, so 15 dollars each, and about 40 as estimated
first=$(rows money.sqlite)
[ "$first" -ge 25 ] && [ "$first" -le 33 ] || bad "budget of 500: $first calls of 15"
calls 100 fine >list.jsonl
send money.sqlite --price 1000000/1000000 --budget 500 --concurrency 4
[ "$(rows money.sqlite)" -gt "$first" ] || bad "the budget did not resume"
calls 100 fine >list.jsonl
send money.sqlite
[ $status -eq 0 ] && [ "$(rows money.sqlite)" -eq 100 ] || bad "the rest: exit $status"
once

# --- repetitions, refresh, another process
: >log
for r in 0 1 2; do calls 2 fine | sed "s/^{/{\"repetition\":$r,/"; done >list.jsonl
send repeat.sqlite
[ $status -eq 0 ] && [ "$(rows repeat.sqlite)" -eq 6 ] || bad "repetitions: exit $status"
calls 2 fine >list.jsonl
send repeat.sqlite --mode refresh
[ $status -eq 0 ] && [ "$(rows repeat.sqlite)" -eq 6 ] && [ "$(grep -c ^ok log)" -eq 8 ] || bad "refresh: exit $status"
calls 300 slow >list.jsonl
"$ROUTEASSAY" calls send list.jsonl --calls busy.sqlite --concurrency 2 --key-env TEST_KEY --quiet 2>/dev/null & first=$!
for _ in $(seq 100); do grep -q "ask slow" log && break; sleep 0.05; done
calls 1 fine >list.jsonl
send busy.sqlite
[ $status -eq 3 ] && grep -q "another process" err || bad "two processes: exit $status"
kill -9 $first; wait $first 2>/dev/null || true
calls 1 fine >list.jsonl
send busy.sqlite
[ $status -eq 0 ] || bad "after a killed process: exit $status"

# --- a full disk
mkdir -m 700 small
trap 'umount small 2>/dev/null || true; clean_up' EXIT
if mount -t tmpfs -o size=256k tmpfs small 2>/dev/null; then
    : >log
    calls 300 slow >list.jsonl
    send small/full.sqlite --concurrency 8
    [ $status -eq 3 ] && grep -q "small/full.sqlite: .*full.*" err && grep -q "make room" err || bad "full disk: exit $status"
    cp small/full.sqlite* .
    umount small
    "$ROUTEASSAY" calls verify --calls full.sqlite >out 2>err || bad "full disk: the store is damaged"
    stored=$(rows full.sqlite)
    [ "$stored" -gt 0 ] && [ "$(sort -u <(grep ^ok log) | wc -l)" -ge "$stored" ] || bad "full disk: $stored stored"
    "$ROUTEASSAY" calls send list.jsonl --calls full.sqlite --key-env TEST_KEY --quiet 2>err || bad "full disk: does not go on"
    [ "$(rows full.sqlite)" -eq 300 ] || bad "full disk: $(rows full.sqlite) of 300"
else
    echo "no tmpfs can be mounted: the full disk is a file-size limit"
fi
calls 300 slow >list.jsonl
status=0
(ulimit -f 64; trap '' XFSZ; "$ROUTEASSAY" calls send list.jsonl --calls limit.sqlite --key-env TEST_KEY --quiet 2>err) || status=$?
[ $status -eq 3 ] && grep -q "make room" err || bad "file-size limit: exit $status"
"$ROUTEASSAY" calls verify --calls limit.sqlite >out 2>err || bad "file-size limit: the store is damaged"
"$ROUTEASSAY" calls send list.jsonl --calls limit.sqlite --key-env TEST_KEY --quiet 2>err || bad "file-size limit: does not go on"
[ "$(rows limit.sqlite)" -eq 300 ] || bad "file-size limit: $(rows limit.sqlite) of 300"

# --- an exported file vouches for itself
expected=40
calls $expected fine >list.jsonl
send all.sqlite
[ $status -eq 0 ] || bad "calls to export: exit $status"
"$ROUTEASSAY" calls export whole.jsonl --calls all.sqlite >out
head=$(sed 's/.*head //' out)
"$ROUTEASSAY" calls verify whole.jsonl --head "$head" >/dev/null || bad "verify of what was exported"
forged() { # WHAT: verify must refuse "forged"
    status=0
    "$ROUTEASSAY" calls verify forged --head "$head" >out 2>err || status=$?
    [ $status -eq 1 ] || bad "verify of a file with $1: exit $status"
    rm -f forged.sqlite
    status=0
    "$ROUTEASSAY" calls import forged --calls forged.sqlite >out 2>err || status=$?
    [ $status -ne 0 ] && [ "$(rows forged.sqlite)" -eq 0 ] || bad "import of a file with $1: exit $status"
}
sed '5s/fine/fame/' whole.jsonl >forged; cmp -s forged whole.jsonl && bad "nothing was forged"; forged "a line changed"
sed '7d' whole.jsonl >forged; forged "a line less"
sed '7{h;d};8G' whole.jsonl >forged; forged "two lines exchanged"
sed '7p' whole.jsonl >forged; forged "a line twice"
sed '$d' whole.jsonl >forged; forged "no end"
sed 's/"completion_tokens":5,/"completion_tokens":6,/' whole.jsonl >forged; forged "other numbers"
"$ROUTEASSAY" calls import whole.jsonl --calls copy.sqlite >/dev/null
"$ROUTEASSAY" calls import whole.jsonl --calls copy.sqlite | grep -q ", 0 of them new" || bad "a second import"
"$ROUTEASSAY" calls export copy.jsonl --calls copy.sqlite >/dev/null
cmp whole.jsonl copy.jsonl || bad "export, import, export: other bytes"
"$ROUTEASSAY" calls stats --calls copy.sqlite --json | grep -q '"cached_tokens": '$((expected * 4)) || bad "cached tokens"

finish
