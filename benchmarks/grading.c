/* Running a grader over a recording set. */
#include "benchmarks/benchmark.h"

#include <math.h>
#include <string.h>

bool ra_grader_has_input(ra_set *set, const ra_grader *grader, const char *model)
{
    const char **judges;
    size_t count;
    ra_error ignored;
    switch (grader->input) {
    case RA_READS_OUTPUT:
        return ra_set_has(set, "outputs", model, NULL);
    case RA_READS_JUDGMENT:
        return ra_set_list(set, "judgments", model, &judges, &count, &ignored) && count > 0;
    case RA_READS_LABEL:
        break;
    }
    return ra_set_has(set, "grades", model, grader->name);
}

const ra_grader *ra_grader_default(const ra_benchmark *benchmark, ra_set *set)
{
    for (const ra_grader *const *g = benchmark->graders; *g; g++)
        if (set->model_count > 0 && ra_grader_has_input(set, *g, set->models[0]))
            return *g;
    return benchmark->graders[0];
}

static bool only_judge(ra_set *set, const char *model, const char **judge, ra_error *err)
{
    const char **judges;
    size_t count;
    if (*judge)
        return true;
    if (!ra_set_list(set, "judgments", model, &judges, &count, err))
        return false;
    if (count != 1) {
        ra_failf(err, RA_ERR_INPUT, set->path, 0, "model '%s' has judgments of %zu judges", model,
                 count);
        return ra_hintf(err, count ? "name one with --judge"
                                   : "import judgments first, or choose another grader");
    }
    *judge = judges[0];
    return true;
}

/* texts[slot] = what the grader reads, NULL where there is none */
static bool load_texts(ra_set *set, const ra_grader *grader, const char *model, const char *judge,
                       const char **texts, ra_error *err)
{
    if (grader->input == RA_READS_OUTPUT) {
        ra_output *outputs;
        if (!ra_set_outputs(set, model, &outputs, err))
            return false;
        for (size_t i = 0; i < set->slot_count; i++)
            texts[i] = outputs[i].text;
        return true;
    }
    ra_judgment *judgments;
    if (!only_judge(set, model, &judge, err) ||
        !ra_set_judgments(set, model, judge, &judgments, err))
        return false;
    for (size_t i = 0; i < set->slot_count; i++)
        texts[i] = judgments[i].judgment;
    return true;
}

bool ra_grade_model(ra_set *set, const ra_grader *grader, const char *model, const char *judge,
                    ra_grade **grades, ra_verdict **verdicts, const char ***texts_out,
                    ra_error *err)
{
    ra_verdict *found = ra_arena_alloc(&set->arena, set->slot_count, sizeof *found);
    const char **texts = ra_arena_alloc(&set->arena, set->slot_count, sizeof *texts);
    if (grader->input == RA_READS_LABEL) {
        if (!ra_set_grades(set, model, grader->name, grades, err))
            return false;
        for (size_t i = 0; i < set->slot_count; i++)
            found[i] = (ra_verdict){(*grades)[i].present ? (*grades)[i].score : (double)NAN,
                                    (*grades)[i].extracted, (*grades)[i].reason, 0, 0};
    } else {
        if (!load_texts(set, grader, model, judge, texts, err))
            return false;
        *grades = ra_arena_alloc(&set->arena, set->slot_count, sizeof **grades);
        for (size_t i = 0; i < set->item_count; i++) {
            for (size_t t = 0; t < set->items[i].turn_count; t++) {
                size_t slot = set->items[i].first_slot + t;
                ra_verdict *v = &found[slot];
                *v = (ra_verdict){.score = (double)NAN, .reason = "no output"};
                if (texts[slot])
                    grader->grade(&set->items[i], texts[slot], &set->arena, v);
                (*grades)[slot] = (ra_grade){true, v->score, v->extracted, v->reason};
            }
        }
    }
    if (verdicts)
        *verdicts = found;
    if (texts_out)
        *texts_out = texts;
    return true;
}
