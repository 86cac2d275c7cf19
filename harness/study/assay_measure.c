/* The results of an assay: every contender's curve or point, and what it learned from. */
#include "base/parallel.h"
#include "measure/cost.h"
#include "measure/kept.h"
#include "measure/oracles.h"
#include "routers/folds.h"
#include "study/points.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct job {
    ra_router_result result;
    ra_category_router *by_category;
    double *all;   /* of every item; NULL until it is asked */
    double *score; /* of each measured item */
    ra_arena arena;
    ra_error err;
    bool ok;
} job;

/* "a, b" of a list of objects' texts; NULL when there are none. */
static const char *join(ra_arena *arena, const ra_json *list, const char *key)
{
    const char *all = NULL, *one = NULL;
    ra_error unused = {0};
    for (const ra_json *e = ra_json_first(list); e; e = ra_json_next(e))
        if (ra_json_maybe_string(e, key, (ra_json_at){"", 0}, &one, &unused) && one)
            all = all ? ra_arena_printf(arena, "%s, %s", all, one) : ra_arena_strdup(arena, one);
    return all;
}

static bool read_trained(const ra_json *about, const char *path, ra_arena *arena,
                         ra_trained_on *out, ra_error *err)
{
    ra_json_at at = {path, 0};
    const char *kind, *embedder = NULL;
    uint64_t battles, labels, folds;
    if (!ra_json_string(about, "kind", at, &kind, err) ||
        !ra_json_maybe_string(about, "embedder", at, &embedder, err) ||
        !ra_json_count(about, "battles", at, 1ULL << 52, &battles, err) ||
        !ra_json_count(about, "labels", at, 1ULL << 52, &labels, err) ||
        !ra_json_count(about, "folds", at, 1ULL << 52, &folds, err))
        return false;
    *out = (ra_trained_on){.kind = ra_arena_strdup(arena, kind),
                           .embedder = embedder ? ra_arena_strdup(arena, embedder) : NULL,
                           .data = join(arena, ra_json_get(about, "data"), "path"),
                           .gold = join(arena, ra_json_get(about, "gold"), "benchmark"),
                           .battles = (size_t)battles,
                           .labels = (size_t)labels,
                           .folds = (size_t)folds};
    return true;
}

/* What the contender learned from, if it is a model of ours; counts the measured items that it was
 * trained on. */
static bool describe_training(const ra_assay *a, const ra_contender *c, ra_arena *arena,
                              ra_trained_on *out, ra_error *err)
{
    const ra_router_kind *kind = ra_contender_kind(c);
    const char *colon = strchr(c->router, ':'), *path = c->model;
    if (!kind || !kind->train)
        return true;
    if (!path && colon)
        path = ra_with_benchmark(arena, colon + 1, a->benchmark->name);
    if (!path)
        return true;
    ra_prompt *prompts = ra_alloc(a->outcomes.count, sizeof *prompts);
    for (size_t k = 0; k < a->outcomes.count; k++) {
        const ra_item *item = &a->set.items[a->outcomes.item[k]];
        prompts[k] = (ra_prompt){item->id, item->turns[0], NAN, NAN};
    }
    ra_json *about = NULL;
    size_t seen;
    bool ok = ra_trained_inspect(path, prompts, a->outcomes.count, &about, &seen, err) &&
              (!about || read_trained(about, path, arena, out, err));
    if (ok && about)
        out->seen = seen;
    ra_json_free(about);
    free(prompts);
    return ok;
}

typedef struct work {
    const ra_assay *assay;
    const ra_contender *contenders;
    uint64_t seed;
    double level;
    job *jobs;
} work;

