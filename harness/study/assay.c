#include "study/assay.h"

#include "base/file.h"
#include "base/parallel.h"
#include "data/csv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- opening --- */

bool ra_assay_add_input(ra_assay *a, const char *path, const char *shown, ra_error *err)
{
    ra_result_input input = {.path = ra_arena_strdup(&a->arena, shown)};
    for (size_t i = 0; i < a->input_count; i++)
        if (strcmp(a->inputs[i].path, shown) == 0)
            return true;
    if (!ra_sha256_file(path, input.sha256, err))
        return false;
    ra_result_input *all = ra_arena_alloc(&a->arena, a->input_count + 1, sizeof *all);
    if (a->input_count > 0)
        memcpy(all, a->inputs, a->input_count * sizeof *all);
    all[a->input_count++] = input;
    a->inputs = all;
    return true;
}

/* A file of the set, called by its path below the set. */
static bool add_set_input(ra_assay *a, const char *shown, const char *path, ra_error *err)
{
    const char *below = path + strlen(a->set.path) + 1;
    return ra_assay_add_input(a, path, ra_path_join(&a->arena, shown ? shown : a->set.path, below),
                              err);
}

/* The files that grades of a model were made from. */
static bool add_grade_inputs(ra_assay *a, const char *shown, const char *model, const char *judge,
                             ra_error *err)
{
    switch (a->grader->input) {
    case RA_READS_OUTPUT:
        return add_set_input(a, shown, ra_set_file(&a->set, "outputs", model, NULL), err);
    case RA_READS_LABEL:
        return add_set_input(a, shown, ra_set_file(&a->set, "grades", model, a->grader->name), err);
    case RA_READS_JUDGMENT:
        break;
    }
    const char **judges;
    size_t count;
    if (!judge) {
        if (!ra_set_list(&a->set, "judgments", model, &judges, &count, err))
            return false;
        judge = count > 0 ? judges[0] : "";
    }
    return add_set_input(a, shown, ra_set_file(&a->set, "judgments", model, judge), err);
}

static bool check_model(const ra_assay *a, const char *model, const char *option, ra_error *err)
{
    if (!model || ra_set_has_model(&a->set, model))
        return true;
    ra_buf known = {0};
    for (size_t i = 0; i < a->set.model_count; i++)
        ra_buf_printf(&known, " %s", a->set.models[i]);
    ra_failf(err, RA_ERR_INPUT, a->set.path, 0, "--%s: the set has no model '%s'", option, model);
    ra_hintf(err, "it has:%s", known.text ? known.text : " none");
    ra_buf_release(&known);
    return false;
}

/* Takes the set's two models when none was named; which one is strong is seen from the grades. */
static bool choose_models(ra_assay *a, const ra_assay_request *request, ra_error *err)
{
    a->strong_model = request->strong;
    a->weak_model = request->weak;
    if (!check_model(a, request->strong, "strong", err) ||
        !check_model(a, request->weak, "weak", err))
        return false;
    if (request->strong && request->weak) {
        if (strcmp(request->strong, request->weak) != 0)
            return true;
        return ra_fail(err, RA_ERR_USAGE, NULL, 0, "--strong and --weak name the same model", NULL);
    }
    if (a->set.model_count == 2) {
        bool first = request->strong ? strcmp(request->strong, a->set.models[0]) == 0
                     : request->weak ? strcmp(request->weak, a->set.models[1]) == 0
                                     : true;
        a->strong_model = a->set.models[first ? 0 : 1];
        a->weak_model = a->set.models[first ? 1 : 0];
        return true;
    }
    ra_failf(err, RA_ERR_USAGE, a->set.path, 0, "the set has %zu models", a->set.model_count);
    return ra_hintf(err, "name two of them with --strong and --weak");
}

