/* routeassay score: a router's score of every prompt -> scores/BENCHMARK/ROUTER.csv. */
#include "base/file.h"
#include "cli/assay_options.h"
#include "cli/commands.h"

#include <stdlib.h>

static const ra_help help = {
    "score", "",
    "Lets routers rate every prompt of a benchmark and writes OUT/BENCHMARK/ROUTER.csv (id,score).",
    "routeassay score --recordings golden/recordings --benchmark gsm8k --router length \\\n"
    "      --router mine='exec:./my_router.py' --out scores"};

bool ra_cmd_score(int argc, char **argv, ra_error *err)
{
    ra_assay_options o = {.seed = 1};
    const char *out = "scores";
    const ra_option options[] = {
        {"benchmark", RA_TEXT, &o.request.benchmark, "NAME", "mmlu, gsm8k or mt-bench"},
        RA_ASSAY_OPTIONS(o),
        {"out", RA_TEXT, &out, "DIR", "folder for the scores"},
        {0}};
    ra_operands operands;
    if (!ra_options_parse(&help, options, argc, argv, &operands, err))
        return false;
    if (operands.helped)
        return true;
    ra_assay assay;
    ra_arena arena = {0};
    ra_contender *contenders;
    bool ok = ra_no_operands(&operands, err) &&
              ra_option_needed(o.request.benchmark, "benchmark", err) &&
              ra_assay_options_check(&o, &arena, &contenders, err) &&
              ra_assay_open(&assay, &o.request, NULL, err);
    if (ok) {
        for (size_t i = 0; ok && i < o.routers.count; i++) {
            const char *path = ra_arena_printf(&arena, "%s/%s/%s.csv", out, o.request.benchmark,
                                               contenders[i].name);
            ok = ra_assay_write_scores(&assay, &contenders[i], o.seed, path, err);
            if (ok)
                puts(path);
        }
        ra_assay_close(&assay);
    }
    ra_arena_release(&arena);
    return ok;
}
