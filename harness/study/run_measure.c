/* The measure stage: all benchmarks, graders and routers to one results.json. */
#include "base/file.h"
#include "benchmarks/audit.h"
#include "ra_config.h"
#include "study/learning.h"
#include "study/points.h"
#include "study/run.h"

#include <string.h>

/* A router, or a step of its learning curve, reading the file of the score stage. */
static ra_contender scored(ra_run *run, size_t benchmark, const ra_study_router *router,
                           size_t step)
{
    ra_contender c = ra_run_contender(run, benchmark, router, step);
    if (!ra_run_needs_scoring(&c))
        return c;
    c.shown = ra_run_scores(run, run->study->benchmarks[benchmark].name, &c);
    c.run = ra_arena_printf(&run->arena, "scores:%s", ra_run_path(run, c.shown));
    return c;
}

/* Routers that take part. */
static ra_contender *contenders_of(ra_run *run, size_t benchmark, size_t *count)
{
    const ra_study *study = run->study;
    ra_contender *all = ra_arena_alloc(&run->arena, study->router_count, sizeof *all);
    *count = 0;
    for (size_t i = 0; i < study->router_count; i++) {
        const ra_study_router *router = &study->routers[i];
        if (ra_run_takes_part(router, study->benchmarks[benchmark].name))
            all[(*count)++] = scored(run, benchmark, router, ra_run_steps(router));
    }
    return all;
}

/* Learning curves of the routers that have one; `out` has the routers in the study's order. */
static bool add_learning(ra_run *run, size_t benchmark, ra_assay *assay, const ra_resampling *how,
                         ra_arena *arena, ra_benchmark_result *out, ra_error *err)
{
    const ra_study *study = run->study;
    ra_router_result *result = out->routers, *end = result + out->router_count;
    for (size_t i = 0; i < study->router_count; i++) {
        const ra_study_router *router = &study->routers[i];
        if (result == end || strcmp(router->contender.name, result->name) != 0)
            continue; /* takes no part, or is a point */
        size_t steps = ra_run_steps(router);
        ra_contender *contenders = ra_arena_alloc(&run->arena, steps, sizeof *contenders);
        for (size_t k = 0; k < steps; k++)
            contenders[k] = scored(run, benchmark, router, k);
        if (steps > 0 && !ra_learning_curve(assay, contenders, steps, how, arena, result, err))
            return false;
        result++;
    }
    return true;
}

static bool add_points(ra_assay *assay, const ra_study_benchmark *b, const ra_resampling *how,
                       ra_arena *arena, ra_benchmark_result *out, ra_error *err)
{
    for (size_t i = 0; i < b->point_count; i++)
        if (!ra_assay_point(assay, &b->points[i], b->judge, arena, out, err))
            return false;
    if (b->point_count > 0)
        ra_assay_finish_points(assay, how, arena, out);
    return true;
}

/* The main result is shown under every grader that can read the set. */
static bool add_graders(ra_assay *a, const char *judge, ra_arena *arena, ra_benchmark_result *out,
                        ra_error *err)
{
    ra_audit audit;
    if (!ra_audit_run(&audit, &a->set, a->benchmark, a->strong_model, a->weak_model, judge,
                      a->grader->name, NULL, 0, err))
        return false;
    out->graders = ra_arena_alloc(arena, audit.row_count, sizeof *out->graders);
    out->grader_count = audit.row_count > 1 ? audit.row_count : 0;
    for (size_t i = 0; i < out->grader_count; i++) {
        const ra_audit_row *r = &audit.rows[i];
        out->graders[i] = (ra_grader_result){r->grader,
                                             r->rule,
                                             r->strong,
                                             r->weak,
                                             r->strong_missing + r->weak_missing,
                                             r->strong_up,
                                             r->strong_down,
                                             r->weak_up,
                                             r->weak_down};
    }
    ra_audit_release(&audit);
    return true;
}

/* One benchmark under one grader. */
typedef struct part {
    size_t benchmark, grader;
} part;

