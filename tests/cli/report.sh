#!/usr/bin/env bash
# Reports of the golden study: every table is there, formats are well-formed, names stay names.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "report.sh: $*"; exit 1; }
refuses() { # STATUS PATTERN ARGUMENT...
    local wanted=$1 pattern=$2 status=0
    shift 2
    "$ROUTEASSAY" "$@" >"$work/out" 2>&1 || status=$?
    [ "$status" -eq "$wanted" ] && grep -q -- "$pattern" "$work/out" ||
        fail "exit $status: $(cat "$work/out")"
}
results=$work/run/results.json report=$work/report
"$ROUTEASSAY" run "$SOURCE_DIR/golden/studies/golden.json" --out "$work/run" 2>/dev/null

"$ROUTEASSAY" report "$results" --out "$report" --format md
[ "$(ls "$report")" = report.md ] || fail "other formats too: $(ls "$report")"
for heading in '# A small set' '## Models and items' '### MMLU: routers' '### GSM8K: categories' \
    '### Cost saving' '### MMLU under several graders' '### GSM8K, grader numeric: routers' '### Inputs'; do
    grep -q "^$heading" "$report/report.md" || fail "no '$heading'"
done
[ "$(grep -c '^| random, exact *|  *50.00 |  *80.00 |  *0.500 |' "$report/report.md")" = 5 ] ||
    fail "not one random row per benchmark and grader"
grep -q '(bound, not a router)' "$report/report.md" || fail "no bound"
! grep -q 'bound.*\*\*' "$report/report.md" || fail "a bound is bold"

# measure shows the same tables, and nothing else when asked for JSON
"$ROUTEASSAY" measure --recordings "$SOURCE_DIR/golden/recordings" --benchmark gsm8k \
    --router length --router oracle >"$work/measure.md"
grep -q '^| length  *|' "$work/measure.md" || fail "measure shows no table"

refuses 2 'md, html, latex or json' report "$results" --format pdf
refuses 2 'one results.json' report
refuses 3 'missing.json' report "$work/missing.json"
refuses 3 'no such folder' report "$results" --figures "$work/none"

# all formats, with a figure that fits its section and the SVG inside the page
mkdir "$work/figures"
figure() { # NAME
    printf '<?xml version="1.0"?>\n<svg viewBox="0 0 9 9"><title>%s</title><text>drawn</text></svg>\n' "$1"
}
figure one >"$work/figures/gsm8k@recorded-pgr.svg"
printf %%PDF >"$work/figures/gsm8k@recorded-pgr.pdf"
"$ROUTEASSAY" report "$results" --out "$report" --figures "$work/figures"
cmp "$results" "$report/report.json" || fail "report.json is not the results"
grep -q '](../figures/gsm8k@recorded-pgr.svg)' "$report/report.md" || fail "no link to the figure"
grep -q 'includegraphics.*{../figures/gsm8k@recorded-pgr.pdf}' "$report/report.tex" || fail "no PDF"
"$ROUTEASSAY" report "$results" --out "$work/again" --figures "$work/figures"
diff -r "$report" "$work/again" || fail "not the same twice"
figure '<script>' >"$work/figures/x-pgr.svg"
refuses 3 'not a plain SVG' report "$results" --out "$work/none" --figures "$work/figures"
rm "$work/figures/x-pgr.svg"

# hostile names in every place that has one
sed -E 's/"(name|title|model|grader|router|tokens|as_of|path|unit|version|commit|assumption|low|high|source|date)": "[^"]*"/"\1": "<img src=x onerror=y>`|\\\\input{z}_%\&#$^~{ \\u001b[1m\\n| "/' \
    "$results" >"$work/evil.json"
"$ROUTEASSAY" report "$work/evil.json" --out "$work/evil" >"$work/out"
[ ! -s "$work/out" ] || fail "says something"
! LC_ALL=C grep -rlP '[\x00-\x08\x0b-\x1f\x7f]' "$work/evil" --include='report.[mht]*' --include='*.tex' ||
    fail "control characters"
[ -z "$(find "$work/evil" -mindepth 2 | grep -vE '/tables/[A-Za-z0-9._-]+\.tex$')" ] || fail "odd files"

if command -v python3 >/dev/null; then
    cat >"$work/check.py" <<'P'
import html.parser, re, sys

VOID = {"meta", "br", "img", "link", "input"}
KNOWN = set("""html head meta title style body header h1 h2 p nav a main div table caption thead tbody
tr th td strong small code figure figcaption svg text script""".split())

