#include "measure/cost.h"

#include "base/parallel.h"
#include "measure/kept.h"
#include "measure/prices.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { REPLICATES = 512, AT_95 = 1 };

const double ra_kept_targets[RA_KEPT_TARGETS] = {0.9, 0.95, 0.99};
const char *const ra_kept_names[RA_KEPT_TARGETS] = {"90", "95", "99"};

/* --- curves in dollars --- */

typedef struct sums {
    ra_sums score, usd;
} sums;

static ra_sums score_sums(const ra_kept_items *k)
{
    return (ra_sums){k->strong, k->weak, k->strong_turns, k->weak_turns};
}

/* Where every curve over one draw of the items begins: all of them at the weak model. */
typedef struct start {
    ra_mean score;
    double items, requests, weak_usd;
} start;

static start begin(const sums *s, size_t items, const ra_copies *copies)
{
    double unused;
    start b = {.score = ra_mean_begin(&s->score, items, copies, &unused)};
    for (size_t i = 0; i < items; i++) {
        double n = ra_copies_of(copies, i);
        b.items += n;
        b.requests += n * s->usd.weak_weight[i];
        b.weak_usd += n * s->usd.weak[i];
    }
    return b;
}

static size_t trace(const ra_steps *steps, const sums *s, const ra_copies *copies, const start *all,
                    ra_cost_point *points)
{
    ra_mean score = all->score;
    double called = 0, strong = 0, weak = all->weak_usd;
    for (size_t g = 0; g < steps->count; g++) {
        for (size_t k = g > 0 ? steps->end[g - 1] : 0; k < steps->end[g]; k++) {
            size_t i = steps->order[k];
            double n = ra_copies_of(copies, i);
            ra_mean_move(&s->score, i, n, &score);
            called += n;
            strong += n * s->usd.strong[i];
            weak -= n * s->usd.weak[i];
        }
        if (g + 1 == steps->count)
            weak = 0; /* rounding apart */
        points[g] = (ra_cost_point){called / all->items, score.sum / score.weight,
                                    strong / all->requests, weak / all->requests};
    }
    return steps->count;
}

static double usd(const ra_cost_point *p)
{
    return p->strong_usd + p->weak_usd;
}

static ra_cost_point between(const ra_cost_point *a, const ra_cost_point *b, double t)
{
    return (ra_cost_point){a->calls + t * (b->calls - a->calls),
                           a->score + t * (b->score - a->score),
                           a->strong_usd + t * (b->strong_usd - a->strong_usd),
                           a->weak_usd + t * (b->weak_usd - a->weak_usd)};
}

ra_cost_point ra_cost_at(const ra_cost_point *points, size_t count, double calls)
{
    for (size_t k = 1; k < count; k++)
        if (calls <= points[k].calls) {
            const ra_cost_point *a = &points[k - 1], *b = &points[k];
            double t = (calls - a->calls) / (b->calls - a->calls);
            return t < 1 ? between(a, b, t) : *b;
        }
    return points[count - 1];
}

ra_cost_point ra_cost_cheapest(const ra_cost_point *points, size_t count, double score)
{
    double least = score - 1e-12 * fabs(score);
    ra_cost_point best = points[count - 1];
    bool found = false;
    for (size_t k = 0; k < count; k++) {
        ra_cost_point at = points[k];
        bool enough = at.score >= least;
        if (k > 0 && enough != (points[k - 1].score >= least)) {
            const ra_cost_point *a = &points[k - 1];
            double t = (score - a->score) / (at.score - a->score);
            ra_cost_point cross = between(a, &at, fmin(fmax(t, 0), 1));
            if (!found || usd(&cross) < usd(&best))
                best = cross;
            found = true;
        }
        if (enough && (!found || usd(&at) < usd(&best))) {
            best = at;
            found = true;
        }
    }
    return best;
}