static void swap_if_weaker(ra_assay *a, const ra_assay_request *request)
{
    const ra_outcomes *o = &a->outcomes;
    if (request->strong || request->weak ||
        ra_outcomes_mean(o->strong, o->strong_turns, o->count) >=
            ra_outcomes_mean(o->weak, o->weak_turns, o->count))
        return;
    const char *model = a->strong_model;
    a->strong_model = a->weak_model;
    a->weak_model = model;
    ra_grade *grades = a->strong;
    a->strong = a->weak;
    a->weak = grades;
}

static bool grade(ra_assay *a, const ra_assay_request *request, ra_error *err)
{
    return ra_grade_model(&a->set, a->grader, a->strong_model, request->judge, &a->strong, NULL,
                          NULL, err) &&
           ra_grade_model(&a->set, a->grader, a->weak_model, request->judge, &a->weak, NULL, NULL,
                          err);
}

static bool open_assay(ra_assay *a, const ra_assay_request *request, const ra_prices *prices,
                       ra_error *err)
{
    const char *folder;
    a->benchmark = ra_benchmark_find(request->benchmark, err);
    if (!a->benchmark ||
        !ra_set_find(&a->arena, request->recordings, request->benchmark, &folder, err) ||
        !ra_set_open(&a->set, folder, err) || !choose_models(a, request, err))
        return false;
    a->grader = request->grader ? ra_grader_find(a->benchmark, request->grader, err)
                                : ra_grader_default(a->benchmark, &a->set);
    if (!a->grader || !grade(a, request, err))
        return false;
    a->default_grader = true;
    a->money = (ra_money){.strong_usd = NAN, .weak_usd = NAN};
    if (!ra_outcomes_make(&a->arena, &a->set, a->strong, a->weak, &a->outcomes, err))
        return false;
    swap_if_weaker(a, request);
    if (!ra_outcomes_make(&a->arena, &a->set, a->strong, a->weak, &a->outcomes, err))
        return false;
    ra_categories_make(&a->arena, &a->set, &a->outcomes, &a->categories);
    const char *const models[RA_SIDES] = {a->strong_model, a->weak_model};
    return add_set_input(a, request->shown, ra_path_join(&a->arena, a->set.path, "items.jsonl"),
                         err) &&
           add_grade_inputs(a, request->shown, a->strong_model, request->judge, err) &&
           add_grade_inputs(a, request->shown, a->weak_model, request->judge, err) &&
           ra_usage_make(&a->arena, &a->set, &a->outcomes, models, &a->usage, err) &&
           (!prices || ra_prices_money(&a->arena, prices, &a->usage, models, &a->money, err));
}

bool ra_assay_open(ra_assay *assay, const ra_assay_request *request, const ra_prices *prices,
                   ra_error *err)
{
    *assay = (ra_assay){0};
    if (open_assay(assay, request, prices, err))
        return true;
    ra_assay_close(assay);
    return false;
}

void ra_assay_close(ra_assay *assay)
{
    ra_set_release(&assay->set);
    ra_arena_release(&assay->arena);
    *assay = (ra_assay){0};
}

typedef struct opening {
    ra_assay *assays;
    const ra_assay_request *requests;
    const ra_prices *prices;
    ra_error *errors;
    bool *ok;
} opening;

static void open_one(size_t index, void *context)
{
    opening *o = context;
    o->ok[index] =
        ra_assay_open(&o->assays[index], &o->requests[index], o->prices, &o->errors[index]);
}

bool ra_assay_open_all(ra_assay *assays, const ra_assay_request *requests, size_t count,
                       const ra_prices *prices, int threads, ra_error *err)
{
    opening o = {assays, requests, prices, ra_alloc(count, sizeof *o.errors),
                 ra_alloc(count, sizeof *o.ok)};
    ra_parallel_for(count, threads, open_one, &o);
    bool ok = true;
    for (size_t i = 0; i < count; i++) {
        if (ok && !o.ok[i])
            *err = o.errors[i];
        ok = ok && o.ok[i];
    }
    for (size_t i = 0; !ok && i < count; i++)
        ra_assay_close(&assays[i]);
    free(o.errors);
    free(o.ok);
    return ok;
}

