/* routeassay report: documents from results.json. */
#include "reports/report.h"
#include "base/file.h"
#include "cli/commands.h"
#include "cli/options.h"

#include <string.h>

static const ra_help help = {
    "report", "RESULTS.json",
    "Writes the tables and figures of a study as report.md, report.html, report.tex (with a file\n"
    "for each table below tables/) and report.json. Figures are taken from the folder 'figures'\n"
    "beside RESULTS.json unless --figures names another; 'routeassay plot' draws them.",
    "routeassay report out/results.json --out report --format md,html"};

static bool parse_formats(const ra_list *names, unsigned *formats, ra_error *err)
{
    for (size_t i = 0; i < names->count; i++) {
        unsigned format = ra_report_format(names->items[i]);
        if (format == 0)
            return ra_failf(err, RA_ERR_USAGE, NULL, 0,
                            "--format: md, html, latex or json expected, found '%s'",
                            names->items[i]);
        *formats |= format;
    }
    return true;
}

static const char *beside(ra_arena *arena, const char *results, const char *name)
{
    const char *slash = strrchr(results, '/');
    const char *dir = slash ? ra_arena_strndup(arena, results, (size_t)(slash - results)) : NULL;
    return slash == results ? ra_arena_printf(arena, "/%s", name) : ra_path_join(arena, dir, name);
}

static bool write_report(const char *path, ra_report_options *report, ra_error *err)
{
    ra_results results;
    if (report->figures_dir && !ra_folder_exists(report->figures_dir))
        return ra_fail(err, RA_ERR_INPUT, report->figures_dir, 0, "no such folder",
                       "draw figures with 'routeassay plot', or leave out --figures");
    if (report->overhead && !ra_file_exists(report->overhead))
        return ra_fail(err, RA_ERR_INPUT, report->overhead, 0, "no such file",
                       "measure it with 'routeassay overhead --out'");
    if (!ra_results_read(&results, path, err))
        return false;
    if (!report->figures_dir)
        report->figures_dir = beside(&results.arena, path, "figures");
    if (!report->overhead)
        report->overhead = beside(&results.arena, path, "overhead.json");
    bool ok = ra_report_write(&results, report, err);
    ra_results_release(&results);
    return ok;
}

bool ra_cmd_report(int argc, char **argv, ra_error *err)
{
    ra_report_options report = {.out_dir = "report"};
    ra_list formats = {0}, claims = {0};
    const ra_option options[] = {
        {"out", RA_TEXT, &report.out_dir, "DIR", "where the report goes"},
        {"format", RA_NAMES, &formats, "NAMES", "of md, html, latex, json; all unless given"},
        {"claims", RA_TEXTS, &claims, "FILE", "claims to hold against the results"},
        {"overhead", RA_TEXT, &report.overhead, "FILE",
         "what routers cost to run; overhead.json beside the results unless given"},
        {"figures", RA_TEXT, &report.figures_dir, "DIR", "figures drawn by 'routeassay plot'"},
        {0}};
    ra_operands operands;
    if (!ra_options_parse(&help, options, argc, argv, &operands, err))
        return false;
    if (operands.helped)
        return true;
    report.claims = claims.items;
    report.claim_count = claims.count;
    return ra_one_operand(&operands, &help, "results.json", err) &&
           parse_formats(&formats, &report.formats, err) &&
           write_report(operands.items[0], &report, err);
}
