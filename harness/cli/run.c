/* routeassay run: a whole study from one file. */
#include "cli/commands.h"
#include "cli/options.h"
#include "study/study.h"

#include <stdlib.h>

static const ra_help help = {
    "run", "STUDY.json",
    "Runs a study from one file: fetch, import, score, measure, plot, report. A stage whose "
    "inputs\n"
    "are unchanged is skipped. harness/study/study.h describes the file; golden/studies has two.",
    "routeassay run golden/studies/golden.json --out out"};

bool ra_cmd_run(int argc, char **argv, ra_error *err)
{
    ra_run_options run = {.out = "out", .mirror = getenv("ROUTEASSAY_MIRROR")};
    uint64_t jobs = 0;
    const ra_option options[] = {
        {"out", RA_TEXT, &run.out, "DIR", "folder for everything that is made"},
        {"mirror", RA_TEXT, &run.mirror, "DIR",
         "take public files from here, not from the network"},
        {"jobs", RA_COUNT, &jobs, "N", "threads, 0 = all cores; results do not depend on it"},
        {0}};
    ra_operands operands;
    if (!ra_options_parse(&help, options, argc, argv, &operands, err))
        return false;
    if (operands.helped)
        return true;
    if (!ra_one_operand(&operands, &help, "study file", err))
        return false;
    run.threads = (int)jobs;
    ra_study study;
    if (!ra_study_read(&study, operands.items[0], err))
        return false;
    bool ok = ra_study_run(&study, &run, err);
    ra_study_release(&study);
    return ok;
}
