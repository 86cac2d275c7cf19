#include "measure/replicate.h"

#include "measure/aiq.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_STEPS = 12 };

static bool equal(double a, double b)
{
    return !(a < b) && !(a > b);
}

/* --- is the data whole? --- */

static bool is_whole(double x)
{
    return fabs(x) < 1e6 && fabs(x - round(x)) < 1e-7;
}

static bool whole_at(const ra_outcomes *o, double scale)
{
    double most = 0;
    for (size_t i = 0; i < o->count; i++) {
        double gain = (o->strong[i] - o->weak[i]) * scale;
        if (!is_whole(o->strong[i] * scale) || !is_whole(o->weak[i] * scale))
            return false;
        most = fabs(gain) > most ? fabs(gain) : most;
    }
    return most * (double)o->count <= RA_LANE_LARGEST;
}

/* The scale that makes all scores whole, 0 = the general way. */
static double find_scale(const ra_outcomes *o)
{
    static const double scales[] = {1, 2, 10, 100};
    if (o->count > RA_LANE_LARGEST)
        return 0;
    for (size_t i = 0; i < o->count; i++)
        if (!equal(o->strong_turns[i], o->strong_turns[0]) ||
            !equal(o->weak_turns[i], o->strong_turns[0]))
            return 0;
    for (size_t k = 0; k < sizeof scales / sizeof *scales; k++)
        if (whole_at(o, scales[k]))
            return scales[k];
    return 0;
}

/* --- plans --- */

typedef struct planner {
    ra_lane_plan *plan;
    uint32_t rows, steps, flat; /* flat rows of the step that is being made */
    uint32_t zeros;             /* the row of zeros */
} planner;

static void add_row(planner *p, uint32_t row, int16_t gain)
{
    p->plan->row[p->rows] = row;
    p->plan->gain[p->rows++] = gain;
}

static void end_block(planner *p)
{
    ra_lane_plan *plan = p->plan;
    if (p->steps == plan->first_step[plan->blocks])
        return;
    plan->blocks++;
    plan->first_row[plan->blocks] = p->rows;
    plan->first_step[plan->blocks] = p->steps;
}

/* The line of a step; its flat rows are there but for zeros. */
static void add_line(planner *p, const uint32_t *row, const int16_t *gain, size_t count)
{
    for (; p->flat < RA_LANE_FLAT; p->flat++)
        add_row(p, p->zeros, 0);
    for (size_t k = 0; k < count; k++)
        add_row(p, row[k], gain[k]);
    p->plan->step[p->steps++] = (ra_lane_step){(uint32_t)count, gain[0]};
    p->flat = 0;
    if (p->steps - p->plan->first_step[p->plan->blocks] == BLOCK_STEPS)
        end_block(p);
}

/* The next flat row, as the line of a step whose flat places are taken. */
static void add_flat(planner *p, uint32_t row)
{
    static const int16_t none = 0;
    if (p->flat == RA_LANE_FLAT) {
        add_line(p, &row, &none, 1);
        return;
    }
    add_row(p, row, 0);
    p->flat++;
}

/* Items of one score: rows without a gain are flat, others make a line. */
static void add_group(planner *p, const uint32_t *row, const int16_t *gain, size_t count)
{
    bool flat = true;
    for (size_t k = 0; k < count; k++)
        flat = flat && gain[k] == 0;
    if (!flat) {
        add_line(p, row, gain, count);
        return;
    }
    for (size_t k = 0; k < count; k++)
        add_flat(p, row[k]);
}

static void end_plan(planner *p)
{
    static const int16_t none = 0;
    if (p->flat > 0)
        add_line(p, &p->zeros, &none, 1);
    end_block(p);
}

static void alloc_plan(ra_lane_plan *plan, ra_arena *arena, size_t n)
{
    size_t rows = n * (RA_LANE_FLAT + 1) + RA_LANE_FLAT + 1;
    *plan = (ra_lane_plan){.row = ra_arena_alloc(arena, rows, sizeof *plan->row),
                           .gain = ra_arena_alloc(arena, rows, sizeof *plan->gain),
                           .step = ra_arena_alloc(arena, n + 1, sizeof *plan->step),
                           .first_step = ra_arena_alloc(arena, n + 2, sizeof *plan->first_step),
                           .first_row = ra_arena_alloc(arena, n + 2, sizeof *plan->first_row)};
}

