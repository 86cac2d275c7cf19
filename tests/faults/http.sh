#!/usr/bin/env bash
# Calls to a server that misbehaves (support/http_server.py): every call is answered once in the
# store, none is lost, refusals stop the run with the server's own words, and the key is nowhere.
set -euo pipefail
. "$SOURCE_DIR/tests/faults/support/calls.sh"

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

finish
