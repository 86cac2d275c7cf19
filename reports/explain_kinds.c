#include "reports/explain_kinds.h"

#include "measure/aiq.h"
#include "measure/cells.h"
#include "measure/cost.h"
#include "measure/power.h"
#include "reports/table.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

ra_shown ra_explain_number(double value)
{
    ra_shown n = {"unknown"};
    if (isfinite(value))
        ra_format_number(n.text, value);
    return n;
}

static ra_shown show(double value)
{
    return ra_explain_number(value);
}

RA_PRINTF(2, 3) static void step(ra_explanation *e, const char *fmt, ...)
{
    char line[1024];
    va_list args;
    va_start(args, fmt);
    vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    if (e->step_count < RA_EXPLAIN_STEPS)
        e->steps[e->step_count++] = ra_printable_text(&e->arena, line);
}

/* --- models and the gap --- */

static void explain_model(ra_explanation *e, const ra_benchmark_result *b, const ra_model_result *m,
                          double all)
{
    e->value = m->score;
    step(e, "model %s: %zu turns graded, %zu missing, on the items that are kept", m->model,
         m->graded, m->missing);
    step(e, "mean over the graded turns of the %zu measured items: %s of %s", b->items,
         show(m->score).text, show(b->full_score).text);
    step(e, "mean over all %zu items, excluded ones too: %s", b->all_items, show(all).text);
}

static void explain_strong(ra_explanation *e, const ra_explain_subject *s)
{
    explain_model(e, s->benchmark, &s->benchmark->strong, s->benchmark->all_strong);
}

static void explain_weak(ra_explanation *e, const ra_explain_subject *s)
{
    explain_model(e, s->benchmark, &s->benchmark->weak, s->benchmark->all_weak);
}

static void explain_gap(ra_explanation *e, const ra_explain_subject *s)
{
    double strong = s->benchmark->strong.score, weak = s->benchmark->weak.score;
    e->value = strong - weak;
    step(e, "%s - %s = %s", show(strong).text, show(weak).text, show(e->value).text);
}

static void explain_point(ra_explanation *e, const ra_explain_subject *s)
{
    const ra_recorded_point *p = s->point;
    const ra_benchmark_result *b = s->benchmark;
    double pgr = (p->score - b->weak.score) / (b->strong.score - b->weak.score);
    e->value = p->score;
    step(e, "answers of %s: %zu turns graded, %zu missing, on the items that are kept", p->model,
         p->graded, p->missing);
    step(e, "share of the gap recovered: (%s - %s) / (%s - %s) = %s", show(p->score).text,
         show(b->weak.score).text, show(b->strong.score).text, show(b->weak.score).text,
         show(pgr).text);
    step(e, "share of strong calls: %s (%s)", show(p->strong_calls).text,
         p->strong_calls_source ? p->strong_calls_source : "no source given");
}

/* --- figures of the curve --- */

static void explain_apgr(ra_explanation *e, const ra_explain_subject *s)
{
    const ra_router_result *r = s->router;
    double area = 0;
    for (size_t k = 1; k < r->points; k++) {
        const ra_point *a = &r->curve[k - 1], *b = &r->curve[k];
        area += (b->c - a->c) * (a->pgr + b->pgr) / 2;
    }
    e->value = r->apgr.value;
    e->recomputed = area;
    step(e, "the curve has %zu breakpoints, from (0, 0) to (1, 1)", r->points);
    step(e, "sum of %zu trapezoids: %s", r->points ? r->points - 1 : 0, show(area).text);
    step(e, "over random: (%s - 0.5) / 0.5 = %+.2f %%", show(e->value).text, 200 * e->value - 100);
    if (isfinite(r->apgr.lo) && isfinite(r->apgr.hi))
        step(e, "interval from %s to %s", show(r->apgr.lo).text, show(r->apgr.hi).text);
}

