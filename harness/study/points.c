#include "study/points.h"

#include <math.h>
#include <string.h>

/* Per measured item, while a point is being made. */
typedef struct answers {
    double *sum, *turns, *strong;
} answers;

static answers new_answers(const ra_assay *a, ra_arena *arena)
{
    size_t n = a->outcomes.count;
    return (answers){ra_arena_alloc(arena, n, sizeof(double)),
                     ra_arena_alloc(arena, n, sizeof(double)),
                     ra_arena_alloc(arena, n, sizeof(double))};
}

static void add_point(ra_assay *a, ra_arena *arena, ra_recorded_point point, answers of,
                      ra_benchmark_result *out)
{
    size_t n = out->point_count++;
    ra_recorded_point *points = ra_arena_alloc(arena, n + 1, sizeof *points);
    ra_point_items *items = ra_arena_alloc(arena, n + 1, sizeof *items);
    if (n > 0) {
        memcpy(points, out->points, n * sizeof *points);
        memcpy(items, a->points, n * sizeof *items);
    }
    point.pgr = (ra_estimate){NAN, NAN, NAN};
    point.range = point.calls_range = (ra_range){NAN, NAN};
    points[n] = point;
    items[n] = (ra_point_items){of.sum, of.turns, of.strong};
    out->points = points;
    a->points = items;
}

/* Sum of an item's scores over its graded turns, and their number. */
static double graded(const ra_item *item, const ra_grade *grades, double *sum)
{
    double turns = 0;
    *sum = 0;
    for (size_t t = 0; t < item->turn_count; t++) {
        const ra_grade *g = &grades[item->first_slot + t];
        if (!g->present || isnan(g->score))
            continue;
        *sum += g->score;
        turns += 1;
    }
    return turns;
}

/* The means of all and of kept items; grades[i] is the answering model's, NULL = none answered. */
static void fill_scores(const ra_assay *a, const ra_grade *const *grades, ra_recorded_point *out)
{
    double all = 0, all_turns = 0, kept = 0, kept_turns = 0;
    for (size_t i = 0; i < a->set.item_count; i++) {
        const ra_item *item = &a->set.items[i];
        if (!grades[i])
            continue;
        double sum, turns = graded(item, grades[i], &sum);
        all += sum;
        all_turns += turns;
        if (item->excluded)
            continue;
        kept += sum;
        kept_turns += turns;
        out->missing += item->turn_count - (size_t)turns;
    }
    out->graded = (size_t)kept_turns;
    out->score = kept / kept_turns;
    out->all_score = all / all_turns;
}

static void fill_items(const ra_assay *a, const ra_grade *const *grades, answers *of)
{
    for (size_t k = 0; k < a->outcomes.count; k++) {
        size_t i = a->outcomes.item[k];
        if (grades[i])
            of->turns[k] = graded(&a->set.items[i], grades[i], &of->sum[k]);
    }
}

/* --- models of the set --- */

static bool is_one_of(const char *text, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(text, list[i]) == 0)
            return true;
    return false;
}

/* 1 = a strong model answered the item's first turn, 0 = another, NaN = not recorded. */
static bool read_served(ra_assay *a, const ra_study_point *p, double *strong, ra_error *err)
{
    ra_output *outputs;
    for (size_t i = 0; i < a->set.item_count; i++)
        strong[i] = NAN;
    if (p->served_count == 0)
        return true;
    if (!ra_set_outputs(&a->set, p->model, &outputs, err))
        return false;
    for (size_t i = 0; i < a->set.item_count; i++) {
        const ra_output *first = &outputs[a->set.items[i].first_slot];
        if (first->present && first->served_model)
            strong[i] = is_one_of(first->served_model, p->served, p->served_count);
    }
    return true;
}

/* Share of strong calls among the items, all or the kept ones, of which it is known. */
static double share(const ra_assay *a, const double *strong, bool kept_only)
{
    double calls = 0, known = 0;
    for (size_t i = 0; i < a->set.item_count; i++) {
        if (isnan(strong[i]) || (kept_only && a->set.items[i].excluded))
            continue;
        calls += strong[i];
        known += 1;
    }
    return calls / known;
}

