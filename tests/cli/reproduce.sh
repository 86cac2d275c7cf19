#!/usr/bin/env bash
# ./reproduce around a routeassay of our own: where recordings come from, what it does when they
# cannot be reached, and what its exit status says.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree=$work/tree
mkdir -p "$work/bin" "$tree/scripts" "$tree/build/release"
cp "$SOURCE_DIR/reproduce" "$SOURCE_DIR/packages.txt" "$tree/"
cp "$SOURCE_DIR/scripts/packages.sh" "$tree/scripts/"
printf '#!/bin/sh\necho installed\n' >"$work/bin/dpkg-query"
printf '#!/bin/sh\n' >"$work/bin/cmake"
cat >"$tree/build/release/routeassay" <<'END'
#!/usr/bin/env bash
echo "$*" >>calls
case $2 in *routellm.json) status=${ROUTELLM:-0} ;; *) status=${GOLDEN:-0} ;; esac
while [ "$1" != --out ]; do shift; done
if [ "$status" -le 1 ]; then mkdir -p "$2/report"; echo "| table |" >"$2/report/report.md"; fi
exit "$status"
END
chmod +x "$work/bin"/* "$tree/build/release/routeassay"
unset ROUTEASSAY_MIRROR
run() { # WANTED-STATUS ARGUMENT...
    local wanted=$1 status=0
    shift
    rm -rf "$tree/calls" "$tree/out"
    (cd "$tree" && PATH=$work/bin:$PATH ./reproduce "$@") >"$work/log" 2>&1 || status=$?
    [ "$status" -eq "$wanted" ] || fail "status $status, not $wanted"
}
fail() { echo "$1"; cat "$work/log"; exit 1; }
called() { # LINES: the calls of routeassay
    [ "$(cat "$tree/calls")" = "$1" ] || fail "called: $(cat "$tree/calls")"
}
says() { grep -q "$1" "$work/log" || fail "does not say: $1"; }
routellm='run golden/studies/routellm.json --out out --jobs 3'
golden='run golden/studies/golden.json --out out --jobs 3'

run 0 --jobs 3
called "$routellm"
says '^| table |$'
says 'The report: out/report/report.html'

ROUTELLM=4 run 0 --jobs 3
called "$routellm
$golden"
says 'cannot be reached'

ROUTELLM=1 run 1 --jobs 3 # a claim failed: the report says which
called "$routellm"
says '^| table |$'
ROUTELLM=3 run 3 --jobs 3
called "$routellm"
ROUTELLM=4 GOLDEN=5 run 5 --jobs 3

ROUTEASSAY_MIRROR=$work/m run 0 --jobs 3
called "$routellm --mirror $work/m"
mkdir -p "$work/shared/mirror"
run 0 --jobs 3
called "$routellm --mirror ../shared/mirror"

run 0 --jobs 3 --out elsewhere
says 'elsewhere/report/report.html'
(cd "$work" && PATH=$work/bin:$PATH tree/reproduce --out mine >/dev/null)
[ -f "$work/mine/report/report.md" ] || fail "--out is not below the folder it was called from"

run 0 --help
run 2 --jobs many
run 2 --out
run 2 --nonsense
