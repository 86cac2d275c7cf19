/* routeassay grade: grade a recording set again, by any rule. */
#include "benchmarks/benchmark.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "data/json.h"

#include <math.h>

static const ra_help help = {
    "grade", "",
    "Grades the recorded outputs (or judgments) of every model and writes "
    "grades/MODEL@GRADER.jsonl\n"
    "into the set. The labels that came with the recordings are read, never written.",
    "routeassay grade --recordings recordings/gsm8k --benchmark gsm8k --grader numeric,routellm"};

typedef struct request {
    const char *recordings, *benchmark, *judge;
    ra_list graders, models;
    bool json;
} request;

typedef struct summary {
    double all, kept;                 /* mean scores */
    size_t graded, missing, excluded; /* turns */
} summary;

static summary summarise(const ra_set *set, const ra_grade *grades)
{
    summary s = {0};
    double all = 0, kept = 0;
    size_t kept_graded = 0;
    for (size_t i = 0; i < set->item_count; i++) {
        const ra_item *item = &set->items[i];
        s.excluded += item->excluded ? item->turn_count : 0;
        for (size_t t = 0; t < item->turn_count; t++) {
            const ra_grade *g = &grades[item->first_slot + t];
            if (!g->present || isnan(g->score)) {
                s.missing++;
                continue;
            }
            s.graded++;
            all += g->score;
            kept += item->excluded ? 0 : g->score;
            kept_graded += !item->excluded;
        }
    }
    s.all = all / (double)s.graded;
    s.kept = kept / (double)kept_graded;
    return s;
}

static void report(const request *r, const char *model, const char *grader, const summary *s,
                   ra_json *list)
{
    if (!r->json) {
        printf("%-18s %-40s %9.6f %9.6f %7zu %8zu %9zu\n", grader, model, s->all, s->kept,
               s->graded, s->missing, s->excluded);
        return;
    }
    ra_json *o = ra_json_new_object();
    ra_json_put_string(o, "grader", grader);
    ra_json_put_string(o, "model", model);
    ra_json_put_number(o, "all", s->all);
    ra_json_put_number(o, "kept", s->kept);
    ra_json_put_number(o, "graded", (double)s->graded);
    ra_json_put_number(o, "missing", (double)s->missing);
    ra_json_put_number(o, "excluded", (double)s->excluded);
    ra_json_add(list, o);
}

static bool grade_one(const request *r, ra_set *set, const ra_grader *grader, const char *model,
                      ra_json *list, ra_error *err)
{
    ra_grade *grades;
    if (!ra_grade_model(set, grader, model, r->judge, &grades, NULL, NULL, err) ||
        (grader->input != RA_READS_LABEL &&
         !ra_set_write_grades(set, model, grader->name, grades, err)))
        return false;
    summary s = summarise(set, grades);
    report(r, model, grader->name, &s, list);
    return true;
}

/* Models named, or all that the grader has something to read from. */
static bool grade_all(const request *r, ra_set *set, const ra_benchmark *benchmark, ra_json *list,
                      ra_error *err)
{
    for (size_t g = 0; g < r->graders.count; g++) {
        const ra_grader *grader = ra_grader_find(benchmark, r->graders.items[g], err);
        if (!grader)
            return false;
        size_t count = r->models.count ? r->models.count : set->model_count, done = 0;
        for (size_t m = 0; m < count; m++) {
            const char *model = r->models.count ? r->models.items[m] : set->models[m];
            if (r->models.count == 0 && !ra_grader_has_input(set, grader, model))
                continue;
            if (!grade_one(r, set, grader, model, list, err))
                return false;
            done++;
        }
        if (done == 0)
            return ra_failf(err, RA_ERR_INPUT, set->path, 0, "nothing that '%s' could read",
                            grader->name);
    }
    return true;
}

static bool grade(const request *r, ra_error *err)
{
    ra_arena arena = {0};
    ra_set set;
    const char *folder;
    const ra_benchmark *benchmark = ra_benchmark_find(r->benchmark, err);
    ra_json *list = ra_json_new_array();
    bool ok = benchmark && ra_set_find(&arena, r->recordings, r->benchmark, &folder, err) &&
              ra_set_open(&set, folder, err);
    if (ok) {
        if (!r->json)
            printf("%-18s %-40s %9s %9s %7s %8s %9s\n", "grader", "model", "all", "kept", "graded",
                   "missing", "excluded");
        ok = grade_all(r, &set, benchmark, list, err);
        ra_set_release(&set);
    }
    if (ok && r->json)
        ra_json_show(list, stdout);
    ra_json_free(list);
    ra_arena_release(&arena);
    return ok;
}

bool ra_cmd_grade(int argc, char **argv, ra_error *err)
{
    request r = {0};
    const ra_option options[] = {
        {"recordings", RA_TEXT, &r.recordings, "DIR", "a recording set, or a folder of them"},
        {"benchmark", RA_TEXT, &r.benchmark, "NAME", "mmlu, gsm8k or mt-bench"},
        {"grader", RA_NAMES, &r.graders, "NAME", "a grader"},
        {"models", RA_NAMES, &r.models, "MODEL", "only these models"},
        {"judge", RA_TEXT, &r.judge, "NAME", "whose judgments are read"},
        {"json", RA_FLAG, &r.json, NULL, "summary as JSON"},
        {0}};
    ra_operands operands;
    if (!ra_options_parse(&help, options, argc, argv, &operands, err))
        return false;
    if (operands.helped)
        return true;
    return ra_no_operands(&operands, err) && ra_option_needed(r.recordings, "recordings", err) &&
           ra_option_needed(r.benchmark, "benchmark", err) &&
           ra_option_needed(r.graders.items, "grader", err) && grade(&r, err);
}