static void make_plan(ra_lane_plan *plan, ra_arena *arena, const ra_replicator *r,
                      const double *score, const size_t *order, double scale)
{
    const ra_outcomes *o = r->outcomes;
    size_t n = o->count;
    uint32_t *row = ra_alloc(n, sizeof *row);
    int16_t *gain = ra_alloc(n, sizeof *gain);
    for (size_t k = 0; k < n; k++) {
        row[k] = (uint32_t)r->draws->item_row[order[k]];
        gain[k] = (int16_t)lround((o->strong[order[k]] - o->weak[order[k]]) * scale);
    }
    alloc_plan(plan, arena, n);
    planner p = {.plan = plan, .zeros = (uint32_t)n};
    for (size_t k = 0, end; k < n; k = end) {
        end = k + 1;
        while (end < n && equal(score[order[end]], score[order[k]]))
            end++;
        add_group(&p, row + k, gain + k, end - k);
    }
    end_plan(&p);
    free(row);
    free(gain);
}

/* --- scores of a model, by level --- */

typedef struct leveled {
    int32_t level;
    uint32_t row;
} leveled;

static int by_level(const void *a, const void *b)
{
    const leveled *x = a, *y = b;
    if (x->level != y->level)
        return x->level < y->level ? -1 : 1;
    return x->row < y->row ? -1 : 1;
}

static void make_levels(ra_levels *levels, ra_arena *arena, const ra_replicator *r,
                        const double *score, double scale)
{
    size_t n = r->outcomes->count;
    leveled *all = ra_alloc(n, sizeof *all);
    for (size_t i = 0; i < n; i++)
        all[i] = (leveled){(int32_t)lround(score[i] * scale), (uint32_t)r->draws->item_row[i]};
    qsort(all, n, sizeof *all, by_level);
    levels->value = ra_arena_alloc(arena, n, sizeof *levels->value);
    levels->row = ra_arena_alloc(arena, n, sizeof *levels->row);
    levels->first = ra_arena_alloc(arena, n + 1, sizeof *levels->first);
    for (size_t k = 0; k < n; k++) {
        if (k == 0 || all[k].level != all[k - 1].level) {
            levels->first[levels->count] = (uint32_t)k;
            levels->value[levels->count++] = all[k].level;
        }
        levels->row[k] = all[k].row;
    }
    levels->first[levels->count] = (uint32_t)n;
    free(all);
}

void ra_replicator_init(ra_replicator *r, ra_arena *arena, const ra_outcomes *outcomes,
                        const ra_draws *draws, const double *const *score, size_t routers)
{
    *r = (ra_replicator){.outcomes = outcomes, .draws = draws, .score = score, .routers = routers};
    double scale = find_scale(outcomes);
    r->order = ra_arena_alloc(arena, routers, sizeof *r->order);
    if (scale > 0) {
        r->plans = ra_arena_alloc(arena, routers, sizeof *r->plans);
        r->unit = 1 / (scale * outcomes->strong_turns[0]);
        make_levels(&r->strong, arena, r, outcomes->strong, scale);
        make_levels(&r->weak, arena, r, outcomes->weak, scale);
    }
    for (size_t i = 0; i < routers; i++) {
        r->order[i] = ra_arena_alloc(arena, outcomes->count, sizeof **r->order);
        ra_order(score[i], outcomes->count, r->order[i]);
        if (scale > 0)
            make_plan(&r->plans[i], arena, r, score[i], r->order[i], scale);
    }
}

/* --- a tile in lanes --- */

void ra_tile_init(ra_tile *tile, ra_arena *arena, const ra_replicator *r)
{
    size_t n = r->outcomes->count, blocks = 0;
    *tile = (ra_tile){.rows = ra_arena_alloc(arena, n + 1, RA_LANES)};
    for (size_t i = 0; r->plans && i < r->routers; i++)
        blocks = r->plans[i].blocks > blocks ? r->plans[i].blocks : blocks;
    tile->marks = ra_arena_alloc(arena, blocks + 1, sizeof *tile->marks);
    tile->curve.points = ra_arena_alloc(arena, n + 1, sizeof *tile->curve.points);
    tile->hull = ra_arena_alloc(arena, n + 1, sizeof *tile->hull);
}

