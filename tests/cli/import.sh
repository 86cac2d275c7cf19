#!/usr/bin/env bash
# routeassay import: each format on small files of our own, and the public recordings where they are.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
fail() { echo "import.sh: $*"; exit 1; }
field() { # FILE ID TURN KEY: the value in the line of an item
    grep "\"id\":\"$2\",\"turn\":$3," "$1" | grep -oP "\"$4\":\K(\"[^\"]*\"|[^,}]*)" || true
}
is() { # WANTED FILE ID TURN KEY
    local found
    found=$(field "$2" "$3" "$4" "$5")
    [ "$found" = "$1" ] || fail "$2: $3 turn $4: $5 is $found, not $1"
}
warns() { grep -A1 "\"what\": \"$2\"" "$1/set.json" | grep -q "\"count\": $3" || fail "$1: no warning '$2': $3"; }
refuses() { # STATUS PATTERN ARGUMENT...
    local wanted=$1 pattern=$2 status=0
    shift 2
    "$ROUTEASSAY" import "$@" >out 2>err || status=$?
    [ $status -eq "$wanted" ] && grep -qE -- "$pattern" err || fail "exit $status: $(cat err)"
}

# --- FastChat
cat >question.jsonl <<'END'
{"question_id": 7, "category": "math", "turns": ["What is 2 + 2?", "And twice that?"]}
{"question_id": "8b", "category": "writing", "turns": ["Write a line.", "Shorten it."], "reference": ["own", "words"]}
END
mkdir reference_answer
echo '{"question_id": 7, "answer_id": "r", "model_id": "gpt-4", "choices": [{"index": 0, "turns": ["4", "8"]}], "tstamp": 1}' >reference_answer/gpt-4.jsonl
cat >big.jsonl <<'END'
{"question_id": 7, "answer_id": "a", "model_id": "big-v1", "choices": [{"index": 0, "turns": ["five", "ten"]}], "tstamp": 1}
{"question_id": 7, "answer_id": "b", "model_id": "big-v1", "choices": [{"index": 0, "turns": ["four", "$ERROR$"]}], "tstamp": 2}
{"question_id": "8b", "answer_id": "c", "model_id": "big-v2", "choices": [{"index": 0, "turns": ["A line."]}], "tstamp": 2}
END
judgment() { # QUESTION TURN TEXT SCORE
    echo "{\"question_id\": $1, \"model\": \"big\", \"judge\": [\"gpt-4\", \"single-v1\"], \"user_prompt\": \"p\", \"judgment\": \"$3\", \"score\": $4, \"turn\": $2, \"tstamp\": 1}"
}
{ judgment 7 1 '[[3]]' 3; judgment 7 1 '[[9]]' 9; judgment 7 2 'none' -1; judgment '"8b"' 1 '[[6]]' 6; } >single.jsonl
pair() { # QUESTION TURN FIRST SECOND
    echo "{\"question_id\": $1, \"model_1\": \"big\", \"model_2\": \"small\", \"g1_winner\": \"$3\", \"g2_winner\": \"$4\", \"judge\": [\"gpt-4\", \"pair-v2\"], \"g1_user_prompt\": \"p1\", \"g1_judgment\": \"[[A]]\", \"g2_user_prompt\": \"p2\", \"g2_judgment\": \"[[B]]\", \"turn\": $2, \"tstamp\": 1}"
}
{ pair 7 1 model_1 model_1; pair 7 2 model_1 model_2; pair '"8b"' 1 tie tie; pair '"8b"' 2 error model_2; } >pair.jsonl
"$ROUTEASSAY" import fastchat question.jsonl reference_answer/gpt-4.jsonl big=big.jsonl single.jsonl pair.jsonl \
    --benchmark mt-bench --out fc --name mine --license MIT >out
