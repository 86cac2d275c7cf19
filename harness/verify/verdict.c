/* Holding a claim against what is known. */
#include "measure/cells.h"
#include "verify/claims.h"
#include "verify/expression.h"

#include <math.h>
#include <string.h>

const char *const ra_verdict_names[RA_VERDICTS] = {"reproduced", "consistent", "contradicted",
                                                   "inconsistent", "not testable"};

const ra_verdict_kind ra_verdict_order[RA_VERDICTS] = {
    RA_CONTRADICTED, RA_INCONSISTENT, RA_CONSISTENT, RA_REPRODUCED, RA_NOT_TESTABLE};

/* Half a unit of the last digit printed: "49.03" -> 0.005. */
static double rounding(const char *printed)
{
    const char *point = strchr(printed, '.');
    return 0.5 * pow(10, point ? -(double)strspn(point + 1, "0123456789") : 0);
}

static ra_estimate as_printed(const char *printed)
{
    double value = NAN;
    if (!ra_parse_number(printed, &value))
        value = NAN; /* refused when the file was read */
    double half = rounding(printed);
    return (ra_estimate){value, value - half, value + half};
}

/* What the document says: as printed, and by its own tolerance if that is wider. */
static ra_estimate as_claimed(const ra_claim *claim)
{
    ra_estimate e = as_printed(claim->published);
    double own = 0;
    if (claim->tolerance && ra_parse_number(claim->tolerance, &own) && own > e.hi - e.value)
        e = (ra_estimate){e.value, e.value - own, e.value + own};
    return e;
}

typedef struct lookup {
    const ra_claims *claims;
    const ra_results *results;
} lookup;

static bool find_name(void *context, const char *name, bool measured, ra_estimate *out,
                      ra_error *why)
{
    const lookup *l = context;
    if (measured) {
        if (!l->results)
            return ra_failf(why, RA_ERR_USAGE, NULL, 0, "no results were given");
        if (!ra_cell_find(l->results, name, out, why))
            return false;
        if (isnan(out->lo) || isnan(out->hi))
            out->lo = out->hi = out->value;
        return true;
    }
    size_t found = ra_map_get(&l->claims->by_name, name);
    if (found == RA_MAP_NONE)
        return ra_failf(why, RA_ERR_INPUT, l->claims->path, 0, "no value '%s'", name);
    *out = as_printed(l->claims->values[found].printed);
    return true;
}

/* Does the relation hold between a and b? */
static bool holds(const char *relation, double a, double b)
{
    switch (relation[0]) {
    case '>':
        return relation[1] ? a >= b : a > b;
    case '<':
        return relation[1] ? a <= b : a < b;
    default:
        return !(a < b) && !(a > b);
    }
}

/* Is there any value in the range for which the relation to the published number can hold? */
static bool can_hold(const ra_claim *claim, ra_estimate found, ra_estimate published)
{
    if (claim->relation[0] == '>')
        return found.hi >= published.value;
    if (claim->relation[0] == '<')
        return found.lo <= published.value;
    return found.lo <= published.hi && found.hi >= published.lo;
}

static bool is_reproduced(const ra_claim *claim, ra_estimate found, ra_estimate published)
{
    if (claim->relation[0] != '=')
        return holds(claim->relation, found.value, published.value);
    double half = published.hi - published.value;
    /* a tie of rounding may go either way; 1e-9 covers the arithmetic */
    return fabs(found.value - published.value) <= half * (1 + 1e-9) + 1e-12;
}

static void explain(const ra_claim *claim, ra_judged *j, ra_estimate published, ra_arena *arena)
{
    const char *what = j->measured ? "measured" : "from the document's own figures";
    if (j->verdict == RA_REPRODUCED && claim->tolerance)
        j->reason = ra_arena_printf(arena, "%s: %.6g, within the document's own tolerance of %s",
                                    what, j->found.value, claim->tolerance);
    else if (j->verdict == RA_REPRODUCED)
        j->reason = ra_arena_printf(arena, "%s: %.6g", what, j->found.value);
    else if (j->verdict == RA_CONSISTENT)
        j->reason = ra_arena_printf(arena, "%s: %.6g, and anything from %.6g to %.6g is possible",
                                    what, j->found.value, j->found.lo, j->found.hi);
    else
        j->reason = ra_arena_printf(arena, "%s: %.6g, off by %+.3g (%+.1f %%)", what,
                                    j->found.value, j->found.value - published.value,
                                    100 * (j->found.value / published.value - 1));
}

static void decide(const ra_claim *claim, ra_judged *j, ra_arena *arena)
{
    ra_estimate published = as_claimed(claim);
    if (is_reproduced(claim, j->found, published))
        j->verdict = RA_REPRODUCED;
    else if (can_hold(claim, j->found, published))
        j->verdict = RA_CONSISTENT;
    else
        j->verdict = j->measured ? RA_CONTRADICTED : RA_INCONSISTENT;
    explain(claim, j, published, arena);
}