static bool measure_one(ra_run *run, part p, ra_assay *assay, ra_results *results, ra_error *err)
{
    const ra_study_benchmark *b = &run->study->benchmarks[p.benchmark];
    assay->default_grader = p.grader == 0;
    size_t count;
    const ra_contender *contenders = contenders_of(run, p.benchmark, &count);
    ra_benchmark_result *out = &results->benchmarks[results->benchmark_count];
    ra_resampling how = run->study->resampling;
    how.threads = run->options->threads;
    if (!ra_assay_measure(assay, contenders, count, &how, &results->arena, out, err) ||
        !add_learning(run, p.benchmark, assay, &how, &results->arena, out, err) ||
        !add_points(assay, b, &how, &results->arena, out, err) ||
        (p.grader == 0 && !add_graders(assay, b->judge, &results->arena, out, err)))
        return false;
    results->benchmark_count++;
    ra_results_add_inputs(results, assay->inputs, assay->input_count);
    return true;
}

static ra_assay_request request_of(ra_run *run, part p)
{
    const ra_study_benchmark *b = &run->study->benchmarks[p.benchmark];
    return (ra_assay_request){.recordings = run->sets[p.benchmark],
                              .benchmark = b->name,
                              .strong = b->strong,
                              .weak = b->weak,
                              .grader = b->graders[p.grader],
                              .judge = b->judge,
                              .shown = ra_arena_printf(&run->arena, "recordings/%s", b->name)};
}

static part *list_parts(ra_run *run, size_t *count)
{
    const ra_study *study = run->study;
    *count = 0;
    for (size_t b = 0; b < study->benchmark_count; b++)
        *count += study->benchmarks[b].grader_count;
    part *parts = ra_arena_alloc(&run->arena, *count, sizeof *parts);
    size_t n = 0;
    for (size_t b = 0; b < study->benchmark_count; b++)
        for (size_t g = 0; g < study->benchmarks[b].grader_count; g++)
            parts[n++] = (part){b, g};
    return parts;
}

static bool measure_all(ra_run *run, const ra_prices *prices, ra_results *results, ra_error *err)
{
    size_t n;
    const part *parts = list_parts(run, &n);
    ra_assay *assays = ra_arena_alloc(&run->arena, n, sizeof *assays);
    ra_assay_request *requests = ra_arena_alloc(&run->arena, n, sizeof *requests);
    results->benchmarks = ra_arena_alloc(&results->arena, n, sizeof *results->benchmarks);
    for (size_t i = 0; i < n; i++)
        requests[i] = request_of(run, parts[i]);
    if (!ra_assay_open_all(assays, requests, n, prices, run->options->threads, err))
        return false;
    bool ok = true;
    for (size_t i = 0; i < n; i++) {
        ok = ok && measure_one(run, parts[i], &assays[i], results, err);
        ra_assay_close(&assays[i]);
    }
    return ok && ra_results_write(results, ra_run_path(run, "results.json"), err);
}

static bool make_results(void *context, ra_error *err)
{
    ra_run *run = context;
    const ra_study *study = run->study;
    ra_results results = {.tool_version = RA_VERSION,
                          .tool_commit = RA_COMMIT,
                          .study_name = study->name,
                          .study_title = study->title,
                          .seed = study->seed};
    ra_prices prices = {0};
    bool ok = (!study->prices || ra_prices_read(&prices, study->prices, NULL, err)) &&
              measure_all(run, study->prices ? &prices : NULL, &results, err);
    ra_prices_release(&prices);
    ra_results_release(&results);
    return ok;
}

/* Everything that decides the results: the study, the sets, the scores and the prices. */
static bool describe(ra_run *run, ra_stage *stage, ra_error *err)
{
    const ra_study *study = run->study;
    ra_buf text = {0};
    ra_json_print(study->doc, &text);
    ra_stage_text(stage, "study", text.text);
    ra_buf_release(&text);
    if (study->prices && !ra_stage_file(stage, study->prices, err))
        return false;
    for (size_t b = 0; b < study->benchmark_count; b++) {
        if (!ra_stage_file(stage, run->sets[b], err))
            return false;
        size_t count;
        const ra_contender *all = contenders_of(run, b, &count);
        for (size_t i = 0; i < count; i++) {
            const char *file = ra_contender_file(&run->arena, &all[i], study->benchmarks[b].name);
            if (file && !ra_stage_file(stage, file, err))
                return false;
        }
    }
    return true;
}

bool ra_run_measure(ra_run *run, ra_error *err)
{
    ra_stage stage;
    ra_stage_begin(&stage, run->options->out, "measure", ra_run_path(run, "results.json"));
    bool ok = describe(run, &stage, err) && ra_stage_run(&stage, make_results, run, err);
    ra_stage_release(&stage);
    return ok;
}