grep -q '^fc: mt-bench, 2 items, 0 excluded, 2 models from 5 files$' out || fail "$(cat out)"
grep -q '"reference":\["4","8"\]' fc/items.jsonl && grep -q '"reference":\["own","words"\]' fc/items.jsonl || fail references
is '"four"' fc/outputs/big.jsonl mt-bench/7 1 output
is null fc/outputs/big.jsonl mt-bench/7 2 output
is '"error"' fc/outputs/big.jsonl mt-bench/7 2 finish_reason
is '"big-v2"' fc/outputs/big.jsonl mt-bench/8b 1 served_model
is 9 fc/grades/big@recorded.jsonl mt-bench/7 1 score
is null fc/grades/big@recorded.jsonl mt-bench/7 2 score
is '"unparsed"' fc/grades/big@recorded.jsonl mt-bench/7 2 reason
is '"[[9]]"' fc/judgments/big@gpt-4.jsonl mt-bench/7 1 judgment
is 1 fc/grades/big@gpt-4-vs-small.jsonl mt-bench/7 1 score
is 0.5 fc/grades/big@gpt-4-vs-small.jsonl mt-bench/7 2 score
is 0.5 fc/grades/big@gpt-4-vs-small.jsonl mt-bench/8b 1 score
is null fc/grades/big@gpt-4-vs-small.jsonl mt-bench/8b 2 score
is '"p2"' fc/judgments/big@gpt-4-vs-small-2.jsonl mt-bench/7 1 prompt
warns fc "answers given again, the last counts" 1
warns fc "judgments given again, the last counts" 1
warns fc "answers with a turn missing" 1
grep -q '"license": "MIT"' fc/set.json && grep -q '"name": "mine"' fc/set.json || fail "name, licence"

# --- lm-eval
sample() { # DOC HASH FILTER SCORE OUTPUT
    echo "{\"doc_id\": $1, \"doc\": {}, \"target\": \"t$1\", \"arguments\": {\"gen_args_0\": {\"arg_0\": \"prompt $1\", \"arg_1\": {}}}, \"resps\": [[\"$5\"]], \"filtered_resps\": [\"x\"], \"filter\": \"$3\", \"metrics\": [\"exact_match\"], \"doc_hash\": $2, \"exact_match\": $4}"
}
{ sample 0 '"h0"' strict 1.0 a0; sample 0 '"h0"' flexible 0.0 a0; sample 1 '"h1"' strict 0.0 a1; sample 1 '"h1"' flexible 0.0 a1; sample 2 '"h2"' strict 1.0 a2; } >s.jsonl
{ sample 5 '"h1"' strict 1.0 b1; sample 4 '"h0"' strict 0.0 b0; } >w.jsonl
"$ROUTEASSAY" import lm-eval s=s.jsonl w=w.jsonl --benchmark gsm8k --out lm >out
is 1 lm/grades/w@recorded.jsonl gsm8k/1 1 score
is 0 lm/grades/w@recorded.jsonl gsm8k/0 1 score
is '"b0"' lm/outputs/w.jsonl gsm8k/0 1 output
is 1 lm/grades/s@recorded.jsonl gsm8k/2 1 score
grep -q '"id":"gsm8k/0","category":null,"turns":\["prompt 0"\],"reference":\["t0"\]' lm/items.jsonl || fail items
warns lm "lines of other filters left out" 2
warns lm "items that 'w' has not" 1
"$ROUTEASSAY" import lm-eval s=s.jsonl --benchmark gsm8k --out lm --filter flexible >out
is 0 lm/grades/s@recorded.jsonl gsm8k/0 1 score # and the old set is gone
[ ! -e lm/grades/w@recorded.jsonl ] || fail "the old set was not replaced"
{ sample 0 null none 1.0 a; sample 1 null none 0.0 b; } >n.jsonl
"$ROUTEASSAY" import lm-eval a=n.jsonl b=n.jsonl --benchmark mmlu --out lm2 >out
warns lm2 "lines without doc_hash, joined on doc_id" 4
sample 0 '"h0"' none 1.0 x | sed 's/"resps": .*"filtered_resps"/"resps": [[["-1.5", "True"]], [["-2.5", "False"]]], "filtered_resps"/' >ll.jsonl
"$ROUTEASSAY" import lm-eval a=ll.jsonl --benchmark mmlu --out lm3 >out
[ ! -e lm3/outputs ] || fail "log-likelihoods became outputs"
refuses 2 'whose samples' lm-eval s.jsonl --benchmark gsm8k --out x

# --- CSV and JSONL
printf '\xef\xbb\xbfq,kind,right,a,b,a_ok,b_ok\r\n"Two,\r\nlines",k1,1,x,,true,0.5\r\nmore,,,y,z,FALSE,\r\n' >t.csv
"$ROUTEASSAY" import csv t.csv --benchmark gsm8k --prompt q --category kind --reference right \
    --outputs A=a,B=b --labels A=a_ok,B=b_ok --out csv --json >out
