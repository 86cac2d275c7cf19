#!/usr/bin/env bash
# Encoders and classifiers from folders as the model hub keeps them: vectors made once and kept,
# published checkpoints as routers, training of the whole, and clear errors for what is damaged.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$SOURCE_DIR"
fail() { echo "$1"; exit 1; }
one=(--recordings golden/recordings --benchmark gsm8k)
model=tests/encoders/bert
refused() { # CODE PART COMMAND...
    local code=$1 part=$2 status=0
    shift 2
    "$ROUTEASSAY" "$@" >"$work/out" 2>"$work/err" || status=$?
    [ $status -eq "$code" ] && grep -q -- "$part" "$work/err" ||
        fail "exit $status for: $* $(cat "$work/err")"
}
score() { "$ROUTEASSAY" score "${one[@]}" "$@" --out "$work/scores" >/dev/null; }

# a published checkpoint is a router; three classes
score --router bert:$model
[ "$(wc -l <"$work/scores/gsm8k/bert.csv")" -eq 33 ] || fail 'not every item has a score'
cp "$work/scores/gsm8k/bert.csv" "$work/published.csv"

# the head alone, on the encoder's vectors: made once, kept, and made again where they are damaged
head=(train bert "${one[@]}" --folds 3 --embedder encoder:$model --cache "$work/cache")
"$ROUTEASSAY" "${head[@]}" --out "$work/head" >/dev/null
cache=$(echo "$work"/cache/*.vectors)
before=$(stat -c '%s %Y' "$cache")
"$ROUTEASSAY" "${head[@]}" --out "$work/again" >/dev/null
[ "$before" = "$(stat -c '%s %Y' "$cache")" ] || fail 'a second run made vectors again'
truncate -s -100 "$cache"
"$ROUTEASSAY" "${head[@]}" --out "$work/again" >/dev/null
[ "${before% *}" = "$(stat -c %s "$cache")" ] || fail 'a record cut short was not made again'
cmp "$work/head/fold-1.safetensors" "$work/again/fold-1.safetensors" || fail 'another model'
score --router bert:"$work/head" --cache "$work/cache"

# the whole: the same bytes on any number of threads; another model than it began with
full=(train bert "${one[@]}" --embedder encoder:$model --set tune=full)
"$ROUTEASSAY" "${full[@]}" --set steps=6 --threads 1 --folds 3 --out "$work/full" >/dev/null
"$ROUTEASSAY" "${full[@]}" --set steps=6 --threads 3 --folds 3 --out "$work/again" >/dev/null
cmp "$work/full/fold-2.safetensors" "$work/again/fold-2.safetensors" || fail 'other threads, other bytes'
score --router bert:"$work/full"
cmp -s "$work/scores/gsm8k/bert.csv" "$work/published.csv" && fail 'it learned nothing'
"$ROUTEASSAY" "${full[@]}" --set preset=paper --set steps=8 --set held_out=0.3 --set every=2 \
    --folds 1 --out "$work/one" >/dev/null
refused 3 'trained on the prompt' score "${one[@]}" --router bert:"$work/one" --out "$work/scores"
refused 2 'needs an encoder' train bert "${one[@]}" --set tune=full --out "$work/m"
cat >"$work/battles.jsonl" <<'END'
{"prompt": "What is the sum?", "model_a": "a", "model_b": "b", "winner": "model_a"}
END
refused 3 'nothing to learn' train bert --data "$work/battles.jsonl" --strong a --weak b \
    --embedder encoder:$model --set tune=full --out "$work/m"

# what is damaged
damage() { # NAME=VALUE of config.json
    rm -rf "$work/bad"
    cp -r $model "$work/bad"
    [ $# -eq 0 ] || sed -i "s|\"$1\": [^,]*|\"$1\": $2|" "$work/bad/config.json"
}
bad() { refused 3 "$1" score "${one[@]}" --router bert:"$work/bad" --out "$work/scores"; }
damage hidden_size 16
bad "'bert.embeddings.word_embeddings.weight': F32 (45, 16) expected, found F32 (45, 20)"
damage num_hidden_layers 3
bad "tensor 'bert.encoder.layer.2.attention.self.query.weight' is missing"
damage model_type '"t5"'
bad "'t5' is not supported"
damage hidden_act '"relu"'
bad "'relu' is not supported"
damage num_attention_heads 3
bad 'not a multiple'
damage vocab_size 44
bad '(44, 20) expected'
damage
rm "$work/bad/vocab.txt"
bad 'tokenizer.json'
damage
head -c 9000 $model/model.safetensors >"$work/bad/model.safetensors"
bad 'cut short\|past the end'
damage # a number that is none: the last tensor's last
size=$(stat -c %s $model/model.safetensors)
printf '\000\000\300\177' | dd of="$work/bad/model.safetensors" bs=1 seek=$((size - 4)) conv=notrunc status=none
bad 'not a finite number'
damage
echo more >>"$work/bad/vocab.txt"
bad '46 tokens'
damage
echo '[{"type": "sentence_transformers.models.Dense", "path": "2_Dense"}]' >"$work/bad/modules.json"
refused 3 'is not supported' train knn "${one[@]}" --embedder encoder:"$work/bad" --out "$work/m"
refused 3 'cannot open\|No such' train knn "${one[@]}" --embedder encoder:"$work/none" --out "$work/m"
refused 2 'needs a folder' train knn "${one[@]}" --embedder encoder --out "$work/m"
# a model whose encoder is another one now
damage layer_norm_eps 1e-6
"$ROUTEASSAY" "${full[@]}" --embedder encoder:"$work/bad" --set steps=2 --folds 1 --out "$work/m" >/dev/null
damage layer_norm_eps 1e-5
refused 3 'another version of the embedder' score "${one[@]}" --router bert:"$work/m" --out "$work/scores"
