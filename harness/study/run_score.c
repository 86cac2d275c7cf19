/* The score stage: every router that is not a score file rates every prompt. */
#include "base/file.h"
#include "study/run.h"

#include <string.h>

const char *ra_run_scores(ra_run *run, const char *benchmark, const ra_contender *contender)
{
    return ra_arena_printf(&run->arena, "scores/%s/%s.csv", benchmark, contender->name);
}

bool ra_run_takes_part(const ra_study_router *router, const char *benchmark)
{
    for (size_t i = 0; i < router->benchmark_count; i++)
        if (strcmp(router->benchmarks[i], benchmark) == 0)
            return true;
    return router->benchmark_count == 0;
}

bool ra_run_needs_scoring(const ra_contender *contender)
{
    return !ra_has_prefix(contender->router, "scores:") &&
           !(ra_contender_flags(contender) & (RA_ROUTER_KNOWS_GRADES | RA_ROUTER_CHOOSES));
}

/* Files that the router names: a plugin, or the program of an exec: command. */
static bool add_router_files(ra_stage *stage, const ra_contender *c, ra_error *err)
{
    const char *spec = c->run ? c->run : c->router, *colon = strchr(spec, ':');
    for (const char *word = colon ? colon + 1 : ""; *word;) {
        size_t length = strcspn(word, " ");
        const char *file = ra_arena_strndup(&stage->arena, word, length);
        if (ra_file_exists(file) && !ra_stage_file(stage, file, err))
            return false;
        word += length + strspn(word + length, " ");
    }
    return true;
}

static bool describe(ra_run *run, ra_stage *stage, const char *set, const ra_contender *c,
                     ra_error *err)
{
    ra_buf config = {0};
    if (c->config)
        ra_json_print(c->config, &config);
    ra_stage_text(stage, "router", c->router);
    ra_stage_text(stage, "config", config.text ? config.text : "");
    ra_buf_release(&config);
    ra_stage_text(stage, "seed",
                  ra_arena_printf(&run->arena, "%llu", (unsigned long long)run->study->seed));
    return ra_stage_file(stage, ra_path_join(&run->arena, set, "items.jsonl"), err) &&
           (c->model ? ra_stage_file(stage, c->model, err) : add_router_files(stage, c, err));
}

typedef struct scoring {
    ra_run *run;
    size_t benchmark;
    const ra_contender *contender;
    const char *file;
} scoring;

static bool make_scores(void *context, ra_error *err)
{
    scoring *s = context;
    const ra_study_benchmark *b = &s->run->study->benchmarks[s->benchmark];
    ra_assay_request request = {.recordings = s->run->sets[s->benchmark],
                                .benchmark = b->name,
                                .strong = b->strong,
                                .weak = b->weak,
                                .grader = b->graders[0],
                                .judge = b->judge};
    ra_assay assay;
    if (!ra_assay_open(&assay, &request, NULL, err))
        return false;
    bool ok = ra_assay_write_scores(&assay, s->contender, s->run->study->seed, s->file, err);
    ra_assay_close(&assay);
    return ok;
}

static bool score_one(ra_run *run, size_t benchmark, const ra_contender *c, ra_error *err)
{
    const char *name = run->study->benchmarks[benchmark].name;
    scoring s = {run, benchmark, c, ra_run_path(run, ra_run_scores(run, name, c))};
    ra_stage stage;
    ra_stage_begin(&stage, run->options->out,
                   ra_arena_printf(&run->arena, "score %s/%s", name, c->name), s.file);
    bool ok = describe(run, &stage, run->sets[benchmark], c, err) &&
              ra_stage_run(&stage, make_scores, &s, err);
    ra_stage_release(&stage);
    return ok;
}

static bool score_router(ra_run *run, size_t benchmark, const ra_study_router *router,
                         ra_error *err)
{
    for (size_t step = 0; step <= ra_run_steps(router); step++) {
        ra_contender c = ra_run_contender(run, benchmark, router, step);
        if (ra_run_needs_scoring(&c) && !score_one(run, benchmark, &c, err))
            return false;
    }
    return true;
}

bool ra_run_score(ra_run *run, ra_error *err)
{
    const ra_study *study = run->study;
    for (size_t b = 0; b < study->benchmark_count; b++)
        for (size_t i = 0; i < study->router_count; i++) {
            const ra_study_router *router = &study->routers[i];
            if (ra_run_takes_part(router, study->benchmarks[b].name) &&
                !score_router(run, b, router, err))
                return false;
        }
    return true;
}
