#include "measure/threshold.h"

#include "base/parallel.h"
#include "measure/curve.h"
#include "measure/share.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Items by falling score. Those of equal score are chosen together: step g ends before item
 * end[g] of the order, step 0 chooses nothing. */
typedef struct path {
    const ra_threshold_goal *goal;
    size_t count, steps;
    size_t *order, *end;
    double *value, *share; /* steps: of the sample itself */
} path;

static void init(path *p, ra_arena *arena, const ra_threshold_goal *goal, const double *score,
                 size_t count)
{
    *p = (path){.goal = goal,
                .count = count,
                .order = ra_arena_alloc(arena, count, sizeof *p->order),
                .end = ra_arena_alloc(arena, count + 1, sizeof *p->end),
                .value = ra_arena_alloc(arena, count + 1, sizeof *p->value),
                .share = ra_arena_alloc(arena, count + 1, sizeof *p->share)};
    ra_order(score, count, p->order);
    p->steps = 1;
    for (size_t k = 0; k < count; k++)
        if (k + 1 == count || score[p->order[k + 1]] < score[p->order[k]])
            p->end[p->steps++] = k + 1;
}

/* Copies of each item, by position in the order; NULL = one of each. */
typedef struct copies {
    const uint8_t *rows;
    const size_t *item_row;
    size_t lane;
} copies;

static double copies_of(const copies *c, size_t item)
{
    return c->rows ? (double)c->rows[c->item_row[item] * RA_LANES + c->lane] : 1;
}

typedef struct mean {
    double sum, weight, called;
} mean;

/* All items to the weak model; *strong: all to the strong one. */
static mean begin(const path *p, const copies *c, double *strong)
{
    const ra_threshold_sums *s = &p->goal->sums;
    mean weak = {0}, all = {0};
    for (size_t i = 0; i < p->count; i++) {
        double n = copies_of(c, i);
        weak.sum += n * s->weak[i];
        weak.weight += n * s->weak_weight[i];
        all.sum += n * s->strong[i];
        all.weight += n * s->strong_weight[i];
    }
    *strong = all.sum / all.weight;
    return weak;
}

/* The mean after step g, which follows the one that `m` stands at. */
static double advance(const path *p, const copies *c, size_t g, mean *m)
{
    const ra_threshold_sums *s = &p->goal->sums;
    for (size_t k = g > 0 ? p->end[g - 1] : 0; k < p->end[g]; k++) {
        size_t i = p->order[k];
        double n = copies_of(c, i);
        m->sum += n * (s->strong[i] - s->weak[i]);
        m->weight += n * (s->strong_weight[i] - s->weak_weight[i]);
        m->called += n;
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
static long choose(const path *p, const copies *c, double *value, double *share)
{
    double strong;
    mean m = begin(p, c, &strong);
    double unit = p->goal->relative ? strong : 1;
    long chosen = NO_STEP;
    for (size_t g = 0; g < p->steps; g++) {
        double now = advance(p, c, g, &m) / unit;
        bool least = p->goal->kind == RA_AT_LEAST, met = meets(p->goal, now);
        if (!least && !met)
            break;
        if (!met)
            continue;
        *value = now;
        *share = m.called / (double)p->count;
        chosen = (long)g;
        if (least)
            break;
    }
    return chosen;
}

/* Values and shares of all steps on the sample itself. */
static void fill(path *p)
{
    const copies one = {0};
    double strong;
    mean m = begin(p, &one, &strong);
    for (size_t g = 0; g < p->steps; g++) {
        p->value[g] = advance(p, &one, g, &m) / (p->goal->relative ? strong : 1);
        p->share[g] = m.called / (double)p->count;
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

static double value_at(const path *p, const copies *c, long step)
{
    double strong;
    mean m = begin(p, c, &strong);
    double value = m.sum / m.weight;
    for (size_t g = 0; g <= (size_t)step; g++)
        value = advance(p, c, g, &m);
    return value / (p->goal->relative ? strong : 1);
}

static void replicate(job *j, const copies *c, size_t index)
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
    uint8_t *rows = ra_alloc((j->path->count + 1) * RA_LANES, sizeof *rows);
    ra_draws_tile(&j->draws, j->kernel, tile, rows);
    for (size_t l = 0; l < RA_LANES && tile * RA_LANES + l < j->replicates; l++) {
        copies c = {rows, j->draws.item_row, l};
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
    ra_draws_init(&j->draws, arena, j->path->count, NULL, 1, how->seed);
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
    const copies one = {0};
    double value, share;
    *out = (ra_threshold_choice){0};
    init(&p, &scratch, goal, score, count);
    fill(&p);
    long step = choose(&p, &one, &value, &share);
    out->possible = step != NO_STEP;
    if (out->possible) {
        job j = {.path = &p, .fixed = NO_STEP};
        run(&j, &scratch, how);
        out->threshold = step > 0 ? score[p.order[p.end[step] - 1]] : nextafter(1, 2);
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
    fill(&p);
    size_t tied, reached = ra_share_reached(score, count, threshold, &tied);
    size_t step = 0;
    while (p.end[step] < reached)
        step++;
    job j = {.path = &p, .fixed = (long)step};
    run(&j, &scratch, how);
    ra_range range = ra_interval(RA_PERCENTILE, how->level, NAN, 0, j.value, how->replicates);
    ra_estimate value = {p.value[step], range.lo, range.hi};
    ra_arena_release(&scratch);
    return value;
}
