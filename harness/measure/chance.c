#include "measure/chance.h"

#include "base/parallel.h"
#include "base/rng.h"

#include <math.h>
#include <stdlib.h>

enum { FIGURES = 1 + RA_TARGETS };

typedef struct job {
    const ra_outcomes *outcomes;
    uint64_t seed;
    double *figure[FIGURES]; /* RA_CHANCE_DRAWS each: APGR, CPT */
} job;

/* The scores of one draw are a random order's, so nothing needs sorting. */
static void shuffle(size_t *order, double *score, size_t count, uint64_t seed, uint64_t stream)
{
    for (size_t k = 0; k < count; k++)
        order[k] = k;
    uint64_t bits = 0;
    for (size_t k = count; k > 1; k--) {
        bits = (count - k) % 2 == 0 ? ra_rng_bits(seed, stream, k) : bits >> 32;
        size_t other = (size_t)((bits & UINT32_MAX) * k >> 32), kept = order[k - 1];
        order[k - 1] = order[other];
        order[other] = kept;
    }
    for (size_t k = 0; k < count; k++)
        score[order[k]] = -(double)k;
}

static void draw(size_t index, void *context)
{
    const job *j = context;
    size_t n = j->outcomes->count;
    ra_arena scratch = {0};
    size_t *order = ra_arena_alloc(&scratch, n, sizeof *order);
    double *score = ra_arena_alloc(&scratch, n, sizeof *score);
    ra_curve curve;
    ra_error no_gap;
    shuffle(order, score, n, j->seed, ra_rng_stream("measure/chance", index));
    bool ok = ra_curve_make(&scratch, j->outcomes, score, order, n, &curve, &no_gap);
    j->figure[0][index] = ok ? ra_curve_apgr(&curve) : (double)NAN;
    for (int t = 0; t < RA_TARGETS; t++)
        j->figure[1 + t][index] = ok ? ra_curve_cpt(&curve, ra_targets[t]) : (double)NAN;
    ra_arena_release(&scratch);
}

static ra_spread spread_of(double *values, double level)
{
    double sum = 0, squares = 0;
    for (size_t i = 0; i < RA_CHANCE_DRAWS; i++)
        sum += values[i];
    double mean = sum / RA_CHANCE_DRAWS;
    for (size_t i = 0; i < RA_CHANCE_DRAWS; i++)
        squares += (values[i] - mean) * (values[i] - mean);
    double of_runs = sqrt(squares / (RA_CHANCE_DRAWS - 1) / RA_CHANCE_RUNS);
    double half = ra_normal_quantile((1 + level) / 2) * of_runs;
    return (ra_spread){mean,
                       ra_interval(RA_PERCENTILE, level, mean, 0, values, RA_CHANCE_DRAWS),
                       {mean - half, mean + half}};
}

void ra_chance_measure(const ra_outcomes *outcomes, const ra_resampling *how, ra_chance *out)
{
    job j = {outcomes, how->seed, {NULL}};
    for (int f = 0; f < FIGURES; f++)
        j.figure[f] = ra_alloc(RA_CHANCE_DRAWS, sizeof *j.figure[f]);
    ra_parallel_for(RA_CHANCE_DRAWS, how->threads, draw, &j);
    *out = (ra_chance){.draws = RA_CHANCE_DRAWS, .runs = RA_CHANCE_RUNS};
    out->apgr = spread_of(j.figure[0], how->level);
    for (int t = 0; t < RA_TARGETS; t++)
        out->cpt[t] = spread_of(j.figure[1 + t], how->level);
    for (int f = 0; f < FIGURES; f++)
        free(j.figure[f]);
}