bool ra_assay_point(ra_assay *assay, const ra_study_point *p, const char *judge, ra_arena *arena,
                    ra_benchmark_result *out, ra_error *err)
{
    ra_grade *of_model;
    size_t n = assay->set.item_count;
    double *strong = ra_arena_alloc(arena, n, sizeof *strong);
    const ra_grade **grades = ra_arena_alloc(arena, n, sizeof *grades);
    if (!ra_grade_model(&assay->set, assay->grader, p->model, judge, &of_model, NULL, NULL, err) ||
        !read_served(assay, p, strong, err))
        return false;
    for (size_t i = 0; i < n; i++)
        grades[i] = of_model;
    ra_recorded_point point = {.name = p->name,
                               .model = p->model,
                               .strong_calls = p->strong_calls,
                               .all_strong_calls = p->strong_calls,
                               .strong_calls_source = p->source};
    if (p->served_count > 0) {
        point.strong_calls = share(assay, strong, true);
        point.all_strong_calls = share(assay, strong, false);
        point.strong_calls_source = "recorded: the served model of each answer";
    }
    answers of = new_answers(assay, arena);
    fill_scores(assay, grades, &point);
    fill_items(assay, grades, &of);
    for (size_t k = 0; k < assay->outcomes.count; k++)
        of.strong[k] = strong[assay->outcomes.item[k]];
    add_point(assay, arena, point, of, out);
    return true;
}

/* --- routers that choose --- */

static bool is_between(double score)
{
    return score > 0 && score < 1;
}

/* Shares and scores are over the measured items: those on which routers are compared. */
static void make_point(ra_assay *a, const ra_contender *contender, const char *how,
                       const double *choice, ra_arena *arena, ra_benchmark_result *out)
{
    size_t n = a->set.item_count;
    const ra_grade **grades = ra_arena_alloc(arena, n, sizeof *grades);
    for (size_t i = 0; i < n; i++)
        grades[i] = isnan(choice[i]) ? NULL : choice[i] > 0 ? a->strong : a->weak;
    ra_recorded_point point = {.name = ra_arena_strdup(arena, contender->name),
                               .model = ra_arena_strdup(arena, contender->router),
                               .strong_calls_source = how ? how : "its choices"};
    answers of = new_answers(a, arena);
    fill_scores(a, grades, &point);
    fill_items(a, grades, &of);
    double calls = 0, known = 0, sum = 0, turns = 0;
    for (size_t k = 0; k < a->outcomes.count; k++) {
        of.strong[k] = choice[a->outcomes.item[k]];
        bool chose = !isnan(of.strong[k]);
        known += chose;
        calls += chose ? of.strong[k] : 0;
        sum += of.sum[k];
        turns += of.turns[k];
    }
    point.score = sum / turns;
    point.graded = (size_t)turns;
    point.unmapped = a->outcomes.count - (size_t)known;
    point.strong_calls = calls / known;
    point.all_strong_calls = share(a, choice, false);
    add_point(a, arena, point, of, out);
}

bool ra_assay_choice(ra_assay *assay, const ra_contender *contender, uint64_t seed, double *score,
                     ra_arena *arena, ra_benchmark_result *out, bool *is_point, ra_error *err)
{
    const char *how;
    if (!ra_assay_ask(assay, contender, seed, score, arena, &how, err))
        return false;
    size_t known = 0;
    *is_point = true;
    for (size_t i = 0; i < assay->set.item_count; i++)
        *is_point = *is_point && !is_between(score[i]);
    for (size_t k = 0; k < assay->outcomes.count; k++)
        known += isnan(score[assay->outcomes.item[k]]) ? 0 : 1;
    if (known == 0)
        return ra_fail(err, RA_ERR_INPUT, contender->router, 0,
                       "no measured item is known to have reached either model",
                       "are the names of the models, and the benchmark, the right ones?");
    if (*is_point)
        make_point(assay, contender, how, score, arena, out);
    return true;
}

void ra_assay_finish_points(ra_assay *assay, const ra_resampling *how, ra_arena *arena,
                            ra_benchmark_result *out)
{
    ra_resampling resampling = ra_assay_resampling(assay, how);
    if (out->point_count > 0)
        ra_points_measure(arena, &assay->outcomes, assay->scores, &resampling, assay->points, out);
}
