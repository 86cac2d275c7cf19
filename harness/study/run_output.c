/* The last stages: figures and reports, from results.json, and overhead.json if there is one. */
#include "plots/plot.h"
#include "reports/report.h"
#include "study/run.h"

/* NULL when the study does not ask for it: then figures and report are the same on every run. */
static const char *overhead_file(ra_run *run)
{
    return run->study->overhead ? ra_run_path(run, RA_OVERHEAD_FILE) : NULL;
}

static bool draw(void *context, ra_error *err)
{
    ra_run *run = context;
    ra_results results;
    if (!ra_results_read(&results, ra_run_path(run, "results.json"), err))
        return false;
    ra_plot_options options = {.out_dir = ra_run_path(run, "figures"),
                               .claims = run->study->claims,
                               .claim_count = run->study->claim_count,
                               .overhead = overhead_file(run),
                               .threads = run->options->threads};
    bool ok = ra_plots_write(&results, &options, err);
    ra_results_release(&results);
    return ok;
}

static bool write_report(void *context, ra_error *err)
{
    ra_run *run = context;
    ra_results results;
    if (!ra_results_read(&results, ra_run_path(run, "results.json"), err))
        return false;
    ra_report_options options = {.figures_dir = ra_run_path(run, "figures"),
                                 .claims = run->study->claims,
                                 .claim_count = run->study->claim_count,
                                 .overhead = overhead_file(run),
                                 .out_dir = ra_run_path(run, "report")};
    bool ok = ra_report_write(&results, &options, err);
    ra_results_release(&results);
    return ok;
}

static bool from_results(ra_run *run, const char *name, const char *output,
                         bool (*make)(void *, ra_error *), ra_error *err)
{
    ra_stage stage;
    ra_stage_begin(&stage, run->options->out, name, ra_run_path(run, output));
    bool ok = ra_stage_file(&stage, ra_run_path(run, "results.json"), err);
    for (size_t i = 0; ok && i < run->study->claim_count; i++)
        ok = ra_stage_file(&stage, run->study->claims[i], err);
    if (ok && run->study->overhead)
        ok = ra_stage_file(&stage, overhead_file(run), err);
    ok = ok && ra_stage_run(&stage, make, run, err);
    ra_stage_release(&stage);
    return ok;
}

bool ra_run_output(ra_run *run, ra_error *err)
{
    return from_results(run, "plot", "figures", draw, err) &&
           from_results(run, "report", "report", write_report, err);
}
