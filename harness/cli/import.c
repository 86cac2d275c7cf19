/* routeassay import: files that people have -> a recording set. */
#include "data/import.h"

#include "base/file.h"
#include "base/installed.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "data/json.h"

#include <string.h>

static const ra_help help = {
    "import", "FORMAT INPUT...",
    "Makes a recording set of files in a known format:\n"
    "  routellm FOLDER                the RouteLLM repository; all three benchmarks without "
    "--benchmark\n"
    "  fastchat FILE...               questions, [MODEL=]answers, single and pairwise judgments\n"
    "  lm-eval MODEL=FILE...          samples_TASK_TIME.jsonl of each model\n"
    "  csv FILE, jsonl FILE           an item a row, columns named by the options below",
    "routeassay import csv mine.csv --benchmark gsm8k --prompt question --outputs big=a,small=b "
    "\\\n"
    "      --reference answer --out recordings/gsm8k\n"
    "  routeassay import routellm downloads/lm-sys/RouteLLM/COMMIT --out recordings"};

static ra_json *set_json(const ra_set *set)
{
    ra_json *o = ra_json_new_object(), *models = ra_json_new_array();
    size_t excluded = 0;
    for (size_t i = 0; i < set->item_count; i++)
        excluded += set->items[i].excluded != NULL;
    ra_json_put_string(o, "path", set->path);
    ra_json_put_string(o, "benchmark", set->benchmark);
    ra_json_put_number(o, "items", (double)set->item_count);
    ra_json_put_number(o, "excluded", (double)excluded);
    for (size_t i = 0; i < set->model_count; i++)
        ra_json_add_string(models, set->models[i]);
    ra_json_put(o, "models", models);
    ra_json *warnings = ra_json_new_object();
    for (size_t i = 0; i < set->warning_count; i++)
        ra_json_put_number(warnings, set->warnings[i].what, set->warnings[i].count);
    ra_json_put(o, "warnings", warnings);
    return o;
}

static void print_set(const ra_set *set)
{
    size_t excluded = 0;
    for (size_t i = 0; i < set->item_count; i++)
        excluded += set->items[i].excluded != NULL;
    printf("%s: %s, %zu items, %zu excluded, %zu models from %zu files\n", set->path,
           set->benchmark, set->item_count, excluded, set->model_count, set->source_count);
    for (size_t i = 0; i < set->warning_count; i++)
        printf("  warning: %s: %.0f\n", set->warnings[i].what, set->warnings[i].count);
}

/* Imports one benchmark and reads the set back for the summary. */
static bool import_one(const ra_import *import, ra_json *list, ra_error *err)
{
    ra_set set;
    if (!ra_import_run(import, err) || !ra_set_open(&set, import->out, err))
        return false;
    if (list)
        ra_json_add(list, set_json(&set));
    else
        print_set(&set);
    ra_set_release(&set);
    return true;
}

static bool import_all(ra_import *import, ra_json *list, ra_error *err)
{
    static const char *const benchmarks[] = {"mmlu", "mt-bench", "gsm8k"};
    if (strcmp(import->format, "routellm") != 0 || import->benchmark)
        return ra_option_needed(import->benchmark, "benchmark", err) &&
               import_one(import, list, err);
    ra_arena arena = {0};
    const char *folder = import->out;
    bool ok = true;
    for (size_t i = 0; ok && i < sizeof benchmarks / sizeof *benchmarks; i++) {
        import->benchmark = benchmarks[i];
        import->out = ra_path_join(&arena, folder, benchmarks[i]);
        ok = import_one(import, list, err);
    }
    ra_arena_release(&arena);
    return ok;
}

static bool run(ra_import *import, const char *sources, bool json, ra_error *err)
{
    ra_sources known = {0};
    ra_json *list = json ? ra_json_new_array() : NULL;
    bool ok = !ra_file_exists(sources) || ra_sources_read(&known, sources, err);
    import->known = ok ? &known : NULL;
    ok = ok && import_all(import, list, err);
    if (ok && json)
        ra_json_show(list, stdout);
    ra_json_free(list);
    import->known = NULL;
    ra_sources_release(&known);
    return ok;
}

bool ra_cmd_import(int argc, char **argv, ra_error *err)
{
    ra_import import = {0};
    ra_import_columns *c = &import.columns;
    ra_arena arena = {0};
    const char *sources = ra_installed_file(&arena, "golden/sources.json");
    bool json = false;
    const ra_option options[] = {
        {"benchmark", RA_TEXT, &import.benchmark, "NAME", "mmlu, gsm8k, mt-bench or your own"},
        {"out", RA_TEXT, &import.out, "DIR", "folder of the set"},
        {"name", RA_TEXT, &import.name, "NAME", "name of the set"},
        {"license", RA_TEXT, &import.license, "TEXT", "licence of the recordings"},
        {"filter", RA_TEXT, &import.filter, "NAME", "lm-eval: which filter's lines are taken"},
        {"id", RA_TEXT, &c->id, "COLUMN", "csv, jsonl: item ids; else BENCHMARK/ROW"},
        {"prompt", RA_TEXT, &c->prompt, "COLUMN", "csv, jsonl: prompts; else 'prompt'"},
        {"category", RA_TEXT, &c->category, "COLUMN", "csv, jsonl: categories"},
        {"reference", RA_TEXT, &c->reference, "COLUMN", "csv, jsonl: right answers"},
        {"exclude", RA_TEXT, &import.exclude, "FILE",
         "CSV or .jsonl of id, excluded: items to leave out, and why"},
        {"excluded", RA_TEXT, &c->excluded, "COLUMN", "csv, jsonl: why an item is left out"},
        {"outputs", RA_TEXT, &c->outputs, "MODEL=COLUMN,...", "csv, jsonl: what models answered"},
        {"labels", RA_TEXT, &c->labels, "MODEL=COLUMN,...", "csv, jsonl: scores of the answers"},
        {"sources", RA_TEXT, &sources, "FILE", "public files by hash, for URL and commit"},
        {"json", RA_FLAG, &json, NULL, "summary as JSON"},
        {0}};
    ra_operands operands;
    bool ok = ra_options_parse(&help, options, argc, argv, &operands, err);
    if (ok && !operands.helped) {
        if (operands.count < 2) {
            ok = ra_fail(err, RA_ERR_USAGE, NULL, 0, "a format and at least one input expected",
                         "see 'routeassay import --help'");
        } else {
            import.format = operands.items[0];
            import.input_count = (size_t)operands.count - 1;
            import.inputs = ra_arena_alloc(&arena, import.input_count, sizeof *import.inputs);
            for (size_t i = 0; i < import.input_count; i++)
                import.inputs[i] = operands.items[i + 1];
            ok = ra_option_needed(import.out, "out", err) && run(&import, sources, json, err);
        }
    }
    ra_arena_release(&arena);
    return ok;
}
