#!/usr/bin/env bash
# Calls to a server that misbehaves (http_server.py): every call is answered once in the store, none
# is lost, refusals stop the run with the server's own words, and the key is nowhere.
set -euo pipefail
work=$(mktemp -d)
servers=()
trap 'kill "${servers[@]}" 2>/dev/null; rm -rf "$work"' EXIT
cd "$work"
export NO_PROXY=127.0.0.1,localhost no_proxy=127.0.0.1,localhost
unset OPENAI_BASE_URL OPENAI_API_KEY ROUTEASSAY_CALLS ROUTEASSAY_MODE SSL_CERT_FILE
export TEST_KEY=sk-/+=KEY0123456789abcdef
failed=0
bad() { echo "not as expected: $*"; head -c 600 err; failed=1; }

serve() { # LOG [CERTIFICATE]: sets port
    : >"$1.port"
    : >"$1"
    python3 "$SOURCE_DIR/tests/faults/http_server.py" "$@" >"$1.port" 2>>server.err &
    servers+=($!)
    for _ in $(seq 200); do [ -s "$1.port" ] && break; sleep 0.05; done
    port=$(cat "$1.port")
}
calls() { # COUNT MODE...: COUNT calls to each mode, as JSONL
    local count=$1 mode
    shift
    for mode; do
        for i in $(seq "$count"); do
            echo "{\"url\":\"$base/$mode/chat/completions\",\"body\":{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"$mode $i\"}],\"max_tokens\":5}}"
        done
    done
}
send() { # STORE OPTION...: makes the calls of list.jsonl; status in $status
    local store=$1
    shift
    status=0
    "$ROUTEASSAY" calls send list.jsonl --calls "$store" --key-env TEST_KEY "$@" >out 2>err || status=$?
}
rows() { "$ROUTEASSAY" calls list --calls "$1" | wc -l; }
once() { # every call that was answered well was asked for no more
    local twice
    twice=$(grep ^ok log | cut -d' ' -f3 | sort | uniq -d)
    [ -z "$twice" ] || bad "answered twice: $twice"
}

serve log
base=http://127.0.0.1:$port

# --- what passes: all faults in one run
modes="fine storm busy flaky reset cut short garbage page inside odd here"
expected=$(($(wc -w <<<"$modes") * 4))
calls 4 $modes | shuf --random-source=<(yes) >list.jsonl
send all.sqlite --concurrency 16
[ $status -eq 0 ] || bad "faults that pass: exit $status"
[ "$(rows all.sqlite)" -eq $expected ] || bad "faults that pass: $(rows all.sqlite) of $expected stored"
[ "$(grep -c '"status":200' out)" -eq $expected ] || bad "faults that pass: not all handed back"
for mode in $modes; do
    for i in 1 2 3 4; do
        [ "$(grep -c "content..: ..$mode $i " out)" -eq 1 ] || echo "no answer to '$mode $i'"
    done
done >unanswered
[ ! -s unanswered ] || bad "$(cat unanswered)"
once
grep -q "'m' was asked for, 'm-0613' answered ($expected calls)" err || bad "the served model is not reported"

# --- again: from the store, with the server not asked and the key not needed
before=$(wc -l <log)
send all.sqlite
[ $status -eq 0 ] && grep -q "calls: 0 asked, $expected from the store" err || bad "a second run: exit $status"
key=$TEST_KEY
unset TEST_KEY
send all.sqlite --mode replay
[ $status -eq 0 ] || bad "replay: exit $status"
send none.sqlite --mode replay
[ $status -eq 3 ] && [ ! -e none.sqlite ] || bad "replay without a store: exit $status"
calls 5 fine >list.jsonl
send all.sqlite --mode replay
[ $status -eq 3 ] && grep -q "no answer is stored for request [0-9a-f]*,.*fine/chat/completions" err || bad "absent in replay: exit $status"
send all.sqlite
[ $status -eq 2 ] && grep -q "'TEST_KEY' is not set" err || bad "no key: exit $status"
export TEST_KEY=$key
[ "$(wc -l <log)" -eq "$before" ] || bad "the server was asked again"

