/* routeassay explain: where a figure of a report comes from. */
#include "reports/explain.h"
#include "base/file.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "reports/explain_claim.h"

#include <stdio.h>

static const ra_help help = {
    "explain", "RESULTS.json|REPORT-DIR [CELL]",
    "Says what a figure means, how it was computed from the stored curve, and from which items "
    "and\n"
    "input files; checks that the arithmetic gives the stored value (exit 1 if not). Without CELL\n"
    "it lists all cells. In report.html a cell's name shows when the mouse rests on it. With\n"
    "--claims, CELL is the id of a claim in that file, and the answer why it got its verdict.",
    "routeassay explain out/results.json gsm8k/length/apgr"};

static const char *results_path(ra_arena *arena, const char *path)
{
    if (!ra_folder_exists(path))
        return path;
    const char *report = ra_path_join(arena, path, "report.json");
    return ra_file_exists(report) ? report : ra_path_join(arena, path, "results.json");
}

static void print_json(ra_json *doc)
{
    ra_json_show(doc, stdout);
    ra_json_free(doc);
}

static void list_cells(const ra_results *results, bool json)
{
    ra_arena arena = {0};
    const char **cells;
    size_t count;
    ra_json *all = ra_json_new_array();
    ra_explain_list(results, &arena, &cells, &count);
    for (size_t i = 0; i < count; i++) {
        if (json)
            ra_json_add_string(all, cells[i]);
        else
            puts(cells[i]);
    }
    if (json)
        print_json(all);
    else
        ra_json_free(all);
    ra_arena_release(&arena);
}

static void print_text(const ra_explanation *e)
{
    ra_buf text = {0};
    ra_explanation_print(e, &text);
    fputs(text.text, stdout);
    ra_buf_release(&text);
}

static bool explain(const ra_results *results, const char *cell, bool json, ra_error *err)
{
    ra_explanation e;
    bool ok = ra_explain(results, cell, &e, err);
    if (ok) {
        if (json)
            print_json(ra_explanation_json(&e));
        else
            print_text(&e);
        if (e.differs)
            ok = ra_failf(err, RA_ERR_CHECK, NULL, 0, "%s: the arithmetic gives another value",
                          e.cell);
    }
    ra_explanation_release(&e);
    return ok;
}

static bool explain_claim(const ra_results *results, const char *file, const char *id,
                          ra_error *err)
{
    ra_claims claims;
    ra_buf text = {0};
    if (!ra_claims_read(&claims, file, err))
        return false;
    bool ok = ra_explain_claim(&claims, results, id, &text, err);
    if (ok)
        fputs(text.text, stdout);
    ra_buf_release(&text);
    ra_claims_release(&claims);
    return ok;
}

bool ra_cmd_explain(int argc, char **argv, ra_error *err)
{
    bool json = false;
    const char *claims = NULL;
    const ra_option options[] = {
        {"claims", RA_TEXT, &claims, "FILE", "CELL is one of these claims"},
        {"json", RA_FLAG, &json, NULL, "cells as JSON"},
        {0}};
    ra_operands operands;
    if (!ra_options_parse(&help, options, argc, argv, &operands, err))
        return false;
    if (operands.helped)
        return true;
    if (operands.count < 1 || operands.count > 2) {
        ra_failf(err, RA_ERR_USAGE, NULL, 0, "results and a cell expected, found %d arguments",
                 operands.count);
        return ra_hintf(err, "%s", help.example);
    }
    ra_arena arena = {0};
    ra_results results;
    bool ok = ra_results_read(&results, results_path(&arena, operands.items[0]), err);
    if (ok) {
        if (operands.count == 2 && claims)
            ok = explain_claim(&results, claims, operands.items[1], err);
        else if (operands.count == 2)
            ok = explain(&results, operands.items[1], json, err);
        else
            list_cells(&results, json);
        ra_results_release(&results);
    }
    ra_arena_release(&arena);
    return ok;
}