/* Shows where the line between breakpoints k - 1 and k meets the target. */
static void explain_crossing(ra_explanation *e, const ra_router_result *r, size_t k, double target)
{
    const ra_point *a = &r->curve[k - 1], *b = &r->curve[k];
    e->recomputed = a->c + (b->c - a->c) * (target - a->pgr) / (b->pgr - a->pgr);
    step(e, "breakpoint %zu of %zu: c = %s, PGR = %s", k, r->points, show(a->c).text,
         show(a->pgr).text);
    step(e, "breakpoint %zu of %zu: c = %s, PGR = %s", k + 1, r->points, show(b->c).text,
         show(b->pgr).text);
    step(e, "on the line between them PGR = %s at %s + (%s - %s) * (%s - %s) / (%s - %s) = %s",
         show(target).text, show(a->c).text, show(b->c).text, show(a->c).text, show(target).text,
         show(a->pgr).text, show(b->pgr).text, show(a->pgr).text, show(e->recomputed).text);
}

static void explain_cpt(ra_explanation *e, const ra_explain_subject *s)
{
    const ra_router_result *r = s->router;
    double target = ra_targets[s->target];
    size_t k = 1;
    e->value = r->cpt[s->target].at.value;
    while (k < r->points && r->curve[k].pgr < target)
        k++;
    if (k < r->points)
        explain_crossing(e, r, k, target);
}

static void explain_sustained(ra_explanation *e, const ra_explain_subject *s)
{
    const ra_router_result *r = s->router;
    double target = ra_targets[s->target];
    size_t k = r->points ? r->points - 1 : 0;
    e->value = r->cpt[s->target].sustained;
    while (k > 0 && r->curve[k - 1].pgr >= target)
        k--;
    if (k > 0)
        explain_crossing(e, r, k, target);
}

/* --- RouteLLM's own procedure: needs the scores, which results do not hold --- */

static void explain_own(ra_explanation *e, const ra_router_result *r, double value)
{
    e->value = r->routellm.error ? (double)NAN : value;
    e->unknown = r->routellm.error;
    step(e, "needs the router's scores, so it cannot be made again from the curve alone");
}

static void explain_own_apgr(ra_explanation *e, const ra_explain_subject *s)
{
    explain_own(e, s->router, s->router->routellm.apgr);
    step(e, "the exact curve gives %s", show(s->router->apgr.value).text);
}

static void explain_own_cpt(ra_explanation *e, const ra_explain_subject *s)
{
    explain_own(e, s->router, s->router->routellm.cpt[s->target]);
    step(e, "the exact curve gives %s", show(s->router->cpt[s->target].at.value).text);
}

/* --- savings --- */

static void explain_versus_random(ra_explanation *e, const ra_explain_subject *s)
{
    double target = ra_targets[s->target], cpt = s->router->cpt[s->target].at.value;
    e->value = s->router->saving[s->target].versus_random;
    e->recomputed = cpt > 0 ? target / cpt : (double)NAN;
    step(e, "the random router needs a share of %s of the calls, this one %s", show(target).text,
         show(cpt).text);
    step(e, "%s / %s = %s", show(target).text, show(cpt).text, show(e->recomputed).text);
}

static void step_prices(ra_explanation *e, const ra_benchmark_result *b)
{
    const ra_money *m = &b->money;
    step(e, "a million requests cost $%s at %s, $%s at %s", show(m->strong_usd).text,
         b->strong.model, show(m->weak_usd).text, b->weak.model);
    step(e, "tokens: %s; prices as of %s", m->tokens ? m->tokens : "unknown",
         m->as_of ? m->as_of : "unknown");
}

static bool has_money(ra_explanation *e, const ra_benchmark_result *b)
{
    if (isfinite(b->money.strong_usd) && isfinite(b->money.weak_usd))
        return true;
    e->unknown = "no prices were given";
    return false;
}

/* Dollars of the models at a share of strong calls: item by item where the items are kept. */
static ra_cost_point models_at(const ra_benchmark_result *b, const ra_router_result *r, double c)
{
    const ra_money *m = &b->money;
    if (!r->place || b->kept.usage.count == 0)
        return (ra_cost_point){c, NAN, c * m->strong_usd, (1 - c) * m->weak_usd};
    ra_cost_point *points = ra_alloc(b->kept.usage.count + 1, sizeof *points);
    ra_cost_point at = ra_cost_at(points, ra_cost_trace(b, r, points), c);
    free(points);
    return at;
}