class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.ids, self.links, self.rows = [], set(), [], []
    def handle_starttag(self, tag, attributes):
        assert tag in KNOWN, tag
        attributes = dict(attributes)
        for name, value in attributes.items():
            assert not name.startswith("on") and name not in ("src", "action"), (tag, name)
            if name == "href":
                assert value.startswith("#"), value
                self.links.append(value[1:])
        if "id" in attributes:
            assert attributes["id"] not in self.ids, attributes["id"]
            self.ids.add(attributes["id"])
        if tag == "th":
            assert attributes["scope"] in ("col", "row")
        if tag == "tr":
            self.rows.append(0)
        if tag in ("td", "th"):
            self.rows[-1] += 1
        if tag == "table":
            self.rows = []
        if tag not in VOID:
            self.open.append(tag)
    def handle_startendtag(self, tag, attributes):
        assert "svg" in self.open, tag
    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, tag
        if tag == "table":
            assert len(set(self.rows)) == 1, self.rows

for path in sys.argv[1:]:
    folder = path.rsplit("/", 1)[0]
    text = open(path, encoding="utf-8").read()
    page = Page()
    page.feed(text)
    page.close()
    assert not page.open, page.open
    assert set(page.links) <= page.ids, "links to nowhere"
    assert text.count("<caption>") == text.count("<table")
    assert "://" not in text and "@import" not in text, "something outside"

    tex = open(folder + "/report.tex").read()
    parts = [open(folder + "/tables/" + name + ".tex").read()
             for name in re.findall(r"\\input\{tables/([^}]*)\}", tex)]
    assert len(parts) == len(set(map(id, parts))) > 10
    for source in [tex] + parts:
        body = re.sub(r"(?m)^% .*$|%$", "", source)   # our own comment, ends of lines
        plain = re.sub(r"\\[a-zA-Z]+\*?|\\[^a-zA-Z]", "", body)   # commands and escapes
        assert plain.count("{") == plain.count("}")
        assert not re.search(r"[%#_^]", re.sub(r"\{(tables|\.\.)/[^}]*\}|\\input", "", plain)), plain
        assert "\\input{z" not in source
    for part in parts:
        widths = {len(re.findall(r"(?<!\\)&", row)) for row in part.split("\n") if row.endswith(r" \\")}
        assert len(widths) == 1, widths
P
    python3 "$work/check.py" "$report/report.html" "$work/evil/report.html" || fail "not well-formed"
    grep -q '<title>one</title>' "$report/report.html" || fail "the figure is not in the page"
fi

# explain: every cell that is listed, the arithmetic agreeing with what is stored
count=0
while read -r cell; do
    "$ROUTEASSAY" explain "$results" "$cell" >"$work/out" || fail "$(cat "$work/out")"
    count=$((count + $(grep -c 'equals the stored value' "$work/out" || true)))
done < <("$ROUTEASSAY" explain "$results" | grep '^gsm8k/' | grep -v 'cost9[09]')
# 4 routers: APGR, AIQ, two costs, and for 3 targets CPT, sustained, two savings; of the 3 that are no
# bounds, differences from random, from the best hand rule, and in pairs
[ "$count" = $((4 * 16 + 3 + 2 + 3)) ] || fail "$count cells were recomputed"
"$ROUTEASSAY" explain "$report" gsm8k@numeric/length/cpt50 | grep -q 'grader numeric' || fail "no grader"
"$ROUTEASSAY" explain "$report" gsm8k/strong | grep -q ' recordings/gsm8k/items.jsonl$' || fail "no input"
! "$ROUTEASSAY" explain "$report" gsm8k/strong | grep -q mmlu || fail "inputs of another benchmark"
"$ROUTEASSAY" explain "$report" gsm8k/oracle/routellm/apgr | grep -q 'quantiles' || fail "no reason"
"$ROUTEASSAY" explain "$report" gsm8k/length/apgr --json | tr -d '\n' |
    grep -q '"equal": true.*"measured": 29.*"sha256"' || fail "JSON"
refuses 2 "is it 'gsm8k/length/apgr'" explain "$report" gsm8k/lenght/apgr
refuses 2 'results and a cell' explain
refuses 3 'results.json' explain "$work/figures" gsm8k/strong
sed '0,/"apgr"/{/"apgr"/{n;s/0\.7/0.6/}}' "$results" >"$work/forged.json"
refuses 1 'another value' explain "$work/forged.json" mmlu/example/apgr