size_t ra_cost_trace(const ra_benchmark_result *b, const ra_router_result *r, ra_cost_point *points)
{
    ra_arena scratch = {0};
    ra_steps steps;
    const ra_copies one = {0};
    size_t n = b->kept.usage.count;
    sums s = {.score = score_sums(&b->kept)};
    ra_steps_make(&scratch, ra_places_score(&scratch, r->place, n), n, &steps);
    ra_money_sums(&scratch, &b->money, &b->kept.usage, &s.usd);
    start all = begin(&s, n, &one);
    size_t count = trace(&steps, &s, &one, &all, points);
    ra_arena_release(&scratch);
    return count;
}

/* --- one router --- */

static ra_charges charges_of(const ra_benchmark_result *b, const ra_router_result *r)
{
    ra_charges c = b->charges;
    c.router = r->has_own_usd ? r->own_usd : c.router;
    return c;
}

/* Everything but the models. */
static ra_cost_parts other_parts(const ra_charges *c)
{
    return (ra_cost_parts){.router = c->router,
                           .embedding = c->embedding,
                           .judge = c->judge,
                           .fixed = c->fixed > 0 ? c->fixed / c->traffic * 1e6 : 0};
}

static double other_usd(const ra_charges *c)
{
    ra_cost_parts p = other_parts(c);
    return p.router + p.embedding + p.judge + p.fixed;
}

static void fill_target(const ra_money *money, const ra_charges *charges, const ra_cost_point *p,
                        ra_cost_target *out)
{
    double others = other_usd(charges), all_strong = money->strong_usd;
    double total = usd(p) + others, saved = all_strong - total;
    *out = (ra_cost_target){.calls = {p->calls, NAN, NAN},
                            .usd = {total, NAN, NAN},
                            .saved_usd = {saved, NAN, NAN},
                            .saved = {saved / all_strong, NAN, NAN},
                            .parts = other_parts(charges),
                            .score = p->score,
                            .ratio_even = NAN,
                            .router_even = charges->router + saved,
                            .traffic_even = NAN};
    out->parts.strong = p->strong_usd;
    out->parts.weak = p->weak_usd;
    double weak_may_cost = all_strong - p->strong_usd - others;
    if (p->weak_usd > 0 && weak_may_cost > 0)
        out->ratio_even = all_strong / (money->weak_usd * weak_may_cost / p->weak_usd);
    double before_fixed = saved + out->parts.fixed;
    if (charges->fixed > 0 && before_fixed > 0)
        out->traffic_even = charges->fixed / before_fixed * 1e6;
}

/* --- what if an assumption were another --- */

typedef struct what_if {
    ra_benchmark_result b; /* with other money or charges */
    const ra_router_result *router;
    ra_cost_point *points;
} what_if;

static double saved_at(const what_if *w, double kept, double calls)
{
    size_t count = ra_cost_trace(&w->b, w->router, w->points);
    ra_cost_point all = w->points[count - 1];
    ra_cost_point p = isfinite(calls) ? ra_cost_at(w->points, count, calls)
                                      : ra_cost_cheapest(w->points, count, kept * all.score);
    return usd(&all) - usd(&p) - other_usd(&w->b.charges);
}

static void scale_side(ra_money *m, int side, double by)
{
    m->model[side].input *= by;
    m->model[side].output *= by;
}

static void scale_strong(what_if *w, double by)
{
    scale_side(&w->b.money, RA_STRONG, by);
}

static void scale_weak(what_if *w, double by)
{
    scale_side(&w->b.money, RA_WEAK, by);
}

/* Twice the tokens at half the price is the same. */
static void scale_tokens_in(what_if *w, double by)
{
    for (int side = 0; side < RA_SIDES; side++)
        w->b.money.model[side].input *= by;
    w->b.charges.embedding *= by;
}

static void scale_tokens_out(what_if *w, double by)
{
    for (int side = 0; side < RA_SIDES; side++)
        w->b.money.model[side].output *= by;
}