static void explain_money(ra_explanation *e, const ra_explain_subject *s)
{
    const ra_money *m = &s->benchmark->money;
    double cpt = s->router->cpt[s->target].at.value;
    e->value = s->router->saving[s->target].money;
    if (!has_money(e, s->benchmark))
        return;
    ra_cost_point at = models_at(s->benchmark, s->router, cpt);
    double usd = at.strong_usd + at.weak_usd;
    e->recomputed = 1 - usd / m->strong_usd;
    step_prices(e, s->benchmark);
    step(e, "routed, at a share of %s strong calls: $%s + $%s = $%s", show(cpt).text,
         show(at.strong_usd).text, show(at.weak_usd).text, show(usd).text);
    step(e, "1 - %s / %s = %s", show(usd).text, show(m->strong_usd).text, show(e->recomputed).text);
}

/* The cheapest point, found again where the items are kept; false without costs. */
static const ra_cost_target *explain_target(ra_explanation *e, const ra_explain_subject *s)
{
    const ra_router_result *r = s->router;
    if (!has_money(e, s->benchmark) || !r->cost) {
        e->unknown = e->unknown ? e->unknown : "no costs were measured";
        return NULL;
    }
    const ra_cost_target *c = &r->cost->target[s->target];
    double wanted = ra_kept_targets[s->target] * s->benchmark->strong.score;
    step_prices(e, s->benchmark);
    step(e, "score needed: %s * %s = %s; the cheapest point of the curve has %s",
         show(ra_kept_targets[s->target]).text, show(s->benchmark->strong.score).text,
         show(wanted).text, show(c->score).text);
    return c;
}

static double step_parts(ra_explanation *e, const ra_cost_parts *p)
{
    double sum = p->strong + p->weak + p->router + p->embedding + p->judge + p->fixed;
    step(e, "strong %s + weak %s + router %s + embedding %s + judge %s + fixed %s = $%s",
         show(p->strong).text, show(p->weak).text, show(p->router).text, show(p->embedding).text,
         show(p->judge).text, show(p->fixed).text, show(sum).text);
    return sum;
}

static void explain_cost(ra_explanation *e, const ra_explain_subject *s)
{
    const ra_cost_target *c = explain_target(e, s);
    e->value = c ? c->usd.value : (double)NAN;
    if (!c)
        return;
    ra_cost_point at = models_at(s->benchmark, s->router, c->calls.value);
    step(e, "at a share of %s strong calls the models cost $%s and $%s", show(c->calls.value).text,
         show(at.strong_usd).text, show(at.weak_usd).text);
    ra_cost_parts parts = c->parts;
    parts.strong = at.strong_usd;
    parts.weak = at.weak_usd;
    e->recomputed = step_parts(e, &parts);
    if (isfinite(c->usd.lo) && isfinite(c->usd.hi))
        step(e, "interval from %s to %s", show(c->usd.lo).text, show(c->usd.hi).text);
}

static void explain_saved(ra_explanation *e, const ra_explain_subject *s)
{
    const ra_cost_target *c = explain_target(e, s);
    e->value = c ? c->saved_usd.value : (double)NAN;
    if (!c)
        return;
    double all = s->benchmark->money.strong_usd, usd = step_parts(e, &c->parts);
    e->recomputed = all - usd;
    step(e, "%s - %s = %s", show(all).text, show(usd).text, show(e->recomputed).text);
    if (isfinite(c->saved_usd.lo) && isfinite(c->saved_usd.hi))
        step(e, "interval from %s to %s", show(c->saved_usd.lo).text, show(c->saved_usd.hi).text);
}

/* --- beyond the curve --- */