/* --- asking routers --- */

static double mean_grade(const ra_item *item, const ra_grade *grades)
{
    double sum = 0, n = 0;
    for (size_t t = 0; t < item->turn_count; t++) {
        const ra_grade *g = &grades[item->first_slot + t];
        if (g->present && !isnan(g->score)) {
            sum += g->score;
            n += 1;
        }
    }
    return sum / n;
}

static ra_prompt *make_prompts(const ra_assay *a, bool with_grades)
{
    ra_prompt *prompts = ra_alloc(a->set.item_count, sizeof *prompts);
    for (size_t i = 0; i < a->set.item_count; i++) {
        const ra_item *item = &a->set.items[i];
        prompts[i] = (ra_prompt){item->id, item->turns[0], NAN, NAN};
        if (with_grades) {
            prompts[i].strong_score = mean_grade(item, a->strong);
            prompts[i].weak_score = mean_grade(item, a->weak);
        }
    }
    return prompts;
}

bool ra_assay_check_scores(const ra_assay *a, const char *router, const double *score,
                           ra_error *err)
{
    for (size_t k = 0; k < a->outcomes.count; k++) {
        size_t i = a->outcomes.item[k];
        if (!isnan(score[i]))
            continue;
        ra_failf(err, RA_ERR_INPUT, router, 0, "no score for item '%s'", a->set.items[i].id);
        return ra_hintf(err, "every item that is kept and graded needs one line");
    }
    return true;
}

bool ra_assay_ask(const ra_assay *assay, const ra_contender *contender, uint64_t seed,
                  double *score, ra_arena *arena, const char **how, ra_error *err)
{
    ra_arena scratch = {0};
    const char *spec = ra_contender_spec(&scratch, contender, assay->benchmark->name);
    ra_router router;
    ra_router_options options = {.config = contender->config,
                                 .seed = seed,
                                 .cache = contender->cache,
                                 .memo = contender->memo,
                                 .allow_trained = contender->allow_trained,
                                 .strong = assay->strong_model,
                                 .weak = assay->weak_model};
    bool ok = ra_router_open(&router, spec, &options, err);
    if (ok) {
        ra_prompt *prompts = make_prompts(assay, router.kind->flags & RA_ROUTER_KNOWS_GRADES);
        ok = ra_router_score(&router, prompts, assay->set.item_count, score, err) &&
             (router.kind->flags & RA_ROUTER_CHOOSES ||
              ra_assay_check_scores(assay, spec, score, err));
        if (how)
            *how = router.kind->describe ? router.kind->describe(router.state, arena) : NULL;
        free(prompts);
        ra_router_close(&router);
    }
    ra_arena_release(&scratch);
    return ok;
}

bool ra_assay_score(const ra_assay *assay, const ra_contender *contender, uint64_t seed,
                    double *score, ra_error *err)
{
    return ra_assay_ask(assay, contender, seed, score, NULL, NULL, err);
}

bool ra_assay_write_scores(const ra_assay *assay, const ra_contender *contender, uint64_t seed,
                           const char *path, ra_error *err)
{
    size_t n = assay->set.item_count;
    double *score = ra_alloc(n, sizeof *score);
    bool ok = ra_assay_score(assay, contender, seed, score, err);
    ra_buf text = {0};
    ra_buf_puts(&text, "id,score\n");
    for (size_t i = 0; ok && i < n; i++) {
        if (isnan(score[i]))
            continue;
        ra_csv_quote(&text, assay->set.items[i].id);
        ra_buf_putc(&text, ',');
        ra_buf_number(&text, score[i]);
        ra_buf_putc(&text, '\n');
    }
    ok = ok && ra_file_write(path, text.text, text.length, err);
    ra_buf_release(&text);
    free(score);
    return ok;
}
