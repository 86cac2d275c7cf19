#!/usr/bin/env bash
# scripts/packages.sh with a dpkg-query and an apt-get of our own: it installs what is missing of
# the groups asked for, leaves apt-get alone when nothing is, and says what it needs when it cannot.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin" "$work/scripts"
cp "$SOURCE_DIR/scripts/packages.sh" "$work/scripts/"
cat >"$work/packages.txt" <<'END'
# GROUP PACKAGE  WHY

build gcc    the compiler
run   plotter  figures
test  tester   tests
END
program() { # NAME: a fake program, its script on stdin
    { echo '#!/bin/sh'; cat; } >"$work/bin/$1"
    chmod +x "$work/bin/$1"
}
for real in bash grep dirname env sh; do ln -s "$(command -v $real)" "$work/bin/$real"; done
program id <<<'echo ${FAKE_UID:-0}'
program dpkg-query <<<'for p; do :; done; case " $HAVE " in *" $p "*) echo installed ;; *) echo not-installed ;; esac'
program apt-get <<<"echo \"apt-get \$*\" >>$work/log; [ \"\$1\" != \"\${FAIL:-}\" ]"
run() { # GROUP...: status in $status, all output in $work/out, apt-get's calls in $work/log
    : >"$work/log"
    status=0
    PATH=$work/bin bash -c 'set -euo pipefail; . "$0"; install_packages "$@"' \
        "$work/scripts/packages.sh" "$@" >"$work/out" 2>&1 || status=$?
}
fail() { echo "$1"; cat "$work/out" "$work/log"; exit 1; }

HAVE="gcc plotter tester" run build run test
[ $status -eq 0 ] && [ ! -s "$work/log" ] || fail "all there: apt-get was run"
HAVE="gcc plotter" run build run
[ $status -eq 0 ] && [ ! -s "$work/log" ] || fail "a group that nobody asked for"

HAVE=gcc run build run test
[ $status -eq 0 ] || fail "could not install"
grep -q 'plotter *figures' "$work/out" || fail "does not say why"
[ "$(cat "$work/log")" = "apt-get update -qq
apt-get install -y -qq --no-install-recommends plotter tester" ] || fail "wrong call"

for step in update install; do
    HAVE=gcc FAIL=$step run build run test
    [ $status -ne 0 ] || fail "apt-get $step failed, and nobody noticed"
    grep -q 'by hand.*plotter tester' "$work/out" || fail "does not name the packages"
done
HAVE=gcc FAKE_UID=1000 run run
[ $status -ne 0 ] && [ ! -s "$work/log" ] || fail "apt-get without root"
grep -q 'neither root nor sudo' "$work/out" || fail "does not say what is missing"
program sudo <<<'exec "$@"'
HAVE=gcc FAKE_UID=1000 run run
[ $status -eq 0 ] && grep -q install "$work/log" || fail "sudo not used"
rm "$work/bin/apt-get"
HAVE=gcc run run
[ $status -ne 0 ] && grep -q 'by hand.*plotter' "$work/out" || fail "no apt-get: not said"
rm "$work/bin/dpkg-query"
HAVE=gcc run build
[ $status -ne 0 ] && grep -q 'by hand.*gcc' "$work/out" || fail "no dpkg: not said"
