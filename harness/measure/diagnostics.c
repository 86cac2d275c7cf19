#include "measure/diagnostics.h"

#include "measure/interval.h"

#include <math.h>
#include <stdlib.h>

/* Items of one score, among all items by rising score. */
typedef struct group {
    size_t begin, end;
    double needed; /* items of it that need the strong model */
} group;

typedef struct ranking {
    size_t count;
    const double *score;
    const size_t *order; /* falling */
    const bool *needed;  /* by rising score */
} ranking;

static double score_at(const ranking *r, size_t k)
{
    return r->score[r->order[r->count - 1 - k]];
}

static bool next_group(const ranking *r, group *g)
{
    if (g->end == r->count)
        return false;
    *g = (group){g->end, g->end, 0};
    do
        g->needed += r->needed[g->end++];
    while (g->end < r->count && !(score_at(r, g->end) > score_at(r, g->begin)));
    return true;
}

static double clip(double x)
{
    return x < 0 ? 0 : x > 1 ? 1 : x;
}

/* DeLong's components: of an item that needs the strong model, the share of the others below it;
 * of another, the share of those above it. */
static ra_estimate auc_of(const ranking *r, double level)
{
    double m = 0, below_m = 0, below_n = 0, squares_m = 0, squares_n = 0, sum = 0;
    for (size_t k = 0; k < r->count; k++)
        m += r->needed[k];
    double n = (double)r->count - m;
    if (m < 1 || n < 1)
        return (ra_estimate){NAN, NAN, NAN};
    for (group g = {0}; next_group(r, &g);) {
        double p = g.needed, q = (double)(g.end - g.begin) - p;
        double of_m = (below_n + q / 2) / n, of_n = (m - below_m - p / 2) / m;
        sum += p * of_m;
        squares_m += p * of_m * of_m;
        squares_n += q * of_n * of_n;
        below_m += p;
        below_n += q;
    }
    double auc = sum / m;
    if (m < 2 || n < 2)
        return (ra_estimate){auc, NAN, NAN};
    double variance =
        (squares_m - m * auc * auc) / (m - 1) / m + (squares_n - n * auc * auc) / (n - 1) / n;
    double half = ra_normal_quantile((1 + level) / 2) * sqrt(variance > 0 ? variance : 0);
    return (ra_estimate){auc, clip(auc - half), clip(auc + half)};
}

static void count_scores(const ranking *r, ra_diagnostics *out)
{
    for (group g = {0}; next_group(r, &g);) {
        double share = (double)(g.end - g.begin) / (double)r->count;
        out->distinct++;
        out->entropy -= share * log2(share);
    }
    if (out->distinct == 1)
        out->entropy = 0; /* not -0 */
}

static void add_to_bin(const ranking *r, const group *g, ra_calibration_bin *bin)
{
    if (bin->items == 0)
        bin->lowest = score_at(r, g->begin);
    bin->highest = score_at(r, g->begin);
    bin->items += g->end - g->begin;
    bin->score += (double)(g->end - g->begin) * bin->highest; /* a sum until the bin is full */
    bin->needed += g->needed;
}

/* Bin k is full when it holds the items up to (k + 1) tenths. */
static void calibrate(ra_arena *arena, const ranking *r, ra_diagnostics *out)
{
    out->bins = ra_arena_alloc(arena, RA_CALIBRATION_BINS, sizeof *out->bins);
    size_t tenth = 1;
    for (group g = {0}; next_group(r, &g);) {
        add_to_bin(r, &g, &out->bins[out->bin_count]);
        if (g.end * RA_CALIBRATION_BINS < tenth * r->count)
            continue;
        tenth = g.end * RA_CALIBRATION_BINS / r->count + 1;
        out->bin_count++;
    }
    for (size_t i = 0; i < out->bin_count; i++) {
        ra_calibration_bin *bin = &out->bins[i];
        bin->score /= (double)bin->items;
        bin->needed /= (double)bin->items;
        out->calibration_error +=
            (double)bin->items / (double)r->count * fabs(bin->score - bin->needed);
    }
}

void ra_diagnose(ra_arena *arena, const ra_outcomes *outcomes, const double *score,
                 const size_t *order, double level, ra_diagnostics *out)
{
    const ra_outcomes *o = outcomes;
    bool *needed = ra_alloc(o->count, sizeof *needed);
    for (size_t k = 0; k < o->count; k++) {
        size_t i = order[o->count - 1 - k];
        needed[k] = o->strong[i] / o->strong_turns[i] > o->weak[i] / o->weak_turns[i];
    }
    ranking r = {o->count, score, order, needed};
    *out = (ra_diagnostics){.auc = auc_of(&r, level)};
    count_scores(&r, out);
    calibrate(arena, &r, out);
    free(needed);
}
