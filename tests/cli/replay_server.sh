#!/usr/bin/env bash
# The replay server as clients meet it: answers as recorded, unknown prompts refused, streams,
# vectors, token, latency, routing log, a clean end.
set -euo pipefail
work=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || kill -9 $pid 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$SOURCE_DIR"
command -v curl >/dev/null || { echo "curl is not installed"; exit 77; }
fail() { echo "$1"; exit 1; }
pair=(--strong example/large --weak example/small)

start() { # OPTIONS...: sets $url, $pid
    rm -f "$work/url" # of the server before
    "$ROUTEASSAY" replay-server --recordings golden/recordings "${pair[@]}" --port 0 "$@" \
        >"$work/url" 2>"$work/err" &
    pid=$!
    for _ in $(seq 600); do
        [ -s "$work/url" ] && break
        kill -0 $pid 2>/dev/null || fail "no server: $(cat "$work/err")"
        sleep 0.05
    done
    url=$(cat "$work/url")
}
stop() { # SIGNAL: ends with 0 and says nothing
    kill -"$1" $pid
    wait $pid || fail "exit $? after SIG$1: $(cat "$work/err")"
    [ ! -s "$work/err" ] || fail "said: $(cat "$work/err")"
    pid=
}
post() { # PATH [CURL OPTIONS...]: the body on stdin
    local path=$1
    shift
    curl -s "$@" "$url/$path" -H 'content-type: application/json' --data-binary @-
}

# requests and what their answers must hold: NN PATH STATUS in $work/table, NN.json, NN.want
python3 - "$work" >"$work/table" <<'P'
import json, sys
def lines(path):
    return [json.loads(line) for line in open(f"golden/recordings/{path}.jsonl")]
def turn(name, line, number=0):
    return lines(f"{name}/items")[line]["turns"][number]
def recorded(name, model, item, number=1):
    return next(o["output"] for o in lines(f"{name}/outputs/{model}")
                if (o["id"], o["turn"]) == (item, number))
def chat(model, *users, **more):
    messages = [{"role": "system", "content": "Be brief."}]
    for text in users:
        messages += [{"role": "user", "content": text}, {"role": "assistant", "content": "well"}]
    return {"model": model, "messages": messages[:-1], **more}
count = 0
def row(body, want, status=200, path="chat/completions"):
    global count
    count += 1
    open(f"{sys.argv[1]}/{count}.json", "w").write(json.dumps(body))
    open(f"{sys.argv[1]}/{count}.want", "w").write(want)
    print(count, path, status)
def said(text, key="content"):
    return f'"{key}":{json.dumps(text, ensure_ascii=False)}'
def code(name):
    return f'"code":"{name}"'

question, other = turn("gsm8k", 2), turn("gsm8k", 3)
large, small = (recorded("gsm8k", f"example__{m}", "gsm8k/2") for m in ("large", "small"))
# by alias and by name, exactly and inside a proxy's wrapping
for prompt in (question, f"  {question}\r\n", f"Think step by step.\n\nQuestion: {question}\nAnswer:"):
    row(chat("strong", prompt), said(large))
    row(chat("example/small", prompt), said(small))
row({"model": "weak", "prompt": f"[INST] {question} [/INST]"}, said(small, "text"), path="completions")
# a second turn is known by both; alone it is no prompt
first, second = turn("mt-bench", 1, 0), turn("mt-bench", 1, 1)
want = said(recorded("mt-bench", "example__small", "mt-bench/9002", 2))
row(chat("weak", first, second), want)
row(chat("weak", "Please: " + first, second), want)
row(chat("weak", f"User: {first}\nAssistant: well\nUser: {second}"), want)
row(chat("weak", second), code("unknown_prompt"), 404)
row(chat("weak", first, "And then?"), code("unknown_prompt"), 404)
row(chat("weak", question[:-5]), code("unknown_prompt"), 404)
row(chat("gpt-9", question), code("unknown_model"), 404)
row(chat("weak", f"{question}\n\n{other}"), code("ambiguous_prompt"), 400)
row({"model": "weak", "messages": []}, code("invalid_request"), 400)
row(chat("weak", question, n=2), code("invalid_request"), 400)
row(chat("weak", question, logprobs=True), code("invalid_request"), 400)
row({"model": "other", "input": "a"}, code("unknown_model"), 404, "embeddings")
row({"model": "vectors", "input": [question, "b"]}, '"index":1,"embedding":[', 200, "embeddings")
json.dump(chat("weak", question), open(f"{sys.argv[1]}/plain", "w"))
json.dump(chat("strong", question, stream=True, stream_options={"include_usage": True}),
          open(f"{sys.argv[1]}/stream", "w"))
