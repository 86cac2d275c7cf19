#!/usr/bin/env bash
# A training that is interrupted, or killed, at any moment goes on to the same bytes.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$SOURCE_DIR"
fail() { echo "$1"; exit 1; }
gold=(--recordings golden/recordings --benchmark gsm8k)
mf=(train mf "${gold[@]}" --folds 3 --embedder ngrams:64 --set dim=8 --set epochs=500
    --set patience=500 --out)
bert=(train bert "${gold[@]}" --folds 3 --embedder encoder:tests/encoders/bert --set tune=full
    --set steps=150 --set held_out=0.3 --set every=20 --out)
stop_at() { # SIGNAL OUT FOLD COMMAND..: ends a training when the fold has saved something; status in $status
    "$ROUTEASSAY" "${@:4}" "$2" --checkpoint-every 0 >/dev/null 2>"$work/err" &
    until [ -e "$2/fold-$3.safetensors.checkpoint" ] || ! kill -0 $! 2>/dev/null; do
        sleep 0.01
    done
    kill "-$1" $! 2>/dev/null || true
    status=0
    { wait $! || status=$?; } 2>/dev/null
}
goes_on() { # KIND COMMAND..: stopped in the first and the last fold, by either signal
    local kind=$1 signal fold out stopped=0
    shift
    "$ROUTEASSAY" "$@" "$work/$kind" >/dev/null
    for signal in INT KILL; do
        for fold in 0 2; do
            out=$work/$kind-$signal-$fold
            stop_at $signal "$out" $fold "$@"
            [ $status -eq 0 ] || stopped=$((stopped + 1)) # 0: it was faster
            if [ $signal = INT ] && [ $status -ne 0 ]; then
                [ $status -eq 130 ] || fail "$kind: exit $status after SIGINT: $(cat "$work/err")"
                grep -q 'interrupted.*--resume' <(tr '\n' ' ' <"$work/err") ||
                    fail "no word of how to go on: $(cat "$work/err")"
            fi
            "$ROUTEASSAY" "$@" "$out" --resume >/dev/null
            diff -r "$work/$kind" "$out" -x '.*' >/dev/null ||
                fail "$kind, $signal at fold $fold: other bytes"
        done
    done
    echo "$kind: $stopped of 4 trainings were stopped in time"
}
goes_on mf "${mf[@]}"
goes_on bert "${bert[@]}"
# what was saved is of use to the same training alone, and damage is an error
stop_at KILL "$work/other" 0 "${mf[@]}"
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
