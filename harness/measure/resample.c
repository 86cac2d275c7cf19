#include "measure/resample.h"

#include "base/parallel.h"
#include "measure/aiq.h"
#include "measure/chance.h"
#include "measure/compare.h"
#include "measure/measure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    CHUNK = 8,       /* tiles that a thread takes at a time */
    HULL_TILES = 16, /* that the interval of AIQ rests on: 512 replicates */
    JACKKNIFE_GENERAL = 2000,
    JACKKNIFE_GROUPS = 1000
};

double *ra_replicates_of(const ra_replicates *all, size_t router, int figure)
{
    return all->figure + (router * RA_FIGURES + (size_t)figure) * all->count;
}

bool ra_resampling_check(ra_resampling *how, const char *method, ra_code code, const char *subject,
                         ra_error *err)
{
    if (how->replicates > RA_REPLICATES_MOST)
        return ra_failf(err, code, subject, 0, "replicates: at most %d expected, found %zu",
                        RA_REPLICATES_MOST, how->replicates);
    if (!(how->level > 0.5 && how->level < 1))
        return ra_failf(err, code, subject, 0,
                        "level: more than 0.5 and less than 1 expected, found %g", how->level);
    if (!method)
        return true;
    for (int m = 0; ra_interval_names[m]; m++)
        if (strcmp(method, ra_interval_names[m]) == 0) {
            how->method = (ra_interval_method)m;
            return true;
        }
    return ra_failf(err, code, subject, 0, "interval: 'bca' or 'percentile' expected, found '%s'",
                    method);
}

/* --- tiles --- */

typedef struct job {
    const ra_replicator *replicator;
    const ra_draws *draws;
    const ra_lane_kernel *kernel;
    ra_replicates *out;
    size_t tiles;
    size_t groups; /* jackknife: that many groups are left out in turn; 0 = bootstrap */
} job;

static void draw_tile(const job *j, size_t index, ra_tile *tile)
{
    tile->most = ra_draws_tile(j->draws, j->kernel, index, tile->rows);
    for (int l = 0; l < RA_LANES; l++)
        tile->drawn[l] = (double)j->draws->items;
}

/* Lane l leaves out every groups-th item from item 32 * index + l on; lanes beyond, none. */
static void leave_out(const job *j, size_t index, ra_tile *tile)
{
    size_t n = j->draws->items;
    memset(tile->rows, 1, n * RA_LANES);
    tile->most = 1;
    for (size_t l = 0; l < RA_LANES; l++) {
        size_t group = index * RA_LANES + l;
        tile->drawn[l] = (double)n;
        for (size_t i = group; group < j->groups && i < n; i += j->groups) {
            tile->rows[j->draws->item_row[i] * RA_LANES + l] = 0;
            tile->drawn[l] -= 1;
        }
    }
}

/* Bytes of a tile's values of one figure; the last tile may be cut short. */
static size_t tile_size(size_t index, const ra_replicates *out)
{
    size_t left = out->count - index * RA_LANES;
    return (left < RA_LANES ? left : RA_LANES) * sizeof(double);
}

static void keep_scores(const ra_tile *tile, size_t index, ra_replicates *out)
{
    memcpy(out->strong + index * RA_LANES, tile->strong, tile_size(index, out));
    memcpy(out->weak + index * RA_LANES, tile->weak, tile_size(index, out));
}

static void keep_tile(const ra_tile *tile, size_t index, size_t router, ra_replicates *out)
{
    size_t begin = index * RA_LANES, size = tile_size(index, out);
    for (int f = 0; f < RA_FIGURES; f++)
        memcpy(ra_replicates_of(out, router, f) + begin, tile->figure[f], size);
}

static void run_chunk(size_t chunk, void *context)
{
    const job *j = context;
    ra_arena scratch = {0};
    ra_tile tile;
    ra_tile_init(&tile, &scratch, j->replicator);
    for (size_t t = chunk * CHUNK; t < (chunk + 1) * CHUNK && t < j->tiles; t++) {
        if (j->groups > 0)
            leave_out(j, t, &tile);
        else
            draw_tile(j, t, &tile);
        tile.with_hull = j->groups == 0 && t < HULL_TILES;
        ra_tile_scores(&tile, j->replicator, j->kernel);
        keep_scores(&tile, t, j->out);
        for (size_t r = 0; r < j->out->routers; r++) {
            ra_tile_router(&tile, j->replicator, j->kernel, r);
            keep_tile(&tile, t, r, j->out);
        }
    }
    ra_arena_release(&scratch);
}

static void run_tiles(job *j, ra_arena *arena, int threads)
{
    ra_replicates *out = j->out;
    out->strong = ra_arena_alloc(arena, out->count, sizeof *out->strong);
    out->weak = ra_arena_alloc(arena, out->count, sizeof *out->weak);
    out->figure =
        ra_arena_alloc(arena, out->count * out->routers * RA_FIGURES, sizeof *out->figure);
    j->tiles = (out->count + RA_LANES - 1) / RA_LANES;
    ra_parallel_for((j->tiles + CHUNK - 1) / CHUNK, threads, run_chunk, j);
    for (size_t b = 0; b < out->count; b++)
        out->without_gap += !(out->strong[b] > out->weak[b]);
}

/* --- bootstrap and jackknife --- */

