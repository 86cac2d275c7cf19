#include "measure/routellm.h"

#include "measure/share.h"

#include <math.h>
#include <stdlib.h>

enum { EDGES = 11 };

/* How many items, best first, a threshold sends to the strong model. */
static size_t selected(const double *score, const size_t *order, size_t count, double threshold,
                       bool last)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        double s = score[order[middle]];
        if (last ? s > threshold : s >= threshold)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* numpy.interp looks for the interval by bisection from a guess at index 1 and does not check that
 * its abscissae rise; where they do not, what it returns depends on this very search. */
static size_t numpy_interval(double x, const double *xs)
{
    for (size_t j = 1; j <= 3; j++)
        if (x < xs[j])
            return j - 1;
    size_t low = 3, high = x < xs[9] ? 9 : EDGES;
    while (low < high) {
        size_t middle = low + ((high - low) >> 1);
        if (x >= xs[middle])
            low = middle + 1;
        else
            high = middle;
    }
    return low - 1;
}

static double numpy_interp(double x, const double *xs, const double *ys)
{
    if (x < xs[0])
        return ys[0];
    if (x > xs[EDGES - 1])
        return ys[EDGES - 1];
    size_t j = numpy_interval(x, xs);
    if (j >= EDGES - 1)
        return ys[EDGES - 1];
    if (!(xs[j] < x) && !(xs[j] > x))
        return ys[j];
    double slope = (ys[j + 1] - ys[j]) / (xs[j + 1] - xs[j]);
    return slope * (x - xs[j]) + ys[j];
}

/* Points in order of c: thresholds from the highest to the lowest. False when two coincide. */
static bool sample(const ra_outcomes *o, const double *score, const size_t *order, double *c,
                   double *r)
{
    double edge[EDGES];
    for (int i = 0; i < EDGES; i++) {
        edge[i] = ra_score_quantile(score, order, o->count, i * 0.1);
        if (i > 0 && !(edge[i] > edge[i - 1]))
            return false;
    }
    double sum = 0, turns = 0;
    for (size_t k = 0; k < o->count; k++) {
        sum += o->weak[k];
        turns += o->weak_turns[k];
    }
    size_t done = 0;
    for (int i = 0; i < EDGES; i++) {
        int e = EDGES - 1 - i;
        size_t n = selected(score, order, o->count, edge[e], e == EDGES - 1);
        for (; done < n; done++) {
            sum += o->strong[order[done]] - o->weak[order[done]];
            turns += o->strong_turns[order[done]] - o->weak_turns[order[done]];
        }
        c[i] = (double)n / (double)o->count;
        r[i] = sum / turns;
    }
    return true;
}

void ra_routellm_measure(const ra_outcomes *outcomes, const double *score, const size_t *order,
                         const ra_curve *curve, ra_routellm_figures *out)
{
    double c[EDGES], r[EDGES], gap = curve->strong - curve->weak, area = 0;
    *out = (ra_routellm_figures){.apgr = NAN};
    for (int t = 0; t < RA_TARGETS; t++)
        out->cpt[t] = NAN;
    if (!sample(outcomes, score, order, c, r)) {
        out->error = "two quantiles of the scores coincide";
        return;
    }
    for (int i = 1; i < EDGES; i++)
        area += (c[i] - c[i - 1]) * (r[i] + r[i - 1]) / 2;
    out->apgr = (area - curve->weak) / gap;
    for (int t = 0; t < RA_TARGETS; t++)
        out->cpt[t] = numpy_interp(curve->weak + ra_targets[t] * gap, r, c);
}