static bool judge_quantity(const lookup *l, const char *quantity, ra_arena *arena, ra_judged *out,
                           ra_error *err)
{
    lookup context = *l;
    ra_names names = {find_name, &context};
    ra_buf arithmetic = {0};
    ra_error why = {0};
    const ra_claim *claim = out->claim;
    ra_evaluated how =
        ra_expression_evaluate(quantity, &names, &out->found, &out->measured, &arithmetic, &why);
    if (how == RA_EVALUATED) {
        out->arithmetic = ra_arena_strdup(arena, arithmetic.text ? arithmetic.text : "");
        decide(claim, out, arena);
    } else {
        out->found = (ra_estimate){NAN, NAN, NAN};
        out->reason = claim->needs ? claim->needs : ra_arena_strdup(arena, why.message);
    }
    ra_buf_release(&arithmetic);
    return how != RA_EVALUATED_WRONG || ra_failf(err, RA_ERR_INPUT, l->claims->path, 0,
                                                 "claim '%s': %s", claim->id, why.message);
}

/* "[gsm8k/strong]" -> "[gsm8k@numeric/strong]"; NULL when the benchmark is not named so. */
static const char *under_grader(ra_arena *arena, const char *quantity, const ra_benchmark_result *b)
{
    const char *mark = ra_arena_printf(arena, "[%s/", b->name), *found = strstr(quantity, mark);
    if (!found)
        return NULL;
    ra_buf text = {0};
    for (; found; found = strstr(quantity, mark)) {
        ra_buf_printf(&text, "%.*s[%s@%s/", (int)(found - quantity), quantity, b->name, b->grader);
        quantity = found + strlen(mark);
    }
    ra_buf_puts(&text, quantity);
    const char *copy = ra_arena_strdup(arena, text.text);
    ra_buf_release(&text);
    return copy;
}

static bool judge_others(const lookup *l, ra_arena *arena, ra_judged *out, ra_error *err)
{
    const ra_results *r = l->results;
    if (!r || !out->measured)
        return true;
    out->others = ra_arena_alloc(arena, r->benchmark_count, sizeof *out->others);
    for (size_t i = 0; i < r->benchmark_count; i++) {
        const ra_benchmark_result *b = &r->benchmarks[i];
        const char *quantity =
            b->default_grader ? NULL : under_grader(arena, out->claim->quantity, b);
        ra_judged other = {.claim = out->claim, .verdict = RA_NOT_TESTABLE};
        if (!quantity)
            continue;
        if (!judge_quantity(l, quantity, arena, &other, err))
            return false;
        if (other.verdict != RA_NOT_TESTABLE)
            out->others[out->other_count++] =
                (ra_other_verdict){b->grader, other.verdict, other.found};
    }
    return true;
}

static bool judge(const lookup *l, const ra_claim *claim, ra_arena *arena, ra_judged *out,
                  ra_error *err)
{
    *out = (ra_judged){.claim = claim,
                       .verdict = RA_NOT_TESTABLE,
                       .found = {NAN, NAN, NAN},
                       .reason = claim->needs,
                       .arithmetic = ""};
    return !claim->quantity || (judge_quantity(l, claim->quantity, arena, out, err) &&
                                judge_others(l, arena, out, err));
}

bool ra_claims_judge(const ra_claims *claims, const ra_results *results, ra_arena *arena,
                     ra_judged **out, ra_error *err)
{
    lookup l = {claims, results};
    *out = ra_arena_alloc(arena, claims->claim_count, sizeof **out);
    for (size_t i = 0; i < claims->claim_count; i++)
        if (!judge(&l, &claims->claims[i], arena, &(*out)[i], err))
            return false;
    return true;
}

void ra_verdicts_count(const ra_claims *claims, const ra_judged *judged, size_t counts[RA_VERDICTS])
{
    memset(counts, 0, RA_VERDICTS * sizeof *counts);
    for (size_t i = 0; i < claims->claim_count; i++)
        counts[judged[i].verdict]++;
}

static ra_json *others_json(const ra_judged *j)
{
    ra_json *list = ra_json_new_array();
    for (size_t i = 0; i < j->other_count; i++) {
        ra_json *o = ra_json_new_object();
        ra_json_put_string(o, "grader", j->others[i].grader);
        ra_json_put_string(o, "verdict", ra_verdict_names[j->others[i].verdict]);
        ra_json_put_number(o, "found", j->others[i].found.value);
        ra_json_add(list, o);
    }
    return list;
}

ra_json *ra_verdicts_json(const ra_claims *claims, const ra_judged *judged)
{
    ra_json *doc = ra_json_new_object(), *list = ra_json_new_array();
    ra_json_put_string(doc, "schema", "routeassay.verdicts/1");
    ra_json_put_string(doc, "document", claims->title);
    for (size_t i = 0; i < claims->claim_count; i++) {
        const ra_judged *j = &judged[i];
        ra_json *o = ra_json_new_object();
        ra_json_put_string(o, "id", j->claim->id);
        ra_json_put_string(o, "source", j->claim->source);
        ra_json_put_string(o, "statement", j->claim->statement);
        ra_json_put_string(o, "relation", j->claim->relation);
        ra_json_put_string(o, "published", j->claim->published);
        ra_json_put_string(o, "verdict", ra_verdict_names[j->verdict]);
        ra_json_put_number(o, "found", j->found.value);
        ra_json_put_number(o, "lo", j->found.lo);
        ra_json_put_number(o, "hi", j->found.hi);
        ra_json_put_string(o, "reason", j->reason);
        ra_json_put_string(o, "quantity", j->claim->quantity);
        ra_json_put_string(o, "arithmetic", j->arithmetic);
        ra_json_put_string(o, "note", j->claim->note);
        ra_json_put(o, "under_graders", others_json(j));
        ra_json_add(list, o);
    }
    ra_json_put(doc, "claims", list);
    return doc;
}