/* More copies of an item than lanes can hold: it takes luck beyond 1e-30, or a handful of items. */
static bool in_lanes(const ra_tile *tile, const ra_replicator *r)
{
    return r->plans && tile->most <= RA_LANE_MOST;
}

/* Gains from here to the end of the curve: where it lies above a level for good. */
static void lowest_from_here(ra_lane_mark *marks, size_t blocks)
{
    for (size_t b = blocks; b-- > 0;)
        for (int j = 0; j < RA_LANES; j++)
            if (marks[b + 1].lowest[j] < marks[b].lowest[j])
                marks[b].lowest[j] = marks[b + 1].lowest[j];
}

/* Walks the lines of one block in one lane: the line from (calls, gained) on by the other two. */
typedef struct walker {
    const uint8_t *lane;
    const uint32_t *row;
    const int16_t *gain;
    const ra_lane_step *step, *end;
    int calls, gained, more_calls, more_gain;
} walker;

static walker walk(const ra_lane_plan *plan, const ra_tile *tile, int lane, size_t block)
{
    return (walker){.lane = tile->rows + lane,
                    .row = plan->row + plan->first_row[block],
                    .gain = plan->gain + plan->first_row[block],
                    .step = plan->step + plan->first_step[block],
                    .end = plan->step + plan->first_step[block + 1],
                    .calls = tile->marks[block].calls[lane],
                    .gained = tile->marks[block].gained[lane]};
}

/* On to the next step's line, past its flat rows. */
static bool next_line(walker *w)
{
    if (w->step == w->end)
        return false;
    w->calls += w->more_calls;
    w->gained += w->more_gain;
    for (int k = 0; k < RA_LANE_FLAT; k++)
        w->calls += w->lane[(size_t)w->row[k] * RA_LANES];
    w->row += RA_LANE_FLAT;
    w->gain += RA_LANE_FLAT;
    w->more_calls = w->more_gain = 0;
    for (uint32_t k = 0; k < w->step->tied; k++) {
        int copies = w->lane[(size_t)*w->row++ * RA_LANES];
        w->more_calls += copies;
        w->more_gain += copies * *w->gain++;
    }
    w->step++;
    return true;
}

