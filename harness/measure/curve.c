#include "measure/curve.h"

#include <math.h>
#include <stdlib.h>

typedef struct ranked {
    double score;
    size_t index;
} ranked;

static int by_falling_score(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    if (x->score > y->score)
        return -1;
    if (x->score < y->score)
        return 1;
    return x->index < y->index ? -1 : 1;
}

void ra_order(const double *score, size_t count, size_t *order)
{
    ranked *all = ra_alloc(count, sizeof *all);
    for (size_t i = 0; i < count; i++)
        all[i] = (ranked){score[i], i};
    qsort(all, count, sizeof *all, by_falling_score);
    for (size_t i = 0; i < count; i++)
        order[i] = all[i].index;
    free(all);
}

/* Sum of scores and number of turns of the outputs chosen so far. */
typedef struct chosen {
    double sum, turns;
} chosen;

static chosen all_weak(const ra_outcomes *o, const size_t *order, size_t count)
{
    chosen weak = {0};
    for (size_t k = 0; k < count; k++) {
        weak.sum += o->weak[order[k]];
        weak.turns += o->weak_turns[order[k]];
    }
    return weak;
}

static double mean_strong(const ra_outcomes *o, const size_t *order, size_t count)
{
    chosen strong = {0};
    for (size_t k = 0; k < count; k++) {
        strong.sum += o->strong[order[k]];
        strong.turns += o->strong_turns[order[k]];
    }
    return strong.sum / strong.turns;
}

static bool equal(double a, double b)
{
    return !(a < b) && !(a > b);
}

bool ra_curve_make(ra_arena *arena, const ra_outcomes *outcomes, const double *score,
                   const size_t *order, size_t count, ra_curve *out, ra_error *err)
{
    chosen now = all_weak(outcomes, order, count);
    *out = (ra_curve){.weak = now.sum / now.turns, .strong = mean_strong(outcomes, order, count)};
    if (count == 0 || !(out->strong > out->weak)) {
        ra_failf(err, RA_ERR_INPUT, NULL, 0,
                 "no gap to recover: the strong model scores %.6g, the weak one %.6g",
                 count ? out->strong : 0.0, count ? out->weak : 0.0);
        return ra_hintf(err, "PGR needs a strong model that is better on these items; are --strong "
                             "and --weak swapped?");
    }
    out->points = ra_arena_alloc(arena, count + 1, sizeof *out->points);
    out->count = 1;
    for (size_t k = 0; k < count; k++) {
        size_t i = order[k];
        now.sum += outcomes->strong[i] - outcomes->weak[i];
        now.turns += outcomes->strong_turns[i] - outcomes->weak_turns[i];
        if (k + 1 < count && equal(score[order[k + 1]], score[i]))
            continue;
        double r = now.sum / now.turns;
        out->points[out->count++] = (ra_point){(double)(k + 1) / (double)count,
                                               (r - out->weak) / (out->strong - out->weak)};
    }
    out->points[out->count - 1].pgr = 1; /* rounding of the running sum apart */
    return true;
}

double ra_curve_apgr(const ra_curve *curve)
{
    double area = 0;
    for (size_t k = 1; k < curve->count; k++) {
        const ra_point *a = &curve->points[k - 1], *b = &curve->points[k];
        area += (b->c - a->c) * (a->pgr + b->pgr) / 2;
    }
    return area;
}

/* c at which the line from a (below the target) to b (not below) reaches it. */
static double crossing(const ra_point *a, const ra_point *b, double target)
{
    return a->c + (b->c - a->c) * (target - a->pgr) / (b->pgr - a->pgr);
}

double ra_curve_cpt(const ra_curve *curve, double target)
{
    for (size_t k = 1; k < curve->count; k++)
        if (curve->points[k].pgr >= target)
            return curve->points[k - 1].pgr >= target
                       ? curve->points[k - 1].c
                       : crossing(&curve->points[k - 1], &curve->points[k], target);
    return 1;
}

double ra_curve_cpt_sustained(const ra_curve *curve, double target)
{
    for (size_t k = curve->count - 1; k > 0; k--)
        if (curve->points[k - 1].pgr < target)
            return crossing(&curve->points[k - 1], &curve->points[k], target);
    return 0;
}

double ra_curve_pgr(const ra_curve *curve, double c)
{
    for (size_t k = 1; k < curve->count; k++) {
        const ra_point *a = &curve->points[k - 1], *b = &curve->points[k];
        if (c <= b->c)
            return a->pgr + (b->pgr - a->pgr) * (c - a->c) / (b->c - a->c);
    }
    return 1;
}

static bool on_line(const ra_point *a, const ra_point *m, const ra_point *b)
{
    double at = a->pgr + (b->pgr - a->pgr) * (m->c - a->c) / (b->c - a->c);
    return fabs(at - m->pgr) <= 1e-13;
}

void ra_curve_merge(ra_curve *curve)
{
    ra_point *p = curve->points;
    size_t kept = 1;
    for (size_t k = 1; k < curve->count; k++) {
        if (kept > 1 && on_line(&p[kept - 2], &p[kept - 1], &p[k]))
            kept--;
        p[kept++] = p[k];
    }
    curve->count = kept;
}
