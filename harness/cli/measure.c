/* routeassay measure: routers on recordings -> curves, PGR, APGR, CPT. */
#include "cli/assay_options.h"
#include "cli/commands.h"
#include "ra_config.h"
#include "reports/report.h"

#include <stdlib.h>
#include <string.h>

static const ra_help help = {
    "measure", "",
    "Measures routers on recordings: exact curve, APGR, CPT(20/50/80 %), cost saving, RouteLLM's "
    "own\n"
    "procedure, overall and per category. Without --strong and --weak the set must hold two "
    "models.\n"
    "A router is random, length, oracle, KIND:MODEL (mf, sw_ranking, knn, linear, bert; see "
    "train),\n"
    "scores:FILE (CSV id,score), exec:COMMAND or plugin:FILE.so; or it only chooses and is a "
    "point:\n"
    "http:CONFIG.json (a router behind an endpoint), routed:LOG.jsonl (of replay-server);\n"
    "'{benchmark}' in it stands for the benchmark's name.",
    "routeassay measure --recordings golden/recordings --benchmark gsm8k \\\n"
    "      --router scores:golden/scores/gsm8k/example.csv --router length --json"};

typedef struct request {
    ra_assay_options assay;
    ra_list benchmarks;
    const char *prices, *as_of, *out, *interval;
    uint64_t replicates;
    ra_resampling resampling;
    bool json;
} request;

static bool measure_one(const request *r, ra_assay *assay, const ra_contender *contenders,
                        ra_results *results, ra_error *err)
{
    if (!ra_assay_measure(assay, contenders, r->assay.routers.count, &r->resampling,
                          &results->arena, &results->benchmarks[results->benchmark_count], err))
        return false;
    results->benchmark_count++;
    ra_results_add_inputs(results, assay->inputs, assay->input_count);
    return true;
}

static bool measure_benchmarks(const request *r, const ra_prices *prices,
                               const ra_contender *contenders, ra_results *results, ra_error *err)
{
    size_t n = r->benchmarks.count;
    ra_assay_request *requests = ra_arena_alloc(&results->arena, n, sizeof *requests);
    ra_assay *assays = ra_arena_alloc(&results->arena, n, sizeof *assays);
    results->benchmarks = ra_arena_alloc(&results->arena, n, sizeof *results->benchmarks);
    for (size_t i = 0; i < n; i++) {
        requests[i] = r->assay.request;
        requests[i].benchmark = r->benchmarks.items[i];
    }
    if (!ra_assay_open_all(assays, requests, n, prices, (int)r->assay.threads, err))
        return false;
    bool ok = true;
    for (size_t i = 0; i < n; i++) {
        ok = ok && measure_one(r, &assays[i], contenders, results, err);
        ra_assay_close(&assays[i]);
    }
    return ok;
}

static bool show(const request *r, const ra_results *results, ra_error *err)
{
    if (r->out && !ra_results_write(results, r->out, err))
        return false;
    if (r->json) {
        ra_json *doc = ra_results_json(results);
        ra_json_show(doc, stdout);
        ra_json_free(doc);
    } else if (!r->out) {
        ra_report_print_tables(results, stdout);
    }
    return true;
}

static bool check_resampling(request *r, ra_error *err)
{
    r->resampling.replicates = (size_t)r->replicates;
    r->resampling.seed = r->assay.seed;
    r->resampling.threads = (int)r->assay.threads;
    return ra_resampling_check(&r->resampling, r->interval, RA_ERR_USAGE, NULL, err);
}

static bool measure_all(request *r, ra_results *results, ra_error *err)
{
    ra_contender *contenders;
    ra_prices prices = {0};
    if (!ra_assay_options_check(&r->assay, &results->arena, &contenders, err) ||
        !ra_option_needed(r->benchmarks.items, "benchmark", err) || !check_resampling(r, err) ||
        (r->prices && !ra_prices_read(&prices, r->prices, r->as_of, err)))
        return false;
    bool ok = measure_benchmarks(r, r->prices ? &prices : NULL, contenders, results, err);
    ra_prices_release(&prices);
    return ok && show(r, results, err);
}

bool ra_cmd_measure(int argc, char **argv, ra_error *err)
{
    request r = {.assay.seed = 1, .resampling = RA_RESAMPLING_DEFAULT};
    r.interval = ra_interval_names[r.resampling.method];
    r.replicates = r.resampling.replicates;
    const ra_option options[] = {
        {"benchmark", RA_NAMES, &r.benchmarks, "NAME", "mmlu, gsm8k, mt-bench"},
        RA_ASSAY_OPTIONS(r.assay),
        {"prices", RA_TEXT, &r.prices, "FILE", "prices of the models: cost in money too"},
        {"as-of", RA_TEXT, &r.as_of, "DATE", "prices of that day; unless given, the file's"},
        {"replicates", RA_COUNT, &r.replicates, "N", "bootstrap replicates, 0 = no intervals"},
        {"by-category", RA_FLAG, &r.resampling.by_category, NULL,
         "replicates keep each category's number of items"},
        {"level", RA_NUMBER, &r.resampling.level, "X", "of the intervals"},
        {"interval", RA_TEXT, &r.interval, "NAME", "percentile or bca"},
        {"out", RA_TEXT, &r.out, "FILE", "write results.json here"},
        {"json", RA_FLAG, &r.json, NULL, "results.json on stdout"},
        {0}};
    ra_operands operands;
    if (!ra_options_parse(&help, options, argc, argv, &operands, err))
        return false;
    if (operands.helped)
        return true;
    ra_results results = {.tool_version = RA_VERSION,
                          .tool_commit = RA_COMMIT,
                          .study_name = "measure",
                          .study_title = "routeassay measure",
                          .seed = r.assay.seed};
    bool ok = ra_no_operands(&operands, err) && measure_all(&r, &results, err);
    ra_results_release(&results);
    return ok;
}