static void scale_overhead(what_if *w, double by)
{
    w->b.charges.router *= by;
    w->b.charges.embedding *= by;
    w->b.charges.judge *= by;
}

static void scale_traffic(what_if *w, double by)
{
    w->b.charges.traffic *= by;
}

static const struct assumption {
    const char *name, *low_text, *high_text;
    void (*scale)(what_if *w, double by);
    double low, high;
} assumptions[] = {
    {"price of the strong model", "-20 %", "+20 %", scale_strong, 0.8, 1.2},
    {"price of the weak model", "-20 %", "+20 %", scale_weak, 0.8, 1.2},
    {"tokens in", "-20 %", "+20 %", scale_tokens_in, 0.8, 1.2},
    {"tokens out", "-20 %", "+20 %", scale_tokens_out, 0.8, 1.2},
    {"router, embedding and judge", "none", "twice", scale_overhead, 0, 2},
    {"requests per month", "half", "twice", scale_traffic, 0.5, 2},
};
enum { ASSUMPTIONS = sizeof assumptions / sizeof *assumptions, MOST_BARS = ASSUMPTIONS + 2 };

static double width(const ra_tornado_bar *bar)
{
    return fabs(bar->saved_high - bar->saved_low);
}

/* Insertion: the widest first, equal ones in the order they came. */
static void add_bar(ra_router_cost *cost, ra_tornado_bar bar)
{
    size_t k = cost->bar_count++;
    for (; k > 0 && width(&cost->bars[k - 1]) < width(&bar); k--)
        cost->bars[k] = cost->bars[k - 1];
    cost->bars[k] = bar;
}

static bool is_in_play(const struct assumption *a, const ra_charges *c)
{
    if (a->scale == scale_overhead)
        return c->router + c->embedding + c->judge > 0;
    return a->scale != scale_traffic || c->fixed > 0;
}

static void add_bars(ra_arena *arena, const ra_benchmark_result *b, const ra_router_result *r,
                     ra_cost_point *points, ra_router_cost *cost)
{
    double kept = ra_kept_targets[AT_95];
    what_if same = {*b, r, points};
    same.b.charges = charges_of(b, r);
    cost->bars = ra_arena_alloc(arena, MOST_BARS, sizeof *cost->bars);
    cost->bar_count = 0;
    for (size_t i = 0; i < ASSUMPTIONS; i++) {
        const struct assumption *a = &assumptions[i];
        if (!is_in_play(a, &same.b.charges))
            continue;
        what_if low = same, high = same;
        a->scale(&low, a->low);
        a->scale(&high, a->high);
        add_bar(cost, (ra_tornado_bar){a->name, a->low_text, a->high_text,
                                       saved_at(&low, kept, NAN), saved_at(&high, kept, NAN)});
    }
    add_bar(cost,
            (ra_tornado_bar){"share of the strong score kept", "93 %", "97 %",
                             saved_at(&same, kept - 0.02, NAN), saved_at(&same, kept + 0.02, NAN)});
    const ra_estimate *calls = &cost->target[AT_95].calls;
    if (isfinite(calls->lo) && isfinite(calls->hi))
        add_bar(cost, (ra_tornado_bar){"share of strong calls",
                                       ra_arena_printf(arena, "%.1f %%", 100 * calls->lo),
                                       ra_arena_printf(arena, "%.1f %%", 100 * calls->hi),
                                       saved_at(&same, kept, calls->lo),
                                       saved_at(&same, kept, calls->hi)});
}

/* --- replicates --- */

enum { CALLS, USD, SAVED_USD, SAVED, FIGURES };

typedef struct job {
    const ra_benchmark_result *b;
    sums sums;
    ra_draws draws;
    const ra_lane_kernel *kernel;
    ra_steps *steps; /* of each router */
    size_t replicates;
    double *value; /* [router][target][figure][replicate] */
} job;