open(f"{sys.argv[1]}/large", "w").write(large)
P
start --log "$work/log" --embedder vectors=ngrams:64
[ "$(curl -s "${url%/v1}/health")" = '{"status":"ok"}' ] || fail 'health'
curl -s "$url/models" | grep -q '"id":"example/large"' || fail 'models'
curl -s "$url/models/strong" | grep -q '^{"id":"strong"' || fail 'one model'
while read -r number path status; do
    post "$path" -o "$work/got" -w '%{http_code}' <"$work/$number.json" >"$work/status"
    [ "$(cat "$work/status")" = "$status" ] && grep -qFf "$work/$number.want" "$work/got" ||
        fail "$number: $(cat "$work/status" "$work/$number.json" "$work/got")"
done <"$work/table"
post chat/completions <"$work/1.json" >"$work/once"
post chat/completions <"$work/1.json" | cmp - "$work/once" || fail 'two answers differ'
post chat/completions <"$work/stream" | python3 -c '
import json, sys
events = [l[6:] for l in sys.stdin.read().split("\n") if l]
assert events.pop() == "[DONE]"
events = [json.loads(e) for e in events]
assert events[-1]["usage"]["total_tokens"] > 0 and events[-1]["choices"] == []
assert events[-2]["choices"][0]["finish_reason"] == "stop"
print("".join(e["choices"][0]["delta"].get("content", "") for e in events[:-1]), end="")' |
    cmp - "$work/large" || fail 'a stream says something else'

# the log: one line a request that named a model, in order
stop TERM
python3 - "$work/log" <<'P' || fail "log: $(cat "$work/log")"
import json, sys
lines = [json.loads(l) for l in open(sys.argv[1])]
assert [l["n"] for l in lines] == list(range(1, 19))
assert lines[0] == {"n": 1, "item": "gsm8k/2", "turn": 1, "asked": "strong", "model": "example/large",
                    "role": "strong", "endpoint": "chat", "found": "exact"}, lines[0]
assert lines[5]["found"] == "contained"
assert lines[6]["endpoint"] == "completions" and lines[6]["role"] == "weak"
assert lines[7]["turn"] == 2 and lines[7]["item"] == "mt-bench/9002"
assert [l["found"] for l in lines[10:15]] == ["unknown"] * 3 + ["unknown model", "ambiguous"]
P

# another start counts on; a token; latency that is waited for; a model without output texts
mkdir "$work/set"
cp -r golden/recordings/gsm8k "$work/set/"
rm "$work/set/gsm8k/outputs/example__small.jsonl"
export SERVER_TOKEN=let-me-in
start --log "$work/log" --token-env SERVER_TOKEN --latency 300 --recordings "$work/set"
post chat/completions -w '%{http_code}' <"$work/plain" | grep -q '"code":"wrong_token".*401$' || fail 'no token'
before=$(date +%s%N)
post chat/completions -i -H "authorization: Bearer $SERVER_TOKEN" <"$work/plain" >"$work/none"
[ $(($(date +%s%N) - before)) -ge 300000000 ] || fail 'latency was not waited for'
grep -qi '^x-routeassay-output: none' "$work/none" && grep -q '"content":""' "$work/none" ||
    fail "no output was recorded: $(cat "$work/none")"
status=0
"$ROUTEASSAY" replay-server --recordings "$work/set" "${pair[@]}" --port "$(sed 's/.*:\([0-9]*\).*/\1/' "$work/url")" \
    2>"$work/busy" || status=$?
[ $status -eq 3 ] && grep -q 'cannot listen: Address already in use' "$work/busy" || fail "one port twice: $(cat "$work/busy")"
stop INT
grep -q '"n":19,' "$work/log" || fail 'the log begins again'
! grep -q "$SERVER_TOKEN" "$work"/log "$work"/err || fail 'the token is shown'

# wrong usage and input
wrong() { # CODE PART OPTIONS...
    local code=$1 part=$2 status=0
    shift 2
    "$ROUTEASSAY" replay-server "$@" >/dev/null 2>"$work/err" || status=$?
    [ $status -eq "$code" ] && grep -q -- "$part" "$work/err" || fail "exit $status for $*: $(cat "$work/err")"
}
golden=(--recordings golden/recordings)
wrong 2 'recordings is needed'
wrong 2 'latency' "${golden[@]}" --latency soon
wrong 2 'not set' "${golden[@]}" --token-env NO_SUCH_VARIABLE
wrong 2 'IP address' "${golden[@]}" "${pair[@]}" --bind localhost
wrong 2 'port' "${golden[@]}" "${pair[@]}" --port 65536
wrong 3 "no model 'nobody'" "${golden[@]}" --strong nobody --weak example/small
wrong 3 'no recording set' --recordings golden/studies
printf '{"n":1' >"$work/cut"
wrong 3 'cut off' "${golden[@]}" "${pair[@]}" --log "$work/cut"
