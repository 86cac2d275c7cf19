/* The verify stage: each claim file against the results. A claim that fails is a finding, not a
 * failure of the run; `routeassay verify` exits with 1. */
#include "base/file.h"
#include "study/run.h"
#include "verify/claims.h"

#include <string.h>

typedef struct verification {
    ra_run *run;
    const char *claims, *verdicts;
} verification;

static void say(const ra_claims *claims, const ra_judged *judged)
{
    size_t counts[RA_VERDICTS];
    ra_verdicts_count(claims, judged, counts);
    fprintf(stderr, "verify %s:", claims->name);
    for (int k = 0; k < RA_VERDICTS; k++)
        fprintf(stderr, "%s %zu %s", k ? "," : "", counts[k], ra_verdict_names[k]);
    fputc('\n', stderr);
}

static bool judge(const verification *v, const ra_claims *claims, const ra_results *results,
                  ra_error *err)
{
    ra_arena arena = {0};
    ra_judged *judged;
    bool ok = ra_claims_judge(claims, results, &arena, &judged, err);
    if (ok) {
        ra_json *doc = ra_verdicts_json(claims, judged);
        ok = ra_json_write(v->verdicts, doc, err);
        ra_json_free(doc);
        say(claims, judged);
    }
    ra_arena_release(&arena);
    return ok;
}

static bool make_verdicts(void *context, ra_error *err)
{
    verification *v = context;
    ra_claims claims;
    ra_results results;
    if (!ra_claims_read(&claims, v->claims, err))
        return false;
    bool ok = ra_results_read(&results, ra_run_path(v->run, "results.json"), err);
    if (ok) {
        ok = judge(v, &claims, &results, err);
        ra_results_release(&results);
    }
    ra_claims_release(&claims);
    return ok;
}

static bool verify(ra_run *run, const char *path, ra_error *err)
{
    const char *slash = strrchr(path, '/');
    const char *name = ra_arena_printf(&run->arena, "verdicts/%s", slash ? slash + 1 : path);
    verification v = {run, path, ra_run_path(run, name)};
    ra_stage stage;
    ra_stage_begin(&stage, run->options->out,
                   ra_arena_printf(&run->arena, "verify %s", slash ? slash + 1 : path), v.verdicts);
    bool ok = ra_stage_file(&stage, path, err) &&
              ra_stage_file(&stage, ra_run_path(run, "results.json"), err) &&
              ra_stage_run(&stage, make_verdicts, &v, err);
    ra_stage_release(&stage);
    return ok;
}

bool ra_run_verify(ra_run *run, ra_error *err)
{
    for (size_t i = 0; i < run->study->claim_count; i++)
        if (!verify(run, run->study->claims[i], err))
            return false;
    return true;
}
