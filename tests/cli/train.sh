#!/usr/bin/env bash
# Training and scoring of every kind that learns: the same model for the same seed on any number of
# threads, no item measured by a model that saw it, and clear errors.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$SOURCE_DIR"
fail() { echo "$1"; exit 1; }
one=(--recordings golden/recordings --benchmark gsm8k)
refused() { # CODE PART COMMAND...
    local code=$1 part=$2 status=0
    shift 2
    "$ROUTEASSAY" "$@" >"$work/out" 2>"$work/err" || status=$?
    [ $status -eq "$code" ] && grep -q -- "$part" "$work/err" ||
        fail "exit $status for: $* $(cat "$work/err")"
}
for kind in linear knn kernel sw_ranking mf bert; do
    "$ROUTEASSAY" train $kind "${one[@]}" --folds 4 --threads 1 --out "$work/$kind" >/dev/null
    "$ROUTEASSAY" train $kind "${one[@]}" --folds 4 --out "$work/again" >/dev/null
    for fold in 0 1 2 3; do
        cmp "$work/$kind/fold-$fold.safetensors" "$work/again/fold-$fold.safetensors" ||
            fail "$kind: another model on other threads"
    done
    "$ROUTEASSAY" score "${one[@]}" --router $kind:"$work/$kind" --out "$work/scores" >/dev/null
    [ "$(wc -l <"$work/scores/gsm8k/$kind.csv")" -eq 33 ] || fail "$kind: not every item has a score"
    # one model of everything has seen the items, but not those of another benchmark
    "$ROUTEASSAY" train $kind "${one[@]}" --folds 1 --out "$work/$kind.safetensors" >/dev/null
    refused 3 'trained on the prompt' score "${one[@]}" --router $kind:"$work/$kind.safetensors" \
        --out "$work/scores"
    "$ROUTEASSAY" score --recordings golden/recordings --benchmark mmlu \
        --router $kind:"$work/$kind.safetensors" --out "$work/scores" >/dev/null
    refused 3 "of kind '$kind'" score "${one[@]}" --out "$work/scores" \
        --router "$([ $kind = knn ] && echo mf || echo knn):$work/$kind.safetensors"
    head -c 1000 "$work/$kind.safetensors" >"$work/cut"
    refused 3 'cut' score "${one[@]}" --router $kind:"$work/cut" --out "$work/scores"
done
# topics learned from the prompts alone, the same on any number of threads
for threads in 1 2; do
    OMP_NUM_THREADS=$threads "$ROUTEASSAY" train kernel "${one[@]}" --embedder lsa:8 --folds 2 \
        --out "$work/lsa-$threads" >/dev/null
done
cmp "$work/lsa-1/fold-1.safetensors" "$work/lsa-2/fold-1.safetensors" || fail "lsa: other topics"
"$ROUTEASSAY" score "${one[@]}" --router topics=kernel:"$work/lsa-1" --out "$work/scores" >/dev/null
[ "$(wc -l <"$work/scores/gsm8k/topics.csv")" -eq 33 ] || fail "lsa: not every item has a score"
refused 2 "from 1 to 1024" train kernel "${one[@]}" --embedder lsa:0 --out "$work/m"
# several embedders as one
for bad in concat concat:lsa concat:lsa+ concat:lsa+nothing concat:concat:lsa+lsa:0; do
    refused 2 embedder train kernel "${one[@]}" --embedder $bad --out "$work/m"
done
"$ROUTEASSAY" train kernel "${one[@]}" --embedder concat:lsa:8+ngrams:64 --folds 2 --out "$work/both" \
    >/dev/null
"$ROUTEASSAY" score "${one[@]}" --router both=kernel:"$work/both" --out "$work/scores" >/dev/null
[ "$(wc -l <"$work/scores/gsm8k/both.csv")" -eq 33 ] || fail "concat: not every item has a score"
# a fold in the wrong place would score items that it saw
mv "$work/linear/fold-1.safetensors" "$work/linear/fold-2.safetensors"
refused 3 'fold-1' score "${one[@]}" --router linear:"$work/linear" --out "$work/scores"
cp "$work/linear/fold-2.safetensors" "$work/linear/fold-1.safetensors"
refused 3 'another split' score "${one[@]}" --router linear:"$work/linear" --out "$work/scores"

# battles in each of the formats
cat >"$work/battles.jsonl" <<'END2'
{"prompt": "Which planet is the largest one?", "model_a": "gpt4_x", "model_b": "org/small", "winner": "model_a"}
{"prompt": ["How do I boil an egg well?", "And two?"], "model_a": "small", "model_b": "gpt-4-x", "winner": "model_a"}
{"prompt": "Name three rivers of Europe.", "model_a": "gpt-4-x", "model_b": "small", "winner": "tie"}
END2
cat >"$work/arena.csv" <<'END2'
id,model_a,model_b,prompt,response_a,response_b,winner_model_a,winner_model_b,winner_tie
1,gpt-4-x,small,"[""Write a short poem about rain""]",a,b,1,0,0
2,small,gpt-4-x,"[""What is the capital of Peru?""]",a,b,1,0,0
END2
cat >"$work/annotations.json" <<'END2'
[{"instruction": "Explain how a lock works", "generator_1": "gpt4_x", "generator_2": "Small", "preference": 1.0},
 {"instruction": "Say hello in five languages", "generator_1": "gpt4_x", "generator_2": "Small", "preference": 2.0}]
END2
pair=(--strong gpt-4-x --weak small)
for kind in linear knn kernel sw_ranking mf bert; do
    for file in battles.jsonl arena.csv annotations.json; do
        "$ROUTEASSAY" train $kind --data "$work/$file" "${pair[@]}" --out "$work/m" >/dev/null ||
            fail "$kind on $file"
    done
    "$ROUTEASSAY" train $kind --data "$work/arena.csv=2" --data "$work/battles.jsonl" "${pair[@]}" \
        --out "$work/m" >/dev/null
    "$ROUTEASSAY" score "${one[@]}" --router $kind:"$work/m" --out "$work/scores" >/dev/null
done

# what cannot be learned from
head -1 "$work/battles.jsonl" >"$work/single.jsonl"
refused 3 'same outcome' train linear --data "$work/single.jsonl" "${pair[@]}" --out "$work/m"
refused 3 'same outcome' train knn --data "$work/single.jsonl" "${pair[@]}" --out "$work/m"
refused 3 'no battle of model' train mf --data "$work/battles.jsonl" --strong gpt-4-x --weak other \
    --out "$work/m"
sed 's/"tie"/"draw"/' "$work/battles.jsonl" >"$work/bad.jsonl"
refused 3 "winner 'draw' is not known" train mf --data "$work/bad.jsonl" "${pair[@]}" --out "$work/m"
refused 3 'labels asked for' train mf "${one[@]}" --labels 1000 --out "$work/m"
refused 2 'nothing to train on' train mf --out "$work/m"
refused 2 'nothing to learn' train length "${one[@]}" --out "$work/m"
refused 3 "setting 'k'" train knn "${one[@]}" --set k=0 --out "$work/m"
refused 3 'unknown field\|depth' train knn "${one[@]}" --set depth=3 --out "$work/m"
