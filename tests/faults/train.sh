#!/usr/bin/env bash
# A training that is interrupted, or killed, at any moment goes on to the same bytes.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$SOURCE_DIR"
fail() { echo "$1"; exit 1; }
mf=(train mf --recordings golden/recordings --benchmark gsm8k --folds 3 --embedder ngrams:64
    --set dim=8 --set epochs=500 --set patience=500 --out)
"$ROUTEASSAY" "${mf[@]}" "$work/whole" >/dev/null
stop_at() { # SIGNAL OUT FOLD: ends a training when the fold has saved something; status in $status
    "$ROUTEASSAY" "${mf[@]}" "$2" --checkpoint-every 0 >/dev/null 2>"$work/err" &
    until [ -e "$2/fold-$3.safetensors.checkpoint" ] || ! kill -0 $! 2>/dev/null; do
        sleep 0.01
    done
    kill "-$1" $! 2>/dev/null || true
    status=0
    { wait $! || status=$?; } 2>/dev/null
}
for signal in INT KILL; do
    for fold in 0 2; do
        out=$work/$signal-$fold
        stop_at $signal "$out" $fold
        if [ $signal = INT ] && [ $status -ne 0 ]; then # 0: it was faster
            [ $status -eq 130 ] || fail "exit $status after SIGINT: $(cat "$work/err")"
            grep -q 'interrupted.*--resume' <(tr '\n' ' ' <"$work/err") ||
                fail "no word of how to go on: $(cat "$work/err")"
        fi
        "$ROUTEASSAY" "${mf[@]}" "$out" --resume >/dev/null
        diff -r "$work/whole" "$out" -x '.*' >/dev/null || fail "$signal at fold $fold: other bytes"
    done
done
# what was saved is of use to the same training alone, and damage is an error
stop_at KILL "$work/other" 0
saved=$work/other/fold-0.safetensors.checkpoint
if [ -e "$saved" ]; then
    cp "$saved" "$work/saved"
    "$ROUTEASSAY" "${mf[@]}" "$work/other" --resume --seed 2 >/dev/null 2>"$work/err"
    grep -q 'of another training' "$work/err" || fail "a checkpoint of another seed was used"
    head -c 500 "$work/saved" >"$saved"
    status=0
    "$ROUTEASSAY" "${mf[@]}" "$work/other" --resume >/dev/null 2>"$work/err" || status=$?
    [ $status -eq 3 ] || fail "exit $status for a checkpoint cut short: $(cat "$work/err")"
fi
