#!/usr/bin/env bash
# A run of 500 calls that is killed at random moments and started again: no call whose answer is
# stored is asked for again, none is missing. KILLS=200 tests/faults/kill.sh is the long form.
set -euo pipefail
kills=${KILLS:-10}
work=$(mktemp -d)
server=
trap 'kill $server 2>/dev/null; rm -rf "$work"' EXIT
cd "$work"
export no_proxy=127.0.0.1 TEST_KEY=sk-KEY0123456789abcdef
unset ROUTEASSAY_CALLS ROUTEASSAY_MODE
: >log
python3 "$SOURCE_DIR/tests/faults/support/http_server.py" log >port & server=$!
for _ in $(seq 200); do [ -s port ] && break; sleep 0.05; done
base=http://127.0.0.1:$(cat port)
fail() { echo "$*"; exit 1; }
stored() { "$ROUTEASSAY" calls list --calls store --json | sed -n 's/.*"request": "\(.*\)",/\1-0/p' | sort; }
asked() { sed 's/.* //' <<<"$1" | sort -u; }
send() { exec "$ROUTEASSAY" calls send list --calls store --key-env TEST_KEY --concurrency 8 --quiet 2>err; }

killed=0 round=0 lost=0
while [ $killed -lt "$kills" ]; do
    round=$((round + 1))
    rm -f store*
    for i in $(seq 500); do
        echo "{\"url\":\"$base/slow/chat/completions\",\"body\":{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"$round $i\"}]}}"
    done >list
    before=$(wc -l <log)
    : >known
    while :; do
        offset=$(wc -l <log)
        (send) & run=$!
        sleep "$(awk -v s=$RANDOM 'BEGIN { print s / 32768 * 0.6 }')"
        kill -9 $run 2>/dev/null || true
        status=0
        wait $run 2>/dev/null || status=$?
        again=$(comm -12 known <(tail -n +$((offset + 1)) log | sed -n 's/^ask //p' | sed 's/.* //' | sort -u))
        [ -z "$again" ] || fail "asked again though stored: $again"
        if [ $status -eq 0 ]; then break; fi
        [ $status -eq 137 ] || fail "exit $status: $(cat err)"
        killed=$((killed + 1))
        if [ -e store ]; then
            stored >now || fail "the store cannot be read"
            [ -z "$(comm -23 known now)" ] || fail "a stored answer is gone"
            mv now known
        fi
    done
    stored >known
    [ "$(wc -l <known)" -eq 500 ] || fail "$(wc -l <known) of 500 answers are stored"
    "$ROUTEASSAY" calls verify --calls store >/dev/null || fail "the store is damaged"
    # answers that were on their way, or not yet on disk, when the process died
    tail -n +$((before + 1)) log | grep ^ok | sed 's/.* //' | sort >answered
    [ -z "$(comm -23 known answered)" ] || fail "an answer that was never given"
    lost=$((lost + $(wc -l <answered) - 500))
done
[ $lost -le $((8 * killed)) ] || fail "$lost answers lost in $killed kills, with 8 under way"
echo "$killed kills in $round runs of 500 calls; $lost answers under way were asked for again"
