#!/usr/bin/env bash
# Broken files to import: exit 3 (2 for wrong usage), one message that names file and line or field,
# no set and nothing half-written.
set -euo pipefail
work=$(mktemp -d)
trap 'chmod -R u+rwx "$work"; rm -rf "$work"' EXIT
cd "$work"
cases=0 failed=0
bad() { echo "not as expected: $1: $2"; sed 's/^/    /' err | cut -c1-300 | head -8; failed=$((failed + 1)); }
expect() { # CASE PATTERN COMMAND...
    local what=$1 pattern=$2 status=0
    shift 2
    cases=$((cases + 1))
    "$@" >stdout 2>err || status=$?
    [ "$status" -eq 3 ] || { bad "$what" "exit $status, not 3"; return; }
    [ "$(wc -l <err)" -le 2 ] || { bad "$what" "more than one message"; return; }
    grep -qE -- "$pattern" err || { bad "$what" "does not say '$pattern'"; return; }
    [ ! -e out ] && [ -z "$(find . -name '.*.import')" ] || bad "$what" "left something"
}
deep() { python3 -c 'import sys; n = int(sys.argv[1]); sys.stdout.write("[" * n + "]" * n)' "$1"; }

# --- a small repository in RouteLLM's shape
fresh() {
    rm -rf repo out
    mkdir -p repo/routellm/evals/{mmlu/responses,gsm8k,mt_bench}
    local evals=repo/routellm/evals
    printf 'prompt,weak/w,strong\n"Q, one",True,False\nQ two,False,True\n' >$evals/mmlu/responses/mmlu_law.csv
    printf 'prompt,weak/w,strong,weak/w_response,strong_response\nG one,True,False,it is 1,it is 2\nG two,False,True,3,4\n' >$evals/gsm8k/gsm8k_responses.csv
    printf '{"question": "G one", "answer": "#### 1"}\n{"question": "G two", "answer": "#### 4"}\n' >$evals/gsm8k/test.jsonl
    printf '{"question_id": 1, "category": "c", "turns": ["t1", "t2"]}\n' >$evals/mt_bench/question.jsonl
    for turn in 1 2; do
        printf '{"question_id": 1, "model": "strong", "judge": ["j", "t"], "user_prompt": "p", "judgment": "[[9]]", "score": 9, "turn": %s}\n' $turn
    done >$evals/mt_bench/judgements.jsonl
    for b in mmlu gsm8k mt_bench; do echo '{"train_prompt": "x", "eval_prompt": "G one"}' >$evals/$b/contaminated_prompts.jsonl; done
}
import() { "$ROUTEASSAY" import routellm repo --benchmark "$1" --out out; }
fresh
for b in mmlu gsm8k mt-bench; do import $b >/dev/null; rm -r out; done

routellm() { # CASE BENCHMARK PATTERN FILE SED-SCRIPT
    fresh
    sed -i "$5" "repo/routellm/evals/$4"
    expect "routellm: $1" "$3" import "$2"
}
law=mmlu/responses/mmlu_law.csv answers=gsm8k/gsm8k_responses.csv
routellm "a wrong boolean" mmlu "mmlu_law.csv:3: field 'strong': True or False expected, found 'yes'" $law 's/False,True/False,yes/'
routellm "a column too many" mmlu 'mmlu_law.csv:1: header' $law 's/$/,x/'
routellm "a row cut short" mmlu 'mmlu_law.csv:3: ' $law '3s/,True//'
routellm "no prompt column" mmlu 'mmlu_law.csv:1: header' $law '1s/prompt/question/'
routellm "no rows" mmlu 'no items' $law 2,3d
routellm "empty file" mmlu 'mmlu_law.csv: empty' $law d
routellm "responses without a model" gsm8k "gsm8k_responses.csv.*'strong_response'" $answers '1s/strong_response/other/'
routellm "questions out of order" gsm8k "test.jsonl:1: field 'question'.*row 0" gsm8k/test.jsonl '1{h;d};2G'
routellm "a question less" gsm8k 'test.jsonl: 1 questions, 2 responses' gsm8k/test.jsonl 2d
routellm "an answer of a wrong type" gsm8k "test.jsonl:2: .*'answer'" gsm8k/test.jsonl '2s/"#### 4"/4/'
routellm "a list without its field" gsm8k "contaminated_prompts.jsonl:1: .*'eval_prompt'" gsm8k/contaminated_prompts.jsonl 's/eval_prompt/prompt/'
routellm "judgment of no question" mt-bench "judgements.jsonl:2: .*no question 'mt-bench/9'" mt_bench/judgements.jsonl '2s/"question_id": 1/"question_id": 9/'
routellm "judgment of turn 3" mt-bench "judgements.jsonl:2: field 'turn'" mt_bench/judgements.jsonl '2s/"turn": 2/"turn": 3/'
routellm "a score as text" mt-bench "judgements.jsonl:1: .*'score'" mt_bench/judgements.jsonl '1s/"score": 9/"score": "9"/'
routellm "a judge that is no list" mt-bench "judgements.jsonl:1: .*'judge'" mt_bench/judgements.jsonl '1s/\["j", "t"\]/"j"/'
routellm "a second judge" mt-bench "both rate 'strong'" mt_bench/judgements.jsonl '2s/"j"/"k"/'
routellm "a question twice" mt-bench "question.jsonl:2: .*appears twice" mt_bench/question.jsonl p
routellm "a question without turns" mt-bench "question.jsonl:1: .*turns" mt_bench/question.jsonl 's/\["t1", "t2"\]/[]/'
routellm "a cut line" mt-bench 'judgements.jsonl:2: ' mt_bench/judgements.jsonl '2s/.....$//'
routellm "invalid UTF-8" gsm8k 'gsm8k_responses.csv:2: ' $answers '2s/G one/G \xff/'
fresh; rm repo/routellm/evals/$answers; expect "routellm: a file absent" 'gsm8k_responses.csv: cannot open' import gsm8k
fresh; rm -r repo; expect "routellm: no folder" 'repo/.*: cannot' import mmlu
fresh; deep 1000000 >>repo/routellm/evals/gsm8k/test.jsonl; expect "routellm: nested a million deep" 'test.jsonl:3: .*(deep|nest)' import gsm8k
fresh; rm repo/routellm/evals/$law; mkdir repo/routellm/evals/$law; expect "routellm: a folder for a file" 'mmlu_law.csv: is a folder' import mmlu
fresh; head -c 3000 "$ROUTEASSAY" >repo/routellm/evals/$law; expect "routellm: binary" 'mmlu_law.csv' import mmlu

