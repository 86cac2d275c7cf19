#include "study/learning.h"

#include "routers/folds.h"

#include <math.h>
#include <stdlib.h>

/* The scores of the measured items. */
static bool score_step(const ra_assay *a, const ra_contender *c, uint64_t seed, double *measured,
                       ra_error *err)
{
    double *all = ra_alloc(a->set.item_count, sizeof *all);
    bool ok = ra_assay_score(a, c, seed, all, err);
    for (size_t k = 0; ok && k < a->outcomes.count; k++)
        measured[k] = all[a->outcomes.item[k]];
    free(all);
    return ok;
}

static bool apgr_of(const ra_assay *a, const double *score, ra_arena *arena, double *apgr,
                    ra_error *err)
{
    size_t n = a->outcomes.count, *order = ra_alloc(n, sizeof *order);
    ra_curve curve;
    ra_order(score, n, order);
    bool ok = ra_curve_make(arena, &a->outcomes, score, order, n, &curve, err);
    if (ok)
        *apgr = ra_curve_apgr(&curve);
    free(order);
    return ok;
}

/* Figures of all steps and their intervals. */
static bool measure(const ra_assay *a, const double *const *score, size_t count,
                    const ra_resampling *how, ra_arena *scratch, ra_learning_point *points,
                    ra_error *err)
{
    for (size_t i = 0; i < count; i++)
        if (!apgr_of(a, score[i], scratch, &points[i].apgr.value, err))
            return false;
    if (how->replicates == 0)
        return true;
    ra_replicates all, left_out;
    ra_resample(scratch, &a->outcomes, score, count, how, &all);
    if (how->method == RA_BCA)
        ra_jackknife(scratch, &a->outcomes, score, count, how, &left_out);
    for (size_t i = 0; i < count; i++) {
        ra_estimate *apgr = &points[i].apgr;
        double acceleration =
            how->method == RA_BCA
                ? ra_acceleration(ra_replicates_of(&left_out, i, RA_FIGURE_APGR), left_out.count)
                : 0;
        ra_range range = ra_interval(how->method, how->level, apgr->value, acceleration,
                                     ra_replicates_of(&all, i, RA_FIGURE_APGR), all.count);
        apgr->lo = range.lo;
        apgr->hi = range.hi;
    }
    return true;
}

static bool count_labels(const ra_contender *step, size_t *labels, ra_error *err)
{
    ra_json *about;
    size_t seen;
    uint64_t found = 0;
    if (!ra_trained_inspect(step->model, NULL, 0, &about, &seen, err))
        return false;
    bool ok = !about ||
              ra_json_count(about, "labels", (ra_json_at){step->model, 0}, 1ULL << 52, &found, err);
    *labels = (size_t)found;
    ra_json_free(about);
    return ok;
}

bool ra_learning_curve(const ra_assay *a, const ra_contender *steps, size_t count,
                       const ra_resampling *how, ra_arena *arena, ra_router_result *out,
                       ra_error *err)
{
    ra_arena scratch = {0};
    const double **score = ra_arena_alloc(&scratch, count, sizeof(const double *));
    ra_learning_point *points = ra_arena_alloc(arena, count + 1, sizeof *points);
    ra_resampling own = ra_assay_resampling(a, how);
    bool ok = true;
    for (size_t i = 0; ok && i < count; i++) {
        double *own_score = ra_arena_alloc(&scratch, a->outcomes.count, sizeof *own_score);
        points[i].apgr = (ra_estimate){NAN, NAN, NAN};
        ok = score_step(a, &steps[i], how->seed, own_score, err) &&
             count_labels(&steps[i], &points[i].labels, err);
        score[i] = own_score;
    }
    ok = ok && measure(a, score, count, &own, &scratch, points, err);
    points[count] = (ra_learning_point){out->trained.labels, out->apgr};
    out->learning = points;
    out->learning_count = count + 1;
    ra_arena_release(&scratch);
    return ok;
}
