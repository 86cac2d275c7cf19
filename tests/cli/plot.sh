#!/usr/bin/env bash
# Figures come out whole, the same every time, and names in results stay names.
set -euo pipefail
command -v gnuplot >/dev/null || { echo "gnuplot not installed"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
fail() { echo "plot.sh: $*"; exit 1; }

results() { # NAME TITLE: a benchmark with two routers, a bound, two recorded points, categories
    estimate='{"value":0.6,"lo":0.5,"hi":0.7}'
    cpt='{"value":0.4,"lo":0.3,"hi":0.5,"sustained":0.4}'
    saving='{"versus_random":1.2,"money":0.5}'
    router() { # NAME BOUND CURVE
        printf '{"name":"%s","router":"x","bound":%s,"items":40,"apgr":%s,' "$1" "$2" "$estimate"
        printf '"cpt":{"20":%s,"50":%s,"80":%s},' "$cpt" "$cpt" "$cpt"
        printf '"saving":{"20":%s,"50":%s,"80":%s},' "$saving" "$saving" "$saving"
        printf '"routellm":{"error":"none"},"curve":%s}' "$3"
    }
    model() { printf '"%s":{"model":"%s","score":%s,"graded":40,"missing":0}' "$1" "$2" "$3"; }
    point() {
        printf '{"name":"%s","model":"m","score":%s,"graded":40,"missing":0,' "$1" "$2"
        printf '"strong_calls":%s,"strong_calls_source":null}' "$3"
    }
    category() {
        printf '{"name":"%s","items":20,"excluded":0,"missing":0,"strong":%s,"weak":%s,' "$1" "$2" "$3"
        printf '"routers":[{"name":"a","apgr":null},{"name":"b","apgr":0.5},{"name":"c","apgr":0.5}]}'
    }
    printf '{"schema":"routeassay.results/1","tool":{"version":"0","commit":"x"},'
    printf '"study":{"name":"s","title":"S","seed":1},"inputs":[],"benchmarks":['
    printf '{"name":"%s","title":"%s","unit":"accuracy","full_score":1,"grader":"g",' "$1" "$2"
    printf '"default_grader":true,%s,%s,' "$(model strong "$2" 0.9)" "$(model weak w 0.5)"
    printf '"all":{"items":40,"strong":0.9,"weak":0.5},"items":40,"excluded":0,"missing":0,'
    printf '"money":{"strong_usd":null,"weak_usd":null,"tokens":"recorded","as_of":null},'
    printf '"routers":[%s,%s,%s],' "$(router "$2" false '[[0,0],[0.25,0.5],[1,1]]')" \
        "$(router '' false '[[0,0],[0.5,0.3],[1,1]]')" \
        "$(router bound true '[[0,0],[0.25,1.5],[1,1]]')"
    printf '"points":[%s,%s],' "$(point "$2" 0.7 0.5)" "$(point p 0.6 null)"
    printf '"categories":[%s,%s],"graders":[]}]}' "$(category "$2" 0.9 0.6)" "$(category '{/Symbol a}^b_c' 0.5 0.6)"
}

kinds="call-performance pgr categories"
results gsm8k GSM8K >results.json
"$ROUTEASSAY" plot results.json --out one --threads 1 >one.txt
sleep 1.1 # a PDF that holds the time would differ
"$ROUTEASSAY" plot results.json --out two --threads 2 >two.txt
diff -r one two || fail "figures differ from run to run, or with the number of threads"
[ "$(ls -A one | wc -l)" = 12 ] || fail "not 3 figures of 4 files: $(ls -A one)"
[ "$(sed 's,^one/,,' one.txt | sort)" = "$(ls one | sort)" ] || fail "the list is not the files"

valid() { # FOLDER
    for file in "$1"/*.png; do
        [ "$(head -c 8 "$file" | od -An -tx1 | tr -d ' ')" = 89504e470d0a1a0a ] || fail "$file"
        [ "$(wc -c <"$file")" -gt 5000 ] || fail "$file is empty"
    done
    for file in "$1"/*.pdf; do
        [ "$(head -c 5 "$file")" = %PDF- ] && tail -c 6 "$file" | grep -q %%EOF || fail "$file"
    done
    for file in "$1"/*.svg; do
        grep -q 'viewBox="0 0 ' "$file" && grep -q '<text>' "$file" || fail "$file"
        ! command -v python3 >/dev/null ||
            python3 -c 'import sys, xml.dom.minidom as m; m.parse(sys.argv[1])' "$file"
    done
}
valid one
grep -q '<text>GSM8K (0.600)</text>' one/gsm8k-pgr.svg || fail "legend without the router"

grep -qF '<text>{/Symbol a}^b_c</text>' one/gsm8k-categories.svg || fail "a name was interpreted"

# a benchmark under two graders: both are told apart, and compared in one figure
sed -E 's/^(.*"benchmarks":\[)(.*)\]\}$/\1\2,\2]}/; s/"grader":"g"/"grader":"h"/' results.json >graders.json
"$ROUTEASSAY" plot graders.json --out graders >graders.txt
valid graders
[ "$(sed -n 's/\.svg$//p' graders.txt)" = "$(printf 'graders/gsm8k@%s\n' \
    h-call-performance h-pgr h-categories | cat - <(echo graders/gsm8k-graders) \
    <(printf 'graders/gsm8k@%s\n' g-call-performance g-pgr g-categories))" ] || fail "$(cat graders.txt)"
grep -q '<text>+40.0</text>' graders/gsm8k-graders.svg || fail "no gap per grader"

# several in one page: no id twice
ids=$(cat one/*.svg | grep -oE " id=['\"][^'\"]*" | sort | uniq -d)
[ -z "$ids" ] || fail "the same ids in two figures: $ids"

# drawn again from the data beside a figure, as its first lines say
plain() { sed -E "s,<title>[^<]*</title>,,g; s/gsm8k-$kind-//g" "$1"; } # as gnuplot wrote it
mkdir again && cp one/*.dat again
for kind in $kinds; do
    gnuplot --default-settings -c "$SOURCE_DIR/plots/$kind.gp" "again/gsm8k-$kind" svg
    cmp <(plain "again/gsm8k-$kind.svg") <(plain "one/gsm8k-$kind.svg") ||
        fail "$kind is not the same drawn again"
done

# a subset of formats
"$ROUTEASSAY" plot results.json --out svg --format svg >/dev/null
[ "$(ls svg | grep -cE '\.(svg|dat)$')" = 6 ] && [ "$(ls svg | wc -l)" = 6 ] || fail "$(ls svg)"

# hostile names: text, not commands
evil='`touch pwned` $(touch pwned) @x %s%n {/Symbol a} ^_ \\x41\\n \"q\" \u001b[31m\n\t<b>&amp; '
evil+="'; system(\\\"touch pwned\\\")"
results "../\`touch pwned\`" "$evil" >evil.json
"$ROUTEASSAY" plot evil.json --out evil >/dev/null
valid evil
[ -z "$(find . -name pwned)" ] || fail "a name was executed"
[ "$(ls -A evil | wc -l)" = 12 ] && [ "$(ls -d -- *)" = "$(ls -d -- * | grep -v pwned)" ] ||
    fail "files elsewhere"
grep -qF '<text>`touch pwned` ' evil/*-pgr.svg || fail "a name is not shown as it is"

refused() { # STATUS PATTERN COMMAND...: exit STATUS, one message that matches, no litter
    local want=$1 pattern=$2 status=0
    shift 2
    "$@" >out.txt 2>err.txt || status=$?
    [ "$status" = "$want" ] || fail "exit $status instead of $want: $* $(cat err.txt)"
    [ "$(grep -c '^plot: ' err.txt)" = 1 ] && grep -q "$pattern" err.txt || fail "$(cat err.txt)"
}
mkdir empty
refused 5 'install gnuplot' env PATH="$work/empty" "$ROUTEASSAY" plot results.json --out none
[ -z "$(ls -A none)" ] || fail "litter: $(ls -A none)"
printf '#!/bin/sh\necho "line 3: something odd"; exit 1\n' >empty/gnuplot
chmod +x empty/gnuplot
refused 5 'line 3: something odd' env PATH="$work/empty" "$ROUTEASSAY" plot results.json --out none
printf '#!/bin/sh\nexit 0\n' >empty/gnuplot
refused 5 'no message' env PATH="$work/empty" "$ROUTEASSAY" plot results.json --out none
printf '#!/bin/sh\nkill -SEGV $$\n' >empty/gnuplot
refused 5 'signal 11' env PATH="$work/empty" "$ROUTEASSAY" plot results.json --out none
[ -z "$(ls -A none)" ] || fail "litter: $(ls -A none)"
# nothing of the environment that gnuplot does not need
printf '#!/bin/sh\n/usr/bin/env >"%s/env.txt"; exit 1\n' "$work" >empty/gnuplot
refused 5 'gnuplot failed' env PATH="$work/empty" API_KEY=secret "$ROUTEASSAY" plot results.json --out none
! grep -q secret env.txt || fail "gnuplot saw a secret"

touch file
refused 3 'file' "$ROUTEASSAY" plot results.json --out file
refused 3 'file' "$ROUTEASSAY" plot results.json --out file/below
refused 2 'png, svg or pdf' "$ROUTEASSAY" plot results.json --format gif
refused 2 'one results.json' "$ROUTEASSAY" plot
refused 3 'missing.json' "$ROUTEASSAY" plot missing.json
refused 5 'ROUTEASSAY_DATA' env ROUTEASSAY_DATA="$work/empty" "$ROUTEASSAY" plot results.json