/* First block b whose end is not below the level, or last one that has a breakpoint below it. */
static size_t first_block(const ra_lane_mark *marks, size_t blocks, int lane, int level)
{
    size_t low = 0, high = blocks - 1;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (marks[middle].highest[lane] >= level)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static size_t last_block(const ra_lane_mark *marks, size_t blocks, int lane, int level)
{
    size_t low = 0, high = blocks - 1;
    while (low < high) {
        size_t middle = (low + high + 1) / 2;
        if (marks[middle].lowest[lane] < level)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

/* Calls at which the curve reaches `percent` of the whole gain, for the first or last time. The
 * level is that gain rounded up: gains are whole, so reaching either is the same. */
static double reach(const ra_lane_plan *plan, const ra_tile *tile, int lane, int percent, bool last)
{
    int hundredfold = percent * tile->marks[plan->blocks].gained[lane];
    int level = (hundredfold + 99) / 100;
    size_t block = last ? last_block(tile->marks, plan->blocks, lane, level)
                        : first_block(tile->marks, plan->blocks, lane, level);
    walker found = {0}, w = walk(plan, tile, lane, block);
    while (next_line(&w)) {
        if (w.gained >= level || w.gained + w.more_gain < level)
            continue;
        found = w;
        if (!last)
            break;
    }
    double missing = hundredfold / 100.0 - found.gained;
    return found.calls + found.more_calls * missing / found.more_gain;
}

static double gained_at(const ra_lane_plan *plan, const ra_tile *tile, int lane, double calls)
{
    size_t low = 0, high = plan->blocks - 1;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (tile->marks[middle + 1].calls[lane] >= calls)
            high = middle;
        else
            low = middle + 1;
    }
    walker w = walk(plan, tile, lane, low);
    while (next_line(&w)) {
        if (w.calls >= calls)
            return w.gained;
        if (w.calls + w.more_calls >= calls)
            return w.gained + w.more_gain * (calls - w.calls) / w.more_calls;
    }
    return w.gained + w.more_gain;
}

static ra_point lane_point(const ra_tile *tile, const ra_lane_mark *totals, int lane, int calls,
                           int gained)
{
    return (ra_point){calls / tile->drawn[lane], (double)gained / totals->gained[lane]};
}

/* The hull of the points between blocks: a lower bound of the hull that is sought. */
static ra_hull coarse_hull(const ra_lane_plan *plan, ra_tile *tile, int lane)
{
    const ra_lane_mark *totals = &tile->marks[plan->blocks];
    ra_hull hull;
    ra_hull_begin(&hull, tile->curve.points);
    for (size_t b = 1; b <= plan->blocks; b++) {
        const ra_lane_mark *m = &tile->marks[b];
        ra_point p = lane_point(tile, totals, lane, m->calls[lane], m->gained[lane]);
        ra_hull_add(&hull, p.c, p.pgr);
    }
    return hull;
}

/* No point of a block lies left of its beginning or above its highest gain: where that corner is
 * below the coarse hull, nothing in the block is on the hull. Most blocks are passed over so. */
static double hull_area(const ra_lane_plan *plan, ra_tile *tile, int lane)
{
    if (!tile->with_hull)
        return NAN;
    const ra_lane_mark *totals = &tile->marks[plan->blocks];
    ra_hull hull, coarse = coarse_hull(plan, tile, lane);
    size_t segment = 0;
    ra_hull_begin(&hull, tile->hull);
    for (size_t b = 0; b < plan->blocks; b++) {
        const ra_lane_mark *m = &tile->marks[b];
        ra_point corner = lane_point(tile, totals, lane, m->calls[lane], m->highest[lane]);
        if (corner.pgr + 1e-12 < ra_hull_height(&coarse, corner.c, &segment))
            continue;
        for (walker w = walk(plan, tile, lane, b); next_line(&w);) {
            ra_point p =
                lane_point(tile, totals, lane, w.calls + w.more_calls, w.gained + w.more_gain);
            ra_hull_add(&hull, p.c, p.pgr);
        }
    }
    return ra_hull_area(&hull);
}

static void no_figures(ra_tile *tile, int lane)
{
    for (int f = 0; f < RA_FIGURES; f++)
        tile->figure[f][lane] = NAN;
}

static void lane_figures(ra_tile *tile, const ra_lane_plan *plan, int lane, int32_t area)
{
    int whole = tile->marks[plan->blocks].gained[lane];
    if (whole <= 0) {
        no_figures(tile, lane);
        return;
    }
    double n = tile->drawn[lane];
    tile->figure[RA_FIGURE_APGR][lane] = (2 * n * whole - area) / (2 * n * whole);
    for (int t = 0; t < RA_TARGETS; t++) {
        int percent = (int)lround(100 * ra_targets[t]);
        tile->figure[RA_FIGURE_CPT + t][lane] = reach(plan, tile, lane, percent, false) / n;
        tile->figure[RA_FIGURE_SUSTAINED + t][lane] = reach(plan, tile, lane, percent, true) / n;
    }
    for (int s = 0; s < RA_SHARES; s++)
        tile->figure[RA_FIGURE_PGR + s][lane] =
            gained_at(plan, tile, lane, ra_shares[s] * n) / whole;
    tile->figure[RA_FIGURE_HULL][lane] = hull_area(plan, tile, lane);
}

static void whole_router(ra_tile *tile, const ra_lane_kernel *kernel, const ra_lane_plan *plan)
{
    int32_t area[RA_LANES];
    kernel->sweep(plan, tile->rows, tile->marks, area);
    lowest_from_here(tile->marks, plan->blocks);
    for (int j = 0; j < RA_LANES; j++)
        lane_figures(tile, plan, j, area[j]);
}

static void whole_mean(const ra_tile *tile, const ra_replicator *r, const ra_lane_kernel *kernel,
                       const ra_levels *levels, double mean[RA_LANES])
{
    double sum[RA_LANES] = {0};
    int16_t copies[RA_LANES];
    for (size_t v = 0; v < levels->count; v++) {
        kernel->sum(tile->rows, levels->row + levels->first[v],
                    levels->first[v + 1] - levels->first[v], copies);
        for (int j = 0; j < RA_LANES; j++)
            sum[j] += (double)copies[j] * levels->value[v];
    }
    for (int j = 0; j < RA_LANES; j++)
        mean[j] = sum[j] * r->unit / tile->drawn[j];
}

/* --- one replicate at a time --- */

static double copies_of(const ra_tile *tile, const ra_replicator *r, size_t item, int lane)
{
    return tile->rows[r->draws->item_row[item] * RA_LANES + (size_t)lane];
}

static void general_scores(ra_tile *tile, const ra_replicator *r)
{
    const ra_outcomes *o = r->outcomes;
    for (int j = 0; j < RA_LANES; j++) {
        double sum[2] = {0}, turns[2] = {0};
        for (size_t i = 0; i < o->count; i++) {
            double copies = copies_of(tile, r, i, j);
            sum[0] += copies * o->strong[i];
            turns[0] += copies * o->strong_turns[i];
            sum[1] += copies * o->weak[i];
            turns[1] += copies * o->weak_turns[i];
        }
        tile->strong[j] = sum[0] / turns[0];
        tile->weak[j] = sum[1] / turns[1];
    }
}

/* The curve of a lane; its strong and weak are in the tile. */
static void general_curve(ra_tile *tile, const ra_replicator *r, size_t router, int lane)
{
    const ra_outcomes *o = r->outcomes;
    const size_t *order = r->order[router];
    const double *score = r->score[router];
    double sum = 0, turns = 0, calls = 0, gap = tile->strong[lane] - tile->weak[lane];
    ra_curve *curve = &tile->curve;
    for (size_t i = 0; i < o->count; i++) {
        double copies = copies_of(tile, r, i, lane);
        sum += copies * o->weak[i];
        turns += copies * o->weak_turns[i];
    }
    curve->count = 1;
    for (size_t k = 0; k < o->count; k++) {
        size_t i = order[k];
        double copies = copies_of(tile, r, i, lane);
        calls += copies;
        sum += copies * (o->strong[i] - o->weak[i]);
        turns += copies * (o->strong_turns[i] - o->weak_turns[i]);
        double c = calls / tile->drawn[lane];
        bool tied = k + 1 < o->count && equal(score[order[k + 1]], score[i]);
        if (!tied && c > curve->points[curve->count - 1].c)
            curve->points[curve->count++] = (ra_point){c, (sum / turns - tile->weak[lane]) / gap};
    }
    curve->points[curve->count - 1].pgr = 1;
}

static void general_router(ra_tile *tile, const ra_replicator *r, size_t router)
{
    for (int j = 0; j < RA_LANES; j++) {
        if (!(tile->strong[j] > tile->weak[j])) {
            no_figures(tile, j);
            continue;
        }
        general_curve(tile, r, router, j);
        const ra_curve *curve = &tile->curve;
        tile->figure[RA_FIGURE_APGR][j] = ra_curve_apgr(curve);
        for (int t = 0; t < RA_TARGETS; t++) {
            tile->figure[RA_FIGURE_CPT + t][j] = ra_curve_cpt(curve, ra_targets[t]);
            tile->figure[RA_FIGURE_SUSTAINED + t][j] = ra_curve_cpt_sustained(curve, ra_targets[t]);
        }
        for (int s = 0; s < RA_SHARES; s++)
            tile->figure[RA_FIGURE_PGR + s][j] = ra_curve_pgr(curve, ra_shares[s]);
        tile->figure[RA_FIGURE_HULL][j] = tile->with_hull ? ra_curve_hull_area(curve) : (double)NAN;
    }
}

void ra_tile_scores(ra_tile *tile, const ra_replicator *r, const ra_lane_kernel *kernel)
{
    if (in_lanes(tile, r)) {
        whole_mean(tile, r, kernel, &r->strong, tile->strong);
        whole_mean(tile, r, kernel, &r->weak, tile->weak);
    } else {
        general_scores(tile, r);
    }
}

void ra_tile_router(ra_tile *tile, const ra_replicator *r, const ra_lane_kernel *kernel,
                    size_t router)
{
    if (in_lanes(tile, r))
        whole_router(tile, kernel, &r->plans[router]);
    else
        general_router(tile, r, router);
}
