#include "measure/compare.h"

#include "measure/sign_flip.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const ra_family_names[RA_FAMILIES] = {"random", "hand rule", "pairs"};

typedef struct comparing {
    const ra_resampling *how;
    const ra_replicates *drawn;
    ra_sign_flips flips;
    double *difference; /* scratch: one a replicate */
    ra_benchmark_result *out;
} comparing;

/* --- Holm --- */

typedef struct ranked {
    double p;
    size_t index;
} ranked;

static int by_p(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    if (x->p < y->p || x->p > y->p)
        return x->p < y->p ? -1 : 1;
    return x->index < y->index ? -1 : 1;
}

/* Corrects count p-values in place: they stay in their order. */
static void holm(double *p, size_t count)
{
    ranked *all = ra_alloc(count, sizeof *all);
    for (size_t i = 0; i < count; i++)
        all[i] = (ranked){p[i], i};
    qsort(all, count, sizeof *all, by_p);
    double highest = 0;
    for (size_t k = 0; k < count; k++) {
        double corrected = fmin(1, (double)(count - k) * all[k].p);
        highest = fmax(highest, corrected);
        p[all[k].index] = highest;
    }
    free(all);
}

/* --- one comparison --- */

/* Differences of the replicates that have a gap; returns their number. */
static size_t differences(const comparing *c, size_t a, long b)
{
    const double *of_a = ra_replicates_of(c->drawn, a, RA_FIGURE_APGR);
    const double *of_b = b < 0 ? NULL : ra_replicates_of(c->drawn, (size_t)b, RA_FIGURE_APGR);
    size_t usable = 0;
    for (size_t i = 0; i < c->drawn->count; i++)
        if (!isnan(of_a[i]))
            c->difference[usable++] = of_a[i] - (of_b ? of_b[i] : 0.5);
    return usable;
}

static double deviation(const double *values, size_t count)
{
    double sum = 0, squares = 0;
    for (size_t i = 0; i < count; i++)
        sum += values[i];
    double mean = sum / (double)count;
    for (size_t i = 0; i < count; i++)
        squares += (values[i] - mean) * (values[i] - mean);
    return sqrt(squares / (double)(count - 1));
}

static double bootstrap_p(const double *values, size_t count)
{
    size_t below = 1, above = 1;
    for (size_t i = 0; i < count; i++) {
        below += values[i] <= 0;
        above += values[i] >= 0;
    }
    return fmin(1, 2 * (double)(below < above ? below : above) / (double)(count + 1));
}

static void compare(comparing *c, ra_family family, size_t a, long b)
{
    const ra_router_result *routers = c->out->routers;
    ra_comparison *to = &c->out->comparisons[c->out->comparison_count++];
    double other = b < 0 ? 0.5 : routers[b].apgr.value;
    size_t usable = differences(c, a, b);
    *to = (ra_comparison){.family = family,
                          .a = routers[a].name,
                          .b = b < 0 ? "random, exact" : routers[b].name,
                          .se = usable > 1 ? deviation(c->difference, usable) : (double)NAN,
                          .p = {usable > 0 ? bootstrap_p(c->difference, usable) : (double)NAN,
                                ra_sign_flip_p(&c->flips, a, b)}};
    ra_range range = ra_interval(RA_PERCENTILE, c->how->level, NAN, 0, c->difference, usable);
    to->difference = (ra_estimate){routers[a].apgr.value - other, range.lo, range.hi};
    to->holm = to->p;
}

/* --- families --- */

static void correct(ra_comparison *family, size_t count)
{
    double *p = ra_alloc(count, sizeof *p);
    for (size_t i = 0; i < count; i++)
        p[i] = family[i].p.bootstrap;
    holm(p, count);
    for (size_t i = 0; i < count; i++) {
        family[i].holm.bootstrap = p[i];
        p[i] = family[i].p.sign_flip;
    }
    holm(p, count);
    for (size_t i = 0; i < count; i++)
        family[i].holm.sign_flip = p[i];
    free(p);
}

/* The hand rule with the highest APGR; RA_CHANCE_ROUTER if there is none. */
static long best_hand_rule(const ra_benchmark_result *b)
{
    long best = RA_CHANCE_ROUTER;
    for (size_t i = 0; i < b->router_count; i++)
        if (b->routers[i].hand_rule &&
            (best < 0 || b->routers[i].apgr.value > b->routers[best].apgr.value))
            best = (long)i;
    return best;
}

static void compare_family(comparing *c, ra_family family)
{
    const ra_benchmark_result *b = c->out;
    size_t first = b->comparison_count;
    long rule = best_hand_rule(b);
    for (size_t i = 0; i < b->router_count; i++) {
        if (b->routers[i].bound)
            continue;
        if (family == RA_AGAINST_RANDOM)
            compare(c, family, i, RA_CHANCE_ROUTER);
        else if (family == RA_AGAINST_HAND_RULE && rule >= 0 && rule != (long)i)
            compare(c, family, i, rule);
        for (size_t k = i + 1; family == RA_PAIRS && k < b->router_count; k++)
            if (!b->routers[k].bound)
                compare(c, family, i, (long)k);
    }
    correct(b->comparisons + first, b->comparison_count - first);
}

/* --- ranks --- */

/* Of router `r` among those that are not bounds; apgr(i) is that of router i. */
static double rank_of(const ra_benchmark_result *b, size_t r, const double *apgr)
{
    double better = 0, equal = 0;
    for (size_t i = 0; i < b->router_count; i++) {
        if (b->routers[i].bound)
            continue;
        better += apgr[i] > apgr[r];
        equal += !(apgr[i] > apgr[r]) && !(apgr[i] < apgr[r]);
    }
    return better + (equal + 1) / 2;
}

static void rank_router(comparing *c, size_t r, double *apgr)
{
    ra_benchmark_result *b = c->out;
    size_t usable = 0;
    for (size_t i = 0; i < c->drawn->count; i++) {
        for (size_t k = 0; k < b->router_count; k++)
            apgr[k] = ra_replicates_of(c->drawn, k, RA_FIGURE_APGR)[i];
        if (!isnan(apgr[r]))
            c->difference[usable++] = rank_of(b, r, apgr);
    }
    ra_range range = ra_interval(RA_PERCENTILE, c->how->level, NAN, 0, c->difference, usable);
    for (size_t k = 0; k < b->router_count; k++)
        apgr[k] = b->routers[k].apgr.value;
    b->routers[r].rank = (ra_estimate){rank_of(b, r, apgr), range.lo, range.hi};
}

void ra_compare_routers(ra_arena *arena, const ra_outcomes *outcomes, const double *const *score,
                        const ra_resampling *how, const ra_replicates *drawn,
                        ra_benchmark_result *out)
{
    size_t n = out->router_count;
    ra_arena scratch = {0};
    comparing c = {.how = how, .drawn = drawn, .out = out};
    c.difference = ra_arena_alloc(&scratch, drawn->count, sizeof *c.difference);
    ra_sign_flips_make(&scratch, outcomes, score, n, how, &c.flips);
    out->comparisons = ra_arena_alloc(arena, n * (n + 3) / 2, sizeof *out->comparisons);
    for (int family = 0; family < RA_FAMILIES; family++)
        compare_family(&c, (ra_family)family);
    double *apgr = ra_arena_alloc(&scratch, n, sizeof *apgr);
    for (size_t r = 0; r < n; r++)
        if (!out->routers[r].bound)
            rank_router(&c, r, apgr);
    ra_arena_release(&scratch);
}
