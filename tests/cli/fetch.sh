#!/usr/bin/env bash
# routeassay fetch, against a server that misbehaves (fetch_server.py) and against mirrors: what is
# tried again, continued and refused, what is left on disk, and what the exit status says.
set -euo pipefail
command -v python3 >/dev/null || exit 77
unset ROUTEASSAY_MIRROR http_proxy https_proxy HTTPS_PROXY all_proxy ALL_PROXY no_proxy NO_PROXY
work=$(mktemp -d)
trap 'umount "$work/small" 2>/dev/null || true; kill $(jobs -p) 2>/dev/null || true; rm -rf "$work"' EXIT
commit=0123456789abcdef0123456789abcdef01234567
tree=own/rep/$commit
root=$work/root out=$work/out
mkdir -p "$root/$tree"
fail() { echo "line ${BASH_LINENO[-2]}: $1"; cat "$work/log" "$work/stdout" "$work/requests" 2>/dev/null; exit 1; }

serve() { # PORT-FILE [CERTIFICATE]: starts the server, its port in $port
    python3 "$SOURCE_DIR/tests/cli/fetch_server.py" "$root" "$work/requests" "${@:2}" >"$1" &
    while [ ! -s "$1" ]; do sleep 0.05; kill -0 $! || fail "no server"; done
    port=$(cat "$1")
}
serve "$work/port"
base=http://127.0.0.1:$port