# --- a time limit
calls 2 drip >list.jsonl
send drip.sqlite --timeout 2
[ $status -eq 0 ] && [ "$(rows drip.sqlite)" -eq 2 ] || bad "drip: exit $status"

# --- given up: the others are answered
{ calls 1 huge; calls 3 fine; } >list.jsonl
send huge.sqlite
[ $status -eq 4 ] && [ "$(rows huge.sqlite)" -eq 3 ] && grep -q "longer than" err || bad "1 GB body: exit $status"
[ "$(grep -c '^ask huge' log)" -eq 1 ] || bad "1 GB body: asked again"

# --- refusals end the run early, in the server's own words
refused() { # MODE PATTERN
    : >log
    calls 40 "$1" >list.jsonl
    send "$1.sqlite" --concurrency 4
    [ $status -eq 4 ] || bad "$1: exit $status"
    grep -q -- "$2" err || bad "$1: does not say '$2'"
    [ "$(grep -c ^ask log)" -le 8 ] || bad "$1: $(grep -c ^ask log) requests"
    [ "$(rows "$1.sqlite")" -eq 0 ] || bad "$1: stored"
}
refused denied "the server answered 401: Incorrect API key: Bearer \[TEST_KEY\]"
refused wrong "the server answered 400: the context is too long"
refused quota "the server answered 429: pay first"
refused closed "asks to wait 86400 s"
refused away "redirects to 'http://localhost:$port/fine/chat/completions', which is not followed"
! grep -q '^ask fine' log || bad "the redirect was followed"

# --- nobody there
base=http://127.0.0.1:1 calls 5 fine >list.jsonl
send nobody.sqlite
[ $status -eq 4 ] && grep -q "is the server running" err || bad "nobody there: exit $status"

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

# --- certificates
if command -v openssl >/dev/null; then
    certificate() { # NAME DAYS HOST
        openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=test \
            -keyout "$1.key" -out "$1.csr" 2>/dev/null
        openssl x509 -req -in "$1.csr" -signkey "$1.key" -days "$2" -out "$1.crt" \
            -extfile <(echo "subjectAltName=$3") 2>/dev/null
        cat "$1.crt" "$1.key" >"$1.pem"
    }
    certificate good 2 IP:127.0.0.1; certificate expired -1 IP:127.0.0.1; certificate other 2 DNS:example.org
    for name in good expired other; do
        serve "log.$name" $name.pem
        base=https://127.0.0.1:$port
        calls 3 fine >list.jsonl
        send "tls-$name.sqlite"
        [ $status -eq 4 ] && grep -qi "certificate" err && [ "$(rows "tls-$name.sqlite")" -eq 0 ] || bad "untrusted $name: exit $status"
        calls 3 fine >list.jsonl
        send "tls-$name.sqlite" --ca-file $name.crt
        case $name in
            good) [ $status -eq 0 ] && [ "$(rows tls-good.sqlite)" -eq 3 ] || bad "trusted: exit $status" ;;
            *) [ $status -eq 4 ] && ! grep -q ask "log.$name" || bad "$name certificate: exit $status" ;;
        esac
    done
else
    echo "no openssl: certificates are not tested here"
fi

# --- an exported file vouches for itself
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
sed '5s/fine 1/fine 2/;5s/storm/strom/;5s/model/modle/' whole.jsonl >forged; cmp -s forged whole.jsonl && bad "nothing was forged"; forged "a line changed"
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

# --- the key is nowhere: stores, logs, exports, output
if grep -rl KEY0123456789 . | grep .; then bad "the key is in the files above"; fi
[ ! -s server.err ] || { cat server.err; bad "the server failed"; }
exit $failed