static void step_interval(ra_explanation *e, const ra_estimate *of)
{
    if (isfinite(of->lo) && isfinite(of->hi))
        step(e, "interval from %s to %s", show(of->lo).text, show(of->hi).text);
}

static void explain_aiq(ra_explanation *e, const ra_explain_subject *s)
{
    const ra_benchmark_result *b = s->benchmark;
    const ra_router_result *r = s->router;
    ra_curve curve = {b->weak.score, b->strong.score, r->curve, r->points};
    double hull = ra_curve_hull_area(&curve);
    e->value = r->aiq.value;
    e->recomputed = ra_aiq(hull, b->strong.score, b->weak.score, &b->money);
    if (!isfinite(b->money.strong_usd) || !isfinite(b->money.weak_usd))
        e->unknown = "no prices were given";
    step(e, "area under the hull of (c, PGR): %s; under the curve: %s", show(hull).text,
         show(r->apgr.value).text);
    step(e, "a million requests cost $%s at %s, $%s at %s", show(b->money.strong_usd).text,
         b->strong.model, show(b->money.weak_usd).text, b->weak.model);
    step(e, "(%s - %s) / %s * (%s + (%s - %s) * %s) = %s", show(b->money.strong_usd).text,
         show(b->money.weak_usd).text, show(b->money.strong_usd).text, show(b->weak.score).text,
         show(b->strong.score).text, show(b->weak.score).text, show(hull).text,
         show(e->recomputed).text);
    step_interval(e, &r->aiq);
}

static void explain_rank(ra_explanation *e, const ra_explain_subject *s)
{
    const ra_router_result *r = s->router;
    e->value = r->rank.value;
    for (size_t i = 0; i < s->benchmark->router_count; i++) {
        const ra_router_result *other = &s->benchmark->routers[i];
        if (!other->bound && e->step_count + 2 < RA_EXPLAIN_STEPS)
            step(e, "APGR of %s: %s", other->name, show(other->apgr.value).text);
    }
    if (r->bound)
        e->unknown = "a bound, which knows the grades, is not ranked";
    step_interval(e, &r->rank);
}

static void explain_auc(ra_explanation *e, const ra_explain_subject *s)
{
    const ra_diagnostics *d = &s->router->diagnostics;
    e->value = d->auc.value;
    if (!isfinite(e->value))
        e->unknown = "the strong model is needed on all items, or on none";
    step(e, "needs the router's scores, so it cannot be made again from the curve alone");
    step(e, "%zu distinct scores, %s bits of entropy", d->distinct, show(d->entropy).text);
    step_interval(e, &d->auc);
}

static double apgr_of(const ra_benchmark_result *b, const char *router)
{
    for (size_t i = 0; i < b->router_count; i++)
        if (strcmp(b->routers[i].name, router) == 0)
            return b->routers[i].apgr.value;
    return 0.5; /* "random, exact" */
}

static void explain_difference(ra_explanation *e, const ra_explain_subject *s)
{
    const ra_comparison *c = s->comparison;
    const ra_benchmark_result *b = s->benchmark;
    double one = apgr_of(b, c->a), other = apgr_of(b, c->b), alpha = 1 - b->intervals.level;
    e->value = c->difference.value;
    e->recomputed = one - other;
    step(e, "APGR of %s less that of %s: %s - %s = %s", c->a, c->b, show(one).text,
         show(other).text, show(e->recomputed).text);
    step_interval(e, &c->difference);
    step(e, "standard error %s, from %zu paired replicates", show(c->se).text,
         b->intervals.replicates);
    step(e, "p = %s by the bootstrap, %s by sign flips", show(c->p.bootstrap).text,
         show(c->p.sign_flip).text);
    step(e, "corrected by Holm within its family (%s): %s and %s", ra_family_names[c->family],
         show(c->holm.bootstrap).text, show(c->holm.sign_flip).text);
    step(e, "a test at %.2g finds a true difference of %s with a probability of %.2g", alpha,
         show(ra_power_detectable(c->se, alpha, RA_POWER)).text, RA_POWER);
}

/* --- the kinds of cells --- */

