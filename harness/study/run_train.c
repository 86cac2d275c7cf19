/* The train stage: routers that learn are trained for each benchmark that they are measured on.
 *
 * Models go to OUT/models/BENCHMARK/NAME (a folder of folds, or NAME.safetensors), those of a
 * learning curve's steps to NAME@LABELS. A router that learns nothing of the measured benchmark is
 * the same for several of them, and is still trained for each: it takes a second, and each folder
 * stands alone. */
#include "base/file.h"
#include "study/run.h"
#include "study/train.h"

#include <string.h>

size_t ra_run_steps(const ra_study_router *router)
{
    size_t labels = router->train && router->train->gold_count > 0 ? router->train->label_count : 0;
    return labels > 1 ? labels - 1 : 0;
}

/* Cross-validated: the grades of the measured items are among the labels. */
static bool is_folded(const ra_study_training *t, const char *benchmark, size_t step)
{
    bool labels = t->label_count == 0 || t->labels[step] > 0, folded = false;
    for (size_t i = 0; i < t->gold_count; i++)
        folded |= labels && (strcmp(t->gold[i], RA_STUDY_MEASURED) == 0 ||
                             strcmp(t->gold[i], benchmark) == 0);
    return folded;
}

ra_contender ra_run_contender(ra_run *run, size_t benchmark, const ra_study_router *router,
                              size_t step)
{
    const char *name = run->study->benchmarks[benchmark].name;
    ra_contender c = router->contender;
    if (!router->train)
        return c;
    if (step < ra_run_steps(router))
        c.name = ra_arena_printf(&run->arena, "%s@%llu", c.name,
                                 (unsigned long long)router->train->labels[step]);
    const char *ending = is_folded(router->train, name, step) ? "" : ".safetensors";
    c.model =
        ra_run_path(run, ra_arena_printf(&run->arena, "models/%s/%s%s", name, c.name, ending));
    c.run = ra_arena_printf(&run->arena, "%s:%s", c.router, c.model);
    c.cache = ra_run_path(run, "embeddings");
    c.memo = run->memo;
    return c;
}

typedef struct training {
    ra_run *run;
    const ra_study_benchmark *benchmark;
    ra_train_request request;
} training;

static bool find_benchmark(const ra_study *study, const char *name, size_t *index, ra_error *err)
{
    for (*index = 0; *index < study->benchmark_count; ++*index)
        if (strcmp(study->benchmarks[*index].name, name) == 0)
            return true;
    return ra_failf(err, RA_ERR_INPUT, study->path, 0, "field 'gold': no benchmark '%s'", name);
}

static bool add_gold(ra_run *run, size_t measured, const ra_study_training *t, uint64_t labels,
                     ra_train_request *r, ra_error *err)
{
    ra_gold *gold = ra_arena_alloc(&run->arena, t->gold_count, sizeof *gold);
    for (size_t i = 0; i < t->gold_count; i++) {
        size_t b = measured;
        if (strcmp(t->gold[i], RA_STUDY_MEASURED) != 0 &&
            !find_benchmark(run->study, t->gold[i], &b, err))
            return false;
        const ra_study_benchmark *of = &run->study->benchmarks[b];
        gold[i] = (ra_gold){.request = {.recordings = run->sets[b],
                                        .benchmark = of->name,
                                        .strong = of->strong,
                                        .weak = of->weak,
                                        .grader = of->graders[0],
                                        .judge = of->judge},
                            .labels = labels,
                            .at_most = true,
                            .weight = t->gold_weight};
    }
    r->gold = gold;
    r->gold_count = t->gold_count;
    return true;
}