grep -q '"items": 2' out || fail "$(cat out)"
grep -q '"turns":\["Two,\\r\\nlines"\],"reference":\["1"\]' csv/items.jsonl || fail "$(cat csv/items.jsonl)"
is 1 csv/grades/A@recorded.jsonl gsm8k/0 1 score
is 0 csv/grades/A@recorded.jsonl gsm8k/1 1 score
is 0.5 csv/grades/B@recorded.jsonl gsm8k/0 1 score
is '"not graded"' csv/grades/B@recorded.jsonl gsm8k/1 1 reason
is null csv/outputs/B.jsonl gsm8k/0 1 output
cat >t.jsonl <<'END'
{"key": "one", "ask": {"text": "first"}, "ok": {"m": true}, "excluded": null}
{"key": "two", "ask": {"text": ["turn 1", "turn 2"]}, "ok": {"m": 3}, "excluded": "by hand"}
END
"$ROUTEASSAY" import jsonl t.jsonl --benchmark other --id key --prompt ask.text --labels m=ok.m --out jl >out
grep -q '"id":"two","category":null,"turns":\["turn 1","turn 2"\],"reference":null,"excluded":"by hand"' jl/items.jsonl || fail "$(cat jl/items.jsonl)"
is 3 jl/grades/m@recorded.jsonl two 1 score

# --- the target
refuses 2 'a format and at least one input' csv
refuses 2 "unknown format 'xls'" xls t.csv --benchmark gsm8k --out x
refuses 2 '--out is needed' csv t.csv --benchmark gsm8k
refuses 2 '--benchmark is needed' csv t.csv --out x
refuses 2 'no models' csv t.csv --benchmark gsm8k --prompt q --out x
mkdir full && touch full/file
refuses 3 'full: is a folder, but no recording set' csv t.csv --benchmark gsm8k --prompt q --labels A=a_ok --out full
before=$(cat csv/set.json)
refuses 3 "field 'a': True, False or a number" csv t.csv --benchmark gsm8k --prompt q --labels A=a --out csv
[ "$(cat csv/set.json)" = "$before" ] || fail "a failed import touched the set"
[ -z "$(find . -name '.*.import')" ] || fail "litter: $(find . -name '.*.import')"
mkdir .csv.import && touch .csv.import/rest # what a killed import leaves
"$ROUTEASSAY" import csv t.csv --benchmark gsm8k --prompt q --labels A=a_ok --out csv >out
[ ! -e .csv.import ] || fail "the rest of a killed import stays"

# --- the public recordings
[ -n "$MIRROR" ] || exit 0
repository=$(echo "$MIRROR"/lm-sys/RouteLLM/*)
"$ROUTEASSAY" import routellm "$repository" --out public >out
grep -q '^public/mmlu: mmlu, 14042 items, 5 excluded, 2 models from 58 files$' out || fail "$(cat out)"
grep -q '^public/gsm8k: gsm8k, 1319 items, 12 excluded, 2 models from 3 files$' out || fail "$(cat out)"
grep -q '^public/mt-bench: mt-bench, 80 items, 8 excluded, 4 models from 6 files$' out || fail "$(cat out)"
! grep -q warning out || fail "$(cat out)"
! grep -q '"url": null' public/*/set.json || fail "a source without its URL"
for pair in mmlu:0.680815:0.680915:0.805797:0.805870 gsm8k:0.638362:0.637337:0.856710:0.857689 mt-bench:8.340625:8.281250:9.228125:9.211806; do
    IFS=: read -r benchmark weak_all weak_kept strong_all strong_kept <<<"$pair"
    "$ROUTEASSAY" grade --recordings public --benchmark $benchmark --grader recorded >out
    grep -qE "Mixtral-8x7B-Instruct-v0.1 +$weak_all +$weak_kept " out && grep -qE "gpt-4-1106-preview +$strong_all +$strong_kept " out || fail "$(cat out)"
done
grep -qE 'martian +8.312500 .* 160 +0 ' out && grep -qE 'unify +8.757862 .* 159 +1 ' out || fail "$(cat out)"
[ "$(grep -c '"turn":1,.*"served_model":"gpt-4-turbo@openai"' public/mt-bench/outputs/unify.jsonl)" -eq 40 ] || fail "Unify's served models"
