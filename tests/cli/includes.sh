#!/usr/bin/env bash
# scripts/check-includes passes on this tree and sees each kind of backward include.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
check=$SOURCE_DIR/scripts/check-includes

"$check" "$SOURCE_DIR"

fresh() {
    rm -rf "$work"/*
    mkdir -p "$work"/harness/{base,data,net,embed,measure,verify,study,cli} \
        "$work"/{routers,benchmarks,plots,reports}
    echo '#include "base/error.h"' >"$work/harness/data/csv.c"
}
refuses() { # FILE INCLUDE: the check names the line
    fresh
    printf '/* first */\n%s\n' "$2" >"$work/$1"
    if out=$("$check" "$work"); then
        echo "not refused: $2 in $1"; exit 1
    fi
    case $out in "$1:2: "*) ;; *) echo "wrong place: $out"; exit 1 ;; esac
}
accepts() { # FILE INCLUDE
    fresh
    echo '#pragma once' >"$work/harness/data/neighbour.h"
    echo "$2" >"$work/$1"
    "$check" "$work" || { echo "refused: $2 in $1"; exit 1; }
}

refuses harness/base/rng.c '#include "data/csv.h"'            # upwards
refuses harness/data/csv.h '#include "routers/router.h"'      # out of the engine
refuses harness/measure/curve.c '#include "embed/embed.h"'    # beside
refuses harness/net/http.c '#include "embed/embed.h"'         # upwards, by one
refuses routers/mf.c '#include "benchmarks/benchmark.h"'      # beside
refuses reports/html.c '#include "study/study.h"'
refuses harness/study/study.c '  #  include   "cli/cli.h"'    # oddly written
refuses harness/data/csv.c '#include "../cli/cli.h"'          # around the folders
refuses harness/data/csv.c '#include "nowhere.h"'

accepts harness/cli/main.c '#include "study/study.h"'
accepts harness/study/study.c '#include "reports/report.h"'
accepts benchmarks/gsm8k.c '#include "data/recording.h"'
accepts harness/data/csv.c '#include "data/csv.h"'
accepts harness/embed/embed.c '#include "net/calls.h"'
accepts harness/data/csv.c '#include "neighbour.h"'
accepts harness/cli/version.c '#include "ra_config.h"'
accepts harness/base/rng.c '#include <data/csv.h>'

# a wrong folder is no pass
rm -rf "${work:?}"/*
if "$check" "$work" 2>/dev/null; then
    echo "passed on an empty folder"; exit 1
fi