static void run_job(size_t index, void *context)
{
    work *w = context;
    const ra_assay *a = w->assay;
    const ra_contender *contender = &w->contenders[index];
    job *j = &w->jobs[index];
    double *score = ra_arena_alloc(&j->arena, a->outcomes.count, sizeof *score);
    j->score = score;
    j->ok = true;
    if (!j->all) {
        j->all = ra_arena_alloc(&j->arena, a->set.item_count, sizeof *j->all);
        j->ok = ra_assay_score(a, contender, w->seed, j->all, &j->err) &&
                ra_assay_check_scores(a, contender->router, j->all, &j->err);
    }
    const double *all = j->all;
    if (j->ok) {
        for (size_t k = 0; k < a->outcomes.count; k++)
            score[k] = all[a->outcomes.item[k]];
        j->by_category = ra_arena_alloc(&j->arena, a->categories.count, sizeof *j->by_category);
        j->ok = ra_measure_router(&j->arena, &a->outcomes, &a->categories, score, &a->money,
                                  w->level, &j->result, j->by_category, &j->err) &&
                describe_training(a, contender, &j->arena, &j->result.trained, &j->err);
    }
    j->result.name = contender->name;
    j->result.router = contender->router;
    j->result.bound = ra_contender_flags(contender) & RA_ROUTER_KNOWS_GRADES;
    j->result.hand_rule = ra_contender_flags(contender) & RA_ROUTER_HAND_RULE;
}

static void copy_categories(const ra_assay *a, const job *jobs, size_t count, ra_arena *arena,
                            ra_benchmark_result *out)
{
    const ra_categories *c = &a->categories;
    const ra_outcomes *o = &a->outcomes;
    out->category_count = c->count;
    out->categories = ra_arena_alloc(arena, c->count, sizeof *out->categories);
    double *sums = ra_alloc(4 * c->count, sizeof *sums);
    for (size_t k = 0; k < o->count; k++) {
        double *sum = &sums[4 * c->of[k]];
        sum[0] += o->strong[k];
        sum[1] += o->strong_turns[k];
        sum[2] += o->weak[k];
        sum[3] += o->weak_turns[k];
    }
    for (size_t i = 0; i < c->count; i++) {
        ra_category_result *to = &out->categories[i];
        const double *sum = &sums[4 * i];
        *to = (ra_category_result){ra_arena_strdup(arena, c->names[i]),
                                   c->items[i],
                                   c->excluded[i],
                                   c->missing[i],
                                   sum[0] / sum[1],
                                   sum[2] / sum[3],
                                   NULL};
        to->routers = ra_arena_alloc(arena, count, sizeof *to->routers);
        for (size_t r = 0; r < count; r++) {
            to->routers[r] = jobs[r].by_category[i];
            to->routers[r].name = jobs[r].result.name;
        }
    }
    free(sums);
}

static void copy_benchmark(const ra_assay *a, ra_arena *arena, ra_benchmark_result *out)
{
    const ra_outcomes *o = &a->outcomes;
    *out = (ra_benchmark_result){
        .name = a->benchmark->name,
        .title = a->benchmark->title,
        .unit = a->benchmark->unit,
        .full_score = a->benchmark->full_score,
        .grader = a->grader->name,
        .default_grader = a->default_grader,
        .strong = {ra_arena_strdup(arena, a->strong_model),
                   ra_outcomes_mean(o->strong, o->strong_turns, o->count),
                   o->strong_graded,
                   o->strong_missing,
                   {NAN, NAN}},
        .weak = {ra_arena_strdup(arena, a->weak_model),
                 ra_outcomes_mean(o->weak, o->weak_turns, o->count),
                 o->weak_graded,
                 o->weak_missing,
                 {NAN, NAN}},
        .items = o->count,
        .excluded = o->excluded,
        .missing = o->missing,
        .all_items = a->set.item_count,
        .all_strong = o->all_strong,
        .all_weak = o->all_weak,
        .money = a->money,
    };
    out->gap = (ra_estimate){out->strong.score - out->weak.score, NAN, NAN};
    if (a->money.tokens) {
        out->money.tokens = ra_arena_strdup(arena, a->money.tokens);
        out->money.as_of = ra_arena_strdup(arena, a->money.as_of);
        for (int side = 0; side < RA_SIDES; side++) {
            ra_priced_model *m = &out->money.model[side];
            m->date = ra_arena_strdup(arena, m->date);
            m->source = ra_arena_strdup(arena, m->source);
        }
    }
    out->charges.traffic = NAN;
}

