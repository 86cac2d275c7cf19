# Sourced by the tests of calls: a folder to work in, http_server.py, and what they share.
work=$(mktemp -d)
servers=()
clean_up() { kill "${servers[@]}" 2>/dev/null || true; rm -rf "$work"; }
trap clean_up EXIT
cd "$work"
export NO_PROXY=127.0.0.1,localhost no_proxy=127.0.0.1,localhost
unset OPENAI_BASE_URL OPENAI_API_KEY ROUTEASSAY_CALLS ROUTEASSAY_MODE SSL_CERT_FILE
export TEST_KEY=sk-/+=KEY0123456789abcdef
failed=0
bad() { echo "not as expected: $*"; head -c 600 err; failed=1; }

serve() { # LOG [CERTIFICATE]: sets port
    : >"$1.port"
    : >"$1"
    python3 "$SOURCE_DIR/tests/faults/support/http_server.py" "$@" >"$1.port" 2>>server.err &
    servers+=($!)
    for _ in $(seq 200); do [ -s "$1.port" ] && break; sleep 0.05; done
    port=$(cat "$1.port")
}
calls() { # COUNT MODE...: COUNT calls to each mode, as JSONL
    local count=$1 mode
    shift
    for mode; do
        for i in $(seq "$count"); do
            echo "{\"url\":\"$base/$mode/chat/completions\",\"body\":{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"$mode $i\"}],\"max_tokens\":5}}"
        done
    done
}
send() { # STORE OPTION...: makes the calls of list.jsonl; status in $status
    local store=$1
    shift
    status=0
    "$ROUTEASSAY" calls send list.jsonl --calls "$store" --key-env TEST_KEY "$@" >out 2>err || status=$?
}
rows() { "$ROUTEASSAY" calls list --calls "$1" | wc -l; }
once() { # every call that was answered well was asked for no more
    local twice
    twice=$(grep ^ok log | cut -d' ' -f3 | sort | uniq -d)
    [ -z "$twice" ] || bad "answered twice: $twice"
}

# The key is in no store, log, export or output, and the server did not fail.
finish() {
    if grep -rl KEY0123456789 . | grep .; then bad "the key is in the files above"; fi
    [ ! -s server.err ] || { cat server.err; bad "the server failed"; }
    exit $failed
}
