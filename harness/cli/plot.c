/* routeassay plot: figures from results.json. */
#include "plots/plot.h"
#include "base/file.h"
#include "cli/commands.h"
#include "cli/options.h"

static const ra_help help = {
    "plot", "RESULTS.json",
    "Draws the figures of a study: call-performance and PGR curves, gaps "
    "per category, what scores\n"
    "mean, scores per grader where a benchmark was graded in several ways, "
    "and --claims against\n"
    "the results. Each comes with the data file it was drawn from. Needs "
    "gnuplot.",
    "routeassay plot out/results.json --out figures --format svg,pdf"};

static bool parse_formats(const ra_list *names, unsigned *formats, ra_error *err)
{
    for (size_t i = 0; i < names->count; i++) {
        unsigned format = ra_plot_format(names->items[i]);
        if (format == 0)
            return ra_failf(err, RA_ERR_USAGE, NULL, 0,
                            "--format: png, svg or pdf expected, found '%s'", names->items[i]);
        *formats |= format;
    }
    return true;
}

bool ra_cmd_plot(int argc, char **argv, ra_error *err)
{
    ra_plot_options plot = {.out_dir = "figures", .list = stdout};
    ra_list formats = {0};
    ra_list claims = {0};
    uint64_t threads = 0;
    const ra_option options[] = {
        {"out", RA_TEXT, &plot.out_dir, "DIR", "where figures go"},
        {"format", RA_NAMES, &formats, "NAMES", "of png, svg, pdf; all unless given"},
        {"claims", RA_TEXTS, &claims, "FILE", "claims to hold against the results"},
        {"overhead", RA_TEXT, &plot.overhead, "FILE", "overhead.json: what routers cost to run"},
        {"threads", RA_COUNT, &threads, "N", "figures drawn at a time; 0 = one per core"},
        {0}};
    ra_operands operands;
    if (!ra_options_parse(&help, options, argc, argv, &operands, err))
        return false;
    if (operands.helped)
        return true;
    if (!ra_one_operand(&operands, &help, "results.json", err) ||
        !parse_formats(&formats, &plot.formats, err))
        return false;
    plot.claims = claims.items;
    plot.claim_count = claims.count;
    plot.threads = threads > 1024 ? 1024 : (int)threads;
    ra_results results;
    if (plot.overhead && !ra_file_exists(plot.overhead))
        return ra_fail(err, RA_ERR_INPUT, plot.overhead, 0, "no such file",
                       "measure it with 'routeassay overhead --out'");
    if (!ra_results_read(&results, operands.items[0], err))
        return false;
    bool ok = ra_plots_write(&results, &plot, err);
    ra_results_release(&results);
    return ok;
}