const ra_explain_kind ra_explain_kinds[] = {
    {RA_OF_BENCHMARK, "strong", "", explain_strong, "mean score of the strong model",
     "r_strong = sum of scores / number of graded turns"},
    {RA_OF_BENCHMARK, "weak", "", explain_weak, "mean score of the weak model",
     "r_weak = sum of scores / number of graded turns"},
    {RA_OF_BENCHMARK, "gap", "", explain_gap, "what a router can recover",
     "gap = r_strong - r_weak"},
    {RA_OF_POINT, "score", "", explain_point,
     "mean score of a router that was recorded as one model",
     "r = sum of scores / number of graded turns"},
    {RA_OF_ROUTER, "apgr", "", explain_apgr,
     "average performance gap recovered: area under PGR against the share of strong calls; 0.5 "
     "for a router that knows nothing",
     "APGR = sum over breakpoints of (c[k] - c[k-1]) * (PGR[k-1] + PGR[k]) / 2, "
     "PGR = (r - r_weak) / (r_strong - r_weak)"},
    {RA_OF_TARGET, "cpt", "", explain_cpt,
     "call-performance threshold: smallest share of strong calls at which the curve first reaches "
     "the target",
     "CPT = c0 + (c1 - c0) * (target - PGR0) / (PGR1 - PGR0) at the first crossing"},
    {RA_OF_TARGET, "cpt", "/sustained", explain_sustained,
     "smallest share of strong calls from which the curve never falls below the target again",
     "CPT = c0 + (c1 - c0) * (target - PGR0) / (PGR1 - PGR0) at the last crossing"},
    {RA_OF_ROUTER, "aiq", "", explain_aiq,
     "RouterBench's average improvement in quality: area under the non-decreasing convex hull of "
     "(dollars, score), divided by the largest cost",
     "AIQ = (usd_strong - usd_weak) / usd_strong * (r_weak + (r_strong - r_weak) * hull)"},
    {RA_OF_ROUTER, "rank", "", explain_rank,
     "place among the routers of the study by APGR, 1 = best; the interval is that of the place in "
     "each replicate",
     "1 + number of better routers + half the number of equal ones"},
    {RA_OF_ROUTER, "auc", "", explain_auc,
     "area under the ROC curve: how often an item that needs the strong model has a higher score "
     "than one that does not",
     "P(score needed > score not needed) + P(equal) / 2; interval by DeLong"},
    {RA_OF_COMPARISON, "less/", "", explain_difference,
     "difference of two routers' APGR on the same items; 'random, exact' has 0.5",
     "APGR - APGR; see docs/intervals.md for the tests"},
    {RA_OF_ROUTER, "routellm/apgr", "", explain_own_apgr,
     "APGR by RouteLLM's own procedure: 11 thresholds at the deciles of the scores",
     "trapezoid rule over those 11 points"},
    {RA_OF_TARGET, "routellm/cpt", "", explain_own_cpt,
     "CPT by RouteLLM's own procedure: 11 thresholds at the deciles of the scores",
     "numpy.interp of c against r at the target score"},
    {RA_OF_TARGET, "saving", "/versus_random", explain_versus_random,
     "how many times fewer strong calls than the random router for the same share of the gap",
     "target / CPT, since the random router's CPT is the target"},
    {RA_OF_TARGET, "saving", "/money", explain_money,
     "share of the dollars saved against always calling the strong model",
     "1 - (dollars of the items chosen for either model) / strong_usd; (CPT * strong_usd + (1 - "
     "CPT) * weak_usd) where all requests cost the same"},
    {RA_OF_KEPT, "cost", "/usd", explain_cost,
     "dollars per million requests, everything billed, at the cheapest point of the router's curve "
     "that keeps the share of the strong model's score",
     "strong + weak + router + embedding + judge + fixed"},
    {RA_OF_KEPT, "cost", "/saved_usd", explain_saved,
     "dollars saved per million requests against always calling the strong model",
     "strong_usd - (strong + weak + router + embedding + judge + fixed)"},
    {.explain = NULL},
};
