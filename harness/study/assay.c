#include "study/assay.h"

#include "base/file.h"
#include "base/parallel.h"
#include "data/csv.h"
#include "measure/cost.h"
#include "measure/kept.h"
#include "measure/oracles.h"
#include "routers/folds.h"
#include "study/points.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- opening --- */

static bool add_input(ra_assay *a, const char *path, const char *shown, ra_error *err)
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
    return add_input(a, path, ra_path_join(&a->arena, shown ? shown : a->set.path, below), err);
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

/* --- routers --- */

static bool is_name(const char *text, size_t length)
{
    return length > 0 && strcspn(text, ":/") >= length;
}

void ra_contender_parse(ra_arena *arena, const char *text, ra_contender *out)
{
    *out = (ra_contender){.router = text};
    const char *equals = strchr(text, '=');
    if (equals && is_name(text, (size_t)(equals - text))) {
        out->name = ra_arena_strndup(arena, text, (size_t)(equals - text));
        out->router = equals + 1;
        return;
    }
    size_t kind = strcspn(text, ":");
    out->name = ra_arena_strndup(arena, text, kind);
    if (text[kind] && (strcmp(out->name, "scores") == 0 || strcmp(out->name, "plugin") == 0)) {
        const char *slash = strrchr(text + kind + 1, '/');
        const char *base = slash ? slash + 1 : text + kind + 1;
        const char *dot = strrchr(base, '.');
        out->name = ra_arena_strndup(arena, base, dot ? (size_t)(dot - base) : strlen(base));
    }
}

static const ra_router_kind *kind_of(const ra_contender *contender)
{
    for (const ra_router_kind *const *k = ra_router_kinds; *k; k++) {
        size_t length = strlen((*k)->name);
        if (strncmp((*k)->name, contender->router, length) == 0 &&
            (contender->router[length] == 0 || contender->router[length] == ':'))
            return *k;
    }
    return NULL;
}

unsigned ra_contender_flags(const ra_contender *contender)
{
    const ra_router_kind *kind = kind_of(contender);
    return kind ? kind->flags : 0;
}

/* "scores:{benchmark}/mf.csv" -> "scores:gsm8k/mf.csv" */
static const char *with_benchmark(ra_arena *arena, const char *router, const char *benchmark)
{
    static const char mark[] = "{benchmark}";
    const char *at = strstr(router, mark);
    return at ? ra_arena_printf(arena, "%.*s%s%s", (int)(at - router), router, benchmark,
                                at + strlen(mark))
              : router;
}

const char *ra_contender_spec(ra_arena *arena, const ra_contender *c, const char *benchmark)
{
    return with_benchmark(arena, c->run ? c->run : c->router, benchmark);
}

bool ra_contender_reads_file(const char *router)
{
    static const char *const kinds[] = {"scores:", "plugin:", "http:", "routed:"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (ra_has_prefix(router, kinds[i]))
            return true;
    return false;
}

const char *ra_contender_file(ra_arena *arena, const ra_contender *contender, const char *benchmark)
{
    const char *spec = ra_contender_spec(arena, contender, benchmark);
    return ra_contender_reads_file(spec) ? strchr(spec, ':') + 1 : NULL;
}

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

static bool check_measured(const ra_assay *a, const char *router, const double *score,
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
                                 .allow_trained = contender->allow_trained,
                                 .strong = assay->strong_model,
                                 .weak = assay->weak_model};
    bool ok = ra_router_open(&router, spec, &options, err);
    if (ok) {
        ra_prompt *prompts = make_prompts(assay, router.kind->flags & RA_ROUTER_KNOWS_GRADES);
        ok = ra_router_score(&router, prompts, assay->set.item_count, score, err) &&
             (router.kind->flags & RA_ROUTER_CHOOSES || check_measured(assay, spec, score, err));
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

/* --- measuring --- */

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
    const ra_router_kind *kind = kind_of(c);
    const char *colon = strchr(c->router, ':'), *path = c->model;
    if (!kind || !kind->train)
        return true;
    if (!path && colon)
        path = with_benchmark(arena, colon + 1, a->benchmark->name);
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
                check_measured(a, contender->router, j->all, &j->err);
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
    return add_input(
        a, file, c->shown ? with_benchmark(&a->arena, c->shown, a->benchmark->name) : file, err);
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
                (!is_point && !check_measured(a, contenders[i].router, all, err)))
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
