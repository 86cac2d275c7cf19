#!/usr/bin/env bash
# scripts/check-banned passes on this tree and sees a planted call of each kind.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
check=$SOURCE_DIR/scripts/check-banned
mkdir -p "$work"/harness/{base,data,embed} "$work/routers"

"$check" "$SOURCE_DIR"

refuses() { # FILE LINE
    echo "$2" >"$work/$1"
    if out=$("$check" "$work"); then
        echo "not refused: $2 in $1"; exit 1
    fi
    case $out in "$1:1:"*banned*) ;; *) echo "wrong place: $out"; exit 1 ;; esac
    rm "$work/$1"
}
accepts() { # FILE LINE
    echo "$2" >"$work/$1"
    "$check" "$work" || { echo "refused: $2 in $1"; exit 1; }
}

refuses routers/a.c '    strcpy(to, from);'
refuses routers/a.c 'n = atoi(text);'
refuses routers/a.c 'x = (strtod(text, NULL));'
refuses routers/a.c 'if (!strtok (line, ","))'
refuses routers/a.h 'static inline int r(void) { return rand(); }'
refuses harness/data/csv.c 'ra_json *j = cJSON_Parse(text);'
refuses harness/data/csv.c 'j = cJSON_GetObjectItem(o, "a");'
refuses harness/base/text.c 't = localtime(&now);'

accepts routers/a.c '    ra_strcpy(to, from); p->rand(); brand(); snprintf(b, n, "x");'
accepts harness/base/text.c 'x = strtod(text, &end);'
accepts harness/data/json.c 'c = cJSON_ParseWithLengthOpts(t, n, &end, 0);'

# BLAS has one home, whatever it is called
accepts harness/embed/matrix.c 'cblas_sgemm(a);'
echo 'cblas_ddot(a);' >"$work/routers/b.c"
if "$check" "$work" >/dev/null; then
    echo "BLAS in two files was not refused"; exit 1
fi