# --- the other formats
other() { # CASE PATTERN FORMAT ARGUMENT... with the input on stdin as "file"
    local what=$1 pattern=$2
    shift 2
    rm -rf out
    cat >file
    expect "$*: $what" "$pattern" "$ROUTEASSAY" import "$@" --benchmark gsm8k --out out
}
q='{"question_id": 1, "turns": ["a"]}'
other "empty" 'file: empty' fastchat file </dev/null
other "not FastChat's" "file:1: no file of FastChat" fastchat file <<<'{"a": 1}'
echo "$q" >questions
other "an answer without choices" "file:2: .*'choices'" fastchat questions file <<<$'{"question_id": 1, "model_id": "m", "choices": [{"turns": ["x"]}]}\n{"question_id": 1, "model_id": "m"}'
other "choices that are empty" "file:1: .*'choices'" fastchat questions file <<<'{"question_id": 1, "model_id": "m", "choices": []}'
other "an answer too many" "file:1: .*2 answers to the 1 turns" fastchat questions file <<<'{"question_id": 1, "model_id": "m", "choices": [{"turns": ["x", "y"]}]}'
other "a pair without a judgment" "file:1: .*'g2_judgment'" fastchat questions file <<<'{"question_id": 1, "turn": 1, "model_1": "a", "model_2": "b", "g1_winner": "tie", "g2_winner": "tie", "judge": ["j"], "g1_user_prompt": "", "g1_judgment": "", "g2_user_prompt": ""}'
s='{"doc_id": 0, "arguments": [["p", {}]], "resps": [["r"]], "target": "t", "metrics": ["acc"], "acc": 1.0, "doc_hash": "h"}'
other "no lines" "file: no line of filter" lm-eval m=file </dev/null
other "no metric" "file:1: .*'metrics'" lm-eval m=file <<<"${s/\"metrics\": \[\"acc\"\], /}"
other "a metric without a value" "file:1: .*'acc'" lm-eval m=file <<<"${s/\"acc\": 1.0, /}"
other "no prompt" "file:1: field 'arguments'" lm-eval m=file < <(sed 's/"arguments": [^]]*\]\]/"arguments": []/' <<<"$s")
other "a document twice" "file:2: document 'hash:h' appears twice" lm-eval m=file <<<"$s"$'\n'"$s"
other "a column absent" "file:2: field 'prompt' missing" csv file --labels m=ok <<<$'q,ok\na,1'
other "a label column absent" "file:2: field 'ok' missing" csv file --prompt q --labels m=ok <<<$'q,x\na,1'
other "a label that is none" "file:3: field 'ok': True, False or a number" csv file --prompt q --labels m=ok <<<$'q,ok\na,1\nb,maybe'
other "an empty prompt" "file:2: field 'q' missing or empty" csv file --prompt q --labels m=ok <<<$'q,ok\n"",1'
other "an id twice" "file:3: .*'a' appears twice" csv file --id q --prompt q --labels m=ok <<<$'q,ok\na,1\na,1'
other "not JSON" "file:2: " jsonl file --prompt q --labels m=ok <<<$'{"q": "a", "ok": 1}\nhello'
other "a prompt list with a number" "file:1: .*string expected" jsonl file --prompt q --labels m=ok <<<'{"q": ["a", 1], "ok": 1}'
rm -rf out

# --- what the machine refuses
fresh
limited() { (ulimit -f 1; trap '' XFSZ; import mmlu); }
python3 -c 'print("prompt,w,s\n" + "".join(f"{i} {chr(120) * 80},True,False\n" for i in range(200)))' >repo/routellm/evals/$law
expect "a full disk" 'cannot write' limited
if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null; then
    chmod 755 .
    fresh; chmod 000 repo/routellm/evals/$law; mkdir -m 777 place
    nobody() { setpriv --reuid=65534 --clear-groups "$ROUTEASSAY" import routellm repo --benchmark mmlu --out place/out; }
    if setpriv --reuid=65534 --clear-groups test -x "$ROUTEASSAY"; then
        expect "permission denied" 'mmlu_law.csv: cannot .*[Pp]ermission' nobody
    fi
fi
echo "$cases broken inputs, $failed not as expected"
[ "$cases" -ge 40 ] && [ "$failed" -eq 0 ]
