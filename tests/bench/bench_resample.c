/* How fast the bootstrap is: 10 000 replicates for five routers on items as many as MMLU has.
 *
 *     bench_resample [ITEMS] [THREADS]
 *
 * Prints nanoseconds per item and replicate (all routers together) for each part, with the bound
 * set by the random numbers, and the ratio to a scalar loop over the same counts. */
#include "measure/resample.h"

#include "base/rng.h"
#include "base/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { ROUTERS = 5, REPLICATES = 10000, TILES = 40 };

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double uniform(const char *what, size_t index)
{
    return ra_rng_uniform(1, ra_rng_stream(what, 0), index);
}

static void make_data(ra_arena *arena, ra_outcomes *o, size_t n, double *score[ROUTERS])
{
    *o = (ra_outcomes){.count = n,
                       .strong = ra_arena_alloc(arena, n, sizeof(double)),
                       .weak = ra_arena_alloc(arena, n, sizeof(double)),
                       .strong_turns = ra_arena_alloc(arena, n, sizeof(double)),
                       .weak_turns = ra_arena_alloc(arena, n, sizeof(double))};
    for (size_t i = 0; i < n; i++) {
        o->strong[i] = uniform("strong", i) < 0.806;
        o->weak[i] = uniform("weak", i) < 0.681;
        o->strong_turns[i] = o->weak_turns[i] = 1;
    }
    for (size_t r = 0; r < ROUTERS; r++) {
        score[r] = ra_arena_alloc(arena, n, sizeof(double));
        for (size_t i = 0; i < n; i++)
            score[r][i] =
                0.1 * (double)r * (o->strong[i] - o->weak[i]) + uniform("score", r * n + i);
    }
}

/* The plain way: one replicate and router after the other, APGR and three CPTs. */
static double scalar(const ra_outcomes *o, size_t *const *order, const uint8_t *rows, int lane)
{
    double sum = 0;
    for (size_t r = 0; r < ROUTERS; r++) {
        double calls = 0, gained = 0, area = 0, whole = 0, cpt[RA_TARGETS] = {-1, -1, -1};
        for (size_t i = 0; i < o->count; i++)
            whole += rows[i * RA_LANES + (size_t)lane] * (o->strong[i] - o->weak[i]);
        for (size_t k = 0; k < o->count; k++) {
            size_t i = order[r][k];
            double copies = rows[i * RA_LANES + (size_t)lane];
            double before = gained;
            gained += copies * (o->strong[i] - o->weak[i]);
            area += copies * (before + gained) / 2;
            calls += copies;
            for (int t = 0; t < RA_TARGETS; t++)
                if (cpt[t] < 0 && gained >= ra_targets[t] * whole)
                    cpt[t] = calls - (gained - ra_targets[t] * whole) / (o->strong[i] - o->weak[i]);
        }
        sum += area / (whole * (double)o->count) + cpt[0] + cpt[1] + cpt[2];
    }
    return sum;
}

static void show(const char *what, double seconds, double units)
{
    printf("%-44s %8.3f ns\n", what, 1e9 * seconds / units);
}

static void bench_parts(const ra_outcomes *o, const double *const *score,
                        const ra_lane_kernel *kernel)
{
    ra_arena arena = {0};
    ra_draws draws;
    ra_replicator r;
    ra_tile tile;
    ra_draws_init(&draws, &arena, o->count, NULL, 1, 1);
    ra_replicator_init(&r, &arena, o, &draws, score, ROUTERS);
    ra_tile_init(&tile, &arena, &r);
    double units = (double)o->count * RA_LANES * TILES, t0 = now(), sum = 0;
    ra_lane_rng rng = {{{1}, {2}, {3}, {4}}};
    for (size_t t = 0; t < TILES; t++)
        kernel->poisson(&rng, draws.strata[0].limits, o->count, tile.rows);
    show("random numbers and table alone (the bound)", now() - t0, units);
    t0 = now();
    for (size_t t = 0; t < TILES; t++)
        tile.most = ra_draws_tile(&draws, kernel, t, tile.rows);
    show("multinomial counts", now() - t0, units);
    for (int l = 0; l < RA_LANES; l++)
        tile.drawn[l] = (double)o->count;
    t0 = now();
    int32_t area[RA_LANES];
    for (size_t t = 0; t < TILES; t++)
        for (size_t k = 0; k < ROUTERS; k++)
            kernel->sweep(&r.plans[k], tile.rows, tile.marks, area);
    show("sweeps of five routers", now() - t0, units);
    t0 = now();
    for (size_t t = 0; t < TILES; t++)
        for (size_t k = 0; k < ROUTERS; k++)
            ra_tile_router(&tile, &r, kernel, k);
    show("sweeps and all figures of five routers", now() - t0, units);
    t0 = now();
    for (int l = 0; l < RA_LANES; l++)
        sum += scalar(o, r.order, tile.rows, l);
    show("the same by a scalar loop, APGR and CPT only", now() - t0, units / TILES);
    if (isnan(sum))
        puts("no gap");
    ra_arena_release(&arena);
}

static void bench_all(const ra_outcomes *o, const double *const *score, ra_resampling *how)
{
    ra_arena arena = {0};
    ra_replicates drawn, left_out;
    double t0 = now();
    ra_resample(&arena, o, score, ROUTERS, how, &drawn);
    double t1 = now();
    ra_jackknife(&arena, o, score, ROUTERS, how, &left_out);
    double t2 = now();
    ra_router_result results[ROUTERS] = {0};
    ra_benchmark_result out = {.routers = results, .router_count = ROUTERS};
    ra_resample_benchmark(&arena, o, score, how, &out);
    printf(
        "%zu replicates: %.3f s; jackknife: %.3f s; both, intervals, comparisons, chance: %.3f s\n",
        drawn.count, t1 - t0, t2 - t1, now() - t2);
    ra_arena_release(&arena);
}

int main(int argc, char **argv)
{
    uint64_t n = 14037, threads = 2;
    if ((argc > 1 && !ra_parse_count(argv[1], 1000000, &n)) ||
        (argc > 2 && !ra_parse_count(argv[2], 1024, &threads)))
        return 2;
    ra_arena arena = {0};
    ra_outcomes o;
    double *score[ROUTERS];
    make_data(&arena, &o, n, score);
    ra_resampling how = RA_RESAMPLING_DEFAULT;
    how.replicates = REPLICATES;
    how.threads = (int)threads;
    for (how.path = RA_LANES_BEST; how.path <= RA_LANES_PORTABLE; how.path++) {
        const ra_lane_kernel *kernel = ra_lanes_kernel(how.path);
        printf("%s kernel, %zu items, %d threads; per item and replicate, one thread:\n",
               kernel->name, (size_t)n, how.threads);
        bench_parts(&o, (const double *const *)score, kernel);
        bench_all(&o, (const double *const *)score, &how);
    }
    ra_arena_release(&arena);
    return 0;
}