static double *values_of(const job *j, size_t router, int target, int figure)
{
    size_t row = (router * RA_KEPT_TARGETS + (size_t)target) * FIGURES + (size_t)figure;
    return j->value + row * j->replicates;
}

static void replicate_router(const job *j, size_t router, const ra_copies *copies,
                             const start *begun, size_t index, ra_cost_point *points)
{
    size_t count = trace(&j->steps[router], &j->sums, copies, begun, points);
    ra_charges charges = charges_of(j->b, &j->b->routers[router]);
    double all = usd(&points[count - 1]), others = other_usd(&charges);
    for (int t = 0; t < RA_KEPT_TARGETS; t++) {
        ra_cost_point p =
            ra_cost_cheapest(points, count, ra_kept_targets[t] * points[count - 1].score);
        double total = usd(&p) + others;
        values_of(j, router, t, CALLS)[index] = p.calls;
        values_of(j, router, t, USD)[index] = total;
        values_of(j, router, t, SAVED_USD)[index] = all - total;
        values_of(j, router, t, SAVED)[index] = 1 - total / all;
    }
}

static void run_tile(size_t tile, void *context)
{
    const job *j = context;
    size_t n = j->b->kept.usage.count;
    uint8_t *rows = ra_alloc((n + 1) * RA_LANES, sizeof *rows);
    ra_cost_point *points = ra_alloc(n + 1, sizeof *points);
    ra_draws_tile(&j->draws, j->kernel, tile, rows);
    for (size_t l = 0; l < RA_LANES && tile * RA_LANES + l < j->replicates; l++) {
        ra_copies copies = {rows, j->draws.item_row, l};
        start begun = begin(&j->sums, n, &copies);
        for (size_t r = 0; r < j->b->router_count; r++)
            if (j->steps[r].count > 0)
                replicate_router(j, r, &copies, &begun, tile * RA_LANES + l, points);
    }
    free(points);
    free(rows);
}

static void put_range(const job *j, size_t router, int target, int figure, ra_estimate *to)
{
    ra_range r = ra_interval(RA_PERCENTILE, j->b->intervals.level, NAN, 0,
                             values_of(j, router, target, figure), j->replicates);
    to->lo = r.lo;
    to->hi = r.hi;
}

static size_t strata_of(const ra_kept_items *k)
{
    size_t most = 0;
    for (size_t i = 0; k->stratum && i < k->usage.count; i++)
        most = k->stratum[i] > most ? k->stratum[i] : most;
    return most + 1;
}

static void fill_ranges(job *j, ra_arena *scratch, int threads, ra_benchmark_result *b)
{
    const ra_kept_items *k = &b->kept;
    if (!b->intervals.method || !(b->intervals.level > 0 && b->intervals.level < 1))
        return;
    j->replicates = b->intervals.replicates < REPLICATES ? b->intervals.replicates : REPLICATES;
    j->kernel = ra_lanes_kernel(RA_LANES_BEST);
    j->value = ra_arena_alloc(scratch, b->router_count * RA_KEPT_TARGETS * FIGURES * j->replicates,
                              sizeof *j->value);
    ra_draws_init(&j->draws, scratch, k->usage.count, k->stratum, strata_of(k), b->intervals.seed);
    ra_parallel_for((j->replicates + RA_LANES - 1) / RA_LANES, threads, run_tile, j);
    for (size_t r = 0; r < b->router_count; r++)
        for (int t = 0; b->routers[r].cost && t < RA_KEPT_TARGETS; t++) {
            ra_cost_target *to = &b->routers[r].cost->target[t];
            put_range(j, r, t, CALLS, &to->calls);
            put_range(j, r, t, USD, &to->usd);
            put_range(j, r, t, SAVED_USD, &to->saved_usd);
            put_range(j, r, t, SAVED, &to->saved);
        }
}

/* --- a benchmark --- */