/* What is learned from: all data, and the gold labels of this step unless they are none. */
static bool fill(ra_run *run, size_t benchmark, const ra_study_router *router, size_t step,
                 const ra_contender *c, ra_train_request *r, ra_error *err)
{
    const ra_study_training *t = router->train;
    const ra_study_benchmark *b = &run->study->benchmarks[benchmark];
    ra_battle_file *data = ra_arena_alloc(&run->arena, t->data_count, sizeof *data);
    for (size_t i = 0; i < t->data_count; i++) {
        const ra_study_data *d = t->data[i];
        data[i] = (ra_battle_file){
            d->fetch ? ra_run_path(run, ra_arena_printf(&run->arena, RA_DOWNLOADS "/%s", d->path))
                     : d->path,
            d->name, d->weight};
    }
    *r = (ra_train_request){.kind = c->router,
                            .out = c->model,
                            .data = data,
                            .data_count = t->data_count,
                            .folds = is_folded(t, b->name, step) ? t->folds : 0,
                            .embedder = t->embedder,
                            .strong = b->strong,
                            .weak = b->weak,
                            .settings = t->settings,
                            .settings_at = run->study->path,
                            .seed = run->study->seed,
                            .threads = run->options->threads,
                            .cache = c->cache,
                            .memo = run->memo};
    ra_assay_request *measured = ra_arena_alloc(&run->arena, 1, sizeof *measured);
    *measured = (ra_assay_request){.recordings = run->sets[benchmark], .benchmark = b->name};
    r->keep_out = measured;
    r->keep_out_count = 1;
    uint64_t labels = t->label_count > 0 ? t->labels[step] : 0;
    return (labels == 0 && t->label_count > 0) || add_gold(run, benchmark, t, labels, r, err);
}

static bool make_model(void *context, ra_error *err)
{
    training *t = context;
    return ra_train(&t->request, err);
}

static bool describe(ra_run *run, ra_stage *stage, const ra_study_router *router,
                     const ra_train_request *r, ra_error *err)
{
    ra_buf text = {0};
    ra_buf_printf(&text, "%s seed %llu folds %llu embedder %s gold weight %.17g", r->kind,
                  (unsigned long long)r->seed, (unsigned long long)r->folds,
                  r->embedder ? r->embedder : "", router->train->gold_weight);
    if (r->settings)
        ra_json_print(r->settings, &text);
    ra_stage_text(stage, "training", text.text);
    ra_buf_release(&text);
    for (size_t i = 0; i < r->data_count; i++) {
        ra_stage_text(stage, "weight", ra_arena_printf(&run->arena, "%.17g", r->data[i].weight));
        if (!ra_stage_file(stage, r->data[i].path, err))
            return false;
    }
    if (!ra_stage_file(stage, r->keep_out->recordings, err))
        return false;
    for (size_t i = 0; i < r->gold_count; i++) {
        const ra_gold *g = &r->gold[i];
        ra_stage_text(stage, "labels",
                      ra_arena_printf(&run->arena, "%s %llu %s %s %s %s", g->request.benchmark,
                                      (unsigned long long)g->labels, g->request.strong,
                                      g->request.weak, g->request.grader ? g->request.grader : "",
                                      g->request.judge ? g->request.judge : ""));
        if (!ra_stage_file(stage, g->request.recordings, err))
            return false;
    }
    return true;
}

static bool train_one(ra_run *run, size_t benchmark, const ra_study_router *router, size_t step,
                      ra_error *err)
{
    ra_contender c = ra_run_contender(run, benchmark, router, step);
    training t = {.run = run, .benchmark = &run->study->benchmarks[benchmark]};
    if (!fill(run, benchmark, router, step, &c, &t.request, err))
        return false;
    ra_stage stage;
    ra_stage_begin(&stage, run->options->out,
                   ra_arena_printf(&run->arena, "train %s/%s", t.benchmark->name, c.name), c.model);
    bool ok =
        describe(run, &stage, router, &t.request, err) && ra_stage_run(&stage, make_model, &t, err);
    ra_stage_release(&stage);
    return ok;
}

bool ra_run_train(ra_run *run, ra_error *err)
{
    const ra_study *study = run->study;
    for (size_t b = 0; b < study->benchmark_count; b++)
        for (size_t i = 0; i < study->router_count; i++) {
            const ra_study_router *router = &study->routers[i];
            if (!router->train || !ra_run_takes_part(router, study->benchmarks[b].name))
                continue;
            for (size_t step = 0; step <= ra_run_steps(router); step++)
                if (!train_one(run, b, router, step, err))
                    return false;
        }
    return true;
}
