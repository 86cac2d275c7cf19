#include "measure/bootstrap.h"

#include "base/memory.h"
#include "base/parallel.h"
#include "base/rng.h"
#include "measure/interval.h"

#include <math.h>
#include <stdlib.h>

static const double level = 0.95;

typedef struct work {
    ra_statistic *statistic;
    const void *context;
    size_t units;
    uint64_t seed;
    double *values; /* by replicate */
} work;

static void run_replicate(size_t index, void *context)
{
    work *w = context;
    size_t *drawn = ra_alloc(w->units, sizeof *drawn);
    uint64_t stream = ra_rng_stream("measure/bootstrap", index);
    for (size_t i = 0; i < w->units; i++)
        drawn[i] = (size_t)(ra_rng_uniform(w->seed, stream, i) * (double)w->units);
    w->values[index] = w->statistic(w->context, drawn, w->units);
    free(drawn);
}

ra_estimate ra_bootstrap(ra_statistic *statistic, const void *context, size_t units,
                         size_t replicates, uint64_t seed)
{
    size_t *all = ra_alloc(units + 1, sizeof *all);
    for (size_t i = 0; i < units; i++)
        all[i] = i;
    ra_estimate out = {statistic(context, all, units), NAN, NAN};
    free(all);
    if (replicates == 0 || units == 0 || isnan(out.value))
        return out;
    work w = {statistic, context, units, seed, ra_alloc(replicates, sizeof *w.values)};
    ra_parallel_for(replicates, 0, run_replicate, &w);
    ra_range range = ra_interval(RA_PERCENTILE, level, out.value, 0, w.values, replicates);
    free(w.values);
    return (ra_estimate){out.value, range.lo, range.hi};
}

/* --- ranks --- */

typedef struct placed {
    double value;
    size_t index;
} placed;

static int by_value(const void *a, const void *b)
{
    double x = ((const placed *)a)->value, y = ((const placed *)b)->value;
    return (x > y) - (x < y);
}

static void rank(const double *x, size_t count, placed *order, double *out)
{
    for (size_t i = 0; i < count; i++)
        order[i] = (placed){x[i], i};
    qsort(order, count, sizeof *order, by_value);
    for (size_t from = 0, to; from < count; from = to) {
        for (to = from + 1; to < count && !(order[to].value > order[from].value); to++)
            ;
        for (size_t i = from; i < to; i++)
            out[order[i].index] = (double)(from + to - 1) / 2;
    }
}

static double pearson(const double *x, const double *y, size_t count)
{
    double mean_x = 0, mean_y = 0, xx = 0, yy = 0, xy = 0;
    for (size_t i = 0; i < count; i++) {
        mean_x += x[i] / (double)count;
        mean_y += y[i] / (double)count;
    }
    for (size_t i = 0; i < count; i++) {
        xx += (x[i] - mean_x) * (x[i] - mean_x);
        yy += (y[i] - mean_y) * (y[i] - mean_y);
        xy += (x[i] - mean_x) * (y[i] - mean_y);
    }
    return xx > 0 && yy > 0 ? xy / sqrt(xx * yy) : (double)NAN;
}

double ra_spearman(const double *x, const double *y, size_t count)
{
    placed *order = ra_alloc(count + 1, sizeof *order);
    double *ranks = ra_alloc(2 * count + 1, sizeof *ranks);
    rank(x, count, order, ranks);
    rank(y, count, order, ranks + count);
    double out = pearson(ranks, ranks + count, count);
    free(ranks);
    free(order);
    return out;
}