sources() { # NAME...: made-up files and the sources file that lists them; starts afresh
    rm -rf "$out" "$root"
    mkdir -p "$root/$tree"
    : >"$work/requests"
    local lines=
    for name in "$@"; do
        mkdir -p "$(dirname "$root/$tree/$name")"
        seq 1 "${size:-20}" | sed "s|^|$name |" >"$root/$tree/$name"
        lines+="${lines:+,}
{\"path\": \"$name\", \"url\": \"https://files.invalid/$tree/$name\",
 \"size\": $(stat -c %s "$root/$tree/$name"), \"sha256\": \"$(sha256 "$root/$tree/$name")\"}"
    done
    cat >"$work/sources.json" <<END
{"schema": "routeassay.sources/1", "sources": [{"name": "made-up", "repository": "own/rep",
 "commit": "$commit", "licence": "none", "holds": "numbers", "files": [$lines]}]}
END
}
sha256() { sha256sum "$1" | cut -d' ' -f1; }
run() { # WANTED-STATUS OPTION...
    local wanted=$1 status=0
    shift
    "$ROUTEASSAY" fetch --sources "$work/sources.json" --out "$out" "$@" \
        >"$work/stdout" 2>"$work/log" || status=$?
    [ "$status" -eq "$wanted" ] || fail "status $status, not $wanted: $*"
}
says() { grep -qE -- "$1" "$work/log" || fail "does not say: $1"; }
prints() { grep -qE -- "$1" "$work/stdout" || fail "does not print: $1"; }
requested() { # "NAME RANGE" LINES: what the server was asked for
    [ "$(cut -d' ' -f2- "$work/requests")" = "$1" ] || fail "other requests"
}
same() { # OUT is exactly what the server has
    diff -r "$root" "$out" >>"$work/log" || fail "files differ"
}
nothing() { # no file below OUT, hidden ones included
    [ -z "$(find "$out" -type f 2>/dev/null)" ] || fail "left: $(find "$out" -type f)"
}
plant() { # NAME BYTES: an interrupted download of our making
    mkdir -p "$out/$tree"
    printf '%s' "$2" >"$out/$tree/.$1.part"
}
begun() { head -c 9 "$root/$tree/$1"; }

# --- nobody there: this takes some seconds, so it runs beside the rest; looked at further down
many=$(seq -f 'fine%g.txt' 30)
sources $many
cp "$work/sources.json" "$work/many.json"
declare -A nobody
for how in refused unresolved; do
    [ $how = refused ] && url=http://127.0.0.1:1 || url=http://files.invalid
    (
        start=$SECONDS status=0
        "$ROUTEASSAY" fetch --sources "$work/many.json" --out "$work/$how" --base-url $url \
            >/dev/null 2>"$work/$how.log" || status=$?
        echo $((SECONDS - start)) >"$work/$how.seconds"
        echo $status >"$work/$how.status"
        exit $status
    ) &
    nobody[$how]=$!
done

# --- what goes well
sources fine.txt sub/deep/fine2.txt
run 0 --base-url "$base"
same
prints '^made-up +0 +2 +[0-9]+$'
run 0 --base-url "$base/" --json
prints '"kept": 2'
prints '"fetched": 0'
[ "$(wc -l <"$work/requests")" -eq 2 ] || fail "asked again for what was there"
tr 0-9 a-j <"$root/$tree/fine.txt" >"$out/$tree/fine.txt" # of the same size
run 0 --base-url "$base"
same
prints '^made-up +1 +1 '
sources empty.txt
: >"$root/$tree/empty.txt"
sed -i -E "s/\"size\": [0-9]+, \"sha256\": \"[0-9a-f]+/\"size\": 0, \"sha256\": \"$(sha256 /dev/null)/" \
    "$work/sources.json"
run 0 --base-url "$base"
same
sources meet1.txt meet2.txt meet3.txt meet4.txt
run 0 --base-url "$base" --jobs 4
same

# --- tried again
sources flaky.txt
run 0 --base-url "$base"
same
requested "flaky.txt -
flaky.txt -
flaky.txt -"
sources busy.txt
run 0 --base-url "$base"
same
awk '{ if (NR > 1 && $1 - last < 1.9) exit 1; last = $1 } END { if (NR != 2) exit 1 }' \
    "$work/requests" || fail "Retry-After was not obeyed"
sources broken.txt fine.txt
run 4 --base-url "$base"
says 'broken.txt: the server answered 503'
says 'after 5 attempts'
[ "$(find "$out" -type f)" = "$out/$tree/fine.txt" ] || fail "one failure stopped the others"
prints '^made-up +0 +1 '

# --- not tried again
sources gone.txt
run 4 --base-url "$base"
says "$base/.*gone.txt: the server answered 404"
requested "gone.txt -"
nothing
sources closed.txt
run 4 --base-url "$base"
says '429 and asks to wait 86400 s'
requested "closed.txt -"

# --- continued
for name in cut.txt unsized.txt; do
    sources $name
    half=$(($(stat -c %s "$root/$tree/$name") / 2))
    run 0 --base-url "$base"
    same
    requested "$name -
$name bytes=$half-"
done
sources norange.txt
run 0 --base-url "$base"
same
[ "$(wc -l <"$work/requests")" -eq 2 ] || fail "a whole file was not taken"
sources fine.txt
plant fine.txt "$(begun fine.txt)"
run 0 --base-url "$base"
same
requested "fine.txt bytes=9-"
cp "$out/$tree/fine.txt" "$work/whole"
rm -r "$out"
plant fine.txt x
cp "$work/whole" "$out/$tree/.fine.txt.part"
: >"$work/requests"
run 0 --base-url "$base"
same
requested ""
for name in fine.txt misplaced.txt unsatisfiable.txt; do # what was there is of no use
    sources $name
    plant $name garbage
    run 0 --base-url "$base"
    same
    requested "$name bytes=7-
$name -"
done
sources fine.txt
plant fine.txt "longer than the file: $(seq 1 200)"
run 0 --base-url "$base"
same
requested "fine.txt -"
sources wrong.txt
plant wrong.txt garbage
run 4 --base-url "$base"
nothing
[ "$(wc -l <"$work/requests")" -eq 2 ] || fail "from zero, once"

# --- killed in the middle, and run again
size=20000 sources slow.txt
"$ROUTEASSAY" fetch --sources "$work/sources.json" --out "$out" --base-url "$base" \
    >"$work/stdout" 2>"$work/log" &
victim=$!
for _ in $(seq 100); do
    [ "$(stat -c %s "$out/$tree/.slow.txt.part" 2>/dev/null || echo 0)" -lt 5000 ] || break
    sleep 0.05
done
run 3 --base-url "$base" # meanwhile, a second one keeps its hands off
says 'another process'
kill -9 $victim
wait $victim 2>/dev/null || true
[ ! -e "$out/$tree/slow.txt" ] || fail "half a file in place"
run 0 --base-url "$base"
same
requested "slow.txt -
slow.txt bytes=5000-"

# --- wrong content
sources wrong.txt
run 4 --base-url "$base"
says "$(sha256 "$root/$tree/wrong.txt")"
says "$(python3 -c 'import hashlib, sys
print(hashlib.sha256(open(sys.argv[1], "rb").read()[::-1]).hexdigest())' "$root/$tree/wrong.txt")"
nothing
for name in page.txt long.txt; do
    sources $name
    run 4 --base-url "$base"
    says "wrong content.*$(sha256 "$root/$tree/$name")"
    nothing
    requested "$name -"
done

# --- redirects
sources moved.txt
cp "$root/$tree/moved.txt" "$root/$tree/fine.txt"
run 0 --base-url "$base"
cmp "$root/$tree/moved.txt" "$out/$tree/moved.txt"
sources loop.txt
run 4 --base-url "$base"
[ "$(wc -l <"$work/requests")" -eq 6 ] || fail "redirects without end"
sources escape.txt
run 4 --base-url "$base"
says 'Protocol'
nothing

# --- nobody there
for how in refused unresolved; do
    wait "${nobody[$how]}" && fail "$how: nobody is there, and it worked"
    [ "$(cat "$work/$how.status")" -eq 4 ] || fail "$how: status $(cat "$work/$how.status")"
    [ "$(cat "$work/$how.seconds")" -lt 15 ] || fail "$how: $(cat "$work/$how.seconds") s to see it"
    cp "$work/$how.log" "$work/log"
    says '--mirror'
    [ -z "$(find "$work/$how" -type f 2>/dev/null)" ] || fail "$how: left something"
done
grep -q 'connect' "$work/refused.log" || fail "does not say what is wrong"
grep -q 'resolve' "$work/unresolved.log" || fail "does not say what is wrong"
sources $many
http_proxy=$base run 0 --base-url http://files.invalid
same

# --- TLS: without a certificate that anyone trusts; with one, where we can add it for a moment
if command -v openssl >/dev/null; then
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
        -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 \
        -keyout "$work/pem" -out "$work/cert" 2>/dev/null
    cat "$work/cert" >>"$work/pem"
    serve "$work/tls-port" "$work/pem"
    sources fine.txt
    run 4 --base-url "https://127.0.0.1:$port"
    says 'certificate'
    nothing
    requested ""
    roots=/etc/ssl/certs/ca-certificates.crt
    cat $roots "$work/cert" >"$work/bundle" 2>/dev/null || true
    trusting() { # STATUS OPTION...
        unshare -m bash -c "mount --bind '$work/bundle' $roots && exec \"\$@\"" - \
            "$ROUTEASSAY" fetch --sources "$work/sources.json" --out "$out" "${@:2}" \
            >"$work/stdout" 2>"$work/log" || [ $? -eq "$1" ] || fail "TLS"
    }
    if unshare -m mount --bind "$work/bundle" $roots 2>/dev/null; then
        trusting 0 --base-url "https://127.0.0.1:$port"
        same
        sources downgrade.txt
        trusting 4 --base-url "https://127.0.0.1:$port"
        says 'Protocol "?http"?'
    fi
fi

# --- mirrors
sources fine.txt sub/fine2.txt
run 0 --mirror "$root"
same
prints '^made-up +0 +2 '
run 0 --mirror "$root"
prints '^made-up +2 +0 +0$'
requested ""
rm -r "$out"
plant fine.txt "left by a killed run"
ROUTEASSAY_MIRROR=$root run 0
same
good=$(sha256 "$root/$tree/sub/fine2.txt")
tr 0-9 a-j <"$out/$tree/sub/fine2.txt" >"$root/$tree/sub/fine2.txt"
rm -r "$out"
run 3 --mirror "$root"
says "$root/$tree/sub/fine2.txt: wrong content: SHA-256 $(sha256 "$root/$tree/sub/fine2.txt").*$good"
[ "$(find "$out" -type f)" = "$out/$tree/fine.txt" ] || fail "left: $(find "$out" -type f)"
rm "$root/$tree/sub/fine2.txt"
run 3 --mirror "$root"
says 'fine2.txt: cannot open'
run 3 --mirror "$work/nowhere"
says 'nowhere: no such folder'
sources fine.txt
ROUTEASSAY_MIRROR=$work/nowhere run 0 --base-url "$base" # what is asked for goes first
rm -r "$out"
ROUTEASSAY_MIRROR=$work/nowhere run 4 --mirror '' # the network, which knows no files.invalid

# --- a disk that is full
size=20000 sources fine.txt
for from in "--base-url=$base" "--mirror=$root"; do
    (
        trap '' XFSZ
        ulimit -f 16
        run 3 "$from"
    ) || exit 1
    says 'cannot write: File too large'
    nothing
done
mkdir "$work/small"
if mount -t tmpfs -o size=64k tmpfs "$work/small" 2>/dev/null; then
    for from in "--base-url=$base" "--mirror=$root"; do
        run 3 "$from" --out "$work/small"
        says 'fine.txt: cannot write: No space left'
        says 'free some space'
        [ -z "$(find "$work/small" -type f)" ] || fail "the disk is still full"
    done
    umount "$work/small"
fi

# --- usage
sources fine.txt
run 2 nobody --base-url "$base"
says "unknown source 'nobody'"
run 0 made-up made-up --base-url "$base"
[ "$(wc -l <"$work/requests")" -eq 1 ] || fail "a source named twice was fetched twice"
run 2 --base-url "$base" --mirror "$root"
run 2 --base-url ftp://127.0.0.1
run 2 --base-url "http://user:secret@127.0.0.1:$port" --out "$work/other"
! grep -q secret "$work/log" || fail "a password in a message"
run 2 --jobs 0
run 0 --list
prints "^made-up: 1 files, "
run 0 --list --json
prints '"repository": "own/rep"'
run 0 --help
prints '--base-url URL'

# --- the real list
"$ROUTEASSAY" fetch --list >"$work/stdout"
prints '^routellm: '
if [ -n "$MIRROR" ]; then
    "$ROUTEASSAY" fetch --mirror "$MIRROR" --out "$work/all" >"$work/stdout" 2>"$work/log" ||
        fail "the mirror"
    diff -r --exclude=README.md "$MIRROR" "$work/all" >"$work/log" || fail "not all was fetched"
fi