static bool add_router_input(ra_assay *a, const ra_contender *c, ra_error *err)
{
    const char *file = ra_contender_file(&a->arena, c, a->benchmark->name);
    if (!file)
        return true;
    return ra_assay_add_input(
        a, file, c->shown ? ra_with_benchmark(&a->arena, c->shown, a->benchmark->name) : file, err);
}

/* Routers that choose are asked one after the other, as they share a call store. They become points
 * of `out`, but for those that were asked at several settings: those are curves, and already know
 * their scores. Fills curves and jobs with what is left to measure. */
static bool choose(ra_assay *a, const ra_contender *contenders, size_t count, uint64_t seed,
                   ra_arena *arena, ra_benchmark_result *out, ra_contender *curves, job *jobs,
                   size_t *curve_count, ra_error *err)
{
    *curve_count = 0;
    for (size_t i = 0; i < count; i++) {
        bool is_point = false;
        double *all = NULL;
        if (ra_contender_flags(&contenders[i]) & RA_ROUTER_CHOOSES) {
            all = ra_arena_alloc(arena, a->set.item_count, sizeof *all);
            if (!ra_assay_choice(a, &contenders[i], seed, all, arena, out, &is_point, err) ||
                (!is_point && !ra_assay_check_scores(a, contenders[i].router, all, err)))
                return false;
        }
        if (is_point)
            continue;
        jobs[*curve_count].all = all;
        curves[(*curve_count)++] = contenders[i];
    }
    return true;
}

static void finish_measuring(ra_assay *assay, const ra_contender *curves, job *jobs, size_t count,
                             const ra_resampling *how, ra_arena *arena, ra_benchmark_result *out)
{
    out->routers = ra_arena_alloc(arena, count, sizeof *out->routers);
    out->router_count = count;
    const double **score = ra_arena_alloc(arena, count, sizeof *score);
    for (size_t i = 0; i < count; i++) {
        jobs[i].result.name = ra_arena_strdup(arena, curves[i].name);
        jobs[i].result.router = ra_arena_strdup(arena, curves[i].router);
        out->routers[i] = jobs[i].result;
        score[i] = jobs[i].score;
    }
    assay->scores = score;
    copy_categories(assay, jobs, count, arena, out);
    ra_oracles_measure(arena, &assay->outcomes, out);
    ra_resampling resampling = ra_assay_resampling(assay, how);
    ra_resample_benchmark(arena, &assay->outcomes, score, &resampling, out);
    ra_kept_make(arena, &assay->outcomes, &assay->usage, resampling.stratum_of, &out->kept);
    for (size_t i = 0; i < count; i++)
        out->routers[i].place = ra_places_make(arena, score[i], assay->outcomes.count);
    ra_cost_measure(arena, how->threads, out);
    ra_assay_finish_points(assay, how, arena, out);
}

ra_resampling ra_assay_resampling(const ra_assay *assay, const ra_resampling *how)
{
    ra_resampling resampling = *how;
    if (how->by_category) {
        resampling.stratum_of = assay->categories.of;
        resampling.strata = assay->categories.count;
    }
    return resampling;
}

bool ra_assay_measure(ra_assay *assay, const ra_contender *contenders, size_t count,
                      const ra_resampling *how, ra_arena *arena, ra_benchmark_result *out,
                      ra_error *err)
{
    size_t curve_count;
    job *jobs = ra_alloc(count, sizeof *jobs);
    ra_contender *curves = ra_arena_alloc(arena, count, sizeof *curves);
    work w = {assay, curves, how->seed, how->level, jobs};
    copy_benchmark(assay, arena, out);
    bool ok =
        choose(assay, contenders, count, how->seed, arena, out, curves, jobs, &curve_count, err);
    if (ok)
        ra_parallel_for(curve_count, how->threads, run_job, &w);
    for (size_t i = 0; i < curve_count; i++) {
        if (ok && !jobs[i].ok)
            *err = jobs[i].err;
        ok = ok && jobs[i].ok;
        ra_arena_take(arena, &jobs[i].arena);
    }
    for (size_t i = 0; ok && i < count; i++)
        ok = add_router_input(assay, &contenders[i], err);
    if (ok)
        finish_measuring(assay, curves, jobs, curve_count, how, arena, out);
    free(jobs);
    return ok;
}
