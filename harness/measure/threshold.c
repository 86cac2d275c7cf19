#include "measure/threshold.h"

#include "base/parallel.h"
#include "measure/share.h"

#include <math.h>
#include <stdlib.h>

typedef struct path {
    const ra_threshold_goal *goal;
    ra_steps steps;
    double *value, *share; /* of the sample itself after each step */
} path;

/* The mean after step g, which follows the one that the others stand at. */
static double advance(const path *p, const ra_copies *c, size_t g, ra_mean *m, double *called)
{
    for (size_t k = g > 0 ? p->steps.end[g - 1] : 0; k < p->steps.end[g]; k++) {
        double n = ra_copies_of(c, p->steps.order[k]);
        ra_mean_move(&p->goal->sums, p->steps.order[k], n, m);
        *called += n;
    }
    return m->sum / m->weight;
}

enum { NO_STEP = -1 };

/* A mean that meets the goal but for its rounding meets it. */
static bool meets(const ra_threshold_goal *goal, double now)
{
    double slack = 1e-12 * fabs(goal->value);
    return goal->kind == RA_AT_LEAST ? now >= goal->value - slack : now <= goal->value + slack;
}

/* The step that is chosen, or NO_STEP; fills its mean (relative if the goal is) and share. */
static long choose(const path *p, const ra_copies *c, double *value, double *share)
{
    double strong, called = 0;
    ra_mean m = ra_mean_begin(&p->goal->sums, p->steps.items, c, &strong);
    double unit = p->goal->relative ? strong : 1;
    long chosen = NO_STEP;
    for (size_t g = 0; g < p->steps.count; g++) {
        double now = advance(p, c, g, &m, &called) / unit;
        bool least = p->goal->kind == RA_AT_LEAST, met = meets(p->goal, now);
        if (!least && !met)
            break;
        if (!met)
            continue;
        *value = now;
        *share = called / (double)p->steps.items;
        chosen = (long)g;
        if (least)
            break;
    }
    return chosen;
}

static void init(path *p, ra_arena *arena, const ra_threshold_goal *goal, const double *score,
                 size_t count)
{
    *p = (path){.goal = goal,
                .value = ra_arena_alloc(arena, count + 1, sizeof *p->value),
                .share = ra_arena_alloc(arena, count + 1, sizeof *p->share)};
    ra_steps_make(arena, score, count, &p->steps);
    const ra_copies one = {0};
    double strong, called = 0;
    ra_mean m = ra_mean_begin(&p->goal->sums, p->steps.items, &one, &strong);
    for (size_t g = 0; g < p->steps.count; g++) {
        p->value[g] = advance(p, &one, g, &m, &called) / (p->goal->relative ? strong : 1);
        p->share[g] = called / (double)p->steps.items;
    }
}

/* --- replicates --- */

typedef struct job {
    const path *path;
    ra_draws draws;
    const ra_lane_kernel *kernel;
    long fixed; /* the step that all take; NO_STEP: each chooses */
    size_t replicates;
    double *value, *share; /* what it seemed less what it is; with a fixed step, the value itself */
} job;

static double value_at(const path *p, const ra_copies *c, long step)
{
    double strong, called = 0;
    ra_mean m = ra_mean_begin(&p->goal->sums, p->steps.items, c, &strong);
    double value = m.sum / m.weight;
    for (size_t g = 0; g <= (size_t)step; g++)
        value = advance(p, c, g, &m, &called);
    return value / (p->goal->relative ? strong : 1);
}

static void replicate(job *j, const ra_copies *c, size_t index)
{
    const path *p = j->path;
    j->value[index] = j->share[index] = NAN;
    if (j->fixed != NO_STEP) {
        j->value[index] = value_at(p, c, j->fixed);
        return;
    }
    double value, share;
    long step = choose(p, c, &value, &share);
    if (step == NO_STEP)
        return;
    j->value[index] = value - p->value[step];
    j->share[index] = share - p->share[step];
}

static void run_tile(size_t tile, void *context)
{
    job *j = context;
    uint8_t *rows = ra_alloc((j->path->steps.items + 1) * RA_LANES, sizeof *rows);
    ra_draws_tile(&j->draws, j->kernel, tile, rows);
    for (size_t l = 0; l < RA_LANES && tile * RA_LANES + l < j->replicates; l++) {
        ra_copies c = {rows, j->draws.item_row, l};
        replicate(j, &c, tile * RA_LANES + l);
    }
    free(rows);
}

static void run(job *j, ra_arena *arena, const ra_resampling *how)
{
    j->replicates = how->replicates;
    j->kernel = ra_lanes_kernel(how->path);
    j->value = ra_arena_alloc(arena, j->replicates, sizeof *j->value);
    j->share = ra_arena_alloc(arena, j->replicates, sizeof *j->share);
    ra_draws_init(&j->draws, arena, j->path->steps.items, NULL, 1, how->seed);
    ra_parallel_for((j->replicates + RA_LANES - 1) / RA_LANES, how->threads, run_tile, j);
}

static ra_estimate less(double value, const ra_resampling *how, double *differences)
{
    ra_range d = ra_interval(RA_PERCENTILE, how->level, NAN, 0, differences, how->replicates);
    return (ra_estimate){value, value - d.hi, value - d.lo};
}

static void clamp(ra_estimate *share)
{
    share->lo = share->lo < 0 ? 0 : share->lo;
    share->hi = share->hi > 1 ? 1 : share->hi;
}

void ra_threshold_choose(const ra_threshold_goal *goal, const double *score, size_t count,
                         const ra_resampling *how, ra_threshold_choice *out)
{
    ra_arena scratch = {0};
    path p;
    const ra_copies one = {0};
    double value, share;
    *out = (ra_threshold_choice){0};
    init(&p, &scratch, goal, score, count);
    long step = choose(&p, &one, &value, &share);
    out->possible = step != NO_STEP;
    if (out->possible) {
        job j = {.path = &p, .fixed = NO_STEP};
        run(&j, &scratch, how);
        out->threshold = step > 0 ? score[p.steps.order[p.steps.end[step] - 1]] : nextafter(1, 2);
        ra_share_reached(score, count, out->threshold, &out->tied);
        for (size_t i = 0; i < how->replicates; i++)
            out->failed += isnan(j.value[i]) ? 1 : 0;
        out->share = less(share, how, j.share);
        out->value = less(value, how, j.value);
        clamp(&out->share);
    }
    ra_arena_release(&scratch);
}

ra_estimate ra_threshold_value(const ra_threshold_goal *goal, const double *score, size_t count,
                               double threshold, const ra_resampling *how)
{
    ra_arena scratch = {0};
    path p;
    init(&p, &scratch, goal, score, count);
    size_t tied, reached = ra_share_reached(score, count, threshold, &tied);
    size_t step = 0;
    while (p.steps.end[step] < reached)
        step++;
    job j = {.path = &p, .fixed = (long)step};
    run(&j, &scratch, how);
    ra_range range = ra_interval(RA_PERCENTILE, how->level, NAN, 0, j.value, how->replicates);
    ra_estimate value = {p.value[step], range.lo, range.hi};
    ra_arena_release(&scratch);
    return value;
}
