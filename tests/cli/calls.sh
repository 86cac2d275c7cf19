#!/usr/bin/env bash
# What 'calls' prints, the openai: embedder through the store, and clear errors for stores that are
# none.
set -euo pipefail
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf "$work"' EXIT
cd "$work"
export no_proxy=127.0.0.1
unset OPENAI_BASE_URL OPENAI_API_KEY ROUTEASSAY_CALLS ROUTEASSAY_MODE
fail() { echo "$1"; exit 1; }
refused() { # CODE PART COMMAND...
    local code=$1 part=$2 status=0
    shift 2
    "$ROUTEASSAY" "$@" >printed 2>err || status=$?
    [ $status -eq "$code" ] && grep -q -- "$part" err || fail "exit $status for: $* $(cat err)"
}

# --- a server of vectors: the number of letters a, b, c and d of a text; every second one as base64
cat >server.py <<'END'
import base64, http.server, json, struct
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def log_message(self, *args): pass
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert self.path == "/v1/embeddings" and self.headers["Authorization"] == "Bearer sk-embed-key"
        data = []
        for i, text in enumerate(body["input"]):
            vector = [1.0 + text.count(c) for c in "abcd"]
            if len(text) % 2:
                vector = base64.b64encode(struct.pack("<4f", *vector)).decode()
            data.append({"index": i, "embedding": vector})
        answer = json.dumps({"data": data, "model": body["model"], "usage": {"prompt_tokens": 3}}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)
        print(len(body["input"]), file=open("asked", "a"))
# a short queue drops connections, which are then tried again after seconds
http.server.ThreadingHTTPServer.request_queue_size = 256
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
END
python3 server.py >port 2>server.err & server=$!
for _ in $(seq 200); do [ -s port ] && break; sleep 0.05; done
export OPENAI_BASE_URL=http://127.0.0.1:$(cat port)/v1 OPENAI_API_KEY=sk-embed-key
one=(--recordings "$SOURCE_DIR/golden/recordings" --benchmark gsm8k)
train() { "$ROUTEASSAY" train knn "${one[@]}" --embedder openai:letters --folds 2 "$@"; }
score() { "$ROUTEASSAY" score "${one[@]}" --router knn:first --out "$1" >/dev/null; }
train --out first >/dev/null
score scores
asked=$(wc -l <asked)
[ "$asked" -ge 20 ] || fail "$asked texts were embedded"
kill $server; wait $server 2>/dev/null || true
server=
# the server is gone: every text is in the store, and no key is needed
unset OPENAI_API_KEY
export ROUTEASSAY_MODE=replay
train --out second >/dev/null
cmp first/fold-0.safetensors second/fold-0.safetensors || fail "other vectors from the store"
score again
cmp scores/gsm8k/knn.csv again/gsm8k/knn.csv || fail "other scores from the store"
[ "$(wc -l <scores/gsm8k/knn.csv)" -eq 33 ] || fail "not every item has a score"
refused 3 'no answer is stored' train knn "${one[@]}" --embedder openai:other --out third
unset ROUTEASSAY_MODE
refused 2 'needs a model' train knn "${one[@]}" --embedder openai --out third
ROUTEASSAY_MODE=never refused 2 "mode 'never' is unknown" train knn "${one[@]}" --embedder openai:x --out third

# --- what the verbs print
"$ROUTEASSAY" calls list >listed
head -1 listed | grep -qE '^[0-9a-f]{16} +0 +[-0-9TZ:]+ +embedding +letters +http://127.0.0.1:[0-9]+/v1/embeddings$' || fail "list"
[ "$("$ROUTEASSAY" calls list --json | grep -c '"requested_model": "letters"')" -eq "$asked" ] || fail "list --json"
[ "$("$ROUTEASSAY" calls list --purpose judge | wc -l)" -eq 0 ] || fail "list --purpose"
"$ROUTEASSAY" calls stats | grep -qE "^embedding +letters +$asked +$((3 * asked)) +0 +0.0000" || fail "stats"
"$ROUTEASSAY" calls stats | grep -q "$asked of unknown price" || fail "stats: price"
name=$(head -1 listed | cut -d' ' -f1)
"$ROUTEASSAY" calls show "$name" >shown
grep -q '"served_model": "letters"' shown || fail "show"
refused 3 "no request begins with 'xyz'" calls show xyz
"$ROUTEASSAY" calls verify | grep -q "$asked calls, sound" || fail "verify"
! grep -rq sk-embed-key . --exclude=server.py || fail "the key is in a file"

# --- what is no store, and wrong usage
echo "no database, but longer than its header would be: $(printf '%0100d' 0)" >text
refused 3 'is no call store' calls list --calls text
refused 3 'there is no such call store' calls list --calls absent
python3 - <<'END'
import sqlite3
for name, version in (("other", 0), ("later", 2)):
    base = sqlite3.connect(name)
    base.execute("CREATE TABLE t (a)")
    base.execute(f"PRAGMA user_version = {version}")
    base.commit()
base = sqlite3.connect("out/calls.sqlite")
base.execute("UPDATE calls SET body = body || ' ' WHERE rowid = 3")
base.commit()
END
refused 3 'is no call store' calls list --calls other
refused 3 'later version' calls list --calls later
refused 1 'not the one that its name stands for' calls verify
head -c 20000 out/calls.sqlite >cut
refused 3 '' calls verify --calls cut
refused 2 "unknown verb 'sell'" calls sell
refused 2 'a verb is needed' calls
echo '{"body":{"model":"m"}}' >one.jsonl
refused 2 '--price' calls send one.jsonl --price 3
refused 2 '--concurrency' calls send one.jsonl --concurrency 0
refused 2 '--budget' calls send one.jsonl --budget -1
refused 2 'mode' calls send one.jsonl --mode often
refused 2 'user name' calls send one.jsonl --endpoint http://me:word@host/v1
! grep -q word err || fail "a password is shown"
refused 2 'by its name' calls send one.jsonl --key-env sk-12345
! grep -q sk-12345 err || fail "a key is shown"
echo '{"bodi":{}}' >one.jsonl
refused 3 "one.jsonl:1: .*'bodi'" calls send one.jsonl
echo '{"headers":["x"]}' >one.jsonl
refused 3 "Name: value" calls send one.jsonl --mode record --endpoint http://127.0.0.1:1/v1
for verb in list show stats export import verify send; do
    "$ROUTEASSAY" calls $verb --help | grep -q "usage: routeassay calls $verb" || fail "$verb --help"
done
"$ROUTEASSAY" calls --help | grep -q 'list' || fail "calls --help"
[ ! -s server.err ] || { cat server.err; exit 1; }