void ra_resample(ra_arena *arena, const ra_outcomes *outcomes, const double *const *score,
                 size_t routers, const ra_resampling *how, ra_replicates *out)
{
    ra_arena scratch = {0};
    ra_draws draws;
    ra_replicator replicator;
    ra_draws_init(&draws, &scratch, outcomes->count, how->stratum_of, how->strata, how->seed);
    ra_replicator_init(&replicator, &scratch, outcomes, &draws, score, routers);
    *out = (ra_replicates){.count = how->replicates, .routers = routers};
    job j = {&replicator, &draws, ra_lanes_kernel(how->path), out, 0, 0};
    run_tiles(&j, arena, how->threads);
    ra_arena_release(&scratch);
}

void ra_jackknife(ra_arena *arena, const ra_outcomes *outcomes, const double *const *score,
                  size_t routers, const ra_resampling *how, ra_replicates *out)
{
    ra_arena scratch = {0};
    ra_draws draws;
    ra_replicator replicator;
    ra_draws_init(&draws, &scratch, outcomes->count, NULL, 1, how->seed);
    ra_replicator_init(&replicator, &scratch, outcomes, &draws, score, routers);
    size_t groups = outcomes->count;
    if (!replicator.plans && groups > JACKKNIFE_GENERAL)
        groups = JACKKNIFE_GROUPS;
    *out = (ra_replicates){.count = groups + 1, .routers = routers};
    job j = {&replicator, &draws, ra_lanes_kernel(how->path), out, 0, groups};
    run_tiles(&j, arena, how->threads);
    ra_arena_release(&scratch);
}

/* --- intervals of a benchmark --- */

typedef struct filling {
    const ra_resampling *how;
    ra_replicates drawn, left_out;
    ra_benchmark_result *out;
} filling;

/* values are reordered; the last of left_out is the figure with nothing left out. Only BCa has a
 * use for those. */
static ra_range range_of(const filling *f, double *values, const double *left_out)
{
    if (f->how->method == RA_PERCENTILE || !left_out)
        return ra_interval(RA_PERCENTILE, f->how->level, NAN, 0, values, f->drawn.count);
    size_t last = f->left_out.count - 1;
    return ra_interval(RA_BCA, f->how->level, left_out[last], ra_acceleration(left_out, last),
                       values, f->drawn.count);
}

static ra_range figure_range(const filling *f, size_t router, int figure)
{
    const double *left_out =
        f->left_out.figure ? ra_replicates_of(&f->left_out, router, figure) : NULL;
    return range_of(f, ra_replicates_of(&f->drawn, router, figure), left_out);
}

static void put(ra_estimate *to, ra_range range)
{
    to->lo = range.lo;
    to->hi = range.hi;
}

/* Percentile whatever the method: the hull is not known with an item left out. */
static ra_range aiq_range(const filling *f, size_t router)
{
    double *value = ra_replicates_of(&f->drawn, router, RA_FIGURE_HULL);
    for (size_t i = 0; i < f->drawn.count; i++)
        value[i] = ra_aiq(value[i], f->drawn.strong[i], f->drawn.weak[i], &f->out->money);
    return range_of(f, value, NULL);
}

static void fill_router(size_t router, void *context)
{
    const filling *f = context;
    ra_router_result *to = &f->out->routers[router];
    put(&to->apgr, figure_range(f, router, RA_FIGURE_APGR));
    for (int s = 0; s < RA_SHARES; s++)
        put(&to->pgr[s], figure_range(f, router, RA_FIGURE_PGR + s));
    put(&to->aiq, aiq_range(f, router));
    for (int t = 0; t < RA_TARGETS; t++) {
        put(&to->cpt[t].at, figure_range(f, router, RA_FIGURE_CPT + t));
        to->cpt[t].sustained_range = figure_range(f, router, RA_FIGURE_SUSTAINED + t);
        ra_saving_ranges(&f->out->money, ra_targets[t], &to->cpt[t].at, &to->saving[t]);
    }
}

static double *gaps(const ra_replicates *of)
{
    double *gap = ra_alloc(of->count, sizeof *gap);
    for (size_t i = 0; i < of->count; i++)
        gap[i] = of->strong[i] - of->weak[i];
    return gap;
}

/* Before the others are reordered, the gap. Replicates without one count here like all. */
static void fill_scores(const filling *f)
{
    double *drawn = gaps(&f->drawn), *left_out = gaps(&f->left_out);
    put(&f->out->gap, range_of(f, drawn, left_out));
    f->out->strong.range = range_of(f, f->drawn.strong, f->left_out.strong);
    f->out->weak.range = range_of(f, f->drawn.weak, f->left_out.weak);
    free(drawn);
    free(left_out);
}

void ra_resample_benchmark(ra_arena *arena, const ra_outcomes *outcomes, const double *const *score,
                           const ra_resampling *how, ra_benchmark_result *out)
{
    if (how->replicates == 0)
        return;
    ra_arena scratch = {0};
    filling f = {.how = how, .out = out};
    ra_resample(&scratch, outcomes, score, out->router_count, how, &f.drawn);
    if (how->method == RA_BCA)
        ra_jackknife(&scratch, outcomes, score, out->router_count, how, &f.left_out);
    out->intervals = (ra_intervals){
        ra_interval_names[how->method],      how->level, how->replicates, f.drawn.without_gap,
        how->stratum_of ? "category" : NULL, how->seed};
    ra_chance_measure(outcomes, how, &out->chance);
    ra_compare_routers(arena, outcomes, score, how, &f.drawn, out);
    ra_parallel_for(out->router_count, how->threads, fill_router, &f); /* reorders replicates */
    fill_scores(&f);
    ra_arena_release(&scratch);
}