/* Share of the strong model's dollars that is saved at a share of calls; NaN stays NaN. */
static double saved_share(const ra_cost_point *points, size_t count, double calls)
{
    if (isnan(calls))
        return NAN;
    ra_cost_point p = ra_cost_at(points, count, calls);
    return 1 - usd(&p) / usd(&points[count - 1]);
}

/* What ra_measure_router says of money supposes that all requests cost the same. */
static void correct_savings(const ra_cost_point *points, size_t count, ra_router_result *r)
{
    for (int t = 0; t < RA_TARGETS; t++) {
        const ra_estimate *cpt = &r->cpt[t].at;
        double lo = saved_share(points, count, cpt->hi), hi = saved_share(points, count, cpt->lo);
        r->saving[t].money = saved_share(points, count, cpt->value);
        r->saving[t].money_range = (ra_range){fmin(lo, hi), fmax(lo, hi)};
    }
}

static bool is_constant(const ra_sums *usd, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (fabs(usd->strong[i] / usd->strong_weight[i] - usd->strong[0] / usd->strong_weight[0]) +
                fabs(usd->weak[i] / usd->weak_weight[i] - usd->weak[0] / usd->weak_weight[0]) >
            0)
            return false;
    return true;
}

static void fill_router(ra_arena *arena, const ra_benchmark_result *b, bool constant,
                        ra_cost_point *points, ra_router_result *r)
{
    r->cost = ra_arena_alloc(arena, 1, sizeof *r->cost);
    ra_charges charges = charges_of(b, r);
    size_t count = ra_cost_trace(b, r, points);
    for (int t = 0; t < RA_KEPT_TARGETS; t++) {
        ra_cost_point p =
            ra_cost_cheapest(points, count, ra_kept_targets[t] * points[count - 1].score);
        fill_target(&b->money, &charges, &p, &r->cost->target[t]);
    }
    for (int m = 0; m < RA_COST_MARKS; m++) {
        ra_cost_point p = ra_cost_at(points, count, m / (double)(RA_COST_MARKS - 1));
        r->cost->mark[m] = (ra_cost_mark){p.calls, p.score, usd(&p) + other_usd(&charges)};
    }
    if (!constant)
        correct_savings(points, count, r);
}

void ra_cost_measure(ra_arena *arena, int threads, ra_benchmark_result *b)
{
    ra_arena scratch = {0};
    size_t n = b->kept.usage.count;
    for (size_t r = 0; r < b->router_count; r++)
        b->routers[r].cost = NULL;
    if (n == 0 || isnan(b->money.strong_usd))
        return;
    job j = {.b = b, .sums.score = score_sums(&b->kept)};
    ra_money_sums(&scratch, &b->money, &b->kept.usage, &j.sums.usd);
    bool constant = is_constant(&j.sums.usd, n);
    j.steps = ra_arena_alloc(&scratch, b->router_count, sizeof *j.steps);
    ra_cost_point *points = ra_arena_alloc(&scratch, n + 1, sizeof *points);
    for (size_t r = 0; r < b->router_count; r++) {
        if (!b->routers[r].place)
            continue;
        ra_steps_make(&scratch, ra_places_score(&scratch, b->routers[r].place, n), n, &j.steps[r]);
        fill_router(arena, b, constant, points, &b->routers[r]);
    }
    fill_ranges(&j, &scratch, threads, b);
    for (size_t r = 0; r < b->router_count; r++)
        if (b->routers[r].cost)
            add_bars(arena, b, &b->routers[r], points, b->routers[r].cost);
    ra_arena_release(&scratch);
}

const ra_router_result *ra_saves_most(const ra_benchmark_result *b)
{
    const ra_router_result *best = NULL;
    for (size_t i = 0; i < b->router_count; i++) {
        const ra_router_result *r = &b->routers[i];
        if (r->cost && !r->bound &&
            (!best ||
             r->cost->target[AT_95].saved_usd.value > best->cost->target[AT_95].saved_usd.value))
            best = r;
    }
    return best;
}
