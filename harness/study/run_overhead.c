/* The overhead stage, of a study that asks for it: what its routers cost to run. Its file is the
 * only one that differs from run to run. */
#include "base/file.h"
#include "study/run.h"

#include <string.h>

typedef struct measuring {
    ra_run *run;
    ra_overhead_request request;
} measuring;

static bool make_overhead(void *context, ra_error *err)
{
    measuring *m = context;
    ra_overhead overhead;
    if (!ra_overhead_measure(&m->request, &overhead, err))
        return false;
    bool ok = ra_overhead_write(&overhead, ra_run_path(m->run, RA_OVERHEAD_FILE), err);
    ra_overhead_release(&overhead);
    return ok;
}

/* Named, or else all that can serve. */
static bool is_wanted(const ra_study_overhead *o, const ra_study_router *router)
{
    for (size_t i = 0; i < o->router_count; i++)
        if (strcmp(o->routers[i], router->contender.name) == 0)
            return true;
    return o->router_count == 0 && !(ra_contender_flags(&router->contender) & RA_OVERHEAD_NONE);
}

static bool fill(ra_run *run, measuring *m, ra_error *err)
{
    const ra_study *study = run->study;
    const ra_study_overhead *o = study->overhead;
    size_t b = 0;
    while (b < study->benchmark_count && strcmp(study->benchmarks[b].name, o->benchmark) != 0)
        b++;
    if (b == study->benchmark_count)
        return ra_failf(err, RA_ERR_INPUT, study->path, 0, "field 'overhead': no benchmark '%s'",
                        o->benchmark);
    ra_contender *contenders = ra_arena_alloc(&run->arena, study->router_count, sizeof *contenders);
    *m = (measuring){run, o->request};
    for (size_t i = 0; i < study->router_count; i++) {
        const ra_study_router *router = &study->routers[i];
        if (ra_run_takes_part(router, o->benchmark) && is_wanted(o, router))
            contenders[m->request.count++] = ra_run_contender(run, b, router, ra_run_steps(router));
    }
    const ra_study_benchmark *of = &study->benchmarks[b];
    m->request.contenders = contenders;
    m->request.assay = (ra_assay_request){.recordings = run->sets[b],
                                          .benchmark = of->name,
                                          .strong = of->strong,
                                          .weak = of->weak,
                                          .grader = of->graders[0],
                                          .judge = of->judge};
    m->request.prices = study->prices;
    m->request.seed = study->seed;
    return m->request.count > 0 || ra_failf(err, RA_ERR_INPUT, study->path, 0,
                                            "field 'overhead': no router of '%s'", o->benchmark);
}

/* The study's section, its routers, and the machine. */
static bool describe(ra_run *run, ra_stage *stage, const measuring *m, ra_error *err)
{
    ra_machine machine;
    ra_buf text = {0};
    ra_machine_describe(&run->arena, &machine);
    ra_json_print(ra_json_get(run->study->doc, "overhead"), &text);
    ra_json_print(ra_json_get(run->study->doc, "routers"), &text);
    ra_stage_text(stage, "overhead", text.text);
    ra_buf_release(&text);
    ra_stage_text(stage, "machine", machine.cpu ? machine.cpu : "");
    for (size_t i = 0; i < m->request.count; i++)
        if (m->request.contenders[i].model &&
            !ra_stage_file(stage, m->request.contenders[i].model, err))
            return false;
    return (!m->request.prices || ra_stage_file(stage, m->request.prices, err)) &&
           ra_stage_file(
               stage, ra_path_join(&run->arena, m->request.assay.recordings, "items.jsonl"), err);
}

bool ra_run_overhead(ra_run *run, ra_error *err)
{
    measuring m = {0}; /* the analyser does not see that fill() fails or sets it */
    if (!run->study->overhead)
        return true;
    if (!fill(run, &m, err))
        return false;
    ra_stage stage;
    ra_stage_begin(&stage, run->options->out, "overhead", ra_run_path(run, RA_OVERHEAD_FILE));
    bool ok = describe(run, &stage, &m, err) && ra_stage_run(&stage, make_overhead, &m, err);
    ra_stage_release(&stage);
    return ok;
}
