#!/usr/bin/env bash
# routeassay verify: each verdict once, by hand; the paper's own arithmetic; exit status.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$SOURCE_DIR"
fail() { echo "$1"; exit 1; }
"$ROUTEASSAY" measure --recordings golden/recordings --benchmark gsm8k --grader recorded \
    --router length --out "$work/results.json"
cat >"$work/claims.json" <<'END'
{"schema": "routeassay.claims/1", "document": {"name": "d", "title": "A document"},
 "values": {"a": "2.0", "b": "0.3", "z": "0.1"},
 "claims": [
  {"id": "ratio", "source": "s", "statement": "x", "quantity": "{a} / {b}", "published": "6.67"},
  {"id": "rounded", "source": "s", "statement": "x", "quantity": "{a} / {b}", "published": "6.5"},
  {"id": "wrong", "source": "s", "statement": "x", "quantity": "{a} / {b}", "published": "8.5"},
  {"id": "least", "source": "s", "statement": "x", "quantity": "max({a}, 1) * (min({b}, {z}) + 2 - 1)", "relation": ">=", "published": "2.2"},
  {"id": "gap", "source": "s", "statement": "x", "quantity": "[gsm8k/gap] * 100", "published": "24.1"},
  {"id": "more", "source": "s", "statement": "x", "quantity": "[gsm8k/strong]", "relation": ">", "published": "0.99"},
  {"id": "absent", "source": "s", "statement": "x", "quantity": "[gsm8k/mf/apgr]", "published": "0.6"},
  {"id": "untold", "source": "s", "statement": "x", "published": "1", "needs": "a thing"}]}
END
status=0
"$ROUTEASSAY" verify "$work/claims.json" --results "$work/results.json" --json \
    >"$work/verdicts.json" 2>"$work/err" || status=$?
[ $status -eq 1 ] && grep -q '1 claims contradicted, 1 inconsistent' "$work/err" || fail "exit $status"
verdicts=$(grep -oP '"(id|verdict)": "\K[^"]*' "$work/verdicts.json" | paste -d= - - | tr '\n' ';')
[ "$verdicts" = "ratio=reproduced;rounded=consistent;wrong=inconsistent;least=reproduced;gap=reproduced;more=contradicted;absent=not testable;untold=not testable;" ] ||
    fail "$verdicts"
grep -q "no router 'mf' on 'gsm8k'" "$work/verdicts.json" || fail "does not name what is missing"
grep -q '"arithmetic": "2 / 0.3"' "$work/verdicts.json" || fail "no arithmetic"

# without results only the document's own arithmetic can be tested
"$ROUTEASSAY" verify "$work/claims.json" >"$work/text" 2>&1 && fail "passed"
grep -q '8 claims: 0 contradicted, 1 inconsistent, 1 consistent, 2 reproduced, 4 not testable' "$work/text" ||
    fail "$(tail -3 "$work/text")"

refuses() { # PATTERN SED-SCRIPT
    local status=0
    sed "$2" "$work/claims.json" >"$work/bad.json"
    "$ROUTEASSAY" verify "$work/bad.json" --results "$work/results.json" >"$work/out" 2>"$work/err" || status=$?
    [ $status -eq 3 ] && grep -qE "$1" "$work/err" || fail "exit $status: $(cat "$work/err")"
}
refuses "claim 'ratio': expression .*something left over" '0,/{a} \/ {b}/s//{a} {b}/'
refuses "claim 'ratio': no value 'q'" '0,/{a} \/ {b}/s//{q}/'
refuses "division by a range that holds 0" '0,/{a} \/ {b}/s//{a} \/ ({b} - {b})/'
refuses "expected" '0,/{a} \/ {b}/s//{a} \//'
refuses "'ratio' appears twice" 's/"rounded"/"ratio"/'
refuses "'published'" 's/"6.67"/"six"/'
refuses "'tolerance'" 's/"published": "6.67"/"published": "6.67", "tolerance": "-1"/'
refuses "'relation'" 's/">="/"~"/'
refuses "nested too deeply" "0,/{a} \/ {b}/s//$(printf '(%.0s' $(seq 100))1/"

# a document's own tolerance, and why a claim got its verdict
sed 's/"published": "8.5"/"published": "8.5", "tolerance": "2"/' "$work/claims.json" >"$work/tolerant.json"
"$ROUTEASSAY" verify "$work/tolerant.json" >"$work/text" || fail "$(cat "$work/text")"
grep -q 'within the document.s own tolerance of 2' "$work/text" || fail "$(cat "$work/text")"
explain() { "$ROUTEASSAY" explain "$work/results.json" "$1" --claims "$work/claims.json" >"$work/text" 2>&1; }
explain wrong || fail "$(cat "$work/text")"
for line in '{b} = 0.3, as the document prints it' 'verdict *inconsistent' 'arithmetic *2 / 0.3 = 6.66667'; do
    grep -q "$line" "$work/text" || fail "no '$line': $(cat "$work/text")"
done
explain absent && grep -q "no router 'mf'" "$work/text" || fail "$(cat "$work/text")"
explain untold && grep -q 'because *a thing' "$work/text" || fail "$(cat "$work/text")"
! explain nothing && grep -q "no claim 'nothing'" "$work/text" || fail "$(cat "$work/text")"

# under every grader that the results have
"$ROUTEASSAY" run golden/studies/golden.json --out "$work/run" >/dev/null 2>&1
cat >"$work/gap.json" <<'END'
{"schema": "routeassay.claims/1", "document": {"name": "d", "title": "A document"},
 "claims": [{"id": "gap", "source": "s", "statement": "x", "quantity": "[gsm8k/strong] - [gsm8k/weak]", "published": "0.241"}]}
END
"$ROUTEASSAY" verify "$work/gap.json" --results "$work/run/results.json" >"$work/text"
grep -q '^reproduced' "$work/text" && grep -q 'under grader numeric: contradicted, 0.206897' "$work/text" ||
    fail "$(cat "$work/text")"

# the paper's own figures: what holds and what does not
status=0
"$ROUTEASSAY" verify golden/claims/routellm.json --out "$work/paper.json" >"$work/text" 2>&1 || status=$?
[ $status -eq 1 ] || fail "exit $status"
grep -qE '^inconsistent +t7.sw.share ' "$work/text" || fail "SW ranking costs 0.44 % of GPT-4's calls"
grep -qE '^inconsistent +t6.mt_bench.cpt50.over_gpt4 ' "$work/text" || fail "3.66 is not over GPT-4"
grep -qE '^reproduced +t6.mt_bench.cpt50.versus_random ' "$work/text" || fail "3.66 is over random"
[ "$(grep -c '"verdict": "inconsistent"' "$work/paper.json")" -eq 9 ] || fail "$(tail -1 "$work/text")"
