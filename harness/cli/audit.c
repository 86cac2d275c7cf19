/* routeassay audit: what different grading rules make of the same answers. */
#include "benchmarks/audit.h"
#include "cli/commands.h"
#include "cli/options.h"

#include <math.h>
#include <string.h>

static const ra_help help = {
    "audit", "",
    "Compares graders on the same recorded outputs: score of both models, the gap that every PGR "
    "is\n"
    "divided by, and the answers that one rule takes and another does not, with the text around\n"
    "them. Without --grader all graders are compared that the set has input for.",
    "routeassay audit --recordings golden/recordings --benchmark gsm8k \\\n"
    "      --strong example/large --weak example/small --grader numeric,routellm"};

typedef struct request {
    const char *recordings, *benchmark, *strong, *weak, *judge, *against, *out;
    ra_list graders;
    uint64_t limit;
    bool json;
} request;

static void print_rows(const ra_audit *a)
{
    double base = NAN;
    for (size_t i = 0; i < a->row_count; i++)
        if (strcmp(a->rows[i].grader, a->against) == 0)
            base = a->rows[i].strong - a->rows[i].weak;
    printf("%s, kept items: strong %s, weak %s\n", a->benchmark, a->strong_model, a->weak_model);
    printf("up and down: answers scored higher and lower than under '%s'\n\n", a->against);
    printf("%-17s %9s %9s %9s %8s  %11s  %11s  %7s\n", "grader", "strong", "weak", "gap", "gap/ref",
           "strong up/down", "weak up/down", "missing");
    for (size_t i = 0; i < a->row_count; i++) {
        const ra_audit_row *r = &a->rows[i];
        double gap = r->strong - r->weak;
        printf("%-17s %9.6f %9.6f %+9.6f %8.3f  %7zu/%-6zu  %6zu/%-5zu  %7zu\n", r->grader,
               r->strong, r->weak, gap, gap / base, r->strong_up, r->strong_down, r->weak_up,
               r->weak_down, r->strong_missing + r->weak_missing);
    }
    printf("\nEvery PGR is a gain divided by the gap: where gap/ref is 1.1, the same gain counts "
           "10 %% "
           "less.\n");
}

static void print_flip(const ra_flip *f)
{
    char text[256];
    ra_printable(text, sizeof text, f->context ? f->context : "(no text)");
    printf("%s turn %zu, %s: %s\n", f->id, f->turn, f->model, f->why);
    printf("    %g -> %g under %s (took '%s', before '%s')\n    %s\n", f->from, f->to, f->grader,
           f->to_text ? f->to_text : "nothing", f->from_text ? f->from_text : "nothing", text);
}

static bool show(const request *r, const ra_audit *a, ra_error *err)
{
    ra_json *doc = r->json || r->out ? ra_audit_json(a) : NULL;
    bool ok = !r->out || ra_json_write(r->out, doc, err);
    if (ok && r->json) {
        ra_json_show(doc, stdout);
    } else if (ok) {
        print_rows(a);
        for (size_t i = 0; i < a->flip_count && i < r->limit; i++)
            print_flip(&a->flips[i]);
        if (a->flip_count > r->limit)
            printf("... and %zu more (--limit N, or --json for all)\n",
                   a->flip_count - (size_t)r->limit);
    }
    ra_json_free(doc);
    return ok;
}

static bool audit(const request *r, ra_error *err)
{
    ra_arena arena = {0};
    ra_set set;
    ra_audit a;
    const char *folder;
    const ra_benchmark *benchmark = ra_benchmark_find(r->benchmark, err);
    bool ok = benchmark && ra_set_find(&arena, r->recordings, r->benchmark, &folder, err) &&
              ra_set_open(&set, folder, err);
    if (ok) {
        const char *strong = r->strong, *weak = r->weak;
        if (set.model_count == 2 && !strong && !weak) {
            strong = set.models[0];
            weak = set.models[1];
        }
        ok = ra_option_needed(strong, "strong", err) && ra_option_needed(weak, "weak", err) &&
             ra_audit_run(&a, &set, benchmark, strong, weak, r->judge, r->against, r->graders.items,
                          r->graders.count, err);
        if (ok) {
            ok = show(r, &a, err);
            ra_audit_release(&a);
        }
        ra_set_release(&set);
    }
    ra_arena_release(&arena);
    return ok;
}

bool ra_cmd_audit(int argc, char **argv, ra_error *err)
{
    request r = {.limit = 10};
    const ra_option options[] = {
        {"recordings", RA_TEXT, &r.recordings, "DIR", "a recording set, or a folder of them"},
        {"benchmark", RA_TEXT, &r.benchmark, "NAME", "mmlu, gsm8k or mt-bench"},
        {"grader", RA_NAMES, &r.graders, "NAME", "a grader"},
        {"against", RA_TEXT, &r.against, "NAME",
         "the grader compared with; else the recorded labels"},
        {"strong", RA_TEXT, &r.strong, "MODEL", "the strong model"},
        {"weak", RA_TEXT, &r.weak, "MODEL", "the weak model"},
        {"judge", RA_TEXT, &r.judge, "NAME", "whose judgments are read"},
        {"limit", RA_COUNT, &r.limit, "N", "how many answers are shown"},
        {"out", RA_TEXT, &r.out, "FILE", "write all as JSON here"},
        {"json", RA_FLAG, &r.json, NULL, "all as JSON on stdout"},
        {0}};
    ra_operands operands;
    if (!ra_options_parse(&help, options, argc, argv, &operands, err))
        return false;
    if (operands.helped)
        return true;
    return ra_no_operands(&operands, err) && ra_option_needed(r.recordings, "recordings", err) &&
           ra_option_needed(r.benchmark, "benchmark", err) && audit(&r, err);
}
